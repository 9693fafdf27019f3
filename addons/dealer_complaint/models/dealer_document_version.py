from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerDocumentVersion(models.Model):
    """A version of a document; earlier ones stay as they were."""

    _name = "dealer.document.version"
    _description = "Version of a Document"
    _order = "document_id, number desc"
    _rec_name = "number"

    document_id = fields.Many2one("dealer.document", required=True, index=True, ondelete="cascade")
    number = fields.Integer(readonly=True)
    file = fields.Binary(required=True, attachment=True)
    file_name = fields.Char()
    note = fields.Char(string="What Changed")
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, default=lambda self: self.env.user
    )
    date = fields.Datetime(readonly=True, default=fields.Datetime.now)

    _number_uniq = models.Constraint(
        "UNIQUE(document_id, number)", "This version is there already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        documents = self.env["dealer.document"].browse(
            vals["document_id"] for vals in vals_list if vals.get("document_id")
        )
        documents.check_access("write")
        # Who keeps the document counts all its versions.
        last = {
            document.id: max(document.version_ids.mapped("number"), default=0)
            for document in documents.sudo()
        }
        for vals in vals_list:
            number = last[vals.get("document_id")] = last.get(vals.get("document_id"), 0) + 1
            vals.update({"number": number, "user_id": self.env.uid, "date": fields.Datetime.now()})
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() & {"file", "document_id", "number", "user_id", "date"}:
            raise UserError(self.env._("A version stays as it is. Add a new one."))
        return super().write(vals)
