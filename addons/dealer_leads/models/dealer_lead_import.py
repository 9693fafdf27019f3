import base64
import binascii
import hashlib
from datetime import UTC, datetime

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from odoo.addons.dealer_base.tools import FormatError
from odoo.addons.dealer_base.tools.cells import ZONE
from odoo.addons.dealer_base.tools.sheet import HEAD, Limits, Row, check_length, open_sheet

from ..tools.columns import find_heading, guess_columns, heading_key, is_running
from ..tools.rows import RowReader

#: Who sees the files of the whole store; the others see what they loaded themselves.
IMPORT_STORE_POSTS = (
    "dealer_base.group_sales_director",
    "dealer_base.group_marketing_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)
#: Who may let rules send the rows of a file to several stores.
GROUP_POSTS = ("dealer_base.group_group_executive", "base.group_system")
#: What people say about a file; all else follows from the file and its course.
SAID = {
    "campaign_id",
    "column_ids",
    "cost",
    "file",
    "heading_row",
    "mapping_id",
    "name",
    "sheet",
    "source_id",
    "unit_id",
}
#: What may still be said when the rows are on their way.
SAID_LATER = {"cost"}
PREVIEW_ROWS = 8


class DealerLeadImport(models.Model):
    """A file of leads: loaded, understood, corrected by a person, then taken in row by row."""

    _name = "dealer.lead.import"
    _description = "File of Leads"
    _inherit = ["dealer.user.checks"]
    _order = "id desc"

    name = fields.Char(string="File Name", required=True, copy=False)
    # The columns of a platform's export hold customers: the file is as secret as its record.
    file = fields.Binary(required=True, attachment=True, copy=False)
    digest = fields.Char(readonly=True, copy=False, index="btree_not_null")
    kind = fields.Char(readonly=True, copy=False)
    encoding = fields.Char(readonly=True, copy=False)
    sheet = fields.Char(copy=False, help="The sheet of the workbook that holds the leads.")
    sheet_names = fields.Char(string="Sheets", readonly=True, copy=False)
    heading_row = fields.Integer(
        copy=False, help="The row that names the columns; 0 where the file has none."
    )
    sample = fields.Json(readonly=True, copy=False)
    mapping_id = fields.Many2one(
        "dealer.lead.import.mapping",
        string="Saved Columns",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="How files like this one were read before.",
    )
    column_ids = fields.One2many(
        "dealer.lead.import.column", "import_id", string="Columns", copy=False
    )
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index=True,
        domain="[('kind', '=', 'store')]",
        default=lambda self: self.env["dealer.unit"]._current(),
        ondelete="restrict",
        help="All rows go to this store. Empty: rules by brand and city send each row to its store.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Loaded By",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: self.env.user,
    )
    source_id = fields.Many2one(
        "utm.source",
        required=True,
        index=True,
        ondelete="restrict",
        help="Where the leads are from.",
    )
    campaign_id = fields.Many2one(
        "utm.campaign",
        index="btree_not_null",
        ondelete="restrict",
        help="For rows that name no campaign of their own. Rows without a number of their own are"
        " known by what they say and by this.",
    )
    cost = fields.Monetary(
        string="Spent", help="What these leads cost: the price of the list, the stand, the day."
    )
    state = fields.Selection(
        [
            ("draft", "To Check"),
            ("queued", "In the Queue"),
            ("running", "Being Taken In"),
            ("done", "Taken In"),
            ("cancelled", "Stopped"),
            ("failed", "Not Readable"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    error = fields.Text(string="What is Wrong", readonly=True, copy=False)
    started_at = fields.Datetime(readonly=True, copy=False)
    finished_at = fields.Datetime(readonly=True, copy=False)
    row_ids = fields.One2many(
        "dealer.lead.import.row", "import_id", string="Rows of the File", copy=False
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    warning = fields.Text(compute="_compute_warning", string="Look at This")

    _cost_positive = models.Constraint("CHECK (cost >= 0)", "A cost is not below zero.")
    _working_idx = models.Index("(id) WHERE state IN ('queued', 'running')")

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for file in self:
            file.currency_id = (file.company_id or self.env.company).currency_id

    @api.depends("sample", "heading_row", "column_ids.target", "campaign_id", "source_id")
    def _compute_preview(self):
        for file in self:
            file.preview = file._preview_table() if file.sample else False

    @api.depends("sample", "heading_row", "column_ids.target", "campaign_id", "digest", "state")
    def _compute_warning(self):
        for file in self:
            file.warning = (
                "\n".join(file._warnings()) if file.sample and file.state == "draft" else False
            )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_upload(vals)
            if not self.env.su:
                self._check_said(vals)
                # Nor by a default out of the client's context.
                vals.update(state="draft", user_id=self.env.uid)
                vals.update(dict.fromkeys(self._course_fields(), False))
        files = super().create(vals_list)
        files._read_head()
        return files

    def write(self, vals):
        vals = dict(vals)
        if not self.env.su:
            self._check_said(vals)
            if vals.keys() - SAID_LATER and self.filtered(lambda file: file.state != "draft"):
                raise UserError(
                    self.env._("The rows of this file are on their way. Load the file once more.")
                )
        self._check_upload(vals)
        fresh = bool(vals.get("file")) or "sheet" in vals
        if fresh:
            # What was read before belongs to the file that was there before.
            vals.pop("column_ids", None)
        chosen = {file: file.mapping_id for file in self} if "mapping_id" in vals else {}
        before = {file: file.heading_row for file in self} if "heading_row" in vals else {}
        result = super().write(vals)
        for file in self:
            if "digest" in vals:
                continue  # the file is being read just now
            if fresh:
                file._read_head()
            elif file in before and file.heading_row != before[file]:
                file._set_columns()
            elif file in chosen and file.mapping_id and file.mapping_id != chosen[file]:
                file._apply_mapping()
        return result

    @api.ondelete(at_uninstall=False)
    def _check_delete(self):
        if self.filtered(lambda file: file.state in ("queued", "running", "done")):
            raise UserError(
                self.env._("A file that was taken in stays: it says where the leads are from.")
            )

    @api.model
    def _course_fields(self):
        """Return the stored fields that follow from the file and its course."""
        return {
            name
            for name, field in self._fields.items()
            if field.store and not field.compute and field.type not in ("one2many",)
        } - (
            SAID
            | {"id", "state", "user_id", "create_uid", "create_date", "write_uid", "write_date"}
        )

    def _check_said(self, vals):
        if vals.keys() - SAID:
            raise UserError(
                self.env._("What becomes of a file is changed by its buttons, which check it.")
            )
        if "unit_id" in vals and not vals["unit_id"]:
            self._check_by_rules()

    def _check_by_rules(self):
        if not self.env.user._dealer_has_any(GROUP_POSTS):
            raise AccessError(
                self.env._("Choose the store. Only the group's executives load files for several.")
            )

    def _check_as_user(self, field_names):
        """Leads are loaded for the stores one works for."""
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            self.env["dealer.unit"]._check_works_for(self.unit_id)
        return result

    @api.constrains("unit_id")
    def _check_unit(self):
        # Whether a unit is a store is no secret.
        if self.sudo().unit_id.filtered(lambda unit: unit.kind != "store"):
            raise UserError(self.env._("Leads go to a store, not to a division."))

    # ------------------------------------------------------------
    # Reading the head
    # ------------------------------------------------------------

    @api.model
    def _limits(self):
        get = self.env["ir.config_parameter"].sudo().get_param  # nobody else reads settings
        return Limits(
            int(get("dealer_leads.import_max_mb", Limits().megabytes)),
            int(get("dealer_leads.import_max_rows", Limits().rows)),
            int(get("dealer_leads.import_max_columns", Limits().columns)),
            int(get("dealer_leads.import_max_unpacked_mb", Limits().unpacked_megabytes)),
        )

    @api.model
    def _check_upload(self, vals):
        """Refuse a file that is too large before it is decoded, kept or looked into."""
        if vals.get("file"):
            try:
                check_length(len(vals["file"]) * 3 // 4, self._limits())
            except FormatError as error:
                raise UserError(self.env._(error.message)) from None

    def _open(self):
        """Return the file as a :class:`Sheet`; raise :class:`SheetError`."""
        self.ensure_one()
        return open_sheet(self._content(), self.name or "", self._limits())

    def _content(self):
        try:
            return base64.b64decode(self.with_context(bin_size=False).file or b"", validate=False)
        except (binascii.Error, ValueError):
            raise UserError(self.env._("The file did not arrive whole. Load it again.")) from None

    def _read_head(self):
        """Look at the first rows: what file it is, where its heading is, what its columns are.

        :raise UserError: why it cannot be read; nothing of it is kept then
        """
        for file in self:
            try:
                sheet = file._open()
                name, head = file._choose_sheet(sheet)
            except FormatError as error:
                raise UserError(self.env._(error.message)) from None
            rows = [Row(*row) for row in head]
            index = find_heading(rows, self.env["dealer.lead.import.synonym"]._targets())
            file._keep(
                {
                    "digest": hashlib.sha256(file._content()).hexdigest(),
                    "kind": sheet.kind,
                    "encoding": sheet.encoding,
                    "sheet": name or False,
                    "sheet_names": ", ".join(sheet.names) if len(sheet.names) > 1 else False,
                    "sample": [[row.number, row.cells] for row in rows],
                    "heading_row": rows[index].number if index is not None else 0,
                }
            )
            file._set_columns()

    def _choose_sheet(self, sheet):
        """Return name and first rows of the wished sheet, else of the one with the best heading."""
        if self.sheet and sheet.kind == "xlsx" and self.sheet not in sheet.names:
            raise UserError(
                self.env._(
                    "There is no sheet “%(sheet)s”. The workbook has: %(names)s.",
                    sheet=self.sheet,
                    names=", ".join(sheet.names),
                )
            )
        synonyms = self.env["dealer.lead.import.synonym"]._targets()
        names = [self.sheet] if self.sheet in sheet.names else sheet.names
        found = []
        for name in names:
            head = []
            for row in sheet.rows(name):
                head.append(row)
                if len(head) >= HEAD:
                    break
            index = find_heading(head, synonyms)
            if index is not None and len(head) > index + 1:
                return name, head
            found.append((name, head, index))
        name, head, index = max(found, key=lambda one: len(one[1]))
        if not head:
            raise UserError(self.env._("The file has no rows. Export it again."))
        if index is not None and len(head) == index + 1:
            raise UserError(
                self.env._("The file has a heading and nothing below it. Export it again.")
            )
        return name, head

    def _head(self):
        return [Row(number, cells) for number, cells in self.sample or []]

    def _data_head(self):
        """Return the rows of the sample that hold leads."""
        return [row for row in self._head() if row.number > self.heading_row]

    def _heading(self):
        """Return the cells of the heading row, empty where the file has none."""
        return next((row.cells for row in self._head() if row.number == self.heading_row), [])

    def _width(self):
        return max((len(row.cells) for row in self._head()), default=0)

    def _set_columns(self):
        """Make the columns anew: by a saved mapping, by their headings, else by their content."""
        synonyms = self.env["dealer.lead.import.synonym"]._targets()
        for file in self:
            heading, rows = file._heading(), file._data_head()
            width = file._width()
            keys = [heading_key(name) for name in heading] + [""] * (width - len(heading))
            told = {index: synonyms[key] for index, key in enumerate(keys) if key in synonyms}
            told = guess_columns(rows, width, told)
            columns, taken = [], set()
            for index in range(width):
                name = heading[index] if index < len(heading) else ""
                values = [row.cells[index] for row in rows if index < len(row.cells)]
                target = told.get(index, "ignore")
                if target == "external_id" and is_running(values):
                    target = "running"
                if target in taken and target not in ("phone", "message"):
                    target = "ignore"
                taken.add(target)
                columns.append(
                    Command.create(
                        {
                            "position": index + 1,
                            "heading": name,
                            "example": " · ".join(list(dict.fromkeys(filter(None, values)))[:3])[
                                :200
                            ],
                            "target": target,
                        }
                    )
                )
            # Columns are made by reading the file; people only say what they mean.
            file.sudo().column_ids.unlink()
            file._keep({"column_ids": columns, "mapping_id": False})
            file._keep({"mapping_id": self.env["dealer.lead.import.mapping"]._of_file(file).id})

    def _keep(self, vals):
        """Write what follows from the file and its course, which is nothing that a person says."""
        # Whoever calls has asked whether the person may do what this follows from.
        return self.sudo().write(vals)

    def _apply_mapping(self):
        """Let the columns mean what the saved mapping says."""
        for file in self:
            targets = {line.position: line.target for line in file.mapping_id.line_ids}
            # As when they were made: choosing a mapping is all the person did.
            for column in file.sudo().column_ids:
                column.target = targets.get(column.position, "ignore")

    def _targets(self):
        """Return ``{index of the column: what it is}`` of the columns that are used."""
        return {
            column.position - 1: column.target
            for column in self.column_ids
            if column.target not in ("ignore", "running")
        }

    def _has(self, target):
        return any(column.target == target for column in self.column_ids)

    # ------------------------------------------------------------
    # Checking
    # ------------------------------------------------------------

    def _warnings(self):
        """Return the sentences that a person should read before the file is taken in."""
        self.ensure_one()
        words = []
        if not self._has("phone"):
            words.append(self.env._("Say which column holds the phone number."))
        elif not self.heading_row:
            words.append(
                self.env._("The file has no heading. Check below what each column is taken for.")
            )
        same = self._same_file()
        if same:
            words.append(
                self.env._(
                    "The very same file was taken in before (%s); rows that are known change nothing.",
                    fields.Date.to_string(same.started_at),
                )
            )
        if self._running_as_number():
            words.append(self._running_words())
        elif not self._has("external_id") and not (self.campaign_id or self._has("occurred_at")):
            words.append(self._campaign_words())
        return words

    def _same_file(self):
        if not self.digest:
            return self.browse()
        # Only the day is told, whoever loaded it.
        return self.sudo().search(
            Domain("digest", "=", self.digest)
            & Domain("id", "not in", self.ids)
            & Domain("state", "in", ("queued", "running", "done")),
            limit=1,
        )

    def _running_as_number(self):
        """Whether a running number is taken for the number at the source."""
        rows = self._data_head()
        return any(
            is_running([row.cells[index] for row in rows if index < len(row.cells)])
            for index, target in self._targets().items()
            if target == "external_id"
        )

    def _running_words(self):
        return self.env._(
            "A running number is no number at the source: the next file begins with 1 again, and"
            " would be taken for this one. Choose “Running Number” for that column."
        )

    def _campaign_words(self):
        return self.env._(
            "The rows have neither a number at the source nor a time. Choose a campaign, or the"
            " next such list would be taken for this one."
        )

    def _check_ready(self):
        """Refuse to take in what would end as rubbish."""
        for file in self:
            if file.state != "draft":
                raise UserError(self.env._("This file was taken in already."))
            if not file._has("phone"):
                raise UserError(self.env._("Say which column holds the phone number."))
            if file._running_as_number():
                raise UserError(file._running_words())
            if (
                not file._has("external_id")
                and not file._has("occurred_at")
                and not file.campaign_id
            ):
                raise UserError(file._campaign_words())

    def _preview_table(self):
        """Return the first rows as they will be understood."""
        names = dict(self.column_ids._fields["target"]._description_selection(self.env))
        reader = self._reader()
        shown = [
            target
            for target in names
            if target in self._targets().values() and target not in ("car", "province")
        ]
        if {"car", "series"} & set(self._targets().values()):
            shown += [target for target in ("brand", "series") if target not in shown]
        cells, cell = Markup(), Markup("<td class='text-nowrap'>%s</td>")
        for row in self._data_head()[:PREVIEW_ROWS]:
            lead = reader.understand(row)
            if not lead:
                continue
            values = [self._shown(lead, target) for target in shown]
            remarks = [lead.refused] if lead.refused else lead.remarks
            words = " ".join(self.env._(remark) for remark in remarks)
            cells += Markup("<tr><td class='text-muted'>%s</td>%s<td class='%s'>%s</td></tr>") % (
                row.number,
                Markup().join(cell % value for value in values),
                "text-danger" if lead.refused else "text-warning-emphasis",
                words,
            )
        heads = Markup().join(Markup("<th class='text-nowrap'>%s</th>") % names[t] for t in shown)
        return Markup(
            "<div class='table-responsive'><table class='table table-sm mb-0'>"
            "<thead><tr><th>%s</th>%s<th></th></tr></thead><tbody>%s</tbody></table></div>"
        ) % (self.env._("Row"), heads, cells)

    @staticmethod
    def _shown(lead, target):
        """Return a value as the person who checks it reads it."""
        value = lead.key if target == "external_id" else lead.values.get(target)
        if target == "occurred_at" and value:
            return datetime.fromisoformat(value).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
        return value or ""

    def _reader(self):
        """Return what reads the rows of this file."""
        self.ensure_one()
        local = fields.Datetime.now().replace(tzinfo=UTC).astimezone(ZONE)
        return RowReader(
            self._targets(),
            self._heading(),
            self.campaign_id.title,
            self._cars(),
            local.date(),
            str(self.unit_id.id or ""),
        )

    def _cars(self):
        """Return ``{brand or series: brand}`` as the catalogue and the rules name them."""
        # Names of cars are no secret; not everybody who loads files reads the catalogue.
        system = self.env(su=True)
        brands = system["fleet.vehicle.model.brand"].search_fetch([], ["name"]).mapped("name")
        brands += system["dealer.lead.rule"].search_fetch([], ["brand"]).mapped("brand")
        cars = {
            model.name: model.brand_id.name
            for model in system["fleet.vehicle.model"].search_fetch([], ["name", "brand_id"])
        }
        return cars | {brand: brand for brand in brands if brand}

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_read(self):
        """Keep the form, which reads the file; for the button of a file that is not kept yet."""
        self.check_access("write")
        return True

    def action_save_mapping(self):
        """Remember what the columns are, for the next file with the same ones."""
        self.ensure_one()
        self.check_access("write")
        self.mapping_id = self.env["dealer.lead.import.mapping"]._learn(self)
        return True
