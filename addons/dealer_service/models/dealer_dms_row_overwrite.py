from odoo import api, fields, models
from odoo.fields import Domain


class DealerDmsRow(models.Model):
    """DMS wins: its values take the place of ours, and what was ours is listed."""

    _name = "dealer.dms.row"
    _inherit = "dealer.dms.row"

    @api.model
    def _text(self, value):
        """Return a value as it is compared and listed."""
        if value in (None, False, ""):
            return ""
        if isinstance(value, models.BaseModel):
            return str(value.id)
        return fields.Date.to_string(value) if hasattr(value, "isoformat") else str(value).strip()

    def _decided(self):
        """Return ``{row id: {(field, DMS's value)}}`` of what is listed or was decided by a person."""
        found = {row_id: {} for row_id in self.ids}
        for line in self.env["dealer.dms.difference"].search_fetch(
            Domain("row_id", "in", self.ids),
            ["row_id", "field_name", "theirs", "state"],
            order="id",
        ):
            found[line.row_id.id][line.field_name, line.theirs or ""] = line.state
        return found

    def _overwrite(self, record, said, decided, doubts=None):
        """Write what the DMS says over what stands in our file, and list what was ours.

        What was only the DMS's own former word is no difference. A value that a person took back
        stays away until the DMS says something else.

        :param record: our file of this row
        :param dict said: ``{field of ours: value of the DMS}``, nothing empty
        :param dict decided: see :meth:`_decided`, of this row
        :param dict doubts: ``{field: why}`` of what is not taken over but asked about
        :return: the differences to create, as dicts
        """
        self.ensure_one()
        before, vals, lines = self.applied or {}, {}, []
        doubts = doubts or {}
        for name, value in said.items():
            theirs, ours = self._text(value), self._text(record[name])
            if theirs == ours:
                continue
            state = decided.get((name, theirs))
            if state in ("taken_back", "declined"):
                continue
            if name in doubts:
                if state != "open":
                    lines.append(self._difference(name, ours, theirs, "doubt", doubts[name]))
                continue
            vals[name] = value
            if ours and ours != before.get(name):
                lines.append(self._difference(name, ours, theirs, "overwritten"))
        if vals:
            record.write(vals)
        taken = {name: self._text(value) for name, value in said.items() if name not in doubts}
        if taken.items() - before.items():
            self.applied = {**before, **taken}
        return lines

    def _difference(self, name, ours, theirs, nature, why=False):
        return {
            "row_id": self.id,
            "unit_id": self.unit_id.id,
            "field_name": name,
            "ours": ours,
            "theirs": theirs,
            "nature": nature,
            "why": why,
        }
