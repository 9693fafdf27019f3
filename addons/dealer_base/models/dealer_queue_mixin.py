from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

#: A job that waited longer than this was taken up by no runner.
RUNNER_PATIENCE = timedelta(minutes=3)


class DealerQueueMixin(models.AbstractModel):
    """A table that is a queue: rows are the truth, wakers are many, ``_drain`` does the work.

    A queue is woken by one job (at once, where the job runner works) and by a cron every minute as
    net, so that it works without the runner, too. Never one job per row.
    """

    _name = "dealer.queue.mixin"
    _description = "Queue"

    @api.model
    def _drain(self, limit=500):
        """Work off up to ``limit`` waiting rows, oldest first.

        Rows are locked with SKIP LOCKED, so that two drains at once share the work. A row that
        cannot be worked off is marked and stops nobody else.

        :return: ``(done, left)``: number of rows worked off, whether more wait
        """
        raise NotImplementedError

    @api.model
    def _identity_key(self):
        return f"dealer_queue:{self._name}"

    @api.model
    def _wake(self):
        """Have the queue drained soon; a second call before that costs one indexed look-up."""
        # Jobs belong to the system; whoever fills a queue has no right on them.
        jobs = self.env["queue.job"].sudo()
        waiting = Domain("identity_key", "=", self._identity_key())
        waiting &= Domain("state", "in", ("pending", "enqueued", "wait_dependencies"))
        if not jobs.search_count(waiting, limit=1):
            self.sudo().with_delay(
                identity_key=self._identity_key(), description=f"Drain {self._description}"
            )._drain_job()

    @api.model
    def _lock_queue(self):
        """Try to be the only one who drains, until the end of the transaction.

        Two drains at once would make the same customer twice, and one of them fail. Call it as the
        first statement of a transaction, so that it sees all that the last drain did.
        """
        return self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s))", self._identity_key())
        )[0][0]

    @api.model
    def _drain_job(self):
        """Drain one batch in one transaction and wake the queue again while rows are left."""
        if not self._lock_queue():
            raise RetryableJobError("another drain is at work", seconds=1, ignore_retry=True)
        done, left = self._drain()
        if left:
            self._wake()
        return f"{done} done"

    @api.model
    def _cron_drain(self):
        """Drain batch by batch, each committed; the net under the job."""
        left = self._lock_queue()
        while left:
            done, left = self._drain()
            if not self.env["ir.cron"]._commit_progress(done, remaining=int(left)):
                break
            left = left and self._lock_queue()

    @api.model
    def _runner_sleeps(self):
        """Whether a job has waited so long that no job runner can be at work."""
        # Whether the job runner works is told to managers, who have no right on jobs.
        return bool(
            self.env["queue.job"]
            .sudo()
            .search_count(
                [
                    ("identity_key", "=like", "dealer_queue:%"),
                    ("state", "=", "pending"),
                    ("date_created", "<", fields.Datetime.now() - RUNNER_PATIENCE),
                ],
                limit=1,
            )
        )
