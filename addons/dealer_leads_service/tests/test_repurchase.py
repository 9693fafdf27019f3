from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import POSTS
from odoo.addons.dealer_service.tests.common_service import QUIET, ServiceCase

#: Who changes the rules of the own store.
CHIEFS = {"sales_director", "general_manager", "group_executive", "system"}


class TestRepurchase(ServiceCase):
    """Owners of old cars become leads: once a year, with consent, by the usual inbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["dealer.repurchase.rule"].create(
            {"name": "T", "years": 5, "mileage": 80000, "unit_id": cls.store_a.id}
        )
        cls.owner = cls.make_customer("Owner", car=False)
        cls.car = cls.make_car(cls.owner, purchase_date="2020-01-01", brand="大众", series="朗逸")
        cls.visit(cls.car)

    @classmethod
    def visit(cls, car):
        order = cls.make_order(car, days_ago=30)
        order.action_close()
        return order

    def leads_of(self, car):
        return self.env["dealer.lead.inbox"].search(
            [("source", "=", "repurchase"), ("external_id", "=like", f"car-{car.id}-%")]
        )

    def test_lead(self):
        self.rule._run()
        self.rule._run()
        row = self.leads_of(self.car)
        self.assertEqual(len(row), 1)
        self.assertEqual((row.phone, row.store_code), (self.owner.partner.phone, "T-A"))
        self.assertIn(self.car.plate, row.message)
        self.env["dealer.lead.inbox"]._drain()
        self.assertEqual(row.state, "done", row.error)
        self.assertEqual(row.lead_id.partner_id, self.owner.partner)
        self.assertEqual(
            row.lead_id.source_id, self.env.ref("dealer_leads_service.utm_source_repurchase")
        )

    def test_once_a_year(self):
        year = self.rule._key(self.car, 0).rsplit("-", 1)[0]
        old = self.env["dealer.lead.inbox"].create(
            {
                "source": "repurchase",
                "external_id": f"{year}-{fields.Date.today().year - 1}",
                "received_at": fields.Datetime.now() - timedelta(days=100),
                "state": "done",
            }
        )
        self.rule._run()
        self.assertEqual(self.leads_of(self.car), old)
        old.received_at = fields.Datetime.now() - timedelta(days=370)
        self.rule._run()
        self.assertEqual(len(self.leads_of(self.car)), 2)

    def test_who_is_not_asked(self):
        def owner(tag, **car):
            customer = self.make_customer(tag, car=False)
            return customer, self.make_car(customer, **{"purchase_date": "2020-01-01", **car})

        no_consent, car_no_consent = owner("NoConsent")
        no_consent.consent.action_withdraw()
        _young, car_young = owner("Young", purchase_date=fields.Date.today())
        _sold, car_sold = owner("Sold")
        for car in (car_no_consent, car_young, car_sold):
            self.visit(car)
        car_sold._set_owner(self.make_customer("Buyer", car=False).partner)
        _away, car_away = owner("Away")
        refused, car_refused = owner("Refused")
        order = self.visit(car_refused)
        self.env["dealer.callback"].create(
            {
                "step_id": self.env.ref("dealer_service.callback_step_3").id,
                "res_model": order._name,
                "res_id": order.id,
                "unit_id": self.store_a.id,
                "partner_id": refused.partner.id,
                "due_on": fields.Date.today(),
                "refused_at": fields.Datetime.now(),
            }
        )
        bought, car_bought = owner("Bought")
        self.visit(car_bought)
        self.env["dealer.order"].create(
            {
                "partner_id": bought.partner.id,
                "unit_id": self.store_a.id,
                "series": "速腾",
                "price": 1000,
                "state": "ordered",
                "ordered_on": fields.Date.today(),
            }
        )
        self.rule._run()
        for car in (car_no_consent, car_young, car_sold, car_away, car_refused, car_bought):
            self.assertFalse(self.leads_of(car), car.current_owner_id.name)
        self.assertTrue(self.leads_of(self.car))

    def test_by_mileage(self):
        customer = self.make_customer("Far", car=False)
        car = self.make_car(customer, purchase_date=fields.Date.today())
        self.visit(car)
        self.rule._run()
        self.assertFalse(self.leads_of(car))
        self.env["dealer.vehicle.reading"].create(
            {"vehicle_id": car.id, "mileage": 81000, "unit_id": self.store_a.id}
        )
        self.rule._run()
        self.assertTrue(self.leads_of(car))

    def test_batches(self):
        for number in range(3):
            car = self.make_car(
                self.make_customer(f"B{number}", car=False), purchase_date="2020-01-01"
            )
            self.visit(car)
        made, last = 0, 0
        while last is not None:
            new, last = self.rule._run(last, limit=2)
            made += new
        self.assertEqual(made, 4)

    def test_queries(self):
        def cost(number):
            for each in range(number):
                customer = self.make_customer(f"Q{number}{each}", car=False)
                self.visit(self.make_car(customer, purchase_date="2020-01-01"))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.rule._run()
            return self.env.cr.sql_log_count - before

        few = cost(2)
        self.assertLessEqual(cost(6), few + 2)

    @mute_logger(*QUIET)
    def test_rights(self):
        everywhere = self.env.ref("dealer_leads_service.repurchase_rule_standard")
        there = self.rule.copy({"unit_id": self.store_b.id})
        for post in (*POSTS, "system"):
            env = self.env(user=self.users[post])
            self.assertEqual(
                self.rule.with_env(env).has_access("read"),
                post in CHIEFS | {"service_manager"},
                post,
            )
            for right in ("write", "create", "unlink"):
                self.assertEqual(self.rule.with_env(env).has_access(right), post in CHIEFS, post)
            self.assertFalse(there.with_env(env).has_access("read"), post)
            self.assertEqual(
                everywhere.with_env(env).has_access("write"),
                post in ("group_executive", "system"),
                post,
            )
        with self.assertRaises(AccessError):
            self.rule.with_user(self.sales_director).unit_id = False

    def test_bad_rule(self):
        with self.assertRaises(ValidationError):
            self.rule.write({"years": 0, "mileage": 0})
