import logging
from collections import defaultdict
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..tools.worktime import WallTime
from .dealer_clock_policy import BASES

_logger = logging.getLogger(__name__)

#: What was due and could not be taken, because somebody else had the row, is looked at again then.
LOOK_AGAIN = timedelta(seconds=5)
#: A clock whose step failed is tried again after so long, each time twice as long, a day at most.
FIRST_PATIENCE = timedelta(minutes=2)
LONGEST_PATIENCE = timedelta(days=1)
#: States of a job that will run.
WAITING = ("pending", "enqueued", "wait_dependencies")
#: What is asked of clocks that run when one of them stops.
OPEN_COLUMNS = (
    "kind",
    "res_model",
    "res_id",
    "state",
    "started_at",
    "due_at",
    "stopped_at",
    "paused_at",
    "note",
    "next_step_at",
    "provisional",
)


class DealerClock(models.Model):
    """A term that runs: what must be done with a record, by when, and how it went.

    ``missed`` without ``stopped_at`` is overdue and still open. Met or missed follows from the time
    stamps alone; the tick only tells people. Only the system writes clocks.
    """

    _name = "dealer.clock"
    _description = "Clock"
    _inherit = ["dealer.document.rights", "dealer.store.mixin", "dealer.queue.mixin"]
    _order = "due_at, id"

    # People cannot delete a policy with clocks; when its kind of records is uninstalled, all go.
    policy_id = fields.Many2one(
        "dealer.clock.policy", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Char(required=True, index=True)
    basis = fields.Selection(
        BASES,
        string="Counts",
        required=True,
        default="working",
        help="As the policy counted when the clock started.",
    )
    res_model = fields.Char(string="Document Model", required=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", required=True, index=True
    )
    document_name = fields.Char(compute="_compute_document_name", string="Concerns")
    user_id = fields.Many2one("res.users", string="Responsible", index="btree_not_null")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="set null"
    )
    turn = fields.Integer(
        required=True, default=1, help="1: who had it first; 2: handed on once; and so on."
    )
    started_at = fields.Datetime(string="Started", required=True)
    due_at = fields.Datetime(string="Due", required=True)
    stopped_at = fields.Datetime(string="Done")
    paused_at = fields.Datetime(string="Paused Since")
    remaining = fields.Integer(
        string="Remaining (s)", help="Seconds left when it was paused, as the policy counts."
    )
    state = fields.Selection(
        [
            ("running", "Running"),
            ("paused", "Paused"),
            ("met", "Met"),
            ("missed", "Missed"),
            ("void", "Void"),
        ],
        required=True,
        default="running",
    )
    provisional = fields.Boolean(
        help="Stopped by the word of the person alone; proof may come or fail."
    )
    note = fields.Char(string="Why")
    next_step_at = fields.Datetime(string="Next Step")
    failures = fields.Integer(help="How often in a row its step could not be taken.")
    failure = fields.Char(string="Problem")
    event_ids = fields.One2many("dealer.clock.event", "clock_id", string="What was Done")

    _open_uniq = models.UniqueIndex(
        "(res_model, res_id, kind) WHERE stopped_at IS NULL",
        "A clock of this kind runs already for this record.",
    )
    _open_due_idx = models.Index(
        "(res_model, due_at) WHERE stopped_at IS NULL AND state != 'paused'"
    )
    _due_idx = models.Index("(next_step_at, id) WHERE next_step_at IS NOT NULL")
    _stopped_with_state = models.Constraint(
        "CHECK ((stopped_at IS NOT NULL) OR state IN ('running', 'paused', 'missed'))",
        "A clock that is done has a time when it was done.",
    )
    _paused_with_time = models.Constraint(
        "CHECK ((state = 'paused') = (paused_at IS NOT NULL AND stopped_at IS NULL))",
        "A paused clock knows since when.",
    )

    @api.depends("kind", "res_model", "res_id")
    def _compute_document_name(self):
        for model, clocks in self.grouped("res_model").items():
            names = {}
            if model in self.env:
                # The name is shown to whoever may read the clock, which asks the document.
                documents = self.env[model].sudo().browse(clocks.mapped("res_id")).exists()
                names = {document.id: document._clock_title() for document in documents}
            for clock in clocks:
                clock.document_name = names.get(clock.res_id, False)

    @api.depends("policy_id", "document_name")
    def _compute_display_name(self):
        for clock in self:
            clock.display_name = " · ".join(
                # What a term is called is shown to whoever may read the clock.
                filter(None, (clock.policy_id.sudo().name, clock.document_name))
            )

    @api.model
    def _document_rights_models(self):
        return self.env["dealer.clock.mixin"]._clock_models()

    def _document(self):
        """Return the record that this clock runs for, or none when it is gone."""
        self.ensure_one()
        if self.res_model not in self.env:
            return self.env["res.users"]
        return self.env[self.res_model].browse(self.res_id).exists()

    # ------------------------------------------------------------
    # Starting, stopping, pausing
    # ------------------------------------------------------------

    @api.model
    def _start(self, records, kind, at=None, turn=1):
        """Start clocks of ``kind`` for ``records``; what runs already goes on as it is.

        :param at: naive UTC moment that the time counts from, now when empty; or ``{id: moment}``
        :param int turn: which person in a row has the record
        :return: the clocks that were started
        """
        clocks = self.sudo()  # only the system writes clocks; callers checked what they do
        running = clocks.search_fetch(
            Domain("res_model", "=", records._name)
            & Domain("res_id", "in", records.ids)
            & Domain("kind", "=", kind)
            & Domain("stopped_at", "=", False),
            ["res_id"],
        )
        records -= records.browse(running.mapped("res_id"))
        start = at or fields.Datetime.now()
        values = clocks._prepare(records, kind, start, turn) if records else []
        made = clocks._create_new(values)
        made._sync_documents()
        # What is due earlier has its job since it was started.
        made._wake_for(min(filter(None, made.mapped("next_step_at")), default=None))
        return made

    @api.model
    def _start_new(self, records, kind, at=None):
        """Start clocks of ``kind`` for records that were made in this transaction, their first ones.

        Nobody else knows them, so that nothing runs and nobody comes between; their due times are
        written with whatever else of them is left to write.

        :param at: naive UTC moment that the time counts from, now when empty
        :return: the clocks that were started
        """
        clocks = self.sudo()  # only the system writes clocks; callers checked what they do
        made = clocks.create(clocks._prepare(records, kind, at or fields.Datetime.now(), 1))
        made._note_due(records)
        made._wake_for(min(filter(None, made.mapped("next_step_at")), default=None))
        return made

    @api.model
    def _pass_on(self, records, kind=None, following=None, at=None):
        """Stop the clocks of ``kind`` and start those of ``following``, of records that the caller has locked.

        Nobody else starts or stops one meanwhile, so that one look tells what is open, and the due
        times are written with whatever else of the records is left to write.

        :param at: naive UTC moment at which that happens, now when empty
        """
        at = at or fields.Datetime.now()
        running = records._clock_open(names=OPEN_COLUMNS)
        stopped = running.filtered(lambda clock: clock.kind == kind)
        stopped._stop(at=at, sync=False)
        running -= stopped
        if following:
            there = set(running.filtered(lambda clock: clock.kind == following).mapped("res_id"))
            fresh = records.filtered(lambda record: record.id not in there)
            made = running.create(running._prepare(fresh, following, at, 1))
            made._wake_for(min(filter(None, made.mapped("next_step_at")), default=None))
            running |= made
        running._note_due(records)

    def _note_due(self, records):
        """Write to ``records``, of which these are all open clocks, when the first of them is due.

        It is no change of the record: nobody is to be told, as in ``_sync_documents``.
        """
        due = {}
        for clock in self.filtered(lambda clock: clock.state != "paused"):
            due[clock.res_id] = min(due.get(clock.res_id, clock.due_at), clock.due_at)
        field = records._fields["clock_due_at"]
        for record in records.sudo():  # only the system writes when something is due
            field.write(record, due.get(record.id, False))
        records.invalidate_recordset(["clock_ids", "clock_state"], flush=False)

    @api.model
    def _start_until(self, records, kind, due):
        """Start clocks of ``kind`` that are due at a given moment, e.g. a date that was promised.

        :param due: naive UTC moment
        :return: the clocks that were started
        """
        made = self._start(records, kind)
        for clock in made:
            clock.due_at = due
            clock._schedule()
        made._sync_documents()
        made._wake_in_time()
        return made

    def _prepare(self, records, kind, start, turn):
        """Return the values of clocks for ``records``, each by the policy that fits it."""
        starts = start if isinstance(start, dict) else dict.fromkeys(records.ids, start)
        units = {record._clock_unit().id for record in records} - {False}
        # All that a clock asks of its store.
        self.env["dealer.unit"].browse(units).fetch(["company_id"])
        values, cache = [], {}
        for term, matching in self.env["dealer.clock.policy"]._match(records, kind).items():
            for record in matching:
                unit = record._clock_unit()
                if not unit:
                    continue
                start = starts[record.id]
                key = term.id, unit, start
                if key not in cache:
                    time = term.time(unit)
                    due = time.add(start, term.minutes * 60)
                    cache[key] = due, term.first_moment(due, start, unit, time, turn)
                due, first = cache[key]
                values.append(
                    {
                        "policy_id": term.id,
                        "kind": kind,
                        "basis": term.basis,
                        "res_model": record._name,
                        "res_id": record.id,
                        "unit_id": unit.id,
                        "user_id": record._clock_user().id,
                        "partner_id": record._clock_partner().id,
                        "turn": turn,
                        "started_at": start,
                        "due_at": due,
                        "next_step_at": first,
                    }
                )
        return values

    def _create_new(self, values):
        """Create clocks; where somebody else starts the same one at this moment, that one holds."""
        if not values:
            return self.browse()
        # What others left to write is written first: its errors are theirs.
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                made = self.create(values)
                made.flush_recordset()
                return made
        except UniqueViolation:
            if len(values) == 1:
                return self.browse()
        return self.browse().concat(*(self._create_new([row]) for row in values))

    def _stop(self, at=None, provisional=False, note=False, sync=True):
        """Stop open clocks: met when ``at`` (now) is not after the due time, else missed.

        :param bool provisional: stopped by the word of the person alone
        :param bool sync: whether the records' own due times are to follow; not where others start at once
        """
        at = at or fields.Datetime.now()
        for clock in self.sudo():  # only the system writes clocks; callers checked what they do
            if clock.stopped_at:
                continue
            clock.write(
                {
                    "state": "met" if clock._in_time(at) else "missed",
                    "stopped_at": max(at, clock.started_at),
                    "provisional": provisional,
                    "note": note or clock.note,
                    "next_step_at": False,
                }
            )
        self._acknowledge_all()
        if sync:
            self._sync_documents()

    def _in_time(self, moment):
        # Only a clock that was in time can be paused, and while it is no time passes.
        self.ensure_one()
        return bool(self.paused_at) or moment <= self.due_at

    def _void(self, note):
        """Close open clocks without a verdict, e.g. because the record is gone."""
        self.sudo().filtered(lambda clock: not clock.stopped_at).write(  # only the system writes
            {
                "state": "void",
                "stopped_at": fields.Datetime.now(),
                "note": note,
                "next_step_at": False,
            }
        )
        self._acknowledge_all()
        self._sync_documents()

    def _reopen(self, note):
        """Let stopped clocks run on as if they had never been stopped: the proof failed.

        A record with another running clock of the kind keeps that one.
        """
        now = fields.Datetime.now()
        for clock in self.sudo().filtered("stopped_at"):  # only the system writes clocks
            open_one = Domain("stopped_at", "=", False) & Domain("kind", "=", clock.kind)
            open_one &= Domain("res_model", "=", clock.res_model)
            open_one &= Domain("res_id", "=", clock.res_id)
            if self.sudo().search_count(open_one, limit=1):
                clock.write({"state": "missed", "provisional": False, "note": note})
                continue
            state = "missed" if now > clock.due_at else "running"
            clock.write(
                {
                    "state": "paused" if clock.paused_at else state,
                    "stopped_at": False,
                    "provisional": False,
                    "note": note,
                }
            )
            clock._schedule()
        self._sync_documents()
        self._wake_in_time()

    def _prove(self, moment):
        """Put clocks of one record right by proof, maybe late, that it was done at ``moment``.

        What was handed on after that had nothing to do any more; its clock is void.
        """
        handed_at = None
        for clock in self.sudo().sorted("started_at"):  # only the system writes clocks
            if clock.state == "void":
                continue
            ended_at = clock.stopped_at
            if clock.started_at <= moment:
                clock.write(
                    {
                        "state": "met" if clock._in_time(moment) else "missed",
                        "stopped_at": moment,
                        "provisional": False,
                        "next_step_at": False,
                    }
                )
                handed_at = ended_at
            elif handed_at and clock.started_at <= handed_at:
                clock.write(
                    {
                        "state": "void",
                        "stopped_at": ended_at or fields.Datetime.now(),
                        "provisional": False,
                        "next_step_at": False,
                        "note": self.env._("Done before it was handed on."),
                    }
                )
                handed_at = ended_at
        self._acknowledge_all()
        self._sync_documents()

    def _move(self, at):
        """Let the time of running clocks begin anew at ``at``; nothing was done by them yet."""
        clocks, times = self.sudo(), {}  # only the system writes clocks; callers checked
        for clock in clocks:
            due = clock._time(times).add(at, clock.policy_id.minutes * 60)
            clock.write({"started_at": at, "due_at": due})
        clocks._schedule()
        self._sync_documents()
        self._wake_in_time()

    def _pause(self, note, at=None):
        """Pause running clocks; the time left is kept. Overdue ones stay overdue."""
        at = at or fields.Datetime.now()
        # Only the system reads and writes clocks; callers checked what they do.
        fixed = self.sudo().policy_id.filtered(lambda policy: not policy.can_pause)
        if fixed:
            raise UserError(
                self.env._("The term “%s” runs on; it cannot be paused.", fixed[0].name)
            )
        times = {}
        for clock in self.sudo():  # only the system writes clocks; callers checked what they do
            if clock.state != "running" or at > clock.due_at:
                continue
            moment = max(at, clock.started_at)
            clock.write(
                {
                    "state": "paused",
                    "paused_at": moment,
                    "remaining": round(clock._time(times).between(moment, clock.due_at)),
                    "note": note,
                    "next_step_at": False,
                }
            )
        self._sync_documents()

    def _resume(self, at=None):
        """Let paused clocks run on with the time that was left."""
        at = at or fields.Datetime.now()
        clocks, times = self.sudo(), {}  # only the system writes clocks; callers checked
        resumed = clocks.filtered(lambda clock: clock.state == "paused")
        for clock in resumed:
            due = clock._time(times).add(max(at, clock.paused_at), clock.remaining)
            clock.write({"state": "running", "paused_at": False, "due_at": due})
        resumed._schedule()
        self._sync_documents()
        self._wake_in_time()

    def _time(self, times):
        """Return the counter of this clock's time.

        :param dict times: counters by what they count, which look up opening hours once
        """
        self.ensure_one()
        if self.basis == "wall":
            return times.setdefault("wall", WallTime())
        if self.unit_id not in times:
            times[self.unit_id] = self.unit_id._clock_time()
        return times[self.unit_id]

    def _schedule(self):
        """Set when the next step is to be taken; nothing left sets it empty."""
        times = {}
        for clock in self:
            if clock.stopped_at or clock.state == "paused":
                clock.next_step_at = False
                continue
            moments = [moment for _step, moment in clock._steps_ahead(times)]
            if clock.state == "running":
                moments.append(clock.due_at)
            moments += clock.event_ids.filtered(lambda event: event._waits()).mapped("ack_due_at")
            clock.next_step_at = min(moments, default=False)

    def _steps_ahead(self, times):
        """Return ``[(step, moment)]`` of the steps that were not taken yet, or are taken again."""
        self.ensure_one()
        time, ahead = self._time(times), []
        taken = self.event_ids.grouped("step_id")
        for step in self.policy_id.step_ids:
            if not step._rung().holds_in(self.turn):
                continue
            if step not in taken:
                moment = step._moment(self.due_at, self.started_at, self.unit_id, time)
            elif step.repeat_minutes:
                moment = step._again(taken[step]._last_by_itself(), self.unit_id)
            else:
                continue
            ahead.append((step, moment))
        return ahead

    def _acknowledge_all(self):
        """What is done needs no acknowledgement any more."""
        if not self:
            return
        events = self.env["dealer.clock.event"].sudo()  # only the system writes events
        events.flush_model(["clock_id", "ack_due_at", "ack_at"])
        # Past the ORM: it is asked whenever a clock stops, and there is seldom one.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM dealer_clock_event
                WHERE clock_id IN %s AND ack_due_at IS NOT NULL AND ack_at IS NULL
                """,
                self._ids,
            )
        )
        if rows:
            events.browse(row[0] for row in rows).write({"ack_at": fields.Datetime.now()})

    def _sync_documents(self):
        """Copy the earliest due time of the open clocks to their records, for lists and sorting.

        One statement per kind of document, past the ORM: the record itself did not change, nobody
        is to be told, and 1,000 at once must cost nothing.
        """
        self.flush_model()
        for model, clocks in self.grouped("res_model").items():
            if model not in self.env or "clock_due_at" not in self.env[model]._fields:
                continue
            documents = self.env[model].browse(set(clocks.mapped("res_id")))
            documents.flush_recordset(["clock_due_at"])
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE %(table)s document SET clock_due_at = next.due_at
                    FROM (
                        SELECT wanted.id, min(clock.due_at) AS due_at
                        FROM unnest(%(ids)s) AS wanted(id)
                        LEFT JOIN dealer_clock clock
                               ON clock.res_model = %(model)s AND clock.res_id = wanted.id
                              AND clock.stopped_at IS NULL AND clock.state != 'paused'
                        GROUP BY wanted.id
                    ) AS next
                    WHERE document.id = next.id
                      AND document.clock_due_at IS DISTINCT FROM next.due_at
                    """,
                    table=SQL.identifier(self.env[model]._table),
                    model=model,
                    ids=documents.ids,
                )
            )
            documents.invalidate_recordset(
                ["clock_ids", "clock_due_at", "clock_state"], flush=False
            )

    # ------------------------------------------------------------
    # The tick
    # ------------------------------------------------------------

    @api.model
    def _drain(self, limit=500):
        """Take the steps that are due, the most overdue first.

        What it costs depends on what is due, not on what is open. A step is recorded under a unique
        key in the same transaction that tells people, so that a crash in between tells nobody and
        the next tick takes it again.
        """
        now = fields.Datetime.now()
        # The tick belongs to the system, for all stores. Whoever started a clock made the job that
        # ticks; in that name the person would get no message, being its author.
        clocks = self.with_user(SUPERUSER_ID)._lock_due("next_step_at", now, limit)
        done = 0
        for lang, same in clocks.grouped(lambda c: c.company_id.partner_id.lang).items():
            # Words for people: in the language of the store, the tick itself has none.
            done += same.with_context(lang=lang)._tick_safely(now)
        left = bool(done and clocks.search_count([("next_step_at", "<=", now)], limit=1))
        if not left:
            clocks._wake_in_time(looked_at=now)
            clocks._drop_later_jobs()
        return done, left

    def _tick_safely(self, now):
        """Take the steps that are due; where that fails, in halves, so that one stops nobody.

        :return: how many clocks need not be looked at again at once
        """
        try:
            with self.env.cr.savepoint():
                self._tick(now)
            return len(self)
        except Exception as error:  # any step may fail in any way; it is kept on the clock
            _logger.info("Clocks: a batch of %s failed: %s", len(self), error, exc_info=True)
            if len(self) == 1:
                if isinstance(error, (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)):
                    return 0
                self._note_failure(error, now)
                return 1
        middle = len(self) // 2
        return self[:middle]._tick_safely(now) + self[middle:]._tick_safely(now)

    def _note_failure(self, error, now):
        """Keep what went wrong for people to read; try again, each time later."""
        self.ensure_one()
        wait = min(FIRST_PATIENCE * 2 ** min(self.failures, 16), LONGEST_PATIENCE)
        values = {
            "failures": self.failures + 1,
            "failure": f"{type(error).__name__}: {error}",
            "next_step_at": now + wait,
        }
        if self.state == "running" and self.due_at <= now:
            values["state"] = "missed"
        self.write(values)

    def _tick(self, now):
        gone = self.browse()
        for model, clocks in self.grouped("res_model").items():
            existing = clocks._existing(model)
            gone |= clocks.filtered(lambda clock, existing=existing: clock.res_id not in existing)
        if gone:
            gone._void(self.env._("The record is gone."))
        clocks = self - gone
        clocks.filtered("failures").write({"failures": 0, "failure": False})
        late = clocks.filtered(lambda clock: clock.state == "running" and clock.due_at <= now)
        late.write({"state": "missed"})
        told = clocks._remind_acknowledgement(now)
        for step, due in clocks._due_steps(now).items():
            # An earlier step may have closed the clock.
            due = due.filtered(lambda clock: not clock.stopped_at)
            told |= getattr(due, f"_step_{step.action}")(step, now)
        clocks.filtered(lambda clock: not clock.stopped_at)._schedule()
        told._tell()

    def _existing(self, model):
        if model not in self.env:
            return set()
        return set(self.env[model].browse(self.mapped("res_id")).exists()._ids)

    def _due_steps(self, now):
        """Return ``{step: clocks}`` of what is to be done now, in the order of the ladders."""
        due, times = defaultdict(list), {}
        for clock in self:
            for step, moment in clock._steps_ahead(times):
                if moment <= now:
                    due[step].append(clock.id)
        ordered = sorted(due, key=lambda step: (step.minutes, step.sequence, step.id))
        return {step: self.browse(due[step]) for step in ordered}

    def _record(self, step, now, users_of=None, attempt=1):
        """Record that ``step`` is taken, under its unique key.

        :param dict users_of: ``{clock: who is told}``
        :return: the events
        """
        users_of = users_of or {}
        nobody = self.env["res.users"]
        rows = []
        for clock in self:
            # Once it is handed on, the new clock watches; the second in line is not asked again.
            asked = step.need_ack and attempt == 1 and not clock.stopped_at
            users = users_of.get(clock, nobody)
            before = clock.event_ids.filtered(lambda event: event.step_id == step)
            rows.append(
                {
                    "clock_id": clock.id,
                    "step_id": step.id,
                    "attempt": max(attempt, max(before.mapped("attempt"), default=0) + 1),
                    "at": now,
                    "action": step.action,
                    "user_ids": [(6, 0, users.ids)],
                    "ack_due_at": step._ack_due(now, clock.unit_id) if asked else False,
                }
            )
        return self.env["dealer.clock.event"].create(rows)

    def _step_tell(self, step, now):
        # A warning after the fact helps nobody: the machine was off when it was its time.
        stale = self.filtered(lambda clock: step.minutes < 0 and clock.due_at <= now)
        stale._record(step, now)
        timely = self - stale
        return timely._record(step, now, step._recipients(timely))

    def _step_raise(self, step, now):
        for clock in self:
            # Records that are gone were sorted out before.
            self.env[clock.res_model].browse(clock.res_id)._clock_raised(clock, step)
        return self._record(step, now, step._recipients(self))

    def _step_hand_on(self, step, now):
        """Take the records back and hand them on; where nobody else is free, tell the manager."""
        told = self.env["dealer.clock.event"]
        for (model, kind), clocks in self.grouped(lambda c: (c.res_model, c.kind)).items():
            documents = self.env[model].browse(clocks.mapped("res_id"))
            keep = documents._clock_keep(kind)
            kept = clocks.filtered(lambda clock, keep=keep: clock.res_id in keep._ids)
            kept._record(step, now)
            going = clocks - kept
            # The tick closes the clock of who loses it and starts the next one's itself.
            ticking = (documents - keep).with_context(dealer_clock_tick=True)
            handed = ticking._clock_hand_on(going) if going else ticking
            moved = going.filtered(lambda clock, handed=handed: clock.res_id in handed._ids)
            told |= moved._hand_over(step, now, kind)
            stuck = going - moved
            if step.who == "user":
                # The one who did not do it knows; somebody else must.
                told |= stuck._record(step, now, stuck._managers())
            else:
                told |= stuck._record(step, now, step._recipients(stuck))
        return told

    def _hand_over(self, step, now, kind):
        """Close the clocks of those who lost their records and start those of the next."""
        excused = self._excused()
        for clock in self:
            void = clock in excused
            clock.write(
                {
                    "state": "void" if void else "missed",
                    "stopped_at": now,
                    "next_step_at": False,
                    "note": self.env._("With a customer at that time, handed on.")
                    if void
                    else self.env._("Not done in time, handed on."),
                }
            )
        self._acknowledge_all()
        documents = {
            clock: self.env[clock.res_model].browse(clock.res_id).with_prefetch(self._res_ids())
            for clock in self
        }
        events = self._record(
            step, now, {clock: document._clock_user() for clock, document in documents.items()}
        )
        turns = self.grouped(lambda clock: clock.turn + (0 if clock in excused else 1))
        for turn, clocks in turns.items():
            model = self.env[clocks[:1].res_model]
            self._start(model.browse(clocks.mapped("res_id")), kind, at=now, turn=turn)
        return events

    def _res_ids(self):
        return tuple(self.mapped("res_id"))

    def _excused(self):
        """Return the clocks whose people were seen with a customer when it was due."""
        times = {}
        return self.env["dealer.duty"]._excused_clocks(
            {clock: clock._time(times) for clock in self if clock.user_id}
        )

    def _managers(self):
        """Return ``{clock: who leads the person responsible}``."""
        cache, result = {}, {}
        for clock in self:
            key = clock.user_id, clock.unit_id
            if key not in cache:
                cache[key] = clock.user_id._clock_managers(clock.unit_id)
            result[clock] = cache[key]
        return result

    def _remind_acknowledgement(self, now):
        """Tell the next in line what nobody acknowledged in time."""
        events = self.event_ids.filtered(lambda event: event._waits() and event.ack_due_at <= now)
        # The next in line is told, the first are no longer waited for.
        events.unanswered = True
        told, staff = self.env["dealer.clock.event"], {}
        for (step, attempt), same in events.grouped(lambda e: (e.step_id, e.attempt)).items():
            users_of = {}
            for event in same:
                clock = event.clock_id
                key = step, clock.unit_id, event.user_ids
                if key not in staff:
                    staff[key] = step._next_in_line(clock.unit_id, event.user_ids)
                users_of[clock] = staff[key]
            told |= same.clock_id._record(step, now, users_of, attempt=attempt + 1)
        return told

    # ------------------------------------------------------------
    # Waking
    # ------------------------------------------------------------

    @api.model
    def _waiting_jobs(self):
        """Return the domain of the jobs that will tick."""
        return Domain("identity_key", "=like", f"{self._identity_key()}%") & Domain(
            "state", "in", WAITING
        )

    @api.model
    def _wake_in_time(self, looked_at=None):
        """Have the tick run when the next step is due; one job waits at a time, and one earlier.

        Without the job runner the cron looks every minute.

        :param looked_at: when the tick has just looked: what is due since is in somebody's hands
        """
        self.flush_model(["next_step_at"])
        earliest = self.env.execute_query(
            SQL("SELECT min(next_step_at) FROM dealer_clock WHERE next_step_at IS NOT NULL")
        )[0][0]
        if looked_at and earliest and earliest <= looked_at:
            earliest = looked_at + LOOK_AGAIN
        self._wake_for(earliest)

    @api.model
    def _wake_for(self, earliest):
        """Have the tick run at ``earliest`` (naive UTC) unless it does so before; None: never."""
        if not earliest:
            return
        # Jobs belong to the system; whoever starts a clock has no right on them.
        self.env["queue.job"].sudo().flush_model(["identity_key", "state", "eta"])
        # Past the ORM: it is asked whenever a clock starts.
        waiting = SQL(
            """
            SELECT 1 FROM queue_job
            WHERE identity_key LIKE %s AND state IN %s AND (eta IS NULL OR eta <= %s) LIMIT 1
            """,
            f"{self._identity_key()}%",
            WAITING,
            earliest,
        )
        if not self.env.execute_query(waiting):
            self.sudo().with_delay(
                eta=earliest,
                identity_key=f"{self._identity_key()}:{earliest:%Y%m%d%H%M%S}",
                description="Dealership clocks",
            )._drain_job()

    @api.model
    def _drop_later_jobs(self):
        """Leave the first of the jobs that wait for their time: it makes the next when it has run.

        A job whose time has come is in the hands of the job runner; it finds nothing to do.
        """
        query = SQL(
            """
            SELECT id FROM queue_job
            WHERE identity_key LIKE %s AND state = 'pending' AND eta > %s
            ORDER BY eta, id OFFSET 1 FOR UPDATE SKIP LOCKED
            """,
            f"{self._identity_key()}%",
            fields.Datetime.now() + LOOK_AGAIN,
        )
        jobs = self.env["queue.job"].sudo()  # jobs belong to the system
        jobs.flush_model()
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query, log_exceptions=False)
                later = jobs.browse(row[0] for row in self.env.cr.fetchall())
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            return
        later.unlink()

    def action_open_document(self):
        """Open the record that this clock runs for."""
        self.ensure_one()
        document = self._document()
        if not document:
            raise UserError(self.env._("The record is gone."))
        return document._clock_open_action()
