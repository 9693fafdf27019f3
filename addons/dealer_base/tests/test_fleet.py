from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import DealerCase


class TestFleet(DealerCase):
    """Fleet customers (批售, B10): a manager promotes, with a reason; nobody types the flag."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Fleet", consultant_id=cls.sales_consultant.id)
        cls.other = cls.make_customer("Elsewhere", cls.store_b)
        cls.partner = cls.customer.partner

    def promote(self, user, partners=None, **values):
        partners = self.partner if partners is None else partners
        wizard = (
            self.env["dealer.fleet.promotion"]
            .with_user(user)
            .with_context(active_model="res.partner", active_ids=partners.ids)
            .create({"reason": "Twenty vans a year", **values})
        )
        wizard.action_apply()
        return wizard

    def test_promoted_and_taken_back(self):
        """Both ways are kept in the chatter with who, why and for which company."""
        self.promote(self.sales_manager, company_name=" Shunda Logistics ")
        self.assertTrue(self.partner.is_fleet_customer)
        self.assertEqual(self.partner.fleet_company, "Shunda Logistics")
        self.assertEqual(self.partner.fleet_by_id, self.sales_manager)
        self.assertTrue(self.partner.fleet_since)
        message = self.partner.message_ids[0]
        self.assertIn("Shunda Logistics", message.body)
        self.assertIn("Twenty vans a year", message.body)
        self.assertEqual(message.author_id, self.sales_manager.partner_id)

        page = self.env["dealer.timeline"].with_user(self.sales_consultant)
        texts = [
            row["summary"] for row in page.timeline_page("res.partner", self.partner.id)["rows"]
        ]
        self.assertIn("Twenty vans a year", " ".join(texts))

        self.promote(self.sales_manager, mode="withdraw", reason="Contract ended")
        self.assertFalse(self.partner.is_fleet_customer)
        self.assertFalse(self.partner.fleet_company)
        self.assertFalse(self.partner.fleet_since)
        self.assertFalse(self.partner.fleet_by_id)
        self.assertIn("Contract ended", self.partner.message_ids[0].body)

    def test_twice_is_once(self):
        """Two clicks at once leave one entry, and the first promotion stands."""
        self.promote(self.sales_manager)
        messages = len(self.partner.message_ids)
        self.promote(self.sales_director)
        self.assertEqual(len(self.partner.message_ids), messages)
        self.assertEqual(self.partner.fleet_by_id, self.sales_manager)

    def test_reason_needed(self):
        for reason in ("", "   "):
            with self.assertRaisesRegex(UserError, "Say why"):
                self.partner._dealer_set_fleet(True, reason)
        self.assertFalse(self.partner.is_fleet_customer)

    def test_only_customers(self):
        """A colleague or a supplier is no fleet customer."""
        with self.assertRaisesRegex(UserError, "Only a customer"):
            self.teammate.partner_id._dealer_set_fleet(True, "by mistake")

    def test_nobody_ticked(self):
        wizard = self.env["dealer.fleet.promotion"].create({"reason": "test"})
        with self.assertRaisesRegex(UserError, "Tick the customers"):
            wizard.action_apply()

    def test_not_the_managers_customer(self):
        """Neither a consultant promotes, nor a manager the customer of another store."""
        with self.assertRaises(AccessError):
            self.partner.with_user(self.sales_consultant)._dealer_set_fleet(True, "mine")
        with self.assertRaises(AccessError):
            self.other.partner.with_user(self.sales_director)._dealer_set_fleet(True, "not mine")

    def test_flag_is_not_typed(self):
        """No door but the button: not write, not create, not a default in the context."""
        partner = self.partner.with_user(self.sales_director)
        values = {"name": "New", "phone": self.next_phone(), "is_dealer_customer": True}
        model = partner.env["res.partner"]
        doors = (
            lambda: partner.write({"is_fleet_customer": True}),
            lambda: partner.write({"fleet_company": "Forged"}),
            lambda: model.create({**values, "is_fleet_customer": True}),
            lambda: model.with_context(default_is_fleet_customer=True).create(values),
            lambda: partner.with_context(dealer_fleet_checked=True).write({"fleet_since": False}),
        )
        for door in doors:
            error = self.attempt(door)
            self.assertIsInstance(error, UserError)
            self.assertIn("Fleet Customer", str(error))
        self.assertFalse(self.attempt(lambda: model.create(values)))

    def test_form_of_a_company(self):
        """The company's own name is proposed."""
        self.partner.is_company = True
        form = Form(
            self.env["dealer.fleet.promotion"]
            .with_user(self.sales_manager)
            .with_context(active_model="res.partner", active_ids=self.partner.ids)
        )
        self.assertEqual(form.company_name, self.partner.name)
        form.reason = "Framework contract"
        form.save().action_apply()
        self.assertEqual(self.partner.fleet_company, self.partner.name)
        found = self.env["res.partner"].with_user(self.sales_consultant)
        self.assertEqual(found.search([("is_fleet_customer", "=", True)]), self.partner)

    def test_copy_is_none(self):
        """A copied file is not promoted along."""
        self.promote(self.sales_manager)
        copy = self.partner.copy({"phone": self.next_phone()})
        self.assertFalse(copy.is_fleet_customer)
