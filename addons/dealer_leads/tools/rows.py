"""What a row of a lead file says, once it is known what its columns are."""

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from odoo.tools.translate import LazyTranslate

from odoo.addons.dealer_base.tools import PhoneError, parse_phone
from odoo.addons.dealer_base.tools.cells import parse_moment
from odoo.addons.dealer_base.tools.sheet import Row
from odoo.addons.dealer_base.tools.text import clean

_lt = LazyTranslate(__name__, default_lang="en_US")

MAX_ID = 128
#: Several columns of these are put together; of the others the first that says something counts.
JOINED = {"phone": " / ", "message": "; "}
_LOST_DIGITS = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")


@dataclass
class LeadRow:
    """A row as it is understood. ``refused`` and ``remarks`` are lazy: ``env._(…)`` them."""

    number: int
    cells: list
    values: dict = field(default_factory=dict)
    key: str = ""
    refused: object = None
    remarks: list = field(default_factory=list)


class RowReader:
    """Reads the rows of one file.

    :param targets: ``{index of the column: what it is}`` of the columns that are used
    :param heading: cells of the heading row, empty without one
    :param campaign: the file's, for rows that name none
    :param cars: ``{brand or series: brand}``; a brand maps to itself
    :param today: the day of the file, for days that are written without year
    :param scope: for whom the file is; the same list for another store is another one
    """

    def __init__(
        self,
        targets: Mapping[int, str],
        heading: Sequence[str] = (),
        campaign: str = "",
        cars: Mapping[str, str] = {},
        today: date | None = None,
        scope: str = "",
    ):
        self.targets = dict(sorted(targets.items()))
        self.heading = list(heading)
        self.campaign = campaign or ""
        self.today = today or date.today()
        self.scope = scope
        self.cars = {clean(name).casefold(): brand for name, brand in cars.items()}
        brands = {clean(brand).casefold(): brand for brand in cars.values()}
        # The longest name first: 长安福特 before 长安.
        self.brands = sorted(brands.items(), key=lambda one: -len(one[0]))

    def understand(self, row: Row) -> LeadRow | None:
        """Return what a row says; None where it is the heading once more."""
        if self.heading and row.cells == self.heading:
            return None
        lead = LeadRow(row.number, row.cells)
        said = self._said(row.cells)
        if self.heading and len(row.cells) > len(self.heading):
            lead.refused = _lt(
                "The row has %(count)s cells, the heading has %(width)s: a comma or line end inside"
                " of a text moves them.",
                count=len(row.cells),
                width=len(self.heading),
            )
        elif not any(said.get(target) for target in ("phone", "customer_name", "external_id")):
            lead.refused = _lt("Neither a name nor a number stands in the row.")
        elif len(said.get("external_id", "")) > MAX_ID:
            lead.refused = _lt("The number at the source has more than %s signs.", MAX_ID)
        lead.values = self._values(said, lead.remarks)
        lead.key = said.get("external_id") or self._key(said, lead.values)
        return lead

    def _said(self, cells):
        """Return ``{target: text}`` as it stands in the row."""
        said = {}
        for index, target in self.targets.items():
            text = cells[index] if index < len(cells) else ""
            if not text:
                continue
            if target not in said:
                said[target] = text
            elif target in JOINED:
                said[target] += JOINED[target] + text
        return said

    def _values(self, said, remarks):
        values = {
            target: said[target]
            for target in ("customer_name", "phone", "brand", "series", "city", "message", "store")
            if target in said
        }
        values["campaign"] = said.get("campaign") or self.campaign
        if "city" not in values and "province" in said:
            values["city"] = said["province"]
        if _LOST_DIGITS.fullmatch(said.get("phone", "")):
            remarks.append(_lt("A spreadsheet shortened the number; its last digits are lost."))
        if "car" in said:
            brand, series = self._split_car(said["car"])
            values.setdefault("brand", brand)
            values.setdefault("series", series)
        elif values.get("series") and not values.get("brand"):
            values["brand"] = self.cars.get(clean(values["series"]).casefold(), "")
        if "occurred_at" in said:
            try:
                values["occurred_at"] = parse_moment(said["occurred_at"], self.today).isoformat()
            except (ValueError, OverflowError):
                remarks.append(
                    _lt("The time “%s” is not understood and left out.", said["occurred_at"])
                )
        return {name: value for name, value in values.items() if value}

    def _split_car(self, text):
        """Divide "长安深蓝S7" into brand and series, as far as the brand is known."""
        folded = clean(text).casefold()
        if folded in self.cars and self.cars[folded].casefold() != folded:
            return self.cars[folded], text
        for key, brand in self.brands:
            if folded.startswith(key):
                return brand, text[len(key) :].strip(" -·/")
        return "", text

    def _key(self, said, values):
        """Return the name of a row that has none: what it says, and the campaign.

        The running number is left out, so that the same list in another order is the same; the
        campaign is in it, so that the next show's list is another one.
        """
        words = {
            target: " ".join(clean(text).split())
            for target, text in said.items()
            if target not in ("external_id", "campaign")
        }
        if "phone" in words:
            with contextlib.suppress(PhoneError):
                words["phone"] = parse_phone(words["phone"]).e164
        # A day without year is another day next year; as it is written it stays the same.
        if re.search(r"\d{4}", said.get("occurred_at", "")) and "occurred_at" in values:
            words["occurred_at"] = values["occurred_at"]
        words["campaign"] = values.get("campaign", "")
        words["scope"] = self.scope
        text = json.dumps(words, sort_keys=True, ensure_ascii=False)
        return f"row:{hashlib.sha256(text.encode()).hexdigest()[:40]}"
