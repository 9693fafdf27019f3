from odoo import api, models


class DealerCapacity(models.AbstractModel):
    """How full it is at a time, shown where customers choose one."""

    _name = "dealer.capacity"
    _inherit = "dealer.capacity"

    @api.model
    def _time_row(self, ground, need, place, free):
        row = super()._time_row(ground, need, place, free)
        if self.env.context.get("dealer_heat"):
            row["heat"] = self._heat(ground, need[0], place)
        return row

    @api.model
    def _heat(self, ground, ask, place):
        """Return the share (%) that is taken of the resources of a kind while a line of a need lasts."""
        first = place + ask.offset_cells
        taken = there = 0
        for supply in ground.supplies.values():
            if supply.kind != ask.kind:
                continue
            for cell in range(first, first + supply.length(ask.minutes)):
                if supply.hours.there >> cell & 1:
                    there += supply.units
                    taken += min(supply.units, max(0, supply.used.get(cell, 0)))
        return round(100 * taken / there) if there else 100
