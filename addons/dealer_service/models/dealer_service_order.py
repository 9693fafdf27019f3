from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

#: Order 43 (家用汽车产品修理更换退货责任规定, 2021), Art. 17: repair records are kept six years at least.
KEEP_YEARS = 6
#: What no client writes: it follows from the buttons or is worked out.
SYSTEM_FIELDS = {
    "closed_at",
    "external_id",
    "name",
    "owner_id",
    "reading_id",
    "relation_id",
    "source",
    "state",
}
#: Who may open a closed record again; the change is noted in the chatter.
CHIEFS = (
    "dealer_base.group_service_manager",
    "base.group_system",
)


class DealerServiceOrder(models.Model):
    """A visit to the workshop, as the neutral record of it: own order or one of the maker's DMS (D1).

    The workshop's own planning (board, parts, bill) is another matter; this is what the car file,
    the maintenance forecast, the three-guarantees clock and the owner's page read.
    """

    _name = "dealer.service.order"
    _description = "Workshop Order"
    _inherit = ["mail.thread", "dealer.store.mixin", "dealer.user.checks"]
    _order = "opened_at desc, id desc"
    _rec_names_search = ("name", "vehicle_id.plate", "vehicle_id.vin")

    unit_id = fields.Many2one(index=False)  # _unit_opened_idx begins with it
    name = fields.Char(string="Number", readonly=True, copy=False, index=True)
    state = fields.Selection(
        [("open", "In the Workshop"), ("closed", "Handed Over"), ("cancelled", "Called Off")],
        required=True,
        default="open",
        readonly=True,
        copy=False,
        tracking=True,
    )
    kind = fields.Selection(
        [
            ("maintenance", "Maintenance"),
            ("repair", "Repair"),
            ("body", "Body and Paint"),
            ("claim", "Warranty Claim"),
            ("rework", "Rework"),
            ("campaign", "Recall or Service Campaign"),
            ("inspection", "Annual Inspection"),
            ("fitting", "Fitting of Accessories"),
        ],
        required=True,
        default="maintenance",
        tracking=True,
    )
    source = fields.Selection(
        [("own", "Own Order"), ("dms", "Maker's DMS")],
        required=True,
        default="own",
        readonly=True,
        copy=False,
    )
    external_id = fields.Char(string="Number in the DMS", readonly=True, copy=False)
    vehicle_id = fields.Many2one(
        "dealer.vehicle", required=True, index=True, ondelete="restrict", tracking=True
    )
    # Who owned the car when it came. A later owner's advisor reads the order, not this name.
    owner_id = fields.Many2one(
        "res.partner",
        string="Owner When It Came",
        compute="_compute_owner_id",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=fields.NO_ACCESS,
    )
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        compute="_compute_relation_id",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=fields.NO_ACCESS,
    )
    customer_id = fields.Many2one(
        "res.partner",
        compute="_compute_customer_id",
        search="_search_customer_id",
        help="Who owned the car when it came; empty for a former owner whom you do not serve.",
    )
    opened_at = fields.Datetime(
        string="Came In", required=True, default=fields.Datetime.now, copy=False
    )
    closed_at = fields.Datetime(string="Handed Over On", readonly=True, copy=False)
    mileage = fields.Integer(string="Mileage (km)", copy=False, aggregator=False)
    reading_id = fields.Many2one(
        "dealer.vehicle.reading", readonly=True, copy=False, index="btree_not_null"
    )
    customer_words = fields.Text(
        string="Customer's Words", help="What the customer told, in the customer's own words."
    )
    findings = fields.Text(help="What the technician found.")
    work_done = fields.Text(string="What Was Done")
    advisor_id = fields.Many2one(
        "res.users",
        string="Service Advisor",
        index="btree_not_null",
        default=lambda self: self._default_advisor_id(),
        tracking=True,
    )
    line_ids = fields.One2many("dealer.service.order.line", "order_id", string="Lines", copy=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount_total = fields.Monetary(string="Total", compute="_compute_amounts", store=True)
    amount_customer = fields.Monetary(
        string="Paid by the Customer", compute="_compute_amounts", store=True
    )
    keep_until = fields.Date(
        compute="_compute_keep_until",
        help="Repair records are kept for six years at least (Order 43, Art. 17).",
    )

    _mileage = models.Constraint("CHECK (mileage >= 0)", "A mileage cannot be below zero.")
    _times = models.Constraint(
        "CHECK (closed_at IS NULL OR closed_at >= opened_at)",
        "A car cannot be handed over before it came in.",
    )
    _closing = models.Constraint(
        "CHECK (state <> 'closed' OR closed_at IS NOT NULL)",
        "A car is handed over at a time.",
    )
    _external_uniq = models.UniqueIndex(
        "(unit_id, external_id) WHERE external_id IS NOT NULL",
        "This order of the maker's system is on file already.",
    )
    _unit_opened_idx = models.Index("(unit_id, opened_at DESC)")
    _open_idx = models.Index("(unit_id, opened_at) WHERE state = 'open'")

    @api.model
    def _default_advisor_id(self):
        return (
            self.env.user if self.env.user.has_group("dealer_base.group_service_advisor") else False
        )

    # ------------------------------------------------------------
    # What is computed
    # ------------------------------------------------------------

    @api.depends("name", "vehicle_id.plate", "vehicle_id.vin")
    def _compute_display_name(self):
        for order in self:
            car = order.vehicle_id.plate or order.vehicle_id.vin
            order.display_name = " ".join(filter(None, (order.name, car)))

    @api.depends("vehicle_id", "opened_at")
    def _compute_owner_id(self):
        # Not by the owners of today: who is entered as owner later did not bring the car then.
        for order in self:
            day = order.opened_at and order.unit_id._clock_local(order.opened_at).date()
            owners = order.vehicle_id.owner_ids.filtered(
                lambda line, day=day: (
                    day and line.date_from <= day and (not line.date_to or line.date_to >= day)
                )
            )
            order.owner_id = owners.sorted("date_from")[-1:].partner_id

    @api.depends(
        "owner_id",
        "unit_id",
        "owner_id.dealer_relation_ids.unit_id",
        "owner_id.dealer_relation_ids.active",
    )
    def _compute_relation_id(self):
        relations = self.env["dealer.relation"]._by_customer_and_store(self.owner_id, self.unit_id)
        for order in self:
            key = order.owner_id.id, order.unit_id.id
            before = order.relation_id
            if (before.partner_id.id, before.unit_id.id) != key:
                before = before.browse()
            # Where the store ended the relation, the order stays that of the customer it had.
            order.relation_id = relations.get(key) or before

    @api.depends("owner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_customer_id(self):
        # Which customers may be named is asked as the user.
        shown = self.sudo().owner_id.sudo(False)._filtered_access("read")
        for order in self:
            order.customer_id = order.sudo().owner_id.sudo(False) & shown

    def _search_customer_id(self, operator, value):
        if operator in ("any", "any!"):
            domain = Domain(value)
        elif operator == "in":
            domain = Domain("id", "in", [each for each in value if each])
        elif operator in ("ilike", "=ilike", "like", "=like"):
            domain = Domain("display_name", operator, value)
        else:
            return NotImplemented
        # Only customers that the user may see are looked for.
        partners = self.env["res.partner"]._search(domain)
        return Domain("id", "in", self.sudo()._search([("owner_id", "in", partners)]))

    @api.depends("line_ids.amount", "line_ids.paid_by")
    def _compute_amounts(self):
        for order in self:
            lines = order.line_ids
            order.amount_total = sum(lines.mapped("amount"))
            order.amount_customer = sum(
                lines.filtered(lambda line: line.paid_by == "customer").mapped("amount")
            )

    @api.depends("closed_at")
    def _compute_keep_until(self):
        for order in self:
            order.keep_until = order.closed_at and fields.Date.add(
                order.closed_at.date(), years=KEEP_YEARS
            )

    def _mail_get_partner_fields(self, introspect_fields=False):
        """Nobody outside is suggested as a recipient: a former owner would be named."""
        return []

    # ------------------------------------------------------------
    # Who writes what
    # ------------------------------------------------------------

    @api.constrains("opened_at")
    def _check_opened_at(self):
        if self.filtered(
            lambda order: order.opened_at > fields.Datetime.now() + timedelta(hours=1)
        ):
            raise ValidationError(
                self.env._("A car that is still to come has an appointment, not a workshop order.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            if not self.env.su:
                # Each of them is named, so that no default of the context takes its place.
                written = {name for name in SYSTEM_FIELDS if not self._fields[name].compute}
                vals.update(dict.fromkeys(written, False), state="open", source="own")
            if not vals.get("name"):
                unit_id = vals.get("unit_id") or self.default_get(["unit_id"]).get("unit_id")
                if unit_id:
                    vals["name"] = self.env["dealer.unit"].browse(unit_id)._next_service_number()
        orders = super(DealerServiceOrder, self.with_context(mail_create_nosubscribe=True)).create(
            vals_list
        )
        orders = orders.with_env(self.env)
        orders._take_readings()
        return orders

    def write(self, vals):
        if not self.env.su:
            self._check_may_write(vals)
        result = super().write(vals)
        if "mileage" in vals:
            self._take_readings()
        return result

    def _check_may_write(self, vals):
        """Refuse what is changed by a button only, what is closed, and what the DMS says."""
        if SYSTEM_FIELDS & vals.keys():
            raise UserError(
                self.env._(
                    "State and number of a workshop order are changed by its buttons, which check"
                    " and record it."
                )
            )
        for order in self:
            order._check_open()
            if {"vehicle_id", "unit_id"} & vals.keys() and order.reading_id:
                raise UserError(
                    self.env._(
                        "The mileage of %s stands in the file of the car already. Call the order"
                        " off and write a new one for the other car.",
                        order.name,
                    )
                )

    def _check_open(self):
        """Refuse to change an order that is a record already."""
        self.ensure_one()
        if self.source == "dms":
            raise UserError(
                self.env._(
                    "%s comes from the maker's system and is changed there; the next transfer"
                    " brings it.",
                    self.name,
                )
            )
        if self.state != "open":
            raise UserError(
                self.env._(
                    "%s is a record that is kept as it is. The service manager can open it again.",
                    self.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        today = fields.Date.today()
        for order in self:
            if not order.keep_until or order.keep_until > today:
                raise UserError(
                    self.env._(
                        "%s is kept for six years at least (Order 43, Art. 17). Call it off if it"
                        " was opened by mistake.",
                        order.name,
                    )
                )

    def _take_readings(self):
        """Put the mileage of these orders into the curve of their cars, through the usual door."""
        for order in self.filtered("mileage"):
            if order.reading_id.mileage == order.mileage:
                continue
            if order.reading_id:
                reading = order.reading_id.action_replace(order.mileage)
            else:
                reading = self.env["dealer.vehicle.reading"].create(
                    {
                        "vehicle_id": order.vehicle_id.id,
                        "date": order.opened_at,
                        "mileage": order.mileage,
                        "source": "dms" if order.source == "dms" else "workshop",
                        "unit_id": order.unit_id.id,
                    }
                )
            # Which reading belongs to the order is the system's; the reading was made as the user.
            order.sudo().reading_id = reading

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

    def action_close(self):
        """Hand the car over: the order becomes a record that nobody changes."""
        self.check_access("write")
        for order in self:
            order._check_open()
        # The right was checked; the state is written by buttons alone.
        self.sudo().write({"state": "closed", "closed_at": fields.Datetime.now()})

    def action_cancel(self):
        """Call the visit off: nothing was done to the car."""
        self.check_access("write")
        for order in self:
            order._check_open()
            if order.line_ids:
                raise UserError(
                    self.env._(
                        "%s has lines of work or parts. Take them out first if nothing was done.",
                        order.name,
                    )
                )
        # As above: the right was checked.
        self.sudo().state = "cancelled"

    def action_reopen(self):
        """Open a record again, to correct it; the chatter says who did."""
        self.check_access("write")
        if not self.env.user._dealer_has_any(CHIEFS):
            raise UserError(self.env._("A record is opened again by the service manager."))
        for order in self:
            if order.source == "dms":
                order._check_open()
            order.message_post(body=self.env._("Opened again for a correction."))
        # As above: the right was checked.
        self.sudo().write({"state": "open", "closed_at": False})

    def action_open_vehicle(self):
        """Open the file of the car."""
        self.ensure_one()
        return self.vehicle_id._dealer_file_action()
