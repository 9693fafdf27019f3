from odoo.exceptions import ValidationError

from .common import LeadsCase

MAIL = """From: {sender}
To: leads@dealer.example
Subject: {subject}
Message-Id: <{number}@platform.example>
MIME-Version: 1.0
Content-Type: text/{kind}; charset=utf-8
Content-Transfer-Encoding: 8bit

{body}
"""
#: Notices as platforms send them: lines, a table, and words in brackets.
AUTOHOME = """您好，您有一条新的销售线索：

线索编号：AH20261107001
客户姓名：王先生
手机号码：19900780001
意向品牌：大众
意向车系：速腾
所在城市：宁波
询价时间：2026-01-07 22:35:00
用户留言：最低多少钱，能贷款吗？

请尽快联系客户。
"""
DONGCHEDI = """<html><body><p>您有新的留资，请及时跟进</p><table>
<tr><td>线索ID</td><td>DCD-778</td></tr><tr><td>姓名</td><td>李女士</td></tr>
<tr><td>联系电话</td><td>+86 199-0078-0002</td></tr><tr><td>品牌</td><td>丰田</td></tr>
<tr><td>车系</td><td>卡罗拉</td></tr><tr><td>城市</td><td>宁波市</td></tr>
</table></body></html>"""
YICHE = """【姓名】 张三
【手机】 199 0078 0003
【品牌】 大众
【车型】 迈腾
【地区】 宁波
【备注】 周末看车
"""


class TestLeadMail(LeadsCase):
    def mail(self, sender, body, subject="新线索提醒", number=1, kind="plain", alias=None):
        raw = MAIL.format(sender=sender, subject=subject, number=number, kind=kind, body=body)
        before = self.env["dealer.lead.mail"].search([])
        values = {"unit_id": alias.id} if alias else None
        self.env["mail.thread"].message_process(
            "dealer.lead.mail", raw.encode(), custom_values=values
        )
        mail = self.env["dealer.lead.mail"].search([]) - before
        self.inbox._drain()
        return mail

    def test_notices_of_platforms(self):
        for number, (sender, body, kind, source, expected) in enumerate(
            (
                (
                    "notice@mail.autohome.com.cn",
                    AUTOHOME,
                    "plain",
                    "autohome",
                    ("AH20261107001", "王先生", "19900780001", "大众", "速腾", "宁波"),
                ),
                (
                    "懂车帝 <noreply@dongchedi.com>",
                    DONGCHEDI,
                    "html",
                    "dongchedi",
                    ("DCD-778", "李女士", "+86 199-0078-0002", "丰田", "卡罗拉", "宁波市"),
                ),
                (
                    "crm@service.yiche.com",
                    YICHE,
                    "plain",
                    "yiche",
                    ("<3@platform.example>", "张三", "199 0078 0003", "大众", "迈腾", "宁波"),
                ),
            ),
            1,
        ):
            row = self.mail(sender, body, number=number, kind=kind).inbox_id
            found = (
                row.external_id,
                row.customer_name,
                row.phone,
                row.brand,
                row.series,
                row.city,
            )
            self.assertEqual((row.source, found), (source, expected))
            self.assertEqual(row.state, "done", row.error)
            self.assertEqual(row.lead_id.dealer_unit_id, self.store_a)
        self.assertEqual(
            str(self.inbox.search([("source", "=", "autohome")]).occurred_at)[:16],
            "2026-01-07 14:35",
        )

    def test_the_same_notice_twice(self):
        first = self.mail("a@autohome.com.cn", AUTOHOME)
        again = self.mail("a@autohome.com.cn", AUTOHOME, number=2)
        self.assertEqual(first.inbox_id, again.inbox_id)

    def test_unknown_mail_waits_for_a_person(self):
        mail = self.mail("somebody@example.com", "我想买车，电话见附件", subject="买车")
        row = mail.inbox_id
        self.assertFalse(mail.parser_id)
        self.assertEqual((row.state, row.source), ("attention", "mail"))
        self.assertIn("No reader knows", row.error)
        self.assertIn("我想买车", row.message)
        row.write({"phone": "19900780009", "unit_id": self.store_a.id})
        row.action_retry()
        self.assertEqual(row.state, "done")

    def test_notice_without_number(self):
        mail = self.mail("a@autohome.com.cn", AUTOHOME.replace("手机号码", "暗号"))
        self.assertEqual(mail.inbox_id.state, "attention")
        self.assertIn("王先生", mail.inbox_id.message)

    def test_others_do_not_speak_for_a_platform(self):
        mail = self.mail("a@autohome.com.cn.evil.example", AUTOHOME)
        self.assertFalse(mail.parser_id)
        self.assertEqual(mail.inbox_id.state, "attention")

    def test_address_of_a_store(self):
        body = AUTOHOME.replace("大众", "红旗")
        row = self.mail("a@autohome.com.cn", body, alias=self.store_b).inbox_id
        self.assertEqual(row.unit_id, self.store_b)

    def test_date_that_is_none(self):
        body = AUTOHOME.replace("2026-01-07 22:35:00", "昨天晚上")
        row = self.mail("a@autohome.com.cn", body).inbox_id
        self.assertEqual(row.state, "done")
        self.assertFalse(row.occurred_at)

    def test_own_reader(self):
        parser = self.env["dealer.lead.mail.parser"].create(
            {
                "name": "Fair",
                "sender": r"@fair\.example$",
                "subject": "^Visitor",
                "source_id": self.env.ref("dealer_leads.utm_source_motor_show").id,
                "line_ids": [
                    (0, 0, {"field": "phone", "pattern": r"tel=(\d+)"}),
                    (0, 0, {"field": "name", "labels": "Name, Visitor"}),
                ],
            }
        )
        body = "Name: 赵六\nhall 3 tel=19900780007"
        mail = self.mail("a@fair.example", body, subject="Visitor 7", alias=self.store_a)
        self.assertEqual(mail.parser_id, parser)
        self.assertEqual(mail.inbox_id.phone, "19900780007")
        self.assertEqual(mail.inbox_id.customer_name, "赵六")
        other = self.mail("a@fair.example", body, subject="Bill", number=2)
        self.assertFalse(other.parser_id)

    def test_bad_expressions(self):
        parser = self.env.ref("dealer_leads.mail_parser_yiche")
        with self.assertRaises(ValidationError):
            parser.sender = "("
        with self.assertRaises(ValidationError):
            parser.line_ids[0].write({"labels": False, "pattern": "no group"})

    def test_who_reads_mails(self):
        mail = self.mail("a@autohome.com.cn", AUTOHOME)
        for user, sees in (
            (self.sales_director, True),
            (self.general_manager, True),
            (self.sales_consultant, False),
            (self.marketing_manager, False),
            (self.consultant_b, False),
        ):
            self.assertEqual(mail.with_user(user).has_access("read"), sees, user.login)
