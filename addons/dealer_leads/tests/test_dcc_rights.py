from datetime import timedelta

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS, POSTS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common_dcc import DccCase
from .common_order import QUIET

#: own, team, house, pool, other: whose customer it is, as in dealer_base. Letters: r read, w write
#: what was answered or agreed, t take, d delete. In the pool whoever waits is nobody's yet.
MATRIX = {
    "dealer.dcc.entry": """
                          own  team house prospect pool other
        sales_consultant  ... ... ... - ... ...
        sales_manager     ... ... ... - ... ...
        sales_director    r.. r.. r.. - r.. ...
        dcc_agent         r.. ... ... - rt. ...
        dcc_lead          r.. r.. r.. - rt. ...
        reception         -   ... ... - ... ...
        service_advisor   ... ... ... - ... ...
        service_manager   ... ... ... - ... ...
        technician        -   ... ... - ... ...
        care_agent        -   ... ... - ... ...
        care_manager      -   ... ... - ... ...
        marketing_user    -   ... ... - ... ...
        marketing_manager -   ... ... - ... ...
        general_manager   -   r.. r.. - r.. ...
        group_executive   -   r.. r.. - r.. ...
        system            -   r.. r.. - r.. ...
        """,
    "dealer.dcc.call": """
                          own  team house prospect pool other
        sales_consultant  r.. ... ... - - ...
        sales_manager     r.. r.. ... - - ...
        sales_director    r.. r.. r.. - - ...
        dcc_agent         rw. ... ... - - ...
        dcc_lead          rw. r.. ... - - ...
        reception         -   ... ... - - ...
        service_advisor   ... ... ... - - ...
        service_manager   ... ... ... - - ...
        technician        -   ... ... - - ...
        care_agent        -   ... ... - - ...
        care_manager      -   ... ... - - ...
        marketing_user    -   ... ... - - ...
        marketing_manager -   ... ... - - ...
        general_manager   -   r.. r.. - - ...
        group_executive   -   r.. r.. - - ...
        system            -   r.. r.. - - ...
        """,
    "dealer.dcc.invitation": """
                          own  team house prospect pool other
        sales_consultant  r.. ... ... - - ...
        sales_manager     r.. r.. ... - - ...
        sales_director    rw. rw. rw. - - ...
        dcc_agent         rw. ... ... - - ...
        dcc_lead          rw. rw. ... - - ...
        reception         -   r.. r.. - - ...
        service_advisor   ... ... ... - - ...
        service_manager   ... ... ... - - ...
        technician        -   ... ... - - ...
        care_agent        -   ... ... - - ...
        care_manager      -   ... ... - - ...
        marketing_user    -   ... ... - - ...
        marketing_manager -   ... ... - - ...
        general_manager   -   rw. rw. - - ...
        group_executive   -   rw. rw. - - ...
        system            -   r.. r.. - - ...
        """,
}
SETTINGS = {"dealer.dcc.step", "dealer.dcc.result"}
CHIEFS = {"sales_director", "general_manager", "group_executive", "system"}
RULE_READERS = CHIEFS | {"dcc_lead"}
FIGURES = CHIEFS | {"dcc_agent", "dcc_lead", "sales_consultant", "sales_manager"}


