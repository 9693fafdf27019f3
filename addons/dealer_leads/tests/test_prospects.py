from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import html2plaintext, mute_logger

from odoo.addons.dealer_clock.tests.common import at

from .test_grade import GradeCase

QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule", "odoo.sql_db")


class ProspectCase(GradeCase):
    def refused(self, action):
        """Return what the person is told; nothing of what was tried stays."""
        with mute_logger(*QUIET):
            error = self.attempt(action)
        self.assertIsInstance(error, (UserError, AccessError, ValidationError))
        return str(error)

    def tasks(self, lead, kind="follow_up"):
        kind = self.env.ref(f"dealer_leads.mail_activity_type_{kind}")
        return lead.activity_ids.filtered(lambda task: task.activity_type_id == kind)

    def log_form(self, lead, user=None, **values):
        form = Form(
            self.env["dealer.lead.log"]
            .with_user(user or lead.user_id)
            .with_context(default_lead_id=lead.id)
        )
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()


class TestGradeEdges(ProspectCase):
    def test_not_mine(self):
        """Neither a colleague nor another store grades, gives up, logs or plans."""
        lead = self.lead_at(at(9))
        self.grade(lead, "B", at(9, 30))
        strangers = self.teammate | self.stranger | self.consultant_b | self.reception
        strangers |= self.marketing_manager
        for user in strangers - lead.user_id:
            for action in (
                lambda user=user: self.grade(lead, "H", at(10), user=user),
                lambda user=user: self.ask(lead, user=user),
                lambda user=user: self.log_form(lead, user=user).action_save(),
                lambda user=user: lead.with_user(user).write({"dealer_next_date": "2026-03-04"}),
            ):
                with freeze_time(at(10)), mute_logger(*QUIET):
                    self.assertIsInstance(self.attempt(action), AccessError, user.login)
        self.assertEqual(lead.dealer_grade_id.code, "B")
        self.assertFalse(lead.dealer_defeat_ids)

    def test_archived_grade(self):
        lead = self.lead_at(at(9))
        self.grade(lead, "B", at(9, 30))
        defeat = self.ask(lead)
        self.grades["B"].active = False
        self.assertIn("B", self.refused(lambda: lead._dealer_set_grade("B", "why")))
        defeat.with_user(self.sales_manager)._return("once more")
        self.assertEqual(lead.dealer_grade_id.code, "N", "what is archived is given to nobody")
        self.grade(lead, "A", at(10))
        self.ask(lead).with_user(self.sales_manager).action_confirm()
        self.grades["A"].active = False
        lead.with_user(self.sales_manager).action_dealer_reactivate()
        self.assertEqual(lead.dealer_grade_id.code, "N")

    def test_archived_grade_is_not_chosen(self):
        lead = self.lead_at(at(9))
        self.grades["A"].active = False
        with self.assertRaises(UserError):
            self.grade(lead, "A", at(10))
        wizard = self.env["dealer.lead.grade"].with_user(lead.user_id)
        self.assertNotIn(self.grades["A"], wizard.grade_id.search([("kind", "=", "open")]))

    def test_all_of_a_kind_archived(self):
        lead = self.lead_at(at(9))
        self.grades["F0"].active = False
        self.assertIn("Defeat Asked", self.refused(lambda: self.ask(lead)))
        self.assertFalse(lead.dealer_defeat_ids)

    def test_used_grade_is_archived_not_deleted(self):
        self.grade(self.lead_at(at(9)), "B", at(10))
        self.assertIn("Archive", self.refused(self.grades["B"].unlink))

    def test_store_without_policy(self):
        """Where nobody set a limit none holds, and everything else works."""
        self.env["dealer.clock.policy"].search([("kind", "=", "silence")]).active = False
        lead = self.lead_at(at(9))
        self.grade(lead, "H", at(9, 30))
        self.assertFalse(self.silence(lead))
        self.assertFalse(lead.dealer_limit_date)
        self.assertEqual(lead._dealer_limit_days(self.grades["H"]), 0)
        with freeze_time(at(10)):
            self.log_form(lead, next_date="2026-09-01").action_save()
            lead.with_user(lead.user_id).dealer_next_date = "2026-10-01"
        self.assertEqual(str(self.tasks(lead).date_deadline), "2026-10-01")

    def test_outside_of_stores(self):
        company = self.env["res.company"].create({"name": "No store"})
        lead = self.env["crm.lead"].create(
            {"name": "stock", "company_id": company.id, "user_id": False}
        )
        self.assertFalse(lead.dealer_grade_id)
        wizard = self.env["dealer.lead.grade"].create(
            {"lead_ids": lead.ids, "grade_id": self.grades["H"].id, "reason": "x"}
        )
        self.assertIn("store", self.refused(wizard.action_grade))
        self.assertIn(
            "store", self.refused(lambda: self.ask(lead, user=self.env.ref("base.user_root")))
        )

    def test_three_open_leads(self):
        """A customer with three open leads: the grade of one leaves the others."""
        first = self.lead_at(at(9))
        with freeze_time(at(9, 1)):
            others = self.env["crm.lead"].create(
                [
                    {
                        "name": series,
                        "type": "opportunity",
                        "partner_id": first.partner_id.id,
                        "company_id": first.company_id.id,
                        "user_id": first.user_id.id,
                    }
                    for series in ("探岳", "迈腾")
                ]
            )
        self.record(first, at(9, 10))
        self.grade(first, "H", at(9, 30))
        self.assertEqual(first.dealer_grade_id.code, "H")
        self.assertEqual(others.mapped("dealer_grade_id.code"), ["N"])
        self.assertEqual(self.silence(others[0]).due_at, at(9, 10, day=3))
        self.assertEqual(len(others._clock_open("grading")), 2)
        self.ask(first).with_user(self.sales_manager).action_confirm()
        self.assertEqual(first.won_status, "lost")
        self.assertEqual(set(others.mapped("won_status")), {"pending"})
        self.assertEqual(len(self.silence(others)), 2)

    def test_begins_open(self):
        """Nobody wins or loses by creating, nor by writing what closes a lead."""
        customer = self.make_customer("Mine", consultant_id=self.sales_consultant.id)
        leads = self.env["crm.lead"].with_user(self.sales_consultant)
        values = {
            "name": "速腾",
            "type": "opportunity",
            "partner_id": customer.partner.id,
            "company_id": self.store_a.company_id.id,
        }
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        self.refused(lambda: leads.create({**values, "stage_id": won.id, "probability": 100}))
        self.refused(lambda: leads.create({**values, "active": False, "probability": 0}))
        lead = leads.create({**values, "dealer_grade_id": self.grades["H"].id})
        self.assertEqual(lead.dealer_grade_id.code, "N")
        context = leads.with_context(default_dealer_grade_id=self.grades["H"].id)
        self.assertEqual(context.create(values).dealer_grade_id.code, "N")
        for action in (
            lambda: lead.action_set_won(),
            lambda: lead.action_set_lost(),
            lambda: lead.write({"stage_id": won.id}),
            lambda: lead.action_archive(),
            lambda: lead.write({"dealer_visited_at": "2026-03-02 09:00:00"}),
        ):
            self.refused(action)

    def test_mass_grading(self):
        """200 leads at once cost hardly more queries than 20."""
        customers = [
            self.make_customer(f"Mass{number}", car=False, consultant_id=self.sales_consultant.id)
            for number in range(20)
        ]
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": f"lead {number}",
                    "type": "opportunity",
                    "partner_id": customers[number % 20].partner.id,
                    "company_id": self.store_a.company_id.id,
                    "user_id": self.sales_consultant.id,
                    "dealer_received_at": at(9, number % 60),
                }
                for number in range(220)
            ]
        )
        few, many = leads[:20], leads[20:]
        used = []
        for some, code in ((few, "H"), (many, "H")):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.grade(some, code, at(11), user=self.sales_consultant)
            self.env.flush_all()
            used.append(self.env.cr.sql_log_count - before)
        self.assertEqual(set(leads.dealer_grade_id.mapped("code")), {"H"})
        self.assertEqual(len(leads.dealer_grade_log_ids), 220)
        self.assertEqual(len(self.silence(leads)), 220)
        self.assertLess(used[1], used[0] + 60, used)

    def test_mass_grading_is_all_or_nothing(self):
        mine, foreign = self.lead_at(at(9)), self.lead_at(at(9), number=2, brand="长安")
        with mute_logger(*QUIET):
            error = self.attempt(lambda: self.grade(mine | foreign, "H", at(10), user=mine.user_id))
        self.assertIsInstance(error, AccessError)
        self.assertEqual(mine.dealer_grade_id.code, "N")

    def test_lead_of_who_left(self):
        """The manager works on for a consultant who left; tasks go to who is there."""
        lead = self.lead_at(at(9))
        lead.user_id.active = False
        self.grade(lead, "A", at(10), user=self.sales_manager)
        with freeze_time(at(10)):
            self.log_form(lead, user=self.sales_manager).action_save()
        self.assertEqual(self.tasks(lead).user_id, self.sales_manager)
        self.ask(lead, user=self.sales_manager).with_user(self.sales_director).action_confirm()
        lead.dealer_relation_id._assign({"consultant_id": self.stranger.id}, "left")
        with freeze_time(at(11)):
            lead.with_user(self.sales_director).action_dealer_reactivate()
        self.assertEqual(lead.user_id, self.stranger, "who serves the customer today")
        self.assertEqual(self.tasks(lead).user_id, self.stranger)
        self.assertEqual(self.silence(lead).user_id, self.stranger)

    def test_number_of_somebody_else(self):
        """A number that is another customer's: plain words, and nothing half written."""
        mine = self.make_customer("Mine", consultant_id=self.sales_consultant.id)
        other = self.make_customer("Taken", consultant_id=self.sales_consultant.id)
        before = mine.partner.phone
        partner = mine.partner.with_user(self.sales_consultant)
        values = {"name": "new name", "phone": other.partner.phone, "city": "象山"}
        with mute_logger(*QUIET):
            error = self.attempt(lambda: partner.write(values))
        self.assertIsInstance(error, IntegrityError)
        words = partner._sql_error_to_message(error)
        self.assertIn("already belongs to a customer of the group", words)
        self.assertEqual(mine.partner.phone, before)
        self.assertNotEqual(mine.partner.name, "new name")
        self.assertFalse(mine.partner.city)


