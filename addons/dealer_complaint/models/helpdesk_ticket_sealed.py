from odoo import fields, models
from odoo.tools import format_datetime, is_html_empty

from ..tools.reading import read_names
from .helpdesk_ticket import INSIDE

#: What is written into the file whenever it changes.
SEALED = (
    "name",
    "description",
    "facts",
    "feelings",
    "demands",
    "promise",
    "partner_id",
    "partner_name",
    "partner_email",
    "vehicle_id",
    "kind_id",
    "customer_kind_id",
    "source",
    "source_number",
    "severity",
    "is_safety",
    "is_legal",
    "is_media",
    "is_vip",
    "is_anonymous",
    "about_ref",
    "duplicate_id",
    "cause_id",
    "part",
    "why_1",
    "why_2",
    "why_3",
    "why_4",
    "why_5",
    "occurred_at",
    "user_id",
    "team_id",
    "case_state",
    "handler_id",
    "level",
    "contact_phone",
    "contact_plate",
    "tell_boss",
    "consent_version",
)
#: What the event of a step says in its own words is not sealed a second time.
SIGNED = {"case_state", "handler_id"}


class HelpdeskTicket(models.Model):
    """Complaints write their own sealed file."""

    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    chain_head = fields.Char(readonly=True, copy=False)
    chain_length = fields.Integer(
        string="Events in the Sealed File",
        readonly=True,
        copy=False,
        help="0: not counted yet, as in a file that is older than this field.",
    )
    event_ids = fields.One2many("dealer.case.event", "ticket_id", string="Sealed File")

    def _seal(self, kind, content, last=None, **values):
        """Append an event to the sealed file of this complaint, in the name of the user.

        :param last: number and hash of the last event, where the caller holds the row since it read them
        """
        self.ensure_one()
        # The file is the system's; who acts is on every event.
        events = self.env["dealer.case.event"].sudo()
        number, head = events._append(self, kind, content, last, **values)
        # Written with what else changed of the complaint; it is no change of its own.
        self._fields["chain_head"].write(self, head)
        self._fields["chain_length"].write(self, number)
        self.invalidate_recordset(["event_ids", "step_ids"], flush=False)

    def _sealed_snapshot(self):
        self.ensure_one()
        return {name: self._sealed_text(name) for name in SEALED if self[name]}

    def _sealed_text(self, name):
        value = self[name]
        if isinstance(value, models.BaseModel):
            read_names(value)
            return value.display_name or ""
        return str(value) if value else ""

    def _sealed_values(self, vals):
        signed = SIGNED if self.env.context.get("case_inside") is INSIDE else ()
        names = [name for name in SEALED if name in vals and name not in signed]
        if not names:
            return {}
        system = self.sudo()  # every change is sealed, whoever sees which field
        return {case.id: {name: case._sealed_text(name) for name in names} for case in system}

    def _seal_changes(self, before):
        for case in self.sudo():  # the file is the system's
            changes = {
                name: f"{old} → {case._sealed_text(name)}"
                for name, old in before.get(case.id, {}).items()
                if case._sealed_text(name) != old
            }
            if changes:
                case._seal("changed", changes)

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        # Field changes are sealed by themselves; their notes have no words of people.
        if self.is_case and not self._is_birth(message) and not is_html_empty(message.body):
            # The file is the system's; who writes was checked by posting.
            self.sudo()._seal(
                "message",
                {"author": message.author_id.name or message.email_from, "body": message.body},
            )
        return result

    def _is_birth(self, message):
        """Whether ``message`` says that the complaint was opened: that is sealed as such."""
        return (
            self.env.context.get("case_begins") is INSIDE
            and message.message_type == "notification"
            and message.subtype_id == self._creation_subtype()
        )

    def action_verify(self):
        """Check the sealed file and tell where it was broken first."""
        self.ensure_one()
        self.check_access("read")
        event, why = self.env["dealer.case.event"]._first_break(self)
        # Only how many events there are is told, below.
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if event is not None else "success",
                "sticky": event is not None,
                "title": self.env._("Sealed file of %s", self.number),
                "message": why or self.env._("Whole: %s events.", len(self.sudo().event_ids)),
            },
        }

    # ------------------------------------------------------------
    # Print-outs
    # ------------------------------------------------------------

    def _sealed_break(self):
        """Return where the sealed file is broken, in words, or None."""
        self.ensure_one()
        return self.env["dealer.case.event"]._first_break(self)[1]

    def _complainant(self):
        """Return who complains, as print-outs name them."""
        self.ensure_one()
        if self.is_anonymous:
            return self.env._("Anonymous")
        return self.partner_id.name or self.partner_name or ""

    def _phone_in_print(self):
        """Return the number of the complainant, none of who wants to stay unknown."""
        self.ensure_one()
        # Who may print the complaint reads whom it is from.
        return "" if self.is_anonymous else self.contact_phone or self.sudo().partner_id.phone or ""

    def _car_in_print(self):
        """Return name, VIN and mileage of the car."""
        self.ensure_one()
        vehicle = self.sudo().vehicle_id  # who may print the complaint reads which car it is about
        return {
            "name": vehicle.display_name or self.contact_plate or "",
            "vin": vehicle.vin or "",
            "mileage": vehicle.last_mileage or "",
        }

    def _signed_words(self, event):
        if not event:
            return {"opinion": "", "user": "", "deputy": False, "at": ""}
        return {
            "opinion": event.opinion or "",
            "user": event.user_id.name,
            "deputy": event.deputy,
            "at": format_datetime(
                self.env, event.at, tz=self.dealer_unit_id._clock_zone().key, dt_format="short"
            ),
        }

    def _last_step(self, *names):
        self.ensure_one()
        # What was signed is on the file for everybody who may print it.
        steps = self.sudo().step_ids.filtered(lambda event: event.step in names)
        return steps.sorted("number")[-1:]

    def _registered_by(self):
        """Return the name of who wrote it down."""
        self.ensure_one()
        # Who wrote it down is on the file for everybody who may print it.
        event = self._last_step("register") or self.sudo().event_ids.sorted("number")[:1]
        return event.user_id.name or ""

    def _signatures(self):
        """Return the lines of the customer's own form: words, who signed, when (E1)."""
        lines = (
            (self.env._("Care manager's opinion"), ("care_opinion",)),
            (self.env._("General manager's opinion"), ("gm_opinion",)),
            (self.env._("Dispatched by the department"), ("dispatch", "redispatch")),
            (self.env._("What the handler did"), ("return",)),
            (self.env._("Check of the care manager"), ("check", "send_back")),
            (self.env._("Call-back"), ("satisfied", "unsatisfied")),
            (self.env._("Signature of the general manager"), ("sign",)),
        )
        return [
            {"name": name, **self._signed_words(self._last_step(*steps))} for name, steps in lines
        ]

    def _last_opinion(self, name):
        """Return the words that were signed last with a step."""
        return self._last_step(name).opinion or ""

    def _last_signature(self, name):
        """Return who signed a step last, and when."""
        words = self._signed_words(self._last_step(name))
        return f"{words['user']} {words['at']}".strip()
