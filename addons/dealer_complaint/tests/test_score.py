from datetime import date

from odoo.exceptions import AccessError, UserError

from odoo.addons.dealer_clock.tests.common import at

from .common import ComplaintCase


class TestScore(ComplaintCase):
    def finish(self, case, returned, step="satisfied"):
        self.to_handling(case)
        self.step(case, "return", self.service_advisor, returned)
        self.name_cause(case)
        self.step(case, "check", self.care_manager, returned)
        self.step(case, step, self.care_agent, returned)

    def test_month_by_hand(self):
        """One in time and satisfied (+2, +1), one late and unsatisfied (-3, -5)."""
        self.finish(self.register(at(9)), at(15))
        self.finish(self.register(at(9)), at(10, day=1), "unsatisfied")
        sheets = self.env["dealer.score.sheet"]._fill(self.store_a, date(2026, 3, 20))
        mine = sheets.filtered(lambda sheet: sheet.user_id == self.service_advisor)
        self.assertEqual((mine.month, mine.points, mine.amount), (date(2026, 3, 1), -5, -100))
        again = self.env["dealer.score.sheet"]._fill(self.store_a, date(2026, 3, 2))
        self.assertEqual(again, sheets, "renewed, not doubled")
        mine.with_user(self.care_manager).action_confirm()
        with self.assertRaises(UserError):
            mine.with_user(self.care_manager).action_confirm()
        with self.assertRaises(UserError):
            mine.with_user(self.care_manager).write({"month": date(2026, 4, 1)})
        self.env["dealer.score.sheet"]._fill(self.store_a, date(2026, 3, 2))
        self.assertEqual(mine.points, -5)

    def test_nobody_sees_a_colleagues_sheet(self):
        self.finish(self.register(at(9)), at(15))
        sheets = self.env["dealer.score.sheet"]._fill(self.store_a, date(2026, 3, 1))
        mine = sheets.filtered(lambda sheet: sheet.user_id == self.service_advisor)
        model = self.env["dealer.score.sheet"]
        self.assertEqual(
            model.with_user(self.service_advisor).search([("id", "in", sheets.ids)]), mine
        )
        self.assertFalse(model.with_user(self.technician).search([("id", "=", mine.id)]))
        self.assertFalse(
            self.env["dealer.score.line"]
            .with_user(self.technician)
            .search([("sheet_id", "=", mine.id)])
        )
        with self.assertRaises(AccessError):
            mine.with_user(self.service_advisor).action_confirm()
