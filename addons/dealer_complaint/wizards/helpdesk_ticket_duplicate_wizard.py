from odoo import models
from odoo.exceptions import UserError


class HelpdeskTicketDuplicateWizard(models.TransientModel):
    """A complaint that was written down twice is closed by its flow, not by a stage."""

    _name = "helpdesk.ticket.duplicate.wizard"
    _inherit = "helpdesk.ticket.duplicate.wizard"

    def action_confirm(self):
        """Mark the ticket as a duplicate; a complaint is also closed, signed by care."""
        ticket, other = self.ticket_id, self.duplicate_of_id
        if not ticket.is_case:
            return super().action_confirm()
        if not other.is_case or other.company_id != ticket.company_id:
            raise UserError(self.env._("Choose the other complaint of the same store."))
        self.target_stage_id = False
        result = super().action_confirm()
        ticket._transition(
            "withdraw", self.env._("Written down twice: it goes on as %s.", other.number)
        )
        return result
