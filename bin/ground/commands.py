"""One function per command; what is slow to import is imported inside."""

import os
import shutil
import sys

from .config import odoo_env
from .paths import NODE_MODULES, PYTHON, SERVED_DB, STATE, VENV
from .postgres import Cluster
from .ready import ready
from .say import GroundError, say


def setup(arguments: list[str]) -> int:
    """Set all up: bin/setup [--dev] [--no-system]."""
    ready(dev="--dev" in arguments, system="--no-system" not in arguments)
    say("ready")
    return 0


def odoo(arguments: list[str]) -> int:
    """Odoo's own command line with the suite's configuration."""
    cluster = ready()
    os.execve(PYTHON, [str(PYTHON), "-m", "odoo", *arguments], odoo_env(cluster))


def shell(arguments: list[str]) -> int:
    """Odoo's shell on the served database; a script may come on standard input."""
    cluster = ready()
    database = arguments[0] if arguments and not arguments[0].startswith("-") else SERVED_DB
    if not cluster.exists(database):
        raise GroundError(f"there is no database {database} yet; make run makes it.")
    rest = arguments[1:] if arguments and arguments[0] == database else arguments
    command = [
        str(PYTHON),
        "-m",
        "odoo",
        "shell",
        "-d",
        database,
        "--no-http",
        "--log-level=warn",
        *rest,
    ]
    os.execve(PYTHON, command, odoo_env(cluster))


def psql(arguments: list[str]) -> int:
    """psql on the clone's cluster."""
    cluster = ready()
    program = str(cluster.bindir / "psql")
    os.execve(program, [program, *(arguments or [SERVED_DB])], {**os.environ, **cluster.env})


def dropdb(arguments: list[str]) -> int:
    """Drop a database of the clone's cluster with its files."""
    from . import database

    if len(arguments) != 1 or not arguments[0]:
        raise GroundError("say which database: make dropdb DB=name")
    cluster = ready()
    if not cluster.exists(arguments[0]):
        raise GroundError(
            f"there is no database {arguments[0]}; there are: {', '.join(cluster.databases())}."
        )
    database.drop(cluster, arguments[0])
    say(f"dropped {arguments[0]}")
    return 0


def in_venv(module: str, dev: bool = False, system: bool = False):
    """Run a command's module with the virtual environment's Python, which has all packages."""

    def handler(arguments: list[str]) -> int:
        ready(dev=dev, system=system)
        env = {
            **os.environ,
            "PYTHONPATH": os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        }
        sys.stdout.flush()
        os.execve(PYTHON, [str(PYTHON), "-m", f"ground.{module}", *arguments], env)

    handler.__doc__ = f"See bin/ground/{module}.py."
    return handler


def run(arguments: list[str]) -> int:
    from . import serve

    return serve.main(arguments)


def stop(arguments: list[str]) -> int:
    """Stop the server and the database cluster of this clone."""
    from . import serve

    served = serve.stop()
    cluster = Cluster()
    stopped = (STATE / "pg.bindir").exists() and cluster.stop()
    say("stopped" if served or stopped else "nothing was running")
    return 0


def clean(arguments: list[str]) -> int:
    """Stop all and remove what set-up made; the download cache outside of the clone stays."""
    stop([])
    if (STATE / "pg.bindir").exists():
        Cluster().remove()
    for folder in (VENV, STATE, NODE_MODULES):
        shutil.rmtree(folder, ignore_errors=True)
    say("clean")
    return 0


COMMANDS = {
    "setup": setup,
    "odoo": odoo,
    "shell": shell,
    "psql": psql,
    "dropdb": dropdb,
    "run": run,
    "stop": stop,
    "clean": clean,
    "test": in_venv("testing", dev=True, system=True),
    "matrix": in_venv("matrix", dev=True),
    "lint": in_venv("lint", dev=True),
    "pot": in_venv("pot", dev=True),
    "bench": in_venv("bench", dev=True),
}
