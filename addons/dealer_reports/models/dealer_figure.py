from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: By what figures can be split; a report may have other names for it.
SPLITS = ("unit_id", "user_id", "day")


class Figure(NamedTuple):
    """What a figure is called and where it stands; how it is worked out is the report's matter.

    A count names ``model`` and ``measure``; a rate names two counts, ``numerator`` and
    ``denominator``. ``now`` tells that the figure is one of this moment and has no past.
    """

    label: str
    group: str
    model: str = ""
    measure: str = "__count"
    domain: tuple = ()
    #: "more" or "less" is better; empty where neither is, e.g. the base of a rate.
    better: str = "more"
    numerator: str = ""
    denominator: str = ""
    now: bool = False
    #: Fields of the report that are the store, the person, the day.
    unit: str = "unit_id"
    person: str = "consultant_id"
    day: str = "day"
    #: Xml id of an action whose views show the records.
    action: str = ""

    @property
    def is_rate(self):
        return bool(self.denominator)

    def field(self, split):
        """Return the name that ``split`` (one of ``SPLITS``) has in the report."""
        return {"unit_id": self.unit, "user_id": self.person, "day": self.day}[split]


class DealerFigure(models.AbstractModel):
    """The catalogue of the figures that boards show: each is named here once, and its report is asked.

    An addon with figures of its own inherits :meth:`_figures` and :meth:`_groups`.
    """

    _name = "dealer.figure"
    _description = "Catalogue of Figures"

    # ------------------------------------------------------------
    # The catalogue
    # ------------------------------------------------------------

    @api.model
    def _groups(self):
        """Return ``{key: label}`` of the groups of figures, in the order of the boards; a hook."""
        return {
            "leads": self.env._("Leads"),
            "showroom": self.env._("Showroom"),
            "orders": self.env._("Orders"),
            "defeats": self.env._("Defeats"),
            "tasks": self.env._("Tasks"),
            "satisfaction": self.env._("Satisfaction"),
            "alarms": self.env._("Alarms"),
        }

    @api.model
    def _figures(self):
        """Return ``{key: Figure}``, in the order of the boards; a hook."""
        return {
            **self._figures_of_work(),
            **self._figures_of_showroom(),
            **self._figures_of_defeats(),
            **self._figures_of_now(),
        }

    def _figures_of_work(self):
        action = "dealer_reports.dealer_work_report_action"

        def work(label, group, measure, better="more"):
            return Figure(label, group, "dealer.work.report", measure, better=better, action=action)

        return {
            "leads": work(self.env._("New Leads"), "leads", "leads"),
            "answers_due": work(self.env._("Answers That Were Due"), "leads", "answers_due", ""),
            "answers_met": work(self.env._("Answered in Time"), "leads", "answers_met"),
            "answer_rate": Figure(
                self.env._("Answered in Time, Rate"),
                "leads",
                numerator="answers_met",
                denominator="answers_due",
            ),
            "orders": work(self.env._("Cars Ordered"), "orders", "orders"),
            "deliveries": work(self.env._("Cars Handed Over"), "orders", "deliveries"),
            "cancellations": work(
                self.env._("Orders Cancelled"), "orders", "cancellations", "less"
            ),
            "tasks_done": work(self.env._("Planned Contacts Made"), "tasks", "tasks_done"),
            "tasks_in_time": work(self.env._("Planned Contacts in Time"), "tasks", "tasks_in_time"),
            "task_rate": Figure(
                self.env._("Planned Contacts in Time, Rate"),
                "tasks",
                numerator="tasks_in_time",
                denominator="tasks_done",
            ),
        }

    def _figures_of_showroom(self):
        def visit(label, measure, group="showroom", better="more"):
            return Figure(
                label,
                group,
                "dealer.visit.report",
                measure,
                better=better,
                action="dealer_reports.dealer_visit_report_action_register",
            )

        def drive(label, measure, group, better="more"):
            return Figure(
                label,
                group,
                "dealer.test.drive.report",
                measure,
                better=better,
                person="user_id",
                action="dealer_leads.dealer_test_drive_report_action",
            )

        return {
            "sales_visits": visit(self.env._("All Sales Visits"), "sales_visits"),
            "first_visits": visit(self.env._("First Visits"), "first_visits"),
            "new_guests": visit(self.env._("New Guests"), "new_guests", better=""),
            "kept_visits": visit(self.env._("Cards Made"), "kept_visits"),
            "kept_rate": Figure(
                self.env._("Contacts Kept, Rate"),
                "showroom",
                numerator="kept_visits",
                denominator="new_guests",
            ),
            "invited_visits": visit(self.env._("Invited Visits"), "invited_visits"),
            "invited_rate": Figure(
                self.env._("Invited Visits, Rate"),
                "showroom",
                numerator="invited_visits",
                denominator="sales_visits",
            ),
            "drives": drive(self.env._("Test Drives"), "drives", "showroom"),
            "filed_visits": visit(self.env._("Visits on File"), "filed_visits", "orders", ""),
            "drive_visits": visit(self.env._("Visits with a Drive"), "drive_visits"),
            "drive_rate": Figure(
                self.env._("Visits with a Drive, Rate"),
                "showroom",
                numerator="drive_visits",
                denominator="filed_visits",
            ),
            "order_visits": visit(
                self.env._("Visits That Led to an Order"), "order_visits", "orders"
            ),
            "order_rate": Figure(
                self.env._("Visits That Led to an Order, Rate"),
                "orders",
                numerator="order_visits",
                denominator="filed_visits",
            ),
            "rated": drive(self.env._("Drives with an Opinion"), "rated", "satisfaction", ""),
            "satisfied": drive(self.env._("Satisfied with the Drive"), "satisfied", "satisfaction"),
            "satisfied_rate": Figure(
                self.env._("Satisfied with the Drive, Rate"),
                "satisfaction",
                numerator="satisfied",
                denominator="rated",
            ),
        }

    def _figures_of_defeats(self):
        def defeat(label, measure, better):
            return Figure(
                label,
                "defeats",
                "dealer.defeat.report",
                measure,
                better=better,
                action="dealer_reports.dealer_defeat_report_action",
            )

        return {
            "received": defeat(self.env._("Customers Received"), "received", ""),
            "defeats": defeat(self.env._("Number of Defeats"), "defeated", "less"),
            "defeat_rate": Figure(
                self.env._("Defeats ÷ Received"),
                "defeats",
                better="less",
                numerator="defeats",
                denominator="received",
            ),
        }

    def _figures_of_now(self):
        """Return the figures of this moment: what lies open."""
        return {
            "tasks_overdue": Figure(
                self.env._("Overdue Tasks"),
                "tasks",
                "dealer.work.report",
                "tasks_overdue",
                better="less",
                now=True,
                action="dealer_reports.dealer_work_report_action",
            ),
            "late_clocks": Figure(
                self.env._("Late Clocks"),
                "alarms",
                "dealer.clock",
                domain=(
                    ("stopped_at", "=", False),
                    ("state", "!=", "paused"),
                    ("due_at", "<", "now"),
                ),
                better="less",
                now=True,
                person="user_id",
                action="dealer_clock.dealer_clock_action",
            ),
            "escalations": Figure(
                self.env._("Raised and Still Open"),
                "alarms",
                "dealer.clock",
                domain=(
                    ("stopped_at", "=", False),
                    "|",
                    ("event_ids.action", "=", "raise"),
                    ("event_ids.unanswered", "=", True),
                ),
                better="less",
                now=True,
                person="user_id",
                action="dealer_clock.dealer_clock_action",
            ),
        }

    @api.model
    def _target_selection(self):
        """Return keys and labels of the figures that a target can be set for."""
        return [
            (key, figure.label)
            for key, figure in self._figures().items()
            if figure.better and not figure.now
        ]

    @api.model
    def _readable(self):
        """Return the figures that the user may see: all of whose reports are readable."""
        figures = self._figures()
        return {
            key: figure
            for key, figure in figures.items()
            if all(
                self.env[figures[part].model].has_access("read")
                for part in self._parts(figures, key)
            )
        }

    @staticmethod
    def _parts(figures, key):
        """Return the keys of the counts of which a figure is made."""
        figure = figures[key]
        return (figure.numerator, figure.denominator) if figure.is_rate else (key,)

    # ------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------

    @api.model
    def _live(
        self, keys, unit_ids, date_from=None, date_to=None, groupby=(), user_ids=None, days=None
    ):
        """Return the figures of stores and days as the reports say now, as far as the user may see.

        One query a report, however many stores and figures. Figures of this moment take no days.

        :param keys: of figures; of a rate the two counts are returned, too
        :param unit_ids: ids of the stores
        :param date_from: first day, or None
        :param date_to: last day, or None
        :param groupby: of ``SPLITS``
        :param user_ids: ids of the persons, or None for all
        :param days: these days instead of a period
        :return: ``{(unit id, user id, day … as in groupby): {key: value}}``; a rate is None where
            it has no base. Groups in which nothing is counted are left out
        """
        figures = self._figures()
        counts = dict.fromkeys(part for key in keys for part in self._parts(figures, key))
        queries = defaultdict(list)
        for key in counts:
            figure = figures[key]
            split = tuple(
                figure.field(name) for name in groupby if not (figure.now and name == "day")
            )
            queries[figure.model, figure.domain, figure.now, split].append(key)
        found = defaultdict(lambda: dict.fromkeys(counts, 0))
        for (model, domain, _now, split), same in queries.items():
            figure = figures[same[0]]
            domain = Domain(list(domain)) & self._scope(
                figure, unit_ids, date_from, date_to, user_ids
            )
            if days is not None and not figure.now:
                domain &= Domain(figure.day, "in", list(days))
            specs = [f"{name}:day" if name == figure.day else name for name in split]
            rows = self.env[model]._read_group(
                domain, specs, [self._aggregate(figures[key]) for key in same]
            )
            for row in rows:
                place = self._place(figure, groupby, row[: len(specs)])
                for key, value in zip(same, row[len(specs) :], strict=True):
                    found[place][key] += value or 0
        if not groupby:
            found[()] = found[()]  # a total is there, also of nothing
        return {
            place: self._with_rates(figures, keys, values)
            for place, values in found.items()
            if not groupby or any(values.values())
        }

    @api.model
    def _of_period(self, keys, unit_ids, date_from, date_to, groupby=()):
        """Return the same as :meth:`_live`, days that are over from what was added up.

        Today, and what changed since it was added up, is asked of the reports; so it is never old.
        Who does not see all of the store asks the reports for everything.
        """
        days = self.env["dealer.figure.day"]
        # How far a store is added up says nothing of what happened there.
        stores = self.env["dealer.unit"].sudo().browse(unit_ids)
        until = min((store.figures_until or date_from for store in stores), default=date_from)
        figures = self._figures()
        if not days.has_access("read") or any(not store.figures_until for store in stores):
            return self._live(keys, unit_ids, date_from, date_to, groupby)
        counts = dict.fromkeys(part for key in keys for part in self._parts(figures, key))
        past = [key for key in counts if not figures[key].now]
        asked = self.env["dealer.figure.mark"]._waiting_days(unit_ids, date_from, date_to)
        since = max(until + timedelta(days=1), date_from)
        asked |= {since + timedelta(days=each) for each in range((date_to - since).days + 1)}
        found = defaultdict(lambda: dict.fromkeys(counts, 0))
        domain = Domain("unit_id", "in", list(unit_ids)) & Domain("key", "in", past)
        domain &= Domain("day", ">=", date_from) & Domain("day", "<=", date_to)
        if asked:
            domain &= Domain("day", "not in", list(asked))
        specs = ["day:day" if name == "day" else name for name in groupby]
        for *place, key, value in days._read_group(domain, [*specs, "key"], ["value:sum"]):
            place = tuple(
                part if name == "day" else part.id
                for name, part in zip(groupby, place, strict=True)
            )
            found[place][key] += value
        parts = []
        if asked:
            parts.append(self._live(past, unit_ids, groupby=groupby, days=asked))
        if now := [key for key in counts if figures[key].now]:
            parts.append(self._live(now, unit_ids, groupby=groupby))
        for place, values in (row for part in parts for row in part.items()):
            for key, value in values.items():
                found[place][key] += value
        if not groupby:
            found[()] = found[()]  # a total is there, also of nothing
        return {
            place: self._with_rates(figures, keys, values)
            for place, values in found.items()
            if not groupby or any(values.values())
        }

    @staticmethod
    def _aggregate(figure):
        return "__count" if figure.measure == "__count" else f"{figure.measure}:sum"

    @staticmethod
    def _place(figure, groupby, values):
        values = iter(values)
        place = []
        for name in groupby:
            if figure.now and name == "day":
                place.append(None)
                continue
            value = next(values)
            place.append(value if name == "day" else value.id)
        return tuple(place)

    @staticmethod
    def _scope(figure, unit_ids, date_from, date_to, user_ids=None):
        """Return the domain of stores, persons and days in the figure's report."""
        domain = Domain(figure.unit, "in", list(unit_ids))
        if user_ids is not None:
            domain &= Domain(figure.person, "in", list(user_ids))
        if not figure.now:
            if date_from:
                domain &= Domain(figure.day, ">=", date_from)
            if date_to:
                domain &= Domain(figure.day, "<=", date_to)
        return domain

    @api.model
    def _with_rates(self, figures, keys, counts):
        """Return counts and the rates among ``keys`` that follow from them."""
        values = dict(counts)
        for key in keys:
            figure = figures[key]
            if figure.is_rate:
                base = counts[figure.denominator]
                values[key] = counts[figure.numerator] / base if base else None
        return values

    # ------------------------------------------------------------
    # The records behind
    # ------------------------------------------------------------

    @api.model
    def _records_domain(self, key, unit_ids, date_from=None, date_to=None, user_ids=None):
        """Return ``(model, domain)`` of the rows that a figure counts; a rate's are those of its base."""
        figures = self._figures()
        figure = figures[self._parts(figures, key)[-1]]
        model = self.env[figure.model]
        counted = Domain(list(figure.domain))
        if figure.measure != "__count":
            counted &= Domain(model.figure_domain(figure.measure))
        return figure.model, counted & self._scope(figure, unit_ids, date_from, date_to, user_ids)

    @api.model
    def action_open(self, key, unit_ids, date_from=None, date_to=None, user_ids=None):
        """Return the action that opens exactly the records which a figure counts.

        :param str key: of the figure
        :param list unit_ids: ids of the stores
        :param date_from: first day (date, or text of ISO), or None
        :param date_to: last day, or None
        :param list user_ids: ids of the persons, or None for all
        """
        figure = self._readable().get(key)
        if not figure:
            raise UserError(self.env._("This figure is not there, or not for your post."))
        figures = self._figures()
        base = figures[self._parts(figures, key)[-1]]
        model, domain = self._records_domain(key, unit_ids, date_from, date_to, user_ids)
        # What an action says is no secret; posts have no right on actions as such.
        action = self.env["ir.actions.act_window"]._for_xml_id(base.action)
        others = [view for view in action["views"] if view[1] != "list"]
        lists = [view for view in action["views"] if view[1] == "list"]
        views = [*(lists or [(False, "list")]), *others]
        return {
            **action,
            "name": base.label,
            "display_name": base.label,
            "res_model": model,
            "domain": list(domain),
            "context": {},
            "views": views,
            "view_mode": ",".join(kind for _view, kind in views),
            "path": False,
        }
