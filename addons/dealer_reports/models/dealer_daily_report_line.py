from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from .dealer_daily_figures import FIGURES


class DealerDailyReportLine(models.Model):
    """One figure of a daily report: what the system counted, and what the person reports."""

    _name = "dealer.daily.report.line"
    _description = "Figure of a Daily Report"
    _inherit = ["dealer.user.checks", "dealer.figures.mixin"]
    _order = "report_id, sequence, id"
    _rec_name = "figure"

    report_id = fields.Many2one(
        "dealer.daily.report", required=True, readonly=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(readonly=True, aggregator=False)
    figure = fields.Selection(
        [
            ("visits", "All Sales Visits"),
            ("visits_first", "First Visits"),
            ("visits_invited", "Invited Visits"),
            ("cards", "Cards Made"),
            ("leads", "New Leads"),
            ("leads_in_time", "Answered in Time"),
            ("contacts_call", "Calls"),
            ("contacts_message", "Messages"),
            ("contacts_other", "Talks in Person"),
            ("contacts_planned", "Of These, as Planned"),
            ("drives", "Test Drives"),
            ("grades", "Changes of Grade"),
            ("orders", "Orders"),
            ("deliveries", "Deliveries"),
            ("defeats", "Defeats"),
            ("tasks_done", "Tasks Done"),
            ("tasks_open", "Tasks Left Over"),
            ("tasks_next", "Tasks of the Next Day"),
        ],
        required=True,
        readonly=True,
    )
    counted = fields.Integer(readonly=True, help="What the system counted.")
    value = fields.Integer(string="Reported")
    remark = fields.Char(string="Why Corrected")
    is_corrected = fields.Boolean(
        string="Corrected", compute="_compute_is_corrected", store=True, index=False
    )
    user_id = fields.Many2one(related="report_id.user_id", store=True, index=True)
    unit_id = fields.Many2one(related="report_id.unit_id", store=True, index=True)
    company_id = fields.Many2one(related="report_id.company_id", store=True, index=True)
    team_id = fields.Many2one(related="report_id.team_id", store=True, index="btree_not_null")
    scope = fields.Selection(related="report_id.scope", store=True)
    day = fields.Date(related="report_id.day", store=True, index=True)
    state = fields.Selection(related="report_id.state", string="State of the Report")
    is_mine = fields.Boolean(related="report_id.is_mine")

    _value_positive = models.Constraint("CHECK (value >= 0)", "A figure cannot be below zero.")
    _figure_once = models.Constraint("UNIQUE (report_id, figure)", "A report has each figure once.")

    @api.depends("counted", "value")
    def _compute_is_corrected(self):
        for line in self:
            line.is_corrected = line.value != line.counted

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        # The report says who writes, and until when.
        if field_names - {"value", "remark", *models.LOG_ACCESS_COLUMNS}:
            raise AccessError(
                self.env._("What was counted stays. Enter your own number beside it.")
            )
        # The report says who writes, and until when.
        self.report_id._check_as_user({"line_ids"})
        return result

    @api.model
    def _prepare(self, counts, people):
        """Return the values of the lines of a new report.

        :param dict counts: ``{(name, user id): number}``
        :param people: whose work is summed up (res.users)
        """
        values = []
        for place, name in enumerate(FIGURES):
            number = sum(counts.get((name, user_id), 0) for user_id in people.ids)
            values.append({"sequence": place, "figure": name, "counted": number, "value": number})
        return values

    def _read_group_orderby(self, order, groupby_terms, query):
        """Show figures in their order, not in that of their names."""
        if "figure" not in groupby_terms:
            return super()._read_group_orderby(order, groupby_terms, query)
        place = SQL("array_position(%s::varchar[], %s)", list(FIGURES), groupby_terms["figure"])
        terms = {**groupby_terms, "figure": place}
        result = super()._read_group_orderby(order, terms, query)
        groupby_terms.update({name: term for name, term in terms.items() if name != "figure"})
        return result

    def _figure_record(self):
        return self.report_id

    def action_open_records(self):
        """Open the records that the figure counts, those of them that one may see."""
        self.ensure_one()
        report = self.report_id
        figure = self.env["dealer.daily.figures"]._daily_figures(report.unit_id, report.day)[
            self.figure
        ]
        action = {
            "type": "ir.actions.act_window",
            "res_model": figure.model,
            "views": [(False, "list"), (False, "form")],
        }
        if figure.action:
            action = self.env["ir.actions.act_window"]._for_xml_id(figure.action)
        label = dict(self._fields["figure"]._description_selection(self.env))[self.figure]
        return {
            **action,
            "name": f"{label} · {report.display_name}",
            "display_name": f"{label} · {report.display_name}",
            "domain": list(figure.domain & Domain(figure.person, "in", report._people().ids)),
            "context": {"active_test": False},
        }
