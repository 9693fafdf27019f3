from odoo import api, models
from odoo.tools import SQL


class DealerCallbackReport(models.Model):
    """New cars that were handed over count, too."""

    _name = "dealer.callback.report"
    _inherit = "dealer.callback.report"
    _depends = {
        "dealer.order": [
            "company_id",
            "delivered_at",
            "name",
            "state",
            "unit_id",
            "vehicle_id",
        ],
    }

    @api.model
    def _select_deliveries(self):
        # Numbers of sources do not meet: the workshop's are even.
        return [
            *super()._select_deliveries(),
            SQL(
                """
                SELECT sale.id * 2 + 1, sale.name, sale.vehicle_id, 'sale', 'dealer.order',
                       sale.id, sale.delivered_at, sale.unit_id, sale.company_id
                  FROM dealer_order sale
                 WHERE sale.state = 'delivered'
                """
            ),
        ]
