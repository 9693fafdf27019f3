from odoo.tests import BaseCase, tagged

from ..tools.need import Line, joined

BAY, PERSON, DESK = 1, 2, 3


def bay(minutes, *skills):
    return Line(BAY, False, frozenset(skills), 1, minutes, 0)


def person(minutes, *skills):
    return Line(PERSON, True, frozenset(skills), 1, minutes, 0)


def desk(minutes=15):
    return Line(DESK, True, frozenset(), 1, minutes, 0)


@tagged("post_install", "-at_install")
class TestNeed(BaseCase):
    def test_one_bay_one_person_one_reception(self):
        need, minutes = joined([[bay(60), person(60), desk()], [bay(30), person(30), desk(20)]])
        self.assertEqual(minutes, 90)
        self.assertEqual(
            [(row["kind"], row["minutes"], row["offset"]) for row in need],
            [(BAY, 90, 0), (PERSON, 90, 0), (DESK, 20, 0)],
        )

    def test_other_hands_follow_one_another(self):
        need, minutes = joined([[bay(50, 9), person(50, 8)], [bay(30), person(30, 7)]])
        self.assertEqual(minutes, 80)
        rows = {(row["kind"], tuple(row["skills"])): row for row in need}
        self.assertEqual(rows[BAY, (9,)]["minutes"], 80)
        self.assertEqual(rows[PERSON, (7,)]["offset"], 0)
        # The second begins at a full quarter of an hour.
        self.assertEqual(rows[PERSON, (8,)]["offset"], 30)

    def test_same_hands_are_asked_once_whatever_the_order(self):
        need, _minutes = joined([[person(30, 7)], [person(45, 8)], [person(30, 7)]])
        rows = [(row["skills"], row["minutes"], row["offset"]) for row in need]
        self.assertEqual(rows, [([7], 60, 0), ([8], 45, 60)])

    def test_nothing(self):
        self.assertEqual(joined([]), ([], 0))
