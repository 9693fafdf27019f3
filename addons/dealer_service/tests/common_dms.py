import itertools

from .common_service import ServiceCase


class DmsCase(ServiceCase):
    """Records of the maker's system for store A, as the interface and the drain treat them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = cls.env["dealer.dms.row"]
        cls.differences = cls.env["dealer.dms.difference"]
        cls.ages = itertools.count(1)
        cls.lines = itertools.count(1)

    @classmethod
    def dms_phone(cls):
        return f"1991103{next(cls.lines):04d}"

    @classmethod
    def dms_plate(cls):
        return f"浙Y3{next(cls.lines):04d}"

    @classmethod
    def say(cls, kind, external_id, **values):
        """Return a row of the DMS, newer than those before unless it says how old it is."""
        row = {"kind": kind, "external_id": external_id, **values}
        if "updated_at" not in row and "version" not in row:
            row["version"] = next(cls.ages)
        return row

    @classmethod
    def customer(cls, external_id, **values):
        return cls.say("customer", external_id, **values)

    @classmethod
    def car(cls, external_id, **values):
        return cls.say("vehicle", external_id, **values)

    @classmethod
    def order(cls, external_id, **values):
        return cls.say("repair_order", external_id, **values)

    @classmethod
    def deliver(cls, *rows, unit=None):
        """Receive rows and work the queue off; return the rows in the order of what was said."""
        answers = cls.rows._receive(unit or cls.store_a, list(rows))
        left = True
        while left:
            _done, left = cls.rows._drain()
        return cls.rows.browse(row_id for row_id, _status in answers)
