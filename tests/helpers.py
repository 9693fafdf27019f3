"""Small helpers of the tests across addons."""

import http.cookiejar
import json
import os
import re
import threading
import time
import urllib.error
import urllib.request
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import TimeoutError as PlaywrightTimeout

ROOT = Path(__file__).parent.parent
LEAD_FILE = ROOT / "addons/dealer_leads/tests/data/dongchedi_api.json"

#: Latin words that stand on Chinese screens for good: brands, series, formats, the trade's own.
NAMES = {"F0", "CROZZ", "PLUS", "CR", "DCC", "CS75", "DCD", "GL8", "ID", "VIN", "km", "RAV4", "DM"}
NAMES |= {"DSG", "HQ", "Model", "PRIME", "TSI"}
NAMES |= {"OdooBot"}  # who writes for the system, once the messages below a form are read
TEXT = """() => [...document.querySelectorAll(
    '.o_main_navbar, .o_control_panel, .o_view_controller, .o_action_manager'
)].map((node) => node.innerText).join('\\n')"""

MAKE_KEY = """
from datetime import timedelta
user = env["res.users"].search([("login", "=", "api.intake")])
key = env["res.users.apikeys"].with_user(user).sudo()._generate(
    "rpc", "story", fields.Datetime.now() + timedelta(days=1)
)
env.cr.commit()
print(key)
"""


def store_today() -> date:
    """Return the day that the stores of the demo have, which from 16:00 UTC on is the world's next one."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def make_key(served) -> str:
    """Return a fresh bearer key of the demo's user for lead deliveries."""
    return served.shell("from odoo import fields\n" + MAKE_KEY).split()[-1]


def ask(url: str, key: str | None = None, body: dict | None = None) -> tuple[int, dict]:
    """Send a request as a platform does; return (status, answer)."""
    request = urllib.request.Request(url, method="GET" if body is None else "POST")
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    data = None
    if body is not None:
        request.add_header("Content-Type", "application/json")
        data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, data, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def wait_until(condition, seconds: float, what: str):
    """Ask until ``condition()`` is true and return what it said; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what}")
        pause.wait(0.2)
    return answer


def at_once(*actions) -> list:
    """Run the actions in threads that start together; return their answers, errors included."""
    barrier = threading.Barrier(len(actions))
    answers = [None] * len(actions)

    def run(index, action):
        barrier.wait()
        try:
            answers[index] = action()
        except Exception as error:  # noqa: BLE001 the caller judges it
            answers[index] = error

    threads = [
        threading.Thread(target=run, args=(index, action)) for index, action in enumerate(actions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def query(served, sql: str, *values) -> list[tuple]:
    """Run one statement on a connection of one's own."""
    connection = served.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def latin_words(page) -> set[str]:
    """Words of two and more Latin letters on the screen that are no names."""
    text = re.sub(r"[\u4e00-\u9fff][A-Z][A-Z0-9]{5,6}", "", page.evaluate(TEXT))  # number plates
    words = set(re.findall(r"[A-Za-z][A-Za-z0-9]+", text)) - NAMES
    # Codes of stores, and the year in the number of an order.
    return {word for word in words if not re.fullmatch(r"[A-Z]{1,2}\d{2}", word)}


def press(page, button):
    """Press a button of the form's header, e.g. ``[name=action_plan]``; phones keep most in a menu."""
    page.wait_for_selector(".o_form_view .o_form_statusbar")
    found = page.locator(f".o_statusbar_buttons button{button}:visible").first
    if not found.count():
        page.locator(".o_statusbar_buttons .dropdown-toggle").click()
        # the sheet of a phone slides in, and away again when it is pulled before it stands
        page.locator(
            ".o-dropdown--menu:not(.o_bottom_sheet *), .o_bottom_sheet_snapping"
        ).wait_for()
        found = page.locator(f".o-dropdown--menu button{button}:visible").first
    found.click()


def reached(page, words):
    """Wait until the form's status bar stands at the state of these words; phones show no other one."""
    page.locator(f".o_statusbar_status [aria-checked=true]:has-text('{words}')").first.wait_for(
        state="attached"
    )


