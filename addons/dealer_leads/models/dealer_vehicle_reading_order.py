from odoo import fields, models


class DealerVehicleReading(models.Model):
    _name = "dealer.vehicle.reading"
    _inherit = "dealer.vehicle.reading"

    source = fields.Selection(
        selection_add=[("delivery", "Delivery")], ondelete={"delivery": "set default"}
    )
