from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.dealer_test_drive import LICENCE_CLASSES


class DealerTestDriveStep(models.TransientModel):
    """Ask what a step of a test drive needs; the drive checks the right and does it."""

    _name = "dealer.test.drive.step"
    _description = "Step of a Test Drive"

    drive_id = fields.Many2one("dealer.test.drive", required=True, ondelete="cascade")
    step = fields.Selection(
        [
            ("licence", "Check the Licence"),
            ("sign", "Agreement"),
            ("out", "Hand the Car Over"),
            ("in", "Take the Car Back"),
            ("cancel", "Cancel the Drive"),
        ],
        required=True,
    )
    licence_number = fields.Char()
    licence_class = fields.Selection(LICENCE_CLASSES, string="Class", default="C1")
    licence_until = fields.Date(string="Valid Until")
    licence_long = fields.Boolean(string="Valid Long-Term")
    licence_first_on = fields.Date(string="First Issued On")
    motorway = fields.Boolean(related="drive_id.motorway")
    senior_companion = fields.Boolean(string="Companion Has Held a Licence for Three Years")
    agreement = fields.Text(compute="_compute_agreement", string="Text of the Agreement")
    agreed = fields.Boolean(string="Read and agreed by the customer")
    signed_name = fields.Char(string="Name of Who Signs")
    signature = fields.Binary(attachment=False)
    mileage = fields.Integer(string="Mileage (km)")
    mileage_out = fields.Integer(related="drive_id.mileage_out")
    fuel = fields.Integer(string="Fuel or Battery (%)", default=100)
    sure = fields.Boolean(string="The Mileage Is Right")
    reason = fields.Char(string="Why")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if values.get("drive_id"):
            drive = self.env["dealer.test.drive"].browse(values["drive_id"])
            drive.check_access("read")
            values["signed_name"] = drive.customer_name
            if values.get("step") == "out":
                # The last clock of the car is no secret; posts of sales have no rights on the fleet.
                values["mileage"] = int(drive.sudo().car_id.fleet_vehicle_id.odometer)
        return values

    @api.depends("drive_id", "step")
    def _compute_agreement(self):
        for step in self:
            drive = step.drive_id
            if drive:
                drive.check_access("read")
            step.agreement = step.step == "sign" and drive and drive._agreement_text()

    def action_do(self):
        """Do the step with what was filled in."""
        self.ensure_one()
        drive = self.drive_id
        if self.step == "licence":
            drive._check_licence(
                self.licence_number,
                self.licence_class,
                self.licence_until,
                self.licence_long,
                self.licence_first_on,
                self.senior_companion,
            )
        elif self.step == "sign":
            drive._sign(self.signature, self.signed_name, self.agreed)
        elif self.step == "out":
            drive._start_drive(self.mileage, self.fuel)
        elif self.step == "in":
            drive._return_car(self.mileage, self.fuel, self.sure)
        elif self.step == "cancel":
            drive._cancel(self.reason)
        else:
            raise UserError(self.env._("Choose a step."))
        # Numbers and signatures stay in the drive only.
        self.write({"licence_number": False, "signature": False})
        return {"type": "ir.actions.act_window_close"}
