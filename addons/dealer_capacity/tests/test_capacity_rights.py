from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common import CapacityCase, at

#: own: of the person's store; pool: of all stores; other: of another store.
PLANNED = """
                    own   team  house prospect pool  other
    *                r... - - - - ....
    sales_manager    rwcd - - - - ....
    sales_director   rwcd - - - - ....
    service_manager  rwcd - - - - ....
    care_manager     rwcd - - - - ....
    general_manager  rwcd - - - - ....
    group_executive  rwcd - - - - ....
    system           rwcd - - - - ....
    marketing_user   .... - - - - ....
    marketing_manager .... - - - - ....
    """
JOBS = """
                    own   team  house prospect pool  other
    *                r... - - - r... ....
    sales_manager    rwcd - - - r... ....
    sales_director   rwcd - - - r... ....
    service_manager  rwcd - - - r... ....
    care_manager     rwcd - - - r... ....
    general_manager  rwcd - - - r... ....
    group_executive  rwcd - - - rwcd ....
    system           rwcd - - - rwcd ....
    marketing_user   .... - - - .... ....
    marketing_manager .... - - - .... ....
    """
#: What everybody shares.
SHARED = """
                    own   team  house prospect pool  other
    *                - - - - r... -
    sales_manager    - - - - rwcd -
    sales_director   - - - - rwcd -
    service_manager  - - - - rwcd -
    care_manager     - - - - rwcd -
    general_manager  - - - - rwcd -
    group_executive  - - - - rwcd -
    system           - - - - rwcd -
    marketing_user   - - - - .... -
    marketing_manager - - - - .... -
    """
#: Bookings for a customer's relation are read by whoever may read that; nobody writes them by hand. The
#: letter m moves one.
AS_THE_RECORD = """
                    own   team  house prospect pool  other
    sales_consultant r..m. ..... ..... ..... r.... .....
    sales_manager    r..m. r..m. ..... ..... r..m. .....
    sales_director   r..m. r..m. r..m. r..m. r..m. .....
    dcc_agent        r..m. ..... ..... ..... r.... .....
    dcc_lead         r..m. r..m. ..... ..... r..m. .....
    reception        -     r..m. r..m. r..m. r..m. .....
    service_advisor  r..m. r..m. r..m. ..... ..... .....
    service_manager  r..m. r..m. r..m. ..... ..... .....
    technician       -     r.... r.... ..... ..... .....
    care_agent       -     r..m. r..m. ..... ..... .....
    care_manager     -     r..m. r..m. ..... ..... .....
    marketing_user   -     ..... ..... ..... ..... .....
    marketing_manager -    ..... ..... ..... ..... .....
    general_manager  -     r..m. r..m. r..m. r..m. .....
    group_executive  -     r..m. r..m. r..m. r..m. .....
    system           -     r..m. r..m. r..m. r..m. .....
    """
#: Who waits for a customer's relation.
WAITING = """
                    own   team  house prospect pool  other
    sales_consultant rwcd .... .... .... r... ....
    sales_manager    rwcd rwcd .... .... rwcd ....
    sales_director   rwcd rwcd rwcd rwcd rwcd ....
    dcc_agent        rwcd .... .... .... r... ....
    dcc_lead         rwcd rwcd .... .... rwcd ....
    reception        -    r... r... r... r... ....
    service_advisor  rwcd rwcd rwcd .... .... ....
    service_manager  rwcd rwcd rwcd .... .... ....
    technician       -    .... .... .... .... ....
    care_agent       -    rwcd rwcd .... .... ....
    care_manager     -    rwcd rwcd .... .... ....
    marketing_user   -    .... .... .... .... ....
    marketing_manager -   .... .... .... .... ....
    general_manager  -    rwcd rwcd rwcd rwcd ....
    group_executive  -    rwcd rwcd rwcd rwcd ....
    system           -    rwcd rwcd rwcd rwcd ....
    """
#: Which bay is taken when is no secret in the store.
LINES = """
                    own   team  house prospect pool  other
    *                r... - - - - ....
    marketing_user   .... - - - - ....
    marketing_manager .... - - - - ....
    """
