"""make test: Odoo's runner, the suite across addons, lint.

ADDONS=a,b  only these addons in Odoo's runner
TAGS=…      only these tests, in the words of Odoo's --test-tags
ONLY=…      odoo, pytest or lint (several: odoo,lint)
PYTEST=…    arguments for pytest: PYTEST="tests/browser -k lead"
"""

import os
import shlex
import subprocess
import sys
import threading
import time
from functools import partial
from xml.etree import ElementTree

from . import addons, database, lint, odoo_tests, report, templates
from .config import odoo_env
from .paths import ADDONS, LOGS, PYTHON, ROOT, STATE
from .postgres import Cluster
from .ready import ready
from .report import Result
from .say import GroundError, fail, say

# Odoo's own checks of modules: indexes, signatures, routes, names, docstrings, tests, translations.
TEST_LINT = (
    "TestIndex",
    "TestLintOverrideSignatures",
    "RoutesLinter",
    "TestNaming",
    "TestDocstring",
    "TestTestHoles",
    "TestI18n",
)
PARTS = ("odoo", "pytest", "lint")
#: A wait of the browser that ran out is tried once more, and told: the machine may have been busy.
#: What a test asserts is never tried again.
AGAIN = ["--reruns=1", "--only-rerun=^TimeoutError: (Locator|Page|Frame)", "-rR"]


def main() -> int:
    parts = [part for part in os.environ.get("ONLY", "").split(",") if part] or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        raise GroundError(f"ONLY={','.join(unknown)} is none of {', '.join(PARTS)}.")
    names = [name for name in os.environ.get("ADDONS", "").split(",") if name]
    tags = os.environ.get("TAGS", "")
    if (names or tags) and "ONLY" not in os.environ:
        parts = ["odoo"]
    if os.environ.get("PYTEST") and "ONLY" not in os.environ:
        parts = ["pytest"]
    if missing := set(names) - set(addons.ours()):
        raise GroundError(f"there is no addon {', '.join(sorted(missing))} in addons/.")
    cluster = ready(dev=True)
    _prune_logs()
    total = Result()
    # lint keeps one core busy; on the other one is made what the served tests stand on
    made = Result()
    side = threading.Thread(target=_guarded, args=(made, "demo", lambda: demo_part(cluster)))
    if {"lint", "pytest"} <= set(parts):
        side.start()
    if "lint" in parts:
        _guarded(total, "lint", lambda: lint.checks(cluster))
    if side.ident:
        side.join()
        total += made
    if "odoo" in parts:
        _guarded(total, "Odoo's runner", lambda: odoo_part(cluster, names, tags))
    if "pytest" in parts:
        _guarded(total, "pytest", lambda: pytest_part(cluster))
    return report.close(total)


def _prune_logs() -> None:
    """Keep the logs of the last runs; each run has its own, as two may run at once."""
    for kind in ("odoo-tests", "served"):
        for old in sorted(LOGS.glob(f"{kind}-*"), key=lambda path: path.stat().st_mtime)[:-20]:
            old.unlink(missing_ok=True)


def _guarded(into: Result, name: str, part) -> None:
    """Run a part; one that breaks is a failure, and the others still run."""
    started = time.monotonic()
    try:
        result = part()
    except GroundError as error:
        result = Result(failed=1, problems=[f"{name}: {error}"])
    say(
        f"{name}: {result.passed} passed, {result.failed} failed in {time.monotonic() - started:.0f} s"
    )
    into += result


def demo_part(cluster: Cluster) -> Result:
    """Make the database with demo data that is copied for the served tests."""
    templates.demo(cluster)
    return Result(passed=1)


def odoo_part(cluster: Cluster, names: list[str], tags: str) -> Result:
    """All addons together on copies of the template, each test of ours, then Odoo's own linters.

    One process keeps one core busy: the whole is dealt to as many as there are cores.
    """
    ours = names or addons.ours()
    if not ours:
        return Result()
    template = templates.dependencies(cluster, addons.ours())
    say(f"Odoo's runner: {', '.join(ours)}")
    # those of the chosen addons' own dependencies that are ours are installed by Odoo itself
    arguments = ["-i", ",".join(ours)]
    if tags:
        return _odoo_run(cluster, template, "chosen", arguments, [tags])
    if names:
        return _odoo_run(cluster, template, "chosen", arguments, [f"/{name}" for name in names])
    shares = _shares(ours, os.cpu_count() or 1)
    results = [Result() for _share in shares]
    lints = [f"/test_lint:{name}" for name in TEST_LINT]
    sides = []
    for number, (share, result) in enumerate(zip(shares, results, strict=True), 1):
        last = number == len(shares)
        more = ["-u", "test_lint"] if last else []
        wanted = [*share, *lints] if last else share
        part = partial(_odoo_run, cluster, template, f"{number}", [*arguments, *more], wanted)
        sides.append(
            threading.Thread(target=_guarded, args=(result, f"Odoo's runner {number}", part))
        )
    for side in sides:
        side.start()
    total = Result()
    for side, result in zip(sides, results, strict=True):
        side.join()
        total += result
    return total


