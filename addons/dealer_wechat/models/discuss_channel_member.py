from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: Whoever has this very object is the addon itself: a context that comes by RPC can't hold it.
DOOR = object()


class DiscussChannelMember(models.Model):
    """Who is in a chat with a customer follows from who serves the customer."""

    _name = "discuss.channel.member"
    _inherit = "discuss.channel.member"

    wechat_looks = fields.Boolean(
        string="Looks In", readonly=True, help="A manager who said why the chat had to be read."
    )

    def _wechat_refuse(self):
        if self.env.context.get("dealer_wechat_door") is DOOR:
            return
        # The own channel need not be readable any more when a member is written.
        if any(member.sudo().channel_id.channel_type == "wechat" for member in self):
            raise AccessError(
                self.env._("Who is in a chat with a customer follows from who serves the customer.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members._wechat_refuse()
        return members

    def write(self, vals):
        if vals.keys() & {"channel_id", "partner_id", "guest_id", "wechat_looks"}:
            self._wechat_refuse()
        return super().write(vals)

    def unlink(self):
        self._wechat_refuse()
        return super().unlink()

    def _rtc_join_call(self, *args, **kwargs):
        if self.channel_id.channel_type == "wechat":
            raise UserError(
                self.env._("The customer is in WeChat: call by telephone, not from here.")
            )
        return super()._rtc_join_call(*args, **kwargs)
