from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from odoo.tests import HttpCase, tagged

from .common import APPID, SECRET, WechatCase

GO, BACK = "/dealer_wechat/go/", "/dealer_wechat/back/"
TOKEN = "/sns/oauth2/access_token"


@tagged("post_install", "-at_install")
class TestSignIn(WechatCase, HttpCase):
    """A page opened inside of WeChat knows who opened it; nobody else can say so."""

    def setUp(self):
        super().setUp()
        pages = patch.object(
            self.env.registry["dealer.wechat.menu"], "_pages", lambda _self: {"/my/cars": "Cars"}
        )
        pages.start()
        self.addCleanup(pages.stop)
        self.key = self.account.callback_key
        self.platform.answers[TOKEN] = [{"openid": "o1", "scope": "snsapi_base"}]

    def open(self, path):
        return self.url_open(path, allow_redirects=False)

    def start(self, to="/my/cars"):
        """Begin to sign in; return the state that the platform is given."""
        answer = self.open(f"{GO}{self.key}?to={to}")
        self.assertEqual(answer.status_code, 303)
        return parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]

    def test_there_and_back(self):
        answer = self.open(f"{GO}{self.key}?to=/my/cars/7")
        where = urlsplit(answer.headers["Location"])
        query = {name: value for name, (value,) in parse_qs(where.query).items()}
        self.assertEqual(where.path, "/open/connect/oauth2/authorize")
        self.assertEqual(where.fragment, "wechat_redirect")
        self.assertEqual((query["appid"], query["scope"]), (APPID, "snsapi_base"))
        self.assertTrue(query["redirect_uri"].endswith(BACK + self.key))
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        answer = self.open(f"{BACK}{self.key}?code=C1&state={query['state']}")
        self.assertEqual(urlsplit(answer.headers["Location"]).path, "/my/cars/7")
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        [(_path, asked, _body)] = self.platform.to(TOKEN)
        self.assertEqual((asked["code"], asked["secret"]), ("C1", SECRET))
        self.assertTrue(self.identity("o1"))
        # The session knows it now: nobody is asked again.
        answer = self.open(f"{GO}{self.key}?to=/my/cars")
        self.assertEqual(urlsplit(answer.headers["Location"]).path, "/my/cars")

    def test_known_follower_is_not_made_twice(self):
        fan = self.make_identity("o1")
        self.open(f"{BACK}{self.key}?code=C1&state={self.start()}")
        self.assertEqual(self.identity("o1"), fan)

    def test_state_is_good_once_and_for_this_session(self):
        state = self.start()
        for wrong in ("", "x", state[:-1]):
            self.assertEqual(self.open(f"{BACK}{self.key}?code=C1&state={wrong}").status_code, 403)
            # Whoever guessed wrong starts anew: the right one died with the guess.
            again = self.open(f"{BACK}{self.key}?code=C1&state={state}")
            self.assertEqual(again.status_code, 403)
            state = self.start()
        self.assertEqual(self.open(f"{BACK}{self.key}?code=C1&state={state}").status_code, 303)
        self.assertEqual(self.open(f"{BACK}{self.key}?code=C1&state={state}").status_code, 403)
        self.assertEqual(self.open(f"{BACK}{self.key}?code=C1").status_code, 403)
        self.assertEqual(len(self.platform.to(TOKEN)), 1)

    def test_state_is_too_old(self):
        state = self.start()
        with patch("odoo.addons.dealer_wechat.controllers.sign_in.STATE_LASTS", -1):
            late = self.start()
        self.assertEqual(self.open(f"{BACK}{self.key}?code=C1&state={late}").status_code, 403)
        self.assertNotEqual(state, late)

    def test_code_that_the_platform_refuses(self):
        self.platform.answers[TOKEN] = [{"errcode": 40163, "errmsg": "code been used"}]
        answer = self.open(f"{BACK}{self.key}?code=C1&state={self.start()}")
        self.assertEqual(answer.status_code, 403)
        self.assertFalse(self.identity("o1"))

    def test_snapshot_user_stays_a_visitor(self):
        self.platform.answers[TOKEN] = [{"openid": "o_made_up", "is_snapshotuser": 1}]
        answer = self.open(f"{BACK}{self.key}?code=C1&state={self.start()}")
        self.assertEqual(urlsplit(answer.headers["Location"]).path, "/my/cars")
        self.assertFalse(self.identity("o_made_up"))

    def test_state_of_another_account(self):
        other = self.make_account(self.store_b, appid="wxb", original_id="gh_b")
        state = self.start()
        answer = self.open(f"{BACK}{other.callback_key}?code=C1&state={state}")
        self.assertEqual(answer.status_code, 403)

    def test_never_to_another_site_or_page(self):
        for to in (
            "https://evil.example/my/cars",
            "//evil.example",
            "/%5Cevil.example",
            "/web",
            "/my/carsx",
            "",
            "/my/cars%0d%0aX: y",
        ):
            self.assertEqual(self.open(f"{GO}{self.key}?to={to}").status_code, 404, to)
        self.assertEqual(self.open(f"{GO}unknown?to=/my/cars").status_code, 404)

    def test_unionid_binds(self):
        customer = self.make_customer("Union").partner
        other = self.make_account(self.store_b, appid="wxb", original_id="gh_b")
        self.make_identity("p1", customer, other, unionid="u1")
        self.platform.answers[TOKEN] = [{"openid": "o1", "unionid": "u1"}]
        self.open(f"{BACK}{self.key}?code=C1&state={self.start()}")
        self.assertEqual(self.identity("o1").partner_id, customer)