#: The books of the system.
SYSTEM = """
                    own   team  house prospect pool  other
    *                - - - - .... -
    system           - - - - r... -
    """
#: A wizard is nobody's but its maker's.
WIZARD = """
                    own   team  house prospect pool  other
    *                c - - - - -
    technician       . - - - - -
    marketing_user   . - - - - -
    marketing_manager . - - - - -
    """
MATRIX = {
    "dealer.capacity.kind": """
                        own   team  house prospect pool  other
        *                - - - - r... -
        system           - - - - rwcd -
        marketing_user   - - - - .... -
        marketing_manager - - - - .... -
        """,
    "dealer.capacity.skill": SHARED,
    "dealer.capacity.resource": PLANNED,
    "dealer.capacity.exception": PLANNED,
    "dealer.capacity.job": JOBS,
    "dealer.capacity.need": JOBS,
    "dealer.capacity.booking": AS_THE_RECORD,
    "dealer.capacity.booking.line": LINES,
    "dealer.capacity.waiting": WAITING,
    "dealer.capacity.slot": SYSTEM,
    "dealer.capacity.hold": SYSTEM,
    "dealer.capacity.claim": SYSTEM,
}
WIZARDS = {"dealer.capacity.book", "dealer.capacity.book.slot", "dealer.capacity.swap"}
QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")


