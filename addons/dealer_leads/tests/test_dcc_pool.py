from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common_dcc import DccCase
from .common_order import QUIET


class TestDccInflow(DccCase):
    def entries(self, lead):
        return self.pool.search([("lead_id", "=", lead.id)])

    def test_leads_of_a_source_that_nobody_serves_flow_in_at_once(self):
        customer = self.make_customer("Ring", car=False)
        hotline = self.env.ref("dealer_leads.utm_source_hotline")
        lead = self.make_lead(customer, user_id=False, source_id=hotline.id)
        entry = self.entries(lead)
        self.assertEqual(
            (entry.kind, entry.seat, entry.rule_id), ("source", "inbound", self.rules["hotline"])
        )
        self.assertTrue(lead.dealer_pooled)
        served = self.make_lead(self.buyer, source_id=hotline.id)
        self.assertFalse(self.entries(served))

    def test_sources_before_the_showroom_are_not_given_to_consultants(self):
        source = self.env["utm.source"].create({"name": "Show", "dealer_code": "dccshow"})
        row = self.take_in(self.prepare_lead(1), source="dccshow")
        self.assertTrue(row.lead_id.user_id)
        self.rules["displays"].write({"source_ids": [(4, source.id)], "first": True})
        row = self.take_in(self.prepare_lead(2), source="dccshow")
        self.assertFalse(row.lead_id.user_id)
        self.assertFalse(row.lead_id.dealer_waiting, "it waits in one queue, not in two")
        self.assertEqual(self.entries(row.lead_id).kind, "source")
        # Whom somebody serves keeps his consultant.
        again = self.take_in(self.prepare_lead(3, phone=self.buyer.partner.phone), source="dccshow")
        self.assertEqual(again.lead_id.user_id, self.sales_consultant)

    def test_what_nobody_took_flows_in_after_the_minutes(self):
        customer = self.make_customer("Slow", car=False)
        lead = self.make_lead(customer, user_id=False, dealer_received_at=self.ago(minutes=29))
        self.pool._drain()
        self.assertFalse(self.entries(lead))
        with self.later(minutes=2):
            self.pool._drain()
            self.assertEqual(self.entries(lead).kind, "overflow")
            self.pool._drain()
        self.assertEqual(len(self.entries(lead)), 1)

    def test_whom_nobody_invited_flows_in_beside_the_consultant(self):
        lead = self.make_lead(self.buyer, dealer_received_at=self.ago(days=29))
        ordered = self.make_lead(self.mate, dealer_received_at=self.ago(days=31))
        ordered._dealer_set_grade("O", "ordered")
        self.pool._drain()
        self.assertFalse(self.entries(lead))
        with self.later(days=2):
            self.pool._drain()
            entry = self.entries(lead)
            self.assertEqual(entry.kind, "uninvited")
            self.assertFalse(self.entries(ordered), "who ordered is not invited")
        call = self.take(entry)
        relation = self.buyer.relation
        self.assertEqual(relation.dcc_agent_id, self.dcc_agent)
        self.assertEqual(relation.consultant_id, self.sales_consultant)
        self.assertEqual(call.lead_id, lead)

    def test_cost_of_the_drain_is_what_is_due(self):
        def queries(number):
            customers = [self.make_customer(f"Q{number}{i}", car=False) for i in range(number)]
            for customer in customers:
                self.make_lead(customer, user_id=False, dealer_received_at=self.ago(minutes=40))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            done, left = self.pool._drain()
            self.env.flush_all()
            self.assertEqual((done, left), (number, False))
            return self.env.cr.sql_log_count - before

        self.pool._drain()
        queries(1)
        few, many = queries(2), queries(20)
        self.assertLessEqual(many - few, 18, "less than a query more a lead")
        before = self.env.cr.sql_log_count
        self.assertEqual(self.pool._drain(), (0, False))
        self.assertLessEqual(self.env.cr.sql_log_count - before, 30)

    def test_stores_without_agents_have_no_pool(self):
        customer = self.make_customer("B", self.store_b, car=False)
        lead = self.make_lead(customer, user_id=False, dealer_received_at=self.ago(hours=3))
        self.pool._drain()
        self.assertFalse(self.entries(lead))

    def test_whoever_gets_the_lead_takes_it_out(self):
        entry = self.pooled("Out")
        entry.relation_id.with_user(self.sales_manager)._assign(
            {"consultant_id": self.teammate.id}, "wanted"
        )
        self.assertEqual(entry.state, "gone")
        self.assertFalse(entry.lead_id.dealer_pooled)
        with self.assertRaisesRegex(UserError, "no longer in the pool"):
            self.take(entry)

    def test_who_waits_in_the_pool_is_not_given_to_the_showroom_by_the_clock(self):
        entry = self.pooled("Overdue")
        other = self.make_lead(self.buyer)
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            self.env["dealer.clock"]._drain(10000)
        self.assertEqual(entry.lead_id._clock_open("first_response").state, "missed")
        self.assertEqual((entry.state, entry.lead_id.user_id.id), ("waiting", False))
        self.assertNotEqual(other.user_id, self.sales_consultant, "others are handed on")

    def test_closed_leads_leave(self):
        entry = self.pooled("Closed")
        entry.lead_id._dealer_close_as_defeated()
        self.assertEqual(entry.state, "gone")

    def test_bad_rules(self):
        rules = self.env["dealer.dcc.rule"].with_user(self.sales_director)
        with self.assertRaisesRegex(ValidationError, "Choose the sources"):
            rules.create({"name": "x", "kind": "source"})
        with self.assertRaisesRegex(ValidationError, "not to a division"):
            rules.create({"name": "x", "kind": "overflow", "unit_id": self.east.id})


