"""What the tests across addons stand on: a served throw-away database and a real browser.

Odoo's own runner rolls every test back inside one transaction; commits, hooks after a commit, jobs,
races and pages are proved here, on a database that a real Odoo process serves.
"""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from helpers import close_alarms

from ground import addons, builder, database, odoo_tests, system_packages, templates
from ground.config import odoo_env
from ground.paths import LOGS, PYTHON
from ground.postgres import ROLE, Cluster
from ground.ready import ready
from ground.say import GroundError
from ground.shells import Shells

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    # names of the outside do not even resolve
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
FAILED = pytest.StashKey[bool]()
DESK = {"width": 1400, "height": 850}
PHONE = {"width": 390, "height": 844}


#: What Odoo itself logs when two tabs of a person come and go in the same moment; it tries again.
PRESENCE = re.compile(
    r"""bad query: b' *UPDATE "mail_presence"|bus\.websocket: could not serialize access"""
)
#: On a busy machine a job waits over ten seconds for a free thread: the runner queues it once more,
#: and who comes second finds it taken, or may not write what the first has written; it is tried again.
REQUEUED = re.compile(
    r"queue_job\.jobrunner\.runner: Re-queued dead job"
    r"|queue_job\.controllers\.main: was requested to run job \S+, but it (could not be locked|does not exist)"
    r"|odoo\.sql_db: bad query: b' UPDATE \"queue_job\".* ERROR: +could not serialize access"
)


