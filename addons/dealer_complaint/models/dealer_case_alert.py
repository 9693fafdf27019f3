from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: The same cause so often within so many days is told to the management.
ALERT_COUNT = 3
ALERT_DAYS = 30


class DealerCaseAlert(models.Model):
    """The same cause came again and again on one model, part or process (E3, H6)."""

    _name = "dealer.case.alert"
    _description = "Repeated Cause"
    _order = "last_at desc, id desc"
    _rec_name = "cause_id"

    cause_id = fields.Many2one("dealer.case.cause", required=True, index=True, ondelete="restrict")
    model_id = fields.Many2one("fleet.vehicle.model", index="btree_not_null", ondelete="set null")
    part = fields.Char()
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="restrict")
    ticket_ids = fields.Many2many("helpdesk.ticket", string="Complaints")
    count = fields.Integer(string="Number")
    last_at = fields.Datetime(string="Last Time")
    state = fields.Selection(
        [("new", "New"), ("seen", "Taken Up")], required=True, default="new", readonly=True
    )
    user_id = fields.Many2one("res.users", string="Taken Up By", readonly=True)
    note = fields.Text(string="What is Done")

    @api.model
    def _look(self, ticket):
        """Raise or extend the alert of the cause of ``ticket`` when it came too often."""
        since = fields.Datetime.now() - timedelta(days=ALERT_DAYS)
        same = Domain("cause_id", "=", ticket.cause_id.id) & Domain("is_case", "=", True)
        same &= Domain("company_id", "=", ticket.company_id.id)
        same &= Domain("received_at", ">=", since)
        same &= Domain("vehicle_id.model_id", "=", ticket.vehicle_id.model_id.id)
        same &= Domain("part", "=", ticket.part or False)
        tickets = ticket.search(same)
        if len(tickets) < ALERT_COUNT:
            return self.browse()
        alert = self.search(
            Domain("cause_id", "=", ticket.cause_id.id)
            & Domain("company_id", "=", ticket.company_id.id)
            & Domain("model_id", "=", ticket.vehicle_id.model_id.id)
            & Domain("part", "=", ticket.part or False)
            & Domain("state", "=", "new"),
            limit=1,
        )
        vals = {
            "ticket_ids": [(6, 0, tickets.ids)],
            "count": len(tickets),
            "last_at": fields.Datetime.now(),
        }
        if alert:
            alert.write(vals)
            return alert
        alert = self.create(
            {
                "cause_id": ticket.cause_id.id,
                "model_id": ticket.vehicle_id.model_id.id,
                "part": ticket.part,
                "company_id": ticket.company_id.id,
                **vals,
            }
        )
        alert._tell_management(ticket.dealer_unit_id)
        return alert

    def _tell_management(self, unit):
        """Tell the general managers of the store."""
        self.ensure_one()
        for user in unit._clock_staff("dealer_base.group_general_manager"):
            env = self.with_context(lang=user.lang).env
            user.partner_id.with_context(mail_notify_force_send=False).message_notify(
                partner_ids=user.partner_id.ids,
                subject=env._("A cause of complaints repeats itself"),
                body=env._(
                    "%(cause)s: %(count)s complaints within %(days)s days.",
                    cause=self.cause_id.with_env(env).display_name,
                    count=self.count,
                    days=ALERT_DAYS,
                ),
            )

    def write(self, vals):
        if not self.env.su and vals.keys() - {"note"}:
            raise UserError(self.env._("Write what is done; the rest is counted."))
        return super().write(vals)

    def action_take_up(self):
        """Say that the management takes care."""
        self.check_access("read")
        # The right to manage alerts is that of the posts that may write them.
        self.check_access("write")
        self.sudo().write({"state": "seen", "user_id": self.env.uid})
        return {"type": "ir.actions.client", "tag": "soft_reload"}
