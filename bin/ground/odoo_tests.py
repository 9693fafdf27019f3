"""Run tests in Odoo's own runner and judge its log."""

import os
import re
import socket
from pathlib import Path

from . import builder
from .paths import LOGS, ROOT
from .postgres import Cluster
from .report import Result

NETGUARD = ROOT / "tests" / "netguard"
SUMMARY = re.compile(r"odoo\.tests\.result: (\d+) failed, (\d+) error\(s\) of (\d+) tests")
# Lines that only repeat that a test failed: the failure itself is counted already.
ECHO = re.compile(
    r"(: (FAIL|ERROR): (setUpClass |Subtest )?|Traceback \(most recent|odoo\.tests\.result|Module \S+: \d+ failures|Tests failed"
    r"|\d+ failed, \d+ error|odoo\.modules\.registry: At least one test failed)"
)


# Odoo's linters look at OCA's addons too. What they find there is known, is not ours to mend and
# breaks nothing; each finding stands here by itself, so that a new one is seen.
KNOWN_OF_OCA = (
    "Subtest TestDocstring.test_docstring (module='queue_job', model='base', method='delayable')",
    "Subtest TestLintOverrideSignatures.test_lint_override_signature (module='queue_job', model='queue.job.channel', method='write')",
    "Subtest TestLintOverrideSignatures.test_lint_override_signature (module='queue_job', model='queue.job.function', method='write')",
    "Subtest TestLintOverrideSignatures.test_lint_override_signature (module='helpdesk_mgmt', model='helpdesk.ticket', method='message_new')",
    "Subtest TestLintOverrideSignatures.test_lint_override_signature (module='helpdesk_mgmt', model='helpdesk.ticket', method='message_update')",
)
KNOWN_INDEXES_OF_OCA = {
    "queue.job.function.channel_id (inverse of queue.job.channel.job_function_ids)"
}
INDEX = "TestIndex.test_enforce_index_on_one2many_inverse"
FAILURE = re.compile(r" odoo\.(?:addons\.)?([\w.]+): (?:FAIL|ERROR): (.+)$", re.MULTILINE)

#: Seconds; what a test says of itself beyond that is not true.
LONGEST = 86400


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def guard_env(log: Path) -> dict[str, str]:
    """The environment that refuses and records every connection to the outside."""
    log.unlink(missing_ok=True)
    return {"PYTHONPATH": str(NETGUARD), "DEALER_NETGUARD_LOG": str(log)}


def outside(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def _known(test: str, log: str) -> bool:
    if test == INDEX:
        found = re.findall(r"^[\w.]+ \(inverse of [\w.]+\)$", log, re.MULTILINE)
        return bool(found) and set(found) <= KNOWN_INDEXES_OF_OCA
    return test in KNOWN_OF_OCA


def _reasons(log: str) -> dict[tuple[str, str], str]:
    """Return ``{(place, test): the line that says why}``: the run may be over where nobody keeps logs."""
    reasons = {}
    for found in FAILURE.finditer(log):
        following = re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,", log[found.end() :], re.MULTILINE)
        record = log[found.end() : found.end() + following.start() if following else None]
        said = [
            line
            for line in record.splitlines()
            if re.match(r"(\w+\.)*\w*(Error|Exception)\b", line)
        ]
        reasons[found.groups()] = (said or [""])[-1][:300]
    return reasons


def run(
    cluster: Cluster,
    name: str,
    db: str,
    arguments: list[str],
    tags: str,
    *,
    clean_log: bool = True,
    least: int = 1,
) -> Result:
    """Run Odoo with tests to its end.

    :param clean_log: any WARNING or ERROR in the log is a failure
    :param least: fewer tests than this is a failure (a suite that ran nothing proves nothing)
    """
    result = Result()
    guard = LOGS / f"{name}.outside"
    code, log = builder.odoo(
        cluster,
        name,
        ["-d", db, *arguments, "--test-enable", "--test-tags", tags, "--stop-after-init", "--without-demo",
         "--http-port", str(free_port()), "--log-handler=odoo.tests.stats:DEBUG"],
        log=f"{name}.log",
        check=False,
        env={**guard_env(guard), "ODOO_TEST_MAX_FAILED_TESTS": os.environ.get("ODOO_TEST_MAX_FAILED_TESTS", "1000")},
    )  # fmt: skip
    text = log.read_text(errors="replace")
    summaries = SUMMARY.findall(text)
    problems = [(place, test) for place, test in FAILURE.findall(text) if not _known(test, text)]
    known = len(FAILURE.findall(text)) - len(problems)
    failed = max(0, sum(int(f) + int(e) for f, e, _n in summaries) - known)
    total = sum(int(n) for _f, _e, n in summaries)
    result.failed += failed
    result.passed += max(0, total - failed)
    reasons = _reasons(text)
    result.problems += [f"{place}: {test}: {reasons[place, test]}" for place, test in problems]
    for line in text.splitlines():
        found = re.match(r"^\t(\w+(?:\.\w+){2,}): ([\d.]+)s \d+ queries$", line)
        # Where a class stops the clock of the world, Odoo counts months.
        if found and float(found.group(2)) < LONGEST:
            result.times.append((float(found.group(2)), found.group(1)))
    result.check(
        total >= least,
        f"{name}: {total} tests ran, {least} or more were expected ({builder.last_reason(log)}; {log})",
    )
    # Odoo then starts its count anew: what ran before is lost, see templates._strip
    lost = "Reloading registry once more after uninstalling modules" in text
    result.check(
        not lost, f"{name}: an addon uninstalled modules in the run, test results were lost"
    )
    if code and not failed and not known:
        result.check(False, f"{name}: Odoo ended with {code}: {builder.last_reason(log)} ({log})")
    left = outside(guard)
    result.check(not left, f"{name}: tried to reach the outside: {'; '.join(left[:3])}")
    if clean_log:
        bad = [line for line in builder.bad_lines(log) if not ECHO.search(line)]
        result.check(
            not bad,
            f"{name}: {len(bad)} warnings or errors in {log}, the first: {bad[0][:300] if bad else ''}",
        )
    return result
