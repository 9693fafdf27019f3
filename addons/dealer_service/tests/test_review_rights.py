from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, POSTS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common_service import QUIET
from .test_review import ReviewCase

#: Letters: r read, w write, a answer, j judge (does a doubtful one count), d delete. Columns: own is
#: about one's own work, house about a colleague's.
REVIEWS = """
                    own   team  house prospect pool  other
    sales_consultant -    - ..... - - .....
    sales_manager    -    - ..... - - .....
    sales_director   -    - ..... - - .....
    dcc_agent        -    - ..... - - .....
    dcc_lead         -    - ..... - - .....
    reception        -    - ..... - - .....
    service_advisor  r.... - ..... - - .....
    service_manager  r.a.. - r.aj. - - .....
    technician       -    - ..... - - .....
    care_agent       -    - r.... - - .....
    care_manager     -    - r.aj. - - .....
    marketing_user   -    - ..... - - .....
    marketing_manager -   - ..... - - .....
    general_manager  -    - r.aj. - - .....
    group_executive  -    - r.aj. - - .....
    system           -    - r.aj. - - .....
    """
FIGURES = {
    "service_advisor",
    "service_manager",
    "technician",
    "care_agent",
    "care_manager",
    "general_manager",
    "group_executive",
    "system",
}
MENUS = {
    "reviews": FIGURES - {"technician"},
    "review_figures": FIGURES,
    "review_tags": {"group_executive", "system"},
}


class TestReviewRights(RoleMatrix, ReviewCase):
    """Post × review × whose × what, every cell tried out."""

    matrix = {"dealer.review": REVIEWS}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls.make_person("t_advisor_2", "service_advisor", cls.store_a)
        cls.there = cls.make_customer("There", cls.store_b)
        order = cls.make_order(cls.there.vehicle, unit_id=cls.store_b.id, advisor_id=False)
        order.sudo().write({"state": "closed", "closed_at": cls.now})
        cls.rows = {
            "house": cls.make_review(cls.make_closed(cls.customer, user=cls.colleague)),
            "other": cls.make_review(order),
        }
        for post in ("service_advisor", "service_manager"):
            cls.rows[post] = cls.make_review(cls.make_closed(cls.customer, user=cls.users[post]))

    @classmethod
    def make_review(cls, order):
        return cls.reviews._receive(order, 5, words="x", staff_device=True)

    def _probe_dealer_review(self, env, post, column):
        review = self.rows.get(post if column == "own" else column)
        if not review:
            return None
        steps = env["dealer.review.step"]

        def step(kind):
            steps.create({"review_ids": review.ids, "step": kind, "text": "x"}).action_apply()

        return review, {
            "w": lambda: review.with_env(env).write({"stars": 4}),
            "a": lambda: step("answer"),
            "j": lambda: step("count"),
        }

    def test_reviews(self):
        self.check_model("dealer.review")

    @mute_logger(*QUIET)
    def test_figures_and_words(self):
        review = self.rows["house"]
        review.decision = "count"
        self.env.flush_all()
        tag = self.env.ref("dealer_service.review_tag_on_time")
        for post in (*POSTS, "system"):
            env = self.env(user=self.users[post])
            report = env["dealer.review.report"]
            self.assertEqual(report.has_access("read"), post in FIGURES, post)
            if post in FIGURES:
                self.assertEqual(report.search([]).unit_id.ids, self.store_a.ids, post)
            for right in ("write", "create"):
                self.assertEqual(
                    tag.with_env(env).has_access(right), post in MENUS["review_tags"], post
                )

    def test_menus(self):
        for post in (*POSTS, "system"):
            visible = self.env(user=self.users[post])["ir.ui.menu"]._visible_menu_ids()
            for name, posts in MENUS.items():
                menu = self.env.ref(f"dealer_service.menu_dealer_{name}")
                shown = {menu.id, menu.parent_id.id} <= set(visible)
                self.assertEqual(shown, post in posts, f"{post} {name}")

    def test_who_has_no_post(self):
        portal = self.env["res.users"].create(
            {
                **self.prepare_person("t_portal", ["base.group_portal"], self.store_a),
                "partner_id": self.customer.partner.id,
            }
        )
        nobody = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        models = ("dealer.review", "dealer.review.report", "dealer.review.tag")
        for user in (portal, nobody, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, models)

    def test_other_store_is_not_answered(self):
        error = self.attempt(
            lambda: self.rows["other"].with_user(self.service_manager)._answer("x")
        )
        self.assertTrue(error)
