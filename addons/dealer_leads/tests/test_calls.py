from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, POSTS

from .common import CallsCase

#: Who reads call records; nobody writes them.
READERS = {"sales_manager", "sales_director", "dcc_lead", "general_manager", "group_executive"}


class TestCalls(CallsCase):
    def test_outgoing_call_becomes_an_interaction(self):
        lead = self.env["crm.lead"].create(
            {
                "name": "open",
                "type": "opportunity",
                "partner_id": self.customer.partner.id,
                "company_id": self.store_a.company_id.id,
                "user_id": self.sales_consultant.id,
            }
        )
        row = self.ring(self.prepare_call(1))
        self.assertEqual((row.state, row.direction, row.reason), ("done", "out", False))
        self.assertEqual(row.user_id, self.sales_consultant)
        self.assertEqual(row.partner_id, self.customer.partner)
        self.assertEqual(row.relation_id, self.customer.relation)
        self.assertEqual(row.unit_id, self.store_a)
        contact = row.interaction_id
        self.assertRecordValues(
            contact,
            [
                {
                    "kind": "call",
                    "evidence": "system",
                    "direction": "out",
                    "user_id": self.sales_consultant.id,
                    "partner_id": self.customer.partner.id,
                    "unit_id": self.store_a.id,
                    "relation_id": self.customer.relation.id,
                    "start": datetime(2026, 1, 7, 2, 0),
                    "duration": 95,
                    "answered": True,
                    "two_way": True,
                    "recording_url": "https://rec.example/1.mp3",
                    "external_id": "C-00001",
                    "res_model": "crm.lead",
                    "res_id": lead.id,
                }
            ],
        )

    def test_incoming_call_by_full_number(self):
        row = self.ring(
            self.prepare_call(1, from_=f"+86 {self.customer.partner.phone}", to="199-0066-0001")
        )
        self.assertEqual((row.state, row.direction), ("done", "in"))
        self.assertEqual(row.interaction_id.direction, "in")
        self.assertEqual(row.interaction_id.user_id, self.sales_consultant)
        self.assertFalse(row.interaction_id.res_model, "there is no open lead")

    def test_closed_lead_is_not_named(self):
        lead = self.take_in(self.prepare_lead(1, phone=self.customer.partner.phone)).lead_id
        lead.action_set_lost()
        self.assertFalse(self.ring(self.prepare_call(1)).interaction_id.res_id)

    def test_two_way_needs_an_answer_and_the_seconds(self):
        cases = {
            (True, 30): (True, 30),
            (True, 29): (False, 29),
            (True, 0): (False, 0),
            # Some telephone systems count the ringing, too: nobody talked.
            (False, 40): (False, 0),
            (False, 0): (False, 0),
        }
        rows = self.ring(
            *(
                self.prepare_call(index, answered=answered, seconds=seconds)
                for index, (answered, seconds) in enumerate(cases)
            )
        )
        for row, (two_way, duration) in zip(rows, cases.values(), strict=True):
            contact = row.interaction_id
            self.assertEqual((contact.two_way, contact.duration), (two_way, duration), row.seconds)
            self.assertEqual(contact.answered, row.answered)
        self.env["ir.config_parameter"].set_param("dealer_leads.two_way_seconds", "100")
        self.assertFalse(self.ring(self.prepare_call(20)).interaction_id.two_way)

    def test_calls_between_colleagues(self):
        row = self.ring(self.prepare_call(1, to="8002"))
        self.assertEqual((row.state, row.reason), ("unmatched", "internal"))
        self.assertEqual(row.unit_id, self.store_a)
        self.assertFalse(row.interaction_id)
        self.assertIn("colleagues", row.error)

    def test_nobody_known(self):
        row = self.ring(self.prepare_call(1, from_="8999"))
        self.assertEqual((row.state, row.reason), ("unmatched", "staff_unknown"))
        self.assertEqual(row.unit_id, self.store_a, "where the telephones stand")
        self.assertIn("8999", row.error)
        self.assertNotIn(self.customer.partner.phone, row.error)

    def test_withheld_number(self):
        row, anonymous = self.ring(
            self.prepare_call(1, from_="", to="8001"),
            self.prepare_call(2, from_="anonymous", to="8001"),
        )
        self.assertEqual((row.reason, anonymous.reason), ("number_withheld",) * 2)
        self.assertEqual(row.user_id, self.sales_consultant)
        self.assertEqual(row.customer_masked, "withheld")

    def test_unknown_number_is_matched_when_the_customer_is_registered(self):
        row = self.ring(self.prepare_call(1, to="19900669999"))
        self.assertEqual((row.state, row.reason), ("unmatched", "customer_unknown"))
        self.assertEqual((row.user_id, row.unit_id), (self.sales_consultant, self.store_a))
        self.assertIn("199****9999", row.error)
        self.assertEqual(row.customer_masked, "199****9999")
        self.env["res.partner"].with_user(self.sales_consultant).create(
            {"name": "New", "phone": "19900669999", "is_dealer_customer": True}
        )
        self.assertEqual((row.state, row.error), ("new", False))
        self.calls._drain()
        self.assertEqual(row.state, "done")
        self.assertEqual(row.interaction_id.relation_id.consultant_id, self.sales_consultant)

    def test_unknown_number_is_matched_when_a_lead_brings_the_customer(self):
        row = self.ring(self.prepare_call(1, to="19900780001"))
        self.take_in(self.prepare_lead(1))
        self.calls._drain()
        self.assertEqual(row.state, "done")

    def test_unknown_number_is_matched_when_the_customer_gets_it(self):
        row = self.ring(self.prepare_call(1, to="19900669999"))
        self.customer.partner.with_user(self.sales_consultant).phone = "199 0066 9999"
        self.calls._drain()
        self.assertEqual((row.state, row.partner_id), ("done", self.customer.partner))

    def test_unknown_colleague_is_matched_when_the_number_is_entered(self):
        row = self.ring(self.prepare_call(1, from_="8077"))
        self.teammate.dealer_call_numbers = "8002, 8077"
        self.calls._drain()
        self.assertEqual((row.state, row.user_id), ("done", self.teammate))

    def test_registering_others_wakes_no_row(self):
        row = self.ring(self.prepare_call(1, to="19900669999"))
        self.make_customer("Else")
        self.assertEqual(row.state, "unmatched")

    def test_extensions_are_those_of_the_senders_store(self):
        there = self.make_customer("There", stores=self.store_b)
        here, far = (
            self.ring(self.prepare_call(1)),
            self.ring(
                self.prepare_call(2, to=there.partner.phone, from_="8001"),
                sender=self.switchboard_b,
            ),
        )
        self.assertEqual((here.user_id, here.unit_id), (self.sales_consultant, self.store_a))
        self.assertEqual((far.user_id, far.unit_id), (self.consultant_b, self.store_b))
        foreign = self.ring(self.prepare_call(3, from_="8002"), sender=self.switchboard_b)
        self.assertEqual(foreign.reason, "staff_unknown", "8002 is somebody else in store B")
        full = self.ring(
            self.prepare_call(4, from_="057466880001", to=there.partner.phone),
            sender=self.switchboard,
        )
        self.assertEqual(full.user_id, self.consultant_b, "full numbers are the same everywhere")

    def test_sender_of_no_store_needs_unambiguous_extensions(self):
        company = self.env["res.company"].create({"name": "Holding"})
        sender = self.env["res.users"].create(
            {
                **self.prepare_person("t_holding", ["dealer_base.group_calls"], self.store_a),
                "company_id": company.id,
                "company_ids": [(6, 0, company.ids)],
            }
        )
        both, one = self.ring(
            self.prepare_call(1), self.prepare_call(2, from_="8002"), sender=sender
        )
        self.assertEqual((both.reason, both.unit_id.id), ("staff_ambiguous", False))
        self.assertEqual((one.state, one.user_id), ("done", self.teammate))

    def test_customer_of_another_store_only(self):
        there = self.make_customer("Foreign", stores=self.store_b)
        row = self.ring(self.prepare_call(1, to=there.partner.phone))
        self.assertEqual((row.state, row.reason), ("unmatched", "customer_unknown"))
        self.assertFalse(row.partner_id)
        self.env["dealer.relation"].create(
            {"partner_id": there.partner.id, "unit_id": self.store_a.id}
        )
        self.calls._drain()
        self.assertEqual((row.state, row.unit_id), ("done", self.store_a))

    def test_store_of_the_staff_where_the_customer_is(self):
        self.sales_consultant.company_ids |= self.store_b.company_id
        there = self.make_customer("OnlyB", stores=self.store_b)
        both = self.make_customer("Both", stores=self.store_b | self.store_a)
        only, home = self.ring(
            self.prepare_call(1, to=there.partner.phone),
            self.prepare_call(2, to=both.partner.phone),
        )
        self.assertEqual((only.state, only.unit_id), ("done", self.store_b))
        self.assertEqual((home.state, home.unit_id), ("done", self.store_a))
        self.assertEqual(home.interaction_id.relation_id.unit_id, self.store_a)

    def test_colleague_without_store(self):
        company = self.env["res.company"].create({"name": "Holding"})
        self.env["res.users"].create(
            {
                **self.prepare_person("t_office", ["base.group_user"], self.store_a),
                "company_id": company.id,
                "company_ids": [(6, 0, company.ids)],
                "dealer_call_numbers": "19900660077",
            }
        )
        row = self.ring(self.prepare_call(1, from_="19900660077"))
        self.assertEqual((row.state, row.reason), ("unmatched", "store_unknown"))

    def test_landline_of_one_and_of_several(self):
        landline = {"phone": "0574-87650001"}
        self.customer.partner.write(landline)
        row = self.ring(self.prepare_call(1, to="057487650001"))
        self.assertEqual((row.state, row.partner_id), ("done", self.customer.partner))
        self.make_customer("House").partner.write(landline)
        row = self.ring(self.prepare_call(2, to="0574-8765 0001"))
        self.assertEqual((row.state, row.reason), ("unmatched", "customer_ambiguous"))
        self.assertFalse(row.partner_id)

    def test_shared_mobile_number(self):
        other = self.make_customer("Family")
        other.partner.write({"phone_shared": True, "phone": "19900660088"})
        row = self.ring(self.prepare_call(1, to="19900660088"))
        self.assertEqual((row.state, row.partner_id), ("done", other.partner))
        self.make_customer("Child").partner.write({"phone_shared": True, "phone": "19900660088"})
        self.assertEqual(
            self.ring(self.prepare_call(2, to="19900660088")).reason, "customer_ambiguous"
        )

    def test_ended_relation_is_none(self):
        self.customer.relation.action_end()
        self.assertEqual(self.ring(self.prepare_call(1)).reason, "customer_unknown")

    def test_numbers_of_colleagues(self):
        numbers = self.env["dealer.call.number"].search(
            [("user_id", "=", self.sales_consultant.id)], order="number"
        )
        self.assertEqual(numbers.mapped("number"), ["+8619900660001", "8001"])
        for text in ("x", "8001, hello", "1", "12345678901", "0574-87654321-801", "400-800-1234"):
            with self.assertRaises(ValidationError, msg=text):
                self.stranger.dealer_call_numbers = text
        for taken in ("8001", "19900660001", "8003 , 8001"):
            with self.assertRaises(ValidationError) as caught:
                self.stranger.dealer_call_numbers = taken
            self.assertIn(self.sales_consultant.name, str(caught.exception))
        with self.assertRaises(ValidationError):
            self.consultant_b.dealer_call_numbers = "19900660001"
        self.consultant_b.dealer_call_numbers = "8002"
        self.stranger.dealer_call_numbers = "8003、8004;8003\n8005"
        owned = self.env["dealer.call.number"].search([("user_id", "=", self.stranger.id)])
        self.assertEqual(owned.mapped("number"), ["8003", "8004", "8005"])

    def test_two_new_colleagues_cannot_share_a_number(self):
        rows = [
            self.prepare_person(
                f"t_twin{number}",
                ["dealer_base.group_sales_consultant"],
                self.store_a,
                dealer_call_numbers="8070",
            )
            for number in range(2)
        ]
        with self.assertRaises(ValidationError):
            self.env["res.users"].create(rows)

    def test_leaver_gives_the_number_to_the_successor(self):
        self.sales_consultant.active = False
        self.stranger.dealer_call_numbers = "8001"
        self.assertEqual(self.ring(self.prepare_call(1)).user_id, self.stranger)
        with self.assertRaises(ValidationError):
            self.sales_consultant.active = True

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_gives_oneself_a_number(self):
        user = self.sales_consultant.with_user(self.sales_consultant)
        with self.assertRaises(AccessError):
            user.dealer_call_numbers = "8002"
        user.phone = "19900660055"
        self.assertEqual(
            self.ring(self.prepare_call(1, from_="19900660055")).reason,
            "staff_unknown",
            "the telephone on one's own card is no proof",
        )
        with self.assertRaises(AccessError):
            self.env["dealer.call.number"].with_user(self.general_manager).create(
                {"number": "8002", "user_id": user.id, "company_id": user.company_id.id}
            )

    def test_retry(self):
        row = self.ring(self.prepare_call(1, from_="8077"))
        self.env["dealer.call.number"].create(
            {
                "number": "8077",
                "user_id": self.teammate.id,
                "company_id": self.store_a.company_id.id,
            }
        )
        row.with_user(self.sales_manager).action_retry()
        self.assertEqual((row.state, row.user_id), ("done", self.teammate))
        with self.assertRaises(UserError):
            row.with_user(self.general_manager).action_retry()

    def test_one_bad_row_stops_nobody(self):
        prepare = type(self.calls)._prepare_interaction_vals

        def fail_for_one(row, *args):
            if row.call_id == "C-00003":
                raise ZeroDivisionError("planted")
            return prepare(row, *args)

        with patch.object(type(self.calls), "_prepare_interaction_vals", fail_for_one):
            rows = self.ring(*(self.prepare_call(number) for number in range(5)))
        self.assertEqual(rows.mapped("state"), ["done", "done", "done", "failed", "done"])
        self.assertIn("planted", rows[3].error)
        self.assertFalse(rows[3].interaction_id)
        rows[3].with_user(self.sales_director).action_retry()
        self.assertEqual(rows[3].state, "done")

    def test_drain_twice_makes_one_interaction(self):
        self.ring(self.prepare_call(1))
        self.assertEqual(self.calls._drain(), (0, False))
        self.assertEqual(
            self.env["dealer.interaction"].search_count([("external_id", "=", "C-00001")]), 1
        )

    def test_receiving_wakes_the_queue_once_and_the_cron_is_the_net(self):
        jobs = self.env["queue.job"].search([("model_name", "=", "dealer.call")])
        self.assertFalse(jobs.filtered(lambda job: job.state == "pending"))
        self.calls._receive([self.prepare_call(1)])
        self.calls._receive([self.prepare_call(2)])
        fresh = self.env["queue.job"].search([("model_name", "=", "dealer.call")]) - jobs
        self.assertEqual(len(fresh), 1)
        with self.enter_registry_test_mode():
            self.env.ref("dealer_leads.ir_cron_drain_calls").method_direct_trigger()
        self.assertFalse(self.calls.search([("state", "=", "new")]))

    def test_drain_in_portions_says_what_is_left(self):
        self.calls._drain(10000)
        self.calls._receive([self.prepare_call(number) for number in range(5)])
        self.assertEqual(self.calls._drain(3), (3, True))
        self.assertEqual(self.calls._drain(3), (2, False))

    def test_thousand_calls_take_a_bounded_number_of_queries(self):
        customers = self.env["res.partner"].create(
            [
                {
                    "name": f"Many {number}",
                    "phone": f"1990067{number:04d}",
                    "is_dealer_customer": True,
                }
                for number in range(1000)
            ]
        )
        self.env["dealer.relation"]._register_customers(customers, self.store_a)
        counts = []
        for first, size in ((0, 10), (1000, 1000)):
            calls = [
                self.prepare_call(
                    first + number,
                    from_=("8001", "8002", "8003")[number % 3],
                    # the last of each ten is nobody's number
                    to=f"19900{'67' if number % 10 else '68'}{number:04d}",
                )
                for number in range(size)
            ]
            self.calls.with_user(self.switchboard).sudo()._receive(calls)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.calls._drain(1000)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        states = self.calls.search([("call_id", "=like", "C-%")]).grouped("state")
        self.assertEqual(
            {state: len(rows) for state, rows in states.items()}, {"done": 909, "unmatched": 101}
        )
        self.assertLess(counts[1], counts[0] + 60, f"queries for 10 and for 1,000 calls: {counts}")


