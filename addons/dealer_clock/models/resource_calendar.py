from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import ormcache

from ..tools.worktime import WorkingTime, merge_spans, subtract_spans


class ResourceCalendar(models.Model):
    """Calendars keep their opening hours, and stores their time zone (``dealer.unit``)."""

    _name = "resource.calendar"
    _inherit = ["resource.calendar", "dealer.cache.mixin"]

    makeup_ids = fields.One2many(
        "resource.calendar.makeup", "calendar_id", string="Make-Up Days", copy=True
    )

    def _clock_spans(self, start, stop, resource=None):
        """Return the merged working spans between two moments (naive UTC).

        Shifts, breaks and holidays are Odoo's; make-up days are added after the holidays are taken
        off, because they are often on a weekend next to one.

        :param resource: a resource.resource whose own leave is taken off, too
        """
        self.ensure_one()
        # Opening hours are no secret; some posts have no right on the holidays of colleagues.
        calendar = self.sudo()
        aware_start, aware_stop = start.replace(tzinfo=UTC), stop.replace(tzinfo=UTC)
        key = resource.id if resource else False
        # Odoo takes holidays without calendar from all companies; those of another store are not ours.
        holidays = [("time_type", "=", "leave")]
        if calendar.company_id:
            holidays.append(("company_id", "in", [False, calendar.company_id.id]))
        work = calendar._work_intervals_batch(
            aware_start, aware_stop, resources=resource, domain=holidays
        )[key]
        spans = [_naive(begin, end) for begin, end, _attendance in work]
        days = calendar._makeup_spans(start, stop)
        if resource and days:
            away = calendar._leave_intervals_batch(
                aware_start,
                aware_stop,
                resources=resource,
                domain=[("time_type", "=", "leave"), ("resource_id", "=", resource.id)],
            )[key]
            days = subtract_spans(days, [_naive(*interval[:2]) for interval in away])
        return merge_spans(spans + days)

    def _makeup_spans(self, start, stop):
        """Return the spans of the make-up days between two moments (naive UTC)."""
        zone = ZoneInfo(self.tz or "UTC")
        days = self.env["resource.calendar.makeup"].search(
            Domain("calendar_id", "=", self.id)
            & Domain("date", ">=", (start - timedelta(days=1)).date())
            & Domain("date", "<=", (stop + timedelta(days=1)).date())
        )
        spans = []
        for day in days:
            midnight = datetime.combine(day.date, time.min, zone)
            begin, end = _naive(
                midnight + timedelta(hours=day.hour_from), midnight + timedelta(hours=day.hour_to)
            )
            spans.append((max(begin, start), min(end, stop)))
        return spans

    def _clock_time(self, resource=None):
        """Return a counter of this calendar's working time; it looks the hours up once."""
        self.ensure_one()
        if resource:
            return WorkingTime(lambda start, stop: self._clock_spans(start, stop, resource))
        return WorkingTime(self._clock_opening)

    def _clock_opening(self, start, stop):
        """Return the opening hours of the days that lie between two moments (naive UTC), kept."""
        return list(self._clock_opening_days(start.date(), stop.date() + timedelta(days=1)))

    @ormcache("self.id", "first", "last")
    def _clock_opening_days(self, first, last):
        midnights = (datetime.combine(day, time.min) for day in (first, last))
        return tuple(self._clock_spans(*midnights))


def _naive(*moments):
    """Return aware moments as naive UTC."""
    return tuple(moment.astimezone(UTC).replace(tzinfo=None) for moment in moments)
