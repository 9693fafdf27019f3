import secrets
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import NO_ACCESS
from odoo.tools import SQL, ormcache

from ..tools.crypto import CryptoError, read_key
from ..tools.endpoints import HOSTS

#: What nobody reads, and by which field it is written.
SECRETS = {
    "new_secret": "secret",
    "new_token": "token",
    "new_aes_key": "aes_key",
}
#: So begins the nonce of what we send to our own door; it proves nothing about the platform.
OWN_NONCE = "dealercheck"
#: Knocks at the door are noted so far apart.
NOTED_APART = timedelta(minutes=1)
HERE = ("127.0.0.1", "localhost", "::1")


class Door(NamedTuple):
    """What of an account proves a request; of tokens and keys the present one first."""

    id: int
    kind: str
    mode: str
    appid: str
    original_id: str
    tokens: tuple
    aes_keys: tuple

    def __repr__(self):
        return f"Door({self.id})"  # no secret gets into a log


class DealerWechatAccount(models.Model):
    """An account on the platform, and what proves both sides to each other.

    Secrets are written by administrators and read by nobody: not in a form, not in an export, not
    in a copy. The client and the door for callbacks read them as the system.
    """

    _name = "dealer.wechat.account"
    _description = "WeChat Account"
    _inherit = ["dealer.store.mixin", "dealer.cache.mixin"]
    _order = "unit_id, name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [("oa", "Official Account"), ("mp", "Mini Program"), ("wecom", "WeCom")],
        required=True,
        default="oa",
    )
    appid = fields.Char(
        string="AppID", required=True, copy=False, help="For WeCom: the number of the corporation."
    )
    agent_key = fields.Char(
        string="AgentID", copy=False, help="WeCom: which application the secret belongs to."
    )
    original_id = fields.Char(
        string="Original ID", copy=False, help="gh_…, as the platform addresses the account."
    )
    mode = fields.Selection(
        [("safe", "Encrypted"), ("compatible", "Plain and Encrypted"), ("plain", "Plain")],
        string="Message Mode",
        required=True,
        default="safe",
        help="As chosen on the platform. WeCom is always encrypted.",
    )
    platform_url = fields.Char(
        string="Address of a Simulator",
        copy=False,
        help="Empty: the platform itself. Otherwise one address that stands for all its hosts.",
    )
    callback_key = fields.Char(
        required=True,
        copy=False,
        readonly=True,
        default=lambda self: secrets.token_hex(16),
        groups="base.group_system",
    )
    callback_url = fields.Char(
        string="Address for the Platform",
        compute="_compute_callback_url",
        groups="base.group_system",
    )
    secret = fields.Char(string="Stored AppSecret", copy=False, groups=NO_ACCESS)
    token = fields.Char(string="Stored Token", copy=False, groups=NO_ACCESS)
    aes_key = fields.Char(string="Stored Key", copy=False, groups=NO_ACCESS)
    previous_token = fields.Char(copy=False, groups=NO_ACCESS)
    previous_aes_key = fields.Char(copy=False, groups=NO_ACCESS)
    new_secret = fields.Char(
        string="AppSecret",
        compute="_compute_new",
        inverse="_inverse_new_secret",
        groups="base.group_system",
        help="Type it to set it; it is never shown again.",
    )
    new_token = fields.Char(
        string="Token",
        compute="_compute_new",
        inverse="_inverse_new_token",
        groups="base.group_system",
        help="Type it to set it; it is never shown again. The former one stays good for callbacks.",
    )
    new_aes_key = fields.Char(
        string="EncodingAESKey",
        compute="_compute_new",
        inverse="_inverse_new_aes_key",
        groups="base.group_system",
        help="43 letters and digits. Type it to set it; the former one stays good for callbacks.",
    )
    is_complete = fields.Boolean(compute="_compute_is_complete", compute_sudo=True)
    problem = fields.Text(
        string="What is Wrong",
        readonly=True,
        copy=False,
        help="While this stands here nothing is sent. Mend it and press “Go On”.",
    )
    problem_code = fields.Integer(readonly=True, copy=False)
    secrets_set_at = fields.Datetime(readonly=True, copy=False, groups="base.group_system")
    callback_asked_at = fields.Datetime(readonly=True, copy=False, groups="base.group_system")
    callback_refused_at = fields.Datetime(readonly=True, copy=False, groups="base.group_system")
    callback_refusal = fields.Char(readonly=True, copy=False, groups="base.group_system")
    last_received_at = fields.Datetime(compute="_compute_last_received_at")
    welcome = fields.Text(
        translate=True, help="Answered at once to who follows; a code may have words of its own."
    )
    closed_reply = fields.Text(
        string="Answer While Closed",
        translate=True,
        help="Sent by itself, every four hours at most, when a customer writes outside of opening"
        " hours. Empty: nothing is sent.",
    )
    desk_user_ids = fields.Many2many(
        "res.users",
        "dealer_wechat_account_desk_rel",
        "account_id",
        "user_id",
        string="Desk",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="They answer customers whom nobody serves yet.",
    )
    keyword_ids = fields.One2many("dealer.wechat.keyword", "account_id", string="Keyword Replies")
    template_ids = fields.One2many("dealer.wechat.template", "account_id", string="Templates")
    reminder_template = fields.Char(
        copy=False,
        help="Number of the platform's template for reminders outside of the 48 hours.",
    )
    reminder_field = fields.Char(
        string="Field of the Text",
        default="first",
        help="The name of the value that takes the words, e.g. first or thing1.",
    )

    _appid_agent_uniq = models.UniqueIndex(
        "(appid, COALESCE(agent_key, ''))", "This account is there already, perhaps archived."
    )
    _callback_key_uniq = models.UniqueIndex("(callback_key)", "This address is taken.")

    @api.depends("callback_key")
    def _compute_callback_url(self):
        for account in self:
            path = f"/dealer_wechat/cb/{account.callback_key}" if account.callback_key else ""
            account.callback_url = path and f"{account.get_base_url()}{path}"

    def _compute_new(self):
        for account in self:
            for name in SECRETS:
                account[name] = False

    @api.depends("secret", "token", "aes_key", "mode", "kind", "appid")
    def _compute_is_complete(self):
        for account in self:
            encrypted = account.mode != "plain" or account.kind == "wecom"
            account.is_complete = bool(
                account.secret and account.token and (account.aes_key or not encrypted)
            )

    def _compute_last_received_at(self):
        # When something came in last is no secret; the rows themselves are.
        groups = (
            self.env["dealer.wechat.inbox"]
            .sudo()
            ._read_group([("account_id", "in", self.ids)], ["account_id"], ["received_at:max"])
        )
        last = {account.id: moment for account, moment in groups}
        for account in self:
            account.last_received_at = last.get(account.id)

    def _inverse_new_secret(self):
        self._set_secret("new_secret")

    def _inverse_new_token(self):
        self._set_secret("new_token")

    def _inverse_new_aes_key(self):
        self._set_secret("new_aes_key")

    def _set_secret(self, name):
        """Store what was typed; the field's group let administrators alone in."""
        field = SECRETS[name]
        for account in self:
            value = (account[name] or "").strip()
            if not value:
                continue
            mine = account.sudo()  # nobody reads the secrets, they are only replaced
            if field == "aes_key":
                try:
                    read_key(value)
                except CryptoError as error:
                    raise ValidationError(
                        self.env._("An EncodingAESKey has 43 letters and digits; copy it anew.")
                    ) from error
            values = {field: value}
            if field != "secret" and mine[field] and mine[field] != value:
                values[f"previous_{field}"] = mine[field]
            if field != "secret":
                values["secrets_set_at"] = fields.Datetime.now()
            mine.write(values)
            if field == "secret":
                mine.env["dealer.wechat.token"]._forget(mine)

    @api.constrains("platform_url")
    def _check_platform_url(self):
        for account in self:
            if not account.platform_url:
                continue
            parts = urlsplit(account.platform_url)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
                raise ValidationError(
                    self.env._("The address of a simulator looks like http://127.0.0.1:8075.")
                )
            if parts.scheme == "http" and parts.hostname not in HERE:
                raise ValidationError(
                    self.env._(
                        "Secrets travel by https; only this machine itself is asked by http."
                    )
                )

    @api.constrains("appid", "original_id")
    def _check_numbers(self):
        for account in self:
            for value in (account.appid, account.original_id):
                if value and (value != value.strip() or not value.isascii()):
                    raise ValidationError(
                        self.env._("AppID and Original ID have no spaces: copy them anew.")
                    )

    def write(self, vals):
        if vals.keys() & {"appid", "platform_url", "kind"}:
            # What was fetched for another account is good for nothing.
            self.env["dealer.wechat.token"]._forget(self)
        return super().write(vals)

    @api.model
    def _door(self, key):
        """Return what proves requests to the address with this key, or None; call it in sudo."""
        try:
            return self._door_of(key)
        except KeyError:
            return None

    @api.model
    @ormcache("key")
    def _door_of(self, key):
        """Look up :meth:`_door`, once a process: a storm of requests waits here first.

        :raise KeyError: nobody's address. It is not kept, or strangers could fill the memory by guessing
        """
        account = self.search([("callback_key", "=", key)], limit=1)
        if not account or not account.token:
            raise KeyError(key)
        return Door(
            id=account.id,
            kind=account.kind,
            mode=account.mode,
            appid=account.appid,
            original_id=account.original_id,
            tokens=tuple(filter(None, (account.token, account.previous_token))),
            aes_keys=tuple(filter(None, (account.aes_key, account.previous_aes_key))),
        )

    def _base_url(self, host):
        """Return the address of one of the platform's hosts for this account."""
        self.ensure_one()
        if self.platform_url:
            return f"{self.platform_url.rstrip('/')}/{host}"
        return HOSTS[host]

    def _note_callback(self, refusal=None):
        """Note that somebody knocked at the door, and whether it was the platform.

        In a transaction of its own, since the request may be refused; not more than once a minute,
        since strangers knock, too. Whoever writes the account just now is not waited for.

        :param str refusal: why it was no proof; None where it was one
        """
        self.ensure_one()
        now = fields.Datetime.now()
        known = self.callback_refused_at if refusal else self.callback_asked_at
        if known and known > now - NOTED_APART:
            return
        changes = (
            SQL("callback_refused_at = %s, callback_refusal = %s", now, refusal[:64])
            if refusal
            else SQL("callback_asked_at = %s", now)
        )
        with self.env["dealer.wechat.cursor"]._own_cursor() as cr:
            cr.execute(
                SQL(
                    "UPDATE dealer_wechat_account SET %s WHERE id IN (SELECT id FROM"
                    " dealer_wechat_account WHERE id = %s FOR UPDATE SKIP LOCKED)",
                    changes,
                    self.id,
                )
            )
        self.invalidate_recordset(
            ["callback_asked_at", "callback_refused_at", "callback_refusal"], flush=False
        )

    # ------------------------------------------------------------
    # When something is wrong with the account itself
    # ------------------------------------------------------------

    def _stop(self, code, words):
        """Note what an administrator must mend; nothing is sent until then."""
        self.ensure_one()
        with self.env["dealer.wechat.cursor"]._own_cursor() as cr:
            cr.execute(
                "UPDATE dealer_wechat_account SET problem = %s, problem_code = %s WHERE id = %s",
                (words, code, self.id),
            )
        self.invalidate_recordset(["problem", "problem_code"], flush=False)

    def action_check(self):
        """Try each setting with the platform and show what is wrong and how to mend it.

        :raise AccessError: the user does not configure accounts
        """
        self.ensure_one()
        self.check_access("write")
        return self.env["dealer.wechat.check"].create({"account_id": self.id}).action_check()

    def action_resume(self):
        """Go on sending after something was mended."""
        self.check_access("write")
        self.sudo().write({"problem": False, "problem_code": 0})  # readonly, not secret
        self.env["dealer.wechat.token"]._forget(self)
        self.env["dealer.wechat.outbox"]._wake()

    def action_open_inbox(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_wechat.dealer_wechat_inbox_action"
        )
        return action | {"domain": [("account_id", "=", self.id)]}
