from odoo import fields, models
from odoo.exceptions import UserError


class DealerAppointmentCancel(models.TransientModel):
    """Why an appointment does not take place, and who says so."""

    _name = "dealer.appointment.cancel"
    _description = "Cancel an Appointment"

    appointment_ids = fields.Many2many("dealer.appointment", required=True, readonly=True)
    by = fields.Selection(
        [("customer", "Customer"), ("store", "Store")],
        string="Wished By",
        required=True,
        default="customer",
    )
    reason = fields.Char(required=True)

    def action_cancel(self):
        """Cancel and give the time back."""
        self.ensure_one()
        if not self.reason.strip():
            raise UserError(self.env._("Write why the appointment is cancelled."))
        self.appointment_ids._check_changes()
        # The right was checked; the guard of write() lets only buttons change the course.
        self.appointment_ids.sudo()._cancel(self.by, self.reason.strip())
        return {"type": "ir.actions.act_window_close"}
