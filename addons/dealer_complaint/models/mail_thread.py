import logging

from odoo import api, models
from odoo.tools import email_normalize

_logger = logging.getLogger(__name__)

AUTOMATIC_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")
BULK = ("bulk", "junk", "list", "auto_reply")


class MailThread(models.AbstractModel):
    _name = "mail.thread"
    _inherit = "mail.thread"

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        """Ignore what machines send to the address of a store, and what we send ourselves."""
        if self._leads_to_case(routes) and self._is_automatic(message, message_dict):
            _logger.info(
                "Ignored mail with Message-Id %s: sent by a machine or by ourselves",
                message_dict.get("message_id"),
            )
            return True
        return super()._detect_loop_sender(message, message_dict, routes)

    @api.model
    def _leads_to_case(self, routes):
        """Whether a mail becomes a complaint or joins one."""
        # The gateway belongs to the system.
        tickets = self.env["helpdesk.ticket"].sudo()
        teams = self.env["helpdesk.ticket.team"].sudo()
        for model, thread_id, values, *_rest in routes or ():
            if model != "helpdesk.ticket":
                continue
            if thread_id:
                if tickets.browse(thread_id).exists().is_case:
                    return True
                continue
            company = teams.browse((values or {}).get("team_id")).company_id
            if self.env["dealer.unit"]._of_company(company):
                return True
        return False

    @api.model
    def _is_automatic(self, message, message_dict):
        submitted = (message.get("Auto-Submitted") or "no").strip().lower()
        if not submitted.startswith("no"):
            return True
        if any(message.get(header) for header in AUTOMATIC_HEADERS):
            return True
        if (message.get("Precedence") or "").strip().lower() in BULK:
            return True
        sender = email_normalize(message_dict.get("email_from"))
        return bool(sender) and self._is_own_address(sender)

    @api.model
    def _is_own_address(self, sender):
        # The gateway belongs to the system.
        env = self.sudo().env
        if env["mail.alias"].search_count([("alias_full_name", "=ilike", sender)], limit=1):
            return True
        domains = env["mail.alias.domain"].search([("name", "=ilike", sender.partition("@")[2])])
        return sender in {
            address.lower()
            for domain in domains
            for address in (domain.catchall_email, domain.bounce_email, domain.default_from_email)
            if address
        }
