"""make run: a served database with demo data, one log-in per post; and make stop."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress

from . import addons, builder, database, odoo_source, venv
from .config import odoo_env
from .paths import LOGS, ODOO_CONF, PYTHON, SERVED_DB, STATE, WITNESS
from .postgres import Cluster
from .ready import last_one_out, ready
from .say import GroundError, say
from .state import clone_lock, stamp, tree_digest, unstamp
from .wechat import Simulator

PIDFILE = STATE / "run.pid"
STAMP = "served"

# The posts of a dealership in the order in which the log-ins are shown; two levels of one post count as two.
POSTS = (
    "group_sales_consultant", "group_sales_manager", "group_sales_director", "group_dcc_agent", "group_dcc_lead",
    "group_reception", "group_service_advisor", "group_service_manager", "group_technician", "group_care_agent",
    "group_care_manager", "group_marketing_user", "group_marketing_manager", "group_general_manager",
    "group_group_executive",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    port = _port()
    _refuse_busy_port(port)
    cluster = ready(system=True)
    with clone_lock("demo"):
        _database(cluster)
    return _serve(cluster, port, arguments)


def _port() -> int:
    text = os.environ.get("PORT") or "8069"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise GroundError(f"PORT={text} is no port number.")
    return int(text)


def _refuse_busy_port(port: int) -> None:
    if _running_pid():
        raise GroundError("this clone is already served; make stop stops it.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise GroundError(
                f"port {port} is reserved for root; choose another one: make run PORT=8070"
            ) from error
        except OSError as error:
            raise GroundError(
                f"port {port} is in use by another program; choose another one: make run PORT={port + 1}"
            ) from error


# -- the database -----------------------------------------------------------------------------------


def _database(cluster: Cluster) -> None:
    """Make the served database, or bring it up to date with the addons' files."""
    wanted = {name: tree_digest([addons.folder(name)]) for name in addons.ours()}
    wanted["odoo"] = odoo_source.version(venv.odoo_folder())
    known = _known()
    if known is None or not cluster.exists(SERVED_DB):
        unstamp(STAMP)
        database.drop(cluster, SERVED_DB)
        say(
            f"building the database {SERVED_DB} with demo data in Chinese (some minutes; log: {LOGS / 'build.log'})"
        )
        builder.build_demo(cluster, SERVED_DB, "build.log")
        stamp(STAMP, json.dumps(wanted))
        return
    if known == wanted:
        return
    changed = [name for name in addons.ours() if known.get(name) not in (None, wanted[name])]
    if known.get("odoo") != wanted["odoo"]:
        changed = ["base"]
    new = [name for name in addons.ours() if name not in known]
    say(
        f"bringing the database {SERVED_DB} up to date: {', '.join(changed + new) or 'nothing to change'}"
    )
    if changed or new:
        arguments = ["-d", SERVED_DB, "--stop-after-init", "--no-http"]
        if changed:
            arguments += ["-u", ",".join(changed)]
        if new:
            arguments += ["-i", ",".join(new)]
        with builder.our_demo_only(cluster, SERVED_DB):
            builder.odoo(cluster, "updating the database", arguments, log="update.log")
        builder.prepare_demo(cluster, SERVED_DB)
    stamp(STAMP, json.dumps(wanted))


def _known() -> dict | None:
    with suppress(OSError, ValueError):
        return json.loads((WITNESS / STAMP).read_text())
    return None


def logins(cluster: Cluster) -> list[tuple[str, str]]:
    """(post, log-in): the first demo user of each post."""
    answer = cluster.psql(
        SERVED_DB,
        f"""
        SELECT d.name, COALESCE(g.name->>'zh_CN', g.name->>'en_US'), min(u.login)
          FROM ir_model_data d
          JOIN res_groups g ON g.id = d.res_id
          JOIN res_groups_users_rel r ON r.gid = g.id
          JOIN res_users u ON u.id = r.uid AND u.active AND u.id > 2
         WHERE d.module = 'dealer_base' AND d.model = 'res.groups' AND d.name IN ({", ".join(f"'{post}'" for post in POSTS)})
      GROUP BY 1, 2
        """,
    )
    rows = {
        name: (label, login)
        for name, label, login in (line.split("|") for line in answer.splitlines())
    }
    return [rows[post] for post in POSTS if post in rows]


# -- the process ------------------------------------------------------------------------------------


def _serve(cluster: Cluster, port: int, arguments: list[str]) -> int:
    _refuse_busy_port(port)
    LOGS.mkdir(parents=True, exist_ok=True)
    logfile = LOGS / "odoo.log"
    command = [
        str(PYTHON),
        "-m",
        "odoo",
        "-c",
        str(ODOO_CONF),
        "-d",
        SERVED_DB,
        f"--http-port={port}",
        *arguments,
    ]
    with logfile.open("a") as handle:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=subprocess.STDOUT,
            env=odoo_env(cluster),
        )
    PIDFILE.write_text(f"{server.pid}")
    wechat = Simulator(cluster, port)
    stopping = False

    def stop_server(signum, frame):
        nonlocal stopping
        stopping = True
        with suppress(ProcessLookupError):
            server.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop_server)
    signal.signal(signal.SIGINT, stop_server)
    try:
        _wait_for_answer(server, port, logfile, lambda: stopping)
        if not stopping:
            _welcome(cluster, port, logfile, wechat)
        code = server.wait()
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()
        wechat.stop()
        PIDFILE.unlink(missing_ok=True)
        last_one_out(cluster)
    if stopping or code in (0, -signal.SIGTERM, -signal.SIGINT):
        say("stopped")
        return 0
    raise GroundError(
        f"Odoo ended by itself: {builder.last_reason(logfile)} (all of it in {logfile})."
    )


def _wait_for_answer(server: subprocess.Popen, port: int, logfile, stopping) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and not stopping():
        if server.poll() is not None:
            raise GroundError(
                f"Odoo does not start: {builder.last_reason(logfile)} (all of it in {logfile})."
            )
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/web/health")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.2)
    if not stopping():
        raise GroundError(f"Odoo does not answer on port {port}; see {logfile}.")


def _welcome(cluster: Cluster, port: int, logfile, wechat: Simulator) -> None:
    rows = [("post", "log-in", "password"), ("administrator", "admin", "admin")]
    rows += [(post, login, "demo") for post, login in logins(cluster)]
    width = max(len(login) for _post, login, _password in rows)
    lines = [f"    {login:<{width}}  {password:<8}  {post}" for post, login, password in rows]
    print(f"\n  The dealer suite is served at  http://127.0.0.1:{port}\n")
    print("\n".join(lines))
    print("\n".join(["", *wechat.lines()]))
    print(f"\n  log: {logfile}")
    if not shutil.which("wkhtmltopdf"):
        print("  wkhtmltopdf is missing: print-outs do not work, all else does.")
    print("  stop it with Ctrl-C, or with make stop from another terminal.\n", flush=True)


def _running_pid() -> int | None:
    """The served process, if the pid file is not a leftover."""
    with suppress(OSError, ValueError):
        pid = int(PIDFILE.read_text())
        with open(f"/proc/{pid}/cmdline", "rb") as handle:
            if str(ODOO_CONF).encode() in handle.read():
                return pid
    return None


def stop() -> bool:
    pid = _running_pid()
    if pid is None:
        return False
    for number, seconds in ((signal.SIGTERM, 30), (signal.SIGKILL, 10)):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if _running_pid() is None:
                return True
            time.sleep(0.1)
    raise GroundError(f"the served process {pid} does not end.")
