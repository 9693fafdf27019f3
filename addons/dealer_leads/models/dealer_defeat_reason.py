from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DealerDefeatReason(models.Model):
    """Why customers buy elsewhere or not at all: a tree of two levels (FACTS §1.5)."""

    _name = "dealer.defeat.reason"
    _description = "Reason of Defeat"
    _parent_store = True
    _order = "position, id"
    _rec_names_search = ("name", "parent_id.name")

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one(
        "dealer.defeat.reason", string="Group", index=True, ondelete="restrict"
    )
    parent_path = fields.Char(index=True)
    position = fields.Char(
        compute="_compute_position",
        store=True,
        help="Reasons stand below their group, each in its order.",
    )
    child_ids = fields.One2many("dealer.defeat.reason", "parent_id", string="Reasons")
    need_competitor = fields.Boolean(
        string="Asks for the Competitor", help="Who bought elsewhere bought something."
    )

    @api.depends("sequence", "parent_id", "parent_id.sequence")
    def _compute_position(self):
        for reason in self:
            group = reason.parent_id or reason
            place = f"{reason.sequence:06}" if reason.parent_id else ""
            # A group without id is being created; it moves as soon as a reason joins it.
            reason.position = f"{group.sequence:06}.{group._origin.id or 0:06}.{place}"

    @api.constrains("parent_id")
    def _check_tree(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A reason cannot stand below itself."))
        if self.filtered("parent_id.parent_id"):
            raise ValidationError(
                self.env._("Reasons have two levels: groups, and reasons in them.")
            )

    @api.depends("name", "parent_id.name")
    def _compute_display_name(self):
        for reason in self:
            reason.display_name = " / ".join(filter(None, (reason.parent_id.name, reason.name)))
