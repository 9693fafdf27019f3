import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

_logger = logging.getLogger(__name__)

#: The platform tells of so many followers in one call.
PROFILES_AT_ONCE = 100
PROFILE_PATIENCE = timedelta(minutes=5)
MOST_ATTEMPTS = 6


class DealerWechatIdentity(models.Model):
    """By what an account knows a person: the openid, and the unionid that several accounts share.

    It is also a queue: of whom the platform must be asked who it is.
    """

    _name = "dealer.wechat.identity"
    _description = "WeChat Identity"
    _inherit = ["dealer.queue.mixin"]
    _order = "id desc"
    _rec_name = "name"
    _drain_limit = 300

    account_id = fields.Many2one(
        "dealer.wechat.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    unit_id = fields.Many2one(
        related="account_id.unit_id", store=True, precompute=True, index=True, string="Store"
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True, index=True
    )
    value = fields.Char(
        string="OpenID", required=True, readonly=True, groups="base.group_system", copy=False
    )
    unionid = fields.Char(
        string="UnionID", readonly=True, index="btree_not_null", groups="base.group_system"
    )
    name = fields.Char(string="Name in WeChat", readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    bound_how = fields.Selection(
        [("unionid", "UnionID"), ("phone", "Verified Phone"), ("hand", "By Hand")],
        string="Known By",
        readonly=True,
    )
    bound_at = fields.Datetime(readonly=True)
    bound_by_id = fields.Many2one("res.users", readonly=True)
    is_following = fields.Boolean(string="Follows", readonly=True)
    follow_changed_at = fields.Datetime(readonly=True)
    followed_at = fields.Datetime(string="Follows Since", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Came Through", readonly=True, index="btree_not_null"
    )
    follow_ids = fields.One2many("dealer.wechat.follow", "identity_id", string="History")
    window_until = fields.Datetime(string="Answers Until", readonly=True)
    window_left = fields.Integer(string="Answers Left", readonly=True)
    last_contact_at = fields.Datetime(readonly=True, index=True)
    profile_due_at = fields.Datetime(readonly=True)
    profile_attempts = fields.Integer(readonly=True)

    _account_value_uniq = models.UniqueIndex(
        "(account_id, value)", "The account knows this person already."
    )
    _profile_due_idx = models.Index("(profile_due_at, id) WHERE profile_due_at IS NOT NULL")

    @api.depends("name", "partner_id.name", "value")
    def _compute_display_name(self):
        for identity in self:
            # Whoever reads the identity may read whose it is; the openid stays hidden.
            known = identity.sudo()
            identity.display_name = (
                known.partner_id.name or known.name or self.env._("Follower %s", known.id)
            )

    def _relation(self):
        """Return the customer's relation with the account's store, or none."""
        self.ensure_one()
        return self.partner_id.dealer_relation_ids.filtered(
            lambda relation: relation.active and relation.unit_id == self.unit_id
        )[:1]

    # ------------------------------------------------------------
    # Following, with history
    # ------------------------------------------------------------

    def _follow(self, moment, told):
        """Note that the person follows since ``moment``; events come in any order.

        :param dict told: what the event says: ``source``, ``scene``
        """
        self.ensure_one()
        code = self.env["dealer.wechat.code"]._by_scene(self.account_id, told.get("scene"))
        self._note_contact(moment)
        if self.is_following or (self.follow_changed_at and self.follow_changed_at > moment):
            if code:
                code._scanned(self, moment)
            return
        self.write(
            {
                "is_following": True,
                "followed_at": moment,
                "follow_changed_at": moment,
                "profile_due_at": fields.Datetime.now(),
                "profile_attempts": 0,
                "user_id": self.user_id.id or code.user_id.id,
            }
        )
        self.env["dealer.wechat.follow"].create(
            {
                "identity_id": self.id,
                "code_id": code.id,
                "user_id": code.user_id.id,
                "source": told.get("source") or "none",
                "started_at": moment,
            }
        )
        if code:
            code._scanned(self, moment)
        self._bind_consultant(code)

    def _unfollow(self, moment):
        """Note that the person left: what is known by the account of the person goes, too."""
        self.ensure_one()
        if self.follow_changed_at and self.follow_changed_at > moment:
            return
        self._end_follow(moment)
        self.write(
            {
                "is_following": False,
                "follow_changed_at": moment,
                "name": False,
                "window_until": False,
                "window_left": 0,
                "profile_due_at": False,
            }
        )

    def _end_follow(self, moment):
        active = self.follow_ids.filtered(lambda row: row.state == "active")
        for row in active:
            row.write({"state": "lost", "ended_at": max(moment, row.started_at)})
        # Written at once: the next time of following may begin in the same batch.
        active.flush_recordset()

    def _erase(self):
        """Forget the person: authorisation was withdrawn or the WeChat account is gone."""
        now = fields.Datetime.now()
        for identity in self:
            identity._end_follow(now)
            identity.write(
                {
                    "is_following": False,
                    "follow_changed_at": now,
                    "name": False,
                    "unionid": False,
                    "partner_id": False,
                    "bound_how": False,
                    "profile_due_at": False,
                }
            )

    def _note_contact(self, moment):
        if not self.last_contact_at or self.last_contact_at < moment:
            self.last_contact_at = moment

    def _open_window(self, moment, length, answers):
        """Note until when, and how often, the platform takes answers."""
        if not self:
            return
        self._note_contact(moment)
        until = moment + length
        if not self.window_until or self.window_until < until:
            self.write({"window_until": until, "window_left": answers})

    def _can_answer(self, now=None):
        """Whether a free answer can be sent now."""
        self.ensure_one()
        now = now or fields.Datetime.now()
        return bool(
            self.is_following
            and self.window_until
            and self.window_until > now
            and self.window_left > 0
        )

    # ------------------------------------------------------------
    # Who it is: the queue
    # ------------------------------------------------------------

    @api.model
    def _wake_if_due(self):
        if self.sudo().search_count(  # whosever it is, the system asks
            [("profile_due_at", "<=", fields.Datetime.now())], limit=1
        ):
            self._wake()

    @api.model
    def _lock_keys(self):
        """Both write who the people are: this queue and the inbox take turns."""
        return [*super()._lock_keys(), self.env["dealer.wechat.inbox"]._identity_key()]

    @api.model
    def _drain(self, limit=500):
        """Ask the platform who new followers are, a hundred in a call.

        :return: ``(done, left)``
        """
        now = fields.Datetime.now()
        rows = self.with_user(SUPERUSER_ID)._lock_due("profile_due_at", now, limit)
        done = 0
        for account, same in rows.grouped("account_id").items():
            for start in range(0, len(same), PROFILES_AT_ONCE):
                done += same[start : start + PROFILES_AT_ONCE]._read_profiles(account, now)
        left = bool(done and rows.search_count([("profile_due_at", "<=", now)], limit=1))
        return done, left

    def _read_profiles(self, account, now):
        """Take over what the platform tells; return how many rows need not be looked at again."""
        client = self.env["dealer.wechat.client"]
        if account.kind != "oa" or not account.active:
            self.profile_due_at = False
            return len(self)
        body = {"user_list": [{"openid": each.value, "lang": "zh_CN"} for each in self]}
        try:
            answer = client._call(account, "user_batch", body=body)
        except client._error_class() as error:
            for each in self:
                attempts = each.profile_attempts + 1
                last = error.kind == "permanent" or attempts >= MOST_ATTEMPTS
                each.write(
                    {
                        "profile_attempts": attempts,
                        "profile_due_at": not last and now + PROFILE_PATIENCE * attempts,
                    }
                )
            return len(self)
        found = {
            row.get("openid"): row
            for row in answer.get("user_info_list", [])
            if isinstance(row, dict)
        }
        for each in self:
            row = found.get(each.value) or {}
            each.write({"profile_due_at": False, "unionid": row.get("unionid") or each.unionid})
        self._bind_by_unionid()
        return len(self)

    @api.model
    def _reconcile(self, account):
        """Compare with the platform's own list of followers: callbacks get lost.

        :return: ``(missed follows, missed leaves)``
        """
        client = self.env["dealer.wechat.client"]
        openids, after = set(), ""
        while True:
            answer = client._call(account, "user_list", {"next_openid": after} if after else None)
            page = (answer.get("data") or {}).get("openid") or []
            openids.update(page)
            after = answer.get("next_openid") or ""
            if not page or not after or len(page) < 10000:
                break
        now = fields.Datetime.now()
        known = self.search([("account_id", "=", account.id)])
        by_value = {each.value: each for each in known}
        missing = sorted(openids - set(by_value))
        made = self.create([{"account_id": account.id, "value": each} for each in missing])
        back = made | known.filtered(lambda row: row.value in openids and not row.is_following)
        for identity in back:
            identity._follow(now, {"source": "reconciled"})
        gone = known.filtered(lambda row: row.is_following and row.value not in openids)
        for identity in gone:
            identity._unfollow(now)
        return len(back), len(gone)

    @api.model
    def _cron_reconcile(self):
        client = self.env["dealer.wechat.client"]
        accounts = self.env["dealer.wechat.account"].search(
            [("kind", "=", "oa"), ("problem", "=", False)]
        )
        for number, account in enumerate(accounts, 1):
            if account.is_complete:
                try:
                    self._reconcile(account)
                except client._error_class() as error:
                    _logger.info("WeChat: %s is not compared: %s", account.name, error.words)
            self.env["ir.cron"]._commit_progress(1, remaining=len(accounts) - number)
