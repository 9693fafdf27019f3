from odoo import api, models


class DealerServiceOrder(models.Model):
    """A visit changes how the customer stands with the store, and ends a win-back by itself (D10)."""

    _name = "dealer.service.order"
    _inherit = "dealer.service.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        # Whose visit it is the system knows; only marks of the system follow.
        orders.sudo().relation_id._kinds_changed()
        orders._winback_returned()
        return orders

    def write(self, vals):
        watched = {
            "state",
            "opened_at",
            "vehicle_id",
            "unit_id",
            "kind",
            "advisor_id",
        } & vals.keys()
        relations = self.sudo().relation_id if watched else None  # as in create
        result = super().write(vals)
        if watched:
            (relations | self.sudo().relation_id)._kinds_changed()  # as in create
            if vals.get("state") == "cancelled":
                self._winback_not_returned()
        return result

    def _winback_returned(self):
        """Close the win-backs of the customers who came."""
        for order in self.sudo().filtered("relation_id"):  # as in create
            order.relation_id.winback_ids._returned(order)

    def _winback_not_returned(self):
        """Open again what a visit closed that did not take place."""
        # Who called the visit off need not work at win-backs.
        self.env["dealer.winback"].sudo().search([("order_id", "in", self.ids)])._not_returned()
