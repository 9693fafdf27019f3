from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo.tools import SQL, mute_logger

from ..hooks import uninstall_hook
from .common import ClockCase, at

ALARM = {"minutes": 0, "action": "raise", "who": "manager"}
ENGINE = "odoo.addons.dealer_clock.models.dealer_clock"


class TestTick(ClockCase):
    """One bad record stops nobody, and the tick wakes itself in time."""

    def failing(self, *bad):
        """Let telling who is responsible of ``bad`` clocks fail."""
        step = self.registry["dealer.clock.step"]
        choose = step._choose_user

        def choose_user(steps, clocks):
            if {clock.id for clock in bad} & set(clocks.ids):
                message = "this one is broken"
                raise ValueError(message)
            return choose(steps, clocks)

        return patch.object(step, "_choose_user", choose_user)

    # ------------------------------------------------------------------ failures

    def test_one_bad_clock_stops_nobody(self):
        self.make_policy("ladder", [{"minutes": 0}])
        clocks = self.start(at(9), "ladder", self.make_relations(9))
        bad = clocks[4]
        with self.failing(bad), mute_logger(ENGINE):
            done, left = self.tick(at(9, 30))
        self.assertEqual((done, left), (9, False))
        good = clocks - bad
        self.assertEqual(good.event_ids.clock_id, good)
        self.assertFalse(bad.event_ids)
        self.assertEqual((bad.failures, bad.failure), (1, "ValueError: this one is broken"))
        self.assertEqual(bad.state, "missed", "the verdict does not hang on telling it")
        self.assertGreater(bad.next_step_at, at(9, 30))
        self.assertEqual(set(good.mapped("failures")), {0})

    def test_tried_again_later_and_later(self):
        self.make_policy("ladder", [{"minutes": 0}])
        clock = self.start(at(9), "ladder")
        waits = []
        with self.failing(clock), mute_logger(ENGINE):
            moment = at(9, 30)
            for _look in range(14):
                self.tick(moment)
                waits.append(clock.next_step_at - moment)
                moment = clock.next_step_at
        self.assertEqual(waits[:3], [timedelta(minutes=minutes) for minutes in (2, 4, 8)])
        self.assertEqual(waits[-1], timedelta(days=1))
        self.tick(moment)
        self.assertTrue(clock.event_ids)
        self.assertEqual((clock.failures, clock.failure), (0, False))

    def test_bad_clocks_do_not_starve_the_others(self):
        """More bad ones than a batch holds: they step aside, the others have their turn."""
        self.make_policy("ladder", [{"minutes": 0}])
        relations = self.make_relations(8)
        bad = self.start(at(9), "ladder", relations[:6])
        good = self.start(at(9, 10), "ladder", relations[6:])
        with self.failing(*bad), mute_logger(ENGINE), freeze_time(at(9, 45)):
            rounds = 0
            while rounds < 5 and self.env["dealer.clock"]._drain(limit=3)[1]:
                rounds += 1
        self.assertEqual(good.event_ids.clock_id, good)
        self.assertEqual(set(bad.mapped("failures")), {1})

    def test_somebody_writes_the_record_at_this_moment(self):
        """A conflict is no failure of the clock: it stays due, the others are done."""
        self.make_policy("ladder", [{"minutes": 0}])
        clocks = self.start(at(9), "ladder", self.make_relations(3))
        step = self.registry["dealer.clock.step"]
        choose = step._choose_user

        def choose_user(steps, due):
            if clocks[1] in due:
                raise SerializationFailure
            return choose(steps, due)

        with patch.object(step, "_choose_user", choose_user):
            done, left = self.tick(at(9, 30))
        self.assertEqual((done, left), (2, True))
        self.assertEqual((clocks[1].failures, clocks[1].next_step_at), (0, at(9, 30)))
        with patch.object(step, "_choose_user", choose_user):
            self.assertEqual(self.run_job(at(9, 30)), (0, False), "and nobody spins round it")
        self.assertTrue(self.jobs(at(9, 30) + timedelta(seconds=5)))
        self.tick(at(9, 31))
        self.assertTrue(clocks[1].event_ids)

    def test_bad_policy_stops_nobody(self):
        """A path to a field that has gone fails for its own clocks alone."""
        broken = self.make_policy(
            "broken", [{"minutes": 0, "who": "path", "user_path": "partner_id.user_id"}]
        )
        self.make_policy("ladder", [{"minutes": 0}])
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE dealer_clock_step SET user_path = 'gone.user_id' WHERE id = %s",
                broken.step_ids.id,
            )
        )
        self.env.invalidate_all()
        bad = self.start(at(9), "broken")
        good = self.start(at(9), "ladder")
        with mute_logger(ENGINE):
            self.tick(at(9, 30))
        self.assertTrue(good.event_ids)
        self.assertIn("gone", bad.failure)

    def test_hook_of_a_model_fails(self):
        """A record that cannot be handed on stays with its person and is tried again."""
        self.make_policy("ladder", [{"minutes": 0, "action": "hand_on"}])
        clock = self.start(at(9), "ladder")

        def hand_on(relations, clocks):
            relations._assign({"consultant_id": self.teammate.id}, "test")
            message = "and then it fails"
            raise ValueError(message)

        with (
            patch.object(self.registry["dealer.relation"], "_clock_hand_on", hand_on),
            mute_logger(ENGINE),
        ):
            self.tick(at(9, 30))
        self.assertEqual(self.relation.consultant_id, self.sales_consultant, "nothing stays")
        self.assertEqual((clock.failures, clock.stopped_at), (1, False))

    def test_document_deleted_behind_our_back(self):
        clock = self.start(at(9))
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM dealer_relation WHERE id = %s", self.relation.id))
        self.env.invalidate_all()
        self.tick(at(9, 30))
        self.assertEqual(clock.state, "void")

    def test_most_overdue_first(self):
        self.make_policy("ladder", [{"minutes": 0}])
        relations = self.make_relations(4)
        clocks = [self.start(at(9, 3 - place), "ladder", relations[place]) for place in range(4)]
        with freeze_time(at(10)):
            done, left = self.env["dealer.clock"]._drain(limit=2)
        self.assertEqual((done, left), (2, True))
        self.assertEqual([bool(clock.event_ids) for clock in clocks], [False, False, True, True])

    # ------------------------------------------------------------------ waking

    def jobs(self, eta=None):
        jobs = self.env["queue.job"].search(self.env["dealer.clock"]._waiting_jobs(), order="eta")
        return jobs.filtered(lambda job: job.eta == eta) if eta else jobs

    def run_job(self, moment):
        """Tick as the job does that waited for this moment."""
        self.jobs().filtered(lambda job: job.eta and job.eta <= moment).unlink()
        return self.tick(moment)

    def test_one_job_waits(self):
        relations = self.make_relations(3)
        for minute, relation in enumerate(relations):
            self.start(at(9, minute), records=relation)
        self.assertEqual(self.jobs().mapped("eta"), [at(9, 30)])

    def test_an_earlier_one_beside_it(self):
        self.make_policy("short", minutes=5)
        self.start(at(9))
        self.start(at(9), "short")
        self.assertEqual(self.jobs().mapped("eta"), [at(9, 5), at(9, 30)])

    def test_jobs_do_not_pile_up(self):
        """However the starts come, after a look one job waits, for the next step there is."""
        relations = self.make_relations(6)
        for place, relation in enumerate(relations):
            self.start(at(10, 20 - place), records=relation)
        self.assertEqual(len(self.jobs()), 6)
        self.start(at(9))
        self.run_job(at(9, 30))
        self.assertEqual(self.jobs().mapped("eta"), [at(10, 45)])
        for _look in range(3):
            self.run_job(at(9, 31))
        self.assertEqual(len(self.jobs()), 1)

    def test_job_of_another_queue_stays(self):
        with freeze_time(at(9)):
            self.env["dealer.queue.mixin"]._wake()
        self.start(at(9))
        self.tick(at(9, 30))
        others = self.env["queue.job"].search(
            [("identity_key", "=", self.env["dealer.queue.mixin"]._identity_key())]
        )
        self.assertEqual(len(others), 1)

    def test_more_left_than_a_batch(self):
        """The job that has worked off a batch wakes the next one at once."""
        self.make_policy("ladder", [{"minutes": 0}])
        self.start(at(9), "ladder", self.make_relations(3))
        self.jobs().unlink()
        drain = self.registry["dealer.clock"]._drain
        with (
            freeze_time(at(9, 30)),
            patch.object(
                self.registry["dealer.clock"], "_drain", lambda m, _limit: drain(m, limit=2)
            ),
        ):
            self.env["dealer.clock"]._drain_job()
        self.assertEqual(self.jobs().mapped("eta"), [False])

    def test_clock_that_was_due_before_it_started(self):
        """A lead that comes in late is due at once."""
        with freeze_time(at(12)):
            self.relation._clock_start("test_answer", at=at(9))
        self.assertEqual(self.jobs().mapped("eta"), [at(9, 30)])
        self.assertEqual(self.relation.clock_state, "missed")

    def test_nothing_to_do_no_job(self):
        self.tick(at(9))
        self.assertFalse(self.jobs())

    def test_uninstalling_leaves_no_job(self):
        """A job whose addon has gone would fail for ever."""
        self.start(at(9))
        self.env["dealer.queue.mixin"]._wake()
        uninstall_hook(self.env)
        self.assertFalse(self.jobs())
        self.assertTrue(self.env["queue.job"].search([("identity_key", "=like", "dealer_queue:%")]))


