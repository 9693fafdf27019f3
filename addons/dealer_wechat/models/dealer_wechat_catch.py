from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .looking import LOOKERS

#: So many letters around the word stand in the note.
AROUND = 30
#: A customer who goes on writing so is told of once in so long.
TOLD_APART = timedelta(hours=1)


def excerpt(text, word, around=AROUND):
    """Return the words around ``word``; from the beginning where it is not found as it stands."""
    text = " ".join((text or "").split())
    place = max(text.casefold().find(word.casefold()), 0)
    begin, end = max(0, place - around), place + len(word) + around
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"


class DealerWechatCatch(models.Model):
    """A sensitive word that was said in a chat: by whom, to whom, and whether a manager has seen it.

    Only the words around it stand here; the chat itself is read with a reason, as always.
    """

    _name = "dealer.wechat.catch"
    _description = "WeChat Sensitive Word Said"
    _order = "id desc"
    _rec_name = "word"

    identity_id = fields.Many2one(
        "dealer.wechat.identity",
        string="Follower",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    account_id = fields.Many2one(related="identity_id.account_id", store=True, index=True)
    unit_id = fields.Many2one(related="account_id.unit_id", store=True, index=True, string="Store")
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="identity_id.partner_id", store=True, index="btree_not_null", string="Customer"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Staff",
        readonly=True,
        index="btree_not_null",
        help="Who wrote it, or who serves the customer who wrote it.",
    )
    direction = fields.Selection(
        [("out", "Staff Wrote It"), ("in", "The Customer Wrote It")],
        string="Who Wrote",
        required=True,
        readonly=True,
    )
    word = fields.Char(required=True, readonly=True)
    excerpt = fields.Char(string="Around It", readonly=True)
    caught_at = fields.Datetime(string="Said At", required=True, readonly=True)
    told = fields.Boolean(readonly=True)
    seen_at = fields.Datetime(readonly=True)
    seen_user_id = fields.Many2one("res.users", string="Seen By", readonly=True)

    _identity_told_idx = models.Index("(identity_id, caught_at) WHERE told IS TRUE")

    @api.model
    def _note(self, identity, direction, text, user=None):
        """Note what stands in a text; of a customer's words managers are told at once. Call it in sudo.

        :param identity: dealer.wechat.identity
        :param user: res.users who wrote it
        :return: the rows made
        """
        found = self.env["dealer.wechat.word"]._found(identity.account_id, direction, text)
        if not found:
            return self.browse()
        now = fields.Datetime.now()
        rows = self.create(
            [
                {
                    "identity_id": identity.id,
                    "user_id": (user or identity._answerers()[:1]).id,
                    "direction": direction,
                    "word": word,
                    "excerpt": excerpt(text, word),
                    "caught_at": now,
                }
                for _row, word in found
            ]
        )
        if direction == "in":
            rows[0]._tell_managers()
        return rows

    def _tell_managers(self):
        """Tell who leads those who serve the customer, by inbox and on the screen."""
        self.ensure_one()
        lately = Domain("told", "=", True) & Domain("caught_at", ">", self.caught_at - TOLD_APART)
        if self.search_count(lately & Domain("identity_id", "=", self.identity_id.id), limit=1):
            return
        self.told = True
        answerers = self.identity_id._answerers()
        for manager in answerers._clock_managers(self.unit_id):
            row = self.with_context(lang=manager.lang)
            title = row.env._("%(who)s wrote “%(word)s” in WeChat", who=row._who(), word=row.word)
            link = f"/odoo/dealer-wechat-words-said/{self.id}"
            # Mail goes out by the queue: no server in a shop may hold up the inbox.
            manager.sudo().partner_id.with_context(mail_notify_force_send=False).message_notify(
                partner_ids=manager.partner_id.ids,
                subject=title,
                body=Markup('<p>%s</p><p>%s</p><p><a href="%s">%s</a></p>')
                % (title, row.excerpt, link, row.env._("Open")),
            )
            manager._bus_send(
                "simple_notification",
                {"type": "danger", "title": title, "message": row.excerpt, "sticky": True},
            )

    def _who(self):
        return self.identity_id.display_name

    def action_seen(self):
        """Note that a manager has seen it.

        :raise AccessError: the user leads nobody, or does not see this customer
        """
        self.check_access("read")
        if not self.env.user._dealer_has_any(LOOKERS):
            raise AccessError(self.env._("Managers look after it."))
        new = self.sudo().filtered(lambda row: not row.seen_at)  # nobody writes here; post checked
        new.write({"seen_at": fields.Datetime.now(), "seen_user_id": self.env.uid})

    def action_look(self):
        """Open the dialog in which a manager says why the chat must be read."""
        self.ensure_one()
        action = self.identity_id.action_look()
        reason = self.env._("Said in the chat: %s", self.word)
        return action | {"context": action["context"] | {"default_reason": reason}}
