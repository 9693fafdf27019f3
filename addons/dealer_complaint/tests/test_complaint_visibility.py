from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, POSTS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from ..models.helpdesk_ticket import INSIDE
from .common import ComplaintCase

MATRIX = {
    # The letter t: take up. Alerts are of a store.
    "dealer.case.alert": """
                          own   team house prospect pool other
        *                 ..... -    -     -        -    .....
        sales_manager     r.... -    -     -        -    .....
        sales_director    rw.t. -    -     -        -    .....
        service_manager   rw.t. -    -     -        -    .....
        care_agent        r.... -    -     -        -    .....
        care_manager      rw.t. -    -     -        -    .....
        general_manager   rw.t. -    -     -        -    .....
        group_executive   rw.t. -    -     -        -    .....
        system            r.... -    -     -        -    .....
        """,
    "dealer.word.report": """
                          own  team house prospect pool other
        *                 .... .... ....  -        .... ....
        sales_manager     r... r... r...  -        r... ....
        sales_director    r... r... r...  -        r... ....
        service_manager   r... r... r...  -        r... ....
        care_agent        r... r... r...  -        r... ....
        care_manager      r... r... r...  -        r... ....
        general_manager   r... r... r...  -        r... ....
        group_executive   r... r... r...  -        r... ....
        system            r... r... r...  -        r... ....
        """,
    # own: the person handles it; team: a colleague does; house: a task of it is the person's;
    # pool: nobody yet; other: of another store.
    "helpdesk.ticket": """
                          own  team house prospect pool other
        *                 rwc. rwc. rwc.  -        rwc. ....
        sales_consultant  rw.. .... rw..  -        .... ....
        dcc_agent         rw.. .... rw..  -        .... ....
        dcc_lead          rw.. .... rw..  -        .... ....
        reception         .... .... ....  -        .... ....
        service_advisor   rw.. .... rw..  -        .... ....
        technician        rw.. .... rw..  -        .... ....
        marketing_user    .... .... ....  -        .... ....
        marketing_manager .... .... ....  -        .... ....
        system            r... r... r...  -        r... ....
        """,
    # The letter a: approve 150.
    "dealer.case.compensation": """
                          own   team  house prospect pool  other
        *                 rwcad rwcad rwcad -        rwcad .....
        sales_consultant  rwc.. ..... rwc.. -        ..... .....
        dcc_agent         rwc.. ..... rwc.. -        ..... .....
        dcc_lead          rwc.. ..... rwc.. -        ..... .....
        reception         ..... ..... ..... -        ..... .....
        service_advisor   rwca. ..... rwca. -        ..... .....
        technician        rwc.. ..... rwc.. -        ..... .....
        care_agent        rwc.d rwc.d rwc.d -        rwc.d .....
        marketing_user    ..... ..... ..... -        ..... .....
        marketing_manager ..... ..... ..... -        ..... .....
        system            r.... r.... r.... -        r.... .....
        """,
    # own: of the store; pool: of all stores; other: of another one. So with rules below.
    "dealer.case.compensation.limit": """
                          own  team house prospect pool other
        *                 r... -    -     -        r... ....
        reception         .... -    -     -        .... ....
        marketing_user    .... -    -     -        .... ....
        marketing_manager .... -    -     -        .... ....
        general_manager   rwcd -    -     -        r... ....
        group_executive   rwcd -    -     -        rwcd ....
        system            rwcd -    -     -        rwcd ....
        """,
    # own: of the store for everybody; team: for another post; house: for the person's post;
    # pool: of all stores.
    "dealer.document": """
                          own  team house prospect pool other
        *                 r... .... r...  -        r... ....
        sales_manager     rwcd .... rwcd  -        r... ....
        sales_director    rwcd rwcd rwcd  -        r... ....
        service_manager   rwcd .... rwcd  -        r... ....
        care_manager      rwcd rwcd rwcd  -        r... ....
        general_manager   rwcd rwcd rwcd  -        r... ....
        group_executive   rwcd rwcd rwcd  -        rwcd ....
        system            r... r... r...  -        r... ....
        """,
    "dealer.document.version": """
                          own  team house prospect pool other
        *                 r... .... r...  -        r... ....
        sales_manager     rwc. .... rwc.  -        r... ....
        sales_director    rwc. rwc. rwc.  -        r... ....
        service_manager   rwc. .... rwc.  -        r... ....
        care_manager      rwc. rwc. rwc.  -        r... ....
        general_manager   rwc. rwc. rwc.  -        r... ....
        group_executive   rwc. rwc. rwc.  -        rwc. ....
        system            r... r... r...  -        r... ....
        """,
    "dealer.article": """
                          own team house prospect pool other
        *                 -   -    -     -        r... -
        care_agent        -   -    -     -        rwc. -
        care_manager      -   -    -     -        rwcd -
        """,
    "dealer.article.category": """
                          own team house prospect pool other
        *                 -   -    -     -        r... -
        care_agent        -   -    -     -        rwc. -
        care_manager      -   -    -     -        rwcd -
        """,
    # Votes are nobody's; the letter v: say that an article helped.
    "dealer.article.vote": """
                          own   team  house prospect pool other
        *                 ...v. ...v. -     -        -    -
        system            r..v. r..v. -     -        -    -
        """,
    "dealer.case.severity.rule": """
                          own  team house prospect pool other
        *                 r... -    -     -        r... ....
        care_manager      rwcd -    -     -        r... ....
        general_manager   rwcd -    -     -        r... ....
        group_executive   rwcd -    -     -        rwcd ....
        system            rwcd -    -     -        rwcd ....
        """,
    "dealer.score.rule": """
                          own  team house prospect pool other
        *                 r... -    -     -        r... ....
        reception         .... -    -     -        .... ....
        marketing_user    .... -    -     -        .... ....
        marketing_manager .... -    -     -        .... ....
        general_manager   rwcd -    -     -        r... ....
        group_executive   rwcd -    -     -        rwcd ....
        system            rwcd -    -     -        rwcd ....
        """,
    # own: the own sheet; team: a colleague's. The letter f: confirm.
    "dealer.score.sheet": """
                          own   team  house prospect pool other
        *                 r.... ..... -     -        -    .....
        reception         ..... ..... -     -        -    .....
        care_manager      r.... r..f. -     -        -    .....
        marketing_user    ..... ..... -     -        -    .....
        marketing_manager ..... ..... -     -        -    .....
        general_manager   r.... r..f. -     -        -    .....
        group_executive   r.... r..f. -     -        -    .....
        """,
    "dealer.score.line": """
                          own  team house prospect pool other
        *                 r... .... -     -        -    ....
        reception         .... .... -     -        -    ....
        care_manager      r... r... -     -        -    ....
        marketing_user    .... .... -     -        -    ....
        marketing_manager .... .... -     -        -    ....
        general_manager   r... r... -     -        -    ....
        group_executive   r... r... -     -        -    ....
        """,
    # Nobody writes what is sealed.
    "dealer.case.event": """
                          own  team house prospect pool other
        *                 r... r... r...  -        r... ....
        sales_consultant  r... .... r...  -        .... ....
        dcc_agent         r... .... r...  -        .... ....
        dcc_lead          r... .... r...  -        .... ....
        reception         .... .... ....  -        .... ....
        service_advisor   r... .... r...  -        .... ....
        technician        r... .... r...  -        .... ....
        marketing_user    .... .... ....  -        .... ....
        marketing_manager .... .... ....  -        .... ....
        """,
    # Words and salts are nobody's; who reads the event reads the words by it.
    "dealer.case.payload": """
                          own  team house prospect pool other
        *                 .... .... ....  -        .... ....
        """,
    "dealer.case.kind": """
                          own team house prospect pool other
        *                 -   -    -     -        r... -
        care_manager      -   -    -     -        rwcd -
        general_manager   -   -    -     -        rwcd -
        group_executive   -   -    -     -        rwcd -
        system            -   -    -     -        rwcd -
        """,
    "dealer.case.customer.kind": """
                          own team house prospect pool other
        *                 -   -    -     -        r... -
        care_manager      -   -    -     -        rwcd -
        general_manager   -   -    -     -        rwcd -
        group_executive   -   -    -     -        rwcd -
        system            -   -    -     -        rwcd -
        """,
    "dealer.case.cause": """
                          own team house prospect pool other
        *                 -   -    -     -        r... -
        care_manager      -   -    -     -        rwcd -
        general_manager   -   -    -     -        rwcd -
        group_executive   -   -    -     -        rwcd -
        system            -   -    -     -        rwcd -
        """,
    "dealer.word": """
                          own team house prospect pool other
        *                 -   -    -     -        .... -
        sales_manager     -   -    -     -        r... -
        sales_director    -   -    -     -        r... -
        service_manager   -   -    -     -        r... -
        care_agent        -   -    -     -        r... -
        care_manager      -   -    -     -        rwcd -
        general_manager   -   -    -     -        rwcd -
        group_executive   -   -    -     -        rwcd -
        system            -   -    -     -        rwcd -
        """,
    # The letter f: write the result and finish.
    "dealer.case.task": """
                          own   team  house prospect pool  other
        *                 rwcf. rwcf. rwcf. -        rwcf. .....
        sales_consultant  r.... ..... r..f. -        ..... .....
        dcc_agent         r.... ..... r..f. -        ..... .....
        dcc_lead          r.... ..... r..f. -        ..... .....
        reception         ..... ..... ..... -        ..... .....
        service_advisor   r.... ..... r..f. -        ..... .....
        technician        r.... ..... r..f. -        ..... .....
        marketing_user    ..... ..... ..... -        ..... .....
        marketing_manager ..... ..... ..... -        ..... .....
        system            r.... r.... r.... -        r.... .....
        """,
    # The letter f: carried out; w: judge its effect.
    "dealer.case.measure": """
                          own   team  house prospect pool  other
        *                 rwcfd rwcfd rwcfd -        rwcfd .....
        sales_consultant  r.... ..... r..f. -        ..... .....
        dcc_agent         r.... ..... r..f. -        ..... .....
        dcc_lead          r.... ..... r..f. -        ..... .....
        reception         ..... ..... ..... -        ..... .....
        service_advisor   r.... ..... r..f. -        ..... .....
        technician        r.... ..... r..f. -        ..... .....
        marketing_user    ..... ..... ..... -        ..... .....
        marketing_manager ..... ..... ..... -        ..... .....
        system            r.... r.... r..f. -        r.... .....
        """,
    # The letter c: sign that the customer withdrew.
    "dealer.case.step": """
                          own  team house prospect pool other
        *                 .... .... ....  -        .... ....
        care_agent        ..c. ..c. ..c.  -        ..c. ....
        care_manager      ..c. ..c. ..c.  -        ..c. ....
        """,
}
QUIET = ("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")


