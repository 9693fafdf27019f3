from odoo import fields, models


class DealerCapacitySlot(models.Model):
    """The ledger: how much of a resource is taken in a quarter of an hour.

    Only holds write it, by one statement each (``dealer.capacity``). A cell without a row is free.
    Beside the bookings it counts holds that are not settled yet.
    """

    _name = "dealer.capacity.slot"
    _description = "Ledger of Capacity"
    _order = "resource_id, start"
    _log_access = False

    resource_id = fields.Many2one("dealer.capacity.resource", required=True, ondelete="cascade")
    start = fields.Datetime(required=True)
    capacity = fields.Integer(required=True)
    used = fields.Integer(required=True)

    _resource_start_uniq = models.Constraint(
        "UNIQUE(resource_id, start)", "A resource has one line for a quarter of an hour."
    )
    _not_over = models.Constraint(
        "CHECK (used >= 0 AND used <= capacity)", "No more can be taken than there is."
    )
