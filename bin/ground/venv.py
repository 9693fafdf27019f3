"""The virtual environment: Python packages by pip, Odoo by a .pth file."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from . import disk, odoo_source
from .paths import BESIDE, PYTHON, ROOT, VENV
from .proc import clean_env, run
from .say import GroundError, say
from .state import digest, stamp, stamped, unstamp

PTH = "dealer_suite_odoo.pth"


def base_python() -> str:
    """The Python outside of the virtual environment, which survives when that is made anew."""
    return getattr(sys, "_base_executable", None) or sys.executable


def ensure(dev: bool = False) -> Path:
    """Make the virtual environment complete and return the folder that Odoo is imported from."""
    odoo = _linked_odoo()
    _create()
    _packages("requirements.txt", "run")
    if odoo is None:
        odoo = odoo_source.find()
        _link(odoo)
    _oca()
    if dev:
        _packages("requirements-dev.txt", "dev")
    return odoo


def odoo_folder() -> Path:
    """Where the virtual environment's Odoo lies."""
    found = _linked_odoo()
    if found is None:
        raise GroundError("Odoo is not set up yet; run bin/setup first.")
    return found


def _site_packages() -> Path:
    return VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def _source_key() -> str:
    return digest(os.environ.get("ODOO_HOME", ""), os.environ.get("ODOO_URL", ""))


def _linked_odoo() -> Path | None:
    """Return the linked Odoo if it is still there and still the one that is asked for."""
    link = _site_packages() / PTH
    if not link.exists() or not stamped("odoo", _source_key()):
        return None
    folder = Path(link.read_text().strip())
    return folder if (folder / "odoo" / "release.py").exists() else None


def _link(folder: Path) -> None:
    unstamp("odoo")
    (_site_packages() / PTH).write_text(f"{folder}\n")
    say(f"Odoo {odoo_source.version(folder)}")
    stamp("odoo", _source_key())


def _create() -> None:
    key = digest(sys.version, str(VENV))
    if stamped("venv", key) and PYTHON.exists():
        return
    unstamp("run")
    unstamp("dev")
    unstamp("oca")
    unstamp("odoo")
    disk.need(ROOT, 700, "the virtual environment")
    say(f"Python {sys.version.split()[0]}: making the virtual environment")
    shutil.rmtree(VENV, ignore_errors=True)
    if _has_ensurepip():
        run("making the virtual environment", [base_python(), "-m", "venv", VENV])
    else:
        run("making the virtual environment", [base_python(), "-m", "venv", "--without-pip", VENV])
        _pip_from_debian()
    stamp("venv", key)


def _has_ensurepip() -> bool:
    """Debian's python3 has no ensurepip until python3-venv is installed."""
    probe = subprocess.run(
        [base_python(), "-c", "import ensurepip"], capture_output=True, env=clean_env()
    )
    return probe.returncode == 0


def _pip_from_debian() -> None:
    """Bring pip into the environment out of Debian's wheel of it, without installing a package."""
    work = VENV / ".pip"
    try:
        env = odoo_source.private_apt(work)
        run("downloading pip", ["apt-get", "download", "python3-pip-whl"], cwd=work, env=env)
        for deb in work.glob("*.deb"):
            run("unpacking pip", ["dpkg", "-x", deb, work / "root"])
        wheel = next(iter(sorted(work.rglob("pip-*.whl"))), None)
    except GroundError as error:
        raise GroundError(
            "this Python cannot make a complete virtual environment and pip cannot be fetched; install "
            f"python3-venv and run the same command again ({error})"
        ) from error
    if wheel is None:
        raise GroundError("Debian's package of pip holds no wheel; install python3-venv.")
    with zipfile.ZipFile(wheel) as zipped:
        zipped.extractall(_site_packages())
    shutil.rmtree(work)


def pip(what: str, *arguments: str) -> None:
    run(
        what,
        [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--prefer-binary",
         "--retries", "3", "--timeout", "60", "-c", ROOT / "constraints.txt", *arguments],
        env=clean_env(PIP_ROOT_USER_ACTION="ignore", PYTHONNOUSERSITE="1"),
        cwd=ROOT,
        show=_progress,
    )  # fmt: skip


def _progress(line: str) -> str | None:
    found = re.match(r"\s*Downloading (?:\S*/)?(\S+?) \((\d[^)]*[MG]B)\)", line)
    if found:
        return f"  {found.group(1)} ({found.group(2)})"
    return "  installing" if line.startswith("Installing collected packages") else None


def _requirements_key(name: str) -> str:
    return digest(ROOT / name, ROOT / "requirements-addons.txt", ROOT / "constraints.txt")


def _packages(name: str, mark: str) -> None:
    key = _requirements_key(name)
    if stamped(mark, key):
        return
    unstamp(mark)
    say(f"Python packages: {name}")
    pip(f"installing {name}", "-r", name)
    stamp(mark, key)


def _oca() -> None:
    # --no-deps: they ask for a distribution called odoo, which here is a folder on the path
    key = digest(ROOT / "requirements-oca.txt", ROOT / "constraints.txt")
    if stamped("oca", key):
        return
    say("OCA addons: requirements-oca.txt")
    pip("installing the OCA addons", "--no-deps", "-r", "requirements-oca.txt")
    stamp("oca", key)


def beside() -> None:
    """Bring what benchmarks compare with into a folder of its own: no test and no database may meet it."""
    wanted = ROOT / "benchmarks" / "requirements.txt"
    key = digest(wanted)
    if stamped("beside", key):
        return
    unstamp("beside")
    say("OCA addons to compare with: benchmarks/requirements.txt")
    shutil.rmtree(BESIDE, ignore_errors=True)
    pip("installing what to compare with", "--no-deps", "--target", str(BESIDE), "-r", str(wanted))
    stamp("beside", key)


def wheel(name: str) -> None:
    """Install one more package of constraints.txt, when only this machine needs it."""
    pinned = re.search(
        rf"^{re.escape(name)}==\S+", (ROOT / "constraints.txt").read_text(), re.MULTILINE
    )
    if not pinned:
        raise GroundError(f"{name} does not stand in constraints.txt.")
    if stamped(f"wheel-{name}", pinned.group()) and stamped(
        "run", _requirements_key("requirements.txt")
    ):
        return
    say(f"Python packages: {name}")
    pip(f"installing {name}", pinned.group())
    stamp(f"wheel-{name}", pinned.group())
