from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS, POSTS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common_insight import InsightCase
from .common_order import QUIET

#: own, team, house, pool, other: whose customer it is. Letters: r read, n note something new,
#: w change what the person noted, d delete it. The columns hold the observation of a colleague, so
#: that nobody changes or deletes it; what one noted oneself is tried apart.
MATRIX = {
    "dealer.insight": """
                          own  team house prospect pool other
        sales_consultant  rn.. .... .... - - ....
        sales_manager     rn.. rn.. .... - - ....
        sales_director    rn.. rn.. rn.. - - ....
        dcc_agent         rn.. .... .... - - ....
        dcc_lead          rn.. rn.. .... - - ....
        reception         -    .... .... - - ....
        service_advisor   .... .... .... - - ....
        service_manager   .... .... .... - - ....
        technician        -    .... .... - - ....
        care_agent        -    .... .... - - ....
        care_manager      -    .... .... - - ....
        marketing_user    -    .... .... - - ....
        marketing_manager -    r... r... - - ....
        general_manager   -    rn.. rn.. - - ....
        group_executive   -    rn.. rn.. - - ....
        system            -    r... r... - - ....
        """,
}
TOPIC_WRITERS = {"group_executive", "system", "marketing_manager"}


class TestInsightRights(RoleMatrix, InsightCase):
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

    def _probe_dealer_insight(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        lead = self.env["crm.lead"].search(
            [("partner_id", "=", customer.partner.id)], limit=1
        ) or self.make_lead(customer)
        row = self.insights.search([("lead_id", "=", lead.id)], limit=1)
        row = row or self.observe(lead, self.space, 3, self.env.ref("base.user_admin"))
        return row, {
            "n": lambda: env["dealer.insight"].create(
                {"lead_id": lead.id, "topic_id": self.loan.id}
            ),
            "w": lambda: row.with_env(env).write({"strength": 1}),
        }

    def test_observations(self):
        self.check_model("dealer.insight")

    def test_own_observation(self):
        [row] = self.pick(self.lead, space=3)
        for user, may in (
            (self.sales_consultant, True),
            (self.sales_manager, False),
            (self.sales_director, False),
            (self.general_manager, False),
        ):
            mine = row.with_user(user)
            for action in (lambda mine=mine: mine.write({"strength": 2}), mine.unlink):
                self.assertEqual(self.works(action), may, user.login)

    @mute_logger(*QUIET)
    def test_topics(self):
        for post in (*POSTS, "system"):
            topic = self.space.with_user(self.users[post])
            self.assertTrue(topic.has_access("read"), post)
            for right in ("write", "create"):
                self.assertEqual(topic.has_access(right), post in TOPIC_WRITERS, f"{post} {right}")
            self.assertEqual(
                topic.has_access("unlink"), post in ("group_executive", "system"), post
            )

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        self.observe(self.lead, self.space, 3)
        nobody = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        for user in (nobody, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, MATRIX)

    @mute_logger(*QUIET)
    def test_heat_map_of_others(self):
        for user in (self.stranger, self.teammate, self.consultant_b, self.reception):
            self.assertFalse(
                self.works(lambda user=user: self.lead.with_user(user).dealer_heat_map()),
                user.login,
            )
