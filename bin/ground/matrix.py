"""make matrix: what make test is too short for. Each step that passed is remembered and skipped next time.

For each addon, on a database with its own dependencies and nothing else: install, its tests, uninstall (nothing may
stay), install again, upgrade. Then the suites of the Odoo and OCA addons that we stand on, with all of ours installed.
Last the slow tests of the set-up.

STEPS=…   only steps whose name contains one of these words
FRESH=1   forget what passed before
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict

from . import addons, builder, database, odoo_tests, report, templates, testing
from .paths import ADDONS, LOGS, ROOT, STATE
from .postgres import Cluster
from .ready import ready
from .report import Result
from .say import GroundError, fail, say
from .state import digest, tree_digest

MEMORY = STATE / "matrix"

# Odoo's and OCA's suites; those whose addon none of ours stands on are left out. mail, web, base and
# portal are Odoo's foundations with hours of tests of their own: nothing of ours changes their code.
SUITES = (
    "calendar", "contacts", "crm", "fleet", "helpdesk_mgmt", "phone_validation", "queue_job", "rating", "repair",
    "resource", "sale", "sales_team", "stock", "utm",
)  # fmt: skip

# What a database holds that an addon may leave behind. Each line of a query's answer is one thing.
TRACES = {
    "table": "SELECT tablename FROM pg_tables WHERE schemaname = 'public' UNION SELECT viewname FROM pg_views WHERE schemaname = 'public'",
    "column": "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'",
    "index": "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
    "constraint": "SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "function": "SELECT proname FROM pg_proc JOIN pg_language l ON l.oid = prolang WHERE pronamespace = 'public'::regnamespace AND lanname NOT IN ('c', 'internal')",
    "model": "SELECT model FROM ir_model",
    # a field that an installed module owns is none of ours; Odoo itself forgets and finds again inherited ones
    "field": "SELECT f.model || '.' || f.name FROM ir_model_fields f WHERE NOT EXISTS (SELECT FROM ir_model_data d JOIN ir_module_module m ON m.name = d.module AND m.state = 'installed' WHERE d.model = 'ir.model.fields' AND d.res_id = f.id)",
    "menu": "SELECT COALESCE(name->>'en_US', id::text) || '#' || id FROM ir_ui_menu",
    "view": "SELECT name || '#' || id FROM ir_ui_view",
    "action": "SELECT type || ':' || COALESCE(name->>'en_US', '') || '#' || id FROM ir_actions",
    "access": "SELECT name || '#' || id FROM ir_model_access",
    "rule": "SELECT COALESCE(name, '') || '#' || id FROM ir_rule",
    "group": "SELECT COALESCE(name->>'en_US', '') || '#' || id FROM res_groups",
    "cron": "SELECT COALESCE(cron_name, '') || '#' || id FROM ir_cron",
    "sequence": "SELECT COALESCE(code, name) || '#' || id FROM ir_sequence",
    "template": "SELECT COALESCE(name->>'en_US', '') || '#' || id FROM mail_template",
    "job function": "SELECT name FROM queue_job_function",
    "job channel": "SELECT complete_name FROM queue_job_channel",
    "parameter": "SELECT key FROM ir_config_parameter",
    # Odoo itself forgets the external ids of ir.model.inherit that an addon's mixins get from other modules
    "external id": "SELECT module || '.' || name FROM ir_model_data WHERE module NOT IN ('base', '__export__') AND model <> 'ir.model.inherit'",
    "module": "SELECT name FROM ir_module_module WHERE state = 'installed'",
}


def main() -> int:
    cluster = ready(dev=True)
    if os.environ.get("FRESH"):
        for old in MEMORY.glob("*.json"):
            old.unlink()
    wanted = [word for word in os.environ.get("STEPS", "").split(",") if word]
    steps = [
        step for step in _steps(cluster) if not wanted or any(word in step[0] for word in wanted)
    ]
    total = Result()
    for number, (name, key, step) in enumerate(steps, 1):
        started = time.monotonic()
        remembered = _recall(name, key)
        if remembered:
            say(f"{number}/{len(steps)} {name}: passed before ({remembered.passed} passed)")
            total += remembered
            continue
        say(f"{number}/{len(steps)} {name} …")
        try:
            result = step()
        except GroundError as error:
            result = Result(failed=1, problems=[f"{name}: {error}"])
        say(
            f"{number}/{len(steps)} {name}: {result.passed} passed, {result.failed} failed in {time.monotonic() - started:.0f} s"
        )
        for problem in result.problems:
            print(f"      {problem}", flush=True)
        if result.failed == 0 and result.passed:
            _remember(name, key, result)
        total += result
    return report.close(total)


def _steps(cluster: Cluster) -> Iterator[tuple[str, str, Callable[[], Result]]]:
    ours = addons.ours()
    tool = digest(ROOT / "bin/ground/matrix.py", ROOT / "bin/ground/odoo_tests.py")
    for name in ours:
        below = sorted(addons.closure([name]) & set(ours))
        key = digest(templates.ground(), tool, tree_digest([ADDONS / addon for addon in below]))
        yield f"alone-{name}", key, lambda name=name: alone(cluster, name)
    everything = digest(templates.ground(), tool, tree_digest([ADDONS / name for name in ours]))
    present = addons.closure(ours) - set(ours)
    for suite in SUITES:
        if suite in present:
            yield f"suite-{suite}", everything, lambda suite=suite: foreign_suite(cluster, suite)
    setup = digest(templates.ground(), tree_digest([ROOT / "bin", ROOT / "tests" / "setup"]))
    yield "set-up", setup, lambda: slow_tests(cluster)


def _memory(name: str):
    return MEMORY / f"{name}.json"


def _recall(name: str, key: str) -> Result | None:
    try:
        kept = json.loads(_memory(name).read_text())
    except (OSError, ValueError):
        return None
    if kept.pop("key") != key:
        return None
    result = Result(**kept)
    result.times = [tuple(pair) for pair in result.times]
    return result


def _remember(name: str, key: str, result: Result) -> None:
    MEMORY.mkdir(parents=True, exist_ok=True)
    fresh = _memory(name).with_suffix(".new")
    fresh.write_text(json.dumps({"key": key, **asdict(result)}))
    fresh.replace(_memory(name))


# -- one addon alone ---------------------------------------------------------------------------------


def alone(cluster: Cluster, name: str) -> Result:
    result = Result()
    lower = sorted((addons.closure([name]) & set(addons.ours())) - {name})
    db = f"matrix_{name}_{os.getpid()}"
    database.copy(cluster, templates.alone(cluster, name), db)
    try:
        if lower:
            _plain(
                cluster,
                result,
                f"{name}: installing {', '.join(lower)}",
                db,
                ["-i", ",".join(lower)],
            )
        before = traces(cluster, db)
        result += odoo_tests.run(cluster, f"matrix-{name}", db, ["-i", name], f"/{name}")
        builder.uninstall(cluster, db, [name])
        after = traces(cluster, db)
        left = [
            f"{kind} {thing}" for kind in TRACES for thing in sorted(after[kind] - before[kind])
        ]
        gone = [
            f"{kind} {thing}" for kind in TRACES for thing in sorted(before[kind] - after[kind])
        ]
        result.check(
            not left, f"{name}: uninstalling leaves {len(left)} things: {'; '.join(left[:12])}"
        )
        result.check(
            not gone,
            f"{name}: uninstalling takes {len(gone)} things of others: {'; '.join(gone[:12])}",
        )
        _plain(cluster, result, f"{name}: installing again", db, ["-i", name])
        _plain(cluster, result, f"{name}: upgrading", db, ["-u", name])
    finally:
        database.drop(cluster, db)
    return result


def _plain(cluster: Cluster, result: Result, what: str, db: str, arguments: list[str]) -> None:
    """Install or upgrade, and take the log as strictly as that of a test run."""
    code, log = builder.odoo(
        cluster,
        what,
        ["-d", db, *arguments, "--stop-after-init", "--no-http", "--without-demo"],
        log=f"matrix-{what.replace(': ', '-').replace(', ', '-').replace(' ', '-')}.log",
        check=False,
    )
    bad = builder.bad_lines(log)
    result.check(
        not code and not bad, f"{what}: {bad[0] if bad else builder.last_reason(log)} ({log})"
    )


def traces(cluster: Cluster, db: str) -> dict[str, set[str]]:
    return {
        kind: set(filter(None, cluster.psql(db, query).split("\n")))
        for kind, query in TRACES.items()
    }


# -- other people's suites ---------------------------------------------------------------------------


def foreign_suite(cluster: Cluster, suite: str) -> Result:
    """Run an addon's own tests with all of ours installed; its log may warn, as it does without us."""
    db = f"suite_{suite}_{os.getpid()}"
    database.copy(cluster, templates.installed(cluster), db)
    has_tests = any(addons.folder(suite).glob("tests/test_*.py"))
    try:
        return odoo_tests.run(
            cluster,
            f"matrix-suite-{suite}",
            db,
            ["-u", suite],
            f"/{suite}",
            clean_log=False,
            least=1 if has_tests else 0,
        )
    finally:
        database.drop(cluster, db)


def slow_tests(cluster: Cluster) -> Result:
    LOGS.mkdir(parents=True, exist_ok=True)
    os.environ["PYTEST"] = "-m slow tests"
    return testing.pytest_part(cluster)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GroundError as error:
        fail(str(error))
        print("\n0 passed, 1 failed")
        sys.exit(1)
