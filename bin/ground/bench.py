"""make bench: the budgets of docs/architecture.md, measured.

Each benchmarks/bench_*.py is a script for Odoo's shell on a throw-away database that holds all our
addons without demo data. It prints one line per figure that begins with BENCH. A figure over budget
is told, it is no failure: machines differ. What cannot be measured fails. BENCH=intake runs
bench_intake.py alone. A script may compare with Odoo and OCA without our addons, see BESIDE.
"""

import os
import sys
import time

from . import addons, builder, database, report, templates, venv
from .paths import ROOT
from .postgres import Cluster
from .ready import ready
from .report import Result
from .say import GroundError, fail, say

#: Databases that a script finds beside its own, as <its database>_<name>: what our addons stand on, without them.
BESIDE = {"bench_complaint": ("plain", "sla")}


def main() -> int:
    chosen = [name for name in os.environ.get("BENCH", "").split(",") if name]
    scripts = sorted((ROOT / "benchmarks").glob("bench_*.py"))
    if chosen:
        scripts = [path for path in scripts if path.stem.removeprefix("bench_") in chosen]
    if not scripts:
        raise GroundError("there is no such script in benchmarks/.")
    cluster = ready(dev=True)
    template = templates.installed(cluster)
    total = Result()
    for path in scripts:
        say(f"benchmark {path.stem}")
        started = time.monotonic()
        db = f"bench_{os.getpid()}"
        database.copy(cluster, template, db)
        try:
            _put_beside(cluster, path.stem, db)
            output = builder.shell(cluster, db, path.read_text(), log=f"{path.stem}.log")
        except GroundError as error:
            total.check(False, f"{path.stem}: {error}")
            continue
        finally:
            for name in (db, *_beside(path.stem, db)):
                database.drop(cluster, name)
        lines = [line for line in output.splitlines() if line.startswith("BENCH ")]
        total.check(bool(lines), f"{path.stem} measured nothing")
        for line in lines:
            print("  " + line.removeprefix("BENCH "), flush=True)
        total.times.append((time.monotonic() - started, path.stem))
    return report.close(total)


def _beside(stem: str, db: str) -> list[str]:
    return [f"{db}_{name}" for name in BESIDE.get(stem, ())]


def _put_beside(cluster: Cluster, stem: str, db: str) -> None:
    if stem not in BESIDE:
        return
    venv.beside()
    template = templates.dependencies(cluster, addons.ours())
    for name in _beside(stem, db):
        database.copy(cluster, template, name)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GroundError as error:
        fail(str(error))
        sys.exit(1)
