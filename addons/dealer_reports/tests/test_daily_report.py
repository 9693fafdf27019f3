import math
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from ..models.dealer_daily_figures import FIGURES
from .common import ReportCase, at

#: A Tuesday.
DAY = date(2026, 3, 31)
QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")


class DailyCase(ReportCase):
    """Store A is open 9:00 to 18:00, closed on Sundays; store B and C do not take part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reports = cls.env["dealer.daily.report"]
        cls.store_a.calendar_id.attendance_ids = [Command.clear()] + [
            Command.create({"name": "Open", "dayofweek": str(day), "hour_from": 9, "hour_to": 18})
            for day in range(6)
        ]
        others = cls.env["dealer.unit"].search([("kind", "=", "store")]) - cls.store_a
        others.write({"active": False})
        cls.consultants = cls.sales_consultant | cls.teammate | cls.stranger

    def run_cron(self, moment, method="_cron_make", model="dealer.daily.report"):
        """Run the cron at a moment of the store's wall; return the reports of store A."""
        progress = patch.object(
            type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_values: math.inf
        )
        with freeze_time(at(moment)), progress:
            getattr(self.env[model], method)()
        return self.reports.search([("unit_id", "=", self.store_a.id)])

    def make(self, day=DAY):
        with freeze_time(at(f"{day} 18:05")):
            return self.reports._make(self.store_a, day)

    def own(self, user=None, day=DAY):
        user = user or self.sales_consultant
        report = self.reports.search(
            [("user_id", "=", user.id), ("scope", "=", "own"), ("day", "=", day)]
        )
        return report or self.make(day).filtered(
            lambda report: report.user_id == user and report.scope == "own"
        )

    def values(self, report):
        return {line.figure: line.counted for line in report.line_ids if line.counted}


class TestDailyMaking(DailyCase):
    """When reports are made, of whom, and how often."""

    def test_at_closing_time_once(self):
        self.assertFalse(self.run_cron("2026-03-31 17:59"), "before the store closes")
        made = self.run_cron("2026-03-31 18:01")
        own = made.filtered(lambda report: report.scope == "own")
        self.assertEqual(own.user_id, self.consultants)
        self.assertEqual(set(own.mapped("day")), {DAY})
        team = made - own
        self.assertEqual(
            {(report.user_id, report.team_id) for report in team},
            {(self.sales_manager, self.team_one), (self.sales_director, self.team_two)},
        )
        self.assertEqual(self.run_cron("2026-03-31 18:06"), made)
        self.assertEqual(self.run_cron("2026-03-31 23:59"), made)
        with freeze_time(at("2026-03-31 18:10")):
            self.assertFalse(self.reports._make(self.store_a, DAY), "nor when it is asked again")

    def test_closed_days_and_holidays(self):
        before = self.make(date(2026, 4, 4))  # the Saturday
        self.assertEqual(self.run_cron("2026-04-05 20:00"), before, "Sunday")
        with freeze_time(at("2026-04-05 20:00")):
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "清明",
                    "calendar_id": self.store_a.calendar_id.id,
                    "company_id": self.store_a.company_id.id,
                    "date_from": at("2026-04-06 00:00"),
                    "date_to": at("2026-04-07 00:00"),
                }
            )
        self.assertEqual(self.run_cron("2026-04-06 18:30"), before, "holiday")
        made = self.run_cron("2026-04-07 18:30") - before
        self.assertEqual(set(made.mapped("day")), {date(2026, 4, 7)})

    def test_made_up_after_an_outage(self):
        before = self.make(date(2026, 4, 3))
        made = self.run_cron("2026-04-06 08:00") - before  # Monday morning, of Saturday
        self.assertEqual(set(made.mapped("day")), {date(2026, 4, 4)})
        self.assertEqual(set(made.mapped("next_day")), {date(2026, 4, 6)})

    def test_nothing_of_days_before_the_beginning(self):
        self.assertFalse(self.run_cron("2026-04-06 08:00"))

    def test_zone_of_the_store(self):
        """A store in Urumqi closes when its own wall says so."""
        self.store_a.calendar_id.tz = "Asia/Urumqi"
        self.assertFalse(self.run_cron("2026-03-31 18:30"))
        self.assertTrue(self.run_cron("2026-03-31 20:01"))

    def leave(self, user, start, end=None, kind="leave"):
        self.env["dealer.duty"].create(
            {
                "user_id": user.id,
                "unit_id": self.store_a.id,
                "kind": kind,
                "start": at(start),
                "end": end and at(end),
            }
        )

    def test_who_was_away(self):
        self.leave(self.teammate, "2026-03-31 00:00", "2026-04-01 00:00")
        self.leave(self.stranger, "2026-03-31 09:00", "2026-03-31 12:00")  # half a day
        self.leave(self.sales_manager, "2026-03-30 09:00")  # until further notice
        made = self.make()
        self.assertEqual(
            made.filtered(lambda report: report.scope == "own").user_id,
            self.sales_consultant | self.stranger,
        )
        self.assertNotIn(self.sales_manager, made.user_id)

    def test_own_working_time(self):
        """Whoever does not work on Tuesdays has no report of one, but of an extra shift."""
        calendar = self.env["resource.calendar"].create(
            {
                "name": "Mondays",
                "tz": "Asia/Shanghai",
                "company_id": self.store_a.company_id.id,
                "attendance_ids": [
                    Command.clear(),
                    Command.create({"name": "Mo", "dayofweek": "0", "hour_from": 9, "hour_to": 18}),
                ],
            }
        )
        self.env["resource.resource"].create(
            [
                {
                    "name": user.name,
                    "user_id": user.id,
                    "company_id": self.store_a.company_id.id,
                    "calendar_id": calendar.id,
                }
                for user in self.teammate | self.stranger
            ]
        )
        self.leave(self.stranger, "2026-03-31 14:00", "2026-03-31 18:00", kind="shift")
        made = self.make().filtered(lambda report: report.scope == "own")
        self.assertEqual(made.user_id, self.sales_consultant | self.stranger)

    def test_told_once(self):
        self.make()
        told = self.env["mail.message"].search(
            [
                ("partner_ids", "in", self.sales_consultant.partner_id.ids),
                ("subject", "ilike", "daily report"),
            ]
        )
        self.assertEqual(len(told), 1)


