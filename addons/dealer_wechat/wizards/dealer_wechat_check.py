import ipaddress
import logging
import secrets
import time
from urllib.parse import urlsplit

import requests

from odoo import fields, models

from ..models.dealer_wechat_account import OWN_NONCE
from ..tools.crypto import encrypt, sign
from ..tools.policy import address_in
from ..tools.template_limits import fields_of

_logger = logging.getLogger(__name__)

#: Refusals that say that the server's address is not on the platform's list.
NOT_LISTED = (40164, 60020, 89503, 89506, 89507)
#: How a knock at the door fails where the key, not the token, differs.
KEY_REASONS = ("key", "base64", "length", "padding", "text")
NO_MENU = 46003
PATIENCE = 5


class DealerWechatCheck(models.TransientModel):
    """Tries each setting of an account with the platform: what is wrong, and how to mend it.

    Nothing of it is changed but *What is Wrong*, and no secret is shown.
    """

    _name = "dealer.wechat.check"
    _description = "Check of a WeChat Account"

    account_id = fields.Many2one(
        "dealer.wechat.account", required=True, readonly=True, ondelete="cascade"
    )
    line_ids = fields.One2many("dealer.wechat.check.line", "check_id", readonly=True)

    def action_check(self):
        """Try everything anew and show what came of it.

        :raise AccessError: the user does not configure accounts
        """
        self.ensure_one()
        self.account_id.check_access("write")
        account = self.account_id.sudo()  # who may write it may try it; secrets stay hidden
        found = self._found(account)
        good = found["secret"]["state"] == "good"
        if good and account.problem:
            # What stopped it is mended, as far as the platform says.
            account.action_resume()
        self.line_ids.unlink()
        self.line_ids = [
            fields.Command.create({"name": name, **values}) for name, values in found.items()
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check of the Settings"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    def _found(self, account):
        """Return ``{check: values of its line}`` in the order in which things are set up."""
        found = {"secret": self._try(self._try_secret, account)}
        found["ips"] = self._ips(found["secret"])
        found["callback"] = self._callback(account)
        found["key"] = self._key(account)
        if account.kind != "oa":
            return found
        for name, method in (
            ("followers", self._try_followers),
            ("menu", self._try_menu),
            ("template", self._try_template),
        ):
            if found["secret"]["state"] == "good":
                found[name] = self._try(method, account)
            else:
                found[name] = self._open(self.env._("AppID and AppSecret come first."))
        return found

    # ------------------------------------------------------------
    # What is said
    # ------------------------------------------------------------

    def _good(self, words):
        return {"state": "good", "words": words}

    def _warn(self, words, mend=""):
        return {"state": "warn", "words": words, "mend": mend}

    def _bad(self, words, mend="", code=0):
        return {"state": "bad", "words": words, "mend": mend, "code": code}

    def _open(self, words):
        return {"state": "open", "words": words}

    def _try(self, method, account):
        client = account.env["dealer.wechat.client"]._trial()
        try:
            return method(account.with_env(client.env), client)
        except client._error_class() as error:
            if error.kind in ("retry_backoff", "unknown", "pause_until_reset"):
                return self._warn(error.words, self.env._("Check again in a minute.")) | {
                    "code": error.code
                }
            return self._bad(self.env._("The platform refuses it."), error.words, error.code)

    # ------------------------------------------------------------
    # What is tried
    # ------------------------------------------------------------

    def _try_secret(self, account, client):
        if not account.secret:
            return self._bad(
                self.env._("The AppSecret is missing."),
                self.env._(
                    "Reset it on the platform under “Basic Configuration”, and type it here."
                ),
            )
        tokens = client.env["dealer.wechat.token"]
        tokens._forget(account)
        # This transaction may still see the forgotten one, and would not ask: a wrong secret was right.
        tokens._refresh(account, "access")
        return self._good(self.env._("The platform knows the account and its secret."))

    def _ips(self, secret):
        if secret["state"] == "good":
            return self._good(self.env._("The platform takes calls from this server."))
        if secret.get("code") not in NOT_LISTED:
            return self._open(self.env._("AppID and AppSecret come first."))
        address = address_in(secret["mend"])
        # The secret itself was not looked at yet.
        mend = secret["mend"]
        secret |= self._open(self.env._("The platform looks at it when the IP list is right."))
        secret |= {"mend": "", "code": 0}
        words = (
            self.env._("The platform does not take calls from %s.", address)
            if address
            else self.env._("The platform does not take calls from this server.")
        )
        return self._bad(words, mend, 40164)

    def _callback(self, account):
        if not account.token:
            return self._bad(
                self.env._("The Token is missing."),
                self.env._(
                    "Think one up, type it here, and under “Server Configuration” of the platform."
                ),
            )
        if not account.platform_url and self._is_private(account.callback_url):
            return self._bad(
                self.env._("The platform cannot reach %s.", account.get_base_url()),
                self.env._(
                    "It needs an address of the internet, by https (443) or http (80): set the"
                    " system parameter web.base.url."
                ),
            )
        problem = self._knock(account)
        if problem:
            return self._bad(
                problem,
                self.env._(
                    "Look whether the address of the form opens from outside, and whether a proxy"
                    " hands /dealer_wechat/ on to this server."
                ),
            )
        reason = self._refusal(account)
        if reason and reason not in (*KEY_REASONS, "not encrypted"):
            return self._bad(
                self.env._("A call came, but it did not prove to be the platform's."),
                self._mend_refusal(reason),
            )
        proved = self._proved_at(account)
        if proved:
            return self._good(
                self.env._("The platform reached this server on %s.", self._said(proved))
            )
        return self._warn(
            self.env._("The address answers, but the platform has not called yet."),
            self.env._(
                "Copy “Address for the Platform” and the Token to “Server Configuration” there,"
                " press “Submit”, and check again."
            ),
        )

    def _key(self, account):
        if account.mode == "plain" and account.kind != "wecom":
            return self._warn(
                self.env._("Messages come unencrypted."),
                self.env._("Choose the encrypted mode on the platform and here."),
            )
        if not account.aes_key:
            return self._bad(
                self.env._("The EncodingAESKey is missing."),
                self.env._("Make one under “Server Configuration” of the platform; type it here."),
            )
        reason = self._refusal(account)
        if reason in (*KEY_REASONS, "not encrypted"):
            return self._bad(
                self.env._("A message came that could not be decrypted."),
                self._mend_refusal(reason),
            )
        last, since = account.last_received_at, account.secrets_set_at
        if last and (not since or last >= since):
            return self._good(self.env._("The last message was read on %s.", self._said(last)))
        return self._warn(
            self.env._("No message came yet that would prove it."),
            self.env._("Write a word to the account from your own phone, and check again."),
        )

    def _try_followers(self, account, client):
        answer = client._call(account, "user_list")
        return self._good(self.env._("%s people follow.", answer.get("total") or 0))

    def _try_menu(self, account, client):
        account = account.with_context(lang=account.company_id.partner_id.lang)
        tops = account.menu_ids.filtered(lambda button: not button.parent_id).sorted()
        if not tops:
            return self._warn(
                self.env._("No menu was written."),
                self.env._("Marketing › WeChat Menu: write one, and publish it."),
            )
        publish = self.env._("Marketing › WeChat Menu: publish it.")
        try:
            answer = client._call(account, "menu_get")
        except client._error_class() as error:
            if error.code != NO_MENU:
                raise
            return self._warn(self.env._("The menu was not published yet."), publish)
        theirs = [self._button(button) for button in (answer.get("menu") or {}).get("button") or []]
        if theirs != [self._button(top._body()) for top in tops]:
            return self._warn(
                self.env._("Customers see another menu than the one that stands here."), publish
            )
        return self._good(self.env._("Customers see the menu that stands here."))

    def _button(self, button):
        """Return what matters of a button; the platform adds empty values of its own."""
        return (
            button.get("name"),
            button.get("url") or button.get("key"),
            [self._button(each) for each in button.get("sub_button") or []],
        )

    def _try_template(self, account, client):
        mapped = client.env["dealer.wechat.template"].search([("account_id", "=", account.id)])
        if not account.reminder_template and not mapped:
            return self._warn(
                self.env._("There is no reminder template."),
                self.env._(
                    "After 48 hours nobody can be written to. Choose one under “Template Messages”"
                    " of the platform and copy its number."
                ),
            )
        answer = client._call(account, "template_list")
        known = {
            row.get("template_id"): str(row.get("content") or "")
            for row in answer.get("template_list") or []
            if isinstance(row, dict)
        }
        needed = [(each.name, each.number, each.value_ids.mapped("name")) for each in mapped]
        if account.reminder_template:
            title = self._fields_title(account)
            field = account.reminder_field or "first"
            needed.insert(0, (title, account.reminder_template, [field]))
        return self._templates(needed, known)

    def _fields_title(self, account):
        return account._fields["reminder_template"]._description_string(self.env)

    def _templates(self, needed, known):
        """Return what is said of templates.

        :param needed: list of title, number and names of the fields that are filled
        :param dict known: number → text, of the platform
        """
        for title, number, names in needed:
            if number not in known:
                return self._bad(
                    self.env._("The platform does not have the template “%s”.", title),
                    self.env._("Copy its number from “Template Messages” of the platform."),
                    40037,
                )
            there = fields_of(known[number])
            for name in names:
                if name not in there:
                    return self._bad(
                        self.env._(
                            "The template “%(title)s” has no field “%(name)s”.",
                            title=title,
                            name=name,
                        ),
                        self.env._("It has: %s.", ", ".join(there)),
                    )
        return self._good(self.env._("The platform has all templates, and the fields are in them."))

    # ------------------------------------------------------------
    # The door
    # ------------------------------------------------------------

    def _is_private(self, url):
        parts = urlsplit(url or "")
        host = parts.hostname or ""
        try:
            local = ipaddress.ip_address(host).is_private
        except ValueError:
            local = "." not in host
        return local or parts.port not in (None, 80, 443)

    def _knock(self, account):
        """Ask our own door as the platform does; return what is wrong, or nothing."""
        echo, now = secrets.token_hex(8), str(int(time.time()))
        nonce = OWN_NONCE + secrets.token_hex(8)
        query = {"timestamp": now, "nonce": nonce, "echostr": echo}
        if account.kind == "wecom":
            if not account.aes_key:
                return ""
            query["echostr"] = encrypt(echo, account.aes_key, account.appid)
            query["msg_signature"] = sign(account.token, now, nonce, query["echostr"])
        else:
            query["signature"] = sign(account.token, now, nonce)
        try:
            status, text = self._get(account.callback_url, query)
        except requests.RequestException as error:
            _logger.info("WeChat: our own door: %s", type(error).__name__)
            return self.env._("%s does not answer.", account.get_base_url())
        if status != 200 or text != echo:
            return self.env._(
                "%(url)s answers, but not as this server does (%(status)s).",
                url=account.get_base_url(),
                status=status,
            )
        return ""

    def _get(self, url, query):
        """Open an address of our own; tests replace it.

        :return: ``(status, text)``
        """
        answer = requests.get(url, params=query, timeout=PATIENCE, allow_redirects=False)
        return answer.status_code, answer.text[:200]

    def _proved_at(self, account):
        """Return when the platform proved itself last since the token was typed, or nothing."""
        since = account.secrets_set_at
        moments = [
            moment
            for moment in (account.callback_asked_at, account.last_received_at)
            if moment and (not since or moment >= since)
        ]
        return max(moments, default=None)

    def _refusal(self, account):
        """Return why the last knock was refused, if the platform did not come in since then."""
        refused, proved = account.callback_refused_at, self._proved_at(account)
        if not refused or (account.secrets_set_at and refused < account.secrets_set_at):
            return ""
        return "" if proved and proved > refused else account.callback_refusal

    def _mend_refusal(self, reason):
        words = {
            "signature": self.env._(
                "The Token there is another one than here: type the same on both sides."
            ),
            "time stamp": self.env._(
                "The clock of this server is wrong by more than ten minutes: set it by NTP."
            ),
            "receiver": self.env._(
                "The Original ID here is another one than the account's: copy it from the platform."
            ),
            "receiveid": self.env._(
                "The message was for another AppID: copy it from the platform anew."
            ),
            "not encrypted": self.env._(
                "The platform sends plain messages: choose the same message mode there and here."
            ),
        }
        if reason in KEY_REASONS:
            return self.env._(
                "The EncodingAESKey there is another one than here: copy it from the platform anew."
            )
        return words.get(reason) or self.env._(
            "What came was no message of the platform. If it goes on, press “Submit” there anew."
        )

    def _said(self, moment):
        """Return a moment as the clock on the store's wall shows it."""
        return self.account_id.unit_id._clock_local(moment).strftime("%Y-%m-%d %H:%M")


class DealerWechatCheckLine(models.TransientModel):
    """What came of trying one setting."""

    _name = "dealer.wechat.check.line"
    _description = "Result of a Check of a WeChat Account"
    _order = "id"

    check_id = fields.Many2one("dealer.wechat.check", required=True, index=True, ondelete="cascade")
    name = fields.Selection(
        [
            ("secret", "AppID and AppSecret"),
            ("ips", "IP List"),
            ("callback", "Address and Token"),
            ("key", "EncodingAESKey"),
            ("followers", "Followers"),
            ("menu", "Menu"),
            ("template", "Templates"),
        ],
        string="Setting",
        required=True,
    )
    state = fields.Selection(
        [("good", "All Right"), ("warn", "To Do"), ("bad", "Wrong"), ("open", "Not Yet Tried")],
        string="Result",
        required=True,
    )
    words = fields.Char(string="What was Found")
    mend = fields.Char(string="What to Do")
    code = fields.Integer(string="Number of the Platform")