class TestComplaintVisibility(RoleMatrix, ComplaintCase):
    """Post × model × whose × what, every cell tried out; and what a client may forge."""

    matrix = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.words = cls.env["dealer.word"].create({"name": "canaryword", "tone": "bad"})
        cls.colleagues = cls.make_case(cls.stranger)
        cls.nobodys = cls.make_case(cls.env["res.users"])
        cls.others = cls.make_case(cls.consultant_b, cls.store_b)
        cls.handled = {post: cls.make_case(cls.users[post]) for post in (*POSTS, "system")}
        cls.helped = {post: cls.make_case(cls.stranger) for post in (*POSTS, "system")}
        for post, case in cls.helped.items():
            cls.make_task(case, cls.users[post])
        cls.category = cls.env.ref("dealer_complaint.article_category_0")
        cls.env.ref("base.CNY").active = True

    @classmethod
    def make_case(cls, handler, store=None):
        store = store or cls.store_a
        case = cls.tickets.with_company(store.company_id).create(
            {
                "name": "canary",
                "facts": "canaryword of the customer",
                "company_id": store.company_id.id,
                "kind_id": cls.kind.id,
            }
        )
        case.with_context(case_inside=INSIDE).write(
            {"handler_id": handler.id, "case_state": "handling" if handler else "received"}
        )
        return case.with_context(case_inside=None)

    @classmethod
    def make_task(cls, case, user):
        return cls.env["dealer.case.task"].create(
            {"ticket_id": case.id, "name": "look", "user_id": user.id}
        )

    def case_of(self, post, column):
        return {
            "own": self.handled[post],
            "team": self.colleagues,
            "house": self.helped[post],
            "pool": self.nobodys,
            "other": self.others,
        }.get(column)

    def worker_of(self, column):
        return self.consultant_b if column == "other" else self.stranger

    def company_of(self, column):
        """Return whose setting it is: of the own store, of all stores, of another store."""
        return {
            "own": self.store_a.company_id,
            "pool": self.env["res.company"],
            "other": self.store_b.company_id,
        }.get(column)

    def _probe_helpdesk_ticket(self, env, post, column):
        case = self.case_of(post, column)
        if case is None:
            return None
        values = self.prepare_case(
            company_id=case.company_id.id, partner_id=False, vehicle_id=False
        )
        return case, {
            "w": lambda: case.with_env(env).write({"promise": "words"}),
            "c": lambda: env["helpdesk.ticket"].create(values),
        }

    def _probe_dealer_case_event(self, env, post, column):
        case = self.case_of(post, column)
        if case is None:
            return None
        event = case.event_ids[:1]
        return event, {
            "w": lambda: event.with_env(env).write({"user_id": 1}),
            "c": lambda: event.with_env(env).create({"ticket_id": case.id}),
        }

    def _probe_dealer_case_payload(self, env, post, column):
        case = self.case_of(post, column)
        if case is None:
            return None
        payload = case.event_ids[:1].payload_ids
        values = {"event_id": case.event_ids[:1].id, "salt": "x", "content": {}}
        return payload, {
            "w": lambda: payload.with_env(env).write({"content": {}}),
            "c": lambda: payload.with_env(env).create(values),
        }

    def _probe_dealer_case_task(self, env, post, column):
        case = self.case_of(post, column)
        if case is None:
            return None
        worker = self.users[post] if column == "house" else self.worker_of(column)
        task = case.task_ids[:1] if column == "house" else self.make_task(case, worker)

        def finish():
            task.with_env(env).result = "found"
            task.with_env(env).action_done()

        values = {"ticket_id": case.id, "name": "new", "user_id": self.worker_of(column).id}
        return task, {
            "w": lambda: task.with_env(env).write({"name": "other"}),
            "c": lambda: task.with_env(env).create(values),
            "f": finish,
        }

    def _probe_dealer_case_measure(self, env, post, column):
        case = self.case_of(post, column)
        if case is None:
            return None
        values = {
            "ticket_id": case.id,
            "name": "train",
            "user_id": (self.users[post] if column == "house" else self.worker_of(column)).id,
            "date": "2026-04-01",
        }
        measure = self.env["dealer.case.measure"].create(values)
        return measure, {
            "w": lambda: measure.with_env(env).write({"effect": "works"}),
            "c": lambda: measure.with_env(env).create(values),
            "f": lambda: measure.with_env(env).action_done(),
        }

    def _probe_dealer_case_compensation(self, env, post, column):
        case = self.case_of(post, column)
        if case is None:
            return None
        values = {"ticket_id": case.id, "amount": 150, "reason": "goodwill"}
        row = self.env["dealer.case.compensation"].create(values)
        return row, {
            "w": lambda: row.with_env(env).write({"amount": 1}),
            "c": lambda: row.with_env(env).create(values),
            "a": lambda: row.with_env(env).action_approve(),
        }

    def _probe_dealer_case_alert(self, env, post, column):
        if column not in ("own", "other"):
            return None
        values = {
            "cause_id": self.env.ref("dealer_complaint.cause_process_repair").id,
            "company_id": self.company_of(column).id,
        }
        alert = self.env["dealer.case.alert"].create(values)
        return alert, {
            "w": lambda: alert.with_env(env).write({"note": "trained"}),
            "c": lambda: alert.with_env(env).create(values),
            "t": lambda: alert.with_env(env).action_take_up(),
        }

    def _probe_shared(self, env, column, model, values, change):
        """A table of all stores."""
        if column != "pool":
            return None
        record = self.env[model].create(values)
        return record, {
            "w": lambda: record.with_env(env).write(change),
            "c": lambda: env[model].create({**values, **change}),
        }

    def _probe_dealer_case_kind(self, env, post, column):
        return self._probe_shared(env, column, "dealer.case.kind", {"name": "a"}, {"name": "b"})

    def _probe_dealer_case_customer_kind(self, env, post, column):
        model = "dealer.case.customer.kind"
        return self._probe_shared(env, column, model, {"name": "a"}, {"name": "b"})

    def _probe_dealer_case_cause(self, env, post, column):
        return self._probe_shared(env, column, "dealer.case.cause", {"name": "a"}, {"name": "b"})

    def _probe_dealer_word(self, env, post, column):
        number = next(self.serial)
        return self._probe_shared(env, column, "dealer.word", {"name": f"a{number}"}, {"name": "b"})

    def _probe_dealer_article_category(self, env, post, column):
        model = "dealer.article.category"
        return self._probe_shared(env, column, model, {"name": "a"}, {"name": "b"})

    def _probe_dealer_article(self, env, post, column):
        values = {"name": "a", "category_id": self.category.id}
        return self._probe_shared(env, column, "dealer.article", values, {"name": "b"})

    def _probe_dealer_article_vote(self, env, post, column):
        if column not in ("own", "team"):
            return None
        article = self.env["dealer.article"].create({"name": "a", "category_id": self.category.id})
        user = self.users[post] if column == "own" else self.stranger
        values = {"article_id": article.id, "user_id": user.id, "helped": True}
        vote = self.env["dealer.article.vote"].create(values)
        other = {**values, "user_id": self.teammate.id}
        return vote, {
            "w": lambda: vote.with_env(env).write({"helped": False}),
            "c": lambda: vote.with_env(env).create(other),
            "v": lambda: article.with_env(env).action_helped(),
        }

    def _probe_setting(self, env, column, model, values, change):
        """A setting of one store or of all."""
        company = self.company_of(column)
        if company is None:
            return None
        record = self.env[model].create({**values, "company_id": company.id})
        return record, {
            "w": lambda: record.with_env(env).write(change),
            "c": lambda: env[model].create({**values, **change, "company_id": company.id}),
        }

    def _probe_dealer_case_severity_rule(self, env, post, column):
        model = "dealer.case.severity.rule"
        return self._probe_setting(env, column, model, {"name": "a"}, {"name": "b"})

    def _probe_dealer_case_compensation_limit(self, env, post, column):
        one, two = self.env["res.groups"].create([{"name": "one"}, {"name": "two"}])
        model = "dealer.case.compensation.limit"
        values = {"group_id": one.id, "amount": 5}
        return self._probe_setting(env, column, model, values, {"group_id": two.id})

    def _probe_dealer_score_rule(self, env, post, column):
        values = {"name": "a", "event": "late"}
        return self._probe_setting(env, column, "dealer.score.rule", values, {"name": "b"})

    def next_month(self):
        return f"{2100 + next(self.serial)}-01-01"

    def sheet_of(self, post, column):
        if column not in ("own", "team", "other"):
            return None
        user = {"own": self.users[post], "team": self.stranger, "other": self.consultant_b}[column]
        store = self.store_b if column == "other" else self.store_a
        sheet = self.env["dealer.score.sheet"].create(
            {"user_id": user.id, "unit_id": store.id, "month": self.next_month()}
        )
        rule = self.env.ref("dealer_complaint.score_rule_late")
        sheet.line_ids.create({"sheet_id": sheet.id, "rule_id": rule.id, "points": -1})
        return sheet

    def _probe_dealer_score_sheet(self, env, post, column):
        sheet = self.sheet_of(post, column)
        if sheet is None:
            return None
        values = {"user_id": sheet.user_id.id, "unit_id": sheet.unit_id.id}
        values["month"] = self.next_month()
        return sheet, {
            "w": lambda: sheet.with_env(env).write({"points": 100}),
            "c": lambda: sheet.with_env(env).create(values),
            "f": lambda: sheet.with_env(env).action_confirm(),
        }

    def _probe_dealer_score_line(self, env, post, column):
        sheet = self.sheet_of(post, column)
        if sheet is None:
            return None
        line = sheet.line_ids
        values = {"sheet_id": sheet.id, "rule_id": line.rule_id.id, "points": 9}
        return line, {
            "w": lambda: line.with_env(env).write({"points": 9}),
            "c": lambda: line.with_env(env).create(values),
        }

    def document_of(self, post, column):
        """own: of the store for everybody; team: for another post; house: for one's own post."""
        if column == "prospect":
            return None
        company = self.store_a.company_id
        groups = self.env["res.groups"]
        if column in ("pool", "other"):
            company = self.company_of(column)
        elif column == "team":
            groups = self.env.ref("base.group_portal")
        elif column == "house":
            groups = self.env.ref(
                "base.group_system" if post == "system" else f"dealer_base.group_{post}"
            )
        return self.env["dealer.document"].create(
            {
                "name": "price list",
                "company_id": company.id,
                "group_ids": [Command.set(groups.ids)],
                "version_ids": [Command.create({"file": b"QQ==", "file_name": "a.txt"})],
            }
        )

    def _probe_dealer_document(self, env, post, column):
        document = self.document_of(post, column)
        if document is None:
            return None
        values = {
            "name": "new",
            "company_id": document.company_id.id,
            "group_ids": [Command.set(document.group_ids.ids)],
        }
        return document, {
            "w": lambda: document.with_env(env).write({"name": "other"}),
            "c": lambda: document.with_env(env).create(values),
        }

    def _probe_dealer_document_version(self, env, post, column):
        document = self.document_of(post, column)
        if document is None:
            return None
        version = document.version_ids
        values = {"document_id": document.id, "file": b"Qg==", "file_name": "b.txt"}
        return version, {
            "w": lambda: version.with_env(env).write({"note": "words"}),
            "c": lambda: version.with_env(env).create(values),
        }

    def _probe_dealer_word_report(self, env, post, column):
        case = self.case_of(post, column)
        if case is None:
            return None
        row = self.env["dealer.word.report"].search([("ticket_id", "=", case.id)], limit=1)
        return row, {
            "w": lambda: row.with_env(env).write({"tone": "good"}),
            "c": lambda: row.with_env(env).create({"ticket_id": case.id}),
        }

    def _probe_dealer_case_step(self, env, post, column):
        """The letter c: note the withdrawal of the complaint."""
        case = self.case_of(post, column)
        if case is None:
            return None
        values = {"ticket_ids": case.ids, "step": "withdraw", "opinion": "no more"}
        return None, {
            "w": lambda: self.fail_politely(),
            "c": lambda: env["dealer.case.step"].create(values).action_sign(),
        }

    def check_models(self, *models):
        for model in models:
            with self.subTest(model=model):
                self.check_model(model)

    def test_table_is_whole(self):
        self.assert_whole("dealer_complaint", besides=["helpdesk.ticket"])

    def test_case(self):
        self.check_model("helpdesk.ticket")

    def test_sealed_file(self):
        self.check_models("dealer.case.event", "dealer.case.payload")

    def test_work(self):
        self.check_models("dealer.case.task", "dealer.case.measure", "dealer.case.step")

    def test_compensation(self):
        self.check_models("dealer.case.compensation", "dealer.case.compensation.limit")

    def test_tables_of_all_stores(self):
        self.check_models(
            "dealer.case.kind",
            "dealer.case.customer.kind",
            "dealer.case.cause",
            "dealer.word",
        )

    def test_rules(self):
        self.check_models("dealer.case.severity.rule", "dealer.score.rule")

    def test_alert_and_words(self):
        self.check_models("dealer.case.alert", "dealer.word.report")

    def test_scores(self):
        self.check_models("dealer.score.sheet", "dealer.score.line")

    def test_knowledge(self):
        self.check_models("dealer.article", "dealer.article.category", "dealer.article.vote")

    def test_documents(self):
        self.check_models("dealer.document", "dealer.document.version")

    def test_who_has_no_post(self):
        self.env["dealer.article"].create({"name": "a", "category_id": self.category.id})
        self.document_of("system", "own")
        self.sheet_of("system", "team")
        users = self.env["res.users"].create(
            [
                self.prepare_person("t_nobody", ["base.group_user"], self.store_a),
                self.prepare_person("t_portal", ["base.group_portal"], self.store_a),
            ]
        )
        # What classes and causes there are is known to every employee.
        known = {
            "dealer.case.kind",
            "dealer.case.customer.kind",
            "dealer.case.cause",
            "dealer.case.severity.rule",
            "dealer.case.step",
        }
        self.assert_nothing(users[0], set(MATRIX) - known)
        for user in users[1] | self.env.ref("base.public_user"):
            self.assert_nothing(user, set(MATRIX) - {"dealer.case.step"})
        for post in API_POSTS:
            self.assert_nothing(
                self.make_machine(f"t_{post}", post), set(MATRIX) - {"dealer.case.step"}
            )

    # ------------------------------------------------------------------ what a client may forge

    def test_found_counted_and_grouped(self):
        """A handler finds, counts and groups the own cases and nobody else's."""
        mine = self.handled["service_advisor"] | self.helped["service_advisor"]
        tickets = self.env(user=self.service_advisor)["helpdesk.ticket"]
        domain = [("is_case", "=", True)]
        self.assertEqual(tickets.search(domain), mine)
        self.assertEqual(tickets.search_count(domain), 2)
        groups = tickets._read_group(domain, ["case_state"], ["__count"])
        self.assertEqual(groups, [("handling", 2)])

    def test_nothing_is_moved_to_another_case(self):
        """Rules look at what was; what becomes of it is asked, too."""
        case = self.handled["service_manager"]
        task = self.make_task(case, self.technician)
        measure = self.env["dealer.case.measure"].create(
            {"ticket_id": case.id, "name": "m", "user_id": self.technician.id, "date": "2026-04-01"}
        )
        row = self.env["dealer.case.compensation"].create(
            {"ticket_id": case.id, "amount": 5, "reason": "x"}
        )
        for record in (task, measure, row):
            error = self.attempt(
                lambda record=record: record.with_user(self.service_manager).write(
                    {"ticket_id": self.colleagues.id}
                )
            )
            self.assertIsInstance(error, UserError, record)

    def test_lines_through_the_case(self):
        """Lines that are written with the complaint are asked for like any other."""
        case = self.handled["service_advisor"].with_user(self.service_advisor)
        event = case.sudo().event_ids[:1]
        for command in (
            Command.update(event.id, {"user_id": 1}),
            Command.delete(event.id),
            Command.create({"kind": "step", "number": 99}),
        ):
            with mute_logger(*QUIET), self.request_of(case.env):
                error = self.attempt(lambda command=command: case.write({"event_ids": [command]}))
            self.assertIsInstance(error, (AccessError, UserError))

    def test_redispatched_is_seen_no_more(self):
        case = self.handled["service_advisor"]
        case.message_subscribe(self.service_advisor.partner_id.ids)
        self.step(case, "redispatch", self.service_manager, handler_id=self.technician.id)
        with mute_logger(*QUIET), self.assertRaises(AccessError):
            case.with_user(self.service_advisor).read(["facts"])
        self.assertTrue(case.with_user(self.technician).facts)

    def test_whom_one_follows(self):
        """Who is asked in by a colleague reads the complaint; tickets of Odoo's own are followed as ever."""
        case = self.handled["service_advisor"]
        self.assertFalse(case.with_user(self.technician).has_access("read"))
        case.message_subscribe(self.technician.partner_id.ids)
        self.assertTrue(case.with_user(self.technician).has_access("read"))
        office = self.env["res.company"].create({"name": "Office"})
        self.care_manager.company_ids += office
        ticket = self.tickets.create(
            {"name": "Printer", "description": "Out of paper", "company_id": office.id}
        )
        self.assertFalse(ticket.is_case)
        seen = ticket.with_user(self.care_manager).with_company(office)
        self.assertFalse(seen.has_access("read"))
        ticket.message_subscribe(self.care_manager.partner_id.ids)
        self.assertTrue(seen.has_access("read"))
        self.assertIn(ticket, seen.search([]))
