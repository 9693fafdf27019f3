from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import ClockCase, at

MANAGER = {"minutes": 0, "action": "raise", "who": "manager"}
HAND_ON = {"minutes": 0, "action": "hand_on", "who": "user"}


class TestLadder(ClockCase):
    """What is done when, who is told, and what is recorded."""

    def run_ladder(self, steps, *minutes, **policy):
        """Start at 9:00 and tick at these minutes; return the clock."""
        self.make_policy("ladder", steps, **policy)
        clock = self.start(at(9), "ladder")
        for minute in minutes:
            self.tick(at(9, minute))
        return clock

    def group(self, post):
        return self.env.ref(f"dealer_base.group_{post}").id

    # ------------------------------------------------------------------ tell and raise

    def test_once_and_in_time(self):
        """The warning is told once, the overdue clock is missed and stays open."""
        clock = self.run_ladder([{"minutes": -5}, MANAGER], 24)
        self.assertEqual(clock.next_step_at, at(9, 25))
        self.assertFalse(clock.event_ids)
        self.tick(at(9, 25))
        self.tick(at(9, 26))
        steps = clock.policy_id.step_ids
        self.assertEqual(clock.event_ids.step_id, steps[0])
        self.assertEqual(clock.event_ids.user_ids, self.sales_consultant)
        self.assertEqual(clock.next_step_at, at(9, 30))
        self.tick(at(9, 30))
        self.assertEqual((clock.state, clock.stopped_at), ("missed", False))
        self.assertEqual(clock.event_ids.step_id, steps)
        self.assertEqual(clock.event_ids.sorted("at")[-1].user_ids, self.sales_manager)
        self.assertFalse(clock.next_step_at)

    def test_step_is_unique(self):
        clock = self.run_ladder([{"minutes": -5}], 25)
        said = self.refusal(lambda: clock.event_ids.copy())
        self.assertIn("taken already", said)

    def test_minutes_count_as_the_policy_counts(self):
        """Five working minutes before 8:45 are 8:40; twenty before it are 17:25 the day before."""
        self.make_policy("ladder", [{"minutes": -5}, {"minutes": -20}, {"minutes": 550}])
        clock = self.start(at(17, 15), "ladder")
        moments = dict(clock._steps_ahead({}))
        self.assertEqual(
            {step.minutes: moment for step, moment in moments.items()},
            {-20: at(17, 25), -5: at(8, 40, day=1), 550: at(9, 55, day=2)},
        )

    def test_warning_before_the_start(self):
        """A warning longer before than the whole term is told at the start."""
        clock = self.run_ladder([{"minutes": -60}], 0)
        self.assertEqual(clock.event_ids.at, at(9))

    def test_late_tick(self):
        """The machine was off: the warning after the fact is recorded, nobody is told of it."""
        clock = self.run_ladder([{"minutes": -5}, MANAGER], 45)
        warning, alarm = clock.event_ids.sorted("id")
        self.assertFalse(warning.user_ids)
        self.assertEqual(alarm.user_ids, self.sales_manager)
        self.assertEqual(len(self.messages(self.sales_consultant)), 0)
        self.assertEqual(len(self.messages(self.sales_manager)), 1)

    def test_done_is_not_told(self):
        clock = self.run_ladder([{"minutes": -5}, MANAGER], 25)
        self.relation._clock_stop("ladder", at=at(9, 26))
        self.tick(at(9, 50))
        self.assertEqual(len(clock.event_ids), 1)

    def test_paused_is_not_told(self):
        clock = self.run_ladder([{"minutes": -5}], 0)
        self.relation._clock_pause("ladder", "", at=at(9, 10))
        self.tick(at(9, 50))
        self.assertFalse(clock.event_ids)
        self.relation._clock_resume("ladder", at=at(10))
        self.assertEqual(clock.next_step_at, at(10, 15))

    # ------------------------------------------------------------------ who is told

    def recipients(self, **step):
        clock = self.run_ladder([{"minutes": 0, **step}], 30)
        return clock.event_ids.user_ids

    def test_person_responsible(self):
        self.assertEqual(self.recipients(who="user"), self.sales_consultant)

    def test_person_named_on_the_record(self):
        self.customer.user_id = self.teammate
        self.assertEqual(self.recipients(who="path", user_path="partner_id.user_id"), self.teammate)

    def test_everybody_of_a_post(self):
        self.assertEqual(
            self.recipients(who="post", group_id=self.group("sales_consultant")),
            self.sales_consultant | self.teammate | self.stranger,
            "the consultant of the other store is not told",
        )

    def test_post_on_duty(self):
        self.env["dealer.duty"].create(
            {
                "user_id": self.teammate.id,
                "unit_id": self.store_a.id,
                "kind": "leave",
                "start": at(0),
                "end": at(24),
            }
        )
        self.assertEqual(
            self.recipients(who="duty", group_id=self.group("sales_consultant")),
            self.sales_consultant | self.stranger,
        )

    def test_manager_of_the_team(self):
        self.assertEqual(self.recipients(who="manager"), self.sales_manager)

    def test_manager_where_there_is_none(self):
        self.team_one.manager_ids = [Command.clear()]
        self.assertEqual(self.recipients(who="manager"), self.general_manager)

    def test_manager_of_oneself(self):
        self.relation._assign({"consultant_id": self.sales_manager.id}, "test")
        self.team_one.member_ids |= self.sales_manager
        self.assertEqual(self.recipients(who="manager"), self.general_manager)

    def test_who_has_left(self):
        """Nobody is told who has gone; then the manager is, because somebody must know."""
        self.sales_consultant.active = False
        self.assertEqual(self.recipients(who="user"), self.sales_manager)

    def test_who_works_in_another_store(self):
        self.customer.user_id = self.consultant_b
        self.assertEqual(
            self.recipients(who="path", user_path="partner_id.user_id"), self.sales_manager
        )

    def test_nobody_responsible(self):
        self.relation._assign({"consultant_id": False}, "test")
        self.assertEqual(self.recipients(who="user"), self.general_manager)

    def test_archived_manager(self):
        self.sales_manager.active = False
        self.assertEqual(self.recipients(who="manager"), self.general_manager)

    # ------------------------------------------------------------------ what they read

    def test_one_message_for_many_records(self):
        self.make_policy("ladder", [{"minutes": -5, "name": "Answer now"}])
        relations = self.make_relations(8) | self.relation
        self.start(at(9), "ladder", relations)
        self.tick(at(9, 26))
        message = self.messages(self.sales_consultant)
        self.assertEqual(len(message), 1)
        self.assertEqual(message.subject, "Answer now (9)")
        self.assertIn("bulk 0", message.body)
        self.assertIn("9:30", message.body, "in the time of the store")
        self.assertIn("and 4 more", message.body)
        self.assertIn("/odoo/dealer-alarms", message.body)

    def test_message_for_one(self):
        self.make_policy("ladder", [{"minutes": -5, "name": "Answer <now>"}])
        self.start(at(9), "ladder")
        self.tick(at(9, 26))
        message = self.messages(self.sales_consultant)
        self.assertEqual(message.subject, "Answer <now>")
        self.assertIn("Answer &lt;now&gt;", message.body)
        self.assertIn(self.relation.partner_name, message.body)

    def test_told_is_also_who_made_the_job(self):
        """Whoever starts a clock makes the job that ticks; its messages are not that person's."""
        self.make_policy("ladder", [{"minutes": -5}])
        with freeze_time(at(9)):
            self.relation.with_user(self.sales_consultant)._clock_start("ladder")
        with freeze_time(at(9, 26)):
            self.env["dealer.clock"].with_user(self.sales_consultant).sudo()._drain()
        message = self.messages(self.sales_consultant)
        self.assertEqual(len(message), 1)
        self.assertNotEqual(message.author_id, self.sales_consultant.partner_id)

    def test_note_on_the_screen(self):
        self.make_policy("ladder", [{"minutes": -5}, MANAGER])
        clock = self.start(at(9), "ladder")
        for minute, user, kind in (
            (26, self.sales_consultant, "warning"),
            (30, self.sales_manager, "danger"),
        ):
            before = self.env["bus.bus"].search([], order="id desc", limit=1).id
            self.tick(at(9, minute))
            self.env.cr.precommit.run()
            notes = self.env["bus.bus"].search(
                [("id", ">", before), ("message", "like", "simple_notification")]
            )
            self.assertEqual(len(notes), 1)
            self.assertIn(kind, notes.message)
            self.assertIn(f'"res.partner",{user.partner_id.id}', notes.channel.replace(" ", ""))
        self.assertEqual(clock.state, "missed")

    # ------------------------------------------------------------------ hand on

    def test_hand_on(self):
        with self.handing_on(self.teammate):
            clock = self.run_ladder([HAND_ON], 30)
        self.assertEqual((clock.state, clock.stopped_at), ("missed", at(9, 30)))
        self.assertEqual(clock.event_ids.user_ids, self.teammate, "who has it now is told")
        second = self.relation._clock_open("ladder")
        self.assertEqual((second.user_id, second.turn, second.due_at), (self.teammate, 2, at(10)))
        self.assertEqual(clock.user_id, self.sales_consultant, "the miss stays whose it was")
        self.assertEqual(self.relation.clock_due_at, at(10))

    def test_turns(self):
        """First it is handed on, the second time the manager has it."""
        steps = [{**HAND_ON, "to_turn": 1}, {**MANAGER, "from_turn": 2}]
        with self.handing_on(self.teammate, self.stranger):
            self.run_ladder(steps, 30)
            self.tick(at(10))
            self.tick(at(11))
        clocks = self.relation.clock_ids.sorted("id")
        self.assertEqual(clocks.mapped("turn"), [1, 2])
        self.assertEqual(clocks.user_id, self.sales_consultant | self.teammate)
        self.assertEqual(clocks[1].event_ids.mapped("action"), ["raise"])
        self.assertFalse(clocks[1].stopped_at)

    def test_many_hand_on_at_once(self):
        self.make_policy("ladder", [HAND_ON])
        relations = self.make_relations(4)
        self.start(at(9), "ladder", relations)
        with self.handing_on(self.teammate, self.stranger):
            self.tick(at(9, 30))
        opened = relations._clock_open("ladder")
        self.assertEqual(len(opened), 4)
        self.assertEqual(sorted(opened.mapped("turn")), [1, 1, 2, 2])
        stuck = opened.filtered(lambda clock: clock.turn == 1)
        self.assertEqual(stuck.event_ids.user_ids, self.sales_manager)

    def test_stuck(self):
        """Nobody to hand on to: it stays, overdue, and the manager is told once."""
        with self.handing_on():
            clock = self.run_ladder([HAND_ON], 30, 31)
        self.assertEqual((clock.state, clock.stopped_at), ("missed", False))
        self.assertEqual(clock.event_ids.user_ids, self.sales_manager)
        self.assertFalse(clock.next_step_at)

    def test_stuck_with_a_post_to_tell(self):
        step = {**HAND_ON, "who": "post", "group_id": self.group("sales_director")}
        with self.handing_on():
            clock = self.run_ladder([step], 30)
        self.assertEqual(clock.event_ids.user_ids, self.sales_director)

    def test_kept(self):
        """What a model keeps is not taken back, and nobody is told."""
        kept = lambda relations, kind: relations  # noqa: E731 a hook in one line
        self.patch(self.registry["dealer.relation"], "_clock_keep", kept)
        with self.handing_on(self.teammate):
            clock = self.run_ladder([HAND_ON], 30)
        self.assertEqual(self.relation.consultant_id, self.sales_consultant)
        self.assertFalse(clock.event_ids.user_ids)
        self.assertFalse(clock.stopped_at)

    def busy(self, user, start, end, **values):
        return self.env["dealer.duty"].create(
            {
                "user_id": user.id,
                "unit_id": self.store_a.id,
                "kind": "busy",
                "start": start,
                "end": end,
                "evidence": "witnessed",
                **values,
            }
        )

    def hand_on_while_busy(self, *rows):
        for row in rows:
            self.busy(self.sales_consultant, *row[:2], **(row[2] if len(row) > 2 else {}))
        with self.handing_on(self.teammate):
            clock = self.run_ladder([HAND_ON], 30)
        second = self.relation._clock_open("ladder")
        return clock.state, second.turn

    def test_excused_by_a_colleague(self):
        """The clerk saw the consultant with a visitor: no miss, and the next one is the first."""
        self.assertEqual(self.hand_on_while_busy((at(9, 25), at(9, 40))), ("void", 1))

    def test_excused_by_most_of_the_time(self):
        self.assertEqual(self.hand_on_while_busy((at(8, 50), at(9, 16))), ("void", 1))

    def test_not_excused_by_half_of_the_time(self):
        self.assertEqual(self.hand_on_while_busy((at(8, 50), at(9, 15))), ("missed", 2))

    def test_overlapping_talks_are_one(self):
        """Twice the same ten minutes are ten minutes, not twenty."""
        self.assertEqual(
            self.hand_on_while_busy((at(9), at(9, 10)), (at(9), at(9, 10))), ("missed", 2)
        )

    def test_two_talks_add_up(self):
        self.assertEqual(
            self.hand_on_while_busy((at(9), at(9, 10)), (at(9, 12), at(9, 20))), ("void", 1)
        )

    def test_not_excused_by_own_word(self):
        self.assertEqual(
            self.hand_on_while_busy((at(9), at(10), {"evidence": "declared"})), ("missed", 2)
        )

    def test_not_excused_by_leave(self):
        self.assertEqual(self.hand_on_while_busy((at(9), at(10), {"kind": "leave"})), ("missed", 2))

    def test_excused_in_another_store(self):
        """Nobody is in two stores at once."""
        self.sales_consultant.company_ids |= self.store_b.company_id
        self.assertEqual(
            self.hand_on_while_busy((at(9), at(10), {"unit_id": self.store_b.id})), ("void", 1)
        )

    def test_forgotten_talk_excuses_nothing(self):
        self.assertEqual(self.hand_on_while_busy((at(9, day=-1), False)), ("missed", 2))

    def test_excused_over_night(self):
        """Only opening hours count: 20 of 30 minutes, although the night lay in between."""
        self.busy(self.sales_consultant, at(8, 20, day=1), at(8, 44, day=1))
        self.make_policy("ladder", [HAND_ON])
        clock = self.start(at(17, 29), "ladder")
        self.assertEqual(clock.due_at, at(8, 59, day=1))
        self.assertFalse(clock._excused())
        self.busy(self.sales_consultant, at(8, 44, day=1), at(8, 46, day=1))
        self.assertEqual(clock._excused(), clock)

    # ------------------------------------------------------------------ acknowledgement

    def alarm(self, *minutes, **step):
        values = {**MANAGER, "need_ack": True, "ack_minutes": 10, **step}
        clock = self.run_ladder([values], 30, *minutes)
        return clock, clock.event_ids.sorted("attempt")

    def test_acknowledged(self):
        clock, event = self.alarm(ack_group_id=self.group("general_manager"))
        self.assertEqual((event.ack_due_at, clock.next_step_at), (at(9, 40), at(9, 40)))
        with freeze_time(at(9, 35)):
            event.with_user(self.sales_manager).action_acknowledge()
        self.assertEqual((event.ack_at, event.ack_user_id), (at(9, 35), self.sales_manager))
        self.tick(at(9, 40))
        self.assertEqual(clock.event_ids, event)
        self.assertFalse(event.unanswered)
        self.assertFalse(clock.next_step_at)

    def test_acknowledged_twice(self):
        _clock, event = self.alarm(who="post", group_id=self.group("sales_consultant"))
        with freeze_time(at(9, 35)):
            event.with_user(self.teammate).action_acknowledge()
        with freeze_time(at(9, 36)):
            event.with_user(self.stranger).action_acknowledge()
        self.assertEqual((event.ack_at, event.ack_user_id), (at(9, 35), self.teammate))

    def test_acknowledged_by_a_stranger(self):
        _clock, event = self.alarm()
        for user in (self.general_manager, self.sales_consultant):
            with self.assertRaisesRegex(AccessError, "told yourself"):
                event.with_user(user).action_acknowledge()
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            event.with_user(self.consultant_b).action_acknowledge()
        self.assertFalse(event.ack_at)

    def test_unanswered(self):
        """Nobody said a word in time: the next in line is told, and once."""
        clock, events = self.alarm(40, 41, 55, ack_group_id=self.group("general_manager"))
        first, second = events
        self.assertEqual((first.unanswered, first.ack_at), (True, False))
        self.assertEqual((second.user_ids, second.attempt), (self.general_manager, 2))
        self.assertFalse(second.ack_due_at)
        self.assertEqual(len(self.messages(self.general_manager)), 1)
        self.assertFalse(clock.next_step_at)

    def test_answered_late(self):
        """Who answers late has answered late."""
        _clock, events = self.alarm(40, ack_group_id=self.group("general_manager"))
        with freeze_time(at(9, 50)):
            events[0].with_user(self.sales_manager).action_acknowledge()
        self.assertEqual((events[0].ack_at, events[0].unanswered), (at(9, 50), True))

    def test_unanswered_and_nobody_in_line(self):
        clock, events = self.alarm(40)
        self.assertTrue(events[0].unanswered)
        self.assertFalse(events[1].user_ids)
        self.assertFalse(clock.next_step_at)

    def test_next_in_line_is_somebody_else(self):
        _clock, events = self.alarm(40, ack_group_id=self.group("sales_manager"))
        self.assertFalse(events[1].user_ids & events[0].user_ids)

    def test_done_needs_no_acknowledgement(self):
        clock, event = self.alarm(ack_group_id=self.group("general_manager"))
        self.relation._clock_stop("ladder", at=at(9, 35))
        self.tick(at(9, 45))
        self.assertTrue(event.ack_at)
        self.assertFalse(event.ack_user_id)
        self.assertEqual(clock.event_ids, event)

    def test_handed_on_needs_no_acknowledgement(self):
        """Who got the record has a clock of one's own."""
        with self.handing_on(self.teammate):
            clock = self.run_ladder([{**HAND_ON, "need_ack": True}], 30)
        self.assertFalse(clock.event_ids.ack_due_at)

    # ------------------------------------------------------------------ quiet hours

    def test_quiet_hours(self):
        """The alarm waits for the morning; the clock itself was missed at night."""
        self.make_policy("ladder", [MANAGER], basis="wall", quiet_from=21, quiet_to=8)
        clock = self.start(at(22), "ladder")
        self.tick(at(22, 30))
        self.assertEqual(clock.state, "missed")
        self.assertFalse(clock.event_ids)
        self.assertEqual(clock.next_step_at, at(8, day=1))
        self.tick(at(8, day=1))
        self.assertEqual(clock.event_ids.user_ids, self.sales_manager)
        self.relation._clock_stop("ladder", at=at(22, 30))
        self.assertEqual(clock.state, "met", "the proof comes later, the time stamp counts")

    def test_step_that_wakes_people(self):
        self.make_policy(
            "ladder", [{**MANAGER, "quiet": False}], basis="wall", quiet_from=21, quiet_to=8
        )
        clock = self.start(at(22), "ladder")
        self.tick(at(22, 30))
        self.assertEqual(clock.event_ids.at, at(22, 30))

    def test_handing_on_knows_no_quiet_hours(self):
        self.make_policy("ladder", [HAND_ON], basis="wall", quiet_from=21, quiet_to=8)
        clock = self.start(at(22), "ladder")
        with self.handing_on(self.teammate):
            self.tick(at(22, 30))
        self.assertTrue(clock.stopped_at)

    def test_next_in_line_sleeps_too(self):
        """The time to acknowledge ends when the quiet hours do: then the next in line is told."""
        steps = [{**MANAGER, "need_ack": True, "ack_minutes": 30}]
        self.make_policy("ladder", steps, basis="wall", quiet_from=21, quiet_to=8)
        clock = self.start(at(20, 20), "ladder")
        self.tick(at(20, 50))
        self.assertEqual(clock.event_ids.ack_due_at, at(8, day=1))

    def test_everything_at_once(self):
        """After a long stop all is done in the order of the ladder, within one look."""
        steps = [{"minutes": -5}, {"minutes": 0}, {**MANAGER, "minutes": 10}]
        clock = self.run_ladder(steps, 50)
        self.assertEqual(clock.event_ids.sorted("id").mapped("step_id"), clock.policy_id.step_ids)
        self.assertEqual(clock.event_ids.mapped("at"), [at(9, 50)] * 3)
