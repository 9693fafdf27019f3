from datetime import timedelta

from odoo import fields

from .common import DealerCase


class TestPageAttempt(DealerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attempts = cls.env["dealer.page.attempt"]
        cls.env["ir.config_parameter"].set_param("test.limit", "2")

    def test_once_too_often(self):
        for _turn in range(2):
            self.assertFalse(self.attempts._is_over("test.limit", "192.0.2.1", hours=1))
            self.attempts._note("test.limit", "192.0.2.1")
        self.assertTrue(self.attempts._is_over("test.limit", "192.0.2.1", hours=1))
        self.assertFalse(self.attempts._is_over("test.limit", "192.0.2.2", hours=1))
        self.assertFalse(self.attempts._is_over("test.other", "192.0.2.1", hours=1), "no limit set")
        self.assertFalse(self.attempts.search([("key", "ilike", "192.0")]), "nobody is named")

    def test_attempts_are_forgotten(self):
        self.attempts._note("test.limit", "192.0.2.1")
        self.attempts.create({"key": "old", "at": fields.Datetime.now() - timedelta(days=3)})
        self.attempts._gc_attempts()
        self.assertFalse(self.attempts.search([("key", "=", "old")]))
        self.assertTrue(self.attempts.search([("key", "!=", "old")]))
