from odoo import api, fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = "res.partner"

    service_order_count = fields.Integer(
        compute="_compute_service_order_count", string="Workshop Visits"
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_service_order_count(self):
        orders = self.env["dealer.service.order"]
        counts = {}
        if orders.has_access("read"):
            readable = orders._search([])
            # Who reads the customer may know whose orders they are; which orders, the rules say.
            counts = dict(
                orders.sudo()._read_group(
                    [("owner_id", "in", self.ids), ("id", "in", readable)],
                    ["owner_id"],
                    ["__count"],
                )
            )
        for partner in self:
            partner.service_order_count = counts.get(partner._origin, 0)

    def action_service_orders(self):
        """Open what was done to the cars of this customer in the workshop."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_service.dealer_service_order_action"
        )
        action["domain"] = [("customer_id", "=", self.id)]
        action["context"] = {}
        return action
