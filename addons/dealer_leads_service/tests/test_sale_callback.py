from freezegun import freeze_time

from odoo import fields

from odoo.addons.dealer_base.tests.common import POSTS
from odoo.addons.dealer_leads.tests.common_order import OrderCase

#: Menu (its xml id without “menu_dealer_”) and the posts that see it.
MENUS = {
    "callbacks_sales": {"sales_consultant", "sales_manager", "sales_director", "system"},
    "callback_figures_sales": {"sales_manager", "sales_director", "system"},
    "repurchase_rules": {"sales_director", "general_manager", "group_executive", "system"},
}


class TestSaleCallback(OrderCase):
    """A new car that was handed over starts the ladder; the car's file and reminders begin."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["dealer.touch.rule"].search([("way_ids.channel", "=", "call_back")])
        cls.rules.since = "2027-01-01"

    def deliver(self, at="2027-03-10 02:00:00"):
        with freeze_time(at):
            order = self.make_order(self.buyer)
            order.action_order()
            order._deliver(vin=self.next_vin(), plate=self.next_plate(), mileage=12)
        return order.sudo()

    def run_rules(self, at):
        with freeze_time(at):
            self.rules._plan_now()
            touches = self.env["dealer.touch"].search([("rule_id", "in", self.rules.ids)])
            touches.filtered(
                lambda touch: touch.send_at and touch.send_at <= fields.Datetime.now()
            )._work_safely(fields.Datetime.now())

    def of(self, order):
        return self.env["dealer.callback"].search(
            [("res_model", "=", "dealer.order"), ("res_id", "=", order.id)], order="due_on, id"
        )

    def test_ladder(self):
        order = self.deliver()
        for moment in ("10 04:05", "13 02:05", "17 02:05", "25 02:05", "25 02:06"):
            self.run_rules(f"2027-03-{moment}:00")
        rows = self.of(order)
        self.assertEqual(
            [str(day) for day in rows.mapped("due_on")],
            ["2027-03-10", "2027-03-13", "2027-03-17", "2027-03-25"],
        )
        self.assertEqual(rows.mapped("is_first"), [True, False, False, False])
        self.assertEqual(rows[0].user_id, self.sales_consultant)
        self.assertEqual(rows[1:].user_id, self.care_agent)
        self.assertEqual(set(rows.mapped("about")), {"sale"})
        self.assertEqual(rows.vehicle_id, order.vehicle_id)
        self.assertTrue(all(row.answer_ids for row in rows))
        # The consultant calls and answers.
        mine = rows[0].with_user(self.sales_consultant)
        mine.answer_ids.yes_no = "yes"
        mine.satisfaction = "fully"
        with freeze_time("2027-03-10 05:00:00"):
            mine.action_reached()
        self.assertEqual(rows[0].state, "done")
        self.assertFalse(rows[0].with_user(self.stranger).has_access("read"))
        self.env.flush_all()
        with freeze_time("2027-03-20 05:00:00"):
            figures = self.env["dealer.callback.report"].browse(order.id * 2 + 1)
            self.assertEqual((figures.about, figures.verdict), ("sale", "in_time"))

    def test_file_of_the_car(self):
        order = self.deliver()
        car = order.vehicle_id
        self.assertEqual(str(car.purchase_date), "2027-03-10")
        self.assertTrue(car.service_due)
        self.run_rules(f"{fields.Date.subtract(car.service_due, days=7)} 02:05:00")
        call = self.env["dealer.callback"].search([("vehicle_id", "=", car.id)])
        step = self.env.ref("dealer_service.callback_step_first_maintenance")
        self.assertIn(step, call.step_id)
        reminder = self.env.ref("dealer_service.touch_rule_maintenance")
        query, _columns = reminder._query(extra=[("id", "=", car.id)])
        self.assertFalse(query.is_empty())

    def test_taken_back(self):
        order = self.deliver()
        self.run_rules("2027-03-10 04:05:00")
        self.assertTrue(self.of(order))
        with freeze_time("2027-03-10 05:00:00"):
            order.with_user(self.sales_manager).action_undo_delivery()
        self.assertFalse(self.of(order))
        self.run_rules("2027-03-13 02:05:00")
        self.assertFalse(self.of(order))

    def test_menus(self):
        for post in (*POSTS, "system"):
            env = self.env(user=self.users[post])
            visible = set(env["ir.ui.menu"]._visible_menu_ids())
            for name, posts in MENUS.items():
                menu = self.env.ref(f"dealer_leads_service.menu_dealer_{name}")
                shown = {menu.id, menu.parent_id.id} <= visible
                self.assertEqual(shown, post in posts, f"{post} {name}")
