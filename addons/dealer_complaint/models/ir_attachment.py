import hashlib

from odoo import api, models


class IrAttachment(models.Model):
    """Files of complaints leave their digest in the sealed file, coming and going."""

    _name = "ir.attachment"
    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._seal_files()
        return attachments

    def write(self, vals):
        # A file that is sent with a message is put to the complaint afterwards.
        moved = bool({"res_model", "res_id"} & vals.keys())
        before = self._of_cases() if moved else {}
        result = super().write(vals)
        if moved:
            self.filtered(lambda file: file.id not in before)._seal_files()
        elif {"raw", "datas", "db_datas"} & vals.keys():
            self._seal_files()
        return result

    @api.ondelete(at_uninstall=False)
    def _seal_removal(self):
        for attachment_id, case in self._of_cases().items():
            # The file is the system's; who removes it is on the event.
            file = self.browse(attachment_id).sudo()
            case._seal("file", {"removed": file.name, "sha256": file._sha256()})

    def _of_cases(self):
        """Return ``{id: complaint}`` of the attachments that belong to one, in sudo."""
        # Which attachments belong to a complaint is asked for whoever adds them.
        files = self.sudo().filtered(
            lambda file: file.res_model == "helpdesk.ticket" and file.res_id and not file.res_field
        )
        tickets = self.env["helpdesk.ticket"].sudo().browse(files.mapped("res_id")).exists()
        cases = {case.id: case for case in tickets if case.is_case}
        return {file.id: cases[file.res_id] for file in files if file.res_id in cases}

    def _sha256(self):
        self.ensure_one()
        return hashlib.sha256(self.raw or b"").hexdigest()

    def _seal_files(self):
        for attachment_id, case in self._of_cases().items():
            file = self.browse(attachment_id).sudo()  # the file is the system's
            case.with_user(self.env.user).sudo()._seal(
                "file", {"name": file.name, "size": file.file_size, "sha256": file._sha256()}
            )
