from odoo import api, models

#: When the customer is expected, also by the name that people in the shops write.
PLACES = ("appointment", "邀约时间")


class DealerTouch(models.Model):
    """Messages about an invitation name its time."""

    _name = "dealer.touch"
    _inherit = "dealer.touch"

    @api.model
    def _words_known(self):
        return [*super()._words_known(), *PLACES]

    def _words(self, names):
        words = super()._words(names)
        asked = set(PLACES) & set(names)
        if asked and self.res_model == "dealer.dcc.invitation":
            document = self._document()
            if document:
                moment = f"{self._local(document.planned_at):%m-%d %H:%M}"
                words |= dict.fromkeys(asked, moment)
        return words
