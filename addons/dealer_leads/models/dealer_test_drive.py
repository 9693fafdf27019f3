from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .dealer_capacity_resource_drive import CAR, COMPANION

#: The car is kept for the customer, or on the road.
LIVE = ("booked", "checked", "signed", "driving")
#: Who sees the full number of a licence, as long as it is kept.
LICENCE_GROUPS = (
    "dealer_base.group_sales_manager,dealer_base.group_sales_director,"
    "dealer_base.group_general_manager,base.group_system"
)
LICENCE_CLASSES = [(code, code) for code in ("A1", "A2", "A3", "B1", "B2", "C1", "C2")]
LICENCE_CLASSES += [(code, code) for code in ("C3", "C4", "C5", "C6", "D", "E", "F", "M")]
#: What no client writes: it follows from the steps of a drive, or is worked out.
SYSTEM_FIELDS = {
    "agreement",
    "attachment_id",
    "attachment_sha256",
    "booking_id",
    "cancel_reason",
    "cancelled_at",
    "company_id",
    "event_id",
    "film_sent_at",
    "fuel_in",
    "fuel_out",
    "interaction_id",
    "licence_checked_at",
    "licence_checked_by_id",
    "licence_class",
    "licence_first_on",
    "licence_long",
    "licence_masked",
    "licence_number",
    "licence_until",
    "mileage_in",
    "mileage_out",
    "out_at",
    "relation_id",
    "returned_at",
    "senior_companion",
    "signature",
    "signed_at",
    "signed_name",
    "state",
    "stop",
    "visit_id",
}
#: Another customer, another store: that is another drive.
PARTIES = {"lead_id", "partner_id", "unit_id"}
#: What is written by moving the booking.
PLACES = {"car_id", "minutes", "start", "user_id"}
#: What the customer signs.
TERMS = PLACES | {"route_id"}
#: What the customer says afterwards.
FEEDBACK = {"film_url", "needs", "objections", "satisfaction", "score", "would_buy"}


