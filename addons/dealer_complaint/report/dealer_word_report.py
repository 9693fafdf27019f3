from odoo import fields, models
from odoo.tools import SQL


class DealerWordReport(models.Model):
    """How often words stand in complaints and in the words of call-backs (H5)."""

    _name = "dealer.word.report"
    _description = "Words of Customers"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "word_id"
    _depends = {
        "dealer.word": ["name", "tone", "active"],
        "helpdesk.ticket": ["name", "facts", "feelings", "demands", "received_at", "is_case"],
    }

    word_id = fields.Many2one("dealer.word", readonly=True)
    tone = fields.Selection([("good", "Good"), ("bad", "Bad")], readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", string="Complaint", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    kind_id = fields.Many2one("dealer.case.kind", string="Class", readonly=True)
    date = fields.Datetime(readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT row_number() OVER (ORDER BY ticket.id, word.id) AS id,
                   word.id AS word_id, word.tone, ticket.id AS ticket_id, ticket.company_id,
                   ticket.kind_id, ticket.received_at AS date
            FROM helpdesk_ticket ticket
            JOIN dealer_word word ON word.active AND strpos(
                lower(concat_ws(' ', ticket.name, ticket.facts, ticket.feelings, ticket.demands)),
                lower(word.name)) > 0
            WHERE ticket.is_case
            """
        )
