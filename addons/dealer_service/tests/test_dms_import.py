import base64
import io

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_dms import DmsCase


def as_csv(*rows):
    return base64.b64encode("\n".join(",".join(row) for row in rows).encode("gb18030"))


def as_xlsx(*rows):
    book, output = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))
    book.save(output)
    return base64.b64encode(output.getvalue())


@tagged("post_install", "-at_install")
class TestDmsImport(DmsCase):
    def load(self, content, name="dms.csv", user=None, **values):
        return (
            self.env["dealer.dms.import"]
            .with_user(user or self.service_manager)
            .create({"file": content, "name": name, "unit_id": self.store_a.id, **values})
        )

    def test_customers_in_any_order_of_columns(self):
        phone = self.dms_phone()
        rows = (
            ("某店客户清单",),
            ("手机号码", "备注", "客户名称", "客户编号"),
            (phone, "x", "王小明", "C1"),
            ("123", "", "李四", "C2"),
            (self.dms_phone(), "", "张三", ""),
        )
        wizard = self.load(as_csv(*rows))
        self.assertEqual(wizard.kind, "customer")
        self.assertIn("王小明", wizard.preview)
        self.assertFalse(wizard.warning)
        wizard.action_take_in()
        self.assertEqual((wizard.row_count, wizard.accepted, wizard.refused), (3, 2, 1))
        self.rows._drain()
        row = self.rows.search([("external_id", "=", "C1")])
        self.assertEqual((row.partner_id.phone, row.origin), (phone, "file"))
        self.assertEqual(row.user_id, self.service_manager)
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(wizard.refused_file)))
        lines = list(book.active.iter_rows(values_only=True))
        self.assertEqual(lines[1][2], "张三")
        self.assertIn("external_id", lines[1][-1])
        again = self.load(as_csv(*rows))
        again.action_take_in()
        self.assertEqual((again.accepted, again.unchanged), (0, 2))

    def test_cars_by_vin(self):
        vin = self.next_vin()
        wizard = self.load(
            as_xlsx(
                ("车架号", "车系", "购车日期", "里程"), (vin, "速腾", "2025/3/5", "12,000公里")
            ),
            "cars.xlsx",
        )
        self.assertEqual(wizard.kind, "vehicle")
        wizard.action_take_in()
        self.rows._drain()
        car = self.rows.search([("external_id", "=", vin)]).vehicle_id
        self.assertEqual((car.series, str(car.purchase_date)), ("速腾", "2025-03-05"))
        self.assertEqual(car.last_mileage, 12000)

    def test_orders_with_lines_below_each_other(self):
        vin = self.next_vin()
        head = (
            "工单号",
            "车架号",
            "维修类型",
            "开单日期",
            "交车日期",
            "项目名称",
            "金额",
            "付费方式",
        )
        day = ("2026-01-05 09:00", "2026-01-05 16:00")
        wizard = self.load(
            as_xlsx(
                head,
                ("R1", vin, "保养", *day, "机油", 320, "客户"),
                ("R1", vin, "保养", *day, "传感器", 500, "索赔"),
                ("R2", vin, "吃饭", *day, "机油", 320, "客户"),
            ),
            "orders.xlsx",
        )
        self.assertEqual(wizard.kind, "repair_order")
        wizard.action_take_in()
        self.assertEqual((wizard.row_count, wizard.accepted, wizard.refused), (2, 1, 1))
        self.rows._drain()
        order = self.rows.search([("external_id", "=", "R1")]).order_id
        self.assertEqual((order.amount_total, order.amount_customer), (820, 320))
        self.assertEqual(order.state, "closed")

    def test_files_that_are_none(self):
        for content, name, words in (
            (base64.b64encode(b"x"), "dms.exe", "are read"),
            (base64.b64encode(b"\x00\x01\x02"), "dms.xlsx", "."),
            (as_csv(("甲", "乙"), ("1", "2")), "dms.csv", "No heading is known"),
            (as_csv(("客户名称", "手机"), ("王", "1")), "dms.csv", "A column is missing"),
        ):
            wizard = self.load(content, name, kind="customer")
            self.assertFalse(wizard.preview)
            self.assertIn(words, wizard.warning)
            with self.assertRaises(UserError):
                wizard.action_take_in()

    def test_who_may(self):
        content = as_csv(("客户编号", "客户名称"), ("C1", "王"))
        for user in (self.service_advisor, self.sales_director, self.care_manager):
            with self.assertRaises(AccessError):
                self.load(content, user=user)
        with self.assertRaisesRegex(AccessError, "do not work for this store"):
            self.load(content, unit_id=self.store_b.id).action_take_in()
