import json
from xmlrpc.client import Fault

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .common import DealerCase

QUIET = (
    "odoo.addons.base.models.ir_access",
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.rpc.controllers.xmlrpc",
    "odoo.http",
)
REFUSED = ("system", "witnessed")


class EvidenceCase(DealerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.make_customer("Team", consultant_id=cls.teammate.id)
        cls.customer = cls.customers["Own"]
        cls.recorded, cls.witnessed = cls.env["dealer.interaction"].create(
            [
                {
                    "partner_id": cls.customer.partner.id,
                    "unit_id": cls.store_a.id,
                    "user_id": cls.sales_consultant.id,
                    "kind": kind,
                    "evidence": evidence,
                }
                for kind, evidence in (("call", "system"), ("visit", "witnessed"))
            ]
        )
        cls.declared = cls.customer.interaction

    def of(self, post):
        """Return the contacts as the person in ``post`` calls them."""
        return self.env(user=self.users[post])["dealer.interaction"]

    def values(self, **values):
        return {"partner_id": self.customer.partner.id, "unit_id": self.store_a.id, **values}

    def count(self, evidence):
        return self.env["dealer.interaction"].search_count(
            [("evidence", "=", evidence), ("partner_id", "=", self.customer.partner.id)]
        )

    def assert_refused(self, action, env):
        with mute_logger(*QUIET), self.request_of(env):
            error = self.attempt(action)
        self.assertIsInstance(error, (AccessError, UserError, ValidationError))


class TestInteractionEvidence(EvidenceCase):
    """What counts as proof is written by who can prove it: interfaces, the inbox, the clerk."""

    def test_create(self):
        for post in ("sales_consultant", "sales_manager", "general_manager", "service_advisor"):
            model = self.of(post)
            for evidence in REFUSED:
                with self.subTest(post=post, evidence=evidence):
                    self.assert_refused(
                        lambda model=model, evidence=evidence: model.create(
                            self.values(kind="visit", evidence=evidence)
                        ),
                        model.env,
                    )

    def test_declared_is_fine(self):
        contact = self.of("sales_consultant").create(self.values(summary="called"))
        self.assertEqual(contact.evidence, "declared")
        self.assertEqual(contact.user_id, self.sales_consultant)

    def test_clerk(self):
        model = self.of("reception")
        visit = model.create(self.values(kind="visit", evidence="witnessed"))
        self.assertEqual(
            visit.read(["display_name"])[0]["display_name"], f"Visit {self.customer.partner.name}"
        )
        for values in (
            {"kind": "call", "evidence": "witnessed"},
            {"kind": "visit", "evidence": "system"},
        ):
            self.assert_refused(
                lambda values=values: model.create(self.values(**values)), model.env
            )
        self.assert_refused(lambda: visit.write({"kind": "call"}), model.env)

    def test_clerk_of_another_store(self):
        clerk = self.make_person("t_clerk_b", "reception", self.store_b)
        model = self.env(user=clerk)["dealer.interaction"]
        self.assert_refused(
            lambda: model.create(
                {
                    "partner_id": self.customer.partner.id,
                    "unit_id": self.store_b.id,
                    "kind": "visit",
                    "evidence": "witnessed",
                }
            ),
            model.env,
        )

    def test_write(self):
        declared = self.declared.with_user(self.sales_consultant)
        for evidence in REFUSED:
            self.assert_refused(
                lambda evidence=evidence: declared.write({"evidence": evidence, "kind": "visit"}),
                declared.env,
            )

    def test_default_in_context(self):
        for evidence in REFUSED:
            model = self.of("sales_consultant").with_context(
                default_evidence=evidence, default_kind="visit"
            )
            self.assert_refused(lambda model=model: model.create(self.values()), model.env)

    def test_lines_below_the_customer(self):
        partner = self.customer.partner.with_user(self.sales_consultant)
        for evidence in REFUSED:
            line = {"kind": "visit", "unit_id": self.store_a.id, "evidence": evidence}
            commands = (
                Command.create(line),
                Command.update(self.declared.id, {"evidence": evidence, "kind": "visit"}),
            )
            for command in commands:
                self.assert_refused(
                    lambda command=command: partner.write({"dealer_interaction_ids": [command]}),
                    partner.env,
                )
            new = {"name": "New", "phone": self.next_phone(), "is_dealer_customer": True}
            self.assert_refused(
                lambda new=new, line=line: partner.create(
                    {**new, "dealer_interaction_ids": [Command.create(line)]}
                ),
                partner.env,
            )

    def test_lines_below_the_customer_can_be_declared(self):
        """The refusals above are not for another reason."""
        partner = self.customer.partner.with_user(self.sales_consultant)
        with self.request_of(partner.env):
            error = self.attempt(
                lambda: partner.write(
                    {"dealer_interaction_ids": [Command.create({"unit_id": self.store_a.id})]}
                )
            )
        self.assertFalse(error)

    def load(self, evidence, user=None):
        model = self.of("sales_consultant")
        return model.load(
            ["partner_id/.id", "unit_id/.id", "kind", "evidence", "user_id/.id"],
            [
                [
                    str(self.customer.partner.id),
                    str(self.store_a.id),
                    "Visit",
                    dict(model._fields["evidence"]._description_selection(model.env))[evidence],
                    str((user or self.sales_consultant).id),
                ]
            ],
        )

    def test_import(self):
        self.assertTrue(self.load("declared")["ids"])
        for evidence in REFUSED:
            before = self.count(evidence)
            with mute_logger(*QUIET):
                result = self.load(evidence)
            self.assertFalse(result["ids"])
            self.assertEqual(self.count(evidence), before)
        with mute_logger(*QUIET):
            self.assertFalse(self.load("declared", self.teammate)["ids"])

    def test_copy(self):
        """Copying a recorded contact makes no second record of the system."""
        for contact in (self.recorded, self.witnessed):
            mine = contact.with_user(self.sales_consultant)
            self.assert_refused(mine.copy, mine.env)
            self.assert_refused(lambda mine=mine: mine.copy({"evidence": "system"}), mine.env)

    def test_web_save(self):
        model = self.of("sales_consultant")
        for evidence in REFUSED:
            self.assert_refused(
                lambda evidence=evidence: model.web_save(
                    self.values(evidence=evidence), {"id": {}}
                ),
                model.env,
            )
        self.assert_refused(
            lambda: self.declared.with_user(self.sales_consultant).web_save(
                {"evidence": "system"}, {"id": {}}
            ),
            model.env,
        )

    def test_for_a_colleague(self):
        """One logs what one did oneself; nobody gives a colleague's name to it."""
        for post in ("sales_consultant", "sales_manager", "general_manager"):
            model = self.of(post)
            self.assert_refused(
                lambda model=model: model.create(self.values(user_id=self.teammate.id)), model.env
            )
            self.assert_refused(
                lambda model=model: model.create(self.values(user_id=False)), model.env
            )
        mine = self.declared.with_user(self.sales_consultant)
        self.assert_refused(lambda: mine.write({"user_id": self.teammate.id}), mine.env)

    def test_facts_are_frozen(self):
        """Of a recorded or witnessed contact nobody rewrites what happened."""
        changes = {
            "kind": "meeting",
            "direction": "in",
            "user_id": self.teammate.id,
            "partner_id": self.customers["Team"].partner.id,
            "unit_id": self.store_b.id,
            "start": "2020-01-01 00:00:00",
            "duration": 9999,
            "two_way": True,
            "evidence": "declared",
            "recording_url": "https://example.com",
            "transcript": "text",
            "external_id": "forged",
            "answered": False,
        }
        for contact in (self.recorded, self.witnessed):
            for post in ("sales_consultant", "sales_manager", "general_manager"):
                mine = contact.with_user(self.users[post])
                for field, value in changes.items():
                    with self.subTest(post=post, field=field):
                        self.assert_refused(
                            lambda mine=mine, field=field, value=value: mine.write({field: value}),
                            mine.env,
                        )
        # What was talked about is the person's to write.
        self.recorded.with_user(self.sales_consultant).write(
            {"summary": "wants a test drive", "next_date": "2030-01-01"}
        )

    def test_colleague_writes_nothing(self):
        """A manager reads the team's contacts, and changes none."""
        team = self.customers["Team"].interaction.with_user(self.sales_manager)
        self.assertTrue(team.has_access("read"))
        self.assert_refused(lambda: team.write({"summary": "rewritten"}), team.env)

    def test_manager_comment(self):
        """Managers comment, with name and time that nobody can choose."""
        for post in ("sales_consultant", "dcc_agent", "service_advisor", "marketing_manager"):
            mine = self.declared.with_user(self.users[post])
            self.assert_refused(lambda mine=mine: mine.write({"manager_comment": "good"}), mine.env)
        comment = self.declared.with_user(self.sales_manager)
        comment.write({"manager_comment": "good"})
        self.assertEqual(self.declared.manager_comment_user_id, self.sales_manager)
        self.assertTrue(self.declared.manager_comment_date)
        for values in (
            {"manager_comment_user_id": self.general_manager.id},
            {"manager_comment": "x", "manager_comment_user_id": self.general_manager.id},
            {"manager_comment_date": "2020-01-01 00:00:00"},
        ):
            self.assert_refused(lambda values=values: comment.write(values), comment.env)
        consultant = self.of("sales_consultant")
        for values in (
            {"manager_comment": "well done"},
            {"manager_comment_user_id": self.sales_manager.id},
            {"manager_comment_date": "2020-01-01 00:00:00"},
        ):
            self.assert_refused(
                lambda values=values: consultant.create(self.values(**values)), consultant.env
            )
            mine = self.customer.interaction.with_user(self.sales_consultant)
            self.assert_refused(lambda values=values, mine=mine: mine.write(values), mine.env)
            forged = consultant.with_context(**{f"default_{name}": values[name] for name in values})
            self.assert_refused(lambda forged=forged: forged.create(self.values()), forged.env)

    def test_interfaces_write_everything(self):
        """Interfaces write as superuser after their own checks."""
        self.assertEqual(self.recorded.evidence, "system")
        self.recorded.sudo().write({"duration": 12, "transcript": "text"})

    def test_no_contact_in_the_future(self):
        mine = self.of("sales_consultant")
        self.assert_refused(lambda: mine.create(self.values(start="2099-01-01 00:00:00")), mine.env)


class TestInteractionEvidenceByRpc(EvidenceCase, HttpCase):
    """The same from outside, with the user's own password or key."""

    @mute_logger(*QUIET)
    def test_xmlrpc(self):
        login = "t_sales_consultant"

        def call(values):
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname,
                self.sales_consultant.id,
                login,
                "dealer.interaction",
                "create",
                [[self.values(**values)]],
            )

        self.assertTrue(call({"summary": "by RPC"}))
        for evidence in REFUSED:
            before = self.count(evidence)
            with self.assertRaises(Fault):
                call({"kind": "visit", "evidence": evidence})
            self.assertEqual(self.count(evidence), before)

    @mute_logger(*QUIET)
    def test_json2(self):
        self.sales_consultant.group_ids.api_key_duration = 30
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.sales_consultant)
            .sudo()
            ._generate("rpc", "test", None)
        )

        def call(values):
            return self.url_open(
                "/json/2/dealer.interaction/create",
                data=json.dumps({"vals_list": [self.values(**values)]}),
                headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            )

        self.assertEqual(call({"summary": "by JSON"}).status_code, 200)
        for evidence in REFUSED:
            before = self.count(evidence)
            self.assertIn(call({"kind": "visit", "evidence": evidence}).status_code, (403, 422))
            self.assertEqual(self.count(evidence), before)
