from odoo import api, models


class DealerWechatMenu(models.Model):
    _name = "dealer.wechat.menu"
    _inherit = "dealer.wechat.menu"

    @api.model
    def _pages(self):
        return super()._pages() | {
            "/lead?about=price": self.env._("Ask for the Lowest Price"),
            "/showroom": self.env._("Online Showroom"),
            "/test-drive": self.env._("Book a Test Drive"),
        }
