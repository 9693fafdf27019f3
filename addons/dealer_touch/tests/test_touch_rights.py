from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common import TouchCase, at

#: Touches are read by whoever sees the customer, and written by nobody.
TOUCHES = """
                    own   team  house prospect pool  other
    sales_consultant r... .... .... .... .... ....
    sales_manager    r... r... .... .... r... ....
    sales_director   r... r... r... r... r... ....
    dcc_agent        r... .... .... .... .... ....
    dcc_lead         r... r... .... .... r... ....
    reception        -    .... .... .... .... ....
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
RULES = """
                    own   team  house prospect pool  other
    *                r... - - - r... ....
    sales_director   rwcd - - - r... ....
    service_manager  rwcd - - - r... ....
    care_manager     rwcd - - - r... ....
    marketing_manager rwcd - - - r... ....
    general_manager  rwcd - - - r... ....
    group_executive  rwcd - - - rwcd ....
    system           rwcd - - - rwcd ....
    """
#: own: of the person's store; other: of another store.
REFUSALS = """
                    own   team  house prospect pool  other
    *                .... - - - - ....
    sales_director   r.c. - - - - ....
    service_manager  r.c. - - - - ....
    care_agent       r.c. - - - - ....
    care_manager     r.c. - - - - ....
    marketing_manager r.c. - - - - ....
    general_manager  r.c. - - - - ....
    group_executive  r.c. - - - - ....
    system           r.c. - - - - ....
    """
PREVIEWS = """
                    own   team  house prospect pool  other
    *                .... - - - - -
    sales_director   rwcd - - - - -
    service_manager  rwcd - - - - -
    care_manager     rwcd - - - - -
    marketing_manager rwcd - - - - -
    general_manager  rwcd - - - - -
    group_executive  rwcd - - - - -
    system           rwcd - - - - -
    """
MATRIX = {
    "dealer.touch": TOUCHES,
    "dealer.touch.rule": RULES,
    "dealer.touch.way": RULES,
    "dealer.touch.refusal": REFUSALS,
    "dealer.touch.preview": PREVIEWS,
    "dealer.touch.preview.week": PREVIEWS,
    "dealer.touch.preview.line": PREVIEWS,
    "dealer.sms.simulator": """
                    own   team  house prospect pool  other
    *                .... - - - - -
    system           r... - - - - -
    """,
}
QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")


class TestTouchRights(RoleMatrix, TouchCase):
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
        cls.made = cls.make_rule(unit_id=False)
        relations = cls.env["dealer.relation"].concat(
            *(customer.relation for customer in cls.customers.values())
        )
        relations.since = at(9).date()
        cls.made._plan(at(0), at(23))
        cls.rows = cls.env["dealer.touch"].search([("rule_id", "=", cls.made.id)])
        cls.system.group_ids |= cls.env.ref("base.group_partner_manager")

    def customer_of(self, post, column):
        if column == "own":
            return self.own.get(post)
        if column == "team" and post == "dcc_lead":
            return self.own["dcc_agent"]
        return getattr(self, column)

    def touch_of(self, customer):
        return self.rows.filtered(lambda touch: touch.res_id == customer.relation.id)

    def store_of(self, column):
        return {"own": self.store_a, "pool": self.env["dealer.unit"], "other": self.store_b}[column]

    def _probe_dealer_touch(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        touch = self.touch_of(customer)
        values = {
            "rule_id": self.made.id,
            "res_model": "dealer.relation",
            "res_id": customer.relation.id,
            "unit_id": customer.relation.unit_id.id,
            "occurrence": at(10),
            "planned_at": at(10),
            "valid_until": at(10),
        }
        return touch, {
            "w": lambda: touch.with_env(env).write({"send_at": at(18)}),
            "c": lambda: touch.with_env(env).create(values),
        }

    def _probe_dealer_touch_rule(self, env, post, column):
        if column not in ("own", "pool", "other"):
            return None
        store = self.store_of(column)
        rule = self.make_rule(unit_id=store.id)
        values = {
            "name": "new",
            "model_id": rule.model_id.id,
            "unit_id": store.id,
            "anchor": False,
            "way_ids": [Command.create({"channel": "sms", "body": "x"})],
        }
        return rule, {
            "w": lambda: rule.with_env(env).write({"hour": 5}),
            "c": lambda: rule.with_env(env).create(values),
        }

    def _probe_dealer_touch_way(self, env, post, column):
        if column not in ("own", "pool", "other"):
            return None
        rule = self.make_rule(
            unit_id=self.store_of(column).id,
            ways=[{"channel": "sms", "body": "1"}, {"channel": "sms", "body": "2"}],
        )
        way = rule.way_ids[0]
        values = {"rule_id": rule.id, "channel": "sms", "body": "x"}
        return way, {
            "w": lambda: way.with_env(env).write({"body": "y"}),
            "c": lambda: way.with_env(env).create(values),
        }

    def _probe_dealer_touch_refusal(self, env, post, column):
        if column not in ("own", "other"):
            return None
        refusal = self.env["dealer.touch.refusal"].create(
            {"phone": self.next_phone(), "company_id": self.store_of(column).company_id.id}
        )

        def create():
            made = refusal.with_env(env).create(
                {"phone": self.next_phone(), "company_id": self.store_of(column).company_id.id}
            )
            if made.sudo().company_id != self.store_of(column).company_id:
                self.fail_politely()

        return refusal, {
            "w": lambda: refusal.with_env(env).write({"text": "x"}),
            "c": create,
        }

    def _probe_preview(self, env, model, values, change):
        # A transient row is its maker's alone.
        maker = env if env[model].has_access("create") else self.env
        row = maker[model].create(values)
        return row, {
            "w": lambda: row.with_env(env).write(change),
            "c": lambda: row.with_env(env).create(values),
        }

    def _probe_dealer_touch_preview(self, env, post, column):
        if column != "own":
            return None
        return self._probe_preview(
            env, "dealer.touch.preview", {"rule_id": self.made.id}, {"total": 3}
        )

    def _probe_dealer_touch_preview_week(self, env, post, column):
        return self._probe_part(env, column, "dealer.touch.preview.week", {"count": 3})

    def _probe_dealer_touch_preview_line(self, env, post, column):
        return self._probe_part(env, column, "dealer.touch.preview.line", {"document_name": "x"})

    def _probe_part(self, env, column, model, change):
        if column != "own":
            return None
        whose = env if env["dealer.touch.preview"].has_access("create") else self.env
        preview = whose["dealer.touch.preview"].create({"rule_id": self.made.id})
        return self._probe_preview(env, model, {"preview_id": preview.id}, change)

    def _probe_dealer_sms_simulator(self, env, post, column):
        if column != "own":
            return None
        values = {"out_id": self.next_phone(), "phone": "+8613900000000", "content": "x"}
        row = self.env["dealer.sms.simulator"].create(values)
        other = {**values, "out_id": self.next_phone()}
        return row, {
            "w": lambda: row.with_env(env).write({"content": "y"}),
            "c": lambda: row.with_env(env).create(other),
        }

    def test_table_is_whole(self):
        self.assert_whole("dealer_touch")

    def test_matrix(self):
        for model in self.matrix:
            with self.subTest(model=model):
                self.check_model(model)

    def test_machines_read_nothing(self):
        for post in API_POSTS:
            machine = self.make_machine(f"machine_{post}", post)
            self.assert_nothing(
                machine, ["dealer.touch", "dealer.touch.rule", "dealer.touch.refusal"]
            )

    def test_stepping_in_needs_the_customer(self):
        """A manager of one team does not step in with customers of another."""
        touch = self.touch_of(self.house).with_user(self.sales_manager)
        with mute_logger(*QUIET), self.assertRaises(AccessError):
            touch.action_cancel()
        touch = self.touch_of(self.team).with_user(self.sales_manager)
        touch.action_cancel()
        self.assertEqual(touch.state, "skipped")

    def test_numbers_count_what_one_sees(self):
        """Groups, counts and searches tell nothing of what is hidden."""
        touches = self.env["dealer.touch"].with_user(self.sales_consultant)
        mine = touches.search([])
        self.assertEqual(touches.search_count([]), len(mine))
        self.assertEqual(touches._read_group([], [], ["__count"])[0][0], len(mine))
        self.assertEqual(
            set(mine.mapped("res_id")),
            {self.own["sales_consultant"].relation.id, self.relation.id},
        )

    def test_nobody_moves_a_rule_away(self):
        rule = self.make_rule().with_user(self.marketing_manager)
        with mute_logger(*QUIET), self.assertRaises(AccessError):
            rule.unit_id = False
            rule.env.flush_all()

    def test_token_is_nobodys(self):
        touch = self.touch_of(self.team)
        touch._stop_url()
        with mute_logger(*QUIET), self.assertRaises(AccessError):
            touch.with_user(self.general_manager).read(["access_token"])
