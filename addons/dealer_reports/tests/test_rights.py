from datetime import date, timedelta

from odoo.fields import Command
from odoo.tools import date_utils, mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS, POSTS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common import ReportCase

#: own, team, house, pool, other: whose customer it is, as in dealer_base. A report is read, never
#: written. Letters: r read, w write, c create, d delete.
MATRIX = {
    # Own: one's own target; team, house: a colleague's; pool: that of the store.
    "dealer.target": """
                        own   team  house prospect pool  other
        sales_consultant r... .... .... - r... ....
        sales_manager    r... rwcd .... - r... ....
        sales_director   rwcd rwcd rwcd - rwcd ....
        dcc_agent        r... .... .... - r... ....
        dcc_lead         r... rwcd .... - r... ....
        reception        .... .... .... - .... ....
        service_advisor  .... .... .... - .... ....
        service_manager  .... .... .... - .... ....
        technician       .... .... .... - .... ....
        care_agent       .... .... .... - .... ....
        care_manager     .... .... .... - .... ....
        marketing_user   .... .... .... - .... ....
        marketing_manager rwcd rwcd rwcd - rwcd ....
        general_manager  rwcd rwcd rwcd - rwcd ....
        group_executive  rwcd rwcd rwcd - rwcd ....
        system           rwcd rwcd rwcd - rwcd ....
        """,
    # As dealer.visit; in the column pool nobody received the guests.
    "dealer.visit.report": """
                        own   team  house prospect pool  other
        sales_consultant r... .... .... - .... ....
        sales_manager    r... r... .... - r... ....
        sales_director   r... r... r... - r... ....
        dcc_agent        -    .... .... - .... ....
        dcc_lead         -    .... .... - .... ....
        reception        -    r... r... - r... ....
        service_advisor  -    .... .... - .... ....
        service_manager  -    .... .... - .... ....
        technician       -    .... .... - .... ....
        care_agent       -    .... .... - .... ....
        care_manager     -    .... .... - .... ....
        marketing_user   -    .... .... - .... ....
        marketing_manager -   r... r... - r... ....
        general_manager  -    r... r... - r... ....
        group_executive  -    r... r... - r... ....
        system           -    r... r... - r... ....
        """,
    # As dealer.defeat.
    "dealer.defeat.report": """
                        own   team  house prospect pool  other
        sales_consultant r... .... .... - .... ....
        sales_manager    r... r... .... - r... ....
        sales_director   r... r... r... - r... ....
        dcc_agent        r... .... .... - .... ....
        dcc_lead         r... r... .... - r... ....
        reception        -    .... .... - .... ....
        service_advisor  -    .... .... - .... ....
        service_manager  -    .... .... - .... ....
        technician       -    .... .... - .... ....
        care_agent       -    .... .... - .... ....
        care_manager     -    .... .... - .... ....
        marketing_user   -    .... .... - .... ....
        marketing_manager -   .... .... - .... ....
        general_manager  -    r... r... - r... ....
        group_executive  -    r... r... - r... ....
        system           -    r... r... - r... ....
        """,
    # As crm.lead; grades are no business of marketing.
    "dealer.prospect.progress": """
                        own   team  house prospect pool  other
        sales_consultant r... .... .... - .... ....
        sales_manager    r... r... .... - r... ....
        sales_director   r... r... r... - r... ....
        dcc_agent        r... .... .... - .... ....
        dcc_lead         r... r... .... - r... ....
        reception        -    .... .... - .... ....
        service_advisor  -    .... .... - .... ....
        service_manager  -    .... .... - .... ....
        technician       -    .... .... - .... ....
        care_agent       -    .... .... - .... ....
        care_manager     -    .... .... - .... ....
        marketing_user   -    .... .... - .... ....
        marketing_manager -   .... .... - .... ....
        general_manager  -    r... r... - r... ....
        group_executive  -    r... r... - r... ....
        system           -    .... .... - .... ....
        """,
    # As crm.lead and dealer.order.
    "dealer.work.report": """
                        own   team  house prospect pool  other
        sales_consultant r... .... .... - .... ....
        sales_manager    r... r... .... - r... ....
        sales_director   r... r... r... - r... ....
        dcc_agent        r... .... .... - .... ....
        dcc_lead         r... r... .... - r... ....
        reception        -    .... .... - .... ....
        service_advisor  -    .... .... - .... ....
        service_manager  -    .... .... - .... ....
        technician       -    .... .... - .... ....
        care_agent       -    .... .... - .... ....
        care_manager     -    .... .... - .... ....
        marketing_user   -    .... .... - .... ....
        marketing_manager -   .... .... - .... ....
        general_manager  -    r... r... - r... ....
        group_executive  -    r... r... - r... ....
        system           -    .... .... - .... ....
        """,
    # Who sees all of the store.
    "dealer.figure.day": """
                        own   team  house prospect pool  other
        sales_consultant .... .... .... - .... ....
        sales_manager    .... .... .... - .... ....
        sales_director   r... r... r... - r... ....
        dcc_agent        .... .... .... - .... ....
        dcc_lead         .... .... .... - .... ....
        reception        .... .... .... - .... ....
        service_advisor  .... .... .... - .... ....
        service_manager  .... .... .... - .... ....
        technician       .... .... .... - .... ....
        care_agent       .... .... .... - .... ....
        care_manager     .... .... .... - .... ....
        marketing_user   .... .... .... - .... ....
        marketing_manager .... .... .... - .... ....
        general_manager  r... r... r... - r... ....
        group_executive  r... r... r... - r... ....
        system           .... .... .... - .... ....
        """,
    # Nobody's but the system's.
    "dealer.figure.mark": """
                        own   team  house prospect pool  other
        sales_consultant .... .... .... - .... ....
        sales_manager    .... .... .... - .... ....
        sales_director   .... .... .... - .... ....
        dcc_agent        .... .... .... - .... ....
        dcc_lead         .... .... .... - .... ....
        reception        .... .... .... - .... ....
        service_advisor  .... .... .... - .... ....
        service_manager  .... .... .... - .... ....
        technician       .... .... .... - .... ....
        care_agent       .... .... .... - .... ....
        care_manager     .... .... .... - .... ....
        marketing_user   .... .... .... - .... ....
        marketing_manager .... .... .... - .... ....
        general_manager  .... .... .... - .... ....
        group_executive  .... .... .... - .... ....
        system           r... r... r... - r... r...
        """,
    # The person writes the own words and figures; who answers for whom reads, and answers by buttons.
    "dealer.daily.report": """
                        own   team  house prospect pool  other
        sales_consultant rw.. .... .... - - ....
        sales_manager    rw.. r... .... - - ....
        sales_director   rw.. r... r... - - ....
        dcc_agent        -    .... .... - - ....
        dcc_lead         -    .... .... - - ....
        reception        -    .... .... - - ....
        service_advisor  -    .... .... - - ....
        service_manager  -    .... .... - - ....
        technician       -    .... .... - - ....
        care_agent       -    .... .... - - ....
        care_manager     -    .... .... - - ....
        marketing_user   -    .... .... - - ....
        marketing_manager -   .... .... - - ....
        general_manager  -    r... r... - - ....
        group_executive  -    r... r... - - ....
        system           -    r... r... - - ....
        """,
    "dealer.daily.report.line": """
                        own   team  house prospect pool  other
        sales_consultant rw.. .... .... - - ....
        sales_manager    rw.. r... .... - - ....
        sales_director   rw.. r... r... - - ....
        dcc_agent        -    .... .... - - ....
        dcc_lead         -    .... .... - - ....
        reception        -    .... .... - - ....
        service_advisor  -    .... .... - - ....
        service_manager  -    .... .... - - ....
        technician       -    .... .... - - ....
        care_agent       -    .... .... - - ....
        care_manager     -    .... .... - - ....
        marketing_user   -    .... .... - - ....
        marketing_manager -   .... .... - - ....
        general_manager  -    r... r... - - ....
        group_executive  -    r... r... - - ....
        system           -    r... r... - - ....
        """,
}
QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
#: Post × menu; the letters: w daily work reports, t traffic and register, s sources, d defeats,
#: p prospects, a activities, b daily business, g targets.
MENUS = {
    "sales_consultant": "wtsdpabg",
    "sales_manager": "wtsdpabg",
    "sales_director": "wtsdpabg",
    "dcc_agent": "dpabg",
    "dcc_lead": "dpabg",
    "reception": "ts",
    "general_manager": "wtsdpabg",
    "group_executive": "wtsdpabg",
    "system": "wtsdg",
}
LETTERS = {
    "w": {"daily", "daily_figures"},
    "t": {"traffic", "register", "heat"},
    "s": {"sources"},
    "d": {"defeats", "reasons"},
    "p": {"progress", "customers"},
    "a": {"activities"},
    "b": {"business"},
    "g": {"targets"},
}


