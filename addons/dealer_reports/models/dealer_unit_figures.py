from odoo import fields, models

from .dealer_figure_mark import SETTLE


class DealerUnit(models.Model):
    _name = "dealer.unit"
    _inherit = "dealer.unit"

    figures_until = fields.Date(
        string="Figures Added Up Until",
        readonly=True,
        copy=False,
        help="Later days are read from the reports.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "calendar_id" in vals or "company_id" in vals:
            self._figures_forget()
        return result

    def _figures_due(self):
        """Return the last day of the store whose figures can be added up."""
        self.ensure_one()
        settled = self._clock_local(fields.Datetime.now() - SETTLE).date()
        return fields.Date.subtract(settled, days=1)

    def _figures_today(self):
        """Return the date on the store's wall."""
        self.ensure_one()
        return self._clock_local(fields.Datetime.now()).date()

    def _figures_forget(self):
        """Have all days added up anew: another clock on the wall makes other days."""
        # The roll-up is the system's; who may change the store was checked by changing it.
        stores = self.sudo().filtered("figures_until")
        if stores:
            self.env["dealer.figure.day"].sudo().search([("unit_id", "in", stores.ids)]).unlink()
            stores.figures_until = False
