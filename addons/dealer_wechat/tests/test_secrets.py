from odoo.exceptions import AccessError
from odoo.tests import Form

from .common import AES_KEY, SECRET, TOKEN, WechatCase

SECRETS = ("secret", "token", "aes_key", "previous_token", "previous_aes_key")


class TestSecrets(WechatCase):
    """Secrets are typed and never read: by nobody, by no door."""

    def mine(self):
        return self.account.with_user(self.system)

    def test_nobody_reads_them(self):
        for user in (self.system, self.general_manager, self.group_executive):
            account = self.account.with_user(user)
            for name in SECRETS:
                with self.assertRaises(AccessError):
                    account.read([name])
                self.assertTrue(self.attempt(lambda a=account, n=name: a.export_data([n])))
                self.assertTrue(
                    self.attempt(lambda a=account, n=name: a.search([(n, "=like", "t%")]))
                )
                self.assertTrue(
                    self.attempt(lambda a=account, n=name: a.write({n: "x"})), "nor written so"
                )
                self.assertNotIn(name, account.fields_get())
        text = str(self.mine().read())
        for secret in (SECRET, TOKEN, AES_KEY):
            self.assertNotIn(secret, text)

    def test_tokens_are_nobodys(self):
        self.env["dealer.wechat.token"]._value(self.account)
        row = self.env["dealer.wechat.token"].search([])
        for user in (self.system, self.general_manager):
            self.assertTrue(self.attempt(lambda u=user: row.with_user(u).read(["kind"])))

    def test_typed(self):
        with Form(self.mine()) as form:
            self.assertFalse(form.new_secret)
            form.new_secret = " new-secret "
            form.new_token = "new-token"
        self.assertEqual(self.account.secret, "new-secret")
        self.assertEqual((self.account.token, self.account.previous_token), ("new-token", TOKEN))
        self.assertFalse(self.mine().new_secret)
        with Form(self.mine()) as form:
            form.name = "Other"
        self.assertEqual(self.account.secret, "new-secret", "what is not typed stays")
        error = self.attempt(lambda: self.mine().write({"new_aes_key": "short"}))
        self.assertIn("43", str(error))

    def test_new_secret_forgets_the_token(self):
        tokens = self.env["dealer.wechat.token"]
        tokens._value(self.account)
        self.mine().write({"new_secret": "another"})
        self.assertFalse(tokens.search([("account_id", "=", self.account.id)]))

    def test_copy_has_none(self):
        copy = self.account.copy({"appid": "wxcopy"})
        self.assertFalse(any(copy[name] for name in SECRETS))
        self.assertNotEqual(copy.callback_key, self.account.callback_key)

    def test_who_may_set_up_accounts(self):
        for user in self.users.values():
            may = user == self.system
            self.assertEqual(self.account.with_user(user).has_access("write"), may, user.login)
            if not may:
                account = self.account.with_user(user)
                if account.has_access("read"):
                    for name in ("callback_key", "callback_url", "new_secret"):
                        self.assertTrue(self.attempt(lambda a=account, n=name: a.read([n])), name)

    def test_addresses(self):
        for good in (False, "http://127.0.0.1:8075", "https://wechat.example"):
            self.account.platform_url = good
        for bad in ("127.0.0.1", "ftp://x", "http://wechat.example", "http://127.0.0.1/?a=b"):
            error = self.attempt(lambda bad=bad: self.account.write({"platform_url": bad}))
            self.assertTrue(error, bad)
        self.account.platform_url = False
        self.assertEqual(self.account._base_url("api"), "https://api.weixin.qq.com")

    def test_numbers_without_spaces(self):
        for bad in ("wx 1 ", "wx1 ", "ｗｘ"):
            self.assertTrue(self.attempt(lambda bad=bad: self.account.write({"appid": bad})))

    def test_what_is_missing(self):
        self.assertTrue(self.account.is_complete)
        self.account.aes_key = False
        self.assertFalse(self.account.is_complete)
        self.account.mode = "plain"
        self.assertTrue(self.account.is_complete)

    def test_codes_cannot_be_guessed_and_name_nobody(self):
        codes = self.env["dealer.wechat.code"].create(
            [{"name": "x", "account_id": self.account.id} for _each in range(50)]
        )
        scenes = codes.mapped("scene")
        self.assertEqual(len(set(scenes)), 50)
        self.assertTrue(all(len(scene) == 25 and scene.isalnum() for scene in scenes))
        director = self.code.with_user(self.sales_director)
        copy = director.with_context(default_scene="guessed", default_url="http://x").copy(
            {"scene": self.code.scene, "scans": 9}
        )
        self.assertEqual((len(copy.scene), copy.url, copy.scans), (25, False, 0))

    def test_code_is_made_by_the_platform(self):
        self.platform.answers["/cgi-bin/qrcode/create"] = [{"ticket": "t", "url": "http://q/1"}]
        code = self.code.with_user(self.marketing_manager)
        code.action_publish()
        self.assertEqual(code.url, "http://q/1")
        self.assertTrue(code.image)
        body = self.platform.to("/cgi-bin/qrcode/create")[0][2]
        self.assertEqual(body["action_info"]["scene"]["scene_str"], self.code.scene)
        self.assertTrue(self.attempt(self.code.with_user(self.sales_consultant).action_publish))
        self.platform.answers["/cgi-bin/qrcode/create"] = [{"errcode": 48001}]
        self.assertIn("Permissions", str(self.attempt(code.action_publish)))
