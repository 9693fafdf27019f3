from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: From which states a step leads on.
STEPS = {
    "accepted": ("requested",),
    "picked_up": ("accepted",),
    "at_station": ("picked_up", "failed"),
    "passed": ("at_station",),
    "failed": ("at_station",),
    "returned": ("passed", "failed"),
    "cancelled": ("requested", "accepted"),
}
#: What the service desk agrees with the customer.
AGREED = {"fee", "note", "paper_ids", "pickup_at", "pickup_place", "station", "user_id"}
#: What the chatter writes.
CHATTER = {"message_follower_ids", "message_ids", "activity_ids"}
OVER = ("returned", "cancelled")


class DealerInspectionService(models.Model):
    """The annual inspection done for the customer (年审代办, D14): fetched, shown, brought back."""

    _name = "dealer.inspection.service"
    _description = "Annual Inspection for a Customer"
    _inherit = ["mail.thread", "dealer.store.mixin", "dealer.user.checks"]
    _order = "id desc"
    _rec_name = "plate"

    vehicle_id = fields.Many2one(
        "dealer.vehicle", string="Car", required=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        readonly=True,
        index="btree_not_null",
    )
    # Copies, as an appointment has them: the customer's file is asked by its own rule.
    partner_name = fields.Char(
        related="relation_id.partner_name", string="Customer Name", related_sudo=True
    )
    phone_masked = fields.Char(
        related="relation_id.phone_masked", string="Phone (masked)", related_sudo=True
    )
    plate = fields.Char(readonly=True)
    due = fields.Date(
        string="Inspection Until", readonly=True, help="By the rule in force, when it was asked."
    )
    on_site = fields.Boolean(string="To Be Shown", readonly=True)
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("accepted", "Accepted"),
            ("picked_up", "Picked Up"),
            ("at_station", "At the Station"),
            ("passed", "Passed"),
            ("failed", "Not Passed"),
            ("returned", "Returned"),
            ("cancelled", "Called Off"),
        ],
        required=True,
        default="requested",
        readonly=True,
        tracking=True,
        copy=False,
    )
    pickup_place = fields.Char(string="Where to Fetch It", tracking=True)
    pickup_at = fields.Datetime(string="When to Fetch It", tracking=True)
    paper_ids = fields.Many2many(
        "dealer.inspection.paper",
        "dealer_inspection_service_paper_rel",
        "service_id",
        "paper_id",
        string="Papers Received",
    )
    missing = fields.Char(string="Papers Missing", compute="_compute_missing")
    user_id = fields.Many2one(
        "res.users", string="Who Does It", index="btree_not_null", tracking=True
    )
    station = fields.Char()
    fee = fields.Float(digits=(10, 2))
    note = fields.Text()
    changed_at = fields.Datetime(string="Since", readonly=True, default=fields.Datetime.now)

    _fee = models.Constraint("CHECK (fee >= 0)", "A fee cannot be below zero.")
    _one_open = models.UniqueIndex(
        "(vehicle_id) WHERE state NOT IN ('returned', 'cancelled')",
        "The inspection of this car is under way already.",
    )

    @api.depends("paper_ids")
    @api.depends_context("lang")
    def _compute_missing(self):
        needed = self.env["dealer.inspection.paper"].search([("needed", "=", True)])
        for row in self:
            row.missing = "、".join((needed - row.paper_ids).mapped("name"))

    # ------------------------------------------------------------
    # Who writes what
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rows = []
        for vals in vals_list:
            vals = dict(vals)
            if not self.env.su and vals.keys() - AGREED - CHATTER - {"vehicle_id", "unit_id"}:
                raise UserError(self.env._("The state of an inspection is changed by its buttons."))
            car = self.env["dealer.vehicle"].browse(vals.get("vehicle_id")).exists()
            # Before the owner becomes a customer of this store: that would open the car.
            car.check_access("read")
            car = car.sudo()  # the right to read it was asked
            if not car.current_owner_id:
                raise UserError(self.env._("Enter the car's owner first: it is done for somebody."))
            # One is under way, whoever's it is; no more of it is told.
            if self.sudo().search_count(
                Domain("vehicle_id", "=", car.id) & Domain("state", "not in", OVER), limit=1
            ):
                raise UserError(self.env._("The inspection of this car is under way already."))
            unit = self.env["dealer.unit"].browse(
                vals.get("unit_id") or self.default_get(["unit_id"]).get("unit_id")
            )
            if not unit:
                raise UserError(self.env._("Choose the store you work in first."))
            # The car may be read, as was asked above: its owner becomes a customer of this store.
            relation = (
                self.env["dealer.relation"].sudo()._register_customers(car.current_owner_id, unit)
            )
            vals |= {
                "unit_id": unit.id,
                "partner_id": car.current_owner_id.id,
                "relation_id": relation.id,
                "plate": car.plate or car.vin,
                "due": car.inspection_due,
                "on_site": car.inspection_on_site,
                "state": "requested",
            }
            rows.append(vals)
        # What follows from the car is the system's; what was agreed is checked as the user below.
        made = super(DealerInspectionService, self.with_context(mail_create_nosubscribe=True))
        return made.create(rows).with_env(self.env)

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - AGREED - CHATTER:
                raise UserError(self.env._("The state of an inspection is changed by its buttons."))
            if vals.keys() & AGREED and self.filtered(lambda row: row.state in OVER):
                raise UserError(self.env._("This inspection is over."))
        return super().write(vals)

    def _check_as_user(self, field_names):
        """Nobody asks for a car that one cannot read."""
        result = super()._check_as_user(field_names)
        if "vehicle_id" in field_names:
            # The number is read as the system, the right to see that car is asked as the user.
            self.sudo().vehicle_id.sudo(False).check_access("read")
        return result

    @api.model
    def _mail_get_partner_fields(self, introspect_fields=False):
        # Remarks are for colleagues; the customer is written to by the rules of dealer_touch.
        return []

    # ------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------

    def action_accept(self):
        """The shop does it; who does it is the one who accepts unless somebody is named."""
        self._step("accepted")

    def action_pick_up(self):
        """The car was fetched, with all papers that the station asks for.

        :raise UserError: when a paper is missing
        """
        for row in self:
            if row.missing:
                raise UserError(
                    self.env._(
                        "%(plate)s: these papers are missing: %(papers)s. Tick them when you have"
                        " them.",
                        plate=row.plate,
                        papers=row.missing,
                    )
                )
        self._step("picked_up")

    def action_to_station(self):
        """The car stands at the station, for the first time or once more."""
        self._step("at_station")

    def action_pass(self):
        """It passed: the date of the next inspection follows from today."""
        self._step("passed")
        for row in self:
            # The right was checked; the date follows from it.
            row.sudo().vehicle_id._inspection_done(fields.Datetime.now())

    def action_fail(self):
        """It did not pass: repaired and shown again, or brought back."""
        self._step("failed")

    def action_return(self):
        """The car is back with the customer."""
        self._step("returned")

    def action_cancel(self):
        """Called off before the car was fetched."""
        self._step("cancelled")

    def _step(self, state):
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        labels = dict(self._fields["state"]._description_selection(self.env))
        for row in self:
            if row.state not in STEPS[state]:
                raise UserError(
                    self.env._(
                        "The inspection of %(plate)s is “%(state)s” by now. Load the page anew.",
                        plate=row.plate,
                        state=labels[row.state],
                    )
                )
        # The right was checked; the state is written by buttons alone.
        rows = self.sudo()
        rows.write({"state": state, "changed_at": fields.Datetime.now()})
        rows.filtered(lambda row: not row.user_id).user_id = self.env.user
        rule = self.env.ref("dealer_service.touch_rule_inspection_state", raise_if_not_found=False)
        if rule:
            rule._plan_records(rows, answer=True)

    def _state_words(self):
        """Return how far it is, as the customer reads it."""
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[self.state]


