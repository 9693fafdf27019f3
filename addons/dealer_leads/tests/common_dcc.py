from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from .common_order import OrderCase


class DccCase(OrderCase):
    """Two DCC agents of store A and one of store B, and leads that nobody serves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool = cls.env["dealer.dcc.entry"]
        cls.invitations = cls.env["dealer.dcc.invitation"]
        cls.second_agent = cls.make_person("t_dcc_two", "dcc_agent", cls.store_a)
        cls.team_dcc.member_ids |= cls.second_agent
        (cls.second_agent | cls.dcc_agent | cls.dcc_lead).tz = "Asia/Shanghai"
        # Demo rules of the house come and go; these are the data of the addon.
        cls.rules = {
            name: cls.env.ref(f"dealer_leads.dcc_rule_{name}")
            for name in ("hotline", "network", "displays", "overflow", "uninvited")
        }
        cls.env["dealer.dcc.rule"].search([]).filtered(
            lambda rule: rule not in cls.env["dealer.dcc.rule"].union(*cls.rules.values())
        ).active = False
        cls.results = {
            name: cls.env.ref(f"dealer_leads.dcc_result_{name}")
            for name in ("invited", "interested", "no_answer", "often_no_answer", "no_wish")
        }
        cls.steps = cls.env["dealer.dcc.step"].search([])

    def later(self, **period):
        """Let it be later for the code under test."""
        moment = fields.Datetime.now() + timedelta(**period)
        return patch.object(fields.Datetime, "now", lambda *_args: moment)

    @classmethod
    def pooled(cls, tag, store=None, **values):
        """Return the entry of a fresh lead that nobody serves."""
        customer = cls.make_customer(tag, store, car=False)
        lead = cls.make_lead(customer, user_id=False, **values)
        return cls.pool._enter(lead, "overflow", cls.rules["overflow"])

    def take(self, entry, agent=None):
        """Pick the entry as the agent and return the call."""
        action = entry.with_user(agent or self.dcc_agent).action_take()
        return self.call_of(action, agent)

    def call_of(self, action, agent=None):
        self.assertEqual(action["res_model"], "dealer.dcc.call")
        return (
            self.env["dealer.dcc.call"].with_user(agent or self.dcc_agent).browse(action["res_id"])
        )

    def finish(self, call, result, **values):
        """Write the answers and end the call."""
        call.write({"result_id": self.results[result].id, **values})
        return call.action_finish()

    def invite(self, entry, agent=None, days=1, **values):
        """Pick, call, invite for ``days`` from now; return the invitation as the agent."""
        call = self.take(entry, agent)
        self.finish(
            call, "invited", invite_at=fields.Datetime.now() + timedelta(days=days), **values
        )
        return self.invitations.with_user(agent or self.dcc_agent).search(
            [("lead_id", "=", entry.lead_id.id)]
        )

    def visit(self, customer_or_relation, **values):
        """Register guests as the clerk of store A."""
        return (
            self.env["dealer.visit"]
            .with_user(self.reception)
            .create({"relation_id": customer_or_relation.id, "party_size": 1, **values})
        )
