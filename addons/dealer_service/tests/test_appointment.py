from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.dealer_capacity.models.dealer_capacity import CapacityTaken
from odoo.addons.dealer_capacity.tests.common import at

from .common_appointment import AppointmentCase


class TestAppointment(AppointmentCase):
    """Booked, moved, kept, missed: the appointment and its booking always say the same."""

    def test_book(self):
        row = self.make(items=self.minor | self.aircon)
        self.assertEqual(row.state, "booked")
        self.assertEqual((row.start, row.stop), (at(9), at(10, 30)))
        self.assertEqual(row.advisor_id, self.service_advisor)
        self.assertEqual((row.price_from, row.price_to), (500, 900))
        self.assertEqual(row.plate, self.owner.vehicle.plate)
        self.assertEqual(row.booking_id.res_id, row.id)
        self.assertEqual(row.booking_id.user_id, self.service_advisor)
        self.assertEqual(row.event_id.user_id, self.service_advisor)
        self.assertEqual(row.event_id.privacy, "private")
        self.assertNotIn(self.owner.name_canary, row.event_id.name)
        self.assertNotIn(self.owner.partner, row.event_id.partner_ids)
        self.assert_ledger()

    def test_what_is_taken_is_refused(self):
        self.make()
        with self.assertRaises(CapacityTaken):
            # One advisor receives one customer at a time.
            self.make(self.second)
        self.assertFalse(self.appointments.search([("partner_id", "=", self.second.partner.id)]))
        self.assert_ledger()

    def test_same_key_is_one_appointment(self):
        one = self.make(intake_key="k")
        self.assertEqual(self.make(intake_key="k", start=at(14)), one)
        self.assertEqual(one.start, at(9))

    def test_booking_says_what_is_done_in_ones_own_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.minor.with_context(lang="zh_CN").name = "小保养"
        booking = self.make().booking_id
        self.assertIn(self.minor.with_context(lang="en_US").name, booking.display_name)
        chinese = booking.with_context(lang="zh_CN").display_name
        self.assertEqual(chinese, f"小保养 · {self.owner.partner.name}")

    def test_same_car_twice(self):
        first = self.make()
        with self.assertRaises(UserError) as caught:
            self.make(start=at(9, 15))
        self.assertIn(first.name, str(caught.exception))
        self.assertIn("2026-03-02 09:00", str(caught.exception))
        with self.assertRaises(UserError) as caught:
            self.make(start=at(9, day=3))
        self.assertIn(first.name, str(caught.exception))
        # A week later it is another matter, and who is here may make the next appointment.
        self.make(start=at(9, day=7))
        first.action_arrive()
        self.make(start=at(15, day=14))

    def test_bad_wishes(self):
        with self.assertRaisesRegex(UserError, "at least one service"):
            self.appointments._make(
                self.owner.partner, self.owner.vehicle, self.store_a, self.minor.browse(), at(9)
            )
        with self.assertRaisesRegex(UserError, "past"):
            self.make(start=at(9, day=-3))
        with self.assertRaisesRegex(UserError, "30 days"):
            self.make(start=at(9, day=36))
        with self.assertRaisesRegex(UserError, "another owner"):
            self.appointments._make(
                self.second.partner, self.owner.vehicle, self.store_a, self.minor, at(9)
            )

    def test_move(self):
        row = self.make()
        row._move_to(at(14))
        self.assertEqual((row.start, row.booking_id.start), (at(14), at(14)))
        self.assertEqual(row.event_id.start, at(14))
        self.settle()
        self.assert_ledger()

    def test_moved_on_the_board(self):
        row = self.make()
        row.booking_id.with_user(self.service_advisor).move(at(10))
        self.assertEqual((row.start, row.stop), (at(10), at(11)))
        self.assertEqual(row.event_id.start, at(10))

    def test_released_on_the_board(self):
        row = self.make()
        row.booking_id.with_user(self.service_advisor).action_release("Bay broken")
        self.assertEqual((row.state, row.cancelled_by), ("cancelled", "store"))
        self.assertEqual(row.cancel_reason, "Bay broken")
        self.assertFalse(row.event_id)

    def test_swapped_on_the_board(self):
        other = self.make_person("t_advisor_two", "service_advisor", self.store_a)
        self.make_resource("Two", self.advisor_kind, unit_minutes=15, user_id=other.id)
        row = self.make()
        line = row.booking_id.line_ids.filtered(lambda line: line.kind_id == self.advisor_kind)
        resources = self.env["dealer.capacity.resource"].search(
            [("kind_id", "=", self.advisor_kind.id), ("unit_id", "=", self.store_a.id)]
        )
        row.booking_id.with_user(self.service_manager).swap(
            line.id, (resources - line.resource_id).id
        )
        self.assertEqual(row.advisor_id, row.booking_id.user_id)
        self.assertEqual(row.event_id.user_id, row.advisor_id)
        self.assertEqual(row._booked_advisor(), row.advisor_id)

    def test_closure_never_loses_it(self):
        row = self.make()
        self.close(at(8), at(12))
        self.settle()
        self.assertEqual(row.state, "booked")
        self.assertTrue(row.conflict)
        found = self.env["dealer.capacity.booking"].search([("in_conflict", "=", True)])
        self.assertIn(row.booking_id, found)

    def test_hold_runs_out(self):
        row = self.make(hold_minutes=10)
        self.assertEqual(row.state, "hold")
        self.assertFalse(row.event_id)
        with freeze_time(at(6) + timedelta(minutes=11)):
            self.settle()
            self.assertEqual((row.state, row.cancelled_by), ("cancelled", "system"))
            # Whoever was faster has it.
            self.make(self.second)

    def test_hold_given_up_by_a_rival(self):
        row = self.make(hold_minutes=10)
        with freeze_time(at(6) + timedelta(minutes=11)):
            self.make(self.second)
            self.appointments._lapse()
            self.assertEqual(row.state, "cancelled")

    def test_course(self):
        row = self.make()
        mine = row.with_user(self.service_advisor)
        mine.action_confirm()
        with self.assertRaisesRegex(UserError, "Confirmed"):
            mine.action_confirm()
        with freeze_time(at(8, 55)):
            row.with_user(self.reception).action_arrive()
        self.assertEqual(row.arrived_at, at(8, 55))
        with freeze_time(at(9, 40)):
            mine.action_done()
        self.assertEqual(row.state, "done")
        self.assertEqual(row.booking_id.state, "consumed")
        for action in (mine.action_arrive, mine.action_move, mine.action_done):
            with self.assertRaises(UserError):
                action()

    def test_arrival_of_another_day(self):
        row = self.make(start=at(9, day=2))
        with self.assertRaisesRegex(UserError, "Move it to now"):
            row.with_user(self.reception).action_arrive()

    def test_no_show(self):
        row = self.make()
        with freeze_time(at(9, 10)):
            self.assertFalse(row.late)
            self.assertNotIn(row, self.appointments.search([("late", "=", True)]))
        with freeze_time(at(9, 20)):
            row.invalidate_recordset(["late"])
            self.assertTrue(row.late)
            self.assertIn(row, self.appointments.search([("late", "=", True)]))
            self.assertNotIn(row, self.appointments.search([("late", "=", False)]))
            self.assertEqual(self.appointments._miss(), 0)
        with freeze_time(at(10, 1)):
            self.assertEqual(self.appointments._miss(), 1)
            self.assertEqual(self.appointments._miss(), 0)
        self.assertEqual(row.state, "no_show")
        self.assertEqual(row.booking_id.state, "released")
        self.assertEqual(row.activity_ids.user_id, self.service_advisor)
        self.assertEqual(self.owner.partner.dealer_no_show_count, 1)
        # It blocks nothing: the customer comes after all, or books anew.
        with freeze_time(at(11)):
            self.make(start=at(14))
            row.with_user(self.reception).action_arrive()
        self.assertEqual(row.state, "arrived")
        row.invalidate_recordset()
        self.assertFalse(row.activity_ids)

    def test_cancel(self):
        row = self.make()
        wizard = (
            self.env["dealer.appointment.cancel"]
            .with_user(self.service_advisor)
            .create({"appointment_ids": row.ids, "reason": "Travels"})
        )
        wizard.action_cancel()
        self.assertEqual((row.state, row.cancelled_by), ("cancelled", "customer"))
        self.assertEqual(row.booking_id.state, "released")
        self.assertFalse(row.event_id)
        with self.assertRaises(UserError):
            wizard.action_cancel()

    def test_timeline(self):
        row = self.make()
        row._cancel("customer", "Trip")
        partner = self.owner.partner.with_user(self.service_advisor)
        self.assertEqual(partner.dealer_appointment_count, 1)
        action = partner.action_dealer_appointments()
        self.assertEqual(self.appointments.search(action["domain"]), row)
        rows = (
            self.env["dealer.timeline"]
            .with_user(self.service_advisor)
            .search([("relation_id", "=", row.relation_id.id), ("kind", "=", "appointment")])
        )
        self.assertEqual(sorted(rows.mapped("state")), ["booked", "cancelled"])
        # Whose post reads no appointments sees none of them there, either.
        self.assertFalse(rows.with_user(self.sales_director).search([("id", "in", rows.ids)]))

    def test_list_costs_the_same_for_many(self):
        lists = self.appointments.with_user(self.service_advisor)
        names = ["plate", "services", "store_time", "late", "owner_changed", "conflict"]
        names += ["partner_name", "phone_masked", "no_show_count", "may_change"]
        self.make()
        counts = []
        # What is asked once for all is warm after the first reading.
        lists.search([]).read(names)
        for customers in ((), (self.second, self.third)):
            for number, customer in enumerate(customers):
                self.make(customer, at(10 + 4 * number))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            lists.search([]).read(names)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_new_owner(self):
        row = self.make()
        self.assertFalse(row.owner_changed)
        self.owner.vehicle._set_owner(self.second.partner)
        row.invalidate_recordset()
        self.assertTrue(row.owner_changed)
        # What was booked stays the old owner's, and is found at the door.
        self.assertEqual(row.partner_id, self.owner.partner)
        with freeze_time(at(9)):
            row.with_user(self.reception).action_arrive()

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_doors(self):
        row = self.make()
        mine = row.with_user(self.service_advisor)
        for values in (
            {"state": "done"},
            {"start": at(15)},
            {"partner_id": self.second.partner.id},
        ):
            with self.assertRaises(UserError):
                mine.write(values)
        with self.assertRaises(UserError):
            mine.create({"partner_id": self.owner.partner.id})
        with self.assertRaises(UserError):
            row.event_id.with_user(self.service_advisor).start = at(15)
        with self.assertRaises(AccessError):
            mine.unlink()
        mine.note = "Noise when braking"
        self.assertEqual(row.note, "Noise when braking")


