from odoo.addons.dealer_base.tests.common_merge import LOOKED_AT, MergeCase

from .common import ComplaintCase


class TestMergeCase(MergeCase, ComplaintCase):
    """Complaints go with their customer, and their sealed file says so."""

    def test_complaint_moves(self):
        case = self.register()
        before = self.picture((*LOOKED_AT, "helpdesk.ticket"))
        merge = self.merge(self.old, self.customer, user=self.general_manager)
        # The file was opened a moment before, in the second of the merge.
        merge.sudo().date = self.env.cr.now().replace(microsecond=0)
        self.assertEqual(case.partner_id, self.old.partner)
        breach = self.env["dealer.case.event"]._first_break(case)
        self.assertEqual(breach, (None, None))
        last = case.event_ids.sorted("number")[-1]
        self.assertEqual(last.user_id, self.general_manager)
        words = last.sudo().payload_ids.content["partner_id"]
        self.assertIn(self.customer.partner.phone, words.partition("→")[0])
        self.assertIn(self.old.partner.phone, words.partition("→")[2])
        merge.action_undo()
        self.assertEqual(case.partner_id, self.customer.partner)
        self.assertEqual(self.env["dealer.case.event"]._first_break(case), (None, None))
        after = self.picture((*LOOKED_AT, "helpdesk.ticket"))
        for rows in (before, after):
            for name in ("chain_head", "chain_length"):
                rows["helpdesk.ticket"][case.id].pop(name)
        self.assert_same(before, after)
