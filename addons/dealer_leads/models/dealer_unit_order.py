from odoo import api, fields, models


class DealerUnit(models.Model):
    _name = "dealer.unit"
    _inherit = "dealer.unit"

    order_sequence_id = fields.Many2one(
        "ir.sequence", string="Order Numbers", copy=False, ondelete="restrict"
    )

    def _equip_store(self):
        result = super()._equip_store()
        self._equip_order_numbers()
        return result

    def _equip_order_numbers(self):
        """Give the store its own numbers of orders, e.g. NB01-O26-00001."""
        # A store is set up by an executive, who has no right on sequences as such.
        for unit in self.sudo():
            if not unit.order_sequence_id:
                unit.order_sequence_id = (
                    self.env["ir.sequence"]
                    .sudo()
                    .create(
                        {
                            "name": f"{unit.code} orders",
                            "code": "dealer.order",
                            "prefix": f"{unit.code}-O%(y)s-",
                            "padding": 5,
                            "company_id": unit.company_id.id,
                        }
                    )
                )

    @api.model
    def _equip_all_order_numbers(self):
        """Give all stores their numbers; asked by the data file, before demo data are loaded."""
        self.search([("kind", "=", "store")])._equip_order_numbers()

    def _next_order_number(self):
        """Draw the next order number of the store."""
        self.ensure_one()
        # Numbers are drawn for the store, whoever sells.
        return self.sudo().order_sequence_id.next_by_id()
