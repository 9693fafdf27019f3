from datetime import date, datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common_service import QUIET, ServiceCase

#: 2026-11-02 at noon in the stores.
NOW = datetime(2026, 11, 2, 4)
TODAY = date(2026, 11, 2)


class KindCase(ServiceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["dealer.maintenance.plan"].search([]).active = False
        cls.rule = cls.env.ref("dealer_service.kind_rule_all")
        # A store's own rule, so that nobody's changes matter.
        cls.rule = cls.rule.copy({"unit_id": cls.store_a.id})
        cls.customer = cls.make_customer("Kind")
        cls.car, cls.relation = cls.customer.vehicle, cls.customer.relation
        cls.own(cls.car, cls.customer)

    @classmethod
    def own(cls, car, customer):
        car.owner_ids.filtered(lambda line: not line.date_to).date_from = "2020-01-01"

    def visit(self, day, car=None, kind="maintenance", unit=None, price=0, **values):
        """Note a visit of the car on ``day`` (2026-05-04) at ten o'clock in the store."""
        return self.env["dealer.service.order"].create(
            {
                "vehicle_id": (car or self.car).id,
                "unit_id": (unit or self.store_a).id,
                "opened_at": f"{day} 02:00:00",
                "kind": kind,
                "line_ids": [Command.create({"name": "Work", "price_unit": price})]
                if price
                else [],
                **values,
            }
        )

    def run_cron(self, cron):
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def count(self, now=NOW, relation=None):
        relation = relation or self.relation
        with freeze_time(now):
            relation._kinds_count()
        return relation


class TestCustomerKind(KindCase):
    def test_nobody_came(self):
        row = self.count()
        self.assertFalse(row.service_kind)
        self.assertFalse(row.lapse_risk)
        self.assertFalse(row.kinds_stale)
        self.assertFalse(row.lapse_reason)

    def test_rhythm_is_the_median(self):
        # Gaps by hand: 100, 182, 200 days; the middle one is 182.
        for day in ("2024-08-22", "2024-11-30", "2025-05-31", "2025-12-17"):
            self.visit(day, price=100)
        row = self.count()
        self.assertEqual(row.rhythm_days, 182)
        # 2025-12-17 to 2026-11-02 are 320 days: 150 % of 182 is 273, 200 % is 364.
        self.assertEqual(row.lapse_risk, "risk")
        self.assertEqual(row.lapse_on, date(2026, 9, 16))
        self.assertEqual(row.last_visit_on, date(2025, 12, 17))
        # 24 months back is 2024-11-02: three of the four visits.
        self.assertEqual(row.service_visits, 3)
        self.assertEqual(row.service_value, 300)
        self.assertEqual(row.last_vehicle_id, self.car)
        # Lost from 2026-12-16; before that the visit of 2024-11-30 leaves the window on 2026-11-30.
        self.assertEqual(row.kinds_next_on, date(2026, 11, 30))
        with freeze_time(NOW):
            row.invalidate_recordset()
            self.assertEqual(row.lapse_reason, "Usually every 182 days, now 320")

    def test_steps_of_lapse(self):
        self.visit("2026-05-04")
        self.visit("2025-11-03")  # 182 days before
        cases = (
            (datetime(2026, 12, 7, 4), "none"),  # 217 days
            (datetime(2026, 12, 8, 17), "watch"),  # 219 days at the store: 218.4 is 120 %
            (datetime(2026, 12, 9, 4), "watch"),
            (datetime(2027, 2, 1, 4), "risk"),  # 273 days: 150 %
            (datetime(2027, 1, 31, 4), "watch"),
            (datetime(2027, 5, 3, 4), "lost"),  # 364 days: 200 %
            (datetime(2027, 5, 2, 4), "risk"),
        )
        for moment, risk in cases:
            self.assertEqual(self.count(moment).lapse_risk, risk, moment)

    def test_two_visits_on_one_day_are_one(self):
        self.visit("2026-05-04")
        self.visit("2026-05-04", kind="repair")
        row = self.count()
        self.assertEqual(row.service_visits, 1)
        self.assertEqual(row.rhythm_days, 182)  # the usual one: there is no gap
        self.assertEqual(row.service_kind, "occasional")

    def test_called_off_visits_do_not_count(self):
        order = self.visit("2026-05-04")
        self.count()
        self.assertEqual(self.relation.service_visits, 1)
        order.action_cancel()
        self.assertTrue(self.relation.kinds_stale)
        self.assertFalse(self.count().service_kind)

    def test_who_comes_back_soon_has_no_rhythm_of_days(self):
        self.visit("2026-05-04")
        self.visit("2026-05-07", kind="rework")
        self.assertEqual(self.count().rhythm_days, 60)

    def make_plan(self, months):
        self.env["dealer.maintenance.plan"].create(
            {
                "name": "Plan",
                "unit_id": self.store_a.id,
                "line_ids": [
                    Command.create({"name": "Oil", "every_months": months, "keywords": "oil"})
                ],
            }
        )
        self.car.first_registration = "2024-01-01"
        self.car._maintenance_refresh()

    def test_one_visit_goes_by_the_plan(self):
        self.make_plan(12)
        self.visit("2026-05-04")
        # 12 × 30.4375 = 365.25 days
        self.assertEqual(self.count().rhythm_days, 365)

    def test_share_of_what_was_due(self):
        for day in ("2025-01-10", "2025-07-10"):
            self.visit(day)
        self.visit("2025-10-10", kind="repair")
        self.visit("2026-01-10", unit=self.store_b)
        # Overdue since 2026-07-02, which is more than 30 days: one maintenance was missed.
        self.car.service_due = "2026-07-02"
        row = self.count()
        self.assertEqual((row.service_here_count, row.service_due_count), (2, 4))
        self.assertEqual(row.service_share, 50)
        self.assertEqual(row.service_visits, 3)
        # Half is done here: not loyal (75 %), not choosing (below 50 %), and nobody knows where he lives.
        self.assertEqual(row.service_kind, "choosing")
        self.customer.partner.zip = "315100"
        self.store_a.company_id.partner_id.zip = "315192"
        row = self.count()
        self.assertEqual((row.service_near, row.service_kind), ("near", "nearby"))
        self.store_a.company_id.partner_id.zip = "315800"
        self.assertEqual(self.count().service_near, "far")

    def test_missed_within_the_days_of_grace(self):
        self.visit("2026-01-10")
        for due, missed in (("2026-10-03", 0), ("2026-10-02", 1)):
            self.car.service_due = due
            self.assertEqual(self.count().service_due_count, 1 + missed, due)
        # Without months in the plan a year counts: due 2024-10-01, missed since 2024-11-01 thrice, two fit.
        self.car.service_due = "2024-10-01"
        self.assertEqual(self.count().service_due_count, 3)

    def test_loyal(self):
        for day in ("2025-06-01", "2025-12-01", "2026-06-01"):
            self.visit(day)
        row = self.count()
        self.assertEqual((row.service_share, row.service_kind), (100, "loyal"))

    def test_distance(self):
        self.visit("2026-06-01", kind="repair")
        self.visit("2026-03-01", kind="repair")
        shop, home = self.store_a.company_id.partner_id, self.customer.partner
        shop.write({"partner_latitude": 29.8683, "partner_longitude": 121.5440})
        # A hundredth of a degree of latitude is 1.112 km.
        home.write({"partner_latitude": 29.9483, "partner_longitude": 121.5440})
        row = self.count()
        self.assertAlmostEqual(row.service_km, 8.9, 1)
        self.assertEqual(row.service_kind, "nearby")
        home.partner_latitude = 29.9683
        row = self.count()
        self.assertAlmostEqual(row.service_km, 11.1, 1)
        self.assertEqual((row.service_near, row.service_kind), ("far", "choosing"))

    def test_only_who_changed_is_counted(self):
        relations = self.env["dealer.relation"]
        others = [self.make_customer(f"Other{number}").relation for number in range(3)]
        cron = self.env.ref("dealer_service.ir_cron_kinds")
        with freeze_time(NOW):
            self.run_cron(cron)
            self.assertFalse(relations.search([("kinds_stale", "=", True)]))
        others[0].service_visits = 77  # as the system; nothing tells that it changed
        self.visit("2026-05-04")
        with freeze_time(NOW):
            self.run_cron(cron)
        self.assertEqual(self.relation.service_visits, 1)
        self.assertEqual(others[0].service_visits, 77)
        # The day the limit is passed is enough.
        with freeze_time(datetime(2027, 2, 1, 18)):
            self.run_cron(cron)
        self.assertEqual(self.relation.lapse_risk, "risk")

    def test_queries_do_not_grow(self):
        customers = [self.make_customer(f"Many{number}") for number in range(12)]
        rows = self.env["dealer.relation"].concat(*(each.relation for each in customers))
        self.env.flush_all()
        with freeze_time(NOW):
            with self.assertQueryCount(1):
                rows[:1]._kinds_count()
            with self.assertQueryCount(1):
                rows._kinds_count()

    def test_a_rule_of_the_store_goes_first(self):
        self.visit("2026-05-04")
        self.count()
        self.rule.usual_days = 90
        self.assertTrue(self.relation.kinds_stale)
        self.assertEqual(self.count().rhythm_days, 90)
        self.rule.active = False
        self.assertEqual(self.count().rhythm_days, 182)

    def test_the_rule_explains_itself(self):
        words = self.rule.explanation
        for part in ("at least 3 visits and at least 75 %", "within 10 km", "120 %", "182 days"):
            self.assertIn(part, words)
        self.rule.loyal_visits = 5
        self.assertIn("at least 5 visits", self.rule.explanation)
        relations = self.env["dealer.relation"].with_user(self.service_advisor)
        self.assertIn("5 visits", relations.fields_get(["service_kind"])["service_kind"]["help"])
        self.assertEqual(
            self.relation.with_user(self.service_advisor).kind_explanation, self.rule.explanation
        )

    def test_bad_rules(self):
        for values in (
            {"risk_percent": 110},
            {"watch_percent": 90},
            {"loyal_share": 101},
            {"few_visits": 0},
            {"window_months": 0},
            {"shortest_days": 0},
        ):
            with mute_logger("odoo.sql_db"):
                self.assertTrue(self.attempt(lambda values=values: self.rule.write(values)), values)
        with self.assertRaises(ValidationError):
            self.rule.unit_id = self.east
        with mute_logger("odoo.sql_db"):
            self.assertTrue(self.attempt(lambda: self.rule.copy()))

    @mute_logger(*QUIET)
    def test_who_changes_rules(self):
        every = self.env.ref("dealer_service.kind_rule_all")
        for post in ("service_advisor", "care_agent", "care_manager"):
            with self.assertRaises(AccessError):
                self.rule.with_user(self.users[post]).loyal_visits = 4
        self.rule.with_user(self.service_manager).loyal_visits = 4
        with self.assertRaises(AccessError):
            every.with_user(self.service_manager).loyal_visits = 4
        with self.assertRaises(AccessError):
            self.rule.with_user(self.service_manager).unit_id = False
        every.with_user(self.system).loyal_visits = 4

    @mute_logger(*QUIET)
    def test_nobody_writes_what_is_counted(self):
        mine = self.relation.with_user(self.service_manager)
        for values in ({"lapse_risk": "none"}, {"service_kind": "loyal"}, {"kinds_stale": False}):
            error = self.attempt(lambda values=values: mine.write(values))
            self.assertIsInstance(error, (AccessError, UserError), values)
        # Whoever registers a customer makes the relation with the own store in the same breath.
        partners = self.env["res.partner"].with_user(self.system)
        partner = partners.with_context(default_lapse_risk="lost").create(
            {"name": "New", "is_dealer_customer": True}
        )
        made = partner.sudo().dealer_relation_ids
        self.assertTrue(made)
        self.assertFalse(made.lapse_risk)

    @mute_logger(*QUIET)
    def test_sales_reads_no_lapse(self):
        own = self.make_customer("Sold", consultant_id=self.sales_consultant.id).relation
        for post in (
            "sales_consultant",
            "reception",
            "dcc_agent",
            "marketing_manager",
            "technician",
        ):
            with self.assertRaises(AccessError, msg=post):
                own.with_user(self.users[post]).read(["lapse_risk"])
        self.assertFalse(own.with_user(self.care_agent).lapse_risk)
