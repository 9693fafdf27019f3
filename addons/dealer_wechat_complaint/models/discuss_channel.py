from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext

#: So many of the customer's last messages are what happened.
LINES = 10


class DiscussChannel(models.Model):
    """A chat becomes a complaint by one tap: nobody types again what the customer wrote."""

    _name = "discuss.channel"
    _inherit = "discuss.channel"

    def action_wechat_complaint(self, again=False):
        """Make a complaint of what the customer wrote, or name the one that is open already.

        Whoever answers the customer may: customer care takes it up, and who sees the file is decided
        by the post alone.

        :param bool again: make another one although one is open
        :return: dict of ``number``, ``is_new`` and ``action``, which is false for who may not see it
        :raise AccessError: the user does not serve this customer
        :raise UserError: the customer wrote nothing
        """
        self.ensure_one()
        self.check_access("read")
        identity = self._wechat_complainant()
        cases = self.env["helpdesk.ticket"].sudo()._of_follower(identity)  # asked as the chat
        known = cases._still_open()[:1]
        if known and not again:
            return self._wechat_complaint_answer(known, is_new=False)
        case = self._wechat_take_up(identity, cases)
        return self._wechat_complaint_answer(case, is_new=True)

    def _wechat_complainant(self):
        """Return the follower of this chat in sudo, if the user serves that customer.

        :raise AccessError: else
        """
        # sudo: members of the chat may make a complaint of it; asked is whether this user is one
        chat = self.sudo()
        identity = chat.wechat_identity_id
        user = self.env.user
        if (
            chat.channel_type != "wechat"
            or user.partner_id not in chat.channel_member_ids.partner_id
            or identity.unit_id.company_id not in user.company_ids
        ):
            raise AccessError(self.env._("Colleagues serve this customer."))
        return identity

    def _wechat_take_up(self, identity, former):
        """Make the complaint and say so in the chat; the customer is not told by itself.

        :param former: the complaints of this follower, the newest first
        """
        messages = self._wechat_said(identity, former[:1])
        if not messages:
            raise UserError(self.env._("The customer wrote nothing that could be a complaint."))
        lines = [html2plaintext(message.body or "").strip() for message in messages]
        files = messages.attachment_ids.sorted("id")
        case = self.env["helpdesk.ticket"]._receive_complaint(
            {
                "unit": identity.unit_id,
                "facts": "\n".join(line for line in lines if line) or self.env._("(Files only)"),
                "name": identity.display_name,
                "partner": identity.partner_id,
                "wechat_identity": identity,
                "photos": [
                    (f"{number}-{file.name}", file.raw) for number, file in enumerate(files, 1)
                ],
                # Two who tap at once make one.
                "key": f"wechat:{self.id}:{messages[-1].id}:{len(former)}",
            }
        )
        mine = case.with_env(self.env)
        if mine._may_step("register"):
            # Care has it in hand: the 24 hours begin.
            mine.action_register()
        self.sudo()._wechat_note(  # the addon writes what the staff should know
            self.env._(
                "%(who)s made complaint %(number)s of this chat. The customer is not told by itself.",
                who=self.env.user.name,
                number=case.number,
            )
        )
        return case

    def _wechat_said(self, identity, former):
        """Return the customer's last messages, the oldest first: what is new since the last complaint.

        Where nothing is new they are the last ones all the same: what is no complaint is struck out
        by whoever works on it.
        """
        authors = Domain.FALSE
        if identity.partner_id:
            authors |= Domain("author_id", "=", identity.partner_id.id)
        if identity.guest_id:
            authors |= Domain("author_guest_id", "=", identity.guest_id.id)
        said = (
            Domain("model", "=", self._name)
            & Domain("res_id", "=", self.id)
            & Domain("message_type", "=", "comment")
            & authors
        )
        messages = self.env["mail.message"].sudo()  # the user is in the chat and reads them
        news = Domain("date", ">", former.received_at) if former else Domain.TRUE
        found = messages.search(said & news, limit=LINES, order="id desc") or messages.search(
            said, limit=LINES, order="id desc"
        )
        return found.sorted("id")

    def _wechat_complaint_answer(self, case, is_new):
        mine = case.with_env(self.env)
        return {
            "number": case.number,
            "is_new": is_new,
            "action": mine._clock_open_action() if mine.has_access("read") else False,
        }
