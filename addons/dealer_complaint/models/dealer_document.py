from odoo import api, fields, models


class DealerDocument(models.Model):
    """The document store (资料管理, E6): sales material, contracts, schemes, with versions."""

    _name = "dealer.document"
    _description = "Document"
    _inherit = ["mail.thread"]
    _order = "kind, name, id"

    name = fields.Char(required=True, tracking=True)
    kind = fields.Selection(
        [
            ("sales", "Sales Material"),
            ("contract", "Contract"),
            ("scheme", "Scheme"),
            ("manual", "Manual"),
            ("other", "Other"),
        ],
        required=True,
        default="sales",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        default=lambda self: self.env.user._dealer_setting_company(),
    )
    group_ids = fields.Many2many(
        "res.groups", string="Read By", help="Posts that may read it; empty: everybody."
    )
    version_ids = fields.One2many("dealer.document.version", "document_id", string="Versions")
    current_id = fields.Many2one(
        "dealer.document.version", compute="_compute_current_id", store=True
    )
    current_file = fields.Binary(related="current_id.file", string="File")
    current_name = fields.Char(related="current_id.file_name")
    valid_until = fields.Date()

    @api.depends("version_ids.number")
    def _compute_current_id(self):
        for document in self:
            document.current_id = document.version_ids.sorted("number")[-1:]
