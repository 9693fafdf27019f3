from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS, POSTS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common_consultation import ConsultationCase
from .common_order import QUIET

#: Whose customer is asked about, as in dealer_base; “prospect” is a question to the person as expert.
#: Letters: r read, c ask, a answer, t take an advice, w write the question of somebody else.
QUESTIONS = """
                    own     team    house   prospect pool  other
    sales_consultant rc.... ...... ...... r.a...   -     ......
    sales_manager    rc.... rc.... ...... r.a...   -     ......
    sales_director   rc.... rc.... rc.... r.a...   -     ......
    dcc_agent        rc.... ...... ...... -        -     ......
    dcc_lead         rc.... rc.... ...... r.a...   -     ......
    reception        -      ...... ...... -        -     ......
    service_advisor  r..... ...... ...... r.a...   -     ......
    service_manager  r..... ...... ...... r.a...   -     ......
    technician       -      ...... ...... -        -     ......
    care_agent       -      ...... ...... -        -     ......
    care_manager     -      ...... ...... -        -     ......
    marketing_user   -      ...... ...... -        -     ......
    marketing_manager -     ...... ...... -        -     ......
    general_manager  -      rc.... rc.... r.a...   -     ......
    group_executive  -      rc.... rc.... -        -     ......
    system           -      r..... r..... -        -     ......
    """
ADVISERS = {
    "sales_consultant",
    "sales_manager",
    "sales_director",
    "dcc_lead",
    "service_advisor",
    "service_manager",
    "general_manager",
}
READERS = ADVISERS | {"dcc_agent", "group_executive", "system"}
NAMERS = {"sales_director", "general_manager", "group_executive", "system"}


class TestConsultationRights(RoleMatrix, ConsultationCase):
    """Post × question × whose × what, every cell tried out."""

    matrix = {"dealer.consultation": QUESTIONS}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = {
            post: cls.make_customer(f"Own{post}", car=False, **{field: cls.users[post].id})
            for post, field in BINDINGS.items()
        }
        cls.columns = {
            "team": cls.make_customer("Team", car=False, consultant_id=cls.teammate.id),
            "house": cls.house,
            "other": cls.make_customer(
                "There", cls.store_b, car=False, consultant_id=cls.consultant_b.id
            ),
        }
        expert = {"topic_id": cls.finance.id, "user_id": cls.consultant_b.id}
        cls.env["dealer.consultation.expert"].create({"unit_id": cls.store_b.id, **expert})
        cls.helper = cls.make_person("t_helper", "sales_director", cls.store_a)
        cls.env["dealer.consultation.expert"].create(
            {**expert, "unit_id": cls.store_a.id, "user_id": cls.helper.id}
        )
        # Somebody of the store whose customers nobody of the table serves.
        cls.far = cls.make_person("t_far", "sales_consultant", cls.store_a)
        cls.strange = cls.make_customer("Strange", car=False, consultant_id=cls.far.id)

    def setUp(self):
        super().setUp()
        self.rows = {}

    def question_on(self, customer, topic, asker=None):
        relation = customer.relation
        who = (relation.consultant_id | relation.dcc_agent_id)[:1]
        lead = self.make_lead(customer, user_id=who.id)
        return self.asks.create(
            {
                "lead_id": lead.id,
                "topic_id": topic.id,
                "question": "怎么回？",
                "asker_id": (asker or self.helper).id,
            }
        )

    def _probe_dealer_consultation(self, env, post, column):
        if column == "pool" or (column == "prospect" and post not in ADVISERS):
            return None
        customer = self.own.get(post) if column == "own" else self.columns.get(column)
        if column == "team" and post == "dcc_lead":
            customer = self.own["dcc_agent"]
        if column == "prospect":
            customer = self.strange
        if not customer:
            return None
        key = (customer.tag, post if column == "prospect" else "")
        if key not in self.rows:
            if column == "prospect":
                topic = self.env["dealer.consultation.topic"].create({"name": post})
                self.env["dealer.consultation.expert"].create(
                    {
                        "unit_id": self.store_a.id,
                        "topic_id": topic.id,
                        "user_id": self.users[post].id,
                    }
                )
                self.rows[key] = self.question_on(customer, topic, self.far)
            else:
                # Another than the person of the table has to be asked.
                asker = self.far if column != "other" else self.stranger
                self.rows[key] = self.question_on(customer, self.finance, asker)
        row = self.rows[key]
        values = {"lead_id": row.lead_id.id, "topic_id": self.finance.id, "question": "价格？"}
        actions = {
            "a": lambda: self.answer(row, env.user),
            "t": lambda: self.answer(row, row.expert_ids[:1]).with_env(env).action_accept(),
            "w": lambda: row.with_env(env).write({"question": "x"}),
        }
        if column != "prospect":
            actions = {"c": lambda: self.asks.with_env(env).create(values), **actions}
        else:
            actions = {"c": self.fail_politely, **actions}
        return row, actions

    def test_questions(self):
        self.check_model("dealer.consultation")

    @mute_logger(*QUIET)
    def test_settings_and_figures(self):
        expert = self.env["dealer.consultation.expert"].search(
            [("unit_id", "=", self.store_a.id)], limit=1
        )
        self.answer(self.ask(self.service), self.service_manager)
        row = self.env["dealer.consultation.report"].search(
            [("user_id", "=", self.service_manager.id)]
        )
        seers = {
            "service_manager",
            "sales_director",
            "general_manager",
            "group_executive",
            "dcc_lead",
            "system",
        }
        for post in (*POSTS, "system"):
            mine = expert.with_user(self.users[post])
            self.assertEqual(mine.has_access("read"), post in READERS, post)
            for right in ("write", "create", "unlink"):
                self.assertEqual(mine.has_access(right), post in NAMERS, f"{post} {right}")
            topic = self.price.with_user(self.users[post])
            self.assertEqual(topic.has_access("read"), post in READERS, post)
            self.assertEqual(topic.has_access("write"), post in {"group_executive", "system"}, post)
            self.assertEqual(
                row.with_user(self.users[post]).has_access("read"), post in seers, f"{post} figures"
            )

    @mute_logger(*QUIET)
    def test_answers_follow_their_question(self):
        answer = self.answer(self.ask())
        for user, sees in (
            (self.sales_consultant, True),
            (self.stranger, True),
            (self.sales_director, True),
            (self.sales_manager, True),
            (self.teammate, False),
            (self.service_manager, False),
            (self.consultant_b, False),
            (self.technician, False),
        ):
            self.assertEqual(answer.with_user(user).has_access("read"), sees, user.login)
            self.assertFalse(answer.with_user(user).has_access("unlink"), user.login)

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        self.answer(self.ask())
        models = [
            f"dealer.consultation{name}" for name in ("", ".answer", ".expert", ".topic", ".report")
        ]
        nobody = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        portal = self.env["res.users"].create(
            self.prepare_person("t_portal", ["base.group_portal"], self.store_a)
        )
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        for user in (nobody, portal, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, models)
