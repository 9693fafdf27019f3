from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import TouchCase, at

SENDING = "odoo.addons.dealer_touch.models.dealer_touch_sending"


class TestSending(TouchCase):
    """What is due is looked at again, goes out once, and says why where it does not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.relation.since = at(9).date()
        cls.rule = cls.make_rule(hour=9)

    def planned(self):
        self.plan(self.rule, at(8))
        touch = self.touches(self.rule).filtered(lambda each: each.res_id == self.relation.id)
        self.assertEqual((touch.state, touch.planned_at), ("planned", at(9)))
        return touch

    def test_sent_when_due(self):
        touch = self.planned()
        self.drain(at(8, 59))
        self.assertEqual(touch.state, "planned")
        self.drain(at(9))
        self.assertEqual((touch.state, touch.channel, touch.sent_at), ("sent", "sms", at(9)))
        self.assertFalse(touch.send_at)
        message = self.messages()
        self.assertEqual(message.phone, self.partner.phone_normalized)
        self.assertEqual(message.content, f"【{self.store_a.name}】您好 {self.partner.name}")
        self.assertEqual((touch.made_model, touch.made_id), (message._name, message.id))
        self.drain(at(10))
        self.assertEqual(len(self.messages()), 1)

    def test_a_moved_date_moves_the_touch(self):
        touch = self.planned()
        self.relation.since = at(9, day=10).date()
        self.drain(at(9))
        self.assertEqual(
            (touch.state, touch.planned_at, touch.send_at),
            ("planned", at(9, day=10), at(9, day=10)),
        )
        self.plan(self.rule, at(9, day=9))
        self.assertEqual(len(self.touches(self.rule)), 1)
        self.drain(at(9, day=10))
        self.assertEqual(touch.state, "sent")

    def test_moved_within_the_window(self):
        """The planner moves it itself: also to an earlier date than it would be looked at again."""
        touch = self.planned()
        for day in (2, 1):
            self.relation.since = at(9, day=day).date()
            self.plan(self.rule, at(8, 30, day=day - 1))
            self.assertEqual(self.touches(self.rule), touch)
            self.assertEqual((touch.state, touch.planned_at), ("planned", at(9, day=day)))
            self.assertEqual(touch.send_at, touch.planned_at)
        self.drain(at(9, day=1))
        self.assertEqual(touch.state, "sent")

    def test_moved_where_another_one_stands_already(self):
        """There and back again: the date was touched already, and is not touched twice."""
        first = self.planned()
        self.drain(at(9))
        self.relation.since = at(9, day=1).date()
        self.plan(self.rule, at(10))
        second = self.touches(self.rule) - first
        self.relation.since = at(9).date()
        self.plan(self.rule, at(11))
        self.drain(at(9, day=1))
        self.assertEqual((second.state, second.reason_code), ("skipped", "moved"))
        self.assertEqual(self.touches(self.rule).mapped("state"), ["sent", "skipped"])

    def test_moved_back_is_due_at_once(self):
        touch = self.planned()
        self.relation.since = at(9, day=-1).date()
        self.drain(at(9))
        self.assertEqual((touch.state, touch.planned_at), ("sent", at(9, day=-1)))

    def test_a_changed_offset_moves_it_too(self):
        touch = self.planned()
        self.rule.offset_number = 2
        self.drain(at(9))
        self.assertEqual((touch.state, touch.planned_at), ("planned", at(9, day=2)))

    def test_out_of_the_filter(self):
        self.rule.domain = "[('stage', '=', 'prospect')]"
        touch = self.planned()
        self.relation.stage = "owner"
        self.drain(at(9))
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "left"))
        self.assertFalse(self.messages())

    def test_gone_and_archived(self):
        touch = self.planned()
        self.relation.sudo().unlink()
        self.drain(at(9))
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "gone"))
        other = self.make_agreed("archived").relation
        other.since = at(9).date()
        self.plan(self.rule, at(9, 30))
        self.rule.active = False
        touch = self.touches(self.rule) - touch
        self.drain(at(9, 30))
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "left"))

    def test_too_late(self):
        touch = self.planned()
        self.drain(at(10, day=2))
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "late"))

    def test_who_serves_the_customer_now(self):
        rule = self.make_rule(
            addressee="staff",
            user_path="consultant_id",
            ways=[{"channel": "activity", "subject": "联系{客户}"}],
        )
        self.plan(rule, at(8))
        self.relation._assign({"consultant_id": self.teammate.id}, "test")
        self.drain(at(9))
        touch = self.touches(rule)
        self.assertEqual(touch.user_id, self.teammate)
        activity = self.env["mail.activity"].browse(touch.made_id)
        self.assertEqual(activity.user_id, self.teammate)
        self.assertEqual(activity.res_model, "res.partner")
        self.assertEqual(activity.summary, f"联系{self.partner.name}")

    def test_nobody_there(self):
        """Who has gone is stood in for by the team's manager, or by the general manager."""
        rule = self.make_rule(
            addressee="staff",
            user_path="consultant_id",
            ways=[{"channel": "activity", "subject": "x"}],
        )
        self.plan(rule, at(8))
        self.sales_consultant.active = False
        self.drain(at(9))
        self.assertEqual(self.touches(rule).user_id, self.sales_manager)

    def test_post_on_duty(self):
        rule = self.make_rule(
            addressee="duty",
            group_id=self.env.ref("dealer_base.group_dcc_agent").id,
            ways=[{"channel": "activity", "subject": "x"}],
        )
        self.plan(rule, at(8))
        self.drain(at(9))
        self.assertEqual(self.touches(rule).user_id, self.dcc_agent)
        nobody = self.make_rule(
            addressee="duty",
            group_id=self.env.ref("base.group_portal").id,
            ways=[{"channel": "activity", "subject": "x"}],
        )
        self.plan(nobody, at(8))
        self.general_manager.active = False
        self.drain(at(9))
        self.assertEqual(self.touches(nobody).reason_code, "no_person")

    def test_busy_gateway_is_tried_again(self):
        self.partner.phone = "13977009999"
        touch = self.planned()
        self.drain(at(9))
        self.assertEqual((touch.state, touch.attempts), ("planned", 1))
        self.assertEqual(touch.send_at, at(9, 2))
        self.assertIn("BUSINESS_LIMIT", touch.reason)
        self.drain(at(9, 2))
        self.assertEqual((touch.attempts, touch.send_at), (2, at(9, 6)))
        for minutes in (6, 14, 30):
            self.drain(at(9, minutes))
        self.assertEqual((touch.state, touch.reason_code), ("failed", "error"))
        self.assertFalse(touch.send_at)

    def test_next_way_when_one_is_closed(self):
        self.rule.way_ids.create(
            {
                "rule_id": self.rule.id,
                "sequence": 9,
                "channel": "email",
                "subject": "您好",
                "body": "{客户}",
            }
        )
        self.partner.phone = "13977000000"
        touch = self.planned()
        self.drain(at(9))
        self.assertEqual((touch.state, touch.reason_code), ("failed", "error"))
        self.assertIn("mail server", touch.reason)
        self.assertIn("ILLEGAL", touch.reason)
        self.env["ir.mail_server"].create({"name": "test", "smtp_host": "localhost"})
        with freeze_time(at(10)):
            touch.action_again()
        self.drain(at(10))
        self.assertEqual((touch.state, touch.channel), ("queued", "email"))

    def test_one_that_fails_stops_nobody(self):
        bad = self.make_agreed("bad").relation
        bad.since = at(9).date()
        touch = self.planned()
        broken = self.touches(self.rule) - touch
        whole = type(self.env["dealer.touch"])._prepare_way

        def prepare(self, way, place):
            if self.res_id == bad.id:
                raise ValueError("broken record")
            return whole(self, way, place)

        with (
            patch.object(type(self.env["dealer.touch"]), "_prepare_way", prepare),
            mute_logger(SENDING),
        ):
            self.drain(at(9))
        self.assertEqual(touch.state, "sent")
        self.assertEqual((broken.state, broken.attempts), ("planned", 1))
        self.assertIn("broken record", broken.reason)

    def test_done_by_the_task(self):
        rule = self.make_rule(
            addressee="staff",
            user_path="consultant_id",
            ways=[{"channel": "activity", "subject": "x"}],
        )
        self.plan(rule, at(8))
        self.drain(at(9))
        touch = self.touches(rule)
        self.env["mail.activity"].browse(touch.made_id).action_feedback("called")
        self.assertEqual(touch.state, "done")
        self.assertTrue(touch.done_at)

    def test_a_deleted_task_says_so(self):
        rule = self.make_rule(
            addressee="staff",
            user_path="consultant_id",
            ways=[{"channel": "activity", "subject": "x"}],
        )
        self.plan(rule, at(8))
        self.drain(at(9))
        touch = self.touches(rule)
        self.env["mail.activity"].browse(touch.made_id).unlink()
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "cancelled"))

    def test_by_hand(self):
        touch = self.planned()
        mine = touch.with_user(self.sales_manager)
        with self.assertRaises(AccessError):
            touch.with_user(self.sales_consultant).action_send_now()
        with self.assertRaisesRegex(UserError, "tried again"):
            mine.action_again()
        with freeze_time(at(8, 10)):
            mine.action_cancel()
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "cancelled"))
        self.assertIn(self.sales_manager.name, touch.reason)
        with self.assertRaisesRegex(UserError, "can be cancelled"):
            mine.action_cancel()
        with self.assertRaisesRegex(UserError, "can be sent now"):
            mine.action_send_now()
        with freeze_time(at(8, 20)):
            mine.action_again()
        self.assertEqual(touch.state, "planned")
        self.drain(at(8, 20))
        self.assertEqual((touch.state, touch.sent_at), ("sent", at(8, 20)))

    def test_send_now_goes_before_its_time(self):
        touch = self.planned()
        with freeze_time(at(8, 10)):
            touch.with_user(self.sales_manager).action_send_now()
        self.drain(at(8, 10))
        self.assertEqual((touch.state, touch.sent_at), ("sent", at(8, 10)))

    def test_done_by_hand(self):
        rule = self.make_rule(
            addressee="staff",
            user_path="consultant_id",
            ways=[{"channel": "activity", "subject": "x"}],
        )
        self.plan(rule, at(8))
        self.drain(at(9))
        touch = self.touches(rule)
        with self.assertRaises(AccessError):
            touch.with_user(self.teammate).action_done()
        touch.with_user(self.sales_consultant).action_done()
        self.assertEqual(touch.state, "done")

    def test_on_the_timeline(self):
        touch = self.planned()
        self.drain(at(9))
        page = (
            self.env["dealer.timeline"]
            .with_user(self.sales_consultant)
            .timeline_page("res.partner", self.partner.id, ["touch"])
        )
        self.assertEqual([row["summary"] for row in page["rows"]], [touch.body])
        self.assertEqual(page["rows"][0]["state"], "Sent")

    def test_why_on_the_customer(self):
        touch = self.planned()
        self.drain(at(10, day=3))
        partner = self.partner.with_user(self.sales_consultant)
        self.assertEqual(partner.dealer_touch_count, 1)
        action = partner.action_dealer_touches()
        found = self.env["dealer.touch"].with_user(self.sales_consultant).search(action["domain"])
        self.assertEqual(found.mapped("reason"), [touch.reason])
        self.assertTrue(touch.reason)

    def test_queries_of_a_drain(self):
        """What a batch costs does not grow with what is in it, but for what is written."""
        for number in range(20):
            self.make_agreed(f"batch{number}").relation.since = at(9).date()
        self.plan(self.rule, at(8))
        self.assertEqual(len(self.touches(self.rule)), 21)
        self.env.flush_all()
        self.env.invalidate_all()
        with freeze_time(at(9)), self.assertQueryCount(CLAIM_QUERIES):
            self.env["dealer.touch"]._drain()
            self.env.flush_all()
        self.env.invalidate_all()
        with freeze_time(at(9)), self.assertQueryCount(SEND_QUERIES):
            self.env["dealer.touch"]._drain()
            self.env.flush_all()
        self.assertEqual(set(self.touches(self.rule).mapped("state")), {"sent"})

    def test_list_reads_in_few_queries(self):
        for number in range(20):
            self.make_agreed(f"list{number}").relation.since = at(9).date()
        self.plan(self.rule, at(8))
        touches = self.env["dealer.touch"].with_user(self.marketing_manager)
        fields = {"document_name": {}, "state": {}, "rule_id": {"fields": {"display_name": {}}}}
        touches.web_search_read([("rule_id", "=", self.rule.id)], fields, limit=5)
        self.env.invalidate_all()
        with self.assertQueryCount(LIST_QUERIES):
            touches.web_search_read([("rule_id", "=", self.rule.id)], fields, limit=80)

    def test_form_opens(self):
        touch = self.planned()
        form = Form(touch.with_user(self.marketing_manager))
        self.assertEqual(form.state, "planned")
        self.assertEqual(touch.valid_until - touch.planned_at, timedelta(days=2))


CLAIM_QUERIES = 60
SEND_QUERIES = 60
LIST_QUERIES = 30
