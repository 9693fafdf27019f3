from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DealerStoreMixin(models.AbstractModel):
    """Rows of a store: their company is that of the store and nobody can write another one.

    Record rules go by ``company_id``, and a client may send any value for a stored field.
    """

    _name = "dealer.store.mixin"
    _description = "Row of a Store"

    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        required=True,
        index=True,
        domain="[('kind', '=', 'store')]",
        default=lambda self: self.env["dealer.unit"]._current(),
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="unit_id.company_id", store=True, precompute=True, index=True
    )

    @api.constrains("company_id")
    def _check_company_of_store(self):
        # Which company a store is is no secret; the row may belong to a store one does not see.
        for row in self.sudo():
            if row.company_id != row.unit_id.company_id:
                raise ValidationError(
                    self.env._("The company of a record is the company of its store.")
                )
