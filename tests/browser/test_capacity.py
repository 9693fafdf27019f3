"""The capacity board: who is free and who is full, moved by dragging, a list on phones; a time found and booked."""

import re
from datetime import timedelta

import pytest
from helpers import choose, latin_words, next_day, picture, press, query, store_today
from playwright.sync_api import expect

#: The week after next: nothing is past, and the demo has booked nothing.
MONDAY = store_today() + timedelta(days=14 - store_today().weekday())
BOARD = "/odoo/dealer-capacity"
FILL = """
from datetime import datetime, timedelta
from odoo import SUPERUSER_ID
env = env(user=SUPERUSER_ID)
engine, unit = env["dealer.capacity"], env.ref("dealer_base.unit_nb01")
monday = datetime.fromisoformat("{monday}")
user = env.ref("dealer_base.user_advisor_nb01").id
maintenance = env.ref("dealer_capacity.job_maintenance")
ev = env.ref("dealer_capacity.job_ev")
drive = env.ref("dealer_capacity.job_drive")
# Hours of their own: the stories' stores are open round the clock.
hours = env["resource.calendar"].create({{
    "name": "班次", "tz": "Asia/Shanghai", "company_id": unit.company_id.id,
    "attendance_ids": [(5,)] + [
        (0, 0, {{"name": period, "dayofweek": str(day), "hour_from": begin, "hour_to": end, "day_period": period}})
        for day in range(7) for begin, end, period in ((8.5, 12, "morning"), (13, 17.5, "afternoon"))
    ],
}})
env["dealer.capacity.resource"].search([("unit_id", "=", unit.id)]).calendar_id = hours
customers = env["res.partner"].search([("is_dealer_customer", "=", True)], limit=40).filtered("is_vehicle_owner")
number = 0
# Store time is 8 hours ahead.
for day, hour, job, hold in (
    (0, 1, maintenance, None), (0, 1, maintenance, None), (0, 2.5, maintenance, None), (0, 5, ev, None),
    (0, 6, maintenance, 1440 * 9), (1, 1, ev, None), (1, 2, maintenance, None), (1, 6, maintenance, None),
    (2, 1.5, maintenance, None), (2, 3, maintenance, None), (2, 6, ev, None), (3, 0.5, maintenance, None),
    (3, 5.5, maintenance, None), (4, 1, maintenance, None), (4, 7, maintenance, None), (5, 2, ev, None),
):
    number += 1
    engine._book(
        job._need(), monday + timedelta(days=day, hours=hour), unit,
        {{"job_id": job.id, "partner_id": customers[number % len(customers)].id, "user_id": user}}, hold,
    )
story = engine._book(
    [{{"kind": "service_bay", "minutes": 60}}, {{"kind": "technician", "minutes": 60}}],
    monday + timedelta(days=1, hours=7), unit, {{"name": "故事改期", "user_id": user}},
)
env["dealer.capacity.exception"].create({{
    "unit_id": unit.id, "resource_id": env.ref("dealer_capacity.bay4_nb01").id, "reason": "充电桩检修",
    "start": monday + timedelta(days=3, hours=-8), "stop": monday + timedelta(days=3, hours=16),
}})
env["dealer.capacity.exception"].create({{
    "unit_id": unit.id, "resource_id": env.ref("dealer_capacity.bay1_nb01").id, "reason": "举升机检修",
    "start": monday + timedelta(days=4, hours=-8), "stop": monday + timedelta(days=4, hours=4),
}})
env["dealer.capacity.booking"]._drain()
env.cr.commit()
print("STORY", story.id)
"""


@pytest.fixture(scope="module")
def week(served):
    """A week of the store with bookings, a closure and a conflict."""
    served.expect_log(r"odoo\.http: .*(不能预订|刚刚被占用)")
    served.shell(FILL.format(monday=MONDAY))


def board(page, kind="工位"):
    page.goto(BOARD)
    page.wait_for_selector(".o_dealer_capacity .o_dealer_kinds button")
    if page.locator(".o_dealer_week").count():
        for weeks in (1, 0):
            page.locator(".o_dealer_next").click()
            shown = MONDAY - timedelta(weeks=weeks)
            page.locator(f".o_dealer_day[data-date='{shown}']").first.wait_for()
    page.get_by_role("tab", name=kind, exact=True).click()
    page.wait_for_selector(f"[role=tab][aria-selected=true]:has-text('{kind}')")


def day(page, resource, number):
    """Return the cell of a resource on a day of the week that is shown."""
    date_of = MONDAY + timedelta(days=number)
    return page.locator(f".o_dealer_day[data-resource='{resource}'][data-date='{date_of}']")


def story(served):
    """Return ``(start, bay, technician)`` of the booking that is moved."""
    return query(
        served,
        "SELECT b.start::text, max(r.name) FILTER (WHERE k.code = 'service_bay'),"
        " max(r.name) FILTER (WHERE k.code = 'technician')"
        "  FROM dealer_capacity_booking b JOIN dealer_capacity_booking_line l ON l.booking_id = b.id"
        "  JOIN dealer_capacity_resource r ON r.id = l.resource_id"
        "  JOIN dealer_capacity_kind k ON k.id = l.kind_id"
        " WHERE b.name = '故事改期' GROUP BY b.id",
    )[0]


