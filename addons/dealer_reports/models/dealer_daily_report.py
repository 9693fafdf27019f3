from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

#: What the person writes until the report is confirmed, and what the manager answers.
WORDS = {"plan", "problems", "help_needed", "line_ids"}
ANSWER = {"manager_comment"}
#: Whose report it is, of which day, and how far it is.
OF_THE_SYSTEM = {
    "acknowledged_at",
    "acknowledged_by_id",
    "company_id",
    "confirmed_at",
    "corrected",
    "day",
    "in_time",
    "is_late",
    "made_at",
    "next_day",
    "rate_in_time",
    "scope",
    "state",
    "team_id",
    "unit_id",
    "user_id",
}
#: Who answers reports; whose the record rule decides.
ANSWERERS = (
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
)


class DealerDailyReport(models.Model):
    """What a person, or a manager's team, did on one day of the store (工作日报).

    It is made by itself when the store closes. The person corrects, says what is needed and
    confirms; the manager comments and acknowledges.
    """

    _name = "dealer.daily.report"
    _description = "Daily Work Report"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "dealer.user.checks",
        "dealer.store.mixin",
    ]
    _order = "day desc, scope, unit_id, user_id, id"
    _rec_names_search = ("user_id.name",)

    unit_id = fields.Many2one(index=False, readonly=True)  # _unit_day_idx begins with it
    user_id = fields.Many2one(
        "res.users", string="Person", required=True, readonly=True, index=True, ondelete="restrict"
    )
    scope = fields.Selection(
        [("own", "Own Work"), ("team", "Team")], required=True, readonly=True, default="own"
    )
    team_id = fields.Many2one(
        "dealer.team",
        readonly=True,
        index="btree_not_null",
        help="In which the person worked on that day; of a manager's report: whose figures it has.",
    )
    day = fields.Date(required=True, readonly=True, index=True, help="By the clock of the store.")
    next_day = fields.Date(readonly=True, help="On which the store is open again.")
    made_at = fields.Datetime(
        string="Made On", required=True, readonly=True, default=fields.Datetime.now
    )
    state = fields.Selection(
        [
            ("draft", "To Confirm"),
            ("confirmed", "Confirmed"),
            ("acknowledged", "Acknowledged"),
        ],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        tracking=True,
    )
    confirmed_at = fields.Datetime(string="Confirmed On", readonly=True, copy=False)
    acknowledged_at = fields.Datetime(string="Acknowledged On", readonly=True, copy=False)
    acknowledged_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    line_ids = fields.One2many("dealer.daily.report.line", "report_id", string="Figures")
    plan = fields.Text(string="Plan for the Next Day")
    problems = fields.Text(string="Problems of the Day")
    help_needed = fields.Text()
    manager_comment = fields.Text(string="Manager's Words")
    corrected = fields.Integer(
        string="Corrected Figures",
        compute="_compute_corrected",
        store=True,
        help="How many figures are other ones than the system counted.",
    )
    in_time = fields.Integer(
        string="Confirmed in Time",
        compute="_compute_in_time",
        store=True,
        help="Confirmed on the day on which the report was made, by the clock of the store.",
    )
    rate_in_time = fields.Float(
        string="In Time ÷ Reports",
        compute="_compute_in_time",
        store=True,
        aggregator="avg",
        help="Reports that were confirmed in time ÷ all reports; who has not confirmed yet is not"
        " in time yet.",
    )
    is_late = fields.Boolean(
        string="Confirmed Late", compute="_compute_in_time", store=True, index=False
    )
    task_ids = fields.Many2many(
        "mail.activity", string="Tasks of the Next Day", compute="_compute_task_ids"
    )
    member_report_ids = fields.Many2many(
        "dealer.daily.report", string="Reports of the Team", compute="_compute_member_report_ids"
    )
    is_mine = fields.Boolean(compute="_compute_rights")
    may_answer = fields.Boolean(compute="_compute_rights")

    _own_once = models.UniqueIndex(
        "(unit_id, user_id, day) WHERE scope = 'own'",
        "There is a report of this person and day already.",
    )
    _team_once = models.UniqueIndex(
        "(unit_id, user_id, day, team_id) WHERE scope = 'team'",
        "There is a report of this team and day already.",
    )
    _unit_day_idx = models.Index("(unit_id, day DESC)")

    @api.depends("user_id", "team_id", "scope", "day")
    def _compute_display_name(self):
        for report in self:
            # Whoever may read the report may know whose it is.
            names = report.sudo()
            who = names.team_id.name if report.scope == "team" else names.user_id.name
            report.display_name = f"{who} {fields.Date.to_string(report.day)}"

    @api.depends("line_ids.is_corrected")
    def _compute_corrected(self):
        for report in self:
            report.corrected = len(report.line_ids.filtered("is_corrected"))

    @api.depends("confirmed_at", "made_at", "unit_id")
    def _compute_in_time(self):
        for report in self:
            done = report.confirmed_at
            report.in_time = int(
                bool(done) and report._local_day(done) <= report._local_day(report.made_at)
            )
            report.rate_in_time = report.in_time
            report.is_late = bool(done) and not report.in_time

    def _local_day(self, moment):
        return self.unit_id._clock_local(moment).date()

    @api.depends("user_id", "day", "next_day")
    @api.depends_context("uid")
    def _compute_task_ids(self):
        # As who looks: a task may name a customer.
        tasks = self.env["mail.activity"].with_context(active_test=False)
        for report in self:
            report.task_ids = tasks.search(
                Domain("user_id", "in", report._people().ids)
                & Domain("date_deadline", ">", report.day)
                & Domain("date_deadline", "<=", report.next_day)
                & (Domain("res_model", "!=", self._name) | Domain("res_model", "=", False)),
                order="date_deadline, id",
                limit=100,
            )

    @api.depends("team_id", "scope", "day")
    @api.depends_context("uid")
    def _compute_member_report_ids(self):
        for report in self:
            members = report._people() if report.scope == "team" else self.env["res.users"]
            report.member_report_ids = self.search(
                Domain("scope", "=", "own")
                & Domain("unit_id", "=", report.unit_id.id)
                & Domain("day", "=", report.day)
                & Domain("user_id", "in", members.ids)
            )

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_rights(self):
        answers = self.env.user._dealer_has_any(ANSWERERS)
        for report in self:
            report.is_mine = report.user_id == self.env.user
            report.may_answer = answers and not report.is_mine

    def _people(self):
        """Return whose work the report counts (res.users)."""
        self.ensure_one()
        if self.scope == "own":
            return self.user_id
        # Who works in the team is no secret of its manager's report.
        return self.team_id.sudo().member_ids.sudo(False)

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if field_names & OF_THE_SYSTEM:
            raise AccessError(
                self.env._("A daily report is made by the system; its course by its buttons.")
            )
        if field_names & WORDS:
            self._check_writable()
        if field_names & ANSWER:
            if not all(report.may_answer for report in self):
                raise AccessError(self.env._("The manager comments on a report."))
            if self.filtered(lambda report: report.state == "draft"):
                raise UserError(
                    self.env._("Comment when the report is confirmed: it may still change.")
                )
        return result

    def _check_writable(self):
        if self.filtered(lambda report: report.user_id != self.env.user):
            raise AccessError(self.env._("Only the person writes the own report."))
        if self.filtered(lambda report: report.state != "draft"):
            raise UserError(
                self.env._("A confirmed report is not changed. Take it back to correct it.")
            )

    def action_open_members(self):
        """Open the reports of the team's people of that day."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_reports.dealer_daily_report_action"
        )
        action["domain"] = [("id", "in", self.member_report_ids.ids)]
        action["context"] = {}
        return action
