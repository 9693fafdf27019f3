from odoo import models

from .helpdesk_ticket_sealed import SEALED


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    def _dealer_file_moved(self, field_name, before, after):
        """Write into the sealed file that the customer's, or the car's, file was merged."""
        result = super()._dealer_file_moved(field_name, before, after)
        if field_name in SEALED:
            for case in self.filtered("is_case"):
                words = f"{before._dealer_merge_title()} → {after._dealer_merge_title()}"
                case._seal("changed", {field_name: words})
        return result
