from odoo import api, models


class DealerWechatMenu(models.Model):
    _name = "dealer.wechat.menu"
    _inherit = "dealer.wechat.menu"

    @api.model
    def _pages(self):
        return super()._pages() | {
            "/complaint": self.env._("Complain"),
            "/my/complaints": self.env._("My Complaints"),
        }