def _shares(names: list[str], number: int) -> list[list[str]]:
    """Deal the addons' files of tests, the longest first, each to who has least."""
    files = [file for name in names for file in (ADDONS / name).glob("tests/test_*.py")]
    shares: list[list[str]] = [[] for _share in range(number)]
    weights = [0] * number
    for weight, file in sorted(((file.stat().st_size, file) for file in files), reverse=True):
        least = weights.index(min(weights))
        weights[least] += weight
        shares[least].append(f"/{file.relative_to(ADDONS)}")
    return [share for share in shares if share]


def _odoo_run(
    cluster: Cluster, template: str, share: str, arguments: list[str], wanted: list[str]
) -> Result:
    db = f"test_{os.getpid()}_{share}"
    database.copy(cluster, template, db)
    try:
        name = f"odoo-tests-{os.getpid()}-{share}"
        return odoo_tests.run(cluster, name, db, arguments, ",".join(wanted))
    finally:
        database.drop(cluster, db)


def pytest_part(cluster: Cluster) -> Result:
    """The suite across addons: set-up, served processes, browser stories.

    Stories work a browser, the others mostly wait for clocks: the whole suite goes in two halves
    side by side, each with a served database of its own.
    """
    if chosen := shlex.split(os.environ.get("PYTEST", "")):
        return _pytest(cluster, "chosen", chosen)
    result, others = Result(), Result()
    side = threading.Thread(
        target=_guarded,
        args=(
            others,
            "pytest beside the browser",
            lambda: _pytest(cluster, "beside", ["tests", "--ignore=tests/browser"], quiet=True),
        ),
    )
    side.start()
    _guarded(
        result, "pytest in the browser", lambda: _pytest(cluster, "browser", ["tests/browser"])
    )
    side.join()
    result += others
    return result


def _pytest(cluster: Cluster, name: str, arguments: list[str], quiet: bool = False) -> Result:
    """Run pytest; ``quiet`` keeps what it prints until its end."""
    junit = STATE / f"pytest-{os.getpid()}-{name}.xml"
    junit.unlink(missing_ok=True)
    say(f"pytest {' '.join(arguments)}")
    LOGS.mkdir(parents=True, exist_ok=True)
    run = subprocess.run(
        [PYTHON, "-m", "pytest", f"--junitxml={junit}", *AGAIN, "--durations=25", *arguments],
        cwd=ROOT,
        env=odoo_env(cluster),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        errors="replace",
    )
    if quiet:
        print(run.stdout, flush=True)
    code = run.returncode
    if not junit.exists():
        return Result(failed=1, problems=[f"pytest ended with {code} before any test"])
    tree = ElementTree.parse(junit)
    junit.unlink()
    result = Result()
    if code == 5:  # nothing collected
        return result
    passed: dict[str, int] = {}
    failed = set()
    for case in tree.iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        result.times.append((float(case.get("time") or 0), name))
        bad = [child for child in case if child.tag in ("failure", "error")]
        skipped = case.find("skipped")
        if bad:
            failed.add(name)
            result.failed += 1
            result.problems.append(f"{name}: {(bad[0].get('message') or '').splitlines()[0:1]}")
        elif skipped is not None:
            result.skipped.append(f"{name}: {skipped.get('message')}")
        else:
            # a wait that ran out stands there as a case of its own without a failure
            passed[name] = passed.get(name, 0) + 1
    result.passed += len(passed.keys() - failed)
    if twice := [name for name, tries in passed.items() if tries > 1]:
        say(f"tried a second time, as a wait ran out: {', '.join(twice)}")
    if code not in (0, 1):
        result.check(False, f"pytest ended with {code}")
    return result


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GroundError as error:
        fail(str(error))
        print("\n0 passed, 1 failed")
        sys.exit(1)
