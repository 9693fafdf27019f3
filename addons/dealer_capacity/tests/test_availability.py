from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..tools.matching import match
from .common import CapacityCase, at


@tagged("post_install", "-at_install")
class TestAvailability(CapacityCase):
    """What is free, with whom, and what is in the way."""

    def test_taken_until_all_are_taken(self):
        self.book(self.bay_need)
        self.assertIn("09:00", self.free(self.bay_need))
        self.book(self.bay_need)
        times = self.free(self.bay_need)
        for taken in ("08:30", "09:00", "09:30"):
            self.assertNotIn(taken, times)
        self.assertIn("10:00", times)
        self.assertEqual(self.why(at(9), self.bay_need), "Service Bay: 2 of 2 taken")

    def test_words_of_what_is_in_the_way(self):
        voltage = [{"kind": "technician", "skill": "t_voltage", "minutes": 60}]
        self.book(voltage)
        self.assertEqual(self.why(at(9), voltage), "Technician (Test Voltage): 1 of 1 taken")
        self.close(at(14), at(15), self.bob)
        self.assertEqual(
            self.why(at(14), voltage), "Technician (Test Voltage): 1 of 1 closed or away"
        )
        both = [{"kind": "technician", "skills": ["t_brakes"], "units": 3, "minutes": 60}]
        self.assertEqual(
            self.why(at(9), both), "Technician (Test Brakes): there is none in this store"
        )

    def test_same_person_needed_twice(self):
        """Each line alone finds Bob; together they do not."""
        need = [{"kind": "technician", "skill": "t_voltage", "minutes": 60}] * 2
        self.assertFalse(self.free(need))
        self.assertEqual(self.why(at(9), need), "the same resource would be needed twice")

    def test_same_person_one_after_the_other(self):
        need = [
            {"kind": "technician", "skill": "t_voltage", "minutes": 60},
            {"kind": "technician", "skill": "t_voltage", "minutes": 60, "offset": 60},
        ]
        booking = self.book(need)
        self.assertEqual(booking.line_ids.resource_id, self.bob)
        self.assertEqual(booking.stop, at(11))

    def test_fewest_skills_first(self):
        booking = self.book([{"kind": "technician", "skill": "t_brakes"}])
        self.assertEqual(booking.line_ids.resource_id, self.ann)

    def test_skilled_one_is_left_for_who_needs_him(self):
        """Asked for brakes and for voltage at once, in either order: Ann and Bob."""
        lines = [{"kind": "technician", "skill": skill} for skill in ("t_brakes", "t_voltage")]
        for need in (lines, lines[::-1]):
            self.assertIn("09:00", self.free(need))
            booking = self.book(need)
            self.assertEqual(booking.line_ids.resource_id, self.ann | self.bob)
            booking._release()

    def test_pool(self):
        need = [{"kind": "tool", "units": 2, "minutes": 30}]
        self.book(need)
        self.assertNotIn("09:00", self.free(need))
        self.assertEqual(self.why(at(9), need), "Tool: 2 of 3 taken")
        self.assertIn("09:00", self.free([{"kind": "tool", "minutes": 30}]))

    def test_two_persons(self):
        need = [{"kind": "technician", "units": 2, "minutes": 60}]
        booking = self.book(need)
        self.assertEqual(booking.line_ids.resource_id, self.ann | self.bob)
        self.assertNotIn("09:00", self.free(need))

    def test_offset(self):
        """The second line is asked for later on; what is taken before does not matter."""
        self.book([{"kind": "tool", "units": 3, "minutes": 60}], at(9))
        need = [
            {"kind": "service_bay", "minutes": 60},
            {"kind": "tool", "minutes": 30, "offset": 60},
        ]
        times = self.free(need)
        self.assertIn("09:00", times)
        self.assertNotIn("08:30", times)

    def test_unit_of_time(self):
        """Durations are whole units, starts lie on the raster of the resource."""
        self.bay1.unit_minutes = self.bay2.unit_minutes = 60
        need = [{"kind": "service_bay", "minutes": 45}]
        self.assertEqual(self.free(need)[:2], ["09:00", "10:00"])
        booking = self.book(need)
        self.assertEqual(booking.line_ids.stop, at(10))

    def test_past_is_closed(self):
        self.assertFalse(self.free(start=at(0, day=-1), stop=at(0)))

    def test_other_store(self):
        self.assertFalse(self.free(store=self.store_b))

    def test_archived(self):
        (self.bay1 | self.bay2).active = False
        self.assertFalse(self.free(self.bay_need))

    def test_wrong_needs(self):
        for need in (
            [],
            [{"kind": "nothing"}],
            [{"kind": "tool", "skill": "nothing"}],
            [{"kind": "tool", "units": 0}],
            [{"kind": "tool", "minutes": 0}],
            [{"kind": "tool", "offset": 7}],
        ):
            with self.subTest(need=need), self.assertRaises(ValidationError):
                self.engine._need(need)
        for window in ((at(9), at(9)), (at(9), at(9, day=90)), (False, at(9))):
            with self.subTest(window=window), self.assertRaises(ValidationError):
                self.engine._availability(self.need, *window, self.store_a.id)
        with self.assertRaises(ValidationError):
            self.book(start=at(9, 5))

    def test_public_door(self):
        engine = self.engine.with_user(self.users["service_advisor"])
        rows = engine.availability(self.need, "2026-03-02 00:00:00", "2026-03-02 04:00:00")
        self.assertEqual(rows[0], {"start": "2026-03-02 00:30:00", "free": True, "why": ""})

    def test_queries_of_a_week(self):
        """Five statements, for two resources as for twenty, with and without bookings."""
        for number in range(20):
            self.make_resource(f"More {number}", self.bay_kind)
            self.make_resource(f"More {number}", self.person_kind, self.brakes)
        self.book()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(5):
            rows = self.engine._availability(self.need, at(0), at(0, day=7), self.store_a.id)
        self.assertEqual(len(rows), 7 * 16)

    def test_plan_of_the_look(self):
        """What is taken is looked up by the ledger's index."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO dealer_capacity_slot (resource_id, start, capacity, used)
                SELECT %s, timestamp '2020-01-01' + n * interval '15 min', 1, 1 FROM generate_series(1, 20000) n
                """,
                self.bay1.id,
            )
        )
        self.env.cr.execute("ANALYZE dealer_capacity_slot")
        self.env.cr.execute(
            SQL(
                "EXPLAIN SELECT used FROM dealer_capacity_slot WHERE resource_id = ANY(%s)"
                " AND start >= '2026-03-02' AND start < '2026-03-09' AND used > 0",
                [self.bay1.id, self.bay2.id],
            )
        )
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("resource_start_uniq", plan)

    def test_matching(self):
        """Whoever is in the way goes to the next of the own choices."""
        always = {"a": ["x", "y"], "b": ["x"], "c": ["y", "z"]}
        taken = match(list("abc"), always, lambda _demand, _one: 1, lambda _one, _other: True)
        self.assertEqual(taken, {"a": "y", "b": "x", "c": "z"})
        self.assertIsNone(
            match(
                list("abc"),
                {"a": ["x", "y"], "b": ["x"], "c": ["y"]},
                lambda _demand, _one: 1,
                lambda _one, _other: True,
            )
        )

    def test_job_needs_something(self):
        with self.assertRaises(ValidationError):
            self.env["dealer.capacity.job"].create(
                {"name": "nothing", "need_ids": [Command.clear()]}
            )