class TestPlans(ProspectCase):
    def test_follow_up_ends_with_a_result_only(self):
        lead = self.lead_at(at(9))
        with freeze_time(at(9, 5)):
            lead._dealer_plan("2026-03-03")
            task = self.tasks(lead).with_user(lead.user_id)
            self.refused(task.action_feedback)
            self.refused(task.action_done)
            self.refused(task.unlink)
            self.log_form(lead, outcome="vain").action_save()
        self.assertEqual(len(self.tasks(lead)), 1)
        self.assertEqual(str(self.tasks(lead).date_deadline), "2026-03-03")

    def test_own_tasks_are_free(self):
        lead = self.lead_at(at(9))
        with freeze_time(at(9, 5)):
            task = lead.with_user(lead.user_id).activity_schedule(
                "mail.mail_activity_data_todo", user_id=lead.user_id.id, note="brochure"
            )
            task.action_feedback(feedback="sent")
        self.assertFalse(lead.activity_ids)

    def test_moved_within_the_limit(self):
        """The calendar, the activity and any client keep to the limit since the last contact."""
        lead = self.lead_at(at(9))
        self.record(lead, at(9, 10))
        self.grade(lead, "A", at(9, 30))
        mine = lead.with_user(lead.user_id)
        with freeze_time(at(10)):
            lead._dealer_plan("2026-03-03", "bring the offer")
            task = self.tasks(lead).with_user(lead.user_id)
            self.assertIn(
                "2026", self.refused(lambda: mine.write({"dealer_next_date": "2026-03-10"}))
            )
            self.refused(lambda: mine.write({"dealer_next_date": "2026-03-01"}))
            self.refused(lambda: task.write({"date_deadline": "2026-03-10"}))
            mine.dealer_next_date = "2026-03-09"
            self.assertEqual(str(task.date_deadline), "2026-03-09")
            self.assertEqual(html2plaintext(task.note), "bring the offer")
            task.date_deadline = "2026-03-08"
        self.assertEqual(str(lead.dealer_next_date), "2026-03-08")
        self.assertEqual(len(self.tasks(lead)), 1)

    def test_overdue_moves_to_today_at_most(self):
        lead = self.lead_at(at(9))
        self.record(lead, at(9, 10))
        self.grade(lead, "H", at(9, 30))
        mine = lead.with_user(lead.user_id)
        with freeze_time(at(10, day=8)):
            self.refused(lambda: mine.write({"dealer_next_date": "2026-03-11"}))
            mine.dealer_next_date = "2026-03-10"
        self.assertEqual(str(self.tasks(lead).date_deadline), "2026-03-10")

    def test_log_says_until_when(self):
        lead = self.lead_at(at(9))
        with freeze_time(at(10)):
            words = self.refused(
                lambda: self.log_form(
                    lead, grade_id=self.grades["H"], next_date="2026-03-06"
                ).action_save()
            )
            self.refused(lambda: self.log_form(lead, next_date="2026-03-01").action_save())
        self.assertIn("3 days", words)
        self.assertFalse(
            self.env["dealer.interaction"].search(
                [("res_id", "=", lead.id), ("res_model", "=", "crm.lead"), ("kind", "=", "call")]
            )
        )

    def test_closed_leads_are_on_nobodys_list(self):
        lead = self.lead_at(at(9))
        with freeze_time(at(10)):
            lead._dealer_plan("2026-03-03")
        self.ask(lead).with_user(self.sales_manager).action_confirm()
        self.assertFalse(lead.dealer_next_date)
        self.assertFalse(self.tasks(lead))

    def test_comment_is_one_task_per_edit(self):
        lead = self.lead_at(at(9))
        call = self.log(lead, at(9, 5)).with_user(self.general_manager)

        def words():
            return sorted(html2plaintext(task.note) for task in self.tasks(lead, "comment"))

        call.manager_comment = "Offer the loan"
        call.write({"manager_comment": "Offer the loan"})
        self.assertEqual(words(), ["Offer the loan"])
        call.manager_comment = "Offer the loan\nand the old car"
        self.assertEqual(len(words()), 1, "written anew it is the same task")
        self.assertIn("old car", words()[0])
        self.tasks(lead, "comment").with_user(lead.user_id).action_feedback()
        call.manager_comment = "Thank you"
        self.assertEqual(words(), ["Thank you"])
        call.manager_comment = False
        self.assertEqual(words(), ["Thank you"])

    def test_comment_goes_to_the_consultant(self):
        """Of a visit, which the clerk wrote, and of the lead that the contact was about."""
        lead = self.lead_at(at(9))
        with freeze_time(at(9, 1)):
            other = lead.copy({"name": "second", "dealer_received_at": at(9, 1)})
            other.sudo().user_id = lead.user_id
        visit = self.record(
            lead,
            at(10),
            user=self.reception,
            kind="visit",
            evidence="witnessed",
            res_model="crm.lead",
            res_id=other.id,
        )
        visit.with_user(self.sales_manager).manager_comment = "Ask for the family"
        self.assertEqual(self.tasks(other, "comment").user_id, lead.user_id)
        self.assertFalse(self.tasks(lead, "comment"))

    def test_comment_on_a_lost_customer(self):
        lead = self.lead_at(at(9))
        call = self.log(lead, at(9, 5), res_model="crm.lead", res_id=lead.id)
        self.ask(lead).with_user(self.sales_manager).action_confirm()
        call.with_user(self.sales_manager).manager_comment = "Pity"
        self.assertFalse(lead.activity_ids)


