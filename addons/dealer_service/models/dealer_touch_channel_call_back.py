from odoo import api, models


class DealerTouchChannelCallBack(models.AbstractModel):
    """A call-back to make: a row with questions in the list of whoever calls.

    The touch is the plan, so that the ladder has what rules have: days as data, no double, what moved
    or was cancelled drops out, quiet hours, who is on duty by turns. The row is the work.
    """

    _name = "dealer.touch.channel.call_back"
    _inherit = ["dealer.touch.channel"]
    _description = "Call-Backs"
    _touch_sequence = 15
    _touch_reaches = ("staff",)

    @api.model
    def _touch_label(self):
        return self.env._("Call-Back")

    @api.model
    def _touch_problems(self, touches):
        words = self.env._(
            "The customer is none of this store (any more), so that nobody here may call."
        )
        return {touch: ("no_person", words) for touch in touches if not touch.relation_id}

    @api.model
    def _touch_deliver(self, touches):
        return self.env["dealer.callback"]._make(touches)
