from contextlib import contextmanager

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.dealer_relation import SALES_LEADERS
from odoo.addons.dealer_base.tools import FormatError, parse_plate
from odoo.addons.dealer_base.tools.vin import brand as brand_of_vin
from odoo.addons.dealer_base.tools.vin import parse_vin

from ..tools.rmb import rmb_words

#: The car is promised to somebody, or handed over.
LIVE = ("ordered", "planned", "delivered")
#: Who sees what the car costs the store.
COST_GROUPS = (
    "dealer_base.group_sales_manager,dealer_base.group_sales_director,"
    "dealer_base.group_general_manager,dealer_base.group_group_executive,base.group_system"
)
#: What no client writes: it follows from the steps of an order, or is worked out.
SYSTEM_FIELDS = {
    "cancel_note",
    "cancel_reason_id",
    "cancelled_at",
    "cancelled_on",
    "company_id",
    "consultant_id",
    "delivered_at",
    "delivered_on",
    "is_direct",
    "lead_stage_id",
    "margin",
    "name",
    "ownership_id",
    "reading_id",
    "relation_id",
    "state",
}
#: Another buyer, another store: that is another order.
PARTIES = {"lead_id", "partner_id", "unit_id"}
#: What the order is about; agreed when it was ordered.
TERMS = {
    "brand",
    "color",
    "configuration",
    "car_model",
    "cost",
    "deposit",
    "ordered_on",
    "price",
    "series",
}
#: What is still found out until the car is handed over.
DELIVERY = {"mileage", "planned_on", "plate", "vehicle_id", "vin"}


