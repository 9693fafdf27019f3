import random

from odoo.tests import BaseCase

from ..tools.plate import PROVINCES, PlateError, mask_plate, parse_plate

ACCEPTED = {
    "ordinary": ["浙B12345", "京A8K9L0", "沪AD1234", "新OA1234", "苏UZ9999"],
    "nev_small": ["浙BD12345", "浙BDA1234", "京AF12345", "粤BK99999", "沪AE12345"],
    "nev_large": ["浙B12345D", "京A00001F", "粤B12345K"],
    "police": ["京A1234警", "浙O1234警", "浙BA123警", "京01234警"],
    "embassy": ["使014578", "224578使"],
    "consulate": ["沪A0123领", "粤22478领"],
    "training": ["浙B1234学", "京AX123学"],
    "trailer": ["浙B1234挂"],
    "hong_kong": ["粤Z1234港", "粤ZAB12港"],
    "macau": ["粤Z1234澳"],
    "temporary": ["浙B12345临", "京A1234临", "浙B123456临"],
}

REFUSED = [
    ("", "plate_empty", "missing"),
    (None, "plate_empty", "missing"),
    (" · ", "plate_empty", "missing"),
    ("华B12345", "plate_province", "“华” is none"),
    ("12345", "plate_province", "“1” is none"),
    ("B12345", "plate_no_province", "lacks the province"),
    ("BD12345", "plate_no_province", "lacks the province"),
    ("浙112345", "plate_office", "not “1”"),
    ("浙I12345", "plate_office", "not “I”"),
    ("浙", "plate_office", "comes the letter"),
    ("浙B1234", "plate_length", "has 4"),
    ("浙B1234567", "plate_length", "has 7"),
    ("浙B1234O", "plate_letter", "Place 7 is the letter O"),
    ("浙BI2345", "plate_letter", "it may be the digit 1"),
    ("浙B12学45", "plate_sign", "Place 5 is “学”"),
    ("浙B123456", "plate_energy", "6 places after 浙B"),
    ("浙BL12345", "plate_energy", "6 places after 浙B"),
    ("浙BDAB123", "plate_energy", "6 places after 浙B"),
    ("浙B12345L", "plate_energy", "6 places after 浙B"),
    ("浙B123警", "plate_mark_length", "has 3"),
    ("浙B12345学", "plate_mark_length", "has 5"),
    ("浙Z1234港", "plate_border", "only as 粤Z"),
    ("粤B1234澳", "plate_border", "only as 粤Z"),
    ("使12345", "plate_embassy", "6 digits and 使"),
    ("014使578", "plate_embassy", "6 digits and 使"),
    ("浙B123临", "plate_temporary", "has 3"),
    ("临", "plate_province", "is none"),
]


class TestFormatPlate(BaseCase):
    def _refusal(self, text):
        with self.assertRaises(PlateError, msg=repr(text)) as caught:
            parse_plate(text)
        return caught.exception

    def test_all_kinds(self):
        for kind, values in ACCEPTED.items():
            for value in values:
                with self.subTest(value=value):
                    self.assertEqual(parse_plate(value), (value, kind))

    def test_ways_of_writing_are_forgiven(self):
        for text in (
            "浙B·12345",
            "浙B.12345",
            "浙B•12345",
            "浙B・12345",
            "浙B∙12345",
            "浙B-12345",
            "浙B—12345",
            " 浙 b 12345 ",
            "浙ｂ１２３４５",
            "浙B\u200b12345\ufeff",
            "浙B\n12345",
        ):
            with self.subTest(text=text):
                self.assertEqual(parse_plate(text), ("浙B12345", "ordinary"))
        self.assertEqual(parse_plate("粵B·D12345").value, "粤BD12345")
        self.assertEqual(parse_plate("滬a·1234學"), ("沪A1234学", "training"))

    def test_temporary_sign_in_any_place_gives_one_value(self):
        for text in ("临浙B12345", "浙B临12345", "浙B12345临", "浙B12345臨"):
            self.assertEqual(parse_plate(text), ("浙B12345临", "temporary"))

    def test_refusals_have_their_own_sentence(self):
        for text, code, part in REFUSED:
            with self.subTest(text=text):
                refusal = self._refusal(text)
                self.assertEqual(refusal.code, code)
                self.assertIn(part, str(refusal))

    def test_every_province(self):
        self.assertEqual(len(set(PROVINCES)), 31)
        for province in PROVINCES:
            self.assertEqual(parse_plate(f"{province}A12345").kind, "ordinary")

    def test_every_office_and_energy_letter(self):
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            with self.subTest(letter=letter):
                if letter == "I":
                    self.assertEqual(self._refusal("浙I12345").code, "plate_office")
                else:
                    self.assertEqual(parse_plate(f"浙{letter}12345").kind, "ordinary")
                small, large = f"浙B{letter}12345", f"浙B12345{letter}"
                if letter in "ABCDEFGHJK":
                    self.assertEqual(parse_plate(small).kind, "nev_small")
                    self.assertEqual(parse_plate(large).kind, "nev_large")
                else:
                    code = "plate_letter" if letter in "IO" else "plate_energy"
                    self.assertEqual(self._refusal(small).code, code)
                    self.assertEqual(self._refusal(large).code, code)

    def test_parsing_what_was_parsed_changes_nothing(self):
        for values in ACCEPTED.values():
            for value in values:
                plate = parse_plate(value)
                self.assertEqual(parse_plate(plate.value), plate)

    def test_nothing_but_a_refusal_comes_of_nonsense(self):
        """Whatever stands in the field, the answer is a plate or a sentence."""
        chance = random.Random(36)
        signs = f"{PROVINCES}警使领学挂港澳临ABIOUZ0189 ·-\u200b，x"
        accepted = 0
        for _round in range(3000):
            length = chance.randrange(1, 10)
            text = "".join(chance.choice(signs) for _place in range(length))
            try:
                plate = parse_plate(text)
            except PlateError as error:
                self.assertTrue(str(error), text)
            else:
                accepted += 1
                self.assertIn(plate.kind, ACCEPTED)
        self.assertLess(accepted, 300)

    def test_mask(self):
        for plate, masked in (
            ("浙B12345", "浙B***45"),
            ("浙B·D12345", "浙B****45"),
            ("浙B1234警", "浙B***4警"),
            ("浙B1", "***"),
            ("", ""),
            (False, ""),
        ):
            with self.subTest(plate=plate):
                self.assertEqual(mask_plate(plate), masked)