class TestDailyFigures(DailyCase):
    """What a day counts, worked out by hand."""

    def test_a_day(self):
        """Consultant one: a first visit, an invited one, a lead that is answered, an order …"""
        first = self.guest("2026-03-31 10:00", phone=self.next_phone())
        self.guest("2026-03-31 11:00", relation_id=first.relation_id.id, invited=True)
        self.guest("2026-03-31 12:00", purpose="delivery", close="done")  # no sales visit
        self.guest("2026-04-01 00:10", phone=self.next_phone())  # of the next day
        self.guest("2026-03-31 13:00", consultant=self.teammate)
        lead = self.prospect("Day", received="2026-03-31 09:30", grade=None)
        with freeze_time(at("2026-03-31 15:00")):
            lead._dealer_set_grade("B", "聊过")
            lead._dealer_set_grade("A", "很想买")
        self.sell(self.buyer.relation, "2026-03-31")
        self.sell(self.mate.relation, "2026-03-31")
        gone = self.prospect("Gone", received="2026-03-01 09:00")
        self.give_up(gone, "2026-03-31 10:00", "2026-03-31 16:00")
        self.contact(lead, "call", "2026-03-31 16:00")
        self.contact(lead, "wechat", "2026-03-31 16:10", planned_date=DAY)
        self.contact(lead, "enquiry", "2026-03-31 16:20")
        self.contact(lead, "call", "2026-03-30 23:59")
        report = self.own()
        found = self.values(report)
        # Guests who are received leave a contact of the kind visit; those are talks in person.
        talks = found.pop("contacts_other", 0)
        self.assertEqual(
            talks,
            self.env["dealer.interaction"].search_count(
                [
                    ("user_id", "=", self.sales_consultant.id),
                    ("kind", "in", ("visit", "meeting", "other")),
                    ("start", ">=", at("2026-03-31 00:00")),
                    ("start", "<", at("2026-04-01 00:00")),
                ]
            ),
        )
        expected = {
            "visits": 2,
            "visits_first": 1,
            "visits_invited": 1,
            "cards": 1,
            "leads": 1,
            "contacts_call": 1,
            "contacts_message": 1,
            "contacts_planned": 1,
            "grades": 2,
            "orders": 1,
            "defeats": 1,
        }
        self.assertEqual({name: found.get(name) for name in expected}, expected)
        self.assertFalse(report.line_ids.filtered("is_corrected"))

    def contact(self, lead, kind, moment, **values):
        return self.env["dealer.interaction"].create(
            {
                "partner_id": lead.partner_id.id,
                "unit_id": self.store_a.id,
                "user_id": self.sales_consultant.id,
                "kind": kind,
                "start": at(moment),
                **values,
            }
        )

    def task(self, deadline, user=None):
        return self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.buyer.partner.id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "date_deadline": deadline,
                "user_id": (user or self.sales_consultant).id,
            }
        )

    def test_tasks(self):
        self.task("2026-03-20")
        self.task("2026-03-31")
        self.task("2026-04-01")
        self.task("2026-04-02")
        done, late = self.task("2026-03-30"), self.task("2026-03-31")
        (done | late).action_done()
        self.env.flush_all()
        for task, moment in ((done, "2026-03-31 00:30"), (late, "2026-04-01 00:30")):
            # A test has one moment for all it writes.
            self.env.cr.execute(
                "UPDATE mail_activity SET write_date = %s WHERE id = %s", [at(moment), task.id]
            )
        self.env.invalidate_all()
        found = self.values(self.own())
        self.assertEqual(
            [found.get(name, 0) for name in ("tasks_done", "tasks_open", "tasks_next")], [1, 2, 1]
        )

    def test_tasks_after_a_closed_day(self):
        """On Saturday the next day is Monday."""
        for day in ("2026-04-05", "2026-04-06", "2026-04-07"):
            self.task(day)
        report = self.own(day=date(2026, 4, 4))
        self.assertEqual(self.values(report).get("tasks_next"), 2)
        self.assertEqual(len(report.task_ids), 2)

    def test_answered_in_time(self):
        lead = self.prospect("Fast", received="2026-03-31 09:30", grade=None)
        slow = self.prospect("Slow", received="2026-03-31 09:30", grade=None)
        with freeze_time(at("2026-03-31 09:40")):
            lead._dealer_talked(at("2026-03-31 09:40"))
        with freeze_time(at("2026-03-31 16:00")):
            slow._dealer_talked(at("2026-03-31 16:00"))
        found = self.values(self.own())
        self.assertEqual((found["leads"], found["leads_in_time"]), (2, 1))

    def test_team_is_the_sum_of_its_people(self):
        self.guest("2026-03-31 10:00")
        self.guest("2026-03-31 11:00", consultant=self.teammate)
        self.guest("2026-03-31 12:00", consultant=self.stranger)
        made = self.make()
        team = made.filtered(lambda report: report.user_id == self.sales_manager)
        for name in FIGURES:
            members = made.filtered(
                lambda report: report.user_id in self.team_one.member_ids and report.scope == "own"
            )
            self.assertEqual(
                team.line_ids.filtered(lambda line, name=name: line.figure == name).counted,
                sum(
                    members.line_ids.filtered(lambda line, name=name: line.figure == name).mapped(
                        "counted"
                    )
                ),
                name,
            )
        self.assertEqual(self.values(team)["visits"], 2)

    def test_a_number_opens_its_records(self):
        self.guest("2026-03-31 10:00", phone=self.next_phone())
        self.sell(self.buyer.relation, "2026-03-31")
        self.task("2026-03-31")
        self.prospect("Open", received="2026-03-31 09:30")
        report = self.own().with_user(self.sales_consultant)
        for line in report.line_ids:
            action = line.action_open_records()
            rows = self.env[action["res_model"]].with_user(self.sales_consultant)
            count = rows.with_context(**action["context"]).search_count(action["domain"])
            self.assertEqual(count, line.counted, line.figure)

    def test_every_figure_has_a_label(self):
        labels = dict(self.env["dealer.daily.report.line"]._fields["figure"].selection)
        self.assertEqual(tuple(labels), FIGURES)
        figures = self.env["dealer.daily.figures"]._daily_figures(self.store_a, DAY)
        self.assertEqual(set(figures), set(FIGURES))

    def test_counting_does_not_grow_with_people(self):
        figures = self.env["dealer.daily.figures"]
        few, many = self.sales_consultant, self.consultants
        figures._daily_counts(self.store_a, DAY, few)
        queries = []
        for people in (few, many):
            before = self.env.cr.sql_log_count
            figures._daily_counts(self.store_a, DAY, people)
            queries.append(self.env.cr.sql_log_count - before)
        self.assertEqual(queries[0], queries[1])


