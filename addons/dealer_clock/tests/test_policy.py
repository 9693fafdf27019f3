from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL

from .common import ClockCase, at


class TestPolicy(ClockCase):
    def policy_of(self, kind="test_answer", relation=None):
        relation = relation or self.relation
        clock = self.start(at(9), kind, relation)
        policy = clock.policy_id
        clock._void("next case")
        return policy

    # ------------------------------------------------------------------ which one holds

    def test_own_policy_of_the_store_first(self):
        own = self.make_policy("test_answer", unit_id=self.store_a.id, sequence=99)
        self.make_policy("test_answer", unit_id=self.store_b.id, sequence=1)
        self.assertEqual(self.policy_of(), own)
        own.active = False
        self.assertEqual(self.policy_of(), self.policy)

    def test_first_that_fits(self):
        owners = self.make_policy("test_answer", sequence=1, domain="[('stage', '=', 'owner')]")
        self.assertEqual(self.policy_of(), self.policy)
        self.relation.stage = "owner"
        self.assertEqual(self.policy_of(), owners)
        first = self.make_policy("test_answer", sequence=0)
        self.assertEqual(self.policy_of(), first)

    def test_own_policy_that_does_not_fit(self):
        self.make_policy("test_answer", unit_id=self.store_a.id, domain="[('stage', '=', 'owner')]")
        self.assertEqual(self.policy_of(), self.policy)

    def test_filter_reaches_what_the_person_cannot_see(self):
        """Which policy holds does not depend on who works on the record."""
        policy = self.make_policy(
            "test_answer", sequence=1, domain="[('partner_id.phone_normalized', '!=', False)]"
        )
        relation = self.relation.with_user(self.reception)
        with freeze_time(at(9)):
            clock = relation._clock_start("test_answer")
        self.assertEqual(clock.policy_id, policy)

    def test_many_records_at_once(self):
        owners = self.make_policy("test_answer", sequence=1, domain="[('stage', '=', 'owner')]")
        relations = self.make_relations(4)
        relations[:2].stage = "owner"
        clocks = self.start(at(9), records=relations)
        self.assertEqual(clocks.mapped("res_id"), relations.ids)
        self.assertEqual(clocks.mapped("policy_id"), owners | self.policy)

    def test_filter_that_fits_no_more(self):
        """A field went with its addon: that policy is left out, and work goes on."""
        broken = self.make_policy("test_answer", sequence=1, domain="[('stage', '=', 'owner')]")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE dealer_clock_policy SET domain = '[(''gone'', ''='', 1)]' WHERE id = %s",
                broken.id,
            )
        )
        broken.invalidate_recordset()
        with self.assertLogs("odoo.addons.dealer_clock.models.dealer_clock_policy", "WARNING"):
            self.assertEqual(self.policy_of(), self.policy)

    # ------------------------------------------------------------------ what may be entered

    def test_wrong_filters(self):
        for domain, words in (
            ("[('no_such_field', '=', 1)]", "no_such_field"),
            ("[('stage', '=', ", "cannot be read"),
            ("stage = owner", "cannot be read"),
            ("[('stage', '=', unknown)]", "cannot be read"),
            ("[('stage', 'resembles', 1)]", "cannot be read"),
        ):
            with self.subTest(domain=domain):
                said = self.refusal(lambda: self.policy.write({"domain": domain}))
                self.assertIn("The filter of test_answer", said)
                self.assertIn(words, said)

    def test_records_without_clocks(self):
        said = self.refusal(
            lambda: self.make_policy("x", model_id=self.env.ref("base.model_res_partner").id)
        )
        self.assertIn("have no clocks", said)

    def test_wrong_numbers(self):
        for values, words in (
            ({"minutes": 0}, "at least one minute"),
            ({"minutes": -30}, "at least one minute"),
            ({"quiet_from": 24}, "between 0:00 and 24:00"),
            ({"quiet_to": -1}, "between 0:00 and 24:00"),
        ):
            with self.subTest(values=values):
                self.assertIn(words, self.refusal(lambda: self.policy.write(values)))

    def test_wrong_steps(self):
        for step, words in (
            ({"who": "post"}, "Choose the post that “wrong” tells"),
            ({"who": "duty"}, "Choose the post that “wrong” tells"),
            ({"who": "path"}, "leads to no person"),
            ({"who": "path", "user_path": "partner_id"}, "“partner_id” leads to no person"),
            ({"who": "path", "user_path": "partner_id.name"}, "leads to no person"),
            ({"who": "path", "user_path": "consultant_id..id"}, "leads to no person"),
            ({"who": "path", "user_path": "no_such_field"}, "leads to no person"),
            ({"need_ack": True, "ack_minutes": 0}, "at least one minute"),
            ({"need_ack": True, "ack_minutes": -5}, "at least one minute"),
            ({"from_turn": 0}, "cannot be before"),
            ({"from_turn": 3, "to_turn": 2}, "cannot be before"),
            ({"action": "hand_on", "minutes": -1}, "its time is not over yet"),
        ):
            with self.subTest(step=step):
                values = {"policy_id": self.policy.id, "name": "wrong", **step}
                said = self.refusal(lambda: self.env["dealer.clock.step"].create(values))
                self.assertIn(words, said)

    def test_path_to_a_person(self):
        self.env["dealer.clock.step"].create(
            {
                "policy_id": self.policy.id,
                "name": "right",
                "who": "path",
                "user_path": "partner_id.user_id",
            }
        )
        with self.assertRaisesRegex(ValidationError, "leads to no person"):
            self.policy.step_ids.user_path = "partner_id.parent_id"

    # ------------------------------------------------------------------ changing it

    def test_change_leaves_running_and_finished_clocks(self):
        policy = self.make_policy("change", [{"minutes": -5}])
        done, running, paused = self.make_relations(3)
        done, running, paused = (
            self.start(at(9), "change", relation) for relation in (done, running, paused)
        )
        done._stop(at=at(9, 25))
        paused._pause("", at=at(9, 10))
        policy.write({"minutes": 5, "basis": "wall", "domain": "[('stage', '=', 'lapsed')]"})
        self.assertEqual((done.state, done.due_at), ("met", at(9, 30)))
        self.assertEqual((running.state, running.due_at), ("running", at(9, 30)))
        # 20 minutes of opening hours are left, although the policy counts otherwise by now.
        paused._resume(at=at(17, 20))
        self.assertEqual(paused.due_at, at(8, 40, day=1))
        policy.active = False
        self.tick(at(9, 25))
        self.assertEqual(running.event_ids.step_id, policy.step_ids, "its ladder goes on")

    def test_change_of_the_ladder(self):
        """What was told stays as history, what is new is told once, what has gone is not told."""
        policy = self.make_policy("ladder", [{"minutes": -5}, {"minutes": 10}])
        clock = self.start(at(9), "ladder")
        self.tick(at(9, 25))
        first, second = policy.step_ids
        policy.step_ids = [
            Command.delete(first.id),
            Command.delete(second.id),
            Command.create({"name": "new", "minutes": 5}),
        ]
        self.assertFalse(second.exists())
        self.assertTrue(first.exists())
        self.assertFalse(first.active)
        new = policy.step_ids
        self.assertEqual(new.name, "new")
        for minute in (30, 35, 36, 45):
            self.tick(at(9, minute))
        self.assertEqual(clock.event_ids.sorted("at").step_id, first | new)

    def test_used_policy_is_archived_not_deleted(self):
        clock = self.start(at(9))
        clock._stop(at=at(9, 5))
        with self.assertRaisesRegex(UserError, "Archive it"):
            self.policy.unlink()
        self.make_policy("unused").unlink()
        self.assertTrue(clock.exists())

    def test_uninstalling_the_kind_of_records(self):
        """Policies go with their kind of records, and their clocks, steps and events with them."""
        policy = self.make_policy("gone", [{"minutes": -5}])
        clock = self.start(at(9), "gone")
        self.tick(at(9, 26))
        event, step = clock.event_ids, policy.step_ids
        self.env.flush_all()
        # What the database does when a row of ir_model goes.
        self.env.cr.execute(SQL("DELETE FROM dealer_clock_policy WHERE id = %s", policy.id))
        self.env.invalidate_all()
        for rows in (clock, event, step):
            self.assertFalse(rows.exists())

    def test_kind_of_records_without_code(self):
        """Clocks of records whose addon is not loaded are closed, the others are ticked."""
        self.make_policy("ladder", [{"minutes": -5}])
        other, mine = self.make_relations(2)
        lost, kept = self.start(at(9), "ladder", other), self.start(at(9), "ladder", mine)
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE dealer_clock SET res_model = 'no.such.model' WHERE id = %s", lost.id)
        )
        self.env.invalidate_all()
        self.tick(at(9, 26))
        self.assertEqual((lost.state, lost.document_name), ("void", False))
        self.assertTrue(kept.event_ids)
        with self.assertRaisesRegex(UserError, "is gone"):
            lost.action_open_document()

    def test_count_of_running_clocks(self):
        clocks = self.start(at(9), records=self.make_relations(3))
        clocks[0]._stop(at=at(9, 5))
        self.assertEqual(self.policy.clock_count, 2)
        action = self.policy.action_clocks()
        shown = self.env["dealer.clock"].search(action["domain"])
        self.assertEqual(shown, clocks)

    # ------------------------------------------------------------------ quiet hours

    def test_end_of_quiet_hours(self):
        """What is due to be told at night is told in the morning, in the store's time."""
        for hours, moment, told in (
            ((21, 8), at(20, 59), at(20, 59)),
            ((21, 8), at(21), at(8, day=1)),
            ((21, 8), at(3), at(8)),
            ((21, 8), at(7, 59), at(8)),
            ((21, 8), at(8), at(8)),
            ((12, 14), at(13), at(14)),
            ((12, 14), at(11), at(11)),
            ((22.5, 6.75), at(22, 30), at(6, 45, day=1)),
            ((0, 0), at(3), at(3)),
        ):
            with self.subTest(hours=hours, moment=moment):
                self.policy.quiet_from, self.policy.quiet_to = hours
                self.assertEqual(self.policy._awake(moment, self.store_a), told)

    def test_quiet_hours_in_another_zone(self):
        self.store_a.calendar_id.tz = "Asia/Urumqi"
        self.policy.write({"quiet_from": 21, "quiet_to": 8})
        self.assertEqual(self.policy._awake(at(22), self.store_a), at(22))
        self.assertEqual(self.policy._awake(at(23), self.store_a), at(10, day=1))

    def test_quiet_hours_and_summer_time(self):
        """Quiet until eight is eight on the wall, also in the night that is an hour shorter."""
        self.store_a.calendar_id.tz = "Europe/Berlin"
        self.policy.write({"quiet_from": 21, "quiet_to": 8})
        night = at(5, day=27)  # 22:00 on 28 March there
        self.assertEqual(self.policy._awake(night, self.store_a), night + timedelta(hours=9))

    def test_length_in_words(self):
        for minutes, basis, words in (
            (30, "working", "30 min"),
            (90, "working", "1 h 30 min"),
            (540, "working", "9 h"),
            (1440, "working", "24 h"),
            (1440, "wall", "1 days"),
            (4320, "wall", "3 days"),
            (1500, "wall", "25 h"),
        ):
            self.policy.write({"minutes": minutes, "basis": basis})
            self.assertEqual(self.policy.duration, words)

    def test_copy(self):
        policy = self.make_policy("copied", [{"minutes": -5}, {"minutes": 0}])
        twin = policy.copy()
        self.assertEqual(twin.step_ids.mapped("minutes"), [-5, 0])
        self.assertFalse(twin.step_ids & policy.step_ids)
