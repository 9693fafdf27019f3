from odoo import fields, models
from odoo.fields import Domain


class DealerRelation(models.Model):
    _name = "dealer.relation"
    _inherit = "dealer.relation"

    dealer_order_ids = fields.One2many("dealer.order", "relation_id", string="Orders")

    def _dealer_follow_orders(self):
        """Let the stage of the customers follow their orders in this store; called as the system."""
        states = {relation: set() for relation in self}
        for relation, state in self.env["dealer.order"]._read_group(
            Domain("relation_id", "in", self.ids), ["relation_id", "state"]
        ):
            states[relation].add(state)
        for relation, found in states.items():
            if found & {"ordered", "planned"}:
                stage = "ordered"
            elif "delivered" in found or relation.partner_id.is_vehicle_owner:
                stage = "owner"
            elif relation.stage in ("ordered", "owner"):
                stage = "prospect"
            else:
                continue
            if relation.stage != stage:
                relation.stage = stage
