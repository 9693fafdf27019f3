from odoo import models

from .dealer_relation import BINDING_FIELDS

#: From a file that rests to the owner: the joined relation is as far as the farthest.
STAGES = ("lapsed", "prospect", "ordered", "owner")


class DealerRelation(models.Model):
    _name = "dealer.relation"
    _inherit = "dealer.relation"

    def _merge_into(self, journal, rest):
        """Make this relation that of ``rest``, too; they are ended. Called as superuser.

        Who serves the customer here goes on; what nobody does is taken over by who did it there.
        """
        self.ensure_one()
        before = {self.id: {field: self[field].id for field in BINDING_FIELDS}}
        for field in BINDING_FIELDS:
            heirs = rest[field].filtered("active")
            if not self[field] and heirs:
                journal.put(self, **{field: heirs[0].id})
        all_of_them = self | rest
        stage = max(all_of_them.mapped("stage"), key=STAGES.index)
        if stage != self.stage:
            journal.put(self, stage=stage)
        since = min(all_of_them.mapped("since"))
        if since != self.since:
            journal.put(self, since=since)
        journal.put(rest, active=False)
        journal.redirect(rest, self)
        self.invalidate_recordset()
        self._log_binding(before, self.env._("Files merged"), "handed_over")

    def _log_undone(self, journal):
        """Log who serves customers again because a merge was undone."""
        rows = []
        for entry in journal.entries:
            if entry["model"] != self._name:
                continue
            for place, field in enumerate(entry["fields"]):
                if field not in BINDING_FIELDS:
                    continue
                rows += [
                    {
                        "relation_id": relation_id,
                        "user_id": self.env.uid,
                        "role": field,
                        "old_user_id": int(entry["new"][place]),
                        "new_user_id": int(old[place]) if old[place] else False,
                        "event": "handed_over",
                        "reason": self.env._("Merge undone"),
                    }
                    for old, ids in entry["old"]
                    for relation_id in ids
                ]
        self.env["dealer.relation.log"].create(rows)
