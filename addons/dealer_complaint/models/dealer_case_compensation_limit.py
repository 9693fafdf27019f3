from odoo import api, fields, models


class DealerCaseCompensationLimit(models.Model):
    """Up to which amount a post may approve a compensation (E4)."""

    _name = "dealer.case.compensation.limit"
    _description = "Limit of Compensation"
    _order = "amount, id"
    _rec_name = "group_id"

    group_id = fields.Many2one("res.groups", string="Post", required=True, ondelete="cascade")
    amount = fields.Monetary(string="Up To", required=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.user._dealer_setting_company(),
    )
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.ref("base.CNY"), required=True
    )

    _amount_positive = models.Constraint("CHECK (amount >= 0)", "A limit cannot be below zero.")
    _group_uniq = models.UniqueIndex(
        "(group_id, COALESCE(company_id, 0))", "This post has a limit already."
    )

    @api.model
    def _limit_of(self, user, company):
        """Return up to which amount ``user`` may approve in ``company``; 0 without any limit."""
        # Limits are set by the management; who may approve is asked for everybody.
        limits = self.sudo().search([("company_id", "in", (False, company.id))])
        mine = limits.filtered(lambda limit: limit.group_id in user.all_group_ids)
        return max(mine.mapped("amount"), default=0)
