import logging
from contextlib import contextmanager, suppress
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import (
    AccessError,
    ConcurrencyError,
    RedirectWarning,
    UserError,
    ValidationError,
)
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_relation import BINDING_FIELDS, SALES_LEADERS
from odoo.addons.dealer_base.tools import FormatError, parse_plate

#: Who registers visits and says who receives them.
DESK = ("dealer_base.group_reception", *SALES_LEADERS)
#: Purposes that count in the rates of the showroom; the others (非意向) are out of every rate.
INTENT = ("look", "drive", "negotiate", "order")
OPEN = ("waiting", "receiving")
#: What no client writes: it follows from the steps of a visit, or is worked out.
SYSTEM_FIELDS = {
    "cancel_reason",
    "card_made",
    "clerk_id",
    "closed_at",
    "company_id",
    "completed_at",
    "consultant_id",
    "contact_kept",
    "corrected",
    "in_turn",
    "interaction_id",
    "is_complete",
    "is_intent",
    "left_at",
    "occasion",
    "partner_id",
    "received_at",
    "registered_at",
    "return_remark",
    "returned",
    "state",
    "stay_band",
    "stay_minutes",
    "unit_id",
    "wait_minutes",
    "was_returned",
    "wished",
}
#: What the clerk witnessed; changing it later is a correction that the clerk's figures show.
WITNESSED = {"arrived_at", "invited", "party_size", "plate", "purpose", "relation_id"}
#: What the consultant adds to a visit of the own.
COMPLETION = {"brand", "drove", "note", "plate", "result", "series", "source_id", "visitor_name"}
COMPLETION |= {"insight_picks"}
#: Later than this after registering, a changed fact is a correction.
CORRECTION_GRACE = timedelta(minutes=10)
#: Later than this the figures of the day stand, and only managers change them.
CORRECTION_HOURS = timedelta(hours=24)
#: Clocks of desks and server differ a little.
CLOCK_SLACK = timedelta(minutes=2)


