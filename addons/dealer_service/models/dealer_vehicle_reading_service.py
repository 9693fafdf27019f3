from odoo import models


class DealerVehicleReading(models.Model):
    """What people say of a reading moves what is due by mileage: the instrument is another one, or it is not."""

    _name = "dealer.vehicle.reading"
    _inherit = "dealer.vehicle.reading"

    def action_accept(self):
        result = super().action_accept()
        self._instrument_follow()
        return result

    def action_replace(self, mileage):
        corrected = super().action_replace(mileage)
        self._instrument_follow()
        return corrected

    def _instrument_follow(self):
        self.vehicle_id._maintenance_changed()
        self.vehicle_id._guarantee_refresh()
