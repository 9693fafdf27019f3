from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS, POSTS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common_order import QUIET, OrderCase

#: Posts that work on orders.
SELLERS = {
    "sales_consultant",
    "sales_manager",
    "sales_director",
    "dcc_agent",
    "dcc_lead",
    "general_manager",
    "group_executive",
    "system",
}
#: The letters s and x are the steps: ordering, cancelling.
ORDERS = """
                    own    team   house  prospect pool   other
    sales_consultant rwcsx. ...... ...... ...... ...... ......
    sales_manager    rwcsx. rwcsx. ...... ...... rwc.x. ......
    sales_director   rwcsx. rwcsx. rwcsx. rwcsx. rwc.x. ......
    dcc_agent        rwcsx. ...... ...... ...... ...... ......
    dcc_lead         rwcsx. rwcsx. ...... ...... rwc.x. ......
    reception        -      ...... ...... ...... ...... ......
    service_advisor  ...... ...... ...... ...... ...... ......
    service_manager  ...... ...... ...... ...... ...... ......
    technician       -      ...... ...... ...... ...... ......
    care_agent       -      ...... ...... ...... ...... ......
    care_manager     -      ...... ...... ...... ...... ......
    marketing_user   -      ...... ...... ...... ...... ......
    marketing_manager -     ...... ...... ...... ...... ......
    general_manager  -      rwcsx. rwcsx. rwcsx. rwc.x. ......
    group_executive  -      rwcsx. rwcsx. rwcsx. rwc.x. ......
    system           -      rwcsxd rwcsxd rwcsxd rwc.xd ......
    """


