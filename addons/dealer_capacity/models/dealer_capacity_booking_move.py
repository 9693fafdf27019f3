from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.cells import less
from ..tools.opening import hours_of, local_of

#: A conflict is looked for so far ahead.
HORIZON = timedelta(days=400)


class DealerCapacityBooking(models.Model):
    _name = "dealer.capacity.booking"
    _inherit = "dealer.capacity.booking"

    # ------------------------------------------------------------
    # Moving
    # ------------------------------------------------------------

    def move(self, start, line_id=None, resource_id=None):
        """Move a booking to another start and, if wished, a line of it to another resource.

        All or nothing, by the same rules as a new booking; what it has already it may keep.

        :param start: naive UTC moment or its text
        """
        self.ensure_one()
        self._check_change()
        # Asked above; only the system writes bookings.
        booking = self.sudo()
        line = booking.line_ids.browse(line_id or [])
        if line - booking.line_ids:
            raise UserError(self.env._("This line is of another booking."))
        pinned = {}
        if resource_id:
            line = line or booking.line_ids[:1]
            pinned[line] = self._check_resource(line, resource_id).id
        booking._move(start, pinned)

    def _own(self):
        """Return what the booking has already as ``[(resource id, cell, units)]``."""
        return [(resource, cell, units) for (resource, cell), units in self._cells().items()]

    def _times(self, start, stop):
        """Return the times to which the booking could be moved, as ``_availability`` does."""
        self.ensure_one()
        return self.env["dealer.capacity"]._availability(
            self._need(), start, stop, self.unit_id.id, self._own()
        )

    def action_move(self):
        """Show the times to which the booking can be moved."""
        self.ensure_one()
        self._check_change()
        # The hours of the own store are no secret.
        zone = self.unit_id.sudo().calendar_id.tz or "UTC"
        day = local_of(max(self.start, fields.Datetime.now()), zone).date()
        book = self.env["dealer.capacity.book"].create(
            {"booking_id": self.id, "unit_id": self.unit_id.id, "day": day}
        )
        return book._reopen()

    def _check_resource(self, line, resource_id):
        resource = self.env["dealer.capacity.resource"].browse(resource_id)
        resource.check_access("read")
        if resource.kind_id != line.kind_id:
            raise UserError(
                self.env._(
                    "%(resource)s is no %(kind)s.",
                    resource=resource.name,
                    kind=line.kind_id.name,
                )
            )
        missing = line.skill_ids - resource.skill_ids
        if missing:
            raise UserError(
                self.env._(
                    "%(resource)s does not have what is needed: %(skills)s.",
                    resource=resource.name,
                    skills=", ".join(missing.mapped("name")),
                )
            )
        return resource

    def _move(self, start, pinned=None, need=None):
        """Move a booking; ``pinned`` as in :meth:`_need`.

        :param need: what it is to take from now on, as ``dealer.capacity._need`` reads it
        """
        self.ensure_one()
        engine = self.env["dealer.capacity"]
        start = engine._start(start)
        self._lock()
        if self.state not in ("held", "confirmed"):
            raise UserError(self.env._("Only what is held or confirmed can be moved."))
        need = engine._need(need) if need else self._need(pinned)
        before = self._cells()
        key, picks = engine._hold(need, start, self.unit_id, self._own())

        def rewrite(_bookings):
            self.line_ids.unlink()
            self.write(
                {
                    "start": start,
                    "stop": max(stop for _line, _resource, _start, stop, _units in picks),
                    "line_ids": self._prepare_lines(need, picks),
                    "resource_ids": [fields.Command.set(list({pick[1] for pick in picks}))],
                    "conflict": False,
                    "conflict_kept": False,
                }
            )
            return self

        span = self.start, self.stop
        engine._claim(key, rewrite)
        engine._free(less(before, self._cells()))
        self.env["dealer.capacity.waiting"]._look_again(self.unit_id, *span)
        self._wake()

    # ------------------------------------------------------------
    # Swapping persons
    # ------------------------------------------------------------

    def swap(self, line_id, resource_id):
        """Give a line to another resource; who has that one at this time gets ours for it.

        The advisor may know better than the plan who should do what.
        """
        self.ensure_one()
        self._check_change()
        # Asked above; only the system writes bookings.
        line = self.sudo().line_ids.filtered(lambda line: line.id == line_id)
        if not line:
            raise UserError(self.env._("This line is of another booking."))
        resource = self._check_resource(line, resource_id)
        if resource == line.resource_id:
            return
        rivals = line.search(
            [
                ("resource_id", "=", resource.id),
                ("start", "<", line.stop),
                ("stop", ">", line.start),
                ("booking_id.state", "in", ("held", "confirmed", "consumed")),
            ]
        )
        if not rivals or resource.units > 1:
            line.booking_id._move(line.booking_id.start, {line: resource.id})
            return
        if len(rivals) > 1 or (rivals.start, rivals.stop, rivals.units) != (
            line.start,
            line.stop,
            line.units,
        ):
            raise UserError(
                self.env._(
                    "%(resource)s has another booking that does not begin and end at the same time; move"
                    " that one first.",
                    resource=resource.name,
                )
            )
        # What the other loses by it is asked like any change of it.
        rivals.booking_id.with_user(self.env.user)._check_change()
        self._check_resource(rivals, line.resource_id.id)
        self._exchange(line, rivals)

    def _exchange(self, line, other):
        """Let two lines of the same time have each other's resource; the ledger stays as it is."""
        bookings = (line.booking_id | other.booking_id).sorted("id")
        bookings._lock()
        (line | other).invalidate_recordset()
        if not all(booking.state in ("held", "confirmed") for booking in bookings):
            raise UserError(self.env._("Only what is held or confirmed can be moved."))
        ours, theirs = line.resource_id, other.resource_id
        line.resource_id, other.resource_id = theirs, ours
        for booking in bookings:
            booking.resource_ids = booking.line_ids.resource_id

    # ------------------------------------------------------------
    # Conflicts
    # ------------------------------------------------------------

    @api.model
    def _look_for_conflicts(self):
        """Look through the coming bookings of resources whose hours, skills or number changed.

        :return: how many resources were looked at for the last time
        """
        now = fields.Datetime.now()
        resources = self.env["dealer.capacity.resource"].with_context(active_test=False)
        marked = resources.search([("recheck_until", "!=", False)], limit=500)
        for unit, group in marked.grouped("unit_id").items():
            self._mark_conflicts(unit, group)
        over = marked.filtered(lambda resource: resource.recheck_until <= now)
        over.recheck_until = False
        return len(over)

    @api.model
    def _mark_conflicts(self, unit, resources):
        """Write or wipe the conflicts of the coming bookings that take ``resources``."""
        now = fields.Datetime.now()
        coming = [
            ("resource_id", "in", resources.ids),
            ("stop", ">", now),
            ("start", "<", now + HORIZON),
            ("booking_id.state", "in", ("held", "confirmed")),
        ]
        bookings = self.env["dealer.capacity.booking.line"].search(coming).booking_id
        if not bookings:
            return
        lines = bookings.line_ids
        engine = self.env["dealer.capacity"]
        hours = self._hours_of(unit, lines)
        problems = defaultdict(list)
        for line in lines.sorted("id"):
            problem = line._conflict(*hours)
            if problem:
                problems[line.booking_id].append(problem)
        for booking, words in self._over_units(lines):
            problems[booking].append(words)
        for booking in bookings:
            words = engine._join(list(dict.fromkeys(problems[booking]))) or False
            if booking.conflict != words:
                booking.conflict = words

    @api.model
    def _hours_of(self, unit, lines):
        """Return ``(base cell, {resource id: Hours})`` around the lines."""
        engine = self.env["dealer.capacity"]
        self.env.flush_all()
        from_cell, size = engine._range(min(lines.mapped("start")), max(lines.mapped("stop")))
        supplies, calendars, companies = engine._load_supplies(
            unit.id, [], ids=lines.resource_id.ids
        )
        loaded = engine._load_hours(supplies, calendars, companies, unit.id, from_cell, size)
        hours = {supply.id: hours_of(*row, from_cell, size) for supply, row in loaded.items()}
        return from_cell, hours

    @api.model
    def _over_units(self, lines):
        """Yield ``(booking, words)`` of what is too much for resources that have fewer units now."""
        for resource, group in lines.grouped("resource_id").items():
            used = defaultdict(int)
            # Who came last is in the way of those who came first.
            for line in group.sorted("id"):
                cells = [cell for _resource, cell in line._cells()]
                if any(used[cell] + line.units > resource.units for cell in cells):
                    yield (
                        line.booking_id,
                        self.env._(
                            "%(resource)s has only %(units)s units now",
                            resource=resource.name,
                            units=resource.units,
                        ),
                    )
                for cell in cells:
                    used[cell] += line.units

    def action_next_free(self):
        """Move bookings to the next time at which all that they need is free."""
        self._check_change()
        for booking in self.sudo():  # asked above; only the system writes bookings
            start = booking._next_free()
            if not start:
                raise UserError(
                    self.env._(
                        "Nothing is free for %s in the next seven days; move it by hand or release it.",
                        booking.display_name,
                    )
                )
            booking._move(start)

    def _next_free(self):
        """Return the next start, from the booking's own on, at which its need can be met, or None."""
        begin = max(self.start, fields.Datetime.now())
        rows = self._times(begin, begin + timedelta(days=7))
        return next((row["start"] for row in rows if row["free"]), None)
