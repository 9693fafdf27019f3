from odoo.http import Controller, request, route

from odoo.addons.dealer_base.controllers.machine import (
    MachineController,
    MachineError,
    json_response,
)

from ..tools.dms import check_row

GROUP = "dealer_base.group_dms"
MAX_ROWS = 1000
#: Orders carry their lines.
MAX_BYTES = 4 * 1024 * 1024


class DmsApi(MachineController, Controller):
    """The door for the maker's system. It stores and answers; the drain does the work."""

    @route(
        "/dealer/v1/dms",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        readonly=False,
        save_session=False,
    )
    def post_rows(self, **_form):
        """Take up to 1,000 customers, cars and orders; answer 202 with one result per row, in order.

        ``_form`` is taken and left alone: Odoo would write what it ignores, people's names and
        numbers, into the log.
        """
        try:
            self._authenticate_machine(GROUP)
            body = self._read_json(MAX_BYTES)
            unit, rows = self._read_store(body.get("store")), self._read_rows(body)
        except MachineError as error:
            return error.response
        results, good = [], []
        for row in rows:
            errors = check_row(row)
            told = row if isinstance(row, dict) else {}
            if not errors:
                good.append(row)
            results.append(
                {
                    "kind": told.get("kind"),
                    "external_id": told.get("external_id"),
                    "status": "rejected",
                    "row_id": None,
                    "errors": errors,
                }
            )
        # A machine has no right on any model; key, group, store and shape were checked.
        answers = iter(request.env["dealer.dms.row"].sudo()._receive(unit, good))
        counts = dict.fromkeys(("accepted", "unchanged", "older", "rejected"), 0)
        for result in results:
            if not result["errors"]:
                result["row_id"], result["status"] = next(answers)
            counts[result["status"]] += 1
        return json_response({"received": len(rows), **counts, "results": results}, 202)

    @route(
        "/dealer/v1/dms/<int:row_id>",
        type="http",
        auth="public",
        methods=["GET"],
        csrf=False,
        readonly=True,
        save_session=False,
    )
    def get_row(self, row_id, **_query):
        """Tell the sender, and nobody else, what became of a row; no customer's data."""
        try:
            self._authenticate_machine(GROUP)
        except MachineError as error:
            return error.response
        # A machine has no right on any model; it is told of its own deliveries only.
        row = (
            request.env["dealer.dms.row"]
            .sudo()
            .search([("id", "=", row_id), ("user_id", "=", request.env.uid)])
        )
        if not row:
            return MachineError(404, "not_found", "You delivered no row with this number.").response
        return json_response(
            {
                "row_id": row.id,
                "kind": row.kind,
                "external_id": row.external_id,
                "state": row.state,
                "waits_for": row.waits_for or None,
                "needs_a_person": row.state in ("attention", "failed"),
                "received_at": f"{row.received_at.isoformat()}Z",
                "store": row.unit_id.code,
            }
        )

    def _read_store(self, code):
        """Return the store that a message is for: one of those whose companies the key's user has.

        :raise MachineError: 400 without a code where there are several, 403 for another store
        """
        # The user of the key reads no store; which companies it has an administrator said.
        user = request.env.user.sudo()
        stores = request.env["dealer.unit"].sudo()._of_company(user.company_ids)
        if code in (None, ""):
            if len(stores) == 1:
                return stores
            raise MachineError(400, "bad_store", "store: the code of the store is needed.")
        if not isinstance(code, str):
            raise MachineError(400, "bad_store", "store: must be a text.")
        unit = stores.filtered(lambda store: store.code == code.strip())
        if not unit:
            raise MachineError(403, "wrong_store", "This key does not speak for this store.")
        return unit

    def _read_rows(self, body):
        """Return the rows of the message.

        :raise MachineError: 400 that says where, 413 over 1,000 rows
        """
        rows = body.get("rows")
        if not isinstance(rows, list):
            raise MachineError(400, "bad_rows", "rows: a list […] is needed.")
        if len(rows) > MAX_ROWS:
            raise MachineError(
                413, "too_many", f"rows: at most {MAX_ROWS} at once, these are {len(rows)}."
            )
        return rows
