from freezegun import freeze_time

from odoo.addons.dealer_clock.tests.common import at

from .common_dcc import DccCase


class TestDccReminder(DccCase):
    """Touch rules remind of the visit: the agent a day and two hours before, the customer too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rules = cls.env["dealer.touch.rule"]
        cls.day, cls.hours, cls.message = (
            cls.env.ref(f"dealer_leads.touch_rule_invitation_{name}")
            for name in ("day", "hours", "customer")
        )
        (rules.search([]) - cls.day - cls.hours).active = False
        cls.env["dealer.touch"].search([]).send_at = False
        (cls.day | cls.hours | cls.message).since = "2000-01-01"
        cls.env["ir.config_parameter"].set_param("dealer_touch.sms_provider", "simulator")

    def run_at(self, moment):
        with freeze_time(moment):
            (self.day | self.hours | self.message).filtered("active")._plan_now()
            self.env["dealer.touch"]._drain()

    def touches(self, invitation, rule=None):
        return self.env["dealer.touch"].search(
            [
                ("res_model", "=", invitation._name),
                ("res_id", "=", invitation.id),
                ("rule_id", "in", (rule or self.day | self.hours).ids),
            ],
            order="planned_at, id",
        )

    def tasks(self, invitation):
        return invitation.sudo().activity_ids

    def invited(self, tag, days=3):
        with freeze_time(at(10)):
            return self.invite(self.pooled(tag), days=days)

    def test_the_day_before_and_two_hours_before(self):
        invitation = self.invited("Remind")
        self.run_at(at(11, day=1))
        first = self.touches(invitation, self.day)
        self.assertEqual((first.state, first.planned_at), ("planned", at(10, day=2)))
        self.assertFalse(self.tasks(invitation))
        self.run_at(at(10, 1, day=2))
        task = self.tasks(invitation)
        self.assertEqual(
            (task.user_id, task.summary),
            (self.dcc_agent, "Your customer comes tomorrow: remind him"),
        )
        self.assertTrue(task.with_user(self.dcc_agent).has_access("read"))
        with freeze_time(at(11, day=2)):
            invitation.action_confirm()
        self.assertFalse(self.tasks(invitation), "reminded is done")
        self.assertEqual(first.state, "done")
        self.run_at(at(8, 31, day=3))
        self.assertEqual(
            self.tasks(invitation).summary,
            "Your customer comes in 2 hours: confirm, and tell the showroom",
        )

    def test_soon_invited_is_reminded_two_hours_before(self):
        soon, at_once = self.invited("Soon", 0.25), self.invited("At once", 1 / 24)
        self.run_at(at(10, 5))
        self.assertEqual(self.touches(soon).rule_id, self.hours, "nothing tells of tomorrow")
        self.assertEqual(self.touches(soon).planned_at, at(14))
        self.assertFalse(self.touches(at_once))

    def test_moved(self):
        invitation = self.invited("Moved")
        self.run_at(at(11, day=1))
        with freeze_time(at(12, day=1)):
            invitation.planned_at = at(15, day=3)
        self.run_at(at(12, 1, day=1))
        touch = self.touches(invitation, self.day)
        self.assertEqual(
            (touch.state, touch.planned_at), ("planned", at(15, day=2)), "it moved with the date"
        )
        self.run_at(at(15, 1, day=2))
        self.assertTrue(self.tasks(invitation))
        with freeze_time(at(16, day=2)):
            invitation.planned_at = at(15, day=5)
        self.assertFalse(self.tasks(invitation), "of a time that does not hold any more")
        self.run_at(at(15, 1, day=4))
        self.assertEqual(len(self.tasks(invitation)), 1, "reminded of the new time")

    def test_cancelled(self):
        invitation = self.invited("Cancelled")
        self.run_at(at(11, day=1))
        with freeze_time(at(12, day=1)):
            invitation.cancel_reason = "出差"
            invitation.action_cancel()
        touch = self.touches(invitation, self.day)
        self.assertEqual((touch.state, touch.reason), ("skipped", "The invitation was cancelled."))
        self.run_at(at(10, 1, day=2))
        self.assertFalse(self.tasks(invitation))

    def test_arrived_early_and_taken_back(self):
        invitation = self.invited("Early")
        self.run_at(at(11, day=1))
        with freeze_time(at(12, day=1)):
            visit = self.visit(invitation.sudo().relation_id, arrived_at=at(12, day=1))
        touch = self.touches(invitation, self.day)
        self.assertEqual((invitation.state, touch.state), ("arrived", "skipped"))
        with freeze_time(at(13, day=1)):
            visit._cancel("somebody else")
        self.assertEqual((invitation.state, touch.state), ("invited", "planned"))
        self.run_at(at(10, 1, day=2))
        self.assertTrue(self.tasks(invitation))

    def test_did_not_come(self):
        invitation = self.invited("NoShow")
        self.run_at(at(10, 1, day=2))
        with freeze_time(at(13, day=3)):
            self.pool._drain()
        self.assertEqual(invitation.state, "no_show")
        self.assertFalse(self.tasks(invitation))

    def test_message_to_who_agreed(self):
        self.message.active = True
        self.message.since = "2000-01-01"
        agreed, other = self.invited("Agreed"), self.invited("Other")
        for invitation, purposes in ((agreed, ["service"]), (other, [])):
            self.env["dealer.consent"].create(
                [
                    {
                        "partner_id": invitation.sudo().partner_id.id,
                        "unit_id": self.store_a.id,
                        "purpose": purpose,
                        "text_version": "1",
                    }
                    for purpose in purposes
                ]
            )
        for moment in (at(10, 1, day=2), at(10, 2, day=2)):
            self.run_at(moment)
        sent = self.touches(agreed, self.message)
        self.assertEqual(sent.state, "sent", sent.reason)
        self.assertIn("on 03-05 10:00", sent.body)
        self.assertEqual(self.touches(other, self.message).reason_code, "no_consent")
        self.assertFalse(self.tasks(other).filtered(lambda task: not task.user_id))

    def test_rules_count_from_an_indexed_date(self):
        for rule in (self.day, self.hours, self.message):
            self.assertTrue(rule._is_indexed(rule._path_field(rule.anchor)))

    def test_query_budget(self):
        invitations = self.invitations.union(*(self.invited(f"Many{n}") for n in range(3)))
        with freeze_time(at(11, day=1)):
            self.day._plan_now()
            self.env.invalidate_all()
            with self.assertQueryCount(14):
                invitations.sudo()._drop_reminders("x")
                self.env.flush_all()
