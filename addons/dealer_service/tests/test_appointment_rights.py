from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS, POSTS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix
from odoo.addons.dealer_capacity.tests.common import at

from .common_appointment import AppointmentCase

#: r read, w write a wish, c cancel, a check in, d delete.
MATRIX = {
    "dealer.appointment": """
                          own   team  house prospect pool other
        sales_consultant  ..... - ..... - - .....
        sales_manager     ..... - ..... - - .....
        sales_director    ..... - ..... - - .....
        dcc_agent         ..... - ..... - - .....
        dcc_lead          ..... - ..... - - .....
        reception         -     - rw.a. - - .....
        service_advisor   rwca. - rwca. - - .....
        service_manager   rwca. - rwca. - - .....
        technician        -     - r.... - - .....
        care_agent        -     - rwca. - - .....
        care_manager      -     - rwca. - - .....
        marketing_user    -     - ..... - - .....
        marketing_manager -     - ..... - - .....
        general_manager   -     - rwca. - - .....
        group_executive   -     - rwca. - - .....
        system            -     - rwca. - - .....
        """,
}
READERS = {
    "reception",
    "service_advisor",
    "service_manager",
    "technician",
    "care_agent",
    "care_manager",
    "general_manager",
    "group_executive",
    "system",
}
CHIEFS = {"service_manager", "general_manager", "group_executive", "system"}


class TestAppointmentRights(RoleMatrix, AppointmentCase):
    """Post × appointment × whose × what, every cell tried out; customers, visitors and machines read nothing."""

    matrix = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_customer("There", cls.store_b)
        cls.own = {
            post: cls.make_customer(f"Own{post}", **{field: cls.users[post].id})
            for post, field in BINDINGS.items()
        }
        cls.rows = {}

    def row_of(self, post, column):
        if column == "house":
            return self.rows.get("house") or self.rows.setdefault("house", self.make())
        if column == "other":
            if "other" not in self.rows:
                row = self.make(self.second, at(11))
                row.booking_id.unit_id = row.unit_id = self.store_b
                self.rows["other"] = row
            return self.rows["other"]
        if column == "own" and post in self.own:
            if post not in self.rows:
                number = list(self.own).index(post)
                self.rows[post] = self.make(
                    self.own[post], at(9, day=number % 5 + 1 + 7 * (number // 5))
                )
            return self.rows[post]
        return None

    def _probe_dealer_appointment(self, env, post, column):
        row = self.row_of(post, column)
        if not row:
            return None
        mine = row.with_env(env)

        def cancel():
            env["dealer.appointment.cancel"].create(
                {"appointment_ids": row.ids, "reason": "x"}
            ).action_cancel()

        def arrive():
            row.start = at(6, 15)
            mine.action_arrive()

        return row, {"w": lambda: mine.write({"note": "x"}), "c": cancel, "a": arrive}

    def test_appointments(self):
        self.check_model("dealer.appointment")

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_menu(self):
        rule = self.env["dealer.service.offpeak"].create({"name": "x", "unit_id": self.store_a.id})
        here = self.make_item("Here", 30, unit_id=self.store_a.id)
        there = self.make_item("There", 30, unit_id=self.store_b.id)
        for post in (*POSTS, "system"):
            env = self.env(user=self.users[post])
            for row in (here, rule):
                mine = row.with_env(env)
                self.assertEqual(mine.has_access("read"), post in READERS, post)
                for right in ("write", "unlink"):
                    self.assertEqual(mine.has_access(right), post in CHIEFS, f"{post} {right}")
            self.assertFalse(there.with_env(env).has_access("read"), post)
            # The menu of all stores is changed by the head office.
            self.assertEqual(
                self.minor.with_env(env).has_access("write"),
                post in ("group_executive", "system"),
                post,
            )
            self.assertEqual(
                env["dealer.appointment.report"].has_access("read"),
                post in READERS - {"reception", "technician"},
                post,
            )
        error = self.attempt(lambda: here.with_user(self.service_manager).write({"unit_id": False}))
        self.assertTrue(error)

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_who_has_no_post(self):
        self.make()
        portal = self.env["res.users"].create(
            {
                **self.prepare_person("t_portal", ["base.group_portal"], self.store_a),
                "partner_id": self.owner.partner.id,
            }
        )
        nobody = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        self.env["dealer.sign.in.code"]._issue("+8619900770001")
        self.assertFalse(self.env["dealer.sign.in.code"].with_user(self.system).has_access("read"))
        models = (
            "dealer.appointment",
            "dealer.appointment.report",
            "dealer.service.item",
            "dealer.service.offpeak",
            "dealer.capacity.booking",
        )
        # Even the own appointment is shown by the page alone, which says what belongs on it.
        for user in (portal, nobody, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, models)
