from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.dealer_base.tests.common import DealerCase

from ..tools.cells import cell_of

#: A Monday; the stores' time is UTC+8 and they open from 8:30 to 12:00 and from 13:00 to 17:30.
MONDAY = datetime(2026, 3, 2)


def at(hour, minute=0, day=0):
    """Return a moment of the stores' wall clock as naive UTC; day 0 is Monday 2026-03-02."""
    return MONDAY + timedelta(days=day, hours=hour - 8, minutes=minute)


class CapacityCase(DealerCase):
    """Store A has two bays, technicians Ann (brakes), Bob (brakes, high voltage) and a pool of tools."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(at(6)))
        cls.engine = cls.env["dealer.capacity"]
        cls.bay_kind = cls.env.ref("dealer_capacity.kind_service_bay")
        cls.person_kind = cls.env.ref("dealer_capacity.kind_technician")
        cls.tool_kind = cls.env["dealer.capacity.kind"].create({"name": "Tool", "code": "tool"})
        cls.brakes, cls.voltage = cls.env["dealer.capacity.skill"].create(
            [
                {"name": "Test Brakes", "code": "t_brakes"},
                {"name": "Test Voltage", "code": "t_voltage"},
            ]
        )
        cls.bay1, cls.bay2 = (cls.make_resource(f"Bay {n}", cls.bay_kind) for n in (1, 2))
        cls.ann = cls.make_resource("Ann", cls.person_kind, cls.brakes)
        cls.bob = cls.make_resource("Bob", cls.person_kind, cls.brakes | cls.voltage)
        cls.tools = cls.make_resource("Lifts", cls.tool_kind, units=3)
        cls.job = cls.env["dealer.capacity.job"].create(
            {
                "name": "Test Maintenance",
                "code": "t_maintenance",
                "need_ids": [
                    Command.create({"kind_id": cls.bay_kind.id, "minutes": 60}),
                    Command.create({"kind_id": cls.person_kind.id, "minutes": 60}),
                ],
            }
        )
        cls.bay_need = [{"kind": "service_bay", "minutes": 60}]
        cls.need = [*cls.bay_need, {"kind": "technician", "skill": "t_brakes", "minutes": 60}]

    @classmethod
    def make_resource(cls, name, kind, skills=None, store=None, **values):
        return cls.env["dealer.capacity.resource"].create(
            {
                "name": name,
                "kind_id": kind.id,
                "unit_id": (store or cls.store_a).id,
                "unit_minutes": 30,
                "skill_ids": [Command.set(skills.ids if skills else [])],
                **values,
            }
        )

    def close(self, start, stop, resource=None, type="closed", store=None, kind=None):
        return self.env["dealer.capacity.exception"].create(
            {
                "type": type,
                "unit_id": (store or self.store_a).id,
                "resource_id": resource.id if resource else False,
                "kind_id": kind.id if kind else False,
                "start": start,
                "stop": stop,
            }
        )

    def free(self, need=None, start=None, stop=None, store=None):
        """Return the free starts as texts of the store's clock, e.g. ``08:30``."""
        rows = self.rows(need, start, stop, store)
        return [self.clock(row["start"]) for row in rows if row["free"]]

    def rows(self, need=None, start=None, stop=None, store=None):
        return self.engine._availability(
            need or self.need,
            start or at(0),
            stop or at(24),
            (store or self.store_a).id,
        )

    def clock(self, moment):
        return (moment + timedelta(hours=8)).strftime("%H:%M")

    def why(self, moment, need=None):
        (row,) = (row for row in self.rows(need) if row["start"] == moment)
        return row["why"]

    def book(self, need=None, start=None, **values):
        hold_minutes = values.pop("hold_minutes", None)
        return self.engine._book(
            need or self.need, start or at(9), self.store_a, values, hold_minutes
        )

    # ------------------------------------------------------------------ what must always hold

    def assert_ledger(self):
        """The ledger is the sum of bookings and of holds that are not settled; nobody is double booked."""
        self.env.flush_all()
        cells = {}
        bookings = self.env["dealer.capacity.booking"].search(
            [("state", "in", ("held", "confirmed", "consumed"))]
        )
        for place, units in bookings._cells().items():
            cells[place] = cells.get(place, 0) + units
        for (resource, _number), units in cells.items():
            known = self.env["dealer.capacity.resource"].browse(resource)
            self.assertLessEqual(units, known.units)
        self.env.cr.execute(
            """
            SELECT h.resource_id, h.start, h.stop, h.units FROM dealer_capacity_hold h
             WHERE NOT EXISTS (SELECT FROM dealer_capacity_claim c WHERE c.key = h.key)
            """
        )
        for resource, start, stop, units in self.env.cr.fetchall():
            for number in range(cell_of(start), cell_of(stop)):
                cells[resource, number] = cells.get((resource, number), 0) + units
        self.env.cr.execute(
            "SELECT resource_id, start, used FROM dealer_capacity_slot WHERE used > 0"
        )
        ledger = {
            (resource, cell_of(start)): used for resource, start, used in self.env.cr.fetchall()
        }
        self.assertEqual(ledger, cells)
        for booking in bookings:
            for line in booking.line_ids:
                self.assertLessEqual(line.skill_ids, line.resource_id.skill_ids)
                self.assertEqual(line.kind_id, line.resource_id.kind_id)

    def settle(self):
        """Let the drain give back what has expired."""
        return self.env["dealer.capacity.booking"]._drain()

    def used(self, resource, moment):
        self.env.cr.execute(
            SQL(
                "SELECT used FROM dealer_capacity_slot WHERE resource_id = %s AND start = %s",
                resource.id,
                moment,
            )
        )
        row = self.env.cr.fetchone()
        return row[0] if row else 0
