from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DealerTeam(models.Model):
    _name = "dealer.team"
    _inherit = ["dealer.store.mixin"]
    _description = "Team of a Store"
    _order = "unit_id, sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    manager_ids = fields.Many2many(
        "res.users", "dealer_team_manager_rel", "team_id", "user_id", string="Managers"
    )
    member_ids = fields.Many2many(
        "res.users", "dealer_team_member_rel", "team_id", "user_id", string="Members"
    )

    @api.constrains("member_ids", "unit_id", "active")
    def _check_one_team(self):
        """A person works in one team of a store, so that a customer has one responsible manager."""
        teams = self.search([("member_ids", "in", self.member_ids.ids)])
        seen = set()
        for team in teams:
            for member in team.member_ids:
                if (member.id, team.unit_id.id) in seen:
                    raise ValidationError(
                        self.env._(
                            "%(person)s already works in a team of %(store)s. Take the person out"
                            " of the other team first.",
                            person=member.name,
                            store=team.unit_id.name,
                        )
                    )
                seen.add((member.id, team.unit_id.id))
