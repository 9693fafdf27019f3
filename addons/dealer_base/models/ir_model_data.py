from odoo import models


class IrModelData(models.Model):
    _name = "ir.model.data"
    _inherit = "ir.model.data"

    def _process_end(self, modules):
        """Bring stores and modules into order after each installation, before anybody works.

        Stores get what a new application needs of them; what talks to the outside is removed.

        Odoo installs these applications by itself together with mail or crm. This is the last step
        before Odoo removes the modules that are marked for it (``odoo/modules/loading.py``, step 5).
        """
        result = super()._process_end(modules)
        for store in self.env["dealer.unit"].search([("kind", "=", "store")]):
            store._equip_store()
        self.env["ir.module.module"]._dealer_remove_outside_modules()
        return result
