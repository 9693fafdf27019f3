from datetime import UTC, datetime

from odoo.http import Controller, content_disposition, request, route

from odoo.addons.dealer_base.controllers.export import note_export
from odoo.addons.dealer_base.controllers.machine import (
    MachineController,
    MachineError,
    json_response,
)

from .dms_api import GROUP

MAX_LIMIT = 500
MAX_IDS = 5000


class DmsAppointments(MachineController, Controller):
    """Appointments for the maker's system: by interface, and by file for the manager."""

    @route(
        "/dealer/v1/dms/appointments",
        type="http",
        auth="public",
        methods=["GET"],
        csrf=False,
        readonly=False,
        save_session=False,
    )
    def get_appointments(self, since=None, limit=None, **_query):
        """Give out what was written after ``since``, page by page.

        ``since`` is the ``cursor`` of the answer before, or a time to begin with.
        """
        try:
            self._authenticate_machine(GROUP)
            after, limit = self._read_since(since), self._read_limit(limit)
        except MachineError as error:
            return error.response
        # The user of the key reads nothing by itself; which stores it speaks for was given to it.
        user = request.env.user.sudo()
        units = request.env["dealer.unit"].sudo()._of_company(user.company_ids)
        rows = request.env["dealer.appointment"].sudo()._dms_page(units, after, limit)
        if rows:
            note_export("json", f"since {since or ''}")
            request.env["dealer.export.log"]._record(
                rows._name, ["appointments of the DMS"], len(rows), rows.ids
            )
            after = (rows[-1].write_date, rows[-1].id)
        return json_response(
            {
                "appointments": rows._dms_values(),
                "cursor": f"{after[0].isoformat()}Z/{after[1]}",
                "more": len(rows) == limit,
            }
        )

    @route(
        "/dealer/dms/appointments.csv", type="http", auth="user", methods=["GET"], readonly=False
    )
    def get_file(self, ids=""):
        """Send the chosen appointments as a file to who may export; it is logged."""
        numbers = [int(each) for each in ids.split(",")[:MAX_IDS] if each.isdigit()]
        rows = request.env["dealer.appointment"].search([("id", "in", numbers)])
        if not rows:
            raise request.not_found()
        note_export("csv", None)
        body = rows._dms_csv()
        return request.make_response(
            body.encode(),
            [
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", content_disposition("appointments.csv")),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    @staticmethod
    def _read_since(text):
        """Return (time, id) after which to go on; everything without ``since``."""
        if not text:
            return datetime(1970, 1, 1), 0
        time, _slash, number = text.partition("/")
        # A plus sign that was not written as %2B arrives as a blank.
        time = time.strip().replace(" ", "+")
        try:
            moment = datetime.fromisoformat(time)
            if moment.tzinfo:
                moment = moment.astimezone(UTC).replace(tzinfo=None)
            return moment, int(number or 0)
        except (ValueError, OverflowError) as error:
            raise MachineError(
                400,
                "bad_since",
                "since: the cursor of the last answer, or a time, e.g. 2026-11-07T00:00:00+08:00",
            ) from error

    @staticmethod
    def _read_limit(text):
        if not text:
            return MAX_LIMIT
        if not text.isdigit() or not 1 <= int(text) <= MAX_LIMIT:
            raise MachineError(400, "bad_limit", f"limit: a number from 1 to {MAX_LIMIT}.")
        return int(text)
