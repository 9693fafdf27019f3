from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

from odoo.addons.dealer_clock.tests.common import at

from .test_response import ResponseCase


class GradeCase(ResponseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grades = {
            grade.code: grade
            for grade in cls.env["dealer.grade"]
            .with_context(active_test=False)
            .search([("id", "!=", 0)])
        }
        cls.reason = cls.env.ref("dealer_leads.defeat_reason_none_cannot_be_reached")
        cls.bought = cls.env.ref("dealer_leads.defeat_reason_other_price_too_high")

    def grade(self, lead, code, moment, reason="said so", user=None):
        with freeze_time(moment):
            self.env["dealer.lead.grade"].with_user(user or lead.user_id).create(
                {
                    "lead_ids": [(6, 0, lead.ids)],
                    "grade_id": self.grades[code].id,
                    "reason": reason,
                }
            ).action_grade()

    def silence(self, lead):
        return lead._clock_open("silence")

    def ask(self, lead, user=None, **values):
        return (
            self.env["dealer.defeat"]
            .with_user(user or lead.user_id)
            .create({"lead_id": lead.id, "reason_id": self.reason.id, **values})
        )


class TestGrade(GradeCase):
    def test_begins_without_grade(self):
        lead = self.lead_at(at(9))
        self.assertEqual(lead.dealer_grade_id.code, "N")
        self.record(lead, at(9, 10))
        self.assertEqual(lead._clock_open("grading").due_at, at(9, 10, day=1))
        self.grade(lead, "A", at(10))
        self.assertFalse(lead._clock_open("grading"))

    def test_limits_of_the_trade(self):
        """H 3 days, A 7, B 15, C 30, since the last contact (FACTS §1.1)."""
        lead = self.lead_at(at(9))
        self.record(lead, at(9, 10))
        for code, days in (("H", 3), ("A", 7), ("B", 15), ("C", 30)):
            self.grade(lead, code, at(10))
            self.assertEqual(self.silence(lead).due_at, at(9, 10, day=days))
            self.assertEqual(lead._dealer_limit_days(self.grades[code]), days)
        self.assertEqual(
            lead.dealer_grade_log_ids.sorted().mapped("grade_id.code"), ["C", "B", "A", "H"]
        )
        self.assertEqual(lead.dealer_grade_log_ids.sorted()[0].old_grade_id.code, "B")

    def test_store_limit_first(self):
        policy = self.env.ref("dealer_leads.clock_policy_silence_h")
        policy.copy({"unit_id": self.store_a.id, "minutes": 1440})
        lead = self.lead_at(at(9))
        self.record(lead, at(9, 10))
        self.grade(lead, "H", at(10))
        self.assertEqual(self.silence(lead).due_at, at(9, 10, day=1))

    def test_fleet_limit(self):
        lead = self.lead_at(at(9))
        lead.partner_id.write({"is_fleet_customer": True})
        self.record(lead, at(9, 10))
        self.grade(lead, "H", at(10))
        self.assertEqual(self.silence(lead).due_at, at(9, 10, day=15))

    def test_grade_needs_reason_and_right(self):
        lead = self.lead_at(at(9))
        with self.assertRaises(UserError):
            self.grade(lead, "H", at(10), reason="  ")
        with self.assertRaises(UserError):
            self.grade(lead, "O", at(10))
        with self.assertRaises(AccessError):
            self.grade(lead, "H", at(10), user=self.consultant_b)
        with self.assertRaises(UserError):
            lead.with_user(lead.user_id).dealer_grade_id = self.grades["H"]
        with self.assertRaises(UserError):
            lead.with_user(lead.user_id).with_context(dealer_checked=True).write(
                {"dealer_grade_id": self.grades["H"].id}
            )
        self.assertEqual(lead.dealer_grade_id.code, "N")

    def test_value_class_from_evidence(self):
        lead = self.lead_at(at(9))
        self.log(lead, at(9, 5))
        self.assertEqual(lead.dealer_value, "general", "a word is no evidence")
        self.record(lead, at(9, 6))
        self.assertEqual(lead.dealer_value, "value")
        self.log(lead, at(10), user=self.reception, kind="visit", evidence="witnessed")
        self.assertEqual(lead.dealer_value, "high")
        self.assertEqual(lead.dealer_visited_at, at(10))

    def test_follow_up_needs_result_and_plan(self):
        lead = self.lead_at(at(9))
        with freeze_time(at(9, 5)):
            lead._dealer_plan("2026-03-03")
            task = lead.activity_ids.with_user(lead.user_id)
            with self.assertRaises(UserError):
                task.action_feedback()
            log = self.env["dealer.lead.log"].with_user(lead.user_id)
            form = Form(log.with_context(default_lead_id=lead.id))
            form.grade_id = self.grades["A"]
            self.assertEqual(str(form.next_date), "2026-03-09")
            form.next_date = "2026-03-10"
            with self.assertRaises(UserError):
                form.save().action_save()
            form = Form(log.with_context(default_lead_id=lead.id))
            form.grade_id = self.grades["A"]
            form.next_date = "2026-03-08"
            form.save().action_save()
        row = self.env["dealer.interaction"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", lead.id), ("kind", "=", "call")]
        )
        self.assertEqual(str(row.planned_date), "2026-03-03")
        self.assertEqual((row.grade_before_id.code, row.grade_after_id.code), ("N", "A"))
        self.assertEqual(lead.dealer_grade_id.code, "A")
        self.assertEqual(str(lead.activity_ids.date_deadline), "2026-03-08")

    def test_comment_is_a_task(self):
        lead = self.lead_at(at(9))
        call = self.log(lead, at(9, 5))
        call.with_user(self.general_manager).manager_comment = "Offer the loan"
        task = lead.activity_ids.filtered(lambda task: "Offer the loan" in (task.note or ""))
        self.assertEqual(task.user_id, lead.user_id)

    def test_overdue_climbs(self):
        lead = self.lead_at(at(9))
        self.record(lead, at(9, 10))
        self.grade(lead, "H", at(10))
        self.tick(at(9, 11, day=3))
        events = self.env["dealer.clock.event"].search(
            [("clock_id.kind", "=", "silence"), ("res_id", "=", lead.id)]
        )
        self.assertEqual(events.user_ids, lead.user_id)
        with freeze_time(at(10, day=3)):
            self.assertIn(
                lead,
                lead.search([("dealer_grade_id.is_hot", "=", True), ("dealer_asleep", "=", True)]),
            )
        self.tick(at(9, 11, day=4))
        events = self.env["dealer.clock.event"].search(
            [("clock_id.kind", "=", "silence"), ("res_id", "=", lead.id), ("action", "=", "raise")]
        )
        self.assertEqual(events.user_ids, lead.user_id._clock_managers(self.store_a))


class TestDefeat(GradeCase):
    def test_asked_confirmed(self):
        lead = self.lead_at(at(9))
        self.grade(lead, "B", at(9, 30))
        defeat = self.ask(lead)
        self.assertEqual((lead.dealer_grade_id.code, lead.won_status), ("F0", "pending"))
        self.assertEqual(defeat.grade_before_id.code, "B")
        self.assertTrue(defeat._clock_open("defeat_decision"))
        defeat.with_user(self.sales_manager).action_confirm()
        self.assertEqual((lead.dealer_grade_id.code, lead.won_status), ("F", "lost"))
        self.assertFalse(defeat._clock_open("defeat_decision"))
        self.assertFalse(lead._clock_open())
        self.assertEqual(defeat.manager_id, self.sales_manager)

    def test_asked_returned(self):
        lead = self.lead_at(at(9))
        self.grade(lead, "B", at(9, 30))
        defeat = self.ask(lead)
        wizard = self.env["dealer.defeat.return"].with_user(self.sales_manager)
        wizard.create({"defeat_ids": defeat.ids, "note": "Call again"}).action_return()
        self.assertEqual((defeat.state, lead.dealer_grade_id.code), ("returned", "B"))
        self.assertEqual(lead.activity_ids.note, "<p>Call again</p>")
        again = self.ask(lead)
        self.assertEqual(again.state, "asked")

    def test_competitor_needed(self):
        lead = self.lead_at(at(9))
        with self.assertRaises(ValidationError):
            self.ask(lead, reason_id=self.bought.id)
        defeat = self.ask(
            lead,
            reason_id=self.bought.id,
            competitor_kind="other",
            competitor_brand="丰田",
            competitor_price=128000,
        )
        self.assertEqual(defeat.competitor_price, 128000)

    def test_group_is_no_reason(self):
        with self.assertRaises(ValidationError):
            self.ask(self.lead_at(at(9)), reason_id=self.reason.parent_id.id)

    def test_twice(self):
        lead = self.lead_at(at(9))
        defeat = self.ask(lead)
        with self.assertRaises(UserError):
            self.ask(lead)
        defeat.with_user(self.sales_manager).action_confirm()
        with self.assertRaises(UserError):
            defeat.with_user(self.sales_manager).action_confirm()
        with self.assertRaises(UserError):
            self.ask(lead)

    def test_only_the_manager_decides(self):
        lead = self.lead_at(at(9))
        defeat = self.ask(lead)
        with self.assertRaises(AccessError):
            defeat.with_user(lead.user_id).action_confirm()
        with self.assertRaises(UserError):
            defeat.with_user(lead.user_id).state = "confirmed"
        with self.assertRaises(UserError):
            self.ask(self.lead_at(at(9), number=5), state="confirmed").with_user(
                lead.user_id
            ).write({"manager_note": "fine"})
        with self.assertRaises(UserError):
            lead.with_user(lead.user_id).action_set_lost()
        own = self.lead_at(at(9), number=3)
        own.dealer_relation_id._assign({"consultant_id": self.sales_consultant.id}, "test")
        asked_by_manager = self.ask(own, user=self.sales_manager)
        with self.assertRaises(AccessError):
            asked_by_manager.with_user(self.sales_manager).action_confirm()

    def test_state_by_rpc_at_creation(self):
        defeat = self.ask(self.lead_at(at(9)), state="confirmed", manager_note="fine")
        self.assertEqual((defeat.state, defeat.manager_note), ("asked", False))

    def test_reactivated(self):
        lead = self.lead_at(at(9))
        self.grade(lead, "A", at(9, 30))
        defeat = self.ask(lead)
        defeat.with_user(self.sales_manager).action_confirm()
        with self.assertRaises(AccessError):
            lead.with_user(lead.user_id).action_dealer_reactivate()
        lead.with_user(self.sales_manager).action_dealer_reactivate()
        self.assertEqual((lead.won_status, lead.dealer_grade_id.code), ("pending", "A"))
        self.assertEqual(defeat.state, "reactivated")
        self.assertTrue(self.silence(lead))
        self.assertTrue(lead.dealer_next_date)
        with self.assertRaises(UserError):
            lead.with_user(self.sales_manager).action_dealer_reactivate()

    def test_colleague_sees_nothing(self):
        lead = self.lead_at(at(9))
        defeat = self.ask(lead)
        for user in (self.consultant_b, self.reception):
            self.assertFalse(
                self.env["dealer.grade.log"].with_user(user).has_access("read")
                and self.env["dealer.grade.log"].with_user(user).search([("lead_id", "=", lead.id)])
            )
            self.assertFalse(
                self.env["dealer.defeat"].with_user(user).has_access("read")
                and self.env["dealer.defeat"].with_user(user).search([("id", "=", defeat.id)])
            )
