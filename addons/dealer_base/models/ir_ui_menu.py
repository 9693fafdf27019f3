from odoo import models


class IrUiMenu(models.Model):
    _name = "ir.ui.menu"
    _inherit = "ir.ui.menu"

    def _load_menus_blacklist(self):
        """Leave “Apps” to administrators: ``base_install_request`` shows it to every employee."""
        hidden = super()._load_menus_blacklist()
        user = self.env.user
        if user._dealer_is_staff() and not user.has_group("base.group_system"):
            hidden.append(self.env.ref("base.menu_management").id)
        return hidden
