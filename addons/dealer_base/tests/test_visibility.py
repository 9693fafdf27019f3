import base64
import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .common import DealerCase

#: Whose files, and whose cards (name, plates, masked number), each person may see.
VISIBLE = {
    "sales_consultant": ({"Own", "Both"}, {"Pool", "Orphan", "Advised"}),
    "dcc_agent": ({"Called"}, {"Pool", "Orphan", "Advised"}),
    "reception": (
        set(),
        {"Own", "Both", "Team", "House", "Pool", "Orphan", "Called", "Advised"},
    ),
    "service_advisor": ({"Own", "Both", "Team", "House", "Orphan", "Called", "Advised"}, set()),
    "sales_manager": ({"Own", "Both", "Team", "Pool", "Orphan", "Advised"}, set()),
    "marketing_user": (set(), set()),
    "consultant_b": ({"Other", "Both"}, set()),
}
#: A field by which each kind of record gives somebody away; the rest of the record opens with it.
TELLING = {
    "res.partner": "phone_normalized",
    "res.users": "login",
    "dealer.vehicle": "vin",
    "dealer.interaction": "summary",
    "dealer.consent": "text_version",
    "ir.attachment": "name",
    "mail.followers": "email",
    "mail.activity": "summary",
}
REFUSALS = (AccessError, UserError, ValidationError)
QUIET = (
    "odoo.addons.base.models.ir_access",
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_rule",
    "odoo.http",
)


