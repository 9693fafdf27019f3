from odoo import api, fields, models
from odoo.fields import Domain

#: States of an inbox row that wait for a person.
WAITING = ("attention", "failed")


class DealerLeadImportRow(models.Model):
    """A row of a file, as it stands there, and what became of it. The queue of a file's work."""

    _name = "dealer.lead.import.row"
    _description = "Row of a File of Leads"
    _order = "import_id desc, number, id"
    _rec_name = "number"

    import_id = fields.Many2one(
        "dealer.lead.import", required=True, readonly=True, index=True, ondelete="cascade"
    )
    number = fields.Integer(string="Row", required=True, readonly=True, aggregator=None)
    cells = fields.Json(readonly=True)
    cells_text = fields.Char(string="In the File", compute="_compute_cells_text")
    lead = fields.Json(string="As Understood", readonly=True)
    state = fields.Selection(
        [
            ("new", "In the Queue"),
            ("received", "Taken In"),
            ("known", "Known Before"),
            ("repeated", "Twice in the File"),
            ("refused", "Refused"),
            ("cancelled", "Stopped"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    remark = fields.Char(readonly=True)
    inbox_id = fields.Many2one(
        "dealer.lead.inbox", readonly=True, index="btree_not_null", ondelete="set null"
    )
    inbox_state = fields.Selection(related="inbox_id.state", string="In the Inbox")
    why = fields.Text(compute="_compute_why", compute_sudo=True)

    _waiting_idx = models.Index("(import_id, number) WHERE state = 'new'")

    @api.depends("cells")
    def _compute_cells_text(self):
        for row in self:
            row.cells_text = " | ".join(row.cells or [])

    @api.depends("remark", "inbox_id.error")
    def _compute_why(self):
        for row in self:
            row.why = "\n".join(filter(None, (row.remark, row.inbox_id.error))) or False

    @api.model
    def _unusable_domain(self):
        """Return the domain of the rows that no customer came out of yet."""
        return Domain("state", "=", "refused") | (
            Domain("state", "in", ("received", "known")) & Domain("inbox_state", "in", WAITING)
        )
