from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class HelpdeskTicket(models.Model):
    """Why it came about: cause, five times why, measures (E3)."""

    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    cause_id = fields.Many2one(
        "dealer.case.cause",
        string="Root Cause",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('child_ids', '=', False)]",
        tracking=True,
    )
    need_part = fields.Boolean(related="cause_id.need_part")
    part = fields.Char(help="Name or number of the part that failed.")
    why_1 = fields.Char(string="Why?")
    why_2 = fields.Char(string="And why that?")
    why_3 = fields.Char(string="Third why")
    why_4 = fields.Char(string="Fourth why")
    why_5 = fields.Char(string="Fifth why")
    measure_ids = fields.One2many("dealer.case.measure", "ticket_id", string="Measures")
    compensation_ids = fields.One2many("dealer.case.compensation", "ticket_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    cost_total = fields.Monetary(
        string="Cost of the Complaint", compute="_compute_cost_total", store=True
    )

    @api.depends("compensation_ids.amount", "compensation_ids.state")
    def _compute_cost_total(self):
        for ticket in self:
            granted = ticket.compensation_ids.filtered(
                lambda row: row.state in ("approved", "paid")
            )
            ticket.cost_total = sum(granted.mapped("amount"))

    @api.constrains("cause_id", "part")
    def _check_cause(self):
        for ticket in self:
            if ticket.cause_id.child_ids:
                raise ValidationError(
                    self.env._("“%s” is a group. Choose a cause in it.", ticket.cause_id.name)
                )
            if ticket.cause_id.need_part and not (ticket.part or "").strip():
                raise ValidationError(self.env._("Name the part that failed."))

    def write(self, vals):
        result = super().write(vals)
        if vals.get("cause_id"):
            # Whether a cause repeats itself does not depend on which complaints one sees.
            for ticket in self.sudo().filtered("is_case"):
                self.env["dealer.case.alert"].sudo()._look(ticket)
        return result

    def _check_step_content(self, name):
        result = super()._check_step_content(name)
        if name == "check" and not self.cause_id:
            raise UserError(
                self.env._(
                    "Name the root cause first: without it nobody learns from the complaint."
                )
            )
        if name == "file" and self.compensation_ids.filtered(lambda row: row.state == "proposed"):
            raise UserError(self.env._("A compensation still waits for its approval."))
        return result
