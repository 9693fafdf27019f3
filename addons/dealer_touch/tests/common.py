from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.fields import Command

from odoo.addons.dealer_base.tests.common import DealerCase

#: A Monday; the stores' time is UTC+8.
MONDAY = datetime(2026, 3, 2)


def at(hour, minute=0, day=0):
    """Return a moment of the stores' wall clock as naive UTC; day 0 is Monday 2026-03-02."""
    return MONDAY + timedelta(days=day, hours=hour - 8, minutes=minute)


class TouchCase(DealerCase):
    """Customers of store A who agreed to everything, SMS by the simulator, and rules on relations."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Rules of the demo would plan, too.
        cls.env["dealer.touch.rule"].search([]).active = False
        cls.env["dealer.touch"].search([]).send_at = False
        cls.env["queue.job"].search([("identity_key", "=like", "dealer_queue:%")]).unlink()
        cls.setting("sms_provider", "simulator")
        cls.setting("week_limit", 0)
        cls.setting("week_limit.sms", 0)
        cls.customer = cls.make_agreed("touch", consultant_id=cls.sales_consultant.id)
        cls.partner, cls.relation = cls.customer.partner, cls.customer.relation
        cls.relation.since = "2026-03-01"

    @classmethod
    def setting(cls, name, value):
        cls.env["ir.config_parameter"].set_param(f"dealer_touch.{name}", value)

    @classmethod
    def make_agreed(cls, tag, store=None, purposes=("service", "care"), **binding):
        """Make a customer who agreed to marketing and to ``purposes``."""
        customer = cls.make_customer(tag, store or cls.store_a, car=False, **binding)
        cls.agree(customer, *purposes)
        return customer

    @classmethod
    def agree(cls, customer, *purposes):
        return cls.env["dealer.consent"].create(
            [
                {
                    "partner_id": customer.partner.id,
                    "unit_id": customer.relation[:1].unit_id.id,
                    "purpose": purpose,
                    "text_version": "1",
                }
                for purpose in purposes
            ]
        )

    @classmethod
    def make_rule(cls, ways=None, **values):
        """Make a rule on relations: an SMS on the day ``since``, at nine, unless said otherwise."""
        ways = ways or [{"channel": "sms", "body": "您好 {客户}"}]
        return cls.env["dealer.touch.rule"].create(
            {
                "name": "test",
                "model_id": cls.env.ref("dealer_base.model_dealer_relation").id,
                "unit_id": cls.store_a.id,
                "anchor": "since",
                "purpose": "service",
                "since": "2000-01-01",
                "quiet_from": 0,
                "quiet_to": 0,
                "way_ids": [
                    Command.create({"sequence": place, **way}) for place, way in enumerate(ways)
                ],
                **values,
            }
        )

    def plan(self, rule, moment, **window):
        with freeze_time(moment):
            return rule._plan_now()

    def touches(self, rule):
        return self.env["dealer.touch"].search([("rule_id", "=", rule.id)], order="planned_at, id")

    def drain(self, moment, rounds=20):
        """Drain until nothing is due any more, as the cron does."""
        with freeze_time(moment):
            for _turn in range(rounds):
                _done, left = self.env["dealer.touch"]._drain()
                if not left:
                    return
        self.fail("the drain does not come to an end")

    def run_rule(self, moment, **values):
        """Make a rule, plan and send; return its touches."""
        rule = self.make_rule(**values)
        self.plan(rule, moment)
        self.drain(moment)
        return self.touches(rule)

    def messages(self):
        return self.env["dealer.sms.simulator"].search([], order="id")
