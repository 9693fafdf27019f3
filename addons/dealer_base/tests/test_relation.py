import json

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from ..models.dealer_relation import BINDING_FIELDS, FIXED_FIELDS
from .common import POSTS, DealerCase

QUIET = (
    "odoo.addons.base.models.ir_access",
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_rule",
    "odoo.sql_db",
)
REFUSALS = (AccessError, UserError, ValidationError)
#: Who may change who serves a customer of theirs.
HAND_OVER = {
    "consultant_id": {"sales_manager", "sales_director", "general_manager", "group_executive"},
    "dcc_agent_id": {
        "sales_manager",
        "sales_director",
        "general_manager",
        "group_executive",
        "dcc_lead",
    },
    "advisor_id": {"service_manager", "general_manager", "group_executive"},
}


class TestRelation(DealerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.other = cls.make_customer("Other", cls.store_b, consultant_id=cls.consultant_b.id)
        cls.relation = cls.own.relation

    def assert_refused(self, action, env, kinds=REFUSALS):
        with mute_logger(*QUIET), self.request_of(env):
            self.assertIsInstance(self.attempt(action), kinds)

    # ------------------------------------------------------------------ one a store

    def test_one_active_per_partner_and_store(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env["dealer.relation"].create(
                {"partner_id": self.own.partner.id, "unit_id": self.store_a.id}
            )
        self.env["dealer.relation"].create(
            {"partner_id": self.own.partner.id, "unit_id": self.store_b.id}
        )

    def test_end_and_register_again(self):
        self.relation.with_user(self.sales_manager).action_end()
        self.assertFalse(self.relation.active)
        self.assertFalse(
            self.own.partner.with_user(self.sales_consultant).has_access("read"),
            "who no longer serves the customer no longer sees it",
        )
        again = self.env["dealer.relation"]._register_customers(self.own.partner, self.store_a)
        self.assertNotEqual(again, self.relation)
        self.assertNotEqual(again.code, self.relation.code)
        # The ended one cannot come back beside the new one.
        self.assertFalse(self.relation.active)

    def test_end_is_for_managers(self):
        for post in ("sales_consultant", "service_advisor", "care_manager", "reception"):
            mine = self.relation.with_user(self.users[post])
            self.assert_refused(mine.action_end, mine.env)

    def test_code_is_drawn_once(self):
        codes = (self.relation | self.other.relation).mapped("code")
        self.assertTrue(codes[0].startswith("T-A-"))
        self.assertTrue(codes[1].startswith("T-B-"))
        copy = self.env["dealer.relation"].create(
            {"partner_id": self.own.partner.id, "unit_id": self.store_c.id}
        )
        self.assertTrue(copy.code.startswith("T-C-"))

    def test_only_stores_and_customers(self):
        partner = self.env["res.partner"].create({"name": "Supplier"})
        for values in (
            {"partner_id": self.own.partner.id, "unit_id": self.east.id},
            {"partner_id": partner.id, "unit_id": self.store_a.id},
        ):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.env["dealer.relation"].create(values)

    # ------------------------------------------------------------------ who serves

    def test_binding_by_write(self):
        """Binding and what the binding stands on change by no door but the checked methods."""
        values = {
            "active": False,
            "code": "X",
            "company_id": self.store_b.company_id.id,
            "partner_id": self.other.partner.id,
            "partner_name": "X",
            "phone_masked": "X",
            "unit_id": self.store_b.id,
            **dict.fromkeys(BINDING_FIELDS, self.teammate.id),
        }
        self.assertEqual(set(values), FIXED_FIELDS | set(BINDING_FIELDS))
        for post in ("sales_consultant", "sales_manager", "general_manager", "system"):
            for field, value in values.items():
                mine = self.relation.with_user(self.users[post])
                partner = self.own.partner.with_user(self.users[post])
                with self.subTest(post=post, field=field):
                    self.assert_refused(
                        lambda mine=mine, field=field, value=value: mine.write({field: value}),
                        mine.env,
                    )
                    self.assert_refused(
                        lambda mine=mine, field=field, value=value: mine.web_save(
                            {field: value}, {"id": {}}
                        ),
                        mine.env,
                    )
                    self.assert_refused(
                        lambda partner=partner, field=field, value=value: partner.write(
                            {
                                "dealer_relation_ids": [
                                    Command.update(self.relation.id, {field: value})
                                ]
                            }
                        ),
                        partner.env,
                    )

    def test_forged_context(self):
        """Whatever JSON a client sends in the context is no proof."""
        for forged in ("true", "1", '"x"', "[]", "{}", '{"a": 1}', "0", "null", "1.5"):
            mine = self.relation.with_user(self.sales_manager).with_context(
                dealer_checked=json.loads(forged)
            )
            self.assert_refused(lambda mine=mine: mine.write({"consultant_id": False}), mine.env)
            stranger = self.env(
                user=self.sales_consultant, context={"dealer_checked": json.loads(forged)}
            )
            self.assert_refused(
                lambda env=stranger: env["dealer.relation"].create(
                    {"partner_id": self.other.partner.id, "unit_id": self.store_a.id}
                ),
                stranger,
            )

    def test_defaults_in_context(self):
        """A default in the context is checked as a value is."""
        partner = self.env["res.partner"].with_user(self.sales_consultant).sudo()
        new = partner.create({"name": "New", "is_dealer_customer": True})
        for context, values in (
            ({"default_partner_id": self.other.partner.id}, {}),
            ({"default_consultant_id": self.teammate.id}, {"partner_id": new.id}),
        ):
            model = self.env(user=self.sales_consultant, context=context)["dealer.relation"]
            self.assert_refused(
                lambda model=model, values=values: model.create(
                    {"unit_id": self.store_a.id, **values}
                ),
                model.env,
                AccessError,
            )

    def test_other_commands(self):
        partner = self.own.partner.with_user(self.sales_consultant)
        for command in (
            Command.delete(self.relation.id),
            Command.unlink(self.relation.id),
            Command.clear(),
            Command.link(self.other.relation.id),
            Command.set(self.other.relation.ids),
            Command.create({"unit_id": self.store_a.id, "consultant_id": self.teammate.id}),
            Command.create({"unit_id": self.store_b.id}),
        ):
            with self.subTest(command=command):
                with mute_logger(*QUIET), self.request_of(partner.env):
                    error = self.attempt(
                        lambda command=command: partner.write({"dealer_relation_ids": [command]})
                    )
                self.assertIsInstance(error, (*REFUSALS, IntegrityError))

    def test_import(self):
        model = self.env(user=self.sales_manager)["dealer.relation"]
        with mute_logger(*QUIET):
            result = model.load(
                [".id", "consultant_id/.id"], [[str(self.relation.id), str(self.teammate.id)]]
            )
        self.assertFalse(result["ids"])
        self.assertEqual(self.relation.consultant_id, self.sales_consultant)

    def test_register_for_colleague(self):
        """A consultant registers for oneself or for the pool, never for a colleague."""
        env = self.env(user=self.sales_consultant)

        def register(**binding):
            values = {"unit_id": self.store_a.id, **binding}
            return env["res.partner"].create(
                {
                    "name": "New",
                    "phone": self.next_phone(),
                    "is_dealer_customer": True,
                    "dealer_relation_ids": [Command.create(values)],
                }
            )

        self.assertFalse(self.attempt(lambda: register(consultant_id=self.sales_consultant.id)))
        self.assert_refused(lambda: register(consultant_id=self.teammate.id), env)

    def test_new_customer_is_ones_own(self):
        """A new customer is registered with the store and with the person."""
        for post, field in (
            ("sales_consultant", "consultant_id"),
            ("sales_manager", "consultant_id"),
            ("dcc_agent", "dcc_agent_id"),
            ("service_advisor", "advisor_id"),
            ("service_manager", "advisor_id"),
        ):
            for context in ({}, {"default_is_dealer_customer": True}):
                model = self.env(user=self.users[post], context=context)["res.partner"]
                flag = {} if context else {"is_dealer_customer": True}
                partner = model.create({"name": "New", "phone": self.next_phone(), **flag})
                self.assertTrue(partner.is_dealer_customer)
                self.assertEqual(partner.dealer_relation_ids.unit_id, self.store_a)
                self.assertEqual(partner.dealer_relation_ids[field], self.users[post], post)

    def test_hand_over(self):
        """Each binding is changed by who may, for customers one sees; all others are refused."""
        self.relation._assign({"dcc_agent_id": self.dcc_agent.id}, "test")
        targets = {
            "consultant_id": self.stranger.id,
            "dcc_agent_id": False,
            "advisor_id": self.service_advisor.id,
        }
        for field, target in targets.items():
            for post in POSTS:
                mine = self.relation.with_user(self.users[post])
                with self.subTest(field=field, post=post), mute_logger(*QUIET):
                    error = self.attempt(
                        lambda mine=mine, field=field, target=target: mine._assign(
                            {field: target}, "why"
                        )
                    )
                    if post in HAND_OVER[field]:
                        self.assertFalse(error)
                    else:
                        self.assertIsInstance(error, AccessError)

    def test_log(self):
        """Each change says who, when, from whom, to whom and why, for ever."""
        self.relation.with_user(self.sales_manager)._assign(
            {"consultant_id": self.teammate.id}, "on holiday"
        )
        line = self.relation.log_ids[0]
        self.assertRecordValues(
            line,
            [
                {
                    "user_id": self.sales_manager.id,
                    "role": "consultant_id",
                    "old_user_id": self.sales_consultant.id,
                    "new_user_id": self.teammate.id,
                    "reason": "on holiday",
                }
            ],
        )
        self.assertEqual(self.relation.log_ids[-1].new_user_id, self.sales_consultant)
        count = len(self.relation.log_ids)
        self.relation._assign({"consultant_id": self.teammate.id}, "again")
        self.assertEqual(len(self.relation.log_ids), count, "nothing changed, nothing is logged")

    def test_person_must_fit(self):
        """A customer is bound to a person who has the post, in this store."""
        for field, person in (
            ("consultant_id", self.technician),
            ("consultant_id", self.consultant_b),
            ("consultant_id", self.env.ref("base.public_user")),
            ("dcc_agent_id", self.sales_consultant),
            ("advisor_id", self.sales_consultant),
        ):
            with self.subTest(field=field, person=person.login):
                with self.assertRaises(ValidationError), self.cr.savepoint():
                    self.relation._assign({field: person.id}, "test")
                with self.assertRaises(ValidationError), self.cr.savepoint():
                    self.env["dealer.relation"].create(
                        {
                            "partner_id": self.own.partner.id,
                            "unit_id": self.store_c.id,
                            field: person.id,
                        }
                    )

    def test_not_a_binding(self):
        with self.assertRaises(ValueError):
            self.relation._assign({"partner_id": self.other.partner.id}, "test")

    def test_wizard(self):
        pool = self.make_customer("Pool", car=False)
        relations = self.relation | pool.relation
        wizard = Form(
            self.env["dealer.relation.assign"]
            .with_user(self.sales_manager)
            .with_context(active_model="dealer.relation", active_ids=relations.ids)
        )
        self.assertEqual(wizard.relation_count, 2)
        candidates = wizard.candidate_ids
        self.assertIn(self.teammate, candidates)
        self.assertNotIn(self.consultant_b, candidates)
        self.assertNotIn(self.technician, candidates)
        wizard.user_id = self.teammate
        wizard.reason = "test"
        wizard.save().action_assign()
        self.assertEqual(relations.consultant_id, self.teammate)
        self.assertEqual(set(relations.log_ids.filtered("old_user_id").mapped("reason")), {"test"})

    # ------------------------------------------------------------------ register

    def test_register_is_idempotent(self):
        partners = self.own.partner | self.env["res.partner"].create(
            {"name": "New", "is_dealer_customer": True}
        )
        model = self.env["dealer.relation"]
        first = model._register_customers(partners, self.store_a)
        second = model._register_customers(partners, self.store_a)
        self.assertEqual(first, second)
        self.assertEqual(first.partner_id, partners)
        self.assertIn(self.relation, first)

    def test_register_opens_no_door(self):
        """What the method gives back is no more trusted than what anybody finds."""
        partner = self.env["res.partner"].create({"name": "New", "is_dealer_customer": True})
        made = (
            self.env["dealer.relation"]
            .with_user(self.sales_manager)
            ._register_customers(partner | self.own.partner, self.store_a)
        )
        self.assertFalse(made.env.su)
        self.assert_refused(lambda: made.write({"consultant_id": self.teammate.id}), made.env)

    def test_register_in_bulk(self):
        """Registering many costs statements per batch, not per customer."""
        model = self.env["dealer.relation"]

        def customers(count):
            return self.env["res.partner"].create(
                [{"name": f"Bulk {number}", "is_dealer_customer": True} for number in range(count)]
            )

        def queries(count):
            partners = customers(count)
            values = {
                partner.id: {"consultant_id": self.sales_consultant.id} for partner in partners
            }
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            model._register_customers(partners, self.store_a, values)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        queries(1)
        few, many = queries(5), queries(55)
        # The number of the customer is drawn from the store's sequence, one statement or two each.
        self.assertLessEqual((many - few) / 50, 3.2)
