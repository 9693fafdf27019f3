import json

from odoo.fields import Command
from odoo.tools import file_open

from odoo.addons.dealer_base.tests.common import DealerCase

FILE = "dealer_leads/tests/data/dongchedi_api.json"
#: What the file holds, as ``expected.json`` of the delivery counts it.
FILE_ROWS, FILE_INVALID, FILE_NUMBERS = 400, 12, 338


def read_file():
    with file_open(FILE) as file:
        return json.load(file)


class LeadsCase(DealerCase):
    """The group of :class:`DealerCase`, and rules that send two brands to each of two stores."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.env["dealer.lead.inbox"]
        cls.open_always(cls.store_a | cls.store_b | cls.store_c)
        cls.env["dealer.lead.rule"].search([]).unlink()
        cls.env["dealer.lead.rule"].create(
            [
                {"brand": brand, "unit_id": store.id}
                for brand, store in (
                    ("大众", cls.store_a),
                    ("丰田", cls.store_a),
                    ("长安", cls.store_b),
                    ("雪佛兰", cls.store_b),
                )
            ]
        )

    @classmethod
    def open_always(cls, stores):
        """Open the stores round the clock, so that no test depends on the hour it runs at."""
        stores.calendar_id.attendance_ids = [Command.clear()] + [
            Command.create({"name": "Open", "dayofweek": str(day), "hour_from": 0, "hour_to": 24})
            for day in range(7)
        ]

    @classmethod
    def prepare_lead(cls, number=0, **values):
        return {
            "external_id": f"T-{number:05d}",
            "name": f"客户{number}",
            "phone": f"1990078{number:04d}",
            "brand": "大众",
            "series": "速腾",
            "city": "宁波",
            "message": "最低多少钱",
            "occurred_at": "2026-01-07T22:35:00+08:00",
            "campaign": "",
            **values,
        }

    @classmethod
    def receive(cls, *leads, source="testmedia"):
        """Store leads and return their rows in the order given."""
        stored = cls.inbox._receive(source, list(leads))
        return cls.inbox.browse(stored[lead["external_id"]][0] for lead in leads)

    @classmethod
    def take_in(cls, *leads, source="testmedia"):
        """Store leads, drain all there is, and return the rows."""
        rows = cls.receive(*leads, source=source)
        cls.inbox._drain(10000)
        return rows


class CallsCase(LeadsCase):
    """Colleagues with numbers, and the telephone systems of two stores."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calls = cls.env["dealer.call"]
        cls.sales_consultant.dealer_call_numbers = "8001, 199 0066 0001"
        cls.teammate.dealer_call_numbers = "8002"
        cls.stranger.dealer_call_numbers = "8003"
        cls.consultant_b.dealer_call_numbers = "8001，0574-66880001"
        cls.switchboard = cls.make_machine("t_switchboard", "calls")
        cls.switchboard_b = cls.env["res.users"].create(
            cls.prepare_person("t_switchboard_b", ["dealer_base.group_calls"], cls.store_b)
        )
        cls.customer = cls.make_customer("Called", consultant_id=cls.sales_consultant.id)

    @classmethod
    def prepare_call(cls, number=0, **values):
        """Return a call of the sales consultant to the customer as a telephone system sends it."""
        call = {
            "call_id": f"C-{number:05d}",
            "from": "8001",
            "to": cls.customer.partner.phone,
            "start": "2026-01-07T10:00:00+08:00",
            "seconds": 95,
            "answered": True,
            "recording": f"https://rec.example/{number}.mp3",
        }
        return call | {key.rstrip("_"): value for key, value in values.items()}

    @classmethod
    def ring(cls, *calls, sender=None):
        """Store call records, drain all there is, and return the rows in the order given."""
        model = cls.calls.with_user(sender or cls.switchboard).sudo()
        stored = model._receive(list(calls))
        cls.calls._drain(10000)
        return cls.calls.browse(stored[call["call_id"]][0] for call in calls)
