import datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common import ClockCase, at

#: Clocks and alarms are read by whoever may read the record, and written by nobody.
AS_THE_RECORD = """
                    own   team  house prospect pool  other
    sales_consultant r... .... .... .... r... ....
    sales_manager    r... r... .... .... r... ....
    sales_director   r... r... r... r... r... ....
    dcc_agent        r... .... .... .... r... ....
    dcc_lead         r... r... .... .... r... ....
    reception        -    r... r... r... r... ....
    service_advisor  r... r... r... .... .... ....
    service_manager  r... r... r... .... .... ....
    technician       -    r... r... .... .... ....
    care_agent       -    r... r... .... .... ....
    care_manager     -    r... r... .... .... ....
    marketing_user   -    .... .... .... .... ....
    marketing_manager -   r... r... r... r... ....
    general_manager  -    r... r... r... r... ....
    group_executive  -    r... r... r... r... ....
    system           -    r... r... r... r... ....
    """
#: own: of the person's store; pool: of all stores; other: of another store.
POLICIES = """
                    own   team  house prospect pool  other
    *                r... - - - r... ....
    sales_director   rwcd - - - r... ....
    service_manager  rwcd - - - r... ....
    care_manager     rwcd - - - r... ....
    general_manager  rwcd - - - r... ....
    group_executive  rwcd - - - rwcd ....
    system           rwcd - - - rwcd ....
    """
MATRIX = {
    "dealer.clock": AS_THE_RECORD,
    "dealer.clock.event": AS_THE_RECORD,
    "dealer.clock.policy": POLICIES,
    "dealer.clock.step": POLICIES,
    "resource.calendar.makeup": POLICIES,
    # own: the person itself; team: a colleague; other: somebody of another store. The letters p and
    # b plan leave and say that somebody is with a customer.
    "dealer.duty": """
                        own    team   house prospect pool other
        *                rw.bd r....  - - - .....
        sales_manager    rwpbd rwpbd  - - - .....
        sales_director   rwpbd rwpbd  - - - .....
        dcc_lead         rwpbd rwpbd  - - - .....
        reception        rw.bd rw.bd  - - - .....
        service_manager  rwpbd rwpbd  - - - .....
        care_manager     rwpbd rwpbd  - - - .....
        general_manager  rwpbd rwpbd  - - - .....
        group_executive  rwpbd rwpbd  - - - .....
        system           rwpbd rwpbd  - - - .....
        """,
}
QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")


