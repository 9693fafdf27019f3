from odoo import fields, models
from odoo.exceptions import UserError


class DealerCapacityTimeMixin(models.AbstractModel):
    """A time of a dialog of ``dealer.capacity.day.mixin``, which stands in ``book_id``."""

    _name = "dealer.capacity.time.mixin"
    _description = "Time to Choose"
    _order = "start"
    _rec_name = "time"

    start = fields.Datetime(required=True)
    time = fields.Char()
    free = fields.Boolean()
    why = fields.Char(string="In the Way")

    def action_take(self):
        """Book this time.

        :raise UserError: it is not free, or the dialog shows other times meanwhile
        """
        self.ensure_one()
        if not self.exists():
            raise UserError(
                self.env._("The times have changed meanwhile. Please choose one again.")
            )
        if not self.free:
            raise UserError(
                self.env._("%(time)s is not free: %(why)s", time=self.time, why=self.why)
            )
        return self.book_id._take(self.start)
