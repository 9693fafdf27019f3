from odoo import api, fields, models

from .dealer_article import SUGGESTIONS


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    article_ids = fields.Many2many(
        "dealer.article", compute="_compute_article_ids", string="What Helped Before"
    )

    @api.depends("name", "facts", "demands")
    def _compute_article_ids(self):
        articles = self.env["dealer.article"]
        for ticket in self:
            text = " ".join(filter(None, (ticket.name, ticket.facts, ticket.demands)))
            readable = text and articles.has_access("read")
            ticket.article_ids = articles._find(text, SUGGESTIONS) if readable else False
