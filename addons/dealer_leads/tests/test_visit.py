from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tools import mute_logger

from .common_visit import QUIET, VisitCase


class TestVisit(VisitCase):
    def test_course_of_a_visit(self):
        visit = self.register(relation_id=self.own.relation.id, arrived_at=self.ago(minutes=40))
        self.assertEqual(visit.state, "waiting")
        self.assertEqual(visit.clerk_id, self.reception)
        interaction = visit.sudo().interaction_id
        self.assertEqual(interaction.kind, "visit")
        self.assertEqual(interaction.evidence, "witnessed")
        self.assertEqual(interaction.user_id, self.reception)
        self.assertEqual(interaction.relation_id, self.own.relation)
        self.assertEqual(interaction.start, visit.arrived_at)
        self.assertFalse(interaction.two_way)

        mine = visit.with_user(self.sales_consultant)
        mine.action_receive()
        self.assertEqual(visit.state, "receiving")
        self.assertEqual(visit.consultant_id, self.sales_consultant)
        self.assertEqual(visit.wait_minutes, 40)
        self.assertTrue(interaction.two_way)

        left = visit.arrived_at + timedelta(minutes=31)
        with self.later(minutes=1):
            mine._close("ordered", left, series="速腾", note="谈妥", drove=True)
        self.assertEqual(visit.state, "left")
        self.assertEqual((visit.stay_minutes, visit.stay_band), (31, "long"))
        self.assertEqual(interaction.duration, 31 * 60)
        self.assertEqual(interaction.result, "closed_won")
        self.assertEqual(interaction.summary, "谈妥")
        lines = self.env["dealer.interaction"].search([("res_model", "=", "dealer.visit")])
        self.assertEqual(lines.filtered(lambda line: line.res_id == visit.id), interaction)

    def test_bands_of_stay(self):
        arrived = self.ago(hours=2)
        for minutes, band in (
            (0, "short"),
            (14, "short"),
            (15, "medium"),
            (30, "medium"),
            (31, "long"),
        ):
            visit = self.register(arrived_at=arrived, purpose="paperwork")
            visit._close("done", arrived + timedelta(minutes=minutes))
            self.assertEqual(visit.stay_band, band, minutes)

    def test_visit_without_name(self):
        visit = self.register()
        self.assertFalse(visit.is_complete)
        self.assertFalse(visit.contact_kept)
        self.assertEqual(visit.occasion, "first")
        self.assertEqual(
            visit.missing, "Name as Said, Consultant, Series of Interest, Heard of Us By"
        )
        self.assertFalse(
            visit.sudo().interaction_id, "there is no customer to whose story it belongs"
        )
        self.assertEqual(visit.display_name, "Guest")
        self.assertTrue(self.register(**self.whole()).is_complete)
        self.assertTrue(self.register(purpose="service", visitor_name="李").is_complete)

    def test_which_visit_is_the_first(self):
        card = self.desk._register_by_phone(self.store_a, "王先生", self.next_phone())
        self.assertTrue(card["made"])
        row = {"relation_id": card["relation_id"]}
        service = self.register(**row, purpose="service", arrived_at=self.ago(days=5))
        service.sudo().card_made = True
        service._close("done")
        first = self.register(**row, arrived_at=self.ago(days=3))
        first._close("unserved")
        again = self.register(**row, arrived_at=self.ago(days=1))
        self.assertEqual(service.occasion, "first")
        self.assertEqual(first.occasion, "known", "the card was made at another visit")
        self.assertEqual(again.occasion, "repeat")
        # The visit in between is found to have been business of another kind.
        first.with_user(self.sales_director).purpose = "delivery"
        self.assertEqual(again.occasion, "known")
        first.with_user(self.sales_director).purpose = "look"
        self.assertEqual(again.occasion, "repeat")
        # A visit that is registered late comes before.
        again._cancel("registered twice")
        earlier = self.register(**row, arrived_at=self.ago(days=4))
        self.assertEqual((earlier.occasion, first.occasion), ("known", "repeat"))

    def test_first_visit_registered_twice_stays_the_first(self):
        phone = self.next_phone()
        values = {"visitor_name": "赵女士", "phone": phone}
        visit = self.desk.browse(self.desk.reception_register(values)["id"])
        self.assertEqual(visit.occasion, "first")
        self.assertTrue(visit.contact_kept)
        visit._cancel("wrong purpose")
        visit = self.desk.browse(self.desk.reception_register(values)["id"])
        self.assertEqual(visit.occasion, "first")
        self.assertEqual(visit.sudo().partner_id.gender, "female")

    @mute_logger("odoo.sql_db")
    def test_bad_input(self):
        now = fields.Datetime.now()
        for values in (
            {"arrived_at": now + timedelta(hours=1)},
            {"party_size": 0},
            {"party_size": 100},
            {"plate": "浙B1"},
            {"relation_id": self.other.relation.id},
            {"consultant_id": self.reception.id},
            {"consultant_id": self.consultant_b.id},
        ):
            error = self.attempt(lambda values=values: self.register(**values))
            self.assertTrue(error, values)
        visit = self.register(arrived_at=now - timedelta(hours=1), purpose="paperwork")
        for left in (now - timedelta(hours=2), now + timedelta(hours=1)):
            self.assertTrue(self.attempt(lambda left=left: visit._close("done", left)), left)
        self.assertIsInstance(self.attempt(lambda: visit._close(False)), UserError)
        self.assertIsInstance(self.attempt(lambda: visit._cancel("  ")), UserError)
        error = self.attempt(lambda: visit.sudo().write({"state": "cancelled"}))
        self.assertIn("with a reason", str(self.env["dealer.visit"]._sql_error_to_message(error)))

    def test_registered_already(self):
        visit = self.register(
            relation_id=self.own.relation.id, plate="浙b12345", registered_at=self.ago(days=1)
        )
        self.assertEqual(visit.plate, "浙B12345")
        for values in ({"relation_id": self.own.relation.id}, {"plate": "浙B·12345"}):
            with self.later(minutes=4):
                error = self.attempt(lambda values=values: self.register(**values))
            self.assertIsInstance(error, RedirectWarning)
            message, action, button = error.args[:3]
            self.assertIn("4 minutes ago by T Reception", message)
            self.assertEqual(action["res_id"], visit.id)
            self.assertEqual(button, "Open the Visit")
        # Another visit becomes the same one by a correction.
        second = self.register(visitor_name="李")
        error = self.attempt(lambda: second.write({"plate": "浙B12345"}))
        self.assertIsInstance(error, RedirectWarning)
        visit._close("unserved")
        self.register(relation_id=self.own.relation.id)
        error = self.attempt(visit.action_undo)
        self.assertIsInstance(error, RedirectWarning, "the guests came again meanwhile")

    def test_nothing_but_the_beginning_is_registered(self):
        forged = {
            "state": "left",
            "result": "ordered",
            "left_at": self.ago(),
            "clerk_id": self.sales_consultant.id,
            "registered_at": self.ago(days=3),
            "card_made": True,
            "corrected": True,
            "interaction_id": self.own.interaction.id,
        }
        defaults = {f"default_{field}": value for field, value in forged.items()}
        for visits, values in ((self.desk, forged), (self.desk.with_context(**defaults), {})):
            visit = visits.create({"visitor_name": "王", **values})
            self.assertEqual((visit.state, visit.clerk_id), ("waiting", self.reception))
            self.assertFalse(visit.left_at or visit.card_made or visit.corrected)
            self.assertFalse(visit.interaction_id)
            self.assertLess(fields.Datetime.now() - visit.registered_at, timedelta(minutes=1))

    def test_course_is_changed_by_buttons_only(self):
        visit = self.register(**self.whole())
        for user in (self.reception, self.sales_manager, self.general_manager, self.system):
            for values in (
                {"state": "left"},
                {"consultant_id": self.teammate.id},
                {"received_at": self.ago()},
                {"was_returned": False},
                {"registered_at": self.ago()},
            ):
                error = self.attempt(
                    lambda user=user, values=values: visit.with_user(user).write(values)
                )
                self.assertIsInstance(error, UserError, (user.login, values))

    @mute_logger(*QUIET)
    def test_who_corrects_what(self):
        visit = self.register(**self.whole(series=False))
        consultant = visit.with_user(self.sales_consultant)
        consultant.write({"series": "探岳", "note": "看了两台车"})
        for values in ({"purpose": "other"}, {"invited": True}, {"arrived_at": self.ago(days=1)}):
            error = self.attempt(lambda values=values: consultant.write(values))
            self.assertIsInstance(error, AccessError, values)
        stranger = visit.with_user(self.stranger)
        self.assertIsInstance(self.attempt(lambda: stranger.write({"note": "x"})), AccessError)
        self.assertFalse(visit.corrected)
        with self.later(minutes=11):
            visit.write({"invited": True})
            self.assertFalse(visit.corrected, "an empty value was filled in")
            visit.write({"purpose": "look"})
            self.assertFalse(visit.corrected, "nothing changed")
            visit.write({"purpose": "drive"})
            self.assertTrue(visit.corrected)
        with self.later(hours=25):
            for mine in (visit, consultant):
                error = self.attempt(lambda mine=mine: mine.write({"series": "x"}))
                self.assertIsInstance(error, UserError)
            visit.with_user(self.sales_director).write({"purpose": "order"})

    @mute_logger(*QUIET)
    def test_who_receives(self):
        nobody = self.register()
        self.assertIsInstance(self.attempt(nobody.action_receive), UserError)
        self.assertTrue(self.attempt(nobody.with_user(self.dcc_agent).action_receive))
        theirs = self.register(relation_id=self.mate.relation.id, consultant_id=self.teammate.id)
        error = self.attempt(theirs.with_user(self.sales_consultant).action_receive)
        self.assertIn("T Teammate", str(error))
        nobody.with_user(self.sales_consultant).action_receive()
        self.assertTrue(nobody.in_turn)
        error = self.attempt(nobody.with_user(self.stranger).action_receive)
        self.assertIsInstance(error, AccessError, "who is received is no business of others")
        theirs.action_receive()
        self.assertEqual(theirs.consultant_id, self.teammate, "the clerk says what the clerk sees")
        self.assertFalse(theirs.in_turn)
        error = self.attempt(theirs.with_user(self.teammate).action_receive)
        self.assertIn("Being Received", str(error))

    def test_receiving_binds_a_free_customer(self):
        visit = self.register(relation_id=self.pool.relation.id)
        visit.with_user(self.sales_consultant).action_receive()
        self.assertEqual(self.pool.relation.consultant_id, self.sales_consultant)
        line = self.pool.relation.log_ids[0]
        self.assertEqual((line.user_id, line.event), (self.sales_consultant, "handed_over"))
        theirs = self.register(relation_id=self.mate.relation.id)
        theirs._hand_to(self.sales_consultant)
        theirs.action_receive()
        self.assertEqual(self.mate.relation.consultant_id, self.teammate, "still the colleague's")
        service = self.make_customer("Service")
        visit = self.register(relation_id=service.relation.id, purpose="service")
        visit.with_user(self.sales_consultant).action_receive()
        self.assertFalse(service.relation.consultant_id)

    def test_hand_over_moves_the_duty(self):
        busy = lambda user: (  # noqa: E731
            self.env["dealer.duty"]
            ._running(user, self.store_a)
            .filtered(lambda duty: duty.kind == "busy")
        )
        visit = self.register(consultant_id=self.sales_consultant.id)
        visit.action_receive()
        duty = busy(self.sales_consultant)
        self.assertEqual((duty.res_model, duty.res_id), ("dealer.visit", visit.id))
        self.assertEqual(duty.evidence, "witnessed")
        with self.later(minutes=2):
            visit._hand_to(self.teammate, wished=True)
            self.assertTrue(visit.wished)
            self.assertFalse(busy(self.sales_consultant))
            self.assertTrue(busy(self.teammate))
        with self.later(minutes=4):
            visit._close("continue")
            self.assertFalse(busy(self.teammate))
        with self.later(minutes=5):
            visit.action_undo()
            self.assertTrue(busy(self.teammate))
            error = self.attempt(lambda: visit._hand_to(self.env["res.users"]))
            self.assertIsInstance(error, UserError)
        with self.later(minutes=6):
            visit._cancel("wrong store")
            self.assertFalse(busy(self.teammate))

    def test_closing_and_undoing(self):
        visit = self.register(relation_id=self.own.relation.id)
        error = self.attempt(lambda: visit._close("continue"))
        self.assertIn("Nobody has received", str(error))
        visit._close("unserved")
        self.assertIsInstance(self.attempt(lambda: visit._close("unserved")), UserError)
        with self.later(minutes=31):
            self.assertIsInstance(self.attempt(visit.action_undo), UserError)
        with self.later(minutes=29):
            visit.action_undo()
        self.assertEqual(visit.state, "waiting")
        self.assertFalse(visit.left_at or visit.result or visit.interaction_id.duration)

    def test_cancelled_visit_leaves_no_trace_in_the_story(self):
        visit = self.register(relation_id=self.own.relation.id)
        interaction = visit.sudo().interaction_id
        visit._cancel("the guests went next door")
        self.assertFalse(interaction.exists())
        self.assertEqual(visit.cancel_reason, "the guests went next door")

    def test_incomplete_record_comes_back(self):
        visit = self.register(**self.whole(series=False))
        visit.action_receive()
        visit._close("continue")
        self.assertFalse(visit.is_complete)
        self.assertIsInstance(self.attempt(lambda: visit._return(" ")), UserError)
        visit._return("意向车系没有填")
        consultant = visit.with_user(self.sales_consultant)
        self.assertTrue(consultant.returned)
        error = self.attempt(consultant.action_completed)
        self.assertIn("Series of Interest", str(error))
        with self.later(days=2):
            consultant.series = "速腾"
            consultant.action_completed()
        self.assertFalse(visit.returned)
        self.assertTrue(visit.was_returned and visit.completed_at)

    @mute_logger(*QUIET)
    def test_steps_by_the_dialog(self):
        visit = self.register(consultant_id=self.sales_consultant.id)
        visit.action_receive()
        phone = self.next_phone()
        steps = self.env["dealer.visit.step"]

        def do(user, step, **values):
            wizard = steps.with_user(user).with_context(
                default_visit_id=visit.id, default_step=step
            )
            return wizard.create(values).action_do()

        for user, step, values in (
            (self.stranger, "close", {"result": "continue"}),
            (self.sales_consultant, "hand", {"consultant_id": self.teammate.id}),
            (self.sales_consultant, "cancel", {"reason": "x"}),
            (self.sales_consultant, "return", {"reason": "x"}),
        ):
            error = self.attempt(
                lambda user=user, step=step, values=values: do(user, step, **values)
            )
            self.assertIsInstance(error, AccessError, (user.login, step))
        do(
            self.sales_consultant,
            "close",
            result="continue",
            visitor_name="王先生",
            phone=phone,
            series="速腾",
            source_id=self.source.id,
        )
        self.assertTrue(visit.contact_kept and visit.is_complete)
        relation = visit.relation_id
        self.assertEqual(relation.consultant_id, self.sales_consultant)
        self.assertEqual(visit.occasion, "first")
        self.assertEqual(relation.partner_id.with_user(self.sales_consultant).phone, phone)

    def test_contact_of_a_guest(self):
        visit = self.register(visitor_name="王先生", consultant_id=self.sales_consultant.id)
        visit.action_receive()
        consultant = visit.with_user(self.sales_consultant)
        for phone in ("1390000", "0574-87654321", "95559"):
            error = self.attempt(lambda phone=phone: consultant._keep_contact("王", phone))
            self.assertIsInstance(error, UserError, phone)
        consultant._keep_contact(False, self.mate.partner.phone)
        self.assertEqual(visit.relation_id, self.mate.relation)
        self.assertEqual(visit.occasion, "known")
        self.assertEqual(self.mate.relation.consultant_id, self.teammate)
        self.assertFalse(self.mate.partner.with_user(self.sales_consultant).has_access("read"))
        error = self.attempt(lambda: consultant._keep_contact("王", self.next_phone()))
        self.assertIn("on file already", str(error))

    def test_customer_without_number_gets_one(self):
        self.own.partner.phone = False
        visit = self.register(
            relation_id=self.own.relation.id, consultant_id=self.sales_consultant.id
        )
        self.assertFalse(visit.contact_kept)
        error = self.attempt(lambda: visit._keep_contact(False, self.mate.partner.phone))
        self.assertIn("another customer", str(error))
        visit._keep_contact(False, self.next_phone())
        self.assertTrue(visit.contact_kept)

    def test_own_card_only(self):
        """Nobody reads a stranger's card by hanging it on a visit."""
        visit = self.visits.with_user(self.sales_manager).create({"visitor_name": "王"})
        other_team = self.make_customer("Team", consultant_id=self.stranger.id)
        with mute_logger(*QUIET):
            error = self.attempt(lambda: visit.write({"relation_id": other_team.relation.id}))
        self.assertIsInstance(error, AccessError)

    def test_a_manager_declares(self):
        visit = self.visits.with_user(self.sales_director).create(
            {"relation_id": self.own.relation.id}
        )
        self.assertEqual(visit.sudo().interaction_id.evidence, "declared")

    def test_consultant_is_told(self):
        told = []
        users = self.env.registry["res.users"]
        with patch.object(users, "_bus_send", lambda user, *args: told.append((user, args))):
            visit = self.register(**self.whole())
            self.assertEqual([user for user, _args in told], [self.sales_consultant])
            self.assertIn("王先生", str(told[0][1]))
            visit._hand_to(self.teammate)
            self.assertEqual(told[-1][0], self.teammate)
            count = len(told)
            visit.write({"series": "x"})
            self.assertEqual(len(told), count)

    def test_constraint_messages(self):
        visit = self.register(relation_id=self.own.relation.id)
        with mute_logger("odoo.sql_db"):
            error = self.attempt(
                lambda: self.env.cr.execute(
                    "INSERT INTO dealer_visit (unit_id, clerk_id, party_size, state, purpose,"
                    " registered_at, arrived_at, relation_id) SELECT unit_id, clerk_id, party_size,"
                    " state, purpose, registered_at, arrived_at, relation_id FROM dealer_visit"
                    " WHERE id = %s",
                    [visit.id],
                )
            )
        self.assertEqual(error.diag.constraint_name, "dealer_visit_open_relation_uniq")
        self.assertNotIsInstance(error, ValidationError)

    def test_three_minutes(self):
        """Who waits too long is noticed: first the consultant, then the manager."""
        visit = self.register(consultant_id=self.sales_consultant.id)
        clock = visit.sudo()._clock_open("reception")
        self.assertEqual(clock.due_at - clock.started_at, timedelta(minutes=3))
        self.assertEqual(clock.started_at, visit.arrived_at)
        self.assertEqual(clock.user_id, self.sales_consultant)
        tell, upward = clock.policy_id.step_ids
        self.assertEqual(tell._recipients(clock)[clock], self.sales_consultant)
        self.assertEqual(upward._recipients(clock)[clock], self.sales_manager)
        visit._hand_to(self.stranger)
        self.assertEqual(tell._recipients(clock)[clock], self.stranger)
        self.assertEqual(upward._recipients(clock)[clock], self.sales_director)
        with self.later(minutes=2):
            visit.action_receive()
        self.assertEqual(clock.state, "met")
        late = self.register(arrived_at=self.ago(minutes=10))
        clock = late.sudo()._clock_open("reception")
        late.with_user(self.sales_consultant).action_receive()
        self.assertEqual(clock.state, "missed")
        gone = self.register()
        clock = gone.sudo()._clock_open("reception")
        gone._cancel("wrong")
        self.assertTrue(clock.stopped_at)
        self.assertNotIn(clock.state, ("met", "missed"))
        workshop = self.register(purpose="service")
        self.assertFalse(workshop.sudo()._clock_open("reception"))
        again = self.register()
        again._close("unserved")
        self.assertFalse(again.sudo()._clock_open("reception"))
        again.action_undo()
        self.assertTrue(again.sudo()._clock_open("reception"))
