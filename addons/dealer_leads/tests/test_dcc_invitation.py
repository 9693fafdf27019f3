from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common_dcc import DccCase
from .common_order import QUIET


class TestDccInvitation(DccCase):
    def test_arrival_is_recognised_by_the_visit(self):
        entry = self.pooled("Comes")
        invitation = self.invite(
            entry, consultant_id=self.teammate.id, budget="15万", summary="太太一起来"
        )
        invitation.action_confirm()
        visit = self.visit(entry.relation_id)
        self.assertEqual((invitation.state, invitation.visit_id), ("arrived", visit))
        self.assertTrue(visit.invited)
        self.assertEqual(visit.consultant_id, self.teammate, "the receiver is told")
        told = visit.with_user(self.teammate)
        self.assertTrue(told.has_story)
        story = self.invitations.with_user(self.teammate).browse(
            told.action_dealer_story()["res_id"]
        )
        self.assertIn("15万", story.story)
        self.assertIn("太太一起来", story.story)
        told.action_receive()
        self.assertEqual(entry.relation_id.consultant_id, self.teammate)
        lead = entry.lead_id.with_user(self.teammate)
        self.assertTrue(lead.has_access("read"))
        self.assertIn("15万", str(lead.message_ids.mapped("body")))

    def test_who_really_receives_reads_the_story(self):
        entry = self.pooled("Other one")
        self.invite(entry, consultant_id=self.teammate.id, budget="15万")
        visit = self.visit(entry.relation_id, consultant_id=self.sales_consultant.id)
        self.assertEqual(visit.consultant_id, self.sales_consultant, "the desk decides")
        mine = visit.with_user(self.sales_consultant)
        self.assertTrue(mine.has_story)
        invitation = self.invitations.with_user(self.sales_consultant)
        row = invitation.browse(mine.action_dealer_story()["res_id"])
        self.assertIn("15万", row.story)
        self.assertFalse(row.with_user(self.stranger).has_access("read"))

    def test_visit_of_a_customer_who_brings_another_errand_counts_not(self):
        entry = self.pooled("Service")
        invitation = self.invite(entry)
        visit = self.visit(entry.relation_id, purpose="service")
        self.assertEqual(invitation.state, "invited")
        visit.sudo().purpose = "look"
        self.assertEqual(invitation.state, "arrived")

    def test_registration_taken_back(self):
        entry = self.pooled("Back")
        invitation = self.invite(entry)
        visit = self.visit(entry.relation_id)
        self.assertEqual(invitation.state, "arrived")
        visit._cancel("wrong customer")
        self.assertEqual((invitation.state, invitation.visit_id.id), ("invited", False))
        self.visit(entry.relation_id)
        self.assertEqual(invitation.state, "arrived")

    def test_another_store_is_told_and_not_counted(self):
        entry = self.pooled("Elsewhere")
        invitation = self.invite(entry)
        relation_b = self.env["dealer.relation"]._register_customers(
            entry.relation_id.partner_id, self.store_b
        )
        self.env["dealer.visit"].create(
            {"relation_id": relation_b.id, "unit_id": self.store_b.id, "party_size": 1}
        )
        self.assertEqual(invitation.state, "invited")
        self.assertEqual(invitation.elsewhere_unit_id, self.store_b)
        self.assertIn(self.store_b.name, str(invitation.message_ids.mapped("body")))
        self.visit(entry.relation_id)
        self.assertEqual(invitation.state, "arrived", "he still may come here")

    def test_no_show_goes_back_to_the_agent_with_a_task(self):
        entry = self.pooled("NoShow")
        invitation = self.invite(entry)
        with self.later(days=1, hours=1):
            self.pool._drain()
            self.assertEqual(invitation.state, "invited")
        with self.later(days=1, hours=3):
            self.pool._drain()
            self.assertEqual(invitation.state, "no_show")
            kind = self.env.ref("dealer_leads.mail_activity_type_no_show")
            task = entry.lead_id.activity_ids.filtered(lambda task: task.activity_type_id == kind)
            self.assertEqual(task.user_id, self.dcc_agent)
            action = invitation.action_call()
            self.assertEqual(self.call_of(action).lead_id, entry.lead_id)
        with self.later(days=4):
            self.visit(entry.relation_id, arrived_at=fields.Datetime.now())
            self.assertEqual(invitation.state, "arrived", "late, but on the invitation")
            self.assertFalse(task.exists().filtered("active"))

    def test_too_late_is_a_visit_of_its_own(self):
        entry = self.pooled("Late")
        invitation = self.invite(entry)
        with self.later(days=2):
            self.pool._drain()
        with self.later(days=12):
            self.visit(entry.relation_id, arrived_at=fields.Datetime.now())
        self.assertEqual(invitation.state, "no_show")

    def test_cancelling_needs_a_reason(self):
        invitation = self.invite(self.pooled("Cancel"))
        with self.assertRaisesRegex(UserError, "Why Cancelled"):
            invitation.action_cancel()
        invitation.cancel_reason = "出差"
        invitation.action_cancel()
        self.assertEqual(invitation.state, "cancelled")
        with self.assertRaisesRegex(UserError, "now “Cancelled”"):
            invitation.action_confirm()

    @mute_logger(*QUIET)
    def test_course_is_forged_by_nobody(self):
        entry = self.pooled("Forged")
        invitation = self.invite(entry)
        for values in (
            {"state": "arrived"},
            {"arrived_at": fields.Datetime.now()},
            {"user_id": self.second_agent.id},
            {"seat": "direct"},
        ):
            with self.assertRaisesRegex(UserError, "by its buttons"):
                invitation.write(values)
        with self.assertRaisesRegex(UserError, "lies in the past"):
            invitation.planned_at = self.ago(days=1)
        with self.assertRaisesRegex(UserError, "consultant of the store"):
            invitation.consultant_id = self.consultant_b
        invitation.with_user(self.dcc_lead).note = "moved by the lead"
        entry.relation_id._assign({"consultant_id": self.sales_consultant.id}, "x")
        mine = invitation.with_user(self.sales_consultant)
        self.assertTrue(mine.has_access("read"))
        self.assertIsInstance(self.attempt(lambda: mine.write({"note": "x"})), AccessError)
        for action in (invitation.copy, invitation.unlink):
            self.assertIsInstance(self.attempt(action), AccessError)

    @mute_logger(*QUIET)
    def test_the_clerk_sees_names_only(self):
        entry = self.pooled("Clerk")
        invitation = self.invite(entry, budget="15万")
        seen = invitation.with_user(self.reception)
        row = seen.read()[0]
        self.assertIn("CanaryClerk", row["partner_name"])
        self.assertNotIn(entry.relation_id.partner_id.phone, str(row))
        self.assertNotIn("story", row)
        self.assertFalse(seen._mail_get_partners()[seen.id], "the chatter asks for no address")
        self.assertIsInstance(self.attempt(lambda: seen.read(["story"])), AccessError)

    def test_documents_follow_the_customer_of_the_lead(self):
        """Put on another customer, a lead takes its call, invitation and defeat along."""
        entry = self.pooled("Wrong")
        invitation = self.invite(entry).sudo()
        lead, right = invitation.lead_id, self.pooled("Right").relation_id
        reason = self.env["dealer.defeat.reason"].search(
            [("child_ids", "=", False), ("need_competitor", "=", False)], limit=1
        )
        defeat = self.env["dealer.defeat"].create({"lead_id": lead.id, "reason_id": reason.id})
        self.assertEqual(defeat.unit_id, lead.dealer_unit_id)
        lead.partner_id = right.partner_id
        self.env.flush_all()
        documents = (defeat, invitation, invitation.call_id)
        self.assertEqual([row.relation_id for row in documents], [right] * 3)
        self.assertIn("CanaryRight", invitation.partner_name)

    def test_leads_of_odoo_ask_for_no_document(self):
        """Odoo's own leads are written without a look at the documents of stores."""
        lead = self.env["crm.lead"].create({"name": "Own", "user_id": False})
        self.env.flush_all()
        with patch.object(self.env.cr, "execute", wraps=self.env.cr.execute) as execute:
            lead.user_id = self.env.user
            self.env.flush_all()
        asked = " ".join(
            str(getattr(call.args[0], "code", call.args[0])) for call in execute.mock_calls
        )
        self.assertIn("crm_lead", asked)
        self.assertNotRegex(asked, 'FROM "dealer_(defeat|dcc|order|clock)')
