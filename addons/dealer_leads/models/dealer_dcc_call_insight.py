from odoo import models


class DealerDccCall(models.Model):
    _name = "dealer.dcc.call"
    _inherit = ["dealer.dcc.call", "dealer.insight.mixin"]

    _insight_source = "dcc"
