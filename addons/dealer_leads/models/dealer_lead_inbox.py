from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg2 import errors
from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.dealer_base.tools.phone import PhoneError, parse_phone

from .dealer_unit import Wish

#: What people may correct on a row that waits for them.
CORRECTABLE = {"customer_name", "phone", "brand", "series", "city", "unit_id"}
#: The names of the platform's fields and of ours.
COLUMNS = {
    "name": "customer_name",
    "phone": "phone",
    "brand": "brand",
    "series": "series",
    "city": "city",
    "store": "store_code",
    "message": "message",
    "campaign": "campaign",
}
#: Times without zone are Chinese ones: that is where the platforms are.
PLATFORM_ZONE = ZoneInfo("Asia/Shanghai")
#: Rows of the same customer that collide with other work are tried again this often.
MAX_ATTEMPTS = 5
#: At most so many rows are worked off at once when somebody presses the button.
BUTTON_LIMIT = 200


class DealerLeadInbox(models.Model):
    """Leads as they came. A row is stored before anything is done with it, and never lost.

    ``new`` rows are drained into customer, relation and lead. ``attention`` rows need a person,
    ``failed`` ones hit an error of ours; both run again by button.
    """

    _name = "dealer.lead.inbox"
    _description = "Lead Inbox"
    _inherit = ["dealer.queue.mixin"]
    _order = "id desc"
    _rec_name = "external_id"

    source = fields.Char(required=True, readonly=True)
    source_name = fields.Char(string="Platform", compute="_compute_source_name")
    external_id = fields.Char(string="Number at the Source", required=True, readonly=True)
    payload = fields.Json(string="As Received", readonly=True)
    payload_text = fields.Text(compute="_compute_payload_text", string="As Received (Text)")
    received_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now, index=True
    )
    occurred_at = fields.Datetime(readonly=True)
    user_id = fields.Many2one("res.users", string="Delivered By", readonly=True, index=True)
    customer_name = fields.Char()
    phone = fields.Char()
    brand = fields.Char()
    series = fields.Char()
    city = fields.Char()
    store_code = fields.Char(readonly=True)
    message = fields.Text(readonly=True)
    campaign = fields.Char(readonly=True)
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        ondelete="restrict",
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("done", "Done"),
            ("duplicate", "Duplicate"),
            ("attention", "Attention"),
            ("failed", "Failed"),
        ],
        required=True,
        default="new",
        readonly=True,
        index=True,
    )
    error = fields.Text(string="What is Wrong", readonly=True)
    attempts = fields.Integer(readonly=True)
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _source_external_uniq = models.Constraint(
        "UNIQUE(source, external_id)", "This lead was received already."
    )
    _waiting_idx = models.Index("(id) WHERE state = 'new'")

    @api.depends("customer_name", "phone", "external_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.customer_name or row.external_id

    @api.depends("source")
    def _compute_source_name(self):
        # What a platform is called is no secret, and the inbox is read by several posts.
        sources = (
            self.env["utm.source"].sudo().search([("dealer_code", "in", self.mapped("source"))])
        )
        names = {source.dealer_code: source.name for source in sources}
        for row in self:
            row.source_name = names.get(row.source, row.source)

    @api.depends("payload")
    def _compute_payload_text(self):
        for row in self:
            row.payload_text = "\n".join(
                f"{key}: {value}" for key, value in (row.payload or {}).items()
            )

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - CORRECTABLE:
                raise UserError(
                    self.env._("What was received stays as it came; correct name, number or store.")
                )
            if self.filtered(lambda row: row.state not in ("attention", "failed")):
                raise UserError(
                    self.env._("This lead is worked off already. Change the customer or the lead.")
                )
        return super().write(vals)

    # ------------------------------------------------------------
    # Receiving
    # ------------------------------------------------------------

    @api.model
    def _receive(self, source, leads):
        """Store leads as they came; what was received before is found, not doubled.

        :param str source: the platform's code
        :param list leads: dicts that passed :meth:`_check_lead`, unique by ``external_id``
        :return: ``{external_id: (inbox id, is_new)}``
        """
        now = fields.Datetime.now()
        columns = [
            "source",
            "external_id",
            "payload",
            "received_at",
            "occurred_at",
            "user_id",
            "create_uid",
            "create_date",
            "write_uid",
            "write_date",
            "state",
            "attempts",
        ] + list(COLUMNS.values())
        rows = [
            SQL(
                "%s",
                (
                    source,
                    lead["external_id"],
                    Json(lead),
                    now,
                    self._parse_time(lead.get("occurred_at")),
                    self.env.uid,
                    self.env.uid,
                    now,
                    self.env.uid,
                    now,
                    "new",
                    0,
                    *(lead.get(key) or None for key in COLUMNS),
                ),
            )
            for lead in leads
        ]
        if not rows:
            return {}
        # The same lead delivered twice at this moment: Odoo runs the request again, and the lead is
        # known then. That is no error for the log.
        self.env.cr.execute(
            SQL(
                "INSERT INTO dealer_lead_inbox (%s) VALUES %s"
                " ON CONFLICT (source, external_id) DO NOTHING RETURNING external_id, id",
                SQL(", ").join(SQL.identifier(column) for column in columns),
                SQL(", ").join(rows),
            ),
            log_exceptions=False,
        )
        made = self.env.cr.fetchall()
        result = {external_id: (row_id, True) for external_id, row_id in made}
        known = [lead["external_id"] for lead in leads if lead["external_id"] not in result]
        if known:
            # The sender may ask for a row again whoever delivered it first.
            for row in self.sudo().search_fetch(
                Domain("source", "=", source) & Domain("external_id", "in", known), ["external_id"]
            ):
                result[row.external_id] = (row.id, False)
        if made:
            self._wake()
        return result

    @api.model
    def _check_lead(self, lead):
        """Return the list of sentences that say why ``lead`` cannot be stored at all."""
        if not isinstance(lead, dict):
            return ["a lead must be an object {…}"]
        problems = []
        external_id = lead.get("external_id")
        if not isinstance(external_id, str) or not external_id.strip():
            problems.append("external_id: a text is needed, it names the lead")
        elif len(external_id) > 128:
            problems.append("external_id: at most 128 characters")
        for key in COLUMNS:
            if not isinstance(lead.get(key, ""), str | None):
                problems.append(f"{key}: must be a text")
        if lead.get("occurred_at") not in (None, ""):
            try:
                self._parse_time(lead["occurred_at"])
            except (TypeError, ValueError, OverflowError):
                problems.append("occurred_at: must be ISO 8601, e.g. 2026-11-07T22:35:00+08:00")
        return problems

    @api.model
    def _parse_time(self, text):
        """Return an ISO 8601 time as naive UTC, as the database keeps it."""
        if not text:
            return None
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=PLATFORM_ZONE)
        return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)

    # ------------------------------------------------------------
    # Draining
    # ------------------------------------------------------------

    @api.model
    def _lock_keys(self):
        # Two who draw turns at once would draw the same one, and wait for each other's customers.
        return [*super()._lock_keys(), *self.env["dealer.distribution.rule"]._lock_keys()]

    @api.model
    def _drain(self, limit=500):
        # The inbox is worked off by the system, for all stores.
        inbox = self.sudo()
        rows = inbox.search([("state", "=", "new")], order="id", limit=limit)
        rows = rows.try_lock_for_update().filtered(lambda row: row.state == "new")
        rows._work_off()
        return len(rows), bool(inbox.search_count([("state", "=", "new")], limit=1))

    def _work_off_failed(self, error):
        # Somebody made the same customer at this moment; the next look will find it.
        attempts = self.attempts + 1
        if isinstance(error, errors.UniqueViolation) and attempts < MAX_ATTEMPTS:
            self.write({"attempts": attempts, "state": "new", "error": False})
            return
        super()._work_off_failed(error)
        self.attempts = attempts

    def _process(self):
        """Turn rows into customers, relations and leads, set-wise; a hook for further steps."""
        rows = self._find_store_and_number()
        for unit, of_unit in rows.grouped("unit_id").items():
            of_unit.with_context(lang=unit.company_id.partner_id.lang)._process_store(unit)

    def _find_store_and_number(self):
        """Return the rows that have both; tell people what the others lack."""
        codes = {row.store_code.strip() for row in self if row.store_code}
        by_code = {
            unit.code: unit
            for unit in self.env["dealer.unit"].search(
                Domain("code", "in", list(codes)) & Domain("kind", "=", "store")
            )
        }
        stores = {}
        ready = self.browse()
        for row in self:
            problems = []
            if not row.unit_id:
                key = (row.store_code, row.brand, row.city)
                if key not in stores:
                    if row.store_code:
                        stores[key] = by_code.get(row.store_code.strip(), self.env["dealer.unit"])
                    else:
                        stores[key] = self.env["dealer.lead.rule"]._store_of(row.brand, row.city)
                row.unit_id = stores[key]
            # Words for people: in the language of the store, the drain itself has none.
            row = row.with_context(
                lang=row.unit_id.company_id.partner_id.lang or self._staff_lang()
            )
            if not row.unit_id and row.store_code:
                problems.append(row.env._("There is no store with the code %s.", row.store_code))
            elif not row.unit_id:
                problems.append(
                    row.env._(
                        "No rule names a store for brand “%(brand)s” and city “%(city)s”.",
                        brand=row.brand or "–",
                        city=row.city or "–",
                    )
                )
            try:
                parse_phone(row.phone or "")
            except PhoneError as error:
                problems.append(row._phone_problem(error))
            if problems:
                row.write({"state": "attention", "error": "\n".join(problems)})
            else:
                ready += self.browse(row.id)
        return ready

    def _staff_lang(self):
        """Return the language of the shop's people where no store is known."""
        return self.env.company.partner_id.lang or self.env.lang

    def _phone_problem(self, error):
        if not (self.phone or "").strip():
            return self.env._("The customer left no number.")
        return self.env._(error.message)

    def _process_store(self, unit):
        """Work off rows of one store whose numbers are good."""
        numbers = {row.id: parse_phone(row.phone) for row in self}
        partners = self._find_or_make_customers(numbers, unit)
        sources = self.env["utm.source"]._dealer_of_codes(set(self.mapped("source")))
        relations, turns = self._find_or_make_relations(partners, unit, sources)
        campaigns = self._find_or_make_campaigns()
        leads = self._open_leads(relations)
        fresh = {}
        for row in self._in_order():
            relation = relations[partners[row.id]]
            if relation not in leads and relation not in fresh:
                fresh[relation] = row
        values = []
        for relation, row in fresh.items():
            turn = turns[relation.partner_id]
            values.append(
                {
                    **row._prepare_lead_vals(
                        relation, sources[row.source], campaigns.get(row.campaign)
                    ),
                    "user_id": turn.user.id,
                    "dealer_waiting": not turn.user,
                }
            )
        made = self.env["crm.lead"].with_context(**self._quiet()).create(values)
        first_rows = {row.id for row in fresh.values()}
        leads |= dict(zip(fresh, made, strict=True))
        for row in self:
            lead = leads[relations[partners[row.id]]]
            row.write(
                {
                    "state": "done" if row.id in first_rows else "duplicate",
                    "error": False,
                    "lead_id": lead.id,
                }
            )
        self.env["dealer.interaction"].create([row._prepare_interaction_vals() for row in self])
        self._note_touches()
        self._ask_again(made)
        made._tell_consultants()
        made._dealer_promise()

    @staticmethod
    def _quiet():
        # 1,000 leads with tracking, subscriptions and one notice each cost 17 s instead of 4.
        return {
            "tracking_disable": True,
            "mail_create_nosubscribe": True,
            "mail_create_nolog": True,
            "mail_notrack": True,
        }

    def _find_or_make_customers(self, numbers, unit):
        """Return ``{row id: customer}``; one customer per mobile number, whatever the store."""
        model = self.env["res.partner"].with_context(**self._quiet())
        mobiles = {number.e164 for number in numbers.values() if number.kind == "mobile"}
        known = {
            (number, None): partner
            for number, partner in model._dealer_find_by_phone(mobiles).items()
        }
        # A landline belongs to a house, a shared number to several people: only number and name
        # together are a person there.
        landlines = {number.e164 for number in numbers.values() if number.kind == "landline"}
        alone = {number for number, _name in known}
        houses = model._dealer_find_by_house(landlines | (mobiles - alone))
        shared = mobiles & {number for number, _name in houses}
        known |= houses
        keys, missing = {}, {}
        for row in self:
            number = numbers[row.id]
            name = " ".join((row.customer_name or "").split())
            is_one = number.kind == "mobile" and number.e164 not in shared
            label = name or self.env._("Number ending in %s", number.e164[-4:])
            keys[row.id] = key = (number.e164, None if is_one else label)
            if key not in known and (key not in missing or not missing[key]["name"]):
                missing[key] = {
                    "name": name,
                    "phone": row.phone,
                    "phone_shared": number.e164 in shared,
                    "city": row.city,
                    "is_dealer_customer": True,
                    "company_id": False,
                    "lang": self.env.context.get("lang"),
                }
        for (number, _name), vals in missing.items():
            vals["name"] = vals["name"] or self.env._("Number ending in %s", number[-4:])
        made = model.create(list(missing.values()))
        known |= dict(zip(missing, made, strict=True))
        return {row_id: known[key] for row_id, key in keys.items()}

    def _in_order(self):
        """Return the rows as customers asked, the oldest first."""
        return self.sorted(lambda row: (row.occurred_at or row.received_at, row.id))

    def _find_or_make_relations(self, partners, unit, sources):
        """Return ``{customer: relation}``, and ``{customer: Turn}`` of who gets the new leads.

        Whose open lead is in good hands has no turn: the enquiry joins the lead.
        """
        model = self.env["dealer.relation"]
        customers = self.env["res.partner"].union(*partners.values())
        known = model.search(
            Domain("partner_id", "in", customers.ids) & Domain("unit_id", "=", unit.id)
        )
        by_partner = {relation.partner_id: relation for relation in known}
        served = {
            relation.partner_id
            for relation in self._open_leads(by_partner)
            if relation._dealer_bound()
        }
        wishes = {}
        for row in self._in_order():
            partner = partners[row.id]
            if partner not in wishes and partner not in served:
                bound = row._bound(by_partner.get(partner, model), unit)
                wishes[partner] = Wish(sources[row.source], row.brand, row.series, bound)
        turns = dict(zip(wishes, unit._distribute(list(wishes.values())), strict=True))
        known._dealer_follow({by_partner[p]: turn for p, turn in turns.items() if p in by_partner})
        missing = customers - known.partner_id
        given = {partner.id: turns[partner] for partner in missing if turns[partner].user}
        made = model._register_customers(
            missing,
            unit,
            {partner_id: {turn.role: turn.user.id} for partner_id, turn in given.items()},
            {partner_id: turn.reason for partner_id, turn in given.items()},
        )
        return {relation.partner_id: relation for relation in known | made}, turns

    def _bound(self, relation, _unit):
        """Return ``[(field, user)]`` of who is asked first for this enquiry; a hook."""
        self.ensure_one()
        return relation._dealer_bound()

    def _open_leads(self, relations):
        """Return ``{relation: its open lead}``, as far as it is young enough to take a new touch."""
        days = int(self.env["ir.config_parameter"].get_param("dealer_leads.duplicate_days", "90"))
        since = fields.Datetime.now() - timedelta(days=days)
        leads = self.env["crm.lead"].search_fetch(
            Domain("dealer_relation_id", "in", [relation.id for relation in relations.values()])
            & Domain("won_status", "=", "pending")
            & (Domain("create_date", ">=", since) | Domain("dealer_last_touch", ">=", since)),
            ["dealer_relation_id"],
            order="id",
        )
        return {lead.dealer_relation_id: lead for lead in leads}

    def _prepare_lead_vals(self, relation, source, campaign):
        """Return the values of the ``crm.lead`` that this row becomes; a hook."""
        self.ensure_one()
        car = " ".join(filter(None, (self.brand, self.series)))
        return {
            "name": car or self.env._("Enquiry"),
            "type": "opportunity",
            "partner_id": relation.partner_id.id,
            "user_id": (relation.consultant_id or relation.dcc_agent_id).id,
            "team_id": False,
            "company_id": relation.company_id.id,
            "source_id": source.id,
            "campaign_id": campaign and campaign.id,
            "city": self.city,
            "dealer_brand": self.brand,
            "dealer_series": self.series,
            "dealer_message": self.message,
            "dealer_received_at": self.received_at,
        }

    def _find_or_make_campaigns(self):
        """Return ``{name: campaign}`` of the rows that name one."""
        names = {row.campaign for row in self if row.campaign and row.campaign.strip()}
        campaigns = self.env["utm.campaign"]
        found = {
            campaign.title: campaign
            for campaign in campaigns.search([("title", "in", list(names))])
        }
        for name in sorted(names - found.keys()):
            found[name] = campaigns.create({"title": name})
        return found

    def _prepare_interaction_vals(self):
        """Return the values of the interaction that a customer's enquiry is; a hook."""
        self.ensure_one()
        car = " ".join(filter(None, (self.brand, self.series)))
        return {
            "kind": "enquiry",
            "direction": "in",
            "user_id": False,
            "partner_id": self.lead_id.partner_id.id,
            "unit_id": self.unit_id.id,
            "start": min(self.occurred_at or self.received_at, self.received_at),
            "summary": " · ".join(filter(None, (car, self.message))) or self.env._("Enquiry"),
            "evidence": "system",
            "external_id": f"{self.source}:{self.external_id}",
            "res_model": "crm.lead",
            "res_id": self.lead_id.id,
        }

    def _ask_again(self, made):
        """A customer who asks again waits for an answer again."""
        again = self.filtered(lambda row: row.lead_id not in made)
        for moment, rows in again.grouped("received_at").items():
            rows.lead_id._dealer_asked_again(moment)

    def _note_touches(self):
        """Write the time of the last enquiry on the leads, one write per moment."""
        last = {}
        for row in self:
            moment = min(row.occurred_at or row.received_at, row.received_at)
            lead = row.lead_id
            last[lead] = max(last.get(lead) or lead.dealer_last_touch or moment, moment)
        for lead, moment in last.items():
            lead.with_context(**self._quiet()).dealer_last_touch = moment

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_retry(self):
        """Run rows that failed or wait for attention again, as they are corrected now."""
        rows = self.filtered(lambda row: row.state in ("failed", "attention"))
        if not rows:
            raise UserError(self.env._("Choose rows that failed or need attention."))
        rows.check_access("write")
        # The right on the rows was checked; customers and leads are made by the system.
        rows = rows.sudo()
        rows.write({"state": "new", "error": False, "attempts": 0})
        if len(rows) <= BUTTON_LIMIT:
            rows.try_lock_for_update()._work_off()
        else:
            self._wake()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def action_retry_all(self):
        """Run all rows again that failed or wait for attention and that the user may see."""
        return self.search([("state", "in", ("failed", "attention"))]).action_retry()

    def action_open_lead(self):
        """Open the lead that came out of this row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": self.lead_id.id,
            "views": [(self.env.ref("dealer_leads.crm_lead_view_form_dealer").id, "form")],
        }