@dataclass
class Served:
    """A demo database of its own, served by an Odoo process of its own with the job runner."""

    cluster: Cluster
    db: str
    port: int
    log: Path
    guard: Path
    process: subprocess.Popen | None = None
    expected: list[re.Pattern] = field(default_factory=lambda: [PRESENCE, REQUEUED])
    found: list[str] = field(default_factory=list)
    read: int = 0

    def __post_init__(self) -> None:
        self.shells = Shells(self.cluster, self.db)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def shell(self, script: str) -> str:
        """Run a script in Odoo's shell on this database (commit yourself) and return what it printed."""
        return self.shells.run(script)

    def connect(self):
        """Open a connection of one's own to the database; the caller closes it."""
        return psycopg2.connect(host=str(self.cluster.socket), user=ROLE, dbname=self.db)

    def expect_log(self, pattern: str) -> None:
        """Say that a warning or error matching the pattern is part of a test and no failure."""
        self.expected.append(re.compile(pattern))

    def start(self, *arguments: str) -> None:
        env = odoo_env(self.cluster, **odoo_tests.guard_env(self.guard))
        with self.log.open("a") as handle:
            self.process = subprocess.Popen(
                [PYTHON, "-m", "odoo", "-d", self.db, f"--http-port={self.port}", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=subprocess.STDOUT,
                env=env,
            )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise GroundError(
                    f"Odoo does not start: {builder.last_reason(self.log)} ({self.log})"
                )
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                connection.request("GET", "/web/health")
                if connection.getresponse().status == 200:
                    return
            time.sleep(0.2)
        raise GroundError(f"Odoo does not answer on port {self.port} ({self.log})")

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process and self.process.poll() is None:
            self._read_log()
            self.process.send_signal(number)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            # what a cron says whose connection is cut is no complaint
            self.read = self.log.stat().st_size

    def _read_log(self) -> None:
        self.found += builder.bad_lines(self.log, self.read)
        self.read = self.log.stat().st_size

    def complaints(self) -> list[str]:
        """Lines of the log that no test expects, and attempts to reach the outside."""
        self._read_log()
        bad = [line for line in self.found if not any(p.search(line) for p in self.expected)]
        return bad + [f"outside: {line}" for line in odoo_tests.outside(self.guard)]


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    return ready(dev=True)


def _open_always(cluster: Cluster, db: str) -> None:
    """Let stories run at any hour: stores are open round the clock, everybody gets leads, no mail leaves.

    What closed hours, rules by the hour and caps do is proved in the addons' own tests.
    """
    connection = psycopg2.connect(host=str(cluster.socket), user=ROLE, dbname=db)
    with contextlib.closing(connection), connection, connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM resource_calendar_attendance WHERE day_period <> 'morning'
                AND calendar_id IN (SELECT calendar_id FROM dealer_unit);
            UPDATE resource_calendar_attendance SET hour_from = 0, hour_to = 24
                WHERE calendar_id IN (SELECT calendar_id FROM dealer_unit);
            UPDATE dealer_distribution_rule SET active = FALSE WHERE hour_from <> hour_to;
            UPDATE ir_config_parameter SET value = '0' WHERE key = 'dealer_leads.lead_cap';
            -- there is no mail server here, and its hour may come in the middle of a story
            UPDATE ir_cron SET active = FALSE WHERE id IN (SELECT res_id FROM ir_model_data
                WHERE module = 'mail' AND name = 'ir_cron_mail_scheduler_action');
            -- stores that never close have their midnight for closing: its notes come in the middle, too
            UPDATE ir_cron SET active = FALSE WHERE id IN (SELECT res_id FROM ir_model_data
                WHERE module = 'dealer_reports'
                AND name IN ('ir_cron_daily_report', 'ir_cron_morning_digest'));
            """
        )


def _serve(cluster: Cluster, name: str, start: bool = True) -> Iterator[Served]:
    if not addons.ours():
        pytest.fail("there are no addons to serve")
    db = f"{name}_{os.getpid()}"
    database.copy(cluster, templates.demo(cluster), db)
    _open_always(cluster, db)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"served-{db}.log"
    log.write_text("")
    served = Served(cluster, db, odoo_tests.free_port(), log, LOGS / f"served-{db}.outside")
    try:
        if start:
            served.start()
        yield served
    finally:
        complaints = served.complaints()
        served.stop()
        served.shells.close()
        database.drop(cluster, db)
    if complaints:
        pytest.fail(
            f"{len(complaints)} complaints in {log}:\n" + "\n".join(complaints[:20]), pytrace=False
        )


@pytest.fixture(scope="session")
def served(cluster) -> Iterator[Served]:
    """One served database for the whole session: tests make their own records and do not count others'."""
    yield from _serve(cluster, "served")


@pytest.fixture
def served_alone(cluster) -> Iterator[Served]:
    """A served database for one test that changes what others need (settings, workers, modules)."""
    yield from _serve(cluster, "alone")


@pytest.fixture
def unserved(cluster) -> Iterator[Served]:
    """A database for one test that no process serves, unless the test starts one."""
    yield from _serve(cluster, "unserved", start=False)


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, steered by Playwright."""
    program = system_packages.chromium()
    if program is None:
        pytest.fail("browser stories need chromium: apt-get install chromium", pytrace=False)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


def _is_outside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in (
        "127.0.0.1",
        "localhost",
        "::1",
    )


def _log_in(context, login: str, password: str) -> bool:
    """Send the log-in form without loading the page that follows; return whether it was accepted."""
    shown = context.request.get("/web/login").text()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', shown).group(1)
    form = {"csrf_token": token, "login": login, "password": password, "type": "password"}
    return context.request.post("/web/login", form=form, max_redirects=0).status == 303


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let fixtures know at their end whether their test failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def page_as(served, browser, request) -> Iterator[Callable]:
    """A page in which somebody is logged in: page_as("login"), page_as("login", phone=True), page_as(None).

    The page is still empty: most stories begin elsewhere than on the start page, which takes seconds to
    load. ``start=True`` logs in by the form and waits there. On phones alarms that stay on the screen are
    closed before each click; ``alarms=True`` keeps them.
    Whatever a page logs as an error, throws or asks of the outside fails the test at its end; what
    the pages of a failed test show is kept as pictures beside the logs.
    `page_as.expect_console(pattern)` names what a test provokes on purpose.
    """
    contexts, complaints, expected = [], [], []

    def note(kind: str, text: str) -> None:
        if not any(re.search(pattern, text) for pattern in expected):
            complaints.append(f"{kind}: {text}")

    def watch(request) -> None:
        if _is_outside(request.url):
            complaints.append(f"request to the outside: {request.url}")

    def page_as(
        login: str | None,
        phone: bool = False,
        password: str | None = None,
        url: str | None = None,
        alarms: bool = False,
        start: bool = False,
    ):
        context = browser.new_context(
            viewport=PHONE if phone else DESK,
            is_mobile=phone,
            has_touch=phone,
            # sharp pictures for the handbook; for the stories alone it would be four times the work
            device_scale_factor=2 if phone and os.environ.get("DEALER_PICTURES") else 1,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            base_url=url or served.url,
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        context.on("request", watch)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                message.type == "error" and note("console", f"{message.text} @ {message.location}")
            ),
        )
        page.on("pageerror", lambda error: note("page", str(error)))
        if phone and not alarms:
            close_alarms(page)
        if login is not None:
            password = password or ("admin" if login == "admin" else "demo")
            if start:
                page.goto("/web/login")
                page.fill("input[name=login]", login)
                page.fill("input[name=password]", password)
                with page.expect_navigation():
                    page.click("form.oe_login_form button[type=submit]")
                entered = not page.locator("form.oe_login_form").count()
            else:
                entered = _log_in(context, login, password)
            if not entered:
                raise AssertionError(f"{login} cannot log in")
        return page

    page_as.expect_console = expected.append
    yield page_as
    if request.node.stash.get(FAILED, False):
        name = re.sub(r"\W+", "-", request.node.name)
        shown = [page for context in contexts for page in context.pages]
        for number, page in enumerate(shown, 1):
            with contextlib.suppress(Exception):
                page.screenshot(path=LOGS / f"failed-{name}-{number}.png")
    for context in contexts:
        context.close()
    if complaints:
        pytest.fail("the pages complain:\n" + "\n".join(complaints[:20]), pytrace=False)
