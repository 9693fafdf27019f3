from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_timeline import TimelineSource


class DealerTimeline(models.Model):
    """Leads, grades, defeats, and what is written about leads. Enquiries and visits are contacts."""

    _name = "dealer.timeline"
    _inherit = "dealer.timeline"
    _depends = {
        "crm.lead": [
            "dealer_message",
            "dealer_received_at",
            "dealer_relation_id",
            "name",
        ],
        "dealer.defeat": [
            "analysis",
            "asked_at",
            "competitor_brand",
            "competitor_series",
            "decided_at",
            "lead_id",
            "manager_id",
            "manager_note",
            "reason_id",
            "state",
            "user_id",
        ],
        "dealer.defeat.reason": ["name"],
        "dealer.grade": ["code"],
        "dealer.grade.log": [
            "date",
            "grade_id",
            "lead_id",
            "old_grade_id",
            "reason",
            "user_id",
        ],
        "dealer.lead.inbox": ["lead_id"],
    }

    kind = fields.Selection(
        selection_add=[("lead", "Lead"), ("grade", "Grade"), ("defeat", "Defeat")]
    )

    @api.model
    def _timeline_sources(self):
        reasons = self.env["dealer.defeat.reason"]
        reason = reasons._field_to_sql("reason", "name")
        # An enquiry that was received is a contact already; leads that people made are not.
        return super()._timeline_sources() | {
            "lead": TimelineSource(
                "crm.lead",
                SQL(
                    """
                    SELECT lead.id, COALESCE(lead.dealer_received_at, lead.create_date), 'lead',
                           NULL, NULL, CONCAT_WS(' · ', lead.name, lead.dealer_message), FALSE,
                           lead.create_uid, lead.dealer_relation_id, NULL, NULL, NULL,
                           'crm.lead', lead.id
                      FROM crm_lead lead
                     WHERE NOT EXISTS (
                               SELECT FROM dealer_lead_inbox inbox WHERE inbox.lead_id = lead.id
                           )
                    """
                ),
            ),
            "lead_message": TimelineSource(
                "crm.lead",
                SQL(
                    """
                    SELECT message.id, message.date, %s, NULL, %s, message.body, TRUE, %s,
                           lead.dealer_relation_id, NULL, NULL, NULL, 'crm.lead', lead.id
                      FROM crm_lead lead
                      JOIN mail_message message
                        ON message.model = 'crm.lead' AND message.res_id = lead.id
                     WHERE %s
                    """,
                    self._message_kind(),
                    self._message_direction(),
                    self._message_user(),
                    self._message_shown(),
                ),
            ),
            "grade": TimelineSource(
                "dealer.grade.log",
                SQL(
                    """
                    SELECT log.id, log.date, 'grade', NULL, NULL,
                           CONCAT_WS(' · ', CONCAT_WS(' → ', former.code, present.code),
                                     NULLIF(log.reason, '')),
                           FALSE, log.user_id, lead.dealer_relation_id, NULL, NULL, NULL,
                           'crm.lead', lead.id
                      FROM dealer_grade_log log
                      JOIN crm_lead lead ON lead.id = log.lead_id
                 LEFT JOIN dealer_grade former ON former.id = log.old_grade_id
                      JOIN dealer_grade present ON present.id = log.grade_id
                    """
                ),
            ),
            "defeat_asked": TimelineSource(
                "dealer.defeat",
                SQL(
                    """
                    SELECT defeat.id, defeat.asked_at, 'defeat', 'asked', NULL,
                           CONCAT_WS(' · ', %s,
                                     NULLIF(CONCAT_WS(' ', defeat.competitor_brand,
                                                      defeat.competitor_series), ''),
                                     NULLIF(defeat.analysis, '')),
                           FALSE, defeat.user_id, lead.dealer_relation_id, NULL, NULL, NULL,
                           'dealer.defeat', defeat.id
                      FROM dealer_defeat defeat
                      JOIN crm_lead lead ON lead.id = defeat.lead_id
                      JOIN dealer_defeat_reason reason ON reason.id = defeat.reason_id
                    """,
                    reason,
                ),
                ("dealer.defeat", "state"),
            ),
            "defeat_decided": TimelineSource(
                "dealer.defeat",
                SQL(
                    """
                    SELECT defeat.id, defeat.decided_at, 'defeat', defeat.state, NULL,
                           defeat.manager_note, FALSE, defeat.manager_id, lead.dealer_relation_id,
                           NULL, NULL, NULL, 'dealer.defeat', defeat.id
                      FROM dealer_defeat defeat
                      JOIN crm_lead lead ON lead.id = defeat.lead_id
                     WHERE defeat.decided_at IS NOT NULL
                    """
                ),
                ("dealer.defeat", "state"),
            ),
        }

    @api.model
    def _timeline_icons(self):
        return super()._timeline_icons() | {
            "lead": "fa-star-o",
            "grade": "fa-signal",
            "defeat": "fa-flag-o",
        }

    @api.model
    def _timeline_forms(self):
        return super()._timeline_forms() | {"crm.lead": "dealer_leads.crm_lead_view_form_dealer"}
