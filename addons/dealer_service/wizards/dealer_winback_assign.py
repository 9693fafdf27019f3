from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.dealer_winback import WORKERS


class DealerWinbackAssign(models.TransientModel):
    """Give many customers to who calls them, with an offer."""

    _name = "dealer.winback.assign"
    _description = "Win Back Customers"

    relation_ids = fields.Many2many("dealer.relation", string="Customers", required=True)
    relation_count = fields.Integer(compute="_compute_relation_count", string="Number of Customers")
    running_count = fields.Integer(compute="_compute_relation_count", string="Running Already")
    who = fields.Selection(
        [("advisor", "Each One's Last Advisor"), ("person", "One Person")],
        string="Who Calls",
        required=True,
        default="advisor",
    )
    user_id = fields.Many2one("res.users", string="Person", domain="[('id', 'in', candidate_ids)]")
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")
    offer_id = fields.Many2one("dealer.winback.offer", domain="[('valid', '=', True)]")
    terms = fields.Text(related="offer_id.terms")

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
            wizard.running_count = len(wizard.relation_ids.filtered("winback_id"))

    @api.depends("relation_ids")
    def _compute_candidate_ids(self):
        groups = [self.env.ref(group).id for group in WORKERS]
        # Which posts colleagues have is not readable for every post; the names are.
        users = self.env["res.users"].sudo().search([("group_ids", "in", groups)])
        for wizard in self:
            found = users
            for company in wizard.relation_ids.company_id:
                found = found.filtered(lambda user, company=company: company in user.company_ids)
            wizard.candidate_ids = found.ids

    def action_assign(self):
        """Begin an attempt with each of the customers who has none."""
        self.ensure_one()
        rows = self.env["dealer.winback"]
        rows.check_access("create")
        chosen = self.relation_ids.filtered(lambda relation: not relation.winback_id)
        if not self.relation_ids:
            raise UserError(self.env._("Tick the customers first."))
        if not chosen:
            raise UserError(
                self.env._("Somebody is trying to win each of these customers back already.")
            )
        if self.who == "person" and not self.user_id:
            raise UserError(self.env._("Say who calls."))
        made = rows.create(
            [
                {
                    "relation_id": relation.id,
                    "user_id": self._caller(relation).id,
                    "offer_id": self.offer_id.id,
                }
                for relation in chosen
            ]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_service.dealer_winback_action"
        )
        return {**action, "domain": [("id", "in", made.ids)], "context": {}, "target": "main"}

    def _caller(self, relation):
        """Return who calls: the person chosen, or who served the customer last and is still here."""
        if self.who == "person":
            return self.user_id
        people = relation.last_advisor_id | relation.advisor_id
        return people.filtered(lambda user: user in self.candidate_ids)[:1]
