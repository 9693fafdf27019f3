from odoo import fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = "res.partner"

    dealer_touch_count = fields.Integer(
        compute="_compute_dealer_touch_count", string="Number of Touches"
    )

    def _compute_dealer_touch_count(self):
        counts = dict(
            self.env["dealer.touch"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.dealer_touch_count = counts.get(partner, 0)

    def action_dealer_touches(self):
        """Open why one wrote to this customer, and why not."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dealer_touch.dealer_touch_action")
        action["domain"] = [("partner_id", "=", self.id)]
        action["context"] = {}
        return action
