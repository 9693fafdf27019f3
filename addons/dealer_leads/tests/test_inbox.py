from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.dealer_leads.models.dealer_lead_inbox import MAX_ATTEMPTS

from .common import FILE_INVALID, FILE_NUMBERS, FILE_ROWS, LeadsCase, read_file

INBOX = "odoo.addons.dealer_leads.models.dealer_lead_inbox"


class TestInbox(LeadsCase):
    def delivered(self):
        return self.env["res.partner"].search([("phone_normalized", "like", "+861990078")])

    def test_lead_becomes_customer_relation_lead_and_contact(self):
        row = self.take_in(self.prepare_lead(1, phone="+86 199 0078 0001（微信同号）"))
        self.assertEqual(row.state, "done")
        lead = row.lead_id
        self.assertEqual(lead.partner_id.phone, "19900780001")
        self.assertEqual(lead.partner_id.name, "客户1")
        self.assertFalse(lead.partner_id.company_id)
        self.assertEqual(lead.dealer_unit_id, self.store_a)
        self.assertEqual(lead.company_id, self.store_a.company_id)
        self.assertEqual(lead.dealer_relation_id.unit_id, self.store_a)
        self.assertEqual(lead.user_id, lead.dealer_relation_id.consultant_id)
        self.assertIn(lead.user_id, self.store_a._consultants())
        self.assertEqual(lead.name, "大众 速腾")
        self.assertEqual(lead.source_id.dealer_code, "testmedia")
        contact = self.env["dealer.interaction"].search([("partner_id", "=", lead.partner_id.id)])
        self.assertEqual(contact.evidence, "system")
        self.assertEqual((contact.res_model, contact.res_id), ("crm.lead", lead.id))
        self.assertEqual(contact.start, datetime(2026, 1, 7, 14, 35))
        self.assertIn("最低多少钱", contact.summary)

    def test_file_gives_one_customer_per_valid_number(self):
        leads = read_file()["leads"]
        before = self.env["res.partner"].search_count([("is_dealer_customer", "=", True)])
        known = self.env["res.partner"].search_count(
            [("phone_normalized", "=like", "+861390_10____")]
        )
        self.assertFalse(known, "the numbers of the file must be new for this test")
        rows = self.take_in(*leads, source="testfile")
        self.assertEqual(len(rows), FILE_ROWS)
        states = rows.grouped("state")
        self.assertEqual(len(states["attention"]), FILE_INVALID)
        self.assertEqual(set(states), {"done", "duplicate", "attention"})
        customers = (rows - states["attention"]).lead_id.partner_id
        self.assertEqual(len(customers), FILE_NUMBERS)
        after = self.env["res.partner"].search_count([("is_dealer_customer", "=", True)])
        self.assertEqual(after - before, FILE_NUMBERS)
        self.assertEqual(
            len(customers.mapped("phone_normalized")),
            len(set(customers.mapped("phone_normalized"))),
        )
        # Every customer has one lead in each store it asked, and every enquiry stands on the timeline.
        good = states["done"] | states["duplicate"]
        self.assertEqual(
            len(good.lead_id), len({(row.lead_id.partner_id, row.unit_id) for row in good})
        )
        contacts = self.env["dealer.interaction"].search_count(
            [("external_id", "=like", "testfile:%")]
        )
        self.assertEqual(contacts, FILE_ROWS - FILE_INVALID)
        self.assertTrue(all(states["attention"].mapped("error")))

    def test_file_twice_changes_nothing(self):
        leads = read_file()["leads"]
        rows = self.take_in(*leads, source="testfile")
        counts = [
            self.env[model].search_count([])
            for model in ("res.partner", "crm.lead", "dealer.relation", "dealer.interaction")
        ]
        self.assertEqual(self.take_in(*leads, source="testfile"), rows)
        self.assertEqual(
            counts,
            [
                self.env[model].search_count([])
                for model in ("res.partner", "crm.lead", "dealer.relation", "dealer.interaction")
            ],
        )

    def test_any_order_and_portions_give_the_same_customers(self):
        leads = read_file()["leads"]
        for start in range(0, len(leads), 37):
            self.take_in(*reversed(leads[start : start + 37]), source="testfile")
        rows = self.inbox.search([("source", "=", "testfile"), ("state", "!=", "attention")])
        self.assertEqual(len(rows.lead_id.partner_id), FILE_NUMBERS)

    def test_second_enquiry_joins_the_open_lead(self):
        first = self.take_in(self.prepare_lead(1))
        second = self.take_in(self.prepare_lead(2, phone="19900780001", message="有现车吗"))
        self.assertEqual(second.state, "duplicate")
        self.assertEqual(second.lead_id, first.lead_id)
        self.assertEqual(len(self.delivered()), 1)

    def test_enquiry_after_the_open_lead_is_closed_is_a_new_lead(self):
        first = self.take_in(self.prepare_lead(1))
        first.lead_id.action_set_lost()
        second = self.take_in(self.prepare_lead(2, phone="19900780001"))
        self.assertEqual(second.state, "done")
        self.assertNotEqual(second.lead_id, first.lead_id)
        self.assertEqual(second.lead_id.partner_id, first.lead_id.partner_id)
        self.assertEqual(second.lead_id.user_id, first.lead_id.user_id)

    def test_enquiry_in_another_store_is_another_lead_of_the_same_customer(self):
        first, second = self.take_in(
            self.prepare_lead(1), self.prepare_lead(2, phone="19900780001", brand="长安")
        )
        self.assertEqual(first.lead_id.partner_id, second.lead_id.partner_id)
        self.assertEqual(second.lead_id.dealer_unit_id, self.store_b)
        self.assertEqual(second.lead_id.user_id, self.consultant_b)
        self.assertEqual(len(first.lead_id.partner_id.dealer_relation_ids), 2)

    def test_bound_consultant_first(self):
        customer = self.make_customer("Bound", consultant_id=self.stranger.id)
        row = self.take_in(self.prepare_lead(1, phone=customer.partner.phone))
        self.assertEqual(row.lead_id.partner_id, customer.partner)
        self.assertEqual(row.lead_id.user_id, self.stranger)

    def test_customer_of_the_pool_gets_the_next_consultant_and_a_log(self):
        customer = self.make_customer("Pool")
        row = self.take_in(self.prepare_lead(1, phone=customer.partner.phone))
        self.assertTrue(row.lead_id.user_id)
        self.assertEqual(customer.relation.consultant_id, row.lead_id.user_id)
        self.assertEqual(customer.relation.log_ids[0].new_user_id, row.lead_id.user_id)

    def test_archived_consultant_is_replaced(self):
        customer = self.make_customer("Gone", consultant_id=self.stranger.id)
        self.stranger.active = False
        row = self.take_in(self.prepare_lead(1, phone=customer.partner.phone))
        self.assertIn(row.lead_id.user_id, self.store_a._consultants())

    def test_round_robin_over_batches(self):
        consultants = self.store_a._consultants()
        number = len(consultants)
        users = [
            self.take_in(self.prepare_lead(index)).lead_id.user_id for index in range(2 * number)
        ]
        self.assertEqual(users[:number], users[number:])
        self.assertEqual(set(users), set(consultants))
        rows = self.take_in(*(self.prepare_lead(100 + index) for index in range(2 * number)))
        self.assertEqual(
            {user: len(leads) for user, leads in rows.lead_id.grouped("user_id").items()},
            dict.fromkeys(consultants, 2),
        )

    def test_store_without_consultants_keeps_the_lead_for_its_manager(self):
        row = self.take_in(self.prepare_lead(1, store=self.store_c.code))
        self.assertEqual(row.state, "done")
        self.assertEqual(row.lead_id.dealer_unit_id, self.store_c)
        self.assertFalse(row.lead_id.user_id)

    def test_store_by_code_then_by_rule(self):
        by_code, by_rule, unknown_code, no_rule = self.take_in(
            self.prepare_lead(1, store=self.store_b.code),
            self.prepare_lead(2),
            self.prepare_lead(3, store="NOWHERE"),
            self.prepare_lead(4, brand="红旗"),
        )
        self.assertEqual(by_code.unit_id, self.store_b)
        self.assertEqual(by_rule.unit_id, self.store_a)
        self.assertEqual((unknown_code.state, no_rule.state), ("attention", "attention"))
        self.assertIn("NOWHERE", unknown_code.error)
        self.assertIn("红旗", no_rule.error)

    def test_rule_of_a_city_goes_before_the_rule_of_the_brand(self):
        self.env["dealer.lead.rule"].create(
            {"brand": "大众", "city": "北京市", "unit_id": self.store_b.id, "sequence": 1}
        )
        beijing, other, none = self.take_in(
            self.prepare_lead(1, city="北京"),
            self.prepare_lead(2, city="宁波"),
            self.prepare_lead(3, city=""),
        )
        self.assertEqual(beijing.unit_id, self.store_b)
        self.assertEqual(other.unit_id | none.unit_id, self.store_a)

    def test_no_name_becomes_a_name(self):
        row = self.take_in(self.prepare_lead(1, name="   "))
        self.assertIn("0001", row.lead_id.partner_id.name)

    def test_landline_needs_number_and_name(self):
        one, same, other = self.take_in(
            self.prepare_lead(1, phone="0574-87654321", name="王明"),
            self.prepare_lead(2, phone="057487654321", name="王明"),
            self.prepare_lead(3, phone="0574-87654321", name="李娜"),
        )
        self.assertEqual(one.lead_id.partner_id, same.lead_id.partner_id)
        self.assertNotEqual(one.lead_id.partner_id, other.lead_id.partner_id)

    def test_attention_is_corrected_and_runs_again(self):
        row = self.take_in(self.prepare_lead(1, phone="1990078"))
        self.assertEqual(row.state, "attention")
        self.assertFalse(row.lead_id)
        mine = row.with_user(self.sales_manager)
        mine.phone = "19900780001"
        mine.action_retry()
        self.assertEqual(row.state, "done")
        self.assertEqual(row.lead_id.partner_id.phone, "19900780001")
        self.assertEqual(row.payload["phone"], "1990078", "what was received stays")

    def test_retry_all_runs_what_the_user_may_see(self):
        here = self.take_in(self.prepare_lead(1, phone="1"), self.prepare_lead(2, phone="2"))
        there = self.take_in(self.prepare_lead(3, phone="3", brand="长安"))
        (here | there).write({"phone": False})
        for row, number in zip(here | there, range(3), strict=True):
            row.phone = f"1990078000{number}"
        self.inbox.with_user(self.sales_manager).action_retry_all()
        self.assertEqual(set(here.mapped("state")), {"done"})
        self.assertEqual(there.state, "attention")

    def test_retry_of_done_rows_is_refused(self):
        row = self.take_in(self.prepare_lead(1))
        with self.assertRaises(UserError):
            row.with_user(self.general_manager).action_retry()

    def test_only_corrections_by_hand(self):
        row = self.take_in(self.prepare_lead(1, phone="1"))
        mine = row.with_user(self.sales_manager)
        for values in ({"state": "done"}, {"payload": {}}, {"external_id": "x"}, {"lead_id": 1}):
            with self.assertRaises(UserError):
                mine.write(values)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self.inbox.with_user(self.general_manager).create({"source": "x", "external_id": "y"})

    def test_lead_of_the_wrong_store_is_given_to_the_right_one(self):
        row = self.take_in(self.prepare_lead(1, phone="1"))
        row.with_user(self.sales_manager).unit_id = self.store_b
        row.phone = "19900780001"
        row.action_retry()
        self.assertEqual(row.lead_id.user_id, self.consultant_b)
        self.assertNotIn(row, self.inbox.with_user(self.sales_manager).search([]))

    def test_one_bad_row_stops_nobody(self):
        rows = self.receive(*(self.prepare_lead(number) for number in range(5)))
        process = type(self.inbox)._prepare_lead_vals

        def fail_for_one(row, *args):
            if row.external_id == "T-00003":
                raise ZeroDivisionError("planted")
            return process(row, *args)

        with patch.object(type(self.inbox), "_prepare_lead_vals", fail_for_one):
            self.inbox._drain()
        self.assertEqual(rows.mapped("state"), ["done", "done", "done", "failed", "done"])
        self.assertIn("planted", rows[3].error)
        rows[3].action_retry()
        self.assertEqual(rows[3].state, "done")
        self.assertEqual(len(self.delivered()), 5)

    def test_collision_with_other_work_is_tried_again_and_given_up_in_the_end(self):
        # The same number is made by somebody else, where this transaction cannot see it.
        row = self.receive(self.prepare_lead(1))
        self.take_in(self.prepare_lead(2, phone="19900780001"))
        blind = patch.object(
            type(self.env["res.partner"]), "_dealer_find_by_phone", lambda *args: {}
        )
        row.write({"state": "new", "lead_id": False, "attempts": 0})
        self.env["dealer.interaction"].search([("external_id", "=", "testmedia:T-00001")]).unlink()
        with blind, mute_logger("odoo.sql_db"):
            for attempt in range(1, MAX_ATTEMPTS):
                self.inbox._drain()
                self.assertEqual((row.state, row.attempts), ("new", attempt))
            self.inbox._drain()
        self.assertEqual(row.state, "failed")
        row.action_retry()
        self.assertEqual(row.state, "duplicate")

    def test_receiving_wakes_the_queue_once(self):
        jobs = self.env["queue.job"].search([("model_name", "=", "dealer.lead.inbox")])
        self.receive(self.prepare_lead(1))
        self.receive(self.prepare_lead(2))
        fresh = self.env["queue.job"].search([("model_name", "=", "dealer.lead.inbox")]) - jobs
        self.assertEqual(len(fresh), 0 if jobs.filtered(lambda job: job.state == "pending") else 1)

    def test_cron_drains_what_no_job_took(self):
        rows = self.receive(self.prepare_lead(1), self.prepare_lead(2))
        with self.enter_registry_test_mode():
            self.env.ref("dealer_leads.ir_cron_drain_inbox").method_direct_trigger()
        self.assertEqual(rows.mapped("state"), ["done", "done"])

    def test_drain_in_portions_says_what_is_left(self):
        self.inbox._drain(10000)
        self.receive(*(self.prepare_lead(number) for number in range(5)))
        self.assertEqual(self.inbox._drain(3), (3, True))
        self.assertEqual(self.inbox._drain(3), (2, False))
        self.assertEqual(self.inbox._drain(3), (0, False))

    def test_future_and_missing_times(self):
        future, missing = self.take_in(
            self.prepare_lead(1, occurred_at="2099-01-01T00:00:00+08:00"),
            self.prepare_lead(2, occurred_at=None),
        )
        self.assertEqual((future.state, missing.state), ("done", "done"))

    def test_queries_grow_with_what_is_new_only_slightly(self):
        self.take_in(*(self.prepare_lead(number) for number in range(3)))
        counts = []
        for start, size in ((100, 10), (200, 110)):
            self.receive(*(self.prepare_lead(start + number) for number in range(size)))
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.inbox._drain()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        per_lead = (counts[1] - counts[0]) / 100
        self.assertLess(per_lead, 8, f"queries a lead, all in all {counts}")

    def test_check_lead(self):
        good = self.prepare_lead(1)
        self.assertEqual(self.inbox._check_lead(good), [])
        for bad in (
            None,
            "x",
            [],
            {},
            {**good, "external_id": ""},
            {**good, "external_id": 7},
            {**good, "external_id": "x" * 129},
            {**good, "phone": 13900000000},
            {**good, "name": ["x"]},
            {**good, "occurred_at": "yesterday"},
            {**good, "occurred_at": 17},
            {**good, "occurred_at": "0001-01-01T00:00:00+14:00"},
        ):
            self.assertTrue(self.inbox._check_lead(bad), bad)
