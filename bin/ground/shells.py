"""Odoo shells that stay: loading the registry takes longer than most scripts.

Each script has what a shell of its own would have: a fresh environment, connections and caches; what it
did not commit is rolled back at its end. What another transaction was in the way of is tried again, as
Odoo's server does. Two at once run in two processes.
"""

import contextlib
import json
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from .config import odoo_env
from .paths import LOGS, PYTHON
from .postgres import Cluster
from .say import GroundError

# Runs inside of Odoo's own shell: takes scripts from a socket until it is closed.
LOOP = """
def _serve_scripts():
    import contextlib, io, json, os, socket, traceback
    from odoo import SUPERUSER_ID, api, sql_db
    from odoo.modules.registry import Registry
    from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
    channel = socket.socket(socket.AF_UNIX)
    channel.connect({path!r})
    with channel, channel.makefile("rw", encoding="utf-8") as pipe:
        for line in pipe:
            for last in (False, False, True):
                said, failure, again, done = io.StringIO(), "", False, []
                registry = Registry({db!r}).check_signaling()
                # a test may have written past the ORM
                registry.clear_all_caches()
                registry.cache_invalidated.clear()
                with registry.cursor() as cr, contextlib.redirect_stdout(said):
                    cr.postcommit.add(lambda done=done: done.append(True))
                    env = api.Environment(cr, SUPERUSER_ID, {{}})
                    env = env(context=env["res.users"].context_get())
                    try:
                        exec(json.loads(line), {{"env": env, "self": env.user, "odoo": odoo, "__name__": "__main__"}})
                    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                        failure = traceback.format_exc()
                        # as Odoo's server does, where nothing was committed yet
                        again = not done and not last
                    except BaseException:
                        failure = traceback.format_exc()
                    finally:
                        cr.rollback()
                if not again:
                    break
            # what a session holds (advisory locks) goes with its connection
            sql_db.close_db({db!r})
            pipe.write(json.dumps([said.getvalue(), failure]) + "\\n")
            pipe.flush()
    os._exit(0)

env.cr.close()
_serve_scripts()
"""


class Shell:
    """One process of Odoo's shell on a database; one script at a time."""

    def __init__(self, cluster: Cluster, db: str, log: Path) -> None:
        self.log = log
        with (
            tempfile.TemporaryDirectory(prefix="dealer-") as folder,
            socket.socket(socket.AF_UNIX) as door,
        ):
            path = f"{folder}/door"
            door.bind(path)
            door.listen(1)
            LOGS.mkdir(parents=True, exist_ok=True)
            with log.open("a") as handle:
                self.process = subprocess.Popen(
                    [PYTHON, "-m", "odoo", "shell", "-d", db, "--no-http", "--log-level=error"],
                    stdin=subprocess.PIPE,
                    stdout=handle,
                    stderr=subprocess.STDOUT,
                    text=True,
                    env=odoo_env(cluster),
                )
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(LOOP.format(path=path, db=db))
                self.process.stdin.close()
            door.settimeout(1)
            while True:
                with contextlib.suppress(TimeoutError):
                    self.channel, _address = door.accept()
                    break
                if self.process.poll() is not None:
                    raise GroundError(f"Odoo's shell on {db} does not start ({log})")
        self.channel.settimeout(None)
        self.pipe = self.channel.makefile("rw", encoding="utf-8")

    def run(self, script: str) -> str:
        """Return what the script printed.

        :raises GroundError: the script failed, or ended its process
        """
        answer = ""
        with contextlib.suppress(OSError):
            self.pipe.write(json.dumps(script) + "\n")
            self.pipe.flush()
            answer = self.pipe.readline()
        if not answer:
            raise GroundError(f"Odoo's shell ended with {self.process.wait()} ({self.log})")
        said, failure = json.loads(answer)
        if failure:
            reason = failure.strip().splitlines()[-1]
            raise GroundError(f"a script in Odoo's shell failed: {reason}\n{said}{failure}")
        return said

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.pipe.close()
        self.channel.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Shells:
    """The shells on one database: an idle one is taken, else another one starts."""

    #: Processes that are kept when they are idle.
    KEPT = 8

    def __init__(self, cluster: Cluster, db: str) -> None:
        self.cluster = cluster
        self.db = db
        self.idle: list[Shell] = []
        self.lock = threading.Lock()

    def run(self, script: str) -> str:
        """Run a script (commit yourself) and return what it printed.

        :raises GroundError: the script failed, or ended its process
        """
        with self.lock:
            shell = self.idle.pop() if self.idle else None
        if shell is None or not shell.alive:
            shell = Shell(self.cluster, self.db, LOGS / f"shell-{self.db}.log")
        try:
            return shell.run(script)
        finally:
            with self.lock:
                keep = shell.alive and len(self.idle) < self.KEPT
                if keep:
                    self.idle.append(shell)
            if not keep:
                shell.close()

    def close(self) -> None:
        """End all processes; a script that still runs ends with its database."""
        with self.lock:
            idle, self.idle = self.idle, []
        for shell in idle:
            shell.close()
