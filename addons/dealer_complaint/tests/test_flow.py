from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError

from odoo.addons.dealer_clock.tests.common import at

from .common import ComplaintCase


class TestFlow(ComplaintCase):
    def test_whole_flow(self):
        """The customer's own form, from registration to the file (E1)."""
        case = self.register()
        self.assertEqual((case.case_state, case.is_case), ("registered", True))
        self.assertEqual(case.clock_due_at, at(9, day=1))
        self.to_handling(case)
        self.assertEqual((case.case_state, case.handler_id), ("handling", self.service_advisor))
        self.step(case, "return", self.service_advisor, at(15), "Bearing changed")
        self.assertEqual(case.returned_at, at(15))
        self.name_cause(case)
        self.step(case, "check", self.care_manager, at(15, 30))
        self.step(case, "satisfied", self.care_agent, at(16), "Customer thanks")
        self.step(case, "sign", self.general_manager, at(17))
        with freeze_time(at(17, 10)):
            case.with_user(self.care_agent).action_file()
        self.assertEqual(case.case_state, "filed")
        self.assertTrue(case.closed)
        self.assertEqual(
            case.step_ids.sorted("number").mapped("step"),
            [
                "care_opinion",
                "gm_opinion",
                "dispatch",
                "start",
                "return",
                "check",
                "satisfied",
                "sign",
                "file",
            ],
        )
        self.assertEqual(case.step_ids.sorted("number")[4].opinion, "Bearing changed")
        self.assertEqual(case._clock_open(), self.env["dealer.clock"])
        clock = self.env["dealer.clock"].search(
            [
                ("res_model", "=", "helpdesk.ticket"),
                ("res_id", "=", case.id),
                ("kind", "=", "case_return"),
            ]
        )
        self.assertEqual(clock.state, "met")

    def test_out_of_order(self):
        case = self.register()
        for step, user in (
            ("gm_opinion", self.general_manager),
            ("sign", self.general_manager),
            ("return", self.care_manager),
            ("satisfied", self.care_agent),
        ):
            with self.assertRaises(UserError, msg=step):
                self.step(case, step, user)
        self.assertEqual(case.case_state, "registered")

    def test_wrong_post(self):
        case = self.register()
        for user in (self.care_agent, self.service_manager, self.sales_manager):
            with self.assertRaises(AccessError):
                self.step(case, "care_opinion", user)
        self.step(case, "care_opinion", self.care_manager)
        with self.assertRaises(AccessError):
            self.step(case, "gm_opinion", self.care_manager)

    def test_opinion_is_needed(self):
        case = self.register()
        with self.assertRaises(UserError):
            self.step(case, "care_opinion", self.care_manager, opinion=" ")

    def test_deputy_while_nobody_is_there(self):
        case = self.register()
        with self.assertRaises(AccessError):
            self.step(case, "care_opinion", self.general_manager)
        self.env["dealer.duty"].create(
            [
                {"user_id": user.id, "unit_id": self.store_a.id, "kind": "leave", "start": at(0)}
                for user in self.store_a._clock_staff("dealer_base.group_care_manager")
            ]
        )
        self.step(case, "care_opinion", self.general_manager)
        self.assertTrue(case.step_ids.deputy)

    def test_urgent_collects_opinions_after(self):
        case = self.register()
        self.step(
            case,
            "dispatch",
            self.service_manager,
            handler_id=self.service_advisor.id,
            urgent=True,
        )
        self.assertEqual((case.case_state, case.is_urgent), ("dispatched", True))
        with freeze_time(at(9, 6)):
            case.with_user(self.service_advisor).action_start()
        self.step(case, "return", self.service_advisor, at(10))
        self.name_cause(case)
        self.step(case, "check", self.care_manager, at(10))
        self.step(case, "satisfied", self.care_agent, at(10))
        with self.assertRaises(UserError):
            self.step(case, "sign", self.general_manager, at(11))
        self.step(case, "care_opinion", self.care_manager, at(11))
        self.step(case, "gm_opinion", self.general_manager, at(11))
        self.assertEqual(case.case_state, "called_back")
        self.step(case, "sign", self.general_manager, at(11))
        self.assertEqual(case.case_state, "signed")

    def test_not_satisfied_goes_back_raised(self):
        case = self.register()
        self.to_handling(case)
        self.step(case, "return", self.service_advisor, at(10))
        self.name_cause(case)
        self.step(case, "check", self.care_manager, at(10))
        self.step(case, "unsatisfied", self.care_agent, at(11))
        self.assertEqual((case.case_state, case.level, case.severity), ("handling", 1, "raised"))
        self.assertEqual(case.clock_due_at, at(11, day=1))

    def test_departments_work_at_once(self):
        case = self.register()
        self.to_handling(case)
        task = (
            self.env["dealer.case.task"]
            .with_user(self.service_manager)
            .create(
                {
                    "ticket_id": case.id,
                    "name": "Check the part",
                    "department": "parts",
                    "user_id": self.technician.id,
                }
            )
        )
        with self.assertRaises(UserError):
            self.step(case, "return", self.service_advisor, at(10))
        with self.assertRaises(UserError):
            task.with_user(self.technician).action_done()
        task.with_user(self.technician).result = "The bearing was from another batch"
        task.with_user(self.technician).action_done()
        self.step(case, "return", self.service_advisor, at(10))
        self.assertEqual(case.case_state, "returned")

    def test_every_door_is_shut(self):
        case = self.register()
        agent = case.with_user(self.care_agent)
        stage = self.env.ref("dealer_complaint.stage_filed")
        for vals in (
            {"case_state": "filed"},
            {"stage_id": stage.id},
            {"active": False},
            {"handler_id": self.care_agent.id},
            {"is_case": False},
            {"level": 3},
            {"received_at": at(8)},
            {"chain_head": "x"},
            {"chain_length": 1},
        ):
            with self.assertRaises(UserError, msg=str(vals)):
                agent.write(vals)
            with self.assertRaises(UserError, msg=str(vals)):
                agent.with_context(case_inside=True).write(vals)
        with self.assertRaises(UserError):
            self.register(case_state="filed")
        with self.assertRaises(UserError):
            self.tickets.with_user(self.care_agent).with_company(
                self.store_a.company_id
            ).with_context(default_case_state="filed").create(self.prepare_case())
        with self.assertRaises(UserError):
            case.unlink()
        copied = case.copy()
        self.assertEqual((copied.case_state, copied.is_case), ("received", True))
        case.team_id = self.env["helpdesk.ticket.team"].create({"name": "Other"})
        self.assertEqual(case.stage_id, self.env.ref("dealer_complaint.stage_registered"))

    def test_filed_is_closed_and_reopened_within_30_days(self):
        case = self.register()
        self.to_handling(case)
        self.name_cause(case)
        for step, user in (
            ("return", self.service_advisor),
            ("check", self.care_manager),
            ("satisfied", self.care_agent),
            ("sign", self.general_manager),
        ):
            self.step(case, step, user, at(10))
        with freeze_time(at(11)):
            case.with_user(self.care_agent).action_file()
        with self.assertRaises(UserError):
            case.with_user(self.care_agent).facts = "other"
        with self.assertRaises(UserError):
            self.step(case, "reopen", self.care_agent, at(11, day=31))
        self.step(case, "reopen", self.care_agent, at(11, day=29))
        self.assertEqual((case.case_state, case.reopen_count), ("handling", 1))
        self.assertFalse(case.closed_date)

    def test_nobody_reacts(self):
        """24 hours: handler's half, department, care, general manager, then every 4 hours."""
        case = self.register()
        self.to_handling(case, moment=at(9, 1))
        told = []
        for moment in (at(21), at(3, day=1), at(6, 36, day=1), at(9, day=1), at(13, day=1)):
            self.tick(moment)
            events = self.env["dealer.clock.event"].search(
                [("res_model", "=", "helpdesk.ticket"), ("res_id", "=", case.id)], order="id"
            )
            told.append(len(events))
        self.tick(at(8, day=1))
        self.assertTrue(case.is_supervised)
        shown = case.with_user(self.general_manager).with_context(case_step="supervise")
        self.assertEqual(shown.action_step()["context"]["default_step"], "supervise")
        events = self.env["dealer.clock.event"].search(
            [("res_model", "=", "helpdesk.ticket"), ("res_id", "=", case.id)]
        )
        raised = events.filtered(lambda event: event.action == "raise" and event.user_ids)
        self.assertEqual(len(raised), 2)
        self.assertIn(self.general_manager, raised.user_ids)
        with self.assertRaises(AccessError):
            self.step(case, "supervise", self.care_manager, at(14, day=1), until=at(18, day=1))
        with self.assertRaises(UserError):
            self.step(case, "supervise", self.general_manager, at(14, day=1), until=at(13, day=1))
        self.step(case, "supervise", self.general_manager, at(14, day=1), until=at(18, day=1))
        self.assertFalse(case.is_supervised)
        self.assertEqual(case.clock_due_at, at(18, day=1))


