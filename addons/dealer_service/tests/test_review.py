from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .common_service import QUIET, ServiceCase


class ReviewCase(ServiceCase):
    """An order of store A that was handed over, of a customer with a car."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reviews = cls.env["dealer.review"]
        cls.customer = cls.make_customer("Reviewer")
        cls.order = cls.make_closed(cls.customer)

    @classmethod
    def make_closed(cls, customer=None, user=None, **values):
        order = cls.make_order(
            cls.make_car(customer),
            days_ago=1,
            advisor_id=(user or cls.service_advisor).id,
            **values,
        )
        order.sudo().write({"state": "closed", "closed_at": cls.now})
        return order

    def receive(self, stars=5, order=None, **values):
        return self.reviews._receive(order or self.order, stars, **values)

    def step(self, review, step, text="Because", user=None):
        self.env["dealer.review.step"].with_user(user or self.service_manager).create(
            {"review_ids": review.ids, "step": step, "text": text}
        ).action_apply()


class TestReview(ReviewCase):
    """What becomes of a review (D8)."""

    def test_received(self):
        tag = self.env.ref("dealer_service.review_tag_on_time")
        review = self.receive(4, words="Fine", tags=tag)
        self.assertEqual((review.stars, review.words, review.tag_ids), (4, "Fine", tag))
        self.assertEqual(review.advisor_id, self.service_advisor)
        self.assertEqual(review.unit_id, self.store_a)
        self.assertTrue(review.counts)
        rating = review.rating_id
        self.assertEqual((rating.res_model, rating.res_id), (self.order._name, self.order.id))
        self.assertEqual((rating.rating, rating.feedback, rating.consumed), (4, "Fine", True))
        self.assertEqual(self.order._review_state(), "used")
        self.assertEqual(review.display_name[:5], "★★★★☆")

    def test_once(self):
        first = self.receive(5)
        self.assertEqual(self.receive(1, words="Again"), first)
        self.assertEqual(first.stars, 5)

    def test_bad_one_is_told(self):
        review = self.receive(2, words="Not <b>repaired</b>")
        task = review.activity_ids
        self.assertEqual(task.user_id, self.service_manager)
        self.assertIn("★★☆☆☆", task.note)
        self.assertIn("&lt;b&gt;", task.note)
        # The one who is told can tick it off, without a right to change the review.
        task.with_user(self.service_manager).action_feedback(feedback="Called")
        self.assertFalse(review.activity_ids)
        self.assertFalse(self.receive(3, order=self.make_closed(self.customer)).activity_ids)

    def test_what_follows_fails(self):
        def fail(*args, **kwargs):
            raise ZeroDivisionError

        self.patch(type(self.env["dealer.dissatisfaction"]), "_report", fail)
        with self.assertLogs("odoo.addons.dealer_service.models.dealer_review_receive"):
            review = self.receive(1, words="Bad")
        self.assertEqual(review.words, "Bad")

    def test_link(self):
        url = self.order._review_url()
        token = url.rpartition("/")[2]
        self.assertEqual(self.order._of_review_token(token), self.order)
        self.assertEqual(self.order._review_url(), url)
        for wrong in ("", None, token[:-1], token + "x", "x" * 500):
            self.assertFalse(self.order._of_review_token(wrong))
        self.assertEqual(self.order._review_state(), "open")
        self.order.closed_at = self.now - timedelta(days=29)
        self.order.opened_at = self.now - timedelta(days=40)
        self.assertEqual(self.order._review_state(), "open")
        self.order.closed_at = self.now - timedelta(days=31)
        self.assertEqual(self.order._review_state(), "over")
        reopened = self.make_closed(self.customer)
        reopened.with_user(self.service_manager).action_reopen()
        self.assertEqual((reopened._review_state(), reopened._review_url()), ("early", ""))

    def test_message_with_the_link(self):
        rule = self.env.ref("dealer_service.touch_rule_review")
        self.assertTrue(rule.active)
        rule._plan_records(self.order)
        touch = self.env["dealer.touch"].search(
            [("rule_id", "=", rule.id), ("res_id", "=", self.order.id)]
        )
        self.assertEqual(touch.partner_id, self.customer.partner)
        words = touch._words(["review_link", "salutation"])
        self.assertEqual(words["review_link"], self.order._review_url())
        self.receive()
        self.assertNotIn(self.order, self.order.search([("review_ids", "=", False)]))

    # ------------------------------------------------------------
    # Who rates himself
    # ------------------------------------------------------------

    def test_doubtful(self):
        log = self.env["res.device.log"].create(
            {
                "session_identifier": "x",
                "ip_address": "192.0.2.7",
                "user_id": self.service_advisor.id,
                "last_activity": self.now,
            }
        )
        public = self.env.ref("base.public_user")
        cases = [
            ({"user": public, "address": "192.0.2.8"}, ""),
            ({"user": public, "address": "192.0.2.7"}, "address"),
            ({"user": self.service_advisor, "address": "192.0.2.8"}, "signed_in"),
            ({"user": public, "staff_device": True}, "device"),
        ]
        for sender, expected in cases:
            with self.subTest(expected=expected):
                review = self.receive(5, order=self.make_closed(self.customer), **sender)
                self.assertEqual(review.suspect_codes or "", expected)
                self.assertEqual(review.is_suspect, bool(expected))
                self.assertEqual(review.counts, not expected)
                self.assertEqual(review.rating_id.consumed, not expected)
                self.assertEqual(bool(review.suspect_reason), bool(expected))
                self.assertEqual(len(review.activity_ids), int(bool(expected)))
        log.last_activity = self.now - timedelta(days=8)
        self.assertFalse(self.reviews._is_staff_address("192.0.2.7"))
        log.last_activity = self.now
        self.env["ir.config_parameter"].set_param("dealer_service.review_address_days", "0")
        self.assertFalse(self.reviews._is_staff_address("192.0.2.7"))

    def test_number_of_a_colleague(self):
        phone = self.customer.partner.phone
        self.teammate.partner_id.phone = f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}"
        self.assertEqual(self.receive().suspect_codes, "number")

    def test_decision(self):
        review = self.receive(5, staff_device=True)
        report = self.env["dealer.review.report"]
        ours = [("unit_id", "=", self.store_a.id)]
        self.assertFalse(report.search_count(ours))
        with self.assertRaises(UserError):
            self.step(review, "count", text=" ")
        with self.assertRaises(UserError), mute_logger(*QUIET):
            self.step(review, "count", user=self.service_advisor)
        self.step(review, "count", text="Showed it on our tablet")
        self.assertTrue(review.counts and review.rating_id.consumed)
        self.assertEqual(report.search_count(ours), 1)
        (note,) = review.message_ids.filtered(lambda message: "tablet" in message.body)
        self.assertEqual(note.author_id, self.service_manager.partner_id)
        self.assertFalse(review.activity_ids)
        self.step(review, "discard")
        self.assertFalse(review.counts or review.rating_id.consumed)

    def test_no_decision_about_a_good_one_or_oneself(self):
        with self.assertRaisesRegex(UserError, "not doubtful"):
            self.step(self.receive(1), "discard")
        own = self.receive(
            5, order=self.make_closed(self.customer, user=self.service_manager), staff_device=True
        )
        with self.assertRaisesRegex(UserError, "own work"):
            self.step(own, "count")

    def test_answer(self):
        review = self.receive(3)
        self.step(review, "answer", text=" Thank you ")
        self.assertEqual(review.answer, "Thank you")
        self.assertEqual(review.answered_by_id, self.service_manager)
        with self.assertRaises(UserError):
            self.step(review, "answer", text=" ")

    def test_figures(self):
        numbers = [(5, "10"), (5, "9"), (2, "3"), (4, "8"), (3, None)]
        for stars, nps in numbers:
            self.receive(stars, order=self.make_closed(self.customer)).nps = nps
        self.receive(5, order=self.make_closed(self.customer), staff_device=True)
        env = self.env(user=self.service_advisor)
        ((count, stars, bad, nps),) = env["dealer.review.report"]._read_group(
            [("unit_id", "=", self.store_a.id)],
            aggregates=["__count", "stars:avg", "bad_share:avg", "nps:avg"],
        )
        # By hand: (5+5+2+4+3)/5; one of five; (2 − 1) of four answers.
        self.assertEqual((count, round(stars, 2), round(bad, 1), round(nps, 1)), (5, 3.8, 20, 25))

    def test_timeline(self):
        review = self.receive(2, words="Slow")
        rows = self.env["dealer.timeline"].search(
            [("relation_id", "=", self.customer.relation.id), ("kind", "=", "review")]
        )
        self.assertEqual(rows.text, "★★ Slow")
        self.assertEqual(rows.res_id, review.id)

    def test_list_does_not_grow(self):
        for _ in range(3):
            self.receive(4, order=self.make_closed(self.customer))
        view = self.env.ref("dealer_service.dealer_review_view_list")
        reviews = self.reviews.with_user(self.service_manager)
        names = {"date", "stars_text", "words", "vehicle_id", "customer_id", "advisor_id"}
        self.assertIn("stars_text", view.arch)
        spec = {name: {} for name in names}
        reviews.web_search_read([], spec)
        counts = []
        for _ in range(2):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            reviews.web_search_read([], spec)
            counts.append(self.env.cr.sql_log_count - before)
            for _ in range(6):
                self.receive(4, order=self.make_closed(self.customer))
            self.env.flush_all()
        self.assertLessEqual(counts[1], counts[0] + 1)

    def test_form_opens(self):
        review = self.receive(2, words="Slow")
        for user in (self.service_manager, self.service_advisor, self.care_agent):
            Form(review.with_user(user))
            Form(self.order.with_user(user))
        # Who reads orders and no reviews is not stopped by the button.
        Form(self.order.with_user(self.technician))

    def test_kept_with_the_order(self):
        review = self.receive()
        self.assertEqual(self.order.with_user(self.service_manager).review_ids.sudo(), review)
        with self.assertRaises(UserError):
            self.order.with_user(self.system).unlink()


class TestRatingDoors(ReviewCase):
    """Plain Odoo lets every employee write ratings; those of our orders are shut on every door."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.review = cls.env["dealer.review"]._receive(cls.order, 2, words="Slow")
        cls.rating = cls.review.rating_id
        cls.other = cls.env["rating.rating"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id("res.partner"),
                "res_id": cls.customer.partner.id,
                "rating": 1,
            }
        )

    def people(self):
        return (self.service_advisor, self.service_manager, self.care_manager, self.system)

    def refused(self, action):
        with mute_logger(*QUIET):
            error = self.attempt(action)
        self.assertIsInstance(error, (AccessError, UserError))
        self.env.invalidate_all()
        self.assertEqual((self.rating.rating, self.review.stars), (2, 2))

    def values(self, **more):
        return {
            "res_model_id": self.env["ir.model"]._get_id("dealer.service.order"),
            "res_id": self.order.id,
            "rating": 5,
            "consumed": True,
            **more,
        }

    def test_plain_odoo(self):
        """What Odoo itself gives: read, write, create for every employee."""
        line = self.env.ref("rating.access_rating_user")
        self.assertEqual(line.group_id, self.env.ref("base.group_user"))
        self.assertTrue(line.perm_read and line.perm_write and line.perm_create)
        nobody = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        self.other.with_user(nobody).rating = 5
        self.assertEqual(self.other.rating, 5)

    def test_orm(self):
        for user in self.people():
            ratings = self.env["rating.rating"].with_user(user)
            mine = self.rating.with_user(user)
            self.refused(lambda ratings=ratings: ratings.create(self.values()))
            self.refused(lambda mine=mine: mine.write({"rating": 5}))
            self.refused(lambda mine=mine: mine.reset())
            self.refused(lambda mine=mine: mine.unlink())
            self.refused(lambda mine=mine: mine.read(["access_token"]))
            self.assertFalse(ratings.search([("res_model", "=", "dealer.service.order")]))
            # A rating of something else is not turned into one of ours.
            other = self.other.with_user(user)
            self.refused(lambda other=other: other.write(self.values()))
            self.refused(
                lambda ratings=ratings: ratings.with_context(
                    default_res_model_id=self.values()["res_model_id"]
                ).create({"res_id": self.order.id, "rating": 5})
            )

    def test_import(self):
        ratings = self.env["rating.rating"].with_user(self.system)
        answer = ratings.load(
            ["res_model_id/.id", "res_id", "rating"],
            [[str(self.values()["res_model_id"]), str(self.order.id), "5"]],
        )
        self.assertFalse(answer["ids"])

    def test_lines_of_documents(self):
        order = self.make_closed(self.customer)
        order.with_user(self.service_manager).action_reopen()
        for user in (self.service_advisor, self.service_manager):
            mine = order.with_user(user)
            self.refused(
                lambda mine=mine: mine.write({"rating_ids": [Command.create({"rating": 5})]})
            )
            self.refused(
                lambda mine=mine: mine.write({"review_ids": [Command.create({"stars": 5})]})
            )
            self.refused(lambda mine=mine: mine.write({"review_token": "x"}))
            self.refused(lambda mine=mine: mine.read(["review_token"]))
        message = order.message_post(body="x")
        self.refused(
            lambda: message.with_user(self.service_manager).write(
                {"rating_ids": [Command.link(self.rating.id)]}
            )
        )

    def test_chatter(self):
        for user in self.people():
            for record in (self.order, self.review):
                mine = record.with_user(user)
                self.refused(lambda mine=mine: mine.message_post(body="x", rating_value=5))
                self.refused(
                    lambda mine=mine: mine.message_post(body="x", rating_id=self.rating.id)
                )
                self.refused(lambda mine=mine: mine.rating_apply(5, rating=self.rating))
                self.refused(
                    lambda mine=mine: mine.rating_apply(5, token=self.rating.sudo().access_token)
                )
                self.refused(lambda mine=mine: mine._rating_get_access_token())

    def test_reviews(self):
        for user in self.people():
            reviews = self.reviews.with_user(user)
            mine = self.review.with_user(user)
            for values in ({"stars": 5}, {"words": "x"}, {"decision": "discard"}, {"answer": "x"}):
                self.refused(lambda mine=mine, values=values: mine.write(values))
            self.refused(lambda mine=mine: mine.unlink())
            self.refused(lambda mine=mine: mine.copy())
            self.refused(
                lambda reviews=reviews: reviews.create(
                    {
                        "order_id": self.make_closed(self.customer).id,
                        "rating_id": self.other.id,
                        "stars": 5,
                    }
                )
            )
            self.refused(lambda mine=mine: mine.read(["suspect_codes"]))

    def test_photos(self):
        review = self.receive(1, order=self.make_closed(self.customer), photos=[b"\xff\xd8x"])
        photo = review.photo_ids
        self.assertTrue(photo.with_user(self.service_manager).has_access("read"))
        for user in (self.service_advisor, self.service_manager):
            self.refused(lambda user=user: photo.with_user(user).unlink())
            self.refused(lambda user=user: photo.with_user(user).write({"raw": b"x"}))
        other = self.make_person("t_advisor_2", "service_advisor", self.store_a)
        self.refused(lambda: photo.with_user(other).read(["raw"]))
