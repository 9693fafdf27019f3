from collections import Counter
from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.sql_db import db_connect
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import POSTS
from odoo.addons.dealer_clock.tests.common import at

from ..models.dealer_unit import Wish
from .common import FILE_NUMBERS, LeadsCase, read_file

QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")


class DistributionCase(LeadsCase):
    """Store A is open from 8:30 to 17:30; its consultants are ada, ben and eve, dan is DCC agent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["dealer.distribution.rule"]
        cls.rules.search([]).unlink()
        cls.params = cls.env["ir.config_parameter"].sudo()
        cls.ada, cls.ben, cls.eve = cls.sales_consultant, cls.teammate, cls.stranger
        cls.dan = cls.dcc_agent
        cls.store_a.calendar_id.attendance_ids = [Command.clear()] + [
            Command.create(
                {"name": "Open", "dayofweek": str(day), "hour_from": 8.5, "hour_to": 17.5}
            )
            for day in range(7)
        ]

    @classmethod
    def make_rule(cls, name="Rule", **values):
        for field in ("source_ids", "user_ids"):
            if field in values:
                values[field] = [Command.set(values[field].ids)]
        return cls.rules.create({"name": name, "unit_id": cls.store_a.id, **values})

    @classmethod
    def away(cls, users, kind="leave", start=None, **values):
        return cls.env["dealer.duty"].create(
            [
                {
                    "user_id": user.id,
                    "unit_id": cls.store_a.id,
                    "kind": kind,
                    # Nobody is with a customer for a whole day.
                    "start": start or (at(9, 30) if kind == "busy" else at(0)),
                    **values,
                }
                for user in users
            ]
        )

    def turns(self, *wishes, moment=None, **options):
        return self.store_a._distribute(list(wishes), at=moment or at(10), **options)

    def users_of(self, *wishes, **options):
        return [turn.user for turn in self.turns(*wishes, **options)]

    def lead_at(self, moment, number=1, **values):
        with freeze_time(moment):
            row = self.take_in(self.prepare_lead(number, **values))
        self.assertEqual(row.state, "done", row.error)
        return row.lead_id

    def drain(self, moment, limit=500):
        with freeze_time(moment):
            return self.rules._drain(limit)

    def reasons(self, relation):
        return relation.log_ids.sorted("id").mapped("reason")


class TestRules(DistributionCase):
    def test_without_rule_all_consultants_in_turn(self):
        self.assertEqual(
            Counter(self.users_of(*[Wish()] * 9)), dict.fromkeys((self.ada, self.ben, self.eve), 3)
        )

    def test_first_rule_that_fits(self):
        media = self.env["utm.source"].create({"name": "T media", "dealer_code": "tmedia"})
        self.make_rule("Others", sequence=30, user_ids=self.ben)
        self.make_rule("Media", sequence=10, source_ids=media, user_ids=self.ada)
        self.make_rule("Golf", sequence=20, brand="大众", series="高尔夫", user_ids=self.eve)
        golf = {"brand": "大众", "series": "高尔夫"}
        self.assertEqual(
            self.users_of(Wish(media, **golf), Wish(None, **golf), Wish(None, brand="大众")),
            [self.ada, self.eve, self.ben],
        )

    def test_rule_with_nobody_free_leaves_it_to_the_next(self):
        self.make_rule("First", sequence=1, user_ids=self.ada)
        self.make_rule("Second", sequence=2, user_ids=self.ben)
        self.away(self.ada)
        (turn,) = self.turns(Wish())
        self.assertEqual(turn.user, self.ben)
        self.assertIn("Second", turn.reason)
        self.away(self.ben, kind="busy")
        self.assertEqual(self.users_of(Wish()), [self.env["res.users"]], "eve is in no rule")

    def test_lead_that_no_rule_fits_goes_to_all(self):
        self.make_rule(brand="大众", user_ids=self.ada)
        self.assertEqual(
            set(self.users_of(*[Wish(brand="丰田")] * 3)), {self.ada, self.ben, self.eve}
        )

    def test_case_width_and_blanks_do_not_matter(self):
        rule = self.make_rule(brand=" VW ", series="Golf GTI")
        for brand, series in (("vw", "GOLFGTI"), ("ＶＷ", "golf　gti"), ("V W", "Golf Gti ")):
            self.assertTrue(rule._fits(Wish(brand=brand, series=series)), (brand, series))
        for brand, series in (("vw", "Golf"), ("", "Golf GTI"), (False, False), ("vw", None)):
            self.assertFalse(rule._fits(Wish(brand=brand, series=series)), (brand, series))

    def test_hours(self):
        rule = self.make_rule(hour_from=9, hour_to=17.5)
        held = [hour for hour in range(24) if rule._holds_at(datetime(2026, 3, 2, hour))]
        self.assertEqual(held, list(range(9, 18)))
        self.assertEqual(rule.hours, "9:00–17:30")
        self.assertTrue(rule._holds_at(datetime(2026, 3, 2, 17, 29, 59)))
        self.assertFalse(rule._holds_at(datetime(2026, 3, 2, 17, 30)))
        rule.write({"hour_from": 0, "hour_to": 0})
        self.assertFalse(rule.hours)
        self.assertTrue(all(rule._holds_at(datetime(2026, 3, 2, hour)) for hour in range(24)))
        rule.write({"hour_from": 0, "hour_to": 24})
        self.assertTrue(all(rule._holds_at(datetime(2026, 3, 2, hour)) for hour in range(24)))

    def test_hours_over_midnight_belong_to_the_evening(self):
        rule = self.make_rule(hour_from=22, hour_to=6)
        rule.write(dict.fromkeys(("mon", "tue", "wed", "thu", "sat", "sun"), False))
        friday, saturday = datetime(2026, 3, 6), datetime(2026, 3, 7)
        for moment, holds in (
            (friday.replace(hour=2), False),
            (friday.replace(hour=21, minute=59), False),
            (friday.replace(hour=22), True),
            (saturday.replace(hour=5, minute=59), True),
            (saturday.replace(hour=6), False),
            (saturday.replace(hour=23), False),
        ):
            self.assertEqual(rule._holds_at(moment), holds, moment)

    def test_hours_are_those_of_the_store(self):
        self.make_rule("Morning", hour_from=8, hour_to=12, user_ids=self.ada)
        self.make_rule("Afternoon", hour_from=12, hour_to=18, user_ids=self.ben)
        # 10:00 in the store is 02:00 UTC.
        self.assertEqual(self.users_of(Wish(), moment=datetime(2026, 3, 2, 2)), [self.ada])
        self.assertEqual(self.users_of(Wish(), moment=datetime(2026, 3, 2, 6)), [self.ben])

    def test_team_and_people(self):
        team = self.make_rule("Team", sequence=1, team_id=self.team_one.id)
        self.assertEqual(set(self.users_of(*[Wish()] * 6)), {self.ada, self.ben})
        team.user_ids = self.ben
        self.assertEqual(set(self.users_of(*[Wish()] * 6)), {self.ben})

    def test_archived_rule_and_rule_of_another_store(self):
        self.make_rule("Off", user_ids=self.ada).active = False
        self.rules.create({"name": "Elsewhere", "unit_id": self.store_b.id})
        self.assertEqual(len(set(self.users_of(*[Wish()] * 3))), 3)

    def test_dcc_agents(self):
        self.make_rule("Night", role="dcc_agent_id")
        (turn,) = self.turns(Wish())
        self.assertEqual((turn.user, turn.role), (self.dan, "dcc_agent_id"))

    def test_archived_people_and_people_who_moved_get_nothing(self):
        self.make_rule(user_ids=self.ada | self.ben)
        self.ada.active = False
        self.assertEqual(set(self.users_of(*[Wish()] * 3)), {self.ben})
        self.ben.write(
            {
                "company_ids": [Command.set(self.store_b.company_id.ids)],
                "company_id": self.store_b.company_id.id,
            }
        )
        self.assertEqual(self.users_of(Wish()), [self.env["res.users"]])

    def test_mistakes_are_told(self):
        for values, words in (
            ({"hour_from": 25}, "0:00 and 24:00"),
            ({"hour_from": -1, "hour_to": 3}, "0:00 and 24:00"),
            ({"hour_from": 9, "hour_to": 9}, "0:00 in both"),
            (dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), False), "one day"),
            ({"user_ids": self.consultant_b}, "Take them out"),
            ({"user_ids": self.dan}, "Take them out"),
            ({"role": "dcc_agent_id", "user_ids": self.ada}, "Take them out"),
        ):
            with self.assertRaisesRegex(ValidationError, words), self.cr.savepoint():
                self.make_rule(**values)
        team = self.env["dealer.team"].create({"name": "B", "unit_id": self.store_b.id})
        with self.assertRaisesRegex(ValidationError, "team of this store"), self.cr.savepoint():
            self.make_rule(team_id=team.id)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.ada.dealer_lead_share = -1
            self.env.flush_all()


class TestLoad(DistributionCase):
    def test_share(self):
        self.ben.dealer_lead_share = 200
        self.eve.dealer_lead_share = 0
        counts = Counter(self.users_of(*[Wish()] * 12))
        self.assertEqual(counts, {self.ada: 4, self.ben: 8})

    def test_unanswered_leads_count_and_answered_ones_do_not(self):
        leads = [self.lead_at(at(9), number) for number in range(6)]
        self.assertEqual({lead.user_id for lead in leads}, {self.ada, self.ben, self.eve})
        of_ada = [lead for lead in leads if lead.user_id == self.ada]
        for lead in of_ada:
            lead.dealer_first_nominal = at(9, 5)
        self.assertEqual(self.users_of(*[Wish()] * 2), [self.ada] * 2)
        for lead in of_ada:
            lead.dealer_first_nominal = False
        of_ada[0].action_set_lost()
        self.assertEqual(self.users_of(Wish()), [self.ada], "who has one less open")

    def test_cap_of_the_person_and_of_the_setting(self):
        self.ada.dealer_lead_cap = 1
        self.params.set_param("dealer_leads.lead_cap", "2")
        users = self.users_of(*[Wish()] * 7)
        self.assertEqual(
            Counter(users), {self.ada: 1, self.ben: 2, self.eve: 2, self.env["res.users"]: 2}
        )
        self.params.set_param("dealer_leads.lead_cap", "0")
        users = self.users_of(*[Wish()] * 30)
        self.assertEqual(users.count(self.ada), 1)
        self.assertNotIn(self.env["res.users"], users)

    def test_400_leads_over_five_people(self):
        self.params.set_param("dealer_leads.lead_cap", "0")
        more = [
            self.make_person(f"t_more{number}", "sales_consultant", self.store_a) for number in "12"
        ]
        leads = [dict(lead, store=self.store_a.code) for lead in read_file()["leads"]]
        with freeze_time(at(10)):
            rows = self.take_in(*leads, source="testfile")
        counts = Counter(lead.user_id for lead in rows.lead_id)
        self.assertEqual(sum(counts.values()), FILE_NUMBERS)
        self.assertEqual(set(counts), {self.ada, self.ben, self.eve, *more})
        self.assertLessEqual(max(counts.values()) - min(counts.values()), 1, counts)

    def test_few_queries_whatever_the_number(self):
        for number in range(5):
            self.make_rule(f"Rule {number}", sequence=number, brand=f"Brand {number}")
        self.turns(Wish())
        counts = []
        for number in (1, 1000):
            self.env.invalidate_all()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.turns(*[Wish(brand="大众")] * number)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[0], 40)


class TestBound(DistributionCase):
    def bind(self, tag="Bound", **binding):
        return self.make_customer(tag, **(binding or {"consultant_id": self.ada.id}))

    def ask(self, customer, moment, number=1):
        return self.lead_at(moment, number, phone=customer.partner.phone)

    def test_bound_consultant_whatever_waits(self):
        self.ada.dealer_lead_cap = 1
        for number in range(3):
            self.lead_at(at(9), number + 10)
        customer = self.bind()
        self.make_rule("Others", user_ids=self.ben)
        lead = self.ask(customer, at(10))
        self.assertEqual(lead.user_id, self.ada)
        self.assertEqual(len(customer.relation.log_ids), 1, "nothing has changed")

    def test_bound_dcc_agent(self):
        customer = self.bind(dcc_agent_id=self.dan.id)
        self.assertEqual(self.ask(customer, at(10)).user_id, self.dan)

    def test_away_while_the_store_is_open(self):
        for kind in ("leave", "busy"):
            customer = self.bind(kind)
            with self.subTest(kind), self.cr.savepoint() as savepoint:
                self.away(self.ada | self.ben, kind=kind)
                lead = self.ask(customer, at(10))
                self.assertEqual(lead.user_id, self.eve)
                self.assertEqual(customer.relation.consultant_id, self.eve)
                self.assertRegex(self.reasons(customer.relation)[-1], f"{self.ada.name} not free")
                savepoint.rollback()

    def test_dcc_agent_helps_out_and_the_consultant_stays(self):
        customer = self.bind()
        self.make_rule("Calls", role="dcc_agent_id")
        self.away(self.ada)
        lead = self.ask(customer, at(10))
        self.assertEqual(lead.user_id, self.dan)
        self.assertEqual(customer.relation.dcc_agent_id, self.dan)
        self.assertEqual(customer.relation.consultant_id, self.ada)

    def test_closed_store(self):
        """At night the own consultant gets the lead who works the next morning; others wait."""
        customer, unbound = self.bind(), self.lead_at(at(22, 35), 5)
        lead = self.ask(customer, at(22, 36))
        self.assertEqual(lead.user_id, self.ada)
        self.assertFalse(lead.dealer_waiting)
        self.assertFalse(unbound.user_id)
        self.assertTrue(unbound.dealer_waiting)

    def test_closed_store_and_away_in_the_morning(self):
        customer = self.bind()
        self.away(self.ada, start=at(8, day=1), end=at(20, day=1))
        lead = self.ask(customer, at(22))
        self.assertFalse(lead.user_id)
        self.assertEqual(customer.relation.consultant_id, self.ada)
        self.assertEqual(self.drain(at(9, day=1)), (1, False))
        self.assertIn(lead.user_id, self.ben | self.eve)
        self.assertEqual(customer.relation.consultant_id, lead.user_id)

    def test_bound_person_who_is_back_before_others_are(self):
        customer = self.bind()
        leave = self.away(self.ada | self.ben | self.eve)
        lead = self.ask(customer, at(10))
        self.assertTrue(lead.dealer_waiting)
        leave[0].end = at(11)
        self.drain(at(12))
        self.assertEqual(lead.user_id, self.ada)
        self.assertEqual(len(customer.relation.log_ids), 1)

    def test_second_enquiry_stays_where_the_lead_is(self):
        customer = self.bind()
        lead = self.ask(customer, at(10))
        self.away(self.ada, kind="busy")
        with freeze_time(at(10, 5)):
            row = self.take_in(self.prepare_lead(2, phone=customer.partner.phone))
        self.assertEqual((row.state, row.lead_id), ("duplicate", lead))
        self.assertEqual(lead.user_id, self.ada)


class TestWaiting(DistributionCase):
    def test_nobody_free_then_drained(self):
        duties = self.away(self.ada | self.ben | self.eve, kind="busy")
        first, second = self.lead_at(at(10), 1), self.lead_at(at(10, 1), 2)
        self.assertEqual((first | second).mapped("dealer_waiting"), [True, True])
        self.assertFalse((first | second).user_id)
        self.assertEqual(self.drain(at(10, 2)), (0, False))
        duties[1].end = at(10, 3)
        self.ben.dealer_lead_cap = 1
        self.assertEqual(self.drain(at(10, 4)), (1, False))
        self.assertEqual((first.user_id, second.user_id.id), (self.ben, False), "oldest first")
        self.assertFalse(first.dealer_waiting)
        relation = first.dealer_relation_id
        self.assertEqual(relation.consultant_id, self.ben)
        self.assertEqual(self.reasons(relation), ["next in turn (0 unanswered)"])
        self.assertIn(first, self.env["crm.lead"].with_user(self.ben).search([]))
        first.dealer_first_nominal = at(10, 5)
        self.assertEqual(self.drain(at(10, 6)), (1, False))
        self.assertEqual(second.user_id, self.ben)
        self.assertEqual(self.drain(at(10, 7)), (0, False))

    def test_portions(self):
        leads = [self.lead_at(at(23), number) for number in range(5)]
        self.assertEqual(self.drain(at(9, day=1), limit=3), (3, True))
        self.assertEqual(self.drain(at(9, day=1), limit=3), (2, False))
        self.assertTrue(all(lead.user_id for lead in leads))

    def test_what_nobody_may_take_stops_nothing_behind_it(self):
        self.make_rule("Golf", brand="大众", series="高尔夫", user_ids=self.ada)
        self.away(self.ada, start=at(22), end=at(12, day=1))
        golf = [self.lead_at(at(23), number, series="高尔夫") for number in range(3)]
        other = self.lead_at(at(23, 30), 7)
        self.assertEqual(self.drain(at(9, day=1), limit=2)[0], 1)
        self.assertTrue(other.user_id)
        self.assertFalse(any(lead.user_id for lead in golf))

    def test_closed_and_handed_over_leads_wait_no_more(self):
        lost, handed, kept = (self.lead_at(at(23), number) for number in range(3))
        lost.action_set_lost()
        handed.dealer_relation_id.with_user(self.sales_manager)._assign(
            {"consultant_id": self.eve.id}, "mine"
        )
        self.assertFalse(handed.dealer_waiting)
        self.assertEqual(self.drain(at(9, day=1)), (1, False))
        self.assertFalse(lost.user_id)
        self.assertEqual(handed.user_id, self.eve)
        self.assertTrue(kept.user_id)

    def test_two_leads_of_one_customer_go_to_one_person(self):
        one = self.lead_at(at(23), 1)
        two = one.copy({"user_id": False, "dealer_waiting": True})
        self.drain(at(9, day=1))
        self.assertEqual(one.user_id, two.user_id)
        self.assertEqual(len(one.dealer_relation_id.log_ids), 1)

    def test_one_lead_that_fails_stops_nobody(self):
        bad, good = self.lead_at(at(23), 1), self.lead_at(at(23), 2)
        follow = type(bad.dealer_relation_id)._dealer_follow

        def fail_for_one(relations, *args):
            if bad.dealer_relation_id in relations:
                raise ZeroDivisionError("planted")
            return follow(relations, *args)

        with patch.object(type(bad.dealer_relation_id), "_dealer_follow", fail_for_one):
            self.assertEqual(self.drain(at(9, day=1)), (1, False))
        self.assertTrue(good.user_id)
        self.assertTrue(bad.dealer_waiting)
        self.assertEqual(self.drain(at(9, day=1)), (1, False))

    def test_who_becomes_free_wakes_the_queue(self):
        jobs = self.env["queue.job"]
        waiting = [("model_name", "=", "dealer.distribution.rule"), ("state", "=", "pending")]
        busy = self.away(self.ada | self.ben, kind="busy", start=fields.Datetime.now())
        jobs.search(waiting).unlink()
        busy[0].with_user(self.ada).action_end()
        self.assertFalse(jobs.search(waiting), "nothing waits")
        self.lead_at(at(22))
        busy[1].with_user(self.ben).action_end()
        self.assertEqual(len(jobs.search(waiting)), 1)

    def test_cron_drains_what_no_job_took(self):
        self.open_always(self.store_a)
        everybody = self.ada | self.ben | self.eve
        busy = self.away(everybody, kind="busy", start=fields.Datetime.now())
        row = self.take_in(self.prepare_lead(1))
        self.assertTrue(row.lead_id.dealer_waiting)
        busy.unlink()
        with self.enter_registry_test_mode():
            self.env.ref("dealer_leads.ir_cron_drain_waiting").method_direct_trigger()
        self.assertTrue(row.lead_id.user_id)

    def test_one_gives_out_leads_at_a_time(self):
        """Intake, tick and the queue of waiting leads wait for each other, not in a deadlock."""
        queues = [self.rules, self.env["dealer.lead.inbox"], self.env["dealer.clock"]]
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", self.rules._lock_keys())
            for queue in queues:
                self.assertFalse(queue._lock_queue(), queue._name)
        for queue in queues:
            self.assertTrue(queue._lock_queue(), queue._name)

    def test_back_to_the_pool_is_not_given_out(self):
        lead = self.lead_at(at(10))
        lead.dealer_relation_id.with_user(self.sales_manager)._assign(
            {"consultant_id": False}, "pool"
        )
        self.assertFalse(lead.user_id)
        self.assertFalse(lead.dealer_waiting)
        self.assertEqual(lead.dealer_unit_id, self.store_a, "the lead stays in the store")
        self.assertEqual(self.drain(at(10, 5)), (0, False))

    def test_tile_and_filter(self):
        self.lead_at(at(23))
        tile = self.env.ref("dealer_leads.tile_leads_waiting")
        for post in ("sales_manager", "dcc_lead", "general_manager"):
            self.assertEqual(tile.with_user(self.users[post]).count, 1, post)
        self.assertNotIn(
            tile, self.env["dealer.tile"].with_user(self.ada).search([("mine", "=", True)])
        )


class TestHandOn(DistributionCase):
    def test_not_the_present_person_and_nobody_excluded(self):
        lead = self.lead_at(at(10))
        first = lead.user_id
        with freeze_time(at(10, 30)):
            self.assertEqual(lead._dealer_hand_on("late"), lead)
        second = lead.user_id
        self.assertNotEqual(second, first)
        self.assertEqual(lead.dealer_relation_id.consultant_id, second)
        with freeze_time(at(11)):
            lead._dealer_hand_on("late", {lead: first})
        self.assertEqual(first | second | lead.user_id, self.ada | self.ben | self.eve)
        third = lead.user_id
        with freeze_time(at(11, 30)):
            self.assertFalse(lead._dealer_hand_on("late", {lead: first | second}))
        self.assertEqual(lead.user_id, third, "who has it keeps it where nobody is found")
        reasons = self.reasons(lead.dealer_relation_id)
        self.assertEqual(len(reasons), 3)
        self.assertRegex(reasons[1], r"^late: next in turn \(0 unanswered\)$")

    def test_bound_first_does_not_apply(self):
        customer = self.make_customer("Mine", consultant_id=self.ada.id)
        lead = self.lead_at(at(10), phone=customer.partner.phone)
        with freeze_time(at(10, 30)):
            lead._dealer_hand_on("late")
        self.assertNotEqual(lead.user_id, self.ada)
        self.assertNotEqual(customer.relation.consultant_id, self.ada)

    def test_from_the_dcc_agent_to_a_consultant_and_back(self):
        rule = self.make_rule("Calls", role="dcc_agent_id")
        lead = self.lead_at(at(10))
        relation = lead.dealer_relation_id
        self.assertEqual((lead.user_id, relation.dcc_agent_id), (self.dan, self.dan))
        rule.role = "consultant_id"
        with freeze_time(at(10, 30)):
            lead._dealer_hand_on("late")
        self.assertEqual(lead.user_id, relation.consultant_id)
        self.assertFalse(relation.dcc_agent_id, "from whom it is taken, it is taken")
        rule.role = "dcc_agent_id"
        with freeze_time(at(11)):
            lead._dealer_hand_on("late")
        self.assertEqual((lead.user_id, relation.dcc_agent_id), (self.dan, self.dan))
        self.assertFalse(relation.consultant_id)

    def test_nobody_free(self):
        lead = self.lead_at(at(10))
        user = lead.user_id
        with freeze_time(at(20)):
            self.assertFalse(lead._dealer_hand_on("late"))
        self.assertEqual(lead.user_id, user)
        self.assertFalse(lead.dealer_waiting)

    def test_other_leads_of_the_customer_go_along(self):
        lead = self.lead_at(at(10))
        other = lead.copy({"user_id": lead.user_id.id})
        with freeze_time(at(10, 30)):
            self.assertEqual(lead._dealer_hand_on("late"), lead)
        self.assertEqual(other.user_id, lead.user_id)

    def test_managers_only(self):
        lead = self.lead_at(at(10))
        with freeze_time(at(10, 5)), mute_logger(*QUIET), self.assertRaises(AccessError):
            lead.with_user(lead.user_id)._dealer_hand_on("not mine any more")


class TestRedistribute(DistributionCase):
    def open_wizard(self, leads, user):
        return (
            self.env["dealer.relation.assign"]
            .with_user(user)
            .with_context(active_model="crm.lead", active_ids=leads.ids, active_id=leads[:1].id)
        )

    def test_by_the_rules(self):
        leads = self.env["crm.lead"].union(*(self.lead_at(at(10), n) for n in range(6)))
        before = {lead: lead.user_id for lead in leads}
        with Form(self.open_wizard(leads, self.sales_director)) as form:
            self.assertEqual(form.role, "consultant_id")
            form.how = "rules"
            form.reason = "fair"
        wizard = form.record
        self.assertEqual(wizard.relation_count, 6)
        with freeze_time(at(11)):
            result = wizard.action_assign()
        self.assertEqual(result["params"]["message"], "6 handed over.")
        self.assertTrue(all(lead.user_id != before[lead] for lead in leads))
        self.assertEqual(set(Counter(lead.user_id for lead in leads).values()), {2})
        log = leads[0].dealer_relation_id.log_ids[0]
        self.assertEqual(log.user_id, self.sales_director)
        self.assertRegex(log.reason, "^fair: next in turn")

    def test_some_find_nobody(self):
        leads = self.lead_at(at(10), 1) | self.lead_at(at(10), 2)
        self.away((self.ada | self.ben | self.eve) - leads[0].user_id)
        wizard = self.open_wizard(leads, self.sales_director).create(
            {"how": "rules", "reason": "holiday"}
        )
        with freeze_time(at(11)):
            result = wizard.action_assign()
        self.assertEqual(result["params"]["message"], "1 handed over, 1 found nobody.")
        self.assertEqual(result["params"]["type"], "warning")

    def test_to_one_person(self):
        leads = self.lead_at(at(10), 1) | self.lead_at(at(10), 2)
        wizard = self.open_wizard(leads, self.general_manager).create(
            {"user_id": self.eve.id, "reason": "specialist"}
        )
        self.assertEqual(wizard.action_assign()["params"]["message"], "2 handed over.")
        self.assertEqual(leads.user_id, self.eve)

    def test_dcc_lead_hands_over_to_agents(self):
        fay = self.make_person("t_fay", "dcc_agent", self.store_a)
        self.make_rule("Calls", role="dcc_agent_id")
        lead = self.lead_at(at(10))
        other = {self.dan: fay, fay: self.dan}[lead.user_id]
        self.team_dcc.member_ids |= fay
        wizard = self.open_wizard(lead, self.dcc_lead).create({"how": "rules", "reason": "x"})
        self.assertEqual(wizard.role, "dcc_agent_id")
        with freeze_time(at(11)):
            wizard.action_assign()
        self.assertEqual(lead.user_id, other)

    def test_no_rules_for_advisors(self):
        lead = self.lead_at(at(10))
        wizard = self.open_wizard(lead, self.general_manager).create(
            {"role": "advisor_id", "how": "rules", "reason": "x"}
        )
        with self.assertRaises(UserError):
            wizard.action_assign()

    def test_leads_without_customer(self):
        lead = self.env["crm.lead"].create(
            {"name": "Nobody", "company_id": self.store_a.company_id.id, "user_id": self.ada.id}
        )
        with self.assertRaisesRegex(UserError, "choose the customer"):
            self.open_wizard(lead, self.general_manager).create({"reason": "x"})

    def test_consultant_is_refused(self):
        lead = self.lead_at(at(10))
        user = lead.user_id
        for post in ("sales_consultant", "dcc_agent", "reception", "service_advisor"):
            with mute_logger(*QUIET), self.assertRaises(AccessError):
                self.open_wizard(lead, self.users[post]).create({"how": "rules", "reason": "x"})
        self.assertEqual(lead.user_id, user)


class TestRuleRights(DistributionCase):
    """Who reads and writes rules: post × own store, other store."""

    #: r read, w write, c create, d delete.
    RIGHTS = {
        "sales_manager": "r...",
        "dcc_lead": "r...",
        "sales_director": "rwcd",
        "general_manager": "rwcd",
        "group_executive": "rwcd",
        "system": "rwcd",
    }

    def test_matrix(self):
        self.system.group_ids |= self.env.ref("base.group_partner_manager")
        for post in (*POSTS, "system"):
            env = self.env(user=self.users[post])
            for store, cell in (
                (self.store_a, self.RIGHTS.get(post, "....")),
                (self.store_b, "...."),
            ):
                rule = self.rules.create({"name": "Rule", "unit_id": store.id})
                mine = rule.with_env(env)
                actions = {
                    "r": lambda mine=mine: mine.read(["name", "user_ids"]),
                    "w": lambda mine=mine: mine.write({"name": "New"}),
                    "c": lambda env=env, store=store: env["dealer.distribution.rule"].create(
                        {"name": "Mine", "unit_id": store.id}
                    ),
                    "d": lambda mine=mine: mine.unlink(),
                }
                got = ""
                for letter, action in actions.items():
                    with mute_logger(*QUIET):
                        error = self.attempt(action)
                    self.assertIsInstance(error, AccessError | None, f"{post} {letter}")
                    got += "." if error else letter
                self.assertEqual(got, cell, f"{post} × {store.name}")
