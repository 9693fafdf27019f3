from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, POSTS

from .common_visit import QUIET, VisitCase

#: Post × what it may do with visits of store A: given to the own person, of a team mate's customer
#: given to the mate, of another team, waiting for nobody, closed without customer and consultant.
#: r read, w write, c create, d delete; nobody sees the other store's.
VISITS = """
    sales_consultant  rw.. .... .... r... ....
    sales_manager     rwc. rwc. ..c. rwc. rwc.
    sales_director    rwc. rwc. rwc. rwc. rwc.
    dcc_agent         r... .... .... .... ....
    dcc_lead          r... r... .... .... ....
    reception         rwc. rwc. rwc. rwc. rwc.
    service_advisor   .... .... .... .... ....
    service_manager   .... .... .... .... ....
    technician        .... .... .... .... ....
    care_agent        .... .... .... .... ....
    care_manager      .... .... .... .... ....
    marketing_user    .... .... .... .... ....
    marketing_manager r... r... r... r... r...
    general_manager   rwc. rwc. rwc. rwc. rwc.
    group_executive   rwc. rwc. rwc. rwc. rwc.
    system            rwcd rwcd rwcd rwcd rwcd
"""
COLUMNS = ("own", "mate", "other_team", "waiting", "closed")
#: Whose customer or guest is the own one of a post.
BINDINGS = {
    "sales_consultant": "consultant_id",
    "sales_manager": "consultant_id",
    "dcc_agent": "dcc_agent_id",
    "dcc_lead": "dcc_agent_id",
}


