from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command, Domain

from .dealer_daily_figures import SNAPSHOTS

#: A store that begins with daily reports gets none of a day that is long over.
FRESH = timedelta(hours=12)
CONSULTANT = "dealer_base.group_sales_consultant"
LEADERS = ("dealer_base.group_sales_manager", "dealer_base.group_sales_director")


class DealerDailyReport(models.Model):
    """Daily reports are made by themselves when a store closes."""

    _name = "dealer.daily.report"
    _inherit = "dealer.daily.report"

    @api.model
    def _cron_make(self):
        """Make the reports of the stores that have closed; a store and day once, however often.

        After an outage the last day is made up for: its figures are those of the day, not of now.
        """
        now = fields.Datetime.now()
        stores = self.env["dealer.unit"].search([("kind", "=", "store")])
        for number, store in enumerate(stores, 1):
            day, closing = store._daily_closed(now)
            if not day or self._is_made(store, day, closing, now):
                continue
            self._make(store, day)
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(stores) - number):
                break

    @api.model
    def _is_made(self, store, day, closing, now):
        """Whether the store has its reports of the day, or does not take part yet.

        Read from the reports: a mark on the store would hold up all who write what belongs to it.
        """
        here = Domain("unit_id", "=", store.id)
        if self.search_count(here & Domain("day", ">=", day), limit=1):
            return True
        return closing < now - FRESH and not self.search_count(here, limit=1)

    @api.model
    def _make(self, store, day):
        """Make the reports of one day of a store that are not there yet, and tell whose they are."""
        consultants = store._clock_staff(CONSULTANT)
        present = store._daily_at_work(consultants, day)
        teams = self.env["dealer.team"].search([("unit_id", "=", store.id)])
        counts = self.env["dealer.daily.figures"]._daily_counts(store, day, consultants)
        wanted = [
            (user, "own", teams.filtered(lambda team, user=user: user in team.member_ids)[:1], user)
            for user in present
        ]
        for team in teams:
            people = team.member_ids & consultants
            leaders = team.manager_ids.filtered(
                lambda user: (
                    user.active
                    and store.company_id in user.company_ids
                    and user._dealer_has_any(LEADERS)
                )
            )
            if people:
                for leader in store._daily_at_work(leaders, day):
                    wanted.append((leader, "team", team, people))
        there = {
            (report.user_id, report.scope, report.team_id if report.scope == "team" else None)
            for report in self.search(Domain("unit_id", "=", store.id) & Domain("day", "=", day))
        }
        line = self.env["dealer.daily.report.line"]
        next_day = store._daily_next(day)
        reports = self.create(
            [
                {
                    "unit_id": store.id,
                    "user_id": user.id,
                    "scope": scope,
                    "team_id": team.id,
                    "day": day,
                    "next_day": next_day,
                    "line_ids": [
                        Command.create(values) for values in line._prepare(counts, people)
                    ],
                }
                for user, scope, team, people in wanted
                if (user, scope, team if scope == "team" else None) not in there
            ]
        )
        reports._tell_made()
        return reports

    def action_recount(self):
        """Count the day again, e.g. after a contact was logged late; corrections stay."""
        self.check_access("write")
        self._check_writable()
        for report in self:
            people = report._people()
            counts = self.env["dealer.daily.figures"]._daily_counts(
                report.unit_id, report.day, people
            )
            # The right was checked; what is counted is written by the system alone.
            for line in report.sudo().line_ids:
                if line.figure in SNAPSHOTS:
                    continue
                number = sum(counts.get((line.figure, user_id), 0) for user_id in people.ids)
                line.write(
                    {"counted": number}
                    if line.is_corrected
                    else {"counted": number, "value": number}
                )
        return True
