"""What can go wrong on a fresh machine is said in one clear sentence, without a traceback."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ground import disk
from ground.proc import sentence_for
from ground.say import GroundError


def one_sentence(process, *words):
    """The command failed, and its errors are one line that holds the words."""
    assert process.returncode not in (0, None)
    lines = [line for line in process.stderr.splitlines() if line.startswith("dealer: ")]
    assert len(lines) == 1, process.stdout + process.stderr
    assert "Traceback" not in process.stdout + process.stderr
    for word in words:
        assert word in lines[0]
    return lines[0]


def fake_path(tmp_path: Path, version: str | None) -> str:
    """A PATH with nothing but the shell's helpers and, if asked for, an old Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("dirname", "sh", "sed", "awk"):
        (folder / name).symlink_to(shutil.which(name))
    if version:
        fake = folder / "python3"
        # asked for its version it prints it; asked whether it fits it says no
        fake.write_text(f'#!/bin/sh\ncase "$2" in *sys.exit*) exit 1;; *) echo {version};; esac\n')
        fake.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize("command", ["setup", "run", "test", "odoo"])
def test_old_python(copies, tmp_path, command):
    process = copies().run(f"bin/{command}", PATH=fake_path(tmp_path, "3.9.2"))
    one_sentence(process, "Python 3.11", "found 3.9.2")


def test_no_python(copies, tmp_path):
    one_sentence(
        copies().run("bin/setup", PATH=fake_path(tmp_path, None)), "Python 3.11", "found none"
    )


def test_port_in_use(copies):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        process = copies().run("make", "run", PORT=str(port))
    one_sentence(process, f"port {port} is in use", "PORT=")


def test_port_that_is_none(copies):
    one_sentence(copies().run("make", "run", PORT="http"), "PORT=http is no port number")


def test_no_network_for_python_packages(copies):
    process = copies().run(
        "bin/setup",
        PIP_CONFIG_FILE="/dev/null",
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_FIND_LINKS="",
        PIP_NO_CACHE_DIR="1",
    )
    one_sentence(process, "no network", "run the same command again")


@pytest.mark.skipif(not shutil.which("apt-get"), reason="this machine has no apt")
def test_no_network_for_odoo(copies, tmp_path):
    # the packages of Python need not be there for the question where Odoo comes from
    code = "from ground import odoo_source, say\ntry:\n    odoo_source.find()\nexcept say.GroundError as e:\n    say.fail(str(e)); raise SystemExit(1)"
    proxy = "http://127.0.0.1:9"
    copy = copies()
    process = copy.run(
        sys._base_executable, "-c", code,
        PYTHONPATH=str(copy.path / "bin"), DEALER_CACHE=str(tmp_path), http_proxy=proxy, https_proxy=proxy, HTTP_PROXY=proxy,
    )  # fmt: skip
    one_sentence(process, "no network")
    assert not list(tmp_path.glob("odoo/19*"))


@pytest.fixture
def small_disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "none", place], capture_output=True
    ).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_full_disk(copies, small_disk):
    copy = copies()
    shutil.move(copy.path, small_disk / "suite")
    copy.path = small_disk / "suite"
    one_sentence(copy.run("bin/setup"), "the disk is full", "run the same command again")


def test_room_is_asked_for_before_a_big_step(monkeypatch, tmp_path):
    usage = shutil._ntuple_diskusage
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage(10**12, 10**12, 50 << 20))
    with pytest.raises(
        GroundError, match="the disk is full: Odoo needs 2600 MB at .*, 50 MB are free"
    ):
        disk.need(tmp_path / "not" / "there", 2_600, "Odoo")
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage(10**12, 0, 10**12))
    disk.need(tmp_path, 2_600, "Odoo")


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("Temporary failure resolving 'mirror'", "no network"),
        ("W: x\nE: Unable to locate package odoo-19", "E: Unable to locate package odoo-19"),
        ("", "no output"),
    ],
)
def test_failed_command_becomes_a_sentence(output, sentence, tmp_path):
    text = sentence_for("downloading", output, tmp_path / "setup.log")
    assert sentence in text
    assert "\n" not in text


def test_what_does_not_exist_is_named(copies):
    copy = copies()
    one_sentence(copy.run("bin/_front", "dance"), "no command dance")
    one_sentence(
        copy.run("bin/setup", DEALER_PG="oracle", PIP_NO_INDEX="1", PIP_CONFIG_FILE="/dev/null")
    )
