from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .common import LeadsCase
from .common_order import OrderCase

PRICE = 187654


class TestCustomerTimeline(LeadsCase):
    """What leads, grades and defeats add to the one timeline of a customer (B13)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.timeline = cls.env["dealer.timeline"]
        cls.customer = cls.make_customer("Along", consultant_id=cls.sales_consultant.id)
        cls.partner = cls.customer.partner
        cls.lead = cls.make_lead(cls.partner, cls.store_a, dealer_message="Has it a tow bar?")

    @classmethod
    def make_lead(cls, partner, store, **values):
        return cls.env["crm.lead"].create(
            {
                "name": "大众 速腾",
                "type": "opportunity",
                "partner_id": partner.id,
                "company_id": store.company_id.id,
                "user_id": False,
                "dealer_received_at": fields.Datetime.now() - timedelta(minutes=5),
                **values,
            }
        )

    def rows(self, user=None, record=None, kinds=None):
        record = record or self.partner
        model = self.timeline.with_user(user or self.sales_consultant)
        return model.timeline_page(record._name, record.id, kinds=kinds, limit=200)["rows"]

    def test_lead_and_customer_show_the_same(self):
        """Whoever looks at the lead sees the history of the customer in this store."""
        ids = [row["id"] for row in self.rows()]
        self.assertEqual([row["id"] for row in self.rows(record=self.lead)], ids)
        self.assertTrue(ids)
        action = self.lead.with_user(self.sales_consultant).action_dealer_timeline()
        found = self.timeline.with_user(self.sales_consultant).search(action["domain"])
        self.assertEqual(sorted(found.ids), sorted(ids))

    def test_lead_made_by_hand(self):
        (row,) = self.rows(kinds=["lead"])
        self.assertEqual(row["summary"], "大众 速腾 · Has it a tow bar?")
        action = self.timeline.with_user(self.sales_consultant).browse(row["id"]).action_open()
        form = self.env.ref("dealer_leads.crm_lead_view_form_dealer")
        self.assertEqual(
            (action["res_model"], action["res_id"], action["views"]),
            ("crm.lead", self.lead.id, [(form.id, "form")]),
        )

    def test_received_lead_is_there_once(self):
        """The enquiry of a platform is the contact; its lead is not told a second time."""
        self.take_in(self.prepare_lead(1, phone="19900789901"))
        lead = self.env["crm.lead"].search([("phone", "like", "19900789901")], limit=1)
        partner = self.env["res.partner"].search([("phone_normalized", "=", "+8619900789901")])
        self.assertEqual(lead.partner_id, partner)
        rows = self.rows(self.sales_director, partner)
        self.assertEqual(
            [row["kind"] for row in rows if row["kind"] in ("lead", "enquiry")], ["enquiry"]
        )

    def test_visit_is_there_once(self):
        """The clerk's visit is the contact; the record of the visit does not stand beside it."""
        visit = (
            self.env["dealer.visit"]
            .with_user(self.reception)
            .create({"relation_id": self.customer.relation.id, "purpose": "look"})
        )
        self.assertEqual(len(self.rows(kinds=["visit"])), 1)
        visit._cancel("Typed by mistake")
        self.assertFalse(self.rows(kinds=["visit"]))

    def test_grades(self):
        self.lead.with_user(self.sales_consultant)._dealer_set_grade("A", "Asked for the loan")
        rows = self.rows(kinds=["grade"])
        (row,) = [row for row in rows if "Asked for the loan" in row["summary"]]
        self.assertRegex(row["summary"], r"^\S+ → A · Asked for the loan$")
        self.assertEqual(row["user"][0], self.sales_consultant.id)

    def test_defeat_asked_and_decided(self):
        """Both sides are told; the competitor's price is read in the defeat."""
        reason = self.env["dealer.defeat.reason"].search(
            [("parent_id", "!=", False), ("need_competitor", "=", True)], limit=1
        )
        defeat = (
            self.env["dealer.defeat"]
            .with_user(self.sales_consultant)
            .create(
                {
                    "lead_id": self.lead.id,
                    "reason_id": reason.id,
                    "competitor_kind": "other",
                    "competitor_brand": "丰田",
                    "competitor_price": PRICE,
                    "analysis": "Wanted a hybrid",
                }
            )
        )
        (row,) = self.rows(kinds=["defeat"])
        self.assertEqual(row["summary"], f"{reason.name} · 丰田 · Wanted a hybrid")
        self.assertEqual(row["state"], "Asked")
        defeat.with_user(self.sales_manager)._return("Invite once more")
        asked, returned = sorted(self.rows(kinds=["defeat"]), key=lambda row: row["state"])
        self.assertEqual((asked["state"], returned["state"]), ("Asked", "Sent Back"))
        self.assertEqual(returned["summary"], "Invite once more")
        self.assertEqual(returned["user"][0], self.sales_manager.id)
        self.assertNotIn(str(PRICE), str(self.rows()))
        # The service sees the car owner's contacts, but neither leads nor defeats.
        service = {row["kind"] for row in self.rows(self.service_advisor)}
        self.assertIn("call", service)
        self.assertFalse(service & {"lead", "grade", "defeat", "note"})

    def test_words_about_leads_stay_in_the_store(self):
        """A customer with a lead in each of two stores: neither reads what the other wrote."""
        shared = self.make_customer(
            "Twice", self.store_a | self.store_b, consultant_id=self.sales_consultant.id
        )
        relation_b = shared.relation[1]
        relation_b._assign({"consultant_id": self.consultant_b.id}, "test")
        leads = {
            store: self.make_lead(shared.partner, store) for store in (self.store_a, self.store_b)
        }
        leads[self.store_a].with_user(self.sales_consultant).message_post(
            body="Margin is thin in A", message_type="comment"
        )
        leads[self.store_b].with_user(self.consultant_b).message_post(
            body="Margin is thin in B", message_type="comment"
        )
        for user, own, foreign in (
            (self.sales_consultant, "A", "B"),
            (self.consultant_b, "B", "A"),
        ):
            texts = [row["summary"] for row in self.rows(user, shared.partner)]
            self.assertIn(f"Margin is thin in {own}", texts)
            self.assertNotIn(f"Margin is thin in {foreign}", texts)
        lead_b = leads[self.store_b]
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.rows(self.sales_consultant, lead_b)
        # Whose lead is not readable at all reads no words about it either.
        self.assertNotIn("Margin", str(self.rows(self.service_advisor, shared.partner)))

    def test_opening_costs_the_same(self):
        """The number of queries does not grow with leads, words and grades (budget: 30)."""
        self.rows()
        counts = []
        for number in (1, 20):
            for index in range(number):
                self.lead.message_post(body=f"word {index}", message_type="comment")
            self.env["dealer.grade.log"].create(
                [
                    {
                        "lead_id": self.lead.id,
                        "unit_id": self.store_a.id,
                        "user_id": self.env.uid,
                        "grade_id": self.lead.dealer_grade_id.id,
                        "reason": f"reason {index}",
                    }
                    for index in range(number)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.rows()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 30)


class TestOrderTimeline(OrderCase):
    """Orders in the timeline: ordered, delivered, cancelled; never what was paid."""

    def rows(self, customer, user=None):
        model = self.env["dealer.timeline"].with_user(user or self.sales_consultant)
        return model.timeline_page("res.partner", customer.partner.id, kinds=["order"])["rows"]

    def test_ordered_and_delivered(self):
        order = self.make_delivered(price=PRICE, lead_id=self.lead.id)
        rows = self.rows(self.buyer)
        self.assertEqual({row["state"] for row in rows}, {"Ordered", "Delivered"})
        for row in rows:
            self.assertEqual(row["summary"], f"{order.name} 大众 速腾 280TSI")
            self.assertEqual(row["user"][0], self.sales_consultant.id)
        self.assertNotIn(str(PRICE), str(rows))
        action = self.env["dealer.timeline"].browse(rows[0]["id"]).action_open()
        self.assertEqual((action["res_model"], action["res_id"]), ("dealer.order", order.id))
        # The car this lead ended with makes nobody an old customer.
        self.assertEqual(self.lead.dealer_purchase_kind, "first")
        self.assertFalse(self.rows(self.buyer, self.service_advisor))

    def test_draft_and_cancelled(self):
        order = self.make_order()
        self.assertFalse(self.rows(self.buyer), "a draft is nobody's news")
        order.action_order()
        order._cancel(self.reason, "Waited for too long")
        label = dict(order._fields["state"]._description_selection(self.env))["cancelled"]
        cancelled = [row for row in self.rows(self.buyer) if row["state"] == label]
        self.assertEqual(len(cancelled), 1)
        self.assertEqual(
            cancelled[0]["summary"],
            f"{order.name} 大众 速腾 280TSI · {self.reason.name} · Waited for too long",
        )

    def test_moment_of_an_order(self):
        """An order of today stands where it was made, an older one at noon of its day."""
        today = self.make_order()
        today.action_order()
        self.env.flush_all()
        (row,) = self.rows(self.buyer)
        created = fields.Datetime.to_string(today.create_date.replace(microsecond=0))
        self.assertEqual(row["moment"], created)
        today.sudo().ordered_on = "2026-01-07"
        self.env["dealer.timeline"].invalidate_model()
        (row,) = self.rows(self.buyer)
        self.assertEqual(row["moment"], "2026-01-07 04:00:00")


class TestPurchaseKind(LeadsCase):
    """Who buys again (续购, B10) is recognised when the lead is made."""

    def test_recognised_at_intake(self):
        """An owner's enquiry is a repeat purchase; somebody unknown buys for the first time."""
        owner = self.make_customer("Owner", self.store_b)
        owner.owner.date_from = "2022-03-01"
        rows = self.take_in(
            self.prepare_lead(1, phone=owner.partner.phone),
            self.prepare_lead(2),
        )
        again, first = (row.lead_id for row in rows)
        self.assertEqual(again.partner_id, owner.partner)
        self.assertEqual(again.dealer_unit_id, self.store_a)
        self.assertEqual(again.dealer_purchase_kind, "repeat")
        self.assertEqual(first.dealer_purchase_kind, "first")

    def test_which_car_is_not_told(self):
        """The other store's former car is counted, but neither car nor store can be read."""
        customer = self.make_customer("Moved", self.store_b)
        customer.owner.write({"date_from": "2019-01-01", "date_to": "2021-01-01"})
        customer.vehicle._set_owner(self.make_customer("Next", self.store_b, car=False).partner)
        (row,) = self.take_in(self.prepare_lead(1, phone=customer.partner.phone))
        lead = row.lead_id.with_user(self.sales_director)
        self.assertEqual(lead.dealer_purchase_kind, "repeat")
        self.assertEqual(lead.partner_id, customer.partner)
        self.assertFalse(lead.env["dealer.vehicle"].search([("id", "=", customer.vehicle.id)]))

    def make_lead(self, partner, **values):
        return self.env["crm.lead"].create(
            {
                "name": "大众",
                "type": "opportunity",
                "partner_id": partner.id,
                "company_id": self.store_a.company_id.id,
                "user_id": False,
                **values,
            }
        )

    def test_sold_cars_count_and_later_ones_do_not(self):
        customer = self.make_customer("Former")
        customer.owner.write({"date_from": "2019-01-01", "date_to": "2021-01-01"})
        self.assertEqual(self.make_lead(customer.partner).dealer_purchase_kind, "repeat")
        # A car that came after the lead, e.g. the one it ended with.
        customer.owner.write({"date_from": "2026-01-07", "date_to": False})
        lead = self.make_lead(
            customer.partner,
            dealer_received_at=datetime(2026, 1, 6, 20),  # the 7th in China
        )
        self.assertEqual(lead.dealer_purchase_kind, "first")
        lead = self.make_lead(customer.partner, dealer_received_at=datetime(2026, 1, 7, 20))
        self.assertEqual(lead.dealer_purchase_kind, "repeat")

    def test_car_entered_later(self):
        """An old car that is put on file later makes the open lead a repeat purchase."""
        customer = self.make_customer("Late", car=False)
        lead = self.make_lead(customer.partner, dealer_received_at=datetime(2026, 1, 7, 4))
        self.assertEqual(lead.dealer_purchase_kind, "first")
        self.add_car(customer, self.store_a)
        self.assertEqual(lead.dealer_purchase_kind, "first", "the car came after the lead")
        customer.owner.date_from = "2020-01-01"
        self.assertEqual(lead.dealer_purchase_kind, "repeat")

    def test_other_customer(self):
        """A lead that is put right to another customer is recognised anew."""
        owner, other = self.make_customer("Has"), self.make_customer("None", car=False)
        owner.owner.date_from = "2020-01-01"
        lead = self.make_lead(other.partner)
        self.assertEqual(lead.dealer_purchase_kind, "first")
        lead.partner_id = owner.partner
        self.assertEqual(lead.dealer_purchase_kind, "repeat")

    def test_outside_of_stores(self):
        """Leads of no store are none of ours."""
        lead = self.env["crm.lead"].create({"name": "Other", "company_id": False, "user_id": False})
        self.assertFalse(lead.dealer_purchase_kind)

    def test_many_at_once(self):
        """A thousand leads cost one look at the owners, not one each."""
        partners = self.env["res.partner"].create(
            [
                {"name": f"客户{index}", "phone": self.next_phone(), "is_dealer_customer": True}
                for index in range(60)
            ]
        )
        counts = []
        for batch in (partners[:10], partners[10:]):
            leads = self.env["crm.lead"].browse()
            for partner in batch:
                leads |= self.make_lead(partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env.add_to_compute(leads._fields["dealer_purchase_kind"], leads)
            self.assertEqual(set(leads.mapped("dealer_purchase_kind")), {"first"})
            counts.append(self.cr.sql_log_count - before)
            self.env.flush_all()
        self.assertEqual(counts[0], counts[1])
