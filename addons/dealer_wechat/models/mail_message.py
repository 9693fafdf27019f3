from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .discuss_channel_member import DOOR

#: What may change in a message of a chat: how it is shown, not what was said.
HARMLESS = {"pinned_at", "parent_id", "is_internal", "notification_ids", "reaction_ids"}


class MailMessage(models.Model):
    """What customers and the shop wrote to each other stays as it was written."""

    _name = "mail.message"
    _inherit = "mail.message"

    def _wechat_talks(self):
        """Return the messages that stand in chats with customers."""
        rows = self.filtered(lambda row: row.model == "discuss.channel" and row.res_id)
        if not rows:
            return rows
        chats = (
            self.env["discuss.channel"]
            .sudo()  # the message is in hand; asked is of what kind its channel is
            .search([("id", "in", rows.mapped("res_id")), ("channel_type", "=", "wechat")])
        )
        return rows.filtered(lambda row: row.res_id in chats._ids)

    def _wechat_refuse(self):
        if self.env.context.get("dealer_wechat_door") is not DOOR and self._wechat_talks():
            raise AccessError(
                self.env._("What was said to a customer is neither changed nor lost.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        if not self.env.su:
            # Past the chat's own door nothing is said: it would stand there and not be sent.
            messages._wechat_refuse()
        return messages

    def write(self, vals):
        if not self.env.su and not vals.keys() <= HARMLESS:
            self._wechat_refuse()
        return super().write(vals)

    def unlink(self):
        self._wechat_refuse()
        return super().unlink()

    def _message_reaction(self, content, action, partner, guest, store=None):
        if self._wechat_talks():
            raise UserError(self.env._("The customer would not see it. Write an answer instead."))
        return super()._message_reaction(content, action, partner, guest, store)
