from datetime import timedelta
from typing import NamedTuple

from babel.dates import format_skeleton
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_datetime
from odoo.tools.misc import babel_locale_parse

#: Whose page it is.
BOSSES = ("dealer_base.group_general_manager", "dealer_base.group_group_executive")
SPANS = ("day", "week", "month")
#: The page names so many alarms; the number above them opens all.
NAMED = 8


class Period(NamedTuple):
    """A day, week or month, and the same part of the one before."""

    span: str
    first: fields.Date
    last: fields.Date
    before_first: fields.Date
    before_last: fields.Date
    #: A day of the period before, and of the one after; None where that lies ahead.
    back: fields.Date
    forward: fields.Date | None


class DealerBoss(models.AbstractModel):
    """What the owner's phone shows (H3): figures of the catalogue for a part of the tree of stores."""

    _name = "dealer.boss"
    _description = "The Owner's Phone"

    @api.model
    def _is_boss(self):
        return self.env.user._dealer_has_any(BOSSES)

    @api.model
    def _as_boss(self):
        """Return this with all stores of the user switched on: the tree decides, not the switcher."""
        companies = self.env.user.company_ids
        return self.with_context(allowed_company_ids=companies.ids)

    @api.model
    def _sections(self):
        """Return ``[(key, label, groups of figures)]`` of the page; a hook."""
        labels = {
            "business": self.env._("Business"),
            "tasks": self.env._("Tasks"),
            "satisfaction": self.env._("Satisfaction"),
            "alarms": self.env._("Alarms"),
        }
        groups = {"business": ["leads", "showroom", "orders", "defeats"]}
        return [(key, label, groups.get(key, [key])) for key, label in labels.items()]

    @api.model
    def _columns(self):
        """Return the keys of the figures in the table of stores; a hook."""
        return ["leads", "sales_visits", "orders", "deliveries", "late_clocks"]

    # ------------------------------------------------------------
    # Which stores, which days
    # ------------------------------------------------------------

    @api.model
    def _stores(self):
        """Return the stores that the user answers for."""
        domain = Domain("kind", "=", "store")
        domain &= Domain("company_id", "in", self.env.user.company_ids.ids)
        top = self.env.user.dealer_unit_id
        if top and self.env.user.has_group("dealer_base.group_group_executive"):
            domain &= Domain("id", "child_of", top.ids)
        return self.env["dealer.unit"].search(domain)

    @api.model
    def _units(self):
        """Return the units that the user may choose, in the order of the tree, with their stores.

        A unit above the stores is one only where it has several of them.
        """
        stores = self._stores()
        below = {}
        for store in stores:
            for unit_id in map(int, store.parent_path.rstrip("/").split("/")):
                below[unit_id] = below.get(unit_id, stores.browse()) | store
        chosen = {
            unit_id: mine
            for unit_id, mine in below.items()
            if unit_id in stores._ids or len(mine) > 1
        }
        if len(stores) > 1:
            # Two units with the same stores are one choice: the lower one.
            lowest = {}
            units = self.env["dealer.unit"].browse(chosen).sorted("parent_path")
            for unit in units:
                lowest[chosen[unit.id]] = unit
            chosen = {unit.id: mine for mine, unit in lowest.items()}
        units = self.env["dealer.unit"].browse(chosen).sorted("parent_path")
        return {unit: chosen[unit.id] for unit in units}

    @api.model
    def _period(self, span, day, today):
        """Return the ``Period`` in which ``day`` lies; of a running one, what is over so far.

        It is compared with as many days of the one before, so that the first of a month is not
        worse than the whole month before.
        """
        step = {
            "day": relativedelta(days=1),
            "week": relativedelta(weeks=1),
            "month": relativedelta(months=1),
        }[span]
        first = {
            "day": day,
            "week": day - timedelta(days=day.weekday()),
            "month": day.replace(day=1),
        }[span]
        following = first + step
        last = following - timedelta(days=1)
        running = first <= today < last
        before = first - step
        before_last = first - timedelta(days=1)
        if running:
            last = today
            before_last = min(before_last, before + (today - first))
        return Period(
            span,
            first,
            last,
            before,
            before_last,
            before,
            following if following <= today else None,
        )

    @api.model
    def _period_label(self, period):
        locale = babel_locale_parse(self.env.lang or "en_US")
        if period.span == "month":
            return format_skeleton("yMMMM", period.first, locale=locale)
        first = format_skeleton("yMMMEd", period.first, locale=locale)
        if period.first == period.last:
            return first
        return f"{first} – {format_skeleton('MMMEd', period.last, locale=locale)}"

    # ------------------------------------------------------------
    # The page
    # ------------------------------------------------------------

    @api.model
    def _page(self, unit, stores, span, day=None, sort=None):
        """Return what the page shows of a unit.

        :param unit: the chosen ``dealer.unit``
        :param stores: its stores that the user may see
        :param str span: one of ``SPANS``
        :param day: any day of the period, today where empty
        :param str sort: key of the figure by which the table of stores is sorted
        """
        today = max(store._figures_today() for store in stores)
        period = self._period(span, min(day or today, today), today)
        figures = self.env["dealer.figure"]
        readable = figures._readable()
        shown = [key for key, figure in readable.items() if figure.better]
        of_store = figures._of_period(shown, stores.ids, period.first, period.last, ("unit_id",))
        now = self._sum(shown, of_store.values())
        past = [key for key in shown if not readable[key].now]
        before = figures._of_period(past, stores.ids, period.before_first, period.before_last)[()]
        place = {"unit": unit.id, "from": str(period.first), "to": str(period.last)}
        sections = []
        for key, label, groups in self._sections():
            tiles = [
                self._tile(name, readable[name], now[name], before.get(name), place)
                for group in groups
                for name in shown
                if readable[name].group == group
            ]
            if tiles:
                sections.append({"key": key, "label": label, "tiles": tiles})
        columns = [key for key in self._columns() if key in readable]
        sort = sort if sort in columns else next(iter(columns), None)
        return {
            "unit": unit,
            "period": period,
            "label": self._period_label(period),
            "sections": sections,
            "alarms": self._alarms(stores) if "late_clocks" in readable else [],
            "columns": [(key, readable[key].label) for key in columns],
            "sort": sort,
            "rows": self._rows(stores, columns, sort, of_store, place) if len(stores) > 1 else [],
        }

    @api.model
    def _sum(self, keys, rows):
        """Return the figures of stores together; rates are worked out from the sums."""
        figures = self.env["dealer.figure"]._figures()
        parts = dict.fromkeys(
            part for key in keys for part in self.env["dealer.figure"]._parts(figures, key)
        )
        counts = {part: sum(row[part] for row in rows) for part in parts}
        return self.env["dealer.figure"]._with_rates(figures, keys, counts)

    @api.model
    def _tile(self, key, figure, value, before, place):
        difference = None if value is None or before is None else value - before
        tone = ""
        if difference:
            good = (difference > 0) == (figure.better == "more")
            tone = "good" if good else "bad"
        elif figure.now and value:
            tone = "bad"
        return {
            "key": key,
            "label": figure.label,
            "text": self._text(figure, value),
            "difference": self._difference(figure, difference),
            "now": figure.now,
            "tone": tone,
            "url": self._url(key, place),
        }

    @api.model
    def _text(self, figure, value):
        if value is None:
            return "–"
        return f"{value:.0%}" if figure.is_rate else f"{value:,}"

    @api.model
    def _difference(self, figure, difference):
        """Return a difference as people read it: rates in points."""
        if difference is None:
            return ""
        number = round(difference * 100) if figure.is_rate else difference
        if not number:
            return "±0"
        text = f"{'+' if number > 0 else '−'}{abs(number):,}"
        return self.env._("%s pts", text) if figure.is_rate else text

    @api.model
    def _url(self, key, place):
        unit, first, last = place["unit"], place["from"], place["to"]
        return f"/odoo/dealer-figure?figure={key}&unit={unit}&from={first}&to={last}"

    @api.model
    def _rows(self, stores, columns, sort, of_store, place):
        """Return the lines of the table of stores, the greatest first."""
        figures = self.env["dealer.figure"]._figures()
        rows = []
        for store in stores:
            values = of_store.get((store.id,), {})
            cells = [
                {
                    "key": key,
                    "text": self._text(figures[key], values.get(key, 0)),
                    "url": self._url(key, place | {"unit": store.id}),
                }
                for key in columns
            ]
            rows.append({"store": store, "cells": cells, "order": values.get(sort) or 0})
        return sorted(rows, key=lambda row: (-row["order"], row["store"].name))

    @api.model
    def _alarms(self, stores):
        """Return the clocks that are late now, the longest waiting first."""
        clocks = self.env["dealer.clock"].search(
            Domain("unit_id", "in", stores.ids)
            & Domain(list(self.env["dealer.figure"]._figures()["late_clocks"].domain)),
            order="due_at, id",
            limit=NAMED,
        )
        return [
            {
                "name": clock.document_name,
                # What a term is called is shown to whoever may read the clock.
                "term": clock.policy_id.sudo().name,
                "person": clock.user_id.sudo().name or "",  # who is late is known to the manager
                "store": clock.unit_id.name if len(stores) > 1 else "",
                "due": format_datetime(
                    self.env,
                    clock.due_at,
                    tz=clock.unit_id._clock_zone_name(),
                    dt_format="MM-dd HH:mm",
                ),
                "raised": any(
                    event.action == "raise" or event.unanswered for event in clock.event_ids
                ),
                "url": f"/odoo/dealer-figure?clock={clock.id}",
            }
            for clock in clocks
        ]

    # ------------------------------------------------------------
    # From the page into the web client
    # ------------------------------------------------------------

    @api.model
    @api.readonly
    def action_open(self, figure=None, unit=None, date_from=None, date_to=None, clock=None):
        """Return the action that a link of the page opens, and the companies it needs.

        :param str figure: key of a figure, with ``unit`` and days; or
        :param int clock: id of a late clock, whose record is opened
        """
        if not self._is_boss():
            raise AccessError(self.env._("This page is for general managers and executives."))
        boss = self._as_boss()
        if clock:
            row = boss.env["dealer.clock"].browse(int(clock))
            row.check_access("read")
            return {"action": row.action_open_document(), "companies": row.company_id.ids}
        units = boss._units()
        chosen = next((each for each in units if each.id == int(unit or 0)), None)
        if not chosen:
            raise AccessError(self.env._("You do not answer for this store."))
        stores = units[chosen]
        action = boss.env["dealer.figure"].action_open(figure, stores.ids, date_from, date_to)
        return {"action": action | {"help": False}, "companies": stores.company_id.ids}
