from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, POSTS

from .common import LeadsCase

#: Post × what it sees of the leads of store A: own, a team mate's, another team's, nobody's.
#: r read, w write, c create, . nothing; nobody sees the other store's.
LEADS = """
    sales_consultant  rwc ... ... ...
    sales_manager     rwc rwc ... rwc
    sales_director    rwc rwc rwc rwc
    dcc_agent         rwc ... ... ...
    dcc_lead          rwc rwc ... rwc
    reception         ... ... ... ...
    service_advisor   ... ... ... ...
    service_manager   ... ... ... ...
    technician        ... ... ... ...
    care_agent        ... ... ... ...
    care_manager      ... ... ... ...
    marketing_user    ... ... ... ...
    marketing_manager r.. r.. r.. r..
    general_manager   rwc rwc rwc rwc
    group_executive   rwc rwc rwc rwc
"""
#: Who works on the inbox: rows of the own store that wait, rows of visible leads.
INBOX = {"sales_manager", "sales_director", "dcc_lead", "general_manager", "group_executive"}


class TestLeadsVisibility(LeadsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers_by_kind = {
            "own": {},
            "mate": {
                "sales_manager": cls.make_customer("Mate", consultant_id=cls.teammate.id),
                "dcc_lead": cls.make_customer("Agent", dcc_agent_id=cls.dcc_agent.id),
            },
            "other_team": cls.make_customer("Other", consultant_id=cls.stranger.id),
            "pool": cls.make_customer("Nobody"),
            "store_b": cls.make_customer(
                "B", stores=cls.store_b, consultant_id=cls.consultant_b.id
            ),
        }

    def make_lead(self, customer, **values):
        return self.env["crm.lead"].create(
            {
                "name": f"Lead of {customer.tag}",
                "type": "opportunity",
                "partner_id": customer.partner.id,
                "company_id": customer.relation[:1].company_id.id,
                "user_id": False,
                "dealer_message": f"words{customer.tag}",
                **values,
            }
        )

    def customer_of(self, kind, post, user):
        kinds = self.customers_by_kind
        if kind == "own":
            field = {"dcc_agent": "dcc_agent_id", "dcc_lead": "dcc_agent_id"}.get(
                post, "consultant_id"
            )
            sales = post in (
                "sales_consultant",
                "sales_manager",
                "sales_director",
                "dcc_agent",
                "dcc_lead",
            )
            return self.make_customer(f"Own{post}", **({field: user.id} if sales else {}))
        if kind == "mate":
            return kinds["mate"]["dcc_lead" if post.startswith("dcc_lead") else "sales_manager"]
        return kinds[kind]

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_matrix(self):
        table = {}
        for line in LEADS.strip().splitlines():
            post, *cells = line.split()
            table[post] = dict(zip(("own", "mate", "other_team", "pool"), cells, strict=True))
        self.assertEqual(set(table), set(POSTS))
        for post, cells in table.items():
            user = self.users[post]
            for kind, cell in {**cells, "store_b": "..."}.items():
                customer = self.customer_of(kind, post, user)
                lead = self.make_lead(customer)
                mine = lead.with_user(user)
                values = {"name": "new", "partner_id": customer.partner.id, "type": "opportunity"}
                values["company_id"] = lead.company_id.id
                done = {
                    "r": self.attempt(lambda mine=mine: mine.read(["dealer_message", "phone"])),
                    "w": self.attempt(lambda mine=mine: mine.write({"dealer_message": "x"})),
                    "c": self.attempt(
                        lambda user=user, values=values: (
                            self.env["crm.lead"].with_user(user).create(values)
                        )
                    ),
                }
                got = "".join("." if error else letter for letter, error in done.items())
                self.assertEqual(got, cell, f"{post} × {kind}: {done}")
                for error in filter(None, done.values()):
                    self.assertIsInstance(error, AccessError, f"{post} × {kind}")
                self.assertIsInstance(self.attempt(mine.unlink), AccessError, f"{post} × {kind}")
                found = self.attempt(
                    lambda mine=mine, lead=lead: self.assertIn(
                        lead.id, mine.with_context(active_test=False).search([]).ids
                    )
                )
                self.assertEqual(found is None, "r" in cell, f"search: {post} × {kind}")

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_inbox_matrix(self):
        waiting = self.take_in(self.prepare_lead(1, phone="1"))
        foreign = self.take_in(self.prepare_lead(2, phone="1", brand="长安"))
        nowhere = self.take_in(self.prepare_lead(3, brand="红旗"))
        other_team = self.take_in(
            self.prepare_lead(4, phone=self.customers_by_kind["other_team"].partner.phone)
        )
        for post in (*POSTS, "consultant_b"):
            user = self.users[post]
            if post not in INBOX:
                error = self.attempt(lambda user=user: self.inbox.with_user(user).search([]))
                self.assertIsInstance(error, AccessError, post)
                continue
            rows = self.inbox.with_user(user).search([])
            self.assertIn(waiting, rows, post)
            self.assertNotIn(foreign, rows, post)
            self.assertEqual(nowhere in rows, post == "group_executive", post)
            sees_all = post in ("sales_director", "general_manager", "group_executive")
            self.assertEqual(other_team in rows, sees_all, post)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_canaries_never_leave(self):
        hidden = [self.customers_by_kind["other_team"], self.customers_by_kind["store_b"]]
        for customer in hidden:
            self.make_lead(customer)
        user = self.sales_consultant
        leads = self.env["crm.lead"].with_user(user)
        forged = leads.with_context(allowed_company_ids=[self.store_b.company_id.id])
        for customer in hidden:
            words, phone = f"words{customer.tag}", customer.partner.phone
            self.assertFalse(leads.search([("dealer_message", "ilike", words)]))
            self.assertFalse(leads.search_count([("phone", "ilike", phone)]))
            self.assertFalse(leads.search([("partner_id.phone_normalized", "ilike", phone)]))
            self.assertFalse(leads.name_search(f"Lead of {customer.tag}"))
            groups = leads.formatted_read_group([], ["dealer_message"], ["__count"])
            self.assertNotIn(words, str(groups))
            self.assertNotIn(
                phone, str(leads.formatted_read_group([], ["partner_id", "phone"], ["__count"]))
            )
            user.group_ids |= self.env.ref("base.group_allow_export")
            self.assertNotIn(words, str(leads.search([]).export_data(["dealer_message", "phone"])))
            error = self.attempt(lambda: forged.search([]).read(["dealer_message"]))
            self.assertIsInstance(error, AccessError)

    def test_meetings_of_hidden_customers_are_hidden(self):
        hidden = self.customers_by_kind["other_team"]
        lead = self.make_lead(hidden)
        by_attendee, by_lead, private = self.env["calendar.event"].create(
            [
                {
                    "name": f"Meeting {index}",
                    "start": "2026-03-01 08:00:00",
                    "stop": "2026-03-01 09:00:00",
                    "user_id": self.stranger.id,
                    "partner_ids": [(6, 0, partners.ids)],
                    **values,
                }
                for index, (partners, values) in enumerate(
                    (
                        (hidden.partner | self.stranger.partner_id, {}),
                        (self.stranger.partner_id, {"opportunity_id": lead.id}),
                        (self.stranger.partner_id, {}),
                    )
                )
            ]
        )
        events = self.env["calendar.event"]
        seen = events.with_user(self.sales_consultant).search([])
        self.assertNotIn(by_attendee, seen)
        self.assertNotIn(by_lead, seen)
        self.assertIn(private, seen, "meetings without customers stay as Odoo shows them")
        self.assertIn(by_attendee, events.with_user(self.stranger).search([]))
        self.assertIn(by_lead, events.with_user(self.sales_director).search([]))

    def test_leads_outside_of_stores_stay_with_odoo_sales(self):
        company = self.env["res.company"].create({"name": "No store"})
        seller = self.env["res.users"].create(
            {
                **self.prepare_person(
                    "t_seller", ["sales_team.group_sale_salesman_all_leads"], self.store_a
                ),
                "company_id": company.id,
                "company_ids": [(6, 0, company.ids)],
            }
        )
        lead = self.env["crm.lead"].create(
            {"name": "stock", "company_id": company.id, "user_id": False}
        )
        self.assertIn(lead, self.env["crm.lead"].with_user(seller).search([]))
        self.assertNotIn(lead, self.env["crm.lead"].with_user(self.general_manager).search([]))

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_machines_read_nothing(self):
        for group in API_POSTS:
            user = self.make_machine(f"t_machine_{group}", group)
            for model in (
                "crm.lead",
                "dealer.lead.inbox",
                "dealer.lead.rule",
                "utm.source",
                "res.partner",
            ):
                error = self.attempt(
                    lambda user=user, model=model: self.env[model].with_user(user).search([])
                )
                self.assertIsInstance(error, AccessError, f"{group} × {model}")
