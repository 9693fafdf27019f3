import contextlib
import functools
import json
import logging
import threading
from collections import defaultdict
from datetime import timedelta

from psycopg2.errors import DeadlockDetected, LockNotAvailable, NotNullViolation
from psycopg2.pool import PoolError

from odoo import SUPERUSER_ID, api, fields, models, modules
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_datetime

from ..tools.cells import CELL, CELL_MINUTES, bits, cell_after, cell_of, cells_for, moment_of
from ..tools.ground import Ask, Ground, Supply
from ..tools.opening import Shift, Week, hours_of

_logger = logging.getLogger(__name__)

#: A hold that no booking claims is given back after so long; a request never takes longer.
HOLD_TIME = timedelta(minutes=10)
#: How often a hold looks for other resources when somebody took those that it wanted.
ATTEMPTS = 12
#: How long a hold waits for the row of another one; they take milliseconds.
LOCK_TIMEOUT = "2s"
#: So many holds of one process at once: beyond that they only make each other slow.
GATE = threading.BoundedSemaphore(2)
GATE_PATIENCE = 20
#: The first number of the advisory locks by which a booking says that a hold is becoming its own.
LOCK_CLASS = 20260719
#: So far ahead the next free times are looked for when a time is taken.
NEXT_FREE = timedelta(days=7)
MOST_DAYS = 62
MOST_UNITS = 50


class CapacityTaken(UserError):
    """What is wanted is not free; ``next_free`` are moments (naive UTC) at which it would be."""

    def __init__(self, message, next_free=()):
        super().__init__(message)
        self.next_free = list(next_free)


