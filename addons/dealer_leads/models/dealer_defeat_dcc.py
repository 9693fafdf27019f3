from math import floor

from odoo import fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.tools import SQL

from .dealer_defeat_recall import INFORMED


class DealerDefeat(models.Model):
    """Confirmed defeats are sampled for a re-call by the call centre (B9, 战败抽查)."""

    _name = "dealer.defeat"
    _inherit = "dealer.defeat"

    recall_ids = fields.One2many(
        "dealer.defeat.recall", "defeat_id", string="Re-Calls", groups=",".join(INFORMED)
    )

    def action_confirm(self):
        result = super().action_confirm()
        # Whose defeats are asked about is drawn by the system.
        self.sudo()._draw_for_recall()
        return result

    def _draw_for_recall(self):
        """Draw the setting's share of each consultant's defeats, evenly along their row.

        The n-th defeat is drawn where n × share passes a whole number; where the row begins is a
        secret of the database. So every consultant has the share to within one case, and nobody
        can tell which comes next.
        """
        share = self.env["crm.lead"]._dealer_setting("defeat_recall_share") / 100
        drawn = self.browse()
        for (unit, user), defeats in self.grouped(
            lambda defeat: (defeat.unit_id, defeat.user_id)
        ).items():
            self._draw_alone(f"{unit.id} {user.id}")
            rank = self.search_count(
                Domain("unit_id", "=", unit.id)
                & Domain("user_id", "=", user.id)
                & Domain("state", "in", ("confirmed", "reactivated"))
                & Domain("id", "not in", defeats.ids)
            )
            start = self.env["crm.lead"]._dealer_lot("defeat_recall", unit.id, user.id)
            for number, defeat in enumerate(defeats.sorted("id"), rank):
                if floor((number + 1) * share + start) > floor(number * share + start):
                    drawn |= defeat
        drawn._ask_customers()

    def _ask_customers(self):
        """Put these defeats on the call centre's list of customers to ask."""
        self.env["dealer.defeat.recall"]._ask_about(self)

    def _draw_alone(self, key):
        """Let Odoo repeat the request where a colleague confirms of the same consultant right now."""
        [(alone,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s))", f"defeat recall {key}")
        )
        if not alone:
            message = "defeats of this consultant are being confirmed"
            raise ConcurrencyError(message)
