"""make lint: every check that needs no test run. Each check is one line of the count.

make format lets the formatters write what they can.
"""

import importlib.metadata
import re
import subprocess
import sys
import time
from pathlib import Path

from . import addons, node, odoo_source, pot, report, venv
from .paths import ADDONS, ROOT, VENV
from .postgres import Cluster
from .proc import clean_env
from .ready import ready
from .report import Result
from .say import GroundError, fail, say

# -- the checks --------------------------------------------------------------------------------------


def checks(cluster: Cluster) -> Result:
    result = Result()
    node.ensure()
    for name, check in [
        ("ruff", ruff),
        ("ruff format", ruff_format),
        ("ruff-odoo", ruff_odoo),
        ("odoo-linter", odoo_linter),
        ("readme", readme),
        ("prettier", prettier),
        ("eslint", eslint),
        ("licences of addons", addon_licences),
        ("licences of requirements", requirement_licences),
        ("constraints", constraints),
        ("tree", tree),
        ("hosts and paths", hosts_and_paths),
    ]:
        _one(result, name, check)
    terms = pot.quickly(cluster)
    for name in addons.ours():
        _one(result, f"translations of {name}", lambda name=name: pot.check(name, *terms[name]))
    return result


def _one(result: Result, name: str, check) -> None:
    started = time.monotonic()
    try:
        problem = check()
    except GroundError as error:
        problem = str(error)
    if problem:
        print(f"--- {name}\n{problem}\n", flush=True)
    first = (problem or "").strip().splitlines()
    result.check(
        not problem,
        f"lint: {name}: {first[0] if first else ''} ({len(first)} lines above)",
        time.monotonic() - started,
        f"lint: {name}",
    )


def _tool(command: list, env: dict | None = None) -> str:
    """Run a tool; return what it says if it is not content, else nothing."""
    answer = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=env or clean_env(),
        stdin=subprocess.DEVNULL,
    )
    if answer.returncode == 0:
        return ""
    return (answer.stdout + answer.stderr).strip() or f"ended with {answer.returncode}"


def _program(name: str) -> Path:
    return VENV / "bin" / name


