from odoo.http import Controller, request, route

from odoo.addons.dealer_base.controllers.machine import (
    MachineController,
    MachineError,
    json_response,
)

GROUP = "dealer_base.group_calls"
MAX_CALLS = 1000
MAX_BYTES = 1024 * 1024
TAKEN = (
    "call_id: another interface delivered a call with this number; put a word of your own in front"
    " of yours"
)


class CallsApi(MachineController, Controller):
    """The door for telephone systems. It stores and answers; the drain does the work."""

    @route(
        "/dealer/v1/calls",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        readonly=False,
        save_session=False,
    )
    def post_calls(self, **_form):
        """Take up to 1,000 call records; answer 202 with one result per call, in the order sent.

        ``_form`` is taken and left alone: Odoo would write what it ignores, people's numbers, into
        the log.
        """
        try:
            self._authenticate_machine(GROUP)
            calls = self._read_calls()
        except MachineError as error:
            return error.response
        # A machine has no right on any model; the key, the group and the shape were checked.
        model = request.env["dealer.call"].sudo()
        results, good = [], {}
        for call in calls:
            errors = model._check_call(call)
            call_id = call.get("call_id") if isinstance(call, dict) else None
            if not errors:
                call["call_id"] = call_id = call_id.strip()
                good.setdefault(call_id, call)
            results.append({"call_id": call_id, "status": "rejected", "id": None, "errors": errors})
        stored = model._receive(list(good.values()))
        told = set()
        for result in results:
            if result["errors"]:
                continue
            call_id = result["call_id"]
            result["id"], is_new = stored[call_id]
            if result["id"] is None:
                result["errors"] = [TAKEN]
                continue
            result["status"] = "accepted" if is_new and call_id not in told else "duplicate"
            told.add(call_id)
        return json_response({"received": len(calls), "results": results}, 202)

    @route(
        "/dealer/v1/calls/<int:row_id>",
        type="http",
        auth="public",
        methods=["GET"],
        csrf=False,
        readonly=True,
        save_session=False,
    )
    def get_call(self, row_id, **_query):
        """Tell the sender, and nobody else, what became of a call; no data of people."""
        try:
            self._authenticate_machine(GROUP)
        except MachineError as error:
            return error.response
        # A machine has no right on any model; it is told of its own deliveries only.
        row = (
            request.env["dealer.call"]
            .sudo()
            .search([("id", "=", row_id), ("sender_id", "=", request.env.uid)])
        )
        if not row:
            return MachineError(
                404, "not_found", "You delivered no call with this number."
            ).response
        return json_response(
            {
                "id": row.id,
                "call_id": row.call_id,
                "state": row.state,
                "reason": row.reason or None,
                "received_at": f"{row.received_at.isoformat()}Z",
                "store": row.unit_id.code or None,
            }
        )

    def _read_calls(self):
        """Return the calls of the message.

        :raise MachineError: 400 that says where, 413 over 1,000 calls or 1 MiB
        """
        calls = self._read_json(MAX_BYTES).get("calls")
        if not isinstance(calls, list):
            raise MachineError(400, "bad_calls", "calls: a list […] is needed.")
        if len(calls) > MAX_CALLS:
            raise MachineError(
                413, "too_many", f"calls: at most {MAX_CALLS} at once, these are {len(calls)}."
            )
        return calls
