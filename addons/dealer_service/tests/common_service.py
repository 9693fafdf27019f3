from datetime import timedelta

from odoo import fields

from odoo.addons.dealer_base.tests.common import DealerCase

QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_model")
QUIET += ("odoo.addons.base.models.ir_rule",)


class ServiceCase(DealerCase):
    """Owners of store A and of store B, and visits of their cars to the workshop."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.users.values():
            user.tz = "Asia/Shanghai"  # as that of people who log in
        cls.now = fields.Datetime.now()

    @classmethod
    def make_car(cls, customer=None, **values):
        """Make a car without readings; of ``customer`` since 2020, or of nobody."""
        car = cls.env["dealer.vehicle"].create(
            {"plate": cls.next_plate(), "unit_id": cls.store_a.id, **values}
        )
        if customer:
            car._set_owner(customer.partner, "2020-01-01")
        return car

    @classmethod
    def make_order(cls, vehicle, user=None, days_ago=0, **values):
        """Open a workshop order of store A as ``user``, or as the system."""
        orders = cls.env["dealer.service.order"]
        return (orders.with_user(user) if user else orders).create(
            {
                "vehicle_id": vehicle.id,
                "unit_id": cls.store_a.id,
                "opened_at": cls.now - timedelta(days=days_ago),
                **values,
            }
        )
