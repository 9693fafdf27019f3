import json

from werkzeug.exceptions import Forbidden

from odoo.http import request, route

from odoo.addons.web.controllers.export import CSVExport, ExcelExport
from odoo.addons.web.controllers.json import WebJsonController
from odoo.addons.web.controllers.pivot import TableExporter

EXPORT_GROUP = "base.group_allow_export"


def note_export(export_format, filter_used):
    """Leave for the log what only the request knows; on the request, where no client can forge it."""
    request.dealer_export = {"format": export_format, "filter": filter_used}


def note_list_export(export_format, data):
    params = json.loads(data)
    note_export(export_format, None if params.get("ids") else str(params.get("domain")))


class DealerCSVExport(CSVExport):
    def base(self, data):
        note_list_export("csv", data)
        return super().base(data)


class DealerExcelExport(ExcelExport):
    def base(self, data):
        note_list_export("xlsx", data)
        return super().base(data)


class DealerTableExporter(TableExporter):
    @route()
    def export_xlsx(self, data, **kw):
        """Hold pivot tables to the same right and log as lists (Odoo asks for none)."""
        if not request.env.user.has_group(EXPORT_GROUP):
            raise Forbidden(
                request.env._(
                    "You may not export. Ask the general manager for the right to export."
                )
            )
        table = json.load(data) if hasattr(data, "read") else json.loads(data)
        note_export("pivot xlsx", str(table.get("title") or ""))
        request.env["dealer.export.log"]._record(
            table.get("model") or "pivot",
            [str(measure.get("title", "")) for measure in table.get("measure_headers") or []],
            len(table.get("rows") or []),
        )
        return super().export_xlsx(json.dumps(table), **kw)


class DealerJsonController(WebJsonController):
    @route()
    def web_json_1(self, subpath, **kwargs):
        """Log what is fetched as JSON; Odoo asks for the export right itself."""
        response = super().web_json_1(subpath, **kwargs)
        if not response.is_json:
            return response  # sent on to the address with all parameters
        answer = response.json
        rows = answer.get("records", answer.get("groups", [answer]))
        note_export("json", f"{subpath} {kwargs}")
        request.env["dealer.export.log"]._record(
            self._get_action(subpath)[0].res_model, list(rows[0]) if rows else [], len(rows)
        )
        return response
