from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, POSTS

from .common_import import HEADING, ImportCase

#: Post × what it may do with files to check: its own, a colleague's of the store, the other
#: store's, one for several stores. r read, w write, c create, d delete.
IMPORTS = """
    sales_consultant  .... .... .... ....
    sales_manager     rwcd ..c. .... ....
    sales_director    rwcd rwcd .... ....
    dcc_agent         .... .... .... ....
    dcc_lead          rwcd ..c. .... ....
    reception         rwcd ..c. .... ....
    service_advisor   .... .... .... ....
    service_manager   .... .... .... ....
    technician        .... .... .... ....
    care_agent        .... .... .... ....
    care_manager      .... .... .... ....
    marketing_user    rwcd ..c. .... ....
    marketing_manager rwcd rwcd .... ....
    general_manager   rwcd rwcd .... ....
    group_executive   rwcd rwcd .... rwcd
    system            rwcd rwcd .... rwcd
"""
COLUMNS = ("own", "mate", "other", "several")
LOADERS = {line.split()[0] for line in IMPORTS.strip().splitlines() if "rwcd" in line}
LEADERS = {"sales_director", "marketing_manager", "general_manager", "group_executive", "system"}
#: Post × what it may do with costs of channels, of the own store and of the other one; figures are
#: read by whoever reads costs.
COSTS = {
    **dict.fromkeys(POSTS, "...."),
    **dict.fromkeys(LEADERS | {"marketing_user"}, "rwcd"),
    **dict.fromkeys(("sales_manager", "dcc_lead"), "r..."),
}
#: What everybody who loads files reads, and who changes it.
SHARED = {
    "dealer.lead.import.mapping": (dict.fromkeys(LOADERS, "rwc.") | dict.fromkeys(LEADERS, "rwcd")),
    "dealer.lead.import.mapping.line": dict.fromkeys(LOADERS, "rwcd"),
    "dealer.lead.import.synonym": (dict.fromkeys(LOADERS, "r...") | dict.fromkeys(LEADERS, "rwcd")),
}
QUIET = ("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")


