import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

#: What is looked over: 私 下 转 账 is 私下转账.
BLANK = re.compile(r"[\s\W_]+")


def squeeze(text):
    """Return a text without blanks and signs, in small letters, as words are looked for in it."""
    return BLANK.sub("", text or "").casefold()


class DealerWechatWord(models.Model):
    """What should not be said in a chat, or what a manager must know when a customer says it."""

    _name = "dealer.wechat.word"
    _description = "WeChat Sensitive Word"
    _inherit = ["dealer.user.checks", "dealer.cache.mixin"]
    _order = "direction, sequence, id"

    name = fields.Char(
        string="Words", required=True, help="Any of them, with commas between: lawyer, court"
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    account_id = fields.Many2one(
        "dealer.wechat.account", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True, index=True
    )
    direction = fields.Selection(
        [("out", "Staff Write It"), ("in", "Customers Write It")],
        string="Counts When",
        required=True,
        default="out",
        help="Staff are warned before it goes out. What customers write is told to the manager at"
        " once.",
    )
    advice = fields.Char(
        translate=True, help="Told to whoever is about to write it: what to do instead."
    )

    @api.constrains("name")
    def _check_words(self):
        for row in self:
            if not row._words():
                raise ValidationError(self.env._("Write at least one word."))

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "account_id" in field_names:
            # Rules are asked before a write; nobody moves a word to where the own reach ends.
            self.check_access("write")
        return result

    def _words(self):
        words = re.split(r"[,，、;；\n]", self.name or "")
        return [word.strip() for word in words if squeeze(word)]

    @api.model
    def _found(self, account, direction, text):
        """Return ``[(row, word)]`` of what stands in a text, each row once.

        :param account: dealer.wechat.account
        :param str direction: out, in
        """
        said = squeeze(text)
        found = []
        for number, words in self._known(account.id, direction) if said else ():
            word = next((word for word, squeezed in words if squeezed in said), None)
            if word:
                found.append((self.browse(number), word))
        return found

    @api.model
    @ormcache("account_id", "direction")
    def _known(self, account_id, direction):
        """Return ``((row id, ((word, squeezed), …)), …)``; asked with each message of a customer."""
        rows = self.sudo().search(  # which words are looked for is the same whoever writes
            Domain("account_id", "=", account_id) & Domain("direction", "=", direction)
        )
        return tuple(
            (row.id, tuple((word, squeeze(word)) for word in row._words())) for row in rows
        )
