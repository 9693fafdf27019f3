from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common_dcc import DccCase
from .common_order import QUIET


class TestDccCall(DccCase):
    def test_seven_steps_with_talk_track(self):
        call = self.take(self.pooled("Steps"))
        kinds = []
        for _step in self.steps:
            kinds.append(call.step_kind)
            self.assertTrue(call.script)
            self.assertNotIn("{", call.script)
            call.action_next()
        self.assertEqual(
            kinds, ["prepare", "open", "needs", "value", "invite", "confirm", "record"]
        )
        self.assertTrue(call.is_last)
        call.action_back()
        self.assertEqual(call.step_kind, "confirm")
        call.action_to_end()
        self.assertTrue(call.is_last)

    def test_talk_track_names_customer_and_agent(self):
        call = self.take(self.pooled("Named"))
        call.action_next()
        self.assertIn("CanaryNamed", call.script)
        self.assertIn(self.dcc_agent.name, call.script)
        self.assertIn(self.store_a.name, call.script)

    def test_result_invited(self):
        call = self.take(self.pooled("Invited"))
        moment = fields.Datetime.now() + timedelta(days=2)
        call.write({"budget": "15万", "compared": "CR-V", "trade_in": "朗逸", "loan": True})
        self.finish(
            call, "invited", invite_at=moment, consultant_id=self.teammate.id, plate="浙B12345"
        )
        invitation = self.invitations.search([("lead_id", "=", call.lead_id.id)])
        self.assertEqual(
            (invitation.state, invitation.planned_at, invitation.consultant_id, invitation.user_id),
            ("invited", moment, self.teammate, self.dcc_agent),
        )
        contact = call.interaction_id
        self.assertEqual(
            (contact.kind, contact.direction, contact.answered, contact.evidence, contact.user_id),
            ("call", "out", True, "declared", self.dcc_agent),
        )
        for words in ("15万", "CR-V", "朗逸"):
            self.assertIn(words, contact.summary)
        # The day of the store, which is ahead of the world's in the evening.
        self.assertEqual(call.lead_id.dealer_next_date, self.store_a._clock_local(moment).date())
        self.assertEqual(call.state, "done")

    def test_one_invitation_at_a_time(self):
        entry = self.pooled("Moved")
        invitation = self.invite(entry)
        action = entry.lead_id.with_user(self.dcc_agent).action_dealer_dcc_call()
        moment = fields.Datetime.now() + timedelta(days=3)
        self.finish(self.call_of(action), "invited", invite_at=moment)
        self.assertEqual(self.invitations.search([("lead_id", "=", entry.lead_id.id)]), invitation)
        self.assertEqual(invitation.planned_at, moment)

    def test_result_follow_up(self):
        call = self.take(self.pooled("Follow"))
        date = fields.Date.context_today(call) + timedelta(days=2)
        self.finish(call, "interested", next_date=date, grade_id=self.grade("A").id, summary="喜欢")
        self.assertEqual(call.lead_id.dealer_grade_id.code, "A")
        self.assertEqual(call.lead_id.dealer_next_date, date)

    def grade(self, code):
        return self.env["dealer.grade"].search([("code", "=", code)])

    def test_task_of_the_agent_beside_the_consultant(self):
        lead = self.make_lead(self.buyer, dealer_received_at=self.ago(days=31))
        self.pool._drain()
        call = self.take(self.pool.search([("lead_id", "=", lead.id)]))
        self.finish(call, "no_answer", next_date=fields.Date.context_today(call))
        task = lead.activity_ids.filtered(lambda task: task.user_id == self.dcc_agent)
        self.assertEqual(task.activity_type_id.name, "DCC Call")

    def test_result_defeat_asks_the_manager(self):
        call = self.take(self.pooled("Lost"))
        action = self.finish(call, "no_wish")
        self.assertEqual(action["res_model"], "dealer.defeat")
        self.assertEqual(action["context"]["default_lead_id"], call.lead_id.id)

    def test_plain_errors(self):
        call = self.take(self.pooled("Errors"))
        today = fields.Date.context_today(call)
        with self.assertRaisesRegex(UserError, "Choose how the call ended"):
            call.action_finish()
        for values, words in (
            ({"result": "invited"}, "Enter when the customer comes"),
            ({"result": "invited", "invite_at": self.ago(hours=1)}, "lies in the past"),
            ({"result": "interested"}, "Choose when the next contact is"),
            ({"result": "interested", "next_date": today - timedelta(days=1)}, "in the past"),
            (
                {
                    "result": "interested",
                    "next_date": today + timedelta(days=9),
                    "grade_id": self.grade("H").id,
                },
                "contacted every 3 days",
            ),
        ):
            with self.assertRaisesRegex(UserError, words):
                self.finish(call, **values)
        self.assertEqual(call.state, "open")
        self.assertFalse(self.invitations.search([("lead_id", "=", call.lead_id.id)]))
        self.finish(call, "no_answer", next_date=today)
        with self.assertRaisesRegex(UserError, "This call is done"):
            call.action_finish()

    @mute_logger(*QUIET)
    def test_calls_are_written_by_who_makes_them(self):
        call = self.take(self.pooled("Mine"))
        for values in (
            {"state": "done"},
            {"user_id": self.dcc_agent.id},
            {"lead_id": self.lead.id},
            {"seat": "direct"},
            {"unit_id": self.store_b.id},
        ):
            with self.assertRaisesRegex(UserError, "by its buttons"):
                call.write(values)
        with self.assertRaisesRegex(AccessError, "call of a colleague"):
            call.with_user(self.dcc_lead).write({"summary": "x"})
        with self.assertRaisesRegex(UserError, "consultant of the store"):
            call.write({"consultant_id": self.consultant_b.id})
        self.assertIsInstance(
            self.attempt(lambda: call.with_user(self.second_agent).write({"summary": "x"})),
            AccessError,
        )
        self.assertIsInstance(self.attempt(lambda: call.copy()), AccessError)
        with self.assertRaisesRegex(AccessError, "made by DCC agents"):
            self.lead.with_user(self.sales_consultant).action_dealer_dcc_call()


