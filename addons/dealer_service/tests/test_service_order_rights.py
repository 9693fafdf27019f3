from odoo.fields import Command
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common_service import QUIET, ServiceCase

#: own, team, house, pool, other: whose car it is, as in dealer_base; pool: of nobody.
#: Letters: r read, w write, c create, h hand over, d delete.
ORDERS = """
                    own   team  house prospect pool  other
    sales_consultant r.... ..... ..... - r.... .....
    sales_manager    r.... r.... ..... - r.... .....
    sales_director   r.... r.... r.... - r.... .....
    dcc_agent        ..... ..... ..... - ..... .....
    dcc_lead         ..... ..... ..... - ..... .....
    reception        -     ..... ..... - ..... .....
    service_advisor  rwch. rwch. rwch. - rwch. .....
    service_manager  rwch. rwch. rwch. - rwch. .....
    technician       -     r.... r.... - r.... .....
    care_agent       -     r.... r.... - r.... .....
    care_manager     -     r.... r.... - r.... .....
    marketing_user   -     ..... ..... - ..... .....
    marketing_manager -    ..... ..... - ..... .....
    general_manager  -     r.... r.... - r.... .....
    group_executive  -     r.... r.... - r.... .....
    system           -     rwch. rwch. - rwch. .....
    """
LINES = """
                    own  team house prospect pool other
    sales_consultant r... .... .... - r... ....
    sales_manager    r... r... .... - r... ....
    sales_director   r... r... r... - r... ....
    dcc_agent        .... .... .... - .... ....
    dcc_lead         .... .... .... - .... ....
    reception        -    .... .... - .... ....
    service_advisor  rwcd rwcd rwcd - rwcd ....
    service_manager  rwcd rwcd rwcd - rwcd ....
    technician       -    r... r... - r... ....
    care_agent       -    r... r... - r... ....
    care_manager     -    r... r... - r... ....
    marketing_user   -    .... .... - .... ....
    marketing_manager -   .... .... - .... ....
    general_manager  -    r... r... - r... ....
    group_executive  -    r... r... - r... ....
    system           -    rwcd rwcd - rwcd ....
    """
FAULTS = """
                    own  team house prospect pool other
    sales_consultant .... .... .... - .... ....
    sales_manager    .... .... .... - .... ....
    sales_director   .... .... .... - .... ....
    dcc_agent        .... .... .... - .... ....
    dcc_lead         .... .... .... - .... ....
    reception        -    .... .... - .... ....
    service_advisor  rwcd rwcd rwcd - rwcd ....
    service_manager  rwcd rwcd rwcd - rwcd ....
    technician       -    r... r... - r... ....
    care_agent       -    r... r... - r... ....
    care_manager     -    r... r... - r... ....
    marketing_user   -    .... .... - .... ....
    marketing_manager -   .... .... - .... ....
    general_manager  -    r... r... - r... ....
    group_executive  -    r... r... - r... ....
    system           -    rwcd rwcd - rwcd ....
    """
#: Worked out by the system: read by after-sales and who answers for the store, written by nobody.
WATCHES = """
                    own  team house prospect pool other
    sales_consultant .... .... .... - .... ....
    sales_manager    .... .... .... - .... ....
    sales_director   .... .... .... - .... ....
    dcc_agent        .... .... .... - .... ....
    dcc_lead         .... .... .... - .... ....
    reception        -    .... .... - .... ....
    service_advisor  r... r... r... - r... ....
    service_manager  r... r... r... - r... ....
    technician       -    r... r... - r... ....
    care_agent       -    r... r... - r... ....
    care_manager     -    r... r... - r... ....
    marketing_user   -    .... .... - .... ....
    marketing_manager -   .... .... - .... ....
    general_manager  -    r... r... - r... ....
    group_executive  -    r... r... - r... ....
    system           -    r... r... - r... ....
    """
#: What a car needs; who decides is in test_maintenance.
NEEDS = """
                    own  team house prospect pool other
    sales_consultant r... .... .... - r... ....
    sales_manager    r... r... .... - r... ....
    sales_director   r... r... r... - r... ....
    dcc_agent        .... .... .... - .... ....
    dcc_lead         .... .... .... - .... ....
    reception        -    .... .... - .... ....
    service_advisor  r... r... r... - r... ....
    service_manager  r... r... r... - r... ....
    technician       -    r... r... - r... ....
    care_agent       -    r... r... - r... ....
    care_manager     -    r... r... - r... ....
    marketing_user   -    .... .... - .... ....
    marketing_manager -   .... .... - .... ....
    general_manager  -    r... r... - r... ....
    group_executive  -    r... r... - r... ....
    system           -    r... r... - r... ....
    """
