from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.dealer_clock.tests.common import at

from .common_consultation import ConsultationCase
from .common_order import QUIET

MORNING = at(10)


class TestConsultation(ConsultationCase):
    """A question, its answers, the one that is taken, and what became of the customer (B14)."""

    def test_course(self):
        question = self.ask()
        self.assertEqual(
            (question.state, question.expert_ids, question.user_id),
            ("open", self.stranger | self.sales_director, self.stranger),
        )
        self.assertTrue(question._clock_open("consultation"))
        first = self.answer(question, amount=131800)
        self.assertEqual((question.state, question.answered_at), ("answered", first.answered_at))
        self.assertFalse(question._clock_open("consultation"))
        second = self.answer(question, self.sales_director, proposal="不让价")
        self.assertEqual(question.answer_count, 2)
        second.with_user(self.sales_consultant).action_accept()
        self.assertEqual((question.state, second.is_accepted), ("accepted", True))
        with self.assertRaisesRegex(UserError, "now “Advice Taken”"):
            first.with_user(self.sales_consultant).action_accept()
        question.action_undo_accept()
        self.assertEqual((question.state, second.is_accepted), ("answered", False))
        first.with_user(self.sales_consultant).action_accept()
        with self.assertRaisesRegex(UserError, "How Useful"):
            question.action_close()
        question.useful = "5"
        question.action_close()
        self.assertEqual(question.state, "closed")

    def test_minutes_of_opening_hours(self):
        with freeze_time(MORNING):
            question = self.ask()
        with freeze_time(at(10, 45)):
            self.assertEqual(self.answer(question).minutes, 45)

    def test_two_hours_then_the_manager(self):
        with freeze_time(MORNING):
            question = self.ask()
            clock = question._clock_open("consultation")
            self.assertEqual((clock.due_at, clock.user_id), (at(12), self.stranger))
            self.assertFalse(clock.partner_id, "whoever advises learns no customer by the clock")
            self.assertNotIn("CanaryBuyer", question._clock_title())
        for moment, told in (
            (at(11, 31), self.stranger),
            (at(12, 1), self.sales_director),
            (at(13, 1), self.sales_director),
        ):
            with freeze_time(moment):
                self.env["dealer.clock"]._drain()
                event = clock.event_ids.filtered(lambda event, now=moment: event.at == now)
                self.assertIn(told, event.user_ids, moment)

    def test_experts_are_told(self):
        told = []
        with patch.object(
            type(self.env["res.users"]),
            "_bus_send",
            lambda user, kind, words: told.append((user, words["title"])),
        ):
            question = self.ask()
            self.assertEqual({user for user, _title in told}, set(question.sudo().expert_ids))
            told.clear()
            answer = self.answer(question)
            self.assertEqual(told, [(self.sales_consultant, f"Answer of {self.stranger.name}")])
            told.clear()
            answer.with_user(self.sales_consultant).action_accept()
            self.assertEqual(told, [(self.stranger, "Your advice was taken")])
        inbox = self.env["mail.notification"].search(
            [("res_partner_id", "=", self.stranger.partner_id.id)]
        )
        self.assertIn("别家便宜三千", str(inbox.mail_message_id.mapped("body")))

    def test_nobody_is_named(self):
        with self.assertRaisesRegex(UserError, "Nobody in Store A is named"):
            self.ask(self.finance)

    def test_experts_work_in_the_store(self):
        experts = self.env["dealer.consultation.expert"].with_user(self.sales_director)
        for user in (self.consultant_b, self.technician):
            with self.assertRaisesRegex(ValidationError, "does not advise"):
                experts.create(
                    {
                        "unit_id": self.store_a.id,
                        "topic_id": self.finance.id,
                        "user_id": user.id,
                    }
                )

    def test_numbers_are_left_out(self):
        number = self.buyer.partner.phone
        for written in (number, f"{number[:3]} {number[3:7]} {number[7:]}", f"+86-{number}"):
            with self.assertRaisesRegex(ValidationError, "Leave the customer's number out"):
                self.ask(question=f"客户{written}问价")
        with self.assertRaisesRegex(ValidationError, "Leave telephone numbers out"):
            self.answer(self.ask(), proposal=f"打{number}")
        self.assertTrue(self.ask(question="指导价138000 首付30000，36期"))

    def test_withdrawn(self):
        question = self.ask()
        question.action_withdraw()
        self.assertEqual(question.state, "withdrawn")
        self.assertFalse(question._clock_open("consultation"))
        with self.assertRaisesRegex(UserError, "Withdrawn"):
            self.answer(question)
        answered = self.ask()
        self.answer(answered)
        with self.assertRaisesRegex(UserError, "now “Answer Given”"):
            answered.action_withdraw()

    # ------------------------------------------------------------------ what became of it

    def taken(self):
        question = self.ask()
        self.answer(question).with_user(self.sales_consultant).action_accept()
        return question

    def test_won_by_the_order(self):
        question, late = self.taken(), self.ask()
        order = self.make_order(lead_id=self.lead.id, vin=self.next_vin())
        self.assertEqual(question.outcome, "open", "a draft is no order")
        order.action_order()
        self.assertEqual(question.outcome, "won")
        self.assertTrue(question.outcome_at)
        self.assertEqual((late.state, late.outcome), ("closed", "won"))
        self.assertFalse(late._clock_open("consultation"))
        with self.assertRaisesRegex(UserError, "has decided"):
            question.action_undo_accept()
        order._cancel(self.reason)
        self.assertEqual((question.outcome, question.outcome_at), ("open", False))
        question.action_undo_accept()

    def test_lost_by_the_defeat(self):
        question = self.taken()
        reason = self.env["dealer.defeat.reason"].search(
            [("child_ids", "=", False), ("need_competitor", "=", False)], limit=1
        )
        defeat = (
            self.env["dealer.defeat"]
            .with_user(self.sales_consultant)
            .create({"lead_id": self.lead.id, "reason_id": reason.id})
        )
        self.assertEqual(question.outcome, "open", "asked is not lost")
        defeat.with_user(self.sales_manager).action_confirm()
        self.assertEqual(question.outcome, "lost")
        self.lead.action_dealer_reactivate()
        self.assertEqual(question.outcome, "open")

    def test_closed_leads_are_not_asked_about(self):
        self.lead.action_set_won()
        with self.assertRaisesRegex(UserError, "This lead is closed"):
            self.ask()

    def test_figures(self):
        with freeze_time(MORNING):
            questions = [self.ask() for _each in range(3)]
        for question, minutes in zip(questions, (10, 20, 90), strict=True):
            with freeze_time(MORNING + timedelta(minutes=minutes)):
                self.answer(question)
        for question in questions[:2]:
            question.answer_ids.with_user(self.sales_consultant).action_accept()
            question.useful = "4"
        self.make_order(lead_id=self.lead.id, vin=self.next_vin()).action_order()
        row = self.env["dealer.consultation.report"].search(
            [("user_id", "=", self.stranger.id), ("topic_id", "=", self.price.id)]
        )
        self.assertEqual((row.answers, row.accepted, row.ordered), (3, 2, 2))
        self.assertEqual((row.median_minutes, row.order_rate, row.usefulness), (20, 1, 4))
        self.assertAlmostEqual(row.accepted_share, 2 / 3, 5)

    def test_timeline(self):
        self.answer(self.ask())
        lines = (
            self.env["dealer.timeline"]
            .with_user(self.sales_consultant)
            .search([("relation_id", "=", self.buyer.relation.id), ("kind", "=", "consultation")])
        )
        self.assertEqual(lines.mapped("user_id"), self.sales_consultant | self.stranger)
        self.assertIn("送两次保养", " ".join(lines.mapped("text")))

    def test_follows_the_lead_to_another_customer(self):
        question = self.ask()
        self.lead.partner_id = self.house.partner
        self.env.flush_all()
        self.assertEqual(question.sudo().relation_id, self.house.relation)

    # ------------------------------------------------------------------ what experts see

    @mute_logger(*QUIET)
    def test_expert_sees_a_masked_name_and_no_number(self):
        for topic, expert in ((self.price, self.stranger), (self.service, self.service_manager)):
            question = self.ask(topic).with_user(expert)
            self.assertFalse(self.lead.with_user(expert).has_access("read"))
            answer = self.answer(question, expert)
            seen = str(question.read()) + str(answer.read()) + question.display_name
            web = question.web_read(
                {"lead_id": {"fields": {"display_name": {}}}, "customer": {}, "answer_ids": {}}
            )
            for secret in (*self.buyer.canaries, self.buyer.name_canary):
                self.assertNotIn(secret, seen + str(web), expert.login)
            self.assertEqual(question.customer, "C**")
            self.assertNotIn("relation_id", question.read()[0])
            for action in (
                question.lead_id.read,
                question.action_open_lead,
                lambda row=question: row.read(["relation_id"]),
                lambda row=question: row.search([("relation_id.partner_name", "like", "Canary")]),
            ):
                error = self.attempt(action)
                self.assertIsInstance(error, AccessError)
            for path, words in (
                ("lead_id.phone", "199"),
                ("lead_id.partner_id.name", "Canary"),
                ("lead_id.name", "Canary"),
            ):
                domain = [("id", "=", question.id), (path, "like", words)]
                error = self.attempt(
                    lambda row=question, asked=domain: self.assertFalse(row.search(asked))
                )
                self.assertIsInstance(error, (AccessError, type(None)), f"{path} {error}")

    def test_who_sees_the_customer_anyway_reads_the_name(self):
        question = self.ask()
        for user in (self.sales_consultant, self.sales_director, self.sales_manager):
            self.assertEqual(question.with_user(user).customer, self.buyer.partner.name)

    @mute_logger(*QUIET)
    def test_forged_by_nobody(self):
        question = self.ask(
            state="accepted",
            asker_id=self.teammate.id,
            expert_ids=[(6, 0, self.teammate.ids)],
            outcome="won",
            useful="5",
        )
        self.assertEqual(
            (question.state, question.asker_id, question.outcome, question.useful),
            ("open", self.sales_consultant, "open", False),
        )
        self.assertNotIn(self.teammate, question.expert_ids)
        other = self.make_lead(self.house)
        self.assertIsInstance(self.attempt(lambda: self.ask(lead=other)), AccessError)
        for values in ({"state": "closed"}, {"outcome": "won"}, {"expert_ids": []}):
            self.assertIsInstance(
                self.attempt(lambda values=values: question.write(values)), UserError
            )
        self.assertIsInstance(self.attempt(lambda: question.write({"useful": "5"})), UserError)
        director = question.with_user(self.sales_director)
        for action in (
            director.action_withdraw,
            lambda: director.write({"question": "x"}),
            lambda: self.answer(question, self.sales_consultant),
            lambda: self.answer(question, self.sales_manager),
            lambda: self.answer(question, self.teammate),
        ):
            self.assertIsInstance(self.attempt(action), AccessError)
        answer = self.answer(question, user_id=self.sales_director.id, is_accepted=True)
        self.assertEqual((answer.user_id, answer.is_accepted), (self.stranger, False))
        for action in (
            answer.action_accept,
            lambda: answer.with_user(self.sales_director).write({"proposal": "x"}),
            lambda: answer.write({"is_accepted": True}),
            lambda: answer.write({"consultation_id": self.ask().id}),
        ):
            self.assertIsInstance(self.attempt(action), UserError)
        answer.proposal = "送三次保养"
        answer.with_user(self.sales_consultant).action_accept()
        self.assertIsInstance(self.attempt(lambda: answer.write({"proposal": "x"})), UserError)

    def test_query_budget(self):
        for _each in range(3):
            self.answer(self.ask())
        asks = self.asks.with_user(self.stranger)
        names = ["customer", "car", "state", "topic_id", "clock_due_at", "answer_count"]
        asks.search_fetch([], names, limit=1).read(names)
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            asks.search_fetch([], names).read(names)

    def test_odoos_own_leads_ask_for_nothing(self):
        lead = self.env["crm.lead"].create({"name": "Own", "user_id": False})
        self.env.flush_all()
        asked = type(self.asks)
        with patch.object(asked, "_measure", side_effect=AssertionError):
            lead.action_set_lost()
            self.env.flush_all()
