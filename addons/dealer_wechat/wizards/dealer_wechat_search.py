from datetime import datetime, time, timedelta

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext

from ..models.dealer_wechat_catch import excerpt
from ..models.dealer_wechat_inbox_handling import BEIJING, UTC_ZONE
from ..models.looking import LOOKERS

#: So many messages are shown.
MOST = 100
#: A single letter fits everything.
LEAST_LETTERS = 2
USUAL_DAYS = 90


class DealerWechatSearch(models.TransientModel):
    """Finds what was said in the chats of others: for managers, with a reason, and written down.

    Shown are the words around what was looked for; whoever wants to read on opens the chat by the
    logged look, with the same reason.
    """

    _name = "dealer.wechat.search"
    _description = "Search Chats"

    words = fields.Char(help="All of them stand in the message.")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        domain="[('is_dealer_customer', '=', True)]",
        ondelete="cascade",
    )
    consultant_id = fields.Many2one(
        "res.users", string="Served By", domain="[('share', '=', False)]", ondelete="cascade"
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self._today() - timedelta(days=USUAL_DAYS),
    )
    date_to = fields.Date(string="To", required=True, default=lambda self: self._today())
    reason = fields.Char()
    state = fields.Selection([("new", "New"), ("done", "Done")], default="new", readonly=True)
    more = fields.Boolean(readonly=True)
    hit_ids = fields.One2many("dealer.wechat.search.hit", "search_id", readonly=True)

    @api.model
    def _today(self):
        """Return the day of the stores, which in the evening of UTC is the next one already."""
        return fields.Datetime.now().replace(tzinfo=UTC_ZONE).astimezone(BEIJING).date()

    def action_search(self):
        """Search, write down that it was done, and show what was found.

        :raise AccessError: the user leads nobody
        :raise UserError: no reason, or nothing to look for
        """
        self.ensure_one()
        if not self.env.user._dealer_has_any(LOOKERS):
            raise AccessError(self.env._("Managers can search the chats of others."))
        words = (self.words or "").split()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why the chats must be searched."))
        if any(len(word) < LEAST_LETTERS for word in words) or not (words or self.partner_id):
            raise UserError(
                self.env._("Write words of two letters at least, or choose a customer.")
            )
        messages = self._messages(words)
        self.hit_ids.unlink()
        self.write({"state": "done", "more": len(messages) > MOST})
        self._log(len(messages[:MOST]))
        self.hit_ids = [
            fields.Command.create(self._hit(message, words)) for message in messages[:MOST]
        ]
        return self._show()

    def action_again(self):
        """Go back to the words; the next search is written down, too."""
        self.ensure_one()
        self.state = "new"
        return self._show()

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Search Chats"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    def _log(self, found):
        # sudo: nobody writes the log, it is written when somebody searches
        self.env["dealer.wechat.search.log"].sudo().create(
            {
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "searched_at": fields.Datetime.now(),
                "words": self.words,
                "reason": self.reason.strip(),
                "partner_id": self.partner_id.id,
                "consultant_id": self.consultant_id.id,
                "date_from": self.date_from,
                "date_to": self.date_to,
                "found": found,
            }
        )

    def _messages(self, words):
        """Return the messages found, the newest first, one more than is shown.

        Only in chats with followers whom the user sees.
        """
        # As the user: rules decide whose chats these are.
        followers = self.env["dealer.wechat.identity"]._search(self._follower_domain())
        # sudo: chats are read by nobody but their members; post and reason were checked, the search
        # is written down, and the followers are those whom the user sees.
        channels = self.env["discuss.channel"].sudo()
        chats = channels.search([("wechat_identity_id", "in", followers)])
        domain = Domain("model", "=", "discuss.channel") & Domain("res_id", "in", chats.ids)
        domain &= Domain("message_type", "=", "comment")
        domain &= Domain("date", ">=", self._moment(self.date_from))
        domain &= Domain("date", "<", self._moment(self.date_to + timedelta(days=1)))
        # Bodies are HTML: what stands in them is escaped.
        domain &= Domain.AND(Domain("body", "ilike", str(escape(word))) for word in words)
        return self.env["mail.message"].sudo().search(domain, limit=MOST + 1, order="id desc")

    def _follower_domain(self):
        domain = Domain.TRUE
        if self.partner_id:
            domain &= Domain("partner_id", "=", self.partner_id.id)
        if self.consultant_id:
            mine = Domain("consultant_id", "=", self.consultant_id.id)
            mine |= Domain("advisor_id", "=", self.consultant_id.id)
            domain &= Domain("partner_id.dealer_relation_ids", "any", mine)
        return domain

    @api.model
    def _moment(self, day):
        """Return the beginning of a day of the store, in UTC."""
        local = datetime.combine(day, time.min, tzinfo=BEIJING)
        return local.astimezone(UTC_ZONE).replace(tzinfo=None)

    def _hit(self, message, words):
        # The search was asked and noted; whose talk it is stands on the hit.
        channel = self.env["discuss.channel"].sudo().browse(message.res_id)
        text = html2plaintext(message.body or "").strip()
        return {
            "identity_id": channel.wechat_identity_id.id,
            "said_at": message.date,
            "who": message.author_id.name or message.author_guest_id.name,
            "excerpt": excerpt(text, words[0] if words else ""),
        }


class DealerWechatSearchHit(models.TransientModel):
    """A message that was found: when, with whom, and the words around what was looked for."""

    _name = "dealer.wechat.search.hit"
    _description = "Message Found"
    _order = "id"

    search_id = fields.Many2one(
        "dealer.wechat.search", required=True, index=True, ondelete="cascade"
    )
    identity_id = fields.Many2one(
        "dealer.wechat.identity", string="Customer", required=True, ondelete="cascade"
    )
    said_at = fields.Datetime(string="Time")
    who = fields.Char(string="Who Wrote")
    excerpt = fields.Char(string="Around It")

    def action_look(self):
        """Open the chat; the reason of the search stands in it, and colleagues see it.

        :raise AccessError: the user does not see this customer
        """
        self.ensure_one()
        return self.identity_id._look(self.search_id.reason)
