from datetime import timedelta
from unittest.mock import patch

from psycopg2 import errors

from odoo import fields
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL


@tagged("post_install", "-at_install")
class TestQueue(TransactionCase):
    """One job per queue wakes it, never one per row; a cron is the net below."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.queue = cls.env["dealer.queue.mixin"]
        cls.key = cls.queue._identity_key()
        cls.env["queue.job"].search([("identity_key", "=like", "dealer_queue:%")]).unlink()

    def jobs(self):
        return self.env["queue.job"].search([("identity_key", "=", self.key)])

    def age(self, **values):
        """Let the jobs be ten minutes old; the job itself guards these fields."""
        self.env.flush_all()
        values = {"date_created": fields.Datetime.now() - timedelta(minutes=10), **values}
        for name, value in values.items():
            self.env.cr.execute(
                SQL(
                    "UPDATE queue_job SET %s = %s WHERE id IN %s",
                    SQL.identifier(name),
                    value,
                    tuple(self.jobs().ids),
                )
            )
        self.env.invalidate_all()

    def drain(self, *answers):
        """Let the queue answer this, drain by drain."""
        return self.startPatcher(
            patch.object(self.registry["dealer.queue.mixin"], "_drain", side_effect=list(answers))
        )

    def test_one_job(self):
        for _row in range(5):
            self.queue._wake()
        self.assertEqual(len(self.jobs()), 1)

    def test_second_call_is_one_look_up(self):
        self.queue._wake()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            self.queue._wake()

    def test_whoever_fills_the_queue(self):
        """Who fills a queue needs no right on jobs."""
        public = self.env.ref("base.public_user")
        self.queue.with_user(public)._wake()
        self.assertEqual(len(self.jobs()), 1)
        self.assertEqual(self.jobs().method_name, "_drain_job")

    def test_a_running_job_has_seen_its_rows(self):
        """A job that runs or ended may have missed the row, so another one is made."""
        for state in ("started", "done", "failed", "cancelled"):
            self.jobs().unlink()
            self.queue._wake()
            self.jobs().state = state
            self.env.flush_all()
            self.queue._wake()
            self.assertEqual(len(self.jobs()), 2, state)

    def test_waiting_states(self):
        for state in ("pending", "enqueued"):
            self.jobs().unlink()
            self.queue._wake()
            self.jobs().state = state
            self.env.flush_all()
            self.queue._wake()
            self.assertEqual(len(self.jobs()), 1, state)

    def test_job_wakes_again_while_rows_are_left(self):
        self.drain((500, True), (3, False))
        self.queue._drain_job()
        self.assertEqual(len(self.jobs()), 1)
        self.jobs().unlink()
        self.queue._drain_job()
        self.assertFalse(self.jobs())

    def test_cron_drains_all(self):
        drain = self.drain((500, True), (500, True), (3, False))
        with patch.object(
            self.registry["ir.cron"], "_commit_progress", return_value=60.0
        ) as progress:
            self.queue._cron_drain()
        self.assertEqual(drain.call_count, 3)
        self.assertEqual(progress.call_count, 3)

    def test_cron_stops_when_time_is_over(self):
        drain = self.drain((500, True), (500, True))
        with patch.object(self.registry["ir.cron"], "_commit_progress", return_value=0.0):
            self.queue._cron_drain()
        self.assertEqual(drain.call_count, 1)

    def test_cron_leaves_what_others_write(self):
        """Rows that collide with somebody's work wait for the next minute; nothing is logged as failed."""
        collision = errors.SerializationFailure("could not serialize access")
        with (
            patch.object(self.registry[self.queue._name], "_drain", side_effect=collision),
            patch.object(self.env.cr, "rollback") as rollback,
            patch.object(self.registry["ir.cron"], "_commit_progress") as progress,
        ):
            self.queue._cron_drain()
        rollback.assert_called_once()
        progress.assert_not_called()

    def test_queues_that_share_a_lock_take_turns(self):
        """Whoever holds one of the names keeps away all queues that need it."""
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("SELECT pg_advisory_xact_lock(hashtext('shared by two'))")
            keys = [self.queue._identity_key(), "shared by two"]
            with patch.object(self.registry[self.queue._name], "_lock_keys", return_value=keys):
                self.assertFalse(self.queue._lock_queue())
        self.assertTrue(self.queue._lock_queue())

    def test_runner_sleeps(self):
        self.assertFalse(self.queue._runner_sleeps())
        self.queue._wake()
        self.assertFalse(self.queue._runner_sleeps(), "the runner has its time")
        self.age()
        self.assertTrue(self.queue._runner_sleeps())
        public = self.env.ref("base.public_user")
        self.assertTrue(self.queue.with_user(public)._runner_sleeps())
        self.jobs().state = "started"
        self.env.flush_all()
        self.assertFalse(self.queue._runner_sleeps())

    def test_other_jobs_do_not_count(self):
        self.queue._wake()
        jobs = self.jobs()
        self.age(identity_key="another")
        self.assertTrue(jobs.exists())
        self.assertFalse(self.queue._runner_sleeps())
