from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_touch.models.dealer_touch_channel import Outcome


class DealerTouchChannelActivity(models.AbstractModel):
    """A follow-up that a rule asks for is the lead's own plan, as if a person had planned it (B6).

    So there is one open task per lead, it ends with a result only, and the lead knows the day.
    """

    _name = "dealer.touch.channel.activity"
    _inherit = ["dealer.touch.channel.activity"]

    @api.model
    def _touch_deliver(self, touches):
        kind = self.env.ref("dealer_leads.mail_activity_type_follow_up")
        plans = touches.filtered(
            lambda touch: touch.res_model == "crm.lead" and touch.way_id.activity_type_id == kind
        )
        others = touches - plans
        outcomes = super()._touch_deliver(others) if others else {}
        now = fields.Datetime.now()
        same_plan = plans.grouped(
            lambda touch: (touch._local(now).date(), touch.body, touch.user_id)
        )
        for (day, note, user), same in same_plan.items():
            leads = self.env["crm.lead"].browse(same.mapped("res_id"))
            # Of a lead whose person has gone takes care who stands in.
            leads.with_user(user)._dealer_plan(day, note)
        tasks = self.env["mail.activity"].search(
            Domain("res_model", "=", "crm.lead")
            & Domain("res_id", "in", plans.mapped("res_id"))
            & Domain("activity_type_id", "=", kind.id)
        )
        by_lead = {task.res_id: task for task in tasks}
        return outcomes | {touch: Outcome("sent", made=by_lead[touch.res_id]) for touch in plans}
