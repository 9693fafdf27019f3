from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_timeline import TimelineSource


class DealerTimeline(models.Model):
    """What the customer looked at in the online showroom, a row a day and car."""

    _name = "dealer.timeline"
    _inherit = "dealer.timeline"
    _depends = {
        "dealer.page.view": ["count", "day", "last_at", "model_id", "relation_id"],
        "dealer.showroom.model": ["brand", "series"],
    }

    kind = fields.Selection(selection_add=[("page", "Looked Online")])

    @api.model
    def _timeline_sources(self):
        return super()._timeline_sources() | {
            "page_view": TimelineSource(
                "dealer.page.view",
                SQL(
                    """
                    SELECT view.id, view.last_at, 'page', NULL, 'in',
                           CONCAT(car.brand, ' ', car.series, ' × ', view.count), FALSE,
                           NULL::int, view.relation_id, NULL, NULL, NULL,
                           'dealer.page.view', view.id
                      FROM dealer_page_view view
                      JOIN dealer_showroom_model car ON car.id = view.model_id
                    """
                ),
            )
        }

    @api.model
    def _timeline_icons(self):
        return super()._timeline_icons() | {"page": "fa-mobile"}
