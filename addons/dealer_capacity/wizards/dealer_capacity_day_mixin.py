from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

from ..tools.opening import local_of, moment_at


class DealerCapacityDayMixin(models.AbstractModel):
    """A dialog that shows the times of a day, free and taken, to choose one of them.

    Who inherits has ``slot_ids`` of a model with ``dealer.capacity.time.mixin``, computed by
    :meth:`_show_slots`, and says which times there are (:meth:`_slots`).
    """

    _name = "dealer.capacity.day.mixin"
    _description = "Times of a Day"

    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        required=True,
        default=lambda self: self.env["dealer.unit"]._current(),
        domain="[('kind', '=', 'store')]",
    )
    day = fields.Date(required=True, default=fields.Date.context_today)
    free_count = fields.Integer(compute="_compute_free_count")

    @api.depends(lambda self: ["slot_ids.free"] if "slot_ids" in self._fields else [])
    def _compute_free_count(self):
        for book in self:
            book.free_count = len(book.slot_ids.filtered("free"))

    def _show_slots(self, ready):
        """Write the times of the day, or none while not all is chosen that they depend on."""
        self.ensure_one()
        commands = [Command.clear()]
        if ready and self.unit_id and self.day:
            commands += [Command.create(row) for row in self._slots()]
        self.slot_ids = commands

    def _slots(self):
        """Return the values of the times of the day."""
        raise NotImplementedError

    def _zone(self):
        # The hours of the own store are no secret.
        return self.unit_id.sudo().calendar_id.tz or "UTC"

    def _bounds(self):
        """Return first and last moment of the day (naive UTC)."""
        zone = self._zone()
        return moment_at(self.day, 0, zone), moment_at(self.day, 24 * 60, zone)

    def _slot(self, row, **more):
        """Return the values of a time for a row of ``availability``."""
        start = fields.Datetime.to_datetime(row["start"])
        return {
            "start": start,
            "time": local_of(start, self._zone()).strftime("%H:%M"),
            "free": row["free"],
            "why": row["why"],
            **more,
        }

    def _step(self, days):
        self.ensure_one()
        self.day += timedelta(days=days)
        return self._reopen()

    def _dialog_name(self):
        """Return the words above the dialog."""
        return self.env._("Book")

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self._dialog_name(),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_next_day(self):
        """Show the times of the next day."""
        return self._step(1)

    def action_previous_day(self):
        """Show the times of the day before."""
        return self._step(-1)
