from odoo import fields, models
from odoo.fields import Domain


class DealerDccInvitation(models.Model):
    """Touch rules remind of the visit: the agent by a task, the customer by a message (B8)."""

    _name = "dealer.dcc.invitation"
    _inherit = "dealer.dcc.invitation"

    # The date that rules count from: the other indexes do not begin with it, or not for all rows.
    planned_at = fields.Datetime(index=True)

    def _reminder_touches(self, state):
        """Return what rules planned or sent about these invitations, as the system."""
        touches = self.env["dealer.touch"].sudo()  # only the system writes touches
        return touches.search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("state", "=", state)
        )

    def _drop_reminder_tasks(self):
        """Delete the agents' tasks of a time that does not hold any more."""
        kind = self.env.ref("dealer_leads.mail_activity_type_reminder")
        # Tasks belong to the agent; who may move or end the invitation was checked.
        tasks = self.env["mail.activity"].sudo()
        tasks.search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("activity_type_id", "=", kind.id)
        ).unlink()

    def _plan_reminders(self):
        """Take tasks of the old time back, and what was dropped when the guests were others'.

        What is planned for the old time moves with the date: that is the rules' own work.
        """
        result = super()._plan_reminders()
        now = fields.Datetime.now()
        self._drop_reminder_tasks()
        again = self._reminder_touches("skipped").filtered(
            lambda touch: touch.reason_code == "left" and touch.planned_at > now
        )
        for touch in again:
            touch.write(
                {
                    "state": "planned",
                    "send_at": touch.planned_at,
                    "reason_code": False,
                    "reason": False,
                }
            )
        return result

    def _drop_reminders(self, words):
        result = super()._drop_reminders(words)
        self._reminder_touches("planned")._skip("left", words)
        self._drop_reminder_tasks()
        return result

    def action_confirm(self):
        """The customer was reminded: what asked the agent to do so is done."""
        result = super().action_confirm()
        kind = self.env.ref("dealer_leads.mail_activity_type_reminder")
        # The right was checked; the task may be that of the colleague who stands in.
        tasks = self.env["mail.activity"].sudo()
        tasks.search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("activity_type_id", "=", kind.id)
        ).action_done()
        return result