class TestTickSize(ClockCase):
    """What it costs depends on what is due, not on what is open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(
            "ladder", [{"minutes": -5}, {**ALARM, "need_ack": True}, {**ALARM, "minutes": 10}]
        )

    def count(self, action):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def bulk(self, number):
        """Insert relations past the ORM."""
        self.env.flush_all()
        partners = self.env["res.partner"].create(
            {"name": "bulk", "phone": self.next_phone(), "is_dealer_customer": True}
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO dealer_relation (partner_id, unit_id, company_id, consultant_id, stage,
                                             since, active)
                SELECT %s, %s, %s, (%s)[1 + n %% %s], 'prospect', '2026-01-01', FALSE
                  FROM generate_series(1, %s) n RETURNING id
                """,
                partners.id,
                self.store_a.id,
                self.store_a.company_id.id,
                [self.sales_consultant.id, self.teammate.id, self.stranger.id],
                3,
                number,
            )
        )
        return self.env["dealer.relation"].browse(row[0] for row in self.env.cr.fetchall())

    def test_start_of_1000(self):
        """Ten more statements for 900 more clocks are the ORM's batches, nothing else grows."""
        few, many = self.bulk(100), self.bulk(1000)
        self.start(at(8), "ladder", self.bulk(1))
        counts = [
            self.count(lambda records=records: self.start(at(9), "ladder", records))
            for records in (few, many)
        ]
        self.assertEqual(len(many.clock_ids), 1000)
        self.assertLess(counts[0], 40)
        self.assertLess(counts[1] - counts[0], 40)

    def tick_of_200(self, day):
        clocks = self.start(at(9, day=day), "ladder", self.bulk(200))
        counts = [
            self.count(lambda minute=minute: self.tick(at(9, minute, day=day)))
            for minute in (25, 30)
        ]
        self.assertEqual(len(clocks.event_ids), 400)
        clocks._void("the next round")
        return counts

    def test_tick_of_200(self):
        """200 due among 3,000 that run, as many statements as among 300 that run."""
        self.tick_of_200(0)
        self.start(at(9), "ladder", self.bulk(100))
        self.start(at(9, day=9), "ladder", self.bulk(300))
        small = self.tick_of_200(1)
        self.start(at(9, day=9), "ladder", self.bulk(2700))
        large = self.tick_of_200(2)
        self.assertLessEqual(max(a - b for a, b in zip(large, small, strict=True)), 4)
        self.assertLess(max(large), 130)

    def test_handing_on_200(self):
        self.make_policy("handed", [{"minutes": 0, "action": "hand_on"}])
        counts = []
        for day, number in ((0, 20), (1, 200)):
            relations = self.bulk(number)
            self.start(at(9, day=day), "handed", relations)

            def hand_on(relations, clocks):
                relations.env.cr.execute(
                    SQL(
                        "UPDATE dealer_relation SET consultant_id = %s WHERE id IN %s",
                        self.stranger.id,
                        relations._ids,
                    )
                )
                relations.invalidate_recordset(["consultant_id"])
                return relations

            with patch.object(self.registry["dealer.relation"], "_clock_hand_on", hand_on):
                counts.append(self.count(lambda day=day: self.tick(at(9, 30, day=day))))
            second = relations._clock_open("handed")
            self.assertEqual((len(second), set(second.mapped("turn"))), (number, {2}))
            second._void("the next round")
        self.assertLess(counts[1] - counts[0], 40)

    def test_plan_of_the_look(self):
        """The look goes by its index, however many clocks are open."""
        self.start(at(9, day=9), "ladder", self.bulk(3000))
        self.env.flush_all()
        self.env.cr.execute("ANALYZE dealer_clock")
        look = (
            "SELECT id FROM dealer_clock WHERE next_step_at <= '2026-03-02 09:00:00'"
            " ORDER BY next_step_at, id LIMIT 200 FOR UPDATE SKIP LOCKED"
        )
        first = "SELECT min(next_step_at) FROM dealer_clock WHERE next_step_at IS NOT NULL"
        for query in (look, first):
            self.env.cr.execute(f"EXPLAIN {query}")
            plan = "\n".join(row[0] for row in self.env.cr.fetchall())
            self.assertIn("dealer_clock_due_idx", plan)
            self.assertNotIn("Seq Scan", plan)