class TestDailyCourse(DailyCase):
    """Correct, confirm, take back, comment, acknowledge."""

    def setUp(self):
        super().setUp()
        self.report = self.own()
        self.mine = self.report.with_user(self.sales_consultant)
        self.boss = self.report.with_user(self.sales_manager)

    def line(self, name="contacts_call"):
        return self.mine.line_ids.filtered(lambda line: line.figure == name)

    def test_correction_keeps_what_was_counted(self):
        with Form(self.mine) as form:
            with form.line_ids.edit(5) as line:
                line.value = 7
                line.remark = "三个电话用的自己的手机"
            form.problems = "库存不够"
        changed = self.mine.line_ids.filtered("is_corrected")
        self.assertRecordValues(
            changed, [{"counted": 0, "value": 7, "remark": "三个电话用的自己的手机"}]
        )
        self.assertEqual(self.report.corrected, 1)

    def test_recount_keeps_corrections(self):
        self.line().value = 7
        self.guest("2026-03-31 10:00")
        call = {"partner_id": self.buyer.partner.id, "unit_id": self.store_a.id, "kind": "call"}
        self.env["dealer.interaction"].create(
            {**call, "user_id": self.sales_consultant.id, "start": at("2026-03-31 10:00")}
        )
        self.mine.action_recount()
        visits = self.line("visits")
        self.assertEqual((visits.counted, visits.value, visits.is_corrected), (1, 1, False))
        self.assertEqual((self.line().counted, self.line().value), (1, 7))

    @mute_logger(*QUIET)
    def test_counted_numbers_are_the_systems(self):
        line = self.line()
        for values in ({"counted": 5}, {"figure": "orders"}, {"report_id": self.report.id}):
            with self.subTest(values):
                error = self.attempt(lambda values=values: line.write(values))
                self.assertIsInstance(error, AccessError)
        for values in ({"state": "acknowledged"}, {"confirmed_at": "2026-03-31"}, {"in_time": 1}):
            with self.subTest(values):
                error = self.attempt(lambda values=values: self.mine.write(values))
                self.assertIsInstance(error, AccessError)

    def test_course(self):
        with freeze_time(at("2026-03-31 18:30")):
            self.mine.action_confirm()
        self.assertEqual(self.report.state, "confirmed")
        self.assertEqual((self.report.in_time, self.report.is_late), (1, False))
        tasks = self.report.activity_ids
        self.assertEqual(tasks.user_id, self.sales_manager)
        self.assertEqual(tasks.date_deadline, date(2026, 4, 1))
        for action in (
            lambda: self.line().write({"value": 3}),
            lambda: self.mine.write({"problems": "x"}),
            self.mine.action_confirm,
            self.mine.action_recount,
        ):
            self.assertIsInstance(self.attempt(action), UserError)
        self.boss.manager_comment = "周末一起谈"
        with freeze_time(at("2026-04-01 09:00")):
            self.boss.action_acknowledge()
        self.assertRecordValues(
            self.report,
            [{"state": "acknowledged", "acknowledged_by_id": self.sales_manager.id}],
        )
        self.assertFalse(self.report.activity_ids)
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.sales_consultant.partner_id.ids)], order="id desc", limit=1
        )
        self.assertIn("周末一起谈", told.body)
        self.assertIsInstance(self.attempt(self.mine.action_take_back), UserError)

    def test_take_back(self):
        self.mine.action_confirm()
        self.mine.action_take_back()
        self.assertEqual(self.report.state, "draft")
        self.assertFalse(self.report.activity_ids, "nobody is to read it any more")
        self.line().value = 3
        self.mine.action_confirm()
        self.assertEqual(self.report.state, "confirmed")

    def test_late(self):
        """Ten past midnight by the store's clock is late, whatever day the world has."""
        with freeze_time(at("2026-04-01 00:10")):
            self.mine.action_confirm()
        self.assertEqual((self.report.in_time, self.report.is_late), (0, True))
        mate = self.own(self.teammate).with_user(self.teammate)
        with freeze_time(at("2026-03-31 23:50")):
            mate.action_confirm()
        self.assertEqual((mate.in_time, mate.is_late), (1, False))

    def test_timeliness(self):
        """One in time, one late, one not at all: a third."""
        with freeze_time(at("2026-03-31 18:30")):
            self.mine.action_confirm()
        with freeze_time(at("2026-04-01 08:00")):
            self.own(self.teammate).with_user(self.teammate).action_confirm()
        [(rate, in_time, count)] = self.reports._read_group(
            [("scope", "=", "own"), ("unit_id", "=", self.store_a.id)],
            [],
            ["rate_in_time:avg", "in_time:sum", "__count"],
        )
        self.assertEqual((round(rate, 4), in_time, count), (0.3333, 1, 3))

    @mute_logger(*QUIET)
    def test_who_answers(self):
        self.mine.action_confirm()
        self.assertIsInstance(self.attempt(self.mine.action_acknowledge), AccessError)
        self.assertIsInstance(
            self.attempt(lambda: self.mine.write({"manager_comment": "好"})), AccessError
        )
        for user in (self.teammate, self.consultant_b, self.dcc_lead):
            foreign = self.report.with_user(user)
            self.assertIsInstance(self.attempt(foreign.action_acknowledge), AccessError)
        for user in (self.sales_director, self.general_manager, self.group_executive):
            foreign = self.report.with_user(user)
            self.assertIsNone(self.attempt(foreign.action_acknowledge), user.login)
            self.assertIsInstance(
                self.attempt(lambda foreign=foreign: foreign.write({"problems": "x"})), AccessError
            )

    def test_no_answer_to_a_draft(self):
        self.assertIsInstance(self.attempt(self.boss.action_acknowledge), UserError)
        self.assertIsInstance(
            self.attempt(lambda: self.boss.write({"manager_comment": "好"})), UserError
        )

    def test_report_of_a_manager(self):
        """It goes to the director; the director's own one to the general manager."""
        made = self.reports.search([("unit_id", "=", self.store_a.id), ("scope", "=", "team")])
        by_user = made.grouped("user_id")
        for user, reader in (
            (self.sales_manager, self.sales_director),
            (self.sales_director, self.general_manager),
        ):
            report = by_user[user].with_user(user)
            report.action_confirm()
            self.assertEqual(report.sudo().activity_ids.user_id, reader)
        boss = by_user[self.sales_manager].with_user(self.sales_manager)
        self.assertEqual(boss.member_report_ids.user_id, self.sales_consultant | self.teammate)

    def test_tasks_as_who_looks(self):
        """A plan names customers: it shows what its reader may see, and so does the print."""
        self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.buyer.partner.id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "date_deadline": DAY + timedelta(days=1),
                "user_id": self.sales_consultant.id,
            }
        )
        self.env.invalidate_all()
        self.assertEqual(len(self.mine.task_ids), 1)
        self.assertEqual(len(self.boss.task_ids), 1)
        html = (
            self.env["ir.actions.report"]
            .with_user(self.sales_manager)
            ._render_qweb_html("dealer_reports.report_daily_report", self.report.ids)[0]
            .decode()
        )
        self.assertIn(self.sales_consultant.name, html)
        self.assertIn(self.buyer.name_canary, html)

    def test_own_button(self):
        self.assertEqual(
            self.sales_consultant.with_user(self.sales_consultant).dealer_daily_count, 1
        )
        action = self.mine.env.user.action_dealer_daily_reports()
        self.assertEqual(self.mine.search(action["domain"]), self.mine)
