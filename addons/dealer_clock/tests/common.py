import contextlib
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.fields import Command
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import DealerCase

#: A Monday; the stores' time is UTC+8.
MONDAY = datetime(2026, 3, 2)


def at(hour, minute=0, day=0):
    """Return a moment of the stores' wall clock as naive UTC; day 0 is Monday 2026-03-02."""
    return MONDAY + timedelta(days=day, hours=hour - 8, minutes=minute)


class ClockCase(DealerCase):
    """A customer of store A, bound to its consultant, and a policy of 30 working minutes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Clocks of the demo would be due, too.
        cls.env["dealer.clock"].search([("next_step_at", "!=", False)]).next_step_at = False
        cls.env["queue.job"].search([("identity_key", "=like", "dealer_queue:%")]).unlink()
        cls.policy = cls.make_policy("test_answer")
        cls.customer = cls.make_customer(
            "clock", cls.store_a, consultant_id=cls.sales_consultant.id
        )
        cls.customer, cls.relation = cls.customer.partner, cls.customer.relation

    @classmethod
    def make_policy(cls, kind, steps=(), **values):
        return cls.env["dealer.clock.policy"].create(
            {
                "name": kind,
                "kind": kind,
                "model_id": cls.env.ref("dealer_base.model_dealer_relation").id,
                "minutes": 30,
                "can_pause": True,
                "quiet_from": 0,
                "quiet_to": 0,
                "step_ids": [
                    Command.create({"name": f"step {number}", **step})
                    for number, step in enumerate(steps)
                ],
                **values,
            }
        )

    @classmethod
    def make_relations(cls, number, store=None, consultant=None):
        """Make customers without anything else, in bulk."""
        partners = cls.env["res.partner"].create(
            [
                {"name": f"bulk {place}", "phone": cls.next_phone(), "is_dealer_customer": True}
                for place in range(number)
            ]
        )
        return cls.env["dealer.relation"].create(
            [
                {
                    "partner_id": partner.id,
                    "unit_id": (store or cls.store_a).id,
                    "consultant_id": (consultant or cls.sales_consultant).id,
                }
                for partner in partners
            ]
        )

    def start(self, moment, kind="test_answer", records=None):
        with freeze_time(moment):
            return (records or self.relation)._clock_start(kind)

    def tick(self, moment):
        with freeze_time(moment):
            return self.env["dealer.clock"]._drain()

    @contextlib.contextmanager
    def handing_on(self, *users):
        """Let overdue relations be handed to ``users`` in turn; nobody left: they are stuck."""
        queue = list(users)

        def hand_on(relations, clocks):
            handed = relations.browse()
            for relation in relations:
                if queue:
                    relation._assign({"consultant_id": queue.pop(0).id}, "test")
                    handed |= relation
            return handed

        with patch.object(self.registry["dealer.relation"], "_clock_hand_on", hand_on):
            yield

    def messages(self, user, since=0):
        """Return what ``user`` was told by the tick."""
        return self.env["mail.message"].search(
            [("notified_partner_ids", "in", user.partner_id.ids), ("id", ">", since)], order="id"
        )

    def refusal(self, action):
        """Return what a client is told when it does ``action``; fail when nothing hinders it."""
        with mute_logger("odoo.sql_db", "odoo.addons.base.models.ir_access"):
            error = self.attempt(action)
        self.assertTrue(error, "nothing hinders it")
        if isinstance(error, IntegrityError):
            model = next(
                model
                for model in self.registry.values()
                if model._table == error.diag.table_name and not model._abstract
            )
            return self.env[model._name]._sql_error_to_message(error)
        return str(error)