class TestReportRights(RoleMatrix, ReportCase):
    """Post × report × whose × what, every cell tried out."""

    matrix = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sales = {post: field for post, field in BINDINGS.items() if not post.startswith("service")}
        cls.by_column = {
            "own": {
                post: cls.prepare(f"Own{post}", **{field: cls.users[post].id})
                for post, field in sales.items()
            },
            "team": {
                "dcc_lead": cls.prepare("Agent", dcc_agent_id=cls.second_agent.id),
                "": cls.prepare("Team", consultant_id=cls.teammate.id),
            },
            "house": cls.prepare("Strange", consultant_id=cls.stranger.id),
            "pool": cls.prepare("Nobody"),
            "other": cls.prepare("There", cls.store_b, consultant_id=cls.consultant_b.id),
        }

    @classmethod
    def prepare(cls, tag, store=None, **binding):
        """Return a customer with a lead whose defeat is asked."""
        customer = cls.make_customer(tag, store, car=False, **binding)
        lead = cls.make_lead(customer)
        defeat = cls.env["dealer.defeat"].create(
            {
                "lead_id": lead.id,
                "user_id": next(iter(binding.values()), cls.sales_director.id),
                "reason_id": cls.env.ref("dealer_leads.defeat_reason_none_cannot_be_reached").id,
            }
        )
        return customer, lead, defeat

    def of(self, post, column):
        found = self.by_column.get(column)
        if column == "own":
            return found.get(post)
        if column == "team":
            return found.get(post) or found[""]
        return found

    def visit_of(self, post, column):
        """Return a closed visit; it was received by whose customer it is."""
        if column == "own" and post not in ("sales_consultant", "sales_manager", "sales_director"):
            return None
        people = {
            "own": self.users[post],
            "team": self.teammate,
            "house": self.stranger,
            "other": self.consultant_b,
        }
        store = self.store_b if column == "other" else self.store_a
        visit = self.env["dealer.visit"].create({"visitor_name": "李", "unit_id": store.id})
        if column == "pool":
            visit._close("unserved")
        else:
            visit.write({"consultant_id": people[column].id})
            visit.action_receive()
            visit._close("continue")
        return visit

    def probe(self, env, row):
        mine = row.with_env(env)
        return row, {
            "w": lambda: mine.write({"series": "x"}),
            "c": lambda: mine.create({"series": "x"}),
        }

    def _probe_dealer_visit_report(self, env, post, column):
        if column == "prospect":
            return None
        visit = self.visit_of(post, column)
        return visit and self.probe(env, self.visit_report.browse(visit.id))

    def _probe_dealer_defeat_report(self, env, post, column):
        found = self.of(post, column)
        if not found:
            return None
        row = self.env["dealer.defeat.report"].search([("defeat_id", "=", found[2].id)])
        return self.probe(env, row)

    def _probe_dealer_prospect_progress(self, env, post, column):
        found = self.of(post, column)
        if not found:
            return None
        row = self.env["dealer.prospect.progress"].search([("lead_id", "=", found[1].id)], limit=1)
        return self.probe(env, row)

    def _probe_dealer_work_report(self, env, post, column):
        found = self.of(post, column)
        if not found:
            return None
        row = self.env["dealer.work.report"].search(
            [("lead_id", "=", found[1].id), ("kind", "=", "lead")]
        )
        return self.probe(env, row)

    month = date(2026, 1, 1)

    def _probe_dealer_target(self, env, post, column):
        people = {
            "own": self.users[post],
            "team": self.dcc_agent if post == "dcc_lead" else self.teammate,
            "house": self.stranger,
            "pool": self.env["res.users"],
            "other": self.consultant_b,
        }
        if column not in people:
            return None
        store = self.store_b if column == "other" else self.store_a
        values = {"unit_id": store.id, "user_id": people[column].id, "figure": "orders", "value": 9}
        # Each cell has months of its own: a target stands once.
        self.month = date_utils.add(self.month, months=2)
        row = self.env["dealer.target"].create({**values, "month": self.month})
        mine = row.with_env(env)
        return row, {
            "w": lambda: mine.write({"value": 8}),
            "c": lambda: mine.create({**values, "month": date_utils.add(row.month, months=1)}),
        }

    def test_targets(self):
        self.check_model("dealer.target")

    def _probe_dealer_figure_day(self, env, post, column):
        if column == "prospect":
            return None
        people = {"own": self.users[post], "team": self.teammate, "house": self.stranger}
        store = self.store_b if column == "other" else self.store_a
        values = {
            "unit_id": store.id,
            "company_id": store.company_id.id,
            "user_id": people[column].id if column in people else False,
            "day": "2026-03-10",
            "key": f"{post}.{column}",
            "value": 1,
        }
        row = self.env["dealer.figure.day"].create(values)
        mine = row.with_env(env)
        return row, {
            "w": lambda: mine.write({"value": 2}),
            "c": lambda: mine.create(values | {"key": "forged"}),
        }

    def _probe_dealer_figure_mark(self, env, post, column):
        if column == "prospect":
            return None
        store = self.store_b if column == "other" else self.store_a
        values = {"unit_id": store.id, "day": "2026-03-10"}
        row = self.env["dealer.figure.mark"].create(values)
        mine = row.with_env(env)
        return row, {
            "w": lambda: mine.write({"day": "2026-03-11"}),
            "c": lambda: mine.create(values),
        }

    def daily_of(self, post, column):
        """Return the daily report of a person of the column."""
        if column not in ("own", "team", "house", "other"):
            return None
        if column == "own" and post not in ("sales_consultant", "sales_manager", "sales_director"):
            return None
        people = {"own": self.users[post], "team": self.teammate, "house": self.stranger}
        store = self.store_b if column == "other" else self.store_a
        return self.env["dealer.daily.report"].create(
            {
                "user_id": people.get(column, self.consultant_b).id,
                "unit_id": store.id,
                # Of each person and day there is one.
                "day": date(2020, 1, 1) + timedelta(days=next(self.serial)),
                "line_ids": [Command.create({"figure": "orders"})],
            }
        )

    def _probe_dealer_daily_report(self, env, post, column):
        report = self.daily_of(post, column)
        return report and (
            report,
            {
                "w": lambda: report.with_env(env).write({"problems": "x"}),
                "c": lambda: report.with_env(env).create(
                    {"user_id": env.uid, "unit_id": report.unit_id.id, "day": "2026-03-30"}
                ),
            },
        )

    def _probe_dealer_daily_report_line(self, env, post, column):
        report = self.daily_of(post, column)
        return report and (
            report.line_ids,
            {
                "w": lambda: report.line_ids.with_env(env).write({"value": 3}),
                "c": lambda: report.line_ids.with_env(env).create(
                    {"report_id": report.id, "figure": "visits"}
                ),
            },
        )

    def test_daily_reports(self):
        self.check_model("dealer.daily.report")

    def test_daily_figures(self):
        self.check_model("dealer.daily.report.line")

    def test_whole(self):
        self.assert_whole("dealer_reports", besides=("dealer.visit.report",))

    def test_visits(self):
        self.check_model("dealer.visit.report")

    def test_defeats(self):
        self.check_model("dealer.defeat.report")

    def test_progress(self):
        self.check_model("dealer.prospect.progress")

    def test_work(self):
        self.check_model("dealer.work.report")

    def test_added_up(self):
        self.check_model("dealer.figure.day")
        self.check_model("dealer.figure.mark")

    @mute_logger(*QUIET)
    def test_as_the_records_behind(self):
        """Each post sees the rows of the records it sees: no more and no fewer."""
        for column in ("team", "house", "pool", "other"):
            self.visit_of("sales_consultant", column)
        first = ("first_kept", "first_known", "first_open")
        for post in (*POSTS, "system"):
            env = self.env(user=self.users[post])
            report = env["dealer.defeat.report"]
            if report.has_access("read"):
                rows = report.search([])
                visits = env["dealer.visit"].search([]).ids
                received = self.visit_report.search(
                    [("id", "in", visits), ("traffic", "in", first)]
                )
                self.assertEqual(set(rows.visit_id.ids), set(received.ids), post)
                self.assertEqual(
                    set(rows.defeat_id.ids), set(env["dealer.defeat"].search([]).ids), post
                )
            report = env["dealer.prospect.progress"]
            if report.has_access("read"):
                leads = env["crm.lead"].with_context(active_test=False)
                leads = leads.search(
                    [("dealer_relation_id", "!=", False), ("dealer_merged_into_id", "=", False)]
                )
                self.assertEqual(set(report.search([]).lead_id.ids), set(leads.ids), post)

    @mute_logger(*QUIET)
    def test_forged_stores(self):
        """Nobody sees another store's figures by naming its company."""
        company = self.store_b.company_id
        self.env["dealer.figure.day"].create(
            {
                "unit_id": self.store_b.id,
                "company_id": company.id,
                "day": "2026-03-10",
                "key": "leads",
                "value": 1,
            }
        )
        for model in MATRIX:
            report = self.env[model].with_user(self.general_manager)
            forged = report.with_context(allowed_company_ids=[company.id])
            self.assertTrue(
                self.attempt(lambda forged=forged: self.assertTrue(forged.search([]))), model
            )

    @mute_logger(*QUIET)
    def test_who_has_no_post(self):
        self.visit_of("sales_consultant", "team")
        nobody = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        for user in (nobody, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, MATRIX)

    def test_menus(self):
        names = set().union(*LETTERS.values())
        for post in (*POSTS, "system"):
            seen = self.env["ir.ui.menu"].with_user(self.users[post])._visible_menu_ids()
            found = {
                name
                for name in names
                if self.env.ref(f"dealer_reports.menu_dealer_reports_{name}").id in seen
            }
            expected = set().union(*(LETTERS[letter] for letter in MENUS.get(post, "")))
            self.assertEqual(found, expected, post)
