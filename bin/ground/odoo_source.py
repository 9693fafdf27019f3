"""Where Odoo 19.0 comes from.

1. what the user names: ODOO_HOME (a source folder) or ODOO_URL (an archive of the source);
2. an Odoo 19.0 that the machine's Python can already import;
3. Debian's package odoo-19 (suite sid) from the machine's own mirror, its signature checked by apt,
   unpacked into the cache without installing anything.

The result is a folder that belongs on the Python path.
"""

import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from . import disk
from .paths import cache
from .proc import SENTENCE_DISK, SENTENCE_NETWORK, clean_env, run
from .say import GroundError, say
from .state import lock

SERIES = (19, 0)
TESTED = "19.0.0+dfsg-1"  # the Debian version that the suite's tests were last run against
COMPLETE = ".complete"

# What Debian's odoo-19 links to, so that the web client finds its fonts and scripts.
# Font Awesome must be 4.7 (sid has 7, where Odoo's icon names are gone): bookworm has it.
COMPANIONS = {
    "sid": [
        "odoo-19",
        "libjs-jquery",
        "libjs-underscore",
        "libjs-jquery-form",
        "fonts-roboto-unhinted",
        "fonts-montserrat",
        "fonts-glyphicons-halflings",
        "fonts-ocr-b",
    ],
    "bookworm": ["fonts-font-awesome", "fonts-inconsolata"],
}
KEYRINGS = "/usr/share/keyrings/debian-archive-keyring.*"


def find() -> Path:
    """Return the folder to put on the Python path, fetching Odoo first if need be."""
    if home := os.environ.get("ODOO_HOME"):
        return _checked(Path(home).expanduser().resolve(), "ODOO_HOME")
    if url := os.environ.get("ODOO_URL"):
        return _from_archive(url)
    if found := _importable():
        return found
    return _from_debian()


def version(folder: Path) -> str:
    """Tell the version for stamps and templates: the Debian version or Odoo's own."""
    marker = _root_of(folder) / COMPLETE
    if marker.exists():
        return marker.read_text().strip()
    release = (folder / "odoo" / "release.py").read_text()
    return "own-" + hashlib.sha256(release.encode()).hexdigest()[:12]


def _root_of(folder: Path) -> Path:
    return folder.parents[3] if folder.parts[-4:-1] == ("usr", "lib", "python3") else folder


def _checked(folder: Path, name: str) -> Path:
    release = folder / "odoo" / "release.py"
    if not release.exists():
        raise GroundError(f"{name} names {folder}, but there is no odoo/release.py in it.")
    found = re.search(r"^version_info\s*=\s*\((\d+),\s*(\d+)", release.read_text(), re.MULTILINE)
    if not found or tuple(map(int, found.groups())) != SERIES:
        raise GroundError(
            f"{name} holds Odoo {'.'.join(found.groups()) if found else '?'}, but the suite needs 19.0."
        )
    return folder


def _importable() -> Path | None:
    """Ask the Python outside of our virtual environment for an Odoo of its own."""
    python = getattr(sys, "_base_executable", None) or sys.executable
    answer = subprocess.run(
        [python, "-I", "-c", "import odoo.release as r; print(r.__file__, *r.version_info[:2])"],
        capture_output=True,
        text=True,
        env=clean_env(),
    )
    if answer.returncode or not answer.stdout.strip().endswith("19 0"):
        return None
    return Path(answer.stdout.rsplit(None, 2)[0]).resolve().parents[1]


# -- Debian ---------------------------------------------------------------------------------------


def _from_debian() -> Path:
    base = cache() / "odoo"
    with lock(base / ".lock", "another set-up is fetching Odoo into the cache; waiting for it …"):
        ready = sorted(
            base.glob(f"{SERIES[0]}.{SERIES[1]}*/{COMPLETE}"), key=lambda p: p.stat().st_mtime
        )
        if ready:
            return _dist_packages(ready[-1].parent)
        disk.need(base, 2_600, "Odoo")
        return _dist_packages(_fetch_debian(base))


def _dist_packages(root: Path) -> Path:
    return _checked(root / "usr" / "lib" / "python3" / "dist-packages", str(root))


