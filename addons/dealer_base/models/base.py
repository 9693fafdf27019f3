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

    def _dealer_file_moved(self, field_name, before, after):
        """Follow that these documents belong to another file since a merge; a hook.

        A merge writes past ``write()``. Documents that keep a record of their own changes, e.g. a
        sealed file, note it here. Called as superuser, once more the other way when it is undone.

        :param str field_name: the field that pointed to ``before`` and points to ``after``
        """
