from odoo import fields, models


class ResUsers(models.Model):
    """How many leads a person gets when leads are given out."""

    _name = "res.users"
    _inherit = "res.users"

    dealer_lead_cap = fields.Integer(
        string="Unanswered Leads at Most",
        help="As long as so many leads wait for this person's first answer, new ones go to others."
        " 0: as many as the system parameter dealer_leads.lead_cap says.",
    )
    dealer_lead_share = fields.Integer(
        string="Share of Leads (%)",
        default=100,
        help="100: the usual share; 50: half of it, e.g. for a beginner; 0: none by turn, own"
        " customers only.",
    )

    _dealer_lead_numbers = models.Constraint(
        "CHECK (dealer_lead_cap >= 0 AND dealer_lead_share BETWEEN 0 AND 1000)",
        "Enter 0 or more unanswered leads, and a share of leads from 0 to 1000 percent.",
    )
