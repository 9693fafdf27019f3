import random
from datetime import date

import vininfo

from odoo.tests import BaseCase

from ..tools.vin import (
    VALUES,
    VinError,
    brand,
    brands,
    check_digit,
    complete_vin,
    maker,
    model_year,
    parse_vin,
)

VALID = "LSVAL41Z882104202"
SIGNS = sorted(VALUES)


def _random_vin(chance, first="L"):
    return complete_vin(first + "".join(chance.choice(SIGNS) for _place in range(16)))


class TestFormatVin(BaseCase):
    def _refusal(self, text):
        with self.assertRaises(VinError, msg=repr(text)) as caught:
            parse_vin(text)
        return caught.exception

    def test_known_numbers(self):
        for value in (VALID, "LVSHCAMB1CE054249"):
            vin = parse_vin(value)
            self.assertEqual(vin.value, value)
            self.assertEqual(vin.wmi, value[:3])
            self.assertTrue(vin.made_in_china)
            self.assertTrue(vin.check_digit_ok)

    def test_ways_of_writing_are_forgiven(self):
        for text in (
            VALID.lower(),
            f" {VALID}\n",
            "LSVAL 41Z8 8210 4202",
            "LSV-AL41Z8-82104202",
            "ＬＳＶＡＬ４１Ｚ８８２１０４２０２",
            "LSVAL41Z8\u200b82104202\ufeff",
            "LSV.AL41Z8/82104202",
        ):
            with self.subTest(text=text):
                self.assertEqual(parse_vin(text).value, VALID)

    def test_refusals_have_their_own_sentence(self):
        for text, code, part in (
            ("", "vin_empty", "missing"),
            (" - ", "vin_empty", "missing"),
            (None, "vin_empty", "missing"),
            (VALID[:-1], "vin_length", "has 16"),
            (f"{VALID}0", "vin_length", "has 18"),
            ("LSVAL41Z88210420O", "vin_letter", "Place 17 is the letter O"),
            ("LSVALI1Z882104202", "vin_letter", "it may be the digit 1"),
            ("lsvaq41z882104202", "vin_letter", "Place 5 is the letter Q"),
            ("LSVAL41Z88210420京2", "vin_length", "has 18"),
            ("LSVAL41Z8821京4202", "vin_sign", "Place 13 is “京”"),
            ("LSVAL41Z982104202", "vin_check_digit", "is 9 but should be 8"),
            ("LSVAL41Z882104203", "vin_check_digit", "should be X"),
            ("11111111111111111", "vin_placeholder", "repeated"),
        ):
            with self.subTest(text=text):
                refusal = self._refusal(text)
                self.assertEqual(refusal.code, code)
                self.assertIn(part, str(refusal))

    def test_check_digit_binds_chinese_cars_only(self):
        chance = random.Random(16735)
        for first in "LHWJVS1":
            vin = _random_vin(chance, first)
            wrong = next(s for s in "0123456789X" if s != vin[8])
            altered = f"{vin[:8]}{wrong}{vin[9:]}"
            with self.subTest(vin=altered):
                self.assertTrue(parse_vin(vin).check_digit_ok)
                if first in "LH":
                    self.assertEqual(self._refusal(altered).code, "vin_check_digit")
                else:
                    self.assertFalse(parse_vin(altered).check_digit_ok)
                    self.assertFalse(parse_vin(altered).made_in_china)

    def test_unknown_maker_is_no_error(self):
        vin = complete_vin("LZ0AL41Z_82104202")
        self.assertEqual(parse_vin(vin).wmi, "LZ0")
        self.assertEqual((maker(vin), brand(vin), brands(vin)), ("", "", ()))

    def test_check_digit_agrees_with_the_library(self):
        chance = random.Random(1)
        for _round in range(300):
            vin = _random_vin(chance, chance.choice(SIGNS))
            with self.subTest(vin=vin):
                checked = vininfo.Vin(vin).verify_checksum(check_year=False)
                self.assertTrue(checked or not _uses_check_digit(vin))

    def test_one_altered_sign_is_refused_or_has_an_equal_sum(self):
        chance = random.Random(2)
        equal = 0
        for _round in range(2000):
            vin = _random_vin(chance)
            place = chance.randrange(17)
            sign = chance.choice([sign for sign in SIGNS if sign != vin[place]])
            altered = vin[:place] + sign + vin[place + 1 :]
            with self.subTest(vin=vin, altered=altered):
                if check_digit(altered) == altered[8]:
                    # the sum is blind only to signs of equal value, such as A, J and 1
                    self.assertEqual(VALUES[sign] % 11, VALUES[vin[place]] % 11)
                    self.assertTrue(parse_vin(altered).check_digit_ok)
                    equal += 1
                elif altered[0] in "LH":
                    self.assertEqual(self._refusal(altered).code, "vin_check_digit")
                else:
                    self.assertFalse(parse_vin(altered).check_digit_ok)
        self.assertTrue(0 < equal < 200, equal)

    def test_two_swapped_neighbours_are_nearly_always_refused(self):
        chance = random.Random(3)
        passed = swaps = 0
        for _round in range(1000):
            vin = _random_vin(chance)
            place = chance.randrange(3, 16)
            if vin[place] == vin[place + 1]:
                continue
            swaps += 1
            swapped = vin[:place] + vin[place + 1] + vin[place] + vin[place + 2 :]
            try:
                passed += bool(parse_vin(swapped))
            except VinError as error:
                self.assertEqual(error.code, "vin_check_digit")
        self.assertGreater(swaps, 900)
        self.assertLess(passed / swaps, 0.15)

    def test_complete_vin(self):
        self.assertEqual(complete_vin("LSVAL41Z_82104202"), VALID)
        self.assertEqual(complete_vin("LSVAL41Z082104202"), VALID)

    def test_model_year(self):
        today = date(2026, 11, 22)
        for sign, year in (
            ("A", 2010),
            ("J", 2018),
            ("K", 2019),
            ("L", 2020),
            ("P", 2023),
            ("T", 2026),
            ("V", 2027),
            ("W", 1998),
            ("Y", 2000),
            ("1", 2001),
            ("9", 2009),
            ("0", None),
            ("U", None),
            ("Z", None),
        ):
            with self.subTest(sign=sign):
                vin = complete_vin(f"LSVAL41Z_{sign}2104202")
                self.assertEqual(model_year(vin, today), year)
                self.assertEqual(parse_vin(vin, today).year, year)
        later = date(2031, 1, 1)
        self.assertEqual(model_year("LSVAL41Z_12104202", later), 2031)
        self.assertEqual(model_year("LSVAL41Z_A2104202", later), 2010)
        self.assertEqual(model_year("LSVAL41Z_A2104202", date(2039, 1, 1)), 2040)

    def test_makers(self):
        for wmi, name, main in (
            ("LSV", "上汽大众", "大众"),
            ("LVG", "广汽丰田", "丰田"),
            ("LS5", "长安汽车", "长安"),
            ("LC0", "比亚迪", "比亚迪"),
        ):
            vin = complete_vin(f"{wmi}AL41Z_82104202")
            self.assertEqual((maker(vin), brand(vin)), (name, main))
        self.assertIn("雪佛兰", brands("LSGAL41Z082104202"))
        # the library knows the rest of the world
        self.assertEqual(maker("WBAVA37553NM36040"), "BMW")
        self.assertEqual(brand("WBAVA37553NM36040"), "")


def _uses_check_digit(vin):
    return getattr(vininfo.Vin(vin).assembler, "uses_sae_checkdigit", True)
