from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common_dcc import DccCase
from .common_order import QUIET


class RecallCase(DccCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.recalls = cls.env["dealer.defeat.recall"]
        cls.defeat_reason = cls.env.ref("dealer_leads.defeat_reason_none_postponed_the_purchase")
        cls.share(100)

    @classmethod
    def share(cls, percent):
        cls.env["ir.config_parameter"].set_param("dealer_leads.defeat_recall_share", percent)

    def defeat(self, tag, consultant=None):
        """Return a confirmed defeat of the consultant."""
        consultant = consultant or self.sales_consultant
        customer = self.make_customer(tag, car=False, consultant_id=consultant.id)
        lead = self.make_lead(customer)
        lead._dealer_set_grade("B", "to begin with")
        defeat = (
            self.env["dealer.defeat"]
            .with_user(consultant)
            .create(
                {
                    "lead_id": lead.id,
                    "reason_id": self.defeat_reason.id,
                    "analysis": "wordsofconsultant",
                }
            )
        )
        defeat.with_user(self.sales_director).action_confirm()
        return defeat

    def recall(self, tag, consultant=None):
        return self.recalls.search([("defeat_id", "=", self.defeat(tag, consultant).id)])


class TestDefeatSample(RecallCase):
    def drawn(self, consultant, number):
        return [bool(self.recall(f"D{consultant.id}{i}", consultant)) for i in range(number)]

    def test_every_consultant_has_the_share(self):
        self.share(30)
        for consultant in (self.sales_consultant, self.teammate, self.stranger):
            drawn = self.drawn(consultant, 10)
            self.assertEqual(sum(drawn), 3, consultant.name)
            # Evenly along the row: never two in a row, never more than four without one.
            words = "".join(map(str, map(int, drawn)))
            self.assertNotIn("11", words)
            self.assertNotIn("00000", words)

    def test_nothing_and_everything(self):
        self.share(0)
        self.assertEqual(self.drawn(self.sales_consultant, 3), [False] * 3)
        self.share(100)
        self.assertEqual(self.drawn(self.teammate, 3), [True] * 3)

    def test_many_confirmed_at_once_are_one_row(self):
        self.share(50)
        defeats = self.env["dealer.defeat"]
        for number in range(6):
            customer = self.make_customer(
                f"M{number}", car=False, consultant_id=self.sales_consultant.id
            )
            defeats |= defeats.with_user(self.sales_consultant).create(
                {"lead_id": self.make_lead(customer).id, "reason_id": self.defeat_reason.id}
            )
        defeats.with_user(self.sales_director).action_confirm()
        self.assertEqual(self.recalls.search_count([("defeat_id", "in", defeats.ids)]), 3)


class TestDefeatRecall(RecallCase):
    @mute_logger(*QUIET)
    def test_the_caller_is_blind(self):
        recall = self.recall("Blind")
        for user in (self.dcc_agent, self.dcc_lead):
            mine = recall.with_user(user)
            row = mine.read()[0]
            self.assertNotIn("wordsofconsultant", str(row))
            self.assertNotIn(self.defeat_reason.name, str(row))
            self.assertNotIn("defeat_id", row)
            self.assertIsInstance(self.attempt(lambda m=mine: m.read(["defeat_id"])), AccessError)
            self.assertIsInstance(
                self.attempt(lambda m=mine: m.search([("defeat_id.analysis", "ilike", "wordsof")])),
                AccessError,
            )
            self.assertNotIn(recall.relation_id.partner_id.phone, str(row))
        mine = recall.with_user(self.dcc_agent)
        mine.action_take()
        self.assertEqual(mine.phone, recall.relation_id.partner_id.phone)
        self.assertFalse(mine.consultant_reason)
        mine.write({"answer_reason_id": self.defeat_reason.id, "answer_text": "明年再买"})
        mine.action_true()
        self.assertEqual(mine.result, "true")
        self.assertIn(self.defeat_reason.name, mine.consultant_reason)
        self.assertEqual(mine.consultant_analysis, "wordsofconsultant")
        self.assertFalse(mine.phone)

    def test_false_defeat_revives_and_credits_the_finder(self):
        recall = self.recall("Alive")
        lead = recall.defeat_id.lead_id
        self.assertEqual(lead.won_status, "lost")
        mine = recall.with_user(self.dcc_agent)
        mine.action_take()
        with self.assertRaisesRegex(UserError, "what the customer says"):
            mine.action_false()
        mine.answer_text = "还在看，周末想试驾"
        mine.action_false()
        self.assertEqual(lead.won_status, "pending")
        self.assertEqual(lead.dealer_grade_id.code, "B")
        self.assertEqual(lead.dealer_revived_by_id, self.dcc_agent)
        self.assertEqual(recall.defeat_id.state, "reactivated")
        self.assertEqual(lead.dealer_relation_id.dcc_agent_id, self.dcc_agent)
        self.assertEqual(lead.user_id, self.sales_consultant, "who served the customer still does")
        self.assertTrue(lead.with_user(self.dcc_agent).has_access("write"))

    def test_unreachable_after_three_attempts(self):
        mine = self.recall("Silent").with_user(self.dcc_agent)
        mine.action_take()
        for attempt in (1, 2):
            mine.action_unreachable()
            self.assertEqual((mine.state, mine.attempts), ("open", attempt))
        mine.action_unreachable()
        self.assertEqual((mine.state, mine.result), ("answered", "unreachable"))
        with self.assertRaisesRegex(UserError, "answered already"):
            mine.action_true()

    @mute_logger(*QUIET)
    def test_who_asks(self):
        recall = self.recall("Asked")
        with self.assertRaisesRegex(AccessError, "by the call centre"):
            recall.with_user(self.sales_director).action_take()
        self.assertIsInstance(
            self.attempt(lambda: recall.with_user(self.dcc_agent).action_true()), AccessError
        )
        recall.with_user(self.dcc_agent).action_take()
        with self.assertRaisesRegex(UserError, "asked by T Dcc Agent already"):
            recall.with_user(self.dcc_lead).action_take()
        for values in (
            {"result": "false"},
            {"state": "answered"},
            {"caller_id": self.dcc_lead.id},
            {"consultant_id": self.teammate.id},
        ):
            with self.assertRaisesRegex(UserError, "by its buttons"):
                recall.with_user(self.dcc_agent).write(values)
        known = self.recall("Known")
        known.relation_id._assign({"dcc_agent_id": self.dcc_agent.id}, "x")
        with self.assertRaisesRegex(UserError, "You know this customer"):
            known.with_user(self.dcc_agent).action_take()

    @mute_logger(*QUIET)
    def test_consultants_learn_of_answers_only(self):
        recall = self.recall("Secret")
        mine = recall.with_user(self.sales_consultant)
        self.assertFalse(mine.search([("id", "=", recall.id)]))
        self.assertIsInstance(self.attempt(lambda: mine.read(["state"])), AccessError)
        self.assertFalse(recall.with_user(self.sales_manager).has_access("read"))
        asked = recall.with_user(self.dcc_agent)
        asked.action_take()
        asked.answer_reason_id = self.defeat_reason
        asked.action_true()
        self.assertTrue(mine.has_access("read"))
        self.assertTrue(recall.with_user(self.sales_manager).has_access("read"))
        self.assertFalse(recall.with_user(self.teammate).has_access("read"))

    def test_accuracy_by_hand(self):
        """Accuracy = really lost ÷ (really lost + not lost); unreachable in no rate.

        consultant   true  false  unreachable  cases  accuracy  false defeats
        consultant      3      1            1      4      75 %           25 %
        teammate        1      1            0      2      50 %           50 %
        together        4      2            1      6    66.7 %         33.3 %
        """
        for consultant, answers in (
            (self.sales_consultant, ("true", "true", "true", "false", "unreachable")),
            (self.teammate, ("true", "false")),
        ):
            for number, answer in enumerate(answers):
                mine = self.recall(f"A{consultant.id}{number}", consultant).with_user(
                    self.dcc_agent
                )
                mine.action_take()
                mine.write({"answer_reason_id": self.defeat_reason.id, "answer_text": "x"})
                for _again in range(3 if answer == "unreachable" else 1):
                    getattr(mine, f"action_{answer}")()
        report = self.env["dealer.defeat.recall.report"].with_user(self.sales_director)
        measures = ["cases:sum", "unreachable:sum", "accuracy:avg", "false_rate:avg"]
        domain = [("company_id", "=", self.store_a.company_id.id)]
        rows = {
            user: numbers
            for user, *numbers in report._read_group(domain, ["consultant_id"], measures)
        }
        self.assertEqual(rows[self.sales_consultant], [4, 1, 0.75, 0.25])
        self.assertEqual(rows[self.teammate], [2, 0, 0.5, 0.5])
        [(cases, unreachable, accuracy, false_rate)] = report._read_group(domain, [], measures)
        self.assertEqual((cases, unreachable), (6, 1))
        self.assertAlmostEqual(accuracy, 4 / 6)
        self.assertAlmostEqual(false_rate, 2 / 6)
        mine = report.with_user(self.teammate)._read_group([], ["consultant_id"], ["cases:sum"])
        self.assertEqual(mine, [(self.teammate, 2)])
