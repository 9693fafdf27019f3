from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.dealer_relation import BINDING_FIELDS


class DealerRelationAssign(models.TransientModel):
    _name = "dealer.relation.assign"
    _description = "Hand Customers Over"

    relation_ids = fields.Many2many("dealer.relation", string="Customers", required=True)
    relation_count = fields.Integer(compute="_compute_relation_count", string="Number of Customers")
    role = fields.Selection(
        [
            ("consultant_id", "Consultant"),
            ("dcc_agent_id", "DCC Agent"),
            ("advisor_id", "Service Advisor"),
        ],
        required=True,
        default="consultant_id",
    )
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")
    user_id = fields.Many2one(
        "res.users",
        string="Hand Over To",
        domain="[('id', 'in', candidate_ids)]",
        help="Leave empty to give the customers back to the pool.",
    )
    reason = fields.Char(required=True)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "dealer.relation":
            values["relation_ids"] = [(6, 0, self.env.context.get("active_ids", []))]
        return values

    @api.depends("relation_ids")
    def _compute_relation_count(self):
        for wizard in self:
            wizard.relation_count = len(wizard.relation_ids)

    @api.depends("role", "relation_ids")
    def _compute_candidate_ids(self):
        for wizard in self:
            groups = self.env["res.groups"].browse(
                self.env.ref(group).id for group in BINDING_FIELDS[wizard.role]
            )
            # Which posts colleagues have is not readable for every post; the names are.
            users = self.env["res.users"].sudo().search([("group_ids", "in", groups.ids)])
            for company in wizard.relation_ids.company_id:
                users = users.filtered(lambda user, company=company: company in user.company_ids)
            wizard.candidate_ids = users.ids

    def action_assign(self):
        """Hand the customers over; the relation checks the right and logs."""
        self.ensure_one()
        if not self.relation_ids:
            raise UserError(self.env._("Tick the customers first."))
        self.relation_ids._assign({self.role: self.user_id.id}, self.reason)
        return {"type": "ir.actions.act_window_close"}
