from odoo import fields, models


class DealerArticleVote(models.Model):
    _name = "dealer.article.vote"
    _description = "Vote on an Article"

    article_id = fields.Many2one("dealer.article", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    helped = fields.Boolean()

    _once = models.Constraint("UNIQUE(article_id, user_id)", "You said so already.")