class VisibilityCase(DealerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        a, b = cls.store_a, cls.store_b
        cls.make_customer("Own", consultant_id=cls.sales_consultant.id)
        cls.make_customer("Both", a | b, consultant_id=cls.sales_consultant.id)
        cls.make_customer("Team", consultant_id=cls.teammate.id)
        cls.make_customer("House", consultant_id=cls.stranger.id)
        cls.make_customer("Pool", car=False)
        cls.make_customer("Orphan")
        cls.make_customer("Called", dcc_agent_id=cls.dcc_agent.id)
        cls.make_customer("Advised", advisor_id=cls.service_advisor.id)
        cls.make_customer("Other", b, consultant_id=cls.consultant_b.id)
        both = cls.customers["Both"].relation
        both.filtered(lambda relation: relation.unit_id == b)._assign(
            {"consultant_id": cls.consultant_b.id}, "test"
        )
        for customer in cls.customers.values():
            cls.surround(customer)
        cls.env.flush_all()

    @classmethod
    def surround(cls, customer):
        """Put around the customer what other applications keep of one."""
        tag, partner, env = customer.tag, customer.partner, cls.env
        cls.child_phone = cls.next_phone()
        child = env["res.partner"].create(
            {
                "name": f"Child{tag}",
                "parent_id": partner.id,
                "phone": cls.child_phone,
                "email": f"child{tag}@canary.example",
            }
        )
        login = env["res.users"].create(
            {
                "partner_id": partner.id,
                "login": f"login{tag}@canary.example",
                "group_ids": [Command.set(env.ref("base.group_portal").ids)],
                "company_id": cls.store_a.company_id.id,
                "company_ids": [Command.set(cls.store_a.company_id.ids)],
            }
        )
        documents = [partner, customer.vehicle] if customer.vehicle else [partner]
        for document in documents:
            document.message_post(
                body=f"body{tag}", partner_ids=partner.ids, message_type="comment"
            )
            document.message_subscribe(partner.ids)
            env["ir.attachment"].create(
                {
                    "name": f"file{tag}.txt",
                    "raw": f"content{tag}",
                    "res_model": document._name,
                    "res_id": document.id,
                }
            )
        env["mail.activity"].create(
            {
                "res_model_id": env["ir.model"]._get_id("res.partner"),
                "res_id": partner.id,
                "summary": f"activity{tag}",
                "user_id": env.uid,
            }
        )
        customer.child, customer.login = child, login
        customer.extra = [
            f"Child{tag}",
            cls.child_phone,
            f"child{tag}@",
            f"login{tag}@",
            f"body{tag}",
            f"file{tag}.txt",
            f"content{tag}",
            f"activity{tag}",
        ]
        if tag == "Both":
            customer.interaction[1].summary = "summaryBothOnlyB"

    def hidden_from(self, viewer):
        """Return ``{canary: tag}`` of all strings that the person must never meet."""
        files, cards = VISIBLE[viewer]
        hidden = {}
        for tag, customer in self.customers.items():
            if tag in files:
                continue
            for canary in customer.canaries + customer.extra:
                hidden[canary] = tag
            if tag not in cards:
                hidden[customer.name_canary + " "] = tag
        if self.users[viewer].company_id == self.store_a.company_id:
            hidden["summaryBothOnlyB"] = "Both"
        return hidden

    def assert_clean(self, viewer, result, where):
        text = (
            result
            if isinstance(result, str)
            else json.dumps(result, default=str, ensure_ascii=False)
        )
        for canary, tag in self.hidden_from(viewer).items():
            self.assertNotIn(canary, text, f"{viewer} meets {tag} in {where}")

    def env_of(self, viewer):
        return self.env(user=self.users[viewer], context={"lang": "en_US", "active_test": False})

    def ask(self, question):
        """Return the answer, or None where it is refused."""
        with self.env.cr.savepoint(), mute_logger(*QUIET):
            try:
                return question()
            except REFUSALS:
                return None


class TestVisibility(VisibilityCase):
    """Nothing of a colleague's or another store's customer, through whichever window (A2)."""

    def test_the_canaries_live(self):
        """Each person finds the own canaries, or the tests below prove nothing."""
        for viewer, (files, cards) in VISIBLE.items():
            env = self.env_of(viewer)
            found = env["res.partner"].search([("is_dealer_customer", "=", True)])
            mine = {tag for tag, item in self.customers.items() if item.partner in found}
            self.assertEqual(mine, files, viewer)
            children = {tag for tag, item in self.customers.items() if item.child in found}
            self.assertEqual(children, files, f"{viewer}: contacts of customers")
            if env["dealer.relation"].has_access("read"):
                found = env["dealer.relation"].search([])
                mine = {tag for tag, item in self.customers.items() if item.relation & found}
                self.assertEqual(mine, files | cards, f"{viewer}: cards")
            for tag in files:
                text = json.dumps(
                    self.customers[tag].partner.with_env(env).read(["phone", "email", "street"]),
                    default=str,
                )
                self.assertIn(self.customers[tag].partner.phone, text)
                self.assertIn(f"street{tag}", text)

    # ------------------------------------------------------------------ everything there is

    def readable_models(self, env):
        for name, model in sorted(self.env.registry.items()):
            if model._abstract or not model._auto or model._transient:
                continue
            if env[name].has_access("read"):
                yield env[name]

    def crawl(self, viewer):
        env = self.env_of(viewer)
        count = 0
        for model in self.readable_models(env):
            rows = self.ask(lambda model=model: model.search([], limit=60, order="id desc"))
            if not rows:
                continue
            names = [
                name
                for name, field in model._fields.items()
                if field.type not in ("binary", "image") and model._has_field_access(field, "read")
            ]
            answer = self.ask(lambda rows=rows, names=names: rows.read(names))
            if answer is None:
                answer = [
                    self.ask(lambda rows=rows, name=name: rows.read([name])) for name in names
                ]
            count += len(rows)
            self.assert_clean(viewer, answer, model._name)
        return count

    def test_crawl(self):
        """All fields of all rows of all models that a person may read at all."""
        for viewer in ("sales_consultant", "reception", "service_advisor", "consultant_b"):
            self.assertGreater(self.crawl(viewer), 100)

    def test_crawl_finds(self):
        """The crawl sees what is there: everything is found by who may see everything."""
        with self.assertRaises(AssertionError):
            self.users["marketing_user"].group_ids |= self.env.ref(
                "dealer_base.group_sales_director"
            )
            self.crawl("marketing_user")

    # ------------------------------------------------------------------ asking by a filter

    def hidden_values(self, viewer):
        """Return ``{model: strings of hidden records}`` for the fields of TELLING."""
        files, _cards = VISIBLE[viewer]
        hidden = [customer for tag, customer in self.customers.items() if tag not in files]
        partners = self.env["res.partner"].union(*(customer.partner for customer in hidden))
        followers = self.env["mail.followers"].search([("partner_id", "in", partners.ids)])
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "res.partner"), ("res_id", "in", partners.ids)]
        )
        records = {
            "res.partner": partners | partners.child_ids,
            "res.users": partners.user_ids,
            "dealer.vehicle": partners.vehicle_owner_ids.vehicle_id,
            "dealer.interaction": partners.dealer_interaction_ids,
            "dealer.consent": partners.dealer_consent_ids,
            "ir.attachment": files,
            "mail.followers": followers,
            "mail.activity": partners.activity_ids,
        }
        return {model: rows.mapped(TELLING[model]) for model, rows in records.items()}

    def probes(self, model, values):
        """Yield filters that look for a hidden string on ``model`` or through two relations."""
        if model._name in TELLING:
            yield Domain(TELLING[model._name], "in", values[model._name])
        for name, field in model._fields.items():
            if not self.can_walk(model, field):
                continue
            comodel = model.env[field.comodel_name]
            if comodel._name in TELLING:
                yield Domain(f"{name}.{TELLING[comodel._name]}", "in", values[comodel._name])
            for name2, field2 in comodel._fields.items():
                if field2.comodel_name in TELLING and self.can_walk(comodel, field2):
                    telling = TELLING[field2.comodel_name]
                    yield Domain(f"{name}.{name2}.{telling}", "in", values[field2.comodel_name])

    def can_walk(self, model, field):
        if not field.comodel_name or not field._description_searchable or field.type == "reference":
            return False
        if field.comodel_name not in model.env or not model._has_field_access(field, "read"):
            return False
        return field.bypass_search_access or model.env[field.comodel_name].has_access("read")

    def probe(self, viewer):
        env = self.env_of(viewer)
        values = self.hidden_values(viewer)
        asked = 0
        for model in self.readable_models(env):
            if model._name.startswith("ir.module"):
                continue  # their search methods take equality only
            domains = list(self.probes(model, values))
            asked += len(domains)
            for start in range(0, len(domains), 20):
                part = domains[start : start + 20]
                if (
                    self.ask(lambda model=model, part=part: model.search_count(Domain.OR(part)))
                    == 0
                ):
                    continue
                for domain in part:  # one is refused, or one answers
                    count = self.ask(lambda model=model, domain=domain: model.search_count(domain))
                    path = next(iter(domain.iter_conditions())).field_expr
                    self.assertFalse(count, f"{viewer} finds {count} {model._name} by {path}")
        return asked

    def test_filters(self):
        """A hidden string is no filter, on whatever record and through whatever relation."""
        self.assertGreater(self.probe("sales_consultant"), 500)

    def test_name_search(self):
        for viewer in VISIBLE:
            env = self.env_of(viewer)
            for model in ("res.partner", "res.users", "dealer.relation", "dealer.vehicle"):
                if not env[model].has_access("read"):
                    continue
                for text in ("Canary", "Child", "199007", "LZZTEST", "canary.example"):
                    for operator in ("ilike", "=ilike", "not ilike"):
                        answer = env[model].name_search(text, operator=operator, limit=None)
                        self.assert_clean(viewer, answer, f"{model}.name_search({text})")

    def test_mail_suggestions(self):
        for viewer in VISIBLE:
            env = self.env_of(viewer)
            partners = env["res.partner"]
            channel = env["discuss.channel"]._create_channel(name="Test", group_id=None)
            for text in ("Canary", "Child", "canary.example"):
                for ask in (
                    lambda text=text: partners.get_mention_suggestions(text, limit=100),
                    lambda text=text: partners.search_for_channel_invite(text, limit=100),
                    lambda text=text: partners.search_for_channel_invite(
                        text, channel.id, limit=100
                    ),
                    lambda text=text: partners.get_mention_suggestions_from_channel(
                        channel.id, text
                    ),
                ):
                    self.assert_clean(viewer, self.ask(ask), "suggestions of mail")

    # ------------------------------------------------------------------ groups, sums, exports

    def test_groups_and_sums(self):
        for viewer, (files, _cards) in VISIBLE.items():
            env = self.env_of(viewer)
            partners = env["res.partner"]
            customers = [("is_dealer_customer", "=", True), ("parent_id", "=", False)]
            for group in ("phone", "phone_normalized", "email", "street", "name", "id"):
                rows = partners.formatted_read_group(customers, [group], ["__count"])
                self.assert_clean(viewer, rows, f"groups by {group}")
                self.assertEqual(sum(row["__count"] for row in rows), len(files), group)
            self.assertEqual(partners.search_count(customers), len(files))
            self.assert_clean(
                viewer,
                partners.web_read_group(customers, ["phone"], ["__count"], auto_unfold=True),
                "web_read_group",
            )
            for model, group in (
                ("dealer.interaction", "partner_id"),
                ("dealer.interaction", "partner_id.phone_normalized"),
                ("dealer.relation", "partner_id"),
                ("dealer.relation", "partner_id.phone_normalized"),
                ("dealer.relation", "partner_id.street"),
                ("dealer.consent", "partner_id.email"),
                ("dealer.vehicle", "current_owner_id.phone"),
                ("dealer.vehicle.owner", "vehicle_id.vin"),
                ("mail.followers", "partner_id.phone"),
                ("mail.message", "author_id.phone"),
                ("res.users", "partner_id.phone"),
            ):
                answer = self.ask(
                    lambda model=model, group=group: env[model].formatted_read_group(
                        [], [group], ["__count"]
                    )
                )
                self.assert_clean(viewer, answer, f"{model} grouped by {group}")

    def test_sum_of_readings(self):
        """Sums and counts cover what may be seen, and no more."""
        for viewer, (files, _cards) in VISIBLE.items():
            env = self.env_of(viewer)
            if not env["dealer.vehicle.reading"].has_access("read"):
                continue
            expected = sum(self.customers[tag].reading.mileage for tag in files)
            [(total,)] = env["dealer.vehicle.reading"]._read_group([], [], ["mileage:sum"])
            self.assertEqual(total or 0, expected, viewer)

    def test_order_by_hidden(self):
        """Ordering by a field behind a hidden customer tells nothing."""
        env = self.env_of("sales_consultant")
        for order in ("partner_id.phone", "partner_id.street desc"):
            answer = self.ask_order(env["dealer.relation"], order)
            self.assertIn(answer, (None, "refused"))

    def ask_order(self, model, order):
        try:
            with self.env.cr.savepoint():
                model.search([], order=order)
        except (*REFUSALS, ValueError):
            return "refused"
        return "ordered"

    def test_web_search_read(self):
        """A specification that walks through a many2one to a hidden customer shows the name at most."""
        deep = {"fields": {"display_name": {}, "phone": {}, "phone_normalized": {}, "email": {}}}
        for viewer in VISIBLE:
            env = self.env_of(viewer)
            for model, specification in (
                ("dealer.relation", {"partner_id": deep}),
                ("dealer.relation", {"partner_id": {"fields": {"display_name": {}}}}),
                ("dealer.interaction", {"partner_id": deep, "display_name": {}}),
                (
                    "dealer.vehicle",
                    {"current_owner_id": deep, "owner_ids": {"fields": {"partner_id": deep}}},
                ),
                ("dealer.vehicle.owner", {"partner_id": deep}),
                ("dealer.consent", {"partner_id": deep}),
                ("res.partner", {"parent_id": deep, "child_ids": deep, "dealer_relation_ids": {}}),
                ("res.users", {"partner_id": deep}),
                ("dealer.unit", {"team_ids": {"fields": {"member_ids": deep}}}),
            ):
                answer = self.ask(
                    lambda model=model, spec=specification: env[model].web_search_read([], spec)
                )
                self.assert_clean(viewer, answer, f"web_search_read of {model}")
            for customer in self.customers.values():
                answer = self.ask(
                    lambda customer=customer: customer.partner.with_env(env).web_read(
                        deep["fields"]
                    )
                )
                self.assert_clean(viewer, answer, "web_read of the customer")

    def test_export(self):
        for viewer in VISIBLE:
            self.users[viewer].group_ids |= self.env.ref("base.group_allow_export")
            env = self.env_of(viewer)
            for model, names in (
                ("dealer.relation", ["partner_id", "partner_id/phone", "partner_id/email"]),
                ("dealer.relation", ["partner_id/street"]),
                ("dealer.interaction", ["partner_id/phone", "summary", "partner_id"]),
                ("dealer.vehicle", ["vin", "current_owner_id", "current_owner_id/phone"]),
                (
                    "res.partner",
                    ["name", "phone", "child_ids/phone", "dealer_interaction_ids/summary"],
                ),
                ("res.users", ["login", "partner_id/phone"]),
            ):
                answer = self.ask(
                    lambda model=model, names=names: env[model].search([]).export_data(names)
                )
                self.assert_clean(viewer, answer, f"export of {model} {names}")

    # ------------------------------------------------------------------ tricks

    def test_forged_companies(self):
        """Companies in the context are no right: those of other stores are refused."""
        companies = (self.store_a | self.store_b | self.store_c).company_id.ids
        for viewer in VISIBLE:
            for forged in (companies, self.store_b.company_id.ids, self.store_a.company_id.ids):
                env = self.env_of(viewer)
                env = env(context={**env.context, "allowed_company_ids": forged})
                for model in (
                    "res.partner",
                    "dealer.relation",
                    "dealer.interaction",
                    "dealer.vehicle",
                ):
                    answer = self.ask(lambda env=env, model=model: env[model].search([]).read())
                    self.assert_clean(viewer, answer, f"{model} with forged companies")

    def test_documents_of_hidden(self):
        """Messages, followers, activities and files of a hidden record are refused one by one."""
        for viewer, (files, _cards) in VISIBLE.items():
            env = self.env_of(viewer)
            for tag, customer in self.customers.items():
                if tag in files:
                    continue
                partner = customer.partner
                for rows in (
                    partner.message_ids,
                    self.env["ir.attachment"].search(
                        [("res_model", "=", "res.partner"), ("res_id", "=", partner.id)]
                    ),
                    partner.activity_ids,
                    partner,
                    customer.child,
                    customer.login,
                    customer.interaction,
                    customer.consent,
                    customer.vehicle,
                ):
                    for row in rows:
                        row = row.with_env(env)
                        refused = self.ask(lambda row=row: row.read(["display_name"])) is None
                        self.assertTrue(refused, f"{viewer} reads {row} of {tag}")

    def test_card_in_hand(self):
        """Nobody makes a row that points to a hidden customer, to read it through the row."""
        env = self.env_of("sales_consultant")
        own, other = self.customers["Own"], self.customers["Other"]
        relation = own.relation
        tries = {
            "register somebody else's customer": lambda: env["dealer.relation"].create(
                {"partner_id": other.partner.id, "unit_id": self.store_a.id}
            ),
            "a relation of another company": lambda: relation.with_env(env).write(
                {"company_id": self.store_b.company_id.id}
            ),
            "a contact with it": lambda: env["dealer.interaction"].create(
                {"partner_id": other.partner.id, "unit_id": self.store_a.id}
            ),
            "a contact under the own relation": lambda: env["dealer.interaction"].create(
                {
                    "partner_id": other.partner.id,
                    "unit_id": self.store_a.id,
                    "relation_id": relation.id,
                }
            ),
            "a contact about its file": lambda: env["dealer.interaction"].create(
                {"res_model": "res.partner", "res_id": other.partner.id}
            ),
            "a consent": lambda: env["dealer.consent"].create(
                {
                    "partner_id": other.partner.id,
                    "unit_id": self.store_a.id,
                    "purpose": "care",
                    "text_version": "1",
                }
            ),
            "a consent for another store": lambda: env["dealer.consent"].create(
                {
                    "partner_id": own.partner.id,
                    "unit_id": self.store_b.id,
                    "company_id": self.store_a.company_id.id,
                    "purpose": "care",
                    "text_version": "1",
                }
            ),
            "an old ownership of its car": lambda: env["dealer.vehicle.owner"].create(
                {
                    "vehicle_id": other.vehicle.id,
                    "partner_id": own.partner.id,
                    "date_from": "2020-01-01",
                    "date_to": "2020-12-31",
                }
            ),
            "a contact below it": lambda: env["res.partner"].create(
                {"name": "x", "parent_id": other.partner.id, "is_dealer_customer": True}
            ),
            "the own customer below it": lambda: own.partner.with_env(env).write(
                {"parent_id": other.partner.id}
            ),
            "its contact below the own customer": lambda: own.partner.with_env(env).write(
                {"child_ids": [Command.link(other.child.id)]}
            ),
            "its relation for the own customer": lambda: own.partner.with_env(env).write(
                {"dealer_relation_ids": [Command.link(other.relation.id)]}
            ),
        }
        for what, action in tries.items():
            with self.subTest(what), mute_logger(*QUIET), self.request_of(env):
                self.assertIsInstance(self.attempt(action), REFUSALS)

    def test_moved_contact(self):
        """A logged contact cannot be moved to somebody else's customer afterwards."""
        env = self.env_of("sales_consultant")
        own = self.customers["Own"].interaction.with_env(env)
        for tag in ("Team", "Other", "Pool"):
            with self.subTest(tag), mute_logger(*QUIET):
                error = self.attempt(
                    lambda tag=tag: own.write({"partner_id": self.customers[tag].partner.id})
                )
                self.assertIsInstance(error, REFUSALS)

    def test_contact_becomes_secret(self):
        """A public contact that is put below a customer is as secret as the customer."""
        public = self.env["res.partner"].create({"name": "ChildOther moved"})
        viewer = self.env_of("sales_consultant")["res.partner"]
        self.assertTrue(viewer.search([("id", "=", public.id)]))
        public.parent_id = self.customers["Other"].partner
        self.assertFalse(viewer.search([("id", "=", public.id)]))
        parent = self.env["res.partner"].create({"name": "Parent"})
        below = self.env["res.partner"].create({"name": "Below", "parent_id": parent.id})
        parent.is_dealer_customer = True
        self.assertFalse(viewer.search([("id", "in", (parent | below).ids)]))

    def test_colleagues_stay_visible(self):
        """The rule never touches partners without the flag: users, followers, suppliers."""
        public = self.env["res.partner"].create({"name": "Supplier", "phone": "4008001234"})
        for viewer in VISIBLE:
            env = self.env_of(viewer)
            partners = self.users["stranger"].partner_id | self.consultant_b.partner_id | public
            self.assertEqual(
                env["res.partner"].search([("id", "in", partners.ids)]), partners.with_env(env)
            )

    def test_customer_reads_oneself(self):
        """A customer who logs in to the portal reads the own file, and nobody else's."""
        customer = self.customers["Own"]
        env = self.env(user=customer.login)
        self.assertEqual(env.user.partner_id.name, customer.partner.name)
        self.assertTrue(customer.login.with_env(env).read(["login"]))
        found = env["res.partner"].search([("is_dealer_customer", "=", True)])
        self.assertLessEqual(found, (customer.partner | customer.child).with_env(env))

    def test_templates_render_nothing_hidden(self):
        """Nobody renders a template on a hidden customer."""
        other = self.customers["Other"]
        for viewer in VISIBLE:
            env = self.env_of(viewer)

            def preview(env=env):
                template = env["mail.template"].create(
                    {
                        "name": "Test",
                        "model_id": self.env["ir.model"]._get_id("res.partner"),
                        "body_html": '<p t-out="object.phone"/>',
                        "subject": "{{ object.name }}",
                    }
                )
                wizard = env["mail.template.preview"].create(
                    {
                        "mail_template_id": template.id,
                        "resource_ref": f"res.partner,{other.partner.id}",
                    }
                )
                return wizard.read(["body_html", "subject"])

            def compose(env=env):
                wizard = env["mail.compose.message"].create(
                    {
                        "model": "res.partner",
                        "res_ids": str(other.partner.ids),
                        "composition_mode": "mass_mail",
                        "body": "<p t-out='object.phone'/>",
                        "subject": "{{ object.name }}",
                    }
                )
                return [
                    wizard.read(["body", "subject"]),
                    wizard._prepare_mail_values(other.partner.ids),
                ]

            if "Other" in VISIBLE[viewer][0]:
                continue
            self.assert_clean(viewer, self.ask(preview), "preview of a template")
            self.assert_clean(viewer, self.ask(compose), "composer")


