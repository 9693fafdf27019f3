import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.dealer_clock.models.dealer_unit import STORE_ZONE
from odoo.addons.dealer_leads.models.crm_lead_response import RESPONSE

_logger = logging.getLogger(__name__)

#: A day is added up so long after its end: no transaction that began in it is under way then.
#: Until then it is read from the reports, so that waiting costs nobody anything.
SETTLE = timedelta(hours=2)
#: Days that are added up in one go when the roll-up of a store begins.
CHUNK = timedelta(days=31)
#: The net looks at so many days behind.
LOOK_BACK = timedelta(days=40)

#: The date that the wall of a store shows at a moment.
STORE_DAY = f"""
CREATE OR REPLACE FUNCTION dealer_figure_store_day(unit integer, moment timestamp)
RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (moment AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(hours.tz, '{STORE_ZONE}'))::date
      FROM dealer_unit store
      LEFT JOIN resource_calendar hours ON hours.id = store.calendar_id
     WHERE store.id = unit
$$
"""
#: A change marks what it touched before and after, where that day has been added up.
TRIGGER = """
CREATE OR REPLACE FUNCTION dealer_figure_mark_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO dealer_figure_mark (unit_id, day)
        SELECT DISTINCT touched.unit_id, touched.day FROM ({old}) touched
          JOIN dealer_unit store ON store.id = touched.unit_id AND touched.day <= store.figures_until;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO dealer_figure_mark (unit_id, day)
        SELECT DISTINCT touched.unit_id, touched.day FROM ({new}) touched
          JOIN dealer_unit store ON store.id = touched.unit_id AND touched.day <= store.figures_until;
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS dealer_figure_mark ON {table};
CREATE TRIGGER dealer_figure_mark AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {table}
FOR EACH ROW EXECUTE FUNCTION dealer_figure_mark_{table}()
"""
#: An order counts at the last visit before it; which one that is may change with any of them.
VISITS_OF = """
SELECT visit.unit_id, dealer_figure_store_day(visit.unit_id, visit.arrived_at) AS day
  FROM dealer_visit visit WHERE visit.relation_id = {row}.relation_id
"""
#: Days of a lead, and of what counts with it.
DAYS_OF_LEAD = f"""
SELECT {{unit}} AS unit_id, dealer_figure_store_day({{unit}}, moment) AS day
  FROM (SELECT COALESCE({{lead}}.dealer_received_at, {{lead}}.create_date) AS moment
        UNION ALL
        SELECT unnest(ARRAY[clock.stopped_at, clock.due_at]) FROM dealer_clock clock
         WHERE clock.res_model = 'crm.lead' AND clock.res_id = {{lead}}.id
           AND clock.kind = '{RESPONSE}'
        UNION ALL
        SELECT touch.start FROM dealer_interaction touch
         WHERE touch.res_model = 'crm.lead' AND touch.res_id = {{lead}}.id
           AND touch.planned_date IS NOT NULL
        UNION ALL
        SELECT COALESCE(defeat.decided_at, defeat.asked_at) FROM dealer_defeat defeat
         WHERE defeat.lead_id = {{lead}}.id) moments
"""


