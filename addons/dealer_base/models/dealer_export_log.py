from odoo import api, fields, models
from odoo.http import request

#: How many ids a line keeps of an export of ticked records.
IDS_KEPT = 200


class DealerExportLog(models.Model):
    """Who took which data out of the system (requirement A8; PIPL Art. 51, 54)."""

    _name = "dealer.export.log"
    _description = "Export Log"
    _order = "id desc"
    _rec_name = "model_name"

    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", index=True)
    date = fields.Datetime(required=True, index=True, default=fields.Datetime.now)
    model = fields.Char(string="Technical Name", required=True)
    model_name = fields.Char(string="Kind of Records", compute="_compute_model_name")
    export_format = fields.Char(string="Format")
    filter_used = fields.Char(
        string="Filter", help="The search, or the numbers of the ticked records."
    )
    field_names = fields.Char(string="Fields")
    row_count = fields.Integer(string="Rows", aggregator="sum")
    address = fields.Char(string="From Address")

    @api.depends("model")
    def _compute_model_name(self):
        for line in self:
            line.model_name = self.env["ir.model"]._get(line.model).name or line.model

    @api.model
    def _record(self, model, field_names, rows, ids=()):
        """Write a line for an export; the client cannot influence what it says.

        :param str model: technical name of what was exported
        :param list field_names: the exported columns
        :param int rows: number of lines that left
        :param ids: ids of the records, kept where the export names no search
        """
        told = getattr(request, "dealer_export", {}) if request else {}
        filter_used = told.get("filter")
        if not filter_used:
            more = "…" if len(ids) > IDS_KEPT else ""
            filter_used = f"id: {', '.join(map(str, ids[:IDS_KEPT]))}{more}"
        values = {
            "user_id": self.env.uid,
            "company_id": self.env.company.id,
            "model": model,
            "export_format": told.get("format", "rpc"),
            "filter_used": filter_used,
            "field_names": ", ".join(field_names),
            "row_count": rows,
            "address": request.httprequest.remote_addr if request else False,
        }
        # The log is written by the system alone; nobody has a right to write it, and no default of
        # a client's context finds its way into it.
        log = self.env(context={})[self._name].sudo()
        if not self.env.cr.readonly:
            return log.create(values)
        # Some routes read from a replica; the line is written all the same, or nothing leaves.
        with self.env.registry.cursor() as cr:
            log.with_env(log.env(cr=cr)).create(values)
        return self.browse()
