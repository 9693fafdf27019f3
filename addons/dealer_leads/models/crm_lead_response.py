from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: The first answer that a customer waits for (B4).
RESPONSE = "first_response"
#: Somebody must be in touch again: a lead that nobody touches falls asleep (B4, 沉睡线索).
SILENCE = "silence"
#: Who may close a lead that nobody answered without its clock running on.
CLOSERS = (
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_dcc_lead",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)


class CrmLead(models.Model):
    """How soon a lead was answered, by what evidence, and what comes next (B4).

    Three times are kept, because the first alone can be bought with a click: *nominal* (anything
    that somebody did), *declared* (a talk that the person reports), *effective* (a talk that the
    telephone system, the customer's message or the clerk proves).
    """

    _name = "crm.lead"
    _inherit = ["crm.lead", "dealer.clock.mixin"]

    dealer_received_at = fields.Datetime(
        string="Received",
        default=fields.Datetime.now,
        readonly=True,
        copy=False,
        help="Since when the customer waits.",
    )
    dealer_first_nominal = fields.Datetime(string="First Action", readonly=True, copy=False)
    dealer_first_declared = fields.Datetime(
        string="First Talk, Declared", readonly=True, copy=False
    )
    dealer_first_effective = fields.Datetime(string="First Talk, Proved", readonly=True, copy=False)
    dealer_attempted = fields.Boolean(
        string="Tried in Vain",
        readonly=True,
        copy=False,
        help="Called often enough on enough ways: it stays with the consultant, the answer is open.",
    )
    dealer_promise_at = fields.Datetime(
        string="Answer Promised By",
        readonly=True,
        copy=False,
        help="When an answer is due at the latest, as it was at the start; customers are told.",
    )
    dealer_next_date = fields.Date(string="Next Contact", copy=False, index="btree_not_null")
    dealer_response = fields.Selection(
        [
            ("waiting", "To Answer"),
            ("attempted", "Tried in Vain"),
            ("declared", "Answered, by Word"),
            ("effective", "Answered"),
        ],
        string="Answer",
        compute="_compute_dealer_response",
        store=True,
    )
    dealer_response_minutes = fields.Integer(
        string="Answered After (min)",
        compute="_compute_dealer_response_minutes",
        store=True,
        aggregator="avg",
        help="Minutes of opening hours from receipt to the first talk that is proved.",
    )

    dealer_asleep = fields.Boolean(
        string="Sleeping",
        compute="_compute_dealer_asleep",
        search="_search_dealer_asleep",
        help="Nobody was in touch within the time that the store gives.",
    )

    @api.depends("dealer_first_declared", "dealer_first_effective", "dealer_attempted")
    def _compute_dealer_response(self):
        for lead in self:
            if lead.dealer_first_effective:
                lead.dealer_response = "effective"
            elif lead.dealer_first_declared:
                lead.dealer_response = "declared"
            else:
                lead.dealer_response = "attempted" if lead.dealer_attempted else "waiting"

    @api.depends("dealer_first_effective", "dealer_received_at")
    def _compute_dealer_response_minutes(self):
        times = {}
        for lead in self:
            unit = lead.dealer_unit_id
            if not (lead.dealer_first_effective and lead.dealer_received_at and unit):
                lead.dealer_response_minutes = False
                continue
            time = times.setdefault(unit, unit._clock_time())
            seconds = time.between(lead.dealer_received_at, lead.dealer_first_effective)
            lead.dealer_response_minutes = int(seconds // 60)

    @api.depends("clock_ids.state", "clock_ids.due_at", "clock_ids.stopped_at")
    def _compute_dealer_asleep(self):
        now = fields.Datetime.now()
        overdue = self._clock_open(SILENCE).filtered(lambda clock: clock.due_at < now)
        asleep = set(overdue.mapped("res_id"))
        for lead in self:
            lead.dealer_asleep = lead._origin.id in asleep

    @api.model
    def _search_dealer_asleep(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Which leads sleep is shown to whoever may read the lead.
        clocks = self.env["dealer.clock"].sudo()
        query = clocks._search(
            Domain("res_model", "=", self._name)
            & Domain("kind", "=", SILENCE)
            & Domain("stopped_at", "=", False)
            & Domain("due_at", "<", fields.Datetime.now())
        )
        asleep = Domain(
            "id", "in", query.subselect(clocks._field_to_sql(query.table, "res_id", query))
        )
        both = {bool(item) for item in value}
        if len(both) == 2:
            return Domain.TRUE
        return asleep if True in both else ~asleep

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads.filtered("dealer_unit_id")._dealer_start_clocks()
        return leads

    def write(self, vals):
        if "user_id" in vals and not self.env.su and any(lead.dealer_relation_id for lead in self):
            raise UserError(
                self.env._(
                    "Who serves a customer is changed by the button “Hand Over”, which checks the"
                    " right and keeps the history."
                )
            )
        before = {lead: lead.user_id for lead in self} if "user_id" in vals else {}
        was_open = self.filtered(lambda lead: lead.dealer_unit_id and lead.won_status == "pending")
        result = super().write(vals)
        # Odoo's own leads have no clocks, and cost no query.
        changed = self.filtered(
            lambda lead: lead in before and lead.dealer_unit_id and lead.user_id != before[lead]
        )
        # The tick closes and starts clocks itself.
        if changed and not self.env.context.get("dealer_clock_tick"):
            changed._dealer_give_time()
        closed = was_open.filtered(lambda lead: lead.won_status != "pending")
        if closed:
            closed._dealer_closed()
        return result

    # ------------------------------------------------------------
    # Clocks
    # ------------------------------------------------------------

    def _clock_unit(self):
        return self.dealer_unit_id

    def _clock_title(self):
        # Whom to call comes first; which car is on the card.
        self.ensure_one()
        return " · ".join(filter(None, (self.partner_id.name, self.name)))

    def _clock_open_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": self.id,
            "views": [(self.env.ref("dealer_leads.crm_lead_view_form_dealer").id, "form")],
        }

    def _dealer_start_clocks(self):
        """Start the clocks of new leads, and of leads whose customer asks again."""
        for moment, leads in self.grouped("dealer_received_at").items():
            clocks = leads._clock_start(RESPONSE, at=moment)
            for due, same in clocks.grouped("due_at").items():
                self.browse(same.mapped("res_id")).dealer_promise_at = due
            leads._clock_start(SILENCE, at=moment)

    def _dealer_promise(self):
        """Tell customers who ask while the store is closed when somebody will answer.

        By e-mail where the address is known; further ways add themselves here. Platforms read the
        same time as ``answer_by`` from the interface.
        """
        closed = self.filtered(
            lambda lead: (
                lead.dealer_promise_at
                and lead.partner_id.email
                and lead.dealer_unit_id._clock_next_opening(lead.dealer_received_at)
                > lead.dealer_received_at
            )
        )
        if closed:
            template = self.env.ref("dealer_leads.mail_template_promise")
            template.send_mail_batch(closed.ids)

    def _dealer_asked_again(self, moment):
        """The customer of these open leads asked again at ``moment``: an answer is due again."""
        self._clock_start(RESPONSE, at=moment)

    def _dealer_give_time(self):
        """Whoever gets a lead has the whole time to answer; the customer's wait is on the lead."""
        clocks = self._clock_open(RESPONSE)
        turns = {}
        for clock in clocks:
            turns.setdefault(clock.turn, []).append(clock.res_id)
        clocks._void(self.env._("Handed over to somebody else."))
        for turn, ids in turns.items():
            self.browse(ids)._clock_start(RESPONSE, turn=turn)
        users = {lead.id: lead.user_id for lead in self}
        # Only the system writes clocks; who hands over was checked.
        silent = self._clock_open(SILENCE).sudo()
        for user, same in silent.grouped(lambda clock: users[clock.res_id]).items():
            same.user_id = user

    def _dealer_closed(self):
        """A closed lead falls asleep no more.

        Closing it does not answer it: where nobody did, the clock of the answer runs on, unless a
        manager closed it.
        """
        note = self.env._("The lead was closed.")
        self._clock_void(note, SILENCE)
        if self.env.su or self.env.user._dealer_has_any(CLOSERS):
            self._clock_void(note, RESPONSE)

    def _clock_keep(self, kind):
        """Who tried often enough keeps the lead."""
        if kind == RESPONSE:
            return self.filtered("dealer_attempted")
        return super()._clock_keep(kind)

    def _clock_hand_on(self, clocks):
        """Give leads that nobody answered to somebody else; nobody gets a lead twice."""
        if set(clocks.mapped("kind")) != {RESPONSE}:
            return super()._clock_hand_on(clocks)
        history = self.env["dealer.clock"].search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("kind", "=", RESPONSE)
        )
        exclude = {
            self.browse(lead_id): rows.user_id
            for lead_id, rows in history.grouped("res_id").items()
        }
        return self._dealer_hand_on(self.env._("Not answered in time"), exclude)

    # ------------------------------------------------------------
    # Evidence
    # ------------------------------------------------------------

    def _dealer_touched(self, moment):
        """Note that somebody did something at ``moment``, whatever it was worth."""
        for lead in self:
            if not lead.dealer_first_nominal or moment < lead.dealer_first_nominal:
                lead.dealer_first_nominal = moment
        self._clock_restart(SILENCE, at=moment)

    def _dealer_talked_by_word(self, moment):
        """Stop the clocks provisionally: the person says to have talked with the customer."""
        for lead in self:
            if not lead.dealer_first_declared or moment < lead.dealer_first_declared:
                lead.dealer_first_declared = moment
        return self._clock_stop(
            RESPONSE, at=moment, provisional=True, note=self.env._("By the word of the person")
        )

    def _dealer_talked(self, moment):
        """Stop the clocks for good: the customer was talked to at ``moment``, and that is proved.

        Proof may come late. Who was handed the lead's answer before is put right by the time
        stamps, and who got the lead after that had nothing to answer.
        """
        for lead in self:
            if not lead.dealer_first_effective or moment < lead.dealer_first_effective:
                lead.dealer_first_effective = moment
            clocks = self.env["dealer.clock"].search(
                Domain("res_model", "=", self._name)
                & Domain("res_id", "=", lead.id)
                & Domain("kind", "=", RESPONSE)
                & (
                    Domain("stopped_at", "=", False)
                    | Domain("stopped_at", ">=", moment)
                    | Domain("provisional", "=", True)
                )
            )
            clocks._prove(moment)

    def _dealer_refuted(self, moment):
        """The talk that somebody declared at ``moment`` did not take place: the clock runs on."""
        for lead in self:
            if lead.dealer_first_declared == moment:
                lead.dealer_first_declared = False
        clocks = self.env["dealer.clock"].search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("kind", "=", RESPONSE)
            & Domain("provisional", "=", True)
            & Domain("stopped_at", "=", moment)
        )
        clocks._reopen(self.env._("The talk was not confirmed."))

    def _dealer_count_attempts(self):
        """Mark leads that were tried often enough, on enough ways, and plan the next attempt."""
        number, ways = (self._dealer_setting(name) for name in ("attempts", "attempt_ways"))
        for lead in self.filtered(
            lambda lead: not lead.dealer_attempted and not lead.dealer_first_effective
        ):
            tries = lead._dealer_attempts()
            if len(tries) >= number and len(set(tries.mapped("kind"))) >= ways:
                lead.dealer_attempted = True
                unit = lead.dealer_unit_id
                tomorrow = unit._clock_next_opening(fields.Datetime.now() + timedelta(hours=18))
                lead._dealer_plan(unit._clock_local(tomorrow).date())

    def _dealer_attempts(self):
        """Return the attempts that count: by a person, with time in between, no template blast."""
        self.ensure_one()
        gap = timedelta(minutes=self._dealer_setting("attempt_gap"))
        rows = self.env["dealer.interaction"].search(
            Domain("relation_id", "=", self.dealer_relation_id.id)
            & Domain("direction", "=", "out")
            & Domain("user_id", "!=", False)
            & Domain("logged_at", ">=", self.dealer_received_at)
        )
        counted, last = rows.browse(), None
        for row in rows.sorted(lambda row: (row._moment(), row.id)):
            moment = row._moment()
            too_soon = last and moment - last < gap
            if moment < self.dealer_received_at or too_soon or row._is_blast():
                continue
            counted, last = counted | row, moment
        return counted

    @api.model
    def _dealer_setting(self, name):
        # Settings are read for everybody; nobody but administrators may read them all.
        return int(self.env["ir.config_parameter"].sudo().get_param(f"dealer_leads.{name}"))

    def _dealer_plan(self, date, note=None, keep_note=False):
        """Plan the next contact: one open task of the consultant per lead.

        :param date: day of the next contact
        :param str note: what to say or do then
        :param bool keep_note: only the day moves
        """
        kind = self.env.ref("dealer_leads.mail_activity_type_follow_up")
        # Whoever logs a contact may do so for the colleague who serves the customer.
        tasks = self.env["mail.activity"].sudo()
        open_tasks = tasks.search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("activity_type_id", "=", kind.id)
        ).grouped("res_id")
        # Whoever plans was asked for the right, and for the day.
        self.sudo().dealer_next_date = date
        for lead in self:
            # Of who left, whoever plans takes care.
            user = lead.user_id.sudo().filtered("active") or self.env.user
            old = open_tasks.get(lead.id, tasks)
            if old:
                values = {"date_deadline": date, "user_id": user.id}
                old[:1].write(values if keep_note else values | {"note": note})
                old[1:].unlink()
            else:
                lead.sudo().with_context(mail_activity_quick_update=True).activity_schedule(
                    "dealer_leads.mail_activity_type_follow_up",
                    date_deadline=date,
                    note=note,
                    user_id=user.id,
                )
        self.invalidate_recordset(["activity_ids"])

    def action_dealer_log(self):
        """Open the short form that logs what just happened with the customer."""
        self.ensure_one()
        return {
            "name": self.env._("Log a Contact"),
            "type": "ir.actions.act_window",
            "res_model": "dealer.lead.log",
            "view_mode": "form",
            "target": "new",
            "context": {"default_lead_id": self.id},
        }