class TestDefeatEdges(ProspectCase):
    def test_while_ordered(self):
        lead = self.lead_at(at(9))
        for code in ("O", "D"):
            lead._dealer_set_grade(code, "as the order says")
            self.assertIn("order", self.refused(lambda: self.ask(lead)))
            self.assertIn("order", self.refused(lambda: self.grade(lead, "H", at(10))))
            self.assertIn("order", self.refused(lead.action_dealer_ask_defeat))
        lead._dealer_set_grade("T", "cancelled")
        self.assertEqual(self.ask(lead).grade_before_id.code, "T")

    def test_ordered_while_asked(self):
        """The customer orders before the manager decides: the order holds."""
        lead = self.lead_at(at(9))
        defeat = self.ask(lead).with_user(self.sales_manager)
        order = (
            self.env["dealer.order"]
            .with_user(lead.user_id)
            .create(
                {
                    "lead_id": lead.id,
                    "partner_id": lead.partner_id.id,
                    "unit_id": self.store_a.id,
                    "series": "速腾",
                    "price": 138000,
                }
            )
        )
        order.action_order()
        self.assertIn("order", self.refused(defeat.action_confirm))
        self.assertEqual((defeat.state, lead.dealer_grade_id.code), ("asked", "O"))
        defeat._return("it was sold")
        self.assertEqual((defeat.state, lead.dealer_grade_id.code), ("returned", "O"))

    def test_no_grade_while_asked(self):
        lead = self.lead_at(at(9))
        self.ask(lead)
        self.assertIn("decides", self.refused(lambda: self.grade(lead, "H", at(10))))

    def test_nobody_is_negligent_while_the_manager_decides(self):
        lead = self.lead_at(at(9))
        self.record(lead, at(9, 10))
        self.grade(lead, "B", at(9, 30))
        with freeze_time(at(10, day=9)):
            defeat = self.ask(lead)
            self.assertFalse(self.silence(lead))
        with freeze_time(at(11, day=12)):
            defeat.with_user(self.sales_manager)._return("call again")
        self.assertEqual(self.silence(lead).due_at, at(11, day=27), "B: 15 days, from now on")

    def test_manager_is_told_and_the_chief_after_him(self):
        lead = self.lead_at(at(9))
        with freeze_time(at(9, 30)):
            defeat = self.ask(lead)
        self.tick(at(9, 31))
        domain = [("clock_id.kind", "=", "defeat_decision"), ("res_id", "=", defeat.id)]
        events = self.env["dealer.clock.event"].search(domain)
        self.assertEqual(events.user_ids, lead.user_id._clock_managers(self.store_a))
        self.tick(at(10, day=3))
        events = self.env["dealer.clock.event"].search([*domain, ("action", "=", "raise")])
        self.assertIn(self.general_manager, events.user_ids)

    def test_bad_input(self):
        lead = self.lead_at(at(9))
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.ask(lead, competitor_price=-1)
        self.refused(lambda: self.ask(lead, reason_id=self.bought.id, competitor_kind="other"))
        self.refused(
            lambda: self.ask(
                lead, reason_id=self.bought.id, competitor_kind="other", competitor_brand="  "
            )
        )
        self.refused(
            lambda: (
                self.env["dealer.defeat"]
                .with_user(lead.user_id)
                .create({"reason_id": self.reason.id})
            )
        )
        defeat = self.ask(lead).with_user(self.sales_manager)
        self.refused(lambda: defeat._return("   "))
        self.refused(defeat.unlink)
        self.assertEqual(defeat.state, "asked")

    def test_decided_together(self):
        """A list of requests is confirmed or returned as a whole."""
        leads = self.lead_at(at(9)) | self.lead_at(at(9, 1), number=2)
        first, second = (self.ask(lead) for lead in leads)
        (first | second).with_user(self.sales_director).action_confirm()
        self.assertEqual(set(leads.mapped("won_status")), {"lost"})
        third = self.ask(self.lead_at(at(9, 2), number=3))
        self.refused((first | third).with_user(self.sales_director).action_confirm)
        self.assertEqual(third.state, "asked")

    def test_again_and_again(self):
        """Asked, confirmed, taken up, asked once more: each request stays as it was decided."""
        lead = self.lead_at(at(9))
        self.grade(lead, "C", at(9, 30))
        for _round in range(2):
            self.ask(lead).with_user(self.sales_manager).action_confirm()
            lead.with_user(self.sales_manager).action_dealer_reactivate()
        lead.invalidate_recordset()
        self.assertEqual(lead.dealer_defeat_ids.mapped("state"), ["reactivated"] * 2)
        self.assertEqual(lead.dealer_grade_id.code, "C")
        self.assertEqual(
            [log.grade_id.code for log in lead.dealer_grade_log_ids.sorted("id")],
            ["C", "F0", "F", "C", "F0", "F", "C"],
        )

    def test_taken_up_and_handed_over(self):
        lead = self.lead_at(at(9))
        self.ask(lead).with_user(self.sales_manager).action_confirm()
        manager = lead.with_user(self.sales_manager)
        manager.action_dealer_reactivate()
        heir = (self.sales_consultant | self.teammate) - lead.user_id
        wizard = self.env["dealer.relation.assign"].with_user(self.sales_manager)
        wizard = wizard.with_context(active_model="crm.lead", active_ids=lead.ids)
        wizard.create(
            {"role": "consultant_id", "user_id": heir.id, "reason": "fresh start"}
        ).action_assign()
        self.assertEqual(lead.user_id, heir)
        self.assertEqual(self.silence(lead).user_id, heir)

    def test_reasons_have_two_levels(self):
        group = self.reason.parent_id
        deeper = {"name": "x", "parent_id": self.reason.id}
        self.refused(lambda: self.env["dealer.defeat.reason"].create(deeper))
        self.refused(lambda: group.write({"parent_id": self.reason.id}))
        reasons = self.env["dealer.defeat.reason"].search([("parent_id", "=", False)])
        self.assertEqual(len(reasons), 4)
        self.assertTrue(all(reason.child_ids for reason in reasons))

    def test_reasons_stand_below_their_group(self):
        reasons = self.env["dealer.defeat.reason"].search([("parent_id", "!=", False)])
        groups = reasons.mapped("parent_id.name")
        seen = [reason.parent_id.name for reason in reasons]
        self.assertEqual(seen, sorted(seen, key=groups.index), "no group comes twice")
        first = reasons.filtered(lambda reason: reason.parent_id == self.reason.parent_id)
        last = first[-1]
        last.sequence = 1
        again = self.env["dealer.defeat.reason"].search([("parent_id", "=", last.parent_id.id)])
        self.assertEqual(again[0], last)
        found = dict(self.env["dealer.defeat.reason"].name_search("Our own fault"))
        self.assertIn(self.env.ref("dealer_leads.defeat_reason_staff_attitude").id, found)

    def test_proof_is_kept(self):
        """The manager reads what the consultant uploaded; nobody's other files come along."""
        lead = self.lead_at(at(9))
        files = self.env["ir.attachment"]
        proof = files.with_user(lead.user_id).create({"name": "contract.jpg", "raw": b"proof"})
        secret = files.with_user(self.sales_director).create({"name": "s.txt", "raw": b"secret"})
        defeat = self.ask(lead, attachment_ids=[Command.set(proof.ids)])
        self.env.invalidate_all()
        [seen] = proof.with_user(self.sales_manager).read(["raw"])
        self.assertEqual(seen["raw"], b"proof")
        self.refused(lambda: proof.with_user(self.consultant_b).read(["raw"]))
        defeat.sudo().attachment_ids += secret
        defeat.with_user(lead.user_id)._adopt_proof()
        self.assertFalse(secret.res_id)
        self.refused(lambda: secret.with_user(lead.user_id).read(["raw"]))
