from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import POSTS

from .common_service import QUIET, ServiceCase

#: 10:00 on a Wednesday in China.
DELIVERED = "2027-03-10 02:00:00"
#: Two days later, 14:00 there.
LATER = "2027-03-12 06:00:00"
#: What hits the write of the ladder: care agents call, managers supervise.
CALLERS = {
    "service_advisor",
    "service_manager",
    "care_agent",
    "care_manager",
    "general_manager",
    "group_executive",
    "system",
}


@tagged("post_install", "-at_install")
class CallbackCase(ServiceCase):
    """An owner whose car was handed over on a Wednesday at ten."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callbacks = cls.env["dealer.callback"]
        cls.owner = cls.make_customer("Owner")
        cls.car = cls.make_car(cls.owner)
        cls.rules = cls.env["dealer.touch.rule"].search([("way_ids.channel", "=", "call_back")])
        cls.rules.since = "2027-01-01"

    @classmethod
    def deliver(cls, car=None, at=DELIVERED):
        with freeze_time(at):
            cls.now = fields.Datetime.now()
            order = cls.make_order(car or cls.car)
            order.action_close()
        return order

    def run_rules(self, at):
        """Plan and send as the crons do at a moment."""
        with freeze_time(at):
            self.rules._plan_now()
            touches = self.env["dealer.touch"].search([("rule_id", "in", self.rules.ids)])
            touches.filtered(
                lambda touch: touch.send_at and touch.send_at <= fields.Datetime.now()
            )._work_safely(fields.Datetime.now())
        self.env.invalidate_all()

    def of(self, order):
        return self.callbacks.search(
            [("res_model", "=", order._name), ("res_id", "=", order.id)], order="due_on, id"
        )

    def first_call(self, order=None):
        order = order or self.deliver()
        self.run_rules("2027-03-10 04:05:00")
        return self.of(order)

    def answer(self, callback):
        for answer in callback.answer_ids:
            if answer.kind == "stars":
                answer.stars = 5
            elif answer.kind == "yes_no":
                answer.yes_no = "yes"
            elif answer.kind == "choice":
                answer.choice = answer.choices.splitlines()[0]


class TestCallbackPlan(CallbackCase):
    def test_ladder(self):
        order = self.deliver()
        for moment in (
            "2027-03-10 04:05:00",
            "2027-03-13 02:05:00",
            "2027-03-17 02:05:00",
            "2027-03-25 02:05:00",
            "2027-03-25 02:06:00",
        ):
            self.run_rules(moment)
            self.run_rules(moment)
        rows = self.of(order)
        self.assertEqual(
            rows.mapped("due_on"),
            [
                fields.Date.to_date(day)
                for day in ("2027-03-10", "2027-03-13", "2027-03-17", "2027-03-25")
            ],
        )
        self.assertEqual(rows.mapped("is_first"), [True, False, False, False])
        self.assertEqual(rows.user_id, self.care_agent)
        self.assertEqual(rows.partner_id, self.owner.partner)
        self.assertEqual(set(rows.mapped("state")), {"due"})
        self.assertTrue(all(row.answer_ids for row in rows))

    def test_evening_is_called_the_next_morning(self):
        order = self.deliver(at="2027-03-10 11:30:00")  # 19:30; two hours later it is too late
        self.run_rules("2027-03-10 14:00:00")
        self.assertFalse(self.of(order))
        self.run_rules("2027-03-11 00:45:00")
        self.assertEqual(self.of(order).due_on, fields.Date.to_date("2027-03-11"))

    def test_opened_again_is_not_called_twice(self):
        order = self.deliver()
        first = self.first_call(order)
        with freeze_time("2027-03-10 05:00:00"):
            order.with_user(self.service_manager).action_reopen()
            order.with_user(self.service_manager).action_close()
        self.run_rules("2027-03-10 07:30:00")
        self.assertEqual(self.of(order), first)

    def test_opened_again_drops_out(self):
        order = self.deliver()
        with freeze_time("2027-03-10 03:00:00"):
            self.rules._plan_now()
            order.with_user(self.service_manager).action_reopen()
        self.run_rules("2027-03-10 04:05:00")
        self.assertFalse(self.of(order))

    def test_customer_of_no_store_is_not_planned(self):
        order = self.deliver(self.make_car(self.make_customer("There", self.store_b)))
        self.run_rules("2027-03-10 04:05:00")
        self.assertFalse(self.of(order))
        touch = self.env["dealer.touch"].search([("res_id", "=", order.id)], order="id", limit=1)
        self.assertEqual(touch.state, "skipped")
        self.assertTrue(touch.reason)

    def test_who_refused_is_not_called(self):
        first = self.first_call()
        first.with_user(self.care_agent).action_refused()
        self.assertEqual((first.state, bool(first.cancel_reason)), ("cancelled", True))
        self.assertEqual(first._clock_open(), self.env["dealer.clock"])
        second = self.deliver(at="2027-03-20 02:00:00")
        self.run_rules("2027-03-20 04:05:00")
        row = self.of(second)
        self.assertEqual((row.state, bool(row.cancel_reason)), ("cancelled", True))
        self.assertFalse(row.answer_ids)
        with self.assertRaises(AccessError):
            first.with_user(self.care_agent).action_agrees_again()
        first.with_user(self.care_manager).action_agrees_again()
        third = self.deliver(at="2027-03-22 02:00:00")
        self.run_rules("2027-03-22 04:05:00")
        self.assertEqual(self.of(third).state, "due")

    def test_consent_taken_back(self):
        consent = self.env["dealer.consent"].create(
            {
                "partner_id": self.owner.partner.id,
                "unit_id": self.store_a.id,
                "purpose": "service",
                "text_version": "1",
            }
        )
        consent.action_withdraw()
        self.assertEqual(self.first_call().state, "cancelled")

    def test_repurchase_needs_consent(self):
        self.car.purchase_date = "2022-03-10"
        self.run_rules("2027-03-10 02:05:00")
        row = self.of(self.car)
        self.assertEqual(row.step_id, self.env.ref("dealer_service.callback_step_repurchase"))
        self.assertEqual(row.state, "due")
        self.assertFalse(row.is_first)
        other = self.make_car(self.make_customer("None"), purchase_date="2022-03-10")
        self.customers["None"].consent.action_withdraw()
        self.run_rules("2027-03-10 02:06:00")
        self.assertEqual(self.of(other).state, "cancelled")

    def test_first_maintenance_once(self):
        self.car.service_due = "2027-03-17"
        self.run_rules("2027-03-10 02:05:00")
        self.assertEqual(len(self.of(self.car)), 1)
        self.car.service_due = "2027-03-20"  # the forecast moved
        self.run_rules("2027-03-13 02:05:00")
        self.assertEqual(len(self.of(self.car)), 1)
        been = self.make_car(self.make_customer("Been"))
        self.deliver(been, at="2027-01-05 02:00:00")
        been.service_due = "2027-03-17"
        self.run_rules("2027-03-10 02:06:00")
        self.assertFalse(self.of(been))

    def test_way_needs_a_step(self):
        rule = self.env.ref("dealer_service.touch_rule_callback_3")
        with self.assertRaises(ValidationError):
            rule.way_ids.callback_step_id = False
        with self.assertRaises(ValidationError):
            rule.model_id = self.env["ir.model"]._get("dealer.consent")

    def test_many_cost_no_more_queries(self):
        def count(number, day):
            cars = [self.make_car(self.owner) for _each in range(number)]
            for car in cars:
                self.deliver(car, at=f"2027-03-{day} 02:00:00")
            with freeze_time(f"2027-03-{day} 04:05:00"):
                self.rules._plan_now()
                touches = self.env["dealer.touch"].search(
                    [("rule_id", "in", self.rules.ids), ("state", "=", "planned")]
                )
                touches = touches.filtered(lambda each: each.send_at <= fields.Datetime.now())
                self.assertEqual(len(touches), number)
                self.env.flush_all()
                before = self.env.cr.sql_log_count
                self.callbacks._known(touches)
                self.callbacks._refusals(touches)
                self.callbacks._without_call(touches)
                used = self.env.cr.sql_log_count - before
                touches._work_safely(fields.Datetime.now())
            return used

        few = count(2, "10")
        self.assertLessEqual(count(6, "11"), few)


class TestCallbackCourse(CallbackCase):
    def test_reached(self):
        callback = self.first_call()
        mine = callback.with_user(self.care_agent)
        with self.assertRaises(UserError):
            mine.action_reached()  # nothing is answered
        self.answer(mine)
        with self.assertRaises(UserError):
            mine.action_reached()  # not yet asked how it was on the whole
        mine.satisfaction = "very"
        with freeze_time(LATER):
            mine.action_reached()
        self.assertEqual((callback.state, callback.is_dissatisfied), ("done", False))
        self.assertEqual(callback.done_by_id, self.care_agent)
        self.assertEqual(callback.attempt_ids.mapped("result"), ["reached"])
        contact = self.env["dealer.interaction"].search(
            [("res_model", "=", "dealer.callback"), ("res_id", "=", callback.id)]
        )
        self.assertEqual(
            (contact.kind, contact.direction, contact.evidence, contact.two_way),
            ("call", "out", "declared", True),
        )
        self.assertEqual(contact.partner_id, self.owner.partner)
        self.assertFalse(callback.activity_ids)
        for action in ("action_reached", "action_not_reached", "action_later", "action_refused"):
            with self.assertRaises(UserError):
                getattr(mine, action)()
        with self.assertRaises(UserError):
            mine.satisfaction = "fully"
        with self.assertRaises(UserError):
            mine.answer_ids[:1].yes_no = "no"

    def test_dissatisfied_is_handed_on(self):
        callback = self.first_call()
        mine = callback.with_user(self.care_agent)
        self.answer(mine)
        mine.satisfaction = "rather_not"
        with self.assertRaises(UserError):
            mine.action_reached()  # the words are missing
        mine.words = "刹车还是响"
        with patch.object(self.registry["dealer.dissatisfaction"], "_report") as report:
            mine.action_reached()
        self.assertTrue(callback.is_dissatisfied)
        report.assert_called_once_with(
            mine, mine.partner_id, self.store_a, "刹车还是响", "call_back", vehicle=self.car
        )

    def test_bad_answer_counts(self):
        callback = self.first_call()
        mine = callback.with_user(self.care_agent)
        self.answer(mine)
        mine.answer_ids.filtered("alarm")[:1].yes_no = "no"
        mine.write({"satisfaction": "rather", "words": "异响没有解决"})
        mine.action_reached()
        self.assertTrue(callback.is_dissatisfied)

    def test_three_times_in_vain(self):
        self.env["ir.config_parameter"].set_param("dealer_touch.sms_provider", "simulator")
        self.env["dealer.consent"].create(
            {
                "partner_id": self.owner.partner.id,
                "unit_id": self.store_a.id,
                "purpose": "service",
                "text_version": "1",
            }
        )
        callback = self.first_call()
        mine = callback.with_user(self.care_agent)
        with freeze_time("2027-03-10 04:30:00"):
            mine.action_not_reached()
        self.assertEqual((callback.state, callback.attempt_count), ("due", 1))
        # Three opening hours later, the same day.
        self.assertEqual(callback.planned_on, fields.Date.to_date("2027-03-10"))
        self.assertGreater(
            callback.next_attempt_at, fields.Datetime.to_datetime("2027-03-10 04:30:00")
        )
        with freeze_time("2027-03-10 09:00:00"):
            mine.action_not_reached()
        self.assertEqual(callback.planned_on, fields.Date.to_date("2027-03-11"))
        with freeze_time("2027-03-11 03:00:00"):
            mine.action_not_reached()
            self.assertEqual((callback.state, callback.attempt_count), ("unreachable", 3))
            self.assertEqual(callback.handled_at, fields.Datetime.now())
            with self.assertRaises(UserError):
                mine.action_not_reached()
            for _twice in range(2):
                callback.message_touch_id._work_safely(fields.Datetime.now())
        self.assertEqual(callback.message_touch_id.state, "sent")
        self.assertEqual(callback.state, "message")
        # The customer calls back.
        self.answer(mine)
        mine.satisfaction = "fully"
        mine.action_reached()
        self.assertEqual(callback.state, "done")

    def test_message_without_consent_says_why(self):
        callback = self.first_call()
        mine = callback.with_user(self.care_agent)
        with freeze_time("2027-03-10 04:30:00"):
            for _each in range(3):
                mine.action_not_reached()
            callback.message_touch_id._work_safely(fields.Datetime.now())
        self.assertEqual(callback.state, "unreachable")
        self.assertTrue(callback.message_reason)

    def test_later(self):
        callback = self.first_call()
        mine = callback.with_user(self.care_agent)
        with freeze_time("2027-03-10 04:30:00"):
            with self.assertRaises(UserError):
                mine.next_attempt_at = "2027-03-09 01:00:00"
            mine.next_attempt_at = "2027-03-11 01:00:00"
            mine.action_later()
        self.assertEqual(callback.planned_on, fields.Date.to_date("2027-03-11"))
        self.assertEqual((callback.state, callback.attempt_count), ("due", 0))

    def test_clock(self):
        callback = self.first_call()
        clock = callback._clock_open("call_back")
        self.assertEqual(clock.due_at, fields.Datetime.to_datetime("2027-03-13 02:00:00"))
        self.assertEqual(clock.user_id, self.care_agent)
        self.run_rules("2027-03-13 02:05:00")
        second = self.of(self.env["dealer.service.order"].browse(callback.res_id)) - callback
        mine = second.with_user(self.care_agent)
        self.answer(mine)
        mine.satisfaction = "very"
        with freeze_time("2027-03-13 02:30:00"):
            mine.action_reached()  # another call of the ladder, but half an hour too late
        self.assertEqual(clock.state, "missed")
        self.assertTrue(clock.stopped_at)

    def test_urgency(self):
        callback = self.first_call()
        for moment, urgency in (
            ("2027-03-09 15:00:00", "later"),
            ("2027-03-09 16:30:00", "today"),  # half past midnight in the store
            ("2027-03-10 15:30:00", "today"),
            ("2027-03-10 16:30:00", "overdue"),
        ):
            with freeze_time(moment):
                callback.invalidate_recordset(["urgency"])
                self.assertEqual(callback.urgency, urgency, moment)
                for name in ("later", "today", "overdue"):
                    found = self.callbacks.search([("urgency", "=", name)])
                    self.assertEqual(callback in found, name == urgency, moment)

    def test_bad_answers(self):
        callback = self.first_call()
        answer = callback.answer_ids[:1]
        with self.assertRaises(ValidationError):
            answer.choice = "none of them"
        with self.assertRaises(UserError):
            answer.with_user(self.care_agent).question = "x"

    def test_questions_of_the_store(self):
        step = self.env.ref("dealer_service.callback_step_same_day")
        here, there = self.env["dealer.callback.question"].create(
            [
                {"name": f"Q{unit.code}", "kind": "text", "unit_id": unit.id, "step_ids": step.ids}
                for unit in (self.store_a, self.store_b)
            ]
        )
        asked = self.first_call().answer_ids.question_id
        self.assertIn(here, asked)
        self.assertNotIn(there, asked)
        with self.assertRaises(ValidationError):
            here.kind = "choice"


class TestCallbackReport(CallbackCase):
    def row(self, order):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["dealer.callback.report"].browse(order.id * 2)

    def test_verdicts(self):
        order = self.deliver()
        with freeze_time("2027-03-10 04:00:00"):
            self.assertEqual(self.row(order).verdict, "open")
        with freeze_time("2027-03-14 04:00:00"):
            row = self.row(order)
            self.assertEqual((row.verdict, row.in_time_share), ("missing", 0))
            self.assertFalse(row.user_id)
        callback = self.first_call(order)
        mine = callback.with_user(self.care_agent)
        self.answer(mine)
        mine.satisfaction = "very"
        with freeze_time(LATER):
            mine.action_reached()
        with freeze_time("2027-03-14 04:00:00"):
            row = self.row(order)
            self.assertEqual((row.verdict, row.in_time_share), ("in_time", 100))
            self.assertEqual((row.reached_share, row.dissatisfied_share), (100, 0))
            self.assertEqual(row.user_id, self.care_agent)
            action = row.with_user(self.care_manager).action_open_callbacks()
            self.assertEqual(self.callbacks.search(action["domain"]), callback)

    def test_shares(self):
        """Four deliveries: in time, too late, refused, not called: one of three is right."""
        cars = [self.make_car(self.make_customer(f"R{number}")) for number in range(4)]
        orders = [self.deliver(car) for car in cars]
        self.run_rules("2027-03-10 04:05:00")
        rows = [self.of(order).with_user(self.care_agent) for order in orders]
        for row, moment in ((rows[0], LATER), (rows[1], "2027-03-14 06:00:00")):
            self.answer(row)
            row.satisfaction = "very"
            with freeze_time(moment):
                row.action_reached()
        rows[2].action_refused()
        rows[2].sudo().handled_at = False
        with freeze_time("2027-03-15 04:00:00"):
            self.env.flush_all()
            [(count, share)] = self.env["dealer.callback.report"]._read_group(
                [("res_id", "in", [order.id for order in orders]), ("about", "=", "service")],
                [],
                ["__count", "in_time_share:avg"],
            )
        self.assertEqual((count, round(share, 1)), (4, 33.3))

    def test_what_was_before_the_rules_does_not_count(self):
        order = self.deliver(at="2026-12-01 02:00:00")
        self.assertFalse(self.row(order).exists())


class TestCallbackRights(CallbackCase):
    """Who calls whom: the customers that one sees, and nobody else's."""

    @mute_logger(*QUIET)
    def test_posts(self):
        callback = self.first_call()
        there = self.make_customer("There", self.store_b)
        other = callback.sudo().copy(
            {"unit_id": self.store_b.id, "partner_id": there.partner.id, "res_id": 0}
        )
        attempt = self.env["dealer.callback.attempt"].create(
            {"callback_id": callback.id, "user_id": self.care_agent.id, "result": "later"}
        )
        question = self.env["dealer.callback.question"].create(
            {"name": "Here", "unit_id": self.store_a.id}
        )
        everywhere = self.env.ref("dealer_service.callback_question_work")
        managers = {
            "service_manager",
            "care_manager",
            "general_manager",
            "group_executive",
            "system",
        }
        for post in (*POSTS, "system"):
            env = self.env(user=self.users[post])
            mine = callback.with_env(env)
            # Sales sees the customers of its own and those nobody serves yet, whose manager it is.
            sees = post in CALLERS or post in ("sales_manager", "sales_director")
            for record in (mine, attempt.with_env(env), callback.answer_ids[:1].with_env(env)):
                self.assertEqual(record.has_access("read"), sees, f"{post} {record}")
                self.assertFalse(record.has_access("unlink"), f"{post} {record}")
                self.assertFalse(record.has_access("create"), f"{post} {record}")
            self.assertEqual(mine.has_access("write"), sees, post)
            self.assertFalse(attempt.with_env(env).has_access("write"), post)
            self.assertFalse(other.with_env(env).has_access("read"), post)
            self.assertEqual(question.with_env(env).has_access("write"), post in managers, post)
            self.assertEqual(
                everywhere.with_env(env).has_access("write"),
                post in ("group_executive", "system"),
                post,
            )
            for vals in ({"state": "done"}, {"handled_at": False}, {"partner_id": 1}):
                self.assertTrue(self.attempt(lambda mine=mine, vals=vals: mine.write(vals)), post)
            self.assertTrue(self.attempt(lambda env=env: env["dealer.callback"].create({})), post)
            hands_on = self.attempt(
                lambda mine=mine: mine.write({"user_id": self.service_advisor.id})
            )
            self.assertEqual(
                not hands_on,
                post in managers | {"sales_manager", "sales_director"},
                f"{post} {hands_on}",
            )
        error = self.attempt(
            lambda: callback.with_user(self.care_manager).write({"user_id": self.consultant_b.id})
        )
        self.assertIsInstance(error, UserError)

    def test_consultant_sees_own_customers(self):
        customer = self.make_customer("Mine", consultant_id=self.sales_consultant.id)
        callback = self.first_call(self.deliver(self.make_car(customer)))
        self.assertTrue(callback.with_user(self.sales_consultant).has_access("write"))
        self.assertFalse(callback.with_user(self.stranger).has_access("read"))

    def test_nobody_else(self):
        callback = self.first_call()
        portal = self.env["res.users"].create(
            {
                **self.prepare_person("t_portal", ["base.group_portal"], self.store_a),
                "partner_id": self.owner.partner.id,
            }
        )
        for user in (portal, self.env.ref("base.public_user"), self.reception, self.technician):
            for record in (callback, callback.answer_ids[:1], callback.step_id):
                self.assertFalse(record.with_user(user).has_access("read"), user.login)
