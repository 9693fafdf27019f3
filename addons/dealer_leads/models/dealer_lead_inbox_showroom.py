from odoo import fields, models


class DealerLeadInbox(models.Model):
    """What who asks on the showroom pages asks about is noted on the lead (B12)."""

    _name = "dealer.lead.inbox"
    _inherit = "dealer.lead.inbox"

    # A column of its own: what a platform writes into its message is no observation of ours.
    asked_price = fields.Boolean(string="Asked for the Lowest Price", readonly=True)

    def _process_store(self, unit):
        result = super()._process_store(unit)
        self.filtered("asked_price")._note_price()
        return result

    def _note_price(self):
        topic = self.env.ref("dealer_leads.insight_topic_price_discount", False)
        insights = self.env["dealer.insight"]
        if not topic:
            return
        documents = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        known = set(insights.search(documents).mapped("res_id"))
        insights.create(
            [
                {
                    "lead_id": row.lead_id.id,
                    "unit_id": row.unit_id.id,
                    "topic_id": topic.id,
                    "strength": 3,
                    "source": "page",
                    "date": row.received_at,
                    "user_id": False,
                    "note": self.env._("Asked for the lowest price on the page"),
                    "res_model": self._name,
                    "res_id": row.id,
                }
                for row in self
                if row.lead_id.dealer_unit_id == row.unit_id and row.id not in known
            ]
        )
