from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import mute_logger

from .common import DealerCase


class TestDocumentRights(DealerCase):
    """Rows that point to a document are as secret as it: found, counted, grouped, read, written.

    Contacts without a customer stand for them. Their own rows are free to the person who made
    them, so the tests take this freedom away and look at the document alone.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.team = cls.make_customer("Team", consultant_id=cls.teammate.id)
        cls.other = cls.make_customer("Other", cls.store_b, consultant_id=cls.consultant_b.id)
        rows = [("res.partner", customer.partner.id) for customer in (cls.own, cls.team, cls.other)]
        rows += [
            ("dealer.vehicle", customer.vehicle.id) for customer in (cls.own, cls.team, cls.other)
        ]
        rows += [("ir.config_parameter", 1), ("no.such.model", 1), (False, False)]
        cls.rows = cls.env["dealer.interaction"].create(
            [
                {
                    "unit_id": cls.store_a.id,
                    "user_id": cls.sales_consultant.id,
                    "res_model": model,
                    "res_id": res_id,
                    "duration": 1,
                }
                for model, res_id in rows
            ]
        )
        cls.mine = cls.rows[0] | cls.rows[3] | cls.rows[8]
        cls.hidden = cls.rows - cls.mine

    def setUp(self):
        super().setUp()
        self.startPatcher(
            patch.object(
                self.registry["dealer.interaction"],
                "_document_rights_free_domain",
                lambda model: Domain("res_model", "=", False),
            )
        )
        self.model = self.env(user=self.sales_consultant)["dealer.interaction"]
        self.domain = [("id", "in", self.rows.ids)]

    def test_search(self):
        self.assertEqual(self.model.search(self.domain), self.mine)
        self.assertEqual(self.model.search_count(self.domain), len(self.mine))
        self.assertEqual(self.model.with_user(self.env.uid).search(self.domain), self.rows)

    def test_limit_and_offset(self):
        """Pages are full: what is hidden is left out before it is counted off."""
        found = self.model.search(self.domain, limit=2, order="id")
        self.assertEqual(len(found), 2)
        rest = self.model.search(self.domain, offset=2, order="id")
        self.assertEqual(found | rest, self.mine)
        self.assertEqual(self.model.search_count(self.domain, limit=2), 2)

    def test_groups(self):
        groups = self.model._read_group(self.domain, ["res_model"], ["__count", "duration:sum"])
        self.assertEqual(
            {model: (count, total) for model, count, total in groups},
            {"res.partner": (1, 1), "dealer.vehicle": (1, 1), False: (1, 1)},
        )

    def test_read(self):
        self.assertEqual(len(self.mine.with_env(self.model.env).read(["duration"])), 3)
        for row in self.hidden:
            mine = row.with_env(self.model.env)
            self.assertFalse(mine.has_access("read"), row.res_model)
            with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
                mine.read(["duration"])

    def test_some_of_many(self):
        """Asked for many, the right ones are kept."""
        mixed = self.rows.with_env(self.model.env)
        self.assertEqual(mixed._filtered_access("read"), self.mine)

    def test_write_and_delete(self):
        mine = self.rows[0].with_env(self.model.env)
        mine.write({"summary": "written"})
        for row in self.hidden:
            with mute_logger("odoo.addons.base.models.ir_rule"):
                error = self.attempt(
                    lambda row=row: row.with_env(self.model.env).write({"summary": "x"})
                )
            self.assertIsInstance(error, (AccessError, UserError))
        # A technician may read the owner's file and not write it; so are the rows below it.
        technician = self.env(user=self.technician)["dealer.interaction"]
        row = (
            self.env["dealer.interaction"]
            .create(
                {
                    "unit_id": self.store_a.id,
                    "user_id": self.technician.id,
                    "res_model": "res.partner",
                    "res_id": self.own.partner.id,
                }
            )
            .with_env(technician.env)
        )
        self.assertTrue(row.has_access("read"))
        self.assertFalse(row.has_access("write"))

    def test_forged(self):
        """Nobody points a row to a hidden document, neither a new one nor an old one."""
        mine = self.rows[0].with_env(self.model.env)
        for model, res_id in (
            ("res.partner", self.team.partner.id),
            ("dealer.vehicle", self.other.vehicle.id),
            ("ir.config_parameter", 1),
            ("no.such.model", 1),
        ):
            values = {"res_model": model, "res_id": res_id}
            with mute_logger(
                "odoo.addons.base.models.ir_rule",
                "odoo.addons.base.models.ir_model",
                "odoo.addons.base.models.ir_access",
            ):
                for action in (
                    lambda values=values: self.model.create({"unit_id": self.store_a.id, **values}),
                    lambda values=values: mine.write(values),
                ):
                    self.assertIsInstance(self.attempt(action), UserError)

    def test_deleted_document(self):
        partner = self.env["res.partner"].create({"name": "Soon gone"})
        row = self.env["dealer.interaction"].create(
            {
                "unit_id": self.store_a.id,
                "user_id": self.sales_consultant.id,
                "res_model": "res.partner",
                "res_id": partner.id,
            }
        )
        self.assertTrue(row.with_env(self.model.env).has_access("read"))
        partner.unlink()
        self.env.invalidate_all()
        self.assertFalse(row.with_env(self.model.env).has_access("read"))
        self.assertFalse(self.model.search([("id", "=", row.id)]))

    def test_one_statement(self):
        """Searching costs the same however much is hidden."""
        self.env.flush_all()
        self.model.search(self.domain)

        def queries():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.model.search(self.domain)
            return self.cr.sql_log_count - before

        few = queries()
        self.env["dealer.interaction"].create(
            [
                {
                    "unit_id": self.store_a.id,
                    "user_id": self.sales_consultant.id,
                    "res_model": "res.partner",
                    "res_id": self.team.partner.id,
                }
                for _number in range(50)
            ]
        )
        self.env.flush_all()
        self.assertEqual(queries(), few)
