from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.dealer_service.tests.test_review import ReviewCase

LOGGER = "odoo.addons.dealer_service_complaint.models.dealer_dissatisfaction"


class TestDissatisfaction(ReviewCase):
    """Two stars or less are a complaint at once, and nothing is lost when that fails."""

    def cases(self):
        return self.env["helpdesk.ticket"].search(
            [("about_ref", "=", f"dealer.service.order,{self.order.id}")]
        )

    def test_complaint_of_a_review(self):
        tag = self.env.ref("dealer_service.review_tag_not_repaired")
        review = self.receive(1, words="Still noisy", tags=tag, photos=[b"\xff\xd8\xffx"])
        case = self.cases()
        self.assertEqual(review.complaint_id, case)
        self.assertEqual(case.review_ids, review)
        self.assertEqual((case.is_case, case.case_state, case.source), (True, "received", "review"))
        self.assertEqual(case.company_id, self.store_a.company_id)
        self.assertEqual(case.partner_id, self.customer.partner)
        self.assertEqual(case.vehicle_id, self.order.vehicle_id)
        self.assertEqual(case.about_ref, self.order)
        self.assertFalse(case.is_sender_proved)
        for words in ("★☆☆☆☆", "Still noisy", tag.name):
            self.assertIn(words, case.facts)
        # The manager is told besides.
        self.assertEqual(review.activity_ids.user_id, self.service_manager)
        self.assertTrue(case.with_user(self.care_agent).has_access("read"))

    def test_which_reviews(self):
        for stars, expected in ((1, 1), (2, 1), (3, 0), (5, 0)):
            review = self.receive(stars, order=self.make_closed(self.customer))
            self.assertEqual(len(review.complaint_id), expected, stars)

    def test_once(self):
        review = self.receive(1, words="Bad")
        for _ in range(2):
            self.env["dealer.dissatisfaction"]._report(
                review, self.customer.partner, self.store_a, "Again", "review"
            )
        self.assertEqual(len(self.cases()), 1)

    def test_call_back(self):
        # A call-back reports the visit itself; the customer said nothing that was written down.
        self.env["dealer.dissatisfaction"]._report(
            self.order,
            self.customer.partner,
            self.store_a,
            "",
            "call_back",
            vehicle=self.order.vehicle_id,
        )
        case = self.cases()
        self.assertEqual((case.source, case.vehicle_id), ("call_back", self.order.vehicle_id))
        self.assertTrue(case.facts)

    def test_service_request(self):
        self.env["dealer.dissatisfaction"]._report(
            self.order, self.customer.partner, self.store_a, "Nobody came.", "request"
        )
        self.assertEqual(self.cases().source, "request")

    def test_failing_complaint(self):
        def fail(*args, **kwargs):
            self.env.cr.execute("SELECT 1/0")

        self.patch(type(self.env["helpdesk.ticket"]), "_receive_complaint", fail)
        with self.assertLogs(LOGGER), mute_logger("odoo.sql_db"):
            review = self.receive(1, words="Bad")
        self.assertTrue(review.exists())
        self.assertFalse(review.complaint_id)
        self.assertEqual(review.words, "Bad")
        tasks = review.activity_ids.mapped("summary")
        self.assertEqual(len(tasks), 2)
        self.assertTrue([words for words in tasks if "by hand" in words])

    def test_buttons(self):
        review = self.receive(2)
        case = review.complaint_id
        self.assertEqual(review.action_open_complaint()["res_id"], case.id)
        self.assertEqual(case.action_open_review()["res_id"], review.id)
        for user, count in ((self.care_manager, 1), (self.service_advisor, 0)):
            order = self.order.with_user(user)
            order.invalidate_recordset(["complaint_count"])
            self.assertEqual(order.complaint_count, count)
            Form(order)
        self.assertEqual(
            self.env["helpdesk.ticket"].search(self.order.action_open_complaints()["domain"]), case
        )
        Form(review.with_user(self.service_advisor))
        for user in (self.care_manager, self.service_manager):
            Form(review.with_user(user))
            Form(case.with_user(user))

    def test_a_customer_sees_it_when_care_called(self):
        case = self.receive(1).complaint_id
        portal = self.env["res.users"].create(
            {
                **self.prepare_person("t_portal", ["base.group_portal"], self.store_a),
                "partner_id": self.customer.partner.id,
            }
        )
        self.assertNotIn(case, case.search(case._own_domain(portal)))