class TestVisibilityOverHttp(VisibilityCase, HttpCase):
    """The windows of the web client and of mail that are routes, not methods."""

    def call(self, route, **params):
        """Return the text of the answer, refusals included."""
        response = self.url_open(
            route,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}),
            headers={"Content-Type": "application/json"},
        )
        return json.dumps(response.json(), ensure_ascii=False)

    @mute_logger(*QUIET)
    def test_routes(self):
        viewer = "sales_consultant"
        self.authenticate("t_sales_consultant", "t_sales_consultant")
        own = self.customers["Own"]
        answer = self.call(
            "/mail/thread/messages", thread_model="res.partner", thread_id=own.partner.id
        )
        self.assertIn("bodyOwn", answer)
        for tag in ("Team", "Other", "Pool"):
            customer = self.customers[tag]
            partner = customer.partner
            emails = [partner.email, customer.child.email]
            for route, params in (
                ("/mail/thread/messages", {"thread_model": "res.partner", "thread_id": partner.id}),
                (
                    "/mail/data",
                    {
                        "fetch_params": [
                            [
                                "mail.thread",
                                {
                                    "thread_model": "res.partner",
                                    "thread_id": partner.id,
                                    "request_list": ["followers", "attachments", "activities"],
                                },
                            ]
                        ]
                    },
                ),
                (
                    "/mail/partner/from_email",
                    {"thread_model": "res.partner", "thread_id": own.partner.id, "emails": emails},
                ),
                (
                    "/mail/partner/from_email",
                    {"thread_model": "res.partner", "thread_id": partner.id, "emails": emails},
                ),
                (
                    "/mail/thread/recipients",
                    {"thread_model": "res.partner", "thread_id": partner.id},
                ),
                (
                    "/mail/thread/recipients/get_suggested_recipients",
                    {
                        "thread_model": "res.partner",
                        "thread_id": own.partner.id,
                        "partner_ids": partner.ids,
                        "main_email": partner.email,
                    },
                ),
                (
                    "/web/dataset/call_kw",
                    {
                        "model": "res.partner",
                        "method": "web_search_read",
                        "args": [[]],
                        "kwargs": {
                            "specification": {"name": {}, "phone": {}},
                            "context": {"allowed_company_ids": self.store_b.company_id.ids},
                        },
                    },
                ),
            ):
                hidden = [
                    canary
                    for canary in customer.canaries + customer.extra
                    if canary not in emails and not canary.startswith(("child", "mail"))
                ] + [customer.name_canary]
                answer = self.call(route, **params)
                for canary in hidden:
                    self.assertNotIn(canary, answer, f"{viewer} meets {tag} by {route}")

    @mute_logger(*QUIET)
    def test_files(self):
        self.authenticate("t_sales_consultant", "t_sales_consultant")
        for tag, status in (("Own", 200), ("Team", 404), ("Other", 404)):
            customer = self.customers[tag]
            attachment = self.env["ir.attachment"].search(
                [("res_model", "=", "res.partner"), ("res_id", "=", customer.partner.id)]
            )
            self.assertEqual(
                self.url_open(f"/web/content/{attachment.id}").status_code, status, tag
            )
        image = base64.b64encode(
            base64.b64decode(
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
            )
        )
        hidden = self.customers["Other"].partner
        hidden.image_1920 = image
        shown = self.url_open(f"/web/image/res.partner/{hidden.id}/image_1920")
        self.assertNotEqual(shown.content, base64.b64decode(hidden.image_1920))
