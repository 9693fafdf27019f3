import itertools

from odoo.exceptions import UserError

from .common import FILE_INVALID, read_file
from .common_import import (
    DELIVERY,
    HEADING,
    ImportCase,
    csv_file,
    expected,
    read_lead_file,
    xlsx_file,
)

MODELS = ("res.partner", "crm.lead", "dealer.relation", "dealer.interaction", "dealer.lead.inbox")


class TestImportDelivery(ImportCase):
    """The files as a shop got them: the counts of ``expected.json`` hold."""

    def deliver(self, *names):
        """Take files in, in this order; the platform posts what is called ``api``."""
        files = {}
        for name in names:
            if name == "api":
                self.take_in(*read_file()["leads"], source="dongchedi")
            else:
                files[name] = self.take_in_file(read_lead_file(name), name, source=DELIVERY[name])
        return files

    def delivered(self):
        """Return the customers who came out of the delivery."""
        rows = self.inbox.search([("source", "in", [*DELIVERY.values(), "dongchedi"])])
        return rows.lead_id.partner_id

    def counts(self):
        return [self.env[model].search_count([]) for model in MODELS]

    def test_counts_of_the_delivery(self):
        told = expected()
        before = self.env["res.partner"].search_count([("is_dealer_customer", "=", True)])
        files = self.deliver(*DELIVERY, "api")
        customers = self.delivered()
        self.assertEqual(len(customers), told["distinct_valid_phones"])
        self.assertEqual(len(set(customers.mapped("phone_normalized"))), len(customers))
        after = self.env["res.partner"].search_count([("is_dealer_customer", "=", True)])
        self.assertEqual(after - before, told["distinct_valid_phones"])
        for name, file in files.items():
            numbers = told["files"][name]
            self.assertEqual(file.state, "done", name)
            self.assertEqual(file.row_count, numbers["rows"], name)
            self.assertEqual(file.repeated, numbers.get("repeated_rows", 0), name)
            self.assertEqual(file.refused, 0, name)
            waiting = self.inbox_of(file).filtered(lambda row: row.state == "attention")
            self.assertEqual(len(waiting), file.attention)
            self.assertTrue(all(waiting.mapped("error")) and all(waiting.mapped("problem")))
            # Repeated rows wait once.
            repeated = file.row_ids.filtered(lambda row: row.state == "repeated")
            waiting_again = repeated.filtered(
                lambda row, waiting=waiting: (
                    row.lead["external_id"] in waiting.mapped("external_id")
                )
            )
            self.assertEqual(len(waiting) + len(waiting_again), numbers["invalid"], name)
        posted = self.inbox.search([("source", "=", "dongchedi"), ("state", "=", "attention")])
        self.assertEqual(len(posted), FILE_INVALID)

        again = self.counts()
        files = self.deliver("api", *reversed(DELIVERY))
        self.assertEqual(self.counts(), again, "the same delivery again changes nothing")
        for file in files.values():
            self.assertEqual(file.known + file.repeated, file.row_count)

    def test_any_order_gives_the_same_customers(self):
        self.deliver("hotline.xlsx", "api", "motorshow_gbk.csv", "autohome.csv")
        self.assertEqual(len(self.delivered()), expected()["distinct_valid_phones"])

    def test_heads_of_the_delivery(self):
        files = {
            name: self.load(read_lead_file(name), name, source=source)
            for name, source in DELIVERY.items()
        }
        self.assertEqual(
            self.targets(files["autohome.csv"]),
            [
                "external_id",
                "customer_name",
                "phone",
                "brand",
                "series",
                "city",
                "message",
                "occurred_at",
                "campaign",
            ],
        )
        self.assertEqual(
            self.targets(files["motorshow_gbk.csv"]),
            ["running", "customer_name", "phone", "car", "occurred_at", "message"],
        )
        self.assertEqual(
            self.targets(files["hotline.xlsx"]),
            ["occurred_at", "customer_name", "phone", "car", "ignore"],
        )
        self.assertEqual(
            [(file.encoding, file.heading_row) for file in files.values()],
            [("utf-8-sig", 1), ("gb18030", 1), ("", 2)],
        )


