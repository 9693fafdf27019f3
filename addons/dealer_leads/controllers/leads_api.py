from odoo.http import Controller, request, route

from odoo.addons.dealer_base.controllers.machine import (
    MachineController,
    MachineError,
    json_response,
)

GROUP = "dealer_base.group_lead_intake"
MAX_LEADS = 1000
MAX_BYTES = 1024 * 1024


class LeadsApi(MachineController, Controller):
    """The door for platforms that deliver leads. It stores and answers; the drain does the work."""

    @route(
        "/dealer/v1/leads",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        readonly=False,
        save_session=False,
    )
    def post_leads(self, **_form):
        """Take up to 1,000 leads; answer 202 with one result per lead, in the order sent.

        ``_form`` is taken and left alone: Odoo would write what it ignores, people's names and
        numbers, into the log.
        """
        try:
            self._authenticate_machine(GROUP)
            source, leads = self._read_leads()
        except MachineError as error:
            return error.response
        # A machine has no right on any model; the key, the group and the shape were checked.
        inbox = request.env["dealer.lead.inbox"].sudo()
        results, good = [], {}
        for lead in leads:
            errors = inbox._check_lead(lead)
            external_id = lead.get("external_id") if isinstance(lead, dict) else None
            if not errors:
                lead["external_id"] = external_id = external_id.strip()
            results.append(
                {
                    "external_id": external_id,
                    "status": "rejected",
                    "inbox_id": None,
                    "errors": errors,
                }
            )
            if not errors:
                good.setdefault(external_id, lead)
        stored = inbox._receive(source, list(good.values()))
        told = set()
        for result in results:
            if result["errors"]:
                continue
            result["inbox_id"], is_new = stored[result["external_id"]]
            again = result["external_id"] in told
            result["status"] = "accepted" if is_new and not again else "duplicate"
            told.add(result["external_id"])
        return json_response({"received": len(leads), "results": results}, 202)

    @route(
        "/dealer/v1/leads/<int:inbox_id>",
        type="http",
        auth="public",
        methods=["GET"],
        csrf=False,
        readonly=True,
        save_session=False,
    )
    def get_lead(self, inbox_id, **_query):
        """Tell the sender, and nobody else, what became of a lead; no customer's data."""
        try:
            self._authenticate_machine(GROUP)
        except MachineError as error:
            return error.response
        # A machine has no right on any model; it is told of its own deliveries only.
        row = (
            request.env["dealer.lead.inbox"]
            .sudo()
            .search([("id", "=", inbox_id), ("user_id", "=", request.env.uid)])
        )
        if not row:
            return MachineError(
                404, "not_found", "You delivered no lead with this number."
            ).response
        return json_response(
            {
                "inbox_id": row.id,
                "external_id": row.external_id,
                "source": row.source,
                "state": row.state,
                "error": row.error or None,
                "received_at": self._iso(row.received_at),
                "store": row.unit_id.code or None,
                "lead_id": row.lead_id.id or None,
                "answer_by": self._iso(row.lead_id.dealer_promise_at),
            }
        )

    @staticmethod
    def _iso(moment):
        return f"{moment.isoformat()}Z" if moment else None

    def _read_leads(self):
        """Return source and leads of the message.

        :raise MachineError: 400 that says where, 413 over 1,000 leads or 1 MiB
        """
        body = self._read_json(MAX_BYTES)
        source, leads = body.get("source"), body.get("leads")
        if not isinstance(source, str) or not source.strip() or len(source) > 64:
            raise MachineError(400, "bad_source", "source: a text of 1 to 64 characters is needed.")
        if not isinstance(leads, list):
            raise MachineError(400, "bad_leads", "leads: a list […] is needed.")
        if len(leads) > MAX_LEADS:
            raise MachineError(
                413, "too_many", f"leads: at most {MAX_LEADS} at once, these are {len(leads)}."
            )
        return source.strip(), leads
