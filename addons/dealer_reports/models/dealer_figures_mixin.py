from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.dealer_clock.models.dealer_unit import STORE_ZONE

#: No clock on a wall differs more from UTC.
SLACK = timedelta(days=1)


class DealerFiguresMixin(models.AbstractModel):
    """Figures that can be opened: one row of the report is one record behind its numbers.

    So that a number and the list that it opens never differ, a count is a sum of 0 and 1, and the
    list are the rows where it is 1. A day is that of the store's wall, whoever looks and from where.
    """

    _name = "dealer.figures.mixin"
    _description = "Figures with Their Records"
    _inherit = ["dealer.figures.print"]

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

    def _store_day(self, moment: SQL) -> SQL:
        """Return the date that the store's wall shows at a moment."""
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(hours.tz, %s))::date",
            moment,
            STORE_ZONE,
        )

    def _store_today(self) -> SQL:
        return self._store_day(SQL("%s::timestamp", fields.Datetime.now()))

    def _days_asked(self, moment: SQL) -> SQL:
        """Return a condition that leaves out most rows of other days than those asked for.

        A day of the store has no index, its moment has. Whoever reads single days says so in the
        context; that can only leave rows out. The day itself is still asked for by the domain.
        """
        asked = self.env.context.get("dealer_figure_days")
        if not asked:
            return SQL("TRUE")
        first, last = (fields.Date.to_date(day) for day in asked)
        condition = SQL("%s >= %s", moment, first - SLACK)
        if last:
            condition = SQL("%s AND %s < %s", condition, moment, last + SLACK + SLACK)
        return SQL("(%s)", condition)

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