class DealerVisit(models.Model):
    """A visit of one party to the showroom, registered by the clerk (B5, 展厅接待)."""

    _name = "dealer.visit"
    _description = "Showroom Visit"
    _inherit = ["mail.thread", "dealer.store.mixin", "dealer.clock.mixin"]
    _order = "arrived_at desc, id desc"
    _rec_names_search = ("visitor_name", "plate")

    unit_id = fields.Many2one(index=False)  # _unit_arrived_idx begins with it
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("receiving", "Being Received"),
            ("left", "Left"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand="_group_expand_state",
    )
    clerk_id = fields.Many2one(
        "res.users",
        string="Registered By",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: self.env.user,
    )
    registered_at = fields.Datetime(
        string="Registered On",
        required=True,
        readonly=True,
        copy=False,
        default=fields.Datetime.now,
    )
    arrived_at = fields.Datetime(
        string="Arrived", required=True, copy=False, default=fields.Datetime.now, tracking=True
    )
    received_at = fields.Datetime(string="Received", readonly=True, copy=False)
    left_at = fields.Datetime(string="Left On", readonly=True, copy=False, tracking=True)
    closed_at = fields.Datetime(string="Closed On", readonly=True, copy=False)
    wait_minutes = fields.Integer(
        string="Waited (min)",
        compute="_compute_wait_minutes",
        store=True,
        aggregator="avg",
        help="Minutes from arrival until a consultant received the guests.",
    )
    stay_minutes = fields.Integer(
        string="Stayed (min)", compute="_compute_stay", store=True, aggregator="avg"
    )
    stay_band = fields.Selection(
        [
            ("short", "Under 15 Minutes"),
            ("medium", "15 to 30 Minutes"),
            ("long", "Over 30 Minutes"),
        ],
        string="Length of Stay",
        compute="_compute_stay",
        store=True,
    )
    party_size = fields.Integer(string="Guests", required=True, default=1)
    purpose = fields.Selection(
        [
            ("look", "Look at Cars"),
            ("drive", "Test Drive"),
            ("negotiate", "Bargain"),
            ("order", "Order a Car"),
            ("delivery", "Take Delivery"),
            ("paperwork", "Paperwork"),
            ("refund", "Cancel an Order"),
            ("service", "Repair and Maintenance"),
            ("other", "Other"),
        ],
        required=True,
        default="look",
        tracking=True,
    )
    is_intent = fields.Boolean(
        string="Counts in the Rates",
        compute="_compute_is_intent",
        store=True,
        help="Guests who may buy. Delivery, paperwork, cancelled orders and service are out of"
        " every rate.",
    )
    invited = fields.Boolean(help="The guests came on our invitation, not by themselves.")
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer Card",
        index="btree_not_null",
        ondelete="set null",
        domain="[('unit_id', '=', unit_id)]",
        tracking=True,
    )
    partner_id = fields.Many2one(
        related="relation_id.partner_id", string="Customer", store=True, index="btree_not_null"
    )
    phone_masked = fields.Char(related="relation_id.phone_masked", string="Phone (masked)")
    card_made = fields.Boolean(
        string="Card Made at This Visit",
        readonly=True,
        copy=False,
        help="The customer was not on file in this store before.",
    )
    visitor_name = fields.Char(string="Name as Said")
    plate = fields.Char(index="trigram")
    brand = fields.Char()
    series = fields.Char(string="Series of Interest")
    source_id = fields.Many2one("utm.source", string="Heard of Us By", index="btree_not_null")
    consultant_id = fields.Many2one("res.users", index="btree_not_null", tracking=True)
    wished = fields.Boolean(
        string="Wished by the Customer", help="The customer asked for this consultant by name."
    )
    in_turn = fields.Boolean(
        readonly=True,
        copy=False,
        help="The visit used up the consultant's turn: neither wished nor the own customer.",
    )
    occasion = fields.Selection(
        [
            ("first", "First Visit"),
            ("known", "First Visit, on File Before"),
            ("repeat", "Repeated Visit"),
        ],
        compute="_compute_occasion",
        store=True,
        help="Worked out from the earlier visits of this customer in this store.",
    )
    contact_kept = fields.Boolean(
        compute="_compute_contact_kept",
        store=True,
        compute_sudo=True,
        help="Name and phone number of the customer are on file.",
    )
    drove = fields.Boolean(string="Drove a Car")
    result = fields.Selection(
        [
            ("continue", "To Follow Up"),
            ("revisit", "Next Visit Agreed"),
            ("ordered", "Ordered"),
            ("done", "Business Done"),
            ("no_interest", "No Interest"),
            ("unserved", "Left without Being Received"),
        ],
        copy=False,
        tracking=True,
    )
    note = fields.Text(string="What Happened", copy=False)
    is_complete = fields.Boolean(string="Complete", compute="_compute_is_complete", store=True)
    missing = fields.Char(string="Still Missing", compute="_compute_missing")
    returned = fields.Boolean(
        string="Sent Back",
        readonly=True,
        copy=False,
        help="The clerk sent the record back to the consultant to be completed.",
    )
    was_returned = fields.Boolean(string="Was Sent Back", readonly=True, copy=False)
    return_remark = fields.Char(string="Clerk's Remark", readonly=True, copy=False)
    completed_at = fields.Datetime(string="Completed On", readonly=True, copy=False)
    corrected = fields.Boolean(
        readonly=True, copy=False, help="What was witnessed was changed later."
    )
    cancel_reason = fields.Char(readonly=True, copy=False)
    interaction_id = fields.Many2one(
        "dealer.interaction",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    is_mine = fields.Boolean(compute="_compute_rights")
    is_desk = fields.Boolean(compute="_compute_rights")

    _party_size = models.Constraint(
        "CHECK (party_size BETWEEN 1 AND 99)", "Guests: a number from 1 to 99."
    )
    _stay = models.Constraint(
        "CHECK (left_at IS NULL OR left_at >= arrived_at)",
        "Nobody leaves before arriving. Check the two times.",
    )
    _closing = models.Constraint(
        "CHECK (state <> 'left' OR (left_at IS NOT NULL AND result IS NOT NULL))",
        "A visit is closed with its result.",
    )
    _cancelling = models.Constraint(
        "CHECK (state <> 'cancelled' OR COALESCE(cancel_reason, '') <> '')",
        "A visit is cancelled with a reason.",
    )
    _open_relation_uniq = models.UniqueIndex(
        "(relation_id) WHERE relation_id IS NOT NULL AND state IN ('waiting', 'receiving')",
        "This customer is in the showroom already.",
    )
    _open_plate_uniq = models.UniqueIndex(
        "(unit_id, plate) WHERE plate IS NOT NULL AND state IN ('waiting', 'receiving')",
        "The guests of this car are in the showroom already.",
    )
    _unit_arrived_idx = models.Index("(unit_id, arrived_at DESC)")
    _open_idx = models.Index("(unit_id) WHERE state IN ('waiting', 'receiving')")

    @api.model
    def _group_expand_state(self, _states, _domain):
        """Show the columns of the board also where they are empty."""
        return ["waiting", "receiving", "left"]

    @api.depends("visitor_name", "relation_id.partner_name", "plate", "arrived_at")
    def _compute_display_name(self):
        for visit in self:
            visit.display_name = visit._guest_name()

    @api.depends("arrived_at", "received_at")
    def _compute_wait_minutes(self):
        for visit in self:
            waited = (visit.received_at or visit.arrived_at) - visit.arrived_at
            visit.wait_minutes = max(0, waited.total_seconds() // 60)

    @api.depends("arrived_at", "left_at")
    def _compute_stay(self):
        for visit in self:
            visit.stay_minutes, visit.stay_band = 0, False
            if visit.left_at:
                visit.stay_minutes = (visit.left_at - visit.arrived_at).total_seconds() // 60
                visit.stay_band = (
                    "short"
                    if visit.stay_minutes < 15
                    else "medium"
                    if visit.stay_minutes <= 30
                    else "long"
                )

    @api.depends("purpose")
    def _compute_is_intent(self):
        for visit in self:
            visit.is_intent = visit.purpose in INTENT

    @api.depends("partner_id", "unit_id", "arrived_at", "state", "purpose", "card_made")
    def _compute_occasion(self):
        earlier = {}
        for other in self._siblings().sorted(lambda other: (other.arrived_at, other.id)):
            earlier.setdefault((other.partner_id, other.unit_id), []).append(other)
        for visit in self:
            others = earlier.get((visit.partner_id, visit.unit_id), [])
            me = visit.arrived_at, visit._origin.id or float("inf")
            if any(
                other.state != "cancelled"
                and other.is_intent
                and (other.arrived_at, other.id) < me
                and other != visit._origin
                for other in others
            ):
                visit.occasion = "repeat"
            elif (
                visit.partner_id
                and not visit.card_made
                # The card was made at a registration that was taken back.
                and not any(other.card_made and other.state == "cancelled" for other in others)
            ):
                visit.occasion = "known"
            else:
                visit.occasion = "first"

    @api.depends("relation_id.partner_id.phone_normalized", "relation_id.partner_id.name")
    def _compute_contact_kept(self):
        for visit in self:
            partner = visit.relation_id.partner_id
            visit.contact_kept = bool(partner.phone_normalized and (partner.name or "").strip())

    def _missing_fields(self):
        """Return the names of the fields that the record still lacks."""
        self.ensure_one()
        if self.result == "unserved":
            return []  # whom nobody received nobody can ask
        lacks = [] if self.visitor_name or self.relation_id else ["visitor_name"]
        if self.is_intent:
            needed = ("consultant_id", "series", "source_id")
            lacks += [field for field in needed if not self[field]]
        return lacks

    @api.depends(
        "visitor_name",
        "relation_id",
        "is_intent",
        "consultant_id",
        "series",
        "source_id",
        "result",
    )
    def _compute_is_complete(self):
        for visit in self:
            visit.is_complete = not visit._missing_fields()

    @api.depends("is_complete")
    @api.depends_context("lang")
    def _compute_missing(self):
        for visit in self:
            visit.missing = self.env._(", ").join(
                self._fields[field]._description_string(self.env)
                for field in visit._missing_fields()
            )

    @api.depends("consultant_id")
    @api.depends_context("uid")
    def _compute_rights(self):
        desk = self.env.user._dealer_has_any(DESK)
        for visit in self:
            visit.is_desk = desk
            visit.is_mine = visit.consultant_id == self.env.user

    @api.constrains("arrived_at", "left_at", "received_at")
    def _check_times(self):
        latest = fields.Datetime.now() + CLOCK_SLACK
        for visit in self:
            if visit.arrived_at > latest or (visit.left_at and visit.left_at > latest):
                raise ValidationError(
                    self.env._(
                        "This time lies in the future. Visits are registered as they happen."
                    )
                )
            if visit.received_at and visit.received_at < visit.arrived_at - CLOCK_SLACK:
                raise ValidationError(
                    self.env._("The guests were received before this time of arrival.")
                )

    @api.constrains("relation_id", "unit_id")
    def _check_relation(self):
        # Whether card and visit are of one store is no secret.
        for visit in self.sudo():
            if visit.relation_id and visit.relation_id.unit_id != visit.unit_id:
                raise ValidationError(
                    self.env._("The card and the visit belong to different stores.")
                )

    @api.constrains("plate")
    def _check_plate(self):
        for visit in self.filtered("plate"):
            try:
                parse_plate(visit.plate)
            except FormatError as error:
                raise ValidationError(self.env._(error.message)) from error

    @api.constrains("consultant_id", "unit_id")
    def _check_consultant(self):
        for visit in self:
            # Companies and posts of colleagues are not readable for every post.
            user = visit.consultant_id.sudo()
            if user and not (
                visit.unit_id.company_id in user.company_ids
                and user._dealer_has_any(BINDING_FIELDS["consultant_id"])
            ):
                raise ValidationError(
                    self.env._(
                        "%(person)s does not receive customers in %(store)s.",
                        person=user.name,
                        store=visit.unit_id.name,
                    )
                )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "relation_id" in field_names:
            # Nobody hangs a card on a visit without the right to read the card.
            self.sudo().relation_id.sudo(False).check_access("read")
        return result

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._tidy(vals) for vals in vals_list]
        if not self.env.su:
            for vals in vals_list:
                self._prepare_as_user(vals)
        self._check_not_here(vals_list)
        with self._retry_at_once():
            visits = super(DealerVisit, self.with_context(mail_create_nosubscribe=True)).create(
                vals_list
            )
        visits = visits.with_env(self.env)
        visits._refresh_siblings()
        visits._sync_interaction()
        visits._tell_consultants()
        return visits

    def write(self, vals):
        vals = self._tidy(vals)
        if not self.env.su:
            self._check_may_write(vals)
        if self._opens(vals):
            self._check_not_here([{**visit._here_key(), **vals} for visit in self], self)
        partners = self.partner_id
        receivers = {visit.id: visit.consultant_id for visit in self}
        with self._retry_at_once():
            result = super().write(vals)
            if self._opens(vals):
                self.flush_recordset(["relation_id", "plate", "state"])
        if vals.keys() & {"relation_id", "unit_id", "arrived_at", "state", "purpose", "card_made"}:
            self._refresh_siblings(partners)
        if vals.keys() & {
            "relation_id",
            "arrived_at",
            "left_at",
            "received_at",
            "state",
            "result",
            "note",
        }:
            self._sync_interaction()
        if "consultant_id" in vals:
            self.filtered(
                lambda visit: visit.consultant_id != receivers[visit.id]
            )._tell_consultants()
        return result

    @api.model
    def _mail_get_partner_fields(self, introspect_fields=False):
        # Remarks on a visit are for colleagues; the desk may not even read the customer's address.
        return []

    @api.model
    def _tidy(self, vals):
        """Return ``vals`` with the plate in its stored form where it can be read at all."""
        if "plate" in vals:
            plate = (vals["plate"] or "").strip() or False
            # What cannot be read stays as it is; the constraint says what is wrong.
            with suppress(FormatError):
                plate = parse_plate(plate).value if plate else False
            vals = {**vals, "plate": plate}
        return vals

    # ------------------------------------------------------------------ who may

    @api.model
    def _prepare_as_user(self, vals):
        """Let a person register a visit that begins, and nothing that follows from later steps."""
        if not self.env.user._dealer_has_any(DESK):
            raise AccessError(self.env._("Visits are registered by the information clerk."))
        defaults = self.default_get(["relation_id", "consultant_id", "wished"])
        vals.update({field: vals.get(field, value) for field, value in defaults.items()})
        unit_id = vals.get("unit_id", self.default_get(["unit_id"]).get("unit_id"))
        # Before anything is said of guests who are here: only of the own store, only by the card.
        unit = self.env["dealer.unit"].sudo().browse(unit_id or [])
        if unit.company_id not in self.env.companies:
            raise AccessError(self.env._("You register customers of your own store."))
        self._check_card(vals)
        consultant_id, wished = vals.get("consultant_id"), vals.get("wished")
        # Whose customer it is stands on the card, which the desk reads.
        own = self.env["dealer.relation"].sudo().browse(vals.get("relation_id") or []).consultant_id
        # Each of them is named, so that no default of the context takes its place.
        vals.update(dict.fromkeys(SYSTEM_FIELDS & self._written_fields(), False))
        vals.update(
            {
                "clerk_id": self.env.uid,
                "registered_at": fields.Datetime.now(),
                "state": "waiting",
                "unit_id": unit_id,
                "consultant_id": consultant_id,
                "wished": wished and bool(consultant_id),
                "in_turn": bool(consultant_id) and not wished and own.id != consultant_id,
            }
        )

    @api.model
    def _written_fields(self):
        """Return the names of the stored fields that no compute fills."""
        return {name for name, field in self._fields.items() if field.store and not field.compute}

    @api.model
    def _check_card(self, vals):
        card = self.env["dealer.relation"].browse(vals.get("relation_id") or [])
        if not card.has_access("read"):
            raise AccessError(
                self.env._(
                    "This customer is served by another team or store. Ask the information clerk to"
                    " register the visit."
                )
            )

    def _check_may_write(self, vals):
        """Refuse corrections by who may not make them; note those that are made."""
        if SYSTEM_FIELDS & vals.keys():
            raise UserError(
                self.env._("The course of a visit is changed by its buttons, which keep the times.")
            )
        self._check_card(vals)
        user = self.env.user
        now = fields.Datetime.now()
        if not user._dealer_has_any(SALES_LEADERS):
            desk = user._dealer_has_any(DESK)
            for visit in self:
                fresh = now - visit.registered_at < CORRECTION_HOURS
                mine = visit.consultant_id == user
                if desk and fresh:
                    continue
                if desk and not mine:
                    raise UserError(
                        self.env._(
                            "After 24 hours the figures of the day stand. A manager corrects them."
                        )
                    )
                if not mine or vals.keys() - COMPLETION:
                    raise AccessError(
                        self.env._(
                            "What the clerk witnessed is corrected by the clerk or a manager. You"
                            " complete the visits given to you."
                        )
                    )
                if not fresh and visit.is_complete and not visit.returned:
                    raise UserError(
                        self.env._(
                            "After 24 hours the figures of the day stand. A manager corrects them."
                        )
                    )
        corrected = self.filtered(
            lambda visit: (
                now - visit.registered_at > CORRECTION_GRACE
                and not visit.corrected
                and any(
                    visit[field]
                    and visit[field]
                    != visit._fields[field].convert_to_record(
                        visit._fields[field].convert_to_cache(vals[field], visit), visit
                    )
                    for field in WITNESSED & vals.keys()
                )
            )
        )
        # The clerk's figures are kept by the system.
        corrected.sudo().corrected = True

    def _check_desk(self):
        self.check_access("write")
        if not self.env.su and not self.env.user._dealer_has_any(DESK):
            raise AccessError(self.env._("This is done by the information clerk or a manager."))

    def _check_serves(self):
        """Refuse who neither serves this visit nor sits at the desk."""
        self.check_access("write")
        if not self.env.su and not (self.is_mine or self.is_desk):
            raise AccessError(
                self.env._("This is done by the consultant of the visit or the information clerk.")
            )

    def _expect(self, *states):
        """Refuse a step that does not fit the state any more, in words that say what to do."""
        self.ensure_one()
        if self.state not in states:
            raise UserError(
                self.env._(
                    "%(guest)s: the visit is now “%(state)s”. Load the page anew to see it.",
                    guest=self._guest_name(),
                    state=dict(self._fields["state"]._description_selection(self.env))[self.state],
                )
            )

    # ------------------------------------------------------------------ once only

    def _here_key(self):
        return {
            "unit_id": self.unit_id.id,
            "relation_id": self.relation_id.id,
            "plate": self.plate,
            "state": self.state,
        }

    @api.model
    def _opens(self, vals):
        return bool(vals.keys() & {"relation_id", "plate", "state", "unit_id"})

    @api.model
    def _check_not_here(self, rows, but=None):
        """Say who registered these guests already, with a way there.

        :param rows: list of dicts with ``unit_id``, ``relation_id``, ``plate``, ``state``
        :param but: visits that these rows are about
        """
        for row in rows:
            if row.get("state", "waiting") not in OPEN:
                continue
            relation_id, plate = row.get("relation_id"), row.get("plate")
            unit_id = row.get("unit_id") or self.default_get(["unit_id"]).get("unit_id")
            same = Domain.FALSE
            if relation_id:
                same |= Domain("relation_id", "=", relation_id)
                self._only_here(f"relation {relation_id}")
            if plate:
                same |= Domain("plate", "=", plate) & Domain("unit_id", "=", unit_id)
                self._only_here(f"plate {unit_id} {plate}")
            if same.is_false():
                continue
            # Guests are in the house or not, whoever asks; the button opens what one may see.
            here = self.sudo().search(
                same & Domain("state", "in", OPEN) & Domain("id", "not in", but.ids if but else []),
                limit=1,
            )
            if here:
                raise here._already_here()

    @api.model
    def _only_here(self, key):
        """Let Odoo repeat the request where another desk registers the same guests right now."""
        [(free,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s))", f"{self._name} {key}")
        )
        if not free:
            message = "another desk is registering these guests"
            raise ConcurrencyError(message)

    def _already_here(self):
        minutes = int((fields.Datetime.now() - self.registered_at).total_seconds() // 60)
        warning = RedirectWarning(
            self.env._(
                "%(guest)s is registered already, %(minutes)s minutes ago by %(clerk)s.",
                guest=self._guest_name(),
                minutes=max(0, minutes),
                clerk=self.clerk_id.name,
            ),
            self._open_action(),
            self.env._("Open the Visit"),
        )
        # It happens every day; without a level Odoo would log a fault with its traceback.
        warning.loglevel = logging.INFO
        return warning

    @contextmanager
    def _retry_at_once(self):
        """Let Odoo repeat the request where another desk was done a moment ago.

        Our snapshot cannot see the other's row, only the index does; the repeated request sees it,
        and :meth:`_check_not_here` names who registered the guests.
        """
        try:
            yield
        except UniqueViolation as error:
            if (error.diag.constraint_name or "").startswith(f"{self._table}_open_"):
                raise ConcurrencyError("visit registered at another desk") from error
            raise

    # ------------------------------------------------------------------ names and earlier visits

    def _guest_name(self):
        self.ensure_one()
        return (
            self.visitor_name
            # The name on the card is what whoever reads the visit may know.
            or self.sudo().relation_id.partner_name
            or self.plate
            or self.env._("Guest")
        )

    def _siblings(self, partners=None):
        """Return all visits of these customers in these stores, cancelled ones included."""
        partners = self.partner_id | (partners or self.env["res.partner"])
        if not partners:
            return self.browse()
        # How often a customer came does not depend on who asks.
        return self.sudo().search_fetch(
            Domain("partner_id", "in", partners.ids) & Domain("unit_id", "in", self.unit_id.ids),
            ["partner_id", "unit_id", "arrived_at", "state", "is_intent", "card_made"],
        )

    def _refresh_siblings(self, partners=None):
        """Work out anew which visit of these customers is the first."""
        others = self._siblings(partners) - self
        self.env.add_to_compute(self._fields["occasion"], others)
