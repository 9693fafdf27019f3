import base64
import binascii
import io

import xlsxwriter
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.tools import FormatError
from odoo.addons.dealer_base.tools.cells import harmless
from odoo.addons.dealer_base.tools.sheet import Limits, check_length, open_sheet

from ..tools import dms, dms_file
from ..tools.day import today

LOADERS = (
    "dealer_base.group_service_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)
PREVIEW_ROWS = 6
#: As many as one call of the interface brings.
CHUNK = 1000
LIMITS = Limits(rows=20_000)


class DealerDmsImport(models.TransientModel):
    """A file of the maker's system: looked at, then taken in on the way of the interface."""

    _name = "dealer.dms.import"
    _description = "File of the Maker's DMS"

    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        required=True,
        domain="[('kind', '=', 'store'), ('company_id', 'in', allowed_company_ids)]",
        default=lambda self: self.env["dealer.unit"]._current(),
    )
    file = fields.Binary(required=True, attachment=False)
    name = fields.Char(string="File Name")
    kind = fields.Selection(
        [("customer", "Customers"), ("vehicle", "Cars"), ("repair_order", "Workshop Orders")],
        string="What It Holds",
        compute="_compute_kind",
        store=True,
        readonly=False,
        precompute=True,
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    warning = fields.Char(compute="_compute_preview", string="Look at This")
    is_done = fields.Boolean(readonly=True)
    row_count = fields.Integer(string="In the File", readonly=True)
    accepted = fields.Integer(string="Taken In", readonly=True)
    unchanged = fields.Integer(string="Known Before", readonly=True)
    older = fields.Integer(string="Older Than Ours", readonly=True)
    refused = fields.Integer(readonly=True)
    refused_file = fields.Binary(string="Refused Rows", readonly=True, attachment=False)
    refused_name = fields.Char(readonly=True)

    @api.depends("file", "name")
    def _compute_kind(self):
        for wizard in self:
            try:
                rows = wizard._rows() if wizard.file else []
            except UserError:
                rows = []
            wizard.kind = dms_file.guess_kind(rows) or wizard.kind

    @api.depends("file", "name", "kind")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = wizard.warning = False
            if not wizard.file:
                continue
            try:
                wizard.preview = wizard._preview_table()
            except UserError as error:
                wizard.warning = str(error)

    def _rows(self):
        """Return all rows of the file; raise UserError, in words, where it cannot be read."""
        self.ensure_one()
        try:
            content = base64.b64decode(self.with_context(bin_size=False).file or b"")
        except (binascii.Error, ValueError):
            raise UserError(self.env._("The file did not arrive whole. Load it again.")) from None
        try:
            check_length(len(content), LIMITS)
            return list(open_sheet(content, self.name or "", LIMITS).rows())
        except FormatError as error:
            raise UserError(self.env._(error.message)) from None

    def _understand(self):
        """Return ``(rows, index of the heading, {column: what it is})``."""
        rows = self._rows()
        found = self.kind and dms_file.find_heading(rows, self.kind)
        if not found:
            raise UserError(
                self.env._(
                    "No heading is known. The first row names the columns, e.g. %(words)s.",
                    words="客户编号、客户名称、手机 / 车架号、车牌号、车系 / 工单号、车架号、开单日期",
                )
            )
        columns = set(found[1].values())
        needed = {"repair_order": ["external_id", "opened_at"], "customer": ["external_id"]}
        for target in needed.get(self.kind, ["external_id"] if "vin" not in columns else []):
            if target not in columns:
                words = dms_file.HEADINGS[self.kind][target].split()[:3]
                raise UserError(
                    self.env._("A column is missing: %(words)s.", words=" / ".join(words))
                )
        return rows, *found

    def _preview_table(self):
        """Return the first rows as a table; columns that are not read are grey."""
        rows, index, columns = self._understand()
        cell = Markup('<%s class="%s">%s</%s>')
        lines = []
        for place, row in enumerate(rows[index : index + PREVIEW_ROWS + 1]):
            tag = "td" if place else "th"
            lines.append(
                Markup("<tr>%s</tr>")
                % Markup("").join(
                    cell % (tag, "" if column in columns else "text-muted", text, tag)
                    for column, text in enumerate(row.cells)
                )
            )
        note = self.env._("Columns in grey are not read.")
        return Markup(
            '<div class="table-responsive"><table class="table table-sm text-nowrap">%s</table></div>'
            '<p class="text-muted">%s</p>'
        ) % (Markup("").join(lines), note)

    def action_take_in(self):
        """Put the rows into the inbox of the DMS, and say what became of them.

        :raise AccessError: for another post, or for a store that one does not work for
        """
        self.ensure_one()
        if not self.env.user._dealer_has_any(LOADERS):
            raise AccessError(self.env._("Files of the DMS are loaded by the service manager."))
        # Which company a store is is no secret.
        if self.unit_id.sudo().company_id not in self.env.companies:
            raise AccessError(self.env._("You do not work for this store."))
        rows, index, columns = self._understand()
        good, refused, total = [], [], 0
        now = fields.Datetime.now().isoformat() + "+00:00"
        by_number = {row.number: row for row in rows}
        for numbers, row in dms_file.read_rows(rows[index + 1 :], self.kind, columns, today()):
            total += 1
            stamped = row if row.get("updated_at") else {**row, "updated_at": now}
            problems = dms.check_row(stamped)
            if problems:
                refused += [(by_number[number], "; ".join(problems)) for number in numbers]
            else:
                good.append(stamped)
        # The right was checked, and whose store it is; rows are stored by the system.
        inbox = self.env["dealer.dms.row"].sudo()
        counts = dict.fromkeys(("accepted", "unchanged", "older"), 0)
        for start in range(0, len(good), CHUNK):
            chunk = good[start : start + CHUNK]
            known = self._said_before(inbox, chunk)
            fresh = [row for row in chunk if self._bare(row) != known.get(row["external_id"])]
            counts["unchanged"] += len(chunk) - len(fresh)
            for _row_id, status in inbox._receive(self.unit_id, fresh, origin="file"):
                counts[status] += 1
        self.write({**counts, "row_count": total, "refused": len(refused), "is_done": True})
        if refused:
            self._keep_refused(rows[index], refused)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("File of the DMS"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @staticmethod
    def _bare(row):
        """Return a row without its age: a file that names none is loaded again unchanged."""
        return {name: value for name, value in row.items() if name != "updated_at"}

    def _said_before(self, inbox, rows):
        found = inbox.search_fetch(
            Domain("unit_id", "=", self.unit_id.id)
            & Domain("kind", "=", self.kind)
            & Domain("external_id", "in", [row["external_id"] for row in rows]),
            ["external_id", "payload"],
        )
        return {row.external_id: self._bare(row.payload) for row in found}

    def _keep_refused(self, heading, refused):
        """Keep the refused rows as they stand in the file, each with the reason, for download."""
        output = io.BytesIO()
        # Whatever a cell says is a text here, never a formula, a link or a number.
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        width = max(len(row.cells) for row in (heading, *(row for row, _why in refused)))
        with xlsxwriter.Workbook(output, options) as book:
            sheet = book.add_worksheet(self.env._("Refused Rows"))
            words = [heading.cells, self.env._("Why")]
            for line, (cells, why) in enumerate(
                (words, *((row.cells, why) for row, why in refused))
            ):
                for column, text in enumerate([*cells, *[""] * (width - len(cells)), why]):
                    sheet.write_string(line, column, harmless(text))
            sheet.freeze_panes(1, 0)
        stem = (self.name or "").rsplit(".", 1)[0]
        self.write(
            {
                "refused_file": base64.b64encode(output.getvalue()),
                "refused_name": f"{stem}-{self.env._('refused')}.xlsx",
            }
        )

    def action_open_rows(self):
        """Open what of the files waits for a person."""
        return self.unit_id.action_dms_attention()
