from .common_order import OrderCase


class ConsultationCase(OrderCase):
    """Experts of store A: the manager and the director for prices, a service manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asks = cls.env["dealer.consultation"]
        cls.answers = cls.env["dealer.consultation.answer"]
        experts = cls.env["dealer.consultation.expert"]
        experts.search([]).unlink()
        cls.price, cls.service, cls.finance = (
            cls.env.ref(f"dealer_leads.consultation_topic_{name}")
            for name in ("price", "service", "finance")
        )
        experts.create(
            [
                {
                    "unit_id": cls.store_a.id,
                    "topic_id": topic.id,
                    "user_id": user.id,
                    "sequence": place,
                }
                for place, (topic, user) in enumerate(
                    (
                        (cls.price, cls.stranger),
                        (cls.price, cls.sales_director),
                        (cls.service, cls.service_manager),
                    )
                )
            ]
        )

    @classmethod
    def ask(cls, topic=None, user=None, lead=None, **values):
        """Ask as the consultant of the buyer."""
        return cls.asks.with_user(user or cls.sales_consultant).create(
            {
                "lead_id": (lead or cls.lead).id,
                "topic_id": (topic or cls.price).id,
                "question": "别家便宜三千，怎么回？",
                **values,
            }
        )

    @classmethod
    def answer(cls, question, user=None, **values):
        return cls.answers.with_user(user or cls.stranger).create(
            {"consultation_id": question.id, "proposal": "送两次保养", **values}
        )
