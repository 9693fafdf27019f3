from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

#: What each outcome is on a contact: answered or not, seconds, result.
OUTCOMES = {
    "talked": {"answered": True, "duration": 60, "result": "continue"},
    "short": {"answered": True, "duration": 10, "result": "continue"},
    "vain": {"answered": False, "duration": 0, "result": "failed"},
    "wrong": {"answered": False, "duration": 0, "result": "wrong_info"},
    "empty": {"answered": False, "duration": 0, "result": "empty_number"},
}
#: Whoever has no number to call needs no next date.
NO_NUMBER = ("wrong", "empty")


class DealerLeadLog(models.TransientModel):
    """Log a contact in four taps and 15 seconds (A10): way, outcome, next date, save."""

    _name = "dealer.lead.log"
    _description = "Log a Contact with a Lead"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    # As the user: whoever types the number of a foreign lead learns nothing.
    partner_name = fields.Char(
        related="lead_id.partner_id.name", related_sudo=False, string="Customer"
    )
    phone = fields.Char(related="lead_id.phone", related_sudo=False)
    kind = fields.Selection(
        [("call", "Call"), ("wechat", "WeChat"), ("sms", "SMS"), ("other", "Other")],
        string="Way of Contact",
        required=True,
        default="call",
    )
    outcome = fields.Selection(
        [
            ("talked", "Talked"),
            ("short", "Under 30 Seconds"),
            ("vain", "Not Reached"),
            ("wrong", "Wrong Number"),
            ("empty", "Number Does Not Exist"),
        ],
        required=True,
        default="talked",
    )
    summary = fields.Text()
    grade_id = fields.Many2one(
        "dealer.grade",
        string="Grade Now",
        compute="_compute_grade_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('kind', '=', 'open')]",
        ondelete="cascade",
    )
    limit_days = fields.Integer(compute="_compute_limit_days")
    next_date = fields.Date(
        string="Next Contact",
        compute="_compute_next_date",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("lead_id")
    def _compute_grade_id(self):
        for log in self:
            grade = log.lead_id.dealer_grade_id
            log.grade_id = grade if grade.kind == "open" else False

    @api.depends("lead_id", "grade_id")
    def _compute_limit_days(self):
        for log in self:
            grade = log.grade_id or log.lead_id.dealer_grade_id
            log.limit_days = log.lead_id._dealer_limit_days(grade) if log.lead_id else 0

    @api.depends("outcome", "limit_days")
    def _compute_next_date(self):
        leads = self.env["crm.lead"]
        for log in self:
            if log.outcome in NO_NUMBER:
                log.next_date = False
                continue
            name = "next_days_talk" if log.outcome == "talked" else "next_days_vain"
            days = leads._dealer_setting(name)
            if log.outcome == "talked" and log.grade_id:
                # The day of the follow-up plus the limit of the grade after it (FACTS §1.1).
                days = log.limit_days or days
            log.next_date = fields.Date.context_today(log) + timedelta(days=days)

    def action_save(self):
        """Write the contact into the log and plan the next one."""
        self.ensure_one()
        lead = self.lead_id
        if not lead.partner_id:
            raise UserError(self.env._("Enter the customer of the lead first."))
        lead.check_access("write")
        if self.next_date and self.next_date < fields.Date.context_today(self):
            raise UserError(self.env._("The next contact lies in the past. Choose a day to come."))
        if self.outcome not in NO_NUMBER and not self.next_date:
            raise UserError(self.env._("Choose when the next contact is."))
        self._check_limit()
        planned = lead.dealer_next_date
        before = lead.dealer_grade_id
        outcome = OUTCOMES[self.outcome]
        called = self.kind == "call"
        self.env["dealer.interaction"].create(
            {
                "kind": self.kind,
                "direction": "out",
                "partner_id": lead.partner_id.id,
                "unit_id": lead.dealer_unit_id.id,
                "answered": outcome["answered"],
                "two_way": self.outcome == "talked",
                "duration": outcome["duration"] if called else 0,
                "result": outcome["result"],
                "summary": self.summary,
                "next_date": self.next_date,
                "planned_date": planned,
                "grade_before_id": before.id,
                "grade_after_id": (self.grade_id or before).id,
                "res_model": lead._name,
                "res_id": lead.id,
            }
        )
        if self.grade_id and self.grade_id != before:
            lead._dealer_set_grade(
                self.grade_id.code, self.summary or self.env._("After a contact")
            )
        if self.next_date:
            lead._dealer_plan(self.next_date, self.summary)
        return {"type": "ir.actions.act_window_close"}

    def _check_limit(self):
        """The next contact lies within the limit of the grade."""
        self.ensure_one()
        latest = fields.Date.context_today(self) + timedelta(days=self.limit_days)
        if self.limit_days and self.next_date and self.next_date > latest:
            grade = self.grade_id or self.lead_id.dealer_grade_id
            raise UserError(self.lead_id._dealer_limit_words(grade, latest))
