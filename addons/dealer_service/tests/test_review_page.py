import io
import re
from datetime import timedelta

from PIL import Image

from odoo.tests import HttpCase
from odoo.tools import mute_logger

from ..tools.photo import MAX_BYTES
from .test_review import ReviewCase


def picture(kind="JPEG", size=(60, 40)):
    """Return a photo as a phone makes it: with the place in it, and turned by a quarter."""
    written = io.BytesIO()
    image = Image.new("RGB", size, "red")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010F] = "SecretMaker"
    image.save(written, kind, exif=exif)
    return written.getvalue()


class TestReviewPage(ReviewCase, HttpCase):
    """The customer's page: by the link alone, once, and nothing of others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("dealer_service.review_address_days", "0")
        cls.path = "/review/" + cls.order._review_url().rpartition("/")[2]

    def send(self, page=None, path=None, files=None, **values):
        page = page or self.url_open(self.path)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page.text).group(1)
        return self.url_open(
            path or self.path, data={"csrf_token": token, **values}, files=files or None
        )

    def mine(self):
        return self.reviews.search([("order_id", "=", self.order.id)])

    def assert_no_data(self, answer):
        order = self.order
        for secret in (
            self.customer.name_canary,
            self.customer.partner.phone,
            order.vehicle_id.plate,
            order.vehicle_id.vin or "nothing",
            order.name,
            self.service_advisor.name,
        ):
            self.assertNotIn(secret, answer.text)

    def test_review(self):
        page = self.url_open(self.path)
        self.assertEqual(page.status_code, 200)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assert_no_data(page)
        self.assertIn("***", page.text)
        tag = self.env.ref("dealer_service.review_tag_not_repaired")
        answer = self.send(page, stars="1", words="  Still <noisy>  ", tag=str(tag.id))
        review = self.mine()
        self.assertEqual((review.stars, review.words), (1, "Still <noisy>"))
        self.assertEqual((review.tag_ids, review.is_suspect), (tag, False))
        self.assertTrue(review.activity_ids)
        self.assertEqual(answer.status_code, 200)
        # Afterwards the link shows the stars and no words: it may have been handed on.
        self.assertIn("★☆☆☆☆", answer.text)
        self.assertNotIn("noisy", answer.text)
        self.assert_no_data(answer)

    def test_once(self):
        page = self.url_open(self.path)
        self.send(page, stars="5")
        answer = self.send(page, stars="1", words="Changed")
        self.assertEqual((self.mine().stars, self.mine().words), (5, False))
        self.assertIn("★★★★★", answer.text)

    def test_bad_input(self):
        for stars in ("", "0", "6", "-1", "x", "5.5", "99999999999", "٣"):
            answer = self.send(stars=stars, words="Kept")
            self.assertEqual(answer.status_code, 422, stars)
            self.assertIn("Tap one to five stars", answer.text)
            self.assertIn("Kept", answer.text)
        answer = self.send(stars="4", words="x" * 5000, tag="999999")
        self.assertEqual(len(self.mine().words), 1000)
        self.assertFalse(self.mine().tag_ids)

    def test_no_forged_form(self):
        with mute_logger("odoo.http"):
            answer = self.url_open(self.path, data={"stars": "5"})
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.mine())

    def test_links(self):
        for token in ("x", "0" * 500, "%00"):
            answer = self.url_open(f"/review/{token}")
            self.assertEqual(answer.status_code, 404, token)
        self.assertIn("does not exist", self.url_open("/review/x").text)
        self.assertEqual(self.url_open(f"{self.path}/recommend").status_code, 405)
        page = self.url_open(self.path)
        self.order.opened_at = self.now - timedelta(days=50)
        self.order.closed_at = self.now - timedelta(days=40)
        answer = self.send(page, stars="5")
        self.assertEqual(answer.status_code, 410)
        self.assertIn("too late", answer.text)
        self.order.closed_at = self.now
        self.order.with_user(self.service_manager).action_reopen()
        self.assertEqual(self.url_open(self.path).status_code, 409)
        self.assertEqual(self.send(page, stars="5").status_code, 409)
        self.assertFalse(self.mine())

    def test_photos(self):
        files = [
            ("photos", ("a.png", picture("PNG"), "image/png")),
            ("photos", ("b.exe", picture(), "application/octet-stream")),
        ]
        self.send(files=files, stars="5")
        first, second = self.mine().photo_ids.sorted("name")
        self.assertEqual((first.name, second.name), ("photo-1.jpg", "photo-2.jpg"))
        for photo in (first, second):
            self.assertEqual(photo.mimetype, "image/jpeg")
            self.assertNotIn(b"SecretMaker", photo.raw)
            with Image.open(io.BytesIO(photo.raw)) as image:
                self.assertFalse(image.getexif())
                self.assertEqual(image.size, (40, 60))  # upright
            self.assertFalse(photo.access_token)
            # By its address nobody outside reads it.
            self.assertEqual(self.url_open(f"/web/image/{photo.id}").headers.get("X"), None)
            self.assertNotIn(photo.raw, self.url_open(f"/web/content/{photo.id}").content)

    def test_no_photos(self):
        cases = [
            (b"", "is empty"),
            (b"<html>no photo</html>", "is no photo"),
            (picture()[:200], "is no photo"),
            (b"\xff\xd8\xff" + b"0" * MAX_BYTES, "too large"),
            (picture("GIF"), "is no photo"),
        ]
        for raw, words in cases:
            with self.subTest(words=words, size=len(raw)):
                answer = self.send(
                    files=[("photos", ("a.jpg", raw, "image/jpeg"))], stars="5", words="Kept"
                )
                self.assertEqual(answer.status_code, 422)
                self.assertIn(words, answer.text)
                self.assertIn("Kept", answer.text)
        many = [("photos", (f"{n}.jpg", picture(), "image/jpeg")) for n in range(6)]
        self.assertIn("at most 5", self.send(files=many, stars="5").text)
        self.assertFalse(self.mine())

    def test_recommend(self):
        answer = self.send(stars="5")
        for wrong in ("11", "-1", "x", ""):
            self.send(answer, f"{self.path}/recommend", nps=wrong)
            self.assertFalse(self.mine().nps)
        answer = self.send(answer, f"{self.path}/recommend", nps="9")
        self.assertEqual(self.mine().nps, "9")
        self.assertNotIn("/recommend", answer.text)

    def test_answer_is_shown(self):
        self.send(stars="4")
        self.step(self.mine(), "answer", text="Thank <you>")
        answer = self.url_open(self.path)
        self.assertIn("Thank &lt;you&gt;", answer.text)
        self.assert_no_data(answer)

    def test_colleague_signed_in(self):
        self.authenticate("t_service_advisor", "t_service_advisor")
        self.send(stars="5")
        self.assertEqual(self.mine().suspect_codes, "signed_in")

    def test_device_of_a_colleague(self):
        self.authenticate("t_service_advisor", "t_service_advisor")
        cookies = self.url_open(self.path).cookies
        self.authenticate(None, None)
        # The same browser, signed out.
        self.opener.cookies.set("dealer_staff", cookies["dealer_staff"])
        self.send(stars="5")
        self.assertEqual(self.mine().suspect_codes, "device")

    def test_address_of_a_colleague(self):
        self.env["ir.config_parameter"].set_param("dealer_service.review_address_days", "7")
        self.env["res.device.log"].create(
            {
                "session_identifier": "x",
                "ip_address": "127.0.0.1",
                "user_id": self.service_advisor.id,
                "last_activity": self.now,
            }
        )
        self.send(stars="5")
        self.assertEqual(self.mine().suspect_codes, "address")

    def test_too_often(self):
        self.env["ir.config_parameter"].set_param("dealer_service.review_address", "1")
        self.send(stars="5")
        other = self.make_closed(self.customer)
        path = "/review/" + other._review_url().rpartition("/")[2]
        answer = self.send(self.url_open(path), path, stars="5")
        self.assertEqual(answer.status_code, 422)
        self.assertFalse(other.review_ids)

    def test_doors_of_odoo(self):
        """A colleague who got hold of a key of Odoo's own ratings rates nothing with it."""
        self.send(stars="2")
        rating = self.mine().rating_id
        self.authenticate("t_service_manager", "t_service_manager")
        with mute_logger("odoo.http"):
            self.url_open(f"/rate/{rating.access_token}/5")
            page = self.url_open(self.path)
            token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page.text).group(1)
            self.url_open(
                f"/rate/{rating.access_token}/submit_feedback",
                data={"csrf_token": token, "rate": "5", "feedback": "x"},
            )
            self.rpc_refused("rating.rating", "write", [[rating.id], {"rating": 5}])
            self.rpc_refused("dealer.review", "write", [[self.mine().id], {"stars": 5}])
            self.rpc_refused("dealer.review", "_receive", [self.order.id, 5])
            self.url_open(
                "/mail/message/post",
                json={
                    "params": {
                        "thread_model": "dealer.service.order",
                        "thread_id": self.order.id,
                        "post_data": {"body": "x", "rating_value": 5},
                    }
                },
            )
        self.env.invalidate_all()
        self.assertEqual((rating.rating, self.mine().stars), (2, 2))
        self.assertEqual(
            self.env["rating.rating"].search_count(
                [("res_model", "=", "dealer.service.order"), ("res_id", "=", self.order.id)]
            ),
            1,
        )

    def rpc_refused(self, model, method, args):
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json={"params": {"model": model, "method": method, "args": args, "kwargs": {}}},
        )
        self.assertIn("error", answer.json())
