from odoo import api, models
from odoo.exceptions import UserError

#: What makes a signed agreement another one, or puts it where it is not found.
SEALED = {
    "datas",
    "db_datas",
    "mimetype",
    "name",
    "raw",
    "res_field",
    "res_id",
    "res_model",
    "type",
}


class IrAttachment(models.Model):
    """Signed test drive agreements stay as they are, for everybody."""

    _name = "ir.attachment"
    _inherit = "ir.attachment"

    def write(self, vals):
        if SEALED & vals.keys():
            self._check_no_agreement()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _check_no_agreement(self):
        # Whose file it is does not depend on who asks.
        files = self.sudo().filtered(lambda file: file.res_model == "dealer.test.drive")
        if files and self.env["dealer.test.drive"].sudo().search_count(
            [("attachment_id", "in", files.ids)], limit=1
        ):
            raise UserError(
                self.env._(
                    "A signed test drive agreement is evidence: nobody changes or deletes it."
                )
            )
