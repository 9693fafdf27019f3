from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command, Domain
from odoo.tools import mute_logger

from .common import ReportCase, at

TUESDAY = date(2026, 3, 10)


class TestBoss(ReportCase):
    """The owner's phone: which stores, which days, which numbers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls.env["dealer.boss"].with_user(cls.general_manager)

    def page(self, user=None, unit=None, span="day", moment="2026-03-10 12:00", **values):
        boss = self.env["dealer.boss"].with_user(user or self.general_manager)._as_boss()
        units = boss._units()
        unit = unit or next(iter(units))
        with freeze_time(at(moment)):
            return boss._page(unit, units[unit], span, **values)

    def tile(self, page, key):
        tiles = [tile for section in page["sections"] for tile in section["tiles"]]
        return next(tile for tile in tiles if tile["key"] == key)

    def test_which_units(self):
        """A manager has the own store, an executive the tree below, whatever is switched on."""
        boss = self.env["dealer.boss"]
        self.assertEqual(list(self.boss._units()), [self.store_a])
        executive = boss.with_user(self.group_executive)
        self.assertEqual(
            list(executive._units().items()),
            [
                (self.east, self.store_a | self.store_c),
                (self.store_a, self.store_a),
                (self.store_c, self.store_c),
            ],
        )
        switched = executive.with_context(allowed_company_ids=self.store_c.company_id.ids)
        self.assertEqual(switched._as_boss()._units(), executive._units())
        self.group_executive.dealer_unit_id = self.headquarters
        units = executive._units()
        self.assertEqual(units[self.headquarters], self.store_a | self.store_b | self.store_c)
        self.assertNotIn(self.west, units)  # has one store: that store is the choice

    def test_periods(self):
        period = self.boss._period("day", TUESDAY, TUESDAY)
        self.assertEqual(period.before_first, date(2026, 3, 9))
        self.assertIsNone(period.forward)
        period = self.boss._period("week", TUESDAY, TUESDAY)
        self.assertEqual((period.first, period.last), (date(2026, 3, 9), TUESDAY))
        self.assertEqual(
            (period.before_first, period.before_last), (date(2026, 3, 2), date(2026, 3, 3))
        )
        period = self.boss._period("week", date(2026, 3, 4), TUESDAY)
        self.assertEqual((period.first, period.last), (date(2026, 3, 2), date(2026, 3, 8)))
        self.assertEqual(period.before_last, date(2026, 3, 1))
        self.assertEqual(period.forward, date(2026, 3, 9))

    def test_months_of_different_length(self):
        period = self.boss._period("month", date(2026, 3, 30), date(2026, 3, 30))
        self.assertEqual(
            (period.before_first, period.before_last), (date(2026, 2, 1), date(2026, 2, 28))
        )
        period = self.boss._period("month", date(2026, 2, 3), date(2026, 3, 30))
        self.assertEqual((period.last, period.before_last), (date(2026, 2, 28), date(2026, 1, 31)))

    def test_midnight_of_the_store(self):
        """Today is that of the store's wall: at 16:30 UTC it is tomorrow already."""
        self.prospect("Night", received="2026-03-11 00:10")
        page = self.page(moment="2026-03-11 00:30")
        self.assertEqual(page["period"].first, date(2026, 3, 11))
        self.assertEqual(self.tile(page, "leads")["text"], "1")
        page = self.page(moment="2026-03-11 00:30", day=date(2026, 3, 10))
        self.assertEqual(self.tile(page, "leads")["text"], "0")
        page = self.page(moment="2026-03-11 00:30", day=date(2030, 1, 1))
        self.assertEqual(page["period"].first, date(2026, 3, 11))

    def test_numbers_and_differences(self):
        self.prospect("Before", received="2026-03-09 09:00")
        self.prospect("One", received="2026-03-10 09:00")
        self.prospect("Two", received="2026-03-10 10:00")
        self.guest("2026-03-10 10:00", phone=self.next_phone())
        self.guest("2026-03-10 11:00")
        page = self.page(moment="2026-03-10 13:00")
        leads = self.tile(page, "leads")
        self.assertEqual((leads["text"], leads["difference"]), ("2", "+1"))
        self.assertEqual(leads["tone"], "good")
        self.assertEqual(self.tile(page, "kept_rate")["text"], "50%")
        self.assertEqual(self.tile(page, "kept_rate")["difference"], "")  # none was there before
        self.assertEqual(self.tile(page, "satisfied_rate")["text"], "–")
        keys = [tile["key"] for section in page["sections"] for tile in section["tiles"]]
        self.assertNotIn("new_guests", keys)  # the base of a rate is no news
        self.assertEqual(
            [section["key"] for section in page["sections"]],
            ["business", "tasks", "satisfaction", "alarms"],
        )

    def test_table_of_stores(self):
        self.prospect("One", received="2026-03-10 09:00")
        page = self.page(self.group_executive)
        self.assertEqual([row["store"] for row in page["rows"]], [self.store_a, self.store_c])
        self.assertEqual(page["rows"][0]["cells"][0]["text"], "1")
        self.assertEqual(page["rows"][1]["cells"][0]["text"], "0")
        self.assertEqual(self.page(self.group_executive, sort="nonsense")["sort"], "leads")
        self.assertEqual(self.page(self.group_executive, sort="orders")["sort"], "orders")
        self.assertFalse(self.page(self.group_executive, unit=self.store_a)["rows"])

    def test_alarms_of_now(self):
        with freeze_time(at("2026-03-10 09:00")):
            lead = self.make_lead(self.buyer, dealer_received_at=at("2026-03-10 09:00"))
        page = self.page(moment="2026-03-12 12:00")
        named = [alarm["name"] for alarm in page["alarms"]]
        self.assertIn(lead._clock_title(), named)
        self.assertGreaterEqual(int(self.tile(page, "late_clocks")["text"]), 1)
        clock = lead._clock_open("first_response")
        opened = self.boss.action_open(clock=clock.id)
        self.assertEqual(opened["action"]["res_id"], lead.id)
        self.assertEqual(opened["companies"], self.store_a.company_id.ids)

    def test_links_open_what_the_number_says(self):
        self.prospect("One", received="2026-03-10 09:00")
        day = str(TUESDAY)
        boss = self.env["dealer.boss"].with_user(self.group_executive)
        # Another company is switched on, and it does not matter.
        boss = boss.with_context(allowed_company_ids=self.store_c.company_id.ids)
        opened = boss.action_open("leads", self.east.id, day, day)
        self.assertEqual(
            set(opened["companies"]), set((self.store_a | self.store_c).company_id.ids)
        )
        rows = self.env["dealer.work.report"].with_user(self.group_executive)
        self.assertEqual(rows.search_count(Domain(opened["action"]["domain"])), 1)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_rights(self):
        for user in (self.sales_consultant, self.sales_director, self.marketing_manager):
            with self.assertRaises(AccessError):
                self.env["dealer.boss"].with_user(user).action_open("leads", self.store_a.id)
        for unit in (self.store_b, self.east, self.headquarters):
            with self.assertRaises(AccessError):
                self.boss.action_open("leads", unit.id)
        strange = self.make_customer("There", self.store_b, consultant_id=self.consultant_b.id)
        with freeze_time(at("2026-03-10 09:00")):
            lead = self.make_lead(strange)
        with self.assertRaises(AccessError):
            self.boss.action_open(clock=lead._clock_open("first_response").id)

    def test_an_own_company_is_no_store(self):
        """Who gets the company of a store gets its figures, and nothing else."""
        self.general_manager.company_ids = [Command.link(self.store_c.company_id.id)]
        self.assertEqual(list(self.boss._units()), [self.east, self.store_a, self.store_c])

    def test_as_many_queries_for_many_stores(self):
        """More stores cost no more queries of figures."""
        page = self.page(self.group_executive)
        self.assertTrue(page["rows"])
        self.count_queries()
        counts = [self.count_queries()]
        self.env["dealer.unit"].create(
            [
                {"name": f"Further {number}", "code": f"X{number}", "parent_id": self.east.id}
                for number in range(8)
            ]
        )
        self.count_queries()  # what rights are kept is read anew after a store was made
        counts.append(self.count_queries())
        self.assertLessEqual(counts[1] - counts[0], 16, counts)

    def count_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.page(self.group_executive)
        return self.env.cr.sql_log_count - before
