from freezegun import freeze_time

from odoo.addons.dealer_clock.tests.common import at

from .common import ComplaintCase


class TestCaseLadder(ComplaintCase):
    """Nobody reacts: who is told when, until it lies on the general manager's desk (E2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["dealer.clock"].search([("next_step_at", "!=", False)]).next_step_at = False

    def sleepless(self, *kinds):
        """Let rungs be taken to the minute, at night, too."""
        policies = self.env["dealer.clock.policy"].search([("kind", "in", kinds)])
        policies.write({"quiet_from": 0, "quiet_to": 0})

    def told(self, case, kind):
        """Return ``(action, people)`` of who was told so far, in order."""
        events = self.env["dealer.clock.event"].search(
            [
                ("res_model", "=", "helpdesk.ticket"),
                ("res_id", "=", case.id),
                ("clock_id.kind", "=", kind),
            ],
            order="id",
        )
        return [(event.action, event.user_ids) for event in events if event.user_ids]

    def climb(self, case, kind, rungs):
        """Let the time pass: nothing a minute before a rung, then exactly the rung."""
        expected = self.told(case, kind)
        for moment, action, people in rungs:
            self.tick(moment.replace(second=0) - (at(0, 1) - at(0)))
            self.assertEqual(self.told(case, kind), expected, f"before {moment}")
            self.tick(moment)
            expected = [*expected, (action, people)]
            self.assertEqual(self.told(case, kind), expected, str(moment))

    def test_24_hours_in_which_nobody_reacts(self):
        """50 % handler, 75 % department head, 90 % care manager, 100 % general manager."""
        self.sleepless("case_return")
        case = self.register(at(9))
        self.to_handling(case, moment=at(9, 1))
        self.climb(
            case,
            "case_return",
            [
                (at(21), "tell", self.service_advisor),
                (at(3, day=1), "tell", self.service_manager),
                (at(6, 36, day=1), "tell", self.care_manager),
            ],
        )
        self.assertFalse(case.is_supervised)
        self.climb(case, "case_return", [(at(9, day=1), "raise", self.general_manager)])
        self.assertTrue(case.is_supervised)
        self.assertEqual(case.clock_state, "missed")
        self.assertEqual(case.event_ids.sorted("number")[-1].kind, "supervised")
        # The desk is not cleared by waiting: every four hours, day and night.
        self.climb(
            case,
            "case_return",
            [
                (at(13, day=1), "raise", self.general_manager),
                (at(17, day=1), "raise", self.general_manager),
                (at(21, day=1), "raise", self.general_manager),
                (at(1, day=2), "raise", self.general_manager),
            ],
        )
        self.step(case, "return", self.service_advisor, at(2, day=2))
        told = self.told(case, "case_return")
        self.tick(at(9, day=2))
        self.assertEqual(self.told(case, "case_return"), told)
        self.assertTrue(case.is_supervised, "only the general manager clears the desk")

    def test_night(self):
        """Quiet hours hold back the call, never the time."""
        case = self.register(at(9))
        self.to_handling(case, moment=at(9, 1))
        self.tick(at(20, 59))
        self.assertFalse(self.told(case, "case_return"))
        self.tick(at(7, 59, day=1))
        self.assertFalse(self.told(case, "case_return"))
        self.tick(at(8, day=1))
        people = [people for _action, people in self.told(case, "case_return")]
        self.assertIn(self.care_manager, people)
        self.assertFalse(case.is_supervised)
        self.tick(at(9, day=1))
        self.assertIn(("raise", self.general_manager), self.told(case, "case_return"))
        self.assertTrue(case.is_supervised)

    def test_nobody_gives_an_opinion(self):
        """Without a handler somebody is told all the same, and the desk is the same."""
        self.sleepless("case_return")
        case = self.register(at(9))
        for moment in (at(21), at(3, day=1), at(6, 36, day=1)):
            self.tick(moment)
        told = self.told(case, "case_return")
        self.assertEqual(len(told), 3)
        for _action, people in told:
            self.assertTrue(people)
        self.climb(case, "case_return", [(at(9, day=1), "raise", self.general_manager)])
        self.assertTrue(case.is_supervised)

    def test_nobody_registers(self):
        """What came in by page and nobody writes down goes up, too, to the general manager."""
        with freeze_time(at(9)):
            case = self.tickets.with_company(self.store_a.company_id).create(
                {"name": "x", "company_id": self.store_a.company_id.id}
            )
        self.assertEqual(case.case_state, "received")
        due = case._clock_open("case_register").due_at
        time = self.store_a._clock_time()
        self.tick(at(9))
        self.climb(
            case,
            "case_register",
            [
                (due, "raise", self.care_manager),
                (time.add(due, 60 * 60), "raise", self.general_manager),
            ],
        )
        self.assertEqual(self.told(case, "case_register")[0], ("tell", self.care_agent))