class DealerCapacity(models.AbstractModel):
    """Where and with whom it is free: the answers and the ledger.

    ``availability`` and ``book`` are what other addons call; see docs/capacity.md.
    """

    _name = "dealer.capacity"
    _description = "Capacity"

    # ------------------------------------------------------------
    # The need
    # ------------------------------------------------------------

    @api.model
    def _need(self, need, words=None):
        """Return a need as a list of :class:`Ask`; refuse what nobody could mean.

        :param need: list of dicts with ``kind`` (code, id or record), and if wished ``skill`` or ``skills``
            (the same), ``units`` (1), ``minutes`` (60), ``offset`` (0), ``resource_id``
        :param words: what :meth:`_words` returned, where it is known
        """
        if not isinstance(need, (list, tuple)) or not need:
            raise ValidationError(
                self.env._("Say what is needed: a list of lines with a kind each.")
            )
        kinds, skills, _names = words or self._words()
        asks = []
        for line in need:
            if isinstance(line, Ask):
                asks.append(line)
                continue
            wanted = line.get("skills") or line.get("skill") or []
            if isinstance(wanted, (str, int)):
                wanted = [wanted]
            ask = Ask(
                kind=self._find(kinds, line.get("kind"), self.env._("kind of resource")),
                skills=frozenset(
                    self._find(skills, skill, self.env._("skill")) for skill in wanted
                ),
                units=int(line.get("units", 1)),
                minutes=int(line.get("minutes", 60)),
                offset=int(line.get("offset", 0)),
                resource=line.get("resource_id") or None,
                prefer=line.get("prefer_id") or None,
            )
            asks.append(ask)
        for ask in asks:
            if (
                not 1 <= ask.units <= MOST_UNITS
                or not 1 <= ask.minutes <= 24 * 60
                or not 0 <= ask.offset <= 24 * 60
                or ask.offset % CELL_MINUTES
            ):
                raise ValidationError(
                    self.env._(
                        "A line of a need asks for 1 to %s units, for up to 24 hours, from 0 to 24 hours after"
                        " the start in steps of 15 minutes.",
                        MOST_UNITS,
                    )
                )
        return asks

    @api.model
    def _words(self):
        """Return ``({code or id: kind}, {code or id: skill}, names)``; names by ``("kind", id)``, ``("skill", id)``."""
        self.env.flush_all()
        # Names of kinds and skills are no secret.
        self.env.cr.execute(
            SQL(
                "SELECT 'kind', id, code, coalesce(name->>%s, name->>'en_US') FROM dealer_capacity_kind"
                " UNION ALL SELECT 'skill', id, code, name FROM dealer_capacity_skill",
                self.env.lang or "en_US",
            )
        )
        known, names = {"kind": {}, "skill": {}}, {}
        for what, number, code, name in self.env.cr.fetchall():
            known[what][number] = number
            if code:
                known[what][code] = number
            names[what, number] = name
        return known["kind"], known["skill"], names

    @api.model
    def _find(self, known, value, word):
        value = value.id if isinstance(value, models.BaseModel) else value
        if value not in known:
            raise ValidationError(
                self.env._("There is no %(what)s “%(value)s”.", what=word, value=value)
            )
        return known[value]

    # ------------------------------------------------------------
    # What is free
    # ------------------------------------------------------------

    @api.model
    @api.readonly
    def availability(self, need, start, stop, unit_id=None):
        """Return the starts of a need in a store, free or not, and what is in the way.

        :param need: see :meth:`_need`
        :param start: naive UTC moment (or its text), like ``stop``: when the need begins, not ends
        :param unit_id: id of a store; the current one when empty
        :return: list of ``{"start": text, "free": bool, "why": text}`` in order of time
        """
        unit = self._unit(unit_id)
        self._check_books()
        return [
            {**row, "start": fields.Datetime.to_string(row["start"])}
            for row in self._availability(need, start, stop, unit.id)
        ]

    @api.model
    def _availability(self, need, start, stop, unit_id, own=()):
        """Do what :meth:`availability` says without asking for rights; moments are datetimes.

        :param own: what a booking that is to be moved has already, see :meth:`_hold`
        """
        start, stop = self._window(start, stop)
        words = self._words()
        need = self._need(need, words)
        ground = self._ground(need, start, stop, unit_id, words)
        self._load_used(self.env.cr, ground)
        self._give_own(ground, own)
        last = cell_after(stop) - ground.base
        usable = ground.usable(need)
        rows = []
        for place in bits(ground.offered(need) | usable):
            if place >= last:
                break
            free = bool(usable >> place & 1)
            rows.append(self._time_row(ground, need, place, free))
        return rows

    @api.model
    def _time_row(self, ground, need, place, free):
        """Return what :meth:`_availability` says of one start; a hook."""
        return {
            "start": moment_of(ground.base + place),
            "free": free,
            "why": "" if free else self._why(ground, need, place),
        }

    @api.model
    def _window(self, start, stop):
        start, stop = fields.Datetime.to_datetime(start), fields.Datetime.to_datetime(stop)
        if not start or not stop or start >= stop or stop - start > timedelta(days=MOST_DAYS):
            raise ValidationError(
                self.env._("Ask for a time that ends after it starts, %s days at most.", MOST_DAYS)
            )
        return start, stop

    @api.model
    def _why(self, ground, need, start):
        """Return in words what is in the way of a start."""
        words = []
        for ask, reason, taken, number in ground.blocked(need, start):
            what = self._ask_words(ground, ask)
            if reason == "none":
                words.append(self.env._("%s: there is none in this store", what))
            elif reason == "closed":
                words.append(
                    self.env._(
                        "%(what)s: %(away)s of %(all)s closed or away",
                        what=what,
                        away=taken,
                        all=number,
                    )
                )
            elif reason == "raster":
                words.append(
                    self.env._(
                        "%(what)s: bookings begin every %(minutes)s minutes",
                        what=what,
                        minutes=number,
                    )
                )
            elif reason == "taken":
                words.append(
                    self.env._(
                        "%(what)s: %(taken)s of %(all)s taken", what=what, taken=taken, all=number
                    )
                )
            else:
                words.append(self.env._("the same resource would be needed twice"))
        return self._join(words)

    @api.model
    def _join(self, words):
        """Return sentences as one."""
        return functools.reduce(
            lambda one, other: self.env._("%(one)s; %(other)s", one=one, other=other), words or [""]
        )

    @api.model
    def _ask_words(self, ground, ask):
        name = ground.names.get(("kind", ask.kind), "")
        if ask.resource in ground.supplies:
            return f"{name} {ground.supplies[ask.resource].name}"
        skills = [ground.names.get(("skill", skill), "") for skill in sorted(ask.skills)]
        return f"{name} ({', '.join(skills)})" if skills else name

    @api.model
    def _ground(self, need, start, stop, unit_id, words=None, now=True):
        """Return the resources that a need may take between two starts, by their hours; nothing taken yet.

        Three statements, whatever the number of resources, and one for words that are not known.

        :param bool now: whether what is past is closed
        """
        names = (words or self._words())[2]
        longest = max(ask.offset + ask.minutes for ask in need) + 240
        base = cell_of(start)
        size = cell_after(stop) - base + cells_for(longest)
        kinds = list({ask.kind for ask in need})
        supplies, calendars, companies = self._load_supplies(unit_id, kinds)
        hours = self._load_hours(supplies, calendars, companies, unit_id, base, size)
        floor = cell_after(fields.Datetime.now()) - base if now else 0
        for supply, row in hours.items():
            supply.hours = hours_of(*row, base, size, floor)
        return Ground(base, size, [supply for supply, *_rest in supplies], names)

    @api.model
    def _range(self, start, stop):
        """Return the first cell of the day before ``start`` and the number of cells to the day after ``stop``."""
        base = cell_of(start - timedelta(days=1))
        return base, cell_after(stop + timedelta(days=1)) - base

    @api.model
    def _load_supplies(self, unit_id, kinds, ids=None):
        """Return ``([(supply, calendar, user, gap)], {calendar: (zone, two weeks)}, companies)``."""
        self.env.cr.execute(
            SQL(
                """
                SELECT r.id, r.name, r.kind_id, r.units, r.unit_minutes, r.sequence, r.user_id, coalesce(k.break_minutes, 0),
                       c.id, c.tz, c.two_weeks_calendar, r.company_id,
                       array(SELECT s.skill_id FROM dealer_capacity_resource_skill_rel s
                              WHERE s.resource_id = r.id)
                  FROM dealer_capacity_resource r
                  JOIN dealer_capacity_kind k ON k.id = r.kind_id
                  JOIN dealer_unit u ON u.id = r.unit_id
                  LEFT JOIN resource_calendar c ON c.id = coalesce(r.calendar_id, u.calendar_id)
                 WHERE r.unit_id = %s AND %s
                 ORDER BY r.kind_id, r.sequence, r.id
                """,
                unit_id,
                SQL("r.id = ANY(%s)", list(ids))
                if ids is not None
                else SQL("r.active AND k.active AND r.kind_id = ANY(%s)", list(kinds)),
            )
        )
        supplies, calendars, companies = [], {}, set()
        for row in self.env.cr.fetchall():
            zone = row[9] or "UTC"
            supply = Supply(
                id=row[0],
                name=row[1],
                kind=row[2],
                units=row[3],
                unit_minutes=row[4],
                zone=zone,
                skills=frozenset(row[12]),
                sequence=row[5],
            )
            supplies.append((supply, row[8], row[6], row[7] // CELL_MINUTES))
            calendars[row[8]] = zone, row[10]
            companies.add(row[11])
        return supplies, calendars, companies

    @api.model
    def _load_hours(self, supplies, calendars, companies, unit_id, base, size):
        """Return ``{supply: (worked, holidays, extra, closed, gap)}``, each but the last as spans."""
        start, stop = moment_of(base), moment_of(base + size)
        weeks = self._load_weeks(calendars)
        worked = {number: week.spans(start, stop) for number, week in weeks.items()}
        holidays, leaves, extra, closed = self._load_exceptions(
            calendars, companies, supplies, unit_id, start, stop
        )
        hours = {}
        for supply, calendar, user, gap in supplies:
            places = ((supply.id, None), (None, supply.kind), (None, None))
            hours[supply] = (
                worked.get(calendar, []),
                holidays[calendar] + holidays[None],
                [span for place in places for span in extra[place]],
                [span for place in places for span in closed[place]] + leaves[user],
                gap,
            )
        return hours

    @api.model
    def _load_weeks(self, calendars):
        """Return ``{calendar: Week}``."""
        weeks = {number: Week(zone) for number, (zone, _two) in calendars.items()}
        self.env.cr.execute(
            SQL(
                """
                SELECT calendar_id, dayofweek::int, hour_from, hour_to, week_type
                  FROM resource_calendar_attendance
                 WHERE calendar_id = ANY(%s) AND display_type IS NULL AND day_period <> 'lunch'
                """,
                [number for number in calendars if number],
            )
        )
        for number, weekday, begin, end, week in self.env.cr.fetchall():
            two_weeks = calendars[number][1]
            weeks[number].shifts.append(
                Shift(
                    weekday,
                    round(begin * 60),
                    round(end * 60),
                    int(week) if two_weeks and week else None,
                )
            )
        return weeks

    @api.model
    def _load_exceptions(self, calendars, companies, supplies, unit_id, start, stop):
        """Return holidays by calendar, leave by user, extra hours and closures by (resource, kind)."""
        users = [user for _supply, _calendar, user, _gap in supplies if user]
        self.env.cr.execute(
            SQL(
                """
                SELECT CASE WHEN l.resource_id IS NULL THEN 'holiday' ELSE 'leave' END,
                       CASE WHEN l.resource_id IS NULL THEN l.calendar_id ELSE r.user_id END,
                       NULL, l.date_from, l.date_to
                  FROM resource_calendar_leaves l
                  LEFT JOIN resource_resource r ON r.id = l.resource_id
                 WHERE l.date_from < %(stop)s AND l.date_to > %(start)s AND l.time_type = 'leave'
                   AND (l.company_id IS NULL OR l.company_id = ANY(%(companies)s))
                   AND CASE WHEN l.resource_id IS NULL
                            THEN l.calendar_id IS NULL OR l.calendar_id = ANY(%(calendars)s)
                            ELSE r.user_id = ANY(%(users)s) END
                UNION ALL
                SELECT type, resource_id, CASE WHEN resource_id IS NULL THEN kind_id END, start, stop
                  FROM dealer_capacity_exception
                 WHERE unit_id = %(unit)s AND start < %(stop)s AND stop > %(start)s
                """,
                start=start,
                stop=stop,
                companies=[company for company in companies if company],
                calendars=[number for number in calendars if number],
                users=users,
                unit=unit_id,
            )
        )
        holidays, leaves = defaultdict(list), defaultdict(list)
        extra, closed = defaultdict(list), defaultdict(list)
        for what, one, other, begin, end in self.env.cr.fetchall():
            span = begin, end
            if what == "holiday":
                holidays[one].append(span)
            elif what == "leave":
                leaves[one].append(span)
            else:
                (extra if what == "extra" else closed)[one, other].append(span)
        return holidays, leaves, extra, closed

    @api.model
    def _load_used(self, cr, ground):
        """Have the ground know what is taken, as ``cr`` sees it; one statement."""
        cr.execute(self._asking(ground))
        self._note_used(ground, cr.fetchall())

    @api.model
    def _last_word(self, ground, cells=None):
        """Return the rows of what is taken as it is now, whatever the business transaction sees."""
        with self._hold_cursor(single=True) as cr:
            self._run_single(cr, self._asking(ground, cells))
            return cr.fetchall()

    @api.model
    def _asking(self, ground, cells=None):
        """Return the statement that asks what is taken: resource, start, stop (None for one cell), units.

        What the ledger still counts and nobody will claim any more is free: holds and held bookings
        that have expired have negative units.

        :param cells: only the first ones of the ground
        """
        return SQL(
            """
                SELECT resource_id, start, NULL, used FROM dealer_capacity_slot
                 WHERE resource_id = ANY(%(ids)s) AND start >= %(start)s AND start < %(stop)s AND used > 0
                UNION ALL
                SELECT h.resource_id, h.start, h.stop, -h.units FROM dealer_capacity_hold h
                 WHERE h.expires_at <= %(now)s AND h.resource_id = ANY(%(ids)s)
                   AND h.start < %(stop)s AND h.stop > %(start)s
                   AND NOT EXISTS (SELECT FROM dealer_capacity_claim c WHERE c.key = h.key)
                UNION ALL
                SELECT l.resource_id, l.start, l.stop, -l.units FROM dealer_capacity_booking b
                  JOIN dealer_capacity_booking_line l ON l.booking_id = b.id
                 WHERE b.state = 'held' AND b.expires_at <= %(now)s AND l.resource_id = ANY(%(ids)s)
                   AND l.start < %(stop)s AND l.stop > %(start)s
                """,
            ids=list(ground.supplies),
            now=fields.Datetime.now(),
            start=moment_of(ground.base),
            stop=moment_of(ground.base + (cells or ground.size)),
        )

    @api.model
    def _note_used(self, ground, rows):
        """Have the ground know what is taken; return whether something has expired that is to be settled."""
        ground.forget()
        for resource, begin, end, units in rows:
            first = cell_of(begin) - ground.base
            last = cell_of(end) - ground.base if end else first + 1
            for cell in range(first, last):
                ground.take(resource, cell, units)
        return any(units < 0 for _resource, _begin, _end, units in rows)

    # ------------------------------------------------------------
    # Taking it
    # ------------------------------------------------------------

    @api.model
    def book(self, need, start, values=None, unit_id=None, hold_minutes=None):
        """Book all that is needed from ``start`` on, or nothing; return the id of the booking.

        :param dict values: ``res_model`` and ``res_id`` of what it is for, ``partner_id``, ``user_id``, ``name``
        :param hold_minutes: only hold it for so long, until it is confirmed
        """
        unit = self._unit(unit_id)
        self._check_books()
        values = self._check_values(dict(values or {}), unit)
        return self._book(need, start, unit, values, hold_minutes).id

    @api.model
    def _book(self, need, start, unit, values=None, hold_minutes=None):
        """Do what :meth:`book` says without asking for rights; return the booking (superuser)."""
        words = self._words()
        need = self._need(need, words)
        start = self._start(start)
        key, picks = self._hold(need, start, unit, words=words)
        return self._claim(
            key,
            lambda bookings: bookings.create(
                bookings._prepare_booking(need, start, picks, unit, values or {}, hold_minutes)
            ),
        )

    @api.model
    def _start(self, start):
        start = fields.Datetime.to_datetime(start)
        if not start or moment_of(cell_of(start)) != start:
            raise ValidationError(
                self.env._("A booking starts at a full quarter of an hour: :00, :15, :30 or :45.")
            )
        return start

    @api.model
    def _hold(self, need, start, unit, own=(), words=None):
        """Take what is needed in the ledger, in a short transaction of its own.

        What to take is planned by what the business transaction sees, which may be old: whether it is
        there is asked when it is taken. Only who lost looks again, and plans by the last word.

        :param own: ``[(resource id, cell, units)]`` that the booking has already and may keep
        :return: ``(key, picks)``; the key is None where nothing more had to be taken
        """
        ground = self._ground(need, start, start + NEXT_FREE, unit.id, words)
        reach = self._reach(need)
        self.env.cr.execute(self._asking(ground, reach))
        rows = self.env.cr.fetchall()
        for attempt in range(ATTEMPTS):
            leftovers = self._note_used(ground, rows)
            self._give_own(ground, own)
            picks = ground.plan(need, 0)
            if picks:
                wanted = self._more(ground, picks, own)
                key = wanted and self._seize(wanted, list(ground.supplies), leftovers)
                if key or not wanted:
                    return key or None, self._named(ground, picks)
            elif attempt:
                break
            rows = self._last_word(ground, reach)
        self._note_used(ground, self._last_word(ground))
        self._give_own(ground, own)
        raise self._taken(ground, need, start)

    @api.model
    def _reach(self, need):
        return cells_for(max(ask.offset + ask.minutes for ask in need) + 240)

    @api.model
    def _give_own(self, ground, own):
        for resource, cell, units in own:
            ground.take(resource, cell - ground.base, -units)

    @api.model
    def _named(self, ground, picks):
        """Return the picks as ``(line of the need, resource id, start, stop, units)``."""
        return [
            (
                pick.ask,
                pick.resource,
                moment_of(ground.base + pick.first),
                moment_of(ground.base + pick.last),
                pick.units,
            )
            for pick in picks
        ]

    @api.model
    def _more(self, ground, picks, own):
        """Return ``{(resource id, cell): units}`` that the picks take beyond what is owned."""
        wanted = defaultdict(int)
        for pick in picks:
            for cell in range(pick.first, pick.last):
                wanted[pick.resource, ground.base + cell] += pick.units
        for resource, cell, units in own:
            if (resource, cell) in wanted:
                wanted[resource, cell] -= units
        return {place: units for place, units in wanted.items() if units > 0}

    @api.model
    def _taken(self, ground, need, start):
        """Return the error that says what is in the way and when it is free next."""
        grid = ground.usable(need)
        found = [moment_of(ground.base + place) for place in bits(grid)[:3]]
        zone = next(iter(ground.supplies.values())).zone if ground.supplies else "UTC"
        words = [format_datetime(self.env, moment, tz=zone, dt_format="short") for moment in found]
        known = {
            "start": format_datetime(self.env, start, tz=zone, dt_format="short"),
            "why": self._why(ground, need, 0),
        }
        reasons = {reason for _ask, reason, _taken, _all in ground.blocked(need, 0)}
        if reasons & {"none", "closed", "raster"}:
            message = self.env._("%(start)s cannot be booked (%(why)s).", **known)
        else:
            message = self.env._("%(start)s is taken meanwhile (%(why)s).", **known)
        if words:
            message += self.env._(" Next free: %s.", words)
        else:
            message += self.env._(" Nothing is free in the seven days after it.")
        return CapacityTaken(message, found)

    @api.model
    def _served(self):
        """Whether other transactions see what has been committed, and only that.

        Tests roll one transaction back at their end, and an installation commits at its end.
        """
        return not modules.module.current_test and self.env.registry.ready

    @api.model
    @contextlib.contextmanager
    def _hold_cursor(self, single=False):
        """Open the short transaction in which a hold is taken; it is committed at the end.

        READ COMMITTED sees the last word of others without an error of serialization. Few at once, rows in
        a fixed order, with a time-out: whoever cannot have it is told.

        :param bool single: only one statement is to come, given to :meth:`_run_single`. It is committed by
            the database as it ends: no row stays locked while this process waits for its turn to go on.
        """
        if not self._served():
            self.env.flush_all()
            with self.env.cr.savepoint(flush=False):
                yield self.env.cr
            return
        if not GATE.acquire(timeout=GATE_PATIENCE):
            raise self._busy()
        try:
            with self.env.registry.cursor() as cr:
                cr.connection.autocommit = single
                try:
                    if not single:
                        cr.execute(self._terms())
                    yield cr
                finally:
                    if single:
                        cr.connection.autocommit = False
        except (LockNotAvailable, DeadlockDetected, PoolError) as error:
            _logger.info("a hold was not taken: %s", type(error).__name__)
            raise self._busy() from error
        finally:
            GATE.release()

    @api.model
    def _terms(self):
        """Return the statements that open the transaction of a hold."""
        return SQL(
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = %s",
            LOCK_TIMEOUT,
        )

    @api.model
    def _run_single(self, cr, statement):
        """Run the one statement of a hold's transaction, in one message to the database."""
        if self._served():
            statement = SQL("%s; %s", self._terms(), statement)
        # That somebody was faster is an answer, no error of the program.
        cr.execute(statement, log_exceptions=False)

    @api.model
    def _busy(self):
        return UserError(
            self.env._(
                "Many bookings are made at this moment. Nothing was booked; please try again."
            )
        )

    @api.model
    def _seize(self, wanted, resources, leftovers):
        """Take cells of the ledger, all or none; return the key of the hold, or None when somebody was faster.

        :param dict wanted: ``{(resource id, cell): units}``
        :param bool leftovers: whether something of these resources has expired; it is given back by the same
            statement
        """
        self.env.cr.execute("SELECT nextval('dealer_capacity_hold_id_seq')::int")
        (key,) = self.env.cr.fetchone()
        try:
            with self._hold_cursor(single=not leftovers) as cr:
                if leftovers:
                    self._give_up(cr, resources)
                    expired, _seen = self._expired(cr, resources)
                    cr.execute(self._posting(wanted, expired, key), log_exceptions=False)
                else:
                    self._run_single(cr, self._posting(wanted, [], key))
        except NotNullViolation:
            return None
        return key

    @api.model
    def _give_up(self, cr, resources):
        """Release bookings that were held too long, before the drain does, and leave holds to be settled."""
        now = fields.Datetime.now()
        cr.execute(
            SQL(
                """
                WITH due AS (
                    SELECT id FROM dealer_capacity_booking b
                     WHERE state = 'held' AND expires_at <= %(now)s AND EXISTS (
                        SELECT FROM dealer_capacity_booking_line l
                         WHERE l.booking_id = b.id AND l.resource_id = ANY(%(resources)s))
                     ORDER BY id FOR UPDATE SKIP LOCKED),
                ended AS (
                    UPDATE dealer_capacity_booking b
                       SET state = 'released', expires_at = NULL, released_at = %(now)s, release_reason = %(reason)s
                      FROM due WHERE b.id = due.id RETURNING b.id)
                INSERT INTO dealer_capacity_hold (key, resource_id, start, stop, units, expires_at)
                SELECT nextval('dealer_capacity_hold_id_seq'), l.resource_id, l.start, l.stop, l.units, %(now)s
                  FROM ended JOIN dealer_capacity_booking_line l ON l.booking_id = ended.id
                 WHERE l.stop > l.start
                RETURNING 1
                """,
                now=now,
                resources=resources,
                reason=self.env._("Not confirmed in time"),
            )
        )
        if cr.rowcount:
            self.env["dealer.capacity.booking"].invalidate_model()

    @api.model
    def _expired(self, cr, resources=None, limit=None):
        """Return ``(ids, seen)``: holds that can be given back, of so many that have expired.

        A business transaction that is claiming one has its lock, and one that has claimed it is
        seen by the second statement, because that one looks after the lock is there.
        """
        cr.execute(
            SQL(
                """
                WITH expired AS MATERIALIZED (
                    SELECT id, key FROM dealer_capacity_hold WHERE expires_at <= %s AND %s
                     ORDER BY expires_at, id %s)
                SELECT id FROM expired WHERE pg_try_advisory_xact_lock(%s, key)
                """,
                fields.Datetime.now(),
                SQL("resource_id = ANY(%s)", resources) if resources else SQL("TRUE"),
                SQL("LIMIT %s", limit) if limit else SQL(),
                LOCK_CLASS,
            )
        )
        ids = [number for (number,) in cr.fetchall()]
        if not ids:
            return [], 0
        # What has become a booking's needs its hold no longer; its capacity stays taken.
        cr.execute(
            SQL(
                "DELETE FROM dealer_capacity_hold h USING dealer_capacity_claim c"
                " WHERE h.id = ANY(%s) AND c.key = h.key RETURNING h.id",
                ids,
            )
        )
        claimed = {number for (number,) in cr.fetchall()}
        return [number for number in ids if number not in claimed], len(ids)

    @api.model
    def _posting(self, wanted, expired, key=None):
        """Return the statement that writes the ledger: takes what is wanted, gives back what expired holds had.

        Rows are taken in the order of resource and time by everybody, so that nobody waits in a ring.

        :param dict wanted: ``{(resource id, cell): units}``
        :param list expired: ids of holds
        :param int key: the key of the hold that is written. Where not all that is wanted is there it has no end,
            which the database refuses, and nothing of it stays.
        """
        places = sorted(wanted)
        spans = _spans(wanted)
        return SQL(
            """
                WITH freed AS (
                    DELETE FROM dealer_capacity_hold WHERE id = ANY(%(expired)s)
                    RETURNING resource_id, start, stop, units),
                delta AS MATERIALIZED (
                    SELECT resource_id, start, sum(units)::int AS units FROM (
                        SELECT * FROM unnest(%(resources)s::int[], %(starts)s::timestamp[], %(units)s::int[])
                            AS wanted (resource_id, start, units)
                        UNION ALL
                        SELECT f.resource_id, cell, -f.units
                          FROM freed f, generate_series(f.start, f.stop - %(cell)s, %(cell)s) cell) AS both_ways
                     GROUP BY resource_id, start),
                posted AS (
                    INSERT INTO dealer_capacity_slot AS slot (resource_id, start, capacity, used)
                    SELECT d.resource_id, d.start, greatest(r.units, d.units), greatest(d.units, 0)
                      FROM delta d JOIN dealer_capacity_resource r ON r.id = d.resource_id
                     WHERE d.units <= r.units
                     ORDER BY d.resource_id, d.start
                    ON CONFLICT (resource_id, start) DO UPDATE
                       SET used = slot.used + (SELECT d.units FROM delta d
                                                WHERE d.resource_id = slot.resource_id AND d.start = slot.start),
                           capacity = greatest(
                               excluded.capacity,
                               slot.used + (SELECT d.units FROM delta d
                                             WHERE d.resource_id = slot.resource_id AND d.start = slot.start))
                     WHERE (SELECT d.units <= 0 OR slot.used + d.units <= excluded.capacity FROM delta d
                             WHERE d.resource_id = slot.resource_id AND d.start = slot.start)
                    RETURNING 1),
                done AS MATERIALIZED (
                    SELECT (SELECT count(*) FROM delta) = (SELECT count(*) FROM posted) AS whole)
                INSERT INTO dealer_capacity_hold (key, resource_id, start, stop, units, expires_at)
                SELECT %(key)s, span.*, CASE WHEN done.whole THEN %(until)s END FROM done,
                       unnest(%(span_resources)s::int[], %(span_starts)s::timestamp[],
                              %(span_stops)s::timestamp[], %(span_units)s::int[]) AS span
                """,
            expired=expired,
            cell=CELL,
            resources=[resource for resource, _cell in places],
            starts=[moment_of(cell) for _resource, cell in places],
            units=[wanted[place] for place in places],
            span_resources=[resource for resource, _first, _last, _units in spans],
            span_starts=[moment_of(first) for _resource, first, _last, _units in spans],
            span_stops=[moment_of(last) for _resource, _first, last, _units in spans],
            span_units=[units for _resource, _first, _last, units in spans],
            until=fields.Datetime.now() + HOLD_TIME,
            key=key,
        )

    @api.model
    def _claim(self, key, work):
        """Let ``work`` make the booking that a hold becomes, and say that it has become one.

        :param work: function of the model of bookings (superuser); returns the booking
        """
        bookings = self.env["dealer.capacity.booking"].sudo()  # only the system writes bookings
        if key is None:
            return work(bookings)
        if self._served():
            self.env.cr.postrollback.add(self._drop(key))
        # Whoever gives expired holds back needs this lock; it is ours until the end of the transaction.
        self.env.cr.execute(SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK_CLASS, key))
        if not self.env.cr.fetchone()[0]:
            raise self._busy()
        booking = work(bookings)
        self.env["dealer.capacity.claim"].sudo().create(
            {"key": key, "booking_id": booking.id, "until": fields.Datetime.now() + 2 * HOLD_TIME}
        )
        return booking

    @api.model
    def _drop(self, key):
        """Return a function that gives a hold back at once, because its transaction came to nothing."""
        registry, dropped = self.env.registry, []

        def drop():
            if dropped:
                return
            dropped.append(True)
            try:
                with registry.cursor() as cr:
                    cr.execute(
                        SQL(
                            "UPDATE dealer_capacity_hold SET expires_at = %s WHERE key = %s",
                            fields.Datetime.now(),
                            key,
                        )
                    )
                with registry.cursor() as cr:
                    api.Environment(cr, SUPERUSER_ID, {})["dealer.capacity"]._settle()
            except Exception:
                # The transaction that failed has its own error to tell; the hold ends by itself.
                _logger.info("a hold was not given back at once", exc_info=True)

        return drop

    @api.model
    def _free(self, cells):
        """Hand cells back: to holds that have expired already, settled by whoever comes next.

        :param dict cells: ``{(resource id, cell): units}``
        """
        spans = _spans(cells)
        if not spans:
            return
        self.env.cr.execute(
            SQL(
                "INSERT INTO dealer_capacity_hold (key, resource_id, start, stop, units, expires_at)"
                " SELECT nextval('dealer_capacity_hold_id_seq'), resource_id, start, stop, units, %s"
                " FROM unnest(%s::int[], %s::timestamp[], %s::timestamp[], %s::int[])"
                " AS span (resource_id, start, stop, units)",
                fields.Datetime.now() - timedelta(seconds=1),
                [resource for resource, _first, _last, _units in spans],
                [moment_of(first) for _resource, first, _last, _units in spans],
                [moment_of(last) for _resource, _first, last, _units in spans],
                [units for _resource, _first, _last, units in spans],
            )
        )

    @api.model
    def _settle(self, limit=500):
        """Give back to the ledger what expired holds had.

        :return: how many holds were settled
        """
        with self._hold_cursor() as cr:
            expired, seen = self._expired(cr, limit=limit)
            if expired:
                cr.execute(self._posting({}, expired))
        return seen

    # ------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------

    @api.model
    def _unit(self, unit_id):
        """Return the store that is asked about; refuse one that the user does not work in."""
        units = self.env["dealer.unit"]
        unit = units.browse(unit_id) if unit_id else units._current()
        # Which company a store is is no secret.
        allowed = self.env.su or unit.sudo().company_id in self.env.companies
        if not (unit and allowed):
            raise AccessError(self.env._("You book in your own stores only."))
        return unit

    @api.model
    def _check_books(self):
        if not (self.env.su or self.env.user._dealer_books()):
            raise AccessError(self.env._("Your post does not book resources."))

    @api.model
    def _check_values(self, values, unit):
        """Refuse a booking for what the user may not read."""
        unknown = values.keys() - {"res_model", "res_id", "partner_id", "user_id", "name", "job_id"}
        if unknown:
            raise ValidationError(
                self.env._("A booking has no %s to be given.", json.dumps(sorted(unknown)))
            )
        model, number = values.get("res_model"), values.get("res_id")
        if bool(model) != bool(number):
            raise ValidationError(self.env._("Name model and number of the document, or neither."))
        if model:
            if model not in self.env:
                raise ValidationError(self.env._("There are no documents of this kind."))
            self.env[model].browse(number).check_access("read")
        if values.get("partner_id"):
            self.env["res.partner"].browse(values["partner_id"]).check_access("read")
        user = self.env["res.users"].browse(values.setdefault("user_id", self.env.uid))
        # Companies of colleagues are not readable for every post.
        if unit.sudo().company_id not in user.sudo().company_ids:
            raise ValidationError(self.env._("The responsible person does not work in this store."))
        return values


def _spans(cells):
    """Return ``{(resource id, cell): units}`` as ``[[resource id, first, last, units]]``, cells in a row as one."""
    rows = []
    for (resource, cell), units in sorted(cells.items()):
        last = rows[-1] if rows else None
        if last and last[0] == resource and last[2] == cell and last[3] == units:
            last[2] = cell + 1
        else:
            rows.append([resource, cell, cell + 1, units])
    return rows
