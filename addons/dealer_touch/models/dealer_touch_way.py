from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.words import places


class DealerTouchWay(models.Model):
    """One way of a rule: the channel, and the words that go by it. The first possible one is taken."""

    _name = "dealer.touch.way"
    _description = "Way of a Touch Rule"
    _inherit = ["dealer.user.checks"]
    _order = "rule_id, sequence, id"
    _rec_name = "channel"

    rule_id = fields.Many2one("dealer.touch.rule", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    channel = fields.Selection(selection="_selection_channel", required=True)
    subject = fields.Char(translate=True, help="Subject of the e-mail, title of the task.")
    body = fields.Text(
        string="Words",
        translate=True,
        help="Places in braces are filled in: {customer}, {salutation}, {store}, {store_phone},"
        " {date}, {consultant}, {document}, {stop_link}.",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type", string="Kind of Task", ondelete="set null"
    )
    provider_template = fields.Char(
        string="Template Number", help="Number of the text that the gateway approved."
    )

    @api.model
    def _selection_channel(self):
        return self.env["dealer.touch.channel"]._selection_channel()

    @api.constrains("channel", "subject", "body", "rule_id")
    def _check_texts(self):
        known = set(self.env["dealer.touch"]._words_known())
        channels = self.env["dealer.touch.channel"]._touch_channels()
        for way in self:
            unknown = sorted((places(way.subject) | places(way.body)) - known)
            if unknown:
                raise ValidationError(
                    self.env._(
                        "Nothing can be filled in for “%(place)s”. There are: %(places)s.",
                        place="{%s}" % unknown[0],
                        places=", ".join("{%s}" % name for name in sorted(known)),
                    )
                )
            channel = channels[way.channel]
            kind = "staff" if way.rule_id.addressee in ("staff", "duty") else "customer"
            if kind not in channel._touch_reaches:
                raise ValidationError(
                    self.env._(
                        "“%(channel)s” does not reach whom the rule “%(rule)s” addresses. Choose"
                        " another channel.",
                        channel=channel._touch_label(),
                        rule=way.rule_id.name,
                    )
                )
            if kind == "customer" and not way.body:
                raise ValidationError(
                    self.env._("Write what “%s” says to the customer.", way.rule_id.name)
                )
            if channel._touch_needs_subject and not way.subject:
                raise ValidationError(
                    self.env._("An e-mail of “%s” needs a subject.", way.rule_id.name)
                )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "rule_id" in field_names:
            # Rules are asked before a write; nobody moves words to a rule of others.
            self.check_access("write")
        return result

    @api.depends("channel")
    def _compute_display_name(self):
        labels = dict(self._selection_channel())
        for way in self:
            way.display_name = labels.get(way.channel, way.channel)
