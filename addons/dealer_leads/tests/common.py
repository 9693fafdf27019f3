import json

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
