from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import CapacityCase, at

SALES = {
    "menu_capacity_board_sales",
    "menu_capacity_bookings_sales",
    "menu_capacity_waiting_sales",
}
SALES_PLAN = SALES | {"menu_capacity_closures_sales"}
WORKSHOP = {"menu_capacity_board_aftersales", "menu_capacity_bookings_aftersales"}
AFTERSALES = WORKSHOP | {"menu_capacity_waiting_aftersales", "menu_capacity_conflicts_aftersales"}
AFTERSALES_PLAN = AFTERSALES | {"menu_capacity_closures_aftersales"}
MANAGEMENT = {
    "menu_capacity_conflicts_management",
    "menu_capacity_resources",
    "menu_capacity_jobs",
    "menu_capacity_skills",
}
ALL = SALES_PLAN | AFTERSALES_PLAN | MANAGEMENT
MENUS = {
    "sales_consultant": SALES,
    "sales_manager": SALES_PLAN,
    "sales_director": SALES_PLAN | MANAGEMENT,
    "dcc_agent": SALES,
    "dcc_lead": SALES,
    "reception": SALES,
    "service_advisor": AFTERSALES,
    "service_manager": AFTERSALES_PLAN | MANAGEMENT,
    "technician": WORKSHOP,
    "care_agent": AFTERSALES,
    "care_manager": AFTERSALES_PLAN | MANAGEMENT,
    "marketing_user": set(),
    "marketing_manager": set(),
    "general_manager": ALL,
    "group_executive": ALL,
    "system": ALL | {"menu_capacity_kinds"},
}


