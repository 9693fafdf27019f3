import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .dealer_dcc_entry import AGENTS

#: What only the system writes on leads of stores.
SYSTEM = {"dealer_pooled", "dealer_invite_since", "dealer_revived_by_id", "dealer_revived_at"}
#: Grades of customers whom nobody invites any more.
SETTLED = ("ordered", "delivered", "asked", "defeated")


class CrmLead(models.Model):
    """Leads in the hands of the call centre (B8)."""

    _name = "crm.lead"
    _inherit = "crm.lead"

    dealer_pooled = fields.Boolean(
        string="In the DCC Pool", readonly=True, copy=False, help="Waits for a DCC agent."
    )
    dealer_invite_since = fields.Datetime(
        string="Not Invited Since",
        compute="_compute_dealer_invite_since",
        store=True,
        copy=False,
        help="When the customer was received, picked or invited for the last time.",
    )
    dealer_revived_by_id = fields.Many2one(
        "res.users",
        string="Revived By",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Who found that the defeat was none.",
    )
    dealer_revived_at = fields.Datetime(string="Revived On", readonly=True, copy=False)
    dealer_dcc_call_ids = fields.One2many("dealer.dcc.call", "lead_id", string="DCC Calls")
    dealer_invitation_ids = fields.One2many(
        "dealer.dcc.invitation", "lead_id", string="Invitations"
    )

    # What may become due; leads that were looked at leave the index.
    _dealer_uninvited_idx = models.Index(
        "(dealer_unit_id, dealer_invite_since) WHERE dealer_invite_since IS NOT NULL"
        " AND active IS TRUE AND won_status = 'pending'"
        " AND (dealer_pooled IS NULL OR dealer_pooled IS FALSE)"
    )
    _dealer_untaken_idx = models.Index(
        "(dealer_unit_id, dealer_received_at) WHERE user_id IS NULL"
        " AND active IS TRUE AND won_status = 'pending'"
        " AND (dealer_pooled IS NULL OR dealer_pooled IS FALSE)"
    )

    @api.depends("dealer_received_at", "dealer_unit_id")
    def _compute_dealer_invite_since(self):
        for lead in self:
            lead.dealer_invite_since = lead.dealer_unit_id and lead.dealer_received_at

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # Named, so that no default of the context takes their place.
            unset = dict.fromkeys(SYSTEM - {"dealer_invite_since"}, False)
            vals_list = [
                {name: value for name, value in vals.items() if name not in SYSTEM} | unset
                for vals in vals_list
            ]
        leads = super().create(vals_list)
        leads._dealer_flow_in()
        return leads

    def write(self, vals):
        if not self.env.su and SYSTEM & vals.keys() and self.filtered("dealer_unit_id"):
            raise UserError(self.env._("Who is in the pool follows from the rules of the pool."))
        # Asked before the write, while the row is at hand: Odoo's own leads cost no query more.
        pooled = self.browse()
        if vals.get("user_id"):
            pooled = self.filtered(lambda lead: lead.dealer_unit_id and lead.dealer_pooled)
        result = super().write(vals)
        if pooled:
            self.env["dealer.dcc.entry"]._leave(pooled, ("source", "overflow", "returned"))
        return result

    def _dealer_documents(self):
        return super()._dealer_documents() | {
            "dealer.dcc.call": ["relation_id"],
            "dealer.dcc.invitation": ["relation_id"],
        }

    def _dealer_closed(self):
        """A closed lead waits in no pool, and its customer is expected no more."""
        result = super()._dealer_closed()
        pooled = self.filtered("dealer_pooled")
        if pooled:
            self.env["dealer.dcc.entry"]._leave(pooled)
        return result

    def _clock_hand_on(self, clocks):
        """What waits in the pool stays there; that nobody answers it is the manager's matter."""
        pooled = self.filtered("dealer_pooled")
        if not pooled:
            return super()._clock_hand_on(clocks)
        others = self - pooled
        return others and super(CrmLead, others)._clock_hand_on(
            clocks.filtered(lambda clock: clock.res_id in others._ids)
        )

    def _dealer_pool_domain(self):
        """Return the domain of the open leads of stores with customer that are not in the pool."""
        return (
            Domain("dealer_unit_id", "!=", False)
            & Domain("dealer_relation_id", "!=", False)
            & Domain("won_status", "=", "pending")
            & Domain("dealer_pooled", "=", False)
        )

    def _dealer_flow_in(self):
        """Put fresh leads of the pool's sources that nobody serves into the pool at once."""
        fresh = self.filtered(
            lambda lead: (
                lead.dealer_unit_id
                and not lead.user_id
                and lead.source_id
                and lead.dealer_relation_id
                and lead.won_status == "pending"
            )
        )
        if not fresh:
            return
        # Which rules the stores have is no business of who makes a lead.
        rules = self.env["dealer.dcc.rule"].sudo()._of_kind("source")
        found = {}
        for lead in fresh:
            rule = rules._for_source(lead.dealer_unit_id, lead.source_id)
            if rule:
                found.setdefault((rule, lead.dealer_unit_id), []).append(lead.id)
        for (rule, unit), ids in found.items():
            if unit._distribution_staff("dcc_agent_id"):
                self.env["dealer.dcc.entry"]._enter(self.browse(ids), "source", rule)

    def _dealer_pool_sorted_out(self):
        """Return those of these due leads that somebody shall call; the others are not asked again.

        Called by the drain of the pool, as superuser.
        """
        settled = self.filtered(lambda lead: lead.dealer_grade_kind in SETTLED)
        settled.dealer_invite_since = False
        self.dealer_invite_since = False
        return self - settled

    def action_dealer_dcc_call(self):
        """Open the guided call with the customer: the one that is open, else a new one."""
        self.ensure_one()
        self.check_access("write")
        if not self.env.su and not self.env.user._dealer_has_any(AGENTS):
            raise AccessError(self.env._("Guided calls are made by DCC agents."))
        if self.won_status != "pending":
            raise UserError(
                self.env._("“%s” is closed. Ask your lead to take it up again.", self.display_name)
            )
        call = self.env["dealer.dcc.call"]._begin(self)
        return call._open_action()

    def _dealer_dcc_task(self, kind, date, note):
        """Give the agent a task on these leads, one of its kind a lead.

        :param str kind: xml id of a mail.activity.type
        """
        agent = self.env.user
        # Tasks are kept by the system; the right on the lead was checked by the caller.
        for lead in self.sudo():
            user = lead.dealer_relation_id.dcc_agent_id.filtered("active") or agent
            lead.activity_unlink([kind])
            lead.with_context(mail_activity_quick_update=True).activity_schedule(
                kind, date_deadline=date, note=note, user_id=user.id
            )

    @api.model
    def _dealer_lot(self, *key):
        """Return a number from 0 to 1 that is drawn once for ``key``; nobody can tell beforehand."""
        parameters = self.env["ir.config_parameter"].sudo()  # the secret is nobody's business
        secret = parameters.get_param("database.secret") or ""
        words = ":".join(map(str, (secret, *key)))
        return hashlib.sha256(words.encode()).digest()[0] / 256
