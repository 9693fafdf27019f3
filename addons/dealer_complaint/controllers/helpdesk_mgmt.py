from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.portal.controllers.portal import CustomerPortal


class SafeHelpdeskTicketController(HelpdeskTicketController):
    """What helpdesk_mgmt's own pages leave open: changes by a plain link, on anybody's ticket."""

    @route(methods=["POST"])
    def support_ticket_close(self, ticket_id=None, stage_id=None, **kw):
        """Close a ticket of one's own; a complaint of a store is closed by its flow alone."""
        try:
            ticket = CustomerPortal._document_check_access(self, "helpdesk.ticket", int(ticket_id))
        except (AccessError, MissingError, TypeError, ValueError):
            return request.redirect("/my")
        if ticket.is_case:
            return request.redirect(f"/my/ticket/{ticket.id}")
        return super().support_ticket_close(ticket_id=ticket.id, stage_id=stage_id, **kw)

    @route(methods=["POST"])
    def submit_ticket(self, **kw):
        """Make a ticket of a form that was sent, not of a link that was followed."""
        return super().submit_ticket(**kw)
