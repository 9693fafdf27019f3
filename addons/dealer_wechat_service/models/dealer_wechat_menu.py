from odoo import api, models


class DealerWechatMenu(models.Model):
    _name = "dealer.wechat.menu"
    _inherit = "dealer.wechat.menu"

    @api.model
    def _pages(self):
        return super()._pages() | {
            "/my/appointments": self.env._("Book a Service"),
            "/my/vehicles": self.env._("My Cars"),
            "/my/requests": self.env._("My Requests"),
            "/service/prices": self.env._("Prices of Services"),
        }

    @api.model
    def _sign_in_page(self):
        """Let the number and a code do: customers have no password."""
        return "/my/sign-in"
