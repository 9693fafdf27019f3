from odoo import models


class IrModelData(models.Model):
    _name = "ir.model.data"
    _inherit = "ir.model.data"

    def _process_end(self, modules):
        """Remove what talks to the outside after each installation, before anybody can use it.

        Odoo installs these applications by itself together with mail or crm. This is the last step
        before Odoo removes the modules that are marked for it (``odoo/modules/loading.py``, step 5).
        """
        result = super()._process_end(modules)
        self.env["ir.module.module"]._dealer_remove_outside_modules()
        return result
