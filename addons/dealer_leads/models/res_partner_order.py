from odoo import api, fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = "res.partner"

    dealer_order_count = fields.Integer(
        compute="_compute_dealer_order_count", string="Number of Orders"
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_dealer_order_count(self):
        orders = self.env["dealer.order"]
        counts = {}
        if orders.has_access("read"):
            counts = dict(
                orders._read_group([("partner_id", "in", self.ids)], ["partner_id"], ["__count"])
            )
        for partner in self:
            partner.dealer_order_count = counts.get(partner._origin, 0)

    def action_dealer_orders(self):
        """Open the orders of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dealer_leads.dealer_order_action")
        action["domain"] = [("partner_id", "=", self.id)]
        action["context"] = {"default_partner_id": self.id}
        return action