@tagged("post_install", "-at_install")
class TestCapacityMenus(CapacityCase):
    """What each post finds in the menu, the board, the forms."""

    def test_menus_of_posts(self):
        for post, expected in MENUS.items():
            env = self.env(user=self.users[post], context={"lang": "en_US"})
            menus = env["ir.ui.menu"].load_menus(debug=False)
            names = {menu.get("xmlid") or "" for menu in menus.values()}
            ours = {
                name.removeprefix("dealer_capacity.")
                for name in names
                if name.startswith("dealer_capacity.")
            }
            self.assertEqual(ours, expected, post)

    def test_every_menu_opens(self):
        """What stands in the menu can be opened: views, search view, a first page."""
        self.book()
        for post, names in MENUS.items():
            env = self.env(user=self.users[post])
            for name in names:
                action = env.ref(f"dealer_capacity.{name}").sudo().action
                with self.subTest(post=post, menu=name):
                    if action._name == "ir.actions.client":
                        self.assertTrue(env["dealer.capacity"].board()["rows"])
                        continue
                    action = action._get_action_dict()
                    model = env[action["res_model"]]
                    views = model.get_views(action["views"], {"toolbar": True})["views"]
                    for kind in ("list", "kanban"):
                        if kind in views:
                            found = etree.fromstring(views[kind]["arch"]).iter("field")
                            known = {node.get("name") for node in found} & set(model._fields)
                            model.web_search_read([], {field: {} for field in known}, limit=5)

    def test_queries_of_the_list(self):
        """A page of bookings costs the same however many there are on it."""
        counts = []
        for hour in (9, 11):
            self.book(start=at(hour))
            self.book(start=at(hour))
            env = self.env(user=self.general_manager)
            env.invalidate_all()
            specification = {
                "display_name": {},
                "start": {},
                "state": {},
                "in_conflict": {},
                "resource_ids": {"fields": {"display_name": {}}},
                "user_id": {"fields": {"display_name": {}}},
            }
            before = self.env.cr.sql_log_count
            page = env["dealer.capacity.booking"].web_search_read([], specification, limit=80)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertGreaterEqual(len(page["records"]), 4)
        self.assertLessEqual(counts[1], counts[0])

    def test_board(self):
        booking = self.book(hold_minutes=30)
        self.close(at(0), at(24), self.bay2)
        engine = self.env(user=self.general_manager)["dealer.capacity"]
        board = engine.board(self.bay_kind.id, "2026-03-02")
        self.assertEqual([day["date"] for day in board["days"]][::6], ["2026-03-02", "2026-03-08"])
        self.assertTrue(board["days"][0]["today"])
        rows = {row["id"]: row for row in board["rows"]}
        monday = rows[self.bay1.id]["cells"][0]
        self.assertEqual(monday["open"], [(510, 720), (780, 1050)])
        self.assertEqual((monday["open_minutes"], monday["free_minutes"]), (480, 420))
        (block,) = monday["blocks"]
        self.assertEqual((block["from"], block["to"], block["state"]), (540, 600, "held"))
        self.assertEqual(block["booking_id"], booking.id)
        self.assertEqual(rows[self.bay2.id]["cells"][0]["open_minutes"], 0)
        self.assertEqual((board["from"], board["to"]), (480, 1080))

    def test_board_shows_what_is_being_booked(self):
        self.engine._hold(self.engine._need(self.bay_need), at(9), self.store_a)
        board = self.engine.board(self.bay_kind.id, "2026-03-02", unit_id=self.store_a.id)
        (block,) = board["rows"][0]["cells"][0]["blocks"]
        self.assertEqual((block["state"], block["booking_id"]), ("held", False))

    def test_board_over_midnight(self):
        self.close(at(17, 30), at(32, 30), type="extra")
        self.book([{"kind": "tool", "minutes": 180}], at(23))
        board = self.engine.board(self.tool_kind.id, "2026-03-02", unit_id=self.store_a.id)
        monday, tuesday = board["rows"][0]["cells"][:2]
        self.assertEqual([(b["from"], b["to"]) for b in monday["blocks"]], [(1380, 1440)])
        self.assertEqual([(b["from"], b["to"]) for b in tuesday["blocks"]], [(0, 120)])
        self.assertEqual((board["from"], board["to"]), (0, 1440))

    def test_board_queries(self):
        """The board costs the same for two bookings as for twenty."""
        engine = self.env(user=self.general_manager)["dealer.capacity"]
        counts = []
        for starts in ((9,), (8.5, 10, 11, 13, 14, 15, 16)):
            for hour in starts:
                self.book(self.bay_need, at(int(hour), int(hour % 1 * 60)))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            engine.board(self.bay_kind.id, "2026-03-02")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_drag(self):
        booking = self.book()
        engine = self.env(user=self.service_advisor)["dealer.capacity"]
        line = booking.line_ids.filtered(lambda line: line.kind_id == self.bay_kind)
        engine.board_move(booking.id, line.id, self.bay2.id, "2026-03-03", 14 * 60)
        self.assertEqual(booking.start, at(14, day=1))
        self.assertIn(self.bay2, booking.resource_ids)
        self.close(at(9), at(10), self.bay2)
        line = booking.line_ids.filtered(lambda line: line.kind_id == self.bay_kind)
        with self.assertRaisesRegex(UserError, "Bay 2: 1 of 1 closed or away"):
            engine.board_move(booking.id, line.id, self.bay2.id, "2026-03-02", 9 * 60)

    def test_book_by_hand(self):
        self.book()
        self.book()
        form = Form(self.env["dealer.capacity.book"].with_user(self.service_advisor))
        form.job_id = self.job
        form.day = "2026-03-02"
        book = form.save()
        slots = {slot.time: slot for slot in book.slot_ids}
        self.assertEqual(len(slots), 16)
        self.assertFalse(slots["09:00"].free)
        self.assertEqual(slots["09:00"].why, "Service Bay: 2 of 2 taken; Technician: 2 of 2 taken")
        with self.assertRaisesRegex(UserError, "09:00 is not free"):
            slots["09:00"].action_take()
        action = slots["10:00"].action_take()
        booking = self.env["dealer.capacity.booking"].browse(action["res_id"])
        self.assertEqual((booking.start, booking.job_id), (at(10), self.job))
        self.assertEqual(book.action_next_day()["res_id"], book.id)
        self.assertEqual(str(book.day), "2026-03-03")
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "times have changed"):
            slots["11:00"].action_take()  # pressed while the next day was on its way
        book.action_previous_day()
        waiting = self.env["dealer.capacity.waiting"].browse(book.action_wait()["res_id"])
        self.assertEqual((waiting.date_from, waiting.date_to), (at(6), at(0, day=7)))

    def test_move_by_hand(self):
        booking = self.book()
        mine = booking.with_user(self.service_advisor)
        book = self.env["dealer.capacity.book"].browse(mine.action_move()["res_id"])
        slots = {slot.time: slot for slot in book.with_user(self.service_advisor).slot_ids}
        self.assertTrue(slots["09:30"].free, "what it has already it may keep")
        slots["09:30"].action_take()
        self.assertEqual(booking.start, at(9, 30))

    def test_swap_by_hand(self):
        booking = self.book([{"kind": "technician", "skill": "t_brakes"}])
        line = booking.line_ids.with_user(self.service_advisor)
        swap = self.env["dealer.capacity.swap"].browse(line.action_swap()["res_id"])
        swap = swap.with_user(self.service_advisor)
        self.assertEqual(swap.candidate_ids, self.bob)
        swap.resource_id = self.bob
        swap.action_swap()
        self.assertEqual(booking.resource_ids, self.bob)

    def test_buttons_of_the_booking(self):
        booking = self.book(hold_minutes=30).with_user(self.service_advisor)
        booking.action_confirm()
        self.assertEqual(booking.state, "confirmed")
        with self.assertRaisesRegex(UserError, "has not begun yet"):
            booking.action_consume()
        with self.assertRaisesRegex(UserError, "no document"):
            booking.action_open_document()
        booking.action_release()
        self.assertIn("T Service Advisor", booking.release_reason)
        self.assertEqual(self.bay1.action_bookings()["res_model"], "dealer.capacity.booking")

    def test_counters(self):
        self.book().conflict = "something"
        tile = self.env.ref("dealer_capacity.tile_conflicts_aftersales")
        self.assertEqual(tile.with_user(self.service_advisor).count, 1)
