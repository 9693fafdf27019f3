from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

#: For so many days touches stay that nobody is shown any more.
KEEP_DAYS = "dealer_touch.keep_days"
#: Fewer would let rules plan anew what they gave up a moment ago.
LEAST_DAYS = 30
#: So many are deleted at once; the cron comes back for more.
BATCH = 5000


class DealerTouch(models.Model):
    """Old touches go, but for what the timeline of a customer tells."""

    _name = "dealer.touch"
    _inherit = "dealer.touch"

    _prunable_idx = models.Index(
        "(planned_at) WHERE send_at IS NULL AND (sent_at IS NULL OR relation_id IS NULL)"
    )

    @api.autovacuum
    def _gc_touches(self):
        """Delete what ended long ago and is in no customer's timeline.

        The weekly budget looks seven days back, and rules look back as far as their touches are
        valid: both less than what is kept.

        :return: ``(deleted, whether more wait)``
        """
        # How long is kept is a setting of the whole database; touches are the system's.
        days = int(self.env["ir.config_parameter"].sudo().get_param(KEEP_DAYS) or 0)
        if not days:
            return 0, 0
        rules = self.env["dealer.touch.rule"].sudo().with_context(active_test=False)
        [(longest,)] = rules._read_group([], [], ["valid_days:max"])
        days = max(days, LEAST_DAYS, (longest or 0) + 1)
        old = (
            Domain("planned_at", "<", fields.Datetime.now() - timedelta(days=days))
            & Domain("send_at", "=", False)
            & (Domain("sent_at", "=", False) | Domain("relation_id", "=", False))
        )
        touches = self.sudo().search(old, order="planned_at", limit=BATCH + 1)
        touches[:BATCH].unlink()
        return min(len(touches), BATCH), int(len(touches) > BATCH)
