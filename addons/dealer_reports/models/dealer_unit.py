from datetime import UTC, datetime, time, timedelta

from odoo import models
from odoo.fields import Domain

from odoo.addons.dealer_clock.tools.worktime import merge_spans, subtract_spans

#: A store is closed no longer than so many days in a row.
LONGEST_HOLIDAY = 30


class DealerUnit(models.Model):
    """When a day of the store begins and ends, and who worked on it."""

    _name = "dealer.unit"
    _inherit = "dealer.unit"

    def _daily_bounds(self, day):
        """Return the two moments between which the wall of the store shows ``day``, naive UTC."""
        self.ensure_one()
        zone = self._clock_zone()
        return tuple(
            datetime.combine(date, time.min, zone).astimezone(UTC).replace(tzinfo=None)
            for date in (day, day + timedelta(days=1))
        )

    def _daily_hours(self, day):
        """Return the spans in which the store is open on ``day``; none: it is closed."""
        start, stop = self._daily_bounds(day)
        # The hours of a store are no secret.
        calendar = self.env["resource.calendar"].sudo().browse(self._clock_calendar_id() or ())
        return (
            _within(calendar._clock_opening(start, stop), start, stop)
            if calendar
            else [(start, stop)]
        )

    def _daily_next(self, day):
        """Return the next day on which the store is open."""
        for ahead in range(1, LONGEST_HOLIDAY):
            if self._daily_hours(day + timedelta(days=ahead)):
                return day + timedelta(days=ahead)
        return day + timedelta(days=1)

    def _daily_before(self, day):
        """Return the last day before on which the store was open."""
        for back in range(1, LONGEST_HOLIDAY):
            if self._daily_hours(day - timedelta(days=back)):
                return day - timedelta(days=back)
        return day - timedelta(days=1)

    def _daily_closed(self, now):
        """Return ``(day, closing time)`` of the last day that the store closed, or none."""
        today = self._clock_local(now).date()
        for back in range(LONGEST_HOLIDAY):
            day = today - timedelta(days=back)
            spans = self._daily_hours(day)
            if spans and spans[-1][1] <= now:
                return day, spans[-1][1]
        return None, None

    def _daily_at_work(self, users, day):
        """Return those of ``users`` (order kept) who worked on ``day`` for any time.

        Opening hours, or the person's own calendar where there is one; extra shifts are added,
        leave is taken off.
        """
        start, stop = self._daily_bounds(day)
        opening = self._daily_hours(day)
        duty = self.env["dealer.duty"]
        # Who is away is asked for everybody, whatever the rights of who asks.
        rows = duty.sudo().search(
            Domain("user_id", "in", users.ids)
            & Domain("unit_id", "=", self.id)
            & Domain("kind", "in", ("leave", "shift"))
            & Domain("start", "<", stop)
            & (Domain("end", "=", False) | Domain("end", ">", start))
        )
        by_person = rows.grouped(lambda row: (row.user_id.id, row.kind))

        def spans(user, kind):
            found = by_person.get((user.id, kind), ())
            return _within([(row.start, row.end or stop) for row in found], start, stop)

        present = users.browse()
        for user in users:
            resource = duty._own_resource(user, self)
            hours = opening
            if resource:
                hours = resource.calendar_id._clock_spans(start, stop, resource)
            work = merge_spans([*hours, *spans(user, "shift")])
            if subtract_spans(work, spans(user, "leave")):
                present |= user
        return present


def _within(spans, start, stop):
    """Return the parts of ``spans`` that lie between two moments."""
    return merge_spans((max(begin, start), min(end, stop)) for begin, end in spans)
