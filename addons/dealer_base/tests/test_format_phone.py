import random

from odoo.tests import BaseCase

from ..tools.phone import PhoneError, mask_phone, parse_phone

MOBILE = "13901100248"

# The odd ones that vendors really send: each stands for a number a person reads at once
FORGIVEN = [
    "13901100248",
    " 13901100248 ",
    "8613901100248",
    "0086-13901100248",
    "+86 139 0110 0248",
    "+86-13901100248",
    "(+86)13901100248",
    "+8613901100248",
    "86 139 0110 0248",
    "+86 86 13901100248",
    "013901100248",
    "139-0110-0248",
    "139 0110 0248",
    "139.0110.0248",
    "139–0110—0248",
    "１３９０１１００２４８",
    "＋８６１３９０１１００２４８",
    "13901100248（微信同号）",
    "13901100248(微信同号)",
    "13901100248 微信同号",
    "13901100248【2号机】",
    "手机：13901100248",
    "王先生(手机13901100248)",
    "\u200b139\u200b01100248\ufeff",
    "\u202d139 0110 0248\u202c",
    "\u00a013901100248",
    "13901100248\n",
    13901100248,
    13901100248.0,
]

REFUSED = {
    "phone_empty": ["", "   ", None, False, "\u200b"],
    "phone_no_digits": ["no phone", "无", "见备注", "٠١٢٣"],
    "phone_length": ["1390000", "1390110024", "139011002480", "+86 1390110024"],
    "phone_prefix": ["17412345678", "14012345678", "12345678901", "10012345678"],
    "phone_placeholder": ["11111111111", "00000000", "99999999999"],
    "phone_service": [
        "12345",
        "12315",
        "10086",
        "95559",
        "9501888",
        "4008123456",
        "400-812-3456",
        "400-812-3456转801",
        "400-812-3456-801",
        "800 820 8820",
        "1010 5757",
        "116114",
        "120",
        "021 95559",
        "+86 400 812 3456",
    ],
    "phone_switchboard": ["总机 0574-87654321", "0574-87654321（总机）"],
    "phone_area": ["87654321", "8765432"],
    "phone_landline": ["0574-8765432", "0574-87", "01088881"],
    "phone_unknown": ["99887766554", "5", "6222021234567890"],
    "phone_foreign": ["+8529123", "+99912345678", "0085291"],
    "phone_foreign_kind": ["+85221234567", "+33142685300"],
}


