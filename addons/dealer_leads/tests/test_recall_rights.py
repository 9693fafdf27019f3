from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, POSTS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common_dcc import DccCase
from .common_order import QUIET

#: Whose re-call it is. own: the person is the caller who took it, or the consultant whose defeat was
#: answered about; team: of the team's consultant, answered; house: of another team's, answered;
#: prospect: open and taken by nobody; pool: open and taken by a colleague; other: of store B.
#: Letters: r read, w write the answer, t take it, c create, d delete.
RECALLS = """
                    own    team   house  prospect pool   other
    sales_consultant r....  .....  .....  .....    .....  .....
    sales_manager    -      r....  .....  .....    .....  .....
    sales_director   -      r....  r....  r....    r....  .....
    dcc_agent        rwt..  .....  .....  r.t..    .....  .....
    dcc_lead         rwt..  r....  r....  r.t..    r....  .....
    reception        -      .....  .....  .....    .....  .....
    service_advisor  -      .....  .....  .....    .....  .....
    service_manager  -      .....  .....  .....    .....  .....
    technician       -      .....  .....  .....    .....  .....
    care_agent       -      .....  .....  .....    .....  .....
    care_manager     -      .....  .....  .....    .....  .....
    marketing_user   -      .....  .....  .....    .....  .....
    marketing_manager -     .....  .....  .....    .....  .....
    general_manager  -      r....  r....  r....    r....  .....
    group_executive  -      r....  r....  r....    r....  .....
    system           -      r....  r....  r....    r....  .....
    """
CALLERS = ("dcc_agent", "dcc_lead")
#: What says the consultant's reason, and who reads it before the customer has answered.
REASON = "CanaryReason"
INFORMED = {"sales_manager", "sales_director", "general_manager", "group_executive", "system"}
HIDDEN = ("consultant_reason", "consultant_analysis", "phone")


class TestRecallRights(RoleMatrix, DccCase):
    """Post × re-call × whose × what, every cell tried out; and what is hidden before the answer."""

    matrix = {"dealer.defeat.recall": RECALLS}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.recalls = cls.env["dealer.defeat.recall"]
        cls.lost_because = cls.env["dealer.defeat.reason"].search(
            [("child_ids", "=", False), ("need_competitor", "=", False)], limit=1
        )
        cls.lost_because.name = REASON

    def setUp(self):
        super().setUp()
        self.rows = {}

    def recall(self, consultant, store=None, **values):
        """Return a re-call about a confirmed defeat of ``consultant``."""
        customer = self.make_customer(
            f"R{next(self.serial)}", store, car=False, consultant_id=consultant.id
        )
        lead = self.make_lead(customer)
        defeat = (
            self.env["dealer.defeat"]
            .with_user(consultant)
            .create(
                {
                    "lead_id": lead.id,
                    "reason_id": self.lost_because.id,
                    "analysis": f"{REASON} in words",
                }
            )
            .sudo()
        )
        row = self.recalls._ask_about(defeat.with_user(self.env.user))
        row.write(values)
        return row

    ANSWERED = {"state": "answered", "result": "true", "answer_text": "买了别家"}

    def make_row(self, post, column):
        answered = {
            **self.ANSWERED,
            "caller_id": self.second_agent.id,
            "answered_at": fields.Datetime.now(),
        }
        if column == "own":
            if post in CALLERS:
                return self.recall(self.stranger, caller_id=self.users[post].id)
            if post == "sales_consultant":
                return self.recall(self.sales_consultant, **answered)
            return None
        if column == "team":
            return self.recall(self.teammate, **answered)
        if column == "house":
            return self.recall(self.stranger, **answered)
        if column == "prospect":
            return self.recall(self.stranger)
        if column == "pool":
            return self.recall(self.stranger, caller_id=self.second_agent.id)
        return self.recall(self.consultant_b, self.store_b)

    def _probe_dealer_defeat_recall(self, env, post, column):
        key = (post if column == "own" else "", column)
        if key not in self.rows:
            self.rows[key] = self.make_row(post, column)
        row = self.rows[key]
        if not row:
            return None
        mine = row.with_env(env)
        defeat = row.defeat_id
        return row, {
            "w": lambda: mine.write({"answer_text": "x"}),
            "t": mine.action_take,
            "c": lambda: self.recalls.with_env(env).create(
                {
                    "defeat_id": defeat.id,
                    "unit_id": row.unit_id.id,
                    "consultant_id": row.consultant_id.id,
                }
            ),
        }

    def test_recalls(self):
        self.check_model("dealer.defeat.recall")

    @mute_logger(*QUIET)
    def test_hidden_before_the_answer(self):
        row = self.recall(self.stranger)
        for post in (*POSTS, "system"):
            mine = row.with_user(self.users[post])
            if not mine.has_access("read"):
                continue
            seen = mine.read()[0]
            for name in HIDDEN:
                self.assertFalse(seen[name], f"{post} {name}")
            self.assertNotIn(row.relation_id.partner_id.phone, str(seen), post)
            readable = not self.attempt(lambda mine=mine: mine.read(["defeat_id"]))
            self.assertEqual(readable, post in INFORMED, f"{post} defeat")
            if post not in INFORMED:
                self.assertNotIn(REASON, str(seen), post)
                for path in ("defeat_id.reason_id.name", "defeat_id.analysis"):
                    error = self.attempt(
                        lambda mine=mine, path=path: mine.search([(path, "like", REASON)])
                    )
                    self.assertTrue(error, f"{post} searches {path}")

    @mute_logger(*QUIET)
    def test_shown_after_the_answer(self):
        row = self.recall(self.stranger, caller_id=self.dcc_agent.id)
        mine = row.with_user(self.dcc_agent)
        self.assertTrue(mine.phone, "who calls reads the number")
        self.assertFalse(mine.consultant_reason)
        self.assertFalse(row.with_user(self.dcc_lead).phone)
        mine.write({"answer_text": "买了别家", "answer_reason_id": self.lost_because.id})
        mine.action_true()
        mine.invalidate_recordset()
        self.assertIn(REASON, mine.consultant_reason)
        self.assertIn(REASON, mine.consultant_analysis)
        self.assertFalse(mine.phone)

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        self.recall(self.stranger)
        nobody = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        portal = self.env["res.users"].create(
            self.prepare_person("t_portal", ["base.group_portal"], self.store_a)
        )
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        for user in (nobody, portal, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, ("dealer.defeat.recall",))
