from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..tools.cells import CELL_MINUTES, moment_of
from ..tools.opening import local_of, moment_at

#: What the board shows of a day at least, minutes after midnight.
SHOWN = (8 * 60, 18 * 60)
MOST_DAYS = 7


class DealerCapacity(models.AbstractModel):
    """The board: who is taken when, who is free and who is full."""

    _name = "dealer.capacity"
    _inherit = "dealer.capacity"

    @api.model
    @api.readonly
    def board(self, kind_id=None, day=None, days=7, unit_id=None):
        """Return what the board shows of a kind for some days, all times by the wall clock of the store.

        That something is taken everybody sees; what for, who may read the booking.

        :param day: the first day; the Monday of this week when empty
        """
        unit = self._unit(unit_id)
        kinds = self._kinds_of(unit)
        kind = kinds.filtered(lambda kind: kind.id == kind_id) or kinds[:1]
        # The hours of the own store are no secret.
        zone = unit.sudo().calendar_id.tz or "UTC"
        today = local_of(fields.Datetime.now(), zone).date()
        days = max(1, min(MOST_DAYS, days))
        first = fields.Date.to_date(day) or today - timedelta(days=today.weekday() * (days > 1))
        dates = [first + timedelta(days=number) for number in range(days)]
        answer = {
            "kinds": [{"id": kind.id, "name": kind.name} for kind in kinds],
            "kind_id": kind.id,
            "units": self._board_units(),
            "unit_id": unit.id,
            "unit": unit.name,
            "days": [
                {
                    "date": fields.Date.to_string(date),
                    "label": format_date(self.env, date, date_format="EEE d/M"),
                    "today": date == today,
                }
                for date in dates
            ],
            "may_book": self.env.user._dealer_books(),
            "rows": [],
            "from": SHOWN[0],
            "to": SHOWN[1],
        }
        if kind:
            self._fill_board(answer, unit, kind, dates, zone)
        return answer

    @api.model
    def _kinds_of(self, unit):
        """Return the kinds of which the store has anything."""
        return self.env["dealer.capacity.kind"].search(
            [("resource_ids", "any", [("unit_id", "=", unit.id)])]
        )

    @api.model
    def _board_units(self):
        units = self.env["dealer.unit"]._of_company(self.env.companies)
        return [{"id": unit.id, "name": unit.name} for unit in units]

    @api.model
    def _fill_board(self, answer, unit, kind, dates, zone):
        """Add the rows of the resources of a kind to the answer."""
        begin = moment_at(dates[0], 0, zone)
        end = moment_at(dates[-1] + timedelta(days=1), 0, zone)
        need = self._need([{"kind": kind.id, "minutes": CELL_MINUTES}])
        ground = self._ground(need, begin, end, unit.id, now=False)
        self._load_used(self.env.cr, ground)
        blocks = self._board_blocks(list(ground.supplies), begin, end, zone)
        for supply in ground.supplies.values():
            hours = defaultdict(list)
            for first, last in ground.open_spans(supply):
                span = moment_of(ground.base + first), moment_of(ground.base + last)
                for date, part in _by_day(*span, zone):
                    hours[date].append(part)
            cells = []
            for date in dates:
                parts = hours[date]
                opened = sum(stop - start for start, stop in parts)
                taken = self._board_taken(ground, supply, date, zone)
                answer["from"] = min([answer["from"], *(start for start, _stop in parts)])
                answer["to"] = max([answer["to"], *(stop for _start, stop in parts)])
                cells.append(
                    {
                        "date": fields.Date.to_string(date),
                        "open": parts,
                        "open_minutes": opened,
                        "free_minutes": max(0, opened - taken),
                        "blocks": blocks[supply.id, date],
                    }
                )
            answer["rows"].append(
                {
                    "id": supply.id,
                    "name": supply.name,
                    "units": supply.units,
                    "step": supply.unit_minutes,
                    "skills": [ground.names["skill", skill] for skill in sorted(supply.skills)],
                    "cells": cells,
                }
            )

    @api.model
    def _board_taken(self, ground, supply, date, zone):
        """Return the minutes of a day's hours in which no unit is free."""
        first = (moment_at(date, 0, zone) - moment_of(ground.base)) // timedelta(
            minutes=CELL_MINUTES
        )
        last = (moment_at(date + timedelta(days=1), 0, zone) - moment_of(ground.base)) // timedelta(
            minutes=CELL_MINUTES
        )
        full = supply.hours.there & ~ground.free(supply)
        return sum(full >> cell & 1 for cell in range(first, last)) * CELL_MINUTES

    @api.model
    def _board_blocks(self, resources, begin, end, zone):
        """Return ``{(resource id, date): [block]}`` of bookings and of what is being booked."""
        if not resources:
            return defaultdict(list)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT l.id, b.id, l.resource_id, l.start, l.stop, l.units, b.state
                  FROM dealer_capacity_booking_line l
                  JOIN dealer_capacity_booking b ON b.id = l.booking_id
                 WHERE l.resource_id = ANY(%(ids)s) AND l.start < %(end)s AND l.stop > %(begin)s
                   AND (b.state IN ('confirmed', 'consumed') OR b.state = 'held' AND b.expires_at > %(now)s)
                UNION ALL
                SELECT NULL, NULL, h.resource_id, h.start, h.stop, h.units, 'held'
                  FROM dealer_capacity_hold h
                 WHERE h.resource_id = ANY(%(ids)s) AND h.start < %(end)s AND h.stop > %(begin)s
                   AND h.expires_at > %(now)s
                   AND NOT EXISTS (SELECT FROM dealer_capacity_claim c WHERE c.key = h.key)
                 ORDER BY 4, 1
                """,
                ids=resources,
                begin=begin,
                end=end,
                now=fields.Datetime.now(),
            )
        )
        rows = self.env.cr.fetchall()
        readable = self.env["dealer.capacity.booking"].search(
            [("id", "in", list({row[1] for row in rows if row[1]}))]
        )
        known = {booking.id: booking for booking in readable}
        blocks = defaultdict(list)
        moves = self.env.user._dealer_moves_bookings()
        for line, number, resource, start, stop, units, state in rows:
            booking = known.get(number)
            block = {
                "id": line,
                "booking_id": booking.id if booking else False,
                "units": units,
                "state": state,
                "title": booking.display_name if booking else "",
                "conflict": (booking.in_conflict and booking.conflict) if booking else False,
                "movable": bool(
                    booking
                    and state in ("held", "confirmed")
                    and (moves or booking.user_id == self.env.user)
                ),
            }
            for date, (first, last) in _by_day(start, stop, zone):
                blocks[resource, date].append({**block, "from": first, "to": last})
        return blocks

    @api.model
    def board_move(self, booking_id, line_id, resource_id, day, minute):
        """Move a line of a booking to where it was dropped: a resource, a day, minutes after midnight."""
        booking = self.env["dealer.capacity.booking"].browse(booking_id)
        booking.check_access("read")
        unit = booking.unit_id
        # The hours of the own store are no secret.
        zone = unit.sudo().calendar_id.tz or "UTC"
        target = moment_at(fields.Date.to_date(day), int(minute), zone)
        line = booking.line_ids.filtered(lambda line: line.id == line_id)
        # A line that comes later in the booking takes the whole booking with it.
        start = target - (line.start - booking.start) if line else target
        booking.move(start, line_id, resource_id)
        return True


def _by_day(start, stop, zone):
    """Yield ``(date, (from, to))`` of a span, in minutes after midnight of the wall clock, day by day."""
    begin, end = local_of(start, zone), local_of(stop, zone)
    date = begin.date()
    while date <= end.date():
        first = (begin.hour * 60 + begin.minute) if date == begin.date() else 0
        last = (end.hour * 60 + end.minute) if date == end.date() else 24 * 60
        if last > first:
            yield date, (first, last)
        date += timedelta(days=1)
