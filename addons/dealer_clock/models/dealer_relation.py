from odoo import models


class DealerRelation(models.Model):
    """Customers of a store have clocks of their own, e.g. when somebody must be in touch again."""

    _name = "dealer.relation"
    _inherit = ["dealer.relation", "dealer.clock.mixin"]

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            self._clock_void(self.env._("The relation with the store was ended."))
        return result

    def _clock_unit(self):
        return self.unit_id

    def _clock_user(self):
        return self.consultant_id or self.dcc_agent_id or self.advisor_id
