import re
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common_service import QUIET, ServiceCase

#: Monday, 2026-03-02, nine o'clock in the stores.
MORNING = datetime(2026, 3, 2, 1)
#: Letters: r read, w write, c create, t take, d delete.
REQUESTS = """
                    own   team  house prospect pool  other
    sales_consultant ..... ..... ..... - - .....
    sales_manager    ..... ..... ..... - - .....
    sales_director   ..... ..... ..... - - .....
    dcc_agent        ..... ..... ..... - - .....
    dcc_lead         ..... ..... ..... - - .....
    reception        -     ..... ..... - - .....
    service_advisor  rwct. rwct. rwct. - - .....
    service_manager  rwct. rwct. rwct. - - .....
    technician       -     ..... ..... - - .....
    care_agent       -     rwct. rwct. - - .....
    care_manager     -     rwct. rwct. - - .....
    marketing_user   -     ..... ..... - - .....
    marketing_manager -    ..... ..... - - .....
    general_manager  -     rwct. rwct. - - .....
    group_executive  -     rwct. rwct. - - .....
    system           -     rwct. rwct. - - .....
    """


class RequestCase(ServiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requests = cls.env["dealer.service.request"]
        cls.fault = cls.env.ref("dealer_service.request_kind_fault")
        cls.question = cls.env.ref("dealer_service.request_kind_question")
        cls.customer = cls.make_customer("Ask")

    @classmethod
    def ask(cls, customer=None, user=None, **values):
        customer = customer or cls.customer
        return (cls.requests.with_user(user) if user else cls.requests).create(
            {
                "name": "Noise",
                "words": "A noise in front",
                "kind_id": cls.question.id,
                "partner_id": customer.partner.id,
                "unit_id": cls.store_a.id,
                **values,
            }
        )


class TestServiceRequest(RequestCase):
    def test_who_answers_and_by_when(self):
        with freeze_time(MORNING):
            row = self.ask(kind_id=self.fault.id)
            other = self.ask()
        self.assertEqual(row.user_id, self.service_advisor)
        self.assertEqual(row.department, "service_advisor")
        # Two opening hours from nine.
        self.assertEqual(row.clock_due_at, MORNING + timedelta(hours=2))
        # Eight: 9:00 to 12:00, 13:00 to 17:30, and half an hour on Tuesday from 8:30.
        self.assertEqual(other.clock_due_at, datetime(2026, 3, 3, 1))
        self.assertRegex(row.number, r"^FW\d{6}-\d{4}$")

    def test_the_person_named_comes_first(self):
        second = self.make_person("t_advisor_two", "service_advisor", self.store_a)
        with freeze_time(MORNING):
            first = self.ask()
            other = self.ask()
            # The one with fewer open requests.
            self.assertEqual(first.user_id | other.user_id, self.service_advisor | second)
            self.question.person_ids = [Command.set(self.service_manager.ids)]
            self.assertEqual(self.ask().user_id, self.service_manager)
            # Persons of other stores do not answer here.
            self.question.person_ids = [Command.clear()]
            self.assertIn(self.ask().user_id, self.service_advisor | second)
        with self.assertRaises(ValidationError):
            self.question.person_ids = [Command.set(self.sales_consultant.ids)]

    def test_the_clock_waits_for_the_customer(self):
        with freeze_time(MORNING):
            row = self.ask(kind_id=self.fault.id)
            mine = row.with_user(self.service_advisor)
            mine.action_take()
        with freeze_time(MORNING + timedelta(hours=1)):
            mine.action_wait()
            self.assertEqual(row.clock_state, "paused")
        with freeze_time(MORNING + timedelta(hours=5)):
            row._page_write("It is the left wheel")
        self.assertEqual(row.state, "doing")
        # One hour was left at 10:00; it goes on at 14:00.
        self.assertEqual(row.clock_due_at, MORNING + timedelta(hours=6))
        self.assertIn("left wheel", row._page_messages()[-1].body)

    def test_closing_needs_a_result(self):
        row = self.ask()
        mine = row.with_user(self.service_advisor)
        mine.action_take()
        for result in (False, "   "):
            mine.result = result
            with self.assertRaises(UserError):
                mine.action_done()
        mine.result = "The shield was loose."
        mine.action_done()
        self.assertEqual(row.state, "done")
        self.assertFalse(row.clock_due_at)
        with self.assertRaises(UserError):
            mine.action_done()
        with self.assertRaises(UserError):
            mine.result = "Other words"
        with self.assertRaises(AccessError):
            mine.action_reopen()
        row.with_user(self.service_manager).action_reopen()
        self.assertEqual(row.state, "doing")
        self.assertTrue(row.clock_due_at)

    def test_who_is_not_satisfied_is_heard(self):
        row = self.ask(result="Done")
        row.action_done()
        with self.assertRaises(UserError):
            row._page_satisfied(False, "")
        row._page_satisfied(False, "Still noisy")
        self.assertEqual((row.satisfied, row.satisfied_words), ("no", "Still noisy"))
        self.assertTrue(row.activity_ids.filtered(lambda each: "Still noisy" in (each.note or "")))
        with self.assertRaises(UserError):
            row._page_satisfied(True, "")

    def test_notes_of_colleagues_are_not_shown(self):
        row = self.ask()
        row.message_post(body="He is difficult", subtype_xmlid="mail.mt_note")
        row.message_post(
            body="We call you", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(len(row._page_messages()), 1)

    def test_bad_input(self):
        stranger = self.make_customer("Strange", self.store_b)
        with self.assertRaises(ValidationError):
            self.ask(stranger)
        with self.assertRaises(ValidationError):
            self.ask(user_id=self.consultant_b.id)
        row = self.ask(user=self.service_advisor, state="done", satisfied="yes", origin="page")
        self.assertEqual((row.state, row.satisfied, row.origin), ("new", False, "staff"))
        for values in ({"state": "done"}, {"satisfied": "yes"}, {"partner_id": 1}, {"number": "x"}):
            with self.assertRaises(UserError):
                row.write(values)
        with self.assertRaises(UserError):
            row.with_user(self.service_advisor).action_go_on()
        kind = self.question.copy({"unit_id": self.store_b.id})
        with self.assertRaises(ValidationError):
            self.ask(kind_id=kind.id)

    def test_timeline(self):
        row = self.ask()
        entry = self.env["dealer.timeline"].search(
            [("res_model", "=", "dealer.service.request"), ("res_id", "=", row.id)]
        )
        self.assertEqual(len(entry), 1)
        self.assertIn("Noise", entry.summary or "")

    def test_list_queries(self):
        rows = self.requests.concat(*(self.ask(name=f"x{number}") for number in range(8)))
        names = ["number", "partner_name", "user_id", "clock_state", "clock_due_at", "state"]
        mine = rows.with_user(self.service_advisor)

        def read(count):
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            mine.search([("id", "in", rows[:count].ids)]).read(names)
            return self.env.cr.sql_log_count - start

        read(1)
        self.assertEqual(read(2), read(8))


class TestServiceRequestRights(RoleMatrix, RequestCase):
    """Post × request × whose customer × what, every cell tried out."""

    matrix = {"dealer.service.request": REQUESTS}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_customer("There", cls.store_b)
        cls.house = cls.make_customer("House")
        cls.team = cls.make_customer("Team", consultant_id=cls.teammate.id)
        cls.own_of = {
            post: cls.make_customer(f"Own{post}", **{field: cls.users[post].id})
            for post, field in BINDINGS.items()
        }
        cls.rows = {}

    def _probe_dealer_service_request(self, env, post, column):
        customers = {
            "own": self.own_of.get(post),
            "team": self.team,
            "house": self.house,
            "other": self.other,
        }
        customer = customers.get(column)
        if not customer:
            return None
        store = self.store_b if column == "other" else self.store_a
        values = {"unit_id": store.id, "user_id": False}
        if customer.tag not in self.rows:
            self.rows[customer.tag] = self.ask(customer, **values)
        row = self.rows[customer.tag]
        row.write({"user_id": False})
        mine = row.with_env(env)

        def create():
            env["dealer.service.request"].create(
                {
                    "name": "x",
                    "kind_id": self.question.id,
                    "partner_id": customer.partner.id,
                    "unit_id": store.id,
                }
            )

        return row, {
            "w": lambda: mine.write({"result": "x"}),
            "c": create,
            "t": mine.action_take,
        }

    def test_requests(self):
        self.check_model("dealer.service.request")

    @mute_logger(*QUIET)
    def test_kinds(self):
        chiefs = {"service_manager", "care_manager", "general_manager", "group_executive", "system"}
        here = self.question.copy({"unit_id": self.store_a.id})
        there = self.question.copy({"unit_id": self.store_b.id})
        for post in self.read_table(REQUESTS):
            mine = here.with_user(self.users[post])
            readers = {*chiefs, "service_advisor", "care_agent"}
            self.assertEqual(mine.has_access("read"), post in readers, post)
            self.assertEqual(mine.has_access("write"), post in chiefs, post)
            self.assertFalse(there.with_user(self.users[post]).has_access("read"), post)

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        self.ask()
        portal = self.env["res.users"].create(
            {
                **self.prepare_person("t_portal", ["base.group_portal"], self.store_a),
                "partner_id": self.customer.partner.id,
            }
        )
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        models = ("dealer.service.request", "dealer.service.request.kind")
        for user in (portal, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, models)


class TestServiceRequestPage(RequestCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls.env["res.users"].create(
            {
                **cls.prepare_person("t_asker", ["base.group_portal"], cls.store_a),
                "partner_id": cls.customer.partner.id,
            }
        )
        cls.second = cls.make_customer("Other")

    def post(self, path, **form):
        form["csrf_token"] = self.token
        return self.url_open(path, data=form, allow_redirects=False)

    def sign_in(self):
        self.authenticate("t_asker", "t_asker")
        page = self.url_open("/my/requests/new").text
        self.token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page).group(1)

    def test_asks_and_reads_the_own_alone(self):
        self.assertEqual(
            self.url_open("/my/requests", allow_redirects=False).headers["Location"].split("?")[0],
            "/my/sign-in",
        )
        theirs = self.ask(self.second)
        self.sign_in()
        values = {"store": self.store_a.id, "kind": self.question.id}
        answer = self.post("/my/requests/new", **values, words="")
        self.assertEqual(answer.status_code, 422)
        answer = self.post(
            "/my/requests/new", words="x", store=self.store_b.id, kind=values["kind"]
        )
        self.assertEqual(answer.status_code, 422)
        # The car of somebody else is no car at all.
        answer = self.post(
            "/my/requests/new", **values, words="<b>How much?</b>", car=self.second.vehicle.id
        )
        self.assertEqual(answer.status_code, 303)
        row = self.requests.search([("partner_id", "=", self.customer.partner.id)])
        self.assertEqual((row.origin, row.vehicle_id.id), ("page", False))
        # Pressed twice it is one request.
        self.post("/my/requests/new", **values, words="<b>How much?</b>")
        self.assertEqual(
            self.requests.search_count([("partner_id", "=", self.customer.partner.id)]), 1
        )
        page = self.url_open(f"/my/requests/{row.id}")
        self.assertIn("&lt;b&gt;How much?", page.text)
        self.assertEqual(self.url_open(f"/my/requests/{theirs.id}").status_code, 404)
        self.assertEqual(self.post(f"/my/requests/{theirs.id}/message", words="x").status_code, 404)
        self.assertEqual(self.post(f"/my/requests/{row.id}/rubbish").status_code, 404)
        self.assertEqual(
            self.post(f"/my/requests/{row.id}/message", words="And when?").status_code, 303
        )
        self.assertIn("And when?", self.url_open(f"/my/requests/{row.id}").text)
        self.assertEqual(self.post(f"/my/requests/{row.id}/satisfied", yes="1").status_code, 422)
        row.result = "About 500"
        row.action_done()
        self.assertIn("About 500", self.url_open(f"/my/requests/{row.id}").text)
        self.assertEqual(self.post(f"/my/requests/{row.id}/satisfied", yes="1").status_code, 303)
        self.assertEqual(row.satisfied, "yes")

    def test_too_many(self):
        self.env["ir.config_parameter"].set_param("dealer_service.requests_an_hour", 1)
        self.sign_in()
        values = {"store": self.store_a.id, "kind": self.question.id}
        self.assertEqual(self.post("/my/requests/new", **values, words="one").status_code, 303)
        self.assertEqual(self.post("/my/requests/new", **values, words="two").status_code, 422)