def _fetch_debian(base: Path) -> Path:
    for program in ("apt-get", "dpkg"):
        if not shutil.which(program):
            raise GroundError(
                f"{program} is missing, so Odoo cannot come from Debian's mirror; set ODOO_HOME to an Odoo 19.0 source "
                "folder or ODOO_URL to its official archive."
            )
    work = base / ".work"
    shutil.rmtree(work, ignore_errors=True)
    debs = work / "debs"
    debs.mkdir(parents=True)
    say("Odoo: reading the package lists of Debian sid from this machine's mirror")
    env = private_apt(work)
    names = [f"{name}/{suite}" for suite, packages in COMPANIONS.items() for name in packages]
    found = _candidate(env)
    if not re.match(r"19\.0\.", found):
        raise GroundError(
            f"Debian's odoo-19 is at version {found}, but the suite needs 19.0.*; set ODOO_HOME or ODOO_URL."
        )
    if found != TESTED:
        say(f"Odoo: Debian has {found}; the suite was last tested with {TESTED}")
    say(f"Odoo: downloading {found} and its fonts and scripts (about 135 MB)")
    run(
        "downloading Odoo",
        ["apt-get", *APT_OPTIONS, "download", *names],
        env=env,
        cwd=debs,
        show=lambda line: (
            "  " + re.sub(r"\S+://\S+ ", "", line) if line.startswith("Get:") else None
        ),
    )
    root = work / "root"
    root.mkdir()
    for deb in sorted(debs.glob("*.deb")):
        say(f"Odoo: unpacking {deb.name.split('_')[0]}")
        run(f"unpacking {deb.name}", ["dpkg", "-x", deb, root])
    _repair(root)
    (root / COMPLETE).write_text(found + "\n")
    final = base / found
    shutil.rmtree(final, ignore_errors=True)
    root.rename(final)
    shutil.rmtree(work, ignore_errors=True)
    return final


def _candidate(env: dict[str, str]) -> str:
    _, output = run(
        "asking for the version of odoo-19", ["apt-cache", "policy", "odoo-19"], env=env
    )
    found = re.search(r"Candidate: (\S+)", output)
    if not found or found.group(1) == "(none)":
        raise GroundError(
            "this machine's Debian mirror has no odoo-19 in sid; set ODOO_HOME or ODOO_URL."
        )
    return found.group(1)


APT_OPTIONS = ["-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=30"]


def private_apt(work: Path) -> dict[str, str]:
    """Make an apt whose state is ours alone, its lists read; return the environment that uses it.

    The machine's own lists stay untouched, and an ordinary user can do it.
    """
    state = work / "apt"
    for folder in ("lists/partial", "cache/archives/partial", "sources"):
        (state / folder).mkdir(parents=True)
    (state / "status").touch()
    uri, signed_by = mirror()
    (state / "sources" / "odoo.sources").write_text(
        f"Types: deb\nURIs: {uri}\nSuites: {' '.join(COMPANIONS)}\nComponents: main\nSigned-By: {signed_by}\n"
    )
    config = work / "apt.conf"
    lines = {
        "Dir::State": state,
        "Dir::State::lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": state / "sources",
        "Acquire::Languages": "none",
    }
    if os.geteuid() == 0:
        # apt would step down to the user _apt, who cannot reach a cache in root's home
        lines["APT::Sandbox::User"] = "root"
    # empty hooks: the machine's post-update hooks (PackageKit and so on) are none of our business
    config.write_text(
        "".join(f'{key} "{value}";\n' for key, value in lines.items())
        + "#clear APT::Update::Post-Invoke-Success;\n#clear APT::Update::Post-Invoke;\n"
    )
    env = clean_env(APT_CONFIG=str(config), LC_ALL="C")
    update = ["apt-get", *APT_OPTIONS, "-o", "APT::Update::Error-Mode=any", "update"]
    run("reading Debian's package lists", update, env=env)
    return env


def mirror(folder: str = "/etc/apt") -> tuple[str, str]:
    """Read the machine's Debian mirror and keyring out of its own apt sources, both forms."""
    keyrings = sorted(glob.glob(KEYRINGS))
    for uri, suite, components, signed_by in _sources(Path(folder)):
        if (
            uri.rstrip("/").endswith("debian")
            and "main" in components
            and not suite.endswith("-security")
        ):
            key = (
                signed_by
                if signed_by and Path(signed_by).exists()
                else (keyrings[0] if keyrings else None)
            )
            if key is None:
                raise GroundError(
                    "Debian's keyring is missing; install debian-archive-keyring or set ODOO_HOME."
                )
            return uri, key
    raise GroundError(
        "no Debian mirror stands in this machine's apt sources; set ODOO_HOME to an Odoo 19.0 source folder or "
        "ODOO_URL to its official archive."
    )


