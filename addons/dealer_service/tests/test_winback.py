from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common_service import QUIET
from .test_customer_kind import NOW, KindCase

#: Letters: r read, w write the result, c begin, x close, d delete.
WINBACKS = """
                    own   team  house prospect pool  other
    sales_consultant ..... ..... ..... - - .....
    sales_manager    ..... ..... ..... - - .....
    sales_director   ..... ..... ..... - - .....
    dcc_agent        ..... ..... ..... - - .....
    dcc_lead         ..... ..... ..... - - .....
    reception        -     ..... ..... - - .....
    service_advisor  rwcx. rwcx. rwcx. - - .....
    service_manager  rwcx. rwcx. rwcx. - - .....
    technician       -     ..... ..... - - .....
    care_agent       -     rwcx. rwcx. - - .....
    care_manager     -     rwcx. rwcx. - - .....
    marketing_user   -     ..... ..... - - .....
    marketing_manager -    ..... ..... - - .....
    general_manager  -     rwcx. rwcx. - - .....
    group_executive  -     rwcx. rwcx. - - .....
    system           -     rwcx. rwcx. - - .....
    """


class WinbackCase(KindCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.offer = cls.env["dealer.winback.offer"].create(
            {
                "name": "Free check",
                "unit_id": cls.store_a.id,
                "date_from": "2026-01-01",
                "date_to": "2099-12-31",
            }
        )

    @classmethod
    def begin(cls, customer=None, user=None, **values):
        return (
            cls.env["dealer.winback"]
            .with_user(user or cls.service_advisor)
            .create({"relation_id": (customer or cls.customer).relation.id, **values})
        )


class TestWinback(WinbackCase):
    def test_the_car_comes_again(self):
        self.visit("2025-12-01", advisor_id=self.service_advisor.id)
        self.visit("2025-06-01")
        self.count()
        with freeze_time(NOW):
            row = self.begin(offer_id=self.offer.id, user_id=self.service_advisor.id)
            self.assertEqual((row.risk, row.silent_days), ("risk", 336))
            self.assertEqual(self.relation.winback_id, row)
        # A visit of before, that the maker's system brings late, wins nobody back.
        self.visit("2026-10-01")
        self.assertEqual(row.state, "open")
        with freeze_time(NOW + timedelta(days=3)):
            order = self.visit("2026-11-05")
        self.assertEqual((row.state, row.result, row.order_id), ("closed", "returned", order))
        self.assertEqual(self.offer.returned_count, 1)
        with self.assertRaises(UserError):
            row.action_reopen()
        # The visit did not take place after all.
        order.action_cancel()
        self.assertEqual((row.state, row.result), ("open", False))

    def test_who_promised_and_came(self):
        with freeze_time(NOW):
            row = self.begin()
            row.result = "promised"
            row.action_close()
        with freeze_time(NOW + timedelta(days=20)):
            self.visit("2026-11-20")
        self.assertEqual(row.result, "returned")

    def test_result_is_needed(self):
        row = self.begin()
        with self.assertRaises(UserError):
            row.action_close()
        with self.assertRaises(ValidationError):
            row.result = "returned"
        row.write({"result": "elsewhere", "note": "cheaper there"})
        row.action_close()
        self.assertEqual((row.state, row.closed_on), ("closed", row.started_on))
        with self.assertRaises(UserError):
            row.action_close()
        # The next attempt may begin, and be opened again only when no other runs.
        self.begin()
        with mute_logger("odoo.sql_db"):
            self.assertTrue(self.attempt(row.action_reopen))
            self.assertTrue(self.attempt(self.begin))

    def test_bad_input(self):
        old = self.offer.copy({"date_from": "2020-01-01", "date_to": "2020-02-01"})
        there = self.offer.copy({"unit_id": self.store_b.id})
        for offer in (old, there):
            self.assertTrue(
                self.attempt(lambda offer=offer: self.begin(offer_id=offer.id)), offer.unit_id.name
            )
        for user in (self.sales_consultant, self.consultant_b):
            with self.assertRaises(ValidationError):
                self.begin(user_id=user.id)
        row = self.begin()
        for values in ({"state": "closed"}, {"relation_id": 1}, {"started_on": "2020-01-01"}):
            with self.assertRaises(UserError):
                row.write(values)
        with mute_logger("odoo.sql_db"):
            self.assertTrue(self.attempt(lambda: self.offer.write({"date_to": "2025-01-01"})))

    def test_many_are_given_out(self):
        second = self.make_customer("Second")
        third = self.make_customer("Third")
        self.own(second.vehicle, second)
        self.visit("2025-12-01", advisor_id=self.service_advisor.id)
        self.visit("2025-12-01", car=second.vehicle, advisor_id=self.service_manager.id)
        relations = self.relation | second.relation | third.relation
        self.count(relation=relations)
        self.begin(third)
        wizard = (
            self.env["dealer.winback.assign"]
            .with_user(self.service_manager)
            .with_context(active_model="dealer.relation", active_ids=relations.ids)
            .create({"offer_id": self.offer.id})
        )
        self.assertEqual((wizard.relation_count, wizard.running_count), (3, 1))
        wizard.action_assign()
        self.assertEqual(self.relation.winback_id.user_id, self.service_advisor)
        self.assertEqual(second.relation.winback_id.user_id, self.service_manager)
        self.assertEqual(second.relation.winback_id.offer_id, self.offer)
        with self.assertRaises(UserError):
            wizard.action_assign()

    def test_the_last_advisor_is_asked_to_call(self):
        self.visit("2026-05-04", advisor_id=self.service_advisor.id)
        self.visit("2025-11-03")
        rule = self.env.ref("dealer_service.touch_rule_lapse")
        # 273 days: at risk from 2027-02-01 on.
        self.count(datetime(2027, 2, 1, 0))
        with freeze_time(datetime(2027, 2, 1, 0)):
            rule.since = "2027-01-01"
            rule._plan_now()
        touch = self.env["dealer.touch"].search(
            [("rule_id", "=", rule.id), ("res_id", "=", self.relation.id)]
        )
        self.assertEqual(touch.user_id, self.service_advisor)
        self.assertEqual(touch.planned_at, datetime(2027, 2, 1, 1, 30))

    def test_merged_files_have_one_attempt(self):
        second = self.make_customer("Twin")
        self.begin()
        self.begin(second)
        self.customer.partner._dealer_merge(second.partner, "twice")
        rows = self.relation.with_context(active_test=False).winback_ids
        self.assertEqual(sorted(rows.mapped("state")), ["closed", "open"])

    def test_list_queries(self):
        customers = [self.make_customer(f"List{number}") for number in range(8)]
        for customer in customers:
            self.begin(customer)
        relations = self.env["dealer.relation"].with_user(self.service_advisor)
        names = ["partner_name", "lapse_risk", "lapse_reason", "last_advisor_id", "winback_user_id"]
        ids = [customer.relation.id for customer in customers]

        def read(count):
            self.env.invalidate_all()
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            relations.search([("id", "in", ids[:count])]).read(names)
            return self.env.cr.sql_log_count - start

        read(1)
        self.assertEqual(read(2), read(8))


class TestWinbackRights(RoleMatrix, WinbackCase):
    """Post × win-back × whose customer × what, every cell tried out."""

    matrix = {"dealer.winback": WINBACKS}

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

    def _probe_dealer_winback(self, env, post, column):
        customers = {
            "own": self.own_of.get(post),
            "team": self.team,
            "house": self.house,
            "other": self.other,
        }
        customer = customers.get(column)
        if not customer:
            return None
        rows = self.env["dealer.winback"]
        row = rows.search([("relation_id", "=", customer.relation.id)], limit=1) or rows.create(
            {"relation_id": customer.relation.id}
        )
        row.write({"state": "open", "result": False, "closed_on": False})
        mine = row.with_env(env)

        def close():
            row.result = "moved"
            mine.action_close()

        def begin():
            row.write({"state": "closed", "result": "moved"})
            row.flush_recordset()
            env["dealer.winback"].create({"relation_id": customer.relation.id})

        return row, {"w": lambda: mine.write({"note": "x"}), "c": begin, "x": close}

    def test_winbacks(self):
        self.check_model("dealer.winback")

    @mute_logger(*QUIET)
    def test_offers(self):
        chiefs = {"service_manager", "care_manager", "general_manager", "group_executive", "system"}
        readers = {*chiefs, "service_advisor", "care_agent"}
        there = self.offer.copy({"unit_id": self.store_b.id})
        for post in (*self.read_table(WINBACKS),):
            mine = self.offer.with_user(self.users[post])
            self.assertEqual(mine.has_access("read"), post in readers, post)
            for right in ("write", "unlink"):
                self.assertEqual(mine.has_access(right), post in chiefs, f"{post} {right}")
            self.assertFalse(there.with_user(self.users[post]).has_access("read"), post)
        with self.assertRaises(AccessError):
            self.offer.with_user(self.service_manager).unit_id = False

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        self.begin(self.house)
        portal = self.env["res.users"].create(
            {
                **self.prepare_person("t_portal", ["base.group_portal"], self.store_a),
                "partner_id": self.house.partner.id,
            }
        )
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        models = ("dealer.winback", "dealer.winback.offer", "dealer.kind.rule")
        for user in (portal, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, models)