class TestDccRights(RoleMatrix, DccCase):
    """Post × model × whose × what, every cell tried out."""

    matrix = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers_by = {
            "team": {
                "sales_manager": cls.make_customer(
                    "Team", car=False, consultant_id=cls.teammate.id
                ),
                "dcc_lead": cls.make_customer("Agent", car=False, dcc_agent_id=cls.second_agent.id),
            },
            "house": cls.make_customer("Strange", car=False, consultant_id=cls.stranger.id),
            "pool": cls.make_customer("Nobody", car=False),
            "other": cls.make_customer(
                "There", cls.store_b, car=False, consultant_id=cls.consultant_b.id
            ),
        }
        cls.own = {
            post: cls.make_customer(f"Own{post}", car=False, **{field: cls.users[post].id})
            for post, field in BINDINGS.items()
        }

    def customer_of(self, post, column):
        if column == "own":
            return self.own.get(post)
        if column == "team":
            kinds = self.customers_by["team"]
            return kinds["dcc_lead" if post == "dcc_lead" else "sales_manager"]
        return self.customers_by.get(column)

    def lead_of(self, customer):
        return self.env["crm.lead"].search(
            [("partner_id", "=", customer.partner.id)], limit=1
        ) or self.make_lead(
            customer,
            user_id=(customer.relation.consultant_id | customer.relation.dcc_agent_id)[:1].id,
        )

    def agent_of(self, customer, env):
        relation = customer.relation
        return relation.dcc_agent_id or self.dcc_agent

    def _probe_dealer_dcc_entry(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        lead = self.lead_of(customer)
        entry = self.pool.search([("lead_id", "=", lead.id)], limit=1)
        if not entry:
            entry = self.pool._enter(lead, "overflow", self.rules["overflow"])
            if column != "pool":
                entry.write({"state": "picked", "user_id": self.agent_of(customer, env).id})
                if not customer.relation.dcc_agent_id:
                    entry.user_id = self.second_agent
        return entry, {"t": lambda: entry.with_env(env).action_take()}

    def _probe_dealer_dcc_call(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer or column == "pool":
            return None
        lead = self.lead_of(customer)
        calls = self.env["dealer.dcc.call"]
        call = calls.search([("lead_id", "=", lead.id)], limit=1)
        if not call:
            call = calls.with_user(self.agent_of(customer, env)).sudo()._begin(lead).sudo()
        call = call.with_env(self.env)
        return call, {"w": lambda: call.with_env(env).write({"summary": "x"})}

    def _probe_dealer_dcc_invitation(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer or column == "pool":
            return None
        lead = self.lead_of(customer)
        row = self.invitations.search([("lead_id", "=", lead.id)], limit=1)
        if not row:
            row = self.invitations.create(
                {
                    "lead_id": lead.id,
                    "unit_id": lead.dealer_unit_id.id,
                    "user_id": self.agent_of(customer, env).id,
                    "planned_at": fields.Datetime.now() + timedelta(days=1),
                }
            )
        return row, {"w": lambda: row.with_env(env).write({"note": "x"})}

    def test_entries(self):
        self.check_model("dealer.dcc.entry")

    def test_calls(self):
        self.check_model("dealer.dcc.call")

    def test_invitations(self):
        self.check_model("dealer.dcc.invitation")

    @mute_logger(*QUIET)
    def test_settings_and_figures(self):
        for post in (*POSTS, "system"):
            env = self.env(user=self.users[post])
            rule = self.rules["overflow"].with_env(env)
            self.assertEqual(rule.has_access("read"), post in RULE_READERS, post)
            for right in ("write", "unlink"):
                self.assertEqual(rule.has_access(right), post in CHIEFS, f"{post} {right}")
            for model in SETTINGS:
                row = env[model].search([], limit=1)
                self.assertTrue(row.has_access("read"), post)
                for right in ("write", "create", "unlink"):
                    self.assertEqual(
                        row.has_access(right),
                        post in ("group_executive", "system"),
                        f"{post} {right}",
                    )
            for model, besides in (
                ("dealer.dcc.report", {"marketing_manager"}),
                ("dealer.defeat.recall.report", set()),
                ("dealer.defeat.recall", set()),
            ):
                self.assertEqual(
                    env[model].has_access("read"), post in FIGURES | besides, f"{post} {model}"
                )
            self.assertEqual(
                env["dealer.dcc.inbound"].has_access("create"), post in ("dcc_agent", "dcc_lead")
            )

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        lead = self.lead_of(self.customers_by["house"])
        self._probe_dealer_dcc_call(self.env, "dcc_agent", "house")
        self._probe_dealer_dcc_invitation(self.env, "dcc_agent", "house")
        self.pool._enter(lead, "overflow", self.rules["overflow"])
        nobody = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        models = (*MATRIX, "dealer.defeat.recall", "dealer.dcc.rule")
        for user in (nobody, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, models)
