import random
from datetime import datetime, timedelta

from odoo.tests import BaseCase

from ..tools.turns import Person, Turns


def give(people, number, batches=1):
    """Give ``number`` leads out in ``batches``; return how many each person got."""
    got = dict.fromkeys(people, 0)
    now = datetime(2026, 3, 2, 9)
    for batch in range(batches):
        turns = Turns(people)
        for _lead in range(number // batches + (batch < number % batches)):
            key = turns.choose(people)
            if key is None:
                break
            turns.give(key)
            got[key] += 1
            people[key].last = now + timedelta(minutes=batch)
    return got


class TestTurns(BaseCase):
    """Round robin weighted by open load, without a database."""

    def test_equal_people_get_equally_many(self):
        self.assertEqual(give({1: Person(), 2: Person(), 3: Person()}, 7), {1: 3, 2: 2, 3: 2})

    def test_who_has_fewest_waiting_is_next(self):
        people = {1: Person(waiting=5), 2: Person(waiting=2), 3: Person(waiting=4)}
        self.assertEqual(give(people, 4), {1: 0, 2: 3, 3: 1})

    def test_of_equals_who_got_least_lately_then_longest_ago(self):
        early, late = datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 9)
        people = {
            1: Person(lately=2, last=early),
            2: Person(lately=1, last=late),
            3: Person(lately=1, last=early),
        }
        turns, order = Turns(people), []
        for _lead in people:
            order.append(turns.choose(people))
            turns.give(order[-1])
        self.assertEqual(order, [3, 2, 1])

    def test_shares(self):
        people = {1: Person(share=100), 2: Person(share=200), 3: Person(share=50)}
        self.assertEqual(give(people, 70), {1: 20, 2: 40, 3: 10})

    def test_shares_hold_over_the_day_where_all_is_answered_at_once(self):
        people = {1: Person(share=100), 2: Person(share=200)}
        got = dict.fromkeys(people, 0)
        for _lead in range(30):
            turns = Turns(people)
            key = turns.choose(people)
            turns.give(key)
            got[key] += 1
            people[key].waiting = 0
        self.assertEqual(got, {1: 10, 2: 20})

    def test_no_share_no_turn(self):
        self.assertEqual(give({1: Person(share=0), 2: Person()}, 3), {1: 0, 2: 3})

    def test_cap(self):
        people = {1: Person(waiting=3, cap=5), 2: Person(cap=1), 3: Person(waiting=9, cap=5)}
        self.assertEqual(give(people, 10), {1: 2, 2: 1, 3: 0})

    def test_any_split_into_batches_is_fair(self):
        """Nobody is ahead by more than one lead of the own share, whatever the batches.

        Load in proportion to the share: who got a lead had no more than any other before it.
        """
        chance = random.Random(20260302)
        for _round in range(300):
            people = {
                key: Person(
                    waiting=chance.randrange(8), share=chance.choice((25, 50, 100, 150, 300))
                )
                for key in range(1, chance.randrange(2, 9))
            }
            number = chance.randrange(1, 120)
            got = give(people, number, batches=chance.randrange(1, 13))
            self.assertEqual(sum(got.values()), number)
            for one, person in people.items():
                for other in people.values():
                    if got[one]:
                        ahead = person.waiting / person.share - other.waiting / other.share
                        self.assertLessEqual(ahead, 1 / person.share + 1e-9, (people, got))
