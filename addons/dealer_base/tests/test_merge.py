from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time

from .common_merge import MergeCase


class TestMerge(MergeCase):
    def test_all_that_hangs_on_a_file_moves(self):
        old, new = self.old, self.new
        tag = self.env["res.partner.category"].create({"name": "Tag"})
        new.partner.category_id = [Command.link(tag.id)]
        activity = new.partner.activity_schedule("mail.mail_activity_data_todo", summary="call")
        message = new.partner.message_post(body="words of New")
        contact = self.env["res.partner"].create({"name": "Son", "parent_id": new.partner.id})
        merge = self.merge(old, new)
        self.assertEqual(new.interaction.partner_id, old.partner)
        self.assertEqual(new.owner.partner_id, old.partner)
        self.assertEqual(new.vehicle.current_owner_id, old.partner)
        self.assertEqual(new.consent.partner_id, old.partner)
        self.assertEqual(activity.res_id, old.partner.id)
        self.assertEqual(message.res_id, old.partner.id)
        self.assertEqual(contact.parent_id, old.partner)
        self.assertEqual(contact.commercial_partner_id, old.partner)
        self.assertIn(tag, old.partner.category_id)
        self.assertFalse(new.partner.active)
        self.assertEqual(new.partner.dealer_merged_into_id, old.partner)
        self.assertEqual(merge.user_id, self.sales_manager)
        self.assertEqual(merge.source_ids, new.partner.ids)
        self.assertEqual(merge.reason, "same person")
        self.assertIn(f"Canary{new.tag}", old.partner.message_ids[0].body)
        rows = {
            (entry["model"], name, row_id)
            for entry in merge.sudo().journal
            for name in entry["fields"]
            for _before, ids in entry["old"]
            for row_id in ids
        }
        self.assertIn(("dealer.interaction", "partner_id", new.interaction.id), rows)
        self.assertIn(("dealer.vehicle.owner", "partner_id", new.owner.id), rows)
        self.assertIn("Interaction: 1", merge.moved)

    def test_one_relation_per_store(self):
        """Who serves the customer goes on; the other relation is ended, its contacts are kept."""
        new = self.make_customer("Third", consultant_id=self.teammate.id)
        new.relation.sudo()._assign({"dcc_agent_id": self.dcc_agent.id}, "test")
        new.relation.stage = "owner"
        new.relation.since = fields.Date.today() - timedelta(days=400)
        self.merge(self.old, new)
        stays = self.old.relation
        self.assertEqual(self.old.partner.dealer_relation_ids, stays)
        self.assertFalse(new.relation.active)
        self.assertEqual(new.interaction.relation_id, stays)
        self.assertEqual(stays.consultant_id, self.sales_consultant)
        self.assertEqual(stays.dcc_agent_id, self.dcc_agent)
        self.assertEqual(stays.stage, "owner")
        self.assertEqual(stays.since, fields.Date.today() - timedelta(days=400))
        last = stays.log_ids.sorted("id")[-1]
        self.assertEqual(last.new_user_id, self.dcc_agent)
        self.assertEqual(last.user_id, self.sales_manager)

    def test_what_is_empty_is_filled(self):
        old, new = self.old.partner, self.new.partner
        old.write({"phone": False, "street": False, "city": False, "birth_month": 0})
        new.write({"birth_month": 8, "birth_day": 15, "birth_calendar": "lunar", "city": "宁波"})
        number, street = new.phone, new.street
        self.merge(self.old, self.new)
        self.assertEqual(old.phone, number)
        self.assertEqual(old.phone_normalized, f"+86{number}")
        self.assertEqual((old.street, old.city), (street, "宁波"))
        self.assertEqual((old.birth_month, old.birth_calendar), (8, "lunar"))
        self.assertTrue(old.next_birthday)
        self.assertEqual(self.old.relation.phone_masked, f"{number[:3]}****{number[-4:]}")
        self.assertTrue(old.email.startswith("mailold"), "what is known stays")

    def test_street_of_another_city_is_not_taken_over(self):
        self.old.partner.write({"street": False, "city": "宁波", "three_element_state": "matched"})
        self.new.partner.city = "杭州"
        merge = self.merge(self.old, self.new)
        self.assertFalse(self.old.partner.street)
        self.assertEqual(self.old.partner.three_element_state, "matched")
        merge.action_undo()
        self.new.partner.city = "宁波"
        merge = self.merge(self.old, self.new)
        self.assertEqual(self.old.partner.street, self.new.partner.street)
        self.assertEqual(self.old.partner.three_element_state, "unchecked")
        merge.action_undo()
        self.assertEqual(self.old.partner.three_element_state, "matched")

    def test_both_numbers_lead_to_the_file(self):
        first, second = self.old.partner.phone_normalized, self.new.partner.phone_normalized
        number = self.new.partner.phone
        self.merge(self.old, self.new)
        found = self.env["res.partner"]._dealer_find_by_phone([first, second])
        self.assertEqual(found, {first: self.old.partner, second: self.old.partner})
        self.assertEqual(self.old.partner.dealer_former_phones, number)
        stranger = self.env["res.partner"].create(
            {"name": "Next", "phone": number, "is_dealer_customer": True}
        )
        found = self.env["res.partner"]._dealer_find_by_phone([second])
        self.assertEqual(found, {second: stranger}, "who has the number now goes before")

    def test_chain_of_merges(self):
        third = self.make_customer("Third")
        self.merge(self.old, self.new)
        self.merge(third, self.old)
        self.assertEqual(self.new.partner.dealer_merged_into_id, third.partner)
        number = self.new.partner.phone_normalized
        found = self.env["res.partner"]._dealer_find_by_phone([number])
        self.assertEqual(found, {number: third.partner})
        self.assertEqual(self.new.interaction.partner_id, third.partner)

    def test_withdrawn_consent_holds(self):
        """Withdrawn in one file is withdrawn, in this store and for this purpose alone."""
        old, new = self.old, self.new
        elsewhere = old.consent.copy({"purpose": "care", "partner_id": old.partner.id})
        new.consent.action_withdraw()
        merge = self.merge(old, new)
        consents = self.env["dealer.consent"]
        self.assertFalse(consents._partners_with(old.partner, "marketing", self.store_a))
        self.assertEqual(old.consent.withdrawn_by_id, self.sales_manager)
        self.assertFalse(elsewhere.withdrawn_at)
        merge.action_undo()
        self.assertEqual(consents._partners_with(old.partner, "marketing"), old.partner)
        self.assertFalse(consents._partners_with(new.partner, "marketing"))

    def test_consent_of_one_file_stands(self):
        self.new.consent.unlink()
        self.merge(self.new, self.old)
        consents = self.env["dealer.consent"]
        self.assertEqual(
            consents._partners_with(self.new.partner, "marketing", self.store_a), self.new.partner
        )

    def test_other_store_is_neither_shown_nor_lost(self):
        new = self.make_customer(
            "Both", stores=self.store_a | self.store_b, consultant_id=self.teammate.id
        )
        foreign = new.relation.filtered(lambda relation: relation.unit_id == self.store_b)
        contact = new.interaction.filtered(lambda row: row.unit_id == self.store_b)
        told = self.old.partner.with_user(self.sales_manager)._dealer_merge_preview(
            new.partner.with_user(self.sales_manager)
        )
        moves = dict(told["moves"])
        self.assertEqual(moves["Interaction"], 1)
        self.assertEqual(moves["Customer of a Store"], 1)
        merge = self.merge(self.old, new)
        self.assertIn("Interaction: 1", merge.moved)
        self.assertEqual(foreign.partner_id, self.old.partner)
        self.assertTrue(foreign.active)
        self.assertEqual(contact.relation_id, foreign)
        self.assertEqual(contact.partner_id, self.old.partner)
        seen = self.old.partner.with_user(self.consultant_b)
        self.assertFalse(seen.has_access("read"), "store B gave it to nobody")

    def test_what_both_have_stays_with_the_file(self):
        follower = self.sales_consultant.partner_id
        self.old.partner.message_subscribe(follower.ids)
        self.new.partner.message_subscribe(follower.ids)
        tag = self.env["res.partner.category"].create({"name": "Tag"})
        (self.old.partner | self.new.partner).category_id = [Command.link(tag.id)]
        self.merge(self.old, self.new)
        self.assertEqual(len(self.old.partner.message_follower_ids), 1)
        self.assertEqual(self.old.partner.category_id, tag)
        self.assertEqual(self.new.partner.category_id, tag, "nothing is deleted")

    # ------------------------------------------------------------ refused

    def assert_refused(self, words, target, *sources, user=None, error=UserError):
        with self.assertRaises(error) as caught:
            self.merge(target, *sources, user=user)
        self.assertIn(words, str(caught.exception))

    def test_log_ins_staff_and_companies_are_refused(self):
        customer = self.make_customer("Portal")
        self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "t_portal",
                "partner_id": customer.partner.id,
                "group_ids": [Command.set([self.env.ref("base.group_portal").id])],
            }
        )
        self.assert_refused("has a log-in", self.old, customer)
        self.assert_refused("has a log-in", customer, self.old)
        house = self.store_a.company_id.partner_id
        house.is_dealer_customer = True
        self.env["dealer.relation"].create({"partner_id": house.id, "unit_id": self.store_a.id})
        self.assert_refused("a company of the group", self.old, house)
        self.new.partner.employee = True
        self.assert_refused("is a colleague", self.old, self.new)

    def test_files_that_are_two(self):
        self.assert_refused("two files at least", self.old)
        self.assert_refused("two files at least", self.old, self.old)
        son = self.env["res.partner"].create({"name": "Son", "parent_id": self.old.partner.id})
        self.assert_refused("contact person", self.old, son)
        self.new.partner.is_company = True
        self.assert_refused("A company and a person", self.old, self.new)
        self.new.partner.is_company = False
        self.merge(self.old, self.new)
        again = self.new.partner.sudo()
        with self.assertRaises(UserError) as caught:
            self.old.partner.sudo()._dealer_merge(again)
        self.assertIn("merged already", str(caught.exception))

    def test_rights(self):
        stranger = self.make_customer("Stranger", consultant_id=self.stranger.id)
        foreign = self.make_customer("Foreign", stores=self.store_b)
        for user, other in (
            (self.sales_consultant, self.new),
            (self.reception, self.new),
            (self.care_agent, self.new),
            (self.sales_manager, stranger),
            (self.sales_director, foreign),
        ):
            self.assert_refused("", self.old, other, user=user, error=AccessError)
        for user in (self.sales_director, self.general_manager, self.care_manager):
            merge = self.merge(self.old, self.new, user=user)
            merge.action_undo()

    def test_nobody_writes_the_pointer(self):
        with self.assertRaises(AccessError):
            self.new.partner.with_user(self.sales_manager).dealer_merged_into_id = self.old.partner
        merge = self.merge(self.old, self.new)
        with self.assertRaises(AccessError):
            merge.write({"state": "undone"})
        with self.assertRaises(AccessError):
            merge.read(["journal"])

    def test_log_is_as_secret_as_the_file(self):
        merge = self.merge(self.old, self.new)
        logs = self.env["dealer.merge"]
        for user, sees in (
            (self.sales_director, True),
            (self.general_manager, True),
            (self.care_manager, True),
            (self.dcc_lead, False),
            (self.sales_consultant, False),
            (self.consultant_b, False),
        ):
            self.assertEqual(merge.with_user(user).has_access("read"), sees, user.login)
            if logs.with_user(user).has_access("read"):
                self.assertEqual(merge in logs.with_user(user).search([]), sees, user.login)

    # ------------------------------------------------------------ undone

    def test_undo_restores_all(self):
        before = self.picture()
        merge = self.merge(self.old, self.new)
        self.assertNotEqual(before, self.picture())
        merge.action_undo()
        self.assert_same(before, self.picture())
        self.assertEqual(merge.state, "undone")
        self.assertEqual(merge.undone_by_id, self.sales_manager)
        with self.assertRaises(UserError):
            merge.action_undo()
        self.merge(self.old, self.new).action_undo()
        self.assert_same(before, self.picture())

    def assert_not_undone(self, merge, words):
        with self.assertRaises(UserError) as caught:
            merge.with_user(self.sales_manager).action_undo()
        self.assertIn(words, str(caught.exception))
        self.assertEqual(merge.sudo().state, "merged")

    def test_undo_ends_after_a_day(self):
        merge = self.merge(self.old, self.new)
        with freeze_time(fields.Datetime.now() + timedelta(hours=23)):
            merge.invalidate_recordset()
            self.assertTrue(merge.can_undo)
        with freeze_time(fields.Datetime.now() + timedelta(hours=25)):
            merge.invalidate_recordset()
            self.assertFalse(merge.can_undo)
            self.assert_not_undone(merge, "The time for it ended")

    def test_undo_is_forbidden_by_a_later_merge(self):
        third = self.make_customer("Third", consultant_id=self.teammate.id)
        first = self.merge(self.old, self.new)
        second = self.merge(self.old, third)
        self.assert_not_undone(first, "Undo that first")
        second.action_undo()
        first.action_undo()

    def test_undo_is_forbidden_by_changes(self):
        self.old.partner.phone = False
        merge = self.merge(self.old, self.new)
        self.new.interaction.partner_id = self.make_customer("Third").partner
        self.old.partner.phone = self.next_phone()
        with self.assertRaises(UserError) as caught:
            merge.action_undo()
        self.assertIn("was changed since: Customer", str(caught.exception))
        self.assertIn("was changed since: Phone", str(caught.exception))

    def test_undo_is_forbidden_by_a_new_owner_of_the_number(self):
        merge = self.merge(self.old, self.new)
        self.env["res.partner"].create(
            {"name": "Next", "phone": self.new.partner.phone, "is_dealer_customer": True}
        )
        self.assert_not_undone(merge, "belongs to a new customer")

    def test_undo_is_forbidden_by_what_hangs_on_it(self):
        """A contact logged since in a store that would lose the customer has no place to go."""
        new = self.make_customer("Both", stores=self.store_a | self.store_b)
        merge = self.merge(self.old, new)
        self.env["dealer.interaction"].create(
            {"partner_id": self.old.partner.id, "unit_id": self.store_b.id, "user_id": False}
        )
        self.env.cr.execute(
            "UPDATE dealer_interaction SET create_date = create_date + interval '1 minute'"
            " WHERE id = (SELECT max(id) FROM dealer_interaction)"
        )
        self.assert_not_undone(merge, "Interaction that you do not see is new")

    def test_what_is_new_and_free_stays(self):
        merge = self.merge(self.old, self.new)
        contact = self.env["dealer.interaction"].create(
            {"partner_id": self.old.partner.id, "unit_id": self.store_a.id, "user_id": False}
        )
        self.env.cr.execute(
            "UPDATE dealer_interaction SET create_date = create_date + interval '1 minute'"
            " WHERE id = %s",
            [contact.id],
        )
        merge.action_undo()
        self.assertEqual(contact.partner_id, self.old.partner)

    def test_deleted_rows_do_not_matter(self):
        merge = self.merge(self.old, self.new)
        self.new.interaction.unlink()
        merge.action_undo()
        self.assertTrue(self.new.partner.active)

    def test_what_was_added_in_the_moment_of_the_merge(self):
        """Who did not see the merge yet adds to the file put aside; it is moved minutes later."""
        merge = self.merge(self.old, self.new).sudo()
        late = self.make_customer("Late", stores=self.store_b)
        for model, name in (
            ("dealer.relation", "partner_id"),
            ("dealer.interaction", "partner_id"),
        ):
            self.env.cr.execute(
                f"UPDATE {self.env[model]._table} SET {name} = %s WHERE {name} = %s",
                [self.new.partner.id, late.partner.id],
            )
        self.env.invalidate_all()
        merge._cron_sweep()
        self.assertEqual(late.interaction.partner_id, self.new.partner, "too early")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=6)):
            merge._cron_sweep()
        self.assertEqual(late.interaction.partner_id, self.old.partner)
        self.assertEqual(late.relation.partner_id, self.old.partner)
        self.assertEqual(late.interaction.relation_id, late.relation)
        self.assertTrue(merge.swept)
        merge.with_user(self.sales_manager).action_undo()
        self.assertEqual(late.interaction.partner_id, self.new.partner)

    # ------------------------------------------------------------ the wizard

    def test_wizard(self):
        wizard = self.env["dealer.merge.wizard"].with_user(self.sales_manager)
        ids = (self.old.relation | self.new.relation).ids
        form = Form(wizard.with_context(active_model="dealer.relation", active_ids=ids))
        self.assertEqual(form.partner_id, self.old.partner)
        self.assertIn("Interaction", form.preview)
        self.assertTrue(form.is_possible)
        self.new.partner.is_company = True
        form.partner_id = self.new.partner
        self.assertIn("A company and a person", form.preview)
        self.assertFalse(form.is_possible)
        self.new.partner.is_company = False
        form.partner_id = self.old.partner
        form.reason = "same person"
        action = form.save().action_merge()
        self.assertEqual(action["res_id"], self.old.partner.id)

    def test_names_alone_do_not_tell_files_apart(self):
        partner = self.old.partner
        self.assertNotIn(partner.phone, partner.display_name)
        shown = partner.with_context(dealer_show_phone=True).display_name
        self.assertIn(partner.phone, shown)


