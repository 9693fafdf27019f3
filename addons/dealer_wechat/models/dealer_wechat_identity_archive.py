import logging
from datetime import timedelta

from odoo import models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

#: So many messages are deleted by one statement.
MESSAGES_AT_ONCE = 500


class DealerWechatIdentity(models.Model):
    """The talk with a follower, and when it is forgotten."""

    _name = "dealer.wechat.identity"
    _inherit = "dealer.wechat.identity"

    def _talk_held(self):
        """Return those whose talk is kept although its term is over; a hook.

        Here: who waits for an answer, and who has a car on order.
        """
        waiting = self.env["dealer.clock"].search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("stopped_at", "=", False)
        )
        held = self.browse(waiting.mapped("res_id"))
        return held | self.filtered(lambda identity: identity._relation().stage == "ordered")

    def _forget_talk(self, before):
        """Delete messages and files of before a moment; that there was a talk stays on the timeline.

        :return: how many messages were deleted
        """
        going = self - self._talk_held()
        channels = going.channel_ids
        if not channels:
            return 0
        old = Domain("model", "=", "discuss.channel") & Domain("res_id", "in", channels.ids)
        old &= Domain("date", "<", before)
        messages = channels._wechat_door().env["mail.message"].search(old, order="id")
        for start in range(0, len(messages), MESSAGES_AT_ONCE):
            some = messages[start : start + MESSAGES_AT_ONCE]
            some.attachment_ids.unlink()
            some.unlink()
        self.env["dealer.wechat.catch"].search(
            Domain("identity_id", "in", going.ids) & Domain("caught_at", "<", before)
        ).unlink()
        going._forget_transcripts(before)
        _logger.info("WeChat: %s messages of %s chats forgotten", len(messages), len(channels))
        return len(messages)

    def _forget_transcripts(self, before):
        """Leave on the timeline that there was a talk, without its words."""
        for unit, same in self.filtered("partner_id").grouped("unit_id").items():
            talks = self.env["dealer.interaction"].search(
                Domain("kind", "=", "wechat")
                & Domain("partner_id", "in", same.partner_id.ids)
                & Domain("unit_id", "=", unit.id)
                & Domain("start", "<", before - timedelta(days=1))
                & Domain("transcript", "!=", False)
            )
            lang = unit.company_id.partner_id.lang
            words = self.with_context(lang=lang).env._("A talk in WeChat; its words were deleted.")
            talks.write({"transcript": False, "summary": words})