class TestImport(ImportCase):
    def test_row_becomes_lead_of_the_files_store(self):
        campaign = self.env["utm.campaign"].create({"title": "春季车展"})
        rows = [
            HEADING,
            ["A-1", "王芳", "199 0076 0001", "长安深蓝S7", "2024年3月5日 14:20", "现车吗"],
        ]
        file = self.take_in_file(rows, campaign_id=campaign.id, cost=500)
        row = self.inbox_of(file)
        self.assertEqual(row.state, "done")
        self.assertEqual((row.external_id, row.source), ("A-1", "testfile"))
        self.assertEqual((row.brand, row.series), ("长安", "深蓝S7"))
        self.assertEqual(str(row.occurred_at), "2024-03-05 06:20:00")
        self.assertEqual(row.user_id, self.loader)
        self.assertEqual(row.payload["意向车型"], "长安深蓝S7")
        lead = row.lead_id
        # 长安 belongs to store B by the rules; the file says store A.
        self.assertEqual(lead.dealer_unit_id, self.store_a)
        self.assertEqual(lead.campaign_id, campaign)
        self.assertEqual(lead.partner_id.name, "王芳")
        self.assertEqual(
            (file.row_count, file.valid, file.customers, file.attention, file.progress),
            (1, 1, 1, 0, 100),
        )

    def test_running_number_is_no_id(self):
        rows = [["序号", "姓名", "手机", "登记时间"]]
        first = [["1", "王一", "19900760001", "11月15日 02:34"]]
        second = [["1", "李二", "19900760002", "11月16日 10:00"]]
        self.take_in_file(rows + first)
        file = self.take_in_file(rows + second)
        self.assertEqual((file.known, file.customers), (0, 1), "the next show is not swallowed")

    def test_same_rows_of_the_next_show_are_new_enquiries(self):
        rows = [["序号", "姓名", "手机"], ["1", "王一", "19900760001"]]
        shows = self.env["utm.campaign"].create([{"title": "春展"}, {"title": "秋展"}])
        first = self.take_in_file(rows, campaign_id=shows[0].id)
        again = self.take_in_file(rows, campaign_id=shows[0].id)
        other = self.take_in_file(rows, campaign_id=shows[1].id)
        self.assertEqual((again.known, other.known), (1, 0))
        self.assertEqual(self.inbox_of(other).state, "duplicate")
        self.assertEqual(self.inbox_of(other).lead_id, self.inbox_of(first).lead_id)

    def test_same_list_in_another_shape_is_the_same(self):
        """Saved again as a workbook, sorted otherwise, numbers as numbers: nothing is new."""
        heading = ["序号", "姓名", "手机", "登记时间"]
        people = [[f"客户{n}", 19900760000 + n, f"2026-01-0{n} 10:00:00"] for n in range(1, 6)]
        self.take_in_file([heading, *([n, *row] for n, row in enumerate(people, 1))])
        book = xlsx_file(
            [["车展登记表"], heading]
            + [[n, row[0], float(row[1]), row[2]] for n, row in enumerate(reversed(people), 1)]
        )
        file = self.take_in_file(book, "again.xlsx")
        self.assertEqual((file.row_count, file.known), (5, 5))

    def test_same_list_for_another_store_is_another(self):
        rows = [["姓名", "手机", "登记时间"], ["王一", "19900760001", "2026-01-01"]]
        self.group_executive.dealer_unit_id = self.headquarters
        first = self.take_in_file(rows, user=self.group_executive)
        second = self.take_in_file(rows, user=self.group_executive, unit_id=self.store_b.id)
        self.assertEqual(second.known, 0)
        leads = self.inbox_of(first).lead_id | self.inbox_of(second).lead_id
        self.assertEqual(leads.dealer_unit_id, self.store_a | self.store_b)
        self.assertEqual(len(leads.partner_id), 1)

    def test_executives_let_the_rules_choose(self):
        rows = [["姓名", "手机", "品牌", "登记时间"]]
        rows += [["王一", "19900760001", "大众", "2026-01-01"]]
        rows += [["李二", "19900760002", "长安", "2026-01-01"]]
        rows += [["张三", "19900760003", "红旗", "2026-01-01"]]
        file = self.take_in_file(rows, user=self.group_executive, unit_id=False)
        inbox = self.inbox_of(file)
        self.assertEqual(inbox.mapped("state"), ["done", "done", "attention"])
        self.assertEqual(inbox.lead_id.dealer_unit_id, self.store_a | self.store_b)
        self.assertEqual(inbox[2].problem, "no_store")

    def test_foreign_stores_are_refused(self):
        rows = [["姓名", "手机", "门店编码", "登记时间"]]
        rows += [["王一", "19900760001", "T-A", "2026-01-01"]]
        rows += [["李二", "19900760002", "T-B", "2026-01-01"]]
        rows += [["张三", "19900760003", "nowhere", "2026-01-01"]]
        # The executive is responsible for the division east, without store B.
        file = self.take_in_file(rows, user=self.group_executive, unit_id=False)
        self.assertEqual(file.row_ids.mapped("state"), ["received", "refused", "received"])
        self.assertIn("T-B", file.row_ids[1].why)
        self.assertEqual(self.inbox_of(file).mapped("state"), ["done", "attention"])
        # Of a file for one store the column does not count.
        file = self.take_in_file([*rows, ["李四", "19900760004", "T-B", "2026-01-01"]])
        self.assertEqual(self.inbox_of(file).lead_id.dealer_unit_id, self.store_a)

    def test_platforms_go_first(self):
        file = self.load([HEADING, *self.customer_rows(0, 3)])
        file.action_start()
        self.files._drain()
        posted = self.receive(self.prepare_lead(1))
        self.assertEqual(file.state, "running")
        self.files._drain()
        self.assertEqual(posted.state, "done")
        self.assertEqual(file.waiting, 3)
        self.drain()
        file.invalidate_recordset()
        self.assertEqual((file.state, file.waiting), ("done", 0))

    def test_stopped_file_stops(self):
        file = self.load([HEADING, *self.customer_rows(0, 30)])
        file.action_start()
        self.files._drain()
        self.files._drain(10)
        self.env.invalidate_all()
        self.assertEqual((file.waiting, file.customers), (20, 10))
        self.assertEqual(round(file.progress), 33)
        file.action_cancel()
        self.drain()
        self.assertEqual(file.state, "cancelled")
        self.assertEqual(len(self.inbox_of(file)), 10)
        self.assertEqual(set(file.row_ids.mapped("state")), {"received", "cancelled"})
        # Taken up again, it goes on where it stopped.
        file.action_again()
        file.action_start()
        self.drain()
        self.assertEqual((file.customers, file.known), (30, 0))

    def test_queued_file_is_undone_without_a_trace(self):
        file = self.load([HEADING, *self.customer_rows(0, 3)])
        file.action_start()
        file.action_cancel()
        self.drain()
        self.assertFalse(self.inbox_of(file))
        self.assertFalse(file.row_ids)
        file.unlink()

    def test_all_sorts_of_numbers(self):
        writings = [
            19900760001,
            19900760002.0,
            "1.9900760003E+10",
            '="19900760004"',
            "+86 199-0076-0005",
            "１９９００７６０００６",
            "19900760007（微信同号）",
            "0574-87654321 / 19900760008",
        ]
        rows = [["姓名", "电话", "时间"]]
        rows += [[f"客户{n}", text, "2026-01-01"] for n, text in enumerate(writings)]
        file = self.take_in_file(rows)
        # In a workbook the fourth would be a formula.
        book = self.take_in_file(xlsx_file(rows[:4] + rows[5:]), "numbers.xlsx")
        self.assertEqual((file.attention, file.row_count), (0, 8))
        self.assertEqual((book.attention, book.known), (0, 7), "the same people in both")
        phones = self.inbox_of(file).lead_id.partner_id.mapped("phone_normalized")
        self.assertEqual(sorted(phones)[:7], [f"+861990076000{number}" for number in range(1, 8)])

    def test_shortened_number_is_not_made_up(self):
        file = self.take_in_file([["姓名", "电话", "时间"], ["王一", "1.99008E+10", "2026-01-01"]])
        self.assertEqual((file.attention, file.customers), (1, 0))
        self.assertIn("shortened", file.row_ids.why)

    def test_unknown_time_is_left_out_and_told(self):
        file = self.take_in_file([["姓名", "电话", "时间"], ["王一", "19900760001", "昨天下午"]])
        self.assertFalse(self.inbox_of(file).occurred_at)
        self.assertIn("昨天下午", file.row_ids.why)

    def test_moved_cells_and_rows_without_customer_are_refused(self):
        rows = b"".join(
            line.encode() + b"\r\n"
            for line in (
                "姓名,电话,时间,留言",
                "王一,19900760001,2026-01-01,好",
                "李二,19900760002,2026-01-01,便宜,好",
                "合计,,,2",
                ",,,2",
                "姓名,电话,时间,留言",
            )
        )
        file = self.take_in_file(rows)
        self.assertEqual(
            file.row_ids.mapped("state"), ["received", "refused", "received", "refused"]
        )
        self.assertEqual((file.customers, file.attention, file.refused), (1, 1, 2))

    def test_file_without_heading_is_read_by_its_content(self):
        campaign = self.env["utm.campaign"].create({"title": "外展"})
        rows = [["王一", "x", "19900760001"], ["李二", "", "19900760002"]]
        file = self.take_in_file(rows, campaign_id=campaign.id)
        self.assertEqual(file.customers, 2)
        self.assertEqual(file.heading_row, 0)
        self.assertEqual(self.targets(file), ["customer_name", "ignore", "phone"])

    def test_mapping_is_corrected_and_remembered(self):
        rows = [["王一", f"1990076000{n}", "2026-01-01"] for n in range(3)]
        file = self.load([["甲", "乙", "丙"], *rows])
        # Nothing is known of such headings: the content tells.
        self.assertEqual(file.heading_row, 1)
        self.assertEqual(self.targets(file), ["customer_name", "phone", "ignore"])
        file.heading_row = 0
        self.assertIn("no heading", file.warning)
        file.heading_row = 1
        file.column_ids.target = "ignore"
        with self.assertRaisesRegex(UserError, "phone number"):
            file.action_start()
        wanted = ["customer_name", "phone", "occurred_at"]
        for column, target in zip(file.column_ids, wanted, strict=True):
            column.target = target
        self.assertIn("19900760001", file.preview)
        file.action_save_mapping()
        file.action_start()
        self.drain()
        self.assertEqual(file.customers, 3)
        later = self.load([["甲", "乙", "丙"], ["李二", "19900760009", "2026-01-02"]])
        self.assertEqual(self.targets(later), wanted)
        self.assertEqual(later.mapping_id, file.mapping_id)

    def test_synonyms_are_data(self):
        rows = [["尊姓大名", "联络电话号", "时间"], ["王一", "19900760001", "2026-01-01"]]
        self.env["dealer.lead.import.synonym"].create(
            [
                {"name": "尊姓大名", "target": "customer_name"},
                {"name": "* 联络电话号（必填）", "target": "phone"},
            ]
        )
        self.assertEqual(self.targets(self.load(rows)), ["customer_name", "phone", "occurred_at"])

    def test_running_number_taken_for_an_id_is_refused(self):
        file = self.load([["序号", "姓名", "手机"], ["1", "王一", "19900760001"]])
        file.column_ids[0].target = "external_id"
        self.assertIn("running number", file.warning)
        with self.assertRaisesRegex(UserError, "running number"):
            file.action_start()

    def test_rows_that_nothing_tells_apart_need_a_campaign(self):
        file = self.load([["姓名", "手机"], ["王一", "19900760001"]])
        with self.assertRaisesRegex(UserError, "campaign"):
            file.action_start()

    def test_same_file_is_told(self):
        rows = [HEADING, *self.customer_rows(0, 2)]
        self.take_in_file(rows)
        self.assertIn("very same file", self.load(rows).warning)

    def test_waiting_row_is_corrected_by_a_later_file(self):
        """In whichever order the two files come, the customer is there, once."""
        bad = [HEADING, ["A-1", "王一", "1990076", "大众速腾", "2026-01-07", ""]]
        good = [HEADING, ["A-1", "王一", "19900760001", "大众速腾", "2026-01-07", ""]]
        for files in ((bad, good), (good, bad), (bad, good, bad)):
            with self.env.cr.savepoint() as savepoint:
                for rows in files:
                    self.take_in_file(rows)
                row = self.inbox.search([("source", "=", "testfile")])
                self.assertEqual((len(row), row.state), (1, "done"))
                self.assertFalse(row.problem or row.error)
                self.assertEqual(row.lead_id.partner_id.phone, "19900760001")
                savepoint.rollback()
            self.env.invalidate_all()

    def test_rows_of_another_store_are_not_corrected(self):
        self.group_executive.dealer_unit_id = self.headquarters
        row = ["A-1", "王一", "1990076", "大众速腾", "2026-01-07", ""]
        first = self.take_in_file(
            [HEADING, row], user=self.group_executive, unit_id=self.store_b.id
        )
        row[2] = "19900760001"
        self.take_in_file([HEADING, row])
        self.assertEqual(self.inbox_of(first).state, "attention")
        self.assertEqual(self.inbox_of(first).phone, "1990076")

    def test_preview_shows_what_the_file_says_as_text(self):
        evil = "<img src=x onerror=alert(1)>"
        file = self.load([["姓名", "手机", "时间"], [evil, "19900760001", evil]])
        self.assertNotIn("<img", file.preview)
        self.assertIn("&lt;img", file.preview)

    def test_source_without_code_gets_one(self):
        source = self.env["utm.source"].create({"name": "公众号"})
        file = self.take_in_file([HEADING, *self.customer_rows(0, 1)], source_id=source.id)
        self.assertEqual(self.inbox_of(file).lead_id.source_id, source)

    def test_contents_are_deleted_in_time(self):
        file = self.take_in_file([HEADING, *self.customer_rows(0, 2)])
        self.env["ir.config_parameter"].set_param("dealer_leads.import_keep_days", "10")
        for days, kept in ((9, True), (11, False)):
            self.env.cr.execute(
                "UPDATE dealer_lead_import SET create_date = now() - make_interval(days => %s)"
                " WHERE id = %s",
                [days, file.id],
            )
            self.env.invalidate_all()
            self.files._gc_contents()
            self.assertEqual(bool(file.file), kept)
        self.env.invalidate_all()
        self.assertFalse(file.file or file.sample or any(file.row_ids.mapped("cells")))
        self.assertFalse(any(file.column_ids.mapped("example")))
        self.assertEqual((file.row_count, file.customers), (2, 2))

    def test_queries_do_not_grow_with_the_rows(self):
        """What the inbox needs is the inbox's matter; the file adds the same for 20 and 120 rows."""

        def queries(first, count):
            rows = [HEADING, *self.customer_rows(first, count)]
            self.take_in_file(rows)
            file = self.load(rows)
            file.action_start()
            before = self.env.cr.sql_log_count
            self.drain()
            self.assertEqual(file.known, count)
            return self.env.cr.sql_log_count - before

        queries(0, 2)
        self.assertEqual(queries(10, 20), queries(100, 120))

    def test_list_of_files_asks_four_times(self):
        for number in range(6):
            self.take_in_file([HEADING, *self.customer_rows(10 * number, 2)])
        files = self.files.search([])
        files.invalidate_recordset()
        before = self.env.cr.sql_log_count
        files.mapped("customers")
        files.mapped("row_count")
        files.mapped("source_id.name")
        self.assertLessEqual(self.env.cr.sql_log_count - before, 5)


class TestImportOrder(ImportCase):
    def test_overlapping_lists_in_every_order(self):
        """Three lists that share people, in each order: the same customers, names and leads."""
        lists = [self.customer_rows(first, 4, f"O{first}") for first in (0, 2, 3)]
        seen = set()
        for order in itertools.permutations(range(3)):
            with self.env.cr.savepoint() as savepoint:
                for index in order:
                    self.take_in_file(csv_file([HEADING, *lists[index]]))
                customers = self.inbox.search([("source", "=", "testfile")]).lead_id.partner_id
                seen.add(
                    tuple(
                        sorted(
                            zip(customers.mapped("phone"), customers.mapped("name"), strict=True)
                        )
                    )
                )
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertEqual(len(seen), 1)
        self.assertEqual(len(seen.pop()), 7)
