from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DealerCapacityException(models.Model):
    """When a resource, a kind or the whole store is closed, or there beyond its hours."""

    _name = "dealer.capacity.exception"
    _description = "Closure or Extra Hours"
    _inherit = ["dealer.user.checks", "dealer.store.mixin"]
    _order = "start desc, id desc"
    _rec_name = "reason"

    type = fields.Selection(
        [("closed", "Closed or Away"), ("extra", "Extra Hours")], required=True, default="closed"
    )
    kind_id = fields.Many2one(
        "dealer.capacity.kind",
        string="All of a Kind",
        index="btree_not_null",
        ondelete="cascade",
        help="Empty, with no resource either: the whole store.",
    )
    resource_id = fields.Many2one(
        "dealer.capacity.resource",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('unit_id', '=', unit_id), '|', ('kind_id', '=', kind_id), (not kind_id, '=', True)]",
    )
    start = fields.Datetime(required=True)
    stop = fields.Datetime(string="End", required=True)
    reason = fields.Char()

    _stop_after_start = models.Constraint("CHECK (stop > start)", "An end comes after the start.")
    _unit_time_idx = models.Index("(unit_id, stop)")

    @api.depends("type", "resource_id", "kind_id", "unit_id", "reason")
    def _compute_display_name(self):
        types = dict(self._fields["type"]._description_selection(self.env))
        for exception in self:
            # Names of resources of the own store are no secret.
            place = exception.sudo()
            where = place.resource_id.name or place.kind_id.name or place.unit_id.name
            words = [types.get(exception.type), where, exception.reason]
            exception.display_name = " · ".join(filter(None, words))

    @api.constrains("resource_id", "unit_id", "kind_id")
    def _check_resource_of_store(self):
        # Of another store the resource may be unreadable.
        for exception in self.sudo().filtered("resource_id"):
            resource = exception.resource_id
            if resource.unit_id != exception.unit_id:
                raise ValidationError(
                    self.env._("%s is a resource of another store.", resource.name)
                )
            if exception.kind_id and exception.kind_id != resource.kind_id:
                raise ValidationError(
                    self.env._("%s is a resource of another kind.", resource.name)
                )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            # Rules are asked before a write; nobody closes the store of others.
            self.check_access("write")
        return result

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        exceptions._touched()._look_through()
        return exceptions

    def write(self, vals):
        touched = self._touched()
        result = super().write(vals)
        (touched | self._touched())._look_through()
        return result

    def unlink(self):
        touched = self._touched()
        result = super().unlink()
        touched._look_through()
        return result

    def _touched(self):
        """Return the resources whose hours the lines change."""
        resources = self.env["dealer.capacity.resource"].sudo()  # marks are the system's
        found = resources.browse()
        for exception in self.sudo():
            domain = [("unit_id", "=", exception.unit_id.id)]
            if exception.resource_id:
                domain.append(("id", "=", exception.resource_id.id))
            elif exception.kind_id:
                domain.append(("kind_id", "=", exception.kind_id.id))
            found |= resources.search(domain)
        return found
