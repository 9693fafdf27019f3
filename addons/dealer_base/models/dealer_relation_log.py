from odoo import fields, models


class DealerRelationLog(models.Model):
    _name = "dealer.relation.log"
    _description = "Change of who Serves a Customer"
    _order = "id desc"

    relation_id = fields.Many2one("dealer.relation", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", string="Changed By", required=True)
    role = fields.Selection(
        [
            ("consultant_id", "Consultant"),
            ("dcc_agent_id", "DCC Agent"),
            ("advisor_id", "Service Advisor"),
        ],
        required=True,
    )
    old_user_id = fields.Many2one("res.users", string="Former Person")
    new_user_id = fields.Many2one("res.users", string="New Person")
    event = fields.Selection(
        [("registered", "Registered"), ("handed_over", "Handed Over")], required=True
    )
    reason = fields.Char()
