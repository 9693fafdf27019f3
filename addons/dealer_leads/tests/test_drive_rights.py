from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS, POSTS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common_drive import DriveCase
from .common_order import QUIET

#: Posts that work on drives.
DRIVERS = {
    "sales_consultant",
    "sales_manager",
    "sales_director",
    "dcc_agent",
    "dcc_lead",
    "general_manager",
    "group_executive",
    "system",
}
#: The letters m, l and x are the steps: moving, checking the licence, cancelling.
DRIVES = """
                    own    team   house  prospect pool   other
    sales_consultant rwcmlx. ....... ....... ....... ....... .......
    sales_manager    rwcmlx. rwcmlx. ....... ....... rwcmlx. .......
    sales_director   rwcmlx. rwcmlx. rwcmlx. rwcmlx. rwcmlx. .......
    dcc_agent        rwcmlx. ....... ....... ....... ....... .......
    dcc_lead         rwcmlx. rwcmlx. ....... ....... rwcmlx. .......
    reception        -       ....... ....... ....... ....... .......
    service_advisor  ....... ....... ....... ....... ....... .......
    service_manager  ....... ....... ....... ....... ....... .......
    technician       -       ....... ....... ....... ....... .......
    care_agent       -       ....... ....... ....... ....... .......
    care_manager     -       ....... ....... ....... ....... .......
    marketing_user   -       ....... ....... ....... ....... .......
    marketing_manager -      ....... ....... ....... ....... .......
    general_manager  -       rwcmlx. rwcmlx. rwcmlx. rwcmlx. .......
    group_executive  -       rwcmlx. rwcmlx. rwcmlx. rwcmlx. .......
    system           -       rwcmlx. rwcmlx. rwcmlx. rwcmlx. .......
    """