class TestFormatPhone(BaseCase):
    def _refusal(self, text):
        with self.assertRaises(PhoneError, msg=repr(text)) as caught:
            parse_phone(text)
        return caught.exception

    def test_every_way_of_writing_a_mobile_number(self):
        for text in FORGIVEN:
            with self.subTest(text=text):
                phone = parse_phone(text)
                self.assertEqual(phone.e164, f"+86{MOBILE}")
                self.assertEqual(phone.national, MOBILE)
                self.assertEqual(phone.kind, "mobile")
                self.assertFalse(phone.extension)
                self.assertFalse(phone.others)

    def test_refusals_have_their_own_sentence(self):
        sentences = {}
        for code, texts in REFUSED.items():
            for text in texts:
                with self.subTest(text=text):
                    refusal = self._refusal(text)
                    self.assertEqual(refusal.code, code)
                    sentences.setdefault(code, refusal.message._source)
        self.assertEqual(len(set(sentences.values())), len(REFUSED))

    def test_sentences_quote_the_number(self):
        self.assertIn("has 10 digits", str(self._refusal("139-0110-024")))
        self.assertIn("1390110024", str(self._refusal("139-0110-024")))
        self.assertIn("begins with 174", str(self._refusal("17412345678")))
        self.assertIn("0574-87654321", str(self._refusal("8765 4321")))
        self.assertIn("“no phone”", str(self._refusal("no phone")))
        self.assertLess(len(str(self._refusal("无" * 1000))), 100)

    def test_landlines(self):
        for text, e164, national, extension in (
            ("0574-87654321", "+8657487654321", "0574-87654321", ""),
            ("(0574)87654321", "+8657487654321", "0574-87654321", ""),
            ("（０５７４）８７６５４３２１", "+8657487654321", "0574-87654321", ""),
            ("+86 574 8765 4321", "+8657487654321", "0574-87654321", ""),
            ("+86（0574）87654321", "+8657487654321", "0574-87654321", ""),
            ("86-0574-87654321", "+8657487654321", "0574-87654321", ""),
            ("57487654321", "+8657487654321", "0574-87654321", ""),
            ("010 8888 1234", "+861088881234", "010-88881234", ""),
            ("+86 10 88881234", "+861088881234", "010-88881234", ""),
            ("0574-87654321转801", "+8657487654321", "0574-87654321", "801"),
            ("0574-87654321 转 801", "+8657487654321", "0574-87654321", "801"),
            ("0574-87654321（转801）", "+8657487654321", "0574-87654321", "801"),
            ("0574-87654321-801", "+8657487654321", "0574-87654321", "801"),
            ("0574-87654321 ext. 801", "+8657487654321", "0574-87654321", "801"),
            ("0574-87654321分机801", "+8657487654321", "0574-87654321", "801"),
            ("总机0574-87654321转801", "+8657487654321", "0574-87654321", "801"),
        ):
            with self.subTest(text=text):
                phone = parse_phone(text)
                self.assertEqual(phone.e164, e164)
                self.assertEqual(phone.national, national)
                self.assertEqual(phone.kind, "landline")
                self.assertEqual(phone.extension, extension)

    def test_extension_of_a_relayed_mobile_number_is_kept(self):
        for text in ("17012345678转2345", "17012345678-2345", "+86 17012345678#2345"):
            with self.subTest(text=text):
                phone = parse_phone(text)
                self.assertEqual(phone.e164, "+8617012345678")
                self.assertEqual(phone.extension, "2345")

    def test_foreign_mobile_numbers(self):
        for text, e164 in (
            ("+852 9123 4567", "+85291234567"),
            ("0085291234567", "+85291234567"),
            ("+886 912 345 678", "+886912345678"),
            ("+44 7911 123456", "+447911123456"),
            ("+1 415 555 2671", "+14155552671"),
        ):
            with self.subTest(text=text):
                self.assertEqual(parse_phone(text).e164, e164)
                self.assertEqual(parse_phone(text).kind, "mobile")

    def test_several_numbers_first_valid_wins_and_the_others_are_told(self):
        second = "13757400001"
        for text in (
            f"{MOBILE}/{second}",
            f"{MOBILE}、{second}",
            f"{MOBILE} {second}",
            f"{MOBILE}，{second}",
            f"{MOBILE}\n{second}",
            f"{MOBILE}或{second}",
            f"12345/{MOBILE}；{second}",
            f"{MOBILE}/{second}/+86{MOBILE}",
        ):
            with self.subTest(text=text):
                phone = parse_phone(text)
                self.assertEqual(phone.national, MOBILE)
                self.assertEqual(phone.others, (f"+86{second}",))

    def test_several_wrong_numbers_the_longest_is_explained(self):
        self.assertEqual(self._refusal("12345 / 1390110024").code, "phone_length")

    def test_every_prefix_in_use(self):
        """Exactly the prefixes of FACTS §5; a carrier that is missing loses leads."""
        used = {
            *range(130, 140),
            *(145, 147, 162, 165, 166, 167),
            *range(150, 154),
            *range(155, 160),
            *range(170, 174),
            *range(175, 179),
            *range(180, 190),
            *range(190, 194),
            *range(195, 200),
        }
        for prefix in range(100, 200):
            number = f"{prefix}12345678"
            with self.subTest(number=number):
                if prefix in used:
                    self.assertEqual(parse_phone(number).national, number)
                else:
                    self.assertEqual(self._refusal(number).code, "phone_prefix")

    def test_decorating_a_number_never_changes_it(self):
        chance = random.Random(19)
        for _round in range(300):
            number = f"139{chance.randrange(10**8):08}"
            blanks = "".join(
                digit + chance.choice(["", "", "", " ", "-", "\u200b"]) for digit in number
            )
            front = chance.choice(["", "+86 ", "0086-", "86", "电话:", "(+86)"])
            back = chance.choice(["", "（微信同号）", " 王先生", "（勿扰）"])
            text = f"{front}{blanks}{back}"
            with self.subTest(text=text):
                self.assertEqual(parse_phone(text).national, number)

    def test_a_missing_or_added_digit_is_never_accepted(self):
        chance = random.Random(20)
        for _round in range(300):
            number = f"139{chance.randrange(10**8):08}"
            place = chance.randrange(1, 11)
            for wrong in (
                number[:place] + number[place + 1 :],
                number[:place] + str(chance.randrange(10)) + number[place:],
            ):
                with self.subTest(number=wrong):
                    self._refusal(wrong)

    def test_parsing_what_was_parsed_changes_nothing(self):
        for text in ("+852 9123 4567", "0574-87654321", MOBILE, "010-88881234"):
            phone = parse_phone(text)
            self.assertEqual(parse_phone(phone.e164), phone)
            self.assertEqual(parse_phone(phone.national), phone)

    def test_mask(self):
        for number, masked in (
            (f"+86{MOBILE}", "139****0248"),
            (f"0086{MOBILE}", "139****0248"),
            (f"86{MOBILE}", "139****0248"),
            (MOBILE, "139****0248"),
            ("139 0110 0248", "139****0248"),
            ("+8657487654321", "0574-****4321"),
            ("0574-87654321", "0574-****4321"),
            ("+861088881234", "010-****1234"),
            ("+85291234567", "+852****4567"),
            ("12345", "*****"),
            ("", ""),
            (False, ""),
        ):
            with self.subTest(number=number):
                self.assertEqual(mask_phone(number), masked)

    def test_mask_hides_at_least_four_digits_of_anything(self):
        chance = random.Random(21)
        for _round in range(300):
            length = chance.randrange(8, 16)
            digits = "".join(chance.choice("0123456789") for _place in range(length))
            number = chance.choice(["", "+", "+86", "0086", "0"]) + digits
            with self.subTest(number=number):
                masked = mask_phone(number)
                shown = [char for char in masked if char.isdigit()]
                self.assertGreaterEqual(masked.count("*"), 4)
                self.assertLess(len(shown), len([c for c in number if c.isdigit()]))