class TestVisitVisibility(VisitCase):
    def setUp(self):
        super().setUp()
        self.stranger_customer = self.make_customer("Stranger", consultant_id=self.stranger.id)
        self.agent_customer = self.make_customer("Agent", dcc_agent_id=self.dcc_agent.id)

    def closed(self, **values):
        visit = self.visits.create(values)
        visit.write({"consultant_id": values.get("consultant_id")})
        if values.get("consultant_id"):
            visit.action_receive()
        visit._close("continue" if values.get("consultant_id") else "unserved")
        return visit

    def visit_of(self, column, post, user):
        if column == "own":
            if post.startswith("dcc"):
                customer = self.make_customer(f"Own{post}", dcc_agent_id=user.id)
                return self.closed(relation_id=customer.relation.id)
            if post in ("sales_consultant", "sales_manager"):
                return self.closed(consultant_id=user.id)
            return self.closed(consultant_id=self.sales_consultant.id)
        if column == "mate":
            if post == "dcc_lead":
                return self.closed(relation_id=self.agent_customer.relation.id)
            return self.closed(relation_id=self.mate.relation.id, consultant_id=self.teammate.id)
        if column == "other_team":
            return self.closed(
                relation_id=self.stranger_customer.relation.id, consultant_id=self.stranger.id
            )
        if column == "waiting":
            return self.visits.create({"visitor_name": "王", "unit_id": self.store_a.id})
        if column == "closed":
            return self.closed(visitor_name="李", unit_id=self.store_a.id)
        return self.closed(
            unit_id=self.store_b.id,
            relation_id=self.other.relation.id,
            consultant_id=self.consultant_b.id,
        )

    @mute_logger(*QUIET)
    def test_matrix(self):
        self.visits = self.visits.with_context(default_unit_id=self.store_a.id)
        table = {}
        for line in VISITS.strip().splitlines():
            post, *cells = line.split()
            table[post] = dict(zip(COLUMNS, cells, strict=True))
        self.assertEqual(set(table), {*POSTS, "system"})
        wrong = []
        for post, cells in table.items():
            user = self.users[post]
            for column, cell in {**cells, "store_b": "...."}.items():
                visit = self.visit_of(column, post, user)
                mine = visit.with_user(user).with_context(default_unit_id=False)
                values = {
                    "unit_id": visit.unit_id.id,
                    "consultant_id": visit.consultant_id.id,
                    "visitor_name": "新",
                }
                actions = {
                    "r": lambda mine=mine: mine.read(["visitor_name", "relation_id"]),
                    "w": lambda mine=mine: mine.write({"note": "x"}),
                    "c": lambda mine=mine, values=values: mine.create(values),
                    "d": mine.unlink,
                }
                errors = {letter: self.attempt(action) for letter, action in actions.items()}
                got = "".join("." if error else letter for letter, error in errors.items())
                if got != cell:
                    wrong.append(f"{post} × {column}: should be {cell}, is {got} {errors}")
                for error in filter(None, errors.values()):
                    self.assertIsInstance(error, (AccessError, UserError), (post, column))
                found = self.attempt(
                    lambda mine=mine, visit=visit: self.assertIn(visit.id, mine.search([]).ids)
                )
                if (found is None) != ("r" in cell):
                    wrong.append(f"{post} × {column}: searching and reading differ")
        self.assertFalse(wrong, "\n".join(wrong))

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        self.register(**self.whole())
        people = [
            self.env["res.users"].create(self.prepare_person(login, [group], self.store_a))
            for login, group in (("t_nobody", "base.group_user"), ("t_portal", "base.group_portal"))
        ]
        people += [self.env.ref("base.public_user")]
        people += [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        for user in people:
            for model in ("dealer.visit", "dealer.visit.report", "dealer.visit.step"):
                error = self.attempt(
                    lambda user=user, model=model: self.env[model].with_user(user).search([])
                )
                self.assertIsInstance(error, AccessError, (user.login, model))

    @mute_logger(*QUIET)
    def test_full_numbers_never_reach_the_desk(self):
        visit = self.register(relation_id=self.own.relation.id)
        values = visit.read()
        views = visit.web_read(
            {
                "relation_id": {"fields": {"display_name": {}}},
                "partner_id": {"fields": {"display_name": {}}},
                "phone_masked": {},
            }
        )
        for canary in self.own.canaries:
            self.assertNotIn(canary, str(values) + str(views))
        phone = self.own.partner.phone_normalized
        self.assertFalse(self.desk.search([("partner_id.phone_normalized", "=", phone)]))
        self.assertFalse(self.desk.search([("relation_id.partner_id.phone", "=", phone[3:])]))
        groups = self.desk.formatted_read_group([], ["partner_id"], ["__count"])
        self.assertNotIn(phone[3:], str(groups))
        waiting = self.register(relation_id=self.stranger_customer.relation.id)
        card = waiting.with_user(self.sales_consultant).read(["display_name", "phone_masked"])
        self.assertIn("****", str(card))
        self.assertNotIn(self.stranger_customer.partner.phone, str(card))
        waiting.with_user(self.stranger).action_receive()
        error = self.attempt(lambda: waiting.with_user(self.sales_consultant).read(["note"]))
        self.assertIsInstance(error, AccessError, "received by another team: no business of mine")

    @mute_logger(*QUIET)
    def test_who_is_here_is_said_in_the_own_store_only(self):
        """The message about guests who are here already names nobody of another store."""
        self.visits.create(
            {
                "unit_id": self.store_b.id,
                "relation_id": self.other.relation.id,
                "visitor_name": "secret guest",
                "plate": "浙B54321",
            }
        )
        for values in (
            {"relation_id": self.other.relation.id},
            {"relation_id": self.other.relation.id, "unit_id": self.store_b.id},
            {"plate": "浙B54321", "unit_id": self.store_b.id},
        ):
            error = self.attempt(lambda values=values: self.desk.create(values))
            self.assertIsInstance(error, AccessError, values)
            self.assertNotIn("secret", str(error))
        visit = self.register(visitor_name="王")
        error = self.attempt(lambda: visit.write({"relation_id": self.other.relation.id}))
        self.assertIsInstance(error, AccessError)
        self.register(plate="浙B54321")

    def test_a_visit_outlives_the_file_of_the_customer(self):
        """A customer who wants to be forgotten is; how many came stays."""
        customer = self.make_customer("Gone", car=False)
        visit = self.register(relation_id=customer.relation.id, visitor_name="王")
        # One after the other: a visit of the same transaction is checked between two cascades.
        customer.relation.unlink()
        customer.partner.unlink()
        self.env.invalidate_all()
        self.assertFalse(visit.relation_id or visit.sudo().partner_id)
        self.assertEqual(visit.state, "waiting")
