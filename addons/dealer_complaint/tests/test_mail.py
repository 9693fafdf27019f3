from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ComplaintCase
from .page import photo

MAIL = """\
From: {sender}
To: {to}
Cc: {cc}
Subject: {subject}
Message-Id: <{id}@mail.example>
Date: Mon, 04 Mar 2024 10:00:00 +0800
MIME-Version: 1.0
{headers}Content-Type: {type}; charset=utf-8

{body}
"""


@tagged("post_install", "-at_install")
class TestComplaintMail(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].search([], limit=1) or cls.env[
            "mail.alias.domain"
        ].create({"name": "stores.example"})
        cls.team = cls.store_a.complaint_team_id
        cls.team.alias_id.alias_domain_id = cls.domain
        cls.address = cls.team.alias_id.alias_full_name

    def receive(self, raw=None, **values):
        headers = "".join(f"{name}: {value}\n" for name, value in values.pop("headers", {}).items())
        raw = raw or MAIL.format(
            **{
                "sender": f"Wang <{self.customer.partner.email}>",
                "to": self.address,
                "cc": "",
                "subject": "Noise again",
                "id": f"m{next(self.serial)}",
                "type": "text/plain",
                "body": "It is noisy again.",
                "headers": headers,
                **values,
            }
        )
        before = self.tickets.search([("id", ">", 0)])
        with mute_logger("odoo.addons.mail.models.mail_thread", "odoo.tests"):
            self.env["mail.thread"].message_process(None, raw)
        return self.tickets.search([("id", ">", 0)]) - before

    def with_files(self, *files):
        """Return a mail with attachments ``(name, raw)``."""
        from email.message import EmailMessage

        mail = EmailMessage()
        mail["From"] = "stranger@mail.example"
        mail["To"] = self.address
        mail["Subject"] = "Files"
        mail["Message-Id"] = f"<f{next(self.serial)}@mail.example>"
        mail.set_content("See the files")
        for name, raw in files:
            mail.add_attachment(raw, maintype="application", subtype="octet-stream", filename=name)
        return mail.as_bytes()

    def test_every_store_has_an_address(self):
        for unit in (self.store_a, self.store_b, self.store_c):
            team = unit.complaint_team_id
            self.assertEqual(team.company_id, unit.company_id)
            self.assertEqual(team.alias_name, f"complaint-{unit.code.lower()}")
            self.assertFalse(team.show_in_portal)
        self.store_a._equip_store()
        self.assertEqual(self.store_a.complaint_team_id, self.team)

    def test_team_speaks_the_language_of_the_store(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.store_a.company_id.partner_id.lang = "zh_CN"
        self.store_a.complaint_team_id = False
        self.store_a.with_context(lang="en_US")._equip_store()
        team = self.store_a.complaint_team_id.with_context(lang="zh_CN")
        # Screens show the complete name, which is kept in one language.
        self.assertEqual((team.name, team.complete_name), (f"{self.store_a.name}投诉",) * 2)

    def test_received(self):
        case = self.receive()
        self.assertEqual(
            (case.is_case, case.case_state, case.stage_id.case_state, case.source),
            (True, "received", "received", "mail"),
        )
        self.assertEqual(case.dealer_unit_id, self.store_a)
        self.assertEqual(case.partner_id, self.customer.partner)
        self.assertEqual(case.name, "Noise again")
        self.assertIn("It is noisy again.", case.facts)
        self.assertFalse(case.is_sender_proved)
        self.assertEqual(case._clock_open().kind, "case_register")

    def test_colleague_writes_for_a_customer(self):
        """Who sends decides nothing: also the mail of a care agent waits to be written down."""
        case = self.receive(sender=self.care_agent.email)
        self.assertEqual(case.case_state, "received")

    def test_stranger(self):
        case = self.receive(sender="Li <li@mail.example>")
        self.assertFalse(case.partner_id)
        self.assertEqual((case.partner_name, case.partner_email), ("Li", "li@mail.example"))

    def test_customer_of_another_store(self):
        stranger = self.make_customer("west", self.store_b)
        self.assertFalse(self.receive(sender=stranger.partner.email).partner_id)

    def test_copies_do_not_follow(self):
        other = self.make_customer("cc", self.store_a)
        case = self.receive(cc=other.partner.email)
        self.assertNotIn(other.partner, case.message_partner_ids)

    def test_reply_joins(self):
        case = self.receive()
        first = case.message_ids.filtered(lambda message: message.message_type == "email")
        new = self.receive(headers={"In-Reply-To": first.message_id}, body="And it smells.")
        self.assertFalse(new)
        self.assertIn(
            "And it smells.", case.message_ids[:2].mapped("body")[-1] + case.message_ids[0].body
        )
        notice = self.env["mail.message"].search(
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "=", case.id),
                ("subject", "like", "wrote about"),
            ]
        )
        self.assertIn(self.care_agent.partner_id, notice.partner_ids)
        self.assertEqual(case.event_ids.mapped("kind").count("message"), 2)

    def test_reply_to_a_closed_one(self):
        """It is kept and care hears of it; nothing opens by itself."""
        case = self.receive()
        first = case.message_ids.filtered(lambda message: message.message_type == "email")
        case.with_user(self.care_agent).with_company(self.store_a.company_id)._transition(
            "withdraw", "Solved by phone"
        )
        self.receive(headers={"In-Reply-To": first.message_id}, body="No, it was not.")
        self.assertEqual(case.case_state, "withdrawn")
        self.assertTrue(case.message_ids.filtered(lambda m: "No, it was not" in m.body))
        with self.assertRaises(UserError):
            case.with_user(self.care_agent).facts = "x"

    def test_machines(self):
        for headers in (
            {"Auto-Submitted": "auto-replied"},
            {"Auto-Submitted": "auto-generated"},
            {"X-Autoreply": "yes"},
            {"Precedence": "bulk"},
        ):
            self.assertFalse(self.receive(headers=headers), headers)
        self.assertTrue(self.receive(headers={"Auto-Submitted": "no"}))

    def test_own_addresses(self):
        own = [self.address, self.domain.catchall_email, self.domain.bounce_email]
        own.append(self.store_b.complaint_team_id.alias_id.alias_full_name)
        for sender in own:
            self.assertFalse(self.receive(sender=f"Loop <{sender.upper()}>"), sender)

    def test_loop_of_replies(self):
        case = self.receive()
        first = case.message_ids.filtered(lambda message: message.message_type == "email")
        count = len(case.message_ids)
        for _turn in range(3):
            self.receive(
                headers={"In-Reply-To": first.message_id, "Auto-Submitted": "auto-replied"}
            )
        self.assertEqual(len(case.message_ids), count)

    def test_flood_of_one_sender(self):
        """Odoo's own limit holds for complaints, too."""
        self.env["ir.config_parameter"].sudo().set_param("mail.gateway.loop.threshold", "3")
        made = [bool(self.receive(sender="flood@mail.example")) for _turn in range(5)]
        self.assertEqual(made, [True, True, True, False, False])

    def test_hostile_files(self):
        case = self.receive(
            self.with_files(
                ("good.jpg", photo()),
                ("bill.pdf", b"%PDF-1.4 x"),
                ("evil.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
                ("evil.html", b"<html><script>1</script></html>"),
                ("run.exe", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\x00" * 99),
                ("huge.jpg", photo() + b"\x00" * 10 * 2**20),
            )
        )
        self.assertEqual(set(case.attachment_ids.mapped("name")), {"good.jpg", "bill.pdf"})
        for name in ("evil.svg", "evil.html", "run.exe", "huge.jpg"):
            self.assertIn(name, case.facts)

    def test_many_files(self):
        case = self.receive(self.with_files(*((f"{n}.jpg", photo()) for n in range(14))))
        self.assertEqual(len(case.attachment_ids), 10)

    def test_huge_words(self):
        case = self.receive(body="word " * 100_000)
        self.assertLess(len(case.facts), 25_000)
        self.assertIn("The mail was longer", case.facts)

    def test_script(self):
        case = self.receive(type="text/html", body="<p>x<script>alert(1)</script></p>")
        self.assertNotIn("<script", str(case.description) + str(case.message_ids.mapped("body")))

    def test_plain_helpdesk_stays(self):
        """Mail to a team of a company that is no store is helpdesk_mgmt's, as before."""
        team = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Plain",
                "company_id": self.env.ref("base.main_company").id,
                "alias_name": "plain-team",
            }
        )
        team.alias_id.alias_domain_id = self.domain
        ticket = self.receive(to=team.alias_id.alias_full_name)
        self.assertFalse(ticket.is_case)
        self.assertEqual(ticket.team_id, team)
