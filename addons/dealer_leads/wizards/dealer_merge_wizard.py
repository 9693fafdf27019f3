from odoo import api, fields, models


class DealerMergeWizard(models.TransientModel):
    _name = "dealer.merge.wizard"
    _inherit = "dealer.merge.wizard"

    res_model = fields.Selection(
        selection_add=[("crm.lead", "Leads")], ondelete={"crm.lead": "cascade"}
    )
    lead_ids = fields.Many2many("crm.lead", string="Leads")
    lead_id = fields.Many2one(
        "crm.lead", string="Lead that Stays", domain="[('id', 'in', lead_ids)]"
    )

    @api.model
    def _file_fields(self):
        return super()._file_fields() | {"crm.lead": ("lead_ids", "lead_id")}