class DealerFigureMark(models.Model):
    """A day of a store whose figures are to be added up anew: the queue of the roll-up.

    Rows are written by triggers of the database, not by ``write()``: merges, clocks and imports
    change columns past the ORM, and no budget of queries grows. They are only added, never joined:
    one row a day would let everybody who works in the store at the same time wait for each other.
    """

    _name = "dealer.figure.mark"
    _description = "Days to Add Up"
    _inherit = ["dealer.queue.mixin"]
    _log_access = False
    _order = "id"

    unit_id = fields.Many2one("dealer.unit", required=True, index=True, ondelete="cascade")
    day = fields.Date(required=True)

    # ------------------------------------------------------------
    # Marking
    # ------------------------------------------------------------

    @api.model
    def _sources(self):
        """Return ``{table: (columns, select)}`` of what figures are counted from; a hook.

        :return: the columns whose change touches figures, and the statement that tells ``unit_id``
            and ``day`` of what ``{row}`` touches
        """
        return {
            "dealer_visit": (
                (
                    "arrived_at, closed_at, consultant_id, contact_kept, drove, invited, is_complete,"
                    " is_intent, occasion, received_at, relation_id, state, unit_id"
                ),
                (
                    "SELECT {row}.unit_id, dealer_figure_store_day({row}.unit_id, {row}.arrived_at) AS day"
                    f" UNION ALL {VISITS_OF}"
                ),
            ),
            "dealer_order": (
                "cancelled_on, consultant_id, delivered_on, ordered_on, relation_id, state, unit_id",
                (
                    "SELECT {row}.unit_id, unnest(ARRAY[{row}.ordered_on, {row}.delivered_on,"
                    " {row}.cancelled_on]) AS day"
                    f" UNION ALL {VISITS_OF}"
                ),
            ),
            "dealer_defeat": (
                "asked_at, decided_at, lead_id, relation_id, state, unit_id, user_id",
                (
                    "SELECT {row}.unit_id, dealer_figure_store_day({row}.unit_id,"
                    " COALESCE({row}.decided_at, {row}.asked_at)) AS day"
                ),
            ),
            "dealer_test_drive": (
                "satisfaction, start, state, unit_id, user_id",
                "SELECT {row}.unit_id, dealer_figure_store_day({row}.unit_id, {row}.start) AS day",
            ),
            "crm_lead": (
                (
                    "dealer_merged_into_id, dealer_received_at, dealer_relation_id, dealer_unit_id,"
                    " user_id"
                ),
                DAYS_OF_LEAD.format(unit="{row}.dealer_unit_id", lead="{row}"),
            ),
            "dealer_clock": (
                "due_at, res_id, state, stopped_at, user_id",
                (
                    "SELECT lead.dealer_unit_id AS unit_id, dealer_figure_store_day(lead.dealer_unit_id,"
                    " unnest(ARRAY[{row}.stopped_at, {row}.due_at])) AS day"
                    " FROM crm_lead lead WHERE {row}.res_model = 'crm.lead' AND lead.id = {row}.res_id"
                    f" AND {{row}}.kind = '{RESPONSE}'"
                ),
            ),
            "dealer_interaction": (
                "planned_date, res_id, start, user_id",
                (
                    "SELECT lead.dealer_unit_id AS unit_id,"
                    " dealer_figure_store_day(lead.dealer_unit_id, {row}.start) AS day"
                    " FROM crm_lead lead WHERE {row}.res_model = 'crm.lead' AND lead.id = {row}.res_id"
                    " AND {row}.planned_date IS NOT NULL"
                ),
            ),
            # Whose relation was ended counts no more.
            "dealer_relation": (
                "active",
                (
                    "SELECT days.unit_id, days.day FROM crm_lead lead CROSS JOIN LATERAL"
                    f" ({DAYS_OF_LEAD.format(unit='lead.dealer_unit_id', lead='lead')}) days"
                    " WHERE lead.dealer_relation_id = {row}.id"
                ),
            ),
        }

    def init(self):
        result = super().init()
        self.env.cr.execute(SQL(STORE_DAY))
        for table, (columns, select) in self._sources().items():
            self.env.cr.execute(
                SQL(
                    TRIGGER.format(
                        table=table,
                        columns=columns,
                        old=select.format(row="OLD"),
                        new=select.format(row="NEW"),
                    )
                )
            )
        return result

    @api.model
    def _drop_triggers(self):
        """Take away what :meth:`init` made, of addons on top of this one, too; the addon goes."""
        made = self.env.execute_query(
            SQL(
                "SELECT proname FROM pg_proc WHERE starts_with(proname, 'dealer_figure_mark_')"
                " AND pronamespace = current_schema::regnamespace"
            )
        )
        for (name,) in made:
            self.env.cr.execute(SQL("DROP FUNCTION %s() CASCADE", SQL.identifier(name)))
        self.env.cr.execute("DROP FUNCTION IF EXISTS dealer_figure_store_day(integer, timestamp)")

    # ------------------------------------------------------------
    # Adding up
    # ------------------------------------------------------------

    @api.model
    def _drain(self, limit=500):
        """Add up the marked days anew; when there are none, the days that are over since.

        :param int limit: marks that are looked at
        """
        self.env.flush_all()  # triggers know what the database knows
        marks = self.sudo().search([], limit=limit)  # a drain works for the system, for all stores
        if marks:
            days_of = defaultdict(set)
            for mark in marks:
                days_of[mark.unit_id].add(mark.day)
            for unit, days in days_of.items():
                self.env["dealer.figure.day"]._add_up(unit, days)
            done = len(marks)
            marks.unlink()
            return done, True
        done = self._close_days()
        return done, bool(done)

    @api.model
    def _close_days(self):
        """Add up the days of stores that are over; return how many stores went on."""
        stores = self.env["dealer.unit"].sudo().search([("kind", "=", "store")])  # as in _drain
        moved = 0
        for store in stores:
            last = store._figures_due()
            first = store.figures_until or self._first_day(store, last) - timedelta(days=1)
            if first >= last:
                if not store.figures_until:
                    store.figures_until = last
                continue
            until = min(last, first + CHUNK)
            days = {first + timedelta(days=each + 1) for each in range((until - first).days)}
            self.env["dealer.figure.day"]._add_up(store, days)
            store.figures_until = until
            moved += 1
        return moved

    @api.model
    def _first_day(self, store, last):
        """Return the first day of which a report knows anything of the store."""
        # The roll-up is the system's, whoever's change made it look.
        figures = self.env["dealer.figure"].sudo()._figures()
        found = set()
        for model, day, unit in {
            (figure.model, figure.day, figure.unit)
            for figure in figures.values()
            if not figure.is_rate and not figure.now
        }:
            [(first,)] = (
                # The roll-up is the system's.
                self.env[model].sudo()._read_group([(unit, "=", store.id)], [], [f"{day}:min"])
            )
            found.add(first)
        return min(found - {None, False}, default=last)

    @api.model
    def _cron_recount(self):
        """Add the last days up once more, and tell in the log what was not as it should be."""
        # The net works for the system, for all stores.
        stores = self.env["dealer.unit"].sudo().search([("figures_until", "!=", False)])
        for store in stores:
            days = {store.figures_until - timedelta(days=each) for each in range(LOOK_BACK.days)}
            # as above
            waiting = self.sudo().search([("unit_id", "=", store.id), ("day", "in", list(days))])
            wrong = self.env["dealer.figure.day"]._add_up(store, days - set(waiting.mapped("day")))
            if wrong:
                _logger.warning("The figures of %s were put right: %s", store.code, wrong)

    @api.model
    def _waiting_days(self, unit_ids, date_from, date_to):
        """Return the days in the period that are not added up, of any of the stores."""
        self.env.flush_all()  # as in _drain
        domain = Domain("unit_id", "in", list(unit_ids))
        domain &= Domain("day", ">=", date_from) & Domain("day", "<=", date_to)
        # Which days wait says nothing of what happened.
        rows = self.sudo()._read_group(domain, ["day:day"])
        return {day for (day,) in rows}
