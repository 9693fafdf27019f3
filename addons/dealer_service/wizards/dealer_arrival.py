from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.errors import FormatError
from odoo.addons.dealer_base.tools.plate import parse_plate
from odoo.addons.dealer_base.tools.text import signs
from odoo.addons.dealer_capacity.tools.opening import moment_at

#: Fewer signs find half of the yard.
SHORTEST = 3
MOST = 10


class DealerArrival(models.TransientModel):
    """Somebody drives up: type what is seen of the plate, and check in who is expected today."""

    _name = "dealer.arrival"
    _description = "Check In by Plate"

    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        required=True,
        domain="[('kind', '=', 'store')]",
        default=lambda self: self.env["dealer.unit"]._current(),
    )
    plate = fields.Char(
        string="Number Plate",
        help="Some signs do; the province, blanks and small letters do not matter.",
    )
    appointment_ids = fields.Many2many(
        "dealer.appointment", string="Expected Today", compute="_compute_appointment_ids"
    )
    known = fields.Boolean(compute="_compute_appointment_ids")
    unknown = fields.Boolean(compute="_compute_appointment_ids")

    @api.depends("plate", "unit_id")
    def _compute_appointment_ids(self):
        for arrival in self:
            sign = signs(arrival.plate)
            enough = len(sign) >= SHORTEST
            found = arrival._find(sign) if enough else self.env["dealer.appointment"]
            arrival.appointment_ids = found
            # Whether a car is on file is told to who reads cars; the clerk hears of today's guests alone.
            cars = self.env["dealer.vehicle"]
            arrival.known = bool(
                enough
                and not found
                and cars.has_access("read")
                and cars.search_count([("plate", "ilike", sign)], limit=1)
            )
            arrival.unknown = enough and not found and not arrival.known

    def _find(self, sign):
        """Return today's appointments of the store whose plate has these signs."""
        unit = self.unit_id
        zone = unit._clock_zone().key
        day = unit._clock_local(fields.Datetime.now()).date()
        begin = moment_at(day, 0, zone)
        return self.env["dealer.appointment"].search(
            Domain("unit_id", "=", unit.id)
            & Domain("start", ">=", begin)
            & Domain("start", "<", begin + timedelta(days=1))
            & Domain("state", "in", ("booked", "confirmed", "arrived", "no_show"))
            & Domain("plate", "ilike", sign),
            order="start, id",
            limit=MOST,
        )

    def action_check_in(self):
        """Check the one in whom the plate means; else show what fits."""
        self.ensure_one()
        if len(signs(self.plate)) < SHORTEST:
            raise UserError(
                self.env._("Type at least %(count)s signs of the plate.", count=SHORTEST)
            )
        waiting = self.appointment_ids.filtered(lambda row: row.state != "arrived")
        if len(waiting) == 1:
            return waiting.action_check_in()
        return {
            "name": self.env._("Check In by Plate"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_walk_in(self):
        """Receive a car that nobody expects: its file is made if there is none, then the order is written."""
        self.ensure_one()
        orders = self.env["dealer.service.order"]
        if not orders.has_access("create"):
            raise AccessError(self.env._("Call a service advisor: the car is received there."))
        try:
            plate = parse_plate(self.plate).value
        except FormatError as problem:
            raise UserError(
                self.env._(
                    "For a new guest type the whole plate. %(problem)s",
                    problem=self.env._(problem.message),
                )
            ) from problem
        cars = self.env["dealer.vehicle"]
        # Whether the plate is on file elsewhere is asked as the system; it is not shown.
        elsewhere = cars.sudo().search([("plate", "=", plate)], limit=1)
        car = elsewhere.sudo(False)._filtered_access("read")
        if elsewhere and not car:
            raise UserError(
                self.env._(
                    "This car is on file with an owner whom your store does not know yet. Register the"
                    " customer by the phone number first, then the car is shown."
                )
            )
        car = car or cars.create({"plate": plate, "unit_id": self.unit_id.id})
        return {
            "name": self.env._("Workshop Order"),
            "type": "ir.actions.act_window",
            "res_model": orders._name,
            "views": [(False, "form")],
            "target": "current",
            "context": {"default_vehicle_id": car.id, "default_unit_id": self.unit_id.id},
        }
