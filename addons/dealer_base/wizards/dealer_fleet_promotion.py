from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerFleetPromotion(models.TransientModel):
    """Promote customers to fleet customers, or take it back; the customer checks the right."""

    _name = "dealer.fleet.promotion"
    _description = "Promote to Fleet Customer"

    partner_ids = fields.Many2many("res.partner", string="Customers", required=True)
    mode = fields.Selection(
        [("promote", "Promote"), ("withdraw", "Take Back")], required=True, default="promote"
    )
    company_name = fields.Char(string="Buys For", help="The company that the cars are for.")
    reason = fields.Char(required=True)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "res.partner":
            partners = self.env["res.partner"].browse(self.env.context.get("active_ids", []))
            values["partner_ids"] = [(6, 0, partners.ids)]
            if len(partners) == 1 and partners.is_company:
                values.setdefault("company_name", partners.name)
        return values

    def action_apply(self):
        """Promote the customers, or take it back.

        :raise UserError: when nobody is ticked
        """
        self.ensure_one()
        if not self.partner_ids:
            raise UserError(self.env._("Tick the customers first."))
        self.partner_ids._dealer_set_fleet(self.mode == "promote", self.reason, self.company_name)
        return {"type": "ir.actions.act_window_close"}
