from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import DealerCase


class TestPartner(DealerCase):
    def make_partner(self, **values):
        return self.env["res.partner"].create(
            {"name": "Test", "is_dealer_customer": True, **values}
        )

    # ------------------------------------------------------------------ numbers

    def test_phone_is_tidied(self):
        phone = self.next_phone()
        for written in (
            f"+86 {phone}",
            f"0086-{phone}",
            f"{phone[:3]} {phone[3:7]} {phone[7:]}",
            f"{phone}（微信同号）",
        ):
            partner = self.make_partner(phone=written, phone_shared=True)
            self.assertEqual(partner.phone, phone)
            self.assertEqual(partner.phone_normalized, f"+86{phone}")
            self.assertEqual(partner.phone_kind, "mobile")
            partner.phone = "0574-87654321"
            self.assertEqual(partner.phone_normalized, "+8657487654321")
            self.assertEqual(partner.phone_kind, "landline")
            partner.phone = False
            self.assertFalse(partner.phone_normalized or partner.phone_kind)

    def test_refused_for_customers_only(self):
        for phone in ("4008001234", "12", "nonsense"):
            self.env["res.partner"].create({"name": "Supplier", "phone": phone})
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.make_partner(phone=phone)
            supplier = self.env["res.partner"].create({"name": "Supplier", "phone": phone})
            with self.assertRaises(ValidationError), self.cr.savepoint():
                supplier.is_dealer_customer = True

    def test_suppliers_are_left_alone(self):
        supplier = self.env["res.partner"].create({"name": "S", "phone": "+86 139 0110 0248"})
        self.assertEqual(supplier.phone, "+86 139 0110 0248")
        self.assertFalse(supplier.phone_normalized)

    def test_one_customer_per_mobile(self):
        phone = self.next_phone()
        first = self.make_partner(phone=phone)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.make_partner(phone=f"+86 {phone}")
        self.env["res.partner"].create({"name": "Supplier", "phone": phone})
        self.make_partner(phone=phone, phone_shared=True)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.make_partner().phone = phone
        first.active = False
        self.make_partner(phone=phone)

    def test_a_landline_is_shared(self):
        for _number in range(2):
            self.make_partner(phone="0574-87654321")

    def test_find_by_phone(self):
        own = self.make_customer("Own")
        shared = self.make_partner(phone=self.next_phone(), phone_shared=True)
        model = self.env["res.partner"]
        numbers = [own.partner.phone_normalized, shared.phone_normalized, "+8619900779999"]
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            found = model._dealer_find_by_phone(numbers)
        self.assertEqual(found, {own.partner.phone_normalized: own.partner})

    # ------------------------------------------------------------------ the flag

    def test_a_customer_stays_a_customer(self):
        own = self.make_customer("Own", consultant_id=self.sales_consultant.id)
        for user in (self.sales_consultant, self.general_manager, self.system):
            with self.assertRaises(UserError), self.cr.savepoint():
                own.partner.with_user(user).write({"is_dealer_customer": False})

    def test_no_customer_without_a_store(self):
        company = self.env["res.company"].create({"name": "No store"})
        self.sales_consultant.company_ids |= company
        model = self.env["res.partner"].with_user(self.sales_consultant)
        with self.assertRaises(UserError), self.cr.savepoint():
            model.with_company(company).create({"name": "New", "is_dealer_customer": True})

    def test_contacts_of_a_customer(self):
        """Contacts below a customer are flagged and seen by whoever sees the customer."""
        own = self.make_customer("Own", consultant_id=self.sales_consultant.id)
        env = self.env(user=self.sales_consultant)
        values = {"name": "Wife", "phone": self.next_phone()}
        for contact in (
            env["res.partner"].create({**values, "parent_id": own.partner.id}),
            env["res.partner"]
            .with_context(default_parent_id=own.partner.id)
            .create({"name": "Son", "is_dealer_customer": False}),
        ):
            self.assertTrue(contact.is_dealer_customer)
            self.assertTrue(contact.with_user(self.sales_manager).has_access("write"))
            self.assertFalse(contact.with_user(self.stranger).has_access("read"))
            self.assertFalse(contact.dealer_relation_ids)
        own.partner.with_env(env).write({"child_ids": [Command.create({"name": "Driver"})]})
        self.assertEqual(
            own.partner.child_ids.mapped("is_dealer_customer"), [True] * len(own.partner.child_ids)
        )

    def test_new_customer_by_import(self):
        """The list of customers imports customers, with the store and the person (default flag)."""
        model = self.env["res.partner"].with_user(self.sales_consultant)
        phone = self.next_phone()
        result = model.with_context(default_is_dealer_customer=True).load(
            ["name", "phone"], [["Imported", f"+86 {phone}"]]
        )
        partner = self.env["res.partner"].browse(result["ids"])
        self.assertTrue(partner.is_dealer_customer)
        self.assertEqual(partner.phone, phone)
        self.assertEqual(partner.dealer_relation_ids.consultant_id, self.sales_consultant)

    def test_quick_create(self):
        model = self.env["res.partner"].with_user(self.sales_consultant)
        partner_id, _name = model.with_context(default_is_dealer_customer=True).name_create("Quick")
        partner = self.env["res.partner"].browse(partner_id)
        self.assertEqual(partner.dealer_relation_ids.consultant_id, self.sales_consultant)

    def test_archived_customer(self):
        own = self.make_customer("Own", consultant_id=self.sales_consultant.id)
        own.partner.active = False
        found = self.env["res.partner"].with_context(active_test=False)
        self.assertFalse(
            found.with_user(self.stranger).search([("id", "=", own.partner.id)]),
            "archived is not public",
        )

    def test_counters(self):
        own = self.make_customer("Own", consultant_id=self.sales_consultant.id)
        partner = own.partner.with_user(self.sales_consultant)
        self.assertEqual(partner.dealer_interaction_count, 1)
        self.assertEqual(partner.dealer_vehicle_count, 1)
        for action in (partner.action_dealer_interactions(), partner.action_dealer_vehicles()):
            self.assertEqual(
                self.env(user=self.sales_consultant)[action["res_model"]].search_count(
                    action["domain"]
                ),
                1,
            )

    # ------------------------------------------------------------------ birthdays

    def test_next_birthday(self):
        tomorrow = fields.Date.context_today(self.env.user) + timedelta(days=1)
        partner = self.make_partner(birth_month=tomorrow.month, birth_day=tomorrow.day)
        if (tomorrow.month, tomorrow.day) != (2, 29):
            self.assertEqual(partner.next_birthday, tomorrow)
        partner.birth_calendar = "lunar"
        self.assertTrue(partner.next_birthday)
        partner.write({"birth_month": 0, "birth_day": 0})
        self.assertFalse(partner.next_birthday)

    def test_wrong_birthdays(self):
        for month, day in ((13, 1), (2, 30), (4, 31), (1, 0)):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.make_partner(birth_month=month, birth_day=day)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.make_partner(birth_calendar="lunar", birth_month=1, birth_day=31)

    def test_cron_moves_due_birthdays_only(self):
        today = fields.Date.context_today(self.env.user)
        due, coming, none = (
            self.make_partner(birth_month=5, birth_day=5),
            self.make_partner(birth_month=6, birth_day=6),
            self.make_partner(),
        )
        right = due.next_birthday
        self.env.flush_all()
        self.cr.execute(
            "UPDATE res_partner SET next_birthday = %s, write_date = '2020-01-01' WHERE id = %s",
            (today - timedelta(days=1), due.id),
        )
        self.cr.execute(
            "UPDATE res_partner SET next_birthday = %s, write_date = '2020-01-01' WHERE id = %s",
            (today + timedelta(days=3), coming.id),
        )
        self.env.invalidate_all()
        self.env["res.partner"]._cron_next_birthday()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(due.next_birthday, right)
        self.assertEqual(
            coming.next_birthday, today + timedelta(days=3), "what is not due is not touched"
        )
        self.assertFalse(none.next_birthday)

    def test_cron_asks_once(self):
        """The cost of a day without birthdays does not depend on the number of customers."""
        self.env["res.partner"]._cron_next_birthday()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            self.env["res.partner"]._cron_next_birthday()

    # ------------------------------------------------------------------ three elements

    def test_three_elements(self):
        partner = self.make_partner(phone=self.next_phone())
        self.assertEqual(partner.three_element_state, "unchecked")
        partner.write({"three_element_state": "matched", "three_element_date": "2024-01-01"})
        for values in ({"name": "Another"}, {"phone": self.next_phone()}, {"street": "Elsewhere"}):
            with self.subTest(values=values):
                partner.write(
                    {"three_element_state": "matched", "three_element_date": "2024-01-01"}
                )
                partner.write(values)
                self.assertEqual(
                    partner.three_element_state,
                    "unchecked",
                    "what was checked is no longer what stands there",
                )
                self.assertFalse(partner.three_element_date)
        partner.write({"three_element_state": "matched", "three_element_date": "2024-01-01"})
        partner.write({"email": "a@example.com", "name": partner.name})
        self.assertEqual(partner.three_element_state, "matched")
