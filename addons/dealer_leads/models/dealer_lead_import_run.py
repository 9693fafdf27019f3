import io
import logging
from datetime import timedelta

import xlsxwriter
from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, split_every

from odoo.addons.dealer_base.tools import FormatError
from odoo.addons.dealer_base.tools.cells import harmless

_logger = logging.getLogger(__name__)

WORKING = ("queued", "running")
#: Rows taken in at once: few enough that leads of platforms, who come first, wait seconds.
BATCH = 200
#: How the texts of a row are called where leads are received.
RECEIVED_AS = {
    "customer_name": "name",
    "phone": "phone",
    "brand": "brand",
    "series": "series",
    "city": "city",
    "store": "store",
    "message": "message",
    "campaign": "campaign",
    "occurred_at": "occurred_at",
}


class DealerLeadImport(models.Model):
    """The course of a file: queued, its rows read, taken in batch by batch, stopped."""

    _name = "dealer.lead.import"
    _inherit = ["dealer.lead.import", "dealer.queue.mixin"]

    _drain_limit = BATCH

    row_count = fields.Integer(string="Rows", compute="_compute_figures")
    waiting = fields.Integer(string="Still to Do", compute="_compute_figures")
    refused = fields.Integer(compute="_compute_figures")
    repeated = fields.Integer(
        string="Twice in the File", compute="_compute_figures", help="The same row once more."
    )
    known = fields.Integer(
        string="Known Before",
        compute="_compute_figures",
        help="Received before, by another file or by the platform itself.",
    )
    valid = fields.Integer(
        compute="_compute_figures", help="Rows with a number on which a person can be reached."
    )
    attention = fields.Integer(
        string="Need Attention",
        compute="_compute_figures",
        help="Rows that wait in the inbox for somebody to correct them.",
    )
    customers = fields.Integer(compute="_compute_figures")
    progress = fields.Float(compute="_compute_figures", help="Percent of the rows worked off.")

    @api.depends("state")
    def _compute_figures(self):
        states = {}
        for file, state, count in self.env["dealer.lead.import.row"]._read_group(
            [("import_id", "in", self.ids)], ["import_id", "state"], ["__count"]
        ):
            states.setdefault(file.id, {})[state] = count
        # Counts of the file's own rows; who loads it need not read inbox, leads and customers.
        channels = {
            file.id: figures
            for file, *figures in self.env["dealer.channel.report"]
            .sudo()
            ._read_group(
                [("import_id", "in", self.ids)],
                ["import_id"],
                ["valid:sum", "invalid:sum", "partner_no:count_distinct"],
            )
        }
        for file in self:
            of_file = states.get(file.id, {})
            file.row_count = sum(of_file.values())
            file.waiting = of_file.get("new", 0)
            file.refused = of_file.get("refused", 0)
            file.repeated = of_file.get("repeated", 0)
            file.known = of_file.get("known", 0)
            file.valid, file.attention, file.customers = channels.get(file.id, (0, 0, 0))
            file.progress = (
                100 * (file.row_count - file.waiting) / file.row_count if file.row_count else 0
            )

    # ------------------------------------------------------------
    # Draining
    # ------------------------------------------------------------

    @api.model
    def _lock_keys(self):
        # Rows are worked off in the same transaction that receives them, so that a stopped file
        # stops, and half a batch is never there.
        return [*super()._lock_keys(), *self.env["dealer.lead.inbox"]._lock_keys()]

    @api.model
    def _drain(self, limit=500):
        # Files are worked off by the system, for all stores.
        files, inbox = self.sudo(), self.env["dealer.lead.inbox"].sudo()
        files._leave_rest()
        done, _left = inbox._drain(limit)
        if done:
            # Customers of platforms wait for an answer within minutes; a file does not.
            return done, True
        working = Domain("state", "in", WORKING)
        file = files.search(working, order="id", limit=20).try_lock_for_update(limit=1)
        file = file.filtered(lambda file: file.state in WORKING)
        if not file:
            return 0, False
        file = file.with_context(lang=file.user_id.lang)
        done = file._read_rows() if file.state == "queued" else file._take_in(limit)
        return done, bool(files.search_count(working, limit=1))

    def _leave_rest(self):
        """Mark the rows that stopped files left behind."""
        self.env["dealer.lead.import.row"].flush_model(["state"])
        self.env.cr.execute(
            "UPDATE dealer_lead_import_row AS line SET state = 'cancelled'"
            " FROM dealer_lead_import AS file"
            " WHERE line.import_id = file.id AND line.state = 'new' AND file.state = 'cancelled'"
        )
        if self.env.cr.rowcount:
            self.env["dealer.lead.import.row"].invalidate_model(["state"])

    def _read_rows(self):
        """Read the whole file into its queue of rows, or say why it cannot be read."""
        try:
            with self.env.cr.savepoint():
                count = self._store_rows()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except FormatError as error:
            return self._fail(self.env._(error.message))
        except UserError as error:
            return self._fail(str(error))
        except Exception as error:  # kept on the file for people to read
            _logger.info("File of leads %s cannot be read", self.id, exc_info=True)
            return self._fail(f"{type(error).__name__}: {error}")
        self._keep({"state": "running"})
        return count

    def _fail(self, reason):
        self._keep({"state": "failed", "error": reason, "finished_at": fields.Datetime.now()})
        return 1

    def _store_rows(self):
        """Store the file's rows with what they say; return how many."""
        reader, sheet = self._reader(), self._open()
        self.row_ids.unlink()  # of a first try that was stopped
        stores = self._foreign_stores()
        keys, count = set(), 0
        rows = (
            lead
            for row in sheet.rows(self.sheet or None)
            if row.number > self.heading_row and (lead := reader.understand(row))
        )
        for batch in split_every(1000, rows):
            values = []
            for lead in batch:
                remark = [lead.refused] if lead.refused else lead.remarks
                if lead.values.get("store") in stores:
                    lead.refused = True
                    remark = [self.env._("The store %s is none of yours.", lead.values["store"])]
                state = "refused" if lead.refused else "repeated" if lead.key in keys else "new"
                if not lead.refused:
                    keys.add(lead.key)
                values.append((lead, state, " ".join(self.env._(word) for word in remark)))
            self._insert_rows(values)
            count += len(values)
        if not count:
            raise UserError(self.env._("The file has no rows. Export it again."))
        return count

    def _foreign_stores(self):
        """Return the codes of stores that the person who loads the file does not work for."""
        if self.unit_id:
            return set()
        stores = self.env["dealer.unit"].search([("kind", "=", "store")])
        return set(
            stores.filtered(lambda unit: unit.company_id not in self.user_id.company_ids).mapped(
                "code"
            )
        )

    def _insert_rows(self, rows):
        now = fields.Datetime.now()
        columns = (
            "import_id number cells lead state remark create_uid create_date write_uid write_date"
        )
        self.env.cr.execute(
            SQL(
                "INSERT INTO dealer_lead_import_row (%s) VALUES %s",
                SQL(", ").join(map(SQL.identifier, columns.split())),
                SQL(", ").join(
                    SQL(
                        "%s",
                        (
                            self.id,
                            lead.number,
                            Json(lead.cells),
                            Json({**lead.values, "external_id": lead.key}),
                            state,
                            remark or None,
                            self.user_id.id,
                            now,
                            self.user_id.id,
                            now,
                        ),
                    )
                    for lead, state, remark in rows
                ),
            )
        )

    def _take_in(self, limit):
        """Take the next rows in: received by the inbox, and worked off there at once."""
        rows = self.env["dealer.lead.import.row"].search_fetch(
            Domain("import_id", "=", self.id) & Domain("state", "=", "new"),
            ["number", "cells", "lead"],
            order="number, id",
            limit=limit,
        )
        if rows:
            stored = self.env["dealer.lead.inbox"]._receive_file(self, rows)
            self._note_received(rows, stored)
        if len(rows) < limit:
            self._keep({"state": "done", "finished_at": fields.Datetime.now()})
            self._tell_finished()
        return len(rows) or 1

    def _received_lead(self, row):
        """Return the row as the inbox receives leads."""
        lead = {RECEIVED_AS[name]: row.lead[name] for name in RECEIVED_AS if name in row.lead}
        if self.unit_id:
            # The file's store is the one that its loader was allowed to choose.
            lead.pop("store", None)
        return {"external_id": row.lead["external_id"], **lead}

    def _note_received(self, rows, stored):
        """Write on the rows what became of them, in one statement."""
        values = SQL(", ").join(
            SQL(
                "(%s, %s, %s)",
                row.id,
                stored[row.lead["external_id"]][0],
                "received" if stored[row.lead["external_id"]][1] else "known",
            )
            for row in rows
        )
        self.env.cr.execute(
            SQL(
                "UPDATE dealer_lead_import_row AS line SET inbox_id = seen.inbox, state = seen.state"
                " FROM (VALUES %s) AS seen (id, inbox, state) WHERE line.id = seen.id",
                values,
            )
        )
        rows.invalidate_recordset(["inbox_id", "state"])

    def _tell_finished(self):
        """Tell who loaded the file that it is done, wherever the person works by now."""
        self.invalidate_recordset(["row_count", "attention", "customers"])
        self.user_id._bus_send(
            "simple_notification",
            {
                "type": "info",
                "title": self.env._("%s is taken in", self.name),
                "message": self.env._(
                    "%(rows)s rows, %(customers)s customers, %(attention)s need attention.",
                    rows=self.row_count,
                    customers=self.customers,
                    attention=self.attention,
                ),
            },
        )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_start(self):
        """Have the file taken in."""
        self.check_access("write")
        if self.filtered(lambda file: not file.unit_id):
            self._check_by_rules()
        self._check_ready()
        for file in self:
            if not file.source_id.dealer_code:
                # By this word the inbox knows the source; whoever may choose it may give it one.
                file.source_id.sudo().dealer_code = f"source-{file.source_id.id}"
        self._keep({"state": "queued", "started_at": fields.Datetime.now(), "error": False})
        self._wake()
        return True

    def action_cancel(self):
        """Stop a file: rows that were not taken in yet never are.

        It waits for the batch that is at work. Rows are left to the drain, which writes them all the
        time: whoever else did would collide with it.
        """
        self.check_access("write")
        if self.filtered(lambda file: file.state not in WORKING):
            raise UserError(self.env._("Nothing of this file waits any more."))
        self._keep({"state": "cancelled", "finished_at": fields.Datetime.now()})
        self.flush_recordset()
        self._wake()
        return True

    def action_again(self):
        """Make a stopped or unreadable file one to check again."""
        self.check_access("write")
        if self.filtered(lambda file: file.state not in ("cancelled", "failed")):
            raise UserError(self.env._("Only stopped files are taken up again."))
        self._keep({"state": "draft", "error": False, "finished_at": False})
        return True

    def action_open_rows(self):
        """Open the rows of the file with what became of them."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "dealer.lead.import.row",
            "views": [(False, "list"), (False, "form")],
            "domain": [("import_id", "=", self.id)],
            "context": {"search_default_unusable": self.env.context.get("unusable", False)},
        }

    def action_download_unusable(self):
        """Download the rows that no customer came out of, each with the reason."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/dealer/imports/{self.id}/unusable",
            "target": "download",
        }

    def _unusable_rows(self):
        self.ensure_one()
        rows = self.env["dealer.lead.import.row"]
        return rows.search(
            Domain("import_id", "=", self.id) & rows._unusable_domain(), order="number, id"
        )

    def _unusable_workbook(self, rows):
        """Return a workbook of rows as they stand in the file, and why each is not usable."""
        self.ensure_one()
        width = max([self._width(), *(len(row.cells or []) for row in rows)])
        heading = self._heading()
        heading += [""] * (width - len(heading))
        output = io.BytesIO()
        # Whatever a cell says is a text here, never a formula, a link or a number.
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(output, options) as book:
            sheet = book.add_worksheet(self.env._("Not Usable"))
            bold = book.add_format({"bold": True})
            words = [self.env._("Row"), *heading, self.env._("Why")]
            for column, text in enumerate(words):
                sheet.write_string(0, column, harmless(text), bold)
            for line, row in enumerate(rows, 1):
                cells = (row.cells or []) + [""] * (width - len(row.cells or []))
                for column, text in enumerate([str(row.number), *cells, row.why or ""]):
                    sheet.write_string(line, column, harmless(text))
            sheet.set_column(0, len(words) - 1, 16)
            sheet.freeze_panes(1, 0)
        return output.getvalue()

    @api.autovacuum
    def _gc_contents(self):
        """Delete what the files say once nobody needs it; how many rows they had stays (PIPL 19)."""
        get = self.env["ir.config_parameter"].sudo().get_param  # nobody else reads settings
        days = int(get("dealer_leads.import_keep_days", "180"))
        old = self.sudo().search(
            Domain("create_date", "<", fields.Datetime.now() - timedelta(days=days))
            & Domain("state", "not in", WORKING)
            & Domain("sample", "!=", False)
        )
        old._keep({"file": False, "sample": False})
        old.column_ids.write({"example": False})
        self.env.cr.execute(
            SQL(
                "UPDATE dealer_lead_import_row SET cells = NULL, lead = NULL WHERE import_id IN %s",
                tuple(old.ids) or (0,),
            )
        )
        self.env["dealer.lead.import.row"].invalidate_model(["cells", "lead"])
