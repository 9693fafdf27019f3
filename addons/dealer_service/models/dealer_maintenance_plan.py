import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

#: Who changes the plans of all stores; the others have plans of their own store.
ALL_STORES = ("dealer_base.group_group_executive", "base.group_system")


def names(text):
    """Return the names of a list that people typed with commas of any kind, in lower case."""
    return {name.strip().lower() for name in re.split(r"[,，、;；\n]", text or "")} - {""}


class DealerMaintenancePlan(models.Model):
    """What is due when for cars of a brand or series (保养计划); the handbook of the car rules (D4)."""

    _name = "dealer.maintenance.plan"
    _description = "Maintenance Plan"
    _inherit = ["dealer.user.checks"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        default=lambda self: self.env["dealer.unit"]._current(),
        ondelete="cascade",
        help="Empty: all stores. The plan of the own store goes before those of all stores.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index="btree_not_null")
    brands = fields.Char(help="Names of brands with commas between them. Empty: all brands.")
    series = fields.Char(help="Names of series with commas between them. Empty: all series.")
    energy = fields.Selection(
        [("any", "Any"), ("combustion", "With an Engine"), ("electric", "Electric Only")],
        required=True,
        default="any",
    )
    line_ids = fields.One2many("dealer.maintenance.plan.line", "plan_id", string="Lines", copy=True)

    def _check_as_user(self, field_names):
        """Plans of all stores are the group's; a store has its own."""
        result = super()._check_as_user(field_names)
        if not self.env.user._dealer_has_any(ALL_STORES) and self.filtered(
            lambda plan: not plan.unit_id
        ):
            raise AccessError(
                self.env._(
                    "This plan holds for all stores. Copy it for your store and change the copy."
                )
            )
        return result

    def action_copy_for_store(self):
        """Make a plan of the own store from this one, which goes before it."""
        self.ensure_one()
        unit = self.env["dealer.unit"]._current()
        if not unit:
            raise ValidationError(self.env._("Choose the store you work in first."))
        copied = self.copy({"unit_id": unit.id, "name": f"{self.name} ({unit.display_name})"})
        return copied.get_formview_action()

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        self.env["dealer.vehicle"]._maintenance_all_stale()
        return plans

    def write(self, vals):
        result = super().write(vals)
        self.env["dealer.vehicle"]._maintenance_all_stale()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["dealer.vehicle"]._maintenance_all_stale()
        return result

    @api.model
    def _by_vehicle(self, vehicles):
        """Return ``{vehicle: plan}``, the plan that fits best; none where nothing fits."""
        plans = self.search([("active", "=", True)])
        known = [(plan, names(plan.brands), names(plan.series)) for plan in plans]
        return {vehicle: self._best(vehicle, known) for vehicle in vehicles}

    @api.model
    def _best(self, vehicle, known):
        electric = vehicle.model_id.default_fuel_type == "electric"
        brand, series = (vehicle.brand or "").lower(), (vehicle.series or "").lower()
        fitting = [
            (
                bool(plan.unit_id),
                bool(many_series),
                bool(brands),
                plan.energy != "any",
                -plan.sequence,
                -plan.id,
                plan,
            )
            for plan, brands, many_series in known
            if plan.unit_id in (vehicle.unit_id, plan.unit_id.browse())
            and (not brands or brand in brands)
            and (not many_series or series in many_series)
            and plan.energy in ("any", "electric" if electric else "combustion")
        ]
        return max(fitting)[-1] if fitting else self.browse()
