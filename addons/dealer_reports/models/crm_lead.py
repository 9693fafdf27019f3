from odoo import models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = "crm.lead"

    # Since when a lead is one: the first month of a store, and the leads of a period.
    _figure_moment_idx = models.Index(
        "(dealer_unit_id, (COALESCE(dealer_received_at, create_date)))"
        " WHERE dealer_unit_id IS NOT NULL"
    )
