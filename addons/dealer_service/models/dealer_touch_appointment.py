from odoo import api, models

#: What the offer to somebody on the waiting list says.
OFFER_WORDS = ("offer_time", "offer_until", "offer_link")


class DealerTouch(models.Model):
    """What messages on appointments and offers say besides: times by the clock of the store, and the link."""

    _name = "dealer.touch"
    _inherit = "dealer.touch"

    @api.model
    def _words_known(self):
        return [*super()._words_known(), "appointment_time", "appointment_link", *OFFER_WORDS]

    def _words(self, names):
        words = super()._words(names)
        if {"appointment_time", "appointment_link"} & set(names):
            row = self._document() if self.res_model == "dealer.appointment" else None
            words["appointment_time"] = row._time_words() if row else ""
            # The customer whose appointment it is gets the key to it, and nobody else.
            words["appointment_link"] = row.sudo().customer_url or "" if row else ""
        if set(OFFER_WORDS) & set(names):
            row = self._document() if self.res_model == "dealer.capacity.waiting" else None
            # As above: the link opens the offer of this customer alone.
            words |= row.sudo()._offer_words() if row else dict.fromkeys(OFFER_WORDS, "")
        return words
