"""Days on the wall of a store; knows nothing of Odoo. All of China has one time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

ZONE_NAME = "Asia/Shanghai"
ZONE = ZoneInfo(ZONE_NAME)


def local_day(moment):
    """Return the date that a store's wall shows at ``moment``, naive UTC."""
    return moment.replace(tzinfo=UTC).astimezone(ZONE).date()


def today():
    """Return the date that a store's wall shows now."""
    return datetime.now(ZONE).date()
