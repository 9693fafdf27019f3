from odoo import models
from odoo.exceptions import AccessDenied
from odoo.http import request


class IrHttp(models.AbstractModel):
    _name = "ir.http"
    _inherit = "ir.http"

    @classmethod
    def _auth_method_bearer(cls):
        """Refuse the keys of machines: they open their own routes, which look at keys themselves.

        Many methods ask for no right at all, so empty rights alone would not close ``/json/2``.
        """
        result = super()._auth_method_bearer()
        if request.env.user._dealer_is_machine():
            raise AccessDenied()
        return result

    def session_info(self):
        """Tell the workbenches whether the job runner is at work."""
        result = super().session_info()
        user = self.env.user
        if user._is_internal() and (user._dealer_is_staff() or user.has_group("base.group_system")):
            result["dealer_runner_sleeps"] = self.env["dealer.queue.mixin"]._runner_sleeps()
        return result
