"""Fresh copies of the suite in empty folders, as root and as an ordinary user."""

import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ground.lint import tracked
from ground.paths import ROOT, cache

# What this test run itself has set; a user on a fresh machine has none of it.
OWN = (
    "ODOO_",
    "PG",
    "DEALER_",
    "PYTEST",
    "VIRTUAL_ENV",
    "PORT",
    "ONLY",
    "TAGS",
    "ADDONS",
    "MAKE",
    "MFLAGS",
)

RUNUSER = shutil.which("runuser") or "/usr/sbin/runuser"


def plain_env(**extra: str) -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith(OWN)}
    return {**env, **extra}


@dataclass
class Copy:
    """A copy of the tree and the way to run its commands."""

    path: Path
    user: str | None = None
    env: dict[str, str] = field(default_factory=dict)

    def command(self, *command: str) -> list[str]:
        # runuser and not setpriv: the rights of root must really be gone
        return [*([RUNUSER, "-u", self.user, "--"] if self.user else []), *command]

    def run(self, *command: str, stdin: str | None = None, timeout: int = 900, **env: str):
        return subprocess.run(
            self.command(*command),
            cwd=self.path,
            env=plain_env(**{**self.env, **env}),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
        )


def copy_tree(target: Path) -> Path:
    """Copy what git knows, changes included, and nothing that a set-up has made."""
    for path in tracked():
        place = target / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    return target


@pytest.fixture
def copies():
    """Make copies; in the end each is stopped and cleaned."""
    made = []
    base = Path(tempfile.mkdtemp(prefix="dealer-setup-", dir="/var/tmp"))
    base.chmod(0o755)

    def copy(name: str = "suite", user: str | None = None, **env: str) -> Copy:
        target = base / name
        target.mkdir(parents=True)
        copy_tree(target)
        made.append(Copy(target, user, env))
        if user:
            subprocess.run(["chown", "-R", f"{user}:{user}", target], check=True)
        return made[-1]

    yield copy
    for one in made:
        if one.path.exists():
            one.run("bin/clean")
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def ordinary_user():
    """A user without any right, made for one test; name it before `copies`, whose processes end first."""
    if os.geteuid() != 0:
        pytest.skip(
            "only root can make a user; run as an ordinary user, the whole suite is this test"
        )
    name = f"dealer-{secrets.token_hex(4)}"
    home = Path("/var/tmp") / f"home-{name}"
    subprocess.run(
        ["useradd", "--create-home", "--home-dir", home, "--shell", "/bin/sh", name], check=True
    )
    yield name, home
    subprocess.run(["userdel", "--remove", name], check=False, capture_output=True)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def shared_cache():
    """The downloaded Odoo in a cache that another user may use: hard links, nothing is downloaded again."""
    base = Path("/var/tmp") / f"dealer-cache-{secrets.token_hex(4)}"
    base.mkdir()

    def share(user: str | None = None) -> Path:
        source = cache() / "odoo"
        if source.exists():
            if subprocess.run(["cp", "-al", source, base / "odoo"], capture_output=True).returncode:
                shutil.rmtree(base / "odoo", ignore_errors=True)
                subprocess.run(["cp", "-a", source, base / "odoo"], check=True)
            (base / "odoo" / ".lock").unlink(missing_ok=True)
            if user:
                os.chmod(base, 0o755)
                shutil.chown(base / "odoo", user)
        return base

    yield share
    shutil.rmtree(base, ignore_errors=True)
