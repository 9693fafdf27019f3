import base64
import hashlib
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time
from odoo.tools import mute_logger

from .common_drive import SIGNATURE, DriveCase
from .common_order import QUIET


@freeze_time("2026-03-03 02:20:00")  # a Tuesday, 10:20 in the stores
class TestDrive(DriveCase):
    """Booking and the course of a drive, and what follows from it."""

    # ------------------------------------------------------------------ booking

    def test_car_and_companion_or_nothing(self):
        drive = self.make_drive()
        booking = drive.sudo().booking_id
        self.assertEqual(booking.resource_ids, self.car | self.companions[self.sales_consultant])
        self.assertEqual((booking.res_model, booking.res_id), (drive._name, drive.id))
        self.assertEqual(booking.state, "confirmed")
        count = self.env["dealer.capacity.booking"].search_count([])
        with self.assertRaisesRegex(UserError, "Test Drive Car.*taken.*Next free"):
            self.make_drive(self.mate)
        # The companion is away, the car is free: nothing is booked.
        with self.assertRaisesRegex(UserError, "Salesperson.*taken"):
            self.make_drive(car_id=self.manual.id, user_id=self.sales_consultant.id)
        self.assertEqual(self.env["dealer.capacity.booking"].search_count([]), count)
        other = self.make_drive(self.mate, car_id=self.manual.id)
        self.assertEqual(other.user_id, self.teammate)

    def test_closure_says_why_and_what_is_free(self):
        start = self.soon()
        self.env["dealer.capacity.exception"].create(
            {
                "type": "closed",
                "unit_id": self.store_a.id,
                "resource_id": self.car.id,
                "start": start,
                "stop": start + timedelta(hours=1),
                "reason": "保养",
            }
        )
        with self.assertRaisesRegex(UserError, "closed or away.*Next free") as caught:
            self.make_drive()
        self.assertEqual(caught.exception.next_free[0], start + timedelta(hours=1))

    def test_meeting_of_the_companion(self):
        drive = self.make_drive(lead_id=self.lead.id)
        event = drive.sudo().event_id
        self.assertEqual(event.user_id, self.sales_consultant)
        self.assertEqual((event.start, event.stop), (drive.start, drive.stop))
        self.assertIn(self.sales_consultant.partner_id, event.partner_ids)
        self.assertFalse(self.env["mail.mail"].search([("model", "=", "calendar.event")]))
        meetings = self.env["calendar.event"]
        for user, sees in ((self.sales_consultant, True), (self.teammate, False)):
            found = meetings.with_user(user).search([("id", "=", event.id)])
            self.assertEqual(bool(found), sees, user.login)
        with self.assertRaisesRegex(UserError, "is a test drive"):
            event.with_user(self.sales_consultant).write({"start": self.soon(5)})
        with self.assertRaisesRegex(UserError, "is a test drive"):
            event.with_user(self.sales_consultant).unlink()
        drive.start = self.soon(3)
        self.assertEqual(event.start, self.soon(3))
        drive._cancel("没时间")
        self.assertFalse(event.active)

    def test_moving_moves_the_booking(self):
        drive = self.make_drive()
        drive.write({"start": self.soon(2), "car_id": self.manual.id, "minutes": 90})
        booking = drive.sudo().booking_id
        self.assertEqual(
            (booking.start, drive.stop), (self.soon(2), self.soon(2) + timedelta(minutes=90))
        )
        self.assertIn(self.manual, booking.resource_ids)
        self.assertTrue(self.is_free(self.car, self.soon()))
        self.assertFalse(self.is_free(self.manual, self.soon(2)))
        # What is taken stays taken for the others, and the drive where it was.
        self.make_drive(self.mate, start=self.soon(6))
        with self.assertRaisesRegex(UserError, "taken"):
            drive.write({"start": self.soon(6), "car_id": self.car.id})
        self.assertEqual(drive.start, self.soon(2))

    def is_free(self, car, start):
        rows = self.engine._availability(
            [{"kind": "demo_car", "resource_id": car.id, "minutes": 60}],
            start,
            start + timedelta(minutes=15),
            self.store_a.id,
        )
        return rows[0]["free"]

    def test_board_moves_the_drive(self):
        drive = self.make_drive()
        booking = drive.sudo().booking_id
        line = booking.line_ids.filtered(lambda line: line.resource_id == self.car)
        manager = self.env["dealer.capacity"].with_user(self.sales_manager)
        manager.board_move(booking.id, line.id, self.manual.id, "2026-03-03", 15 * 60)
        self.assertEqual(drive.car_id, self.manual)
        self.assertEqual(drive.start, fields.Datetime.to_datetime("2026-03-03 07:00:00"))
        self.assertEqual(drive.sudo().event_id.start, drive.start)

    def test_companion_is_swapped(self):
        drive = self.make_drive()
        booking = drive.sudo().booking_id
        line = booking.line_ids.filtered(lambda line: line.kind_id.code == "salesperson")
        booking.with_user(self.sales_manager).swap(line.id, self.companions[self.teammate].id)
        self.assertEqual(drive.sudo().user_id, self.teammate)
        self.assertEqual(booking.user_id, self.teammate)
        self.assertEqual(drive.sudo().event_id.user_id, self.teammate)

    def test_released_booking_ends_the_drive(self):
        drive = self.make_drive()
        drive.sudo().booking_id.with_user(self.sales_manager).action_release("车辆召回")
        self.assertEqual((drive.state, drive.cancel_reason), ("cancelled", "车辆召回"))
        signed = self.make_signed(start=self.soon(4))
        with self.assertRaisesRegex(UserError, "is signed for this car"):
            signed.sudo().booking_id.with_user(self.sales_manager).action_release()

    def test_not_in_the_past(self):
        with self.assertRaisesRegex(UserError, "time is over"):
            self.make_drive(start=self.soon(-3))

    def test_without_resource(self):
        self.companions[self.sales_consultant].active = False
        with self.assertRaisesRegex(UserError, "Add the Salespeople"):
            self.make_drive()
        self.companions[self.sales_consultant].unlink()
        resources = self.env["dealer.capacity.resource"].with_user(self.sales_manager)
        resources.with_company(self.store_a.company_id).action_add_salespeople()
        self.assertTrue(self.make_drive())
        with self.assertRaises(AccessError):
            resources.with_user(self.sales_consultant).with_company(
                self.store_a.company_id
            ).action_add_salespeople()

    # ------------------------------------------------------------------ the wizard

    def test_times_of_the_day(self):
        self.make_drive(self.mate)
        action = self.lead.with_user(self.sales_consultant).action_dealer_book_drive()
        book = self.env["dealer.test.drive.book"].with_user(self.sales_consultant)
        book = book.browse(action["res_id"])
        self.assertEqual(book.car_id, self.car, "the series of the lead")
        self.assertEqual(book.companion_id, self.companions[self.sales_consultant])
        taken = book.slot_ids.filtered(lambda slot: slot.start == self.soon())
        self.assertFalse(taken.free)
        with self.assertRaisesRegex(UserError, "is not free"):
            taken.action_take()
        slot = book.slot_ids.filtered("free")[0]
        drive = self.drives.browse(slot.action_take()["res_id"])
        self.assertEqual((drive.lead_id, drive.start), (self.lead, slot.start))
        self.assertEqual(self.lead.with_user(self.sales_consultant).dealer_drive_count, 1)
        # Moved by the same wizard; its own time is free for it.
        again = book.browse(drive.with_user(self.sales_consultant).action_new_time()["res_id"])
        self.assertTrue(again.slot_ids.filtered(lambda row: row.start == drive.start).free)
        later = again.slot_ids.filtered("free")[-1]
        later.action_take()
        self.assertEqual(drive.start, later.start)

    def test_form_of_a_new_drive(self):
        with Form(
            self.drives.with_user(self.sales_consultant).with_company(self.store_a.company_id)
        ) as form:
            form.partner_id = self.buyer.partner
            self.assertEqual(form.lead_id, self.lead)
            form.car_id = self.car
            form.start = self.soon(2)
        self.assertEqual(form.record.user_id, self.sales_consultant)

    # ------------------------------------------------------------------ held, then lost

    def test_held_until_confirmed(self):
        drive = self.make_drive(hold_minutes=30)
        self.assertTrue(drive.held_until)
        self.assertFalse(drive.slot_lost)
        drive.action_confirm()
        self.assertEqual(drive.sudo().booking_id.state, "confirmed")

    def test_hold_expired_while_signing(self):
        drive = self.check(self.make_drive(hold_minutes=15))
        with freeze_time("2026-03-03 02:40:00"):
            drive.invalidate_recordset()
            self.assertTrue(drive.slot_lost)
            with self.assertRaisesRegex(UserError, "no longer held.*Next free"):
                self.sign(drive)
            self.assertFalse(drive.signed_at or drive.attachment_id)
            self.env["dealer.capacity.booking"]._drain()
            self.assertEqual(drive.state, "checked")
            self.make_drive(self.mate)
            with self.assertRaisesRegex(UserError, "taken"):
                drive.write({"start": drive.start, "minutes": 45})
            drive.start = self.soon(4)
            self.assertFalse(drive.slot_lost)
            self.assertEqual(drive.sudo().booking_id.state, "confirmed")
            self.sign(drive)
        self.assertEqual(drive.state, "signed")

    # ------------------------------------------------------------------ the licence

    def test_licence(self):
        drive = self.make_drive()
        day = drive._today()
        for values, words in (
            ({"number": "123"}, "no number of a licence"),
            ({"number": self.number[:-1] + ("1" if self.number[-1] != "1" else "2")}, "no number"),
            ({"code": "C3"}, "does not allow"),
            ({"code": "D"}, "does not allow"),
            ({"code": False}, "does not allow"),
            ({"until": day - timedelta(days=1)}, "not valid on the day"),
            ({"until": None}, "not valid on the day"),
            ({"first_on": None}, "first issued"),
            ({"first_on": day + timedelta(days=1)}, "after the drive"),
        ):
            with self.subTest(**values), self.assertRaisesRegex(UserError, words):
                self.check(drive, **values)
        self.assertEqual(drive.state, "booked")
        self.check(drive, until=day)
        self.assertEqual(
            (drive.state, drive.licence_checked_by_id), ("checked", self.sales_consultant)
        )
        self.check(drive, until=None, long_term=True, code="C2")

    def test_last_day_is_that_of_the_store(self):
        # 0:30 on the 5th in the store is the 4th of UTC.
        drive = self.make_drive(start="2026-03-04 16:30:00")
        with self.assertRaisesRegex(UserError, "not valid on the day"):
            self.check(drive, until=fields.Date.to_date("2026-03-04"))
        self.check(drive, until=fields.Date.to_date("2026-03-05"))

    def test_automatic_only(self):
        drive = self.make_drive(car_id=self.manual.id)
        with self.assertRaisesRegex(UserError, "automatic cars only"):
            self.check(drive, code="C2")
        self.assertFalse(self.manual.car_automatic)
        # The car is changed after the check: nobody starts on it.
        drive = self.check(self.make_drive(start=self.soon(3)), code="C2")
        drive.car_id = self.manual
        with self.assertRaisesRegex(UserError, "automatic cars only"):
            self.sign(drive)

    def test_learner(self):
        drive = self.make_drive(route_id=self.motorway.id)
        recent = drive._today() - timedelta(days=200)
        with self.assertRaisesRegex(UserError, "In the first year"):
            self.check(drive, first_on=recent)
        self.check(drive, first_on=recent, senior=True)
        self.assertTrue(drive.is_learner)
        other = self.check(self.make_drive(start=self.soon(3)), first_on=recent)
        other.route_id = self.motorway
        with self.assertRaisesRegex(UserError, "In the first year"):
            self.sign(other)

    def test_number_is_masked_and_erased(self):
        drive = self.make_returned()
        self.assertEqual(drive.licence_masked, f"{self.number[:4]}**********{self.number[-4:]}")
        with self.assertRaises(AccessError):
            drive.read(["licence_number"])
        with self.assertRaises(AccessError):
            drive.search([("licence_number", "=", self.number)])
        self.assertEqual(drive.with_user(self.sales_manager).licence_number, self.number)
        self.assertNotIn(self.number, drive.agreement)
        self.drives._gc_licences()
        self.assertTrue(drive.sudo().licence_number)
        with freeze_time("2026-04-10 02:00:00"):
            self.drives._gc_licences()
        self.assertFalse(drive.sudo().licence_number)
        self.assertTrue(drive.licence_masked)
        cancelled = self.check(self.make_drive(start=self.soon(5)))
        cancelled._cancel("改期")
        self.assertFalse(cancelled.sudo().licence_number)

    # ------------------------------------------------------------------ signing

    def test_agreement_stays(self):
        drive = self.make_signed()
        for words in (self.buyer.partner.name, self.car.car_plate, "City Route", "速腾"):
            self.assertIn(words, drive.agreement)
        file = drive.sudo().attachment_id
        self.assertEqual(drive.attachment_sha256, hashlib.sha256(file.raw).hexdigest())
        self.assertIn(SIGNATURE.decode()[:40], file.raw.decode())
        for user in (self.sales_consultant, self.system, self.env.user):
            for values in ({"raw": b"x"}, {"name": "x"}, {"res_id": 0}):
                error = self.attempt(
                    lambda user=user, values=values: file.with_user(user).write(values)
                )
                self.assertIsInstance(error, UserError, user.login)
            error = self.attempt(lambda user=user: file.with_user(user).unlink())
            self.assertIsInstance(error, UserError, user.login)
        template = self.env.ref("dealer_leads.test_drive_template")
        before = drive.agreement
        template.body = "Other words for {customer}"
        self.assertEqual(drive.agreement, before)
        for values in (
            {"start": self.soon(4)},
            {"car_id": self.manual.id},
            {"route_id": self.motorway.id},
            {"user_id": self.teammate.id},
            {"agreement": "x"},
        ):
            with self.assertRaises(UserError):
                drive.write(values)

    def test_nothing_to_sign_without(self):
        drive = self.make_drive()
        with self.assertRaisesRegex(UserError, "Check the licence first"):
            self.sign(drive)
        self.check(drive)
        for arguments in ((SIGNATURE, "王", False), (False, "王", True), (SIGNATURE, " ", True)):
            with self.assertRaises(UserError):
                drive._sign(*arguments)
        with self.assertRaisesRegex(UserError, "no picture"):
            drive._sign("<script>", "王", True)
        self.assertEqual(drive.state, "checked")

    def test_template(self):
        templates = self.env["dealer.test.drive.template"]
        with self.assertRaisesRegex(ValidationError, "what is not known: {price}"):
            templates.create({"name": "x", "body": "{price}"})
        own = templates.create(
            {"name": "Own", "body": "Own {car} {customer}", "unit_id": self.store_a.id}
        )
        self.assertEqual(templates._of_store(self.store_a), own)
        self.assertNotEqual(templates._of_store(self.store_b), own)
        self.assertIn("Own 测试牌 速腾", self.make_drive()._agreement_text())

    # ------------------------------------------------------------------ out and back

    def test_out_and_back(self):
        drive = self.make_signed(lead_id=self.lead.id)
        with self.assertRaisesRegex(UserError, "mileage that the clock shows"):
            drive._start_drive(0)
        drive._start_drive(1200, 80)
        self.assertEqual(drive.state, "driving")
        with self.assertRaisesRegex(UserError, "cannot come back with less"):
            drive._return_car(1199)
        with self.assertRaisesRegex(UserError, "would be 900 km"):
            drive._return_car(2100)
        self.assertEqual(drive.state, "driving")
        drive._return_car(2100, 70, sure=True)
        self.assertEqual((drive.state, drive.driven), ("returned", 900))
        self.assertEqual(drive.sudo().booking_id.state, "consumed")
        self.assertEqual(self.car.fleet_vehicle_id.odometer, 2100)
        contact = drive.sudo().interaction_id
        self.assertEqual(contact.user_id, self.sales_consultant)
        self.assertEqual(contact.partner_id, self.buyer.partner)
        self.assertIn("速腾", contact.summary)

    def test_only_today(self):
        drive = self.make_signed(start=self.soon(days=1))
        with self.assertRaisesRegex(UserError, "not for today"):
            drive._start_drive(1000)

    def test_visit_knows(self):
        visit = self.env["dealer.visit"].create(
            {
                "unit_id": self.store_a.id,
                "relation_id": self.buyer.relation.id,
                "consultant_id": self.sales_consultant.id,
                "purpose": "drive",
            }
        )
        drive = self.make_returned()
        self.assertEqual(drive.visit_id, visit)
        self.assertTrue(visit.drove)
        self.assertEqual(visit.with_user(self.sales_consultant).dealer_drive_count, 1)
        action = visit.with_user(self.sales_consultant).action_dealer_book_drive()
        self.assertEqual(action["res_model"], "dealer.test.drive.book")

    def test_no_show(self):
        drive = self.make_drive()
        with self.assertRaisesRegex(UserError, "has not begun"):
            drive.action_no_show()
        with freeze_time("2026-03-03 04:00:00"):
            drive.invalidate_recordset()
            self.assertIn(drive, self.drives.search([("is_late", "=", True)]))
            drive.action_no_show()
        self.assertEqual(drive.state, "no_show")
        self.assertEqual(drive.sudo().booking_id.state, "released")

    def test_feedback(self):
        drive = self.make_signed(lead_id=self.lead.id)
        with self.assertRaisesRegex(UserError, "Feedback is written once"):
            drive.would_buy = "yes"
        with self.assertRaisesRegex(UserError, "Feedback is written once"):
            drive.insight_picks = {str(self.env.ref("dealer_leads.insight_topic_need_space").id): 4}
        drive._start_drive(1000, 80)
        drive._return_car(1010, 75)
        drive.write({"needs": "空间", "objections": "硬", "score": "4", "would_buy": "yes"})
        space = self.env.ref("dealer_leads.insight_topic_need_space")
        drive.insight_picks = {str(space.id): 4}
        row = self.env["dealer.insight"].search([("lead_id", "=", drive.lead_id.id)])
        self.assertEqual((row.topic_id, row.strength, row.source), (space, 4, "drive"))
        self.assertEqual((row.res_model, row.res_id), (drive._name, drive.id))
        for url in ("javascript:alert(1)", "ftp://x.example/f", "http://", "film"):
            error = self.attempt(lambda url=url: drive.write({"film_url": url}))
            self.assertIsInstance(error, ValidationError, url)
            self.assertIn("https://", str(error))
        with self.assertRaisesRegex(UserError, "address of the film"):
            drive.action_film_sent()
        drive.film_url = "https://film.example/1"
        self.assertIn("https://film.example/1", drive.film_message)
        drive.action_film_sent()
        mail = self.env["mail.mail"].search([("email_to", "=", self.buyer.partner.email)])
        self.assertIn("https://film.example/1", mail.body_html)
        self.assertTrue(drive.film_sent_at)

    def test_steps(self):
        """The dialogs do what their buttons say and keep nothing secret."""
        drive = self.make_drive()
        steps = self.env["dealer.test.drive.step"].with_user(self.sales_consultant)
        day = drive._today()

        def go(step, **values):
            known = steps.with_context(default_drive_id=drive.id, default_step=step)
            wizard = known.create(
                {**known.default_get(["drive_id", "step", "signed_name", "mileage"]), **values}
            )
            wizard.action_do()
            return wizard

        wizard = go(
            "licence",
            licence_number=self.number,
            licence_until=day,
            licence_first_on=day - timedelta(days=999),
        )
        self.assertFalse(wizard.licence_number)
        wizard = go("sign", agreed=True, signature=SIGNATURE)
        self.assertFalse(wizard.signature)
        self.assertEqual(drive.signed_name, self.buyer.partner.name)
        go("out", mileage=500)
        go("in", mileage=509)
        self.assertEqual(drive.state, "returned")
        other = self.make_drive(start=self.soon(5))
        drive = other
        go("cancel", reason="客户没空")
        self.assertEqual(other.state, "cancelled")

    # ------------------------------------------------------------------ around

    def test_timeline(self):
        drive = self.make_drive()
        drive._cancel("没时间")
        timeline = self.env["dealer.timeline"].with_user(self.sales_consultant)
        rows = timeline.search(
            [("relation_id", "=", self.buyer.relation.id), ("kind", "=", "drive")]
        )
        self.assertEqual(len(rows), 2)
        self.assertTrue(any("没时间" in (row.text or "") for row in rows))
        self.assertFalse(
            timeline.with_user(self.teammate).search(
                [("relation_id", "=", self.buyer.relation.id), ("kind", "=", "drive")]
            )
        )

    def test_figures(self):
        drive = self.make_returned()
        late = self.make_drive(self.mate, start=self.soon(3))
        with freeze_time("2026-03-03 08:00:00"):
            late.action_no_show()
        order = self.make_order()
        order.action_order()
        report = self.env["dealer.test.drive.report"].with_user(self.sales_manager)
        rows = {
            user: figures
            for user, *figures in report._read_group(
                [("unit_id", "=", self.store_a.id)],
                ["user_id"],
                ["drives:sum", "no_shows:sum", "orders:sum", "rate_order:avg", "rate_no_show:avg"],
            )
        }
        self.assertEqual(rows[self.sales_consultant], [1, 0, 1, 1.0, 0.0])
        self.assertEqual(rows[self.teammate], [0, 1, 0, 0.0, 1.0])
        mine = report.with_user(self.sales_consultant).search([])
        self.assertEqual(mine.ids, drive.ids)

    def test_list_does_not_grow(self):
        drives = self.make_drive()
        action = {"specification": {}}
        arch = self.drives.get_view(view_type="list")
        names = [name for name in arch["models"]["dealer.test.drive"] if name != "activity_ids"]
        for name in names:
            action["specification"][name] = (
                {"fields": {"display_name": {}}} if self.drives._fields[name].relational else {}
            )
        mine = self.drives.with_user(self.sales_consultant).with_company(self.store_a.company_id)

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            mine.web_search_read([], action["specification"])
            return self.env.cr.sql_log_count - before

        count()
        one = count()
        for hours in (3, 5, 7):
            drives |= self.make_drive(start=self.soon(hours))
        self.assertEqual(count(), one)

    def test_merged_leads_keep_drives(self):
        drive = self.make_drive(lead_id=self.lead.id)
        other = self.make_lead(self.buyer)
        (other | self.lead).merge_opportunity()
        self.assertTrue(drive.lead_id.exists())

    @mute_logger(*QUIET)
    def test_cars_of_the_fleet(self):
        vehicle = self.car.fleet_vehicle_id
        for user, reads in (
            (self.sales_manager, True),
            (self.sales_consultant, False),
            (self.service_manager, False),
        ):
            self.assertEqual(vehicle.with_user(user).has_access("read"), reads, user.login)
        self.assertFalse(
            self.car_b.fleet_vehicle_id.with_user(self.sales_manager).has_access("read")
        )
        self.assertEqual(self.car.with_user(self.sales_consultant).car_plate, vehicle.license_plate)
        fresh = (
            self.env["fleet.vehicle"]
            .with_user(self.sales_manager)
            .with_company(self.store_a.company_id)
            .create(
                {
                    "model_id": vehicle.model_id.id,
                    "license_plate": self.next_plate(),
                    "transmission": "automatic",
                    "dealer_unit_id": self.store_a.id,
                }
            )
        )
        error = self.attempt(
            lambda: self.car.copy({"fleet_vehicle_id": fresh.id, "unit_id": self.store_b.id})
        )
        self.assertIn("not a test drive car of this store", str(error))
        error = self.attempt(
            lambda: self.companions[self.teammate].write({"fleet_vehicle_id": fresh.id})
        )
        self.assertIsInstance(error, ValidationError)
        officer = self.env["res.users"].create(
            self.prepare_person(
                "t_fleet", ["base.group_user", "fleet.fleet_group_user"], self.store_a
            )
        )
        officer.group_ids = [Command.link(self.env.ref("dealer_base.group_sales_manager").id)]
        plain = self.env["fleet.vehicle"].create({"model_id": vehicle.model_id.id})
        plain.company_id = self.store_a.company_id
        self.assertTrue(plain.with_user(officer).has_access("read"))

    def test_signature_is_a_picture_in_the_print(self):
        drive = self.make_signed()
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "dealer_leads.report_dealer_test_drive", drive.ids
        )
        self.assertIn(base64.b64encode(base64.b64decode(SIGNATURE)).decode()[:40], str(content))
