from odoo import api, fields, models
from odoo.exceptions import UserError

#: What a column can be. The names of texts are those of the inbox.
TARGETS = [
    ("ignore", "Not Used"),
    ("phone", "Phone Number"),
    ("customer_name", "Customer Name"),
    ("external_id", "Number at the Source"),
    ("running", "Running Number"),
    ("occurred_at", "Time"),
    ("car", "Car (Brand and Series)"),
    ("brand", "Brand"),
    ("series", "Series"),
    ("city", "City"),
    ("province", "Province"),
    ("store", "Code of the Store"),
    ("campaign", "Campaign"),
    ("message", "Message"),
]


#: What follows from the file.
READ_FROM_FILE = {"example", "heading", "import_id", "position"}


class DealerLeadImportColumn(models.Model):
    """What a column of a file is taken for; found by the file's reader, corrected by a person."""

    _name = "dealer.lead.import.column"
    _description = "Column of a File of Leads"
    _inherit = ["dealer.user.checks"]
    _order = "position, id"
    _rec_name = "heading"

    import_id = fields.Many2one(
        "dealer.lead.import", required=True, readonly=True, index=True, ondelete="cascade"
    )
    position = fields.Integer(string="Column", required=True, readonly=True)
    heading = fields.Char(readonly=True)
    example = fields.Char(string="Examples", readonly=True)
    target = fields.Selection(TARGETS, string="Is", required=True, default="ignore")

    @api.depends("position", "heading")
    def _compute_display_name(self):
        for column in self:
            column.display_name = column.heading or str(column.position)

    def _check_as_user(self, field_names):
        """What a file is is read from it; people only say what its columns mean."""
        result = super()._check_as_user(field_names)
        if field_names & READ_FROM_FILE:
            raise UserError(self.env._("Only what a column is can be changed."))
        if self.import_id.filtered(lambda file: file.state != "draft"):
            raise UserError(
                self.env._("The rows of this file are on their way. Load the file once more.")
            )
        return result
