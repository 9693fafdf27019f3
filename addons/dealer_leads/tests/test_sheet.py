import base64
import io
import struct
import zipfile
from datetime import date

import openpyxl

from odoo.exceptions import UserError
from odoo.tests import BaseCase
from odoo.tools import file_open

from odoo.addons.dealer_base.tools.cells import cell_text, harmless, parse_moment
from odoo.addons.dealer_base.tools.sheet import Limits, Row, SheetError, open_sheet

from ..tools.columns import find_heading, heading_key, is_running
from ..tools.rows import RowReader
from .common_import import HEADING, ImportCase, csv_file, xlsx_file

TODAY = date(2026, 3, 10)
#: What an encrypted workbook and an old one begin with.
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def zip_of(**parts):
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return output.getvalue()


class TestCells(BaseCase):
    def test_times(self):
        afternoon = "2024-03-05T14:20:00+08:00"
        midnight = "2024-03-05T00:00:00+08:00"
        for text, moment in {
            "2024年3月5日 14:20": afternoon,
            "2024年3月5日14点20分": afternoon,
            "2024年3月5日下午2:20": afternoon,
            "24年3月5日 14:20:00": afternoon,
            "2024-03-05 14:20:00": afternoon,
            "2024-03-05T14:20:00": afternoon,
            "2024-03-05T06:20:00Z": "2024-03-05T06:20:00+00:00",
            "2024-03-05T14:20:00+08:00": afternoon,
            "2024/3/5 14:20": afternoon,
            "2024.3.5 星期二 14:20": afternoon,
            "03/05/2024 02:20:00 PM": afternoon,
            "3/5/24 14:20": afternoon,
            "25/3/2024": "2024-03-25T00:00:00+08:00",
            "Mar 5, 2024 2:20 PM": afternoon,
            "12/25/2024 12:05:00 AM": "2024-12-25T00:05:00+08:00",
            "2024-03-05 12:05 PM": "2024-03-05T12:05:00+08:00",
            "45356": midnight,
            "45356.597222222": afternoon,
            "20240305": midnight,
            "20240305142000": afternoon,
            "1709619600": "2024-03-05T06:20:00+00:00",
            "1709619600000": "2024-03-05T06:20:00+00:00",
            "2024-03-04 24:00": midnight,
            # The last such day that is not to come.
            "3月5日 14:20": "2026-03-05T14:20:00+08:00",
            "11月15日 02:34": "2025-11-15T02:34:00+08:00",
            "2月29日": "2024-02-29T00:00:00+08:00",
        }.items():
            self.assertEqual(parse_moment(text, TODAY).isoformat(), moment, text)

    def test_what_is_no_time(self):
        for text in (
            "",
            "昨天",
            "13900100457",
            "2024-13-01",
            "2024-02-30",
            "5",
            "2124-01-01",
            "1024-01-01",
            "14:20",
            "2024-03-05 25:00",
            "2024-03-05 1420",
            "99999999999999",
        ):
            with self.assertRaises(ValueError, msg=text):
                parse_moment(text, TODAY)

    def test_texts(self):
        for value, text in (
            (None, ""),
            (13900100457, "13900100457"),
            (13900100457.0, "13900100457"),
            ("13900100457.0", "13900100457"),
            ("1.3900100457E+10", "13900100457"),
            ("1.39001E+10", "1.39001E+10"),
            ('="13900100457"', "13900100457"),
            ("'=1+1", "=1+1"),
            ("'s Name", "'s Name"),
            ("\ufeff王\u200b芳\x00 ", "王芳"),
            (True, "是"),
            (0.5, "0.5"),
        ):
            self.assertEqual(cell_text(value), text)

    def test_formulas_are_disarmed(self):
        for text in ("=cmd|' /C calc'!A0", "+cmd", "-1+cmd|x", "@SUM(A1)", "\t=1"):
            self.assertTrue(harmless(text).startswith("'"), text)
            self.assertEqual(cell_text(harmless(text)).strip(), text.strip())
        for text in ("+86 139-0010-0457", "-", "王芳", "1=1"):
            self.assertEqual(harmless(text), text)


