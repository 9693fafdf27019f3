from datetime import timedelta
from statistics import median

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import date_utils

from odoo.addons.dealer_base.models.res_users import OWN_POSTS, STORE_POSTS, TEAM_POSTS

#: Groups of figures on the start page of each workbench, in their order.
WORKBENCHES = {
    "sales": ("leads", "showroom", "orders", "defeats", "tasks", "satisfaction"),
    "marketing": ("leads", "showroom", "orders"),
    "management": ("leads", "showroom", "orders", "defeats", "tasks", "satisfaction", "alarms"),
}
PERIODS = ("day", "week", "month")
#: The axes of the radar (能力雷达图): rates of the catalogue, 0 to 1, more is better.
AXES = (
    "answer_rate",
    "invited_rate",
    "kept_rate",
    "drive_rate",
    "order_rate",
    "satisfied_rate",
    "task_rate",
)

#: A median of fewer people tells who sees the own rate only what the colleague's is.
LEAST_COLLEAGUES = 3


class DealerBoard(models.AbstractModel):
    """How am I doing: the figures of a post below the counters of its start page.

    Figures come from the catalogue (``dealer.figure``) and are read as the user, so each board shows
    what its reader may see: a consultant the own work, a manager the team, a leader the store.
    """

    _name = "dealer.board"
    _description = "Board of a Post"

    @api.model
    @api.readonly
    def board_read(self, workbench, period="month", scope=None):
        """Return the board of a workbench.

        :param str workbench: a key of ``WORKBENCHES``; others have no board
        :param str period: of ``PERIODS``: this one so far, beside the one before up to the same day
        :param str scope: ``me``, ``team`` or ``store``; by itself the widest that the post has
        :return: None where the post has no figures; else ``period``, ``scopes``, ``scope`` and
            ``groups`` of figures with value, value before, target and how far it is reached
        """
        groups = WORKBENCHES.get(workbench, ())
        figures = {
            key: figure
            for key, figure in self.env["dealer.figure"]._readable().items()
            if figure.group in groups
        }
        scopes = self._scopes()
        units = self._units()
        if not figures or not scopes or not units:
            return None
        scope = scope if scope in scopes else next(iter(scopes))
        users = self._people(scope)
        span, before = self._spans(units, self._checked(period))
        now = self._values(figures, units, span, users)
        past = self._values(
            {key: figure for key, figure in figures.items() if not figure.now}, units, before, users
        )
        targets = self._targets(units, scope, span) if period == "month" else {}
        labels = self.env["dealer.figure"]._groups()
        return {
            "period": period,
            "from": fields.Date.to_string(span[0]),
            "to": fields.Date.to_string(span[1]),
            "scopes": [{"key": key, "label": label} for key, label in scopes.items()],
            "scope": scope,
            "groups": [
                {
                    "key": group,
                    "label": labels[group],
                    "figures": [
                        self._card(key, figure, now[key], past.get(key), targets.get(key), span)
                        for key, figure in figures.items()
                        if figure.group == group
                    ],
                }
                for group in groups
                if any(figure.group == group for figure in figures.values())
            ],
            "axes": bool(self._axes()),
        }

    @api.model
    @api.readonly
    def board_course(self, key, scope=None):
        """Return a figure day by day, of this month and of the one before.

        :param str key: of a figure with a past
        :return: ``label``, ``days`` (numbers), ``now`` and ``before``: values, None from tomorrow on
        """
        figure = self._figure(key)
        if figure.now:
            raise UserError(self.env._("This figure is one of this moment; it has no course."))
        users, units = self._people(self._scope(scope)), self._units()
        today = self._today(units)
        first = today.replace(day=1)
        start = date_utils.subtract(first, months=1)
        last = date_utils.end_of(first, "month")
        rows = self._rows([key], units, (start, today), users, ("day",))

        def value(day):
            found = rows.get((day,), {}).get(key)
            return found if figure.is_rate else found or 0

        return {
            "label": figure.label,
            "is_rate": figure.is_rate,
            "days": list(range(1, 32)),
            "now": [
                value(first + timedelta(number)) if number < today.day else None
                for number in range(last.day)
            ],
            "before": [value(start + timedelta(number)) for number in range((first - start).days)],
        }

    @api.model
    @api.readonly
    def board_radar(self, scope=None):
        """Return the ability radar of this month: the rates of the axes beside the team's median.

        :return: ``axes`` with label, value and median (0 to 1, None where nothing was counted, the
            median also where it would tell a colleague's rate)
        """
        figures, units = self.env["dealer.figure"], self._units()
        axes = self._axes()
        scope = self._scope(scope)
        today = self._today(units)
        first = today.replace(day=1)
        mine = self._values(axes, units, (first, today), self._people(scope))
        # The median of colleagues names nobody; who may see only the own figures is measured by it,
        # where there are enough of them.
        least = (
            1 if self.env.user._dealer_has_any((*STORE_POSTS, *TEAM_POSTS)) else LEAST_COLLEAGUES
        )
        others = figures.sudo()._live(
            list(axes), units.ids, first, today, ("user_id",), user_ids=self._colleagues(scope)
        )
        return {
            "axes": [
                {
                    "key": key,
                    "label": figure.label,
                    "value": mine[key],
                    "median": median(found) if len(found) >= least else None,
                }
                for key, figure in axes.items()
                for found in [[row[key] for row in others.values() if row[key] is not None]]
            ]
        }

    @api.model
    @api.readonly
    def board_open(self, key, period="month", scope=None):
        """Return the action that opens the records which a figure of the board counts."""
        figure = self._figure(key)
        units = self._units()
        users = self._people(self._scope(scope))
        span = (None, None) if figure.now else self._spans(units, self._checked(period))[0]
        return self.env["dealer.figure"].action_open(key, units.ids, *span, user_ids=users)

    # ------------------------------------------------------------
    # Who, where, when
    # ------------------------------------------------------------

    @api.model
    def _scopes(self):
        """Return ``{key: label}`` of whose figures the post looks at, the widest first."""
        user, scopes = self.env.user, {}
        if user._dealer_has_any((*STORE_POSTS, "base.group_system")):
            scopes["store"] = self.env._("Store")
        if user._dealer_has_any(TEAM_POSTS):
            scopes["team"] = self.env._("My Team")
        if user._dealer_has_any((*OWN_POSTS, *TEAM_POSTS)):
            scopes["me"] = self.env._("Me")
        return scopes

    def _scope(self, scope):
        scopes = self._scopes()
        if not scopes:
            raise UserError(self.env._("This figure is not there, or not for your post."))
        return scope if scope in scopes else next(iter(scopes))

    @staticmethod
    def _checked(period):
        return period if period in PERIODS else "month"

    def _people(self, scope):
        """Return the ids of the persons of a scope, None for all."""
        if scope == "me":
            return [self.env.uid]
        if scope == "team":
            teams = self.env["dealer.team"].search([("manager_ids", "in", self.env.uid)])
            return [*teams.member_ids.ids, self.env.uid]
        return None

    def _colleagues(self, scope):
        """Return the ids of the persons whose median a scope is measured by, None for all."""
        if scope == "store":
            return None
        # Who works in one's team is no secret.
        teams = self.env["dealer.team"].sudo()
        own = teams.search(
            ["|", ("member_ids", "in", self.env.uid), ("manager_ids", "in", self.env.uid)]
        )
        return own.member_ids.ids or [self.env.uid]

    def _units(self):
        """Return the stores of the companies that are switched on."""
        return self.env["dealer.unit"].search(
            [("kind", "=", "store"), ("company_id", "in", self.env.companies.ids)]
        )

    def _today(self, units):
        return units[:1]._clock_local(fields.Datetime.now()).date()

    def _spans(self, units, period):
        """Return first and last day of the period so far, and of the one before up to then."""
        today = self._today(units)
        if period == "day":
            return (today, today), (today - timedelta(days=1),) * 2
        start = date_utils.start_of(today, period)
        step = {f"{period}s": 1}
        past = date_utils.subtract(start, **step)
        return (start, today), (past, min(date_utils.subtract(today, **step), start - timedelta(1)))

    # ------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------

    def _figure(self, key):
        figure = self.env["dealer.figure"]._readable().get(key)
        if not figure:
            raise UserError(self.env._("This figure is not there, or not for your post."))
        return figure

    def _axes(self):
        readable = self.env["dealer.figure"]._readable()
        return {key: readable[key] for key in AXES if key in readable}

    def _rows(self, keys, units, span, users, groupby=()):
        """Return figures of the catalogue; those of all people from what was added up."""
        figures = self.env["dealer.figure"]
        if users is None:
            return figures._of_period(keys, units.ids, *span, groupby=groupby)
        return figures._live(keys, units.ids, *span, groupby=groupby, user_ids=users)

    def _values(self, figures, units, span, users):
        return self._rows(list(figures), units, span, users)[()]

    def _targets(self, units, scope, span):
        """Return the targets of the month; a team's is the sum of those of its members."""
        users = {"me": [self.env.uid], "team": self._people("team")}.get(scope)
        return self.env["dealer.target"]._of(units.ids, span[0], users)

    def _card(self, key, figure, value, past, target, span):
        """Return what a card shows."""
        shown = value * 100 if figure.is_rate and value is not None else value
        month = date_utils.end_of(span[0], "month").day
        elapsed = 1 if figure.is_rate else span[1].day / month
        reached = shown / target if target and shown is not None else None
        return {
            "key": key,
            "label": figure.label,
            "is_rate": figure.is_rate,
            "has_course": not figure.now,
            "value": value,
            "before": past,
            "trend": self._trend(figure, value, past),
            "target": target,
            "reached": reached,
            "on_track": reached is not None
            and (reached <= 1 if figure.better == "less" else reached >= elapsed),
        }

    @staticmethod
    def _trend(figure, value, past):
        """Return ``better``, ``worse``, ``same`` than before, or None where nothing can be said."""
        if figure.now or value is None or past is None or not figure.better:
            return None
        if value == past:
            return "same"
        return "better" if (value > past) == (figure.better == "more") else "worse"
