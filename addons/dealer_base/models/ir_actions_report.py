from markupsafe import Markup

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

    def _prepare_html(self, html, report_model=False):
        """Give a body without “article” its head, too: character set and styles.

        Odoo wraps articles only. Without the character set Chinese is printed as Latin rubbish.
        """
        bodies, *rest = super()._prepare_html(html, report_model=report_model)
        return [body if "<html" in body else self._whole_page(body) for body in bodies], *rest

    def _whole_page(self, body):
        page = self.env["ir.qweb"]._render("dealer_base.report_page", {"body": Markup(body)})
        # Without it tables would not take the size of letters from what is around them.
        return Markup("<!DOCTYPE html>") + page
