from odoo import fields, models


class DealerDccResult(models.Model):
    """How a call of the call centre ended, and what follows (结果代码)."""

    _name = "dealer.dcc.result"
    _description = "Result of a DCC Call"
    _order = "sequence, id"
    _rec_names_search = ("code", "name")

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    reached = fields.Boolean(help="The customer was talked to; counts as reached.")
    outcome = fields.Selection(
        [
            ("invited", "Invitation Made"),
            ("follow", "Follow Up"),
            ("return", "Back to the Pool"),
            ("defeat", "Ask for Defeat"),
        ],
        required=True,
        default="follow",
        help="Invitation made: an invitation is made. Follow up: the agent calls again on the next date."
        " Back to the pool: a colleague may take the customer after the cool-off. Ask for defeat:"
        " the lead decides.",
    )
    wrong_number = fields.Boolean(help="The number belongs to nobody or somebody else.")
    cool_hours = fields.Integer(
        string="Cool-off (h)",
        help="So long nobody takes the customer out of the pool. 0: as the setting"
        " dealer_leads.dcc_cool_hours says.",
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "There is a result with this code already.")
    _cool = models.Constraint("CHECK (cool_hours >= 0)", "A cool-off is not below 0 hours.")
