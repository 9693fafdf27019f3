from odoo import api, models


class DealerTouch(models.Model):
    """What the message after a visit says besides: the link of the review."""

    _name = "dealer.touch"
    _inherit = "dealer.touch"

    @api.model
    def _words_known(self):
        return [*super()._words_known(), "review_link"]

    def _words(self, names):
        words = super()._words(names)
        if "review_link" in names:
            order = self._document() if self.res_model == "dealer.service.order" else None
            words["review_link"] = order._review_url() if order else ""
        return words
