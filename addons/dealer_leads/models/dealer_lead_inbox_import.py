from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dealer_base.tools import PhoneError, parse_phone

from ..tools.columns import is_phone

#: What a later file corrects on a row that waits, by the names of received leads.
CORRECTED = {
    "name": "customer_name",
    "phone": "phone",
    "brand": "brand",
    "series": "series",
    "city": "city",
}
#: What a refused number is called in the figures of channels.
PROBLEMS = {
    "phone_empty": "no_number",
    "phone_no_digits": "no_number",
    "phone_service": "service_number",
    "phone_switchboard": "service_number",
}


class DealerLeadInbox(models.Model):
    """Rows that come from files, and the reason why a row waits as the figures count it."""

    _name = "dealer.lead.inbox"
    _inherit = "dealer.lead.inbox"

    import_id = fields.Many2one(
        "dealer.lead.import",
        string="File",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    problem = fields.Selection(
        [
            ("no_number", "No Number"),
            ("wrong_number", "Wrong Number"),
            ("service_number", "Number of a Service"),
            ("no_store", "No Store"),
        ],
        string="Reason",
        readonly=True,
    )

    @api.model
    def _receive_file(self, file, rows):
        """Receive rows of a file and work them off.

        :param file: the ``dealer.lead.import``
        :param rows: its ``dealer.lead.import.row``, each with a number of its own
        :return: ``{external_id: (inbox id, is_new)}``; rows of this file are new also when a first
            try of it was stopped
        """
        leads = {row.lead["external_id"]: row for row in rows}
        # Who loaded the file delivered it.
        stored = (
            self.with_user(file.user_id)
            .sudo()
            ._receive(
                file.source_id.dealer_code, [file._received_lead(row) for row in leads.values()]
            )
        )
        fresh = {key: inbox_id for key, (inbox_id, is_new) in stored.items() if is_new}
        if fresh:
            self._mark_file(file, {inbox_id: leads[key] for key, inbox_id in fresh.items()})
        known = {
            inbox_id: file._received_lead(leads[key])
            for key, (inbox_id, is_new) in stored.items()
            if not is_new
        }
        corrected = self._correct_waiting(file, known)
        (self.browse(sorted(fresh.values())) | corrected)._work_off()
        of_file = set(
            self.browse(inbox_id for inbox_id, _new in stored.values())
            .filtered(lambda row: row.import_id == file)
            .ids
        )
        return {key: (inbox_id, inbox_id in of_file) for key, (inbox_id, _new) in stored.items()}

    def _correct_waiting(self, file, leads):
        """Correct rows that wait for a good number, where the file has one by now.

        Otherwise it would matter which of two files came first; and who corrects the sheet of
        unusable rows wants to load it again.

        :param leads: ``{inbox id: lead}`` of rows that were received before
        :return: the rows to work off again
        """
        waiting = self.browse(leads).filtered(
            lambda row: (
                row.state in ("attention", "failed")
                and row.unit_id in (file.unit_id, self.env["dealer.unit"])
                and row.problem != "no_store"
                and is_phone(leads[row.id].get("phone", ""))
            )
        )
        for row in waiting:
            said = {column: leads[row.id].get(key) for key, column in CORRECTED.items()}
            row.write({name: value for name, value in said.items() if value})
        waiting.write({"state": "new", "error": False, "attempts": 0})
        return waiting

    def _mark_file(self, file, rows):
        """Write file, store and the words of the file on rows that were received this moment."""
        heading = file._heading()
        values = SQL(", ").join(
            SQL("(%s, %s)", inbox_id, Json(self._file_words(heading, row.cells)))
            for inbox_id, row in rows.items()
        )
        self.env.cr.execute(
            SQL(
                "UPDATE dealer_lead_inbox AS line SET import_id = %s, unit_id = %s,"
                " payload = seen.payload::jsonb"
                " FROM (VALUES %s) AS seen (id, payload) WHERE line.id = seen.id",
                file.id,
                file.unit_id.id or None,
                values,
            )
        )
        self.browse(rows).invalidate_recordset(["import_id", "unit_id", "payload"])

    @staticmethod
    def _file_words(heading, cells):
        """Return ``{heading: cell}`` of the cells that say something."""
        words = {}
        for index, cell in enumerate(cells):
            name = heading[index] if index < len(heading) else ""
            name = name or str(index + 1)
            if cell:
                words[name if name not in words else f"{name} ({index + 1})"] = cell
        return words

    def _find_store_and_number(self):
        ready = super()._find_store_and_number()
        for row in self - ready:
            row.problem = row._problem()
        ready.filtered("problem").problem = False
        return ready

    def _problem(self):
        """Return why the row cannot become a customer, as the figures count it."""
        self.ensure_one()
        try:
            parse_phone(self.phone or "")
        except PhoneError as error:
            return PROBLEMS.get(error.code, "wrong_number")
        return "no_store"
