from datetime import datetime, time

from odoo import fields, models
from odoo.fields import Domain

from .dealer_distribution_rule import POSTS
from .dealer_unit import Turn


class DealerUnit(models.Model):
    _name = "dealer.unit"
    _inherit = "dealer.unit"

    def _dealer_midnight(self):
        """Return when the day of the store began, as naive UTC; without a store that of UTC."""
        now = fields.Datetime.now()
        if not self:
            return datetime.combine(now, time.min)
        local = self._clock_local(now)
        return now - (local.replace(tzinfo=None) - datetime.combine(local, time.min))

    def _distribute(self, wishes, at=None, roles=tuple(POSTS), rostered=True):
        """Leave to the call centre what its rules take before the showroom.

        Only fresh leads: who serves the customer is asked first, and what was taken from somebody
        is handed on as ever.
        """
        turns = super()._distribute(wishes, at=at, roles=roles, rostered=rostered)
        if not rostered or set(roles) != set(POSTS) or not any(wish.source for wish in wishes):
            return turns
        # Rules are asked by the system, as those of the distribution.
        rules = self.env["dealer.dcc.rule"].sudo()
        rules = rules.search(Domain("kind", "=", "source") & Domain("first", "=", True))
        if not rules or not self._distribution_staff("dcc_agent_id"):
            return turns
        return [
            Turn(self.env["res.users"], False, False, False, wish.excluded)
            if turn.user
            and not turn.bound
            and not wish.excluded
            and rules._for_source(self, wish.source)
            else turn
            for wish, turn in zip(wishes, turns, strict=True)
        ]
