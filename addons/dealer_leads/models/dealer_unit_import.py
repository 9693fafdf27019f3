from odoo import api, models
from odoo.exceptions import AccessError


class DealerUnit(models.Model):
    _name = "dealer.unit"
    _inherit = "dealer.unit"

    @api.model
    def _check_works_for(self, units):
        """Refuse stores that the user does not work for, whoever may read them.

        Record rules look at a row before it is written, not at the store that is written into it.
        """
        # Which company a store is is no secret; the user's own companies are what counts.
        foreign = units.sudo().filtered(
            lambda unit: unit.company_id not in self.env.user.company_ids
        )
        if foreign:
            raise AccessError(
                self.env._("You do not work for %s.", ", ".join(foreign.mapped("name")))
            )
