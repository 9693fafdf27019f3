from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..hooks import uninstall_hook
from ..models.dealer_capacity import HOLD_TIME, CapacityTaken
from .common import CapacityCase, at


@tagged("post_install", "-at_install")
class TestBooking(CapacityCase):
    """Booking, moving, releasing: all or nothing, and the ledger says the same."""

    def tearDown(self):
        self.assert_ledger()
        super().tearDown()

    def test_all_or_nothing(self):
        booking = self.book()
        self.assertEqual(booking.state, "confirmed")
        self.assertEqual((booking.start, booking.stop), (at(9), at(10)))
        self.assertEqual(len(booking.line_ids), 2)
        self.assertEqual(self.used(self.ann, at(9, 45)), 1)
        self.assertEqual(self.used(self.ann, at(10)), 0)
        self.book()
        with self.assertRaises(CapacityTaken):
            self.book([*self.bay_need, {"kind": "tool"}])
        self.assertEqual(self.used(self.tools, at(9)), 0, "nothing of a booking that failed")

    def test_next_free(self):
        self.book()
        self.book()
        with self.assertRaises(CapacityTaken) as caught:
            self.book()
        self.assertEqual(caught.exception.next_free, [at(10), at(10, 30), at(11)])
        message = str(caught.exception)
        self.assertIn("taken meanwhile (Service Bay: 2 of 2 taken", message)
        self.assertIn("10:00", message)

    def test_nothing_free_at_all(self):
        self.close(at(0), at(0, day=30))
        with self.assertRaisesRegex(CapacityTaken, "Nothing is free in the seven days"):
            self.book()

    def test_not_on_the_raster(self):
        with self.assertRaisesRegex(CapacityTaken, "begin every 30 minutes"):
            self.book(start=at(9, 15))

    def test_release(self):
        booking = self.book()
        booking._release("test")
        self.assertEqual(booking.state, "released")
        self.assertIn("09:00", self.free())
        self.assert_ledger()
        self.settle()
        self.assertEqual(self.used(self.ann, at(9)), 0)
        booking._release("again")
        self.settle()
        self.assertEqual(booking.release_reason, "test")

    def test_given_back_is_taken_at_once(self):
        """Whoever comes next settles what was released; nobody waits for the drain."""
        first, second = self.book(), self.book()
        first._release()
        third = self.book()
        self.assertEqual(third.line_ids.resource_id, first.line_ids.resource_id)
        self.assertFalse(self.env["dealer.capacity.hold"].search([("expires_at", "<=", at(6))]))
        second._release()

    def test_held(self):
        booking = self.book(hold_minutes=10)
        self.assertEqual((booking.state, booking.expires_at), ("held", at(6, 10)))
        booking._confirm()
        self.assertEqual((booking.state, booking.expires_at), ("confirmed", False))

    def test_held_too_long(self):
        """What is not confirmed in time is free at once, and released by the drain."""
        booking = self.book(hold_minutes=10)
        self.book()
        self.assertNotIn("09:00", self.free())
        with freeze_time(at(6, 10)):
            self.assertIn("09:00", self.free())
            with self.assertRaisesRegex(UserError, "no longer held"):
                booking._confirm()
            self.settle()
        self.assertEqual(booking.state, "released")
        self.assertEqual(booking.release_reason, "Not confirmed in time")

    def test_held_too_long_gives_way_before_the_drain(self):
        booking = self.book(hold_minutes=10)
        self.book()
        with freeze_time(at(6, 10)):
            third = self.book()
        self.assertEqual(booking.state, "released")
        self.assertEqual(third.state, "confirmed")

    def test_hold_without_booking(self):
        """A process that died between hold and booking: given back when the time is over."""
        key, _picks = self.engine._hold(self.engine._need(self.need), at(9), self.store_a)
        self.assertTrue(key)
        self.book()
        with self.assertRaises(CapacityTaken):
            self.book()
        with freeze_time(at(6) + HOLD_TIME):
            self.assertIn("09:00", self.free())
            self.book()
        self.assert_ledger()

    def test_claimed_hold_stays(self):
        booking = self.book()
        with freeze_time(at(7)):
            self.settle()
            self.assertEqual(self.used(self.ann, at(9)), 1)
            self.assertFalse(self.env["dealer.capacity.hold"].search([]))
            self.settle()
            self.assertFalse(self.env["dealer.capacity.claim"].search([]))
        self.assertEqual(booking.state, "confirmed")

    def test_done_early(self):
        """What is left of the time is free for others."""
        booking = self.book([{"kind": "service_bay", "minutes": 120}])
        with freeze_time(at(10, 5)):
            booking._consume()
            self.settle()
        self.assertEqual(booking.state, "consumed")
        bay = booking.line_ids.resource_id
        self.assertEqual(self.used(bay, at(10)), 1)
        self.assertEqual(self.used(bay, at(10, 15)), 0)

    def test_fewer_units_than_taken(self):
        """Taking lifts away loses no booking; no more are booked."""
        need = [{"kind": "tool", "units": 1, "minutes": 60}]
        bookings = [self.book(need) for _turn in range(3)]
        self.tools.units = 2
        with self.assertRaises(CapacityTaken):
            self.book(need)
        self.settle()
        self.assertEqual([bool(booking.conflict) for booking in bookings], [False, False, True])
        self.assertIn("only 2 units", bookings[2].conflict)
        bookings[0]._release()
        self.tools.units = 3
        self.settle()

    # ------------------------------------------------------------------ moving

    def test_move(self):
        booking = self.book()
        booking.move(at(14))
        self.assertEqual((booking.start, booking.stop), (at(14), at(15)))
        self.settle()
        self.assertEqual(self.used(self.ann, at(9)), 0)
        self.assertEqual(self.used(self.ann, at(14)), 1)

    def test_move_over_itself(self):
        """What it has already it may keep, on a day when everything else is taken."""
        for start in (at(8, 30), at(9, 30)):
            self.book(start=start)
        mine = self.book(start=at(9, 30))
        before = mine.line_ids.resource_id
        mine.move(at(10))
        self.assertEqual(mine.line_ids.resource_id, before)
        self.assert_ledger()
        mine.move(at(9, 30))

    def test_move_refused(self):
        self.book(start=at(14))
        self.book(start=at(14))
        booking = self.book()
        with self.assertRaises(CapacityTaken):
            booking.move(at(14))
        self.assertEqual(booking.start, at(9))
        self.assertEqual(self.used(booking.line_ids[0].resource_id, at(9)), 1)

    def test_move_to_another_resource(self):
        booking = self.book(self.bay_need)
        self.assertEqual(booking.line_ids.resource_id, self.bay1)
        booking.move(at(9), booking.line_ids.id, self.bay2.id)
        self.assertEqual(booking.line_ids.resource_id, self.bay2)
        self.assertEqual(booking.resource_ids, self.bay2)
        self.settle()
        self.assertEqual(self.used(self.bay1, at(9)), 0)

    def test_move_to_who_cannot(self):
        booking = self.book([{"kind": "technician", "skill": "t_voltage"}])
        with self.assertRaisesRegex(UserError, "Ann does not have what is needed: Test Voltage"):
            booking.move(at(9), booking.line_ids.id, self.ann.id)
        with self.assertRaisesRegex(UserError, "Bay 1 is no Technician"):
            booking.move(at(9), booking.line_ids.id, self.bay1.id)
        other = self.book()
        with self.assertRaisesRegex(UserError, "another booking"):
            booking.move(at(9), other.line_ids[0].id, self.ann.id)

    def test_released_stays(self):
        booking = self.book()
        booking._release()
        with self.assertRaisesRegex(UserError, "held or confirmed"):
            booking.move(at(14))

    def test_swap_with_who_is_free(self):
        booking = self.book([{"kind": "technician", "skill": "t_brakes"}])
        booking.swap(booking.line_ids.id, self.bob.id)
        self.assertEqual(booking.line_ids.resource_id, self.bob)

    def test_swap_with_a_colleague(self):
        need = [{"kind": "technician", "skill": "t_brakes"}]
        one, other = self.book(need), self.book(need)
        self.assertEqual(one.line_ids.resource_id, self.ann)
        one.swap(one.line_ids.id, self.bob.id)
        self.assertEqual((one.resource_ids, other.resource_ids), (self.bob, self.ann))

    def test_swap_keeps_what_is_needed(self):
        """Bob does what only he can; Ann cannot take it over."""
        one = self.book([{"kind": "technician", "skill": "t_brakes"}])
        self.book([{"kind": "technician", "skill": "t_voltage"}])
        with self.assertRaisesRegex(UserError, "Ann does not have what is needed"):
            one.swap(one.line_ids.id, self.bob.id)

    def test_swap_needs_the_same_time(self):
        one = self.book([{"kind": "technician", "skill": "t_brakes"}])
        self.book([{"kind": "technician", "skill": "t_voltage", "minutes": 90}])
        with self.assertRaisesRegex(UserError, "begin and end at the same time"):
            one.swap(one.line_ids.id, self.bob.id)

    # ------------------------------------------------------------------ conflicts

    def test_closure_loses_no_booking(self):
        booking, other = self.book(), self.book(start=at(14))
        closure = self.close(at(9), at(10), booking.line_ids[0].resource_id)
        self.settle()
        self.assertEqual(booking.state, "confirmed")
        self.assertEqual(booking.conflict, "Bay 1 is closed or away")
        self.assertFalse(other.conflict)
        found = booking.search([("in_conflict", "=", True)])
        self.assertEqual(found, booking)
        closure.unlink()
        self.settle()
        self.assertFalse(booking.conflict)

    def test_conflict_that_is_kept(self):
        booking = self.book()
        self.close(at(9), at(10), self.bay1)
        self.settle()
        booking.action_keep()
        self.assertFalse(booking.in_conflict)
        self.assertFalse(booking.search([("in_conflict", "=", True)]))
        self.close(at(9), at(10), self.ann)
        self.settle()
        self.assertTrue(booking.in_conflict, "another one is to be looked at again")

    def test_conflict_solved_by_moving(self):
        booking = self.book()
        self.close(at(9), at(10), self.ann)
        self.close(at(9), at(10), self.bob)
        self.settle()
        booking.action_next_free()
        self.assertEqual(booking.start, at(10))
        self.assertFalse(booking.conflict)

    def test_changes_of_hours_and_skills(self):
        booking = self.book([{"kind": "technician", "skill": "t_brakes"}])
        self.ann.skill_ids = False
        self.settle()
        self.assertEqual(booking.conflict, "Ann no longer has: Test Brakes")
        self.ann.skill_ids = self.brakes
        self.settle()
        self.assertFalse(booking.conflict)
        self.store_a.calendar_id.attendance_ids.filtered(
            lambda line: line.day_period == "morning"
        ).hour_from = 10
        self.settle()
        self.assertEqual(booking.conflict, "Ann is closed or away")
        self.bay1.recheck_until = False
        self.store_a.calendar_id = self.store_a.calendar_id.copy()
        self.assertEqual(self.bay1.recheck_until, at(6, 15))
        self.ann.active = False
        self.settle()
        self.assertEqual(booking.conflict, "Ann is out of service")

    def test_booked_by_who_did_not_see_the_closure(self):
        """Changes are looked at for a while, so that nobody slips through."""
        self.close(at(9), at(10), self.bay1)
        self.settle()
        self.assertTrue(self.bay1.recheck_until)
        with freeze_time(at(7)):
            self.settle()
        self.assertFalse(self.bay1.recheck_until)

    def test_booked_resources_stay(self):
        self.book()
        with self.assertRaisesRegex(UserError, "archived, not deleted"):
            self.bay1.unlink()
        with self.assertRaisesRegex(UserError, "keeps its store and kind"):
            self.bay1.kind_id = self.tool_kind
        self.bay2.unlink()

    # ------------------------------------------------------------------ waiting list

    def wait(self, **values):
        return self.env["dealer.capacity.waiting"].create(
            {
                "unit_id": self.store_a.id,
                "job_id": self.job.id,
                "user_id": self.service_advisor.id,
                "date_from": at(9),
                "date_to": at(9, 15),
                **values,
            }
        )

    def test_offer(self):
        first, _second = self.book(), self.book()
        waiting, later = self.wait(), self.wait(sequence=20)
        self.settle()
        self.assertEqual(waiting.state, "waiting")
        first._release()
        self.settle()
        self.assertEqual((waiting.state, later.state), ("offered", "waiting"))
        self.assertEqual(waiting.offered_start, at(9))
        self.assertEqual(waiting.offered_until, at(6, 30))
        told = self.env["mail.message"].search(
            [("notified_partner_ids", "in", self.service_advisor.partner_id.ids)], limit=1
        )
        self.assertIn("2026-03-02 09:00", told.body)
        waiting.action_accept()
        self.assertEqual((waiting.state, waiting.booking_id.state), ("accepted", "confirmed"))

    def test_offer_lapses(self):
        """Then the next in line is asked."""
        first, _second = self.book(), self.book()
        waiting, later = self.wait(), self.wait(sequence=20)
        first._release()
        self.settle()
        with freeze_time(at(6, 30)):
            self.settle()
            self.settle()
        self.assertEqual((waiting.state, later.state), ("lapsed", "offered"))
        with self.assertRaisesRegex(UserError, "Nothing is offered"):
            waiting.action_accept()
        later.action_decline()
        self.assertEqual(later.state, "lapsed")
        waiting.action_wait_again()
        self.settle()
        self.assertEqual(waiting.state, "offered")
        waiting.action_end()
        self.assertEqual(waiting.state, "ended")
        self.assertIn("09:00", self.free())

    def test_waited_in_vain(self):
        waiting = self.wait()
        self.book()
        self.book()
        with freeze_time(at(10)):
            self.settle()
        self.assertEqual(waiting.state, "ended")
        with self.assertRaises(ValidationError):
            self.wait(date_to=at(9, day=80))

    # ------------------------------------------------------------------ the drain

    def test_cron(self):
        self.book(hold_minutes=5)
        cron = self.env.ref("dealer_capacity.ir_cron_capacity")
        with freeze_time(at(7)), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(
            self.env["dealer.capacity.booking"].search([]).mapped("state"), ["released"]
        )

    def test_batches(self):
        for hour in (9, 10, 11, 14):
            self.book(start=at(hour), hold_minutes=5)
        with freeze_time(at(7)):
            _done, left = self.env["dealer.capacity.booking"]._drain(limit=2)
            self.assertTrue(left)
            rounds = 0
            while self.env["dealer.capacity.booking"]._drain(limit=2)[1]:
                rounds += 1
                self.assertLess(rounds, 20)
        self.assertFalse(self.env["dealer.capacity.booking"].search([("state", "=", "held")]))
        self.assertFalse(self.env["dealer.capacity.hold"].search([]))

    def test_uninstalling_leaves_no_job(self):
        self.close(at(9), at(10))
        jobs = self.env["queue.job"].search([("identity_key", "like", "dealer.capacity.booking")])
        self.assertTrue(jobs)
        uninstall_hook(self.env)
        self.assertFalse(jobs.exists())

    def test_unit_of_time_is_sensible(self):
        for minutes in (0, 10, 300):
            with self.assertRaises(ValidationError):
                self.bay1.unit_minutes = minutes
        with self.assertRaises(ValidationError):
            self.ann.units = 2
        with self.assertRaises(ValidationError):
            self.bay_kind.break_minutes = 20
        with self.assertRaises(ValidationError):
            self.bay1.calendar_id = self.store_b.calendar_id
        with self.assertRaises(ValidationError):
            self.ann.user_id = self.consultant_b

    def test_lease_is_longer_than_a_request(self):
        self.assertGreaterEqual(HOLD_TIME, timedelta(seconds=600))