def _sources(folder: Path):
    """Yield (uri, suite, components, signed-by) of every enabled binary source."""
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text()):
            stanza = "\n".join(line for line in stanza.splitlines() if not line.startswith("#"))
            fields = {
                key.strip().lower(): " ".join(value.split())
                for key, value in re.findall(r"^(\S+?):(.*(?:\n[ \t].*)*)", stanza, re.MULTILINE)
            }
            if (
                "deb" not in fields.get("types", "").split()
                or fields.get("enabled", "yes").lower() == "no"
            ):
                continue
            for uri in fields.get("uris", "").split():
                for suite in fields.get("suites", "").split():
                    yield (
                        uri,
                        suite,
                        fields.get("components", "").split(),
                        fields.get("signed-by", ""),
                    )
    for path in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))]:
        if not path.exists():
            continue
        for line in path.read_text().splitlines():
            parts = re.match(r"\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)", line)
            if parts:
                key = re.search(r"signed-by=(\S+)", parts.group(1) or "", re.IGNORECASE)
                yield (
                    parts.group(2),
                    parts.group(3),
                    parts.group(4).split(),
                    key.group(1) if key else "",
                )


def _repair(root: Path) -> None:
    """Mend what the package leaves out when it is unpacked instead of installed."""
    dist = root / "usr" / "lib" / "python3" / "dist-packages"
    # A file that the package dropped but the asset bundle names: without it each page logs a console error.
    absent = dist / "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    absent.parent.mkdir(parents=True, exist_ok=True)
    absent.touch()
    dangling = []
    for folder, names, files in os.walk(root):
        for name in names + files:
            link = Path(folder) / name
            if not link.is_symlink():
                continue
            target = os.readlink(link)
            if target.startswith("/") and os.path.lexists(str(root) + target):
                # absolute links mean the installed system: turn them into this root
                link.unlink()
                link.symlink_to(os.path.relpath(str(root) + target, folder))
            if not link.exists():
                dangling.append(f"{link.relative_to(root)} -> {target}")
    served = [entry for entry in dangling if "/static/" in entry]
    if served:
        raise GroundError(
            f"the unpacked Odoo misses files that its pages need: {', '.join(served[:5])}."
        )


# -- archive --------------------------------------------------------------------------------------


def _from_archive(url: str) -> Path:
    base = cache() / "odoo"
    final = base / ("archive-" + hashlib.sha256(url.encode()).hexdigest()[:12])
    with lock(base / ".lock", "another set-up is fetching Odoo into the cache; waiting for it …"):
        if not (final / COMPLETE).exists():
            disk.need(base, 2_600, "Odoo")
            _fetch_archive(url, base, final)
    return _checked(final, "ODOO_URL")


def _fetch_archive(url: str, base: Path, final: Path) -> None:
    work = base / ".work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    archive = work / "odoo.archive"
    try:
        _download(url, archive)
        expected = os.environ.get("ODOO_SHA256")
        if expected and hashlib.sha256(archive.read_bytes()).hexdigest() != expected.lower():
            raise GroundError("the archive of ODOO_URL does not have the checksum of ODOO_SHA256.")
        say("Odoo: unpacking the archive")
        unpacked = work / "unpacked"
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped:
                zipped.extractall(unpacked)
        else:
            with tarfile.open(archive) as tarred:
                tarred.extractall(unpacked, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        raise GroundError(f"the archive of ODOO_URL cannot be unpacked: {error}.") from error
    except OSError as error:
        if error.errno == 28:
            raise GroundError(SENTENCE_DISK.format(what="Odoo's archive")) from error
        raise
    source = next(
        (
            p.parents[1]
            for p in sorted(unpacked.rglob("odoo/release.py"), key=lambda p: len(p.parts))
        ),
        None,
    )
    if source is None:
        raise GroundError("the archive of ODOO_URL holds no odoo/release.py.")
    _checked(source, "ODOO_URL")
    mark = {
        "url": hashlib.sha256(url.encode()).hexdigest()[:12],
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest()[:12],
    }
    (source / COMPLETE).write_text("archive-" + json.dumps(mark, sort_keys=True) + "\n")
    shutil.rmtree(final, ignore_errors=True)
    source.rename(final)
    shutil.rmtree(work, ignore_errors=True)


def _download(url: str, target: Path) -> None:
    say("Odoo: downloading the archive of ODOO_URL")
    try:
        with urllib.request.urlopen(url, timeout=60) as answer, target.open("wb") as handle:
            total = int(answer.headers.get("Content-Length") or 0)
            done = shown = 0
            while block := answer.read(1 << 20):
                handle.write(block)
                done += len(block)
                if done - shown >= 20 << 20:
                    shown = done
                    say(f"  {done >> 20} MB" + (f" of {total >> 20} MB" if total else ""))
            if total and done != total:
                raise GroundError("the download of ODOO_URL broke off; run the same command again.")
    except urllib.error.HTTPError as error:
        raise GroundError(f"ODOO_URL answers {error.code} {error.reason}.") from error
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise GroundError(SENTENCE_NETWORK.format(what="ODOO_URL")) from error
