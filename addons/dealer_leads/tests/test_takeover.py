from collections import Counter

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import POSTS

from .common import LeadsCase

QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
#: Who may take over, and whose customers: as consultant, DCC agent, service advisor.
TAKE_OVER = {
    "sales_director": {"consultant_id", "dcc_agent_id"},
    "dcc_lead": {"dcc_agent_id"},
    "general_manager": {"consultant_id", "dcc_agent_id", "advisor_id"},
    "group_executive": {"consultant_id", "dcc_agent_id", "advisor_id"},
    "system": {"consultant_id", "dcc_agent_id", "advisor_id"},
}


class TestTakeover(LeadsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["dealer.distribution.rule"].search([]).unlink()
        cls.system.group_ids |= cls.env.ref("base.group_partner_manager")
        cls.leaver = cls.teammate
        cls.mine = [
            cls.make_customer(f"Leaving{number}", consultant_id=cls.leaver.id)
            for number in range(4)
        ]
        cls.kept = cls.make_customer("Kept", consultant_id=cls.stranger.id)
        cls.lead = cls.take_in(cls.prepare_lead(1, phone=cls.mine[0].partner.phone)).lead_id
        cls.lost = cls.env["crm.lead"].create(
            {
                "name": "Lost",
                "partner_id": cls.mine[1].partner.id,
                "company_id": cls.store_a.company_id.id,
                "user_id": cls.leaver.id,
            }
        )
        cls.lost.action_set_lost()

    @classmethod
    def make_activity(cls, record, user=None):
        return record.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=f"Call {record.display_name}",
            user_id=(user or cls.leaver).id,
        )

    def wizard(self, user=None, **values):
        user = user or self.general_manager
        return (
            self.env["dealer.takeover"]
            .with_user(user)
            .create(
                {
                    "unit_id": self.store_a.id,
                    "user_id": self.leaver.id,
                    "reason": "leaves the company",
                    **values,
                }
            )
        )

    def relations(self):
        return self.env["dealer.relation"].union(*(customer.relation for customer in self.mine))

    def test_to_one_person(self):
        to_lead, to_customer = (
            self.make_activity(self.lead),
            self.make_activity(self.mine[2].partner),
        )
        elsewhere = self.make_activity(self.kept.partner, self.stranger)
        self.lead.message_subscribe(self.leaver.partner_id.ids)
        wizard = self.wizard(user_ids=self.stranger.ids)
        self.assertEqual(
            (wizard.consultant_count, wizard.lead_count, wizard.activity_count), (4, 1, 2)
        )
        wizard.action_take_over()
        self.assertEqual(self.relations().consultant_id, self.stranger)
        self.assertEqual(self.lead.user_id, self.stranger)
        self.assertEqual((to_lead | to_customer | elsewhere).user_id, self.stranger)
        self.assertNotIn(self.leaver.partner_id, self.lead.message_partner_ids)
        self.assertEqual(self.lost.user_id, self.leaver, "what is closed stays as it was")
        log = self.mine[3].relation.log_ids[0]
        self.assertEqual(
            (log.user_id, log.old_user_id, log.new_user_id, log.reason),
            (self.general_manager, self.leaver, self.stranger, "leaves the company"),
        )
        for words in ("Customers as Consultant: 4", "Open leads: 1", "Open activities: 2"):
            self.assertIn(words, wizard.result)
        self.assertIn(f"{self.stranger.name} 4", wizard.result)
        self.assertFalse(self.env["crm.lead"].with_user(self.leaver).search([]))

    def test_several_evenly_leads_first(self):
        more = self.take_in(
            *(self.prepare_lead(10 + n, phone=self.mine[n].partner.phone) for n in (2, 3))
        ).lead_id
        leads = more | self.lead | self.take_in(self.prepare_lead(20, phone="19900781111")).lead_id
        leads.dealer_relation_id._assign({"consultant_id": self.leaver.id}, "test")
        self.assertEqual(len(leads), 4)
        self.wizard(user_ids=(self.stranger | self.sales_consultant).ids).action_take_over()
        self.assertEqual(
            Counter(lead.user_id for lead in leads), {self.stranger: 2, self.sales_consultant: 2}
        )
        counts = Counter(relation.consultant_id for relation in self.relations())
        self.assertEqual(sum(counts.values()), 4)
        self.assertLessEqual(max(counts.values()), 3)

    def test_by_the_rules_whoever_is_on_duty(self):
        self.env["dealer.distribution.rule"].create(
            {
                "name": "VW",
                "unit_id": self.store_a.id,
                "brand": "大众",
                "user_ids": [Command.set(self.stranger.ids)],
            }
        )
        self.env["dealer.duty"].create(
            {"user_id": self.stranger.id, "unit_id": self.store_a.id, "start": "2020-01-01"}
        )
        self.env["ir.config_parameter"].set_param("dealer_leads.lead_cap", "1")
        self.wizard(how="rules").action_take_over()
        self.assertEqual(self.lead.user_id, self.stranger, "who has the brand")
        others = (self.relations() - self.mine[0].relation).mapped("consultant_id")
        self.assertEqual(others, self.stranger | self.sales_consultant)
        self.assertNotIn(self.leaver, self.relations().consultant_id)

    def test_back_to_the_pool(self):
        activity = self.make_activity(self.lead)
        wizard = self.wizard(how="pool")
        wizard.action_take_over()
        self.assertFalse(self.relations().consultant_id)
        self.assertFalse(self.lead.user_id)
        self.assertEqual(self.lead.dealer_unit_id, self.store_a)
        self.assertFalse(self.lead.dealer_waiting)
        self.assertFalse(activity.user_id)
        self.assertIn("back to the pool 4", wizard.result)

    def test_archived_already(self):
        activity = self.make_activity(self.lead)
        self.leaver.active = False
        with Form(self.env["dealer.takeover"].with_user(self.sales_director)) as form:
            self.assertEqual(form.unit_id, self.store_a)
            self.assertIn(self.leaver.id, form.leaver_ids.ids)
            self.assertNotIn(self.sales_manager.id, form.leaver_ids.ids)
            form.user_id = self.leaver
            self.assertEqual((form.consultant_count, form.lead_count), (4, 1))
            self.assertNotIn(self.leaver.id, form.candidate_ids.ids)
            form.user_ids.add(self.stranger)
            form.reason = "left"
        form.record.action_take_over()
        self.assertEqual(self.relations().consultant_id, self.stranger)
        self.assertEqual(self.lead.user_id, self.stranger)
        self.assertEqual(activity.user_id, self.stranger)

    def test_each_post_to_people_of_the_post(self):
        self.make_customer("Call", dcc_agent_id=self.dcc_agent.id, consultant_id=self.leaver.id)
        self.leaver.group_ids |= self.env.ref("dealer_base.group_service_advisor")
        service = self.make_customer("Service", advisor_id=self.leaver.id)
        with self.assertRaisesRegex(ValidationError, "Choose a person with this post"):
            self.wizard(user_ids=self.stranger.ids).action_take_over()
        self.wizard(user_ids=(self.stranger | self.service_advisor).ids).action_take_over()
        self.assertEqual(service.relation.advisor_id, self.service_advisor)
        self.assertEqual(self.relations().consultant_id, self.stranger)

    def test_nothing_half_done(self):
        service = self.make_customer("Half", advisor_id=self.service_advisor.id)
        service.relation._assign({"consultant_id": self.leaver.id}, "test")
        self.leaver.group_ids |= self.env.ref("dealer_base.group_service_advisor")
        service.relation._assign({"advisor_id": self.leaver.id}, "test")
        error = self.attempt(self.wizard(user_ids=self.stranger.ids).action_take_over)
        self.assertIsInstance(error, ValidationError)
        self.assertEqual(self.relations().consultant_id, self.leaver)
        self.assertEqual(self.lead.user_id, self.leaver)

    def test_lead_of_who_helps_out_goes_back_to_who_serves_the_customer(self):
        customer = self.make_customer(
            "Helped", consultant_id=self.stranger.id, dcc_agent_id=self.dcc_agent.id
        )
        lead = self.take_in(self.prepare_lead(5, phone=customer.partner.phone)).lead_id
        lead.user_id = self.dcc_agent
        self.leaver = self.dcc_agent
        self.wizard(how="pool").action_take_over()
        self.assertEqual(lead.user_id, self.stranger)
        self.assertFalse(customer.relation.dcc_agent_id)

    def test_other_stores_stay(self):
        self.leaver.company_ids |= self.store_b.company_id
        there = self.make_customer("There", self.store_b, consultant_id=self.leaver.id)
        self.wizard(how="pool").action_take_over()
        self.assertEqual(there.relation.consultant_id, self.leaver)
        with self.assertRaises(AccessError), mute_logger(*QUIET):
            wizard = self.wizard(self.sales_director, unit_id=self.store_b.id, how="pool")
            self.assertFalse(wizard.consultant_count)
            wizard.action_take_over()
        self.assertEqual(there.relation.consultant_id, self.leaver)

    def test_who_leaves_takes_nothing(self):
        with self.assertRaisesRegex(ValidationError, "Take the person out"):
            self.wizard(user_ids=(self.leaver | self.stranger).ids).action_take_over()

    def test_nothing_there(self):
        self.leaver = self.make_person("t_new", "sales_consultant", self.store_a)
        with self.assertRaisesRegex(UserError, "has nothing in"):
            self.wizard(user_ids=self.stranger.ids).action_take_over()

    def test_people_of_another_store_are_refused(self):
        with self.assertRaises(ValidationError):
            self.wizard(user_ids=self.consultant_b.ids).action_take_over()

    def test_role_matrix(self):
        """Post × whose customers: who may not, is refused, and nothing of it stays."""
        self.leaver.group_ids |= self.env.ref("dealer_base.group_dcc_agent")
        self.leaver.group_ids |= self.env.ref("dealer_base.group_service_advisor")
        roles = ("consultant_id", "dcc_agent_id", "advisor_id")
        relations = self.relations()
        for role in roles:
            relations._assign({role: self.leaver.id}, "test")
        for post in (*POSTS, "system"):
            allowed = TAKE_OVER.get(post, set())

            def take_over(post=post, allowed=allowed):
                wizard = self.wizard(self.users[post], how="pool")
                self.assertEqual(wizard.kept_count, 4 * (3 - len(allowed)))
                wizard.action_take_over()
                for role in roles:
                    self.assertEqual(bool(relations[role]), role not in allowed, (post, role))
                # Only to see that nothing stays.
                raise ZeroDivisionError

            with mute_logger(*QUIET):
                error = self.attempt(take_over)
            self.assertIsInstance(
                error, ZeroDivisionError if allowed else AccessError, f"{post}: {error}"
            )
            self.assertEqual(relations.consultant_id, self.leaver)
