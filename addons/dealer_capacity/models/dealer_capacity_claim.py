from odoo import api, fields, models
from odoo.tools import SQL


class DealerCapacityClaim(models.Model):
    """The word of a booking that a hold has become its own; it goes when the hold is gone."""

    _name = "dealer.capacity.claim"
    _description = "Claim on a Hold"
    _log_access = False

    key = fields.Integer(required=True)
    booking_id = fields.Many2one(
        "dealer.capacity.booking", required=True, index=True, ondelete="cascade"
    )
    until = fields.Datetime(required=True, default=fields.Datetime.now, index=True)

    _key_uniq = models.Constraint("UNIQUE(key)", "A hold becomes one booking.")

    @api.model
    def _forget(self, limit):
        """Delete claims on holds that have been settled.

        A hold is seen by everybody long before its claim can be: it was committed first. So a claim
        that is old enough and whose hold is not there has no hold any more.

        :return: how many were deleted
        """
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM dealer_capacity_claim WHERE id IN (
                    SELECT id FROM dealer_capacity_claim claim
                     WHERE until <= %s AND NOT EXISTS (
                        SELECT FROM dealer_capacity_hold hold WHERE hold.key = claim.key)
                     ORDER BY until LIMIT %s FOR UPDATE SKIP LOCKED)
                """,
                fields.Datetime.now(),
                limit,
            )
        )
        return self.env.cr.rowcount
