"""Reads the files that shops get: CSV in any Chinese encoding, and Excel workbooks.

Everything comes out as rows of texts, whatever the cells were. What cannot be read, or is no honest
file, is refused with a sentence that says what to do.
"""

import codecs
import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

import openpyxl

from odoo.tools.translate import LazyTranslate

from .cells import cell_text
from .errors import FormatError

_lt = LazyTranslate(__name__, default_lang="en_US")

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
#: What an encrypted workbook holds instead of sheets, as the container writes names.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
TEXT_ENDINGS = ("csv", "tsv", "txt")
DELIMITERS = "\t,;|，"
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: A cell with more line ends or signs than this is a quotation mark that nobody closed.
LINES_IN_CELL = 50
SIGNS_IN_CELL = 32767
#: Rows from which delimiter and heading are told.
HEAD = 40
_CJK = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


class SheetError(FormatError):
    """The file is refused."""


class Limits(NamedTuple):
    megabytes: int = 20
    rows: int = 50000
    columns: int = 200
    unpacked_megabytes: int = 120


class Row(NamedTuple):
    number: int
    """As the program in which people look at the file counts it, from 1"""
    cells: list[str]


class Sheet(NamedTuple):
    """A readable file: what it is, and its sheets."""

    kind: str
    """csv or xlsx"""
    names: list[str]
    encoding: str
    delimiter: str
    content: object
    limits: Limits

    def rows(self, name: str | None = None) -> Iterator[Row]:
        """Yield the rows that hold anything, trailing empty cells cut off."""
        rows = self._csv_rows() if self.kind == "csv" else self._xlsx_rows(name or self.names[0])
        count = 0
        for number, values in rows:
            cells = [cell_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                continue
            count += 1
            self._check_size(count, len(cells), number)
            yield Row(number, cells)

    def _check_size(self, count, width, number):
        if width > self.limits.columns:
            raise SheetError(
                "columns",
                _lt(
                    "Row %(row)s has %(count)s columns, more than %(limit)s. Delete the columns"
                    " that are no leads.",
                    row=number,
                    count=width,
                    limit=self.limits.columns,
                ),
            )
        if count > self.limits.rows + HEAD:
            raise SheetError(
                "rows",
                _lt(
                    "The file has more than %(limit)s rows. Divide it into several files.",
                    limit=self.limits.rows,
                ),
            )

    def _csv_rows(self):
        reader = csv.reader(io.StringIO(self.content, newline=""), delimiter=self.delimiter)
        number = 1
        try:
            for values in reader:
                for value in values:
                    if len(value) > SIGNS_IN_CELL or value.count("\n") > LINES_IN_CELL:
                        raise _unclosed(number)
                yield number, values
                number = reader.line_num + 1
        except csv.Error:
            # The one error that is left: a cell that is larger than a cell can be.
            raise _unclosed(number) from None

    def _xlsx_rows(self, name):
        try:
            sheet = self.content[name]
            # What the file says about its size may be wrong, and nobody needs it.
            sheet.reset_dimensions()
            for number, row in enumerate(sheet.iter_rows(), 1):
                yield number, [cell.value if cell.data_type != "e" else None for cell in row]
        except SheetError:
            raise
        except Exception as error:
            raise _broken() from error


def open_sheet(content: bytes, name: str, limits: Limits | None = None) -> Sheet:
    """Return the file as something to read rows from.

    :param str name: of the file, its ending has to be true
    :raise SheetError: says in words for people what is wrong, and what to do
    """
    limits = limits or Limits()
    check_length(len(content), limits)
    if not content.strip():
        raise SheetError("empty", _lt("The file is empty. Export it again."))
    ending = name.rsplit(".", 1)[-1].strip().lower() if "." in name else ""
    if content.startswith(OLE):
        raise _ole_error(content)
    if ending in ("xlsm", "xltm", "xlam", "xlsb"):
        raise _macro()
    if ending == "xls":
        raise SheetError(
            "old_excel",
            _lt(
                "Files of the old Excel (.xls) are not read. Open it and save it as .xlsx or .csv."
            ),
        )
    if ending == "xlsx":
        return _open_xlsx(content, limits)
    if ending in TEXT_ENDINGS:
        return _open_csv(content, limits)
    raise SheetError(
        "ending",
        _lt(
            "Files that end in .csv, .tsv, .txt or .xlsx are read, this one is called “%(name)s”.",
            name=name,
        ),
    )


def check_length(length: int, limits: Limits) -> None:
    """Refuse what is too large, before anything is done with it."""
    if length > limits.megabytes * 1024 * 1024:
        raise SheetError(
            "size",
            _lt(
                "The file has %(size)s MB, more than the allowed %(limit)s MB. Divide it into"
                " several files.",
                size=round(length / 1024 / 1024),
                limit=limits.megabytes,
            ),
        )


def _unclosed(number):
    return SheetError(
        "quote",
        _lt(
            "A quotation mark that is opened in row %(row)s is never closed. Correct the row and"
            " load the file again.",
            row=number,
        ),
    )


def _macro():
    return SheetError(
        "macro",
        _lt("Workbooks with macros are not read. Save it as .xlsx without macros."),
    )


def _broken():
    return SheetError(
        "broken",
        _lt("The workbook is damaged. Open it in Excel or WPS, save it again and load that file."),
    )


def _ole_error(content):
    if ENCRYPTED in content:
        return SheetError(
            "password",
            _lt("The workbook is protected by a password. Save it without password."),
        )
    return SheetError(
        "old_excel",
        _lt("Files of the old Excel (.xls) are not read. Open it and save it as .xlsx or .csv."),
    )


# ------------------------------------------------------------------ workbooks


def _open_xlsx(content, limits):
    if not content.startswith(ZIP):
        raise SheetError(
            "not_xlsx",
            _lt(
                "The file is called .xlsx but is none. Open it in Excel or WPS and save it as"
                " .xlsx or .csv."
            ),
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_archive(archive, limits)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise _broken() from error
    try:
        with warnings.catch_warnings():
            # It warns of styles and of parts that it leaves out; we want the values alone.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
    except Exception as error:
        raise _broken() from error
    names = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not names:
        raise SheetError("empty", _lt("The workbook has no visible sheet with rows."))
    return Sheet("xlsx", names, "", "", book, limits)


def _check_archive(archive, limits):
    """Look into the archive before anything is unpacked."""
    parts = archive.infolist()
    names = {part.filename.lower() for part in parts}
    if any(name.endswith("vbaproject.bin") for name in names):
        raise _macro()
    if "xl/workbook.xml" not in names:
        raise SheetError(
            "not_xlsx",
            _lt(
                "The file is called .xlsx but is none. Open it in Excel or WPS and save it as"
                " .xlsx or .csv."
            ),
        )
    # Python reads no more of a part than the archive says it has.
    if sum(part.file_size for part in parts) > limits.unpacked_megabytes * 1024 * 1024:
        raise SheetError(
            "bomb",
            _lt(
                "Unpacked the workbook has more than %(limit)s MB. Delete what is no lead, or save"
                " it as .csv.",
                limit=limits.unpacked_megabytes,
            ),
        )
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")):
            with archive.open(part) as stream:
                if b"<!DOCTYPE" in stream.read(4096):
                    # Entities that grow without end; no program writes such a workbook.
                    raise _broken()


# ------------------------------------------------------------------ texts


def _open_csv(content, limits):
    if content.startswith(ZIP):
        raise SheetError(
            "not_csv",
            _lt(
                "The file is called a text but is an Excel workbook. Give it the ending .xlsx and"
                " load it again."
            ),
        )
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise _unreadable() from None
    if "\0" in text:
        raise _unreadable()
    text = _without_hint(text)
    return Sheet("csv", [""], encoding, _delimiter(text), text, limits)


def _unreadable():
    return SheetError(
        "encoding",
        _lt("The signs of the file cannot be read. Save it as CSV UTF-8, or as .xlsx."),
    )


def _encoding(content):
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return encoding
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        _check_mixed(content)
        return "gb18030"
    return "utf-8"


def _check_mixed(content):
    """Refuse two encodings in one file: a file glued together, half of whose names would be lost."""
    for number, line in enumerate(content.splitlines(), 1):
        if line.isascii():
            continue
        try:
            signs = _CJK.findall(line.decode("utf-8"))
        except UnicodeDecodeError:
            continue
        # Two Chinese signs in UTF-8 are as good as never a line of GB18030.
        if len(signs) >= 2:
            raise SheetError(
                "mixed",
                _lt(
                    "The file mixes two encodings: row %(row)s is UTF-8, others are GBK. Load the"
                    " parts one by one.",
                    row=number,
                ),
            )


def _without_hint(text):
    """Drop the first line "sep=;" that Excel writes for itself."""
    first, _end, rest = text.partition("\n")
    return rest if re.fullmatch(r"sep=.\r?", first) else text


def _delimiter(text):
    """Return what most of the first rows are divided by in the same way."""
    head = io.StringIO("\n".join(text.splitlines()[:HEAD]), newline="")
    best, found = 0, ","
    for delimiter in DELIMITERS:
        head.seek(0)
        try:
            widths = [len(row) for row in csv.reader(head, delimiter=delimiter) if row]
        except csv.Error:
            continue
        common = max(set(widths), key=widths.count) if widths else 1
        # A comma inside of a remark divides one row, a delimiter all of them.
        score = widths.count(common) * min(common, 50) if common > 1 else 0
        if score > best:
            best, found = score, delimiter
    return found
