from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_base.tools import FormatError, parse_plate, parse_vin

from ..tools import dms
from ..tools.day import local_day, today

#: What belongs to the DMS in the file of a car: {name in the message: field of ours}.
VEHICLE_FIELDS = {
    "vin": "vin",
    "plate": "plate",
    "brand": "brand",
    "series": "series",
    "color": "color",
    "engine_no": "engine_no",
    "first_registration": "first_registration",
    "purchase_date": "purchase_date",
    "invoice_date": "invoice_date",
    "delivery_date": "delivery_date",
    "warranty_due": "warranty_due",
    "compulsory_insurance_due": "compulsory_insurance_due",
    "commercial_insurance_due": "commercial_insurance_due",
}
#: From when a car has its first owner, where the DMS does not say it.
OWNED_FROM = ("owner_since", "purchase_date", "delivery_date", "invoice_date", "first_registration")


class DealerDmsRow(models.Model):
    """Cars of the DMS: found by VIN, then by plate; owners with their history, mileage as a reading."""

    _name = "dealer.dms.row"
    _inherit = "dealer.dms.row"

    def _take_vehicles(self, unit):
        """Make cars of these rows, or bring their files up to date; return those that are done."""
        ready, said = self._readable_cars()
        by_vin, by_plate = self._known_cars(said.values())
        owners = self._of_external(
            unit, "customer", {each["customer"] for each in said.values() if "customer" in each}
        )
        fresh, first = {}, set()
        for row in ready:
            car = row.vehicle_id or row._find_car(said[row], by_vin, by_plate)
            if car:
                row.vehicle_id = car
                continue
            key = said[row].get("vin") or said[row]["plate"]
            if key in first:
                row.state = "new"  # the first of two records with one VIN makes the car
                ready -= row
                continue
            first.add(key)
            fresh[row] = row._prepare_vehicle_vals(said[row], unit, by_plate)
        made = self.env["dealer.vehicle"].create(list(fresh.values()))
        for row, car in zip(fresh, made, strict=True):
            row.vehicle_id = car
        decided, lines = ready._decided(), []
        for row in ready:
            lines += row._update_car(said[row], by_vin, by_plate, decided[row.id])
        done, more = ready._take_owners(unit, said, owners, decided)
        self.env["dealer.dms.difference"].create(lines + more)
        ready._take_mileages(said)
        return done

    def _readable_cars(self):
        """Return the rows whose VIN and plate can be read, and what the rows say, tidied."""
        ready, said = self.browse(), {}
        for row in self:
            words = row._said()
            try:
                for name, parse in (("vin", parse_vin), ("plate", parse_plate)):
                    if name in words:
                        words[name] = parse(words[name]).value
            except FormatError as error:
                row._leave(row.env._(error.message))
                continue
            if not row.vehicle_id and "vin" not in words and "plate" not in words:
                row._leave(row.env._("The car has neither VIN nor plate. Enter one of them."))
                continue
            if row._mileage_moment(words) > fields.Datetime.now():
                row._leave(row.env._("The mileage was read in the future. Correct it in the DMS."))
                continue
            ready |= row
            said[row] = words
        return ready, said

    def _mileage_moment(self, said):
        return (
            dms.parse_moment(said["mileage_at"])
            if "mileage_at" in said
            else min(self.updated_at or self.received_at, self.received_at)
        )

    @api.model
    def _known_cars(self, words):
        """Return ``{VIN: car}`` and ``{plate: cars}`` of the cars that rows may mean."""
        vins = [each["vin"] for each in words if "vin" in each]
        plates = [each["plate"] for each in words if "plate" in each]
        cars = (
            self.env["dealer.vehicle"]
            .with_context(active_test=False)
            .search_fetch(
                Domain("vin", "in", vins)
                | (Domain("plate", "in", plates) & Domain("active", "=", True)),
                ["vin", "plate", "active", "dealer_merged_into_id"],
                order="active, id desc",
            )
        )
        by_vin, by_plate = {}, {}
        for car in cars:
            stays = car if car.active else car.dealer_merged_into_id
            if car.vin and stays:
                by_vin[car.vin] = stays
            if car.active and car.plate:
                by_plate.setdefault(car.plate, cars.browse())
                by_plate[car.plate] |= car
        return by_vin, by_plate

    def _find_car(self, said, by_vin, by_plate):
        """Return the car that the row means; a plate alone counts where no VIN says otherwise."""
        cars = self.env["dealer.vehicle"]
        if said.get("vin") in by_vin:
            return by_vin[said["vin"]]
        same_plate = by_plate.get(said.get("plate"), cars)
        if "vin" in said:
            same_plate = same_plate.filtered(lambda car: not car.vin)
        return same_plate if len(same_plate) == 1 else cars

    @api.model
    def _prepare_vehicle_vals(self, said, unit, by_plate):
        """Return the values of a new car; a plate that another car has is asked about; a hook."""
        values = {field: said[name] for name, field in VEHICLE_FIELDS.items() if name in said}
        if "vin" in values and by_plate.get(values.get("plate")):
            del values["plate"]
        return {**values, "unit_id": unit.id}

    def _update_car(self, said, by_vin, by_plate, decided):
        """Write what the DMS says over the file of the car; return the differences."""
        self.ensure_one()
        car = self.vehicle_id
        values = {
            field: fields.Date.to_date(said[name])
            if car._fields[field].type == "date"
            else said[name]
            for name, field in VEHICLE_FIELDS.items()
            if name in said
        }
        doubts = {}
        if "vin" in values and values["vin"] != car.vin:
            holder = by_vin.get(values["vin"], car)
            if holder != car:
                doubts["vin"] = self.env._("Another car has this VIN.")
            elif car.vin:
                doubts["vin"] = self.env._("The car has another VIN here. A VIN does not change.")
        if by_plate.get(values.get("plate"), car) - car:
            doubts["plate"] = self.env._("Another car has this plate.")
        return [
            {**line, "vehicle_id": car.id} for line in self._overwrite(car, values, decided, doubts)
        ]

    # ------------------------------------------------------------
    # Owners
    # ------------------------------------------------------------

    def _take_owners(self, unit, said, owners, decided):
        """Let the customers of the DMS own their cars; return the rows done and the differences."""
        done, lines, first = self, [], []
        for row in self:
            external_id = said[row].get("customer")
            if not external_id:
                continue
            partner = external_id in owners and owners[external_id].partner_id
            if not partner:
                row._wait_for(
                    "customer",
                    external_id,
                    row.env._("The customer %s was not taken over yet.", external_id),
                )
                done -= row
                continue
            lines += row._take_owner(partner, said[row], decided[row.id], first)
        # What belongs to nobody is owned from now on, in one go.
        self.env["dealer.vehicle.owner"].create(first)
        relations = self.env["dealer.relation"].search(
            Domain("partner_id", "in", done.vehicle_id.current_owner_id.ids)
            & Domain("unit_id", "=", unit.id)
            & Domain("stage", "=", "prospect")
        )
        relations.stage = "owner"
        return done, lines

    def _take_owner(self, partner, said, decided, first):
        """Note whose car it is, and return the differences.

        Another owner takes the place of ours only with a day from which it holds and that does not
        lie before the one we know; else a person is asked.
        """
        self.ensure_one()
        car = self.vehicle_id
        current = car.owner_ids.filtered(lambda line: not line.date_to)
        since = fields.Date.to_date(said.get("owner_since"))
        if any(line["vehicle_id"] == car.id for line in first):
            return []
        if not current:
            days = [fields.Date.to_date(said[name]) for name in OWNED_FROM if name in said]
            last = max(filter(None, car.owner_ids.mapped("date_to")), default=None)
            day = min(next(iter(days), today()), today())
            first.append(
                {
                    "vehicle_id": car.id,
                    "partner_id": partner.id,
                    "date_from": max(day, last) if last else day,
                }
            )
            return []
        if current.partner_id == partner:
            return []
        before = self.applied or {}
        ours, theirs = self._text(current.partner_id), self._text(partner)
        state = decided.get(("owner", theirs))
        if state in ("taken_back", "declined"):
            return []
        line = {"vehicle_id": car.id, "partner_id": partner.id}
        if since and current.date_from <= since <= today():
            car._set_owner(partner, since)
            self.applied = {**before, "owner": theirs}
            if before.get("owner") == ours:
                return []
            return [self._difference("owner", ours, theirs, "overwritten") | line]
        if state == "open":
            return []
        why = (
            self.env._("The day from which the owner holds the car lies before that of our owner.")
            if since
            else self.env._("The DMS names another owner and not from when on.")
        )
        return [self._difference("owner", ours, theirs, "doubt", why) | line]

    # ------------------------------------------------------------
    # Mileage
    # ------------------------------------------------------------

    def _take_mileages(self, said):
        """Put the mileages into the curves of the cars, through the usual door, each once."""
        rows = self.filtered(lambda row: "mileage" in said[row])
        readings = self.env["dealer.vehicle.reading"]
        known = {
            (line.vehicle_id.id, line.mileage, local_day(line.date))
            for line in readings.search_fetch(
                Domain("vehicle_id", "in", rows.vehicle_id.ids)
                & Domain("mileage", "in", [said[row]["mileage"] for row in rows]),
                ["vehicle_id", "mileage", "date"],
            )
        }
        values = []
        for row in rows:
            moment = row._mileage_moment(said[row])
            key = (row.vehicle_id.id, said[row]["mileage"], local_day(moment))
            if key not in known:
                known.add(key)
                values.append(
                    {
                        "vehicle_id": key[0],
                        "date": moment,
                        "mileage": key[1],
                        "source": "dms",
                        "unit_id": row.unit_id.id,
                    }
                )
        readings.create(values)
