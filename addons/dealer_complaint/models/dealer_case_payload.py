from odoo import fields, models


class DealerCasePayload(models.Model):
    """The words of a sealed event, with their salt. Erasing them leaves the chain whole."""

    _name = "dealer.case.payload"
    _description = "Words of a Case Event"

    event_id = fields.Many2one("dealer.case.event", required=True, index=True, ondelete="restrict")
    salt = fields.Char(required=True)
    content = fields.Json(required=True)

    _event_uniq = models.Constraint("UNIQUE(event_id)", "An event has its words once.")