class TestDriveRights(RoleMatrix, DriveCase):
    """Post × drive × whose × what, every cell tried out; and what a client may forge."""

    matrix = {"dealer.test.drive": DRIVES}

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
        # Who rides along sees the drive; here that is nobody whom the table asks about.
        cls.rider = cls.make_person("t_rider", "sales_consultant", cls.store_a)
        cls.rider_b = cls.make_person("t_rider_b", "sales_consultant", cls.store_b)
        kind = cls.env.ref("dealer_leads.kind_salesperson")
        cls.env["dealer.capacity.resource"].create(
            [
                {
                    "name": rider.name,
                    "kind_id": kind.id,
                    "unit_id": store.id,
                    "user_id": rider.id,
                    "unit_minutes": 15,
                }
                for rider, store in ((cls.rider, cls.store_a), (cls.rider_b, cls.store_b))
            ]
        )
        cls.booked = {}
        for place, customer in enumerate(list(cls.customers.values())):
            cls.booked[customer.tag] = cls.make_for(customer, cls.env.user, place * 2 + 1)

    @classmethod
    def make_for(cls, customer, user, hours):
        store = customer.relation[:1].unit_id
        rider = cls.rider if store == cls.store_a else cls.rider_b
        return cls.make_drive(customer, user, user_id=rider.id, start=cls.soon(hours))

    def customer_of(self, post, column):
        if column == "own":
            return self.own.get(post)
        if column == "team" and post == "dcc_lead":
            return self.own["dcc_agent"]
        return getattr(self, column)

    def _probe_dealer_test_drive(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        drive = self.booked[customer.tag].with_env(env)
        return drive, {
            "w": lambda: drive.write({"note": "x"}),
            "c": lambda: self.make_for(customer, env.user, 100),
            "m": lambda: drive.write({"start": self.soon(120)}),
            "l": lambda: self.check(drive),
            "x": lambda: drive._cancel("x"),
        }

    def test_drives(self):
        self.check_model("dealer.test.drive")

    def test_companion_sees_the_drive(self):
        drive = self.drives.browse(self.booked["Team"].id).with_user(self.rider)
        self.assertTrue(drive.has_access("write"))
        self.assertEqual(drive.customer_name, self.team.partner.name)
        self.check(drive)
        other = self.drives.browse(self.booked["Other"].id).with_user(self.rider)
        self.assertFalse(other.has_access("read"))

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        models = (
            "dealer.test.drive",
            "dealer.test.drive.step",
            "dealer.test.drive.book",
            "dealer.test.drive.book.slot",
            "dealer.test.drive.report",
            "dealer.test.drive.route",
            "dealer.test.drive.template",
        )
        nobody = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        portal = new_test_user(self.env, "t_portal", groups="base.group_portal")
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        for user in (nobody, portal, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, models)

    @mute_logger(*QUIET)
    def test_settings(self):
        common = self.env.ref("dealer_leads.test_drive_template")
        own = common.copy({"unit_id": self.store_a.id})
        foreign = common.copy({"unit_id": self.store_b.id})
        writers = {
            "sales_manager",
            "sales_director",
            "general_manager",
            "group_executive",
            "system",
        }
        for post in (*POSTS, "system"):
            for template, reads, writes in (
                (common, DRIVERS, {"group_executive", "system"}),
                (own, DRIVERS, writers),
                (foreign, set(), set()),
            ):
                mine = template.with_user(self.users[post])
                self.assertEqual(mine.has_access("read"), post in reads, f"{post} {template}")
                self.assertEqual(mine.has_access("write"), post in writes, f"{post} {template}")

    # ------------------------------------------------------------------ the back door

    @mute_logger(*QUIET)
    def test_course_is_written_by_steps_only(self):
        drive = self.make_drive(start=self.soon(100))
        forged = {
            "state": "driving",
            "licence_checked_at": "2026-01-01 00:00:00",
            "licence_masked": "x",
            "signed_at": "2026-01-01 00:00:00",
            "agreement": "x",
            "signature": "aGk=",
            "attachment_id": 1,
            "attachment_sha256": "x",
            "mileage_out": 1,
            "mileage_in": 5,
            "booking_id": 1,
            "event_id": 1,
            "relation_id": self.mate.relation.id,
            "company_id": self.store_b.company_id.id,
            "senior_companion": True,
        }
        for user in (self.sales_consultant, self.sales_director, self.system):
            for field, value in forged.items():
                with self.assertRaisesRegex(UserError, "by its buttons"):
                    drive.with_user(user).write({field: value})
            with self.assertRaisesRegex(UserError, "by its buttons"):
                drive.with_user(user).web_save({"state": "signed"}, {"state": {}})
            with self.assertRaisesRegex(UserError, "by its buttons"):
                drive.with_user(user).with_context(dealer_checked=True, su=True).write(
                    {"state": "signed"}
                )
        drives = self.drives.with_user(self.sales_consultant).with_company(self.store_a.company_id)
        for made in (
            self.make_drive(start=self.soon(102), **forged),
            drives.with_context(
                **{f"default_{field}": value for field, value in forged.items()}
            ).create(
                {
                    "partner_id": self.buyer.partner.id,
                    "car_id": self.car.id,
                    "start": self.soon(104),
                }
            ),
        ):
            self.assertEqual(made.state, "booked")
            self.assertFalse(made.signed_at or made.licence_checked_at or made.mileage_out)
            self.assertEqual(made.sudo().booking_id.state, "confirmed")
            self.assertEqual(made.company_id, self.store_a.company_id)
        result = drives.load(
            ["partner_id/.id", "car_id/.id", "start", "state"],
            [
                [
                    str(self.buyer.partner.id),
                    str(self.car.id),
                    str(self.soon(106)),
                    "driving",
                ]
            ],
        )
        loaded = drives.browse(result["ids"])
        self.assertEqual(loaded.state, "booked", result)
        self.assertTrue(loaded.sudo().booking_id)
        with self.assertRaisesRegex(UserError, "not copied"):
            drive.copy()

    def test_private_methods_are_no_rpc(self):
        from odoo.service.model import get_public_method

        for method in (
            "_check_licence",
            "_sign",
            "_start_drive",
            "_return_car",
            "_cancel",
            "_end",
            "_reserve",
            "_follow_booking",
        ):
            with self.assertRaises(AccessError):
                get_public_method(self.drives, method)

    @mute_logger(*QUIET)
    def test_not_for_somebody_elses_customer(self):
        for customer in (self.mate, self.house, self.pool, self.other):
            error = self.attempt(
                lambda customer=customer: self.make_drive(
                    customer,
                    self.sales_consultant,
                    user_id=self.sales_consultant.id,
                    start=self.soon(110),
                )
            )
            self.assertIsInstance(error, AccessError, customer.tag)
        mine = self.make_drive(start=self.soon(112))
        for values in (
            {"partner_id": self.house.partner.id},
            {"lead_id": self.make_lead(self.house).id},
            {"unit_id": self.store_b.id},
            {"car_id": self.car_b.id},
        ):
            error = self.attempt(lambda values=values: mine.write(values))
            self.assertIsInstance(error, UserError, values)

    @mute_logger(*QUIET)
    def test_wizards_are_no_way_around(self):
        drive = self.booked["House"]
        steps = self.env["dealer.test.drive.step"].with_user(self.sales_consultant)
        for step in ("licence", "sign", "out", "in", "cancel"):
            error = self.attempt(
                lambda step=step: steps.create(
                    {"drive_id": drive.id, "step": step, "reason": "x"}
                ).action_do()
            )
            self.assertIsInstance(error, AccessError, step)
        error = self.attempt(lambda: steps.create({"drive_id": drive.id, "step": "sign"}).agreement)
        self.assertIsInstance(error, AccessError)
        books = self.env["dealer.test.drive.book"].with_user(self.sales_consultant)
        error = self.attempt(
            lambda: books.create(
                {
                    "unit_id": self.store_a.id,
                    "partner_id": self.house.partner.id,
                    "car_id": self.car.id,
                    "companion_id": self.companions[self.sales_consultant].id,
                    "day": drive._today(self.soon(130)),
                }
            )._take(self.soon(130))
        )
        self.assertIsInstance(error, AccessError)

    @mute_logger(*QUIET)
    def test_names_of_customers_never_leak(self):
        name = self.house.name_canary
        drives = self.drives.with_user(self.sales_consultant)
        self.assertFalse(drives.search([("partner_id.name", "ilike", name)]))
        self.assertFalse(drives.search([("customer_name", "ilike", name)]))
        self.assertFalse(drives.name_search(name))
        self.assertNotIn(name, str(drives.formatted_read_group([], ["partner_id"], ["__count"])))
        events = self.env["calendar.event"].with_user(self.sales_consultant)
        self.assertFalse(events.search([("name", "ilike", name)]))
        report = self.env["dealer.test.drive.report"].with_user(self.sales_consultant)
        self.assertNotIn(self.booked["House"].id, report.search([]).ids)
