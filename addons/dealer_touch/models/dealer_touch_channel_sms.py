from odoo import api, models
from odoo.fields import Domain

from .dealer_sms_provider import SmsMessage
from .dealer_touch_channel import Outcome

#: What an advertisement ends with by the rules of the trade; customers know just these words.
REFUSAL_WORDS = "拒收请回复R"


class DealerTouchChannelSms(models.AbstractModel):
    """Short messages by the provider that the dealership chose; never Odoo's own paid service."""

    _name = "dealer.touch.channel.sms"
    _inherit = ["dealer.touch.channel"]
    _description = "Short Messages"
    _touch_sequence = 20
    _touch_claims = True

    @api.model
    def _touch_label(self):
        return self.env._("SMS")

    @api.model
    def _touch_problems(self, touches):
        if self.env["dealer.sms.provider"]._chosen() is None:
            words = self.env._("No provider of short messages is set up.")
            return dict.fromkeys(touches, ("no_provider", words))
        numbers = {
            touch: partner.phone_normalized
            for touch in touches
            if (partner := touch._addressee()).phone_kind == "mobile"
        }
        refused = set(
            self.env["dealer.touch.refusal"]
            .search(Domain("phone", "in", list(numbers.values())))
            .mapped("phone")
        )
        problems = {}
        for touch in touches:
            if touch not in numbers:
                problems[touch] = ("no_address", self.env._("No mobile number."))
            elif numbers[touch] in refused and not touch._passes():
                problems[touch] = (
                    "refused",
                    self.env._("The customer refused messages to this number."),
                )
        return problems

    @api.model
    def _touch_finish(self, touch, way, subject, body):
        # Advertising names the sender and the way to refuse it.
        if touch.purpose == "marketing":
            body += REFUSAL_WORDS
        return subject, f"【{touch.unit_id.name}】{body}"

    @api.model
    def _touch_deliver(self, touches):
        provider = self.env["dealer.sms.provider"]._chosen()
        if provider is None:
            words = self.env._("No provider of short messages is set up.")
            return dict.fromkeys(touches, Outcome("refused", words))
        messages = {
            touch: SmsMessage(
                out_id=touch.claim_key,
                phone=touch._addressee().phone_normalized or "",
                sign_name=touch.unit_id.name,
                content=touch.body,
                template_code=touch.way_id.provider_template or "",
            )
            for touch in touches
        }
        results = provider._sms_send_once(list(messages.values()))
        outcomes = {}
        for touch, message in messages.items():
            result = results[message.out_id]
            state = "sent" if result.accepted else "retry" if result.temporary else "refused"
            outcomes[touch] = Outcome(state, result.words, result.made)
        return outcomes
