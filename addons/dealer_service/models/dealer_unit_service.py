from odoo import api, fields, models


class DealerUnit(models.Model):
    _name = "dealer.unit"
    _inherit = "dealer.unit"

    service_sequence_id = fields.Many2one(
        "ir.sequence", string="Workshop Order Numbers", copy=False, ondelete="restrict"
    )

    def _equip_store(self):
        result = super()._equip_store()
        self._equip_service_numbers()
        return result

    def _equip_service_numbers(self):
        """Give the store its own numbers of workshop orders, e.g. NB01-W26-00001."""
        # A store is set up by an executive, who has no right on sequences as such.
        for unit in self.sudo():
            if not unit.service_sequence_id:
                unit.service_sequence_id = (
                    self.env["ir.sequence"]
                    .sudo()
                    .create(
                        {
                            "name": f"{unit.code} workshop orders",
                            "code": "dealer.service.order",
                            "prefix": f"{unit.code}-W%(y)s-",
                            "padding": 5,
                            "company_id": unit.company_id.id,
                        }
                    )
                )

    @api.model
    def _equip_all_service_numbers(self):
        """Give all stores their numbers; asked by the data file, before demo data are loaded."""
        self.search([("kind", "=", "store")])._equip_service_numbers()

    def _next_service_number(self):
        """Draw the next number of a workshop order of the store."""
        self.ensure_one()
        # Numbers are drawn for the store, whoever receives the car.
        return self.sudo().service_sequence_id.next_by_id()
