from odoo import fields

from .common_dcc import DccCase


class InsightCase(DccCase):
    """Topics of each kind, and the lead of the sales consultant's customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.insights = cls.env["dealer.insight"]
        topics = cls.env["dealer.insight.topic"]
        cls.space = cls.env.ref("dealer_leads.insight_topic_need_space")
        cls.loan = cls.env.ref("dealer_leads.insight_topic_price_loan")
        cls.family = cls.env.ref("dealer_leads.insight_topic_objection_family")
        cls.rival = topics.create({"name": "Rival X", "kind": "competitor", "brand": "对手"})

    @classmethod
    def observe(cls, lead, topic, strength, user=None, **values):
        """Write an observation as the system does, e.g. of another day."""
        return cls.insights.create(
            {
                "lead_id": lead.id,
                "unit_id": lead.dealer_unit_id.id,
                "topic_id": topic.id,
                "strength": strength,
                "user_id": (user or cls.sales_consultant).id,
                "res_model": lead._name,
                "res_id": lead.id,
                **values,
            }
        )

    def pick(self, document, user=None, **picks):
        """Tap as ``user``: names of topics of this class with their strength."""
        mine = document.with_user(user or self.sales_consultant)
        mine.insight_picks = {
            str(getattr(self, name).id): strength for name, strength in picks.items()
        }
        self.env.flush_all()
        self.env.invalidate_all()
        lead = mine._insight_lead()
        return self.insights.search([("lead_id", "=", lead.id)])

    @property
    def now(self):
        return fields.Datetime.now()
