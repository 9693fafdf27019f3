from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command

from .common import ClockCase, at


class TestDuty(ClockCase):
    """Who works now and is free; what a person may say of oneself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.duty = cls.env["dealer.duty"]
        cls.people = cls.sales_consultant | cls.teammate | cls.stranger

    def add(self, user, kind, start, end=False, **values):
        return self.duty.create(
            {
                "user_id": user.id,
                "unit_id": self.store_a.id,
                "kind": kind,
                "start": start,
                "end": end,
                **values,
            }
        )

    def on_duty(self, moment, users=None):
        return self.duty._on_duty(users or self.people, self.store_a, moment)

    def free(self, moment):
        return self.duty._free_users(self.people, self.store_a, moment)

    # ------------------------------------------------------------------ the roster

    def test_opening_hours(self):
        self.assertEqual(self.on_duty(at(9)), self.people)
        for moment in (at(12, 30), at(17, 30), at(3)):
            self.assertFalse(self.on_duty(moment))

    def test_order_is_kept(self):
        users = self.stranger + self.sales_consultant
        self.assertEqual(self.on_duty(at(9), users).ids, users.ids)

    def test_leave(self):
        self.add(self.teammate, "leave", at(9), at(12))
        self.assertEqual(self.on_duty(at(9)), self.people - self.teammate)
        self.assertEqual(self.on_duty(at(8, 59)), self.people)
        self.assertEqual(self.on_duty(at(13)), self.people)

    def test_leave_until_further_notice(self):
        self.add(self.teammate, "leave", at(9))
        self.assertEqual(self.on_duty(at(9, day=100)), self.people - self.teammate)

    def test_extra_shift(self):
        self.add(self.teammate, "shift", at(18), at(22))
        self.assertEqual(self.on_duty(at(18)), self.teammate)
        self.add(self.teammate, "leave", at(20), at(22))
        self.assertFalse(self.on_duty(at(20)), "leave comes first")

    def test_busy_is_on_duty_and_not_free(self):
        self.add(self.teammate, "busy", at(9))
        self.assertEqual(self.on_duty(at(9, 30)), self.people)
        self.assertEqual(self.free(at(9, 30)), self.people - self.teammate)

    def test_forgotten_talk(self):
        """Who forgot to say that the customer has left gets leads again the next day."""
        self.add(self.teammate, "busy", at(9))
        self.assertEqual(self.free(at(9, day=1)), self.people)

    def test_lines_of_another_store(self):
        """Busy is busy in every store; leave and shifts are of the store that planned them."""
        self.teammate.company_ids |= self.store_b.company_id
        there = {"unit_id": self.store_b.id}
        self.add(self.teammate, "shift", at(18), at(22), **there)
        self.assertFalse(self.on_duty(at(18)))
        self.add(self.teammate, "leave", at(9), at(10), **there)
        self.assertIn(self.teammate, self.free(at(9, 30)))
        self.add(self.teammate, "busy", at(9), at(10), **there)
        self.assertNotIn(self.teammate, self.free(at(9, 30)))

    def test_own_calendar(self):
        """A person with a calendar in this store works by it, whatever the store's hours are."""
        calendar = self.store_a.calendar_id.copy()
        calendar.attendance_ids = [
            Command.clear(),
            Command.create(
                {
                    "name": "late",
                    "dayofweek": "0",
                    "hour_from": 13,
                    "hour_to": 21,
                    "day_period": "afternoon",
                }
            ),
        ]
        self.env["resource.resource"].create(
            {
                "name": "late",
                "user_id": self.teammate.id,
                "company_id": self.store_a.company_id.id,
                "calendar_id": calendar.id,
                "tz": "Asia/Shanghai",
            }
        )
        self.assertEqual(self.on_duty(at(9)), self.people - self.teammate)
        self.assertEqual(self.on_duty(at(20)), self.teammate)
        self.assertEqual(
            self.duty._next_on_duty(self.people, self.store_a, at(22)),
            self.people - self.teammate,
            "next morning the others come first",
        )

    def test_next_on_duty(self):
        """Where nobody works, those who come first; where all are away, everybody."""
        self.assertEqual(self.duty._next_on_duty(self.people, self.store_a, at(20)), self.people)
        self.add(self.teammate, "leave", at(0, day=1), at(24, day=1))
        self.assertEqual(
            self.duty._next_on_duty(self.people, self.store_a, at(20)), self.people - self.teammate
        )
        for user in self.people - self.teammate:
            self.add(user, "leave", at(0, day=1), at(24, day=1))
        self.assertEqual(self.duty._next_on_duty(self.people, self.store_a, at(20)), self.people)
        nobody = self.people.browse()
        self.assertFalse(self.duty._next_on_duty(nobody, self.store_a, at(20)))

    def test_asked_by_anybody(self):
        """The roster is the same whoever asks, also for posts that see little."""
        self.add(self.teammate, "busy", at(9), at(10))
        for user in (self.technician, self.reception, self.env.ref("base.public_user")):
            duty = self.duty.with_user(user)
            free = duty._free_users(self.people, self.store_a, at(9, 30))
            self.assertEqual(free, self.people - self.teammate)

    # ------------------------------------------------------------------ who writes what

    def test_evidence(self):
        """What one says of oneself is declared, what one says of others is seen."""
        for writer, person, evidence in (
            (self.sales_consultant, self.sales_consultant, "declared"),
            (self.reception, self.sales_consultant, "witnessed"),
            (self.sales_manager, self.sales_consultant, "witnessed"),
            (self.sales_manager, self.sales_manager, "declared"),
            (self.reception, self.reception, "declared"),
        ):
            row = self.duty.with_user(writer).create(
                {
                    "user_id": person.id,
                    "unit_id": self.store_a.id,
                    "kind": "busy",
                    "evidence": "system",
                }
            )
            self.assertEqual(row.evidence, evidence, (writer.login, person.login))

    def test_cheats(self):
        """No way leads from one's own word to an excuse."""
        start, end = at(9), at(9, 10)
        seen = self.add(self.sales_consultant, "busy", start, end, evidence="witnessed")
        said = self.add(self.sales_consultant, "busy", at(10), evidence="declared")
        mine = self.duty.with_user(self.sales_consultant)
        managed = self.add(self.teammate, "busy", start, end, evidence="witnessed")
        cheats = {
            "longer": lambda: mine.browse(seen.id).write({"end": at(12)}),
            "earlier": lambda: mine.browse(seen.id).write({"start": at(8)}),
            "other kind": lambda: mine.browse(seen.id).write({"kind": "leave"}),
            "evidence": lambda: mine.browse(said.id).write({"evidence": "witnessed"}),
            "system": lambda: mine.browse(said.id).write({"evidence": "system"}),
            "for a friend": lambda: mine.create({"user_id": self.teammate.id, "kind": "busy"}),
            "leave": lambda: mine.create({"kind": "leave"}),
            "shift": lambda: mine.create({"kind": "shift"}),
            "busy made leave": lambda: mine.browse(said.id).write({"kind": "leave"}),
            "a manager's own": lambda: managed.with_user(self.sales_manager).write(
                {"user_id": self.sales_manager.id}
            ),
            "context": lambda: mine.with_context(
                default_user_id=self.teammate.id, default_evidence="witnessed"
            ).create({"kind": "busy"}),
        }
        for name, cheat in cheats.items():
            with self.subTest(cheat=name):
                self.assertIsInstance(self.attempt(cheat), AccessError)

    def test_end_now(self):
        """Whoever is free again says so, also of what a colleague entered."""
        row = self.add(self.sales_consultant, "busy", at(9), evidence="witnessed")
        with freeze_time(at(9, 20)):
            row.with_user(self.sales_consultant).action_end()
        self.assertEqual((row.end, row.evidence), (at(9, 20), "witnessed"))
        with freeze_time(at(9, 30)):
            row.with_user(self.sales_consultant).action_end()
        self.assertEqual(row.end, at(9, 20), "what has ended has ended")

    def test_end_of_others(self):
        row = self.add(self.teammate, "busy", at(9), evidence="witnessed")
        with self.assertRaises(AccessError):
            row.with_user(self.sales_consultant).action_end()
        leave = self.add(self.sales_consultant, "leave", at(9), evidence="witnessed")
        with self.assertRaisesRegex(AccessError, "entered by the manager"):
            leave.with_user(self.sales_consultant).action_end()

    def test_ended_in_the_second_it_began(self):
        with freeze_time(at(9)):
            row = self.add(self.teammate, "busy", at(9))
            row.action_end()
        self.assertGreater(row.end, row.start)

    def test_button(self):
        """The same button begins and ends it."""
        mine = self.duty.with_user(self.sales_consultant).with_company(self.store_a.company_id)
        with freeze_time(at(9)):
            mine.action_busy()
        self.assertNotIn(self.sales_consultant, self.free(at(9, 1)))
        with freeze_time(at(9, 5)):
            mine.action_busy()
        self.assertIn(self.sales_consultant, self.free(at(9, 5)))
        row = self.duty.search([("user_id", "=", self.sales_consultant.id)])
        self.assertEqual((row.start, row.end, row.evidence), (at(9), at(9, 5), "declared"))

    def test_button_without_store(self):
        company = self.env["res.company"].create({"name": "no store"})
        self.sales_consultant.company_ids |= company
        mine = self.duty.with_user(self.sales_consultant).with_company(company)
        with self.assertRaisesRegex(ValidationError, "Switch to the store"):
            mine.action_busy()

    def test_who_works_elsewhere(self):
        with self.assertRaisesRegex(ValidationError, "does not work in Store A"):
            self.add(self.consultant_b, "leave", at(9))

    def test_end_before_start(self):
        said = self.refusal(lambda: self.add(self.teammate, "leave", at(9), at(9)))
        self.assertIn("An end comes after the start", said)