class TestColumns(BaseCase):
    def test_headings_are_compared_without_ornament(self):
        for text in ("手机号码", "* 手机号码（必填）", " 手机 号码:", "【必填】手机号码"):
            self.assertEqual(heading_key(text), "手机号码")
        self.assertEqual(heading_key("(ID)"), "id")

    def test_running_numbers(self):
        for values in (["1", "2", "3"], ["9", "3", "5"], ["0001"], ["No.1", "No.2"], ["1.", ""]):
            self.assertTrue(is_running(values), values)
        for values in (["100001", "100002"], ["A1"], ["1", "x"], []):
            self.assertFalse(is_running(values), values)

    def test_heading_below_titles(self):
        synonyms = {"姓名": "customer_name", "手机": "phone", "备注": "message"}
        title = Row(1, ["某某车展 姓名 手机 登记表"])
        heading = Row(3, ["序", "姓名", "手机", "谁写的"])
        data = [Row(4 + n, [str(n), "备注", f"1390010045{n}", "王"]) for n in range(3)]
        self.assertEqual(find_heading([title, heading, *data], synonyms), 1)
        self.assertEqual(find_heading([heading, *data], {}), 0, "unknown words above numbers")
        self.assertEqual(find_heading([title, *data], {}), None, "a title is no heading")
        self.assertEqual(find_heading(data, synonyms), None)

    def test_cars(self):
        cars = {"大众": "大众", "长安": "长安", "长安福特": "长安福特", "探岳": "大众"}
        reader = RowReader({0: "car", 1: "phone"}, cars=cars)
        for text, brand, series in (
            ("长安深蓝S7", "长安", "深蓝S7"),
            ("长安福特蒙迪欧", "长安福特", "蒙迪欧"),
            ("大众 ID.4 CROZZ", "大众", "ID.4 CROZZ"),
            ("探岳", "大众", "探岳"),
            ("红旗H5", None, "红旗H5"),
            ("大众", "大众", None),
        ):
            values = reader.understand(Row(1, [text, "13900100457"])).values
            self.assertEqual((values.get("brand"), values.get("series")), (brand, series))


