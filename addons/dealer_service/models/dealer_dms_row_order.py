from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import float_round

from odoo.addons.dealer_base.tools import FormatError, parse_plate, parse_vin

from ..tools import dms

#: What belongs to the DMS in a workshop order, besides lines and faults.
ORDER_FIELDS = {
    "complaint": "customer_words",
    "findings": "findings",
    "work_done": "work_done",
    "mileage": "mileage",
}
#: Who can be the advisor of an order.
ADVISORS = ("dealer_base.group_service_advisor", "dealer_base.group_service_manager")


class DealerDmsRow(models.Model):
    """Repair orders of the DMS become workshop orders that nobody changes here."""

    _name = "dealer.dms.row"
    _inherit = "dealer.dms.row"

    def _take_repair_orders(self, unit):
        """Make workshop orders of these rows, or bring them up to date; return those that are done."""
        ready, said = self._readable_orders()
        ready = ready._find_cars_of_orders(unit, said)
        known = {
            order.external_id: order
            for order in self.env["dealer.service.order"].search(
                Domain("unit_id", "=", unit.id)
                & Domain("external_id", "in", ready.mapped("external_id"))
            )
        }
        advisors = self._advisors(unit) if ready else {}
        faults = ready._faults_of_orders(said)
        fresh = {}
        for row in ready:
            values = row._prepare_order_vals(said[row], unit, advisors)
            order = row.order_id or known.get(row.external_id)
            if order:
                row.order_id = order
                row._update_order(order, values, said[row], faults)
            else:
                if "lines" in said[row]:
                    values["line_ids"] = [
                        Command.create(line) for line in row._prepare_lines(said[row])
                    ]
                if "faults" in said[row]:
                    values["repair_ids"] = [
                        Command.create(repair) for repair in row._prepare_repairs(said[row], faults)
                    ]
                fresh[row] = values
        made = self.env["dealer.service.order"].create(list(fresh.values()))
        for row, order in zip(fresh, made, strict=True):
            row.order_id = order
        ready._note_inspections()
        return ready

    def _readable_orders(self):
        """Return the rows whose car and times can be read, and what the rows say, tidied."""
        ready, said = self.browse(), {}
        latest = fields.Datetime.now() + timedelta(hours=1)
        for row in self:
            words = row._said()
            try:
                for name, parse in (("vin", parse_vin), ("plate", parse_plate)):
                    if name in words:
                        words[name] = parse(words[name]).value
            except FormatError as error:
                row._leave(row.env._(error.message))
                continue
            for name, shape in dms.FIELDS["repair_order"].items():
                if shape == dms.MOMENT and name in words:
                    words[name] = dms.parse_moment(words[name])
            moments = ("opened_at", "agreed_at", "completed_at", "delivered_at")
            if any(words[name] > latest for name in moments if name in words):
                row._leave(
                    row.env._("A time of the order lies in the future. Correct it in the DMS.")
                )
                continue
            ready |= row
            said[row] = words
        return ready, said

    def _find_cars_of_orders(self, unit, said):
        """Link the rows to their cars; make a car that only its VIN is known of; return those with one."""
        named = self._of_external(
            unit, "vehicle", {each["vehicle"] for each in said.values() if "vehicle" in each}
        )
        by_vin, by_plate = self._known_cars(said.values())
        ready, missing = self.browse(), {}
        for row in self:
            words = said[row]
            if words.get("vehicle") in named:
                car = named[words["vehicle"]].vehicle_id
            else:
                car = row._find_car(words, by_vin, by_plate)
            if car:
                if row.vehicle_id != car:
                    row.vehicle_id = car
                ready |= row
            elif "vehicle" in words:
                row._wait_for(
                    "vehicle",
                    words["vehicle"],
                    row.env._("The car %s was not taken over yet.", words["vehicle"]),
                )
            elif "vin" in words:
                missing.setdefault(words["vin"], self.browse())
                missing[words["vin"]] |= row
            else:
                row._leave(row.env._("No car of ours is meant by this order. Enter VIN or plate."))
        cars = self.env["dealer.vehicle"].create(
            [
                self._prepare_vehicle_vals(
                    {
                        name: said[rows[0]][name]
                        for name in ("vin", "plate")
                        if name in said[rows[0]]
                    },
                    unit,
                    by_plate,
                )
                for rows in missing.values()
            ]
        )
        for rows, car in zip(missing.values(), cars, strict=True):
            rows.vehicle_id = car
            ready |= rows
        return ready

    @api.model
    def _advisors(self, unit):
        """Return ``{login or name: person}`` of those who receive cars in the store."""
        found = {}
        for user in unit._clock_staff(*ADVISORS):
            found[user.login] = user
            # Two people of one name are nobody.
            found[user.name] = user if user.name not in found else self.env["res.users"]
        return found

    def _prepare_order_vals(self, said, unit, advisors):
        """Return the values of the workshop order that a row is; a hook."""
        self.ensure_one()
        values = {field: said[name] for name, field in ORDER_FIELDS.items() if name in said}
        values |= {
            "name": said.get("number") or self.external_id,
            "external_id": self.external_id,
            "source": "dms",
            "unit_id": unit.id,
            "vehicle_id": self.vehicle_id.id,
            "opened_at": said["opened_at"],
            "state": "closed" if "delivered_at" in said else "open",
            "closed_at": said.get("delivered_at", False),
        }
        if "type" in said:
            values["kind"] = dms.word("type", said["type"])
        for name in ("agreed_at", "completed_at"):
            if name in said:
                values[name] = said[name]
        if "delivered_at" in said and "faults" in said:
            # What is handed over is repaired.
            values.setdefault("completed_at", said["delivered_at"])
        if "cancelled" in said:
            values["state"] = "cancelled"
        advisor = advisors.get(said.get("advisor"))
        if advisor:
            values["advisor_id"] = advisor.id
        return values

    @api.model
    def _prepare_lines(self, said):
        """Return the values of the lines. The DMS's amount counts, discounts and all."""
        lines = []
        for place, line in enumerate(said["lines"]):
            quantity = line.get("quantity") or 1
            price = line.get("price") or 0
            name = line.get("name") or line["code"]
            amount = line.get("amount")
            if amount is not None and round(quantity * price, 2) != round(amount, 2):
                price = float_round(amount / quantity, precision_digits=2)
                if round(quantity * price, 2) != round(amount, 2):
                    # 100 yuan for three cannot be said by a price a piece.
                    name, quantity, price = f"{name} × {quantity:g}", 1, amount
            lines.append(
                {
                    "sequence": place,
                    "kind": dms.word("lines.kind", line.get("kind"), "other"),
                    "code": line.get("code") or False,
                    "name": name,
                    "quantity": quantity,
                    "price_unit": price,
                    "paid_by": dms.word("lines.paid_by", line.get("paid_by"), "customer"),
                }
            )
        return lines

    # ------------------------------------------------------------
    # Faults
    # ------------------------------------------------------------

    @api.model
    def _fault_key(self, fault):
        """Return what makes two faults of a car the same one: the DMS's code, else the words."""
        return (fault.get("code") or fault.get("name") or "").strip()

    def _faults_of_orders(self, said):
        """Return ``{(car id, key): fault}``; the same fault of a car is the same record."""
        rows = self.filtered(lambda row: "faults" in said[row])
        model = self.env["dealer.vehicle.fault"]
        found = {}
        for fault in model.search(Domain("vehicle_id", "in", rows.vehicle_id.ids), order="id desc"):
            found[fault.vehicle_id.id, fault.name] = fault
            if fault.dms_code:
                found[fault.vehicle_id.id, fault.dms_code] = fault
        missing = {}
        for row in rows:
            for fault in said[row]["faults"]:
                key = row.vehicle_id.id, self._fault_key(fault)
                if key not in found:
                    missing.setdefault(key, fault)
        made = model.create(
            [
                {
                    "vehicle_id": car_id,
                    "name": fault.get("name") or fault["code"],
                    "dms_code": fault.get("code") or False,
                    "system": dms.word("faults.system", fault.get("system"), False),
                    "part": fault.get("part") or False,
                    "safety": bool(fault.get("safety")),
                    "acute": dms.word("faults.acute", fault.get("acute"), False),
                }
                for (car_id, _key), fault in missing.items()
            ]
        )
        return found | dict(zip(missing, made, strict=True))

    def _prepare_repairs(self, said, faults):
        repairs = {}
        for fault in said["faults"]:
            record = faults[self.vehicle_id.id, self._fault_key(fault)]
            repairs[record] = {
                "fault_id": record.id,
                "remedy": dms.word("faults.remedy", fault.get("remedy"), "repaired"),
            }
        return list(repairs.values())

    # ------------------------------------------------------------
    # Changes
    # ------------------------------------------------------------

    def _update_order(self, order, values, said, faults):
        """Bring a workshop order up to date; only what really changed is written."""
        changed = {
            name: value
            for name, value in values.items()
            if order._fields[name].convert_to_write(order[name], order) != value
        }
        if changed:
            order.write(changed)
        if "lines" in said:
            lines = self._prepare_lines(said)
            if [{name: line[name] for name in lines[0]} for line in order.line_ids] != lines:
                order.line_ids = [
                    Command.clear(),
                    *(Command.create(line) for line in lines),
                ]
        if "faults" in said:
            repairs = {
                one["fault_id"]: one["remedy"] for one in self._prepare_repairs(said, faults)
            }
            here = {repair.fault_id.id: repair for repair in order.repair_ids}
            order.repair_ids.filtered(lambda each: each.fault_id.id not in repairs).unlink()
            for fault_id, remedy in repairs.items():
                if fault_id in here and here[fault_id].remedy != remedy:
                    here[fault_id].remedy = remedy
            self.env["dealer.service.repair"].create(
                [
                    {"order_id": order.id, "fault_id": fault_id, "remedy": remedy}
                    for fault_id, remedy in repairs.items()
                    if fault_id not in here
                ]
            )

    def _note_inspections(self):
        """A visit for the annual inspection moves the date of the next one."""
        for order in self.order_id:
            if order.kind == "inspection" and order.state == "closed":
                order.vehicle_id._inspection_done(order.closed_at)