class DealerOrder(models.Model):
    """A customer buys a car: by VIN, or by brand, series, model and configuration (C4)."""

    _name = "dealer.order"
    _description = "Car Order"
    _inherit = ["mail.thread", "mail.activity.mixin", "dealer.store.mixin", "dealer.user.checks"]
    _order = "ordered_on desc, id desc"
    _rec_names_search = ("name", "partner_id.name", "vin")

    unit_id = fields.Many2one(index=False)  # _unit_ordered_idx begins with it
    name = fields.Char(string="Order Number", readonly=True, copy=False, index=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("ordered", "Ordered"),
            ("planned", "Delivery Planned"),
            ("delivered", "Delivered"),
            ("cancelled", "Order Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand="_group_expand_state",
    )
    lead_id = fields.Many2one(
        "crm.lead",
        index="btree_not_null",
        copy=False,
        domain="[('partner_id', '=', partner_id), ('dealer_unit_id', '=', unit_id), ('won_status', '!=', 'lost')]",
        help="Left empty for direct buyers, who never were a lead.",
    )
    is_direct = fields.Boolean(
        string="Direct Buyer",
        compute="_compute_is_direct",
        store=True,
        help="Bought without having been a lead.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_dealer_customer', '=', True)]",
        tracking=True,
    )
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        compute="_compute_relation_id",
        store=True,
        index="btree_not_null",
        compute_sudo=True,
        ondelete="restrict",
    )
    consultant_id = fields.Many2one(
        "res.users",
        compute="_compute_consultant_id",
        store=True,
        index="btree_not_null",
        compute_sudo=True,
        tracking=True,
        help="Who served the customer when the car was ordered; figures count for this person.",
    )
    brand = fields.Char()
    series = fields.Char()
    car_model = fields.Char(string="Model")
    configuration = fields.Char()
    color = fields.Char()
    car = fields.Char(compute="_compute_car")
    vehicle_id = fields.Many2one(
        "dealer.vehicle",
        string="Car on File",
        index="btree_not_null",
        copy=False,
        domain="[('vin', '!=', False), ('current_owner_id', '=', False), ('unit_id', '=', unit_id)]",
        ondelete="restrict",
    )
    vin = fields.Char(string="VIN", copy=False, tracking=True)
    plate = fields.Char(copy=False)
    mileage = fields.Integer(string="Mileage (km)", copy=False, aggregator=False)
    currency_id = fields.Many2one(related="company_id.currency_id")
    price = fields.Monetary(
        string="Deal Price", tracking=True, help="What the customer pays for the car."
    )
    deposit = fields.Monetary(copy=False, tracking=True)
    balance = fields.Monetary(string="Still to Pay", compute="_compute_balance")
    cost = fields.Monetary(copy=False, groups=COST_GROUPS, help="What the car costs the store.")
    margin = fields.Monetary(
        string="Gross Margin", compute="_compute_margin", store=True, groups=COST_GROUPS
    )
    ordered_on = fields.Date(copy=False, tracking=True, help="Left empty: the day it is ordered.")
    planned_on = fields.Date(string="Delivery Planned On", copy=False, tracking=True)
    delivered_on = fields.Date(readonly=True, copy=False, tracking=True)
    delivered_at = fields.Datetime(readonly=True, copy=False)
    cancelled_on = fields.Date(readonly=True, copy=False)
    cancelled_at = fields.Datetime(readonly=True, copy=False)
    cancel_reason_id = fields.Many2one(
        "dealer.order.cancel.reason",
        string="Cancelled Because",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    cancel_note = fields.Text(string="Details", readonly=True, copy=False)
    note = fields.Text(string="Agreed Besides", help="Printed on the order confirmation.")
    handover_note = fields.Text(string="Hand-Over Note", copy=False)
    ownership_id = fields.Many2one(
        "dealer.vehicle.owner",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What the delivery made, so that it can be taken back.",
    )
    reading_id = fields.Many2one(
        "dealer.vehicle.reading", readonly=True, copy=False, index="btree_not_null"
    )
    lead_stage_id = fields.Many2one("crm.stage", readonly=True, copy=False)
    is_overdue = fields.Boolean(compute="_compute_is_overdue", search="_search_is_overdue")
    is_leader = fields.Boolean(compute="_compute_is_leader")

    _price = models.Constraint("CHECK (price >= 0)", "A price cannot be below zero.")
    _cost = models.Constraint("CHECK (cost >= 0)", "A cost cannot be below zero.")
    _deposit = models.Constraint(
        "CHECK (deposit >= 0 AND COALESCE(deposit, 0) <= COALESCE(price, 0))",
        "The deposit is a part of the price: it is not below zero and not more than the price.",
    )
    _mileage = models.Constraint("CHECK (mileage >= 0)", "A mileage cannot be below zero.")
    _delivery = models.Constraint(
        "CHECK (state <> 'delivered' OR (delivered_on IS NOT NULL AND vin IS NOT NULL))",
        "A car is delivered with its VIN and on a day.",
    )
    _cancelling = models.Constraint(
        "CHECK (state <> 'cancelled' OR cancel_reason_id IS NOT NULL)",
        "An order is cancelled with a reason.",
    )
    _vin_live_uniq = models.UniqueIndex(
        "(vin) WHERE vin IS NOT NULL AND state IN ('ordered', 'planned', 'delivered')",
        "This car is promised to another customer already.",
    )
    _unit_ordered_idx = models.Index("(unit_id, ordered_on DESC)")
    _to_deliver_idx = models.Index("(unit_id, planned_on) WHERE state IN ('ordered', 'planned')")

    @api.model
    def _group_expand_state(self, states, domain):
        """Show the columns of the board also where they are empty, unless states are asked for."""
        if any(part.field_expr == "state" for part in Domain(domain).iter_conditions()):
            return states
        return ["draft", "ordered", "planned", "delivered", *({"cancelled"} & set(states))]

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for order in self:
            # The name of the buyer stands on the order that one may read.
            buyer = order.sudo().partner_id.name
            order.display_name = " ".join(filter(None, (order.name, buyer)))

    @api.depends("lead_id")
    def _compute_is_direct(self):
        for order in self:
            order.is_direct = not order.lead_id

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
        for order in self:
            key = order.partner_id.id, order.unit_id.id
            before = order.relation_id
            if (before.partner_id.id, before.unit_id.id) != key:
                before = before.browse()
            # Where the store ended the relation, the order stays that of the customer it had.
            order.relation_id = relations.get(key) or before

    @api.depends("relation_id.consultant_id", "relation_id.dcc_agent_id")
    def _compute_consultant_id(self):
        for order in self:
            relation = order.relation_id
            # Who sold the car is a fact once it is ordered, whoever serves the customer later.
            if order.state in (False, "draft") or not order.consultant_id:
                order.consultant_id = relation.consultant_id or relation.dcc_agent_id

    @api.depends("brand", "series", "car_model", "configuration")
    def _compute_car(self):
        for order in self:
            parts = (order.brand, order.series, order.car_model, order.configuration)
            order.car = " ".join(filter(None, parts))

    @api.depends("price", "deposit")
    def _compute_balance(self):
        for order in self:
            order.balance = order.price - order.deposit

    @api.depends("price", "cost")
    def _compute_margin(self):
        for order in self:
            # Without a cost there is no margin, rather than one of the whole price.
            order.margin = order.price - order.cost if order.cost else 0

    @api.depends("state", "planned_on")
    def _compute_is_overdue(self):
        for order in self:
            order.is_overdue = bool(
                order.state in ("ordered", "planned")
                and order.planned_on
                and order.planned_on < order._today()
            )

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "in", ("ordered", "planned")) & Domain("planned_on", "<", "today")

    @api.depends_context("uid")
    def _compute_is_leader(self):
        self.is_leader = self.env.user._dealer_has_any(SALES_LEADERS)

    @api.constrains("relation_id", "partner_id", "unit_id")
    def _check_relation(self):
        for order in self:
            if not order.relation_id:
                raise ValidationError(
                    self.env._(
                        "%(customer)s is no customer of %(store)s yet. Register the customer in"
                        " the store first.",
                        customer=order.partner_id.name,
                        store=order.unit_id.name,
                    )
                )

    @api.constrains("lead_id", "partner_id", "unit_id")
    def _check_lead(self):
        for order in self.filtered("lead_id"):
            lead = order.lead_id
            if lead.partner_id != order.partner_id or lead.dealer_unit_id != order.unit_id:
                raise ValidationError(
                    self.env._(
                        "This lead is one of another customer or store. Choose a lead of %s, or"
                        " none for a direct buyer.",
                        order.partner_id.name,
                    )
                )

    @api.constrains("vin")
    def _check_vin(self):
        for order in self.filtered("vin"):
            try:
                parse_vin(order.vin)
            except FormatError as error:
                raise ValidationError(self.env._(error.message)) from error
            if order.state in ("draft", "ordered", "planned"):
                order._check_no_owner()

    @api.constrains("plate")
    def _check_plate(self):
        for order in self.filtered("plate"):
            try:
                parse_plate(order.plate)
            except FormatError as error:
                raise ValidationError(self.env._(error.message)) from error

    @api.constrains("ordered_on", "planned_on", "delivered_on")
    def _check_dates(self):
        for order in self:
            today = order._today()
            if order.ordered_on and order.ordered_on > today:
                raise ValidationError(
                    self.env._("The day of the order lies in the future. Enter today or before.")
                )
            if order.delivered_on and order.delivered_on > today:
                raise ValidationError(
                    self.env._("The day of delivery lies in the future. Plan the delivery instead.")
                )
            for field in ("planned_on", "delivered_on"):
                if order.ordered_on and order[field] and order[field] < order.ordered_on:
                    raise ValidationError(
                        self.env._(
                            "A car is not delivered before it was ordered on %s. Check the dates.",
                            order.ordered_on,
                        )
                    )

    def _check_as_user(self, field_names):
        """Nobody sells to a customer or on a lead that one cannot read."""
        result = super()._check_as_user(field_names)
        for field in {"partner_id", "lead_id"} & field_names:
            # Only the number is read as the system; the right is asked as the user.
            self.sudo()[field].sudo(False).check_access("read")
        if "planned_on" in field_names:
            for order in self.filtered("planned_on"):
                order._check_plan(order.planned_on)
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

    @api.onchange("lead_id")
    def _onchange_lead_id(self):
        for order in self.filtered("lead_id"):
            order.partner_id = order.partner_id or order.lead_id.partner_id
            order.brand = order.brand or order.lead_id.dealer_brand
            order.series = order.series or order.lead_id.dealer_series

    @api.onchange("vehicle_id")
    def _onchange_vehicle_id(self):
        for order in self.filtered("vehicle_id"):
            vehicle = order.vehicle_id
            order.vin = vehicle.vin
            for field in ("brand", "series", "color"):
                order[field] = vehicle[field] or order[field]

    @api.onchange("vin")
    def _onchange_vin(self):
        for order in self.filtered("vin"):
            order.vin = self._tidy({"vin": order.vin})["vin"]
            if order.vehicle_id.vin != order.vin:
                order.vehicle_id = False
            if not order.brand:
                order.brand = brand_of_vin(order.vin)

    @api.model_create_multi
    def create(self, vals_list):
        # What is tidied and checked may come as a default in the context, too.
        defaults = {
            field: self.env.context[f"default_{field}"]
            for field in ("plate", "vehicle_id", "vin")
            if f"default_{field}" in self.env.context
        }
        vals_list = [self._complete(self._tidy({**defaults, **vals})) for vals in vals_list]
        if not self.env.su:
            for vals in vals_list:
                # Each of them is named, so that no default of the context takes its place.
                vals.update(dict.fromkeys(SYSTEM_FIELDS & self._written_fields(), False))
                vals["state"] = "draft"
        for vals in vals_list:
            if not vals.get("name"):
                unit_id = vals.get("unit_id") or self.default_get(["unit_id"]).get("unit_id")
                if unit_id:
                    vals["name"] = self.env["dealer.unit"].browse(unit_id)._next_order_number()
        orders = super(DealerOrder, self.with_context(mail_create_nosubscribe=True)).create(
            vals_list
        )
        return orders.with_env(self.env)

    def write(self, vals):
        vals = self._tidy(vals)
        if not self.env.su:
            self._check_may_write(vals)
        sells = vals.keys() & {"state", "vehicle_id", "vin"}
        if sells:
            for order in self:
                if vals.get("state", order.state) in LIVE:
                    order._check_free(vals.get("vin", order.vin))
        with self._retry_at_once():
            result = super().write(vals)
            if sells:
                # The index answers now, while a second click can still be repeated.
                self.flush_recordset(["state", "vin"])
        return result

    @api.ondelete(at_uninstall=False)
    def _check_delete(self):
        if self.filtered(lambda order: order.state != "draft"):
            raise UserError(self.env._("Only drafts are deleted. Cancel the order instead."))

    @api.model
    def _written_fields(self):
        """Return the names of the stored fields that no compute fills."""
        return {name for name, field in self._fields.items() if field.store and not field.compute}

    @api.model
    def _complete(self, vals):
        """Take from the lead what the order of a lead says nothing of."""
        lead_id = vals.get("lead_id", self.env.context.get("default_lead_id"))
        if lead_id and "partner_id" not in vals and "default_partner_id" not in self.env.context:
            lead = self.env["crm.lead"].browse(lead_id)
            vals["partner_id"] = lead.partner_id.id
            vals.setdefault("brand", lead.dealer_brand)
            vals.setdefault("series", lead.dealer_series)
        return vals

    @api.model
    def _tidy(self, vals):
        """Return ``vals`` with VIN and plate in their stored form, and car and VIN in step."""
        vals = dict(vals)
        for field, parse in (("vin", parse_vin), ("plate", parse_plate)):
            if field not in vals:
                continue
            vals[field] = (vals[field] or "").strip() or False
            if vals[field]:
                try:
                    vals[field] = parse(vals[field]).value
                except FormatError:
                    continue  # the constraint says what is wrong
        if vals.get("vehicle_id"):
            vehicle = self.env["dealer.vehicle"].browse(vals["vehicle_id"])
            # Before anything is said of the car: a refusal would name its VIN.
            vehicle.check_access("read")
            vin = vehicle.vin
            if vals.setdefault("vin", vin) != vin or not vin:
                raise UserError(
                    self.env._("The VIN is not that of the chosen car. Empty one of the two.")
                )
        elif "vin" in vals:
            vals["vehicle_id"] = False
        return vals

    def _check_may_write(self, vals):
        """Refuse what is changed by a step only, and what was agreed already."""
        if SYSTEM_FIELDS & vals.keys():
            raise UserError(
                self.env._(
                    "The course of an order is changed by its buttons, which check and record it."
                )
            )
        leader = self.env.user._dealer_has_any(SALES_LEADERS)
        for order in self:
            if order.state == "draft":
                continue
            if PARTIES & vals.keys():
                raise UserError(
                    self.env._(
                        "%s is ordered: buyer, lead and store stay. Cancel it and write a new order"
                        " for another buyer.",
                        order.name,
                    )
                )
            if order.state in ("delivered", "cancelled") and (TERMS | DELIVERY) & vals.keys():
                raise UserError(
                    self.env._(
                        "%(order)s is closed (%(state)s) and stays as it is.",
                        order=order.name,
                        state=order._state_label(),
                    )
                )
            if leader:
                continue
            if "ordered_on" in vals:
                raise UserError(self.env._("The day of an order is corrected by the manager."))
            if order.state == "planned" and TERMS & vals.keys():
                raise UserError(
                    self.env._(
                        "The delivery of %s is planned: car and price are changed by the manager.",
                        order.name,
                    )
                )

    def _today(self):
        """Return the date of today on the wall of the store."""
        self.ensure_one()
        return self.unit_id._clock_local(fields.Datetime.now()).date()

    @api.model
    def _in_words(self, amount):
        """Return an amount of yuan in Chinese words, for print-outs."""
        return rmb_words(amount)

    def _state_label(self):
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    # ------------------------------------------------------------------ one car, one buyer

    def _check_free(self, vin):
        """Refuse a car that another order has; name that order to who may see it.

        :param str vin: number of the car in its stored form, may be empty
        :raise UserError: when the car is promised to somebody, or delivered
        """
        self.ensure_one()
        if not vin:
            return
        # Whether the car is free does not depend on who asks.
        other = self.sudo().search(
            Domain("vin", "=", vin) & Domain("state", "in", LIVE) & Domain("id", "!=", self.id),
            limit=1,
        )
        if not other:
            return
        # Steps write as the system; what the answer names is what the person may read.
        seen = other.sudo(False)._filtered_access("read")
        raise UserError(
            self.env._(
                "The car %(vin)s is sold by order %(order)s already. Choose another car, or cancel"
                " that order first.",
                vin=vin,
                order=seen.name,
            )
            if seen
            else self.env._("The car %s is sold by another order already. Choose another car.", vin)
        )

    def _check_no_owner(self):
        """Refuse a car on file that somebody but a store, or the buyer, owns.

        :raise ValidationError: used cars are not sold by this order yet
        """
        for order in self.filtered("vin"):
            owner = order._find_vehicle(order.vin).current_owner_id
            # Companies of the group are readable for few posts.
            stores = self.env["dealer.unit"].sudo().search([("company_id", "!=", False)])
            if owner and owner not in stores.company_id.partner_id | order.sudo().partner_id:
                raise ValidationError(
                    self.env._(
                        "The car %s belongs to a customer already. Check the VIN; used cars cannot"
                        " be sold by this order yet.",
                        order.vin,
                    )
                )

    @api.model
    def _find_vehicle(self, vin):
        """Return the car with this VIN, wherever it is on file, as the system sees it."""
        # A VIN is unique in the group; what is shown of a foreign car is that it has an owner.
        vehicles = self.env["dealer.vehicle"].sudo().with_context(active_test=False)
        return vehicles.search([("vin", "=", vin)], limit=1)

    @contextmanager
    def _retry_at_once(self):
        """Let Odoo repeat the request where another click was faster by a moment.

        Our snapshot cannot see the other's row, only the index does; the repeated request sees it,
        and :meth:`_check_free` names which order has the car.
        """
        try:
            yield
        except UniqueViolation as error:
            if error.diag.constraint_name == "dealer_order_vin_live_uniq":
                raise ConcurrencyError("car sold by another click") from error
            raise
