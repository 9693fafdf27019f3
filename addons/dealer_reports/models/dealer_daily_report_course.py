from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

#: Who reads a manager's report.
SUPERIORS = "dealer_base.group_sales_director"


class DealerDailyReport(models.Model):
    """The course of a daily report: confirmed by the person, acknowledged by the manager."""

    _name = "dealer.daily.report"
    _inherit = "dealer.daily.report"

    def action_confirm(self):
        """Confirm the own reports: they go to the manager and are not changed any more."""
        self.check_access("write")
        self._check_writable()
        # The right was checked; the course is written by the system alone.
        self.sudo().write({"state": "confirmed", "confirmed_at": fields.Datetime.now()})
        for report in self:
            report._hand_over()
        return True

    def action_take_back(self):
        """Take the own reports back to correct them, until the manager has acknowledged them."""
        self.check_access("write")
        if self.filtered(lambda report: report.user_id != self.env.user):
            raise AccessError(self.env._("Only the person writes the own report."))
        if self.filtered(lambda report: report.state != "confirmed"):
            raise UserError(
                self.env._("Only a report that waits for its manager can be taken back.")
            )
        # As in action_confirm.
        system = self.sudo()
        system.write({"state": "draft", "confirmed_at": False})
        system._tasks().unlink()
        return True

    def action_acknowledge(self):
        """Say that I have read these reports; the person is told, with what I wrote."""
        self.check_access("write")
        if not all(report.may_answer for report in self):
            raise AccessError(self.env._("A report is acknowledged by the manager."))
        if self.filtered(lambda report: report.state != "confirmed"):
            raise UserError(self.env._("Only a confirmed report can be acknowledged."))
        # As in action_confirm.
        self.sudo().write(
            {
                "state": "acknowledged",
                "acknowledged_at": fields.Datetime.now(),
                "acknowledged_by_id": self.env.uid,
            }
        )
        for report in self:
            # What one manager has read is no task of another one any more.
            report.sudo()._tasks().unlink()
            report._tell(
                report.user_id,
                lambda env, report=report: env._(
                    "%(manager)s has read your daily report of %(day)s",
                    manager=env.user.name,
                    day=format_date(env, report.day),
                ),
                report.manager_comment,
            )
        return True

    def _superiors(self):
        """Return who reads the report (res.users): the managers of the team, else of the store."""
        self.ensure_one()
        if self.scope == "own":
            return self.user_id._clock_managers(self.unit_id)
        directors = self.unit_id._clock_staff(SUPERIORS) - self.user_id
        general = self.unit_id._clock_staff("dealer_base.group_general_manager") - self.user_id
        return directors or general

    def _tasks(self):
        """Return the open tasks to read these reports."""
        kind = self.env.ref("dealer_reports.mail_activity_type_daily_report")
        return self.activity_ids.filtered(lambda task: task.activity_type_id == kind)

    def _hand_over(self):
        """Make reading the report a task of each manager."""
        self.ensure_one()
        # The tasks are those of others; nobody is mailed for a task, it stands in the list.
        report = self.sudo().with_context(
            mail_activity_quick_update=True, mail_post_autofollow=False
        )
        today = self._local_day(fields.Datetime.now())
        for user in self._superiors():
            report.activity_schedule(
                "dealer_reports.mail_activity_type_daily_report",
                date_deadline=max(self.next_day or today, today),
                summary=self.display_name,
                user_id=user.id,
            )

    def _tell_made(self):
        """Tell each person that the report waits for a word."""
        for report in self:
            report._tell(
                report.user_id,
                lambda env, report=report: env._(
                    "Your daily report of %(day)s is ready: look it over and confirm it today",
                    day=format_date(env, report.day),
                ),
            )

    def _tell(self, user, title, words=None):
        """Tell a person: a message in the inbox stays, a note on the screen is seen at once.

        :param title: function of an environment that returns the words in the person's language
        """
        self.ensure_one()
        env = self.with_context(lang=user.lang).env
        heading = title(env)
        # Mail goes out by the queue: no server in a shop may hold up who confirms.
        user.partner_id.with_env(env).with_context(mail_notify_force_send=False).message_notify(
            partner_ids=user.partner_id.ids,
            subject=heading,
            body=Markup('<p>%s</p><p>%s</p><p><a href="/odoo/dealer-daily-reports/%s">%s</a></p>')
            % (heading, words or "", self.id, env._("Open the report")),
        )
        user._bus_send(
            "simple_notification", {"type": "info", "title": heading, "message": words or ""}
        )
