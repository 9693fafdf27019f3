from odoo import fields, models


class DealerReviewTag(models.Model):
    """What customers tap when they review a visit, e.g. “on time”; data that chiefs change."""

    _name = "dealer.review.tag"
    _description = "Word of a Review"
    _order = "kind desc, sequence, id"

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection([("good", "Praise"), ("bad", "Blame")], required=True, default="good")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex("(kind, name)", "There is such a word already.")