class TestSealedFile(ComplaintCase):
    def broken(self, case):
        return self.env["dealer.case.event"]._first_break(case)[1]

    def test_whole(self):
        case = self.register()
        case.with_user(self.care_agent).facts = "More facts"
        case.with_user(self.care_agent).message_post(body="called")
        self.env["ir.attachment"].with_user(self.care_agent).create(
            {"name": "a.txt", "raw": b"x", "res_model": "helpdesk.ticket", "res_id": case.id}
        )
        self.assertEqual(
            case.event_ids.sorted("number").mapped("kind"),
            ["created", "changed", "message", "file"],
        )
        self.assertIsNone(self.broken(case))

    def test_opened_once(self):
        """The note that it was opened is no second event; words under the same heading are."""
        noting = {"mail_create_nolog": False, "mail_notrack": False, "tracking_disable": False}
        tickets = self.tickets.with_user(self.care_agent).with_context(**noting)
        case = tickets.with_company(self.store_a.company_id).create(self.prepare_case()).sudo()
        self.assertTrue(case.message_ids)
        self.assertEqual(case.event_ids.mapped("kind"), ["created"])
        subtype = case._creation_subtype().id
        posting = case.with_user(self.care_agent).with_context(case_begins=True)
        posting.message_post(body="called", subtype_id=subtype, message_type="notification")
        self.assertEqual(case.event_ids.mapped("kind"), ["created", "message"])
        self.assertIsNone(self.broken(case))

    def test_stage_follows_a_changed_setting(self):
        stage = self.tickets._stage_of("care_opinion")
        stage.case_state = False
        self.assertFalse(self.tickets._stage_of("care_opinion"))
        stage.case_state = "care_opinion"
        self.assertEqual(self.tickets._stage_of("care_opinion"), stage)

    def test_sealing_asks_little(self):
        case = self.register()
        case.flush_recordset()
        self.env["dealer.case.event"].flush_model()
        with self.assertQueryCount(3):  # the one before, the event with its words, the head
            case._seal("step", {"opinion": "Seen"}, step="care_opinion")
            self.env.flush_all()

    def test_step_asks_little(self):
        """Lock, person, address, company, complaint, stages; event and complaint written."""
        first, case = (self.register().with_user(self.care_manager) for _ in range(2))
        first._transition("care_opinion", "Seen")  # rights and rules are kept from then on
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(8):
            case._transition("care_opinion", "Seen")
            self.env.flush_all()

    def test_dispatch_is_sealed_once(self):
        """The words of the step name the handler; that the field changed is no event of its own."""
        case = self.register()
        self.to_handling(case)
        self.assertEqual(case.event_ids.sorted("number").mapped("kind"), ["created"] + 4 * ["step"])
        dispatch = case.step_ids.filtered(lambda event: event.step == "dispatch")
        self.assertIn(self.service_advisor.name, dispatch.words)
        self.assertIsNone(self.broken(case))

    def test_nobody_passes_for_a_step(self):
        """Who claims to be inside has every change sealed: only a program has the proof."""
        case = self.register()
        inside = case.with_user(self.care_agent).with_context(case_inside=True)
        with self.assertRaises(UserError):
            inside.write({"handler_id": self.service_advisor.id})
        inside.write({"demands": "More"})
        self.assertEqual(case.event_ids.sorted("number").mapped("kind"), ["created", "changed"])

    def test_orm_is_shut(self):
        case = self.register()
        event = case.event_ids
        with self.assertRaises(UserError):
            event.write({"user_id": self.care_agent.id})
        with self.assertRaises(UserError):
            event.unlink()
        with self.assertRaises(UserError):
            self.env["dealer.case.event"].create({"ticket_id": case.id})
        with self.assertRaises(AccessError):
            self.env["dealer.case.payload"].with_user(self.general_manager).search([("id", ">", 0)])

    def test_sql_is_detected(self):
        case = self.register()
        self.step(case, "care_opinion", self.care_manager)
        cases = {
            "who": "UPDATE dealer_case_event SET user_id = 1 WHERE ticket_id = %s AND number = 2",
            "words": """UPDATE dealer_case_payload SET content = '{"opinion": "Great"}'
                WHERE event_id = (SELECT max(id) FROM dealer_case_event WHERE ticket_id = %s)""",
            "gap": """DELETE FROM dealer_case_payload WHERE event_id IN
                (SELECT id FROM dealer_case_event WHERE ticket_id = %s);
                DELETE FROM dealer_case_event WHERE number = 1 AND ticket_id = %s""",
            "tail": """DELETE FROM dealer_case_payload WHERE event_id IN
                (SELECT id FROM dealer_case_event WHERE ticket_id = %s);
                DELETE FROM dealer_case_event WHERE number = 2 AND ticket_id = %s""",
        }
        self.assertIsNone(self.broken(case))
        for name, query in cases.items():
            with self.subTest(name):
                savepoint = self.cr.savepoint()
                self.env.flush_all()
                self.cr.execute(query, (case.id,) * query.count("%s"))
                self.env.invalidate_all()
                self.assertTrue(self.broken(case))
                savepoint.rollback()
                savepoint.close(rollback=False)
                self.env.invalidate_all()

    def test_words_may_be_erased(self):
        case = self.register()
        case.event_ids.payload_ids.unlink()
        self.assertIsNone(self.broken(case))
        self.assertTrue(case.event_ids.words)
