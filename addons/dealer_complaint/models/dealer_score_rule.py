from odoo import fields, models


class DealerScoreRule(models.Model):
    """What a post gains or loses by a complaint, in points and money (E5)."""

    _name = "dealer.score.rule"
    _description = "Score Rule"
    _order = "index_name, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    index_name = fields.Char(
        string="Index",
        required=True,
        default="SSI",
        help="E.g. SSI, TBD, TBF, as the shop calls it.",
    )
    event = fields.Selection(
        [
            ("satisfied", "Customer Satisfied"),
            ("unsatisfied", "Customer not Satisfied"),
            ("in_time", "Returned within 24 Hours"),
            ("late", "Returned Late"),
            ("reopened", "Reopened"),
            ("no_complaint", "No Complaint in the Month"),
        ],
        required=True,
    )
    group_id = fields.Many2one(
        "res.groups", string="Post", ondelete="restrict", help="Empty: every handler."
    )
    points = fields.Float()
    amount = fields.Monetary(help="Above zero: reward; below: penalty.")
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.ref("base.CNY"), required=True
    )
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        default=lambda self: self.env.user._dealer_setting_company(),
    )
