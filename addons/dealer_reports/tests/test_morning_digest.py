from datetime import date, timedelta

from odoo.exceptions import AccessError

from .common import at
from .test_daily_report import DailyCase

TUESDAY = date(2026, 3, 31)


class TestMorningDigest(DailyCase):
    """One message a person, on days the store is open, when it opens."""

    def send(self, moment):
        """Run the cron at a moment; return the new morning messages."""
        before = self.messages()
        self.run_cron(moment, "_cron_send", "dealer.morning.digest")
        return self.messages() - before

    def messages(self):
        return self.env["mail.message"].search([("subject", "ilike", "Your work of")])

    def task(self, deadline, user):
        return self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.buyer.partner.id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "date_deadline": deadline,
                "user_id": user.id,
            }
        )

    def of(self, messages, user):
        return messages.filtered(lambda message: message.partner_ids == user.partner_id)

    def test_once_a_day_to_each_sales_post(self):
        self.assertFalse(self.send("2026-03-31 08:59"))
        sent = self.send("2026-03-31 09:01")
        posts = self.consultants | self.sales_manager | self.sales_director
        posts |= self.dcc_agent | self.second_agent | self.dcc_lead
        self.assertEqual(sent.partner_ids, posts.partner_id)
        self.assertEqual(len(sent), len(posts))
        self.assertFalse(self.send("2026-03-31 09:06"))
        self.assertFalse(self.send("2026-03-31 17:00"))
        self.assertEqual(len(self.send("2026-04-01 09:01")), len(posts))

    def test_not_after_closing_nor_on_closed_days(self):
        self.assertFalse(self.send("2026-03-31 18:01"), "after an outage of a day")
        self.assertFalse(self.send("2026-04-05 10:00"), "Sunday")

    def test_off_switch_and_leave(self):
        me = self.sales_consultant.with_user(self.sales_consultant)
        me.write({"dealer_digest": False})
        self.env["dealer.duty"].create(
            {
                "user_id": self.teammate.id,
                "unit_id": self.store_a.id,
                "kind": "leave",
                "start": at("2026-03-30 09:00"),
            }
        )
        told = self.send("2026-03-31 09:01").partner_ids
        self.assertNotIn(self.sales_consultant.partner_id, told)
        self.assertNotIn(self.teammate.partner_id, told)
        self.assertIn(self.stranger.partner_id, told)
        error = self.attempt(lambda: me.write({"dealer_digest_on": TUESDAY}))
        self.assertIsInstance(error, AccessError)
        other = self.teammate.with_user(self.sales_consultant)
        self.assertIsInstance(
            self.attempt(lambda: other.write({"dealer_digest": False})), AccessError
        )

    def test_what_it_says(self):
        for days in (-3, -1, 0, 1):
            self.task(TUESDAY + timedelta(days=days), self.sales_consultant)
        self.env["crm.lead"].search([("user_id", "=", self.sales_consultant.id)]).action_archive()
        self.prospect("Waits", received="2026-03-30 17:00", grade=None)
        self.guest("2026-03-30 10:00")
        self.guest("2026-03-30 11:00")
        body = self.of(self.send("2026-03-31 09:01"), self.sales_consultant).body
        for words in ("Tasks overdue</a>: <b>2", "Tasks due today</a>: <b>1"):
            self.assertIn(words, body)
        self.assertIn("Leads without an answer</a>: <b>1", body)
        self.assertIn("All Sales Visits 2", body)
        self.assertNotIn("Canary", body)

    def test_the_day_before_is_the_last_open_one(self):
        self.guest("2026-04-04 10:00")  # Saturday
        body = self.of(self.send("2026-04-06 09:01"), self.sales_consultant).body
        self.assertIn("All Sales Visits 1", body)

    def test_managers_get_the_team(self):
        self.task(TUESDAY, self.teammate)
        self.task(TUESDAY, self.stranger)
        sent = self.send("2026-03-31 09:01")
        body = self.of(sent, self.sales_manager).body
        self.assertIn(self.teammate.name, body)
        self.assertNotIn(self.stranger.name, body)
        self.assertIn(self.stranger.name, self.of(sent, self.sales_director).body)
        self.assertNotIn("<table", self.of(sent, self.sales_consultant).body)
        self.assertIn(self.second_agent.name, self.of(sent, self.dcc_lead).body)
