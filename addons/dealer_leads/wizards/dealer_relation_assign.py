from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dealer_base.models.dealer_relation import BINDING_POSTS

from ..models.dealer_distribution_rule import POSTS


class DealerRelationAssign(models.TransientModel):
    """Leads are handed over with their customers: to one person, or by the rules."""

    _name = "dealer.relation.assign"
    _inherit = "dealer.relation.assign"

    how = fields.Selection(
        [("person", "To One Person"), ("rules", "By the Distribution Rules")],
        string="In Which Way",
        required=True,
        default="person",
        help="By the rules: evenly to those on duty who have no customer and few unanswered leads;"
        " not to whom serves the customer now.",
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if not self.env.user._dealer_has_any(BINDING_POSTS["consultant_id"]):
            values["role"] = next(
                (
                    role
                    for role, posts in BINDING_POSTS.items()
                    if self.env.user._dealer_has_any(posts)
                ),
                "consultant_id",
            )
        if self.env.context.get("active_model") == "crm.lead":
            leads = self.env["crm.lead"].browse(self.env.context.get("active_ids", []))
            relations = leads.dealer_relation_id
            if leads and not relations:
                raise UserError(
                    self.env._(
                        "These leads have no customer yet. Open each lead, choose the customer and"
                        " hand it over then."
                    )
                )
            values["relation_ids"] = [(6, 0, relations.ids)]
        return values

    @api.onchange("role")
    def _onchange_role(self):
        if self.role not in POSTS:
            self.how = "person"

    def action_assign(self):
        """Hand the customers over with their open leads, and tell how many found somebody."""
        self.ensure_one()
        relations = self.relation_ids
        if self.how == "person" or not relations:
            super().action_assign()
            found = relations
        elif self.role not in POSTS:
            raise UserError(
                self.env._("There are no rules for service advisors. Choose one person.")
            )
        else:
            found = relations._dealer_distribute(self.reason, self.role)
        left = len(relations) - len(found)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "message": self.env._(
                    "%(done)s handed over, %(left)s found nobody.", done=len(found), left=left
                )
                if left
                else self.env._("%s handed over.", len(found)),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
