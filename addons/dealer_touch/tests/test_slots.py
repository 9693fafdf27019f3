from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from odoo.tests import BaseCase, tagged

from ..tools.slots import find_slots
from ..tools.words import fill, places

LOW, HIGH = datetime(2026, 3, 2), datetime(2026, 3, 4)


@tagged("post_install", "-at_install")
class TestSlots(BaseCase):
    def test_once_is_one_slot(self):
        slots = find_slots(LOW, HIGH, relativedelta(days=-30))
        self.assertEqual(len(slots), 1)
        self.assertLessEqual(slots[0].low, LOW + timedelta(days=30))
        self.assertGreaterEqual(slots[0].high, HIGH + timedelta(days=30))

    def test_nothing_without_anchors(self):
        self.assertEqual(find_slots(LOW, HIGH, relativedelta(), "yearly"), [])

    def test_years_end_with_the_oldest(self):
        slots = find_slots(LOW, HIGH, relativedelta(), "yearly", oldest=datetime(2020, 5, 1))
        self.assertEqual([slot.turn for slot in slots], [1, 2, 3, 4, 5])

    def test_turns_end_with_the_oldest(self):
        slots = find_slots(LOW, HIGH, relativedelta(), "every", 7, datetime(2026, 2, 10))
        self.assertEqual([slot.turn for slot in slots], [0, 1, 2, 3])

    def test_month_ends_are_inside(self):
        """A month after the 31st of January is the 28th of February."""
        low, high = datetime(2026, 2, 28), datetime(2026, 3, 1)
        slot = find_slots(low, high, relativedelta(months=1))[0]
        for day in (28, 29, 30, 31):
            self.assertLessEqual(slot.low, datetime(2026, 1, day))
            self.assertGreater(slot.high, datetime(2026, 1, day))

    def test_words(self):
        self.assertEqual(places("{客户} {store} {no}"), {"customer", "store", "no"})
        self.assertEqual(fill("您好{客户}，{门店}", {"customer": "王", "store": None}), "您好王，")
        self.assertEqual(fill("{0.__class__} {customer.x}", {"customer": "王"}), " ")
