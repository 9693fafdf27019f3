from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form

from odoo.addons.dealer_base.tests.common_merge import LOOKED_AT, MergeCase

from .common import LeadsCase

#: Tables of leads that a merge may touch.
TABLES = (
    *LOOKED_AT,
    "crm.lead",
    "dealer.clock",
    "dealer.visit",
    "dealer.order",
    "dealer.lead.inbox",
    "dealer.defeat",
)


class TestMergeLeads(MergeCase, LeadsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = cls.take_in(
            cls.prepare_lead(1, phone=cls.old.partner.phone),
            cls.prepare_lead(2, phone=cls.new.partner.phone, series="迈腾"),
        ).lead_id

    def test_customer_with_all_documents(self):
        visit = self.env["dealer.visit"].create(
            {
                "relation_id": self.new.relation.id,
                "unit_id": self.store_a.id,
                "visitor_name": "New",
                "arrived_at": fields.Datetime.now() - timedelta(hours=3),
            }
        )
        order = self.env["dealer.order"].create(
            {
                "partner_id": self.new.partner.id,
                "lead_id": self.second.id,
                "unit_id": self.store_a.id,
                "brand": "大众",
                "series": "迈腾",
            }
        )
        phone = self.second.phone
        before = self.picture(TABLES)
        merge = self.merge(self.old, self.new)
        self.assertEqual(self.second.partner_id, self.old.partner)
        self.assertEqual(self.second.dealer_relation_id, self.old.relation)
        self.assertEqual(self.second.phone, phone, "the document keeps what it says")
        self.assertEqual(order.partner_id, self.old.partner)
        self.assertEqual(order.relation_id, self.old.relation)
        self.assertEqual(visit.partner_id, self.old.partner)
        self.assertEqual(visit.relation_id, self.old.relation)
        clock = self.second._clock_open("first_response")
        self.assertEqual(clock.partner_id, self.old.partner)
        merge.action_undo()
        self.assert_same(before, self.picture(TABLES))

    def test_new_enquiry_of_the_other_number(self):
        """Who asks from the number of a merged file gets no third file and no third lead."""
        self.merge(self.old, self.new)
        row = self.take_in(self.prepare_lead(3, phone=self.new.partner.phone))
        self.assertEqual(row.lead_id.partner_id, self.old.partner)
        self.assertEqual(row.state, "duplicate")

    def test_house_leads_to_the_file_that_stays(self):
        rows = self.take_in(
            self.prepare_lead(4, phone="0574-87654321", name="张三"),
            self.prepare_lead(5, phone="0574-87654321", name="张叁"),
        )
        first, second = rows.lead_id.partner_id
        self.assertNotEqual(first, second)
        first._dealer_merge(second)
        again = self.take_in(self.prepare_lead(6, phone="0574 8765 4321", name="张叁"))
        self.assertEqual(again.lead_id.partner_id, first)

    def test_shared_number_is_several_people(self):
        """A number marked as shared matches with the name only; a new name is one person more."""
        self.old.partner.write({"phone_shared": True, "name": "王爸爸"})
        number = self.old.partner.phone
        father = self.take_in(self.prepare_lead(10, phone=number, name="王爸爸"))
        son = self.take_in(self.prepare_lead(11, phone=number, name="王小明"))
        again = self.take_in(self.prepare_lead(12, phone=f"+86{number}", name="王小明"))
        nobody = self.take_in(self.prepare_lead(13, phone=number, name=""))
        once_more = self.take_in(self.prepare_lead(14, phone=number, name=""))
        self.assertEqual(father.lead_id.partner_id, self.old.partner)
        self.assertEqual(son.lead_id.partner_id, again.lead_id.partner_id)
        self.assertNotEqual(son.lead_id.partner_id, self.old.partner)
        self.assertTrue(son.lead_id.partner_id.phone_shared)
        self.assertEqual(nobody.lead_id.partner_id, once_more.lead_id.partner_id)

    def test_undo_is_forbidden_by_an_order_on_a_lead(self):
        merge = self.merge(self.old, self.new)
        order = self.env["dealer.order"].create(
            {
                "partner_id": self.old.partner.id,
                "lead_id": self.second.id,
                "unit_id": self.store_a.id,
                "brand": "大众",
                "series": "迈腾",
            }
        )
        self.env.cr.execute(
            "UPDATE dealer_order SET create_date = create_date + interval '1 minute' WHERE id = %s",
            [order.id],
        )
        with self.assertRaises(UserError) as caught:
            merge.action_undo()
        self.assertIn("is new and belongs to what would go back", str(caught.exception))

    def test_guests_in_the_showroom(self):
        for relation in self.old.relation | self.new.relation:
            self.env["dealer.visit"].create(
                {"relation_id": relation.id, "unit_id": self.store_a.id, "visitor_name": "Guest"}
            )
        with self.assertRaises(UserError) as caught:
            self.merge(self.old, self.new)
        self.assertIn("in the showroom right now", str(caught.exception))

    def test_first_visit_is_worked_out_anew(self):
        visits = self.env["dealer.visit"].create(
            [
                {
                    "relation_id": relation.id,
                    "unit_id": self.store_a.id,
                    "visitor_name": "Guest",
                    "arrived_at": fields.Datetime.now() - timedelta(days=days),
                    "left_at": fields.Datetime.now() - timedelta(days=days, hours=-1),
                    "purpose": "look",
                    "state": "left",
                    "result": "continue",
                }
                for relation, days in ((self.old.relation, 2), (self.new.relation, 5))
            ]
        )
        before = visits.mapped("occasion")
        self.assertEqual(before[0], before[1])
        merge = self.merge(self.old, self.new)
        self.assertNotEqual(*visits.mapped("occasion"))
        merge.action_undo()
        self.assertEqual(visits.mapped("occasion"), before)

    # ------------------------------------------------------------ leads

    def two_leads(self):
        """Return two open leads of one customer in one store."""
        self.merge(self.old, self.new, user=self.env.user)
        return self.first, self.second

    def test_leads(self):
        first, second = self.two_leads()
        activity = second.activity_schedule("mail.mail_activity_data_todo", summary="call")
        earliest = first.dealer_received_at - timedelta(hours=2)
        second.dealer_received_at = earliest
        contact = self.env["dealer.interaction"].create(
            {
                "partner_id": self.old.partner.id,
                "unit_id": self.store_a.id,
                "res_model": "crm.lead",
                "res_id": second.id,
                "kind": "other",
            }
        )
        before = self.picture(TABLES)
        merge = self.merge(first, second)
        self.assertFalse(second.active)
        self.assertEqual(second.won_status, "pending", "it is not lost")
        self.assertEqual(activity.res_id, first.id)
        self.assertEqual(contact.res_id, first.id)
        self.assertEqual(len(first.dealer_inbox_ids), 2)
        self.assertEqual(first.dealer_received_at, earliest)
        merge.action_undo()
        self.assert_same(before, self.picture(TABLES))

    def test_one_clock_of_a_kind(self):
        """The term that ends first goes on, whoever had it; the other is void."""
        first, second = self.two_leads()
        late, early = first._clock_open("first_response"), second._clock_open("first_response")
        early.due_at = late.due_at - timedelta(minutes=10)
        early._sync_documents()
        before = self.picture(TABLES)
        merge = self.merge(first, second)
        self.assertEqual(first._clock_open("first_response"), early)
        self.assertEqual(first.clock_due_at, early.due_at)
        self.assertEqual((late.state, late.next_step_at), ("void", False))
        merge.action_undo()
        self.assert_same(before, self.picture(TABLES))

    def test_paused_clock(self):
        first, second = self.two_leads()
        second._clock_open().policy_id.can_pause = True
        second._clock_pause("first_response", "asked for time")
        before = self.picture(TABLES)
        merge = self.merge(first, second)
        self.assertEqual(len(first._clock_open("first_response")), 1)
        merge.action_undo()
        self.assert_same(before, self.picture(TABLES))

    def test_leads_of_two_customers_or_stores(self):
        with self.assertRaises(UserError) as caught:
            self.merge(self.first, self.second)
        self.assertIn("Merge the customers first", str(caught.exception))
        other = self.take_in(self.prepare_lead(7, phone=self.old.partner.phone, brand="长安"))
        with self.assertRaises(UserError) as caught:
            self.merge(self.first, other.lead_id, user=self.env.user)
        self.assertIn("different stores", str(caught.exception))

    def test_closed_leads_stay(self):
        first, second = self.two_leads()
        second.sudo().action_set_won()
        with self.assertRaises(UserError) as caught:
            self.merge(first, second, user=self.env.user)
        self.assertIn("Only open leads", str(caught.exception))

    def test_wizard(self):
        first, second = self.two_leads()
        wizard = self.env["dealer.merge.wizard"].with_user(self.sales_manager)
        ids = [second.id, first.id]
        form = Form(wizard.with_context(active_model="crm.lead", active_ids=ids))
        self.assertEqual(form.lead_id, first)
        self.assertTrue(form.is_possible)
        self.assertEqual(form.save().action_merge()["res_id"], first.id)
        self.assertFalse(second.active)
