from odoo import models


class DealerInteraction(models.Model):
    """The activities of consultants are printed, too (销售顾问访问活动日报)."""

    _name = "dealer.interaction"
    _inherit = ["dealer.interaction", "dealer.figures.print"]
    _print_day = "start"
