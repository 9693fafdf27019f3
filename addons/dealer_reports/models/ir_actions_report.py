import io

from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from odoo import models
from odoo.http import request

from odoo.addons.dealer_base.controllers.export import note_export

#: Reports whose rows are a search of the client and no records with ids.
PRINTS = "dealer_reports.print_"


class IrActionsReport(models.Model):
    _name = "ir.actions.report"
    _inherit = "ir.actions.report"

    def _get_rendering_context(self, report, docids, data):
        values = super()._get_rendering_context(report, docids, data)
        if report.report_name.startswith(PRINTS):
            shown = dict(data or {})
            if docids:
                shown["domain"] = [("id", "in", docids)]
            values.update(self.env[report.model]._print_values(shown))
        return values

    def _render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        """Number the pages of printed reports, and log who took which figures out (A8)."""
        content, kind = super()._render_qweb_pdf(report_ref, res_ids=res_ids, data=data)
        report = self._get_report(report_ref)
        if not report.report_name.startswith(PRINTS):
            return content, kind
        shown = data or {}
        if request:
            note_export("pdf", str(shown.get("domain")) if not res_ids else None)
        self.env["dealer.export.log"]._record(
            report.model,
            [*(shown.get("rows") or []), *(shown.get("measures") or shown.get("columns") or [])],
            self.env[report.model].search_count(shown.get("domain") or [("id", "in", res_ids)]),
            ids=res_ids or (),
        )
        return (number_pages(content) if kind == "pdf" else content), kind


def number_pages(content):
    """Return the PDF with “page / pages” at the foot: Debian's wkhtmltopdf prints no footer."""
    reader, writer = PdfReader(io.BytesIO(content)), PdfWriter()
    for number, page in enumerate(reader.pages, 1):
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        foot = io.BytesIO()
        canvas = Canvas(foot, pagesize=(width, height))
        canvas.setFont("Helvetica", 8)
        canvas.drawCentredString(width / 2, 14, f"{number} / {len(reader.pages)}")
        canvas.save()
        page.merge_page(PdfReader(foot).pages[0])
        writer.add_page(page)
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()
