from datetime import timedelta
from urllib.parse import urlsplit

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.dealer_base.tools.phone import mask_phone

#: Clocks of telephone systems go wrong by minutes, not by more.
FUTURE = timedelta(minutes=5)
MAX_SECONDS = 24 * 60 * 60
MAX_URL = 2048
#: Longer numbers are masked: they may be those of a customer.
EXTENSION_DIGITS = 6
#: At most so many rows are worked off at once when somebody presses the button.
BUTTON_LIMIT = 200
#: Why a call was not answered, as telephone systems may say, and what that is as a result.
CAUSES = {"empty_number": "empty_number", "no_answer": "failed", "busy": "failed"}


class DealerCall(models.Model):
    """Call records as the telephone system sent them. A row is stored before anything is done.

    ``new`` rows are drained: who is staff, who is the customer, and one interaction recorded by the
    system for each. ``unmatched`` rows say in words who is not known; they run again by themselves
    when the customer or the number of a colleague is registered, or by button.
    """

    _name = "dealer.call"
    _description = "Call Record"
    _inherit = ["dealer.queue.mixin"]
    _order = "start desc, id desc"
    _rec_name = "call_id"

    call_id = fields.Char(string="Number of the Call", required=True, readonly=True)
    caller = fields.Char(readonly=True)
    callee = fields.Char(string="Called", readonly=True)
    caller_number = fields.Char(string="Caller (normalised)", readonly=True)
    callee_number = fields.Char(string="Called (normalised)", readonly=True)
    customer_masked = fields.Char(
        string="Other Party", compute="_compute_customer_masked", compute_sudo=True
    )
    start = fields.Datetime(required=True, readonly=True, index=True)
    seconds = fields.Integer(string="Talk Time (s)", readonly=True)
    answered = fields.Boolean(string="Picked Up", readonly=True)
    recording_url = fields.Char(string="Recording", readonly=True)
    payload = fields.Json(string="As Received", readonly=True)
    received_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    sender_id = fields.Many2one("res.users", string="Delivered By", readonly=True, index=True)
    direction = fields.Selection([("in", "Incoming"), ("out", "Outgoing")], readonly=True)
    user_id = fields.Many2one("res.users", string="Staff", readonly=True, index="btree_not_null")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    relation_id = fields.Many2one(
        "dealer.relation", readonly=True, index="btree_not_null", ondelete="set null"
    )
    interaction_id = fields.Many2one(
        "dealer.interaction", readonly=True, index="btree_not_null", ondelete="set null"
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("unmatched", "Unmatched"),
            ("done", "Matched"),
            ("failed", "Failed"),
        ],
        required=True,
        default="new",
        readonly=True,
        index=True,
    )
    reason = fields.Selection(
        [
            ("internal", "Call between Colleagues"),
            ("staff_unknown", "Colleague Unknown"),
            ("staff_ambiguous", "Several Colleagues"),
            ("store_unknown", "Colleague without Store"),
            ("number_withheld", "Number Withheld"),
            ("customer_unknown", "Customer Unknown"),
            ("customer_ambiguous", "Several Customers"),
        ],
        string="Why Unmatched",
        readonly=True,
    )
    error = fields.Text(string="What is Wrong", readonly=True)

    _call_uniq = models.Constraint("UNIQUE(call_id)", "This call was received already.")
    _waiting_idx = models.Index("(id) WHERE state = 'new'")
    _unmatched_caller_idx = models.Index("(caller_number) WHERE state = 'unmatched'")
    _unmatched_callee_idx = models.Index("(callee_number) WHERE state = 'unmatched'")

    @api.depends("caller_number", "callee_number", "direction")
    def _compute_customer_masked(self):
        for row in self:
            numbers = {"out": [row.callee_number], "in": [row.caller_number]}.get(
                row.direction, [row.caller_number, row.callee_number]
            )
            row.customer_masked = " → ".join(self._mask(number) for number in numbers)

    # ------------------------------------------------------------
    # Receiving
    # ------------------------------------------------------------

    @api.model
    def _check_call(self, call):
        """Return the list of sentences that say why ``call`` cannot be stored."""
        if not isinstance(call, dict):
            return ["a call must be an object {…}"]
        problems = []
        call_id = call.get("call_id")
        if not isinstance(call_id, str) or not call_id.strip():
            problems.append("call_id: a text is needed, it names the call")
        elif len(call_id) > 128:
            problems.append("call_id: at most 128 characters")
        for key in ("from", "to"):
            if not isinstance(call.get(key), str):
                problems.append(f"{key}: a text is needed (empty where the number is withheld)")
            elif len(call[key]) > 64:
                problems.append(f"{key}: at most 64 characters")
        if not problems and not (call["from"].strip() or call["to"].strip()):
            problems.append("from, to: one of the two numbers is needed")
        seconds = call.get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int):
            problems.append("seconds: a whole number is needed, the seconds that people talked")
        elif not 0 <= seconds <= MAX_SECONDS:
            problems.append(f"seconds: from 0 to {MAX_SECONDS} (a day)")
        if not isinstance(call.get("answered"), bool):
            problems.append("answered: true or false is needed")
        if call.get("cause") not in (None, "", *CAUSES):
            problems.append(f"cause: one of {', '.join(CAUSES)}, or left out")
        return problems + self._check_start(call) + self._check_recording(call)

    def _check_start(self, call):
        try:
            start = self.env["dealer.lead.inbox"]._parse_time(call.get("start"))
        except (TypeError, ValueError, OverflowError):
            start = None
        if start is None:
            return ["start: must be ISO 8601, e.g. 2026-11-07T22:35:00+08:00"]
        if start > fields.Datetime.now() + FUTURE:
            return ["start: lies in the future; check clock and time zone of the telephone system"]
        return []

    def _check_recording(self, call):
        link = call.get("recording")
        if link in (None, ""):
            return []
        if not isinstance(link, str) or len(link) > MAX_URL:
            return [f"recording: must be a link of at most {MAX_URL} characters"]
        try:
            parts = urlsplit(link)
            good = parts.scheme in ("http", "https") and parts.hostname
        except ValueError:
            good = False
        # Browsers drop blanks and control characters, and what remains may be another link.
        if not good or any(ord(letter) <= 32 for letter in link):
            return ["recording: must be a link that begins with http:// or https://"]
        return []

    @api.model
    def _receive(self, calls):
        """Store calls as they came; what was received before is found, not doubled.

        :param list calls: dicts that passed :meth:`_check_call`, unique by ``call_id``
        :return: ``{call_id: (row id or None, is_new)}``; None when another sender has this call_id
        """
        if not calls:
            return {}
        now = fields.Datetime.now()
        parse = self.env["dealer.lead.inbox"]._parse_time
        normalise = self.env["dealer.call.number"]._normalise
        stores = self.env["dealer.unit"]._of_company(self.env.user.company_ids)
        rows = [
            {
                "call_id": call["call_id"],
                "caller": call["from"].strip(),
                "callee": call["to"].strip(),
                "caller_number": normalise(call["from"]) or None,
                "callee_number": normalise(call["to"]) or None,
                "start": parse(call["start"]),
                "seconds": call["seconds"],
                "answered": call["answered"],
                "recording_url": call.get("recording") or None,
                "payload": Json(call),
                "received_at": now,
                "sender_id": self.env.uid,
                # Where the telephones stand; the colleague's store follows with the match.
                "unit_id": stores.id if len(stores) == 1 else None,
                "state": "new",
                "create_uid": self.env.uid,
                "create_date": now,
                "write_uid": self.env.uid,
                "write_date": now,
            }
            for call in calls
        ]
        # The same call delivered twice at this moment: Odoo runs the request again, and the call is
        # known then. That is no error for the log.
        self.env.cr.execute(
            SQL(
                "INSERT INTO dealer_call (%s) VALUES %s"
                " ON CONFLICT (call_id) DO NOTHING RETURNING call_id, id",
                SQL(", ").join(SQL.identifier(column) for column in rows[0]),
                SQL(", ").join(SQL("%s", tuple(row.values())) for row in rows),
            ),
            log_exceptions=False,
        )
        made = self.env.cr.fetchall()
        result = {call_id: (row_id, True) for call_id, row_id in made}
        known = [row["call_id"] for row in rows if row["call_id"] not in result]
        if known:
            # A sender is told of its own calls only; that the number is taken, it must know.
            for row in self.sudo().search_fetch([("call_id", "in", known)], ["sender_id"]):
                own = row.sender_id.id == self.env.uid
                result[row.call_id] = (row.id if own else None, False)
        if made:
            self._wake()
        return result

    # ------------------------------------------------------------
    # Draining
    # ------------------------------------------------------------

    @api.model
    def _drain(self, limit=500):
        # Call records are worked off by the system, for all stores.
        calls = self.sudo()
        rows = calls.search([("state", "=", "new")], order="id", limit=limit)
        rows = rows.try_lock_for_update().filtered(lambda row: row.state == "new")
        rows._work_off()
        return len(rows), bool(calls.search_count([("state", "=", "new")], limit=1))

    def _work_off_failed(self, error):
        result = super()._work_off_failed(error)
        self.reason = False
        return result

    def _process(self):
        """Turn rows into interactions, set-wise; a hook for further steps."""
        rows = self._find_staff()
        rows = rows._find_customers()
        leads = rows._open_leads()
        values = [row._prepare_interaction_vals(leads.get(row.relation_id)) for row in rows]
        contacts = self.env["dealer.interaction"].create(values)
        for row, contact in zip(rows, contacts, strict=True):
            row.write(
                {"state": "done", "reason": False, "error": False, "interaction_id": contact.id}
            )

    def _find_staff(self):
        """Write staff, direction and store on the rows; return those in which all is clear."""
        numbers = {number for row in self for number in (row.caller_number, row.callee_number)}
        owners = self.env["dealer.call.number"]._owners(numbers - {False})
        stores = {
            unit.company_id: unit
            for unit in self.env["dealer.unit"]._of_company(
                self.sender_id.company_ids
                | self.env["res.users"]
                .union(*(rows.user_id for rows in owners.values()))
                .company_id
            )
        }
        ready = self.browse()
        for row in self:
            caller = row._pick(owners.get(row.caller_number), stores)
            callee = row._pick(owners.get(row.callee_number), stores)
            user = caller or callee
            own = [stores[company] for company in row.sender_id.company_ids if company in stores]
            values = {
                "user_id": user.id if len(user) == 1 else False,
                "direction": False,
                # Rows that nobody can be found for are seen where the telephones stand.
                "unit_id": own[0].id if len(own) == 1 else False,
                "partner_id": False,
                "relation_id": False,
            }
            reason = False
            if caller and callee:
                reason, values["user_id"] = "internal", caller[:1].id
                values["unit_id"] = stores.get(caller[:1].company_id, row.unit_id).id
            elif not user:
                reason = "staff_unknown"
            elif len(user) > 1:
                reason = "staff_ambiguous"
            else:
                values["direction"] = "out" if caller else "in"
                store = stores.get(user.company_id)
                values["unit_id"] = store.id if store else values["unit_id"]
                reason = False if store else "store_unknown"
            row.write(values)
            if reason:
                row._leave(reason)
            else:
                ready += row
        return ready

    def _pick(self, owners, stores):
        """Return the colleagues whom a number may mean to the telephone system that sent the row.

        Extensions are those of the sender's own stores; a sender of no store speaks for all.
        """
        if not owners:
            return self.env["res.users"]
        companies = self.sender_id.company_ids.filtered(lambda company: company in stores)
        if companies:
            owners = owners.filtered(
                lambda owner: owner.number.startswith("+") or owner.company_id in companies
            )
        return owners.user_id

    def _other_number(self):
        self.ensure_one()
        return self.callee_number if self.direction == "out" else self.caller_number

    def _find_customers(self):
        """Write customer, relation and store on the rows; return those in which all is clear."""
        candidates = self._candidates({row._other_number() for row in self} - {False})
        customers = self.env["res.partner"].union(*candidates.values())
        relations = self.env["dealer.relation"].search_fetch(
            Domain("partner_id", "in", customers.ids)
            & Domain("company_id", "in", self.user_id.company_ids.ids),
            ["partner_id", "unit_id", "company_id"],
            order="id",
        )
        of_customer = relations.grouped("partner_id")
        ready = self.browse()
        for row in self:
            number = row._other_number()
            found = candidates.get(number, customers.browse())
            # A customer whom the colleague's stores do not serve is none of theirs to know about.
            near = relations.browse().union(
                *(of_customer.get(partner, relations.browse()) for partner in found)
            )
            near = near.filtered(lambda line, row=row: line.company_id in row.user_id.company_ids)
            if not number:
                row._leave("number_withheld")
            elif not near:
                row._leave("customer_unknown")
            elif len(found) > 1:
                row._leave("customer_ambiguous")
            else:
                home = near.filtered(
                    lambda line, row=row: line.company_id == row.user_id.company_id
                )
                relation = (home or near)[0]
                row.write(
                    {
                        "partner_id": relation.partner_id.id,
                        "relation_id": relation.id,
                        "unit_id": relation.unit_id.id,
                    }
                )
                ready += row
        return ready

    def _candidates(self, numbers):
        """Return ``{number: customers}``: one of a mobile number, all of a house or a shared one."""
        partners = self.env["res.partner"]
        found = dict(partners._dealer_find_by_phone(numbers))
        shared = partners.search_fetch(
            Domain("phone_normalized", "in", list(numbers - found.keys()))
            & Domain("is_dealer_customer", "=", True),
            ["phone_normalized"],
        )
        return found | shared.grouped("phone_normalized")

    def _leave(self, reason):
        """Leave the row unmatched and say why, in the language of the store."""
        self.ensure_one()
        lang = self.unit_id.company_id.partner_id.lang or self.env.company.partner_id.lang
        row = self.with_context(lang=lang or self.env.lang)
        row.write({"state": "unmatched", "reason": reason, "error": row._reason_words(reason)})

    def _reason_words(self, reason):
        """Return a sentence on what is missing and what to do; numbers are masked in it."""
        caller, callee = (self._mask(self.caller_number), self._mask(self.callee_number))
        other = caller if self.direction == "in" else callee
        person = self.user_id.name
        if reason == "internal":
            return self.env._("A call between colleagues. Nothing needs to be done.")
        if reason == "staff_unknown":
            return self.env._(
                "Neither %(caller)s nor %(callee)s is the number of a colleague. The administrator"
                " enters it with the user, under “Call Numbers”.",
                caller=caller,
                callee=callee,
            )
        if reason == "staff_ambiguous":
            return self.env._(
                "Several colleagues have this extension, in different stores. The administrator"
                " gives the interface user of each telephone system the company of its store."
            )
        if reason == "store_unknown":
            return self.env._(
                "%(person)s works in no store. The administrator sets the person's company.",
                person=person,
            )
        if reason == "number_withheld":
            return self.env._("The other party withheld the number.")
        if reason == "customer_ambiguous":
            return self.env._(
                "Several customers have the number %(number)s. Log the contact with the right one.",
                number=other,
            )
        return self.env._(
            "No customer of the stores of %(person)s has the number %(number)s. Register the"
            " customer: the call is matched by itself then.",
            person=person,
            number=other,
        )

    @api.model
    def _mask(self, number):
        """Return a number of a call record as lists and sentences show it; extensions stay whole."""
        if not number:
            return self.env._("withheld")
        return mask_phone(number) if len(number) > EXTENSION_DIGITS else number

    def _open_leads(self):
        """Return ``{relation: its open lead}``, the youngest where there are several."""
        leads = self.env["crm.lead"].search_fetch(
            Domain("dealer_relation_id", "in", self.relation_id.ids)
            & Domain("won_status", "=", "pending"),
            ["dealer_relation_id"],
            order="id",
        )
        return {lead.dealer_relation_id: lead for lead in leads}

    def _prepare_interaction_vals(self, lead=None):
        """Return the values of the interaction that a call is; a hook.

        A call is two-way when somebody took it and it lasted ``dealer_leads.two_way_seconds``. What
        telephone systems count before somebody answers is no talk.
        """
        self.ensure_one()
        needed = int(self.env["ir.config_parameter"].get_param("dealer_leads.two_way_seconds", 30))
        return {
            "kind": "call",
            "evidence": "system",
            "direction": self.direction,
            "user_id": self.user_id.id,
            "partner_id": self.partner_id.id,
            "unit_id": self.unit_id.id,
            "start": self.start,
            "duration": self.seconds if self.answered else 0,
            "answered": self.answered,
            "two_way": self.answered and self.seconds >= needed,
            "recording_url": self.recording_url,
            "result": CAUSES.get((self.payload or {}).get("cause"), False),
            "external_id": self.call_id,
            "res_model": "crm.lead" if lead else False,
            "res_id": lead.id if lead else False,
        }

    @api.model
    def _rematch(self, numbers):
        """Run unmatched rows with one of these numbers again; one indexed search.

        :param numbers: iterable of normalised numbers that became known
        """
        numbers = [number for number in numbers if number]
        if not numbers:
            return
        # Whoever registers a customer has no right on call records.
        rows = self.sudo().search(
            Domain("state", "=", "unmatched")
            & (Domain("caller_number", "in", numbers) | Domain("callee_number", "in", numbers))
        )
        if rows:
            rows.write({"state": "new", "reason": False, "error": False})
            rows._wake()

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_retry(self):
        """Match the chosen rows again that are unmatched or failed.

        :raise AccessError: when the user may not see one of them; only managers see any
        """
        self.check_access("read")
        rows = self.filtered(lambda row: row.state in ("unmatched", "failed"))
        if not rows:
            raise UserError(self.env._("Choose call records that are unmatched or failed."))
        # The right on the rows was checked. What becomes of them is decided by the system alone.
        rows = rows.sudo()
        rows.write({"state": "new", "reason": False, "error": False})
        if len(rows) <= BUTTON_LIMIT:
            rows.try_lock_for_update()._work_off()
        else:
            self._wake()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_customer(self):
        """Open the file of the customer whom this call was with."""
        self.ensure_one()
        return self.interaction_id.action_open_customer()
