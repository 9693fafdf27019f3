from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: Still to come: the time is taken for it.
OPEN = ("hold", "booked", "confirmed")
#: What people write on an appointment; its course is changed by the buttons.
AGREED = {"note"}
#: What the chatter writes.
CHATTER = {"message_follower_ids", "message_ids", "activity_ids"}


class DealerAppointment(models.Model):
    """A customer comes with a car at a time for which bay, technician and advisor are booked (D2)."""

    _name = "dealer.appointment"
    _description = "Service Appointment"
    _inherit = ["mail.thread", "mail.activity.mixin", "dealer.store.mixin", "dealer.user.checks"]
    _order = "start desc, id desc"
    _rec_names_search = ("name", "plate", "partner_name")

    name = fields.Char(string="Number", required=True, readonly=True, copy=False, index=True)
    state = fields.Selection(
        [
            ("hold", "Held"),
            ("booked", "Booked"),
            ("confirmed", "Confirmed"),
            ("arrived", "Arrived"),
            ("done", "Done"),
            ("no_show", "Did Not Come"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="booked",
        readonly=True,
        tracking=True,
        group_expand="_group_expand_state",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    vehicle_id = fields.Many2one(
        "dealer.vehicle", string="Car", required=True, readonly=True, index=True
    )
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        compute="_compute_relation_id",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
    )
    # Copies for the clerk, who reads neither customers nor cars.
    partner_name = fields.Char(
        related="relation_id.partner_name", string="Customer Name", store=True, related_sudo=True
    )
    phone_masked = fields.Char(
        related="relation_id.phone_masked", string="Phone (masked)", related_sudo=True
    )
    plate = fields.Char(readonly=True, index="trigram", help="As it was when it was booked.")
    car = fields.Char(string="Make and Series", readonly=True)
    item_ids = fields.Many2many(
        "dealer.service.item",
        "dealer_appointment_item_rel",
        "appointment_id",
        "item_id",
        string="Services",
        readonly=True,
    )
    services = fields.Char(string="What is Done", compute="_compute_services", compute_sudo=True)
    booking_id = fields.Many2one(
        "dealer.capacity.booking",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    conflict = fields.Char(related="booking_id.conflict", string="In the Way", related_sudo=True)
    start = fields.Datetime(
        string="Comes On", required=True, readonly=True, index=True, tracking=True
    )
    stop = fields.Datetime(string="Ready About", required=True, readonly=True)
    store_time = fields.Char(
        string="Time at the Store", compute="_compute_store_time", compute_sudo=True
    )
    advisor_id = fields.Many2one(
        "res.users", string="Service Advisor", readonly=True, index="btree_not_null", tracking=True
    )
    event_id = fields.Many2one(
        "calendar.event",
        string="In the Calendar",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    origin = fields.Selection(
        [("page", "Customer's Page"), ("advisor", "Service Desk"), ("waiting", "Waiting List")],
        string="Booked By",
        required=True,
        readonly=True,
        default="advisor",
    )
    price_from = fields.Float(digits=(10, 2), readonly=True)
    price_to = fields.Float(digits=(10, 2), readonly=True)
    discount = fields.Integer(string="Off-Peak Discount (%)", readonly=True)
    note = fields.Text(string="Wishes")
    booked_at = fields.Datetime(string="Booked On", readonly=True, copy=False)
    confirmed_at = fields.Datetime(string="Confirmed On", readonly=True, copy=False)
    arrived_at = fields.Datetime(string="Arrived On", readonly=True, copy=False)
    done_at = fields.Datetime(string="Done On", readonly=True, copy=False)
    no_show_at = fields.Datetime(string="Noted as No-Show", readonly=True, copy=False)
    cancelled_at = fields.Datetime(string="Cancelled On", readonly=True, copy=False)
    cancelled_by = fields.Selection(
        [("customer", "Customer"), ("store", "Store"), ("system", "Time Ran Out")],
        string="Cancelled by Whom",
        readonly=True,
        copy=False,
    )
    cancel_user_id = fields.Many2one("res.users", string="Cancelled by", readonly=True, copy=False)
    cancel_reason = fields.Char(string="Why Cancelled", readonly=True, copy=False, tracking=True)
    no_show_count = fields.Integer(
        string="Earlier No-Shows", related="partner_id.dealer_no_show_count", related_sudo=True
    )
    late = fields.Boolean(compute="_compute_late", search="_search_late")
    owner_changed = fields.Boolean(compute="_compute_owner_changed", compute_sudo=True)
    may_change = fields.Boolean(compute="_compute_may_change")
    intake_key = fields.Char(copy=False, readonly=True, groups="base.group_system")

    _name_uniq = models.Constraint("UNIQUE(name)", "Another appointment has this number.")
    _stop_after_start = models.Constraint("CHECK (stop > start)", "An end comes after the start.")
    _expected_idx = models.Index("(start) WHERE state IN ('hold', 'booked', 'confirmed')")
    _unit_start_idx = models.Index("(unit_id, start)")
    _key_uniq = models.UniqueIndex("(intake_key) WHERE intake_key IS NOT NULL")

    @api.model
    def _group_expand_state(self, _states, _domain):
        """Show the columns of the board also where they are empty."""
        return ["booked", "confirmed", "arrived", "done"]

    @api.depends("partner_id", "unit_id")
    def _compute_relation_id(self):
        rows = self.env["dealer.relation"].search(
            [("partner_id", "in", self.partner_id.ids), ("unit_id", "in", self.unit_id.ids)]
        )
        known = {(row.partner_id, row.unit_id): row for row in rows}
        for row in self:
            row.relation_id = known.get((row.partner_id, row.unit_id))

    @api.depends("item_ids.name")
    @api.depends_context("lang")
    def _compute_services(self):
        for row in self:
            row.services = "、".join(row.item_ids.mapped("name"))

    @api.depends("plate", "services", "name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for row in self:
            words = (row.plate or row.car or row.name, row.services)
            row.display_name = " · ".join(filter(None, words))

    @api.depends("start", "unit_id")
    def _compute_store_time(self):
        for row in self:
            moment = row.start and row.unit_id._clock_local(row.start)
            row.store_time = f"{moment:%m-%d %H:%M}" if moment else False

    @api.depends("state", "start")
    def _compute_late(self):
        limit = fields.Datetime.now() - timedelta(minutes=self._setting("late_minutes"))
        for row in self:
            row.late = row.state in ("booked", "confirmed") and row.start <= limit

    def _search_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        limit = fields.Datetime.now() - timedelta(minutes=self._setting("late_minutes"))
        late = Domain("state", "in", ("booked", "confirmed")) & Domain("start", "<=", limit)
        return late if True in value else ~late

    @api.depends("vehicle_id.current_owner_id", "partner_id")
    def _compute_owner_changed(self):
        for row in self:
            owner = row.vehicle_id.current_owner_id
            row.owner_changed = owner and owner != row.partner_id

    @api.depends_context("uid")
    def _compute_may_change(self):
        self.may_change = self.env.user._dealer_changes_appointments()

    @api.model
    def _setting(self, name):
        # Settings are read for everybody; nobody but administrators may read them all.
        return int(self.env["ir.config_parameter"].sudo().get_param(f"dealer_service.{name}"))

    # ------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(
                self.env._("Appointments are made by “Book”: only there a free time is taken.")
            )
        rows = super(DealerAppointment, self.with_context(mail_create_nosubscribe=True)).create(
            vals_list
        )
        return rows.with_env(self.env)

    def write(self, vals):
        if not self.env.su and vals.keys() - AGREED - CHATTER:
            raise UserError(self.env._("The course of an appointment is changed by its buttons."))
        return super().write(vals)

    def _check_changes(self):
        """Refuse who does not work at the service desk of the store."""
        self.check_access("write")

    def _expect(self, *states):
        """Refuse what does not follow from where an appointment is now."""
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        labels = dict(self._fields["state"]._description_selection(self.env))
        for row in self:
            if row.state not in states:
                raise UserError(
                    self.env._(
                        "The appointment %(name)s is “%(state)s” by now. Load the page anew.",
                        name=row.display_name,
                        state=labels[row.state],
                    )
                )

    @api.model
    def _mail_get_partner_fields(self, introspect_fields=False):
        # Remarks are for colleagues; the customer is written to by the rules of dealer_touch.
        return []

    def _open_action(self):
        self.ensure_one()
        return {
            "name": self.env._("Appointment"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def action_open_vehicle(self):
        """Open the car; whether it may be read is asked there."""
        self.ensure_one()
        self.vehicle_id.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "dealer.vehicle",
            "res_id": self.vehicle_id.id,
            "views": [(False, "form")],
        }
