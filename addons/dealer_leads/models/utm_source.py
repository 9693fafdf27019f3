from odoo import api, fields, models


class UtmSource(models.Model):
    _name = "utm.source"
    _inherit = "utm.source"

    dealer_code = fields.Char(
        string="Delivery Code",
        copy=False,
        help="The word that a platform puts into “source” when it delivers leads.",
    )

    _dealer_code_uniq = models.UniqueIndex(
        "(dealer_code) WHERE dealer_code IS NOT NULL", "Another source has this delivery code."
    )

    @api.model
    def _dealer_of_codes(self, codes):
        """Return ``{code: source}``; a code seen for the first time becomes a source."""
        found = {
            source.dealer_code: source
            for source in self.search([("dealer_code", "in", list(codes))])
        }
        for code in sorted(set(codes) - found.keys()):
            found[code] = self.create({"name": code, "dealer_code": code})
        return found
