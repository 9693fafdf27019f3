from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from .dealer_daily_figures import Figure

#: Who gets a message of the own work, and who of the team's or of the whole store's.
OWN = ("dealer_base.group_sales_consultant", "dealer_base.group_dcc_agent")
TEAM = ("dealer_base.group_sales_manager", "dealer_base.group_dcc_lead")
STORE = ("dealer_base.group_sales_director",)
#: Odoo's own list of a person's tasks.
MY_TASKS = "/odoo/action-mail.mail_activity_action_my"
#: What of the day before the message tells.
YESTERDAY = ("visits", "contacts_call", "contacts_message", "drives", "orders", "defeats")


class DealerMorningDigest(models.AbstractModel):
    """What to do today: one message a person and day, when the store opens (早报)."""

    _name = "dealer.morning.digest"
    _description = "Morning Message"

    @api.model
    def _cron_send(self):
        """Tell the people of the stores that have opened; each once a day, however often it runs."""
        now = fields.Datetime.now()
        stores = self.env["dealer.unit"].search([("kind", "=", "store")])
        for number, store in enumerate(stores, 1):
            day = store._clock_local(now).date()
            hours = store._daily_hours(day)
            if not hours or not hours[0][0] <= now < hours[-1][1]:
                continue
            if not self._send(store, day):
                continue
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(stores) - number):
                break

    @api.model
    def _send(self, store, day):
        """Send what was not sent yet on this day in the store; return to whom."""
        posts = self.env["res.groups"].browse(
            self.env.ref(group).id for group in (*OWN, *TEAM, *STORE)
        )
        users = self.env["res.users"].search(
            Domain("group_ids", "in", posts.ids)
            # Who helps out in several stores is told by the own one.
            & Domain("company_id", "=", store.company_id.id)
            & Domain("dealer_digest", "=", True)
            & (Domain("dealer_digest_on", "=", False) | Domain("dealer_digest_on", "<", day)),
            order="id",
        )
        users = store._daily_at_work(users, day)
        if not users:
            return users
        teams = {user: self._team_of(store, user) for user in users}
        people = users.union(*teams.values())
        figures = self.env["dealer.daily.figures"]
        counts = figures._count(self._todo(store, day), people)
        before = store._daily_before(day)
        counts |= figures._daily_counts(store, before, people, YESTERDAY)
        for user, team in teams.items():
            digest = self.with_context(lang=user.lang)
            digest._tell(user, team, day, before, counts)
        users.dealer_digest_on = day
        return users

    def _team_of(self, store, user):
        """Return whose work the person answers for beside the own (res.users)."""
        if user._dealer_has_any(STORE):
            return store._clock_staff(*OWN) - user
        if user._dealer_has_any(TEAM):
            teams = self.env["dealer.team"].search([("unit_id", "=", store.id)])
            mine = teams.filtered(lambda team: user in team.manager_ids)
            return mine.member_ids.filtered("active") - user
        return self.env["res.users"]

    def _todo(self, store, day):
        """Return ``{name: Figure}`` of what waits for a person on the morning of ``day``."""
        start, stop = store._daily_bounds(day)
        tasks = Domain("active", "=", True)
        expected = (
            Domain("unit_id", "=", store.id)
            & Domain("planned_at", ">=", start)
            & Domain("planned_at", "<", stop)
            & Domain("state", "in", ("invited", "confirmed"))
        )
        return {
            "due": Figure("mail.activity", "user_id", tasks & Domain("date_deadline", "=", day)),
            "overdue": Figure(
                "mail.activity", "user_id", tasks & Domain("date_deadline", "<", day)
            ),
            "test_drives": Figure(
                "dealer.test.drive",
                "user_id",
                Domain("unit_id", "=", store.id)
                & Domain("start", ">=", start)
                & Domain("start", "<", stop)
                & Domain("state", "in", ("booked", "checked", "signed", "driving")),
            ),
            "expected": Figure("dealer.dcc.invitation", "consultant_id", expected),
            "invited": Figure("dealer.dcc.invitation", "user_id", expected),
            "unanswered": Figure(
                "crm.lead",
                "user_id",
                Domain("dealer_unit_id", "=", store.id)
                & Domain("active", "=", True)
                & Domain("won_status", "=", "pending")
                & Domain("dealer_response", "in", ("waiting", "attempted")),
            ),
        }

    def _todo_labels(self):
        """Return ``{name: (label, where it is done)}`` in the order of the message."""
        return {
            "overdue": (self.env._("Tasks overdue"), MY_TASKS),
            "due": (self.env._("Tasks due today"), MY_TASKS),
            "unanswered": (self.env._("Leads without an answer"), "/odoo/dealer-leads"),
            "test_drives": (self.env._("Test drives today"), "/odoo/dealer-test-drives"),
            "expected": (self.env._("Guests who are expected"), "/odoo/dealer-invitations"),
            "invited": (self.env._("Guests whom you invited"), "/odoo/dealer-invitations"),
        }

    def _tell(self, user, team, day, before, counts):
        title = self.env._("Your work of %s", format_date(self.env, day))
        body = self._words_own(user, before, counts)
        if team:
            body += self._words_team(team, counts)
        # Mail goes out by the queue; a note on the screen would be seen by nobody this early.
        user.partner_id.with_env(self.env).with_context(
            mail_notify_force_send=False
        ).message_notify(partner_ids=user.partner_id.ids, subject=title, body=body)

    def _words_own(self, user, before, counts):
        """Return what waits for the person, and the figures of the day before."""
        rows = Markup("").join(
            Markup('<li><a href="%s">%s</a>: <b>%s</b></li>') % (link, label, number)
            for name, (label, link) in self._todo_labels().items()
            if (number := counts.get((name, user.id)))
        )
        todo = rows or Markup("<li>%s</li>") % self.env._("Nothing is due: invite somebody.")
        return Markup("<ul>%s</ul><p>%s %s</p>") % (
            todo,
            self.env._("On %s:", format_date(self.env, before)),
            self._words_figures(counts, [user.id]),
        )

    def _words_figures(self, counts, user_ids):
        line = self.env["dealer.daily.report.line"]
        labels = dict(line._fields["figure"]._description_selection(self.env))
        return " · ".join(
            f"{labels[name]} {sum(counts.get((name, user_id), 0) for user_id in user_ids)}"
            for name in YESTERDAY
        )

    def _words_team(self, team, counts):
        """Return a table: what waits for each of the team, and its figures of the day before."""
        line = self.env["dealer.daily.report.line"]
        labels = {name: label for name, (label, _link) in self._todo_labels().items()}
        labels |= dict(line._fields["figure"]._description_selection(self.env))
        names = ("overdue", "due", "unanswered", "test_drives", "visits", "orders")
        head = Markup("").join(Markup("<th>%s</th>") % labels[name] for name in names)

        def row(label, user_ids):
            cells = Markup("").join(
                Markup("<td>%s</td>") % sum(counts.get((name, user_id), 0) for user_id in user_ids)
                for name in names
            )
            return Markup("<tr><td>%s</td>%s</tr>") % (label, cells)

        # Colleagues' names are no secret.
        rows = Markup("").join(row(member.name, [member.id]) for member in team.sudo())
        total = row(self.env._("Team"), team.ids)
        return Markup('<p>%s</p><table class="table table-sm"><tr><th></th>%s</tr>%s%s</table>') % (
            self.env._("The team:"),
            head,
            rows,
            total,
        )
