from datetime import timedelta

from odoo import fields

from .common import LeadsCase

QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_model")
QUIET += ("odoo.addons.base.models.ir_rule",)


class OrderCase(LeadsCase):
    """Customers of store A with a lead each, and orders in the name of who serves them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.users.values():
            user.tz = "Asia/Shanghai"  # as that of people who log in
        cls.buyer = cls.make_customer("Buyer", car=False, consultant_id=cls.sales_consultant.id)
        cls.mate = cls.make_customer("Mate", car=False, consultant_id=cls.teammate.id)
        cls.house = cls.make_customer("House", car=False, consultant_id=cls.stranger.id)
        cls.lead = cls.make_lead(cls.buyer)
        cls.reason = cls.env.ref("dealer_leads.order_cancel_waiting")
        cls.today = cls.env["dealer.order"].new({"unit_id": cls.store_a.id})._today()

    @classmethod
    def day(cls, days):
        return cls.today + timedelta(days=days)

    @classmethod
    def make_lead(cls, customer, **values):
        relation = customer.relation[:1]
        return cls.env["crm.lead"].create(
            {
                "name": f"大众 {customer.tag}",
                "type": "opportunity",
                "partner_id": customer.partner.id,
                "company_id": relation.company_id.id,
                "user_id": relation.consultant_id.id,
                "dealer_brand": "大众",
                "dealer_series": "速腾",
                **values,
            }
        )

    @classmethod
    def make_order(cls, customer=None, user=None, **values):
        """Write a draft as ``user``, who is the consultant of the customer by default."""
        customer = customer or cls.buyer
        relation = customer.relation[:1]
        user = user or relation.consultant_id
        return (
            cls.env["dealer.order"]
            .with_user(user)
            .create(
                {
                    "partner_id": customer.partner.id,
                    "unit_id": relation.unit_id.id,
                    "brand": "大众",
                    "series": "速腾",
                    "car_model": "280TSI",
                    "color": "极地白",
                    "price": 138000,
                    "deposit": 5000,
                    **values,
                }
            )
        )

    @classmethod
    def make_delivered(cls, **values):
        order = cls.make_order(**{"vin": cls.next_vin(), **values})
        order.action_order()
        order._deliver()
        return order

    def ago(self, **period):
        return fields.Datetime.now() - timedelta(**period)