@tagged("post_install", "-at_install")
class TestCapacityRights(RoleMatrix, CapacityCase):
    """Post × model × whose × what, every cell tried out; and what a client may forge."""

    matrix = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = {
            post: cls.make_customer(f"Own{post}", **{field: cls.users[post].id})
            for post, field in BINDINGS.items()
        }
        cls.team = cls.make_customer("Team", consultant_id=cls.teammate.id)
        cls.house = cls.make_customer("House", consultant_id=cls.stranger.id)
        cls.prospect = cls.make_customer("Prospect", car=False, consultant_id=cls.stranger.id)
        cls.pool = cls.make_customer("Pool", car=False)
        cls.other = cls.make_customer("Other", cls.store_b, consultant_id=cls.consultant_b.id)
        cls.system.group_ids |= cls.env.ref("base.group_partner_manager")
        cls.bay_b = cls.make_resource("Bay B", cls.bay_kind, store=cls.store_b)
        # Room for every cell of the table.
        for store in (cls.store_a, cls.store_b):
            cls.make_resource("Yard", cls.bay_kind, store=store, units=5000)

    def customer_of(self, post, column):
        if column == "own":
            return self.own.get(post)
        if column == "team" and post == "dcc_lead":
            return self.own["dcc_agent"]
        return getattr(self, column)

    def store_of(self, column):
        return {"own": self.store_a, "pool": self.env["dealer.unit"], "other": self.store_b}[column]

    def booking_for(self, customer, **values):
        relation = customer.relation
        return self.engine._book(
            self.bay_need,
            at(9),
            relation.unit_id,
            {"res_model": relation._name, "res_id": relation.id, **values},
        )

    # ------------------------------------------------------------------ probes

    def _probe_dealer_capacity_kind(self, env, post, column):
        if column != "pool":
            return None
        number = next(self.serial)
        kind = self.env["dealer.capacity.kind"].create({"name": "probe", "code": f"p{number}"})
        return kind, {
            "w": lambda: kind.with_env(env).write({"sequence": 5}),
            "c": lambda: kind.with_env(env).create({"name": "new", "code": f"n{number}"}),
        }

    def _probe_dealer_capacity_skill(self, env, post, column):
        if column != "pool":
            return None
        number = next(self.serial)
        skill = self.env["dealer.capacity.skill"].create({"name": f"probe {number}"})
        return skill, {
            "w": lambda: skill.with_env(env).write({"name": f"renamed {number}"}),
            "c": lambda: skill.with_env(env).create({"name": f"new {number}"}),
        }

    def _probe_dealer_capacity_resource(self, env, post, column):
        if column not in ("own", "other"):
            return None
        store = self.store_of(column)
        resource = self.make_resource("probe", self.bay_kind, store=store)
        values = {"name": "new", "kind_id": self.bay_kind.id, "unit_id": store.id}
        return resource, {
            "w": lambda: resource.with_env(env).write({"name": "renamed"}),
            "c": lambda: resource.with_env(env).create(values),
        }

    def _probe_dealer_capacity_exception(self, env, post, column):
        if column not in ("own", "other"):
            return None
        store = self.store_of(column)
        closure = self.close(at(9, day=9), at(10, day=9), store=store)
        values = {"unit_id": store.id, "start": at(9, day=9), "stop": at(10, day=9)}
        return closure, {
            "w": lambda: closure.with_env(env).write({"reason": "written"}),
            "c": lambda: closure.with_env(env).create(values),
        }

    def job_of(self, store):
        return self.env["dealer.capacity.job"].create(
            {
                "name": "probe",
                "unit_id": store.id,
                "need_ids": [Command.create({"kind_id": self.bay_kind.id})] * 2,
            }
        )

    def _probe_dealer_capacity_job(self, env, post, column):
        if column not in ("own", "pool", "other"):
            return None
        store = self.store_of(column)
        job = self.job_of(store)
        values = {
            "name": "new",
            "unit_id": store.id,
            "need_ids": [Command.create({"kind_id": self.bay_kind.id})],
        }
        return job, {
            "w": lambda: job.with_env(env).write({"name": "renamed"}),
            "c": lambda: job.with_env(env).create(values),
        }

    def _probe_dealer_capacity_need(self, env, post, column):
        if column not in ("own", "pool", "other"):
            return None
        job = self.job_of(self.store_of(column))
        line = job.need_ids[0]
        return line, {
            "w": lambda: line.with_env(env).write({"minutes": 30}),
            "c": lambda: line.with_env(env).create({"job_id": job.id, "kind_id": self.bay_kind.id}),
        }

    def _probe_dealer_capacity_booking(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        booking = self.booking_for(customer)
        values = {"unit_id": booking.unit_id.id, "start": at(9), "stop": at(10)}
        mine = booking.with_env(env)
        return booking, {
            "w": lambda: mine.write({"start": at(14)}),
            "c": lambda: mine.create(values),
            "m": lambda: mine.move(at(14)),
        }

    def _probe_dealer_capacity_booking_line(self, env, post, column):
        if column not in ("own", "other"):
            return None
        line = self.booking_for(self.other if column == "other" else self.house).line_ids
        values = {
            "booking_id": line.booking_id.id,
            "resource_id": line.resource_id.id,
            "kind_id": line.kind_id.id,
            "minutes": 60,
            "start": at(9),
            "stop": at(10),
        }
        return line, {
            "w": lambda: line.with_env(env).write({"stop": at(18)}),
            "c": lambda: line.with_env(env).create(values),
        }

    def _probe_dealer_capacity_waiting(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        values = {
            "unit_id": customer.relation.unit_id.id,
            "job_id": self.job.id,
            "res_model": "dealer.relation",
            "res_id": customer.relation.id,
            "partner_id": customer.partner.id,
            "user_id": False,
            "date_from": at(9),
            "date_to": at(10),
        }
        row = self.env["dealer.capacity.waiting"].create(values)
        return row, {
            "w": lambda: row.with_env(env).write({"note": "written"}),
            "c": lambda: row.with_env(env).create({**values, "user_id": env.uid}),
        }

    def _probe_dealer_capacity_slot(self, env, post, column):
        return self.probe_book(env, column, "dealer.capacity.slot", {"used": 0})

    def _probe_dealer_capacity_hold(self, env, post, column):
        return self.probe_book(env, column, "dealer.capacity.hold", {"units": 9})

    def _probe_dealer_capacity_claim(self, env, post, column):
        return self.probe_book(env, column, "dealer.capacity.claim", {"key": 9})

    def probe_book(self, env, column, model, values):
        if column != "pool":
            return None
        self.booking_for(self.house)
        row = self.env[model].search([], limit=1, order="id desc")
        return row, {
            "w": lambda: row.with_env(env).write(values),
            "c": lambda: row.with_env(env).create(values),
        }

    def test_table_is_whole(self):
        models = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == "dealer_capacity" and not model._abstract
        }
        self.assertEqual(models, set(self.matrix) | WIZARDS)

    def test_matrix(self):
        for model in self.matrix:
            with self.subTest(model=model):
                self.check_model(model)

    def test_who_has_no_post(self):
        self.booking_for(self.house)
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
            self.assert_nothing(user, set(MATRIX))
            engine = self.engine.with_user(user)
            with mute_logger(*QUIET):
                for action in (
                    lambda engine=engine: engine.availability(self.need, at(9), at(10)),
                    lambda engine=engine: engine.book(self.need, at(9)),
                ):
                    self.assertIsInstance(self.attempt(action), AccessError)

    # ------------------------------------------------------------------ what a client may forge

    def test_own_bookings_only(self):
        """A consultant finds, counts and groups the bookings of the own customers and nobody else's."""
        everybody = [*self.own.values(), self.team, self.house, self.prospect, self.pool]
        bookings = self.env["dealer.capacity.booking"].concat(
            *(self.booking_for(customer) for customer in everybody)
        )
        mine = self.env(user=self.sales_consultant)["dealer.capacity.booking"]
        domain = [("id", "in", bookings.ids)]
        visible = mine.search(domain)
        seen = self.own["sales_consultant"], self.pool
        relations = {customer.relation.id for customer in seen}
        relations |= {
            customer.relation.id
            for customer in everybody
            if not (customer.relation.consultant_id or customer.relation.dcc_agent_id)
        }
        self.assertEqual({booking.res_id for booking in visible.sudo()}, relations)
        self.assertEqual(mine.search_count(domain), len(relations))
        groups = mine._read_group(domain, ["state"], ["__count"])
        self.assertEqual(groups, [("confirmed", len(relations))])

    def test_booking_of_no_document_is_as_secret_as_the_customer(self):
        booking = self.engine._book(
            self.bay_need, at(9), self.store_a, {"partner_id": self.house.partner.id}
        )
        for post, seen in (
            ("sales_consultant", False),
            ("sales_director", True),
            ("service_advisor", True),
        ):
            mine = booking.with_user(self.users[post])
            self.assertEqual(mine.has_access("read"), seen, post)
            self.assertEqual(bool(mine.search([("id", "=", booking.id)])), seen, post)
        booking.partner_id = False
        self.assertTrue(booking.with_user(self.sales_consultant).has_access("read"))

    def test_technician_sees_the_own_bookings(self):
        self.ann.user_id = self.technician
        prospect = self.prospect.relation
        booking = self.engine._book(
            [{"kind": "technician", "skill": "t_brakes"}],
            at(9),
            self.store_a,
            {"res_model": prospect._name, "res_id": prospect.id},
        )
        mine = booking.with_user(self.technician)
        self.assertTrue(mine.has_access("read"))
        self.assertIn(booking, mine.search([]))
        with self.assertRaisesRegex(AccessError, "your own bookings"):
            mine.move(at(14))

    def test_book_for_what_one_may_read(self):
        engine = self.env(user=self.sales_consultant)["dealer.capacity"]
        relation = self.own["sales_consultant"].relation
        values = {"res_model": relation._name, "res_id": relation.id}
        number = engine.book(self.bay_need, at(9), values)
        booking = self.env["dealer.capacity.booking"].browse(number)
        self.assertEqual(booking.user_id, self.sales_consultant)
        hidden = self.house.relation
        refused = (
            {"res_model": hidden._name, "res_id": hidden.id},
            {"partner_id": self.house.partner.id},
        )
        wrong = (
            {"res_model": "no.such.model", "res_id": 1},
            {"res_model": relation._name},
            {"user_id": self.consultant_b.id},
            {"state": "consumed"},
        )
        with mute_logger(*QUIET):
            for values in refused:
                error = self.attempt(
                    lambda values=values: engine.book(self.bay_need, at(9), values)
                )
                self.assertIsInstance(error, AccessError, values)
            for values in wrong:
                error = self.attempt(
                    lambda values=values: engine.book(self.bay_need, at(9), values)
                )
                self.assertIsInstance(error, UserError, values)
            error = self.attempt(
                lambda: engine.book(self.bay_need, at(9), {}, unit_id=self.store_b.id)
            )
            self.assertIsInstance(error, AccessError)

    def test_board_tells_that_but_not_what_for(self):
        """Everybody of the store sees that a bay is taken; for whom, who may read the booking."""
        hidden = self.booking_for(self.house, name="secret words")
        for post, seen in (("sales_consultant", False), ("general_manager", True)):
            engine = self.env(user=self.users[post])["dealer.capacity"]
            board = engine.board(self.bay_kind.id, "2026-03-02")
            blocks = [
                block
                for row in board["rows"]
                for cell in row["cells"]
                for block in cell["blocks"]
                if block["id"] == hidden.line_ids.id
            ]
            self.assertEqual(len(blocks), 1)
            self.assertEqual("secret words" in blocks[0]["title"], seen)
            self.assertEqual(blocks[0]["booking_id"], hidden.id if seen else False)
            self.assertEqual(blocks[0]["movable"], seen)
        with mute_logger(*QUIET):
            for action in (
                lambda: engine.with_user(self.consultant_b).board(unit_id=self.store_a.id),
                lambda: engine.with_user(self.sales_consultant).board_move(
                    hidden.id, hidden.line_ids.id, self.bay2.id, "2026-03-02", 840
                ),
            ):
                self.assertIsInstance(self.attempt(action), AccessError)

    def test_offers_are_made_by_the_system(self):
        """Nobody gives oneself an offer, not even as a default."""
        relation = self.own["service_advisor"].relation
        booking = self.booking_for(self.own["service_advisor"])
        row = self.env["dealer.capacity.waiting"].create(
            {
                "unit_id": self.store_a.id,
                "job_id": self.job.id,
                "user_id": self.service_advisor.id,
                "res_model": relation._name,
                "res_id": relation.id,
                "date_from": at(9),
                "date_to": at(10),
            }
        )
        mine = row.with_user(self.service_advisor)
        with mute_logger(*QUIET):
            for values in (
                {"booking_id": booking.id},
                {"state": "offered"},
                {"offered_until": at(18)},
            ):
                self.assertIsInstance(
                    self.attempt(lambda values=values: mine.write(values)), AccessError
                )
            self.assertIsInstance(
                self.attempt(
                    lambda: self.ann.with_user(self.service_manager).write(
                        {"recheck_until": at(18)}
                    )
                ),
                AccessError,
            )

    def test_nothing_is_moved_to_another_store(self):
        """Rules look at what was; what becomes of it is asked, too."""
        resource = self.make_resource("mine", self.tool_kind)
        closure = self.close(at(9), at(10))
        job = self.job_of(self.store_a)
        theirs = self.job_of(self.store_b)
        for record, values in (
            (resource, {"unit_id": self.store_b.id}),
            (closure, {"unit_id": self.store_b.id}),
            (job, {"unit_id": self.store_b.id}),
            (job, {"unit_id": False}),
            (job.need_ids[0], {"job_id": theirs.id}),
        ):
            with self.subTest(values=values), mute_logger(*QUIET):
                error = self.attempt(lambda: record.with_user(self.general_manager).write(values))
                self.assertIsInstance(error, AccessError)

    def test_swap_asks_for_both_bookings(self):
        """Nobody takes the technician of a booking that is not theirs to change."""
        need = [{"kind": "technician", "skill": "t_brakes"}]

        def book(customer):
            relation = customer.relation
            return self.engine._book(
                need, at(9), self.store_a, {"res_model": relation._name, "res_id": relation.id}
            )

        mine, hidden = book(self.own["sales_consultant"]), book(self.house)
        with mute_logger(*QUIET):
            error = self.attempt(
                lambda: mine.with_user(self.sales_consultant).swap(
                    mine.line_ids.id, hidden.line_ids.resource_id.id
                )
            )
        self.assertIsInstance(error, AccessError)
