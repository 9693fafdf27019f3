"""Building databases with Odoo: install, update, prepare."""

import re
import subprocess
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path

from . import addons
from .config import odoo_env
from .paths import LOGS, PYTHON
from .postgres import Cluster
from .say import GroundError

# Of every Odoo log line: moment, process, level. What a run may not contain is judged by the level.
LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?P<level>[A-Z]+) ")
BAD_LEVELS = ("WARNING", "ERROR", "CRITICAL")

# The demo is shown in Chinese to everybody, the administrator included, and its pages are compiled
# beforehand, so that the first click is as fast as the second.
PREPARE_DEMO = """
users = env["res.users"].with_context(active_test=False).search([("share", "=", False), ("lang", "!=", "zh_CN")])
users.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
env["ir.default"].set("res.partner", "lang", "zh_CN")
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""


def odoo(
    cluster: Cluster,
    what: str,
    arguments: Iterable[str],
    *,
    log: str,
    script: str | None = None,
    check: bool = True,
    env: dict | None = None,
) -> tuple[int, Path]:
    """Run Odoo to its end, its log in a file of its own; return (exit code, log file)."""
    LOGS.mkdir(parents=True, exist_ok=True)
    logfile = LOGS / log
    command = [str(PYTHON), "-m", "odoo", *arguments]
    with logfile.open("w") as handle:
        process = subprocess.run(
            command,
            input=script,
            stdin=None if script is not None else subprocess.DEVNULL,
            stdout=handle,
            stderr=subprocess.STDOUT,
            text=True,
            env=odoo_env(cluster, **(env or {})),
        )
    if check and process.returncode:
        raise GroundError(f"{what} failed: {last_reason(logfile)} (all of it in {logfile}).")
    return process.returncode, logfile


def last_reason(logfile: Path) -> str:
    """The line of a log that tells best why Odoo gave up."""
    text = logfile.read_text(errors="replace")
    if "No space left on device" in text:
        return "the disk is full; free about 3 GB and run the same command again"
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(\w+\.)*\w*(Error|Exception|Warning)\b", line)]
    return (errors or lines or ["no output"])[-1].strip().rstrip(".")


def bad_lines(logfile: Path, start: int = 0) -> list[str]:
    """Warnings and errors of an Odoo log from a byte on, and tracebacks that bypassed the logger.

    A traceback right behind a record is the record's own: at INFO it tells of a failure that was dealt with.
    What PostgreSQL said of a bad query stands in the next line, and is told with it.
    """
    found = []
    with logfile.open("rb") as handle:
        handle.seek(start)
        text = handle.read().decode(errors="replace")
    owned = False  # whether the tracebacks that follow belong to a record: judged by its level
    inside = False  # whether a traceback's error is still to come
    before = ""
    for line in text.splitlines():
        if match := LOG_LINE.match(line):
            bad = match["level"] in BAD_LEVELS
            owned, inside = bad, False
            if bad:
                found.append(line)
        elif line.startswith("Traceback (most recent call last)"):
            owned = owned or bool(LOG_LINE.match(before))
            if not owned:
                inside = True
                found.append(f"{line} (after: {before[:200]})")
        elif owned and line.startswith("ERROR: ") and "bad query: " in before:
            found[-1] += f" {line}"
        elif inside and line and not line.startswith(" "):
            inside = False
            found[-1] += f" {line[:300]}"
        before = line
    return found


def build_demo(cluster: Cluster, database: str, log: str) -> None:
    """Make a database with all our addons, demo data and Chinese."""
    names = addons.ours()
    arguments = ["-d", database, "--load-language=zh_CN", "--stop-after-init", "--no-http"]
    odoo(
        cluster,
        f"building the database {database}",
        [*arguments, "-i", ",".join(["queue_job", *addons.foreign(names)])],
        log=log,
    )
    with our_demo_only(cluster, database):
        odoo(
            cluster,
            f"installing the suite in {database}",
            [*arguments, "-i", ",".join(names)],
            log=log,
        )
    prepare_demo(cluster, database)


@contextmanager
def our_demo_only(cluster: Cluster, database: str):
    """Let addons of ours load their demo data although what they stand on has none.

    Odoo loads an addon's demo data only where its dependencies have theirs. Ours is the shop that
    people should see; English leads and US companies beside it would stand in the way.
    """
    foreign = "UPDATE ir_module_module SET demo = {} WHERE state = 'installed' AND name NOT IN ({})"
    ours = ", ".join(f"'{name}'" for name in addons.ours())
    cluster.psql(database, foreign.format("true", ours))
    try:
        yield
    finally:
        cluster.psql(database, foreign.format("false", ours))


def prepare_demo(cluster: Cluster, database: str) -> None:
    shell(cluster, database, PREPARE_DEMO, log="prepare.log")


def shell(cluster: Cluster, database: str, script: str, log: str = "shell.log") -> str:
    """Run a script in Odoo's shell and return what it printed."""
    process = subprocess.run(
        [str(PYTHON), "-m", "odoo", "shell", "-d", database, "--no-http", "--log-level=error"],
        input=script,
        capture_output=True,
        text=True,
        env=odoo_env(cluster),
    )
    LOGS.mkdir(parents=True, exist_ok=True)
    (LOGS / log).write_text(process.stdout + process.stderr)
    if process.returncode:
        raise GroundError(
            f"Odoo's shell on {database} failed: {last_reason(LOGS / log)} (all of it in {LOGS / log})."
        )
    return process.stdout


def uninstall(cluster: Cluster, database: str, names: Iterable[str]) -> None:
    script = f"""
modules = env["ir.module.module"].search([("name", "in", {sorted(names)!r}), ("state", "=", "installed")])
modules.button_immediate_uninstall()
env.cr.commit()
"""
    shell(cluster, database, script, log=f"uninstall-{database}.log")
