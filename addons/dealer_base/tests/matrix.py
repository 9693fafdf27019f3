from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import mute_logger

from .common import POSTS

COLUMNS = ("own", "team", "house", "prospect", "pool", "other")
REFUSALS = (AccessError, UserError, ValidationError)


class RoleMatrix:
    """Tries every cell of a table out: post × model × whose × what. Mixed into a DealerCase.

    A test case names its table ``matrix`` (``{model: text}``, see ``test_role_matrix.py`` for how
    it reads) and has a method ``_probe_<model>(env, post, column)`` for each, which returns None
    where there is no such row, or ``(record, {letter: action})``.
    """

    matrix = {}

    @classmethod
    def read_table(cls, text):
        """Return ``{post: [cell of own, team, house, prospect, pool, other]}``."""
        rows = {}
        for line in text.strip().splitlines()[1:]:
            post, *cells = line.split()
            assert len(cells) == 6, line
            for name in (*POSTS, "system") if post == "*" else (post,):
                rows[name] = cells
        return rows

    def assert_whole(self, addon, besides=()):
        """A new model of the addon, and every post, needs its line in the table."""
        models = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == addon and not model._abstract
        }
        self.assertEqual(models, set(self.matrix) - set(besides))
        for model, text in self.matrix.items():
            self.assertEqual(set(self.read_table(text)), {*POSTS, "system"}, model)

    def try_cell(self, model, post, column):
        """Return the letters of what the person in ``post`` can really do."""
        env = self.env(user=self.users[post])
        probe = getattr(self, f"_probe_{model.replace('.', '_')}")(env, post, column)
        if probe is None:
            return "-"
        record, actions = probe
        letters = ""
        for letter, action in (("r", None), *actions.items(), ("d", None)):
            if letter == "r":
                works = bool(record) and self.can_read(env, record)
            elif letter == "d":
                works = bool(record) and self.works(lambda: record.with_env(env).unlink())
            else:
                works = self.works(action)
            letters += letter if works else "."
        return letters

    def works(self, action):
        error = self.attempt(action)
        if error and not isinstance(error, REFUSALS):
            raise error
        return not error

    def can_read(self, env, record):
        """Whether the record can be read; found and read must be the same."""
        mine = record.with_env(env)
        mine.invalidate_recordset()
        columns = ["display_name", *(["create_date"] if mine._log_access else [])]
        reads = self.works(lambda: mine.read(columns))
        self.assertEqual(
            reads,
            mine.has_access("read"),
            f"{env.user.login} {record}: has_access and reading differ",
        )
        if mine.browse().has_access("read"):
            found = mine.with_context(active_test=False).search([("id", "in", record.ids)])
            self.assertEqual(
                reads, bool(found), f"{env.user.login} {record}: searching and reading differ"
            )
        return reads

    def fail_politely(self):
        reason = "a wizard is nobody's but its maker's"
        raise AccessError(reason)

    def check_model(self, model):
        expected = self.read_table(self.matrix[model])
        found, wrong = [], []
        with mute_logger(
            "odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule", "odoo.sql_db"
        ):
            for post, cells in expected.items():
                actual = [self.try_cell(model, post, column) for column in COLUMNS]
                found.append(f"{post:18}{'  '.join(actual)}")
                wrong += [
                    f"{post}, {column}: should be {cell}, is {now}"
                    for column, cell, now in zip(COLUMNS, cells, actual, strict=True)
                    if cell != now
                ]
        if wrong:
            self.fail("\n".join([model, *wrong, "", *found]))

    def rows_of(self, model):
        """Return all rows of ``model``, customers only of res.partner."""
        domain = Domain("is_dealer_customer", "=", True) if model == "res.partner" else []
        return self.env[model].sudo().with_context(active_test=False).search(domain)

    def assert_nothing(self, user, models):
        env = self.env(user=user)
        for model in models:
            rows = self.rows_of(model)
            with mute_logger(
                "odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule"
            ):
                for row in rows[:3]:
                    self.assertTrue(
                        self.attempt(lambda row=row: row.with_env(env).read(["display_name"])),
                        f"{user.login} reads {row}",
                    )
                if env[model].has_access("read"):
                    found = (
                        env[model].with_context(active_test=False).search([("id", "in", rows.ids)])
                    )
                    self.assertFalse(found, f"{user.login} finds {found}")
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(
                        rows[:1].with_env(env).has_access(operation),
                        f"{user.login} may {operation} {model}",
                    )
