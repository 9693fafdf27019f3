from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools.cells import cell_after, less, moment_of
from ..tools.ground import Ask


class DealerCapacityBooking(models.Model):
    """Resources that are taken for something, all of them from one start on.

    Bookings are made and changed by ``dealer.capacity`` and the methods here only, because the ledger has to
    say the same as they do.
    """

    _name = "dealer.capacity.booking"
    _description = "Booking"
    _inherit = ["dealer.document.rights", "dealer.store.mixin", "dealer.queue.mixin"]
    _order = "start desc, id desc"

    _drain_limit = 200

    name = fields.Char(string="What For")
    job_id = fields.Many2one("dealer.capacity.job", index="btree_not_null", ondelete="set null")
    res_model = fields.Char(string="Document Model")
    res_id = fields.Many2oneReference(string="Document", model_field="res_model")
    document_name = fields.Char(compute="_compute_document_name", string="Concerns")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="set null"
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", index="btree_not_null", ondelete="set null"
    )
    line_ids = fields.One2many("dealer.capacity.booking.line", "booking_id", string="Takes")
    resource_ids = fields.Many2many(
        "dealer.capacity.resource",
        "dealer_capacity_booking_resource_rel",
        "booking_id",
        "resource_id",
        string="Resources",
    )
    start = fields.Datetime(required=True, index=True)
    stop = fields.Datetime(string="End", required=True)
    state = fields.Selection(
        [
            ("held", "Held"),
            ("confirmed", "Confirmed"),
            ("consumed", "Done"),
            ("released", "Released"),
        ],
        required=True,
        default="confirmed",
    )
    expires_at = fields.Datetime(string="Held Until")
    released_at = fields.Datetime()
    release_reason = fields.Char(string="Why Released")
    conflict = fields.Char(
        help="Why it can no longer take place as booked: a closure, leave or other hours came later."
    )
    conflict_kept = fields.Char(
        string="Kept All the Same", help="The conflict that somebody looked at and accepted."
    )
    in_conflict = fields.Boolean(compute="_compute_in_conflict", search="_search_in_conflict")

    _held_idx = models.Index("(expires_at, id) WHERE state = 'held'")
    _document_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")
    _unit_time_idx = models.Index("(unit_id, start)")
    _conflict_idx = models.Index("(unit_id, start) WHERE conflict IS NOT NULL")
    _stop_after_start = models.Constraint("CHECK (stop > start)", "An end comes after the start.")
    _held_until = models.Constraint(
        "CHECK ((state = 'held') = (expires_at IS NOT NULL))",
        "What is held is held until a moment.",
    )

    @api.depends("res_model", "res_id")
    def _compute_document_name(self):
        for model, bookings in self.grouped("res_model").items():
            names = {}
            if model and model in self.env:
                # The name is shown to whoever may read the booking, which asks the document.
                documents = self.env[model].sudo().browse(bookings.mapped("res_id")).exists()
                names = {document.id: document.display_name for document in documents}
            for booking in bookings:
                booking.document_name = names.get(booking.res_id, False)

    @api.depends("name", "job_id", "partner_id", "document_name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        jobs = self._job_words()
        for booking in self:
            # Whoever may read the booking may read for whom it is.
            known = booking.sudo()
            words = (jobs.get(booking), known.partner_id.name or booking.document_name)
            booking.display_name = " · ".join(filter(None, words)) or self.env._("Booking")

    def _job_words(self):
        """Return ``{booking: what is done}`` in the language of the reader; a hook."""
        # sudo: who sees a booking reads what is done in it; the name of a kind of work is no secret
        return {booking: booking.name or booking.sudo().job_id.name for booking in self}

    @api.depends("conflict", "conflict_kept", "state")
    def _compute_in_conflict(self):
        for booking in self:
            booking.in_conflict = (
                booking.conflict
                and booking.conflict != booking.conflict_kept
                and booking.state in ("held", "confirmed")
            )

    def _search_in_conflict(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Kept is compared with the conflict it was said of; a new one is to be looked at again.
        self.env["dealer.capacity.booking"].flush_model(["conflict", "conflict_kept", "state"])
        self.env.cr.execute(
            "SELECT id FROM dealer_capacity_booking WHERE conflict IS NOT NULL"
            " AND conflict IS DISTINCT FROM conflict_kept AND state IN ('held', 'confirmed')"
        )
        return Domain("id", "in", [number for (number,) in self.env.cr.fetchall()])

    # ------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------

    @api.model
    def _document_rights_free_domain(self):
        """Bookings of no document are as secret as the customer; the own ones are one's own."""
        mine = Domain("user_id", "=", self.env.uid)
        mine |= Domain("line_ids.resource_id.user_id", "=", self.env.uid)
        seen = self.env.user._dealer_relation_domain(self.env.companies.ids)
        customer = Domain("partner_id", "=", False)
        customer |= Domain("partner_id.dealer_relation_ids", "any", seen)
        return mine | (Domain("res_model", "=", False) & customer)

    def _check_change(self):
        """Refuse a change of bookings that are not the user's to change."""
        self.check_access("read")
        user = self.env.user
        if self.env.su or user._dealer_moves_bookings():
            return
        for booking in self.sudo():  # read above
            if booking.user_id == user:
                continue
            model = booking.res_model
            document = self.env[model].browse(booking.res_id) if model in self.env else None
            if document is None or not document.has_access("write"):
                raise AccessError(
                    self.env._(
                        "You change your own bookings; ask an advisor or manager for this one."
                    )
                )

    # ------------------------------------------------------------
    # Making
    # ------------------------------------------------------------

    @api.model
    def _prepare_booking(self, need, start, picks, unit, values, hold_minutes):
        """Return the values of a booking for what a hold took."""
        held = hold_minutes is not None
        return {
            **values,
            "unit_id": unit.id,
            "start": start,
            "stop": max(stop for _line, _resource, _start, stop, _units in picks),
            "state": "held" if held else "confirmed",
            "expires_at": fields.Datetime.now() + timedelta(minutes=hold_minutes)
            if held
            else False,
            "line_ids": self._prepare_lines(need, picks),
            "resource_ids": [fields.Command.set(list({pick[1] for pick in picks}))],
        }

    @api.model
    def _prepare_lines(self, need, picks):
        """Return the commands of lines for what a hold took."""
        return [
            fields.Command.create(
                {
                    "resource_id": resource,
                    "kind_id": need[line].kind,
                    "skill_ids": [fields.Command.set(sorted(need[line].skills))],
                    "minutes": need[line].minutes,
                    "units": units,
                    "start": begin,
                    "stop": end,
                }
            )
            for line, resource, begin, end, units in picks
        ]

    def _need(self, pinned=None):
        """Return ``[Ask]`` of what the booking needs, a line each, the same resources preferred.

        :param dict pinned: ``{line: resource id}`` that it has to be
        """
        self.ensure_one()
        pinned = pinned or {}
        return [
            Ask(
                kind=line.kind_id.id,
                skills=frozenset(line.skill_ids.ids),
                units=line.units,
                minutes=line.minutes,
                offset=int((line.start - self.start).total_seconds() // 60),
                resource=pinned.get(line),
                prefer=line.resource_id.id,
            )
            for line in self.line_ids
        ]

    def _cells(self):
        """Return ``{(resource id, cell): units}`` of what the bookings take."""
        cells = defaultdict(int)
        for line in self.line_ids:
            for place in line._cells():
                cells[place] += line.units
        return cells

    # ------------------------------------------------------------
    # Ending
    # ------------------------------------------------------------

    def _lock(self):
        """Lock bookings and look at them anew: two people may press at once."""
        self.lock_for_update()
        self.invalidate_recordset()

    def _confirm(self):
        """Keep what was held."""
        now = fields.Datetime.now()
        self._lock()
        for booking in self:
            if booking.state == "confirmed":
                continue
            if booking.state != "held" or booking.expires_at <= now:
                raise UserError(
                    self.env._(
                        "The time is no longer held for %s. Please choose one again.",
                        booking.display_name,
                    )
                )
            booking.write({"state": "confirmed", "expires_at": False})

    def _release(self, reason=False):
        """Give back what bookings took; done ones stay."""
        self._lock()
        ending = self.filtered(lambda booking: booking.state in ("held", "confirmed"))
        for booking in ending:
            self.env["dealer.capacity"]._free(booking._cells())
        ending.write(
            {
                "state": "released",
                "expires_at": False,
                "released_at": fields.Datetime.now(),
                "release_reason": reason,
                "conflict": False,
            }
        )
        ending._call_waiting()
        return ending

    def _consume(self):
        """Note that bookings took place; what is left of their time is free for others."""
        self._lock()
        now = moment_of(cell_after(fields.Datetime.now()))
        done = self.filtered(lambda booking: booking.state in ("held", "confirmed"))
        for booking in done:
            before = booking._cells()
            for line in booking.line_ids.filtered(lambda line: line.stop > now):
                line.stop = max(now, line.start)
            self.env["dealer.capacity"]._free(less(before, booking._cells()))
        done.write({"state": "consumed", "expires_at": False, "conflict": False})
        done._call_waiting()

    def _call_waiting(self):
        """Have the waiting list looked at: something has become free."""
        if self:
            self.env["dealer.capacity.waiting"]._look_again(
                self.unit_id, min(self.mapped("start")), max(self.mapped("stop"))
            )
            self._wake()

    def action_confirm(self):
        """Keep what was held."""
        self._check_change()
        self.sudo()._confirm()  # asked above; only the system writes bookings

    def action_release(self, reason=False):
        """Give the time back."""
        self._check_change()
        # Asked above; only the system writes bookings.
        self.sudo()._release(reason or self.env._("Released by %s", self.env.user.name))

    def action_consume(self):
        """Note that it took place."""
        self._check_change()
        early = self.filtered(lambda booking: booking.start > fields.Datetime.now())
        if early:
            raise UserError(
                self.env._("%s has not begun yet; release it instead.", early[0].display_name)
            )
        self.sudo()._consume()  # asked above; only the system writes bookings

    def action_keep(self):
        """Keep bookings all the same: somebody has looked at the conflict and settled it."""
        self._check_change()
        for booking in self.sudo():  # asked above; only the system writes bookings
            booking.conflict_kept = booking.conflict

    def action_open_document(self):
        """Open what the booking is for; whether it may be read is asked there."""
        self.ensure_one()
        self.check_access("read")
        if not self.res_model or self.res_model not in self.env:
            raise UserError(self.env._("This booking is for no document."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------
    # The drain: what expires, what was given back, what is in conflict, who waits
    # ------------------------------------------------------------

    @api.model
    def _drain(self, limit=500):
        """Release what was held too long, settle the ledger, list conflicts, make offers."""
        released = self._expire(limit)
        self.env.flush_all()
        settled = self.env["dealer.capacity"]._settle(limit)
        claims = self.env["dealer.capacity.claim"]._forget(limit)
        checked = self._look_for_conflicts()
        lapsed = self.env["dealer.capacity.waiting"]._lapse()
        offered = self.env["dealer.capacity.waiting"]._make_offers(limit)
        done = released + settled + claims + checked + lapsed + offered
        return done, limit in (released, settled, claims, offered)

    @api.model
    def _expire(self, limit):
        """Release held bookings whose time is over."""
        due = self.search(
            [("state", "=", "held"), ("expires_at", "<=", fields.Datetime.now())],
            limit=limit,
            order="expires_at, id",
        ).try_lock_for_update()
        due.invalidate_recordset()
        due = due.filtered(lambda booking: booking.state == "held")
        due._release(self.env._("Not confirmed in time"))
        return len(due)