def tracked(*patterns: str) -> list[Path]:
    """The repository's files, new ones too, without what git ignores."""
    answer = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if answer.returncode:
        raise GroundError(f"git cannot list the files: {answer.stderr.strip()}")
    return [path for name in answer.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def ruff(fix: bool = False) -> str:
    return _tool(
        [_program("ruff"), "check", "--output-format=concise", *(["--fix"] if fix else []), "."]
    )


def ruff_format(fix: bool = False) -> str:
    return _tool(
        [_program("ruff"), "format", *([] if fix else ["--check", "--output-format=concise"]), "."]
    )


def ruff_odoo() -> str:
    """The rules of pylint-odoo; ODC8101 and ODC8112 ask for the OCA's authorship and README form."""
    if not addons.ours():
        return ""
    return _tool(
        [_program("ruff-odoo"), "check", "--isolated", "--no-cache", "--preview", "--select", "OD",
         "--ignore", "ODC8101,ODC8112,ODC8501", "--odoo-version", "19.0", "--output-format=concise", ADDONS]
    )  # fmt: skip


def odoo_linter() -> str:
    if not addons.ours():
        return ""
    odoo = venv.odoo_folder()
    places = [odoo / "odoo" / "addons", *(p for p in addons.roots() if p != ADDONS)]
    arguments = [part for place in places for part in ("--addons-path", place)]
    return _tool([_program("odl"), "check", "-v", "19.0", *arguments, ADDONS])


def readme(fix: bool = False) -> str:
    """README.md and the page of the apps list are built from readme/*.md."""
    folders = [ADDONS / name for name in addons.ours() if (ADDONS / name / "readme").is_dir()]
    if not folders:
        return ""
    return _tool([_program("odl"), "readme", *([] if fix else ["--check"]), *folders])


def prettier(fix: bool = False) -> str:
    files = tracked("*.xml", "*.js", "*.cjs", "*.scss", "*.css", "*.json", "*.yml", "*.yaml")
    if not files:
        return ""
    tool = node.tool("prettier/bin/prettier.cjs")
    mode = "--write" if fix else "--check"
    return _tool([*tool, mode, "--log-level=warn", *files], env=node.env())


def eslint() -> str:
    files = tracked("addons/*/static/*.js", "*.cjs")
    return _tool([*node.tool("eslint/bin/eslint.js"), *files], env=node.env()) if files else ""


def addon_licences() -> str:
    """No LGPL addon stands on an AGPL one."""
    if not addons.ours():
        return ""
    odoo = venv.odoo_folder()
    places = [*addons.roots(), odoo / "odoo" / "addons"]
    path = ",".join(map(str, places))
    command = [_program("manifestoo"), "--no-addons-path-from-import-odoo", f"--addons-path={path}"]
    return _tool([*command, "--odoo-series=19.0", "--select-addons-dir", ADDONS, "check-licenses"])


# -- licences of Python requirements -----------------------------------------------------------------

ALLOWED = re.compile(
    r"\b(MIT|Expat|BSD|Apache|PSF|Python Software Foundation|Python-2\.0|ISC|MPL|Mozilla|LGPL|Lesser General Public"
    r"|ZPL|Zope|Unlicense|HPND|CMU|Public Domain|0BSD|zlib)",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(
    r"(?<!L)\bA?GPL|(?<!Lesser )(?<!Library or Lesser )\bGeneral Public License|Affero",
    re.IGNORECASE,
)
# Each exception has its reason.
EXCEPTIONS = {
    "openupgradelib": "AGPL-3: queue_job names it for its own migration scripts; no addon of ours imports it",
    "docutils": "mostly public domain; the GPL is only that of an Emacs mode that nobody loads",
}


def requirement_licences() -> str:
    """What is shipped with the suite is free, and no copyleft beyond the LGPL comes in by the back door."""
    problems = []
    for name in sorted(_closure(_names(ROOT / "requirements.txt"))):
        if name in EXCEPTIONS:
            continue
        try:
            licence = _licence(name)
        except importlib.metadata.PackageNotFoundError:
            problems.append(f"{name} is not installed")
            continue
        if FORBIDDEN.search(licence):
            problems.append(f"{name}: {licence} is not allowed")
        elif not ALLOWED.search(licence):
            problems.append(
                f"{name}: the licence {licence!r} is not known; judge it and add it to ALLOWED"
            )
    return "\n".join(problems)


def _licence(name: str) -> str:
    meta = importlib.metadata.metadata(name)
    named = [meta.get("License-Expression") or ""]
    named += [
        value.rsplit("::", 1)[-1].strip()
        for value in meta.get_all("Classifier") or ()
        if value.startswith("License ::")
    ]
    if not any(named):
        named.append((meta.get("License") or "").strip().split("\n")[0])
    return ", ".join(filter(None, named))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _names(path: Path) -> set[str]:
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    found = set()
    for line in filter(None, lines):
        if line.startswith("-r "):
            found |= _names(path.parent / line[3:].strip())
        else:
            found.add(_normal(re.match(r"[\w.-]+", line).group()))
    return found


def _closure(names: set[str]) -> set[str]:
    from packaging.requirements import Requirement

    seen, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if (
            name == "odoo"
        ):  # not from the package index; what it needs is chosen in requirements.txt
            continue
        try:
            wanted = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for line in wanted:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                todo.append(_normal(requirement.name))
    return seen


def constraints() -> str:
    """constraints.txt pins everything that is installed, exactly."""
    pins = {}
    problems = []
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        found = re.fullmatch(r"([\w.-]+)==([\w.!+]+)", line)
        if not found:
            problems.append(f"{line}: not an exact version")
            continue
        pins[_normal(found.group(1))] = found.group(2)
    wanted = set()
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-oca.txt"):
        wanted |= _names(ROOT / name)
    installed = {_normal(d.metadata["Name"]): d.version for d in importlib.metadata.distributions()}
    for name in sorted(_closure(wanted) - {"odoo"}):
        if name not in pins:
            problems.append(f"{name}: not pinned")
        elif installed.get(name) != pins[name]:
            problems.append(f"{name}: {pins[name]} is pinned, {installed.get(name)} is installed")
    for line in (ROOT / "package.json").read_text().splitlines():
        if re.search(r'": "[\^~<>*]', line):
            problems.append(f"package.json: {line.strip()} is not an exact version")
    return "\n".join(problems)


# -- the tree ----------------------------------------------------------------------------------------

ROOT_FILES = (
    "README.md", "LICENSE", "COPYING.AGPL-3", "Makefile", "odoo.conf", "docker-compose.yml", "Dockerfile", "pyproject.toml",
    "requirements.txt", "constraints.txt", "requirements-dev.txt", "package.json", "package-lock.json", ".editorconfig",
    ".gitattributes", ".gitignore", "prettier.config.cjs", "eslint.config.cjs", ".ci/run",
)  # fmt: skip
ADDON_FILES = (
    "__init__.py", "__manifest__.py", "i18n/zh_CN.po", "readme/DESCRIPTION.md", "static/description/icon.png", "tests/__init__.py",
)  # fmt: skip


def tree() -> str:
    """The files that each place must have, and none that would be left behind silently."""
    problems = [f"{name} is missing" for name in ROOT_FILES if not (ROOT / name).exists()]
    for name in addons.ours():
        folder = ADDONS / name
        wanted = [*ADDON_FILES, f"i18n/{name}.pot"]
        problems += [
            f"addons/{name}/{file} is missing" for file in wanted if not (folder / file).exists()
        ]
        manifest = addons.manifest(folder)
        if not re.fullmatch(r"19\.0\.\d+\.\d+\.\d+", manifest.get("version", "")):
            problems.append(
                f"addons/{name}: the version {manifest.get('version')!r} is not 19.0.x.y.z"
            )
        listed = {*manifest.get("data", ()), *manifest.get("demo", ())}
        for sub in ("data", "demo", "report", "security", "views", "wizards"):
            for path in (*folder.glob(f"{sub}/*.xml"), *folder.glob(f"{sub}/*.csv")):
                relative = str(path.relative_to(folder))
                if relative not in listed and not _read_by_code(folder, path):
                    problems.append(f"addons/{name}/{relative} is in no list of the manifest")
        tests = folder / "tests"
        if (tests / "__init__.py").exists():
            imported = (tests / "__init__.py").read_text()
            problems += [
                f"addons/{name}/tests/{path.name} is not imported, so it never runs"
                for path in tests.glob("test_*.py")
                if not re.search(rf"\b{path.stem}\b", imported)
            ]
    for folder in (
        p for p in ADDONS.glob("*") if p.is_dir() and not (p / "__manifest__.py").exists()
    ):
        if any(folder.rglob("*.py")):
            problems.append(f"addons/{folder.name} has no manifest")
    return "\n".join(problems)


def _read_by_code(folder: Path, path: Path) -> bool:
    return any(path.name in source.read_text() for source in folder.rglob("*.py"))


# Written in parts, so that this file does not find itself.
HOSTS = [
    r"deb\.debian\.org",
    r"security\.debian\.org",
    r"pypi\.org",
    r"python[h]osted",
    r"registry\.npmjs",
    r"npmjs\.(?:org|com)",
]
MACHINE = [r"(?<![\w./$}>-])/(?:root|home|Users)/[a-z]\w*", r"(?<![\w./$}>-])/(?:work|farm)/\w+"]


def hosts_and_paths() -> str:
    """No file names a package registry's host or a path that only one machine has."""
    pattern = re.compile("|".join(HOSTS + MACHINE))
    problems = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                problems.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    return "\n".join(problems)


def formatters() -> Result:
    """Let the formatters write; `make format`."""
    result = Result()
    node.ensure()
    for name, check in [
        ("ruff", ruff),
        ("ruff format", ruff_format),
        ("readme", readme),
        ("prettier", prettier),
    ]:
        _one(result, name, lambda check=check: check(True))
    return result


def main() -> int:
    if "--fix" in sys.argv:
        return report.close(formatters())
    cluster = ready(dev=True)
    say(f"lint with Odoo {odoo_source.version(venv.odoo_folder())}")
    return report.close(checks(cluster))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GroundError as error:
        fail(str(error))
        sys.exit(1)
