from odoo.exceptions import AccessError, UserError

from .common_visit import VisitCase


class TestVisitReception(VisitCase):
    """The quick door: look up by what the guest says, register, whose turn."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.named = {
            name: cls.env["dealer.relation"].create(
                {
                    "partner_id": cls.env["res.partner"]
                    .create({"name": name, "phone": phone, "is_dealer_customer": True})
                    .id,
                    "unit_id": cls.store_a.id,
                }
            )
            for name, phone in (
                ("爨", "19900786789"),
                ("爨大", "19900786790"),
                ("爨大明", "19967897001"),
                ("小爨", "19900787002"),
            )
        }

    def found(self, text, user=None):
        visits = self.visits.with_user(user or self.reception)
        cards = visits._lookup(text, self.store_a)
        return [card["name"] for card in cards]

    def test_by_number(self):
        self.assertEqual(self.found("6789"), ["爨", "爨大明"], "the end of a number comes first")
        self.assertEqual(self.found("678 9"), ["爨", "爨大明"])
        self.assertEqual(self.found("86790"), ["爨大"])
        self.assertEqual(self.found("+86 199 0078 6790"), ["爨大"])
        self.assertEqual(self.found("19900786790"), ["爨大"])
        self.assertEqual(self.found("679"), [], "three digits show half of the store")
        self.assertEqual(self.found("４５６"), [])

    def test_by_plate(self):
        plate = self.own.vehicle.plate
        name = self.own.partner.name
        for text in (plate, plate.lower(), plate[1:], f"{plate[:2]}·{plate[2:]}", plate[2:]):
            self.assertIn(name, self.found(text), text)
        for text in ("B1", "浙", "浙Z9999999"):
            self.assertNotIn(name, self.found(text), text)
        owner = self.own.vehicle.owner_ids
        owner.date_to = owner.date_from
        self.assertNotIn(name, self.found(plate), "a former owner does not come with the car")

    def test_by_name(self):
        self.assertEqual(self.found("爨"), ["爨", "爨大", "爨大明"])
        self.assertEqual(self.found("爨大"), ["爨大", "爨大明"])
        self.assertEqual(self.found("爨先生"), ["爨", "爨大", "爨大明"])
        self.assertEqual(self.found(" 爨大明 "), ["爨大明"])
        for text in ("", " ", "%", "_", "爨%", "\\", "'", "·"):
            self.assertEqual(self.found(text), [], text)

    def test_only_the_card_of_this_store(self):
        for text in (
            self.other.partner.phone,
            self.other.partner.phone[-4:],
            self.other.vehicle.plate,
            self.other.partner.name,
        ):
            self.assertNotIn(self.other.partner.name, self.found(text), text)
        answer = str(self.desk.reception_lookup(self.own.partner.phone[-6:]))
        self.assertIn("199****", answer)
        for canary in self.own.canaries:
            if canary not in (self.own.partner.phone[-6:],):
                self.assertNotIn(canary, answer)
        ended = self.named["爨大"]
        ended.with_user(self.sales_director).action_end()
        self.assertEqual(self.found("爨"), ["爨", "爨大明"])

    def test_who_looks_up(self):
        for user in (self.sales_consultant, self.dcc_agent, self.service_advisor, self.care_agent):
            for call in (
                lambda user=user: self.visits.with_user(user).reception_lookup("6789"),
                lambda user=user: self.visits.with_user(user).reception_choices(),
                lambda user=user: self.visits.with_user(user).reception_register({}),
            ):
                self.assertIsInstance(self.attempt(call), AccessError, user.login)
        theirs = self.make_customer("Theirs", consultant_id=self.stranger.id)
        self.assertFalse(self.found(theirs.partner.phone, self.sales_manager))
        self.assertTrue(self.found(theirs.partner.phone, self.sales_director))

    def test_who_is_here_already(self):
        visit = self.register(relation_id=self.named["爨"].id)
        cards = self.desk.reception_lookup("爨")["cards"]
        self.assertEqual([card["visit_id"] for card in cards], [visit.id, False, False])

    def test_what_the_words_say_of_a_new_guest(self):
        for text, guest in (
            ("139 1234 5678", {"name": "", "phone": "139 1234 5678", "plate": ""}),
            ("浙b12345", {"name": "", "phone": "", "plate": "浙B12345"}),
            ("王先生", {"name": "王先生", "phone": "", "plate": ""}),
        ):
            self.assertEqual(self.desk.reception_lookup(text)["guest"], guest)

    def test_same_surname_is_not_the_same_person(self):
        for text, sure in (("爨先生", False), ("爨大", True), ("6789", True), ("不在册", False)):
            self.assertEqual(self.desk.reception_lookup(text)["sure"], sure, text)

    def test_register_with_two_keys(self):
        card = self.desk.reception_lookup("86790")["cards"][0]
        choices = self.desk.reception_choices()
        answer = self.desk.reception_register(
            {
                "relation_id": card["relation_id"],
                "visitor_name": card["name"],
                "consultant_id": choices["consultants"][0]["id"],
                "party_size": 2,
                "state": "left",
            }
        )
        visit = self.visits.browse(answer["id"])
        self.assertEqual(answer["name"], "爨大")
        self.assertEqual((visit.state, visit.party_size, visit.purpose), ("waiting", 2, "look"))
        self.assertEqual(visit.unit_id, self.store_a)
        self.assertEqual(visit.occasion, "known")

    def test_customer_of_another_store_at_the_desk(self):
        phone = self.other.partner.phone
        answer = self.desk._register_by_phone(self.store_a, "别的名字", f" {phone} ")
        self.assertTrue(answer["made"])
        self.assertEqual(answer["name"], self.other.partner.name, "one person, one file")
        for canary in self.other.canaries:
            self.assertNotIn(canary, str(answer))
        again = self.desk._register_by_phone(self.store_a, "x", phone)
        self.assertFalse(again["made"])
        self.assertEqual(again["relation_id"], answer["relation_id"])
        relation = self.env["dealer.relation"].browse(answer["relation_id"])
        self.assertFalse(relation.consultant_id)
        self.assertFalse(self.other.partner.with_user(self.reception).has_access("read"))
        self.assertIn("Other", self.other.relation.partner_name)
        self.assertEqual(self.other.relation.consultant_id, self.consultant_b, "untouched")

    def test_only_whole_mobile_numbers_open_the_door(self):
        for phone in ("6789", self.other.partner.phone[:-1], "0574-87654321", "95559", "abc", ""):
            error = self.attempt(
                lambda phone=phone: self.desk._register_by_phone(self.store_a, "王", phone)
            )
            self.assertIsInstance(error, UserError, phone)
        error = self.attempt(
            lambda: self.desk._register_by_phone(self.store_b, "王", self.next_phone())
        )
        self.assertIsInstance(error, AccessError)
        error = self.attempt(
            lambda: self.desk._register_by_phone(self.store_a, " ", self.next_phone())
        )
        self.assertIn("surname", str(error))

    def test_whose_turn(self):
        consultants = self.sales_consultant | self.teammate | self.stranger
        order = lambda: [user for user, _state in self.visits._turn(self.store_a)]  # noqa: E731
        self.assertEqual(order(), list(consultants))
        self.register(consultant_id=self.sales_consultant.id, arrived_at=self.ago(hours=3))._close(
            "unserved"
        )
        self.assertEqual(order()[0], self.teammate, "who had no turn comes first")
        # Own customers and wishes use up no turn.
        self.register(relation_id=self.mate.relation.id, consultant_id=self.teammate.id)._close(
            "unserved"
        )
        self.register(consultant_id=self.teammate.id, wished=True)._close("unserved")
        self.assertEqual(order()[0], self.teammate)
        self.register(consultant_id=self.teammate.id)
        self.assertEqual(order()[0], self.stranger)
        states = dict(self.visits._turn(self.store_a))
        self.assertEqual(states[self.teammate], "busy")
        self.register(consultant_id=self.stranger.id, arrived_at=self.ago(hours=2))._close(
            "unserved"
        )
        self.assertEqual(order()[0], self.sales_consultant, "three hours ago is longest")

    def test_form_proposes(self):
        visit = self.desk.new({"relation_id": self.mate.relation.id, "unit_id": self.store_a.id})
        visit._onchange_relation_id()
        self.assertEqual(visit.consultant_id, self.teammate)
        visit = self.desk.new({"unit_id": self.store_a.id})
        visit._onchange_relation_id()
        self.assertEqual(visit.consultant_id, self.sales_consultant)
