from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..models.res_users import API_GROUPS


class DealerApiKey(models.TransientModel):
    """Make a key for a machine, which cannot log in and make one itself."""

    _name = "dealer.api.key"
    _description = "Key of a Machine Interface"

    user_id = fields.Many2one("res.users", string="Interface User", required=True)
    name = fields.Char(string="What For", required=True)
    days = fields.Integer(string="Valid for Days", default=365, required=True)
    key = fields.Char(readonly=True)

    @api.constrains("days")
    def _check_days(self):
        if self.filtered(lambda wizard: wizard.days < 1):
            raise ValidationError(self.env._("A key is valid for a day at least."))

    def action_make_key(self):
        """Make the key and show it, this once.

        :raise AccessError: for anybody but an administrator
        :raise ValidationError: when the user is a person: persons make their own keys
        """
        self.ensure_one()
        if not self.env.is_system():
            raise AccessError(self.env._("Only an administrator makes keys for interfaces."))
        user = self.user_id
        if user._is_internal() or not user._dealer_has_any(API_GROUPS):
            raise ValidationError(
                self.env._(
                    "%s is no interface user. Make a user with one of the groups “API: …” and no"
                    " other right.",
                    user.name,
                )
            )
        # The administrator acts for the machine; duration is limited by the wizard instead of by
        # the groups of the machine, which have none.
        key = (
            self.env["res.users.apikeys"]
            .with_user(user)
            .sudo()
            ._generate("rpc", self.name, fields.Datetime.now() + timedelta(days=self.days))
        )
        self.key = key
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
