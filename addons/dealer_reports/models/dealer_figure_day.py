from odoo import api, fields, models
from odoo.tools import SQL


class DealerFigureDay(models.Model):
    """A figure of a store, a person and a day that is over, added up: what boards read.

    Written by the system alone; the reports stay the truth. It is for those who see all of the store.
    """

    _name = "dealer.figure.day"
    _description = "Figures Added Up"
    _log_access = False
    _order = "day desc, unit_id, user_id, key"
    _rec_name = "key"

    unit_id = fields.Many2one(
        "dealer.unit", string="Store", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users", string="Person", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    day = fields.Date(required=True, readonly=True)
    key = fields.Char(string="Figure", required=True, readonly=True)
    value = fields.Integer(required=True, readonly=True)

    _figure_uniq = models.UniqueIndex("(unit_id, day, COALESCE(user_id, 0), key) INCLUDE (value)")

    @api.model
    def _add_up(self, unit, days):
        """Add up the figures of a store on these days anew.

        :return: ``{(user id, day, key): (was, is)}`` of what was not right
        """
        if not days:
            return {}
        # The roll-up is the system's, whoever's change made it look.
        figures = self.env["dealer.figure"].sudo()
        keys = [
            key
            for key, figure in figures._figures().items()
            if not figure.is_rate and not figure.now
        ]
        found = figures._live(keys, unit.ids, days=days, groupby=("user_id", "day"))
        fresh = {
            (user or None, day, key): value
            for (user, day), values in found.items()
            for key, value in values.items()
            if value
        }
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT user_id, day, key, value FROM dealer_figure_day"
                " WHERE unit_id = %s AND day IN %s",
                unit.id,
                tuple(days),
            )
        )
        stood = {(user, day, key): value for user, day, key, value in rows}
        if stood == fresh:
            return {}
        self.env.cr.execute(
            SQL(
                "DELETE FROM dealer_figure_day WHERE unit_id = %s AND day IN %s",
                unit.id,
                tuple(days),
            )
        )
        if fresh:
            people, dates, keys = zip(*fresh, strict=True)
            self.env.cr.execute(
                SQL(
                    "INSERT INTO dealer_figure_day (unit_id, company_id, user_id, day, key, value)"
                    " SELECT %s, %s, * FROM unnest(%s::int[], %s::date[], %s::varchar[], %s::int[])",
                    unit.id,
                    unit.company_id.id,
                    list(people),
                    list(dates),
                    list(keys),
                    list(fresh.values()),
                )
            )
        self.invalidate_model()
        return {
            place: (stood.get(place, 0), fresh.get(place, 0))
            for place in stood.keys() | fresh.keys()
            if stood.get(place) != fresh.get(place)
        }