class TestCallsVisibility(CallsCase):
    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_matrix(self):
        """Post × own team, another team, nobody's number here, the other store's, of no store."""
        other = self.make_customer("OtherTeam", consultant_id=self.stranger.id)
        there = self.make_customer("StoreB", stores=self.store_b)
        team, foreign_team, unknown = self.ring(
            self.prepare_call(1),
            self.prepare_call(2, from_="8003", to=other.partner.phone),
            self.prepare_call(3, to="19900669999"),
        )
        far, far_unknown = self.ring(
            self.prepare_call(4, to=there.partner.phone),
            self.prepare_call(5, to="19900669998"),
            sender=self.switchboard_b,
        )
        company = self.env["res.company"].create({"name": "Holding"})
        self.switchboard_b.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        nowhere = self.ring(self.prepare_call(6, from_="8999"), sender=self.switchboard_b)
        self.assertEqual(
            (team | foreign_team | unknown | far | far_unknown | nowhere).mapped("state"),
            ["done", "done", "unmatched", "done", "unmatched", "unmatched"],
        )
        for post in (*POSTS, "consultant_b"):
            user = self.users[post]
            model = self.calls.with_user(user)
            if post not in READERS:
                self.assertIsInstance(
                    self.attempt(lambda model=model: model.search([])), AccessError, post
                )
                continue
            rows = model.search([])
            whole_store = post in ("sales_director", "general_manager", "group_executive")
            expected = {
                team: post != "dcc_lead",
                foreign_team: whole_store,
                unknown: True,
                far: False,
                far_unknown: False,
                nowhere: post == "group_executive",
            }
            for row, seen in expected.items():
                self.assertEqual(row in rows, seen, f"{post} × {row.call_id}")
                mine = row.with_user(user)
                error = self.attempt(lambda mine=mine: mine.read(["caller", "customer_masked"]))
                self.assertEqual(error is None, seen, f"{post} × {row.call_id}: {error}")
                for values in ({"state": "new"}, {"seconds": 1}, {"user_id": user.id}):
                    error = self.attempt(lambda mine=mine, values=values: mine.write(values))
                    self.assertIsInstance(error, AccessError, f"{post} × {row.call_id}")
                self.assertIsInstance(self.attempt(mine.unlink), AccessError, post)
            error = self.attempt(
                lambda model=model: model.create({"call_id": "mine", "start": "2026-01-07"})
            )
            self.assertIsInstance(error, AccessError, post)
            # What is hidden is not found by its number either.
            self.assertFalse(model.search_count([("callee", "=", there.partner.phone)]), post)
            if not whole_store:
                self.assertNotIn(
                    other.partner.phone,
                    str(model.formatted_read_group([], ["callee"], ["__count"])),
                )

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_hidden_row_is_not_retried(self):
        row = self.ring(self.prepare_call(1, to="19900669998"), sender=self.switchboard_b)
        for user in (self.sales_manager, self.sales_consultant):
            error = self.attempt(lambda user=user: row.with_user(user).action_retry())
            self.assertIsInstance(error, AccessError, user.name)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_machines_read_nothing(self):
        self.ring(self.prepare_call(1))
        for group in API_POSTS:
            user = self.make_machine(f"t_machine_{group}", group)
            for model in ("dealer.call", "dealer.call.number", "dealer.interaction"):
                error = self.attempt(
                    lambda user=user, model=model: self.env[model].with_user(user).search([])
                )
                self.assertIsInstance(error, AccessError, f"{group} × {model}")

    def test_list_masks_numbers_without_customer(self):
        rows = self.ring(
            self.prepare_call(1, to="19900669999"),
            self.prepare_call(2, from_="8999", to="19900669999"),
            self.prepare_call(3, from_="057487650001", to="8001"),
        )
        told = rows.with_user(self.sales_manager).mapped("customer_masked")
        self.assertEqual(told, ["199****9999", "8999 → 199****9999", "0574-****0001"])

    def test_number_that_does_not_exist(self):
        """What the telephone system heard marks the customer's number (空号)."""
        self.ring(self.prepare_call(901, answered=False, seconds=0, cause="busy"))
        self.assertFalse(self.customer.partner.phone_state)
        row = self.ring(self.prepare_call(902, answered=False, seconds=0, cause="empty_number"))
        self.assertEqual(row.interaction_id.result, "empty_number")
        self.assertEqual(self.customer.partner.phone_state, "empty")
        problems = self.calls._check_call(self.prepare_call(903, cause="whatever"))
        self.assertEqual(len(problems), 1)
        self.assertIn("cause", problems[0])

    def test_customer_file_is_opened(self):
        row = self.ring(self.prepare_call(1)).with_user(self.sales_manager)
        self.assertEqual(row.action_open_customer()["res_id"], self.customer.partner.id)
