from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.dealer_clock.tests.common import at

from .common import ComplaintCase


class TestCause(ComplaintCase):
    def test_cause_before_the_check(self):
        case = self.register()
        self.to_handling(case)
        self.step(case, "return", self.service_advisor, at(10))
        with self.assertRaises(UserError):
            self.step(case, "check", self.care_manager, at(10))
        self.name_cause(case)
        self.step(case, "check", self.care_manager, at(10))
        self.assertEqual(case.case_state, "checked")

    def test_part_is_named(self):
        case = self.register()
        with self.assertRaises(ValidationError):
            self.name_cause(case, "product_engine")
        self.name_cause(case, "product_engine", part="bearing")
        with self.assertRaises(ValidationError):
            self.name_cause(case, "product")

    def test_repeated_cause_is_told(self):
        alerts = self.env["dealer.case.alert"]
        for number in range(2):
            self.name_cause(self.register(), "product_engine", part="bearing")
            self.assertFalse(alerts.search([("part", "=", "bearing")]), number)
        self.name_cause(self.register(), "product_engine", part="belt")
        self.assertFalse(alerts.search([("part", "in", ("bearing", "belt"))]))
        case = self.register()
        # They all came in within these 30 days.
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET received_at = now() at time zone 'utc' WHERE company_id = %s",
            (self.store_a.company_id.id,),
        )
        self.env.invalidate_all()
        self.name_cause(case, "product_engine", part="bearing")
        alert = alerts.search([("part", "=", "bearing")])
        self.assertEqual((len(alert), alert.count, alert.state), (1, 3, "new"))
        alert.with_user(self.general_manager).action_take_up()
        self.assertEqual((alert.state, alert.user_id), ("seen", self.general_manager))


class TestCompensation(ComplaintCase):
    def propose(self, case, amount, user=None):
        return (
            self.env["dealer.case.compensation"]
            .with_user(user or self.care_agent)
            .create({"ticket_id": case.id, "amount": amount, "reason": "free service"})
        )

    def test_limits_of_posts(self):
        case = self.register()
        row = self.propose(case, 1500)
        for user in (self.care_agent, self.care_manager):
            with self.assertRaises(AccessError):
                row.with_user(user).action_approve()
        row.with_user(self.service_manager).action_approve()
        self.assertEqual((row.state, row.approver_id), ("approved", self.service_manager))
        self.assertEqual(case.cost_total, 1500)
        with self.assertRaises(UserError):
            row.with_user(self.general_manager).action_approve()

    def test_nobody_approves_the_own(self):
        case = self.register()
        row = self.propose(case, 100, self.general_manager)
        with self.assertRaises(AccessError):
            row.with_user(self.general_manager).action_approve()

    def test_doors(self):
        case = self.register()
        row = self.propose(case, 100)
        with self.assertRaises(UserError):
            row.with_user(self.care_agent).state = "approved"
        forged = (
            self.env["dealer.case.compensation"]
            .with_user(self.care_agent)
            .create({"ticket_id": case.id, "amount": 9, "reason": "x", "state": "approved"})
        )
        self.assertEqual(forged.state, "proposed")

    def test_print_outs(self):
        case = self.register()
        self.to_handling(case)
        self.name_cause(case)
        for step, user in (
            ("return", self.service_advisor),
            ("check", self.care_manager),
            ("satisfied", self.care_agent),
            ("sign", self.general_manager),
        ):
            self.step(case, step, user, at(10), f"words of {step}")
        report = self.env["ir.actions.report"]
        html = report._render_qweb_html("dealer_complaint.report_case", case.ids)[0].decode()
        for word in (case.number, "words of return", "words of sign", self.general_manager.name):
            self.assertIn(word, html)
        html = report._render_qweb_html("dealer_complaint.report_certificate", case.ids)[0].decode()
        self.assertIn(case.chain_head, html)
        self.assertIn("words of satisfied", html)
        self.env.invalidate_all()
        report = report.with_user(self.technician)
        for name in ("report_case", "report_certificate"):
            with (
                mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access"),
                self.assertRaises(AccessError),
            ):
                report._render_qweb_html(f"dealer_complaint.{name}", case.ids)
