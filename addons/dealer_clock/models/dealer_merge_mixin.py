from odoo import fields, models
from odoo.fields import Domain


class DealerMergeMixin(models.AbstractModel):
    """Of two clocks of one kind the one that is due first goes on (one runs per record and kind)."""

    _name = "dealer.merge.mixin"
    _inherit = "dealer.merge.mixin"

    def _dealer_clocks(self):
        # Only the system reads all clocks; who merges has the right on the files.
        clocks = self.env["dealer.clock"].sudo()
        return clocks.search(
            Domain("res_model", "=", self._name) & Domain("res_id", "in", self.ids),
            order="due_at, id",
        )

    def _dealer_merge_before(self, journal, sources):
        result = super()._dealer_merge_before(journal, sources)
        for same in self._dealer_merge_running(sources).grouped("kind").values():
            for clock in same[1:]:
                journal.put(
                    clock,
                    state="void",
                    stopped_at=max(clock.started_at, fields.Datetime.now()),
                    paused_at=False,
                    next_step_at=False,
                    note=self.env._("Files merged"),
                )
        return result

    def _dealer_merge_running(self, sources):
        return (self | sources)._dealer_clocks().filtered(lambda clock: not clock.stopped_at)

    def _dealer_merge_after(self, journal, sources):
        result = super()._dealer_merge_after(journal, sources)
        self._dealer_clocks()._sync_documents()
        return result

    def _dealer_undone(self, journal):
        result = super()._dealer_undone(journal)
        ids = journal.rows().get("dealer.clock", ())
        clocks = self.env["dealer.clock"].sudo().browse(ids).exists()  # as above
        (clocks | self._dealer_clocks())._sync_documents()
        return result
