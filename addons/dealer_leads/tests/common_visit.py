from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from odoo.addons.dealer_base.tests.common import DealerCase

QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")


class VisitCase(DealerCase):
    """The clerk of store A, consultants, and a customer of each kind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visits = cls.env["dealer.visit"]
        cls.desk = cls.visits.with_user(cls.reception)
        cls.own = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.mate = cls.make_customer("Mate", consultant_id=cls.teammate.id)
        cls.pool = cls.make_customer("Pool")
        cls.other = cls.make_customer(
            "Other", stores=cls.store_b, consultant_id=cls.consultant_b.id
        )
        cls.source = cls.env.ref("dealer_leads.utm_source_hotline")

    @classmethod
    def ago(cls, **units):
        return fields.Datetime.now() - timedelta(**units)

    @classmethod
    def register(cls, **values):
        return cls.desk.create(values)

    def whole(self, **values):
        """Return values of a visit that lacks nothing."""
        return {
            "visitor_name": "王先生",
            "series": "速腾",
            "source_id": self.source.id,
            "consultant_id": self.sales_consultant.id,
            **values,
        }

    def later(self, **units):
        """Let it be later for the code under test."""
        moment = fields.Datetime.now() + timedelta(**units)
        return patch.object(fields.Datetime, "now", lambda *_args: moment)
