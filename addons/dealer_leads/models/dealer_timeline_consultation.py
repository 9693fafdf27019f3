from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_timeline import TimelineSource


class DealerTimeline(models.Model):
    """What experts were asked about the customer, and what they advised."""

    _name = "dealer.timeline"
    _inherit = "dealer.timeline"
    _depends = {
        "dealer.consultation": [
            "asked_at",
            "asker_id",
            "question",
            "relation_id",
            "state",
            "topic_id",
        ],
        "dealer.consultation.answer": ["answered_at", "consultation_id", "proposal", "user_id"],
        "dealer.consultation.topic": ["name"],
    }

    kind = fields.Selection(selection_add=[("consultation", "Consultation")])

    @api.model
    def _timeline_sources(self):
        topic = self.env["dealer.consultation.topic"]._field_to_sql("topic", "name")
        return super()._timeline_sources() | {
            "consultation_asked": TimelineSource(
                "dealer.consultation",
                SQL(
                    """
                    SELECT ask.id, ask.asked_at, 'consultation', ask.state, NULL,
                           CONCAT_WS(' · ', %s, ask.question), FALSE, ask.asker_id,
                           ask.relation_id, NULL, NULL, NULL, 'dealer.consultation', ask.id
                      FROM dealer_consultation ask
                      JOIN dealer_consultation_topic topic ON topic.id = ask.topic_id
                    """,
                    topic,
                ),
                ("dealer.consultation", "state"),
            ),
            "consultation_answered": TimelineSource(
                "dealer.consultation",
                SQL(
                    """
                    SELECT reply.id, reply.answered_at, 'consultation', NULL, NULL,
                           reply.proposal, FALSE, reply.user_id, ask.relation_id, NULL, NULL, NULL,
                           'dealer.consultation', ask.id
                      FROM dealer_consultation_answer reply
                      JOIN dealer_consultation ask ON ask.id = reply.consultation_id
                    """
                ),
            ),
        }

    @api.model
    def _timeline_icons(self):
        return super()._timeline_icons() | {"consultation": "fa-stethoscope"}
