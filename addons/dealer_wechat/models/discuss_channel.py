import base64

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.base.models.avatar_mixin import get_hsl_from_seed
from odoo.addons.mail.tools.discuss import Store

from .discuss_channel_member import DOOR

#: As Odoo draws people without a picture: a letter on a colour.
AVATAR = (
    "<svg xmlns='http://www.w3.org/2000/svg' height='180' width='180'>"
    "<rect fill='%s' height='180' width='180'/>"
    "<text fill='#ffffff' font-size='96' text-anchor='middle' x='90' y='125'"
    " font-family='sans-serif'>%s</text></svg>"
)


class DiscussChannel(models.Model):
    """A chat with a follower: who is in it follows from who serves the customer, from nobody's click.

    What was sent is sent: it is neither changed nor taken back, and the talk stays when people go.
    """

    _name = "discuss.channel"
    _inherit = "discuss.channel"

    channel_type = fields.Selection(
        selection_add=[("wechat", "WeChat")],
        ondelete={"wechat": lambda channels: channels._wechat_keep()},
    )
    wechat_identity_id = fields.Many2one(
        "dealer.wechat.identity",
        string="WeChat Follower",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_system",
    )

    _wechat_identity_uniq = models.UniqueIndex(
        "(wechat_identity_id) WHERE wechat_identity_id IS NOT NULL",
        "There is a chat with this follower already.",
    )

    def _wechat_keep(self):
        """Without the addon the talks stay, as groups of those who were in them."""
        if self:
            # The ORM lets nobody change the type of a channel.
            self.env.cr.execute(
                SQL("UPDATE discuss_channel SET channel_type = 'group' WHERE id IN %s", self._ids)
            )
            self.invalidate_recordset(["channel_type"])

    @api.model
    def _wechat_door(self):
        """Return the model as the addon itself writes it; no client can send such a context."""
        return self.with_context(dealer_wechat_door=DOOR)

    def _is_wechat_door(self):
        return self.env.context.get("dealer_wechat_door") is DOOR

    def _wechat_refuse(self, words):
        if not self._is_wechat_door() and any(each.channel_type == "wechat" for each in self):
            raise UserError(words)

    # ------------------------------------------------------------
    # What people may not do with it
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        # Asked of what was made: a default in a client's context counts as well as a value.
        if not self._is_wechat_door() and any(each.channel_type == "wechat" for each in channels):
            raise AccessError(self.env._("A chat in WeChat begins when the customer writes."))
        return channels

    def write(self, vals):
        if not self.env.su and not self._is_wechat_door():
            self._wechat_refuse(self.env._("A chat in WeChat follows from its customer."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_wechat(self):
        if any(each.channel_type == "wechat" for each in self):
            raise UserError(self.env._("Chats with customers are kept."))

    def _add_members(self, **kwargs):
        self._wechat_refuse(
            self.env._("Who serves the customer is in the chat; nobody else is added.")
        )
        return super()._add_members(**kwargs)

    def _action_unfollow(self, partner=None, guest=None, post_leave_message=True):
        mine = self.self_member_id
        looks = mine.wechat_looks and mine.partner_id == partner
        if not looks:
            self._wechat_refuse(
                self.env._("You serve this customer. Hand the customer over instead of leaving.")
            )
        leaving = self._wechat_door() if looks else self
        return super(DiscussChannel, leaving)._action_unfollow(
            partner=partner, guest=guest, post_leave_message=post_leave_message
        )

    def _check_can_update_message_content(self, message):
        self._wechat_refuse(self.env._("What was sent to the customer can't be changed."))
        return super()._check_can_update_message_content(message)

    def _types_allowing_seen_infos(self):
        return super()._types_allowing_seen_infos() + ["wechat"]

    # ------------------------------------------------------------
    # What the client is told
    # ------------------------------------------------------------

    def _generate_avatar(self):
        if self.channel_type != "wechat":
            return super()._generate_avatar()
        # The customer's picture, as members of the chat may know whom they serve.
        customer = self.sudo().wechat_identity_id.partner_id
        letter = (customer.name or self.name or "?").strip()[:1].upper()
        svg = AVATAR % (get_hsl_from_seed(self.uuid), escape(letter))
        return customer.image_128 or base64.b64encode(svg.encode())

    def _wechat_state_field(self):
        # sudo: members of the chat may know how long, and how often, answers are taken
        return Store.Attr(
            "wechat_state",
            lambda channel: channel.sudo().wechat_identity_id._chat_state(),
            predicate=lambda channel: channel.channel_type == "wechat",
        )

    def _to_store_defaults(self, target):
        return super()._to_store_defaults(target) + [self._wechat_state_field()]

    def _wechat_tell_state(self):
        """Tell open screens how long, and how often, answers are taken now."""
        for channel in self:
            Store(bus_channel=channel).add(channel, [self._wechat_state_field()]).bus_send()
