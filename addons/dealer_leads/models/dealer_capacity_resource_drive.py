from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

#: Kinds of resources that a drive takes.
CAR, COMPANION = "demo_car", "salesperson"


class DealerCapacityResource(models.Model):
    """Test drive cars stand for a car of the fleet, salespeople for who rides along."""

    _name = "dealer.capacity.resource"
    _inherit = "dealer.capacity.resource"

    kind_code = fields.Char(related="kind_id.code")
    fleet_vehicle_id = fields.Many2one(
        "fleet.vehicle",
        string="Car of the Fleet",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('dealer_unit_id', '=', unit_id)]",
        help="Which car this is: plate, series and gearbox come from it.",
    )
    # What the car is called is no secret; posts of sales have no rights on the fleet.
    car_series = fields.Char(
        related="fleet_vehicle_id.model_id.name", string="Series", store=True, index=True
    )
    car_brand = fields.Char(related="fleet_vehicle_id.brand_id.name", string="Brand")
    car_plate = fields.Char(related="fleet_vehicle_id.license_plate", string="Plate")
    car_automatic = fields.Boolean(
        string="Automatic",
        compute="_compute_car_automatic",
        compute_sudo=True,
        help="Electric cars, and those whose gearbox is automatic: class C2 may drive them.",
    )

    _fleet_vehicle_uniq = models.UniqueIndex(
        "(fleet_vehicle_id) WHERE fleet_vehicle_id IS NOT NULL AND active IS TRUE",
        "This car is a resource already.",
    )

    @api.depends("fleet_vehicle_id.transmission", "fleet_vehicle_id.fuel_type")
    def _compute_car_automatic(self):
        for resource in self:
            car = resource.fleet_vehicle_id
            resource.car_automatic = bool(car) and (
                car.transmission == "automatic" or car.fuel_type == "electric"
            )

    @api.constrains("fleet_vehicle_id", "unit_id", "kind_id")
    def _check_fleet_vehicle(self):
        for resource in self.filtered("fleet_vehicle_id"):
            if resource.kind_id.code != CAR:
                raise ValidationError(
                    self.env._("Only a test drive car is a car of the fleet. Check the kind.")
                )
            if resource.fleet_vehicle_id.dealer_unit_id != resource.unit_id:
                raise ValidationError(
                    self.env._(
                        "%s is not a test drive car of this store. Set the store on the car first.",
                        resource.fleet_vehicle_id.display_name,
                    )
                )

    @api.model
    def _drive_cars(self, unit):
        """Return the cars of a store that customers may drive."""
        return self.search(
            Domain("unit_id", "=", unit.id)
            & Domain("kind_id.code", "=", CAR)
            & Domain("fleet_vehicle_id", "!=", False)
        )

    @api.model
    def _drive_companions(self, unit):
        """Return the salespeople of a store who may ride along."""
        return self.search(
            Domain("unit_id", "=", unit.id)
            & Domain("kind_id.code", "=", COMPANION)
            & Domain("user_id.active", "=", True)
        )

    @api.model
    def _drive_companion(self, user, unit):
        """Return the resource that stands for ``user`` in ``unit``.

        :raise UserError: when there is none; a manager adds it
        """
        companion = self._drive_companions(unit).filtered(lambda row: row.user_id == user)[:1]
        if not companion:
            raise UserError(
                self.env._(
                    "%(person)s cannot be booked as a companion in %(store)s. Have the manager press"
                    " “Add the Salespeople” in the list of test drive cars and companions.",
                    person=user.name,
                    store=unit.name,
                )
            )
        return companion

    @api.model
    def action_add_salespeople(self):
        """Add a resource for each salesperson of the current store who has none."""
        unit = self.env["dealer.unit"]._current()
        if not unit:
            raise UserError(self.env._("Switch a store on first."))
        self.check_access("create")
        group = self.env.ref("dealer_base.group_sales_consultant")
        # Who works in the own store is no secret.
        people = (
            self.env["res.users"]
            .sudo()
            .search(
                Domain("all_group_ids", "in", group.ids)
                & Domain("company_ids", "in", unit.company_id.ids)
                & Domain("share", "=", False)
            )
        )
        known = self.with_context(active_test=False).search(
            Domain("unit_id", "=", unit.id)
            & Domain("kind_id.code", "=", COMPANION)
            & Domain("user_id", "in", people.ids)
        )
        kind = self.env.ref("dealer_leads.kind_salesperson")
        self.create(
            [
                {
                    "name": person.name,
                    "kind_id": kind.id,
                    "unit_id": unit.id,
                    "user_id": person.id,
                    "unit_minutes": 15,
                    "sequence": 60,
                }
                for person in people - known.user_id
            ]
        )
        return self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_leads.dealer_test_drive_resource_action"
        )
