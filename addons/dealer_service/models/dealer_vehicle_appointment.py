from odoo import fields, models


class DealerVehicle(models.Model):
    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    appointment_booked_at = fields.Datetime(
        string="Appointments Changed On",
        readonly=True,
        copy=False,
        help="When an appointment of the car was last made or changed.",
    )
