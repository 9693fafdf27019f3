from odoo import api, models
from odoo.tools import plaintext2html

from .dealer_touch_channel import Outcome


class DealerTouchChannelActivity(models.AbstractModel):
    """A task for staff, on the document where it has tasks, else on the customer, else by itself."""

    _name = "dealer.touch.channel.activity"
    _inherit = ["dealer.touch.channel"]
    _description = "Tasks for Staff"
    _touch_sequence = 10
    _touch_reaches = ("staff",)

    @api.model
    def _touch_label(self):
        return self.env._("Task")

    @api.model
    def _touch_problems(self, touches):
        return {}

    @api.model
    def _touch_target(self, touch):
        """Return the record that the task stands on, or none."""
        document = touch._document()
        for record in (document, touch.partner_id):
            if record and "activity_ids" in record._fields:
                return record
        return self.env["res.partner"]

    @api.model
    def _touch_deliver(self, touches):
        todo = self.env.ref("mail.mail_activity_data_todo")
        values = []
        for touch in touches:
            target = self._touch_target(touch)
            values.append(
                {
                    "res_model_id": self.env["ir.model"]._get_id(target._name) if target else False,
                    "res_id": target.id,
                    "activity_type_id": (touch.way_id.activity_type_id or todo).id,
                    "summary": touch.subject,
                    "note": plaintext2html(touch.body) if touch.body else False,
                    "date_deadline": touch._local(touch.planned_at).date(),
                    "user_id": touch.user_id.id,
                }
            )
        # Nobody is mailed for a task: it stands in the person's own list, like those of one's own.
        activities = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        made = activities.create(values)
        return {
            touch: Outcome("sent", made=activity)
            for touch, activity in zip(touches, made, strict=True)
        }
