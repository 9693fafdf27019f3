from odoo import api, models

#: Applications that Odoo installs by itself and that talk to servers outside of the house with
#: customers' names, numbers or addresses. What stands on them (SMS by IAP, snail mail …) goes too.
OUTSIDE_MODULES = (
    "crm_iap_enrich",
    "crm_iap_mine",
    "google_gmail",
    "iap",
    "iap_crm",
    "iap_mail",
    "microsoft_outlook",
    "partner_autocomplete",
    "snailmail",
    "web_unsplash",
)


class IrModuleModule(models.Model):
    _name = "ir.module.module"
    _inherit = "ir.module.module"

    @api.model
    def _dealer_remove_outside_modules(self):
        """Mark what would send data out of the house for removal, dependants included.

        An administrator who wants one of them names it in the system parameter
        ``dealer_base.allowed_outside_modules`` (comma separated), and it stays.
        """
        # Called while the registry loads, by the system.
        allowed = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("dealer_base.allowed_outside_modules", "")
        )
        names = set(OUTSIDE_MODULES) - {name.strip() for name in allowed.split(",")}
        modules = self.sudo().search([("name", "in", list(names)), ("state", "=", "installed")])
        if modules:
            modules.button_uninstall()
        return modules
