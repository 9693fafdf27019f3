from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DealerTouchWay(models.Model):
    _name = "dealer.touch.way"
    _inherit = "dealer.touch.way"

    callback_step_id = fields.Many2one(
        "dealer.callback.step",
        string="Call-Back",
        index="btree_not_null",
        ondelete="restrict",
        help="Which call-back it makes; it says what is asked.",
    )

    @api.constrains("channel", "callback_step_id", "rule_id")
    def _check_callback_step(self):
        for way in self.filtered(lambda way: way.channel == "call_back"):
            if not way.callback_step_id:
                raise ValidationError(
                    self.env._("Choose which call-back “%s” makes.", way.rule_id.name)
                )
            # Who sets a way need not have a right on the list of models.
            model = self.env.get(way.rule_id.sudo().model_id.model or "")
            if model is None or not hasattr(model, "_callback_values"):
                raise ValidationError(
                    self.env._(
                        "“%s” applies to nothing that customers are called back about.",
                        way.rule_id.name,
                    )
                )
