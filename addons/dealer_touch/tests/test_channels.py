from freezegun import freeze_time

from odoo.tests import Form

from .common import TouchCase, at


class TestChannels(TouchCase):
    """Channels are found by name; e-mail says itself whether it went out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.relation.since = at(9).date()
        cls.domain = f"[('id', '=', {cls.relation.id})]"
        cls.ways = [
            {"channel": "email", "subject": "{门店}祝您生日快乐", "body": "{客户}，<b>您好</b>"}
        ]

    def mail_of(self, touch):
        return self.env["mail.mail"].browse(touch.made_id)

    def send_mail(self, purpose="care"):
        self.env["ir.mail_server"].create({"name": "test", "smtp_host": "localhost"})
        touch = self.run_rule(at(9), ways=self.ways, domain=self.domain, purpose=purpose)
        self.assertEqual((touch.state, touch.made_model), ("queued", "mail.mail"))
        return touch

    def test_found_by_name(self):
        channels = self.env["dealer.touch.channel"]._touch_channels()
        self.assertEqual(
            [name for name in channels if name in ("activity", "sms", "email")],
            ["activity", "sms", "email"],
        )
        selection = dict(
            self.env["dealer.touch"]._fields["channel"]._description_selection(self.env)
        )
        self.assertEqual(selection["sms"], "SMS")
        self.assertLessEqual(set(channels), set(selection))

    def test_no_server_no_mail(self):
        self.env["ir.mail_server"].search([]).active = False
        touch = self.run_rule(at(9), ways=self.ways, domain=self.domain)
        self.assertEqual((touch.state, touch.reason_code), ("skipped", "no_provider"))
        self.assertFalse(self.env["mail.mail"].search([("email_to", "ilike", self.partner.email)]))

    def test_mail(self):
        touch = self.send_mail()
        mail = self.mail_of(touch)
        self.assertIn(self.partner.email, mail.email_to)
        self.assertEqual(mail.subject, f"{self.store_a.name}祝您生日快乐")
        self.assertIn("&lt;b&gt;", mail.body_html)
        self.assertIn(touch.access_token, mail.body_html)
        self.assertIn("List-Unsubscribe", mail.headers)
        with freeze_time(at(9, 5)):
            mail._postprocess_sent_message([], [])
        self.assertEqual((touch.state, touch.sent_at), ("sent", at(9, 5)))

    def test_mail_of_safety_cannot_be_stopped(self):
        mail = self.mail_of(self.send_mail("safety"))
        self.assertNotIn("/dealer/stop/", mail.body_html)

    def test_mail_that_fails_is_tried_again(self):
        touch = self.send_mail()
        with freeze_time(at(9, 5)):
            self.mail_of(touch)._postprocess_sent_message([], [], "refused", "mail_smtp")
        self.assertEqual((touch.state, touch.attempts), ("planned", 1))
        self.assertEqual(touch.send_at, at(9, 7))
        first = touch.made_id
        self.drain(at(9, 7))
        self.assertEqual(touch.state, "queued")
        self.assertNotEqual(touch.made_id, first)

    def test_bad_address(self):
        self.env["ir.mail_server"].create({"name": "test", "smtp_host": "localhost"})
        self.partner.email = "nothing"
        touch = self.run_rule(at(9), ways=self.ways, domain=self.domain)
        self.assertEqual(touch.reason_code, "no_address")

    def test_words_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.partner.write({"lang": "zh_CN", "gender": "male"})
        rule = self.make_rule(ways=[{"channel": "sms", "body": "Dear {salutation}"}])
        rule.domain = self.domain
        rule.way_ids.with_context(lang="zh_CN").body = "{称呼}您好"
        self.plan(rule, at(8))
        self.drain(at(9))
        self.assertIn(f"{self.partner.name}先生您好", self.messages().content)

    def test_rule_form(self):
        """The form in the hands of a marketing manager."""
        form = Form(self.env["dealer.touch.rule"].with_user(self.marketing_manager))
        form.name = "生日"
        form.model_id = self.env.ref("dealer_base.model_dealer_relation")
        form.anchor = "partner_id.next_birthday"
        with form.way_ids.new() as way:
            way.channel = "sms"
            way.body = "{客户}生日快乐"
        rule = form.save()
        self.assertEqual(rule.unit_id, self.store_a)
        self.assertEqual(rule.way_ids.channel, "sms")
