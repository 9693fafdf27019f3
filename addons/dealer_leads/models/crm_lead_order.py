from odoo import api, fields, models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = "crm.lead"

    dealer_order_ids = fields.One2many("dealer.order", "lead_id", string="Orders")
    dealer_order_count = fields.Integer(
        compute="_compute_dealer_order_count", string="Number of Orders"
    )

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("dealer_order_ids")
    def _compute_dealer_order_count(self):
        orders = self.env["dealer.order"]
        counts = {}
        if orders.has_access("read"):
            counts = dict(
                orders._read_group([("lead_id", "in", self.ids)], ["lead_id"], ["__count"])
            )
        for lead in self:
            lead.dealer_order_count = counts.get(lead._origin, 0)

    def action_dealer_orders(self):
        """Open the orders that came of this lead."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dealer_leads.dealer_order_action")
        return {**action, "domain": [("lead_id", "=", self.id)], "context": self._order_context()}

    def action_dealer_new_order(self):
        """Open the form of a new order with what is known from the lead."""
        self.ensure_one()
        return {
            "name": self.env._("New Order"),
            "type": "ir.actions.act_window",
            "res_model": "dealer.order",
            "views": [(False, "form")],
            "context": self._order_context(),
        }

    def _order_context(self):
        return {
            "default_lead_id": self.id,
            "default_partner_id": self.partner_id.id,
            "default_unit_id": self.dealer_unit_id.id,
            "default_brand": self.dealer_brand,
            "default_series": self.dealer_series,
        }

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        # Who may merge leads need not see the orders; they stay with the customer.
        of_stores = opportunities.sudo().filtered("dealer_unit_id")
        of_stores.dealer_order_ids.lead_id = self
        return result
