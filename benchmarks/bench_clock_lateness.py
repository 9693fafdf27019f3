"""Budget: seconds after due until a breach is noticed while 100,000 clocks run: ≤ 10 with the job runner, ≤ 120 by the cron alone.

A real Odoo process serves the database. Clocks fall due at moments that lie apart; noticed means that the step is
recorded and committed.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.modules.module import get_module_path
from odoo.tools import SQL

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import (  # noqa: E402
    NotMeasured,
    clock_policy,
    customers,
    make_group,
    need,
    refuse_real_databases,
    running_clocks,
    tell,
)

RUNNING = 100_000
#: Seconds from the start on at which a clock falls due, in each round.
MOMENTS = (8, 15, 16, 17, 24, 33, 47)
PATIENCE = 200


class Server:
    """An Odoo process on this database; ends with the block."""

    def __init__(self, *arguments):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.command = [sys.executable, "-m", "odoo", "-d", env.cr.dbname]
        self.command += [f"--http-port={self.port}", "--log-level=error", *arguments]

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ.copy(),
        )
        url = f"http://127.0.0.1:{self.port}/web/health"
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(url, timeout=30):
                    return self
            except OSError:
                time.sleep(0.2)
        self.__exit__()
        raise NotMeasured("the server does not answer")

    def __exit__(self, *_error):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def watch(kind):
    """Return the seconds between due and noticed, of each clock of this kind, as somebody else sees them."""
    seen, deadline = {}, time.monotonic() + PATIENCE
    while len(seen) < len(MOMENTS) and time.monotonic() < deadline:
        env.cr.rollback()
        rows = env.execute_query(
            SQL(
                """
                SELECT id, extract(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - due_at)
                  FROM dealer_clock clock WHERE kind = %s
                   AND EXISTS (SELECT FROM dealer_clock_event event WHERE event.clock_id = clock.id)
                """,
                kind,
            )
        )
        for clock_id, seconds in rows:
            seen.setdefault(clock_id, float(seconds))
        time.sleep(0.1)
    need(len(seen) == len(MOMENTS), f"only {len(seen)} of {len(MOMENTS)} breaches were noticed")
    return seen.values()


def lateness(kind, *arguments):
    """Return the seconds between due and noticed, of clocks that fall due one after the other."""
    clock_policy(env, kind)
    env.cr.commit()
    with Server(*arguments):
        now = fields.Datetime.now()
        for relation, moment in zip(relations, MOMENTS, strict=True):
            relation._clock_start(kind, at=now + timedelta(seconds=moment, hours=-1))
            env.cr.commit()
        return watch(kind)


refuse_real_databases(env)
people = make_group(env)
customers(env, 1, RUNNING, env["dealer.unit"].union(*people), list(people.values()))
running_clocks(env, clock_policy(env, "bench_mass"), RUNNING)
relations = env["dealer.relation"].search([], limit=len(MOMENTS), order="id desc")
env.cr.commit()

by_runner = lateness("bench_runner")
by_cron = lateness("bench_cron", "--load=base,web,rpc")
tell("breach noticed with the job runner, latest", max(by_runner), 10, unit="s")
tell("breach noticed with the job runner, mean", sum(by_runner) / len(by_runner), unit="s")
tell("breach noticed by the cron alone, latest", max(by_cron), 120, unit="s")
tell("breach noticed by the cron alone, mean", sum(by_cron) / len(by_cron), unit="s")
waiting = env["queue.job"].search_count(env["dealer.clock"]._waiting_jobs())
tell("jobs that wait to tick", waiting)
