from odoo import api, models


class DealerServiceOrder(models.Model):
    """What a visit did moves what is due next."""

    _name = "dealer.service.order"
    _inherit = "dealer.service.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        # Records of the maker's system come in as they are.
        orders.filtered(lambda order: order.state == "closed").vehicle_id._maintenance_changed()
        return orders

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.vehicle_id._maintenance_changed()
        return result

    def action_maintenance_list(self):
        """Open what the car needs, for the talk when it comes in."""
        self.ensure_one()
        return self.vehicle_id.action_maintenance_list()
