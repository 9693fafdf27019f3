from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.dealer_leads.models.crm_lead_response import RESPONSE
from odoo.addons.dealer_leads.models.dealer_order import LIVE

#: The figures of a day in their order; what each counts says :meth:`_daily_figures`.
FIGURES = (
    "visits",
    "visits_first",
    "visits_invited",
    "cards",
    "leads",
    "leads_in_time",
    "contacts_call",
    "contacts_message",
    "contacts_other",
    "contacts_planned",
    "drives",
    "grades",
    "orders",
    "deliveries",
    "defeats",
    "tasks_done",
    "tasks_open",
    "tasks_next",
)
#: What is true at the moment of counting only: counted again later it would be another day's.
SNAPSHOTS = ("tasks_open", "tasks_next")


class Figure(NamedTuple):
    """What a figure counts: rows of a model, of whom, and which list shows them."""

    model: str
    person: str
    domain: Domain
    action: str = ""


class DealerDailyFigures(models.AbstractModel):
    """The figures of a person's day (工作日报): each is a count of rows that can be opened.

    Where a report owns the figure already, its rows are counted; nothing is defined twice.
    """

    _name = "dealer.daily.figures"
    _description = "Figures of a Day"

    @api.model
    def _daily_figures(self, unit, day):
        """Return ``{name: Figure}`` of a day of the store, whoever looks and from where.

        :param unit: the store (dealer.unit)
        :param day: date on the wall of the store
        """
        return {
            **self._daily_figures_showroom(unit, day),
            **self._daily_figures_leads(unit, day),
            **self._daily_figures_sales(unit, day),
            **self._daily_figures_tasks(unit, day),
        }

    def _daily_figures_showroom(self, unit, day):
        visits = Domain("unit_id", "=", unit.id) & Domain("day", "=", day)

        def visit(measure):
            return Figure(
                "dealer.visit.report",
                "consultant_id",
                visits & Domain(measure, "!=", 0),
                "dealer_reports.dealer_visit_report_action_register",
            )

        return {
            "visits": visit("sales_visits"),
            "visits_first": visit("first_visits"),
            "visits_invited": visit("invited_visits"),
            "cards": visit("kept_visits"),
        }

    def _daily_figures_leads(self, unit, day):
        start, stop = unit._daily_bounds(day)
        received = (
            Domain("dealer_unit_id", "=", unit.id)
            & Domain("dealer_received_at", ">=", start)
            & Domain("dealer_received_at", "<", stop)
            & Domain("dealer_merged_into_id", "=", False)
        )
        in_time = Domain("clock_ids", "any", [("kind", "=", RESPONSE), ("state", "=", "met")])
        contacts = (
            Domain("unit_id", "=", unit.id)
            & Domain("start", ">=", start)
            & Domain("start", "<", stop)
            & Domain("kind", "!=", "enquiry")
        )

        def lead(domain):
            return Figure("crm.lead", "user_id", domain, "dealer_leads.crm_lead_action_dealer")

        def contact(domain):
            return Figure(
                "dealer.interaction",
                "user_id",
                contacts & domain,
                "dealer_reports.dealer_interaction_action_activity",
            )

        calls = Domain("kind", "=", "call")
        messages = Domain("kind", "in", ("chat", "wechat", "sms", "email"))
        return {
            "leads": lead(received),
            "leads_in_time": lead(received & in_time),
            "contacts_call": contact(calls),
            "contacts_message": contact(messages),
            "contacts_other": contact(~calls & ~messages),
            "contacts_planned": contact(Domain("planned_date", "!=", False)),
        }

    def _daily_figures_sales(self, unit, day):
        start, stop = unit._daily_bounds(day)
        here = Domain("unit_id", "=", unit.id)
        orders = here & Domain("state", "in", LIVE)
        action = "dealer_leads.dealer_order_action"
        return {
            "drives": Figure(
                "dealer.test.drive.report",
                "user_id",
                here
                & Domain("drives", "!=", 0)
                # The report keeps the moment of the drive; its day is that of the store.
                & Domain("start", ">=", start)
                & Domain("start", "<", stop),
            ),
            "grades": Figure(
                "dealer.grade.log",
                "consultant_id",
                here
                & Domain("date", ">=", start)
                & Domain("date", "<", stop)
                & Domain("old_grade_id", "!=", False)
                & Domain("grade_id.kind", "=", "open"),
            ),
            "orders": Figure(
                "dealer.order", "consultant_id", orders & Domain("ordered_on", "=", day), action
            ),
            "deliveries": Figure(
                "dealer.order",
                "consultant_id",
                here & Domain("state", "=", "delivered") & Domain("delivered_on", "=", day),
                action,
            ),
            "defeats": Figure(
                "dealer.defeat.report",
                "consultant_id",
                here & Domain("day", "=", day) & Domain("defeated", "!=", 0),
                "dealer_reports.dealer_defeat_report_action",
            ),
        }

    def _daily_figures_tasks(self, unit, day):
        start, stop = unit._daily_bounds(day)
        # Reading and answering reports is no work with customers.
        work = Domain("res_model", "!=", "dealer.daily.report") | Domain("res_model", "=", False)
        waiting = work & Domain("active", "=", True)
        return {
            "tasks_done": Figure(
                "mail.activity",
                "user_id",
                # Odoo keeps the day in UTC; the moment at which a task was ticked off is exact.
                work
                & Domain("active", "=", False)
                & Domain("write_date", ">=", start)
                & Domain("write_date", "<", stop),
            ),
            "tasks_open": Figure(
                "mail.activity", "user_id", waiting & Domain("date_deadline", "<=", day)
            ),
            "tasks_next": Figure(
                "mail.activity",
                "user_id",
                waiting
                & Domain("date_deadline", ">", day)
                & Domain("date_deadline", "<=", unit._daily_next(day)),
            ),
        }

    @api.model
    def _daily_counts(self, unit, day, users, names=FIGURES):
        """Return ``{(name, user id): number}`` of what these people did on a day of the store.

        :param names: of the figures that are wanted
        """
        figures = self._daily_figures(unit, day)
        return self._count({name: figures[name] for name in names}, users)

    @api.model
    def _count(self, figures, users):
        """Return ``{(name, user id): number}`` of rows, by one query a figure.

        :param dict figures: ``{name: Figure}``
        """
        counts = {}
        for name, figure in figures.items():
            # What a person did counts, also with customers who were handed on since.
            model = self.env[figure.model].sudo().with_context(active_test=False)
            groups = model._read_group(
                figure.domain & Domain(figure.person, "in", users.ids),
                [figure.person],
                ["__count"],
            )
            for user, count in groups:
                counts[name, user.id] = count
        return counts
