from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DealerCaseCause(models.Model):
    """Why complaints come about: a tree of two levels (E3)."""

    _name = "dealer.case.cause"
    _description = "Root Cause"
    _parent_store = True
    _order = "parent_path, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one(
        "dealer.case.cause", string="Group", index=True, ondelete="restrict"
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("dealer.case.cause", "parent_id", string="Causes")
    need_part = fields.Boolean(string="Asks for the Part")

    @api.constrains("parent_id")
    def _check_tree(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A cause cannot stand below itself."))

    @api.depends("name", "parent_id.name")
    def _compute_display_name(self):
        for cause in self:
            cause.display_name = " / ".join(filter(None, (cause.parent_id.name, cause.name)))
