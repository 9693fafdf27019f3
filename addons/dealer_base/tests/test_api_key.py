import json
from xmlrpc.client import Fault

from odoo import fields
from odoo.exceptions import AccessDenied, AccessError, ValidationError
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .common import API_POSTS, DealerCase

QUIET = (
    "odoo.addons.base.models.ir_access",
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.res_users",
    "odoo.addons.rpc.controllers.xmlrpc",
    "odoo.http",
)
#: Many of these ask for no right at all; a machine gets no answer from any.
CALLS = (
    ("res.users", "search_read", {"domain": [], "fields": ["login"]}),
    ("res.users", "context_get", {}),
    ("res.users", "has_group", {"group_ext_id": "base.group_user"}),
    ("res.partner", "search_read", {"domain": [], "fields": ["name"]}),
    ("res.partner", "search_count", {"domain": []}),
    ("res.partner", "get_mention_suggestions", {"search": "a"}),
    ("res.partner", "fields_get", {}),
    ("res.partner", "name_search", {"name": "a"}),
    ("res.partner", "create", {"vals_list": [{"name": "x"}]}),
    ("res.lang", "search_read", {"domain": [], "fields": ["code"]}),
    ("res.lang", "get_installed", {}),
    ("res.country", "search_read", {"domain": [], "fields": ["code"]}),
    ("res.company", "search_read", {"domain": [], "fields": ["name"]}),
    ("res.currency", "search_read", {"domain": [], "fields": ["name"]}),
    ("ir.model", "search_read", {"domain": [], "fields": ["model"]}),
    ("ir.model", "get_available_models", {}),
    ("ir.ui.menu", "load_menus", {"debug": False}),
    ("ir.ui.view", "search_count", {"domain": []}),
    ("ir.attachment", "search_count", {"domain": []}),
    ("dealer.unit", "search_read", {"domain": [], "fields": ["name"]}),
    ("dealer.relation", "search_read", {"domain": [], "fields": ["partner_name"]}),
    ("dealer.interaction", "search_count", {"domain": []}),
    ("dealer.vehicle", "search_count", {"domain": []}),
    ("dealer.tile", "search_count", {"domain": []}),
)


class ApiKeyCase(DealerCase):
    def make_key(self, user, maker=None, **values):
        wizard = (
            self.env["dealer.api.key"]
            .with_user(maker or self.system)
            .create({"user_id": user.id, "name": "test", **values})
        )
        action = wizard.action_make_key()
        self.assertEqual(action["res_id"], wizard.id)
        return wizard.key


class TestApiKey(ApiKeyCase):
    def test_for_machines(self):
        for post in API_POSTS:
            machine = self.make_machine(f"t_{post}", post)
            key = self.make_key(machine, days=30)
            keys = self.env["res.users.apikeys"]
            self.assertEqual(keys._check_credentials(scope="rpc", key=key), machine.id)
            row = keys.search([("user_id", "=", machine.id)])
            days = (row.expiration_date - fields.Datetime.now()).days
            self.assertIn(days, (29, 30))

    def test_not_for_people(self):
        portal = self.env["res.users"].create(
            self.prepare_person("t_portal", ["base.group_portal"], self.store_a)
        )
        for user in (self.sales_consultant, self.system, portal, self.env.ref("base.public_user")):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.make_key(user)

    def test_a_person_with_a_machine_group_is_a_person(self):
        self.sales_consultant.group_ids |= self.env.ref("dealer_base.group_lead_intake")
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.make_key(self.sales_consultant)
        self.assertFalse(self.sales_consultant._dealer_is_machine())

    def test_by_administrators(self):
        machine = self.make_machine("t_machine", "gate")
        for user in (self.general_manager, self.group_executive, self.sales_consultant):
            with mute_logger(*QUIET), self.assertRaises(AccessError), self.cr.savepoint():
                self.make_key(machine, maker=user)

    def test_days(self):
        machine = self.make_machine("t_machine", "gate")
        for days in (0, -1):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.make_key(machine, days=days)

    def test_no_login(self):
        """A machine has a key and logs in nowhere, even with a password."""
        machine = self.make_machine("t_machine", "gate")
        for interactive in (True, False):
            with self.assertRaises(AccessDenied):
                machine.with_user(machine)._check_credentials(
                    {"type": "password", "login": "t_machine", "password": "t_machine"},
                    {"interactive": interactive},
                )

    def test_groups_imply_nothing(self):
        for post in API_POSTS:
            group = self.env.ref(f"dealer_base.group_{post}")
            self.assertFalse(group.implied_ids)
            self.assertFalse(group.model_access)
            self.assertFalse(group.rule_groups)
            self.assertFalse(group.menu_access)


class TestApiKeyByRpc(ApiKeyCase, HttpCase):
    """Whatever a machine's key asks by RPC, it learns nothing."""

    def setUp(self):
        super().setUp()
        self.person = self.env["res.users"].create(
            self.prepare_person("t_person", ["base.group_user"], self.store_a)
        )

    def json2(self, key, model, method, params):
        return self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(params),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )

    def xmlrpc(self, user, key, model, method, params):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, key, model, method, [], params
        )

    @mute_logger(*QUIET)
    def test_rpc(self):
        for portal in (False, True):
            machine = self.make_machine(f"t_machine_{portal}", "lead_intake", portal)
            key = self.make_key(machine)
            for model, method, params in CALLS:
                with self.subTest(model=model, method=method, portal=portal):
                    answer = self.json2(key, model, method, params)
                    self.assertIn(answer.status_code, (401, 403), answer.text[:200])
                    with self.assertRaises(Fault):
                        self.xmlrpc(machine, key, model, method, params)

    @mute_logger(*QUIET)
    def test_other_bearer_routes(self):
        machine = self.make_machine("t_machine", "lead_intake")
        key = self.make_key(machine)
        for path in ("/json/1/dealer-customers", "/json/1/contacts", "/doc-bearer/index.json"):
            answer = self.url_open(path, headers={"Authorization": f"Bearer {key}"})
            self.assertIn(answer.status_code, (401, 403, 404), path)

    @mute_logger(*QUIET)
    def test_the_calls_are_right(self):
        """An employee's key does get answers to the same calls, or the test above proves nothing."""
        self.person.group_ids.api_key_duration = 30
        key = (
            self.env["res.users.apikeys"].with_user(self.person).sudo()._generate("rpc", "t", None)
        )
        answered = sum(
            self.json2(key, model, method, params).status_code == 200
            for model, method, params in CALLS
        )
        self.assertGreaterEqual(answered, 12)
        self.assertTrue(
            self.xmlrpc(self.person, key, "res.partner", "search_count", {"domain": []})
        )

    @mute_logger(*QUIET)
    def test_no_session(self):
        self.make_machine("t_machine", "lead_intake", portal=True)
        self.assertFalse(
            self.xmlrpc_common.authenticate(self.env.cr.dbname, "t_machine", "t_machine", {})
        )
