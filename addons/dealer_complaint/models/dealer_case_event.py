import hashlib
import json
import secrets

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_datetime, html2plaintext


def digest(salt, content):
    """Return the salted digest of an event's words."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()


def link(event):
    """Return the hash of an event, a mapping or a record of its columns, over the one before it."""
    parts = [
        event["previous_hash"] or "",
        str(int(event["ticket_id"])),
        str(event["number"]),
        event["kind"],
        event["step"] or "",
        event["from_state"] or "",
        event["to_state"] or "",
        str(bool(event["deputy"])),
        str(int(event["user_id"])),
        fields.Datetime.to_string(event["at"]),
        event["digest"],
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


class DealerCaseEvent(models.Model):
    """What happened with a complaint, in a chain that shows every later change.

    Each event carries the hash of the one before it. What is hashed is a salted digest of the
    words, not the words: personal data can be erased and the chain stays whole.
    """

    _name = "dealer.case.event"
    _description = "Event of a Complaint"
    _order = "ticket_id, number"
    _rec_name = "number"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", string="Complaint", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="restrict")
    number = fields.Integer(required=True)
    kind = fields.Selection(
        [
            ("created", "Opened"),
            ("step", "Step"),
            ("changed", "Changed"),
            ("message", "Message"),
            ("file", "File"),
            ("supervised", "To the General Manager"),
            ("told", "Leadership Told"),
            ("rated", "Rated by the Customer"),
        ],
        required=True,
    )
    step = fields.Char()
    step_name = fields.Char(compute="_compute_step_name", string="Signed Step")
    from_state = fields.Char()
    to_state = fields.Char()
    deputy = fields.Boolean(string="As Deputy")
    user_id = fields.Many2one("res.users", string="By", required=True, ondelete="restrict")
    at = fields.Datetime(string="Time", required=True)
    digest = fields.Char(required=True)
    previous_hash = fields.Char()
    hash = fields.Char(required=True)
    payload_ids = fields.One2many("dealer.case.payload", "event_id", groups=fields.NO_ACCESS)
    opinion = fields.Text(compute="_compute_words")
    words = fields.Text(compute="_compute_words")

    _number_uniq = models.Constraint(
        "UNIQUE(ticket_id, number)", "The file has an event with this number already."
    )

    @api.depends("step")
    def _compute_step_name(self):
        names = self._step_names()
        for event in self:
            event.step_name = names.get(event.step, event.step)

    @api.model
    def _step_names(self):
        """Return ``{step: words}`` for people."""
        return {
            "register": self.env._("Registered"),
            "care_opinion": self.env._("Care manager's opinion"),
            "gm_opinion": self.env._("General manager's opinion"),
            "dispatch": self.env._("Dispatched"),
            "redispatch": self.env._("Given to another handler"),
            "start": self.env._("Handling began"),
            "return": self.env._("Returned to care"),
            "check": self.env._("Checked by the care manager"),
            "send_back": self.env._("Sent back to the handler"),
            "satisfied": self.env._("Called back: satisfied"),
            "unsatisfied": self.env._("Called back: not satisfied"),
            "sign": self.env._("Signed by the general manager"),
            "file": self.env._("Filed"),
            "withdraw": self.env._("Withdrawn by the customer"),
            "reopen": self.env._("Reopened"),
            "supervise": self.env._("General manager's order"),
        }

    @api.depends("payload_ids.content")
    @api.depends_context("lang", "tz")
    def _compute_words(self):
        # Who may read the event may read its words; payloads themselves are nobody's.
        labels = self._word_labels()
        for event in self:
            content = event.sudo().payload_ids.content
            if content is False or content is None:
                event.opinion = False
                event.words = self.env._("(erased)")
                continue
            event.opinion = content.get("opinion") or False
            event.words = "\n".join(
                self.env._(
                    "%(label)s: %(words)s",
                    label=event._word_label(key, labels),
                    words=event._shown(key, value),
                )
                for key, value in content.items()
                if value
            )

    @api.model
    def _word_labels(self):
        """Return ``{key: label}`` of sealed words that are no fields of a complaint."""
        return {
            "opinion": self.env._("Opinion"),
            "until": self.env._("New Date"),
            "due": self.env._("Due"),
            "told": self.env._("Told"),
            "author": self.env._("By"),
            "body": self.env._("Message"),
            "removed": self.env._("Removed"),
            "size": self.env._("Bytes"),
            "sha256": "SHA-256",
            "stars": self.env._("Stars"),
            "words": self.env._("Rating in Words"),
            "task": self.env._("Task"),
            "responsible": self.env._("Responsible"),
            "result": self.env._("Result"),
            "compensation": self.env._("Compensation"),
            "amount": self.env._("Amount"),
            "state": self.env._("State"),
        }

    def _word_label(self, key, labels):
        if self.kind == "file" and key == "name":
            return self.env._("File")
        field = self.env["helpdesk.ticket"]._fields.get(key)
        # What was sealed by an addon that has gone keeps its key.
        return labels.get(key) or (field and field._description_string(self.env)) or key

    def _shown(self, key, value):
        """Return a sealed value as people read it: it was sealed as the system keeps it."""
        field = self.env["helpdesk.ticket"]._fields.get(key)
        if key == "body" or (field is not None and field.type == "html"):
            return html2plaintext(value).strip()
        if self.kind == "changed":
            return " → ".join(self._shown_value(key, part) for part in str(value).split(" → "))
        return self._shown_value(key, str(value))

    def _shown_value(self, key, value):
        if key == "state":
            field = self.env["dealer.case.compensation"]._fields["state"]
        else:
            field = self.env["helpdesk.ticket"]._fields.get(key)
        if field is not None and field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field is not None and field.type == "boolean":
            return self.env._("Yes") if value == "True" else self.env._("No")
        if key in ("until", "due") or (field is not None and field.type == "datetime"):
            try:
                moment = fields.Datetime.to_datetime(value)
            except ValueError:
                return value
            return format_datetime(self.env, moment, dt_format="short") if moment else "–"
        return value or "–"

    @api.model_create_multi
    def create(self, vals_list):
        if vals_list:
            raise UserError(self.env._("The sealed file is written by the system alone."))
        return super().create(vals_list)

    def write(self, vals):
        if self and vals:
            raise UserError(self.env._("The sealed file is not changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=True)
    def _check_delete(self):
        raise UserError(self.env._("The sealed file is not deleted."))

    def _link(self):
        """Return the hash of this event over the one before it."""
        self.ensure_one()
        return link(self)

    @api.model
    def _append(self, ticket, kind, content, last=None, **values):
        """Append an event to the file of ``ticket``; the only way into it, and not by the ORM.

        Two statements at most whatever is sealed: every step of a complaint pays for them.

        :param dict content: JSON words; erasable
        :param last: number and hash of the last event, where the caller has locked the complaint
        :param values: ``step``, ``from_state``, ``to_state``, ``deputy``
        :return: number and hash of the event, the new head of the chain
        """
        number, previous = last or self._last(ticket)
        salt = secrets.token_hex(16)
        content = json.loads(json.dumps(content, ensure_ascii=False, default=str))
        event = {
            "ticket_id": ticket.id,
            "company_id": ticket.company_id.id,
            "number": (number or 0) + 1,
            "kind": kind,
            "step": None,
            "from_state": None,
            "to_state": None,
            "deputy": False,
            "user_id": self.env.uid,
            "at": fields.Datetime.now(),
            "digest": digest(salt, content),
            "previous_hash": previous,
            **values,
        }
        event["hash"] = link(event)
        stamps = SQL("%s, now() AT TIME ZONE 'UTC'", self.env.uid)
        self.env.cr.execute(
            SQL(
                """
                WITH event AS (
                    INSERT INTO dealer_case_event
                           (%(columns)s, create_uid, create_date, write_uid, write_date)
                    VALUES (%(values)s, %(stamps)s, %(stamps)s) RETURNING id
                )
                INSERT INTO dealer_case_payload
                       (event_id, salt, content, create_uid, create_date, write_uid, write_date)
                SELECT id, %(salt)s, %(content)s, %(stamps)s, %(stamps)s FROM event
                """,
                columns=SQL(", ").join(map(SQL.identifier, event)),
                values=SQL(", ").join(SQL("%s", value) for value in event.values()),
                stamps=stamps,
                salt=salt,
                content=Json(content),
            )
        )
        return event["number"], event["hash"]

    @api.model
    def _last(self, ticket):
        """Return number and hash of the last event; whoever else seals waits, or fails and is tried again."""
        [last] = self.env.execute_query(
            SQL(
                """
                SELECT last.number, last.hash
                FROM helpdesk_ticket ticket
                LEFT JOIN LATERAL (
                    SELECT number, hash FROM dealer_case_event
                    WHERE ticket_id = ticket.id ORDER BY number DESC LIMIT 1
                ) last ON TRUE
                WHERE ticket.id = %s FOR NO KEY UPDATE OF ticket
                """,
                ticket.id,
            )
        )
        return last

    @api.model
    def _first_break(self, ticket):
        """Return ``(event, why)`` of the first break in the file of ``ticket``, or ``(None, None)``."""
        # The chain is checked as it lies in the database.
        events = self.sudo().search([("ticket_id", "=", ticket.id)], order="number")
        events.invalidate_recordset()
        previous = False
        for number, event in enumerate(events, 1):
            if event.number != number:
                return event, self.env._("Event %s is missing.", number)
            if (event.previous_hash or False) != previous:
                return event, self.env._("Event %s does not follow the one before.", number)
            if event._link() != event.hash:
                return event, self.env._("Event %s was changed.", number)
            payload = event.payload_ids
            if payload and digest(payload.salt, payload.content) != event.digest:
                return event, self.env._("The words of event %s were changed.", number)
            previous = event.hash
        # The head is compared as it is kept, whoever verifies.
        if not events or (ticket.sudo().chain_head or False) != previous:
            return events[-1:], self.env._("The last events are missing.")
        return None, None
