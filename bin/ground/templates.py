"""Template databases: what takes a minute to install is copied in a second.

A template's name holds a hash of all that it was made from; what no longer fits is dropped.
"""

import re
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

from . import addons, builder, database, odoo_source, venv
from .paths import ADDONS, ROOT
from .postgres import Cluster
from .say import say
from .state import clone_lock, digest, tree_digest


def dependencies(cluster: Cluster, names: list[str], demo: bool = False) -> str:
    """Return a template with all that the addons stand on, ours left out."""
    wanted = addons.foreign(names)
    if not demo:
        wanted = sorted({*wanted, "test_lint"})
    key = digest(ground(), *wanted, *_hooks())
    strip = () if demo else names
    return _template(cluster, "demodeps" if demo else "deps", key, None, wanted, demo, strip)


def alone(cluster: Cluster, name: str) -> str:
    """Return a template with what one addon stands on and nothing else, ours left out."""
    wanted = addons.foreign([name])
    key = digest(ground(), *wanted, *_hooks())
    return _template(cluster, f"alone_{name}", key, None, wanted, False, [name])


def installed(cluster: Cluster) -> str:
    """Return a template with all our addons, without demo data."""
    names = addons.ours()
    key = digest(ground(), tree_digest([addons.folder(name) for name in names]))
    return _template(cluster, "all", key, dependencies(cluster, names), names, False)


def demo(cluster: Cluster) -> str:
    """Return a template with all our addons, demo data and Chinese, ready to be served."""
    names = addons.ours()
    key = digest(ground(), tree_digest([addons.folder(name) for name in names]))
    base = dependencies(cluster, names, demo=True)
    return _template(cluster, "demo", key, base, names, True)


def ground() -> str:
    return digest(
        odoo_source.version(venv.odoo_folder()),
        ROOT / "constraints.txt",
        ROOT / "requirements-oca.txt",
        ROOT / "odoo.conf",
    )


def _hooks() -> list[Path]:
    """The files in which our addons may switch off modules of Odoo."""
    return sorted((*ADDONS.glob("*/hooks.py"), *ADDONS.glob("*/__init__.py")))


def _strip(cluster: Cluster, name: str, names: Iterable[str]) -> None:
    """Take out of a template what our addons uninstall (what sends data away: sms, iap …).

    When that happens at the end of an installation, Odoo loads the registry anew and forgets the
    tests that it has run and those that it still has to run: a test run would be green and empty.
    """
    query = "SELECT name FROM ir_module_module WHERE state = 'installed'"
    before = set(cluster.psql(name, query).split())
    probe = f"{name}_probe"
    database.copy(cluster, name, probe)
    try:
        arguments = ["-d", probe, "-i", ",".join(names), "--stop-after-init", "--no-http"]
        builder.odoo(
            cluster, "installing the addons", [*arguments, "--without-demo"], log="probe.log"
        )
        away = before - set(cluster.psql(probe, query).split())
    finally:
        database.drop(cluster, probe)
    if away:
        builder.uninstall(cluster, name, away)


def _template(
    cluster: Cluster,
    kind: str,
    key: str,
    base: str | None,
    install: list[str],
    demo: bool,
    strip: Iterable[str] = (),
) -> str:
    name = f"tpl_{kind}_{key}"
    with clone_lock(f"template-{kind}"):
        if cluster.exists(name):
            return name
        for old in cluster.databases():
            if re.fullmatch(rf"(tpl|new)_{kind}_[0-9a-f]{{16}}(_probe)?", old):
                database.drop(cluster, old)
        # built under another name: a template that has its name is complete
        fresh = f"new_{kind}_{key}"
        say(
            f"building a template database: {', '.join(install)}{' with demo data' if demo else ''}"
        )
        if base:
            database.copy(cluster, base, fresh)
        arguments = ["-d", fresh, "-i", ",".join(install), "--stop-after-init", "--no-http"]
        if demo:
            arguments += ["--load-language=zh_CN"]
        ours_only = builder.our_demo_only(cluster, fresh) if demo and base else nullcontext()
        with ours_only:
            builder.odoo(
                cluster, f"building the template {kind}", arguments, log=f"template-{kind}.log"
            )
        if demo and base:
            builder.prepare_demo(cluster, fresh)
        if strip:
            _strip(cluster, fresh, strip)
        database.rename(cluster, fresh, name)
    return name
