from odoo import api, models


class IrModelAccess(models.Model):
    _name = "ir.model.access"
    _inherit = "ir.model.access"

    @api.model
    def _get_allowed_models(self, mode="read"):
        """Let doors for machines touch nothing: their key opens its own route and no RPC.

        Some models grant reading to every user, whatever the group; a key would read those through
        ``/json/2`` and ``/xmlrpc``. The routes of machines act as superuser after their own checks.
        """
        if self.env.user._dealer_is_machine():
            return frozenset()
        return super()._get_allowed_models(mode)
