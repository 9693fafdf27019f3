from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.dealer_clock.tests.common import at

from .common import ComplaintCase

DONE = ("return", "check", "satisfied", "sign")


class TestComplaintDoors(ComplaintCase):
    """Every way by which a client could move a complaint without its flow, and what people do."""

    def finish(self, case, moment=None, until="sign"):
        self.to_handling(case, moment=moment)
        self.name_cause(case)
        people = (
            self.service_advisor,
            self.care_manager,
            self.care_agent,
            self.general_manager,
        )
        for name, user in zip(DONE, people, strict=True):
            self.step(case, name, user, moment or at(10))
            if name == until:
                return

    def file(self, case):
        self.finish(case)
        with freeze_time(at(11)):
            case.with_user(self.care_agent).action_file()

    def chain(self, case):
        return self.env["dealer.case.event"]._first_break(case)[1]

    # ------------------------------------------------------------ doors of helpdesk_mgmt

    def test_stage_of_the_helpdesk(self):
        """A stage is a mirror: neither a list, a kanban column nor a program moves a complaint."""
        case = self.register()
        for stage in self.env["helpdesk.ticket.stage"].search([]):
            for user in (self.care_manager, self.general_manager):
                with self.assertRaises(UserError, msg=stage.name):
                    case.with_user(user).write({"stage_id": stage.id})
        self.assertEqual(case.stage_id.case_state, "registered")
        with self.assertRaises(UserError):
            case.with_user(self.care_agent).web_save({"case_state": "signed"}, {"case_state": {}})

    def test_mass_edit(self):
        """Many at once: what is open is written and sealed one by one, one closed file stops all."""
        cases = self.register() | self.register()
        cases.with_user(self.care_manager).write({"is_media": True})
        for case in cases:
            self.assertNotEqual(case.severity, "normal")
            self.assertIn("Media Risk: No → Yes", case.event_ids.sorted("number")[-1].words)
            self.assertIsNone(self.chain(case))
        self.file(cases[0])
        with self.assertRaises(UserError):
            cases.with_user(self.care_manager).write({"is_media": False})
        self.assertTrue(cases[1].is_media)

    def test_import(self):
        """A file may bring new complaints, never their steps."""
        tickets = (
            self.tickets.with_user(self.care_agent)
            .with_company(self.store_a.company_id)
            .with_context(tracking_disable=True)
        )
        rows = [["Imported", "It rattles", "handling"]]
        result = tickets.load(["name", "facts", "case_state"], rows)
        self.assertFalse(result["ids"])
        self.assertIn("steps", result["messages"][0]["message"])
        result = tickets.load(["name", "facts"], [row[:2] for row in rows])
        case = self.tickets.browse(result["ids"])
        self.assertEqual((case.case_state, case.is_case), ("registered", True))
        self.assertTrue(case.clock_due_at)
        result = tickets.load([".id", "stage_id"], [[str(case.id), "Filed"]])
        self.assertFalse(result["ids"])
        self.assertEqual(case.case_state, "registered")

    def test_received_is_never_later_than_now(self):
        with self.assertRaises(UserError):
            self.register(received_at=at(9, day=3))
        self.assertEqual(self.register(received_at=at(8)).received_at, at(8))

    def test_mail_and_forged_defaults(self):
        message = {"subject": "Noise", "body": "<p>It is back</p>", "from": "a@b.example"}
        tickets = self.tickets.with_company(self.store_a.company_id)
        company = {"company_id": self.store_a.company_id.id}
        case = tickets.message_new(message, custom_values=company)
        self.assertEqual((case.case_state, case.name), ("received", "Noise"))
        with self.assertRaises(UserError):
            tickets.message_new(message, custom_values={**company, "case_state": "filed"})
        with self.assertRaises(UserError):
            tickets.with_context(default_handler_id=self.technician.id).create(self.prepare_case())
        stage = self.env.ref("dealer_complaint.stage_filed")
        case = tickets.with_context(default_stage_id=stage.id).create(self.prepare_case())
        self.assertEqual(case.stage_id.case_state, "received")

    def test_plain_tickets_keep_their_columns(self):
        """Where there is no store, helpdesk_mgmt works as it does without us."""
        company = self.env["res.company"].create({"name": "No dealer"})
        stage = self.env["helpdesk.ticket.stage"].create({"name": "Own", "sequence": 99})
        ticket = (
            self.tickets.with_company(company)
            .with_context(default_stage_id=stage.id)
            .create({"name": "x", "description": "x", "company_id": company.id})
        )
        self.assertEqual((ticket.is_case, ticket.stage_id), (False, stage))
        ticket.active = False
        ticket.unlink()

    def test_duplicates_by_copy(self):
        """A copy is a new complaint with a file and a clock of its own."""
        case = self.register()
        self.file(case)
        before = self.tickets.search([("id", ">", 0)], order="id desc", limit=1)
        with freeze_time(at(12)):
            self.tickets.with_user(self.care_agent).with_context(
                active_ids=case.ids
            ).action_duplicate_tickets()
        copied = self.tickets.search([("id", ">", before.id)])
        self.assertEqual(len(copied), 1)
        self.assertEqual((copied.case_state, copied.level), ("registered", 0))
        self.assertFalse(copied.handler_id)
        self.assertEqual(copied.event_ids.kind, "created")
        self.assertEqual(copied.clock_due_at, at(12, day=1))
        with mute_logger("odoo.addons.base.models.ir_access"), self.assertRaises(AccessError):
            self.tickets.with_user(self.technician).with_context(
                active_ids=case.ids
            ).action_duplicate_tickets()

    def test_mark_as_duplicate(self):
        """The second sheet about the same is closed by its flow, signed; no stage does it."""
        case, again = self.register(), self.register()
        helpdesk = self.env.ref("helpdesk_mgmt.group_helpdesk_user")
        for user in (self.care_agent, self.technician):
            user.group_ids |= helpdesk
        filed = self.env.ref("dealer_complaint.stage_filed")

        def mark(ticket, other, user):
            self.env["helpdesk.ticket.duplicate.wizard"].with_user(user).create(
                {
                    "ticket_id": ticket.id,
                    "duplicate_of_id": other.id,
                    "target_stage_id": filed.id,
                }
            ).action_confirm()

        elsewhere = self.tickets.with_company(self.store_b.company_id).create(
            {"name": "x", "company_id": self.store_b.company_id.id}
        )
        with self.assertRaises(UserError):
            mark(again, elsewhere.with_user(self.care_agent), self.care_agent)
        error = self.attempt(lambda: mark(again, case, self.technician))
        self.assertIsInstance(error, AccessError)
        mark(again, case, self.care_agent)
        self.assertEqual((again.case_state, again.duplicate_id), ("withdrawn", case))
        self.assertIn(case.number, again.step_ids[-1].opinion)
        self.assertFalse(again._clock_open())
        self.assertIsNone(self.chain(again))
        with self.assertRaises(UserError):
            mark(again, case, self.care_agent)

    def test_assign_to_me(self):
        """The helpdesk's own assignment gives no step away."""
        case = self.register()
        case.with_user(self.care_agent).assign_to_me()
        self.assertEqual(case.user_id, self.care_agent)
        self.assertIn("Assigned user: ", case.event_ids.sorted("number")[-1].words)
        with self.assertRaises(UserError):
            self.step(case, "return", self.care_agent)

    def test_archive(self):
        case = self.register()
        for values in ({"active": False}, {"active": None}):
            with self.assertRaises(UserError):
                case.with_user(self.care_manager).write(values)
        with self.assertRaises(UserError):
            case.with_user(self.care_manager).action_archive()

    def test_form_of_the_care_agent(self):
        """What a person fills in on the screen comes out as a registered complaint."""
        view = "dealer_complaint.helpdesk_ticket_view_form_case"
        tickets = self.tickets.with_user(self.care_agent).with_company(self.store_a.company_id)
        with Form(tickets, view) as form:
            form.name = "Noise"
            form.kind_id = self.kind
            form.facts = "It rattles"
        self.assertEqual(form.record.case_state, "registered")

    # ------------------------------------------------------------ closed files

    def test_nothing_is_added_to_a_closed_file(self):
        case = self.register()
        self.file(case)
        makers = {
            "dealer.case.task": {"name": "late", "user_id": self.technician.id},
            "dealer.case.compensation": {"amount": 5, "reason": "late"},
        }
        for model, values in makers.items():
            with self.assertRaises(UserError, msg=model):
                self.env[model].with_user(self.care_manager).create(
                    {"ticket_id": case.id, **values}
                )
        # Whether a measure works is found out weeks after.
        measure = self.env["dealer.case.measure"].create(
            {
                "ticket_id": case.id,
                "name": "train",
                "user_id": self.technician.id,
                "date": "2026-03-20",
            }
        )
        measure.with_user(self.technician).action_done()
        with self.assertRaises(AccessError):
            measure.with_user(self.technician).effect = "works"
        measure.with_user(self.care_manager).effect = "works"
        self.assertEqual(measure.state, "checked")

    def test_withdrawal_stops_everything(self):
        case = self.register()
        self.to_handling(case)
        task = self.env["dealer.case.task"].create(
            {"ticket_id": case.id, "name": "look", "user_id": self.technician.id}
        )
        self.assertTrue(task._clock_open())
        self.step(case, "withdraw", self.care_agent, at(11), "The customer called again")
        self.assertEqual((case.case_state, task.state), ("withdrawn", "dropped"))
        self.assertFalse(case._clock_open() | task._clock_open())
        self.assertTrue(case.closed)
        self.tick(at(23, day=3))
        self.assertFalse(case.is_supervised)
        with self.assertRaises(UserError):
            self.step(case, "withdraw", self.care_agent, at(12))
        with self.assertRaises(UserError):
            self.step(case, "reopen", self.care_agent, at(12, day=31))
        self.step(case, "reopen", self.care_agent, at(12, day=2))
        self.assertEqual((case.case_state, case.closed_date), ("handling", False))
        self.assertEqual(case.clock_due_at, at(12, day=3))

    def test_withdrawn_before_anybody_handled_it(self):
        """It begins with the opinions when the customer comes back: nobody handles it yet."""
        case = self.register()
        self.step(case, "withdraw", self.care_agent)
        self.step(case, "reopen", self.care_agent, at(10))
        self.assertEqual(case.case_state, "registered")
        self.step(case, "care_opinion", self.care_manager, at(11))

    # ------------------------------------------------------------ handlers who go

    def test_handler_is_archived(self):
        """Whoever has gone is replaced, signed; the 24 hours run on and the new one is told."""
        case = self.register()
        self.to_handling(case)
        self.service_advisor.active = False
        with self.assertRaises(AccessError):
            self.step(case, "redispatch", self.care_agent, handler_id=self.technician.id)
        with self.assertRaises(UserError):
            self.step(case, "redispatch", self.care_manager, handler_id=self.service_advisor.id)
        with self.assertRaises(UserError):
            self.step(case, "redispatch", self.care_manager, handler_id=self.reception.id)
        with self.assertRaises(UserError):
            self.step(case, "redispatch", self.care_manager, handler_id=self.consultant_b.id)
        self.step(case, "redispatch", self.care_manager, at(12), handler_id=self.technician.id)
        self.assertEqual((case.case_state, case.handler_id), ("dispatched", self.technician))
        self.assertEqual(case.clock_due_at, at(9, day=1))
        self.assertEqual(case._clock_open("case_return").user_id, self.technician)
        self.assertIn(self.technician.name, case.step_ids.sorted("number")[-1].words)
        with freeze_time(at(13)):
            case.with_user(self.technician).action_start()
        self.step(case, "return", self.technician, at(14))
        self.assertEqual(case.case_state, "returned")

    def test_deputy_of_an_absent_handler(self):
        case = self.register()
        self.to_handling(case)
        with self.assertRaises(AccessError):
            self.step(case, "return", self.service_manager, at(10))
        self.leave(self.service_advisor)
        self.step(case, "return", self.service_manager, at(10))
        self.assertTrue(case.step_ids.sorted("number")[-1].deputy)

    def leave(self, users):
        self.env["dealer.duty"].create(
            [
                {"user_id": user.id, "unit_id": self.store_a.id, "kind": "leave", "start": at(0)}
                for user in users
            ]
        )

    def test_deputies(self):
        """Each post has its deputy, who signs as deputy, and only while nobody is there."""
        staff = self.store_a._clock_staff("dealer_base.group_general_manager")
        case = self.register()
        self.step(case, "care_opinion", self.care_manager)
        with self.assertRaises(AccessError):
            self.step(case, "gm_opinion", self.service_manager)
        self.leave(staff)
        with self.assertRaises(AccessError):
            self.step(case, "gm_opinion", self.care_manager)
        self.step(case, "gm_opinion", self.service_manager)
        self.assertTrue(case.step_ids.sorted("number")[-1].deputy)

    def test_only_what_i_may_do_is_shown(self):
        case = self.register()

        def shown(user, moment=None):
            with freeze_time(moment or at(10)):
                mine = case.with_user(user)
                mine.invalidate_recordset(["next_steps"])
                return set(filter(None, (mine.next_steps or "").split(",")))

        self.assertEqual(shown(self.care_agent), {"withdraw"})
        self.assertEqual(shown(self.care_manager), {"care_opinion", "withdraw"})
        self.assertEqual(shown(self.service_manager), {"dispatch"})
        self.assertEqual(shown(self.general_manager), set())
        self.to_handling(case)
        self.assertEqual(shown(self.service_advisor), {"return"})
        self.assertEqual(shown(self.service_manager), {"redispatch"})
        self.assertEqual(shown(self.general_manager), {"redispatch"})
        self.name_cause(case)
        for name, user in (
            ("return", self.service_advisor),
            ("check", self.care_manager),
            ("satisfied", self.care_agent),
        ):
            self.assertIn(name, shown(user))
            self.step(case, name, user, at(10))
        self.assertEqual(shown(self.general_manager), {"sign"})
        self.assertEqual(shown(self.service_manager), set())
        self.leave(self.store_a._clock_staff("dealer_base.group_general_manager"))
        self.assertEqual(shown(self.service_manager), {"sign"})

    # ------------------------------------------------------------ time

    def test_midnight_in_another_time_zone(self):
        """24 hours are 24 hours; the same day is that of the store's wall."""
        self.store_a.calendar_id.tz = "Asia/Urumqi"  # two hours behind Shanghai
        case = self.register(at(23, 50))
        self.assertEqual(case.clock_due_at, at(23, 50, day=1))
        zone = self.store_a._clock_zone()
        self.assertEqual(zone.key, "Asia/Urumqi")
        self.step(case, "care_opinion", self.care_manager, at(0, 30, day=1))
        line = next(line for line in case._signatures() if line["user"])
        self.assertIn("10:30", line["at"])
        received = self.tickets.with_company(self.store_a.company_id)
        with freeze_time(at(18, 59)):  # 16:59 in Urumqi
            page = received.create({"name": "x", "company_id": self.store_a.company_id.id})
        clock = page._clock_open("case_register")
        self.assertEqual(clock.due_at, self.store_a._clock_time().add(at(18, 59), 480 * 60))
        self.assertGreater(clock.due_at, at(10, day=1))

    def test_the_second_round_tells_the_handler(self):
        case = self.register()
        self.finish(case, until="check")
        self.step(case, "unsatisfied", self.care_agent, at(10))
        self.assertEqual(case._clock_open("case_return").user_id, self.service_advisor)

    def test_overdue_tasks(self):
        """A department that is late is told to its head, not straight to the general manager."""
        case = self.register()
        self.to_handling(case)
        with freeze_time(at(10)):
            task = (
                self.env["dealer.case.task"]
                .with_user(self.care_manager)
                .create({"ticket_id": case.id, "name": "look", "user_id": self.technician.id})
            )
        self.tick(at(10))
        self.tick(at(9, day=1))  # the managers sleep at night
        events = self.env["dealer.clock.event"].search(
            [("res_model", "=", "dealer.case.task"), ("res_id", "=", task.id)], order="id"
        )
        self.assertEqual(events.mapped("action"), ["tell", "raise"])
        self.assertEqual(events[0].user_ids, self.technician)
        self.assertEqual(events[1].user_ids, self.service_manager)
        self.assertEqual(task.sudo().clock_state, "missed")
        task.with_user(self.technician).result = "worn"
        with freeze_time(at(9, 5, day=1)):
            task.with_user(self.technician).action_done()
        self.assertFalse(task._clock_open())
        with self.assertRaises(UserError):
            task.with_user(self.technician).result = "other"

    def test_task_of_another_person(self):
        case = self.register()
        task = self.env["dealer.case.task"].create(
            {"ticket_id": case.id, "name": "look", "user_id": self.technician.id}
        )
        with self.assertRaises(ValidationError):
            task.with_user(self.care_manager).user_id = self.consultant_b
        task.with_user(self.care_manager).user_id = self.service_advisor
        self.assertEqual(task._clock_open().user_id, self.service_advisor)
        self.assertIn(self.service_advisor.name, case.event_ids.sorted("number")[-1].words)

    def test_desk_is_cleared_after_the_return_too(self):
        """What lay on the desk stays there when it comes back; clearing it starts no new term."""
        case = self.register()
        self.to_handling(case, moment=at(9, 1))
        self.tick(at(9, day=1))
        self.assertTrue(case.is_supervised)
        self.step(case, "return", self.service_advisor, at(10, day=1))
        self.assertTrue(case.is_supervised)
        self.step(case, "supervise", self.general_manager, at(11, day=1), until=at(18, day=1))
        self.assertFalse(case._clock_open("case_return"))
        self.assertFalse(case.is_supervised)
        with self.assertRaises(UserError):
            self.step(case, "supervise", self.general_manager, at(12, day=1), until=at(18, day=1))

    # ------------------------------------------------------------ money

    def test_who_changes_a_proposal_proposes_it(self):
        case = self.register()
        row = (
            self.env["dealer.case.compensation"]
            .with_user(self.care_agent)
            .create({"ticket_id": case.id, "amount": 10, "reason": "wash"})
        )
        row.with_user(self.general_manager).amount = 9000
        with self.assertRaises(AccessError):
            row.with_user(self.general_manager).action_approve()
        self.assertIn("9000", case.event_ids.sorted("number")[-1].words)
        row.with_user(self.care_agent).amount = 100
        row.with_user(self.general_manager).action_approve()
        row.with_user(self.care_manager).action_paid()
        self.assertEqual((row.state, row.approver_id), ("paid", self.general_manager))
        with self.assertRaises(UserError):
            row.with_user(self.care_manager).action_paid()

    def test_severity_condition_is_checked(self):
        for domain in ("[('no_such_field', '=', 1)]", "[('name', '='", "1"):
            with self.assertRaises(ValidationError, msg=domain):
                self.env["dealer.case.severity.rule"].create({"name": "x", "domain": domain})

    def test_severity_follows_a_changed_rule(self):
        """What is kept of the rules is made anew when one changes."""
        self.assertEqual(self.register(is_media=False).severity, "normal")
        rule = self.env["dealer.case.severity.rule"].create({"name": "all", "severity": "major"})
        self.assertEqual(self.register().severity, "major")
        rule.active = False
        self.assertEqual(self.register().severity, "normal")

    # ------------------------------------------------------------ files

    def test_files_leave_their_digest(self):
        case = self.register()
        files = self.env["ir.attachment"].with_user(self.care_agent)
        file = files.create(
            {"name": "a.jpg", "raw": b"one", "res_model": "mail.compose.message", "res_id": 0}
        )
        case.with_user(self.care_agent).message_post(body="", attachment_ids=file.ids)
        event = case.event_ids.sorted("number")[-1]
        self.assertIn("a.jpg", event.words)
        self.assertEqual(event.user_id, self.care_agent)
        file.raw = b"two"
        self.assertNotEqual(
            case.event_ids.sorted("number")[-1].words, event.words, "a changed file is sealed"
        )
        file.unlink()
        self.assertIn("Removed", case.event_ids.sorted("number")[-1].words)
        self.assertIsNone(self.chain(case))

    def test_emptied_file_is_found(self):
        case = self.register()
        self.env.flush_all()
        self.cr.execute(
            """
            DELETE FROM dealer_case_payload WHERE event_id IN
                (SELECT id FROM dealer_case_event WHERE ticket_id = %(id)s);
            DELETE FROM dealer_case_event WHERE ticket_id = %(id)s;
            UPDATE helpdesk_ticket SET chain_head = NULL WHERE id = %(id)s;
            """,
            {"id": case.id},
        )
        self.env.invalidate_all()
        self.assertTrue(self.chain(case))

    def test_lines_of_the_screen(self):
        """Tasks are added on the form of the complaint; steps and events never."""
        case = self.register().with_user(self.care_manager)
        task = {"name": "look", "user_id": self.technician.id}
        with self.request_of(case.env):
            case.write({"task_ids": [Command.create(task)]})
        self.assertEqual(case.task_ids.user_id, self.technician)
