from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

from ..models.dealer_timeline import SPAN, TimelineSource
from .common import DealerCase

NOON = datetime(2026, 1, 7, 12)


class TestTimeline(DealerCase):
    """One timeline of a customer in a store, whatever the channel (B13)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.timeline = cls.env["dealer.timeline"]
        cls.customer = cls.make_customer("Timely", consultant_id=cls.sales_consultant.id)
        cls.partner = cls.customer.partner
        cls.shared = cls.make_customer(
            "Both", cls.store_a | cls.store_b, consultant_id=cls.sales_consultant.id
        )
        cls.relation_a, cls.relation_b = cls.shared.relation
        cls.relation_b.sudo()._assign({"consultant_id": cls.consultant_b.id}, "He is in Ningbo")

    @classmethod
    def log(cls, relation=None, **values):
        relation = relation or cls.customer.relation
        return cls.env["dealer.interaction"].create(
            {
                "partner_id": relation.partner_id.id,
                "unit_id": relation.unit_id.id,
                "user_id": cls.sales_consultant.id,
                "start": NOON,
                **values,
            }
        )

    def page(self, user=None, record=None, **values):
        record = record or self.partner
        model = self.timeline.with_user(user or self.sales_consultant)
        return model.timeline_page(record._name, record.id, **values)

    # ------------------------------------------------------------------ what stands in it

    def test_all_in_one_newest_first(self):
        """Contacts, hand-overs and what people wrote come as one list."""
        self.log(kind="visit", summary="Sat in the car", evidence="witnessed")
        self.customer.relation._assign({"consultant_id": self.teammate.id}, "On holiday")
        self.customer.relation._assign({"consultant_id": self.sales_consultant.id}, "Is back")
        self.partner.with_user(self.sales_consultant).message_post(
            body="Calls back <soon>", message_type="comment"
        )
        page = self.page()
        self.assertEqual(
            [row["moment"] for row in page["rows"]],
            sorted((row["moment"] for row in page["rows"]), reverse=True),
        )
        by_kind = {row["kind"]: row for row in page["rows"]}
        self.assertEqual(by_kind["visit"]["summary"], "Sat in the car")
        self.assertEqual(by_kind["visit"]["evidence"], "witnessed")
        self.assertEqual(by_kind["note"]["summary"], "Calls back <soon>")
        self.assertEqual(by_kind["note"]["user"][0], self.sales_consultant.id)
        texts = [row["summary"] for row in page["rows"] if row["kind"] == "relation"]
        self.assertIn(f"{self.teammate.name} → {self.sales_consultant.name} · Is back", texts)
        self.assertIn(f"{self.sales_consultant.name} → {self.teammate.name} · On holiday", texts)
        self.assertEqual(
            {entry["kind"]: entry["count"] for entry in page["kinds"]},
            {"call": 1, "visit": 1, "note": 1, "relation": 3},
        )

    def test_back_to_the_pool(self):
        """A customer given back has nobody on the right of the arrow."""
        self.customer.relation._assign({"consultant_id": False}, "Left the shop")
        texts = [row["summary"] for row in self.page(self.sales_director)["rows"]]
        self.assertIn(f"{self.sales_consultant.name} → – · Left the shop", texts)

    def test_what_the_system_notes_is_left_out(self):
        self.partner.message_post(body="Phone changed", message_type="notification")
        self.partner.message_notify(
            body="Look here", partner_ids=self.teammate.partner_id.ids, subject="x"
        )
        self.assertNotIn("note", {row["kind"] for row in self.page()["rows"]})

    def test_mails(self):
        """A mail of the customer has nobody of the staff, and its direction."""
        self.partner.message_post(
            body="Send me a price",
            message_type="email",
            author_id=self.partner.id,
            record_company_id=self.store_a.company_id.id,
        )
        (row,) = [row for row in self.page()["rows"] if row["kind"] == "email"]
        self.assertTrue(row["incoming"])
        self.assertFalse(row["user"])
        self.assertEqual(row["summary"], "Send me a price")

    def test_nobody_answered(self):
        """A call that nobody took reads so, also where nothing else was noted."""
        self.log(answered=False, evidence="system", recording_url="https://rec.example/1.mp3")
        (row,) = [row for row in self.page()["rows"] if row["evidence"] == "system"]
        self.assertEqual(row["state"], "Not Reached")
        self.assertEqual(row["recording"], "https://rec.example/1.mp3")

    def test_long_text_is_cut(self):
        self.log(summary="长" * 600)
        (row,) = [row for row in self.page()["rows"] if row["summary"].startswith("长")]
        self.assertEqual(len(row["summary"]), 501)

    # ------------------------------------------------------------------ who sees it

    def test_store_by_store(self):
        """A customer of two stores: each store sees its own, whatever was written where."""
        self.log(self.relation_a, summary="in store A")
        self.log(self.relation_b, summary="in store B", user_id=self.consultant_b.id)
        for user, text in (
            (self.sales_consultant, "written in A"),
            (self.consultant_b, "written in B"),
        ):
            self.shared.partner.with_user(user).with_company(user.company_id).message_post(
                body=text, message_type="comment"
            )
        for user, own, foreign in (
            (self.sales_consultant, "A", "B"),
            (self.consultant_b, "B", "A"),
            (self.sales_director, "A", "B"),
        ):
            texts = " ".join(row["summary"] for row in self.page(user, self.shared.partner)["rows"])
            self.assertIn(f"in store {own}", texts)
            self.assertIn(f"written in {own}", texts)
            self.assertNotIn(f"in store {foreign}", texts, user.login)
            self.assertNotIn(f"written in {foreign}", texts, user.login)
        self.assertNotIn(
            "He is in Ningbo",
            str(self.page(self.sales_consultant, self.shared.partner)),
            "who serves the customer elsewhere is the other store's matter",
        )

    def test_store_switched_off(self):
        """Only the stores that are switched on count, for searching and for counting."""
        user = self.sales_consultant
        user.company_ids |= self.store_b.company_id
        self.relation_b._assign({"consultant_id": user.id}, "Works in both")
        model = self.timeline.with_user(user)
        domain = [("partner_id", "=", self.shared.partner.id)]
        companies = (self.store_a | self.store_b).company_id
        both = model.with_context(allowed_company_ids=companies.ids)
        one = model.with_context(allowed_company_ids=self.store_a.company_id.ids)
        self.assertEqual(both.search(domain).unit_id, self.store_a | self.store_b)
        self.assertEqual(one.search(domain).unit_id, self.store_a)
        self.assertEqual(one.search_count(domain), len(one.search(domain)))
        self.assertLess(one.search_count(domain), both.search_count(domain))
        stores = {
            row["store"]
            for row in both.timeline_page("res.partner", self.shared.partner.id)["rows"]
        }
        self.assertEqual(stores, {self.store_a.name, self.store_b.name})

    def test_not_for_the_clerk(self):
        with mute_logger("odoo.addons.base.models.ir_model"):
            for user in (self.reception, self.marketing_user):
                with self.assertRaises(AccessError):
                    self.page(user)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.page(self.stranger)

    def test_ended_relation(self):
        """Where the store ended the relation it sees nothing more."""
        self.assertTrue(self.page(self.sales_director, self.shared.partner)["rows"])
        self.relation_a.with_user(self.sales_director).action_end()
        found = self.timeline.with_user(self.sales_director).search(
            [("partner_id", "=", self.shared.partner.id)]
        )
        self.assertFalse(found)

    def test_documents_of_other_posts(self):
        """Rows of documents that a post may not read at all are not there for it."""
        source = TimelineSource(
            "dealer.export.log",
            SQL(
                "SELECT id, NOW(), 'other', 'hidden', NULL, 'export', FALSE, NULL, %s, NULL, NULL,"
                " NULL, 'dealer.export.log', id FROM dealer_export_log WHERE id = %s",
                self.customer.relation.id,
                self.env["dealer.export.log"]
                .create({"user_id": self.env.uid, "model": "res.partner"})
                .id,
            ),
        )
        with self.source(export=source):
            row = self.timeline.search([("res_model", "=", "dealer.export.log")])
            self.assertEqual(row.text, "export")
            self.assertEqual(row.with_user(self.general_manager).text, "export")
            mine = row.with_user(self.sales_consultant)
            self.assertFalse(mine.has_access("read"))
            self.assertFalse(mine.search([("id", "in", row.ids)]))
            self.assertNotIn("export", str(self.page()))
            with self.assertRaises(UserError):
                mine.action_open()

    # ------------------------------------------------------------------ the hook

    def source(self, **sources):
        """Add sources as another addon does."""
        model = type(self.timeline)
        original = model._timeline_sources
        return patch.object(
            model, "_timeline_sources", lambda timeline: original(timeline) | sources
        )

    def test_addon_adds_a_source(self):
        """What the integrators' guide describes: rows, labels of their states, and the way there."""
        source = TimelineSource(
            "dealer.consent",
            SQL(
                "SELECT consent.id, consent.given_at, 'other', consent.purpose, NULL,"
                " consent.text_version, FALSE, NULL, relation.id, NULL, NULL, NULL,"
                " 'dealer.consent', consent.id FROM dealer_consent consent"
                " JOIN dealer_relation relation ON relation.partner_id = consent.partner_id"
                " AND relation.unit_id = consent.unit_id AND relation.active"
            ),
            ("dealer.consent", "purpose"),
        )
        with self.source(consent=source):
            (row,) = [row for row in self.page()["rows"] if row["kind"] == "other"]
            self.assertEqual(row["summary"], "versionTimely")
            label = dict(
                self.env["dealer.consent"]._fields["purpose"]._description_selection(self.env)
            )["marketing"]
            self.assertEqual(row["state"], label)
            action = self.timeline.browse(row["id"]).action_open()
            self.assertEqual(action["res_model"], "dealer.consent")
            self.assertEqual(action["res_id"], self.customer.consent.id)
            self.assertEqual(self.timeline.browse(row["id"]).display_name, f"Other · {label}")

    def test_numbers_are_one_each(self):
        """No two rows of different sources share a number."""
        rows = self.timeline.search(Domain.TRUE)
        keys = {(row.id % SPAN, row.id // SPAN) for row in rows}
        self.assertEqual(len(keys), len(rows))
        self.assertGreater(len({key[0] for key in keys}), 1)
        with (
            self.source(**{f"x{number}": None for number in range(SPAN)}),
            self.assertRaises(ValueError),
        ):
            self.timeline._timeline_numbers()

    # ------------------------------------------------------------------ pages

    def test_page_by_page(self):
        """Older pages go on where the last one ended, also among rows of one moment."""
        self.log_many(45)
        seen, before = [], None
        while True:
            page = self.page(kinds=["chat"], before=before, limit=20)
            seen += [row["id"] for row in page["rows"]]
            if not page["more"]:
                break
            before = [page["rows"][-1]["moment"], page["rows"][-1]["id"]]
        self.assertEqual(len(seen), 45)
        self.assertEqual(len(set(seen)), 45)
        self.assertEqual(
            seen,
            self.timeline.search([("kind", "=", "chat")])
            .filtered_domain([("relation_id", "=", self.customer.relation.id)])
            .ids,
        )

    def log_many(self, number):
        return self.env["dealer.interaction"].create(
            [
                {
                    "partner_id": self.partner.id,
                    "unit_id": self.store_a.id,
                    "user_id": self.sales_consultant.id,
                    "kind": "chat",
                    "summary": f"chat {index}",
                    # Fifteen rows of one second each.
                    "start": NOON - timedelta(days=index % 3),
                }
                for index in range(number)
            ]
        )

    def test_limits(self):
        self.log_many(230)
        self.assertEqual(len(self.page(limit=10000)["rows"]), 200)
        self.assertEqual(len(self.page(limit=-5)["rows"]), 1)
        page = self.page(limit=5)
        self.assertTrue(page["more"])
        self.assertIn(("chat", 230), [(kind["kind"], kind["count"]) for kind in page["kinds"]])

    def test_opening_costs_the_same(self):
        """The number of queries does not grow with what happened (budget: 20)."""
        counts = []
        self.page()  # rights and translations are kept in memory from here on
        for number in (5, 200):
            self.log_many(number)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.page(limit=number)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 20)

    def test_rows_by_number_ask_their_source(self):
        """Reading a row by its number does not walk over the tables of all sources."""
        row = self.timeline.search([("kind", "=", "call")], limit=1)
        sql = self.timeline._search([("id", "in", row.ids)]).select()
        self.assertNotIn("UNION ALL", sql.code)
        self.assertIn("dealer_interaction", sql.code)
        self.assertFalse(self.timeline.search([("id", "in", [SPAN - 1, 0])]))
        # A client cannot make the server read other rows by a context of its own.
        forged = self.timeline.with_context(dealer_timeline_ids=[row.id])
        self.assertGreater(forged.search_count([]), 1)

    # ------------------------------------------------------------------ ways around

    def test_other_documents(self):
        with self.assertRaisesRegex(UserError, "no timeline"):
            self.page(record=self.store_a)
        with self.assertRaisesRegex(UserError, "no timeline"):
            self.timeline.timeline_page("no.such.model", 1)

    def test_open(self):
        """Entries open what they stand for, the customer in the form of a customer."""
        interaction = self.log(summary="to open")
        (row,) = [row for row in self.page()["rows"] if row["summary"] == "to open"]
        action = self.timeline.with_user(self.sales_consultant).browse(row["id"]).action_open()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (interaction._name, interaction.id)
        )
        interaction.unlink()
        with self.assertRaisesRegex(UserError, "no longer there"):
            self.timeline.browse(row["id"]).action_open()
        self.partner.message_post(
            body="note", message_type="comment", record_company_id=self.store_a.company_id.id
        )
        (row,) = [row for row in self.page()["rows"] if row["kind"] == "note"]
        self.assertFalse(row["opens"], "it is the file that one looks at")
        action = self.timeline.browse(row["id"]).action_open()
        form = self.env.ref("dealer_base.res_partner_view_form_customer")
        self.assertEqual(action["views"], [(form.id, "form")])

    def test_list_of_a_customer(self):
        action = self.partner.with_user(self.sales_consultant).action_dealer_timeline()
        rows = self.timeline.with_user(self.sales_consultant).search(action["domain"])
        self.assertEqual(len(rows), len(self.page()["rows"]))
        found = rows.search([*action["domain"], ("summary", "ilike", "summaryTimely")])
        self.assertEqual(found.text, "summaryTimely")
