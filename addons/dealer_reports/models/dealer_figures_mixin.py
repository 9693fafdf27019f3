from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.dealer_clock.models.dealer_unit import STORE_ZONE

#: How far the date on a wall and that of UTC can be apart (zones reach from −12 to +14 hours).
ZONES = timedelta(days=1)


class DealerFiguresMixin(models.AbstractModel):
    """Figures that can be opened: one row of the report is one record behind its numbers.

    So that a number and the list that it opens never differ, a count is a sum of 0 and 1, and the
    list are the rows where it is 1. A day is that of the store's wall, whoever looks and from where.
    """

    _name = "dealer.figures.mixin"
    _description = "Figures with Their Records"
    _inherit = ["dealer.figures.print"]

    #: Field of the moment whose date is ``day``: a column as it is stored, so that an index finds it.
    _figure_moment = None

    @api.model
    def _search(self, domain, *args, **kwargs):
        if self._figure_moment:
            domain = Domain(domain).optimize_full(self).map_conditions(self._figure_by_moment)
        return super()._search(domain, *args, **kwargs)

    def _figure_by_moment(self, condition):
        """Return the condition, and which moments can fulfil it where it asks for days.

        The date of a row is worked out from its moment, so no index knows it; the moments that can
        have it lie close around. What is added holds whenever the condition does.
        """
        if condition.field_expr != "day":
            return condition
        value, operator = condition.value, condition.operator
        days = value if operator == "in" else [value]
        if operator not in ("in", ">=", ">", "<", "<=") or not all(days):
            return condition
        moments = Domain.TRUE
        if operator in ("in", ">=", ">"):
            moments &= Domain(
                self._figure_moment, ">=", datetime.combine(min(days), time.min) - ZONES
            )
        if operator in ("in", "<", "<="):
            moments &= Domain(
                self._figure_moment, "<", datetime.combine(max(days), time.min) + 2 * ZONES
            )
        return condition & moments

    @api.model
    @api.readonly
    def figure_domain(self, measure):
        """Return the domain of the rows that the figure counts.

        A rate opens what it divides by.

        :param str measure: name of a field, or ``__count``
        """
        bases = self._figure_bases()
        if measure in bases:
            return list(bases[measure])
        field = self._fields.get(measure)
        if field and field.type == "integer" and field.aggregator == "sum":
            return [(measure, "!=", 0)]
        return []

    @api.model
    def _figure_bases(self):
        """Return ``{rate: domain of the rows it divides by}``; a hook."""
        return {}

    def _figure_record(self):
        """Return the record behind a row; a hook."""
        raise NotImplementedError

    def action_open_record(self):
        """Open the record behind the row."""
        self.ensure_one()
        record = self._figure_record()
        if not record.has_access("read"):
            raise AccessError(
                self.env._("You see the figure, but not the record behind it. Ask your manager.")
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(self._figure_form(record), "form")],
        }

    def _figure_form(self, record):
        """Return the id of the form that shows the record, False for the model's own; a hook."""
        return False

    # ------------------------------------------------------------------ pieces of SQL

    def _join_store(self, unit: SQL) -> SQL:
        """Return the joins that :meth:`_store_day` and :meth:`_store_today` need, for one row."""
        return SQL(
            """
            JOIN dealer_unit store ON store.id = %s
            LEFT JOIN resource_calendar hours ON hours.id = store.calendar_id
            """,
            unit,
        )

    def _join_periods(self, unit: SQL) -> SQL:
        """Return :meth:`_join_store` with the moments when this week, month, year and day end or begin.

        ``hours`` has ``week``, ``month``, ``year`` and ``tomorrow``. They are worked out once a store:
        OFFSET keeps PostgreSQL from doing so for each row.
        """
        return SQL(
            """
            JOIN (SELECT store.id AS unit_id, hours.tz, %(week)s AS week, %(month)s AS month,
                         %(year)s AS year, %(tomorrow)s AS tomorrow
                    FROM dealer_unit store
                    LEFT JOIN resource_calendar hours ON hours.id = store.calendar_id
                  OFFSET 0) hours ON hours.unit_id = %(unit)s
            """,
            unit=unit,
            tomorrow=self._store_moment(SQL("%s + INTERVAL '1 day'", self._store_today())),
            **{
                period: self._store_moment(
                    SQL("date_trunc(%s, %s::timestamp)", period, self._store_today())
                )
                for period in ("week", "month", "year")
            },
        )

    def _store_wall(self, moment: SQL) -> SQL:
        """Return date and time that the store's wall shows at a moment."""
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(hours.tz, %s))", moment, STORE_ZONE
        )

    def _store_day(self, moment: SQL) -> SQL:
        """Return the date that the store's wall shows at a moment."""
        return SQL("%s::date", self._store_wall(moment))

    def _store_moment(self, wall: SQL) -> SQL:
        """Return the moment (naive UTC) at which the store's wall shows ``wall``."""
        return SQL(
            "((%s) AT TIME ZONE COALESCE(hours.tz, %s) AT TIME ZONE 'UTC')", wall, STORE_ZONE
        )

    def _store_today(self) -> SQL:
        return self._store_day(SQL("%s::timestamp", fields.Datetime.now()))

    def _join_team(self, alias: str, user: SQL, unit: SQL) -> SQL:
        """Return the join of ``alias.team_id``: in which team of the store the person works today."""
        return SQL(
            """
            LEFT JOIN (SELECT rel.user_id, team.unit_id, MIN(team.id) AS team_id
                         FROM dealer_team_member_rel rel
                         JOIN dealer_team team ON team.id = rel.team_id AND team.active
                        GROUP BY rel.user_id, team.unit_id) %(alias)s
                   ON %(alias)s.user_id = %(user)s AND %(alias)s.unit_id = %(unit)s
            """,
            alias=SQL.identifier(alias),
            user=user,
            unit=unit,
        )
