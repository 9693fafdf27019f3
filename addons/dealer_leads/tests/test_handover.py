from .common import LeadsCase


class TestHandover(LeadsCase):
    def test_open_leads_follow_the_customer(self):
        customer = self.make_customer("Handed", consultant_id=self.sales_consultant.id)
        row = self.take_in(self.prepare_lead(1, phone=customer.partner.phone))
        lost = self.env["crm.lead"].create(
            {
                "name": "Old",
                "partner_id": customer.partner.id,
                "company_id": self.store_a.company_id.id,
                "user_id": self.sales_consultant.id,
            }
        )
        lost.action_set_lost()
        customer.relation.with_user(self.sales_manager)._assign(
            {"consultant_id": self.teammate.id}, "holiday"
        )
        self.assertEqual(row.lead_id.user_id, self.teammate)
        self.assertEqual(lost.user_id, self.sales_consultant, "what is closed stays as it was")
        leads = self.env["crm.lead"]
        self.assertIn(row.lead_id, leads.with_user(self.teammate).search([]))
        self.assertNotIn(row.lead_id, leads.with_user(self.sales_consultant).search([]))

    def test_consultant_registers_a_lead_by_hand(self):
        customer = self.make_customer("Mine", consultant_id=self.sales_consultant.id)
        lead = (
            self.env["crm.lead"]
            .with_user(self.sales_consultant)
            .create({"name": "大众 迈腾", "partner_id": customer.partner.id, "type": "opportunity"})
        )
        self.assertEqual(lead.dealer_unit_id, self.store_a)
        self.assertEqual(lead.dealer_relation_id, customer.relation)