class TestMergeVehicles(MergeCase):
    def setUp(self):
        super().setUp()
        self.gate = self.env["dealer.vehicle"].create(
            {"plate": self.next_plate(), "unit_id": self.store_a.id, "color": "白"}
        )

    def merge_cars(self, target, source):
        return self.merge(target, source, user=self.sales_manager)

    def test_plate_and_vin_become_one_car(self):
        car = self.old.vehicle
        car.plate = False
        vin, plate = car.vin, self.gate.plate
        reading = self.env["dealer.vehicle.reading"].create(
            {"vehicle_id": car.id, "mileage": 51500, "source": "gate"}
        )
        before = self.picture()
        merge = self.merge_cars(self.gate, car)
        self.assertEqual((self.gate.vin, self.gate.plate, self.gate.color), (vin, plate, "白"))
        self.assertFalse(car.vin)
        self.assertEqual(reading.vehicle_id, self.gate)
        self.assertEqual(self.gate.last_mileage, 51500)
        self.assertEqual(self.gate.current_owner_id, self.old.partner)
        merge.action_undo()
        self.assert_same(before, self.picture())

    def test_two_vins_are_two_cars(self):
        with self.assertRaises(UserError) as caught:
            self.merge_cars(self.old.vehicle, self.new.vehicle)
        self.assertIn("different VINs", str(caught.exception))

    def test_the_last_owner_is_the_owner(self):
        car = self.old.vehicle
        self.gate._set_owner(self.new.partner, fields.Date.today() + timedelta(days=-3))
        self.old.owner.date_from = fields.Date.today() - timedelta(days=900)
        before = self.picture()
        merge = self.merge_cars(car, self.gate)
        self.assertEqual(car.current_owner_id, self.new.partner)
        self.assertEqual(self.old.owner.date_to, fields.Date.today() - timedelta(days=3))
        self.assertEqual(len(car.owner_ids), 2)
        merge.action_undo()
        self.assert_same(before, self.picture())

    def test_the_same_owner_twice(self):
        car = self.old.vehicle
        since = fields.Date.today() - timedelta(days=900)
        line = self.gate._set_owner(self.old.partner, since)
        before = self.picture()
        merge = self.merge_cars(car, self.gate)
        self.assertEqual(self.old.owner.date_from, since)
        self.assertEqual(car.owner_ids, self.old.owner)
        self.assertEqual(line.vehicle_id, self.gate, "nothing is deleted")
        merge.action_undo()
        self.assert_same(before, self.picture())
