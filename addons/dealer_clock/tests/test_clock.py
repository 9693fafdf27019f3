from datetime import timedelta

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import ClockCase, at


class TestClock(ClockCase):
    def test_due_in_opening_hours(self):
        """30 minutes that begin at 11:50 end after lunch; those of the night next morning."""
        for start, due in (
            (at(9), at(9, 30)),
            (at(11, 50), at(13, 20)),
            (at(17, 15), at(8, 45, day=1)),
            (at(22, 35), at(9, day=1)),
            (at(3), at(9)),
        ):
            clock = self.start(start)
            self.assertEqual(clock.due_at, due)
            clock._void("next case")

    def test_round_the_clock(self):
        """Legal terms run on at night and cannot be paused."""
        self.make_policy("legal", basis="wall", minutes=24 * 60, can_pause=False)
        clock = self.start(at(22, 35), "legal")
        self.assertEqual(clock.due_at, at(22, 35, day=1))
        with self.assertRaisesRegex(UserError, "cannot be paused"):
            self.relation._clock_pause("legal", "waits", at=at(23))
        self.assertEqual(clock.state, "running")

    def test_judged_by_time_stamps(self):
        """Done at minute 31 between two looks is missed; done at minute 30 is met."""
        for minute, state in ((30, "met"), (31, "missed")):
            clock = self.start(at(9))
            self.relation._clock_stop("test_answer", at=at(9, minute))
            self.assertEqual(clock.state, state)
            self.assertFalse(clock.next_step_at)

    def test_looking_late_changes_nothing(self):
        """The tick found it overdue, the proof says it was done in time."""
        clock = self.start(at(9))
        self.tick(at(10))
        self.assertEqual(clock.state, "missed")
        self.relation._clock_stop("test_answer", at=at(9, 30))
        self.assertEqual((clock.state, clock.stopped_at), ("met", at(9, 30)))

    def test_passed_on_in_one_look(self):
        """What is done stops, what follows starts, what runs already goes on and counts."""
        self.make_policy("other", minutes=60)
        self.make_policy("next", minutes=20)
        done, other = self.start(at(9)), self.start(at(9), "other")
        with freeze_time(at(9, 10)):
            self.relation._clock_pass_on("test_answer", "next")
        self.assertEqual((done.state, done.stopped_at), ("met", at(9, 10)))
        following = self.relation._clock_open("next")
        self.assertEqual((following.due_at, following.started_at), (at(9, 30), at(9, 10)))
        self.assertEqual(self.relation.clock_due_at, at(9, 30))
        with freeze_time(at(9, 31)):
            self.relation._clock_pass_on("next", "other")
        self.assertEqual(following.state, "missed")
        self.assertEqual(self.relation._clock_open(), other)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.relation.clock_due_at, other.due_at)
        self.relation._clock_pause("other", "waits", at=at(9, 40))
        self.relation._clock_pass_on(following="test_answer", at=at(9, 50))
        self.assertEqual(self.relation.clock_due_at, at(10, 20))
        self.relation._clock_pass_on("test_answer", at=at(10))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.relation.clock_due_at)
        self.assertEqual(self.relation._clock_open().state, "paused")

    def test_done_before_it_started(self):
        clock = self.start(at(9))
        self.relation._clock_stop("test_answer", at=at(8))
        self.assertEqual((clock.state, clock.stopped_at), ("met", at(9)))

    def test_one_clock_of_a_kind(self):
        clock = self.start(at(9))
        self.assertFalse(self.start(at(9, 10)))
        self.assertEqual(clock.due_at, at(9, 30))
        self.make_policy("other")
        self.assertTrue(self.start(at(9, 10), "other"))
        with mute_logger("odoo.sql_db"):
            error = self.attempt(lambda: clock.copy())
        self.assertIsInstance(error, (ValidationError, UniqueViolation))

    def test_started_by_somebody_else_at_this_moment(self):
        """Who comes second keeps the first one's clock, and the other records get theirs."""
        first, second = self.make_relations(2)
        clocks = self.env["dealer.clock"]
        with freeze_time(at(9)):
            values = clocks._prepare(first | second, "test_answer", at(9), 1)
            clock = clocks._create_new(values[:1])
            with mute_logger("odoo.sql_db"):
                made = clocks._create_new(values)
        self.assertEqual(made.mapped("res_id"), second.ids)
        self.assertEqual(first.clock_ids, clock)

    def test_no_policy_no_clock(self):
        self.assertFalse(self.start(at(9), "unknown"))
        self.assertFalse(self.relation.clock_state)

    def test_pause_adds_up(self):
        clock = self.start(at(9))
        self.relation._clock_pause("test_answer", "waits for the customer", at=at(9, 10))
        self.assertEqual((clock.state, clock.remaining), ("paused", 1200))
        self.assertEqual(clock.note, "waits for the customer")
        self.assertFalse(self.relation.clock_due_at)
        self.assertFalse(clock.next_step_at)
        self.relation._clock_resume("test_answer", at=at(15))
        self.assertEqual(clock.due_at, at(15, 20))
        self.assertEqual(self.relation.clock_due_at, at(15, 20))
        self.assertEqual(clock.next_step_at, at(15, 20))

    def test_many_pauses(self):
        clock = self.start(at(9))
        for number in range(5):
            self.relation._clock_pause("test_answer", "", at=at(9, 4, day=number))
            self.relation._clock_pause("test_answer", "twice is once", at=at(9, 5, day=number))
            self.relation._clock_resume("test_answer", at=at(9, day=number + 1))
            self.relation._clock_resume("test_answer", at=at(9, 1, day=number + 1))
        self.assertEqual(clock.due_at, at(9, 10, day=5))

    def test_pause_over_night_and_lunch(self):
        """What is left is working time, wherever the pause begins and ends."""
        clock = self.start(at(17, 15))
        self.relation._clock_pause("test_answer", "", at=at(20))
        self.assertEqual(clock.remaining, 15 * 60)
        self.relation._clock_resume("test_answer", at=at(12, 30, day=1))
        self.assertEqual(clock.due_at, at(13, 15, day=1))

    def test_overdue_is_not_paused(self):
        clock = self.start(at(9))
        self.relation._clock_pause("test_answer", "too late", at=at(9, 31))
        self.assertEqual(clock.state, "running")
        self.tick(at(9, 31))
        self.relation._clock_pause("test_answer", "too late", at=at(9, 32))
        self.assertEqual(clock.state, "missed")

    def test_pause_of_many(self):
        """One clock that starts later does not move the pause of the others."""
        first, second = self.make_relations(2)
        one, two = self.start(at(9), records=first), self.start(at(9, 20), records=second)
        (first | second)._clock_pause("test_answer", "", at=at(9, 10))
        self.assertEqual((one.paused_at, two.paused_at), (at(9, 10), at(9, 20)))
        self.assertEqual((one.remaining, two.remaining), (1200, 1800))

    def test_stop_while_paused(self):
        """What stood still in time is met, however late it is done; also in the last second."""
        for minute in (10, 30):
            clock = self.start(at(9))
            self.relation._clock_pause("test_answer", "", at=at(9, minute))
            self.relation._clock_stop("test_answer", at=at(9, day=9))
            self.assertEqual((clock.state, clock.stopped_at), ("met", at(9, day=9)))

    def test_reopen(self):
        """The proof failed: the clock goes on as if it had never been stopped."""
        clock = self.start(at(9))
        self.relation._clock_stop("test_answer", at=at(9, 10), provisional=True, note="by word")
        self.assertTrue(clock.provisional)
        with freeze_time(at(9, 20)):
            clock._reopen("not confirmed")
        self.assertEqual(
            (clock.state, clock.stopped_at, clock.due_at), ("running", False, at(9, 30))
        )
        self.assertEqual((clock.next_step_at, clock.note), (at(9, 30), "not confirmed"))
        self.assertEqual(self.relation.clock_due_at, at(9, 30))
        self.assertFalse(clock.provisional)

    def test_reopen_too_late(self):
        clock = self.start(at(9))
        self.relation._clock_stop("test_answer", at=at(9, 10), provisional=True)
        with freeze_time(at(10)):
            clock._reopen("not confirmed")
        self.assertEqual((clock.state, clock.stopped_at), ("missed", False))

    def test_reopen_of_a_paused_one(self):
        clock = self.start(at(9))
        self.relation._clock_pause("test_answer", "", at=at(9, 10))
        self.relation._clock_stop("test_answer", at=at(12), provisional=True)
        with freeze_time(at(15)):
            clock._reopen("not confirmed")
        self.assertEqual((clock.state, clock.paused_at), ("paused", at(9, 10)))
        self.assertFalse(self.relation.clock_due_at)
        self.relation._clock_resume("test_answer", at=at(16))
        self.assertEqual(clock.due_at, at(16, 20))

    def test_reopen_beside_another(self):
        clock = self.start(at(9))
        self.relation._clock_stop("test_answer", at=at(9, 10), provisional=True)
        later = self.start(at(9, 15))
        clock._reopen("not confirmed")
        self.assertEqual((clock.state, clock.stopped_at), ("missed", at(9, 10)))
        self.assertEqual(later.state, "running")

    def test_restart(self):
        """In time it moves on as the same clock; overdue it is closed and a new one starts."""
        clock = self.start(at(9))
        self.relation._clock_restart("test_answer", at=at(9, 20))
        self.assertEqual((clock.started_at, clock.due_at), (at(9, 20), at(9, 50)))
        self.assertEqual(self.relation.clock_due_at, at(9, 50))
        self.relation._clock_restart("test_answer", at=at(10))
        self.assertEqual((clock.state, clock.stopped_at), ("missed", at(10)))
        self.assertEqual(self.relation._clock_open("test_answer").due_at, at(10, 30))

    def test_restart_after_a_warning(self):
        self.make_policy("warned", [{"minutes": -5}])
        clock = self.start(at(9), "warned")
        self.tick(at(9, 26))
        self.relation._clock_restart("warned", at=at(9, 28))
        self.assertEqual(clock.state, "met")
        self.assertEqual(self.relation._clock_open("warned").due_at, at(9, 58))

    def test_late_proof(self):
        """Proof that comes after the record was handed on puts both people's clocks right."""
        self.make_policy("handed", [{"minutes": 0, "action": "hand_on"}])
        first = self.start(at(9), "handed")
        with self.handing_on(self.teammate):
            self.tick(at(9, 30))
        second = self.relation._clock_open("handed")
        self.assertEqual((first.state, second.user_id), ("missed", self.teammate))
        (first | second)._prove(at(9, 29))
        self.assertEqual((first.state, second.state), ("met", "void"))
        self.assertFalse(self.relation.clock_due_at)

    def test_void(self):
        clock = self.start(at(9))
        self.relation._clock_void("came to nothing")
        self.assertEqual((clock.state, clock.note), ("void", "came to nothing"))
        self.assertFalse(self.relation.clock_due_at)
        self.tick(at(12))
        self.assertFalse(clock.event_ids)

    def test_deleted_record(self):
        clock = self.start(at(9))
        self.relation.unlink()
        self.assertEqual((clock.state, clock.next_step_at), ("void", False))
        self.assertFalse(clock.document_name)
        with self.assertRaisesRegex(UserError, "is gone"):
            clock.action_open_document()

    def test_ended_relation(self):
        """The store has nothing to do any more with a customer whose relation was ended."""
        clock = self.start(at(9))
        self.relation.action_end()
        self.assertEqual(clock.state, "void")

    def test_overdue_and_done(self):
        clock = self.start(at(9))
        self.tick(at(9, 40))
        self.assertEqual((clock.state, clock.stopped_at), ("missed", False))
        self.relation._clock_stop("test_answer", at=at(9, 45))
        self.assertEqual((clock.state, clock.stopped_at), ("missed", at(9, 45)))

    # ------------------------------------------------------------------ what lists show

    def test_due_time_of_the_record(self):
        """The earliest of the open clocks, kept in step by every way a clock changes."""
        self.make_policy("long", minutes=120)
        relations = self.make_relations(3)
        self.start(at(9), records=relations)
        self.start(at(9), "long", records=relations)
        self.assertEqual(relations.mapped("clock_due_at"), [at(9, 30)] * 3)
        relations[0]._clock_stop("test_answer", at=at(9, 5))
        relations[1]._clock_pause("test_answer", "", at=at(9, 5))
        relations[2]._clock_void("", "test_answer")
        self.assertEqual(relations.mapped("clock_due_at"), [at(11)] * 3)
        relations[1]._clock_resume("test_answer", at=at(9, 10))
        self.assertEqual(relations[1].clock_due_at, at(9, 35))
        relations._clock_void("")
        self.assertEqual(relations.mapped("clock_due_at"), [False] * 3)
        found = self.env["dealer.relation"].search(
            [("id", "in", relations.ids), ("clock_due_at", "!=", False)]
        )
        self.assertFalse(found, "the column says the same")

    def partition(self, records):
        """Return ``{clock_state: records}`` as a search finds them."""
        model = records.browse()
        states = ("missed", "due_soon", "running", "paused", False)
        inside = [("id", "in", records.ids)]
        return {
            state: model.search([*inside, ("clock_state", "=", state)], order="id")
            for state in states
        }

    def test_states_part_all_records(self):
        """Every record is found by exactly one value, and by the one that it shows."""
        self.make_policy("long", minutes=300)
        relations = self.make_relations(9)
        bare, missed, soon, running, paused, both, done, edge, hour = relations
        with freeze_time(at(10)):
            now = fields.Datetime.now()
            missed._clock_start("test_answer", at=at(9))
            soon._clock_start("test_answer", at=at(9, 40))
            running._clock_start("long")
            paused._clock_start("test_answer")
            paused._clock_pause("test_answer", "")
            both._clock_start("long")
            both._clock_start("test_answer", at=at(9))
            done._clock_start("test_answer", at=at(9))
            done._clock_stop("test_answer")
            edge._clock_start("test_answer", at=now - timedelta(minutes=30))
            hour._clock_start("test_answer", at=at(10, 30))
            found = self.partition(relations)
            self.assertEqual(
                found,
                {
                    "missed": missed | both,
                    "due_soon": soon | edge,
                    "running": running | hour,
                    "paused": paused,
                    False: bare | done,
                },
            )
            for state, records in found.items():
                self.assertEqual(set(records.mapped("clock_state")), {state})
            inside = [("id", "in", relations.ids)]
            for value in ("missed", "paused", False):
                rest = relations.search([*inside, ("clock_state", "!=", value)])
                self.assertEqual(rest, relations.search(inside) - found[value], value)
            two = relations.search([*inside, ("clock_state", "in", ["paused", False])], order="id")
            self.assertEqual(two, bare | paused | done)

    def test_overdue_without_a_look(self):
        """A record is overdue the second after, whether the tick was there or not."""
        self.start(at(9))
        with freeze_time(at(9, 30)):
            self.assertEqual(self.relation.clock_state, "due_soon")
        self.env.invalidate_all()
        with freeze_time(at(9, 30) + timedelta(seconds=1)):
            self.assertEqual(self.relation.clock_state, "missed")
            self.assertIn(
                self.relation, self.env["dealer.relation"].search([("clock_state", "=", "missed")])
            )

    def filters(self, xml_id):
        """Return ``{name: domain}`` of the filters of a search view."""
        arch = self.env.ref(xml_id)._get_combined_arch()
        return {
            node.get("name"): node.get("domain")
            for node in arch.iter("filter")
            if node.get("domain")
        }

    def test_filters_are_complements(self):
        """Open and done, and overdue, running and paused, leave no clock out and none twice."""
        self.make_policy("long", minutes=300)
        relations = self.make_relations(6)
        with freeze_time(at(10)):
            relations._clock_start("test_answer", at=at(9, 50))
            relations[:2]._clock_start("long")
            relations[0]._clock_stop("test_answer")
            relations[1]._clock_pause("test_answer", "")
            relations[2]._clock_void("")
            relations[3]._clock_open()._move(at(9))
            relations[4]._clock_open()._move(at(9))
            relations[4]._clock_stop("test_answer")
            clocks = relations.clock_ids
            domains = self.filters("dealer_clock.dealer_clock_view_search")
            found = {}
            for name, domain in domains.items():
                parsed = eval(domain, {"uid": self.env.uid})  # noqa: S307 our own view
                found[name] = self.env["dealer.clock"].search(
                    [("id", "in", clocks.ids), *parsed], order="id"
                )
        self.assertEqual(found["open"] | found["done"], clocks.sorted("id"))
        self.assertFalse(found["open"] & found["done"])
        parts = [found["running"], found["overdue"], found["paused"]]
        self.assertEqual(sum(map(len, parts)), len(found["open"]))
        self.assertEqual(parts[0] | parts[1] | parts[2], found["open"])
        self.assertLess(found["due_soon"], found["running"])
        verdicts = [found["met"], found["missed"]]
        self.assertFalse(verdicts[0] & verdicts[1])
        self.assertEqual({len(part) > 0 for part in (*parts, *verdicts)}, {True})

    def test_step_again(self):
        """A step that is taken again is taken until it is done."""
        self.make_policy(
            "again", [{"minutes": 0, "action": "raise", "who": "manager", "repeat_minutes": 240}]
        )
        clock = self.start(at(9), "again")
        for hour, minute in ((9, 30), (9, 31), (13, 29), (13, 30), (17, 30)):
            self.tick(at(hour, minute))
        self.assertEqual(
            clock.event_ids.sorted("at").mapped("at"), [at(9, 30), at(13, 30), at(17, 30)]
        )
        self.relation._clock_stop("again", at=at(18))
        self.tick(at(23))
        self.assertEqual(len(clock.event_ids), 3)

    def test_step_again_keeps_its_rhythm(self):
        """That the next in line is told, because nobody acknowledged, does not move the rhythm."""
        self.make_policy(
            "again",
            [
                {
                    "minutes": 0,
                    "action": "raise",
                    "who": "manager",
                    "repeat_minutes": 240,
                    "need_ack": True,
                    "ack_minutes": 60,
                }
            ],
        )
        clock = self.start(at(9), "again")
        for hour in (9, 10, 13, 14, 17):
            self.tick(at(hour, 30))
        told = clock.event_ids.filtered("user_ids").sorted("at")
        self.assertEqual(told.mapped("at"), [at(9, 30), at(13, 30), at(17, 30)])

    def test_due_at_a_given_moment(self):
        clock = self.relation._clock_start_until("test_answer", at(18, day=1))
        self.assertEqual((clock.due_at, self.relation.clock_due_at), (at(18, day=1),) * 2)
