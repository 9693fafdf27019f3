from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.dealer_case_flow import DISPATCHING, STEPS, URGENT_SOURCES


class DealerCaseStep(models.TransientModel):
    """Sign a step of the flow with an opinion; dispatching also names the handler."""

    _name = "dealer.case.step"
    _description = "Sign a Step of a Complaint"

    ticket_ids = fields.Many2many("helpdesk.ticket", string="Complaints", required=True)
    step = fields.Selection(selection="_selection_step", required=True, readonly=True)
    opinion = fields.Text()
    unit_id = fields.Many2one("dealer.unit", compute="_compute_unit_id")
    candidate_ids = fields.Many2many("res.users", compute="_compute_unit_id")
    handler_id = fields.Many2one("res.users", domain="[('id', 'in', candidate_ids)]")
    urgent = fields.Boolean(string="At Once, Opinions After")
    lacks_opinions = fields.Boolean(compute="_compute_lacks_opinions")
    until = fields.Datetime(string="New Date")

    @api.model
    def _selection_step(self):
        names = self.env["dealer.case.event"]._step_names()
        return [(name, names[name]) for name in (*STEPS, "supervise")]

    @api.depends("ticket_ids")
    def _compute_unit_id(self):
        for wizard in self:
            units = wizard.ticket_ids.dealer_unit_id
            wizard.unit_id = units[:1]
            # Which colleagues work in the store is needed by whoever dispatches.
            people = self.env["res.users"].sudo()
            for unit in units:
                people |= people.search(
                    [("company_ids", "in", unit.company_id.ids), ("share", "=", False)]
                )
            wizard.candidate_ids = people.filtered(wizard.ticket_ids._can_handle).ids

    @api.depends("ticket_ids")
    def _compute_lacks_opinions(self):
        for wizard in self:
            states = wizard.ticket_ids.mapped("case_state")
            wizard.lacks_opinions = not set(URGENT_SOURCES).isdisjoint(states)

    def action_sign(self):
        """Take the step for all chosen complaints."""
        self.ensure_one()
        tickets = self.ticket_ids
        if not tickets:
            raise UserError(self.env._("Choose the complaints first."))
        if self.step in DISPATCHING:
            again = self.step == "redispatch"
            tickets._dispatch(self.handler_id, self.opinion, urgent=self.urgent, again=again)
        elif self.step == "supervise":
            for ticket in tickets:
                ticket._supervise(self.until, self.opinion)
        else:
            tickets._transition(self.step, self.opinion)
        return {"type": "ir.actions.act_window_close"}
