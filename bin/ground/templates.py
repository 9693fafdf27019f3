"""Template databases: what takes a minute to install is copied in a second.

A template's name holds a hash of all that it was made from; what no longer fits is dropped.
"""

import re

from . import addons, builder, database, odoo_source, venv
from .paths import ROOT
from .postgres import Cluster
from .say import say
from .state import clone_lock, digest, tree_digest


def dependencies(cluster: Cluster, names: list[str], demo: bool = False) -> str:
    """Return a template with all that the addons stand on, ours left out."""
    wanted = addons.foreign(names)
    if not demo:
        wanted = sorted({*wanted, "test_lint"})
    return _template(
        cluster, "demodeps" if demo else "deps", digest(ground(), *wanted), None, wanted, demo
    )


def alone(cluster: Cluster, name: str) -> str:
    """Return a template with what one addon stands on and nothing else, ours left out."""
    wanted = addons.foreign([name])
    return _template(cluster, f"alone_{name}", digest(ground(), *wanted), None, wanted, False)


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


def _template(
    cluster: Cluster, kind: str, key: str, base: str | None, install: list[str], demo: bool
) -> str:
    name = f"tpl_{kind}_{key}"
    with clone_lock(f"template-{kind}"):
        if cluster.exists(name):
            return name
        for old in cluster.databases():
            if re.fullmatch(rf"(tpl|new)_{kind}_[0-9a-f]{{16}}", old):
                database.drop(cluster, old)
        # built under another name: a template that has its name is complete
        fresh = f"new_{kind}_{key}"
        say(
            f"building a template database: {', '.join(install)}{' with demo data' if demo else ''}"
        )
        if base:
            database.copy(cluster, base, fresh)
        arguments = ["-d", fresh, "-i", ",".join(install), "--stop-after-init", "--no-http"]
        # Odoo loads an addon's demo data where what it stands on has demo data. Ours is the shop that
        # people should see; that of the dependencies (English, US dollars) would stand in its way.
        arguments += ["--load-language=zh_CN"] if demo else []
        builder.odoo(
            cluster, f"building the template {kind}", arguments, log=f"template-{kind}.log"
        )
        if demo and base:
            builder.prepare_demo(cluster, fresh)
        elif demo:
            builder.say_demo_is_loaded(cluster, fresh)
        database.rename(cluster, fresh, name)
    return name
