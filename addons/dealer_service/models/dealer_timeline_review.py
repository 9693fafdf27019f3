from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_timeline import TimelineSource


class DealerTimeline(models.Model):
    """What customers thought of their visits."""

    _name = "dealer.timeline"
    _inherit = "dealer.timeline"
    _depends = {"dealer.review": ["advisor_id", "date", "relation_id", "stars", "words"]}

    kind = fields.Selection(selection_add=[("review", "Review")])

    @api.model
    def _timeline_sources(self):
        return super()._timeline_sources() | {
            "review": TimelineSource(
                "dealer.review",
                SQL(
                    """
                    SELECT review.id, review.date, 'review', NULL, 'in',
                           CONCAT_WS(' ', REPEAT('★', review.stars), review.words), FALSE,
                           review.advisor_id, review.relation_id, NULL, NULL, NULL,
                           'dealer.review', review.id
                      FROM dealer_review review
                     WHERE review.relation_id IS NOT NULL
                    """
                ),
                None,
            )
        }

    @api.model
    def _timeline_icons(self):
        return super()._timeline_icons() | {"review": "fa-star"}
