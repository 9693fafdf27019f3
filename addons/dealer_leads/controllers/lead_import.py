from odoo.http import Controller, content_disposition, request, route

from odoo.addons.dealer_base.controllers.export import note_export


class LeadImport(Controller):
    @route("/dealer/imports/<int:import_id>/unusable", type="http", auth="user", readonly=True)
    def get_unusable(self, import_id):
        """Send the rows of a file that no customer came out of, to who may read the file.

        It is what the person loaded; it is logged all the same, as everything that leaves.
        """
        file = request.env["dealer.lead.import"].search([("id", "=", import_id)])
        if not file:
            raise request.not_found()
        rows = file._unusable_rows()
        note_export("xlsx", f"import_id = {file.id}")
        request.env["dealer.export.log"]._record(rows._name, ["cells", "why"], len(rows))
        body = file._unusable_workbook(rows)
        name = f"{file.name.rsplit('.', 1)[0]}-{request.env._('not usable')}.xlsx"
        return request.make_response(
            body,
            [
                (
                    "Content-Type",
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                ),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
