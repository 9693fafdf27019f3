from datetime import timedelta

from odoo import fields

from .common import DealerCase


class TestPhoneState(DealerCase):
    """Calls tell which numbers do not exist (空号)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.make_customer("Call", consultant_id=cls.sales_consultant.id).partner

    def call(self, hours=0, **values):
        return (
            self.env["dealer.interaction"]
            .with_user(self.sales_consultant)
            .create(
                {
                    "partner_id": self.partner.id,
                    "unit_id": self.store_a.id,
                    "start": fields.Datetime.now() - timedelta(hours=hours),
                    **values,
                }
            )
        )

    def test_empty_number(self):
        self.call(answered=False, result="failed")
        self.assertFalse(self.partner.phone_state, "not reached is not empty")
        call = self.call(answered=False, result="empty_number")
        self.assertEqual(self.partner.phone_state, "empty")
        self.assertEqual(self.partner.phone_state_date, call.start)
        found = self.env["res.partner"].search([("phone_state", "=", "empty")])
        self.assertIn(self.partner, found)

    def test_result_corrected_later(self):
        call = self.call(answered=False, result="failed")
        call.result = "empty_number"
        self.assertEqual(self.partner.phone_state, "empty")

    def test_a_talk_takes_it_back(self):
        self.call(hours=2, answered=False, result="empty_number")
        self.call(hours=3, two_way=True)
        self.assertEqual(self.partner.phone_state, "empty", "that talk was before")
        self.call(hours=1, two_way=True)
        self.assertEqual(self.partner.phone_state, "reached")

    def test_another_number_takes_it_back(self):
        self.call(answered=False, result="empty_number")
        self.partner.phone = f"+86 {self.partner.phone}"
        self.assertEqual(self.partner.phone_state, "empty", "the same number, written otherwise")
        self.partner.with_user(self.sales_consultant).phone = self.next_phone()
        self.assertFalse(self.partner.phone_state)