class TestImportRights(ImportCase):
    def rights(self, record, values, write):
        """Return the letters of what the record's user may do."""
        actions = {
            "r": lambda: record.read(["display_name"]),
            "w": lambda: record.write(write),
            "c": lambda: record.create(values),
            "d": record.unlink,
        }
        errors = {letter: self.attempt(action) for letter, action in actions.items()}
        for error in filter(None, errors.values()):
            self.assertIsInstance(error, (AccessError, UserError))
        found = self.attempt(lambda: self.assertIn(record.id, record.search([]).ids))
        self.assertEqual(found is None, errors["r"] is None, "searching and reading differ")
        return "".join("." if error else letter for letter, error in errors.items())

    def file_of(self, column, user):
        """Return a file to check, loaded for the matrix; its loader is set as the system does."""
        unit = {"other": self.store_b, "several": self.env["dealer.unit"]}.get(column, self.store_a)
        file = self.load([HEADING, *self.customer_rows(0, 1)], user=self.env.user, unit_id=unit.id)
        file.user_id = {"own": user, "several": self.env.user}.get(column, self.general_manager)
        if column == "other":
            file.user_id = self.consultant_b
        return file

    @mute_logger(*QUIET)
    def test_matrix(self):
        wrong = []
        table = {
            post: dict(zip(COLUMNS, cells, strict=True))
            for post, *cells in map(str.split, IMPORTS.strip().splitlines())
        }
        self.assertEqual(set(table), {*POSTS, "system"})
        for post, cells in table.items():
            user = self.users[post]
            for column, cell in cells.items():
                if (post, column) == ("general_manager", "mate"):
                    continue  # the colleague is the person itself
                file = self.file_of(column, user)
                values = {
                    "file": file.file,
                    "name": "x.csv",
                    "source_id": file.source_id.id,
                    "unit_id": file.unit_id.id,
                }
                got = self.rights(file.with_user(user), values, {"cost": 5})
                if got != cell:
                    wrong.append(f"{post} × {column}: should be {cell}, is {got}")
                # Columns and rows are as secret as their file.
                for part in (file.column_ids[0], self.row_of(file)):
                    found = self.attempt(lambda part=part, user=user: part.with_user(user).read())
                    if (found is None) != ("r" in cell):
                        wrong.append(f"{post} × {column} × {part._name}: {found}")
        self.assertFalse(wrong, "\n".join(wrong))

    def row_of(self, file):
        return self.env["dealer.lead.import.row"].create(
            {"import_id": file.id, "number": 2, "state": "new", "cells": ["secret"]}
        )

    @mute_logger(*QUIET)
    def test_costs_and_figures(self):
        values = {
            "name": "fee",
            "source_id": self.source().id,
            "amount": 5,
            "unit_id": self.store_a.id,
        }
        mine = self.env["dealer.channel.cost"].create(values)
        other = mine.copy({"unit_id": self.store_b.id})
        report = self.env["dealer.channel.report"]
        for post, cell in COSTS.items():
            user = self.users[post]
            self.assertEqual(self.rights(mine.with_user(user), values, {"amount": 6}), cell, post)
            foreign = {**values, "unit_id": self.store_b.id}
            self.assertEqual(
                self.rights(other.with_user(user), foreign, {"amount": 6}), "....", post
            )
            error = self.attempt(
                lambda user=user: mine.with_user(user).write({"unit_id": self.store_b.id})
            )
            self.assertIsInstance(error, AccessError, post)
            found = self.attempt(
                lambda user=user: self.assertEqual(
                    report.with_user(user)
                    .search([("source_id", "=", mine.source_id.id)])
                    .mapped("cost"),
                    [5],
                )
            )
            self.assertEqual(found is None, "r" in cell, (post, found))

    @mute_logger(*QUIET)
    def test_mappings_and_headings(self):
        mapping = self.env.ref("dealer_leads.import_mapping_oem")
        values = {
            "dealer.lead.import.mapping": ({"name": "x", "width": 1}, {"name": "y"}),
            "dealer.lead.import.mapping.line": (
                {"mapping_id": mapping.id, "position": 99},
                {"heading": "y"},
            ),
            "dealer.lead.import.synonym": (
                {"name": "某词", "target": "city"},
                {"target": "ignore"},
            ),
        }
        for model, cells in SHARED.items():
            create, write = values[model]
            record = mapping if model.endswith("mapping") else self.env[model].search([], limit=1)
            for post in (*POSTS, "system"):
                got = self.rights(record.with_user(self.users[post]), create, write)
                self.assertEqual(got, cells.get(post, "...."), (model, post))

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        people = [
            self.env["res.users"].create(self.prepare_person(login, [group], self.store_a))
            for login, group in (("t_nobody", "base.group_user"), ("t_portal", "base.group_portal"))
        ]
        people += [self.env.ref("base.public_user")]
        people += [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        models = [
            name
            for name in self.env.registry
            if name.startswith(("dealer.lead.import", "dealer.channel"))
        ]
        self.assertEqual(len(models), 8)
        for user in people:
            for model in models:
                error = self.attempt(
                    lambda user=user, model=model: self.env[model].with_user(user).search([])
                )
                self.assertIsInstance(error, AccessError, (user.login, model))

    @mute_logger(*QUIET)
    def test_nothing_is_forged(self):
        file = self.load([HEADING, *self.customer_rows(0, 2)])
        for values in (
            {"state": "done"},
            {"user_id": self.general_manager.id},
            {"digest": "x"},
            {"sample": []},
            {"error": "x"},
            {"started_at": "2026-01-01"},
            {"company_id": self.store_b.company_id.id},
        ):
            self.assertIsInstance(
                self.attempt(lambda values=values: file.write(values)), UserError, values
            )
        for values in ({"heading": "x"}, {"position": 9}, {"example": "x"}):
            self.assertIsInstance(
                self.attempt(lambda values=values: file.column_ids[0].write(values)), UserError
            )
        forged = self.files.with_user(self.loader).with_context(
            default_state="running",
            default_user_id=self.general_manager.id,
            default_sample=[],
            default_started_at="2026-01-01",
        )
        made = forged.create(
            {
                "file": file.with_context(bin_size=False).file,
                "name": "x.csv",
                "source_id": file.source_id.id,
                "unit_id": self.store_a.id,
            }
        )
        self.assertEqual((made.state, made.user_id), ("draft", self.loader))
        self.assertTrue(made.sample)
        self.assertFalse(made.started_at)
        for unit in (self.store_b, self.east, self.env["dealer.unit"]):
            error = self.attempt(lambda unit=unit: file.write({"unit_id": unit.id}))
            self.assertIsInstance(error, (AccessError, UserError), unit.name)

    @mute_logger(*QUIET)
    def test_wrong_company(self):
        """Whoever switches companies in the client, or names them in the context, finds none."""
        file = self.load([HEADING, *self.customer_rows(0, 1)])
        forged = file.with_user(self.consultant_b).with_context(
            allowed_company_ids=[self.store_a.company_id.id]
        )
        for action in (
            forged.read,
            forged.action_start,
            forged.action_cancel,
            forged._unusable_rows,
        ):
            self.assertIsInstance(self.attempt(action), AccessError, action)

    @mute_logger(*QUIET)
    def test_after_the_start_all_stays(self):
        file = self.take_in_file([HEADING, *self.customer_rows(0, 2)])
        for action in (
            lambda: file.write({"heading_row": 0}),
            lambda: file.write({"source_id": self.source("other").id}),
            lambda: file.column_ids[0].write({"target": "ignore"}),
            file.action_start,
            file.action_cancel,
            file.action_again,
            file.unlink,
        ):
            self.assertIsInstance(self.attempt(action), UserError)
        file.cost = 300
        self.assertEqual(file.cost, 300)

    @mute_logger(*QUIET)
    def test_colleagues_numbers_stay_with_who_loaded_them(self):
        file = self.take_in_file([HEADING, ["A-1", "Canary", "12345", "", "", ""]])
        rows = self.env["dealer.lead.import.row"]
        for user in (self.reception, self.sales_manager, self.dcc_lead):
            self.assertFalse(rows.with_user(user).search([("import_id", "=", file.id)]))
            found = (
                self.env["ir.attachment"]
                .with_user(user)
                .search([("res_model", "=", "dealer.lead.import"), ("res_id", "=", file.id)])
            )
            self.assertFalse(found)
        self.assertIn("12345", str(rows.with_user(self.loader).search([]).mapped("cells")))
        # Figures name nobody.
        figures = self.env["dealer.channel.report"].with_user(self.loader)
        self.assertNotIn("Canary", str(figures.search([]).read()))
