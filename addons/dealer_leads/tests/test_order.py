from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from ..tools.rmb import rmb_words
from .common_order import QUIET, OrderCase


class TestOrderCourse(OrderCase):
    def grade(self, lead=None):
        return (lead or self.lead).dealer_grade_id.code

    def test_from_lead_to_owner(self):
        order = self.make_order(lead_id=self.lead.id)
        self.assertTrue(order.name.startswith("T-A-O"))
        self.assertEqual((order.state, order.is_direct), ("draft", False))
        self.assertEqual(order.consultant_id, self.sales_consultant)
        self.assertEqual(order.balance, 133000)
        self.assertEqual(self.buyer.relation.stage, "prospect")

        order.action_order()
        self.assertEqual((order.state, order.ordered_on), ("ordered", self.today))
        self.assertEqual((self.grade(), self.buyer.relation.stage), ("O", "ordered"))
        self.assertEqual(self.lead.won_status, "pending")

        order._plan(self.day(3))
        self.assertEqual((order.state, order.planned_on), ("planned", self.day(3)))
        order._plan(self.day(5))
        self.assertEqual(order.planned_on, self.day(5))

        vin, plate = self.next_vin(), self.next_plate()
        order._deliver(vin=vin.lower(), plate=plate, mileage=12, handover_note="两把钥匙")
        self.assertEqual(
            (order.state, order.delivered_on, order.vin), ("delivered", self.today, vin)
        )
        vehicle = order.sudo().vehicle_id
        self.assertEqual((vehicle.vin, vehicle.plate, vehicle.color), (vin, plate, "极地白"))
        self.assertEqual((vehicle.brand, vehicle.series), ("大众", "速腾"))
        self.assertEqual(vehicle.purchase_date, self.today)
        self.assertEqual(vehicle.unit_id, self.store_a)
        self.assertEqual(vehicle.current_owner_id, self.buyer.partner)
        self.assertEqual(vehicle.owner_ids.date_from, self.today)
        reading = vehicle.reading_ids
        self.assertEqual((reading.mileage, reading.source), (12, "delivery"))
        self.assertEqual(reading.user_id, self.sales_consultant)
        self.assertTrue(self.buyer.partner.is_vehicle_owner)
        self.assertEqual((self.grade(), self.buyer.relation.stage), ("D", "owner"))
        self.assertEqual(self.lead.won_status, "won")
        log = self.lead.dealer_grade_log_ids.sorted("id")
        self.assertEqual(log.mapped("grade_id.code")[-2:], ["O", "D"])
        self.assertEqual(log[-1:].user_id, self.sales_consultant)
        # The seller works on with the car that is on file now.
        vehicle.with_user(self.sales_consultant).check_access("read")

    def test_direct_buyer(self):
        order = self.make_order(series=False, brand=False, vin=self.next_vin())
        self.assertTrue(order.is_direct)
        order.action_order()
        order._deliver()
        self.assertEqual(self.buyer.relation.stage, "owner")
        self.assertEqual(order.vehicle_id.current_owner_id, self.buyer.partner)
        self.assertEqual(self.lead.won_status, "pending", "the lead was not named")

    def test_numbers_of_each_store(self):
        first, second = self.make_order(), self.make_order()
        number = int(first.name.rsplit("-", 1)[1])
        self.assertEqual(int(second.name.rsplit("-", 1)[1]), number + 1)
        other = self.make_customer("B", self.store_b, consultant_id=self.consultant_b.id)
        self.assertTrue(self.make_order(other).name.startswith("T-B-O"))
        fresh = self.env["dealer.unit"].create(
            {"name": "Store D", "code": "T-D", "parent_id": self.east.id}
        )
        self.assertTrue(fresh.order_sequence_id)
        self.assertEqual(fresh.order_sequence_id.company_id, fresh.company_id)

    def test_what_an_order_needs(self):
        for values, words in (
            ({"price": 0, "deposit": 0}, "Enter the price"),
            ({"series": False}, "Say which car"),
        ):
            order = self.make_order(**values)
            with self.assertRaisesRegex(UserError, words):
                order.action_order()
        pool = self.make_customer("Nobody", car=False)
        order = self.make_order(pool, user=self.sales_manager)
        with self.assertRaisesRegex(UserError, "Nobody serves"):
            order.action_order()

    @mute_logger("odoo.sql_db")
    def test_bad_amounts(self):
        for values in (
            {"deposit": 138000.01},
            {"price": False, "deposit": 1},
            {"deposit": -1},
            {"price": -1, "deposit": 0},
        ):
            error = self.attempt(lambda values=values: self.make_order(**values))
            self.assertIsInstance(error, (ValidationError, Exception))
            self.assertIn("check", type(error).__name__.lower() + str(error).lower(), values)
        self.make_order(deposit=138000)

    def test_dates(self):
        order = self.make_order()
        with self.assertRaisesRegex(ValidationError, "lies in the future"):
            order.ordered_on = self.day(1)
        order.ordered_on = self.day(-2)
        order.action_order()
        self.assertEqual(order.ordered_on, self.day(-2))
        for day, words in (
            (self.day(-1), "a day that is over"),
            (self.day(800), "more than two years"),
            (False, "Enter the day"),
        ):
            with self.assertRaisesRegex(UserError, words):
                order._plan(day)
        with self.assertRaisesRegex(UserError, "a day that is over"):
            order.planned_on = self.day(-1)
        vin = self.next_vin()
        with self.assertRaisesRegex(ValidationError, "lies in the future"):
            order._deliver(self.day(1), vin=vin)
        with self.assertRaisesRegex(ValidationError, "not delivered before it was ordered"):
            order._deliver(self.day(-3), vin=vin)
        order._deliver(self.day(-1), vin=vin, mileage=9)
        self.assertEqual(order.delivered_on, self.day(-1))
        self.assertEqual(order.vehicle_id.owner_ids.date_from, self.day(-1))
        self.assertLess(order.reading_id.date, self.ago(hours=23))

    def test_overdue(self):
        order = self.make_order()
        order.action_order()
        order._plan(self.today)
        self.assertFalse(order.is_overdue)
        order.sudo().write({"planned_on": self.today, "ordered_on": self.day(-9)})
        order.sudo().planned_on = self.day(-1)
        self.assertTrue(order.is_overdue)
        orders = self.env["dealer.order"].with_user(self.sales_consultant)
        self.assertIn(order, orders.search([("is_overdue", "=", True)]))
        self.assertNotIn(order, orders.search([("is_overdue", "=", False)]))
        order._deliver(vin=self.next_vin())
        self.assertNotIn(order, orders.search([("is_overdue", "=", True)]))

    def test_steps_in_their_order(self):
        draft = self.make_order(vin=self.next_vin())
        for step in (
            lambda: draft._plan(self.day(1)),
            draft._deliver,
            draft.action_plan,
            draft.action_deliver,
        ):
            with self.assertRaisesRegex(UserError, "Press “Place the Order” first"):
                step()
        draft.action_order()
        with self.assertRaisesRegex(UserError, "ordered already"):
            draft.action_order()
        draft._deliver()
        for step in (draft._deliver, lambda: draft._plan(self.day(1)), draft.action_order):
            with self.assertRaisesRegex(UserError, "handed over already"):
                step()
        with self.assertRaisesRegex(UserError, "was delivered and cannot be cancelled"):
            draft._cancel(self.reason)

    def test_cancelled(self):
        order = self.make_order(lead_id=self.lead.id, vin=self.next_vin())
        order.action_order()
        with self.assertRaisesRegex(UserError, "Choose why"):
            order._cancel(self.reason.browse())
        telling = self.env.ref("dealer_leads.order_cancel_other_brand")
        with self.assertRaisesRegex(UserError, "Write what happened"):
            order._cancel(telling, "  ")
        order._cancel(telling, "买了比亚迪")
        self.assertEqual((order.state, order.cancelled_on), ("cancelled", self.today))
        self.assertEqual((order.cancel_reason_id, order.cancel_note), (telling, "买了比亚迪"))
        self.assertEqual((self.grade(), self.buyer.relation.stage), ("T", "prospect"))
        self.assertEqual(self.lead.won_status, "pending")
        for step in (
            order._deliver,
            lambda: order._plan(self.day(1)),
            order.action_order,
            lambda: order._cancel(self.reason),
        ):
            with self.assertRaisesRegex(UserError, "cancelled order is not used again"):
                step()
        # The car is free for the next buyer.
        other = self.make_order(self.mate, vin=order.vin)
        other.action_order()
        self.assertEqual(other.state, "ordered")

    def test_draft_cancelled_changes_nothing_else(self):
        before = self.grade()
        order = self.make_order(lead_id=self.lead.id)
        order._cancel(self.reason)
        self.assertEqual(order.state, "cancelled")
        self.assertEqual((self.grade(), self.buyer.relation.stage), (before, "prospect"))

    def test_several_cars_of_one_customer(self):
        first = self.make_order(lead_id=self.lead.id, vin=self.next_vin())
        second = self.make_order(lead_id=self.lead.id, vin=self.next_vin())
        (first | second).action_order()
        first._deliver()
        self.assertEqual((self.grade(), self.buyer.relation.stage), ("O", "ordered"))
        second._cancel(self.reason)
        self.assertEqual((self.grade(), self.buyer.relation.stage), ("D", "owner"))

    def test_wizard(self):
        order = self.make_order(vin=self.next_vin())
        order.action_order()
        wizards = self.env["dealer.order.step"].with_user(self.sales_consultant)
        action = order.action_plan()
        form = Form(wizards.with_context(**action["context"]))
        form.planned_on = self.day(2)
        form.save().action_do()
        self.assertEqual((order.state, order.planned_on), ("planned", self.day(2)))
        form = Form(wizards.with_context(**order.action_deliver()["context"]))
        self.assertEqual((form.vin, form.delivered_on), (order.vin, self.today))
        form.mileage = 20
        form.save().action_do()
        self.assertEqual((order.state, order.mileage), ("delivered", 20))
        # Whoever calls it without the form fills in no more than the form asks for.
        order = self.make_order(vin=self.next_vin(), plate=self.next_plate())
        order.action_order()
        wizards.create({"order_id": order.id, "step": "deliver", "mileage": 7}).action_do()
        self.assertEqual((order.state, order.mileage), ("delivered", 7))
        self.assertEqual(order.sudo().vehicle_id.plate, order.plate)
        other = self.make_order()
        form = Form(wizards.with_context(**other.action_cancel()["context"]))
        form.reason_id = self.reason
        form.save().action_do()
        self.assertEqual(other.state, "cancelled")

    # ------------------------------------------------------------------ the car

    def test_vin_is_checked(self):
        good = self.next_vin()
        wrong = good[:8] + ("1" if good[8] != "1" else "2") + good[9:]
        for vin in (wrong, good[:-1], "LSVAL41Z88210420O"):
            with self.assertRaises(ValidationError):
                self.make_order(vin=vin)
        order = self.make_order(vin=f" {good.lower()} ")
        self.assertEqual(order.vin, good)
        order.action_order()
        with self.assertRaises(ValidationError):
            order._deliver(vin=wrong)
        self.assertEqual(order.state, "ordered")

    def test_delivery_needs_the_vin(self):
        order = self.make_order()
        order.action_order()
        with self.assertRaisesRegex(UserError, "Enter the VIN"):
            order._deliver()

    def test_one_car_one_buyer(self):
        vin = self.next_vin()
        mine, theirs, mates = (
            self.make_order(customer, vin=vin) for customer in (self.buyer, self.house, self.mate)
        )
        mine.action_order()
        with self.assertRaises(UserError) as caught:
            theirs.action_order()
        self.assertIn(vin, str(caught.exception))
        self.assertNotIn(mine.name, str(caught.exception), "not visible for the other team")
        with self.assertRaisesRegex(UserError, mine.name):
            theirs.with_user(self.sales_director).action_order()
        mates.vin = False
        mates.action_order()
        for change in (
            lambda: mates.write({"vin": vin}),
            lambda: mates._deliver(vin=vin),
        ):
            with self.assertRaisesRegex(UserError, "is sold by another order"):
                change()
        mine._deliver()
        with self.assertRaisesRegex(ValidationError, "belongs to a customer already"):
            self.make_order(self.mate, vin=vin)

    def test_two_drafts_of_one_car_ordered_together(self):
        vin = self.next_vin()
        orders = self.make_order(vin=vin) | self.make_order(vin=vin)
        with self.assertRaisesRegex(UserError, "is sold by order"):
            orders.action_order()

    def test_index_holds_where_nobody_asks(self):
        vin = self.next_vin()
        first, second = self.make_order(vin=vin), self.make_order(vin=vin)
        first.action_order()
        second.flush_recordset()
        with mute_logger("odoo.sql_db"):
            error = self.attempt(
                lambda: self.env.cr.execute(
                    "UPDATE dealer_order SET state = 'planned' WHERE id = %s", [second.id]
                )
            )
        self.assertIn("vin_live_uniq", str(error))

    def test_car_of_somebody(self):
        owner = self.make_customer("Owner", consultant_id=self.stranger.id)
        order = self.make_order()
        with self.assertRaisesRegex(ValidationError, "used cars cannot") as caught:
            order.vin = owner.vehicle.vin
        self.assertNotIn(owner.name_canary, str(caught.exception))
        # Whoever got the car meanwhile, at the workshop for instance, is asked again at each step.
        vin = self.next_vin()
        order.vin = vin
        order.action_order()
        vehicle = self.env["dealer.vehicle"].create(
            {
                "vin": vin,
                "unit_id": self.store_b.id,
                "owner_ids": [Command.create({"partner_id": owner.partner.id})],
            }
        )
        with self.assertRaisesRegex(ValidationError, "used cars cannot"):
            order._deliver()
        # The buyer may be on file as the owner already, and stays it.
        vehicle.owner_ids.unlink()
        line = self.env["dealer.vehicle.owner"].create(
            {
                "vehicle_id": vehicle.id,
                "partner_id": self.buyer.partner.id,
                "date_from": self.day(-1),
            }
        )
        order._deliver()
        self.assertEqual(vehicle.owner_ids, line)
        self.assertFalse(order.ownership_id)
        order.with_user(self.sales_manager).action_undo_delivery()
        self.assertEqual(vehicle.owner_ids, line, "what the delivery did not make, stays")

    def test_car_of_the_store(self):
        vehicle = self.env["dealer.vehicle"].create(
            {
                "vin": self.next_vin(),
                "unit_id": self.store_a.id,
                "brand": "大众",
                "color": "黑",
                "owner_ids": [
                    Command.create(
                        {
                            "partner_id": self.store_a.company_id.partner_id.id,
                            "date_from": self.day(-30),
                        }
                    )
                ],
            }
        )
        order = self.make_order(vin=vehicle.vin)
        order.action_order()
        order._deliver(plate=self.next_plate())
        self.assertEqual(order.vehicle_id, vehicle)
        self.assertEqual(vehicle.color, "黑", "what is on file of the car stays")
        self.assertEqual(vehicle.plate, order.plate)
        former = vehicle.owner_ids - order.sudo().ownership_id
        self.assertEqual(former.date_to, self.today)
        order.with_user(self.sales_manager).action_undo_delivery()
        self.assertEqual(vehicle.current_owner_id, self.store_a.company_id.partner_id)
        self.assertFalse(former.date_to)

    def test_car_chosen_from_stock(self):
        vehicle = self.env["dealer.vehicle"].create(
            {"vin": self.next_vin(), "unit_id": self.store_a.id, "brand": "大众", "series": "探岳"}
        )
        form = Form(self.env["dealer.order"].with_user(self.sales_consultant))
        form.partner_id = self.buyer.partner
        self.assertEqual(form.lead_id, self.lead, "the only open lead is proposed")
        form.vehicle_id = vehicle
        self.assertEqual((form.vin, form.brand, form.series), (vehicle.vin, "大众", "探岳"))
        form.price = 200000
        order = form.save()
        self.assertEqual(order.vehicle_id, vehicle)
        order.vin = self.next_vin()
        self.assertFalse(order.vehicle_id, "another VIN is another car")
        with self.assertRaisesRegex(UserError, "not that of the chosen car"):
            order.write({"vin": self.next_vin(), "vehicle_id": vehicle.id})
        self.assertEqual(vehicle.current_owner_id.ids, [])

    def test_three_open_leads(self):
        self.make_lead(self.buyer)
        self.make_lead(self.buyer)
        form = Form(self.env["dealer.order"].with_user(self.sales_consultant))
        form.partner_id = self.buyer.partner
        self.assertFalse(form.lead_id, "which of three it is, only the seller knows")

    # ------------------------------------------------------------------ lead and customer

    def test_lead_of_somebody_else(self):
        foreign = self.make_lead(self.mate)
        with self.assertRaisesRegex(ValidationError, "another customer or store"):
            self.make_order(user=self.sales_manager, lead_id=foreign.id)
        both = self.make_customer(
            "Both", self.store_a | self.store_b, car=False, consultant_id=self.sales_consultant.id
        )
        lead_b = self.make_lead(both, company_id=self.store_b.company_id.id, user_id=False)
        with self.assertRaisesRegex(ValidationError, "another customer or store"):
            self.make_order(both, user=self.env.user, lead_id=lead_b.id)

    def test_lost_lead(self):
        order = self.make_order(lead_id=self.lead.id)
        self.lead.action_set_lost()
        with self.assertRaisesRegex(UserError, "closed as lost"):
            order.action_order()
        order.lead_id = False
        order.action_order()
        self.assertEqual(order.state, "ordered")

    def test_new_order_from_the_lead(self):
        lead = self.lead.with_user(self.sales_consultant)
        context = lead.action_dealer_new_order()["context"]
        form = Form(
            self.env["dealer.order"].with_user(self.sales_consultant).with_context(**context)
        )
        self.assertEqual((form.partner_id, form.series), (self.buyer.partner, "速腾"))
        form.price = 1
        order = form.save()
        self.assertEqual(order.lead_id, self.lead)
        self.assertEqual(lead.dealer_order_count, 1)
        self.assertEqual(
            self.env["dealer.order"].search(lead.action_dealer_orders()["domain"]), order
        )
        partner = self.buyer.partner.with_user(self.sales_consultant)
        self.assertEqual(partner.dealer_order_count, 1)
        self.assertEqual(
            self.env["dealer.order"].search(partner.action_dealer_orders()["domain"]), order
        )

    def test_order_of_a_lead_by_its_number_alone(self):
        order = (
            self.env["dealer.order"]
            .with_user(self.sales_consultant)
            .create({"lead_id": self.lead.id, "price": 100})
        )
        self.assertEqual((order.partner_id, order.series), (self.buyer.partner, "速腾"))

    def test_customer_of_no_store(self):
        stranger = self.env["res.partner"].create(
            {"name": "Nobody", "phone": self.next_phone(), "is_dealer_customer": True}
        )
        with self.assertRaisesRegex(ValidationError, "Register the customer"):
            self.env["dealer.order"].create(
                {"partner_id": stranger.id, "unit_id": self.store_a.id, "price": 1}
            )

    def test_handed_over_meanwhile(self):
        """The deal stays with who made it; whoever serves the customer now delivers the car."""
        order = self.make_order(vin=self.next_vin())
        draft = self.make_order()
        order.action_order()
        self.buyer.relation._assign({"consultant_id": self.stranger.id}, "test")
        self.assertEqual(order.consultant_id, self.sales_consultant)
        self.assertEqual(draft.consultant_id, self.stranger)
        self.assertFalse(order.has_access("read"), "whose customer it was sees it no more")
        order.with_user(self.sales_manager).check_access("read")
        order.with_user(self.stranger)._deliver()
        self.assertEqual(order.state, "delivered")
        self.assertEqual(order.sudo().consultant_id, self.sales_consultant)

    def test_relation_ended_meanwhile(self):
        order = self.make_order()
        order.action_order()
        self.buyer.relation.action_end()
        self.assertEqual(order.sudo().relation_id, self.buyer.relation)
        order.with_user(self.sales_director).check_access("read")
        again = self.env["dealer.relation"].create(
            {
                "partner_id": self.buyer.partner.id,
                "unit_id": self.store_a.id,
                "consultant_id": self.teammate.id,
            }
        )
        self.assertEqual(order.sudo().relation_id, again)
        order.with_user(self.teammate).check_access("write")

    def test_merged_leads_keep_their_order(self):
        lead = self.make_lead(self.buyer)
        order = self.make_order(lead_id=lead.id)
        (self.lead | lead).merge_opportunity()
        self.assertEqual(order.sudo().lead_id, (self.lead | lead).exists())

    # ------------------------------------------------------------------ taken back

    def test_delivery_taken_back(self):
        order = self.make_order(lead_id=self.lead.id, vin=self.next_vin())
        stage = self.lead.stage_id
        order.action_order()
        order._plan(self.day(1))
        order._deliver(mileage=8)
        vehicle = order.vehicle_id.sudo()
        order.with_user(self.sales_manager).action_undo_delivery()
        self.assertEqual((order.state, order.delivered_on), ("planned", False))
        self.assertFalse(vehicle.owner_ids)
        self.assertFalse(vehicle.reading_ids)
        self.assertFalse(vehicle.purchase_date)
        self.assertEqual((self.grade(), self.buyer.relation.stage), ("O", "ordered"))
        self.assertEqual((self.lead.won_status, self.lead.stage_id), ("pending", stage))
        order._deliver()
        self.assertEqual(vehicle.current_owner_id, self.buyer.partner)
        self.assertEqual(self.lead.won_status, "won")

    def test_delivery_taken_back_too_late(self):
        order = self.make_delivered()
        order.sudo().delivered_at = self.ago(hours=25)
        with self.assertRaisesRegex(UserError, "within 24 hours"):
            order.with_user(self.sales_manager).action_undo_delivery()

    def test_delivery_not_taken_back_from_the_next_owner(self):
        order = self.make_delivered()
        order.vehicle_id.sudo()._set_owner(self.mate.partner, self.today)
        with self.assertRaisesRegex(UserError, "another owner by now"):
            order.with_user(self.sales_manager).action_undo_delivery()
        self.assertEqual(order.state, "delivered")

    def test_cancelling_taken_back(self):
        order = self.make_order()
        order.action_order()
        order._cancel(self.reason, "等不及")
        order.with_user(self.sales_manager).action_reset()
        self.assertEqual(order.state, "draft")
        self.assertFalse(order.cancel_reason_id or order.cancel_note or order.cancelled_on)
        order.action_order()
        self.assertEqual((order.state, self.buyer.relation.stage), ("ordered", "ordered"))

    def test_drafts_are_deleted_only(self):
        order = self.make_order()
        order.action_order()
        with self.assertRaisesRegex(UserError, "Only drafts"):
            order.sudo().unlink()
        self.make_order().sudo().unlink()

    # ------------------------------------------------------------------ print-out and figures

    def test_board_shows_empty_columns(self):
        orders = self.env["dealer.order"].with_user(self.sales_consultant)
        self.make_order()

        def columns(domain):
            result = orders.with_context(read_group_expand=True).web_read_group(
                domain, ["state"], []
            )
            return [group["state"] for group in result["groups"]]

        self.assertEqual(columns([]), ["draft", "ordered", "planned", "delivered"])
        self.make_order()._cancel(self.reason)
        self.assertEqual(columns([])[-1], "cancelled")
        # Who asks for certain states, by a counter for instance, is not shown the others.
        self.assertEqual(columns([("state", "in", ("draft", "planned"))]), ["draft"])

    def test_print_out(self):
        order = self.make_order(
            vin=self.next_vin(), note="送脚垫", cost=120000, user=self.sales_manager
        )
        order.action_order()
        report = self.env["ir.actions.report"].with_user(self.sales_consultant)
        html, _kind = report._render_qweb_html("dealer_leads.report_dealer_order", order.ids)
        text = html.decode()
        for words in (
            order.name,
            order.vin,
            "138,000.00",
            "壹拾叁万捌仟元整",
            "壹拾叁万叁仟元整",
            "送脚垫",
        ):
            self.assertIn(words, text)
        self.assertNotIn("120,000", text, "the customer reads no cost")
        self.assertIn(self.buyer.partner.phone, text)
        # The manager of who sold the car prints it, without a number that is not for the manager.
        self.buyer.relation._assign({"consultant_id": self.stranger.id}, "test")
        report = self.env["ir.actions.report"].with_user(self.sales_manager)
        html, _kind = report._render_qweb_html("dealer_leads.report_dealer_order", order.ids)
        self.assertIn(order.name, html.decode())
        for words in (self.buyer.partner.phone, self.buyer.partner.street):
            self.assertNotIn(words, html.decode())

    @mute_logger(*QUIET)
    def test_print_out_of_others(self):
        """The template reads as the system; who may not read the order gets no print of it."""
        order = self.make_order()
        order.action_order()
        self.env.invalidate_all()
        for user in (self.stranger, self.marketing_user):
            report = self.env["ir.actions.report"].with_user(user)
            with self.assertRaises(AccessError):
                report._render_qweb_html("dealer_leads.report_dealer_order", order.ids)

    def test_amounts_in_words(self):
        for amount, words in (
            (0, "零元整"),
            (0.05, "伍分"),
            (1.5, "壹元伍角"),
            (6007.14, "陆仟零柒元壹角肆分"),
            (1409.5, "壹仟肆佰零玖元伍角"),
            (325.04, "叁佰贰拾伍元零肆分"),
            (1680.32, "壹仟陆佰捌拾元叁角贰分"),
            (107000.53, "壹拾万柒仟元伍角叁分"),
            (10000, "壹万元整"),
            (10005, "壹万零伍元整"),
            (100100, "壹拾万零壹佰元整"),
            (138000, "壹拾叁万捌仟元整"),
            (200000000, "贰亿元整"),
            (100010000, "壹亿零壹万元整"),
            (100000001, "壹亿零壹元整"),
        ):
            self.assertEqual(rmb_words(amount), words, amount)

    def test_margin(self):
        order = self.make_order(user=self.sales_manager, cost=120000)
        self.assertEqual(order.margin, 18000)
        self.assertEqual(self.make_order(user=self.sales_manager).margin, 0)

    def test_counters(self):
        tile = self.env.ref("dealer_leads.tile_orders_this_week").with_user(self.sales_consultant)
        month = self.env.ref("dealer_leads.tile_orders_month").with_user(self.sales_manager)
        before, before_month = tile.count, month.count
        sunday = 6 - self.today.weekday()
        days = (0, sunday, sunday + 1)
        orders = self.env["dealer.order"].concat(*(self.make_order() for _day in days))
        orders.action_order()
        for order, day in zip(orders, days, strict=True):
            order._plan(self.day(day))
        self.env.invalidate_all()
        self.assertEqual(tile.count, before + 2)
        self.assertEqual(month.count, before_month + 3)
        orders[0]._cancel(self.reason)
        orders[1]._deliver(vin=self.next_vin())
        self.env.invalidate_all()
        self.assertEqual(tile.count, before)
        self.assertEqual(month.count, before_month + 2)
