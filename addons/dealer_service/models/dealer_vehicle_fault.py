from odoo import api, fields, models

SYSTEMS = [
    ("engine", "Engine"),
    ("gearbox", "Gearbox"),
    ("battery", "Traction Battery"),
    ("motor", "Drive Motor"),
    ("steering", "Steering"),
    ("brake", "Brakes"),
    ("suspension", "Suspension"),
    ("drive", "Drive Train"),
    ("emission", "Exhaust Treatment"),
    ("body", "Body"),
]


class DealerVehicleFault(models.Model):
    """A fault of a car's quality, the same record whenever the same fault comes again.

    The three-guarantees clock counts by it (Order 43, Art. 20 to 24).
    """

    _name = "dealer.vehicle.fault"
    _description = "Quality Fault of a Car"
    _inherit = ["dealer.user.checks"]
    _order = "vehicle_id, id desc"

    vehicle_id = fields.Many2one("dealer.vehicle", required=True, index=True, ondelete="restrict")
    name = fields.Char(string="Fault", required=True)
    system = fields.Selection(
        SYSTEMS,
        string="Assembly or System",
        help="Empty for what the rules name no assembly of, e.g. the radio.",
    )
    part = fields.Char(
        string="Main Part",
        help="The main part that failed, e.g. cylinder head; always the same word.",
    )
    safety = fields.Boolean(
        string="Serious Safety Fault",
        help="A fault that endangers people, or because of which the car cannot be driven safely.",
    )
    acute = fields.Selection(
        [
            ("steering", "Steering Failed"),
            ("brake", "Brakes Failed"),
            ("body_crack", "Body Cracked"),
            ("fuel_leak", "Fuel Leaked"),
            ("battery_fire", "Traction Battery Burned"),
        ],
        string="Grave Event",
        help="Within 60 days or 3,000 km each of these gives the right of exchange or return.",
    )
    repair_ids = fields.One2many(
        "dealer.service.repair", "fault_id", string="Repairs", readonly=True
    )
    repair_count = fields.Integer(compute="_compute_repair_count", string="Repaired")

    @api.depends("repair_ids")
    def _compute_repair_count(self):
        for fault in self:
            fault.repair_count = len(fault.repair_ids)

    @api.model_create_multi
    def create(self, vals_list):
        faults = super().create(vals_list)
        faults.vehicle_id._maintenance_changed()
        return faults

    def write(self, vals):
        cars = self.vehicle_id
        result = super().write(vals)
        (cars | self.vehicle_id)._faults_changed()
        return result


class DealerVehicle(models.Model):
    """What follows when the faults of a car are other ones."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    def _faults_changed(self):
        """Let the clock of the three guarantees and the list for the next visit follow."""
        self._guarantee_refresh()
        self._maintenance_changed()
