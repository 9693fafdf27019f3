from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DealerLeadRule(models.Model):
    """Which store gets a lead that names none: by brand and city, the first rule that fits."""

    _name = "dealer.lead.rule"
    _description = "Store of a Lead"
    _order = "sequence, id"
    _rec_name = "unit_id"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    brand = fields.Char(help="Empty: any brand.")
    city = fields.Char(help="Empty: any city, also a lead without city.")
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        required=True,
        domain="[('kind', '=', 'store')]",
        ondelete="cascade",
    )

    @api.constrains("unit_id")
    def _check_unit(self):
        if self.unit_id.filtered(lambda unit: unit.kind != "store"):
            raise ValidationError(self.env._("Leads go to a store, not to a division."))

    @api.model
    def _store_of(self, brand, city):
        """Return the store for a lead of this brand and city, or an empty recordset."""
        brand, city = (brand or "").strip().casefold(), (city or "").strip().removesuffix("市")
        for rule in self.search([("unit_id.active", "=", True)]):
            rule_city = (rule.city or "").strip().removesuffix("市")
            if rule.brand and rule.brand.strip().casefold() != brand:
                continue
            if rule_city and rule_city != city:
                continue
            return rule.unit_id
        return self.env["dealer.unit"]
