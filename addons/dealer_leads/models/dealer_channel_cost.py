from odoo import fields, models


class DealerChannelCost(models.Model):
    """What a channel costs besides the price of files: the yearly fee of a platform, a click, a stand."""

    _name = "dealer.channel.cost"
    _description = "Cost of a Channel"
    _inherit = ["dealer.store.mixin", "dealer.user.checks"]
    _order = "day desc, id desc"

    name = fields.Char(string="What For", required=True)
    day = fields.Date(
        required=True,
        default=fields.Date.context_today,
        index=True,
        help="The day, or the first of the month, that the cost is counted in.",
    )
    source_id = fields.Many2one("utm.source", required=True, index=True, ondelete="restrict")
    campaign_id = fields.Many2one("utm.campaign", index="btree_not_null", ondelete="restrict")
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(required=True)

    _amount_positive = models.Constraint("CHECK (amount > 0)", "A cost is more than zero.")

    def _check_as_user(self, field_names):
        """Costs are written for the stores one works for."""
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            self.env["dealer.unit"]._check_works_for(self.unit_id)
        return result
