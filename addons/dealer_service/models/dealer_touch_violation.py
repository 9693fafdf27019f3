from odoo import api, fields, models

from ..tools.day import ZONE_NAME

WORDS = ("violation_plate", "violation_time", "violation_place", "violation_act")


class DealerTouch(models.Model):
    """What the reminder of a traffic violation says besides."""

    _name = "dealer.touch"
    _inherit = "dealer.touch"

    @api.model
    def _words_known(self):
        return [*super()._words_known(), *WORDS]

    def _words(self, names):
        words = super()._words(names)
        if set(WORDS) & set(names):
            row = self._document() if self.res_model == "dealer.violation" else None
            # Touches are sent by the system; the present owner alone is told of it.
            row = row and row.sudo().filtered(lambda each: each.owner_id == self.partner_id)
            words.update(dict.fromkeys(WORDS, ""))
            if row:
                moment = fields.Datetime.context_timestamp(
                    row.with_context(tz=ZONE_NAME), row.occurred_at
                )
                words.update(
                    violation_plate=row.vehicle_id.plate or "",
                    violation_time=moment.strftime("%Y-%m-%d %H:%M"),
                    violation_place=row.place or "",
                    violation_act=row.act,
                )
        return words
