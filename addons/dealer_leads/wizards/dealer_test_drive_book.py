from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

#: So long car and companion are held while the customer makes up the mind.
HOLD_MINUTES = 30


class DealerTestDriveBook(models.TransientModel):
    """Find a time at which car and companion are free, and book the drive or move it there."""

    _name = "dealer.test.drive.book"
    _inherit = ["dealer.capacity.day.mixin"]
    _description = "Book a Test Drive"

    drive_id = fields.Many2one("dealer.test.drive", ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", domain="[('is_dealer_customer', '=', True)]"
    )
    lead_id = fields.Many2one("crm.lead")
    car_id = fields.Many2one(
        "dealer.capacity.resource",
        string="Test Drive Car",
        domain="[('unit_id', '=', unit_id), ('kind_id.code', '=', 'demo_car'),"
        " ('fleet_vehicle_id', '!=', False)]",
    )
    companion_id = fields.Many2one(
        "dealer.capacity.resource",
        domain="[('unit_id', '=', unit_id), ('kind_id.code', '=', 'salesperson')]",
        help="Who rides along.",
    )
    route_id = fields.Many2one(
        "dealer.test.drive.route",
        domain="['|', ('unit_id', '=', False), ('unit_id', '=', unit_id)]",
    )
    minutes = fields.Integer(string="Car Taken (min)", default=60, required=True)
    hold = fields.Boolean(
        string="Only Hold It",
        help="Car and companion are held for half an hour, until the customer says yes.",
    )
    slot_ids = fields.One2many(
        "dealer.test.drive.book.slot",
        "book_id",
        string="Times",
        compute="_compute_slot_ids",
        store=True,
        readonly=False,
    )

    @api.depends("unit_id", "car_id", "companion_id", "minutes", "day")
    def _compute_slot_ids(self):
        for book in self:
            book._show_slots(ready=book.car_id and book.companion_id)

    @api.onchange("route_id")
    def _onchange_route_id(self):
        if self.route_id:
            # Papers before and feedback after the route take half an hour.
            self.minutes = min(240, -(-(self.route_id.minutes + 30) // 15) * 15)

    @api.model
    def _open_for(self, partner, unit, lead=None, series=None):
        """Open the times for a customer: the first car of the series, the own consultant."""
        partner.check_access("read")
        resources = self.env["dealer.capacity.resource"]
        cars = resources._drive_cars(unit)
        wanted = cars.filtered(lambda car: series and car.car_series == series)
        user = self.env["dealer.test.drive"]._companion_of(partner, unit)
        companions = resources._drive_companions(unit)
        book = self.create(
            {
                "unit_id": unit.id,
                "partner_id": partner.id,
                "lead_id": lead.id if lead else False,
                "car_id": (wanted or cars)[:1].id,
                "companion_id": companions.filtered(lambda row: row.user_id == user)[:1].id,
                "route_id": self.env["dealer.test.drive.route"]
                .search([("unit_id", "in", [unit.id, False])], limit=1)
                .id,
                "day": unit._clock_local(fields.Datetime.now()).date(),
            }
        )
        return book._reopen()

    def _need(self):
        return self.env["dealer.test.drive"]._need(
            self.car_id.id, self.companion_id.id, self.minutes or 60
        )

    def _slots(self):
        begin, end = self._bounds()
        engine = self.env["dealer.capacity"]
        # What the drive has already, it may keep.
        booking = self.drive_id.sudo().booking_id if self.drive_id else None
        if booking and booking.state in ("held", "confirmed"):
            self.drive_id.check_access("read")
            rows = engine.sudo()._availability(
                self._need(), begin, end, self.unit_id.id, booking._own()
            )
        else:
            rows = engine.availability(self._need(), begin, end, self.unit_id.id)
        now = fields.Datetime.now() - timedelta(minutes=15)
        return [slot for slot in map(self._slot, rows) if slot["start"] >= now]

    def _dialog_name(self):
        return self.env._("New Time") if self.drive_id else self.env._("Book Test Drive")

    def _take(self, start):
        """Book the drive at ``start``, or move it there, and open it."""
        self.ensure_one()
        if not self.partner_id:
            raise UserError(self.env._("Choose the customer first."))
        drive = self.drive_id
        places = {
            "start": start,
            "car_id": self.car_id.id,
            "user_id": self.companion_id.user_id.id,
            "minutes": self.minutes,
        }
        if drive:
            drive.write(places)
        else:
            drive = drive.create(
                {
                    **places,
                    "unit_id": self.unit_id.id,
                    "partner_id": self.partner_id.id,
                    "lead_id": self.lead_id.id,
                    "route_id": self.route_id.id,
                    "hold_minutes": HOLD_MINUTES if self.hold else 0,
                }
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": drive._name,
            "res_id": drive.id,
            "views": [(False, "form")],
        }
