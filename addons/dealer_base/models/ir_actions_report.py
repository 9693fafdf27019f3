from odoo import models


class IrActionsReport(models.Model):
    _name = "ir.actions.report"
    _inherit = "ir.actions.report"

    def _get_rendering_context(self, report, docids, data):
        """Ask whether the user may read what is printed.

        The route of reports asks no right. A template that reads one field as the system leaves the
        whole row in the cache, where nobody is asked any more.
        """
        if report.model in self.env:
            self.env[report.model].browse(docids).check_access("read")
        return super()._get_rendering_context(report, docids, data)
