from odoo import api, models
from odoo.fields import Domain


class MailThread(models.AbstractModel):
    _name = "mail.thread"
    _inherit = "mail.thread"

    @api.model
    def _search_message_partner_ids(self, operator, operand):
        """Search followers with the rights of who asks.

        Odoo searches them as superuser: a filter on a document that one may see would answer
        questions about the file of a follower whom one may not see. Portal users it lets ask for
        themselves alone.
        """
        free = self.env.su or not self.env.user._is_internal()
        if not free and operator not in ("in", *Domain.NEGATIVE_OPERATORS):
            if operator == "any":
                domain = operand
            elif operator in ("child_of", "parent_of"):
                domain = Domain("id", operator, operand)
            else:
                domain = Domain("display_name", operator, operand)
            operator, operand = "in", self.env["res.partner"]._search(domain)
        return super()._search_message_partner_ids(operator, operand)