class DealerTestDrive(models.Model):
    """A customer drives a car of the store (B11, 试乘试驾): booked, checked, signed, driven."""

    _name = "dealer.test.drive"
    _description = "Test Drive"
    _inherit = ["mail.thread", "mail.activity.mixin", "dealer.store.mixin", "dealer.user.checks"]
    _order = "start desc, id desc"
    _rec_names_search = ("partner_id.name", "car_id.name")

    unit_id = fields.Many2one(index=False)  # _unit_start_idx begins with it
    state = fields.Selection(
        [
            ("booked", "Booked"),
            ("checked", "Licence Checked"),
            ("signed", "Signed"),
            ("driving", "On the Road"),
            ("returned", "Returned"),
            ("no_show", "Did Not Come"),
            ("cancelled", "Drive Cancelled"),
        ],
        required=True,
        default="booked",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand="_group_expand_state",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_dealer_customer', '=', True)]",
    )
    # Who rides along knows with whom, also where a colleague serves the customer.
    customer_name = fields.Char(related="partner_id.name", string="Name of the Customer")
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        compute="_compute_relation_id",
        store=True,
        index="btree_not_null",
        compute_sudo=True,
        ondelete="restrict",
    )
    lead_id = fields.Many2one(
        "crm.lead",
        index="btree_not_null",
        copy=False,
        domain="[('partner_id', '=', partner_id), ('dealer_unit_id', '=', unit_id)]",
    )
    visit_id = fields.Many2one("dealer.visit", readonly=True, copy=False, index="btree_not_null")
    user_id = fields.Many2one(
        "res.users",
        string="Companion",
        index=True,
        required=True,
        tracking=True,
        ondelete="restrict",
        help="Who rides along; booked together with the car.",
    )
    car_id = fields.Many2one(
        "dealer.capacity.resource",
        string="Test Drive Car",
        required=True,
        index=True,
        tracking=True,
        ondelete="restrict",
        domain="[('unit_id', '=', unit_id), ('kind_id.code', '=', 'demo_car'),"
        " ('fleet_vehicle_id', '!=', False)]",
    )
    car_series = fields.Char(related="car_id.car_series", string="Series", store=True)
    car_plate = fields.Char(related="car_id.car_plate", string="Plate")
    start = fields.Datetime(required=True, copy=False, tracking=True)
    minutes = fields.Integer(
        string="Car Taken (min)",
        required=True,
        default=60,
        help="How long car and companion are taken: papers, route and feedback.",
    )
    stop = fields.Datetime(string="End", compute="_compute_stop", store=True)
    route_id = fields.Many2one(
        "dealer.test.drive.route",
        index="btree_not_null",
        ondelete="restrict",
        domain="['|', ('unit_id', '=', False), ('unit_id', '=', unit_id)]",
    )
    motorway = fields.Boolean(related="route_id.motorway")
    hold_minutes = fields.Integer(
        store=False, help="Only hold car and companion for so long, until it is confirmed."
    )
    booking_id = fields.Many2one(
        "dealer.capacity.booking",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    event_id = fields.Many2one(
        "calendar.event", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    held_until = fields.Datetime(related="booking_id.expires_at", string="Held Until")
    slot_lost = fields.Boolean(compute="_compute_slot_lost", compute_sudo=True)
    conflict = fields.Char(compute="_compute_slot_lost", compute_sudo=True)
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")

    licence_number = fields.Char(
        string="Full Number",
        readonly=True,
        copy=False,
        groups=LICENCE_GROUPS,
        help="Kept while it may be asked who drove, then erased; people see the masked number.",
    )
    licence_masked = fields.Char(string="Licence Number", readonly=True, copy=False)
    licence_class = fields.Selection(LICENCE_CLASSES, string="Class", readonly=True, copy=False)
    licence_until = fields.Date(string="Valid Until", readonly=True, copy=False)
    licence_long = fields.Boolean(string="Valid Long-Term", readonly=True, copy=False)
    licence_first_on = fields.Date(string="First Issued On", readonly=True, copy=False)
    licence_checked_at = fields.Datetime(string="Checked On", readonly=True, copy=False)
    licence_checked_by_id = fields.Many2one(
        "res.users", string="Checked By", readonly=True, copy=False
    )
    senior_companion = fields.Boolean(
        string="Companion Has Held a Licence for Three Years", readonly=True, copy=False
    )
    is_learner = fields.Boolean(
        string="Learner",
        compute="_compute_is_learner",
        help="In the first twelve months after the licence was first issued.",
    )

    agreement = fields.Text(readonly=True, copy=False)
    signature = fields.Binary(attachment=False, readonly=True, copy=False)
    signed_at = fields.Datetime(string="Signed On", readonly=True, copy=False)
    signed_name = fields.Char(string="Signed By", readonly=True, copy=False)
    attachment_id = fields.Many2one(
        "ir.attachment",
        string="Signed Agreement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    attachment_sha256 = fields.Char(string="Digest (SHA-256)", readonly=True, copy=False)

    mileage_out = fields.Integer(
        string="Mileage Out (km)", readonly=True, copy=False, aggregator=False
    )
    mileage_in = fields.Integer(
        string="Mileage In (km)", readonly=True, copy=False, aggregator=False
    )
    driven = fields.Integer(string="Driven (km)", compute="_compute_driven")
    fuel_out = fields.Integer(string="Fuel Out (%)", readonly=True, copy=False, aggregator=False)
    fuel_in = fields.Integer(string="Fuel In (%)", readonly=True, copy=False, aggregator=False)
    out_at = fields.Datetime(string="Left On", readonly=True, copy=False)
    returned_at = fields.Datetime(string="Back On", readonly=True, copy=False)
    interaction_id = fields.Many2one(
        "dealer.interaction",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    needs = fields.Text(copy=False, help="What the customer wants from the car.")
    objections = fields.Text(copy=False, help="What the customer did not like.")
    score = fields.Selection(
        [
            ("0", "Not Said"),
            ("1", "Poor"),
            ("2", "Fair"),
            ("3", "Good"),
            ("4", "Great"),
            ("5", "Perfect"),
        ],
        string="The Car",
        default="0",
        copy=False,
        help="How the customer liked the car, in stars.",
    )
    satisfaction = fields.Selection(
        [
            ("5", "Fully Satisfied"),
            ("4", "Very Satisfied"),
            ("3", "Rather Satisfied"),
            ("2", "Rather Dissatisfied"),
            ("1", "Very Dissatisfied"),
        ],
        string="Satisfied with the Drive",
        copy=False,
    )
    would_buy = fields.Selection([("yes", "Yes"), ("maybe", "Perhaps"), ("no", "No")], copy=False)
    film_url = fields.Char(string="Film of the Drive", copy=False)
    film_message = fields.Char(string="Message with the Film", compute="_compute_film_message")
    film_sent_at = fields.Datetime(string="Film Sent On", readonly=True, copy=False)
    note = fields.Text(string="Remark")
    cancel_reason = fields.Char(string="Why Cancelled", readonly=True, copy=False)
    cancelled_at = fields.Datetime(readonly=True, copy=False)

    _minutes = models.Constraint(
        "CHECK (minutes BETWEEN 15 AND 240)", "Car and companion are taken for 15 to 240 minutes."
    )
    _checked = models.Constraint(
        "CHECK (state NOT IN ('checked', 'signed', 'driving', 'returned')"
        " OR licence_checked_at IS NOT NULL)",
        "Nobody drives before the licence was checked.",
    )
    _signed = models.Constraint(
        "CHECK (state NOT IN ('signed', 'driving', 'returned')"
        " OR (signed_at IS NOT NULL AND agreement IS NOT NULL))",
        "Nobody drives before the agreement was signed.",
    )
    _mileage = models.Constraint(
        "CHECK (mileage_out >= 0 AND (state <> 'returned' OR mileage_in >= mileage_out))",
        "The mileage at the return is not below that at the start.",
    )
    _cancelling = models.Constraint(
        "CHECK (state <> 'cancelled' OR COALESCE(cancel_reason, '') <> '')",
        "A drive is cancelled with a reason.",
    )
    _booking_uniq = models.UniqueIndex(
        "(booking_id) WHERE booking_id IS NOT NULL", "A booking is for one drive."
    )
    _unit_start_idx = models.Index("(unit_id, start DESC)")
    _open_idx = models.Index(
        "(unit_id, start) WHERE state IN ('booked', 'checked', 'signed', 'driving')"
    )
    _licence_idx = models.Index("(start) WHERE licence_number IS NOT NULL")

    # ------------------------------------------------------------
    # Worked out
    # ------------------------------------------------------------

    @api.model
    def _group_expand_state(self, states, domain):
        """Show the columns of the day also where they are empty, unless states are asked for."""
        if any(part.field_expr == "state" for part in Domain(domain).iter_conditions()):
            return states
        return [*LIVE, "returned", *({"no_show", "cancelled"} & set(states))]

    @api.depends("partner_id", "car_series")
    def _compute_display_name(self):
        for drive in self:
            # The name of the customer stands on the drive that one may read.
            words = drive.sudo().partner_id.name, drive.car_series
            drive.display_name = " · ".join(filter(None, words)) or self.env._("Test Drive")

    @api.depends(
        "partner_id",
        "unit_id",
        "partner_id.dealer_relation_ids.unit_id",
        "partner_id.dealer_relation_ids.active",
    )
    def _compute_relation_id(self):
        relations = self.env["dealer.relation"]._by_customer_and_store(
            self.partner_id, self.unit_id
        )
        for drive in self:
            key = drive.partner_id.id, drive.unit_id.id
            before = drive.relation_id
            if (before.partner_id.id, before.unit_id.id) != key:
                before = before.browse()
            drive.relation_id = relations.get(key) or before

    @api.depends("start", "minutes")
    def _compute_stop(self):
        for drive in self:
            drive.stop = drive.start and drive.start + timedelta(minutes=drive.minutes)

    @api.depends("state", "booking_id.state", "booking_id.expires_at", "booking_id.conflict")
    def _compute_slot_lost(self):
        now = fields.Datetime.now()
        for drive in self:
            booking = drive.booking_id
            waits = drive.state in ("booked", "checked")
            drive.slot_lost = waits and not (
                booking.state in ("confirmed", "consumed")
                or (booking.state == "held" and booking.expires_at > now)
            )
            drive.conflict = (
                booking.conflict if drive.state in LIVE and booking.in_conflict else False
            )

    @api.depends("state", "start")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for drive in self:
            drive.is_late = (
                drive.state in ("booked", "checked", "signed") and drive.start and drive.start < now
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "in", ("booked", "checked", "signed")) & Domain(
            "start", "<", fields.Datetime.now()
        )

    @api.depends("licence_first_on", "start")
    def _compute_is_learner(self):
        for drive in self:
            drive.is_learner = bool(drive.licence_first_on) and drive._learns(
                drive.licence_first_on
            )

    @api.depends("mileage_out", "mileage_in", "state")
    def _compute_driven(self):
        for drive in self:
            returned = drive.state == "returned"
            drive.driven = drive.mileage_in - drive.mileage_out if returned else 0

    @api.depends("film_url", "partner_id", "car_series", "unit_id")
    def _compute_film_message(self):
        for drive in self:
            drive.film_message = drive.film_url and self.env._(
                "Dear %(customer)s, here is the film of your test drive of the %(car)s: %(url)s"
                " (%(store)s)",
                customer=drive.customer_name,
                car=drive.car_series or "",
                url=drive.film_url,
                store=drive.sudo().unit_id.name,  # what the own store is called is no secret
            )

    # ------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------

    @api.constrains("lead_id", "partner_id", "unit_id")
    def _check_lead(self):
        for drive in self.filtered("lead_id"):
            lead = drive.lead_id
            if lead.partner_id != drive.partner_id or lead.dealer_unit_id != drive.unit_id:
                raise ValidationError(
                    self.env._("This lead is one of another customer or store. Choose another one.")
                )

    @api.constrains("car_id", "unit_id")
    def _check_car(self):
        for drive in self:
            car = drive.car_id
            if car.unit_id != drive.unit_id or car.kind_id.code != CAR or not car.fleet_vehicle_id:
                raise ValidationError(
                    self.env._("%s is not a test drive car of this store.", car.name)
                )

    @api.constrains("route_id", "unit_id")
    def _check_route(self):
        for drive in self.filtered("route_id.unit_id"):
            if drive.route_id.unit_id != drive.unit_id:
                raise ValidationError(self.env._("This route is one of another store."))

    @api.constrains("film_url")
    def _check_film_url(self):
        for drive in self.filtered("film_url"):
            try:
                parts = urlsplit(drive.film_url)
            except ValueError:
                parts = urlsplit("")
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValidationError(
                    self.env._("Enter the whole address of the film; it begins with https://")
                )

    def _check_as_user(self, field_names):
        """Nobody drives with a customer or on a lead that one cannot read."""
        result = super()._check_as_user(field_names)
        for field in {"partner_id", "lead_id"} & field_names:
            # Only the number is read as the system; the right is asked as the user.
            self.sudo()[field].sudo(False).check_access("read")
        return result

    @api.onchange("partner_id", "unit_id")
    def _onchange_partner_id(self):
        if self.lead_id and self.lead_id.partner_id != self.partner_id:
            self.lead_id = False
        if self.partner_id and not self.lead_id:
            leads = self.env["crm.lead"].search(
                Domain("partner_id", "=", self.partner_id.id)
                & Domain("dealer_unit_id", "=", self.unit_id.id)
                & Domain("won_status", "=", "pending"),
                limit=2,
            )
            # Of several leads nobody but the seller knows which one it is.
            if len(leads) == 1:
                self.lead_id = leads
        if self.partner_id and not self.user_id:
            self.user_id = self._companion_of(self.partner_id, self.unit_id)

    @api.model
    def _companion_of(self, partner, unit):
        """Return who rides along if nobody is named: the consultant of the customer, else the user."""
        relation = self.env["dealer.relation"].search(
            Domain("partner_id", "=", partner.id) & Domain("unit_id", "=", unit.id), limit=1
        )
        # Whose customer it is stands on the card, which was read.
        return relation.sudo().consultant_id or self.env.user

    # ------------------------------------------------------------
    # Doors
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Book car and companion of each drive, all or nothing, and write the drives.

        :raise CapacityTaken: when something is in the way; ``next_free`` has the next moments
        """
        # What is booked may come as a default in the context, too.
        names = [*PARTIES, *PLACES, "hold_minutes"]
        vals_list = [
            {**self.default_get([name for name in names if name not in vals]), **vals}
            for vals in vals_list
        ]
        if not self.env.su:
            for vals in vals_list:
                # Each of them is named, so that no default of the context takes its place.
                vals.update(dict.fromkeys(SYSTEM_FIELDS & self._written_fields(), False))
                vals["state"] = "booked"
        # Car and companion first, before anything else is written: docs/capacity.md.
        for vals in vals_list:
            hold_minutes = vals.pop("hold_minutes", 0)
            if not vals.get("booking_id") and vals.get("state", "booked") in LIVE:
                vals["booking_id"] = self._reserve(vals, hold_minutes).id
        drives = super(DealerTestDrive, self.with_context(mail_create_nosubscribe=True)).create(
            vals_list
        )
        for drive in drives.sudo():  # only the system writes bookings
            drive.booking_id.write({"res_model": self._name, "res_id": drive.id})
        drives.sudo()._follow_in_calendar()
        return drives.with_env(self.env)

    def write(self, vals):
        if not self.env.su:
            self._check_may_write(vals)
            moved = {name: vals[name] for name in PLACES & vals.keys()}
            if moved:
                for drive in self:
                    drive._rebook(moved)
                vals = {name: value for name, value in vals.items() if name not in PLACES}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _check_delete(self):
        if self.filtered(lambda drive: drive.state not in ("no_show", "cancelled")):
            raise UserError(self.env._("Cancel the drive instead of deleting it."))
        if self.filtered("signed_at"):
            raise UserError(self.env._("A drive whose agreement was signed is kept."))

    def copy_data(self, default=None):
        raise UserError(self.env._("A drive is not copied: book a new one with its own time."))

    @api.model
    def _written_fields(self):
        """Return the names of the stored fields that no compute fills and the user could write."""
        return {
            name
            for name, field in self._fields.items()
            if field.store and not field.compute and self._has_field_access(field, "write")
        }

    @api.model
    def _reserve(self, vals, hold_minutes=0):
        """Take car and companion; return the booking (superuser). Completes ``vals``."""
        unit = self.env["dealer.unit"].browse(vals.get("unit_id"))
        partner = self.env["res.partner"].browse(vals.get("partner_id"))
        if not (unit and partner and vals.get("car_id") and vals.get("start")):
            raise UserError(
                self.env._("A drive needs a store, a customer, a car and a time. Fill them in.")
            )
        if not vals.get("user_id"):
            vals["user_id"] = self._companion_of(partner, unit).id
        user = self.env["res.users"].browse(vals["user_id"])
        companion = self.env["dealer.capacity.resource"]._drive_companion(user, unit)
        need = self._need(vals["car_id"], companion.id, vals.get("minutes") or 60)
        values = {"partner_id": partner.id, "user_id": user.id, "name": self.env._("Test Drive")}
        engine = self.env["dealer.capacity"]
        held = hold_minutes or None
        if self.env.su:
            return engine._book(need, vals["start"], unit, values, held)
        if fields.Datetime.to_datetime(vals["start"]) < fields.Datetime.now() - timedelta(
            minutes=15
        ):
            raise UserError(self.env._("This time is over. Choose a later one."))
        number = engine.book(need, vals["start"], values, unit.id, held)
        # It was booked in the user's name just now; the drive, which names it, is not there yet.
        return self.env["dealer.capacity.booking"].sudo().browse(number)

    @api.model
    def _need(self, car_id, companion_id, minutes):
        """Return the need of a drive, see ``dealer.capacity``."""
        return [
            {"kind": CAR, "resource_id": car_id, "minutes": minutes},
            {"kind": COMPANION, "resource_id": companion_id, "minutes": minutes},
        ]

    def _check_may_write(self, vals):
        """Refuse what is changed by a step only, and what was signed already."""
        if SYSTEM_FIELDS & vals.keys():
            raise UserError(
                self.env._(
                    "The course of a drive is changed by its buttons, which check and record it."
                )
            )
        for drive in self:
            changed = {name for name in vals if drive._changes(name, vals[name])}
            if changed & PARTIES and not (changed == {"lead_id"} and not drive.lead_id):
                raise UserError(
                    self.env._(
                        "Customer, lead and store of a drive stay. Cancel it and book a new one."
                    )
                )
            if changed & TERMS and drive.state not in ("booked", "checked"):
                raise UserError(
                    self.env._(
                        "The terms of this drive are signed and stay as they are. Cancel it and"
                        " book a new one."
                    )
                )
            if changed & FEEDBACK and drive.state not in ("driving", "returned"):
                raise UserError(
                    self.env._("Feedback is written once the customer has driven the car.")
                )

    def _changes(self, name, value):
        """Whether a written value differs from what the drive has."""
        field = self._fields[name]
        if not field.store:
            return False
        before = field.convert_to_write(self[name], self)
        return (before or False) != (
            field.convert_to_write(
                field.convert_to_record(field.convert_to_cache(value, self), self), self
            )
            or False
        )

    def _today(self, moment=None):
        """Return the date of now, or of a moment, on the wall of the store."""
        self.ensure_one()
        # The hours of a store are no secret.
        return self.sudo().unit_id._clock_local(moment or fields.Datetime.now()).date()
