from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS, POSTS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .test_grade import GradeCase

#: Settings of the whole group: everybody reads the words, who leads the group writes them.
SETTINGS = """
                    own   team  house prospect pool  other
    *                r... - - - - -
    group_executive  rwcd - - - - -
    system           rwcd - - - - -
    """
#: own, team, house, pool, other: whose customer it is, as in dealer_base. The letters: r read,
#: w write what was said, c ask for the defeat, y confirm, n send back, k take up again, d delete.
MATRIX = {
    "dealer.grade": SETTINGS,
    "dealer.defeat.reason": SETTINGS,
    "dealer.grade.log": """
                        own   team  house prospect pool  other
        sales_consultant r... .... .... - .... ....
        sales_manager    r... r... .... - r... ....
        sales_director   r... r... r... - r... ....
        dcc_agent        r... .... .... - .... ....
        dcc_lead         r... r... .... - r... ....
        reception        -    .... .... - .... ....
        service_advisor  -    .... .... - .... ....
        service_manager  -    .... .... - .... ....
        technician       -    .... .... - .... ....
        care_agent       -    .... .... - .... ....
        care_manager     -    .... .... - .... ....
        marketing_user   -    .... .... - .... ....
        marketing_manager -   .... .... - .... ....
        general_manager  -    r... r... - r... ....
        group_executive  -    r... r... - r... ....
        system           -    r... r... - r... ....
        """,
    "dealer.defeat": """
                        own     team    house   prospect pool    other
        sales_consultant rwc.... ....... ....... - ....... .......
        sales_manager    rwcynk. rwcynk. ....... - rwcynk. .......
        sales_director   rwcynk. rwcynk. rwcynk. - rwcynk. .......
        dcc_agent        rwc.... ....... ....... - ....... .......
        dcc_lead         rwcynk. rwcynk. ....... - rwcynk. .......
        reception        -       ....... ....... - ....... .......
        service_advisor  -       ....... ....... - ....... .......
        service_manager  -       ....... ....... - ....... .......
        technician       -       ....... ....... - ....... .......
        care_agent       -       ....... ....... - ....... .......
        care_manager     -       ....... ....... - ....... .......
        marketing_user   -       ....... ....... - ....... .......
        marketing_manager -      ....... ....... - ....... .......
        general_manager  -       rwcynk. rwcynk. - rwcynk. .......
        group_executive  -       rwcynk. rwcynk. - rwcynk. .......
        system           -       rw.yn.. rw.yn.. - rw.yn.. .......
        """,
    # By attempt: the grade is set or it is not; the row itself is nobody's but its maker's.
    "dealer.lead.grade": """
                        own   team  house prospect pool  other
        sales_consultant .c. ... ... - ... ...
        sales_manager    .c. .c. ... - .c. ...
        sales_director   .c. .c. .c. - .c. ...
        dcc_agent        .c. ... ... - ... ...
        dcc_lead         .c. .c. ... - .c. ...
        reception        -   ... ... - ... ...
        service_advisor  -   ... ... - ... ...
        service_manager  -   ... ... - ... ...
        technician       -   ... ... - ... ...
        care_agent       -   ... ... - ... ...
        care_manager     -   ... ... - ... ...
        marketing_user   -   ... ... - ... ...
        marketing_manager -  ... ... - ... ...
        general_manager  -   .c. .c. - .c. ...
        group_executive  -   .c. .c. - .c. ...
        system           -   ... ... - ... ...
        """,
}


