from odoo import fields, models


class DealerWord(models.Model):
    """A word that is counted in what customers say (H5): good or bad."""

    _name = "dealer.word"
    _description = "Counted Word"
    _order = "tone, name"

    name = fields.Char(required=True)
    tone = fields.Selection([("good", "Good"), ("bad", "Bad")], required=True, default="bad")
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint("UNIQUE(name)", "This word is counted already.")