class TestSheet(BaseCase):
    """Files as people have them, and files as nobody should."""

    rows = [["姓名", "手机"], ["王芳", "13900100457"], ["李，雷", "1390010\n0458"]]

    def cells_of(self, content, name="x.csv", **limits):
        return [row.cells for row in open_sheet(content, name, Limits(**limits)).rows()]

    def refuse(self, code, content, name="x.csv", **limits):
        with self.assertRaises(SheetError) as caught:
            self.cells_of(content, name, **limits)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        self.assertTrue(str(caught.exception))

    def test_encodings_and_delimiters(self):
        for encoding in ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"):
            for delimiter in ",\t;|":
                content = csv_file(self.rows, encoding, delimiter)
                self.assertEqual(self.cells_of(content), self.rows, (encoding, delimiter))
        self.assertEqual(self.cells_of(b"sep=;\r\n" + csv_file(self.rows, "utf-8", ";")), self.rows)

    def test_famous_word(self):
        """These two signs of GBK are valid UTF-8 by chance."""
        self.assertEqual(self.cells_of("姓名,手机\n联通,13900100457".encode("gbk"))[1][0], "联通")
        self.assertEqual(self.cells_of("联通,13900100457".encode("gbk") * 1)[0][1], "13900100457")

    def test_blank_rows_and_cells_go(self):
        content = "姓名,手机,,\n\n,,\n王芳,13900100457,,\n".encode()
        self.assertEqual(self.cells_of(content), [["姓名", "手机"], ["王芳", "13900100457"]])
        numbers = [row.number for row in open_sheet(content, "x.csv").rows()]
        self.assertEqual(numbers, [1, 4], "rows are numbered as the editor does")

    def test_workbook_says_nothing_true_about_its_size(self):
        content = xlsx_file([["姓名", "手机"], ["王芳", 13900100457]])
        source, output = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
        with zipfile.ZipFile(output, "w") as archive:
            for part in source.infolist():
                body = source.read(part)
                if part.filename.endswith("sheet1.xml"):
                    body = body.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
                archive.writestr(part, body)
        self.assertEqual(
            self.cells_of(output.getvalue(), "x.xlsx"), [["姓名", "手机"], ["王芳", "13900100457"]]
        )

    def test_formulas_of_workbooks_are_not_run(self):
        content = xlsx_file([["姓名", "手机"], ["=cmd|' /C calc'!A0", 13900100457], ["#N/A", "x"]])
        rows = self.cells_of(content, "x.xlsx")
        self.assertEqual(rows[1], ["", "13900100457"])

    def test_refused(self):
        self.refuse("empty", b"")
        self.refuse("empty", b" \r\n ")
        self.refuse("size", bytes(2 * 1024 * 1024), megabytes=1)
        self.refuse("ending", b"a,b", "x.pdf")
        self.refuse("ending", b"a,b", "noending")
        self.refuse("macro", b"a,b", "x.xlsm")
        self.refuse("old_excel", b"a,b", "x.xls")
        self.refuse("old_excel", OLE, "x.xlsx")
        self.refuse("password", OLE + "EncryptedPackage".encode("utf-16-le"), "x.xlsx")
        self.refuse("not_xlsx", csv_file(self.rows), "x.xlsx")
        self.refuse("not_csv", xlsx_file(self.rows), "x.csv")
        self.refuse("not_xlsx", zip_of(**{"a.txt": "x"}), "x.xlsx")
        self.refuse("encoding", b"\xff\xfe\xff" * 5)
        self.refuse("encoding", b"a,b\n\x00\x01,c")
        self.refuse("encoding", bytes(range(128, 256)) * 3)
        self.refuse("columns", csv_file([["x"] * 300]))
        self.refuse("columns", xlsx_file([["x"] * 300]), "x.xlsx")
        self.refuse("rows", csv_file([["x", "y"]] * 60), rows=10)
        self.refuse("quote", ('王芳,"139\n' + "a,b\n" * 90).encode())
        self.refuse("quote", b'a,"' + b"x" * 200000)

    def test_two_encodings_in_one_file(self):
        content = "姓名,手机\n王芳,1\n".encode("gbk") + "李雷雷,2\n".encode()
        with self.assertRaises(SheetError) as caught:
            self.cells_of(content)
        self.assertEqual(caught.exception.code, "mixed")
        self.assertIn("row 3", str(caught.exception))

    def test_hostile_workbooks(self):
        good = xlsx_file(self.rows)
        self.refuse("broken", good[: len(good) // 2], "x.xlsx")
        self.refuse(
            "bomb",
            self.with_part(good, "xl/media/a.xml", bytes(3 << 20)),
            "x.xlsx",
            unpacked_megabytes=2,
        )
        self.refuse("macro", self.with_part(good, "xl/vbaProject.bin", b"x"), "x.xlsx")
        entities = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'
        self.refuse("broken", self.with_part(good, "xl/more.xml", entities), "x.xlsx")
        self.refuse("empty", good.replace(b"xl/worksheets", b"xl/worksheetz"), "x.xlsx")

    def test_archive_that_lies_about_its_parts(self):
        """Python reads no more of a part than the archive says, so what it says can be trusted."""
        bomb = self.with_part(xlsx_file(self.rows), "xl/worksheets/sheet1.xml", bytes(3 << 20))
        size = struct.pack("<L", 3 << 20)
        self.assertIn(size, bomb)
        self.refuse("broken", bomb.replace(size, struct.pack("<L", 100)), "x.xlsx")

    @staticmethod
    def with_part(content, name, body):
        source, output = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in source.infolist():
                if part.filename != name:
                    archive.writestr(part, source.read(part))
            archive.writestr(name, body)
        return output.getvalue()


class TestImportRefused(ImportCase):
    """What is refused leaves nothing behind, and says what to do."""

    def refuse(self, words, content, name="x.csv", **values):
        before = self.env["ir.attachment"].search_count([])
        with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
            self.load(content, name, **values)
        self.assertEqual(self.files.search_count([]), self.files_before)
        self.assertEqual(self.env["ir.attachment"].search_count([]), before)

    def test_refused_files(self):
        self.files_before = self.files.search_count([])
        self.refuse("empty", b" ")
        self.refuse("password", OLE + "EncryptedPackage".encode("utf-16-le"), "x.xlsx")
        self.refuse("macros", b"x", "x.xlsm")
        self.refuse("nothing below", csv_file([HEADING]))
        self.refuse("nothing below", xlsx_file([["车展"], HEADING]), "x.xlsx")
        self.refuse("no rows", xlsx_file([[]]), "x.xlsx")
        self.refuse("columns", csv_file([["x"] * 300]))
        self.env["ir.config_parameter"].set_param("dealer_leads.import_max_mb", "1")
        self.refuse("Divide it", bytes(2 * 1024 * 1024))

    def test_too_large_is_refused_before_it_is_decoded(self):
        self.env["ir.config_parameter"].set_param("dealer_leads.import_max_mb", "1")
        # No valid base64: nobody looked into it.
        with self.assertRaisesRegex(UserError, "more than the allowed 1 MB"):
            self.files.with_user(self.loader).create(
                {
                    "file": b"*" * (2 * 1024 * 1024),
                    "name": "x.csv",
                    "source_id": self.source().id,
                }
            )

    def test_what_is_wrong_further_down_is_told_on_the_file(self):
        rows = [HEADING, *self.customer_rows(0, 60)]
        content = csv_file(rows, "utf-8") + b'L-99,"never closed\n' + b"a,b\n" * 99
        file = self.load(content)
        file.action_start()
        self.drain()
        self.assertEqual(file.state, "failed")
        self.assertIn("row 62", file.error)
        self.assertFalse(file.row_ids, "nothing half-written")
        self.assertFalse(self.inbox_of(file))
        file.action_again()
        file.file = base64.b64encode(csv_file(rows))
        file.action_start()
        self.drain()
        self.assertEqual((file.state, file.customers), ("done", 60))

    def test_unusable_rows_as_a_workbook(self):
        rows = [
            ["线索编号", "姓名", "手机", "备注"],
            ["A-1", "王一", "19900760001", "好"],
            ["A-2", "=cmd|' /C calc'!A0", "12345", "http://x.example"],
            ["A-3", "李二", "+86 1390000", "'=1"],
            ["", "", "", "nobody"],
        ]
        file = self.take_in_file(rows)
        content = file._unusable_workbook(file._unusable_rows())
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        cells = list(sheet.iter_rows(values_only=True))
        self.assertEqual(cells[0], ("Row", "线索编号", "姓名", "手机", "备注", "Why"))
        self.assertEqual([row[0] for row in cells[1:]], ["3", "4", "5"])
        self.assertEqual(cells[1][2], "'=cmd|' /C calc'!A0")
        self.assertEqual(cells[2][3], "+86 1390000")
        self.assertTrue(all(row[-1] for row in cells))
        for row in sheet.iter_rows():
            for cell in row:
                self.assertNotEqual(cell.data_type, "f", cell.value)
                self.assertFalse(cell.hyperlink)
        # The corrected rows can be loaded as they are.
        again = self.load(content, "again.xlsx")
        self.assertEqual(
            self.targets(again),
            ["running", "external_id", "customer_name", "phone", "message", "ignore"],
        )

    def test_sheet_is_chosen_by_its_heading(self):
        book = xlsx_file(
            [["说明"], ["请填写第二页"]],
            [HEADING, *self.customer_rows(0, 2)],
            [HEADING, *self.customer_rows(2, 3)],
            names=("说明", "名单", "名单2"),
        )
        file = self.load(book, "x.xlsx")
        self.assertEqual(file.sheet, "名单")
        file.sheet = "名单2"
        error = self.attempt(lambda: file.write({"sheet": "nowhere"}))
        self.assertIn("名单2", str(error))
        file.action_start()
        self.drain()
        self.assertEqual(file.customers, 3)

    def test_extract_of_46_columns_without_heading(self):
        line = [
            "XS10001",
            "KH1",
            "19900760001",
            "2026-01-07 10:00:00",
            "垂媒集采",
            "汽车之家-车商汇",
        ]
        line += ["留资", "一月", "宁波", "大众速腾", *[""] * 35, "价格"]
        self.assertEqual(len(line), 46)
        other = ["XS10002", "KH2", "1990076", *line[3:]]
        content = csv_file([line, other], "gb18030", "\t")
        file = self.take_in_file(content, "extract.txt")
        self.assertEqual(file.mapping_id, self.env.ref("dealer_leads.import_mapping_oem"))
        self.assertEqual((file.heading_row, file.customers, file.attention), (0, 1, 1))
        row = self.inbox_of(file)[0]
        self.assertEqual((row.external_id, row.series, row.city), ("XS10001", "速腾", "宁波"))
        # The same width alone is not enough: numbers have to stand where they should.
        moved = [[*line[1:3], line[0], *line[3:]]]
        self.assertFalse(self.load(csv_file(moved, delimiter="\t"), "x.txt").mapping_id)

    def test_orders_and_calls_of_autohome_by_position(self):
        order = ["46708038674", "浙江", "宁波", "鄞州", "王一", "19900760001", "大众", "速腾"]
        order += ["280TSI", "询价", "1", "店", "1", "店", "01/07/2026 02:20:00 PM", ""]
        order[-1] = "01/07/2026 03:00:00 PM"
        file = self.take_in_file([order])
        self.assertEqual(
            file.mapping_id, self.env.ref("dealer_leads.import_mapping_autohome_orders")
        )
        self.assertEqual(str(self.inbox_of(file).occurred_at), "2026-01-07 06:20:00")
        call = ["25360614591", "1", "店", "浙江", "宁波", "大众", "大众", "2026/01/07 14:20:00"]
        call += ["19900760002", "057487654321", "4008123123", "95", "8", "是", "浙江", "宁波"]
        file = self.take_in_file([call])
        self.assertEqual(
            file.mapping_id, self.env.ref("dealer_leads.import_mapping_autohome_calls")
        )
        self.assertEqual(file.customers, 1)

    def test_headings_of_other_platforms(self):
        for heading in (
            ["order_id", "phone", "name", "create_time", "series_name", "city", "province"],
            ["留资ID", "用户手机号", "用户姓名", "留资时间", "咨询车系", "归属城市", "省份"],
            ["询价单号", "联系方式", "联系人", "提交时间", "车系", "城市", "省"],
            ["表单ID", "手机（必填）", "称呼", "报名时间", "意向车系", "所在城市", "所在省份"],
        ):
            row = ["X-1", "19900760001", "王一", "2026/01/07 14:20", "速腾", "宁波", "浙江"]
            file = self.load([heading, row])
            self.assertEqual(
                self.targets(file),
                [
                    "external_id",
                    "phone",
                    "customer_name",
                    "occurred_at",
                    "series",
                    "city",
                    "province",
                ],
                heading,
            )

    def test_template_file_exists(self):
        with file_open("dealer_leads/data/dealer.lead.import.synonym.csv") as file:
            keys = [heading_key(line.split(",")[1]) for line in file.readlines()[1:]]
        self.assertEqual(len(keys), len(set(keys)))