class DealerVehicle(models.Model):
    """What of the inspection the owner sees on “My Cars”, and asks for."""

    _name = "dealer.vehicle"
    _inherit = "dealer.vehicle"

    def _owner_card(self):
        card = super()._owner_card()
        row = self.env["dealer.inspection.service"].search(
            Domain("vehicle_id", "=", self.id)
            & Domain("partner_id", "=", self.current_owner_id.id)
            & Domain("state", "!=", "cancelled"),
            limit=1,
        )
        open_one = row.filtered(lambda each: each.state not in OVER)
        card["inspection"] = open_one._state_words() if open_one else False
        card["inspection_place"] = open_one.pickup_place
        return card


class DealerTouch(models.Model):
    """What a message about an inspection says."""

    _name = "dealer.touch"
    _inherit = "dealer.touch"

    @api.model
    def _words_known(self):
        return [*super()._words_known(), "inspection_plate", "inspection_state"]

    def _words(self, names):
        words = super()._words(names)
        if {"inspection_plate", "inspection_state"} & set(names):
            row = self._document() if self.res_model == "dealer.inspection.service" else None
            # The customer whose car it is is told, and nobody else.
            words["inspection_plate"] = row.sudo().plate or "" if row else ""
            words["inspection_state"] = row.sudo()._state_words() if row else ""
        return words
