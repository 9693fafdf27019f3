from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext

from ..tools.words import grams

#: So many articles are suggested beside a complaint.
SUGGESTIONS = 3


class DealerArticle(models.Model):
    """The knowledge of customer care (客服知识库, E6): found by words inside sentences."""

    _name = "dealer.article"
    _description = "Article"
    _inherit = ["mail.thread"]
    _order = "helped desc, id desc"

    name = fields.Char(string="Title", required=True, tracking=True)
    category_id = fields.Many2one("dealer.article.category", index="btree_not_null", required=True)
    body = fields.Html(string="Text")
    synonyms = fields.Char(help="Other words that customers use, with spaces in between.")
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users", string="Looked After By", default=lambda self: self.env.user
    )
    review_date = fields.Date(
        string="Review On", help="By then somebody checks that it still holds."
    )
    helped = fields.Integer(readonly=True, copy=False)
    not_helped = fields.Integer(string="Did not Help", readonly=True, copy=False)
    vote_ids = fields.One2many("dealer.article.vote", "article_id", string="Votes")
    found_by = fields.Text(compute="_compute_found_by", store=True)

    def init(self):
        result = super().init()
        self.env.cr.execute(
            SQL(
                """
                CREATE INDEX IF NOT EXISTS dealer_article_found_by_idx ON dealer_article
                USING gin (to_tsvector('simple', COALESCE(found_by, '')))
                """
            )
        )
        return result

    @api.depends("name", "body", "synonyms")
    def _compute_found_by(self):
        for article in self:
            text = " ".join(
                filter(
                    None,
                    (article.name, article.synonyms, html2plaintext(article.body or "")),
                )
            )
            article.found_by = " ".join(sorted(grams(text)))

    @api.model
    def _find(self, text, limit=20):
        """Return the articles that fit a text best, the best first.

        :param str text: a word, or what a customer said
        """
        words = sorted(grams(text))
        if not words:
            return self.browse()
        query = self._search(Domain("active", "=", True), order="id")
        vector = SQL(
            "to_tsvector('simple', COALESCE(%s, ''))",
            self._field_to_sql(query.table, "found_by", query),
        )
        asked = SQL("to_tsquery('simple', %s)", " | ".join(f"'{word}'" for word in words))
        query.add_where(SQL("%s @@ %s", vector, asked))
        query.order = SQL(
            "ts_rank(%s, %s) DESC, %s DESC", vector, asked, SQL.identifier(query.table, "id")
        )
        query.limit = limit
        return self.browse(query)

    @api.model
    def _search_display_name(self, operator, value):
        if operator == "ilike" and value:
            return Domain("id", "in", self._find(value, limit=200).ids)
        return super()._search_display_name(operator, value)

    def _vote(self, helped):
        """Count what a person says once; saying it again changes it."""
        votes = self.env["dealer.article.vote"].sudo()  # people vote by this method alone
        for article in self:
            article.check_access("read")
            old = votes.search(
                [("article_id", "=", article.id), ("user_id", "=", self.env.uid)], limit=1
            )
            if old:
                old.helped = helped
            else:
                votes.create({"article_id": article.id, "user_id": self.env.uid, "helped": helped})
            counts = dict(
                votes._read_group([("article_id", "=", article.id)], ["helped"], ["__count"])
            )
            # Counts follow from the votes; who reads an article may vote and not write it.
            article.sudo().write(
                {"helped": counts.get(True, 0), "not_helped": counts.get(False, 0)}
            )

    def action_helped(self):
        """The article helped me."""
        self._vote(True)

    def action_not_helped(self):
        """The article did not help me."""
        self._vote(False)
