from odoo import fields, models


class DealerCapacityHold(models.Model):
    """Capacity that is taken in the ledger and no booking's yet, or no booking's any more.

    A hold is written by a short transaction of its own. When the business transaction commits, a claim names
    the hold's key and the capacity is the booking's. What expires without a claim is given back by
    whoever wants it next, or by the drain. A booking that is released hands its capacity to a hold
    that has expired already: so one way back to the ledger is enough, and no business
    transaction ever waits for it.
    """

    _name = "dealer.capacity.hold"
    _description = "Hold"
    _log_access = False

    key = fields.Integer(required=True, index=True)
    resource_id = fields.Many2one(
        "dealer.capacity.resource", required=True, index=True, ondelete="cascade"
    )
    start = fields.Datetime(required=True)
    stop = fields.Datetime(required=True)
    units = fields.Integer(required=True)
    expires_at = fields.Datetime(required=True)

    _expired_idx = models.Index("(expires_at, id)")
