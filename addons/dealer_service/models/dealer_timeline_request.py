from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_timeline import TimelineSource


class DealerTimeline(models.Model):
    """Service requests: when one was opened."""

    _name = "dealer.timeline"
    _inherit = "dealer.timeline"
    _depends = {
        "dealer.service.request": [
            "name",
            "number",
            "opened_at",
            "relation_id",
            "state",
            "user_id",
        ],
    }

    kind = fields.Selection(selection_add=[("request", "Service Request")])

    @api.model
    def _timeline_sources(self):
        return super()._timeline_sources() | {
            "service_request": TimelineSource(
                "dealer.service.request",
                SQL(
                    """
                    SELECT ask.id, ask.opened_at, 'request', ask.state,
                           CASE ask.origin WHEN 'page' THEN 'in' END,
                           CONCAT_WS(' · ', ask.number, ask.name), FALSE,
                           ask.user_id, ask.relation_id, NULL, NULL, NULL,
                           'dealer.service.request', ask.id
                      FROM dealer_service_request ask
                     WHERE ask.relation_id IS NOT NULL
                    """
                ),
                ("dealer.service.request", "state"),
            )
        }

    @api.model
    def _timeline_icons(self):
        return super()._timeline_icons() | {"request": "fa-question-circle-o"}
