from odoo import models


class Base(models.AbstractModel):
    _inherit = "base"

    def export_data(self, fields_to_export):
        """Export as Odoo does and log who took what (requirement A8)."""
        result = super().export_data(fields_to_export)
        self.env["dealer.export.log"]._record(
            self._name, fields_to_export, len(result["datas"]), ids=self.ids
        )
        return result