def drop(page, block, target, minutes):
    """Drag a block to the place of a time of the day in the bar of another cell."""
    box = target.locator(".o_dealer_bar").bounding_box()
    first, last = (
        int(hours) * 60 + int(rest)
        for hours, rest in (
            text.split(":") for text in page.locator(".o_dealer_scale").first.inner_text().split()
        )
    )
    grip = block.bounding_box()
    left = box["x"] + box["width"] * (minutes - first) / (last - first)
    block.drag_to(
        target.locator(".o_dealer_bar"),
        source_position={"x": 2, "y": grip["height"] / 2},
        target_position={"x": left - box["x"] + 2, "y": box["height"] / 2},
        force=True,
    )


def test_week_board_and_drag(served, week, page_as):
    page = page_as("advisor.nb01")
    board(page)
    expect(day(page, "1号工位", 1)).to_contain_text("小时")
    picture(page, "capacity-board")
    assert not latin_words(page)
    started, bay, _technician = story(served)
    target = "2号工位" if bay != "2号工位" else "3号工位"
    block = page.locator(".o_dealer_block", has_text="故事改期")
    drop(page, block, day(page, target, 2), 16 * 60)
    expect(page.locator(".o_notification", has_text="已改到")).to_be_visible()
    expect(day(page, target, 2).locator(".o_dealer_block", has_text="故事改期")).to_be_visible()
    moved, bay, technician = story(served)
    assert moved != started
    assert moved.startswith(str(MONDAY + timedelta(days=2)))
    assert (bay, bool(technician)) == (target, True)
    # Where it is closed the board says so, and nothing has changed.
    page.locator(".o_notification_close").first.click()
    drop(
        page, page.locator(".o_dealer_block", has_text="故事改期"), day(page, "4号工位", 3), 15 * 60
    )
    refused = page.locator(".o_notification", has_text="未能改期")
    expect(refused).to_contain_text("停用或不在")
    expect(refused).to_have_css("opacity", "1")
    picture(page, "capacity-refused")
    assert story(served) == (moved, bay, technician)


def test_persons_and_conflicts(served, week, page_as):
    page = page_as("servicemanager.nb01")
    board(page, "技师")
    expect(page.locator(".o_dealer_name", has_text="高压电操作证")).to_be_visible()
    picture(page, "capacity-technicians")
    page.goto("/odoo/dealer-booking-conflicts")
    page.wait_for_selector(".o_list_view .o_data_row")
    expect(page.locator(".o_data_row").first).to_contain_text("停用或不在岗")
    picture(page, "capacity-conflicts")
    assert not latin_words(page)
    page.locator(".o_data_row").first.locator("td[name=start]").click()
    page.wait_for_selector(".o_form_view button[name=action_next_free]")
    picture(page, "capacity-booking")
    assert not latin_words(page)
    page.locator("button[name=action_next_free]").click()
    expect(page.locator("button[name=action_next_free]")).to_be_hidden()
    for path, name in (
        ("/odoo/dealer-resources", "capacity-resources"),
        ("/odoo/dealer-closures", "capacity-closures"),
        ("/odoo/dealer-waiting-list", "capacity-waiting"),
    ):
        page.goto(path)
        page.wait_for_selector(".o_list_view")
        picture(page, name)
        assert not latin_words(page)


def test_book_from_the_board(served, week, page_as):
    page = page_as("advisor.nb01")
    board(page)
    page.locator(".o_dealer_book").click()
    page.wait_for_selector(".modal .o_form_view")
    choose(page, "job_id", "新能源高压检修", phone=False)
    next_day(page)
    page.wait_for_selector(".modal [name=slot_ids] button[name=action_take]")
    taken = page.locator(".modal [name=slot_ids] td[name=why]", has_text="已占")
    expect(taken.first).to_be_visible()
    picture(page, "capacity-book")
    assert not latin_words(page)
    count = "SELECT count(*) FROM dealer_capacity_booking WHERE state = 'confirmed'"
    before = query(served, count)[0][0]
    page.locator(".modal [name=slot_ids] button[name=action_take]").last.click()
    page.wait_for_selector(".o_form_view .o_form_statusbar")
    assert query(served, count)[0][0] == before + 1
    press(page, "[name=action_release]")
    page.locator(".modal-footer .btn-primary").click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("已释放")


def test_phone(served, week, page_as):
    page = page_as("advisor.nb01", phone=True)
    board(page)
    steps = (MONDAY - store_today()).days
    for _step in range(steps):
        label = page.locator(".o_dealer_capacity strong").inner_text()
        page.locator(".o_dealer_next").tap()
        expect(page.locator(".o_dealer_capacity strong")).not_to_have_text(label)
    expect(page.locator(".o_dealer_phone .card").first).to_contain_text("空闲")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(page, "capacity-board-phone")
    assert not latin_words(page)
    page.locator(".o_dealer_entry .badge.o_dealer_movable").first.tap()
    page.wait_for_selector(".o_form_view .o_form_statusbar")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(page, "capacity-booking-phone")
    press(page, "[name=action_move]")
    page.wait_for_selector(".modal [name=slot_ids]")
    picture(page, "capacity-move-phone")
    assert not latin_words(page)
    page.locator(".modal button[name=action_take]").first.tap()
    page.locator(".modal [name=slot_ids]").wait_for(state="detached")
    page.goto("/odoo/dealer-bookings")
    page.wait_for_selector(".o_kanban_view .o_kanban_record:not(.o_kanban_ghost)")
    assert re.search("已确认|暂留", page.locator(".o_kanban_view").inner_text())
    assert not latin_words(page)
