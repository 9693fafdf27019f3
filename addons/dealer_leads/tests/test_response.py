from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from odoo.addons.dealer_clock.tests.common import at

from .common import LeadsCase


class ResponseCase(LeadsCase):
    """Store A opens 8:30–12:00 and 13:00–17:30; two consultants work there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref("dealer_leads.clock_policy_response")
        cls.params = cls.env["ir.config_parameter"]
        cls.params.set_param("dealer_leads.recall_share", "0")
        calendar = cls.store_a.calendar_id
        calendar.attendance_ids = [(5, 0, 0)] + [
            (
                0,
                0,
                {
                    "name": "open",
                    "dayofweek": str(day),
                    "hour_from": begin,
                    "hour_to": end,
                    "day_period": "morning",
                },
            )
            for day in range(7)
            for begin, end in ((8.5, 12), (13, 17.5))
        ]

    def lead_at(self, moment, **values):
        """Receive a lead at ``moment`` and give it out."""
        with freeze_time(moment):
            row = self.take_in(self.prepare_lead(**values))
        self.assertEqual(row.state, "done", row.error)
        return row.lead_id

    def log(self, lead, moment, user=None, **values):
        """Log a contact as the consultant of the lead (or ``user``) at ``moment``."""
        user = user or lead.user_id
        with freeze_time(moment):
            return (
                self.env["dealer.interaction"]
                .with_user(user)
                .create(
                    {
                        "partner_id": lead.partner_id.id,
                        "unit_id": lead.dealer_unit_id.id,
                        "kind": "call",
                        "duration": 60,
                        "two_way": True,
                        **values,
                    }
                )
            )

    def record(self, lead, moment, arrived=None, user=None, **values):
        """The telephone system delivers a call of ``moment``, at ``arrived``."""
        with freeze_time(arrived or moment):
            return self.env["dealer.interaction"].create(
                {
                    "partner_id": lead.partner_id.id,
                    "unit_id": lead.dealer_unit_id.id,
                    "user_id": (user or lead.user_id).id,
                    "kind": "call",
                    "evidence": "system",
                    "start": moment,
                    "duration": 60,
                    "two_way": True,
                    **values,
                }
            )

    def tick(self, moment):
        with freeze_time(moment):
            self.env["dealer.clock"]._drain()

    def clock(self, lead):
        return self.env["dealer.clock"].search(
            [
                ("res_model", "=", "crm.lead"),
                ("res_id", "=", lead.id),
                ("kind", "=", "first_response"),
            ],
            order="id desc",
            limit=1,
        )

    def clocks(self, lead):
        return (
            self.env["dealer.clock"]
            .search(
                [
                    ("res_model", "=", "crm.lead"),
                    ("res_id", "=", lead.id),
                    ("kind", "=", "first_response"),
                ],
            )
            .sorted("id")
        )


class TestResponse(ResponseCase):
    def test_thirty_minutes(self):
        lead = self.lead_at(at(9))
        self.assertEqual(lead.clock_due_at, at(9, 30))
        self.assertEqual(lead.dealer_promise_at, at(9, 30))
        self.assertTrue(lead.user_id)
        self.assertEqual(self.clock(lead).user_id, lead.user_id)

    def test_night(self):
        """A lead of 22:35 waits for the morning, its time begins when the store opens."""
        lead = self.lead_at(at(22, 35))
        self.assertFalse(lead.user_id)
        self.assertTrue(lead.dealer_waiting)
        self.assertEqual(lead.dealer_promise_at, at(9, day=1))
        with freeze_time(at(8, 30, day=1)):
            self.env["dealer.distribution.rule"]._drain()
        self.assertTrue(lead.user_id)
        self.assertEqual(lead.clock_due_at, at(9, day=1))

    def test_record_stops(self):
        lead = self.lead_at(at(9))
        self.record(lead, at(9, 12), arrived=at(9, 40))
        self.assertEqual(self.clock(lead).state, "met")
        self.assertEqual(self.clock(lead).stopped_at, at(9, 12))
        self.assertEqual(lead.dealer_response, "effective")
        self.assertEqual(lead.dealer_response_minutes, 12)

    def test_word_stops_provisionally(self):
        lead = self.lead_at(at(9))
        call = self.log(lead, at(9, 20))
        clock = self.clock(lead)
        self.assertEqual((clock.state, clock.provisional), ("met", True))
        self.assertEqual(lead.dealer_response, "declared")
        self.assertEqual(call.proof_state, "open")
        record = self.record(lead, at(9, 18), arrived=at(10))
        self.assertEqual((clock.state, clock.provisional), ("met", False))
        self.assertEqual(clock.stopped_at, at(9, 18))
        self.assertEqual(lead.dealer_response, "effective")
        self.assertEqual((call.proof_state, call.proof_id), ("proved", record))

    def test_record_lifts(self):
        """The telephone says that nobody answered: the word counts for nothing."""
        lead = self.lead_at(at(9))
        call = self.log(lead, at(9, 20))
        self.record(lead, at(9, 19), arrived=at(9, 25), duration=0, answered=False, two_way=False)
        clock = self.clock(lead)
        self.assertEqual(clock.stopped_at, False)
        self.assertEqual(call.proof_state, "refuted")
        self.assertEqual(lead.dealer_response, "waiting")
        self.assertFalse(lead.dealer_first_declared)
        self.tick(at(9, 30))
        self.assertEqual(self.clocks(lead)[0].state, "missed")

    def test_record_that_came_first_lifts(self):
        """The telephone system is mostly faster than the person."""
        lead = self.lead_at(at(9))
        short = self.record(lead, at(9, 5), duration=8, two_way=False)
        call = self.log(lead, at(9, 10))
        self.assertEqual((call.proof_state, call.proof_id), ("refuted", short))
        clock = self.clock(lead)
        self.assertFalse(clock.stopped_at)
        self.assertEqual(lead.dealer_response, "waiting")
        # A talk beside the short call is a talk.
        self.record(lead, at(9, 12))
        self.assertEqual((call.proof_state, lead.dealer_response), ("proved", "effective"))
        self.assertEqual((clock.state, clock.stopped_at), ("met", at(9, 12)))

    def test_handed_on(self):
        lead = self.lead_at(at(9))
        first = lead.user_id
        self.tick(at(9, 25))
        self.assertEqual(self.clock(lead).event_ids.user_ids, first)
        self.tick(at(9, 30))
        self.assertNotEqual(lead.user_id, first)
        self.assertEqual(self.clocks(lead).mapped("state"), ["missed", "running"])
        self.assertEqual(self.clocks(lead).mapped("turn"), [1, 2])
        self.assertEqual(lead.clock_due_at, at(10))
        self.assertIn(lead.dealer_relation_id.consultant_id, lead.user_id)

    def test_second_miss_is_the_managers(self):
        lead = self.lead_at(at(9))
        for minute in (25, 30, 55, 60):
            self.tick(at(9, minute))
        clock = self.clock(lead)
        self.assertEqual((clock.turn, clock.state, clock.stopped_at), (2, "missed", False))
        raised = clock.event_ids.filtered(lambda event: event.action == "raise")
        self.assertEqual(raised.user_ids, lead.user_id._clock_managers(self.store_a))
        self.assertTrue(raised.ack_due_at)

    def test_late_proof_rights_the_first(self):
        """Handed on at 9:30, then the record of 9:28 comes in: the first had answered."""
        lead = self.lead_at(at(9))
        first = lead.user_id
        self.tick(at(9, 30))
        self.record(lead, at(9, 28), arrived=at(9, 45), user=first)
        self.assertEqual(self.clocks(lead).mapped("state"), ["met", "void"])
        self.assertEqual(lead.dealer_response_minutes, 28)

    def test_asked_again(self):
        lead = self.lead_at(at(9))
        self.record(lead, at(9, 5))
        with freeze_time(at(14)):
            row = self.take_in(self.prepare_lead(external_id="T-again"))
        self.assertEqual((row.state, row.lead_id), ("duplicate", lead))
        self.assertEqual(lead.clock_due_at, at(14, 30))
        self.record(lead, at(9, 5), arrived=at(14, 5), external_id="late")
        self.assertEqual(lead.clock_due_at, at(14, 30), "an old record answers no new question")

    def test_busy_is_no_miss(self):
        """Seen with a visitor by the clerk: handed on, no miss is booked."""
        lead = self.lead_at(at(9))
        first = lead.user_id
        with freeze_time(at(9, 10)):
            self.env["dealer.duty"].with_user(self.reception).create(
                {"user_id": first.id, "unit_id": self.store_a.id, "kind": "busy"}
            )
        self.tick(at(9, 30))
        self.assertNotEqual(lead.user_id, first)
        self.assertEqual(self.clocks(lead).mapped("state"), ["void", "running"])
        self.assertEqual(self.clocks(lead).mapped("turn"), [1, 1])

    def test_attempted_is_kept(self):
        """Three tries on two ways: not taken back, the next try is planned, the answer is open."""
        lead = self.lead_at(at(9))
        first = lead.user_id
        for minute, kind in ((5, "call"), (12, "call"), (20, "sms")):
            self.log(lead, at(9, minute), kind=kind, answered=False, two_way=False, duration=0)
        self.assertTrue(lead.dealer_attempted)
        self.assertTrue(lead.dealer_next_date)
        self.tick(at(9, 30))
        self.assertEqual(lead.user_id, first)
        self.assertEqual(self.clock(lead).state, "missed")
        self.assertFalse(self.clock(lead).stopped_at)
        self.assertEqual(lead.dealer_response, "attempted")
        self.record(lead, at(11))
        self.assertEqual(lead.dealer_response, "effective")
        self.assertEqual(self.clock(lead).state, "missed")

    def test_reassigned_gets_the_whole_time(self):
        lead = self.lead_at(at(9))
        other = (self.sales_consultant | self.teammate | self.stranger) - lead.user_id
        with freeze_time(at(9, 20)):
            lead.dealer_relation_id.with_user(self.general_manager)._assign(
                {"consultant_id": other[0].id}, "knows the customer"
            )
        self.assertEqual(lead.clock_due_at, at(9, 50))
        self.assertEqual(self.clocks(lead).mapped("state"), ["void", "running"])

    def test_never_touched_falls_asleep(self):
        lead = self.lead_at(at(9))
        silence = lead.clock_ids.filtered(lambda clock: clock.kind == "silence")
        self.assertEqual((silence.state, silence.due_at), ("running", at(9, day=3)))
        with freeze_time(at(9, 1, day=3)):
            lead.invalidate_recordset()
            self.assertTrue(lead.dealer_asleep)

    def test_sleeping(self):
        lead = self.lead_at(at(9))
        self.record(lead, at(9, 5))
        with freeze_time(at(9, 4, day=3)):
            self.assertFalse(lead.dealer_asleep)
        with freeze_time(at(9, 6, day=3)):
            lead.invalidate_recordset()
            self.assertTrue(lead.dealer_asleep)
            self.assertIn(lead, lead.search([("dealer_asleep", "=", True)]))
            self.assertNotIn(lead, lead.search([("dealer_asleep", "=", False)]))
        self.tick(at(9, 6, day=3))
        told = self.env["dealer.clock.event"].search(
            [("clock_id.kind", "=", "silence"), ("res_id", "=", lead.id)]
        )
        self.assertEqual(told.user_ids, lead.user_id)
        self.tick(at(9, 6, day=4))
        told = self.env["dealer.clock.event"].search(
            [("clock_id.kind", "=", "silence"), ("res_id", "=", lead.id), ("action", "=", "raise")]
        )
        self.assertEqual(told.user_ids, lead.user_id._clock_managers(self.store_a))
        self.record(lead, at(10, day=4))
        with freeze_time(at(10, 1, day=4)):
            lead.invalidate_recordset()
            self.assertFalse(lead.dealer_asleep)

    def test_short_form(self):
        lead = self.lead_at(at(9))
        with freeze_time(at(9, 10)):
            form = Form(
                self.env["dealer.lead.log"]
                .with_user(lead.user_id)
                .with_context(default_lead_id=lead.id)
            )
            self.assertEqual(str(form.next_date), "2026-03-04")
            form.outcome = "vain"
            self.assertEqual(str(form.next_date), "2026-03-03")
            form.outcome = "talked"
            form.save().action_save()
        self.assertEqual(lead.dealer_response, "declared")
        self.assertEqual(str(lead.dealer_next_date), "2026-03-04")
        task = lead.activity_ids
        self.assertEqual((str(task.date_deadline), task.user_id), ("2026-03-04", lead.user_id))


class TestResponseCheats(ResponseCase):
    """What would buy a good figure without talking to the customer."""

    def assertOpen(self, lead):
        clock = self.clock(lead)
        self.assertFalse(clock.stopped_at)
        self.assertIn(lead.dealer_response, ("waiting", "attempted"))

    def test_short_form_tells_nothing_of_foreign_leads(self):
        lead = self.lead_at(at(9))
        logs = self.env["dealer.lead.log"].with_user(self.consultant_b)
        given = {"lead_id": lead.id, "grade_id": False, "next_date": "2026-03-04"}
        for name in ("partner_name", "phone"):
            with self.assertRaises(AccessError):
                logs.create(given).read([name])

    def test_template_blast(self):
        leads = self.env["crm.lead"]
        for number in range(8):
            leads |= self.lead_at(at(9), number=number)
        leads.dealer_relation_id._assign({"consultant_id": self.sales_consultant.id}, "test")
        lead = leads[0]
        for minute, kind in ((35, "sms"), (45, "wechat"), (55, "sms")):
            for each in leads:
                self.log(each, at(8, minute + 60), kind=kind, two_way=True, duration=0)
        self.assertOpen(lead)
        self.assertFalse(lead.dealer_attempted)

    def test_zero_second_call(self):
        lead = self.lead_at(at(9))
        self.log(lead, at(9, 5), duration=0)
        self.record(lead, at(9, 6), duration=2, two_way=False)
        self.assertOpen(lead)
        self.assertEqual(lead.dealer_first_nominal, at(9, 5))

    def test_bare_stage_move(self):
        lead = self.lead_at(at(9))
        stage = self.env["crm.stage"].search(
            [("is_won", "=", False)], order="sequence desc", limit=1
        )
        with freeze_time(at(9, 5)):
            lead.with_user(lead.user_id).stage_id = stage
        self.assertOpen(lead)

    def test_closing_is_no_answer(self):
        lead = self.lead_at(at(9))
        with freeze_time(at(9, 29)), self.assertRaises(UserError):
            lead.with_user(lead.user_id).action_set_lost()
        self.assertFalse(self.clock(lead).stopped_at)

    def test_typed_call_is_only_provisional(self):
        lead = self.lead_at(at(9))
        self.log(lead, at(9, 5))
        self.assertTrue(self.clock(lead).provisional)
        self.assertFalse(lead.dealer_first_effective)

    def test_edited_start(self):
        """Typed at 9:40 as of 9:05: it counts from 9:40, and editing it later changes nothing."""
        lead = self.lead_at(at(9))
        call = self.log(lead, at(9, 40), start=at(9, 5))
        clock = self.clock(lead)
        self.assertEqual((clock.state, clock.stopped_at), ("missed", at(9, 40)))
        with freeze_time(at(9, 50)):
            call.with_user(lead.user_id).start = at(9, 1)
        self.assertEqual((clock.state, clock.stopped_at), ("missed", at(9, 40)))

    def test_edited_start_hides_from_no_record(self):
        """Typed as of an hour before, so that the short call of now seems another one."""
        lead = self.lead_at(at(9))
        call = self.log(lead, at(9, 20), start=at(8))
        self.assertEqual(call.proof_state, "open")
        self.record(lead, at(9, 19), arrived=at(9, 25), duration=8, two_way=False)
        self.assertEqual(call.proof_state, "refuted")
        self.assertFalse(self.clock(lead).stopped_at)

    def test_lengthened_later(self):
        lead = self.lead_at(at(9))
        call = self.log(lead, at(9, 5), duration=0)
        with freeze_time(at(9, 45)):
            call.with_user(lead.user_id).duration = 300
        self.assertEqual(
            (self.clock(lead).state, self.clock(lead).stopped_at), ("missed", at(9, 45))
        )

    def test_evidence_by_rpc(self):
        lead = self.lead_at(at(9))
        for evidence in ("system", "witnessed"):
            with self.assertRaises(AccessError):
                self.log(lead, at(9, 5), evidence=evidence)
        with self.assertRaises(AccessError), freeze_time(at(9, 5)):
            self.env["dealer.interaction"].with_user(lead.user_id).with_context(
                default_evidence="system"
            ).create({"partner_id": lead.partner_id.id, "unit_id": lead.dealer_unit_id.id})
        self.assertOpen(lead)

    def test_proof_by_rpc(self):
        lead = self.lead_at(at(9))
        call = self.log(lead, at(9, 5), proof_state="proved", logged_at=at(8))
        self.assertEqual((call.proof_state, call.logged_at), ("open", at(9, 5)))
        with self.assertRaises(UserError):
            call.with_user(lead.user_id).proof_state = "proved"
        with self.assertRaises(UserError):
            lead.with_user(lead.user_id).user_id = self.consultant_b
        with self.assertRaises(AccessError):
            self.clock(lead).with_user(lead.user_id).write({"due_at": at(18)})

    def test_leaving_to_a_friend(self):
        """Self-declared busy excuses nobody."""
        lead = self.lead_at(at(9))
        with freeze_time(at(9, 29)):
            self.env["dealer.duty"].with_user(lead.user_id).create(
                {"unit_id": self.store_a.id, "kind": "busy"}
            )
        self.tick(at(9, 30))
        self.assertEqual(self.clocks(lead)[0].state, "missed")

    def test_recall(self):
        self.params.set_param("dealer_leads.recall_share", "100")
        lead = self.lead_at(at(9))
        call = self.log(lead, at(9, 5))
        self.assertTrue(call.recall)
        with self.assertRaises(AccessError):
            call.with_user(lead.user_id).action_confirm_talk()
        with freeze_time(at(10)):
            call.with_user(self.general_manager).action_refute_talk()
        self.assertEqual(call.proof_state, "refuted")
        self.assertEqual((self.clock(lead).state, self.clock(lead).stopped_at), ("missed", False))
        other = self.lead_at(at(11), number=7)
        call = self.log(other, at(11, 5))
        call.with_user(self.general_manager).action_confirm_talk()
        self.assertEqual(other.dealer_response, "effective")
        self.assertFalse(self.clock(other).provisional)