class TestClockRights(RoleMatrix, ClockCase):
    """Post × model × whose × what, every cell tried out; and what a client may forge."""

    matrix = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = {
            post: cls.make_customer(f"Own{post}", **{field: cls.users[post].id})
            for post, field in BINDINGS.items()
        }
        cls.team = cls.make_customer("Team", consultant_id=cls.teammate.id)
        cls.house = cls.make_customer("House", consultant_id=cls.stranger.id)
        cls.prospect = cls.make_customer("Prospect", car=False, consultant_id=cls.stranger.id)
        cls.pool = cls.make_customer("Pool", car=False)
        cls.other = cls.make_customer("Other", cls.store_b, consultant_id=cls.consultant_b.id)
        step = {"minutes": 0, "who": "post", "group_id": cls.env.ref("base.group_portal").id}
        cls.make_policy("matrix", [step])
        relations = cls.env["dealer.relation"].concat(
            *(customer.relation for customer in cls.customers.values())
        )
        with freeze_time(at(9)):
            cls.clocks = relations._clock_start("matrix")
        # What a person is responsible for or was told is the person's; here only the record counts.
        cls.clocks.user_id = False
        for clock in cls.clocks:
            clock._record(clock.policy_id.step_ids, at(9, 30))
        cls.system.group_ids |= cls.env.ref("base.group_partner_manager")

    def customer_of(self, post, column):
        if column == "own":
            return self.own.get(post)
        if column == "team" and post == "dcc_lead":
            return self.own["dcc_agent"]
        return getattr(self, column)

    def clock_of(self, customer):
        return self.clocks.filtered(lambda clock: clock.res_id == customer.relation.id)

    def store_of(self, column):
        return {"own": self.store_a, "pool": self.env["dealer.unit"], "other": self.store_b}[column]

    def _probe_dealer_clock(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        clock = self.clock_of(customer)
        values = {
            "policy_id": self.policy.id,
            "kind": "forged",
            "res_model": "dealer.relation",
            "res_id": customer.relation.id,
            "unit_id": customer.relation.unit_id.id,
            "started_at": at(9),
            "due_at": at(9, 30),
        }
        return clock, {
            "w": lambda: clock.with_env(env).write({"due_at": at(18)}),
            "c": lambda: clock.with_env(env).create(values),
        }

    def _probe_dealer_clock_event(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        event = self.clock_of(customer).event_ids
        values = {
            "clock_id": event.clock_id.id,
            "step_id": event.step_id.id,
            "at": at(9),
            "action": "tell",
            "attempt": 9,
        }
        return event, {
            "w": lambda: event.with_env(env).write({"ack_at": at(9)}),
            "c": lambda: event.with_env(env).create(values),
        }

    def _probe_dealer_clock_policy(self, env, post, column):
        if column not in ("own", "pool", "other"):
            return None
        store = self.store_of(column)
        policy = self.make_policy("probe", unit_id=store.id)
        values = {
            "name": "new",
            "kind": "new",
            "model_id": self.policy.model_id.id,
            "unit_id": store.id,
        }
        return policy, {
            "w": lambda: policy.with_env(env).write({"minutes": 5}),
            "c": lambda: policy.with_env(env).create(values),
        }

    def _probe_dealer_clock_step(self, env, post, column):
        if column not in ("own", "pool", "other"):
            return None
        policy = self.make_policy("probe", [{"minutes": 0}], unit_id=self.store_of(column).id)
        step = policy.step_ids
        return step, {
            "w": lambda: step.with_env(env).write({"minutes": 5}),
            "c": lambda: step.with_env(env).create({"policy_id": policy.id, "name": "new"}),
        }

    def _probe_resource_calendar_makeup(self, env, post, column):
        if column not in ("own", "pool", "other"):
            return None
        store = self.store_of(column)
        calendar = store.calendar_id or self.env["resource.calendar"].create(
            {"name": "of all", "company_id": False}
        )
        first = datetime.date(2026, 5, 9) + datetime.timedelta(days=2 * next(self.serial))
        day = self.env["resource.calendar.makeup"].create(
            {"calendar_id": calendar.id, "date": first}
        )
        return day, {
            "w": lambda: day.with_env(env).write({"name": "renamed"}),
            "c": lambda: day.with_env(env).create(
                {"calendar_id": calendar.id, "date": first + datetime.timedelta(days=1)}
            ),
        }

    def _probe_dealer_duty(self, env, post, column):
        if column not in ("own", "team", "other"):
            return None
        user = {"own": self.users[post], "team": self.teammate, "other": self.consultant_b}[column]
        if user == self.users[post] and column == "team":
            return None
        store = self.store_b if column == "other" else self.store_a
        values = {"user_id": user.id, "unit_id": store.id, "start": at(9), "end": at(10)}
        duty = self.env["dealer.duty"].create(
            {**values, "kind": "busy", "evidence": "declared" if column == "own" else "witnessed"}
        )
        create = env["dealer.duty"].create
        return duty, {
            "w": lambda: duty.with_env(env).write({"reason": "written"}),
            "p": lambda: create({**values, "kind": "leave"}),
            "b": lambda: create({**values, "kind": "busy"}),
        }

    def test_table_is_whole(self):
        self.assert_whole("dealer_clock")

    def test_clock(self):
        self.check_model("dealer.clock")

    def test_event(self):
        self.check_model("dealer.clock.event")

    def test_policy(self):
        self.check_model("dealer.clock.policy")

    def test_step(self):
        self.check_model("dealer.clock.step")

    def test_makeup(self):
        self.check_model("resource.calendar.makeup")

    def test_duty(self):
        self.check_model("dealer.duty")

    def test_who_has_no_post(self):
        self.env["dealer.duty"].create({"user_id": self.teammate.id, "unit_id": self.store_a.id})
        users = self.env["res.users"].create(
            [
                self.prepare_person("t_nobody", ["base.group_user"], self.store_a),
                self.prepare_person("t_portal", ["base.group_portal"], self.store_a),
            ]
        )
        models = set(MATRIX) - {"resource.calendar.makeup"}
        for user in users | self.env.ref("base.public_user"):
            self.assert_nothing(user, models)
        for post in API_POSTS:
            self.assert_nothing(self.make_machine(f"t_{post}", post), models)

    # ------------------------------------------------------------------ what a client may forge

    def test_own_clocks_only(self):
        """A consultant finds, counts and groups the clocks of the own customers and nobody else's."""
        clocks = self.env(user=self.sales_consultant)["dealer.clock"]
        visible = clocks.search([("id", "in", self.clocks.ids)])
        mine = self.clocks.filtered(
            lambda clock: (
                (
                    clock._document().consultant_id == self.sales_consultant
                    or not (clock._document().consultant_id or clock._document().dcc_agent_id)
                )
                and clock.unit_id == self.store_a
            )
        )
        self.assertEqual(visible.sorted("id"), mine.sorted("id"))
        self.assertEqual(clocks.search_count([("id", "in", self.clocks.ids)]), len(mine))
        groups = clocks._read_group([("id", "in", self.clocks.ids)], ["kind"], ["__count"])
        self.assertEqual(groups, [("matrix", len(mine))])

    def test_count_on_the_policy_is_of_what_one_sees(self):
        policy = self.clocks.policy_id
        seen = self.env(user=self.sales_consultant)["dealer.clock"].search_count(
            [("policy_id", "=", policy.id)]
        )
        self.assertLess(seen, len(self.clocks))
        self.assertEqual(policy.with_user(self.sales_consultant).clock_count, seen)
        self.assertEqual(policy.with_user(self.consultant_b).clock_count, 1)

    def test_clock_through_the_record(self):
        """Lines written with the record are asked for like any other."""
        relation = self.own["sales_consultant"].relation.with_user(self.sales_consultant)
        clock = relation.clock_ids
        self.assertTrue(clock)
        for command in (
            Command.update(clock.id, {"due_at": at(18)}),
            Command.delete(clock.id),
            Command.create({"policy_id": self.policy.id, "kind": "forged"}),
        ):
            with mute_logger(*QUIET):
                error = self.attempt(lambda: relation.write({"clock_ids": [command]}))
            self.assertIsInstance(error, AccessError)

    def test_due_time_of_the_record(self):
        """The due time in lists is the clocks'; nobody writes it by RPC, not even as default."""
        relation = self.own["sales_consultant"].relation.with_user(self.sales_consultant)
        error = self.attempt(lambda: relation.write({"clock_due_at": at(18, day=99)}))
        self.assertIsInstance(error, AccessError)

    def test_told_of_what_was_handed_on(self):
        """Who was told may read what of, also when the record has gone to somebody else."""
        event = self.clock_of(self.house).event_ids
        with mute_logger(*QUIET), self.assertRaises(AccessError):
            event.with_user(self.sales_consultant).read(["document_name"])
        event.user_ids = self.sales_consultant
        self.assertTrue(event.with_user(self.sales_consultant).document_name)

    def test_opening_the_record_is_asked_again(self):
        """The button opens a form; whether it may be read is asked there."""
        event = self.clock_of(self.house).event_ids
        event.user_ids = self.sales_consultant
        action = event.with_user(self.sales_consultant).action_open_document()
        record = self.env(user=self.sales_consultant)[action["res_model"]].browse(action["res_id"])
        with mute_logger(*QUIET), self.assertRaises(AccessError):
            record.check_access("read")

    def test_nothing_is_moved_to_another_store(self):
        """Rules look at what was; what becomes of it is asked, too."""
        policy = self.make_policy("mine", [{"minutes": 0}], unit_id=self.store_a.id)
        theirs = self.make_policy("theirs", unit_id=self.store_b.id)
        day = self.env["resource.calendar.makeup"].create(
            {"calendar_id": self.store_a.calendar_id.id, "date": "2026-05-09"}
        )
        self.teammate.company_ids |= self.store_b.company_id
        duty = self.env["dealer.duty"].create(
            {"user_id": self.teammate.id, "unit_id": self.store_a.id}
        )
        for record, values in (
            (policy, {"unit_id": self.store_b.id}),
            (policy, {"unit_id": False}),
            (policy.step_ids, {"policy_id": theirs.id}),
            (day, {"calendar_id": self.store_b.calendar_id.id}),
            (duty, {"unit_id": self.store_b.id}),
        ):
            with self.subTest(values=values), mute_logger(*QUIET):
                error = self.attempt(lambda: record.with_user(self.general_manager).write(values))
                self.assertIsInstance(error, AccessError)
