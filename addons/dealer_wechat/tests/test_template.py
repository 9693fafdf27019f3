from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import BaseCase
from odoo.tools import mute_logger

from odoo.addons.dealer_touch.tests.common import TouchCase, at

from ..tools.template_limits import fields_of, kind_of, preview, trouble
from .common import WechatCase

TEMPLATE = "/cgi-bin/message/template/send"
LIST = "/cgi-bin/template/get_all_private_template"
CONTENT = "{{thing1.DATA}}\n时间：{{time2.DATA}}"
WRITERS = {"marketing_manager", "general_manager", "group_executive", "system"}


class TestLimits(BaseCase):
    def test_kinds(self):
        for name, kind in (
            ("thing1", "thing"),
            ("phone_number12", "phone_number"),
            ("first", ""),
            ("keyword1", ""),
            ("name", ""),
        ):
            self.assertEqual(kind_of(name), kind, name)

    def test_trouble(self):
        for name, value, wrong in (
            ("thing1", "长" * 20, ""),
            ("thing1", "长" * 21, "long"),
            ("thing1", "", "empty"),
            ("first", "", ""),
            ("first", "长" * 500, ""),
            ("number1", "12.5", ""),
            ("number1", "12元", "letters"),
            ("phone_number1", "0574-88", ""),
            ("phone_number1", "来电", "letters"),
            ("car_number1", "浙B12345", ""),
            ("car_number1", "浙B·123456", "long"),
            ("phrase1", "已确认", ""),
            ("phrase1", "OK", "letters"),
            ("name1", "王小明", ""),
            ("name1", "王" * 11, "letters"),
            ("character_string1", "编号1", "letters"),
        ):
            self.assertEqual(trouble(name, value), wrong, (name, value))

    def test_preview(self):
        self.assertEqual(fields_of(CONTENT), ["thing1", "time2"])
        self.assertEqual(preview("{{a.DATA}}-{{b.DATA}}", {"a": "1"}), "1-")


