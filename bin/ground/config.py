"""Odoo's configuration for this clone: odoo.conf of the repository plus what only this machine knows."""

import configparser
import secrets

from .addons import roots
from .paths import DATA_DIR, ODOO_CONF, ROOT, STATE
from .postgres import ROLE, Cluster
from .proc import clean_env


def admin_password() -> str:
    """The database manager's password: made once, kept out of the repository."""
    path = STATE / "admin_passwd"
    if not path.exists():
        STATE.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text()


def write(cluster: Cluster) -> None:
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "odoo.conf")
    options = parser["options"]
    options["addons_path"] = ",".join(map(str, roots()))
    options["data_dir"] = str(DATA_DIR)
    options["db_host"] = str(cluster.socket)
    options["db_port"] = "5432"
    options["db_user"] = ROLE
    options["pg_path"] = str(cluster.bindir)
    options["admin_passwd"] = admin_password()
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    fresh = ODOO_CONF.with_suffix(".new")
    fresh.touch(mode=0o600)
    with fresh.open("w") as handle:
        handle.write("# written by bin/ground/config.py from odoo.conf; changes here are lost\n")
        parser.write(handle)
    fresh.replace(ODOO_CONF)


def odoo_env(cluster: Cluster, **extra: str) -> dict[str, str]:
    """The environment of an Odoo process."""
    # psycopg2 and libpq's programs find the cluster by it; Odoo reads its configuration by ODOO_RC
    env = clean_env(ODOO_RC=str(ODOO_CONF), PYTHONUNBUFFERED="1", **cluster.env)
    env.setdefault("ODOO_MAX_HTTP_THREADS", "16")
    env.update(extra)
    for name in ("PGDATABASE", "PGPASSWORD", "LANGUAGE"):
        env.pop(name, None)
    return env
