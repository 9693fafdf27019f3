import io
import re

from PIL import Image

from odoo.http import Request
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .common import ComplaintCase

FIELD = re.compile(r'name="sheet" value="([^"]+)"')


def photo(kind="JPEG", size=(40, 30)):
    """Return the bytes of a small picture."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, kind)
    return buffer.getvalue()


class PageCase(ComplaintCase, HttpCase):
    """What customers do in a browser. The page does not wait for slow readers here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parameters = cls.env["ir.config_parameter"].sudo()
        cls.parameters.set_param("dealer_complaint.page_seconds", "0")
        cls.portal = cls.env["res.users"].create(
            {
                "name": "Portal",
                "login": "t_portal",
                "password": "t_portal",
                "partner_id": cls.customer.partner.id,
                "group_ids": [(6, 0, cls.env.ref("base.group_portal").ids)],
            }
        )
        cls.other = cls.make_customer("other", cls.store_a)
        cls.portal_other = cls.env["res.users"].create(
            {
                "name": "Portal Other",
                "login": "t_portal_other",
                "password": "t_portal_other",
                "partner_id": cls.other.partner.id,
                "group_ids": [(6, 0, cls.env.ref("base.group_portal").ids)],
            }
        )

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def open_sheet(self, url="/complaint?store=T-A"):
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        return FIELD.search(answer.text)[1]

    def prepare_sheet(self, **values):
        sheet = {
            "store": "T-A",
            "facts": "The noise is back after the second repair.",
            "demands": "Mend it.",
            "name": "王先生",
            "phone": self.customer.partner.phone,
            "consent": "1",
            **values,
        }
        return {name: value for name, value in sheet.items() if value is not None}

    def send(self, url="/complaint", files=None, token=None, **values):
        data = self.prepare_sheet(**values)
        data["sheet"] = token or self.open_sheet(url)
        data["csrf_token"] = Request.csrf_token(self)
        with mute_logger("odoo.http"):
            return self.url_open(url, data=data, files=files, allow_redirects=False)

    def cases(self):
        return self.tickets.search([("company_id", "=", self.store_a.company_id.id)], order="id")

    def sent_case(self, **values):
        before = self.cases()
        answer = self.send(**values)
        self.assertEqual(answer.status_code, 303, answer.text[:3000])
        self.env.invalidate_all()
        case = self.cases() - before
        self.assertEqual(len(case), 1)
        return case

    def act(self, case, action, token=None, files=None, **values):
        data = {"csrf_token": Request.csrf_token(self), "access_token": token or "", **values}
        with mute_logger("odoo.http"):
            return self.url_open(
                f"/my/complaints/{case.id}/{action}", data=data, files=files, allow_redirects=False
            )

    def assert_nothing_new(self, answer, words=None, status=422):
        self.assertEqual(answer.status_code, status)
        self.env.invalidate_all()
        self.assertFalse(self.cases())
        if words:
            self.assertIn(words, answer.text)
