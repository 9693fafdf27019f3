from odoo import api, fields, models
from odoo.fields import Command, Domain

from ..tools.columns import heading_key, share_of_phones

#: Share of a column that has to be numbers to call before a mapping by position is believed.
FITS = 0.5


class DealerLeadImportMapping(models.Model):
    """How files of one shape are read: by their headings, or by position where they have none."""

    _name = "dealer.lead.import.mapping"
    _description = "Saved Columns of Lead Files"
    _order = "sequence, id desc"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    width = fields.Integer(string="Columns", required=True)
    signature = fields.Char(
        string="Headings", index="btree_not_null", help="Empty: files without heading, by position."
    )
    line_ids = fields.One2many("dealer.lead.import.mapping.line", "mapping_id", copy=True)

    @api.model
    def _signature(self, file):
        """Return what the headings of a file are known by; empty without heading."""
        return "|".join(map(heading_key, file._heading()))

    @api.model
    def _of_file(self, file):
        """Return the saved mapping of files like this one, or an empty recordset."""
        signature = self._signature(file)
        domain = Domain("width", "=", file._width())
        domain &= Domain("signature", "=", signature or False)
        for mapping in self.search(domain):
            # By position alone a mapping is not believed: the file has to have numbers there.
            if signature or mapping._fits(file):
                return mapping
        return self.browse()

    def _fits(self, file):
        """Whether the column of the phone number holds numbers in this file."""
        rows = file._data_head()
        return any(
            share_of_phones(rows, line.position - 1) >= FITS
            for line in self.line_ids
            if line.target == "phone"
        )

    @api.model
    def _learn(self, file):
        """Keep what the columns of a file are; what was known of such files is replaced."""
        lines = [Command.clear()] + [
            Command.create(
                {
                    "position": column.position,
                    "heading": column.heading,
                    "target": column.target,
                }
            )
            for column in file.column_ids
        ]
        known = self._of_file(file)
        if known and (known.signature or known == file.mapping_id):
            known.line_ids = lines
            return known
        return self.create(
            {
                "name": file.source_id.name,
                "width": file._width(),
                "signature": self._signature(file) or False,
                "line_ids": lines[1:],
            }
        )