class TestGradeVisibility(RoleMatrix, GradeCase):
    """Post × model × whose × what for grades and defeats, every cell tried out."""

    matrix = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sales = {post: field for post, field in BINDINGS.items() if not post.startswith("service")}
        cls.by_column = {
            "own": {
                post: cls.make_lead(f"Own{post}", **{field: cls.users[post].id})
                for post, field in sales.items()
            },
            "team": cls.make_lead("Team", consultant_id=cls.teammate.id),
            "house": cls.make_lead("House", consultant_id=cls.stranger.id),
            "pool": cls.make_lead("Pool"),
            "other": cls.make_lead("Other", cls.store_b, consultant_id=cls.consultant_b.id),
        }

    @classmethod
    def make_lead(cls, tag, store=None, **binding):
        store = store or cls.store_a
        customer = cls.make_customer(tag, store, **binding)
        lead = cls.env["crm.lead"].create(
            {
                "name": tag,
                "type": "opportunity",
                "partner_id": customer.partner.id,
                "company_id": store.company_id.id,
                "user_id": next(iter(binding.values()), False),
            }
        )
        lead._dealer_set_grade("B", f"words{tag}")
        return lead

    def lead_of(self, post, column):
        if column == "own":
            return self.by_column["own"].get(post)
        if column == "team" and post == "dcc_lead":
            return self.by_column["own"]["dcc_agent"]
        return self.by_column.get(column)

    def asked_of(self, lead):
        """Return the open request of somebody else's."""
        if lead.dealer_defeat_ids.filtered(lambda defeat: defeat.state == "asked"):
            return lead.dealer_defeat_ids
        lead = lead.with_user(self.env.ref("base.user_root"))
        return self.env["dealer.defeat"].create({"lead_id": lead.id, "reason_id": self.reason.id})

    # ------------------------------------------------------------------ trying a cell out

    def _probe_dealer_grade(self, env, post, column):
        if column != "own":
            return None
        grade = self.env["dealer.grade"].create({"code": f"X{post}", "name": post})
        return grade, {
            "w": lambda: grade.with_env(env).write({"name": "new"}),
            "c": lambda: env["dealer.grade"].create({"code": "Z", "name": "Z"}),
        }

    def _probe_dealer_defeat_reason(self, env, post, column):
        if column != "own":
            return None
        reason = self.env["dealer.defeat.reason"].create({"name": post})
        return reason, {
            "w": lambda: reason.with_env(env).write({"name": "new"}),
            "c": lambda: env["dealer.defeat.reason"].create({"name": "new"}),
        }

    def _probe_dealer_grade_log(self, env, post, column):
        lead = self.lead_of(post, column)
        if not lead:
            return None
        log = lead.dealer_grade_log_ids[:1]
        values = log.copy_data()[0]
        return log, {
            "w": lambda: log.with_env(env).write({"reason": "forged"}),
            "c": lambda: env["dealer.grade.log"].create(values),
        }

    def _probe_dealer_defeat(self, env, post, column):
        lead = self.lead_of(post, column)
        if not lead:
            return None
        defeat = self.asked_of(lead)
        mine = defeat.with_env(env)
        back = {"defeat_ids": [(6, 0, defeat.ids)], "note": "again"}

        def ask():
            defeat._return("first")
            env["dealer.defeat"].create({"lead_id": lead.id, "reason_id": self.reason.id})

        def take_up():
            defeat.action_confirm()
            lead.with_env(env).action_dealer_reactivate()

        return defeat, {
            "w": lambda: mine.write({"analysis": "what happened"}),
            "c": ask,
            "y": mine.action_confirm,
            "n": lambda: env["dealer.defeat.return"].create(back).action_return(),
            "k": take_up,
        }

    def _probe_dealer_lead_grade(self, env, post, column):
        lead = self.lead_of(post, column)
        if not lead:
            return None
        values = {"lead_ids": [(6, 0, lead.ids)], "grade_id": self.grades["A"].id, "reason": "x"}
        return self.env["dealer.lead.grade"], {
            "c": lambda: env["dealer.lead.grade"].create(values).action_grade(),
        }

    # ------------------------------------------------------------------ the tables

    def test_grades(self):
        self.check_model("dealer.grade")

    def test_reasons(self):
        self.check_model("dealer.defeat.reason")

    def test_logs(self):
        self.check_model("dealer.grade.log")

    def test_defeats(self):
        self.check_model("dealer.defeat")

    def test_grading(self):
        self.check_model("dealer.lead.grade")

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_who_has_no_post(self):
        self.asked_of(self.by_column["house"])
        people = [
            self.env["res.users"].create(self.prepare_person(login, [group], self.store_a))
            for login, group in (("t_nobody", "base.group_user"), ("t_portal", "base.group_portal"))
        ]
        people += [self.env.ref("base.public_user")]
        people += [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        for user in people:
            for model in (
                "dealer.defeat",
                "dealer.defeat.return",
                "dealer.grade.log",
                "dealer.lead.grade",
            ):
                error = self.attempt(
                    lambda user=user, model=model: self.env[model].with_user(user).search([])
                )
                self.assertIsInstance(error, AccessError, (user.login, model))

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_canaries_never_leave(self):
        """Why a hidden customer was graded or lost is found by no search and no grouping."""
        hidden = self.by_column["house"]
        defeat = self.asked_of(hidden)
        defeat.analysis = "canary of the defeat"
        user = self.sales_consultant
        logs = self.env["dealer.grade.log"].with_user(user)
        defeats = self.env["dealer.defeat"].with_user(user)
        forged = {"allowed_company_ids": [self.store_b.company_id.id]}
        self.assertFalse(logs.search([("reason", "ilike", "wordsHouse")]))
        self.assertNotIn("wordsHouse", str(logs.formatted_read_group([], ["reason"], ["__count"])))
        self.assertFalse(defeats.search([("analysis", "ilike", "canary")]))
        self.assertFalse(defeats.name_search("CanaryHouse"))
        self.assertFalse(defeats.search([("partner_id.name", "ilike", "CanaryHouse")]))
        error = self.attempt(lambda: defeats.with_context(**forged).search([]))
        self.assertIsInstance(error, AccessError)
        leads = self.env["crm.lead"].with_user(user)
        self.assertFalse(leads.search([("dealer_defeat_ids.analysis", "ilike", "canary")]))
        self.assertFalse(leads.search([("dealer_grade_log_ids.reason", "ilike", "wordsHouse")]))
        counts = self.grades["B"].with_user(user).lead_count
        self.assertEqual(
            counts, leads.search_count([("dealer_grade_id", "=", self.grades["B"].id)])
        )

    def test_every_post_is_in_the_tables(self):
        for model, text in MATRIX.items():
            self.assertEqual(set(self.read_table(text)), {*POSTS, "system"}, model)
