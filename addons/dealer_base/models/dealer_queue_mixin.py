import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

_logger = logging.getLogger(__name__)

#: A job that waited longer than this was taken up by no runner.
RUNNER_PATIENCE = timedelta(minutes=3)


class DealerQueueMixin(models.AbstractModel):
    """A table that is a queue: rows are the truth, wakers are many, ``_drain`` does the work.

    A queue is woken by one job (at once, where the job runner works) and by a cron every minute as
    net, so that it works without the runner, too. Never one job per row.
    """

    _name = "dealer.queue.mixin"
    _description = "Queue"

    #: Rows of one transaction; a queue whose rows take long says less.
    _drain_limit = 500

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
        self.env["queue.job"].flush_model(["identity_key", "state"])
        [(woken,)] = self.env.execute_query(SQL("SELECT %s", self._woken()))
        if not woken:
            self._wake_anew()

    @api.model
    def _woken(self):
        """Return the condition, as SQL, that a job waits already which will drain the queue."""
        return SQL(
            "EXISTS (SELECT FROM queue_job WHERE identity_key = %s"
            " AND state IN ('pending', 'enqueued', 'wait_dependencies'))",
            self._identity_key(),
        )

    @api.model
    def _wake_anew(self):
        """Have the queue drained by a job; the caller has seen that none waits."""
        # Jobs belong to the system; whoever fills a queue has no right on them.
        self.sudo().with_delay(
            identity_key=self._identity_key(), description=f"Drain {self._description}"
        )._drain_job()

    @api.model
    def _lock_keys(self):
        """Return the names of what a drain must have for itself; queues that share one take turns."""
        return [self._identity_key()]

    @api.model
    def _lock_queue(self):
        """Try to be the only one who drains, until the end of the transaction.

        Two drains at once would make the same customer twice, and one of them fail. Call it as the
        first statement of a transaction, so that it sees all that the last drain did; hence one
        statement takes all locks.
        """
        return self.env.execute_query(
            SQL(
                "SELECT bool_and(pg_try_advisory_xact_lock(hashtext(key))) FROM unnest(%s) key",
                self._lock_keys(),
            )
        )[0][0]

    @api.model
    def _lock_due(self, column, now, limit):
        """Return the rows whose ``column`` is not after ``now`` and that nobody else is writing, locked.

        Earliest first. Call it early in a transaction: what others wrote since it began is left out.
        """
        self.flush_model()
        query = SQL(
            "SELECT id FROM %(table)s WHERE %(column)s <= %(now)s"
            " ORDER BY %(column)s, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED",
            table=SQL.identifier(self._table),
            column=SQL.identifier(column),
            now=now,
            limit=limit,
        )
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query, log_exceptions=False)
                return self.browse(row[0] for row in self.env.cr.fetchall())
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Somebody wrote a row since this transaction began; the next one sees it.
            return self.browse()

    def _work_off(self):
        """Work off the rows in one go; where that fails, one by one, so that one stops nobody."""
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                self._process()
            return
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:  # noqa: BLE001 any row may hit any error; each gets its own below
            _logger.info("%s: batch of %s goes row by row: %s", self._description, len(self), error)
        for row in self:
            try:
                with self.env.cr.savepoint():
                    row._process()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception as error:  # kept on the row for people to read
                _logger.info("%s: row %s failed", self._description, row.id, exc_info=True)
                row._work_off_failed(error)

    def _process(self):
        """Do what the rows wait for, set-wise; it runs again row by row where the set fails."""
        raise NotImplementedError

    def _work_off_failed(self, error):
        """Keep on the row, for people to read, what stopped it."""
        self.write({"state": "failed", "error": f"{type(error).__name__}: {error}"})

    @api.model
    def _drain_job(self):
        """Drain one batch in one transaction and wake the queue again while rows are left."""
        if not self._lock_queue():
            raise RetryableJobError("another drain is at work", seconds=1, ignore_retry=True)
        done, left = self._drain(self._drain_limit)
        if left:
            self._wake()
        return f"{done} done"

    @api.model
    def _cron_drain(self):
        """Drain batch by batch, each committed; the net under the job."""
        left = self._lock_queue()
        while left:
            try:
                done, left = self._drain(self._drain_limit)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                # Somebody wrote the same rows meanwhile; they wait for the next minute.
                _logger.info("%s: drained later, %s", self._description, type(error).__name__)
                self.env.cr.rollback()
                break
            if not self.env["ir.cron"]._commit_progress(done, remaining=int(left)):
                break
            left = left and self._lock_queue()

    @api.model
    def _runner_sleeps(self):
        """Whether a job has waited so long that no job runner can be at work."""
        late = fields.Datetime.now() - RUNNER_PATIENCE
        # Whether the job runner works is told to managers, who have no right on jobs.
        return bool(
            self.env["queue.job"]
            .sudo()
            .search_count(
                Domain("identity_key", "=like", "dealer_queue:%")
                & Domain("state", "=", "pending")
                & Domain("date_created", "<", late)
                # A job that is not to run yet is not late.
                & (Domain("eta", "=", False) | Domain("eta", "<", late)),
                limit=1,
            )
        )
