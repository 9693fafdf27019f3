from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common_insight import InsightCase
from .common_order import QUIET


class TestInsight(InsightCase):
    def told(self, rows):
        return {(row.topic_id, row.strength, row.source) for row in rows}

    def test_tap_again_is_stronger_and_the_cross_takes_back(self):
        rows = self.pick(self.lead, space=3, loan=2)
        self.assertEqual(self.told(rows), {(self.space, 3, "lead"), (self.loan, 2, "lead")})
        self.assertEqual(rows.user_id, self.sales_consultant)
        self.assertEqual(rows.relation_id, self.buyer.relation)
        self.assertEqual(rows.partner_id, self.buyer.partner)
        space = rows.filtered(lambda row: row.topic_id == self.space)
        again = self.pick(self.lead, space=4)
        self.assertEqual((again, again.strength), (space, 4))

    def test_tags_do_the_same(self):
        mine = self.lead.with_user(self.sales_consultant)
        mine.insight_topic_ids = self.space | self.family
        self.env.invalidate_all()
        self.assertEqual(mine.insight_picks, {str(self.space.id): 3, str(self.family.id): 3})
        mine.insight_topic_ids = self.family
        self.env.invalidate_all()
        self.assertEqual(mine.insight_picks, {str(self.family.id): 3})

    def test_what_colleagues_noted_is_known_and_stays(self):
        yesterday = self.now - timedelta(days=1)
        old = self.observe(self.lead, self.family, 4, self.dcc_agent, date=yesterday)
        mine = self.lead.with_user(self.sales_consultant)
        self.assertFalse(mine.insight_picks)
        self.assertEqual(mine.insight_known, {str(self.family.id): 4})
        rows = self.pick(self.lead, family=0)
        self.assertEqual(old.strength, 4, "the colleague's word stands")
        self.assertEqual(rows.mapped("strength"), [0, 4])
        self.assertFalse(self.lead.dealer_objection_ids, "it is settled now")

    def test_state_and_summary(self):
        self.pick(self.lead, space=5, loan=4, family=2, rival=3)
        self.assertEqual(self.lead.dealer_competitor_ids, self.rival)
        self.assertEqual(self.lead.dealer_objection_ids, self.family)
        self.assertEqual(self.lead.dealer_price_sensitivity, 4)
        self.assertEqual(
            self.lead.dealer_insight_summary.split(" · ")[:2],
            [f"Need: {self.space.name} 5", "Competitor: Rival X 3"],
        )
        found = self.env["crm.lead"].search([("dealer_competitor_ids", "in", self.rival.ids)])
        self.assertEqual(found, self.lead)

    def test_only_the_newest_counts(self):
        self.observe(self.lead, self.loan, 5, date=self.now - timedelta(days=2))
        self.assertEqual(self.lead.dealer_price_sensitivity, 5)
        self.observe(self.lead, self.loan, 1)
        self.assertEqual(self.lead.dealer_price_sensitivity, 1)

    def test_documents(self):
        visit = self.visit(self.buyer.relation, consultant_id=self.sales_consultant.id)
        self.assertEqual(self.pick(visit, space=2).source, "visit")
        call = self.env["dealer.dcc.call"]
        self.buyer.relation._assign({"dcc_agent_id": self.dcc_agent.id}, "Test")
        call = call.with_user(self.dcc_agent)._begin(self.lead)
        call.insight_picks = {str(self.loan.id): 5}
        log = self.env["dealer.lead.log"].with_user(self.sales_consultant)
        form = Form(log.with_context(default_lead_id=self.lead.id))
        form.insight_picks = {str(self.rival.id): 4}
        form.save().action_save()
        rows = self.insights.search([("lead_id", "=", self.lead.id)])
        self.assertEqual(
            self.told(rows),
            {(self.space, 2, "visit"), (self.loan, 5, "dcc"), (self.rival, 4, "call")},
        )
        self.assertEqual(
            {row.res_model for row in rows}, {"dealer.visit", "dealer.dcc.call", "crm.lead"}
        )

    def test_guest_without_lead(self):
        visit = self.visit(self.mate.relation, consultant_id=self.teammate.id)
        mine = visit.with_user(self.teammate)
        mine.insight_picks = {}
        with self.assertRaisesRegex(UserError, "no lead yet"):
            mine.insight_picks = {str(self.space.id): 3}

    def test_picks_that_make_no_sense(self):
        mine = self.lead.with_user(self.sales_consultant)
        for picks in (
            {"x": 3},
            {str(self.space.id): 6},
            {str(self.space.id): -1},
            {str(self.space.id): True},
            {str(self.space.id): "3"},
            {"999999999": 3},
            [1, 2],
            "abc",
        ):
            with self.assertRaises(UserError, msg=picks):
                mine.insight_picks = picks
        interest = self.env.ref("dealer_leads.insight_topic_interest_page")
        with self.assertRaisesRegex(AccessError, "noted by the system"):
            mine.insight_picks = {str(interest.id): 3}

    def test_stamps_are_the_systems(self):
        row = self.insights.with_user(self.sales_consultant).create(
            {
                "lead_id": self.lead.id,
                "topic_id": self.space.id,
                "user_id": self.teammate.id,
                "date": self.now - timedelta(days=9),
                "unit_id": self.store_b.id,
            }
        )
        self.assertEqual(row.user_id, self.sales_consultant)
        self.assertEqual(row.unit_id, self.store_a)
        self.assertGreater(row.date, self.now - timedelta(minutes=1))
        for values in (
            {"user_id": self.teammate.id},
            {"topic_id": self.loan.id},
            {"source": "visit"},
            {"date": self.now},
        ):
            with self.assertRaises(UserError):
                row.write(values)
        with self.assertRaises(AccessError):
            self.insights.with_user(self.sales_consultant).create(
                {"lead_id": self.lead.id, "topic_id": self.space.id, "source": "page"}
            )

    @mute_logger(*QUIET)
    def test_documents_of_others_are_refused(self):
        other = self.make_lead(self.house)
        create = self.insights.with_user(self.sales_consultant).create
        with self.assertRaises(AccessError):
            create({"lead_id": other.id, "topic_id": self.space.id})
        values = {"lead_id": self.lead.id, "topic_id": self.space.id}
        for model, number in (
            ("crm.lead", other.id),
            ("res.partner", self.buyer.partner.id),
            ("no.model", 1),
        ):
            error = self.attempt(
                lambda model=model, number=number: create(
                    {**values, "res_model": model, "res_id": number}
                )
            )
            self.assertIsInstance(error, (AccessError, ValidationError), model)

    def test_yesterday_stays(self):
        row = self.observe(self.lead, self.space, 3, date=self.now - timedelta(days=1))
        for action in (
            lambda: row.with_user(self.sales_consultant).write({"strength": 1}),
            lambda: row.with_user(self.sales_consultant).unlink(),
        ):
            self.assertIn("another day", str(self.attempt(action)))

    def test_heat_map(self):
        for days, strength in ((3, 5), (2, 4), (0, 2)):
            self.observe(self.lead, self.loan, strength, date=self.now - timedelta(days=days))
        self.observe(self.lead, self.space, 3, source="visit", date=self.now - timedelta(days=2))
        heat = self.lead.with_user(self.sales_consultant).dealer_heat_map()
        self.assertFalse(heat["by_week"])
        self.assertEqual(len(heat["columns"]), 4)
        need, price = heat["rows"]
        self.assertEqual((need["kind"], need["trend"], need["latest"]), ("need", "new", 3))
        self.assertEqual((price["trend"], price["latest"]), ("down", 2))
        self.assertEqual([cell for cell in price["cells"] if cell is not None], [5, 4, 2])
        self.assertEqual(need["cells"].count(3), 1)

    def test_many_contacts_are_shown_by_week(self):
        for weeks in range(12):
            self.observe(
                self.lead, self.loan, 1 + weeks % 5, date=self.now - timedelta(weeks=weeks)
            )
        heat = self.lead.dealer_heat_map()
        self.assertTrue(heat["by_week"])
        self.assertEqual(len(heat["columns"]), 8)
        [row] = heat["rows"]
        self.assertEqual(row["cells"], [3, 2, 1, 5, 4, 3, 2, 1])

    def test_heat_map_costs_the_same_however_much_was_noted(self):
        topics = self.env["dealer.insight.topic"].search([("kind", "!=", "interest")])
        mine = self.lead.with_user(self.sales_consultant)

        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            mine.dealer_heat_map()
            return self.env.cr.sql_log_count - before

        self.observe(self.lead, self.loan, 3)
        cost()  # rules and rights are cached
        few = cost()
        for days in range(1, 20):
            for topic in topics:
                self.observe(self.lead, topic, 3, date=self.now - timedelta(days=days))
        self.assertEqual(cost(), few)
        self.assertLessEqual(few, 12)

    def test_leads_that_are_merged_keep_what_was_noted(self):
        second = self.make_lead(self.buyer)
        self.observe(self.lead, self.space, 3)
        self.observe(second, self.space, 5)
        self.observe(second, self.rival, 4)
        self.lead._dealer_merge(second)
        self.assertEqual(
            self.told(self.lead.dealer_insight_ids),
            {(self.space, 3, "lead"), (self.space, 5, "lead"), (self.rival, 4, "lead")},
        )

    def test_customers_that_are_merged_keep_what_was_noted(self):
        lead = self.make_lead(self.mate)
        row = self.observe(lead, self.rival, 4)
        self.buyer.partner._dealer_merge(self.mate.partner)
        self.assertEqual(row.partner_id, self.buyer.partner)
        self.assertEqual(row.relation_id, self.buyer.relation)
