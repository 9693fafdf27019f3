from odoo import fields, models


class DealerConsent(models.Model):
    """Another company is asked about the car of a person: that needs a consent of its own (PIPL Art. 23)."""

    _inherit = "dealer.consent"

    purpose = fields.Selection(
        selection_add=[("violations", "Asking for Traffic Violations")],
        ondelete={"violations": "cascade"},
    )