#: Noted with the customer by after-sales, kept as noted or deleted; read with the car.
REFUELS = """
                    own  team house prospect pool other
    sales_consultant r... .... .... - r... ....
    sales_manager    r... r... .... - r... ....
    sales_director   r... r... r... - r... ....
    dcc_agent        .... .... .... - .... ....
    dcc_lead         .... .... .... - .... ....
    reception        -    .... .... - .... ....
    service_advisor  r.cd r.cd r.cd - r.cd ....
    service_manager  r.cd r.cd r.cd - r.cd ....
    technician       -    r... r... - r... ....
    care_agent       -    r.cd r.cd - r.cd ....
    care_manager     -    r.cd r.cd - r.cd ....
    marketing_user   -    .... .... - .... ....
    marketing_manager -   .... .... - .... ....
    general_manager  -    r... r... - r... ....
    group_executive  -    r... r... - r... ....
    system           -    r.cd r.cd - r.cd ....
    """
LINE = {"name": "Oil", "price_unit": 80}


class TestServiceOrderRights(RoleMatrix, ServiceCase):
    """Post × workshop order × whose car × what, every cell tried out."""

    matrix = {
        "dealer.service.order": ORDERS,
        "dealer.service.order.line": LINES,
        "dealer.service.repair": FAULTS,
        "dealer.vehicle.fault": FAULTS,
        "dealer.guarantee.watch": WATCHES,
        "dealer.maintenance.need": NEEDS,
        # Told by a provider: read with the car, written by nobody.
        "dealer.violation": NEEDS,
        "dealer.vehicle.refuel": REFUELS,
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = {
            post: cls.make_customer(f"Own{post}", **{field: cls.users[post].id})
            for post, field in BINDINGS.items()
        }
        cls.team = cls.make_customer("Team", consultant_id=cls.teammate.id)
        cls.house = cls.make_customer("House", consultant_id=cls.stranger.id)
        cls.other = cls.make_customer("Other", cls.store_b, consultant_id=cls.consultant_b.id)
        cls.nobodys = cls.make_car()

    def setUp(self):
        super().setUp()
        self.orders = {}  # by car

    def order_of(self, post, column):
        if column == "prospect":
            return None, None
        store = self.store_b if column == "other" else self.store_a
        if column == "pool":
            car = self.nobodys
        elif column == "own":
            if post not in self.own:
                return None, None
            car = self.own[post].vehicle
        elif column == "team" and post == "dcc_lead":
            car = self.own["dcc_agent"].vehicle
        else:
            car = getattr(self, column).vehicle
        if car not in self.orders:
            self.orders[car] = self.make_order(
                car, unit_id=store.id, line_ids=[Command.create(LINE)]
            )
        return self.orders[car], {"vehicle_id": car.id, "unit_id": store.id}

    def _probe_dealer_service_order(self, env, post, column):
        order, values = self.order_of(post, column)
        if not order:
            return None
        return order, {
            "w": lambda: order.with_env(env).write({"findings": "x"}),
            "c": lambda: order.with_env(env).create(values),
            "h": lambda: order.with_env(env).action_close(),
        }

    def _probe_dealer_service_order_line(self, env, post, column):
        order, _values = self.order_of(post, column)
        if not order:
            return None
        line = order.line_ids
        return line, {
            "w": lambda: line.with_env(env).write({"price_unit": 90}),
            "c": lambda: line.with_env(env).create({**LINE, "order_id": order.id}),
        }

    def fault_of(self, order, name="Jerks"):
        car = order.vehicle_id
        car.invoice_date = car.invoice_date or self.now.date()
        return self.env["dealer.vehicle.fault"].create({"vehicle_id": car.id, "name": name})

    def repair_of(self, order):
        return order.repair_ids or order.repair_ids.create(
            {"order_id": order.id, "fault_id": self.fault_of(order).id}
        )

    def _probe_dealer_vehicle_fault(self, env, post, column):
        order, _values = self.order_of(post, column)
        if not order:
            return None
        fault = self.fault_of(order)
        return fault, {
            "w": lambda: fault.with_env(env).write({"name": "x"}),
            "c": lambda: fault.with_env(env).create(
                {"vehicle_id": order.vehicle_id.id, "name": "new"}
            ),
        }

    def _probe_dealer_service_repair(self, env, post, column):
        order, _values = self.order_of(post, column)
        if not order:
            return None
        repair = self.repair_of(order)
        fault = self.fault_of(order, "Other")
        return repair, {
            "w": lambda: repair.with_env(env).write({"note": "x"}),
            "c": lambda: repair.with_env(env).create({"order_id": order.id, "fault_id": fault.id}),
        }

    def _probe_dealer_guarantee_watch(self, env, post, column):
        order, _values = self.order_of(post, column)
        if not order:
            return None
        self.repair_of(order)
        watch = order.vehicle_id.guarantee_watch_ids[:1]
        self.assertTrue(watch)
        return watch, {
            "w": lambda: watch.with_env(env).write({"share": 1}),
            "c": lambda: watch.with_env(env).create(
                {
                    "vehicle_id": order.vehicle_id.id,
                    "unit_id": order.unit_id.id,
                    "code": "days",
                    "key": "forged",
                }
            ),
        }

    def _probe_dealer_maintenance_need(self, env, post, column):
        order, _values = self.order_of(post, column)
        if not order:
            return None
        need = order.vehicle_id.maintenance_need_ids[:1]
        self.assertTrue(need)
        return need, {
            "w": lambda: need.with_env(env).write({"decision": "done"}),
            "c": lambda: need.with_env(env).create(
                {"vehicle_id": order.vehicle_id.id, "line_id": need.line_id.id}
            ),
        }

    def violation_of(self, order):
        car = order.vehicle_id
        return car.violation_ids or self.env["dealer.violation"].create(
            {
                "vehicle_id": car.id,
                "unit_id": order.unit_id.id,
                "provider": "simulator",
                "external_id": str(car.id),
                "occurred_at": self.now,
                "act": "x",
                "found_on": self.now.date(),
            }
        )

    def _probe_dealer_violation(self, env, post, column):
        order, _values = self.order_of(post, column)
        if not order:
            return None
        row = self.violation_of(order)
        return row, {
            "w": lambda: row.with_env(env).write({"state": "dealt"}),
            "c": lambda: row.with_env(env).copy({"external_id": "forged"}),
        }

    def refuel_of(self, order):
        values = {"vehicle_id": order.vehicle_id.id, "litres": 40, "amount": 300}
        return self.env["dealer.vehicle.refuel"].create(values), values

    def _probe_dealer_vehicle_refuel(self, env, post, column):
        order, _values = self.order_of(post, column)
        if not order:
            return None
        row, values = self.refuel_of(order)
        return row, {
            "w": lambda: row.with_env(env).write({"amount": 1}),
            "c": lambda: row.with_env(env).create(values),
        }

    def test_refuels(self):
        self.check_model("dealer.vehicle.refuel")

    def test_violations(self):
        self.check_model("dealer.violation")

    def test_needs(self):
        self.check_model("dealer.maintenance.need")

    def test_faults(self):
        self.check_model("dealer.vehicle.fault")

    def test_repairs(self):
        self.check_model("dealer.service.repair")

    def test_watches(self):
        self.check_model("dealer.guarantee.watch")

    def test_orders(self):
        self.check_model("dealer.service.order")

    def test_lines(self):
        self.check_model("dealer.service.order.line")

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        for column in ("team", "pool", "other"):
            self.repair_of(self.order_of("system", column)[0])
            self.violation_of(self.order_of("system", column)[0])
            self.refuel_of(self.order_of("system", column)[0])
        users = self.env["res.users"].create(
            [
                self.prepare_person("t_nobody", ["base.group_user"], self.store_a),
                self.prepare_person("t_portal", ["base.group_portal"], self.store_a),
            ]
        )
        users |= self.env.ref("base.public_user")
        for post in API_POSTS:
            users |= self.make_machine(f"t_{post}", post)
        for user in users:
            self.assert_nothing(user, self.matrix)
