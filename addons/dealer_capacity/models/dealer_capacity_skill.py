from odoo import fields, models


class DealerCapacitySkill(models.Model):
    _name = "dealer.capacity.skill"
    _description = "Skill or Equipment"
    _order = "name"

    name = fields.Char(required=True)
    code = fields.Char(copy=False, help="How programs name the skill, e.g. high_voltage.")
    active = fields.Boolean(default=True)
    kind_ids = fields.Many2many(
        "dealer.capacity.kind", string="Kinds", help="Which kinds of resources can have it."
    )

    _name_uniq = models.Constraint("UNIQUE(name)", "This skill exists already.")
    _code_uniq = models.UniqueIndex(
        "(code) WHERE code IS NOT NULL", "Another skill has this code already."
    )