class TestHeat(AppointmentCase):
    def test_heat_and_price(self):
        self.env["dealer.service.offpeak"].create(
            {"name": "Quiet", "hour_from": 9, "hour_to": 11, "most_heat": 0, "percent": 20}
        )
        self.book(self.bay_need, at(10))
        rows = {
            row["start"]: row
            for row in self.appointments._times(self.store_a, self.minor, at(9), at(12))
        }
        self.assertEqual(rows[at(9)]["heat"], 0)
        # One of two bays is taken for half of the hour, for all of it.
        self.assertEqual(rows[at(9, 30)]["heat"], 25)
        self.assertEqual(rows[at(10)]["heat"], 50)
        self.assertEqual((rows[at(9)]["price_from"], rows[at(9)]["discount"]), (320, 20))
        self.assertEqual((rows[at(10)]["price_from"], rows[at(10)]["discount"]), (400, 0))
        row = self.make(start=at(9))
        self.assertEqual((row.price_from, row.price_to, row.discount), (320, 560, 20))

    def test_queries(self):
        self.appointments._times(self.store_a, self.minor, at(9), at(17))
        self.env.invalidate_all()
        with self.assertQueryCount(13):
            self.appointments._times(self.store_a, self.minor, at(9), at(17, day=6))


class TestDesk(AppointmentCase):
    """The advisor books for the customer by plate or number, by the same rules."""

    def test_by_plate(self):
        wizard = self.book_wizard(lookup=self.owner.vehicle.plate[-4:], item_ids=self.minor.ids)
        self.assertEqual(wizard.vehicle_id, self.owner.vehicle)
        self.assertEqual(wizard.partner_id, self.owner.partner)
        row = self.take(wizard, at(9))
        self.assertEqual((row.state, row.origin), ("booked", "advisor"))
        self.assertEqual(row.partner_id, self.owner.partner)

    def test_by_number(self):
        wizard = self.book_wizard(lookup=self.owner.partner.phone)
        self.assertEqual(wizard.vehicle_id, self.owner.vehicle)
        self.assertFalse(wizard.slot_ids)

    def test_moved_by_the_store_is_to_be_confirmed_again(self):
        row = self.make(state="confirmed")
        action = row.with_user(self.service_advisor).action_move()
        wizard = (
            self.env["dealer.appointment.book"]
            .with_user(self.service_advisor)
            .browse(action["res_id"])
        )
        self.take(wizard, at(14))
        self.assertEqual((row.state, row.start), ("booked", at(14)))

    def test_waiting_list(self):
        self.close(at(8), at(17, 30, day=20))
        wizard = self.book_wizard(
            vehicle_id=self.owner.vehicle.id, item_ids=(self.minor | self.aircon).ids, note="Brakes"
        )
        self.assertFalse(wizard.free_count)
        row = self.env["dealer.capacity.waiting"].browse(wizard.action_wait()["res_id"])
        with self.assertRaisesRegex(UserError, "already"):
            wizard.action_wait()
        self.settle()
        self.assertEqual(row.state, "waiting")
        self.env["dealer.capacity.exception"].search([]).unlink()
        self.settle()
        self.assertEqual(row.state, "offered")
        # All that was chosen is held, not the longest of it.
        self.assertEqual(row.booking_id.stop - row.booking_id.start, timedelta(minutes=90))
        row.with_user(self.service_advisor).action_accept()
        made = self.appointments.search([("booking_id", "=", row.booking_id.id)])
        self.assertEqual((made.state, made.origin, made.note), ("confirmed", "waiting", "Brakes"))
        self.assertEqual(made.item_ids, self.minor | self.aircon)
        self.assertEqual(made.booking_id.res_id, made.id)

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_who_may(self):
        wizard = self.book_wizard(vehicle_id=self.owner.vehicle.id, item_ids=self.minor.ids)
        wizard.unit_id = self.store_b
        with self.assertRaises(AccessError):
            wizard._take(at(9))
        stranger = self.make_customer("There", self.store_b)
        with self.assertRaises(AccessError):
            self.book_wizard(
                vehicle_id=stranger.vehicle.id,
                partner_id=stranger.partner.id,
                item_ids=self.minor.ids,
            )._take(at(9))
        with self.assertRaises(AccessError):
            self.book_wizard(user=self.reception)
