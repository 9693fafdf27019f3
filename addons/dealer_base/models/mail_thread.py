from odoo import api, models
from odoo.fields import Domain


class MailThread(models.AbstractModel):
    _name = "mail.thread"
    _inherit = "mail.thread"

    @api.model
    def _search_message_partner_ids(self, operator, operand):
        """Search followers with the rights of who asks.

        Odoo searches them as superuser: a filter on a document that one may see would answer
        questions about the file of a follower whom one may not see.
        """
        if not self.env.su and operator not in ("in", *Domain.NEGATIVE_OPERATORS):
            domain = operand if operator == "any" else Domain("display_name", operator, operand)
            operator, operand = "in", self.env["res.partner"]._search(domain)
        return super()._search_message_partner_ids(operator, operand)
