from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .crm_lead_response import CLOSERS, SILENCE

#: Proof that a checked method writes: a client can send any context, but no such object.
_CHECKED = object()
#: A lead that somebody was in touch with is graded within a day (FACTS §1.1).
GRADING = "grading"
#: What only checked methods write on leads of stores.
GUARDED = {"dealer_grade_id", "dealer_visited_at"}


class CrmLead(models.Model):
    """Grade and value class of a prospect (B6, B7)."""

    _name = "crm.lead"
    _inherit = "crm.lead"

    dealer_grade_id = fields.Many2one(
        "dealer.grade",
        string="Grade",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        group_expand="_group_expand_dealer_grade_id",
    )
    dealer_grade_kind = fields.Selection(related="dealer_grade_id.kind", string="Kind of Grade")
    dealer_grade_color = fields.Integer(
        related="dealer_grade_id.color", string="Colour of Grade", aggregator=False
    )
    dealer_grade_date = fields.Datetime(string="Graded On", readonly=True, copy=False)
    dealer_grade_log_ids = fields.One2many("dealer.grade.log", "lead_id", string="Grades")
    dealer_defeat_ids = fields.One2many("dealer.defeat", "lead_id", string="Defeats")
    dealer_visited_at = fields.Datetime(string="First Visit", readonly=True, copy=False)
    dealer_value = fields.Selection(
        [("general", "General"), ("value", "Value"), ("high", "High Value")],
        string="Value Class",
        compute="_compute_dealer_value",
        store=True,
        help="From evidence: high value visited the showroom, value was talked to.",
    )
    dealer_limit_date = fields.Date(
        string="At the Latest",
        compute="_compute_dealer_limit_date",
        help="Until when somebody must be in touch again, by the grade.",
    )

    # The work list in its order, so that its first page needs no sorting (bench_prospects.py).
    _dealer_open_due_idx = models.Index(
        "(clock_due_at, dealer_last_touch DESC, id DESC)"
        " WHERE active IS TRUE AND won_status = 'pending' AND dealer_unit_id IS NOT NULL"
    )

    @api.depends("dealer_visited_at", "dealer_first_effective")
    def _compute_dealer_value(self):
        for lead in self:
            if lead.dealer_visited_at:
                lead.dealer_value = "high"
            else:
                lead.dealer_value = "value" if lead.dealer_first_effective else "general"

    @api.depends("clock_ids.due_at", "clock_ids.stopped_at")
    def _compute_dealer_limit_date(self):
        due = {
            clock.res_id: clock.unit_id._clock_local(clock.due_at).date()
            for clock in self._clock_open(SILENCE)
        }
        for lead in self:
            lead.dealer_limit_date = due.get(lead._origin.id, False)

    @api.model
    def _group_expand_dealer_grade_id(self, grades, _domain):
        return grades | self.env["dealer.grade"].search([("kind", "in", ("new", "open"))])

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # Named, so that no default of the context takes their place.
            unset = dict.fromkeys(GUARDED, False)
            vals_list = [vals | unset for vals in vals_list]
        leads = super().create(vals_list)
        fresh = leads.filtered(lambda lead: lead.dealer_unit_id and not lead.dealer_grade_id)
        if fresh:
            # Every lead begins without grade; nobody chose that.
            system = fresh.sudo().with_context(dealer_checked=_CHECKED, tracking_disable=True)
            system.write(
                {
                    "dealer_grade_id": system.env["dealer.grade"]._of_kind("new").id,
                    "dealer_grade_date": fields.Datetime.now(),
                }
            )
        if not self.env.su and leads.filtered(
            lambda lead: lead.dealer_unit_id and lead.won_status != "pending"
        ):
            raise UserError(self.env._("A lead begins open. Take “Closed” and “Won” out."))
        return leads

    def write(self, vals):
        of_store = self.filtered("dealer_unit_id")
        checked = self.env.context.get("dealer_checked") is _CHECKED
        planned = of_store.browse()
        if of_store and not checked and not self.env.su:
            if vals.get("dealer_next_date"):
                planned = of_store.filtered(lambda lead: lead.won_status == "pending")
                planned._dealer_check_plan(fields.Date.to_date(vals["dealer_next_date"]))
            if GUARDED & vals.keys():
                raise UserError(
                    self.env._(
                        "Use the button “Set Grade”: a grade needs its reason and keeps history."
                    )
                )
            if "active" in vals or "won_status" in vals:
                raise UserError(
                    self.env._(
                        "A customer is not simply closed: ask for the defeat, and the manager"
                        " decides. Ordered and delivered follow from the order."
                    )
                )
            stage = self.env["crm.stage"].browse(vals.get("stage_id") or [])
            if stage.is_won:
                raise UserError(self.env._("A lead is won by the delivery of its order."))
        result = super().write(vals)
        if planned:
            # The task moves along, e.g. when the customer is dragged to another day.
            planned._dealer_plan(fields.Date.to_date(vals["dealer_next_date"]), keep_note=True)
        return result

    # ------------------------------------------------------------
    # Plans
    # ------------------------------------------------------------

    def _dealer_check_plan(self, date):
        """Refuse a day for the next contact that is over, or later than the grade allows.

        :param date: the day, as somebody wishes it
        """
        today = fields.Date.context_today(self)
        if date < today:
            raise UserError(self.env._("The next contact lies in the past. Choose a day to come."))
        for lead in self:
            latest = lead.dealer_limit_date
            if latest and date > max(latest, today):
                raise UserError(lead._dealer_limit_words(lead.dealer_grade_id, max(latest, today)))

    def _dealer_limit_words(self, grade, latest):
        """Return in words until when a customer of ``grade`` must be contacted."""
        self.ensure_one()
        return self.env._(
            "A customer of grade %(grade)s is contacted every %(days)s days at least: choose"
            " %(date)s or before.",
            grade=grade.display_name,
            days=self._dealer_limit_days(grade),
            date=format_date(self.env, latest),
        )

    def _dealer_closed(self):
        """Whom nobody has to contact any more is on nobody's list."""
        result = super()._dealer_closed()
        # Tasks belong to the consultant; who may close the lead was checked.
        self.env["mail.activity"].sudo().search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain(
                "activity_type_id",
                "=",
                self.env.ref("dealer_leads.mail_activity_type_follow_up").id,
            )
        ).unlink()
        self.sudo().dealer_next_date = False  # as above
        return result

    # ------------------------------------------------------------
    # Grades
    # ------------------------------------------------------------

    def _dealer_limit_days(self, grade):
        """Return after how many days with ``grade`` somebody must be in touch again, 0: no limit."""
        self.ensure_one()
        # The policies look at the lead as it would be.
        lead = self.sudo()
        virtual = lead.new({"dealer_grade_id": grade.id}, origin=lead)
        for term in self.env["dealer.clock.policy"]._match(virtual, SILENCE):
            return term.minutes // (24 * 60)
        return 0

    def _dealer_set_grade(self, code, reason):
        """Set the grade of leads by its code, log it with the reason, and let its limit hold.

        Called by checked methods; the right on the lead is the caller's matter.

        :param str code: code of a dealer.grade
        :param str reason: why, in words; kept for ever
        :raise UserError: without a reason, or when there is no such grade
        """
        grade = self.env["dealer.grade"].search([("code", "=", code)], limit=1)
        if not grade:
            raise UserError(self.env._("There is no grade “%s”.", code))
        if not (reason or "").strip():
            raise UserError(self.env._("Write why the grade changes."))
        now = fields.Datetime.now()
        changed = self.filtered(lambda lead: lead.dealer_grade_id != grade)
        # The log is the system's; who may grade was checked by the caller.
        self.env["dealer.grade.log"].sudo().create(
            [
                {
                    "lead_id": lead.id,
                    "relation_id": lead.dealer_relation_id.id,
                    "partner_id": lead.partner_id.id,
                    "unit_id": lead.dealer_unit_id.id,
                    "user_id": self.env.uid,
                    "consultant_id": lead.user_id.id,
                    "old_grade_id": lead.dealer_grade_id.id,
                    "grade_id": grade.id,
                    "date": now,
                    "reason": reason,
                }
                for lead in changed
            ]
        )
        # The right was checked; the guard of write() lets only this method through.
        system = changed.sudo().with_context(dealer_checked=_CHECKED)
        system.write({"dealer_grade_id": grade.id, "dealer_grade_date": now})
        if grade.kind != "new":
            system._clock_stop(GRADING, at=now)
        system._dealer_new_limit()
        return changed

    def _dealer_new_limit(self):
        """Let the limit of the grade hold since the last contact.

        Where none held, because a manager decided about a defeat, it begins now.
        """
        clocks = self._clock_open(SILENCE)
        now = fields.Datetime.now()
        since = dict.fromkeys(self.ids, now)
        since |= {clock.res_id: clock.started_at for clock in clocks}
        clocks._void(self.env._("Graded anew."))
        self._clock_start(SILENCE, at=since)

    def action_dealer_grade(self):
        """Open the form that grades the chosen leads."""
        return {
            "name": self.env._("Set Grade"),
            "type": "ir.actions.act_window",
            "res_model": "dealer.lead.grade",
            "view_mode": "form",
            "target": "new",
            "context": {"default_lead_ids": self.ids},
        }

    def _dealer_touched(self, moment):
        result = super()._dealer_touched(moment)
        ungraded = self.filtered(lambda lead: lead.dealer_grade_id.kind == "new")
        ungraded._clock_start(GRADING, at=moment)
        return result

    def _dealer_visited(self, moment):
        """The clerk saw the customer in the showroom at ``moment``: the highest value class."""
        for lead in self.with_context(dealer_checked=_CHECKED):
            if not lead.dealer_visited_at or moment < lead.dealer_visited_at:
                lead.dealer_visited_at = moment

    # ------------------------------------------------------------
    # Defeat and reactivation
    # ------------------------------------------------------------

    def _dealer_check_open(self):
        for lead in self:
            if not lead.dealer_unit_id:
                raise UserError(
                    self.env._("“%s” belongs to no store: it has no grades.", lead.display_name)
                )
            if lead.won_status != "pending":
                raise UserError(self.env._("“%s” is closed already.", lead.display_name))
            if lead.dealer_grade_kind in ("ordered", "delivered"):
                raise UserError(
                    self.env._("“%s” has an order. Cancel the order first.", lead.display_name)
                )

    def action_dealer_ask_defeat(self):
        """Open the form that asks the manager to give this customer up."""
        self.ensure_one()
        self._dealer_check_open()
        return {
            "name": self.env._("Ask for Defeat"),
            "type": "ir.actions.act_window",
            "res_model": "dealer.defeat",
            "views": [(self.env.ref("dealer_leads.dealer_defeat_view_form_ask").id, "form")],
            "target": "new",
            "context": {"default_lead_id": self.id},
        }

    def _dealer_close_as_defeated(self):
        """Close leads whose defeat the manager confirmed."""
        # Posts have no right on Odoo's scoring that closing writes; the manager's was checked.
        system = self.sudo().with_context(dealer_checked=_CHECKED, tracking_disable=True)
        system.action_set_lost()

    def action_dealer_reactivate(self):
        """Take defeated leads up again: they get the grade that they had, and new terms.

        :raise AccessError: for anybody but a manager
        :raise UserError: when a lead is open, e.g. because a colleague was quicker
        """
        self.check_access("write")
        if not self.env.su and not self.env.user._dealer_has_any(CLOSERS):
            raise AccessError(
                self.env._("Taking a defeated customer up again is the manager's work.")
            )
        leads = self.sudo()  # the right was checked; archived leads are written by the system
        # Wait for who does the same at this moment: Odoo repeats the request, which finds it done.
        self.env.execute_query(
            SQL("SELECT id FROM crm_lead WHERE id = ANY(%s) ORDER BY id FOR UPDATE", self.ids)
        )
        leads.invalidate_recordset(["active", "won_status", "dealer_grade_id"])
        for lead in leads:
            if lead.won_status != "lost":
                raise UserError(self.env._("“%s” is open already.", lead.display_name))
        leads = leads.with_context(dealer_checked=_CHECKED, tracking_disable=True)
        leads.action_unarchive()
        for lead in leads:
            # Who serves the customer today; it may have changed since the defeat.
            relation = lead.dealer_relation_id
            bound = relation.consultant_id | relation.dcc_agent_id
            if lead.user_id not in bound:
                lead.user_id = bound.filtered("active")[:1]
            log = lead.env["dealer.grade.log"].search(
                Domain("lead_id", "=", lead.id)
                & Domain("old_grade_id.kind", "in", ("new", "open")),
                limit=1,
            )
            lead._dealer_set_grade(
                log.old_grade_id._or_new().code, self.env._("Taken up again after the defeat")
            )
        self.env["dealer.defeat"].sudo().search(  # the right was checked
            Domain("lead_id", "in", self.ids) & Domain("state", "=", "confirmed")
        )._mark_reactivated()
        leads._dealer_plan(fields.Date.context_today(self) + timedelta(days=1))
        return {"type": "ir.actions.client", "tag": "soft_reload"}
