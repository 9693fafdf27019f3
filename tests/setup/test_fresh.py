"""The set-up in an empty folder: as root, as an ordinary user, with either PostgreSQL, interrupted and resumed.

Each takes a minute or more, so they run in make matrix (or: PYTEST="-m slow tests/setup" make test).
"""

import os
import shutil
import signal
import socket
import subprocess
import tarfile
import time

import pytest
from helpers import wait_until

from ground import addons, venv
from ground.odoo_tests import free_port

from .conftest import RUNUSER, plain_env

pytestmark = pytest.mark.slow

PROBE = "print(env['res.users'].search_count([('active', 'in', (True, False))]) > 0)"


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def works(copy, **env):
    """A set-up works when Odoo makes a database, installs queue_job and answers in its shell."""
    process = copy.run(
        "bin/odoo", "-d", "probe", "-i", "queue_job", "--stop-after-init", "--no-http", **env
    )
    assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-2000:]
    answer = copy.run("bin/shell", "probe", stdin=PROBE, **env)
    assert answer.stdout.strip() == "True", answer.stdout + answer.stderr
    trigram = copy.run(
        "bin/psql",
        "probe",
        "-Atc",
        "SELECT extname FROM pg_extension WHERE extname = 'pg_trgm'",
        **env,
    )
    assert trigram.stdout.strip() == "pg_trgm"


def listens_on_a_socket_only(copy, **env):
    answer = copy.run("bin/psql", "postgres", "-Atc", "SHOW listen_addresses", **env)
    assert answer.stdout.strip() == ""


@pytest.mark.parametrize("server", ["auto", "wheel"])
def test_as_this_user(copies, shared_cache, server):
    copy = copies(DEALER_CACHE=str(shared_cache()), DEALER_PG=server)
    process = copy.run("bin/setup", "--no-system")
    assert process.returncode == 0, process.stdout + process.stderr
    works(copy)
    listens_on_a_socket_only(copy)
    started = time.monotonic()
    again = copy.run("bin/setup", "--no-system")
    assert again.returncode == 0
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("server", ["auto", "wheel"])
def test_as_an_ordinary_user(ordinary_user, shared_cache, copies, server):
    name, home = ordinary_user
    python = shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin")
    base = venv.base_python()
    probe = [RUNUSER, "-u", name, "--", base, "-c", ""]
    if subprocess.run(probe, capture_output=True, cwd="/").returncode:
        # this machine's Python lies where only root can go
        base = python
    copy = copies("ordinary", user=name, DEALER_CACHE=str(shared_cache(name)), DEALER_PG=server, HOME=str(home), DEALER_PYTHON=base,
                  PATH="/usr/local/bin:/usr/bin:/bin")  # fmt: skip
    process = copy.run("bin/setup")
    assert process.returncode == 0, process.stdout + process.stderr
    assert (copy.path / ".state" / "pg" / "PG_VERSION").exists()
    works(copy)


@pytest.mark.parametrize(
    "moment",
    ["Python packages: requirements.txt", "installing", "OCA addons", "making a private cluster"],
)
def test_interrupted_set_up_goes_on(copies, shared_cache, moment):
    copy = copies(DEALER_CACHE=str(shared_cache()))
    process = subprocess.Popen(
        copy.command("bin/setup", "--no-system"),
        cwd=copy.path,
        env=plain_env(**copy.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout:
        if moment in line:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    again = copy.run("bin/setup", "--no-system")
    assert again.returncode == 0, again.stdout + again.stderr
    works(copy)


def test_interrupted_database_is_made_again(copies, shared_cache):
    """make run is killed while it builds the database; the next one serves a whole one."""
    copy = copies(
        DEALER_CACHE=str(shared_cache()), DEALER_SYSTEM_PACKAGES="no", PORT=str(free_port())
    )
    for addon in (copy.path / "addons").iterdir():
        shutil.rmtree(addon)
    _scratch_addon(copy.path / "addons" / "scratch")
    assert copy.run("bin/setup", "--no-system").returncode == 0
    first = _start(copy)
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        tables = copy.run(
            "bin/psql", "dealer", "-Atc", "SELECT count(*) FROM pg_tables"
        ).stdout.strip()
        if tables.isdigit() and int(tables) > 150:
            break
        time.sleep(0.2)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    second = _start(copy)
    try:
        text = _until(second, "is served at")
        assert "building the database" in text
        state = copy.run(
            "bin/psql",
            "dealer",
            "-Atc",
            "SELECT state FROM ir_module_module WHERE name = 'scratch'",
        )
        assert state.stdout.strip() == "installed"
        busy = copy.run("bin/run")
        assert "already served" in busy.stderr
    finally:
        assert copy.run("bin/stop").returncode == 0
    assert second.wait(60) == 0
    # and the start after that has nothing to build
    started = time.monotonic()
    third = _start(copy)
    try:
        assert "building" not in _until(third, "is served at")
        assert time.monotonic() - started < 15
    finally:
        third.send_signal(signal.SIGINT)
    assert third.wait(60) == 0


def _scratch_addon(folder):
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "__manifest__.py").write_text(
        '{"name": "Scratch", "version": "19.0.1.0.0", "license": "LGPL-3", "depends": ["base"]}'
    )


def _start(copy):
    return subprocess.Popen(
        copy.command("bin/run"),
        cwd=copy.path,
        env=plain_env(**copy.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _until(process, words):
    text = ""
    for line in process.stdout:
        text += line
        if words in line:
            return text
    raise AssertionError(text)


def with_auto_install(folder, names):
    """Add the addons that Odoo installs by itself where all that they stand on is there."""
    manifests = {
        path.parent.name: addons.manifest(path.parent) for path in folder.glob("*/__manifest__.py")
    }
    while True:
        more = {
            name
            for name, manifest in manifests.items()
            if manifest.get("auto_install")
            and names.issuperset(manifest.get("depends") or ["base"])
        } - names
        if not more:
            return names
        names = names | more


def test_odoo_from_an_archive(copies, tmp_path):
    """ODOO_URL: the official archive's form, served on the loopback, with the addons that a probe needs."""
    source = venv.odoo_folder()
    archive = tmp_path / "odoo_19.0.latest.tar.gz"
    wanted = with_auto_install(source / "odoo" / "addons", addons.closure(["queue_job"]))

    def part(info):
        """Of the addons that the probe does not need keep the manifest: base's data name their categories."""
        parts = info.name.split("/")
        if parts[1:3] != ["odoo", "addons"] or len(parts) < 5 or parts[3] in wanted:
            return info
        return info if parts[4:] == ["__manifest__.py"] else None

    with tarfile.open(archive, "w:gz", compresslevel=1, dereference=True) as tarred:
        tarred.add(source / "odoo", "odoo-19.0.post20260101/odoo", filter=part)
    port = free_port()
    server = subprocess.Popen(
        [
            venv.base_python(),
            "-m",
            "http.server",
            str(port),
            "--bind",
            "127.0.0.1",
            "--directory",
            str(tmp_path),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: listens(port), 10, "the archive is served")
        copy = copies(
            DEALER_CACHE=str(tmp_path / "cache"),
            ODOO_URL=f"http://127.0.0.1:{port}/{archive.name}",
            NO_PROXY="127.0.0.1",
        )
        process = copy.run("bin/setup", "--no-system")
        assert process.returncode == 0, process.stdout + process.stderr
        assert "Odoo archive-" in process.stdout
        works(copy)
    finally:
        server.terminate()
        server.wait()
