from odoo import fields, models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = "crm.lead"

    dealer_referral_id = fields.Many2one(
        "dealer.referral",
        string="Referral Link",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    dealer_referrer_name = fields.Char(
        string="Recommended By", related="dealer_referral_id.referrer_name", related_sudo=True
    )