class TestOrderRights(RoleMatrix, OrderCase):
    """Post × order × whose × what, every cell tried out; and what a client may forge."""

    matrix = {"dealer.order": ORDERS}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = {
            post: cls.make_customer(f"Own{post}", **{field: cls.users[post].id})
            for post, field in BINDINGS.items()
        }
        cls.team = cls.make_customer("Team", consultant_id=cls.teammate.id)
        cls.prospect = cls.make_customer("Prospect", car=False, consultant_id=cls.stranger.id)
        cls.pool = cls.make_customer("Pool", car=False)
        cls.other = cls.make_customer("Other", cls.store_b, consultant_id=cls.consultant_b.id)
        cls.orders = {
            customer.tag: cls.make_order(customer, user=cls.env.user)
            for customer in cls.customers.values()
        }

    def customer_of(self, post, column):
        if column == "own":
            return self.own.get(post)
        if column == "team" and post == "dcc_lead":
            return self.own["dcc_agent"]
        return getattr(self, column)

    def _probe_dealer_order(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        order = self.orders[customer.tag].with_env(env)
        return order, {
            "w": lambda: order.write({"color": "red"}),
            "c": lambda: self.make_order(customer, user=env.user),
            "s": order.action_order,
            "x": lambda: order._cancel(self.reason),
        }

    def test_orders(self):
        self.check_model("dealer.order")

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        models = ("dealer.order", "dealer.order.step", "dealer.order.cancel.reason")
        nobody = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        for user in (nobody, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, models)

    @mute_logger(*QUIET)
    def test_reasons(self):
        writers = {"sales_director", "general_manager", "group_executive", "system"}
        for post in (*POSTS, "system"):
            reason = self.reason.with_user(self.users[post])
            for right, posts in (("read", SELLERS), ("write", writers), ("unlink", {"system"})):
                self.assertEqual(reason.has_access(right), post in posts, f"{post} {right}")

    # ------------------------------------------------------------------ the back door

    def test_state_is_written_by_steps_only(self):
        order = self.make_order(vin=self.next_vin())
        forged = {
            "state": "delivered",
            "name": "X",
            "consultant_id": self.teammate.id,
            "relation_id": self.mate.relation.id,
            "delivered_on": self.today,
            "cancel_reason_id": self.reason.id,
            "company_id": self.store_b.company_id.id,
            "is_direct": False,
            "ownership_id": 1,
        }
        for user in (self.sales_consultant, self.sales_director, self.system):
            for field, value in forged.items():
                with self.assertRaisesRegex(UserError, "by its buttons"):
                    order.with_user(user).write({field: value})
            with self.assertRaisesRegex(UserError, "by its buttons"):
                order.with_user(user).web_save({"state": "ordered"}, {"state": {}})
            # A context that a client may send opens nothing.
            with self.assertRaisesRegex(UserError, "by its buttons"):
                order.with_user(user).with_context(dealer_checked=True, su=True).write(
                    {"state": "ordered"}
                )
        orders = self.env["dealer.order"].with_user(self.sales_consultant)
        for made in (
            self.make_order(**forged),
            orders.with_context(
                **{f"default_{field}": value for field, value in forged.items()}
            ).create({"partner_id": self.buyer.partner.id, "price": 1}),
        ):
            self.assertEqual(made.state, "draft")
            self.assertFalse(made.delivered_on or made.cancel_reason_id or made.ownership_id)
            self.assertTrue(made.name.startswith("T-A-O"))
            self.assertEqual(made.consultant_id, self.sales_consultant)
            self.assertEqual(made.company_id, self.store_a.company_id)
        result = orders.load(
            ["partner_id/.id", "price", "state"], [[str(self.buyer.partner.id), "1", "delivered"]]
        )
        self.assertEqual(orders.browse(result["ids"]).state, "draft")
        copied = self.make_delivered().copy()
        self.assertEqual((copied.state, copied.vin, copied.delivered_on), ("draft", False, False))

    def test_private_methods_are_no_rpc(self):
        from odoo.service.model import get_public_method

        for method in ("_deliver", "_cancel", "_plan", "_hand_car_over", "_win_lead"):
            with self.assertRaises(AccessError):
                get_public_method(self.env["dealer.order"], method)

    @mute_logger(*QUIET)
    def test_not_for_somebody_elses_customer(self):
        for customer in (self.mate, self.house, self.pool, self.other):
            error = self.attempt(
                lambda customer=customer: self.make_order(customer, user=self.sales_consultant)
            )
            self.assertIsInstance(error, AccessError, customer.tag)
        mine = self.make_order()
        for values in (
            {"partner_id": self.house.partner.id},
            {"lead_id": self.make_lead(self.house).id},
            {"unit_id": self.store_b.id},
        ):
            error = self.attempt(lambda values=values: mine.write(values))
            self.assertIsInstance(error, UserError, values)
        hidden = self.make_customer("Hidden", self.store_b)
        for action in (
            lambda: mine.write({"vehicle_id": hidden.vehicle.id}),
            lambda: self.make_order(vehicle_id=hidden.vehicle.id),
            lambda: mine.with_context(default_vehicle_id=hidden.vehicle.id).copy(),
        ):
            error = self.attempt(action)
            self.assertIsInstance(error, AccessError)
            self.assertNotIn(hidden.vehicle.vin, str(error))

    @mute_logger(*QUIET)
    def test_wizard_is_no_way_around(self):
        order = self.orders["House"]
        wizards = self.env["dealer.order.step"].with_user(self.sales_consultant)
        for step in ("plan", "deliver", "cancel"):
            error = self.attempt(
                lambda step=step: wizards.create(
                    {
                        "order_id": order.id,
                        "step": step,
                        "planned_on": self.today,
                        "vin": self.next_vin(),
                        "reason_id": self.reason.id,
                    }
                ).action_do()
            )
            self.assertIsInstance(error, AccessError, step)

    @mute_logger(*QUIET)
    def test_cost_is_for_managers(self):
        order = self.make_order(user=self.sales_manager, cost=120000)
        for post in ("sales_consultant", "dcc_agent", "dcc_lead"):
            mine = order.with_user(self.users[post])
            names = mine.fields_get(["cost", "margin", "price"])
            self.assertEqual(set(names), {"price"}, post)
        mine = order.with_user(self.sales_consultant)
        for action in (
            lambda: mine.read(["cost"]),
            lambda: mine.read(["margin"]),
            lambda: mine.write({"cost": 1}),
            lambda: mine.search([("cost", ">", 100)]),
            lambda: mine.search([], order="margin"),
            lambda: mine.formatted_read_group([], ["state"], ["margin:sum"]),
        ):
            self.assertIsInstance(self.attempt(action), AccessError)
        self.assertEqual(order.with_user(self.sales_manager).read(["margin"])[0]["margin"], 18000)
        arch = mine.get_view(view_type="form")["arch"]
        self.assertNotIn('name="cost"', arch)

    def test_agreed_terms_stay(self):
        order = self.make_order(lead_id=self.lead.id, vin=self.next_vin())
        order.action_order()
        order.write({"price": 137000, "color": "黑"})
        with self.assertRaisesRegex(UserError, "corrected by the manager"):
            order.ordered_on = self.day(-1)
        order.with_user(self.sales_manager).ordered_on = self.day(-1)
        for values in (
            {"partner_id": self.mate.partner.id},
            {"lead_id": False},
            {"unit_id": self.store_b.id},
        ):
            with self.assertRaisesRegex(UserError, "buyer, lead and store stay"):
                order.with_user(self.sales_manager).write(values)
        order._plan(self.day(1))
        with self.assertRaisesRegex(UserError, "changed by the manager"):
            order.price = 1
        order.write({"vin": self.next_vin(), "plate": self.next_plate(), "note": "送脚垫"})
        order.with_user(self.sales_manager).price = 136000
        order._deliver()
        for values in ({"price": 1}, {"vin": self.next_vin()}, {"planned_on": self.day(2)}):
            with self.assertRaisesRegex(UserError, "is closed"):
                order.with_user(self.sales_director).write(values)
        order.handover_note = "补交一把钥匙"

    @mute_logger(*QUIET)
    def test_taking_back_is_for_managers(self):
        delivered = self.make_delivered()
        cancelled = self.make_order()
        cancelled._cancel(self.reason)
        for step in (delivered.action_undo_delivery, cancelled.action_reset):
            with self.assertRaises(AccessError):
                step()
        foreign = delivered.with_user(self.consultant_b)
        for step in (foreign.action_undo_delivery, foreign.action_deliver, foreign.read):
            self.assertIsInstance(self.attempt(step), AccessError)

    def test_two_stores(self):
        both = self.make_customer(
            "Both", self.store_a | self.store_b, car=False, consultant_id=self.sales_consultant.id
        )
        order_a = self.make_order(both)
        order_b = self.make_order(both, user=self.env.user, unit_id=self.store_b.id)
        order_b.with_user(self.env.user).relation_id._assign(
            {"consultant_id": self.consultant_b.id}, "test"
        )
        for user, seen in ((self.sales_consultant, order_a), (self.consultant_b, order_b)):
            found = (
                self.env["dealer.order"]
                .with_user(user)
                .search([("partner_id", "=", both.partner.id)])
            )
            self.assertEqual(found, seen)
            self.assertEqual(both.partner.with_user(user).dealer_order_count, 1)
        order_b.with_user(self.consultant_b).action_order()
        stages = {relation.unit_id: relation.stage for relation in both.relation}
        self.assertEqual(stages, {self.store_a: "prospect", self.store_b: "ordered"})
        # An executive of both divisions sees both, of one store switched on the one.
        self.group_executive.dealer_unit_id = self.headquarters
        orders = self.env["dealer.order"].with_user(self.group_executive)
        for stores, seen in (
            (self.store_a | self.store_b, order_a | order_b),
            (self.store_b, order_b),
        ):
            found = orders.with_context(allowed_company_ids=stores.company_id.ids).search(
                [("partner_id", "=", both.partner.id)]
            )
            self.assertEqual(found, seen)

    def test_names_of_customers_never_leak(self):
        orders = self.env["dealer.order"].with_user(self.sales_consultant)
        name = self.house.name_canary
        self.orders["House"].sudo().note = f"note{name}"
        self.assertFalse(orders.search([("partner_id.name", "ilike", name)]))
        self.assertFalse(orders.search([("note", "ilike", name)]))
        self.assertFalse(orders.name_search(name))
        self.assertNotIn(name, str(orders.formatted_read_group([], ["partner_id"], ["__count"])))
        self.sales_consultant.group_ids = [Command.link(self.env.ref("base.group_allow_export").id)]
        self.assertNotIn(name, str(orders.search([]).export_data(["partner_id/name", "note"])))
