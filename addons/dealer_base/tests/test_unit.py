from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import DealerCase

QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_model", "odoo.sql_db")


class TestUnit(DealerCase):
    def make_store(self, code, parent, **values):
        return self.env["dealer.unit"].create(
            {"name": f"Store {code}", "code": code, "parent_id": parent.id, **values}
        )

    # ------------------------------------------------------------------ the tree

    def test_order_of_the_tree(self):
        """Headquarters above divisions above stores; nothing else."""
        for kind, parent in (
            ("headquarters", self.headquarters),
            ("headquarters", self.store_a),
            ("division", self.east),
            ("division", self.store_a),
            ("store", self.store_a),
        ):
            with (
                self.subTest(kind=kind, parent=parent.kind),
                self.assertRaises(ValidationError),
                self.cr.savepoint(),
            ):
                self.make_store("T-X", parent, kind=kind)
        self.assertEqual(self.make_store("T-Y", self.headquarters).parent_id, self.headquarters)

    def test_no_cycle(self):
        with self.assertRaises(UserError), self.cr.savepoint():
            self.headquarters.parent_id = self.east

    def test_only_stores_have_a_company(self):
        company = self.env["res.company"].create({"name": "Company"})
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.east.company_id = company
        for kind in ("division", "headquarters"):
            with self.assertRaises(UserError), self.cr.savepoint():
                self.store_c.kind = kind

    def test_company_has_no_parent(self):
        parent = self.env["res.company"].create({"name": "Parent"})
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": parent.id})
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.make_store("T-X", self.east, company_id=branch.id)

    def test_codes_and_companies_are_unique(self):
        for values in ({"code": "T-A"}, {"code": "T-X", "company_id": self.store_a.company_id.id}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.env["dealer.unit"].create({"name": "X", "parent_id": self.east.id, **values})

    def test_store_brings_what_it_needs(self):
        store = self.make_store("T-N", self.east, city="Ningbo")
        company = store.company_id
        self.assertFalse(company.parent_id)
        self.assertEqual(company.name, store.name)
        self.assertEqual(company.currency_id, self.env.ref("base.CNY"))
        self.assertEqual(company.country_id, self.env.ref("base.cn"))
        self.assertEqual(store.calendar_id.company_id, company)
        self.assertEqual(store.calendar_id.tz, "Asia/Shanghai")
        self.assertEqual(set(store.calendar_id.attendance_ids.mapped("dayofweek")), set("0123456"))
        self.assertEqual(store.sequence_id.company_id, company)
        self.assertEqual(store.sequence_id.next_by_id(), "T-N-000001")

    def test_divisions_bring_nothing(self):
        self.assertFalse(self.east.company_id or self.east.calendar_id or self.east.sequence_id)

    def test_warehouse(self):
        """With stock a store has a warehouse; without, nothing is missing."""
        if "stock.warehouse" not in self.env:
            self.skipTest("stock is not installed")
        warehouses = self.env["stock.warehouse"].search(
            [("company_id", "=", self.store_a.company_id.id)]
        )
        self.assertEqual(len(warehouses), 1)
        self.store_a._equip_store()
        self.assertEqual(
            self.env["stock.warehouse"].search_count(
                [("company_id", "=", self.store_a.company_id.id)]
            ),
            1,
        )

    def test_current(self):
        unit = self.env["dealer.unit"]
        self.assertEqual(unit.with_company(self.store_b.company_id)._current(), self.store_b)
        self.assertFalse(
            unit.with_company(self.env["res.company"].create({"name": "X"}))._current()
        )

    # ------------------------------------------------------------------ over time

    def test_move_keeps_history(self):
        today = fields.Date.context_today(self.store_c)
        first = self.store_c.history_ids
        self.assertRecordValues(
            first, [{"parent_id": self.east.id, "date_from": today, "date_to": False}]
        )
        first.sudo().date_from = "2020-01-01"
        self.store_c.parent_id = self.west
        self.store_c.parent_id = self.west
        self.assertRecordValues(
            self.store_c.history_ids.sorted("date_from"),
            [
                {"parent_id": self.east.id, "date_to": today},
                {"parent_id": self.west.id, "date_to": False},
            ],
        )

    def test_history_is_nobodys(self):
        for user in (self.group_executive, self.system):
            line = self.store_c.history_ids.with_user(user)
            with mute_logger(*QUIET):
                for action in (
                    line.unlink,
                    lambda line=line: line.write({"date_from": "2020-01-01"}),
                    lambda line=line: line.create(
                        {"unit_id": self.store_c.id, "date_from": "2020-01-01"}
                    ),
                ):
                    self.assertIsInstance(self.attempt(action), AccessError)

    # ------------------------------------------------------------------ executives

    def companies(self):
        self.group_executive.invalidate_recordset()
        return self.group_executive.company_ids

    def test_companies_follow_the_tree(self):
        east = (self.store_a | self.store_c).company_id
        self.assertEqual(self.companies(), east)
        new = self.make_store("T-N", self.east)
        self.assertEqual(self.companies(), east | new.company_id)
        new.parent_id = self.west
        self.assertEqual(self.companies(), east)
        self.store_b.parent_id = self.east
        self.assertEqual(self.companies(), east | self.store_b.company_id)
        self.store_b.active = False
        self.assertEqual(self.companies(), east)
        self.store_b.active = True
        self.store_b.parent_id = self.west
        self.group_executive.dealer_unit_id = self.headquarters
        self.assertEqual(
            self.companies(),
            (self.store_a | self.store_b | self.store_c).company_id | new.company_id,
        )
        self.group_executive.dealer_unit_id = self.west
        self.assertEqual(
            self.companies(),
            (self.store_a | self.store_b).company_id | new.company_id,
            "the own company stays",
        )

    def test_archived_division(self):
        """Stores below an archived division are still stores of the group."""
        self.east.active = False
        self.assertIn(self.store_a.company_id, self.companies())

    def test_only_executives(self):
        self.general_manager.dealer_unit_id = self.headquarters
        self.assertEqual(self.general_manager.company_ids, self.store_a.company_id)
        self.general_manager.group_ids |= self.env.ref("dealer_base.group_group_executive")
        self.assertIn(self.store_b.company_id, self.general_manager.company_ids)

    def test_executive_sets_up_a_store(self):
        """The executive needs no right on companies, calendars and sequences for it."""
        store = (
            self.env["dealer.unit"]
            .with_user(self.group_executive)
            .create({"name": "New", "code": "T-N", "parent_id": self.east.id})
        )
        self.assertTrue(store.sudo().company_id)
        self.assertIn(store.sudo().company_id, self.companies())

    def test_executive_reaches_no_further(self):
        env = self.env(user=self.group_executive)
        store_c, store_b, west = (
            unit.with_env(env) for unit in (self.store_c, self.store_b, self.west)
        )
        foreign = self.env["res.company"].create({"name": "Foreign"})
        for what, action in {
            "write another division's store": lambda: store_b.write({"name": "X"}),
            "fetch it": lambda: store_b.write({"parent_id": self.east.id}),
            "fetch it from above": lambda: self.east.with_env(env).write(
                {"child_ids": [Command.link(self.store_b.id)]}
            ),
            "give a store away": lambda: store_c.write({"parent_id": self.west.id}),
            "found one elsewhere": lambda: west.create(
                {"name": "X", "code": "T-X", "parent_id": self.west.id}
            ),
            "found one nowhere": lambda: west.create({"name": "X", "code": "T-X"}),
            "take a foreign company": lambda: west.create(
                {
                    "name": "X",
                    "code": "T-X",
                    "parent_id": self.east.id,
                    "company_id": foreign.id,
                }
            ),
            "swap the company": lambda: store_c.write({"company_id": foreign.id}),
            "rise": lambda: self.group_executive.with_env(env).write(
                {"dealer_unit_id": self.headquarters.id}
            ),
            "take companies": lambda: self.group_executive.with_env(env).write(
                {"company_ids": [Command.link(self.store_b.company_id.id)]}
            ),
            "delete": store_c.unlink,
        }.items():
            with self.subTest(what), mute_logger(*QUIET), self.request_of(env):
                self.assertIsInstance(self.attempt(action), AccessError)

    def test_nothing_is_made_for_who_may_not(self):
        """A refused store leaves no company behind, even within the transaction."""
        before = self.env["res.company"].search_count([])
        with mute_logger(*QUIET), self.assertRaises(AccessError):
            self.env["dealer.unit"].with_user(self.sales_director).create(
                {"name": "X", "code": "T-X", "parent_id": self.east.id}
            )
        self.assertEqual(self.env["res.company"].search_count([]), before)

    # ------------------------------------------------------------------ teams

    def test_one_team_a_store(self):
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.team_two.member_ids |= self.teammate
        self.team_one.active = False
        self.team_two.member_ids |= self.teammate
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.team_one.active = True

    def test_same_person_in_two_stores(self):
        self.env["dealer.team"].create(
            {"name": "B", "unit_id": self.store_b.id, "member_ids": self.teammate.ids}
        )
