from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.errors import FormatError
from ..tools.plate import parse_plate
from ..tools.vin import parse_vin


class DealerVehicle(models.Model):
    """A customer's car; the shop's own cars (demo, loaner, rescue) are ``fleet.vehicle``."""

    _name = "dealer.vehicle"
    _description = "Customer Vehicle"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "plate"
    _rec_names_search = ("plate", "vin")

    vin = fields.Char(string="VIN", copy=False, tracking=True)
    plate = fields.Char(index="trigram", copy=False, tracking=True)
    model_id = fields.Many2one("fleet.vehicle.model", index="btree_not_null")
    brand = fields.Char(compute="_compute_brand", store=True, readonly=False)
    series = fields.Char()
    color = fields.Char()
    model_year = fields.Integer(compute="_compute_model_year", store=True, readonly=False)
    engine_no = fields.Char(string="Engine Number")
    first_registration = fields.Date()
    purchase_date = fields.Date(index="btree_not_null")
    insurance_due = fields.Date(string="Insurance Until", index="btree_not_null")
    inspection_due = fields.Date(string="Inspection Until", index="btree_not_null")
    warranty_due = fields.Date(string="Warranty Until", index="btree_not_null")
    service_due = fields.Date(string="Next Maintenance", index="btree_not_null")
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Recorded By Store",
        index=True,
        default=lambda self: self.env["dealer.unit"]._current(),
        ondelete="restrict",
    )
    owner_ids = fields.One2many("dealer.vehicle.owner", "vehicle_id", string="Owners")
    current_owner_id = fields.Many2one(
        "res.partner",
        string="Owner",
        compute="_compute_current_owner_id",
        store=True,
        index="btree_not_null",
        compute_sudo=True,
    )
    reading_ids = fields.One2many("dealer.vehicle.reading", "vehicle_id", string="Readings")
    last_mileage = fields.Integer(
        string="Mileage (km)", compute="_compute_last_mileage", store=True, compute_sudo=True
    )
    last_mileage_date = fields.Datetime(
        string="Mileage On", compute="_compute_last_mileage", store=True, compute_sudo=True
    )
    active = fields.Boolean(default=True)

    _vin_uniq = models.Constraint("UNIQUE(vin)", "A vehicle with this VIN is on file already.")

    @api.depends("plate", "vin", "brand", "series")
    def _compute_display_name(self):
        for vehicle in self:
            name = vehicle.plate or vehicle.vin or self.env._("Car without plate")
            kind = " ".join(filter(None, (vehicle.brand, vehicle.series)))
            vehicle.display_name = f"{name} {kind}".strip()

    @api.depends("model_id")
    def _compute_brand(self):
        for vehicle in self:
            if vehicle.model_id:
                # A brand's name is no secret; only fleet officers may read the brand itself.
                vehicle.brand = vehicle.sudo().model_id.brand_id.name

    @api.depends("vin")
    def _compute_model_year(self):
        for vehicle in self:
            year = False
            if vehicle.vin:
                try:
                    year = parse_vin(vehicle.vin).year
                except FormatError:
                    year = False
            vehicle.model_year = year or vehicle.model_year

    @api.depends("owner_ids.date_to", "owner_ids.partner_id")
    def _compute_current_owner_id(self):
        for vehicle in self:
            current = vehicle.owner_ids.filtered(lambda line: not line.date_to)
            vehicle.current_owner_id = current[:1].partner_id

    @api.depends("reading_ids.state", "reading_ids.mileage", "reading_ids.date")
    def _compute_last_mileage(self):
        # The newest accepted reading, not the highest: instruments are changed.
        readings = self.env["dealer.vehicle.reading"]
        readings.flush_model(["vehicle_id", "date", "mileage", "state"])
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT ON (vehicle_id) vehicle_id, mileage, date"
                " FROM dealer_vehicle_reading WHERE state = 'accepted' AND vehicle_id IN %s"
                " ORDER BY vehicle_id, date DESC, id DESC",
                tuple(self.ids) or (None,),
            )
        )
        last = {vehicle_id: (mileage, date) for vehicle_id, mileage, date in rows}
        for vehicle in self:
            vehicle.last_mileage, vehicle.last_mileage_date = last.get(
                vehicle._origin.id, (0, False)
            )

    @api.constrains("vin")
    def _check_vin(self):
        for vehicle in self.filtered("vin"):
            try:
                parse_vin(vehicle.vin)
            except FormatError as error:
                raise ValidationError(self.env._(error.message)) from error

    @api.constrains("plate")
    def _check_plate(self):
        for vehicle in self.filtered("plate"):
            try:
                parse_plate(vehicle.plate)
            except FormatError as error:
                raise ValidationError(self.env._(error.message)) from error

    @api.constrains("vin", "plate")
    def _check_identified(self):
        if self.filtered(lambda vehicle: not vehicle.vin and not vehicle.plate):
            raise ValidationError(
                self.env._("Give the plate or the VIN, so that the car can be found.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        defaults = {
            field: self.env.context[f"default_{field}"]
            for field in ("vin", "plate")
            if f"default_{field}" in self.env.context
        }
        vehicles = super().create([self._tidy({**defaults, **vals}) for vals in vals_list])
        # A constraint looks at values that are given only.
        vehicles._check_identified()
        return vehicles

    def write(self, vals):
        return super().write(self._tidy(vals))

    @api.model
    def _tidy(self, vals):
        """Return ``vals`` with VIN and plate in their stored form where they can be read at all."""
        vals = dict(vals)
        for field, parse in (("vin", parse_vin), ("plate", parse_plate)):
            if field in vals:
                vals[field] = (vals[field] or "").strip() or False
            if vals.get(field):
                try:
                    vals[field] = parse(vals[field]).value
                except FormatError:
                    continue  # the constraint says what is wrong
        return vals

    def _set_owner(self, partner, date=None):
        """Make ``partner`` the owner from ``date`` (default today); end the former ownership."""
        self.ensure_one()
        date = date or fields.Date.context_today(self)
        current = self.owner_ids.filtered(lambda line: not line.date_to)
        if current.partner_id == partner:
            return current
        current.date_to = date
        return self.env["dealer.vehicle.owner"].create(
            {"vehicle_id": self.id, "partner_id": partner.id, "date_from": date}
        )
