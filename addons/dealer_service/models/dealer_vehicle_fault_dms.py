from odoo import fields, models


class DealerVehicleFault(models.Model):
    """The maker's code of a fault: by it the same fault is the same record."""

    _name = "dealer.vehicle.fault"
    _inherit = "dealer.vehicle.fault"

    dms_code = fields.Char(string="Fault Code of the Maker", readonly=True, copy=False)