class TestDccPick(DccCase):
    @mute_logger(*QUIET)
    def test_the_number_is_hidden_until_the_pick(self):
        entry = self.pooled("Hidden")
        partner = entry.relation_id.partner_id
        mine = entry.with_user(self.dcc_agent)
        row = mine.read()[0]
        self.assertNotIn(partner.phone, str(row))
        self.assertNotIn(partner.phone_normalized, str(row))
        self.assertIn("****", row["phone_masked"])
        for record in (partner, entry.lead_id):
            self.assertFalse(record.with_user(self.dcc_agent).has_access("read"))
        found = mine.search([("relation_id.partner_id.phone", "=", partner.phone)])
        self.assertFalse(found)
        call = self.take(entry)
        self.assertEqual(call.phone, partner.phone)
        self.assertTrue(partner.with_user(self.dcc_agent).has_access("read"))
        self.assertFalse(partner.with_user(self.second_agent).has_access("read"))

    def test_pick_binds_logs_and_opens_the_call(self):
        entry = self.pooled("Picked")
        call = self.take(entry)
        self.assertEqual((entry.state, entry.user_id), ("picked", self.dcc_agent))
        self.assertEqual(entry.relation_id.dcc_agent_id, self.dcc_agent)
        self.assertEqual(entry.lead_id.user_id, self.dcc_agent)
        self.assertEqual(entry.relation_id.log_ids[-1].user_id, self.dcc_agent)
        self.assertEqual(call.step_id, self.steps[0])
        self.assertEqual(call.state, "open")
        with self.assertRaisesRegex(UserError, "taken by T Dcc Agent a moment ago"):
            self.take(entry, self.second_agent)

    def test_next_goes_by_rule_and_age_and_seat(self):
        self.pool.search([("company_id", "=", self.store_a.company_id.id)]).state = "gone"
        old, hot, ring = (self.pooled(tag) for tag in ("Old", "Hot", "Inbound"))
        old.write({"priority": 20, "entered_at": self.ago(hours=5)})
        hot.priority = 5
        ring.write({"priority": 1, "seat": "inbound"})
        self.dcc_agent.dealer_dcc_seat = "outbound"
        agent_pool = self.pool.with_user(self.dcc_agent)
        self.assertEqual(self.call_of(agent_pool.action_take_next()).lead_id, hot.lead_id)
        self.assertEqual(self.call_of(agent_pool.action_take_next()).lead_id, old.lead_id)
        with self.assertRaisesRegex(UserError, "Nobody waits in the pool for you"):
            agent_pool.action_take_next()
        with self.assertRaisesRegex(UserError, "seat “Inbound”"):
            self.take(ring)
        self.assertEqual(ring.state, "waiting")
        self.assertEqual(hot.pick_seat, "outbound")
        self.take(ring, self.second_agent)
        self.assertEqual(ring.pick_seat, "inbound")

    def test_daily_cap(self):
        self.dcc_agent.dealer_dcc_cap = 2
        for tag in ("One", "Two"):
            self.take(self.pooled(tag))
        third = self.pooled("Three")
        with self.assertRaisesRegex(UserError, "taken 2 customers today"):
            self.take(third)
        with self.assertRaisesRegex(UserError, "taken 2 customers today"):
            self.pool.with_user(self.dcc_agent).action_take_next()
        self.take(third, self.second_agent)
        with self.later(days=1):
            self.take(self.pooled("Tomorrow"))

    def test_cool_off_and_previous_owner(self):
        entry = self.pooled("Cool")
        relation, lead = entry.relation_id, entry.lead_id
        self.finish(self.take(entry), "often_no_answer", summary="three times")
        self.assertFalse(relation.dcc_agent_id or lead.user_id)
        again = self.pool.search([("lead_id", "=", lead.id), ("state", "=", "waiting")])
        self.assertEqual(again.kind, "returned")
        with self.assertRaisesRegex(UserError, "left in peace until"):
            self.take(again, self.second_agent)
        with self.later(hours=25):
            with self.assertRaisesRegex(UserError, "You served"):
                self.take(again)
            with self.assertRaisesRegex(UserError, "Nobody waits"):
                self.pool.search([("id", "!=", again.id), ("state", "=", "waiting")]).state = "gone"
                self.pool.with_user(self.dcc_agent).action_take_next()
        with self.later(days=31):
            self.take(again)
        self.assertEqual(relation.dcc_agent_id, self.dcc_agent)

    @mute_logger(*QUIET)
    def test_only_agents_pick_and_nobody_writes_the_pool(self):
        entry = self.pooled("Guarded")
        for post in ("sales_director", "general_manager"):
            with self.assertRaisesRegex(AccessError, "by DCC agents"):
                entry.with_user(self.users[post]).action_take()
        for user in (self.dcc_agent, self.dcc_lead, self.sales_director):
            for action in (
                lambda mine: mine.write({"user_id": mine.env.uid, "state": "picked"}),
                lambda mine: mine.unlink(),
                lambda mine: mine.copy(),
            ):
                error = self.attempt(lambda a=action, u=user: a(entry.with_user(u)))
                self.assertIsInstance(error, AccessError)
        other = self.pooled("Other store", self.store_b)
        self.assertIsInstance(self.attempt(lambda: self.take(other)), AccessError)

    @mute_logger(*QUIET)
    def test_what_the_pool_keeps_on_leads_is_forged_by_nobody(self):
        lead = self.make_lead(self.buyer)
        for values in (
            {"dealer_pooled": True},
            {"dealer_invite_since": fields.Datetime.now()},
            {"dealer_revived_by_id": self.sales_consultant.id},
        ):
            with self.assertRaisesRegex(UserError, "rules of the pool"):
                lead.with_user(self.sales_consultant).write(values)
        made = (
            self.env["crm.lead"]
            .with_user(self.sales_consultant)
            .with_context(default_dealer_pooled=True)
            .create(
                {
                    "name": "x",
                    "type": "opportunity",
                    "partner_id": self.buyer.partner.id,
                    "company_id": self.store_a.company_id.id,
                    "user_id": self.sales_consultant.id,
                    "dealer_revived_by_id": self.sales_consultant.id,
                }
            )
        )
        self.assertFalse(made.dealer_pooled or made.dealer_revived_by_id)

    def test_odoos_own_leads_have_no_part_in_it(self):
        lead = self.env["crm.lead"].create({"name": "No store", "company_id": False})
        self.assertFalse(lead.dealer_invite_since or lead.dealer_pooled)
        lead.dealer_invite_since = self.ago(days=90)
        self.pool._drain()
        self.assertFalse(self.pool.search([("lead_id", "=", lead.id)]))
        self.assertEqual(
            lead.dealer_invite_since.date(), (fields.Datetime.now() - timedelta(days=90)).date()
        )
