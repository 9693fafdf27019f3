import json
from collections import Counter

from odoo.tests import BaseCase
from odoo.tools import file_open

from odoo.addons.dealer_base.tools import PhoneError, parse_phone


class TestLeadFile(BaseCase):
    """A vendor's file of 400 leads, with the mess that comes over the line."""

    def test_every_number_is_read_or_refused_for_the_right_reason(self):
        with file_open("dealer_leads/tests/data/dongchedi_api.json") as file:
            leads = json.load(file)["leads"]
        refused, numbers = Counter(), set()
        for lead in leads:
            try:
                numbers.add(parse_phone(lead["phone"]).national)
            except PhoneError as error:
                refused[lead["phone"], error.code] += 1
        self.assertEqual(len(leads), 400)
        self.assertEqual(
            refused,
            {
                ("", "phone_empty"): 1,
                ("1390000", "phone_length"): 3,
                ("12345", "phone_service"): 4,
                ("no phone", "phone_no_digits"): 4,
            },
        )
        self.assertEqual(len(numbers), 338)
        for number in numbers:
            self.assertRegex(number, r"^1390(010|110)\d{4}$")
