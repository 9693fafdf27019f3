from datetime import UTC, datetime, time

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.day import ZONE, today

#: More than these nobody puts into a car at once; a slip of the finger is asked about.
MOST_LITRES = 300
MOST_AMOUNT = 5000


class DealerVehicleRefuel(models.Model):
    """A refuelling that the owner, or staff for the owner, noted (D1); kept as it was noted, or deleted."""

    _name = "dealer.vehicle.refuel"
    _description = "Refuelling"
    _order = "date desc, id desc"
    _rec_name = "date"

    vehicle_id = fields.Many2one("dealer.vehicle", required=True, index=True, ondelete="cascade")
    owner_id = fields.Many2one(
        "res.partner",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Who was the owner then, and paid.",
    )
    date = fields.Date(required=True, default=lambda self: today())
    litres = fields.Float(required=True, digits=(6, 2))
    amount = fields.Monetary(required=True)
    currency_id = fields.Many2one(related="vehicle_id.currency_id")
    mileage = fields.Integer(string="Mileage (km)", aggregator=False)
    reading_id = fields.Many2one(
        "dealer.vehicle.reading", readonly=True, index="btree_not_null", ondelete="set null"
    )
    user_id = fields.Many2one(
        "res.users", string="Noted By", default=lambda self: self.env.user, readonly=True
    )

    _values = models.Constraint(
        f"CHECK (litres > 0 AND litres <= {MOST_LITRES} AND amount > 0 AND amount <= {MOST_AMOUNT}"
        " AND mileage >= 0 AND mileage <= 3000000)",
        "Check litres, amount and mileage: they cannot be so.",
    )

    @api.constrains("date")
    def _check_date(self):
        now = today()
        if self.filtered(lambda row: row.date > now):
            raise ValidationError(self.env._("A refuelling cannot lie in the future."))

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            noted = {"user_id": self.env.uid, "reading_id": False}
            vals_list = [{**vals, **noted} for vals in vals_list]
        rows = super().create(vals_list)
        # Whose car it was is the file's to say; who notes it may not see a former owner.
        for row in rows.sudo():
            row.owner_id = row.vehicle_id._owner_on(row.date)
        rows._take_readings()
        return rows

    def unlink(self):
        """What was noted wrongly counts no more in the curve, either."""
        self.check_access("unlink")
        # The right was checked; the state of a reading is the system's.
        readings = self.sudo().reading_id
        result = super().unlink()
        if readings:
            readings.write({"state": "replaced"})
            readings._instrument_follow()
        return result

    def _take_readings(self):
        """Put the mileages into the curve of their cars, through the usual door that questions them."""
        now = fields.Datetime.now()
        for row in self.filtered("mileage"):
            noon = datetime.combine(row.date, time(12), ZONE).astimezone(UTC).replace(tzinfo=None)
            reading = self.env["dealer.vehicle.reading"].create(
                {
                    "vehicle_id": row.vehicle_id.id,
                    "date": min(noon, now),
                    "mileage": row.mileage,
                    "source": "refuel",
                    "unit_id": row.vehicle_id.unit_id.id,
                }
            )
            # Which reading belongs to it is the system's; the reading was made as the user.
            row.sudo().reading_id = reading


class DealerVehicleReading(models.Model):
    _name = "dealer.vehicle.reading"
    _inherit = "dealer.vehicle.reading"

    source = fields.Selection(
        selection_add=[("refuel", "Refuelling")], ondelete={"refuel": "set default"}
    )
