"""Translations: make pot exports them, lint checks them.

A .pot is exported from a database that holds the addon and its own dependencies and nothing else:
other installed addons would leak their fields into it. The check exports all addons from one database
that holds them all, and sets aside what another addon may have said of a field.
"""

import json
import os
import re
import shutil
import sys
from collections import Counter
from pathlib import Path

import polib

from . import addons, builder, database, templates
from .paths import ADDONS, LOGS
from .postgres import Cluster
from .ready import ready
from .say import GroundError, fail, say
from .state import clone_lock, digest, tree_digest

LANGUAGE = "zh_CN"
PLACEHOLDER = re.compile(r"%\(\w+\)[#0 +-]?\d*(?:\.\d+)?[sdifr]|%[sdifr]|\$?\{[^{}]*\}|</?\w+")


def key(name: str) -> str:
    """What the terms of an addon depend on: its own files and those of ours below it."""
    mine = sorted(addons.closure([name]) & set(addons.ours()))
    skip = ("i18n", "tests", "readme", "description")
    return digest(templates.ground(), tree_digest([ADDONS / addon for addon in mine], skip))


# Exports the terms of each addon, and of each the fields which addons that it does not stand on define, too.
EXPORT_ALL = """
import json
from collections import defaultdict
from odoo.tools.translate import trans_export
shared = defaultdict(list)
for field in env["ir.model.fields"].sudo().search([]):
    model = env.get(field.model)
    known = model is not None and model._fields.get(field.name)
    for name, below in {closures}.items() if known else ():
        if set(known._modules) - set(below):
            shared[name].append(f"{{name}}.field_{{field.model.replace('.', '_')}}__{{field.name}}")
for name in {closures}:
    with open(f"{folder}/{{name}}.pot", "wb") as pot:
        trans_export(False, [name], pot, "po", env)
with open("{folder}/shared.json", "w") as file:
    json.dump(shared, file)
"""


def quickly(cluster: Cluster) -> dict[str, tuple[set[str], set[str]]]:
    """Return of each addon its terms, and those that may be another addon's; from one database."""
    template = templates.installed(cluster)
    folder = LOGS.parent / "pot" / template
    with clone_lock("pot"):
        if not (folder / "shared.json").exists():
            for old in folder.parent.glob("tpl_all_*"):
                shutil.rmtree(old)
            folder.mkdir(parents=True)
            db = f"pot_{os.getpid()}"
            database.copy(cluster, template, db)
            try:
                closures = {name: sorted(addons.closure([name])) for name in addons.ours()}
                script = EXPORT_ALL.format(closures=closures, folder=folder)
                builder.shell(cluster, db, script, log="pot.log")
            finally:
                database.drop(cluster, db)
    shared = json.loads((folder / "shared.json").read_text())
    return {
        name: _parted(polib.pofile(str(folder / f"{name}.pot")), set(shared.get(name, ())))
        for name in addons.ours()
    }


def _parted(terms: polib.POFile, shared: set[str]) -> tuple[set[str], set[str]]:
    sure, unsure = set(), set()
    for entry in terms:
        # e.g. model:ir.model.fields,help:dealer_base.field_dealer_vehicle__service_due
        places = {place.rsplit(":", 1)[-1] for place, _line in entry.occurrences}
        (unsure if places <= shared else sure).add(entry.msgid)
    return sure, unsure


def exported(cluster: Cluster, name: str) -> polib.POFile:
    """Export the terms of an addon, or take the last export if nothing changed since."""
    LOGS.mkdir(parents=True, exist_ok=True)
    target = LOGS.parent / "pot" / f"{name}-{key(name)}.pot"
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        db = f"pot_{name}_{os.getpid()}"
        database.copy(cluster, templates.alone(cluster, name), db)
        try:
            builder.odoo(
                cluster,
                f"installing {name}",
                ["-d", db, "-i", name, "--stop-after-init", "--no-http", "--without-demo"],
                log=f"pot-{name}.log",
            )
            fresh = target.with_suffix(".new.pot")
            builder.odoo(
                cluster,
                f"exporting the terms of {name}",
                ["i18n", "export", "-d", db, "-l", "pot", "-o", str(fresh), name],
                log=f"pot-{name}.log",
            )
            for old in target.parent.glob(f"{name}-*.pot"):
                if old != fresh:
                    old.unlink()
            fresh.replace(target)
        finally:
            database.drop(cluster, db)
    return polib.pofile(str(target))


def check(name: str, fresh: set[str], unsure: set[str]) -> str:
    """Say what is wrong with an addon's translations; ``unsure`` terms may be there or not."""
    folder = ADDONS / name / "i18n"
    problems = []
    if not (folder / f"{name}.pot").exists():
        return f"i18n/{name}.pot is missing; make pot ADDONS={name} makes it"
    kept = {entry.msgid for entry in polib.pofile(str(folder / f"{name}.pot"))}
    fresh |= unsure & kept
    problems += [f"not in {name}.pot: {text!r}" for text in sorted(fresh - kept)]
    problems += [f"no longer a term, but in {name}.pot: {text!r}" for text in sorted(kept - fresh)]
    if not (folder / f"{LANGUAGE}.po").exists():
        return "\n".join([*problems, f"i18n/{LANGUAGE}.po is missing"])
    translated = polib.pofile(str(folder / f"{LANGUAGE}.po"))
    entries = {entry.msgid: entry for entry in translated if not entry.obsolete}
    for text in sorted(fresh):
        entry = entries.get(text)
        if entry is None or not entry.msgstr.strip():
            problems.append(f"not translated: {text!r}")
        elif entry.fuzzy:
            problems.append(f"fuzzy: {text!r}")
        elif Counter(PLACEHOLDER.findall(text)) != Counter(PLACEHOLDER.findall(entry.msgstr)):
            problems.append(
                f"other placeholders or tags than in the source: {text!r} -> {entry.msgstr!r}"
            )
    problems += [
        f"translates what is no term any more: {text!r}" for text in sorted(set(entries) - fresh)
    ]
    if problems:
        problems.append(
            f"(make pot ADDONS={name} brings both files up to date; new terms are then left to translate)"
        )
    return "\n".join(problems)


def write(cluster: Cluster, name: str) -> None:
    """Write the .pot and merge it into zh_CN.po; translations that are there stay."""
    folder = ADDONS / name / "i18n"
    folder.mkdir(exist_ok=True)
    pot = exported(cluster, name)
    for moment in ("POT-Creation-Date", "PO-Revision-Date"):
        # a date would change the file at each export without a word being different
        pot.metadata.pop(moment, None)
    pot.save(str(folder / f"{name}.pot"))
    path = folder / f"{LANGUAGE}.po"
    po = polib.pofile(str(path)) if path.exists() else polib.POFile()
    known = {entry.msgid: entry.msgstr for entry in po}
    fresh = polib.POFile()
    fresh.metadata = {**pot.metadata, "Language": LANGUAGE, "Plural-Forms": "nplurals=1; plural=0;"}
    for entry in pot:
        entry.msgstr = known.get(entry.msgid, "")
        fresh.append(entry)
    fresh.save(str(path))
    open_terms = [entry.msgid for entry in fresh if not entry.msgstr]
    say(f"{name}: {len(fresh)} terms, {len(open_terms)} not translated")


def main() -> int:
    names = [name for argument in sys.argv[1:] for name in argument.split(",")] or addons.ours()
    cluster = ready(dev=True)
    for name in names:
        if not (Path(ADDONS) / name).is_dir():
            raise GroundError(f"there is no addon {name} in addons/.")
        write(cluster, name)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GroundError as error:
        fail(str(error))
        sys.exit(1)
