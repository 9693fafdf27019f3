from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class DealerVehicleReading(models.Model):
    _name = "dealer.vehicle.reading"
    _description = "Mileage Reading"
    _order = "date desc, id desc"
    _rec_name = "mileage"

    vehicle_id = fields.Many2one("dealer.vehicle", required=True, index=True, ondelete="cascade")
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    mileage = fields.Integer(string="Mileage (km)", required=True, aggregator="max")
    source = fields.Selection(
        [
            ("typed", "Typed"),
            ("workshop", "Workshop"),
            ("gate", "Gate"),
            ("obd", "On-Board Box"),
            ("customer", "Customer"),
            ("dms", "Maker's DMS"),
        ],
        required=True,
        default="typed",
    )
    state = fields.Selection(
        [("accepted", "Accepted"), ("questioned", "Questioned"), ("replaced", "Replaced")],
        required=True,
        default="accepted",
        readonly=True,
        copy=False,
    )
    doubt = fields.Char(readonly=True, copy=False)
    replaced_by_id = fields.Many2one(
        "dealer.vehicle.reading", readonly=True, copy=False, index="btree_not_null"
    )
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        default=lambda self: self.env["dealer.unit"]._current(),
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users", string="Taken By", default=lambda self: self.env.user, readonly=True
    )

    _positive = models.Constraint("CHECK (mileage >= 0)", "A mileage cannot be below zero.")
    _vehicle_date_idx = models.Index("(vehicle_id, date) WHERE state = 'accepted'")

    @api.constrains("date")
    def _check_date(self):
        if self.filtered(lambda reading: reading.date > fields.Datetime.now() + timedelta(hours=1)):
            raise ValidationError(self.env._("A mileage cannot be read in the future."))

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            verdict = {"user_id": self.env.uid, "state": "accepted", "doubt": False}
            vals_list = [{**vals, **verdict, "replaced_by_id": False} for vals in vals_list]
        readings = super().create(vals_list)
        for reading in readings.sorted("date"):
            reading._judge()
        return readings

    def write(self, vals):
        if not self.env.su and vals:
            raise UserError(
                self.env._("A reading is kept as it was taken. Replace it by a corrected one.")
            )
        return super().write(vals)

    def _neighbour(self, before):
        """Return the accepted reading just before (or after) this one in time."""
        order = "date desc, id desc" if before else "date, id"
        domain = Domain("vehicle_id", "=", self.vehicle_id.id) & Domain("state", "=", "accepted")
        domain &= Domain("id", "!=", self.id)
        domain &= Domain("date", "<=" if before else ">", self.date)
        return self.search(domain, order=order, limit=1)

    def _judge(self):
        """Question a reading that goes back or jumps; it is kept, but left out of the curve.

        The limit, kilometres a day, is the system parameter ``dealer_base.max_daily_km``.
        """
        self.ensure_one()
        # The limit is a setting of the shop; every post that reads a mileage needs it. The state
        # of a reading is the system's verdict, so nobody has a right to write it.
        reading = self.sudo()
        limit = int(self.env["ir.config_parameter"].sudo().get_param("dealer_base.max_daily_km", 1500))
        last, after = reading._neighbour(before=True), reading._neighbour(before=False)
        doubt = False
        if last and reading.mileage < last.mileage:
            doubt = self.env._("Goes back: %(km)s km were read before.", km=last.mileage)
        elif last:
            days = max((reading.date - last.date) / timedelta(days=1), 1)
            if (reading.mileage - last.mileage) / days > limit:
                doubt = self.env._(
                    "Jumps: %(km)s km in %(days)s days.",
                    km=reading.mileage - last.mileage,
                    days=round(days),
                )
        if not doubt and after and reading.mileage > after.mileage:
            doubt = self.env._("More than the %(km)s km read later.", km=after.mileage)
        if doubt:
            reading.write({"state": "questioned", "doubt": doubt})

    def action_accept(self):
        """Take a questioned reading as true, e.g. after the instrument was changed."""
        self.check_access("write")
        # The right was checked; write() is closed so that readings stay as they were taken.
        self.sudo().filtered(lambda reading: reading.state == "questioned").write(
            {"state": "accepted"}
        )

    def action_replace(self, mileage):
        """Put a corrected reading in the place of this one.

        :param int mileage: the true mileage, km
        :return: the new reading
        """
        self.ensure_one()
        self.check_access("write")
        # The right was checked; write() is closed so that readings stay as they were taken.
        self.sudo().state = "replaced"
        corrected = self.create(
            {
                "vehicle_id": self.vehicle_id.id,
                "date": self.date,
                "mileage": mileage,
                "source": self.source,
            }
        )
        self.sudo().replaced_by_id = corrected
        return corrected