class TestDccInbound(DccCase):
    def ring(self, phone, agent=None, **values):
        agent = agent or self.dcc_agent
        wizard = self.env["dealer.dcc.inbound"].with_user(agent).create({"phone": phone, **values})
        return self.call_of(wizard.action_begin(), agent)

    def test_new_caller(self):
        call = self.ring("199 0078 5501", name="王先生", brand="大众", series="探岳")
        lead = call.lead_id
        self.assertEqual((call.direction, call.seat), ("in", "inbound"))
        self.assertEqual((lead.user_id, lead.name), (self.dcc_agent, "大众 探岳"))
        self.assertEqual(lead.dealer_relation_id.dcc_agent_id, self.dcc_agent)
        self.assertEqual(lead.source_id.dealer_code, "hotline")
        self.assertIn("speaking", (call.action_next(), call.script)[1])
        self.assertEqual(self.ring("19900785501"), call, "who calls again joins the open call")

    def test_caller_out_of_the_pool(self):
        entry = self.pooled("Rings")
        call = self.ring(entry.relation_id.partner_id.phone)
        self.assertEqual(call.lead_id, entry.lead_id)
        self.assertEqual(entry.state, "gone")
        self.assertEqual(entry.lead_id.user_id, self.dcc_agent)

    def test_customer_of_a_colleague_is_put_through(self):
        with self.assertRaisesRegex(UserError, "is served by T Sales Consultant. Put the call"):
            self.ring(self.buyer.partner.phone)
        self.assertFalse(self.buyer.relation.dcc_agent_id)

    def test_plain_errors(self):
        with self.assertRaisesRegex(UserError, "Ask for the surname"):
            self.ring("19900785502")
        with self.assertRaises(UserError):
            self.ring("123", name="王")
