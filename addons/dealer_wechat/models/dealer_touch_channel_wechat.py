from odoo import api, models

from odoo.addons.dealer_touch.models.dealer_touch_channel import Outcome

from .dealer_wechat_template import WORDS


class DealerTouchChannelWechat(models.AbstractModel):
    """Messages to followers: an answer while the platform takes one, else a template of the platform."""

    _name = "dealer.touch.channel.wechat"
    _inherit = ["dealer.touch.channel"]
    _description = "WeChat Messages"
    _touch_sequence = 15

    @api.model
    def _touch_label(self):
        return self.env._("WeChat")

    @api.model
    def _followers(self, touches):
        """Return ``{touch: identity}`` by the account of each touch's store."""
        found = {}
        for unit, same in touches.grouped("unit_id").items():
            known = self.env["dealer.wechat.identity"]._of_partners(same.partner_id, unit)
            found |= {touch: known[touch.partner_id] for touch in same if touch.partner_id in known}
        return found

    @api.model
    def _template(self, identity, touch):
        """Return the template of this kind of message (dealer.wechat.template), or none."""
        templates = self.env["dealer.wechat.template"]
        return templates._for(identity.account_id, touch.purpose, touch.rule_id)

    @api.model
    def _has_template(self, identity, touch):
        return bool(identity.account_id.reminder_template or self._template(identity, touch))

    @api.model
    def _touch_problems(self, touches):
        followers, problems = self._followers(touches), {}
        for touch in touches:
            identity = followers.get(touch)
            if not identity:
                problems[touch] = (
                    "no_address",
                    self.env._("The customer does not follow the store's account."),
                )
            elif identity.account_id.problem:
                problems[touch] = ("no_provider", self.env._("The store's account is stopped."))
            elif not identity._can_answer() and not self._has_template(identity, touch):
                problems[touch] = (
                    "no_address",
                    self.env._(
                        "The customer's last message is too old, and the account has no template."
                    ),
                )
        return problems

    @api.model
    def _touch_deliver(self, touches):
        followers, outcomes = self._followers(touches), {}
        outbox = self.env["dealer.wechat.outbox"]
        for touch in touches:
            identity = followers.get(touch)
            template = self._template(identity, touch) if identity else None
            words = touch._words(template._places()) if template else {}
            if template and not identity._can_answer():
                # What the platform would refuse is said here, with the field's name.
                problem = template._payload({**words, **dict.fromkeys(WORDS, touch.body)})[1]
                if problem:
                    outcomes[touch] = Outcome("refused", problem)
                    continue
            row = identity and outbox._send_text(
                identity,
                touch.body,
                template=template,
                words=words,
                once_key=f"touch{touch.id}.{touch.step}.{touch.attempts}",
                expires_at=touch.valid_until,
            )
            # What became of it is told by the outbox.
            outcomes[touch] = (
                Outcome("queued", made=row)
                if row
                else Outcome("refused", self.env._("Neither an answer nor a template is possible."))
            )
        return outcomes
