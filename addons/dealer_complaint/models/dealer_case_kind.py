from odoo import fields, models


class DealerCaseKind(models.Model):
    """Class of a complaint: sale, service, parts … with types below (FACTS §4)."""

    _name = "dealer.case.kind"
    _description = "Class of Complaint"
    _parent_store = True
    _order = "parent_path, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one("dealer.case.kind", index=True, ondelete="restrict")
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("dealer.case.kind", "parent_id", string="Types")