class TestTemplate(WechatCase, TouchCase):
    """Kinds of messages take their template, whose fields get their words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ways = [
            {"channel": "wechat", "body": "您好 {客户}"},
            {"channel": "sms", "body": "短信"},
        ]
        cls.template = cls.make_template()

    @classmethod
    def make_template(cls, **values):
        return cls.env["dealer.wechat.template"].create(
            {
                "name": "保养提醒",
                "account_id": cls.account.id,
                "number": "TPL-SERVICE",
                "content": CONTENT,
                "purpose": "service",
                "value_ids": [
                    (0, 0, {"name": "thing1", "value": "{客户}的车该保养了"}),
                    (0, 0, {"name": "time2", "value": "{日期}"}),
                ],
                **values,
            }
        )

    def drain(self, *args, **values):
        return TouchCase.drain(self, *args, **values)

    def due(self, **values):
        values = {"purpose": "service", **values}
        return self.run_rule(at(9, day=-1), ways=self.ways, **values)

    def sent(self):
        with freeze_time(at(9, 1, day=-1)):
            self.env["dealer.wechat.outbox"]._drain()
        return [call[2] for call in self.platform.to(TEMPLATE)]

    # ------------------------------------------------------------
    # What goes out
    # ------------------------------------------------------------

    def test_purpose_has_its_template(self):
        self.partner.name = "王先生"
        self.make_identity("o1", self.partner)
        touch = self.due()
        self.assertEqual(touch.state, "queued", touch.reason)
        [body] = self.sent()
        self.assertEqual(body["template_id"], "TPL-SERVICE")
        self.assertEqual(body["data"]["thing1"]["value"], "王先生的车该保养了")
        self.assertTrue(body["data"]["time2"]["value"])

    def test_other_purpose_takes_the_general_one(self):
        self.template.purpose = "marketing"
        self.make_identity("o1", self.partner)
        self.due()
        [body] = self.sent()
        self.assertEqual(body["template_id"], "TPL")
        self.assertIn(self.partner.name, body["data"]["first"]["value"])

    def test_single_rule_comes_first(self):
        templates = self.env["dealer.wechat.template"]
        own = self.make_template(number="TPL-OWN", sequence=99)
        rule = self.due().rule_id
        own.rule_ids = rule
        self.assertEqual(templates._for(self.account, "service", rule), own)
        self.assertEqual(templates._for(self.account, "service"), self.template)
        self.template.active = False
        self.assertFalse(templates._for(self.account, "service"))

    def test_without_a_general_one(self):
        self.account.reminder_template = False
        self.partner.name = "王先生"
        self.make_identity("o1", self.partner)
        self.assertEqual(self.due().channel, "wechat")
        self.template.active = False
        self.assertEqual(self.due().channel, "sms")

    def test_too_long_takes_the_next_way_and_says_why(self):
        self.partner.name = "长" * 30
        self.make_identity("o1", self.partner)
        touch = self.due()
        self.assertFalse(self.sent())
        self.assertEqual((touch.channel, touch.state), ("sms", "sent"))
        self.ways = self.ways[:1]
        touch = self.due()
        self.assertEqual(touch.state, "failed")
        self.assertIn("thing1", touch.reason)
        self.assertIn("20", touch.reason)

    def test_answer_while_there_is_a_window(self):
        self.partner.name = "长" * 30
        self.make_identity("o1", self.partner, window_until=at(20, day=-1), window_left=1)
        self.assertEqual(self.due().state, "queued")
        self.assertFalse(self.sent())
        self.assertTrue(self.platform.to("/cgi-bin/message/custom/send"))

    def test_page(self):
        pages = self.env["dealer.wechat.menu"]._pages()
        if not pages:
            self.skipTest("no addon with pages is installed")
        self.template.page = next(iter(pages))
        payload, problem = self.template._payload({"customer": "王", "date": "明天"})
        self.assertFalse(problem)
        self.assertIn("/dealer_wechat/go/", payload["url"])

    def test_asking_to_write_has_its_own(self):
        self.template.write({"purpose": "ask"})
        self.sales_consultant.name = "沈佳怡"
        self.template.value_ids[0].value = "{顾问}有回复给您"
        self.account.reminder_template = False
        customer = self.make_customer("Ask", consultant_id=self.sales_consultant.id)
        fan = self.make_identity("o1", customer.partner)
        fan._channel()
        self.assertTrue(fan._chat_state()["template"])
        fan.with_user(self.sales_consultant).action_ask_to_write()
        row = self.env["dealer.wechat.outbox"].search([("identity_id", "=", fan.id)])
        self.assertEqual(
            row.payload["data"]["thing1"]["value"], f"{self.sales_consultant.name}有回复给您"
        )
        self.sales_consultant.name = "沈佳怡" * 7
        fan.window_until = fields.Datetime.now() - timedelta(hours=1)
        with self.assertRaisesRegex(UserError, "thing1"):
            fan.with_user(self.sales_consultant).action_ask_to_write()

    # ------------------------------------------------------------
    # Setting up
    # ------------------------------------------------------------

    def test_preview_and_problems(self):
        self.assertIn("的车该保养了", self.template.preview)
        self.assertIn("时间：", self.template.preview)
        self.assertFalse(self.template.problem)
        self.template.value_ids[1].unlink()
        self.assertIn("time2", self.template.problem)

    def test_wrong_values_are_refused(self):
        value = self.template.value_ids[0]
        for values in (
            {"value": "{unknown}"},
            {"value": "长" * 21},
            {"name": "thing9"},
        ):
            error = self.attempt(lambda values=values: value.write(values))
            self.assertIsInstance(error, ValidationError, values)
        with self.assertRaises(ValidationError):
            self.template.number = "TPL 1"

    def test_read_from_the_platform(self):
        fresh = self.env["dealer.wechat.template"].create(
            {"name": "x", "account_id": self.account.id, "number": "N1"}
        )
        mine = fresh.with_user(self.users["marketing_manager"])
        row = {"template_id": "N1", "title": "保养", "content": CONTENT + "{{thing3.DATA}}"}
        self.platform.answers[LIST] = [{"template_list": [row]}]
        mine.action_read()
        self.assertEqual(
            {value.name: value.value for value in fresh.value_ids},
            {"thing1": "{words}", "time2": "{date}", "thing3": "{store}"},
        )
        self.assertEqual(fields_of(fresh.content), ["thing1", "time2", "thing3"])
        fresh.number = "N2"
        with self.assertRaisesRegex(UserError, "N1"):
            mine.action_read()
        self.platform.answers[LIST] = [{"errcode": 48001, "errmsg": "x"}]
        error = self.attempt(mine.action_read)
        self.assertIsInstance(error, UserError)

    def test_check_of_the_account(self):
        rows = [
            {"template_id": "TPL", "content": "{{first.DATA}}"},
            {"template_id": "TPL-SERVICE", "content": "{{thing1.DATA}}"},
        ]
        self.platform.answers[LIST] = [{"template_list": rows}]
        check = self.env["dealer.wechat.check"].create({"account_id": self.account.id})
        check.action_check()
        line = check.line_ids.filtered(lambda line: line.name == "template")
        self.assertEqual(line.state, "bad")
        self.assertIn("time2", line.words)

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_rights(self):
        there = self.make_account(self.store_b, appid="wxb", original_id="gh_b")
        other = self.make_template(account_id=there.id, value_ids=[])
        for post, user in self.users.items():
            for mine in (self.template, self.template.value_ids):
                self.assertEqual(mine.with_user(user).has_access("write"), post in WRITERS, post)
            self.assertFalse(other.with_user(user).has_access("read"), post)
            if post in WRITERS:
                for values, row in (
                    ({"account_id": there.id}, self.template),
                    ({"template_id": other.id}, self.template.value_ids[0]),
                ):
                    mine = row.with_user(user)
                    error = self.attempt(lambda mine=mine, values=values: mine.write(values))
                    self.assertTrue(error, (post, values))
