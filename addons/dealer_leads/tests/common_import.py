import base64
import csv
import io
import json

import openpyxl

from odoo.tools import file_open

from .common import LeadsCase

FILES = "dealer_leads/tests/data/leads"
#: The three files of the delivery, where each is from.
DELIVERY = {
    "autohome.csv": "autohome",
    "motorshow_gbk.csv": "motorshow",
    "hotline.xlsx": "hotline",
}
HEADING = ["线索编号", "姓名", "手机号", "意向车型", "线索时间", "备注"]


def read_lead_file(name):
    with file_open(f"{FILES}/{name}", "rb") as file:
        return file.read()


def expected():
    return json.loads(read_lead_file("expected.json"))


def csv_file(rows, encoding="utf-8-sig", delimiter=","):
    """Return a text file of ``rows``."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_file(*sheets, names=()):
    """Return a workbook; a sheet is a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(names[number] if names else f"Sheet{number + 1}")
        for row in rows:
            sheet.append(row)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


class ImportCase(LeadsCase):
    """Files of leads, loaded by the marketing user of store A."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = cls.env["dealer.lead.import"]
        cls.loader = cls.marketing_user

    def source(self, code="testfile"):
        return self.env["utm.source"]._dealer_of_codes([code])[code]

    def load(self, content, name="线索.csv", user=None, source="testfile", **values):
        """Load a file as a person does; return its record as the person sees it."""
        if isinstance(content, list):
            content = csv_file(content)
        return self.files.with_user(user or self.loader).create(
            {
                "file": base64.b64encode(content),
                "name": name,
                "source_id": self.source(source).id,
                "unit_id": self.store_a.id,
                **values,
            }
        )

    def drain(self):
        """Work all files off, as job and cron do."""
        left = True
        while left:
            _done, left = self.files._drain()
        self.env.invalidate_all()

    def take_in_file(self, *args, **kwargs):
        """Load a file, take it in and return it, the rows all worked off."""
        file = self.load(*args, **kwargs)
        file.action_start()
        self.drain()
        return file

    def inbox_of(self, file):
        return self.inbox.search([("import_id", "=", file.id)], order="id")

    def targets(self, file):
        return [column.target for column in file.column_ids]

    def customer_rows(self, first, count, prefix="L"):
        """Return rows below HEADING with numbers of their own."""
        return [
            [
                f"{prefix}-{number}",
                f"客户{number}",
                f"1990076{number:04d}",
                "大众速腾",
                "2026-01-07 10:00",
                "",
            ]
            for number in range(first, first + count)
        ]
