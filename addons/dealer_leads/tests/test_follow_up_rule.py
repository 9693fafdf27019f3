from freezegun import freeze_time

from odoo.exceptions import UserError

from odoo.addons.dealer_clock.tests.common import at

from .test_prospects import ProspectCase


class TestFollowUpRule(ProspectCase):
    """Who is graded and forgotten comes back as a task before the grade's limit is over (B6)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rules = cls.env["dealer.touch.rule"]
        cls.rule = cls.env.ref("dealer_leads.touch_rule_follow_up")
        (rules.search([]) - cls.rule).active = False
        cls.env["dealer.touch"].search([]).send_at = False
        cls.rule.since = "2000-01-01"

    def graded(self, code="H", number=1):
        """Return a lead graded on Monday at 9:30, with nothing planned."""
        lead = self.lead_at(at(9), number=number)
        lead._clock_open("first_response")._stop(at(9, 10))  # the customer was called
        self.grade(lead, code, at(9, 30))
        lead.sudo().dealer_next_date = False
        self.tasks(lead).sudo().unlink()
        return lead

    def touches(self, lead):
        return self.env["dealer.touch"].search(
            [("rule_id", "=", self.rule.id), ("res_id", "=", lead.id)], order="id"
        )

    def run_at(self, moment):
        with freeze_time(moment):
            self.rule._plan_now()
            self.env["dealer.touch"]._drain()

    def test_a_day_before_the_limit(self):
        lead = self.graded()
        limit = self.silence(lead).due_at
        self.run_at(at(10, day=1))
        touch = self.touches(lead)
        self.assertEqual((touch.state, touch.anchor_at), ("planned", limit))
        self.assertFalse(self.tasks(lead))
        self.run_at(at(10, day=2))
        task = self.tasks(lead)
        self.assertEqual((task.user_id, str(task.date_deadline)), (lead.user_id, "2026-03-04"))
        self.assertEqual(str(lead.dealer_next_date), "2026-03-04")
        self.assertEqual((touch.state, touch.made_id), ("sent", task.id))
        with self.assertRaisesRegex(UserError, "with its result"):
            task.with_user(lead.user_id).action_feedback("done")

    def test_each_grade_by_its_own_limit(self):
        slow, quick = self.graded("C", 1), self.graded("H", 2)
        self.run_at(at(10, day=2))
        self.assertEqual(self.touches(quick).state, "sent")
        self.assertFalse(self.touches(slow))

    def test_whoever_has_a_plan_is_left_alone(self):
        lead = self.graded()
        with freeze_time(at(10)):
            lead._dealer_plan("2026-03-04")
        self.run_at(at(10, day=2))
        self.assertFalse(self.touches(lead))
        self.assertEqual(len(self.tasks(lead)), 1)

    def test_a_contact_moves_it(self):
        lead = self.graded()
        self.run_at(at(10, day=1))
        with freeze_time(at(11, day=1)):
            lead._dealer_touched(at(11, day=1))
        self.run_at(at(10, day=2))
        touch = self.touches(lead)
        self.assertEqual((touch.state, touch.anchor_at), ("planned", self.silence(lead).due_at))
        self.run_at(at(12, day=3))
        self.assertEqual(touch.state, "sent")
        with freeze_time(at(14, day=3)):
            lead._dealer_touched(at(14, day=3))
        self.assertEqual(touch.state, "done")

    def test_planned_meanwhile(self):
        lead = self.graded()
        self.run_at(at(10, day=1))
        with freeze_time(at(11, day=1)):
            lead._dealer_plan("2026-03-04")
        self.run_at(at(10, day=2))
        self.assertEqual(self.touches(lead).reason_code, "left")
        self.assertEqual(len(self.tasks(lead)), 1)