def choose(page, field, text, phone, within=".modal"):
    """Choose a record as people do: type and take it from the list, on phones from the cards."""
    box = page.locator(f"{within} [name={field}] input").first
    box.click()
    if phone:
        dialog = page.locator(".o_technical_modal").last
        cards = dialog.locator(".o_kanban_record:not(.o_kanban_ghost)")
        try:
            cards.first.wait_for(timeout=8000)
        except PlaywrightTimeout:
            # The form was drawn anew under the finger, by the answer to the field before.
            box.click(timeout=8000)
            cards.first.wait_for()
        card = dialog.locator(f".o_kanban_record:has-text('{text}')").last
        if not card.count():
            # Not among the first of many: looked for by name.
            dialog.locator("button:has(.fa-search)").first.click()
            look_for(page, text, within=".o_technical_modal")
        card.wait_for()
        card.click()
        card.wait_for(state="detached")
        return
    proposal = page.locator(f".o-autocomplete--dropdown-menu li:has-text('{text}')").first
    box.fill(text.split(" / ")[-1])
    proposal.click()
    if page.locator(f"{within} .o_field_many2many_tags[name={field}]").count():
        tag = page.locator(f"{within} [name={field}] .o_tag:has-text('{text}')")
        try:
            tag.wait_for(timeout=8000)
        except PlaywrightTimeout:
            # The list was drawn anew under the pointer, by the answer to the last letters.
            box.fill(text.split(" / ")[-1])
            proposal.click()
            tag.wait_for()


def day_of(page) -> str:
    """Return the day of which a dialog shows the times."""
    field = page.locator("[name=day]:visible").first
    box = field.locator("input")
    return box.first.input_value() if box.count() else field.inner_text()


def next_day(page):
    """Turn to the times of the next day; until they are there those of the day before can be pressed."""
    before = day_of(page)
    page.locator("button[name=action_next_day]:visible").click()
    wait_until(lambda: day_of(page) != before, 20, "the next day is shown")


def look_for(page, text, within=".o_control_panel"):
    """Look for ``text`` by the search bar: Enter takes the first proposal, which must stand."""
    page.locator(f"{within} .o_searchview_input").last.fill(text)
    page.locator(f".o_searchview_autocomplete .o-dropdown-item.focus:has-text('{text}')").wait_for()
    page.keyboard.press("Enter")
    # Phones fold the search bar away.
    page.locator(f"{within} .o_searchview_facet:has-text('{text}')").last.wait_for(state="attached")


def picture(page, name):
    """Keep what the page shows as a picture of the handbook, in the folder DEALER_PICTURES if set."""
    if folder := os.environ.get("DEALER_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def close_alarms(page):
    """Close the alarms that stay on a phone's screen, and lie on the buttons, before each click."""
    page.add_locator_handler(
        page.locator(".o_notification_close").first,
        lambda _button: page.evaluate(
            "document.querySelectorAll('.o_notification_close').forEach((each) => each.click())"
        ),
        no_wait_after=True,
    )


class Session:
    """A person's session as the web client has it, with a password of the demo."""

    def __init__(self, served, login):
        self.url = served.url
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        answer = self.ask(
            "/web/session/authenticate", {"db": served.db, "login": login, "password": "demo"}
        )
        assert answer["result"]["uid"], f"{login} cannot log in"

    def ask(self, path, params):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        request = urllib.request.Request(
            f"{self.url}{path}", body, {"Content-Type": "application/json"}
        )
        with self.opener.open(request, timeout=60) as answer:
            return json.load(answer)

    def call(self, model, method, *args):
        """Call a method as a click does; return the answer with ``result`` or ``error``."""
        return self.ask(
            f"/web/dataset/call_kw/{model}/{method}",
            {
                "model": model,
                "method": method,
                "args": list(args),
                "kwargs": {"context": {"lang": "zh_CN", "tz": "Asia/Shanghai"}},
            },
        )
