"""Small helpers of the tests across addons."""

import json
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEAD_FILE = ROOT / "addons/dealer_leads/tests/data/dongchedi_api.json"

MAKE_KEY = """
from datetime import timedelta
user = env["res.users"].search([("login", "=", "api.intake")])
key = env["res.users.apikeys"].with_user(user).sudo()._generate(
    "rpc", "story", fields.Datetime.now() + timedelta(days=1)
)
env.cr.commit()
print(key)
"""


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
