from odoo import fields, models


class DealerServiceOrder(models.Model):
    """Customers are called back about a car that was handed over."""

    _name = "dealer.service.order"
    _inherit = "dealer.service.order"

    # The rules of call-backs count from it.
    closed_at = fields.Datetime(index="btree_not_null")

    def _callback_values(self):
        """Return what a call-back about this record is about; a hook, called as the system."""
        self.ensure_one()
        return {
            "about": "service",
            "vehicle_id": self.vehicle_id.id,
            "delivered_at": self.closed_at,
        }


class DealerVehicle(models.Model):
    """Owners are called about their car itself: first maintenance, a new car."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    def _callback_values(self):
        """Return what a call-back about this record is about; a hook, called as the system."""
        self.ensure_one()
        return {"about": "car", "vehicle_id": self.id, "delivered_at": False}
