import hmac
import secrets
import time
from urllib.parse import urlencode

from odoo.http import Controller, request, route

#: Seconds in which a person comes back from the platform.
STATE_LASTS = 600
STATE, WHO = "dealer_wechat_state", "dealer_wechat_identity"
#: Whose account showed the snapshot that this session looks at.
SNAPSHOT = "dealer_wechat_snapshot"
#: Nothing of these addresses, which carry a code, goes on to another page.
HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
PUBLIC = {"type": "http", "auth": "public", "methods": ["GET"], "sitemap": False}


class WechatSignIn(Controller):
    """Pages opened inside of WeChat know who opened them, without anything being typed.

    The platform says the openid for a code that is good once; ``state`` is good once, too, and for
    this session alone. A made-up user of a snapshot page stays a visitor.
    """

    @route("/dealer_wechat/go/<string:key>", **PUBLIC)
    def go(self, key, to=None, **kw):
        """Ask the platform who it is, then go on to ``to``, one of the offered pages."""
        account = self._wechat_account(key)
        target = self._wechat_target(to)
        if not account or not target:
            raise request.not_found()
        who = request.session.get(WHO) or {}
        if who.get("account") == account.id:
            return self._wechat_redirect(target)
        state = secrets.token_urlsafe(24)
        request.session[STATE] = {
            "state": state,
            "to": target,
            "account": account.id,
            "until": time.time() + STATE_LASTS,
        }
        query = {
            "appid": account.appid,
            "redirect_uri": f"{account.get_base_url()}/dealer_wechat/back/{key}",
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        }
        url = f"{account._base_url('open')}/connect/oauth2/authorize?{urlencode(query)}"
        return self._wechat_redirect(f"{url}#wechat_redirect", local=False)

    @route("/dealer_wechat/back/<string:key>", **PUBLIC)
    def back(self, key, code=None, state=None, **kw):
        """Take who it is from the platform and go on; without proof nobody is anybody."""
        account = self._wechat_account(key)
        asked = request.session.pop(STATE, None) or {}
        good = (
            account
            and isinstance(state, str)
            and asked.get("account") == account.id
            and asked.get("until", 0) > time.time()
            and hmac.compare_digest(state.encode(), asked.get("state", "").encode())
        )
        if not good or not isinstance(code, str) or not 0 < len(code) <= 512:
            return self._wechat_problem()
        identity = account._identity_of_code(code)
        if identity is None:
            return self._wechat_problem()
        if identity:
            request.session[WHO] = {"id": identity.id, "account": account.id}
            request.session.pop(SNAPSHOT, None)
            self._wechat_enter(identity)
        else:
            request.session.pop(WHO, None)
            request.session[SNAPSHOT] = account.id
        return self._wechat_redirect(asked["to"])

    # ------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------

    def _wechat_enter(self, identity):
        """Sign the customer of this identity in; a hook of addons that know customers' log-ins."""

    def _wechat_account(self, key):
        # sudo: visitors have no right on accounts; the key is a random number
        accounts = request.env["dealer.wechat.account"].sudo()
        account = accounts.search([("callback_key", "=", key), ("kind", "=", "oa")], limit=1)
        return account if account.is_complete else accounts

    def _wechat_target(self, to):
        """Return where to go on: an offered page or one under it, never another site."""
        if not isinstance(to, str) or len(to) > 500 or not to.startswith("/"):
            return None
        if to.startswith("//") or "\\" in to or any(ord(letter) < 32 for letter in to):
            return None
        path = to.partition("?")[0]
        offered = [page.partition("?")[0] for page in request.env["dealer.wechat.menu"]._pages()]
        fits = any(path == page or path.startswith(f"{page}/") for page in offered)
        return to if fits else None

    def _wechat_redirect(self, url, local=True):
        answer = request.redirect(url, code=303, local=local)
        answer.headers.update(HEADERS)
        return answer

    def _wechat_problem(self):
        answer = request.render("dealer_wechat.sign_in_problem", status=403)
        answer.headers.update(HEADERS)
        return answer


def current_identity():
    """Return the follower who opened this page (dealer.wechat.identity in sudo), or none."""
    # sudo: visitors have no right on identities; the session proves who it is
    identities = request.env["dealer.wechat.identity"].sudo()
    who = request.session.get(WHO) or {}
    return identities.browse(who.get("id") or 0).exists()


def snapshot_account():
    """Return whose snapshot this session looks at (dealer.wechat.account in sudo), or none.

    Nobody is there who could mean what a page sends: whoever looks at one only reads.
    """
    # sudo: visitors have no right on accounts; asked is where the whole page is
    accounts = request.env["dealer.wechat.account"].sudo()
    return accounts.browse(request.session.get(SNAPSHOT) or 0).exists()
