from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_timeline import TimelineSource


class DealerTimeline(models.Model):
    """What went out to the customer, or to staff about the customer."""

    _name = "dealer.timeline"
    _inherit = "dealer.timeline"
    _depends = {
        "dealer.touch": [
            "body",
            "done_at",
            "relation_id",
            "sent_at",
            "state",
            "subject",
            "addressee",
            "user_id",
        ],
    }

    kind = fields.Selection(selection_add=[("touch", "Touch")])

    @api.model
    def _timeline_sources(self):
        return super()._timeline_sources() | {
            "touch": TimelineSource(
                "dealer.touch",
                SQL(
                    """
                    SELECT touch.id, touch.sent_at, 'touch', touch.state,
                           CASE WHEN touch.addressee = 'customer' THEN 'out' END,
                           COALESCE(NULLIF(touch.body, ''), touch.subject), FALSE, touch.user_id,
                           touch.relation_id, 'system', NULL, NULL, 'dealer.touch', touch.id
                      FROM dealer_touch touch
                     WHERE touch.sent_at IS NOT NULL
                    """
                ),
                ("dealer.touch", "state"),
            ),
        }

    @api.model
    def _timeline_icons(self):
        return super()._timeline_icons() | {"touch": "fa-paper-plane-o"}
