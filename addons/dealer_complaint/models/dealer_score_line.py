from odoo import fields, models


class DealerScoreLine(models.Model):
    _name = "dealer.score.line"
    _description = "Line of a Score Sheet"
    _order = "sheet_id, rule_id, id"

    sheet_id = fields.Many2one("dealer.score.sheet", required=True, index=True, ondelete="cascade")
    rule_id = fields.Many2one("dealer.score.rule", required=True, ondelete="restrict")
    index_name = fields.Char(related="rule_id.index_name", store=True)
    ticket_id = fields.Many2one(
        "helpdesk.ticket", string="Complaint", index="btree_not_null", ondelete="restrict"
    )
    points = fields.Float()
    amount = fields.Monetary()
    currency_id = fields.Many2one(related="rule_id.currency_id")
