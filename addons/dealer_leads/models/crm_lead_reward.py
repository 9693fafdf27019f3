from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: Who recommended is noted by a step that checks it: money hangs on it.
NOTED = {"dealer_referral_id", "dealer_referred_by_id", "dealer_referred_at"}
#: Guests who come without an enquiry are put down while they sit there, or after.
BEFORE_RECEIPT = timedelta(hours=24)


class CrmLead(models.Model):
    """Who recommended the customer, and what that earns (B16)."""

    _name = "crm.lead"
    _inherit = "crm.lead"

    dealer_referred_by_id = fields.Many2one(
        "res.users",
        string="Recommendation Noted By",
        readonly=True,
        copy=False,
        help="Empty: the customer came by the link.",
    )
    dealer_referred_at = fields.Datetime(
        string="Recommendation Noted On", readonly=True, copy=False
    )
    dealer_reward_count = fields.Integer(
        compute="_compute_dealer_reward_count", string="Referral Rewards"
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_dealer_reward_count(self):
        rewards, counts = self.env["dealer.referral.reward"], {}
        if rewards.has_access("read"):
            counts = dict(
                rewards._read_group([("lead_id", "in", self.ids)], ["lead_id"], ["__count"])
            )
        for lead in self:
            lead.dealer_reward_count = counts.get(lead._origin, 0)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # Named, so that no default of the context takes their place.
            unset = dict.fromkeys(NOTED, False)
            vals_list = [{**vals, **unset} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and NOTED & vals.keys() and self.filtered("dealer_unit_id"):
            raise UserError(
                self.env._("Who recommended the customer is noted by the button “Recommended By”.")
            )
        return super().write(vals)

    def _dealer_note_referrer(self, link):
        """Note who recommended the customer, and propose what that earned already.

        :param link: dealer.referral of the referrer, as the system
        :raise UserError: when a reward hangs on the one who is noted so far
        """
        self.ensure_one()
        self.check_access("write")
        # The right was checked; the guard of write() lets only this step through.
        lead = self.sudo()
        if lead.dealer_referral_id == link:
            return
        given = (
            self.env["dealer.referral.reward"]
            .sudo()
            .search(Domain("lead_id", "=", lead.id) & Domain("is_live", "=", True))
        )
        if given.filtered(lambda reward: reward.state in ("approved", "paid")):
            raise UserError(
                self.env._(
                    "%s is noted, and the reward was approved. Ask the sales director.",
                    lead.dealer_referrer_name,
                )
            )
        given._drop(self.env._("Somebody else recommended the customer."))
        lead.write(
            {
                "dealer_referral_id": link.id,
                "dealer_referred_by_id": self.env.uid,
                "dealer_referred_at": fields.Datetime.now(),
            }
        )
        lead._dealer_reward_past()

    def _dealer_reward_past(self):
        """Propose what visits and orders before the note earned; called as the system."""
        rewards = self.env["dealer.referral.reward"]
        for lead in self:
            visit = lead._dealer_first_visit()
            if visit:
                rewards._earn(lead, ["arrival"], visit.arrived_at, visit=visit)
            lead.dealer_order_ids._reward_referrals()

    def _dealer_first_visit(self):
        """Return the first visit of the customer since the lead came, or none."""
        self.ensure_one()
        since = (self.dealer_received_at or self.create_date) - BEFORE_RECEIPT
        return self.env["dealer.visit"].search(
            Domain("partner_id", "=", self.partner_id.id)
            & Domain("unit_id", "=", self.dealer_unit_id.id)
            & Domain("is_intent", "=", True)
            & Domain("state", "!=", "cancelled")
            & Domain("arrived_at", ">=", since),
            order="arrived_at, id",
            limit=1,
        )

    def action_dealer_referrer(self):
        """Ask who recommended the customer."""
        self.ensure_one()
        return {
            "name": self.env._("Recommended By"),
            "type": "ir.actions.act_window",
            "res_model": "dealer.referral.entry",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_lead_id": self.id},
        }

    def action_dealer_rewards(self):
        """Open the rewards for this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_leads.dealer_referral_reward_action"
        )
        return {**action, "domain": [("lead_id", "=", self.id)], "context": {}}

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        # Who may merge leads need not see the rewards; one rule rewards the joined lead once.
        rewards = self.env["dealer.referral.reward"].sudo()
        joined = rewards.search(
            [("lead_id", "in", (self | opportunities).ids)], order="paid_at, id"
        )
        held = joined.filtered(lambda reward: reward.lead_id == self and reward.is_live).rule_id
        for reward in joined.filtered(lambda reward: reward.lead_id != self):
            if reward.is_live and reward.rule_id in held:
                reward._drop(self.env._("Leads of one customer were merged."))
            if reward.is_live and reward.rule_id in held:
                continue  # paid twice: it is to come back, and stays with the lead it was paid for
            held |= reward.rule_id if reward.is_live else held.browse()
            reward.lead_id = self
        return result
