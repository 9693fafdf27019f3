from datetime import UTC
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import ormcache

from ..tools.worktime import WallTime

#: Where a store has no calendar: that is where the shops are.
STORE_ZONE = "Asia/Shanghai"


class DealerUnit(models.Model):
    _name = "dealer.unit"
    _inherit = "dealer.unit"

    def _clock_zone(self):
        """Return the time zone of the store (a ``ZoneInfo``)."""
        self.ensure_one()
        return ZoneInfo(self._clock_zone_name())

    @ormcache("self.id")
    def _clock_zone_name(self):
        """Return the name of the store's time zone; asked for with every clock that starts."""
        # The hours of a store are no secret, whoever asks.
        return self.sudo().calendar_id.tz or STORE_ZONE

    @ormcache("self.id")
    def _clock_calendar_id(self):
        """Return the id of the store's opening hours; asked for with every clock that counts them."""
        return self.sudo().calendar_id.id  # as above

    def write(self, vals):
        result = super().write(vals)
        if "calendar_id" in vals:
            self.env.registry.clear_cache()
        return result

    def _clock_time(self):
        """Return a counter of the store's opening hours; every second counts without any."""
        self.ensure_one()
        # The hours of a store are no secret.
        calendar = self.env["resource.calendar"].sudo().browse(self._clock_calendar_id() or ())
        return calendar._clock_time() if calendar else WallTime()

    def _clock_next_opening(self, at=None):
        """Return the first moment at or after ``at`` (now) when the store is open, naive UTC."""
        return self._clock_time().following(at or fields.Datetime.now())

    def _clock_local(self, moment):
        """Return a naive UTC moment as the wall of the store shows it."""
        return moment.replace(tzinfo=UTC).astimezone(self._clock_zone())

    def _clock_staff(self, *groups):
        """Return the active people of any of the posts ``groups`` (xml ids) in this store."""
        return self._clock_staff_of(
            self.env["res.groups"].browse(self.env.ref(group).id for group in groups)
        )

    def _clock_staff_of(self, groups):
        """Return the active people of any of the posts ``groups`` (res.groups) in this store."""
        self.ensure_one()
        # Who holds which post is read for everybody who is to be told, whatever the rights.
        users = self.env["res.users"].sudo()
        return users.search(
            Domain("group_ids", "in", groups.ids)
            & Domain("company_ids", "in", self.company_id.ids),
            order="id",
        ).sudo(False)
