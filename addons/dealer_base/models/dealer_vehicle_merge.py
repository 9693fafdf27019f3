from odoo import api, fields, models


class DealerVehicle(models.Model):
    """Two files of one car, e.g. a plate read at the gate and a VIN typed at the sale."""

    _name = "dealer.vehicle"
    _inherit = ["dealer.vehicle", "dealer.merge.mixin", "dealer.user.checks"]

    dealer_merged_into_id = fields.Many2one(
        "dealer.vehicle",
        string="Merged Into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        self._dealer_check_pointer(field_names)
        return result

    def _dealer_merge_title(self):
        self.ensure_one()
        return " ".join(filter(None, (self.plate, self.vin, self.brand, self.series)))

    def _dealer_merge_refusals(self, sources):
        refusals = super()._dealer_merge_refusals(sources)
        if len(set(filter(None, (self | sources).mapped("vin")))) > 1:
            refusals.append(self.env._("They have different VINs: these are two cars."))
        return refusals

    @api.model
    def _dealer_merge_groups(self):
        single = (
            "vin",
            "plate",
            "model_id",
            "brand",
            "series",
            "color",
            "model_year",
            "engine_no",
            "first_registration",
            "purchase_date",
            "insurance_due",
            "inspection_due",
            "warranty_due",
            "service_due",
        )
        return [*super()._dealer_merge_groups(), *(((name,), ()) for name in single)]

    def _dealer_merge_before(self, journal, sources):
        result = super()._dealer_merge_before(journal, sources)
        # A VIN stands in one file only, archived or not.
        journal.put(sources.filtered("vin"), vin=False)
        self._dealer_join_owners(journal, sources)
        return result

    def _dealer_join_owners(self, journal, sources):
        """Let one ownership be the current one: that which began last.

        An ownership of the same person that both files have stays in the file that is put aside.
        """
        current = self.env["dealer.vehicle.owner"].search(
            [("vehicle_id", "in", (self | sources).ids), ("date_to", "=", False)],
            order="date_from desc, id desc",
        )
        if len(current) < 2:
            return
        last = current[0]
        same = current.filtered(lambda line: line.partner_id == last.partner_id)
        keeps = same.filtered(lambda line: line.vehicle_id == self)[:1] or last
        since = min(same.mapped("date_from"))
        if keeps.date_from != since:
            journal.put(keeps, date_from=since)
        for line in current - same:
            journal.put(line, date_to=max(last.date_from, line.date_from))
        if keeps.vehicle_id != self:
            journal.put(keeps, vehicle_id=self.id)
