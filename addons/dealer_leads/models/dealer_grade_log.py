from odoo import fields, models


class DealerGradeLog(models.Model):
    """Which grade a lead had when, and why (促前级别, 促后级别). Written by the system alone."""

    _name = "dealer.grade.log"
    _description = "Change of Grade"
    _inherit = ["dealer.store.mixin"]
    _order = "date desc, id desc"
    _rec_name = "grade_id"

    lead_id = fields.Many2one("crm.lead", required=True, index=True, ondelete="cascade")
    relation_id = fields.Many2one("dealer.relation", index="btree_not_null", ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", string="Changed By", required=True)
    consultant_id = fields.Many2one("res.users")
    old_grade_id = fields.Many2one("dealer.grade", string="Former Grade", ondelete="restrict")
    grade_id = fields.Many2one("dealer.grade", required=True, index=True, ondelete="restrict")
    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    reason = fields.Char(required=True)
