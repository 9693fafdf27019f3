from odoo import fields, models


class DealerReferralStep(models.TransientModel):
    """Ask what a step of a reward needs; the reward checks the right and does it."""

    _name = "dealer.referral.step"
    _description = "Step of a Referral Reward"

    reward_id = fields.Many2one("dealer.referral.reward", required=True, ondelete="cascade")
    step = fields.Selection(
        [("refuse", "Refuse"), ("pay", "Note the Payment"), ("back", "Taken Back")], required=True
    )
    reason = fields.Text()
    paid_on = fields.Date(default=fields.Date.context_today)
    evidence = fields.Char(string="Receipt Number")
    evidence_file = fields.Binary(string="Receipt")
    evidence_name = fields.Char()

    def action_do(self):
        """Do the step with what was filled in."""
        self.ensure_one()
        reward = self.reward_id
        if self.step == "refuse":
            reward._refuse(self.reason)
        elif self.step == "pay":
            reward._pay(self.paid_on, self.evidence, self.evidence_file, self.evidence_name)
        else:
            reward._take_back(self.reason)
        return {"type": "ir.actions.act_window_close"}
