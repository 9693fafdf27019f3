from datetime import UTC, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

CONFIRMERS = (
    "dealer_base.group_care_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
)
#: A complaint is returned in time within so many hours (E1).
RETURN_HOURS = 24
#: What people write on a sheet: words and appointments about it.
MAIL = ("message_", "activity_")


class DealerScoreSheet(models.Model):
    """The monthly sheet of a person: points, reward and penalty by the rules (E5)."""

    _name = "dealer.score.sheet"
    _description = "Monthly Score Sheet"
    _inherit = ["dealer.store.mixin", "mail.thread"]
    _order = "month desc, points desc, id"
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", string="Person", required=True, index=True)
    month = fields.Date(required=True, help="The first day of the month.")
    line_ids = fields.One2many("dealer.score.line", "sheet_id", string="Lines")
    points = fields.Float(compute="_compute_totals", store=True)
    amount = fields.Monetary(compute="_compute_totals", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [("draft", "Draft"), ("confirmed", "Confirmed")],
        required=True,
        default="draft",
        readonly=True,
        tracking=True,
    )
    confirmed_by_id = fields.Many2one("res.users", readonly=True)

    _month_uniq = models.Constraint(
        "UNIQUE(user_id, unit_id, month)", "There is a sheet of this person for this month."
    )

    @api.depends("line_ids.points", "line_ids.amount")
    def _compute_totals(self):
        for sheet in self:
            sheet.points = sum(sheet.line_ids.mapped("points"))
            sheet.amount = sum(sheet.line_ids.mapped("amount"))

    @api.model
    def _fill(self, unit, month):
        """Make or renew the drafts of all handlers of a store for a month; confirmed ones stay.

        :param month: any day of the month
        """
        first = month.replace(day=1)
        zone = unit._clock_zone()
        start, stop = (
            fields.Datetime.to_datetime(day)
            .replace(tzinfo=zone)
            .astimezone(UTC)
            .replace(tzinfo=None)
            for day in (first, first + relativedelta(months=1))
        )
        tickets = self.env["helpdesk.ticket"].search(
            [
                ("company_id", "=", unit.company_id.id),
                ("is_case", "=", True),
                ("handler_id", "!=", False),
                ("returned_at", ">=", start),
                ("returned_at", "<", stop),
            ]
        )
        rules = self.env["dealer.score.rule"].search(
            [("company_id", "in", (False, unit.company_id.id))]
        )
        sheets = self.browse()
        people = tickets.handler_id | unit._clock_staff_of(rules.group_id)
        for user in people:
            sheet = self.search(
                [("user_id", "=", user.id), ("unit_id", "=", unit.id), ("month", "=", first)]
            ) or self.create({"user_id": user.id, "unit_id": unit.id, "month": first})
            if sheet.state == "confirmed":
                continue
            mine = tickets.filtered(lambda ticket, user=user: ticket.handler_id == user)
            sheet.line_ids.unlink()
            sheet.line_ids.create(sheet._prepare_lines(mine, rules))
            sheets |= sheet
        return sheets

    def _prepare_lines(self, tickets, rules):
        self.ensure_one()
        values = []
        for rule in rules:
            if rule.group_id and rule.group_id not in self.user_id.all_group_ids:
                continue
            found = [ticket for ticket in tickets if self._holds(rule.event, ticket)]
            if rule.event == "no_complaint":
                found = [] if tickets else [self.env["helpdesk.ticket"]]
            values += [
                {
                    "sheet_id": self.id,
                    "rule_id": rule.id,
                    "ticket_id": ticket.id,
                    "points": rule.points,
                    "amount": rule.amount,
                }
                for ticket in found
            ]
        return values

    @api.model
    def _holds(self, event, ticket):
        """Whether ``event`` of a rule happened with ``ticket``."""
        limit = (ticket.registered_at or ticket.received_at) + timedelta(hours=RETURN_HOURS)
        return {
            "satisfied": ticket.satisfied == "yes",
            "unsatisfied": ticket.level > 0,
            "in_time": bool(ticket.returned_at) and ticket.returned_at <= limit,
            "late": bool(ticket.returned_at) and ticket.returned_at > limit,
            "reopened": ticket.reopen_count > 0,
            "no_complaint": False,
        }[event]

    @api.model
    def action_fill(self):
        """Make the drafts of last month for my store."""
        if not self.env.user._dealer_has_any(CONFIRMERS):
            raise AccessError(self.env._("Score sheets are made by the care manager."))
        unit = self.env["dealer.unit"]._current()
        if not unit:
            raise UserError(self.env._("Switch to a store first."))
        last = fields.Date.context_today(self).replace(day=1) - timedelta(days=1)
        self.sudo()._fill(unit, last)  # the post was checked; all handlers of the store count
        return self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_complaint.dealer_score_sheet_action"
        )

    def action_confirm(self):
        """Confirm the sheet; nobody confirms the own one."""
        self.check_access("write")
        if not self.env.user._dealer_has_any(CONFIRMERS):
            raise AccessError(self.env._("Score sheets are confirmed by managers."))
        for sheet in self:
            if sheet.user_id == self.env.user:
                raise AccessError(self.env._("Nobody confirms the own sheet."))
            if sheet.state == "confirmed":
                raise UserError(self.env._("This sheet is confirmed already."))
        self.sudo().write({"state": "confirmed", "confirmed_by_id": self.env.uid})  # checked above

    def write(self, vals):
        if not self.env.su and self.filtered(lambda sheet: sheet.state == "confirmed"):
            raise UserError(self.env._("A confirmed sheet stays as it is."))
        if not self.env.su and {name for name in vals if not name.startswith(MAIL)}:
            raise UserError(self.env._("Sheets are filled by the rules. Use the button “Confirm”."))
        return super().write(vals)
