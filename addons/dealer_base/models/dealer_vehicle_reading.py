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
    doubt_kind = fields.Selection(
        [("back", "Goes Back"), ("jump", "Jumps"), ("later", "More than Later")],
        readonly=True,
        copy=False,
    )
    doubt_km = fields.Integer(readonly=True, copy=False, aggregator=False)
    doubt = fields.Char(compute="_compute_doubt")
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

    @api.depends("doubt_kind", "doubt_km")
    def _compute_doubt(self):
        sentences = {
            "back": self.env._("Goes back: %(km)s km were read before."),
            "jump": self.env._("Jumps: %(km)s km a day."),
            "later": self.env._("More than the %(km)s km read later."),
        }
        for reading in self:
            sentence = sentences.get(reading.doubt_kind)
            reading.doubt = sentence and sentence % {"km": reading.doubt_km}

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
        waiting = readings
        for reading in readings.sorted("date"):
            waiting -= reading
            reading._judge(waiting)
        return readings

    def write(self, vals):
        if not self.env.su and vals:
            raise UserError(
                self.env._("A reading is kept as it was taken. Replace it by a corrected one.")
            )
        return super().write(vals)

    def _neighbour(self, before, unjudged):
        """Return the accepted reading just before (or after) this one in time."""
        order = "date desc, id desc" if before else "date, id"
        domain = Domain("vehicle_id", "=", self.vehicle_id.id) & Domain("state", "=", "accepted")
        domain &= Domain("id", "not in", [self.id, *unjudged.ids])
        domain &= Domain("date", "<=" if before else ">", self.date)
        return self.search(domain, order=order, limit=1)

    def _judge(self, unjudged):
        """Question a reading that goes back or jumps; it is kept, but left out of the curve.

        The limit, kilometres a day, is the system parameter ``dealer_base.max_daily_km``.

        :param unjudged: readings of the same batch, which prove nothing yet
        """
        self.ensure_one()
        # The limit is a setting of the shop; every post that reads a mileage needs it. The state
        # of a reading is the system's verdict, so nobody has a right to write it.
        reading = self.sudo()
        limit = int(
            self.env["ir.config_parameter"].sudo().get_param("dealer_base.max_daily_km", 1500)
        )
        last = reading._neighbour(before=True, unjudged=unjudged)
        after = reading._neighbour(before=False, unjudged=unjudged)
        days = max((reading.date - last.date) / timedelta(days=1), 1) if last else 1
        daily = (reading.mileage - last.mileage) / days if last else 0
        if last and reading.mileage < last.mileage:
            doubt = {"doubt_kind": "back", "doubt_km": last.mileage}
        elif daily > limit:
            doubt = {"doubt_kind": "jump", "doubt_km": round(daily)}
        elif after and reading.mileage > after.mileage:
            doubt = {"doubt_kind": "later", "doubt_km": after.mileage}
        else:
            return
        reading.write({"state": "questioned", **doubt})

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
        # As above: the right was checked, the reading itself is closed.
        self.sudo().replaced_by_id = corrected
        return corrected
