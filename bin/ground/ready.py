"""Bring the clone to the point where an Odoo command can run."""

import time

from . import config, system_packages, venv
from .postgres import Cluster
from .say import say
from .state import clone_lock


def ready(dev: bool = False, system: bool = False) -> Cluster:
    """Do what is missing: virtual environment, Odoo, PostgreSQL, configuration.

    :param dev: the tools of tests and lint too
    :param system: system packages too (printing, Chinese fonts, a browser)
    """
    started = time.monotonic()
    with clone_lock("setup"):
        venv.ensure(dev=dev)
        cluster = Cluster()
        cluster.ensure()
        config.write(cluster)
        if system:
            system_packages.ensure()
    if time.monotonic() - started > 20:
        say("set-up complete")
    return cluster
