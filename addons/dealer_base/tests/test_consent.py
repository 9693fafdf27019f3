from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import DealerCase


class TestConsent(DealerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_customer(
            "Own", cls.store_a | cls.store_b, consultant_id=cls.sales_consultant.id
        )
        cls.consent = cls.own.consent[0]
        cls.model = cls.env["dealer.consent"]

    def give(self, user, **values):
        return self.model.with_user(user).create(
            {
                "partner_id": self.own.partner.id,
                "unit_id": self.store_a.id,
                "purpose": "care",
                "text_version": "1",
                **values,
            }
        )

    def test_evidence_is_not_rewritten(self):
        for user in (self.sales_consultant, self.general_manager, self.system):
            mine = self.consent.with_user(user)
            for values in (
                {"purpose": "sharing"},
                {"given_at": "2020-01-01 00:00:00"},
                {"text_version": "2"},
                {"withdrawn_at": fields.Datetime.now()},
                {"withdrawn_at": False},
                {"user_id": user.id},
            ):
                error = self.attempt(lambda mine=mine, values=values: mine.write(values))
                self.assertIsInstance(error, UserError)
            line = Command.update(self.consent.id, {"purpose": "sharing"})
            partner = self.own.partner.with_user(user)
            with self.request_of(partner.env):
                error = self.attempt(
                    lambda partner=partner, line=line: partner.write({"dealer_consent_ids": [line]})
                )
            self.assertIsInstance(error, UserError)

    def test_withdraw(self):
        self.assertEqual(self.consent.state, "given")
        self.consent.with_user(self.sales_consultant).action_withdraw()
        self.assertEqual(self.consent.state, "withdrawn")
        self.assertEqual(self.consent.withdrawn_by_id, self.sales_consultant)
        at = self.consent.withdrawn_at
        self.consent.with_user(self.general_manager).action_withdraw()
        self.assertEqual(self.consent.withdrawn_at, at, "the first withdrawal stands")
        self.assertEqual(self.consent.withdrawn_by_id, self.sales_consultant)

    def test_withdraw_needs_a_right(self):
        with mute_logger(
            "odoo.addons.base.models.ir_model",
            "odoo.addons.base.models.ir_access",
            "odoo.addons.base.models.ir_rule",
        ):
            for user in (self.teammate, self.reception, self.technician, self.consultant_b):
                self.assertIsInstance(
                    self.attempt(self.consent.with_user(user).action_withdraw), AccessError
                )

    def test_recorded_by_is_no_choice(self):
        forged = {"user_id": self.teammate.id, "withdrawn_by_id": self.teammate.id}
        self.assertEqual(self.give(self.sales_consultant, **forged).user_id, self.sales_consultant)
        context = {f"default_{name}": value for name, value in forged.items()}
        consent = self.give(self.sales_consultant.with_context(**context))
        self.assertEqual(consent.user_id, self.sales_consultant)
        self.assertFalse(consent.withdrawn_by_id)
        late = self.give(self.sales_consultant, withdrawn_at=fields.Datetime.now())
        self.assertEqual(late.state, "given")

    def test_searched_by_state(self):
        consents = self.own.consent
        consents[0].action_withdraw()
        domain = [("id", "in", consents.ids)]
        for state, expected in (("given", consents[1]), ("withdrawn", consents[0])):
            self.assertEqual(self.model.search([*domain, ("state", "=", state)]), expected)
            self.assertEqual(
                self.model.search([*domain, ("state", "!=", state)]), consents - expected
            )
        self.assertEqual(
            self.model.search([*domain, ("state", "in", ["given", "withdrawn"])]), consents
        )

    def test_partners_with(self):
        """Consent holds for one purpose and for the store that it was given to."""
        other = self.make_customer("Other", self.store_b)
        partners = self.own.partner | other.partner
        ask = self.model._partners_with
        self.assertEqual(ask(partners, "marketing"), partners)
        self.assertEqual(ask(partners, "marketing", self.store_a), self.own.partner)
        self.assertEqual(ask(partners, "marketing", self.store_b), partners)
        self.assertFalse(ask(partners, "profiling"))
        self.consent.action_withdraw()
        self.assertFalse(ask(partners, "marketing", self.store_a))
        self.assertEqual(ask(partners, "marketing", self.store_b), partners)

    def test_not_withdrawn_before_given(self):
        with mute_logger("odoo.sql_db"):
            self.assertTrue(
                self.attempt(lambda: self.consent.write({"withdrawn_at": "2000-01-01"}))
            )
