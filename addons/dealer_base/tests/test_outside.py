import contextlib
import ipaddress
import socket
import urllib.request
from unittest.mock import patch

import requests

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..models.ir_module_module import OUTSIDE_MODULES


class OutsideError(OSError):
    """Somebody tried to reach another machine."""


def is_inside(host):
    if host in (None, "", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(host).split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@tagged("post_install", "-at_install")
class TestOutside(TransactionCase):
    """Nothing leaves the machine by default (ARCHITECTURE §3)."""

    attempts = []

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        """Write down what goes by ``requests``, which Odoo's tests catch before the socket."""
        host = requests.utils.urlparse(r.url).hostname
        if not is_inside(host):
            cls.attempts.append(host)
        return super()._request_handler(s, r, **kw)

    def setUp(self):
        super().setUp()
        self.attempts.clear()

    @contextlib.contextmanager
    def guard(self):
        """Refuse every connection that leaves this machine, and write it down."""
        plain_connect, plain_lookup = socket.socket.connect, socket.getaddrinfo

        def connect(sock, address):
            inside = sock.family not in (socket.AF_INET, socket.AF_INET6) or is_inside(address[0])
            if not inside:
                self.attempts.append(address[0])
                raise OutsideError(f"connection to {address}")
            return plain_connect(sock, address)

        def getaddrinfo(host, *args, **kwargs):
            if not is_inside(host.decode() if isinstance(host, bytes) else host):
                self.attempts.append(host)
                raise OutsideError(f"look-up of {host}")
            return plain_lookup(host, *args, **kwargs)

        with (
            patch.object(socket.socket, "connect", connect),
            patch.object(socket, "getaddrinfo", getaddrinfo),
        ):
            yield

    def test_the_guard_sees(self):
        """Sockets, urllib and requests are all noticed, or the tests below prove nothing."""
        with self.guard():
            for attempt in (
                lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
                lambda: urllib.request.urlopen("http://outside.example", timeout=1),
                lambda: requests.get("http://outside.example", timeout=1),
            ):
                before = len(self.attempts)
                with self.assertRaises(Exception):  # noqa: B017 each library has its own
                    attempt()
                self.assertEqual(len(self.attempts), before + 1)
            with socket.create_server(("127.0.0.1", 0)) as server:
                socket.create_connection(server.getsockname(), timeout=1).close()
        self.assertEqual(len(self.attempts), 3)

    def test_modules_are_not_there(self):
        installed = self.env["ir.module.module"].search(
            [("name", "in", OUTSIDE_MODULES), ("state", "!=", "uninstalled")]
        )
        self.assertFalse(installed.filtered(lambda module: module.state != "uninstallable"))
        for model in (
            "iap.account",
            "snailmail.letter",
            "google.gmail.mixin",
            "crm.iap.lead.mining.request",
        ):
            self.assertNotIn(model, self.env)

    def test_modules_come_off_again(self):
        """Whatever brings one of them along, it is removed; unless the administrator wants it."""
        modules = self.env["ir.module.module"]
        brought = modules.search([("name", "in", ("snailmail", "partner_autocomplete"))])
        self.assertEqual(len(brought), 2)
        brought.state = "installed"
        with patch.object(self.registry["ir.module.module"], "button_uninstall") as remove:
            self.assertEqual(modules._dealer_remove_outside_modules(), brought)
            self.assertEqual(remove.call_count, 1)
            self.env["ir.config_parameter"].set_param(
                "dealer_base.allowed_outside_modules", "snailmail, something"
            )
            removed = modules._dealer_remove_outside_modules()
            self.assertEqual(removed.mapped("name"), ["partner_autocomplete"])

    def test_publisher_ping_is_silent(self):
        with self.guard():
            for cron_mode in (True, False):
                self.env["publisher_warranty.contract"].update_notification(cron_mode=cron_mode)
        self.assertFalse(self.attempts)
        self.assertFalse(self.env.ref("mail.ir_cron_module_update_notification").active)

    def test_no_link_previews(self):
        message = (
            self.env["res.partner"]
            .create({"name": "Test"})
            .message_post(body="see https://outside.example/offer")
        )
        with self.guard():
            self.env["mail.link.preview"]._create_from_message_and_notify(message)
        self.assertFalse(self.attempts)

    def test_crons(self):
        """All active crons run once and reach nobody outside."""
        # What lies in the mail queue of this database is not the subject.
        self.env["mail.mail"].search([("state", "=", "outgoing")]).state = "cancel"
        crons = self.env["ir.cron"].search([("active", "=", True)])
        self.assertIn(self.env.ref("dealer_base.ir_cron_next_birthday"), crons)
        with (
            self.enter_registry_test_mode(),
            self.guard(),
            mute_logger("odoo.addons.base.models.ir_cron"),
            # It works on the disk, which no test rolls back.
            patch.object(self.registry["ir.attachment"], "_gc_file_store"),
        ):
            for cron in crons:
                with self.subTest(cron=cron.cron_name):
                    cron.method_direct_trigger()
                    self.assertFalse(self.attempts, cron.cron_name)
        self.assertFalse(self.attempts)
