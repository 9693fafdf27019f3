from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_datetime
from odoo.tools.misc import clean_context

from .dealer_dcc_rule import SEATS

#: What the agent writes down during the call; all else follows from the buttons.
ANSWERS = {
    "aim",
    "may_talk",
    "driver",
    "use",
    "budget",
    "buy_when",
    "compared",
    "trade_in",
    "loan",
    "value",
    "slot_one",
    "slot_two",
    "reason",
    "invite_at",
    "consultant_id",
    "plate",
    "wechat",
    "result_id",
    "grade_id",
    "next_date",
    "summary",
    "insight_picks",
}
#: Answers that tell the showroom who is coming, in the order of the call.
TOLD = ("driver", "use", "budget", "buy_when", "compared", "trade_in", "loan", "value", "summary")
REASONS = [
    ("car", "The Car is Here"),
    ("drive", "Test Drive"),
    ("gift", "Gift for the Visit"),
    ("offer", "Offer of the Week"),
    ("other", "Other"),
]
#: A call that was left open counts no longer than this as talk.
LONGEST_TALK = timedelta(hours=1)


class DealerDccCall(models.Model):
    """A guided call in seven steps: what is said comes as data, what is answered is kept (B8)."""

    _name = "dealer.dcc.call"
    _description = "DCC Call"
    _inherit = ["dealer.store.mixin", "dealer.user.checks"]
    _order = "started_at desc, id desc"
    _rec_names_search = ("partner_id.name",)

    state = fields.Selection(
        [("open", "In the Call"), ("done", "Done")], required=True, default="open", readonly=True
    )
    direction = fields.Selection(
        [("out", "Outbound"), ("in", "Inbound")], required=True, default="out", readonly=True
    )
    seat = fields.Selection(SEATS, readonly=True)
    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        compute="_compute_relation_id",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
    )
    partner_id = fields.Many2one(
        related="lead_id.partner_id", string="Customer", store=True, index="btree_not_null"
    )
    phone = fields.Char(related="lead_id.partner_id.phone", related_sudo=False)
    car = fields.Char(related="lead_id.name", string="Interested In", related_sudo=False)
    user_id = fields.Many2one("res.users", string="Agent", required=True, readonly=True, index=True)
    started_at = fields.Datetime(string="Begun", required=True, readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    step_id = fields.Many2one("dealer.dcc.step", readonly=True, ondelete="restrict")
    step_kind = fields.Selection(related="step_id.kind", string="Kind of Step")
    step_aim = fields.Char(related="step_id.aim", string="Aim of the Step")
    is_first = fields.Boolean(compute="_compute_place")
    is_last = fields.Boolean(compute="_compute_place")
    script = fields.Text(string="Talk Track", compute="_compute_script")
    history = fields.Text(string="Story so Far", compute="_compute_history")
    interaction_id = fields.Many2one(
        "dealer.interaction", readonly=True, index="btree_not_null", ondelete="set null"
    )
    is_mine = fields.Boolean(compute="_compute_is_mine")
    # What is answered, step by step.
    aim = fields.Char(string="What I Want to Reach")
    may_talk = fields.Boolean(string="Has Two Minutes", help="And knows that calls are recorded.")
    driver = fields.Char(string="Who Drives")
    use = fields.Char(string="Used For")
    budget = fields.Char()
    buy_when = fields.Char(string="Buys When")
    compared = fields.Char(string="Compared With")
    trade_in = fields.Char(string="Car to Trade In")
    loan = fields.Boolean(string="Wants a Loan")
    value = fields.Char(string="Advantage Told", help="One that fits; never the lowest price.")
    slot_one = fields.Datetime(string="First Time Offered")
    slot_two = fields.Datetime(string="Second Time Offered")
    reason = fields.Selection(REASONS, string="Reason to Come")
    invite_at = fields.Datetime(string="Comes On")
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")
    consultant_id = fields.Many2one(
        "res.users",
        string="Received By",
        domain="[('id', 'in', candidate_ids)]",
        index="btree_not_null",
    )
    plate = fields.Char()
    wechat = fields.Boolean(string="WeChat Added, Route Sent")
    result_id = fields.Many2one("dealer.dcc.result", ondelete="restrict")
    outcome = fields.Selection(related="result_id.outcome")
    reached = fields.Boolean(related="result_id.reached", store=True)
    grade_id = fields.Many2one(
        "dealer.grade", string="Grade Now", domain="[('kind', '=', 'open')]", ondelete="restrict"
    )
    next_date = fields.Date(string="Next Contact")
    summary = fields.Text(string="What Was Said")

    _open_once = models.UniqueIndex(
        "(lead_id, user_id) WHERE state = 'open'", "This call is open already."
    )
    _user_started_idx = models.Index("(user_id, started_at)")

    @api.depends("lead_id")
    def _compute_relation_id(self):
        for row in self:
            row.relation_id = row.lead_id.dealer_relation_id

    @api.depends("partner_id", "started_at")
    def _compute_display_name(self):
        for call in self:
            call.display_name = call.partner_id.name or self.env._("Call")

    def _compute_is_mine(self):
        for call in self:
            call.is_mine = call.user_id == self.env.user

    @api.depends("step_id")
    def _compute_place(self):
        steps = self.env["dealer.dcc.step"]._track()
        for call in self:
            call.is_first = call.step_id == steps[:1]
            call.is_last = call.step_id == steps[-1:]

    @api.depends("step_id", "direction")
    @api.depends_context("lang")
    def _compute_script(self):
        for call in self:
            step = call.step_id
            text = (call.direction == "in" and step.script_in) or step.script or ""
            words = {
                "{customer}": call.partner_id.name or "",
                "{agent}": call.user_id.name or "",
                "{store}": call.unit_id.name or "",
                "{car}": call.lead_id.name or "",
            }
            for mark, word in words.items():
                text = text.replace(mark, word)
            call.script = text

    @api.depends("relation_id")
    def _compute_history(self):
        for call in self:
            call.history = call._story()

    @api.depends("unit_id")
    def _compute_candidate_ids(self):
        for call in self:
            call.candidate_ids = call.unit_id._consultants().ids if call.unit_id else False

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    def _check_mine(self):
        """Refuse whoever does not make this call, and what is done already."""
        self.check_access("write")
        if self.env.su:
            return
        if self.filtered(lambda call: call.user_id != self.env.user):
            raise AccessError(self.env._("This is the call of a colleague."))
        if self.filtered(lambda call: call.state != "open"):
            raise UserError(self.env._("This call is done. Begin a new one on the lead."))

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - ANSWERS:
                raise UserError(self.env._("A call goes on by its buttons."))
            self._check_mine()
        return super().write(vals)

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        for call in self:
            # Whom one may name as receiver are the consultants of the store.
            if "consultant_id" in field_names and call.sudo().consultant_id - call.candidate_ids:
                raise UserError(self.env._("Guests are received by a consultant of the store."))
        return result

    # ------------------------------------------------------------
    # The call
    # ------------------------------------------------------------

    @api.model
    def _begin(self, lead, direction="out"):
        """Return the user's open call with the customer of ``lead``, or begin one.

        The right on the lead is checked by the caller.
        """
        user = self.env.user
        # Rows are the system's; defaults that a client sends are none.
        calls = self.with_env(self.env(context=clean_context(self.env.context))).sudo()
        call = calls.search(
            Domain("lead_id", "=", lead.id)
            & Domain("user_id", "=", user.id)
            & Domain("state", "=", "open"),
            limit=1,
        )
        if not call:
            grade = lead.dealer_grade_id
            call = calls.create(
                {
                    "lead_id": lead.id,
                    "unit_id": lead.dealer_unit_id.id,
                    "user_id": user.id,
                    "direction": direction,
                    "seat": user.dealer_dcc_seat
                    or ("inbound" if direction == "in" else "outbound"),
                    "started_at": fields.Datetime.now(),
                    "step_id": self.env["dealer.dcc.step"]._track()[:1].id,
                    "grade_id": grade.id if grade.kind == "open" else False,
                    "consultant_id": lead.dealer_relation_id.consultant_id.id,
                }
            )
        return call.with_env(self.env)

    def _move(self, by):
        self.ensure_one()
        self._check_mine()
        steps = self.env["dealer.dcc.step"]._track()
        ids = steps.ids
        place = ids.index(self.step_id.id) if self.step_id.id in ids else 0
        # The right was checked; the guard of write() lets only buttons move the call.
        self.sudo().step_id = steps[min(max(place + by, 0), len(ids) - 1)]
        return True

    def action_next(self):
        """Go to the next step."""
        return self._move(1)

    def action_back(self):
        """Go back one step."""
        return self._move(-1)

    def action_to_end(self):
        """Skip to the last step, e.g. because nobody answers."""
        return self._move(len(self.env["dealer.dcc.step"]._track()))

    def action_finish(self):
        """Write the call down with its result, and do what follows from it."""
        self.ensure_one()
        # A second click waits here; Odoo repeats the request, which finds the call done.
        self.lock_for_update()
        self._check_mine()
        self._check_answers()
        lead = self.lead_id
        lead.check_access("write")
        self._log_contact()
        if self.grade_id and self.grade_id != lead.dealer_grade_id:
            lead._dealer_set_grade(
                self.grade_id.code, self.summary or self.env._("After a contact")
            )
        # The right was checked; the guard of write() lets only this method end the call.
        self.sudo().write({"state": "done", "ended_at": fields.Datetime.now()})
        return getattr(self, f"_follow_{self.outcome}")()

    def _check_answers(self):
        """Say what is still missing, in words that name the step."""
        today = fields.Date.context_today(self)
        if self.lead_id.won_status != "pending":
            raise UserError(self.env._("“%s” is closed already.", self.lead_id.display_name))
        if not self.result_id:
            raise UserError(self.env._("Choose how the call ended (last step)."))
        if self.outcome == "invited":
            if not self.invite_at:
                raise UserError(self.env._("Enter when the customer comes (step “Confirm”)."))
            if self.invite_at <= fields.Datetime.now():
                raise UserError(
                    self.env._("The invitation lies in the past. Choose a time to come.")
                )
        if self.outcome == "follow":
            if not self.next_date:
                raise UserError(self.env._("Choose when the next contact is (last step)."))
            if self.next_date < today:
                raise UserError(
                    self.env._("The next contact lies in the past. Choose a day to come.")
                )
            days = self.lead_id._dealer_limit_days(self.grade_id or self.lead_id.dealer_grade_id)
            latest = today + timedelta(days=days)
            if days and self.next_date > latest:
                raise UserError(
                    self.lead_id._dealer_limit_words(
                        self.grade_id or self.lead_id.dealer_grade_id, latest
                    )
                )

    def _log_contact(self):
        """Keep the call in the customer's timeline, as the agent's own word."""
        lead = self.lead_id
        result = self.result_id
        talk = min(fields.Datetime.now() - self.started_at, LONGEST_TALK)
        failed = "wrong_info" if result.wrong_number else "failed"
        contact = self.env["dealer.interaction"].create(
            {
                "kind": "call",
                "direction": self.direction,
                "partner_id": lead.partner_id.id,
                "unit_id": lead.dealer_unit_id.id,
                "answered": result.reached,
                "two_way": result.reached,
                "duration": int(talk.total_seconds()) if result.reached else 0,
                "result": "continue" if result.reached else failed,
                "summary": self._answers_text(),
                "next_date": self.next_date,
                "planned_date": lead.dealer_next_date,
                "grade_before_id": lead.dealer_grade_id.id,
                "grade_after_id": (self.grade_id or lead.dealer_grade_id).id,
                "res_model": lead._name,
                "res_id": lead.id,
            }
        )
        # The right was checked; the guard of write() lets only this method name the contact.
        self.sudo().interaction_id = contact

    # ------------------------------------------------------------
    # What follows from the result
    # ------------------------------------------------------------

    def _follow_invited(self):
        """Make the invitation, or move the one that the customer has."""
        invitation = self.env["dealer.dcc.invitation"]._invite(self)
        self._plan(invitation._local_day(), self.env._("Expected in the store"))
        return invitation._open_action()

    def _follow_follow(self):
        self._plan(self.next_date, self.summary)
        return self.env["ir.actions.act_window"]._for_xml_id("dealer_leads.dealer_dcc_entry_action")

    def _follow_return(self):
        """Give the customer back: a colleague takes him after the cool-off."""
        lead = self.lead_id
        hours = self.result_id.cool_hours or lead._dealer_setting("dcc_cool_hours")
        entry = self.env["dealer.dcc.entry"]
        picked = entry.sudo().search(  # who was picked how is asked by the system
            Domain("lead_id", "=", lead.id) & Domain("state", "=", "picked"), limit=1
        )
        # Agents hand no customers over; giving back the own one is what this result is for.
        lead.sudo().dealer_relation_id._assign(
            {"dcc_agent_id": False}, self.env._("Given back: %s", self.result_id.name)
        )
        entry._enter(
            lead.sudo(),
            "returned",
            seat=picked.seat or "outbound",
            available_at=fields.Datetime.now() + timedelta(hours=hours),
        )
        return self.env["ir.actions.act_window"]._for_xml_id("dealer_leads.dealer_dcc_entry_action")

    def _follow_defeat(self):
        return self.lead_id.action_dealer_ask_defeat()

    def _plan(self, date, note):
        """Plan the agent's next contact, beside that of the consultant who has the lead."""
        lead = self.lead_id
        if lead.user_id == self.user_id:
            lead._dealer_plan(date, note)
        else:
            lead._dealer_dcc_task("dealer_leads.mail_activity_type_dcc_call", date, note)

    # ------------------------------------------------------------
    # The story
    # ------------------------------------------------------------

    def _answers_text(self):
        """Return what was answered, one line a question."""
        self.ensure_one()
        lines = []
        if self.result_id:
            lines.append(self.result_id.name)
        for name in TOLD:
            field = self._fields[name]
            if not self[name]:
                continue
            label = field._description_string(self.env)
            lines.append(label if field.type == "boolean" else f"{label}: {self[name]}")
        return "\n".join(lines)

    def _story(self, limit=6):
        """Return the last contacts with the customer, the newest first, in plain words."""
        self.ensure_one()
        rows = self.env["dealer.interaction"].search(
            Domain("relation_id", "=", self.relation_id.id),
            limit=limit,
            order="start desc, id desc",
        )
        kinds = dict(rows._fields["kind"]._description_selection(self.env))
        lines = [
            " · ".join(
                filter(
                    None,
                    (
                        format_datetime(self.env, row.start, dt_format="MM-dd HH:mm"),
                        kinds.get(row.kind),
                        row.user_id.sudo().name,  # of another store, too; names are no secret
                        (row.summary or "").replace("\n", "; "),
                    ),
                )
            )
            for row in rows
        ]
        return "\n".join(lines) or self.env._("Nobody was in touch with this customer yet.")

    def _open_action(self):
        self.ensure_one()
        return {
            "name": self.env._("Invitation Call"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref("dealer_leads.dealer_dcc_call_view_form").id, "form")],
            "target": "current",
        }

    def action_open_lead(self):
        """Open the lead."""
        self.ensure_one()
        return self.lead_id._clock_open_action()
