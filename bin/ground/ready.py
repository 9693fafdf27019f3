"""Bring the clone to the point where an Odoo command can run."""

import fcntl
import os
import time

from . import config, system_packages, venv
from .paths import STATE
from .postgres import Cluster
from .say import say
from .state import clone_lock

# A shared lock that every command holds on the database cluster while it lives; Odoo inherits it on exec.
_use: int | None = None


def ready(dev: bool = False, system: bool = False) -> Cluster:
    """Do what is missing: virtual environment, Odoo, PostgreSQL, configuration.

    :param dev: the tools of tests and lint too
    :param system: system packages too (printing, Chinese fonts, a browser)
    """
    global _use
    started = time.monotonic()
    with clone_lock("setup"):
        venv.ensure(dev=dev)
        cluster = Cluster()
        if _use is None:
            _use = os.open(STATE / "cluster.users", os.O_CREAT | os.O_RDWR, 0o600)
            os.set_inheritable(_use, True)
            fcntl.flock(_use, fcntl.LOCK_SH)
        cluster.ensure()
        config.write(cluster)
        if system:
            system_packages.ensure()
    if time.monotonic() - started > 20:
        say("set-up complete")
    return cluster


def last_one_out(cluster: Cluster) -> None:
    """Stop the database cluster unless another command of this clone still uses it."""
    with clone_lock("setup"):
        try:
            fcntl.flock(_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        cluster.stop()
