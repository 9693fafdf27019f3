from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = "res.partner"

    def action_dealer_timeline(self):
        """Open all that happened with this customer as a list that can be searched and grouped."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dealer_base.dealer_timeline_action")
        action["domain"] = [("partner_id", "=", self.id)]
        return action
