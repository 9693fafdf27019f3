from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class DealerVehicleOwner(models.Model):
    _name = "dealer.vehicle.owner"
    _inherit = ["dealer.user.checks"]
    _description = "Ownership of a Vehicle"
    _order = "date_from desc, id desc"

    vehicle_id = fields.Many2one("dealer.vehicle", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Owner", required=True, index=True, ondelete="restrict"
    )
    date_from = fields.Date(string="Owner Since", required=True, default=fields.Date.context_today)
    date_to = fields.Date(string="Owner Until")

    _dates = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "An ownership cannot end before it began.",
    )
    _one_current = models.UniqueIndex(
        "(vehicle_id) WHERE date_to IS NULL",
        "This vehicle has an owner already. End that ownership before you enter the new owner.",
    )

    @api.depends("vehicle_id", "partner_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.vehicle_id.display_name} – {line.partner_id.name}"

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_vehicle_id")
        self._check_vehicles([vals.get("vehicle_id", default) for vals in vals_list])
        return super().create(vals_list)

    def write(self, vals):
        self._check_vehicles([vals.get("vehicle_id")])
        return super().write(vals)

    @api.model
    def _check_vehicles(self, vehicle_ids):
        """Refuse to name an owner of a car that one cannot read: the ownership would open it."""
        self.env["dealer.vehicle"].browse(filter(None, vehicle_ids)).check_access("read")

    def _check_as_user(self, field_names):
        """Nobody ties a car to a customer whom one cannot read."""
        result = super()._check_as_user(field_names)
        if "partner_id" in field_names:
            # The number is read as the system, the right to see that customer is asked as the user.
            self.sudo().partner_id.sudo(False).check_access("read")
        return result

    @api.constrains("vehicle_id", "date_from", "date_to")
    def _check_overlap(self):
        # Another owner of the same car may belong to a store that the user does not see.
        for line in self.sudo():
            domain = Domain("vehicle_id", "=", line.vehicle_id.id) & Domain("id", "!=", line.id)
            domain &= Domain("date_to", "=", False) | Domain("date_to", ">", line.date_from)
            if line.date_to:
                domain &= Domain("date_from", "<", line.date_to)
            if self.sudo().search_count(domain, limit=1):
                raise ValidationError(
                    self.env._(
                        "%s has another owner in this time. End the former ownership first.",
                        line.vehicle_id.display_name,
                    )
                )
