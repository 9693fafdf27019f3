from datetime import UTC, timedelta


def awake(moment, zone, quiet_from, quiet_to):
    """Return ``moment``, or the end of the quiet hours it lies in.

    :param moment: naive UTC
    :param zone: ``ZoneInfo`` on whose wall the hours are meant
    :param float quiet_from: hour of the day, 0 to 24; the same as ``quiet_to``: no quiet hours
    :param float quiet_to: hour of the day at which people may be called again
    :return: naive UTC
    """
    if quiet_from == quiet_to:
        return moment
    local = moment.replace(tzinfo=UTC).astimezone(zone)
    hour = local.hour + local.minute / 60 + local.second / 3600
    if quiet_from < quiet_to:
        quiet = quiet_from <= hour < quiet_to
    else:
        quiet = hour >= quiet_from or hour < quiet_to
    if not quiet:
        return moment
    # Counted on the wall: on the day of a change of summer time the night is longer or shorter.
    end = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(
        days=int(hour >= quiet_to), minutes=round(quiet_to * 60)
    )
    return end.astimezone(UTC).replace(tzinfo=None)
