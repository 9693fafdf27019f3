"""The few packages of the machine: printing, Chinese fonts, a browser for the browser stories.

Nothing but printing and browser stories needs them, so their absence is one sentence, not an error.
"""

import os
import shutil
import subprocess

from .proc import clean_env, run
from .say import GroundError, say
from .state import stamp, stamped

CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = {
    "wkhtmltopdf": lambda: bool(shutil.which("wkhtmltopdf")),
    "fonts-noto-cjk": lambda: _has_chinese_font(),
    "chromium": lambda: chromium() is not None,
}


def chromium() -> str | None:
    chosen = os.environ.get("DEALER_CHROMIUM")
    return chosen or next(filter(None, map(shutil.which, CHROMIUM)), None)


def _has_chinese_font() -> bool:
    if not shutil.which("fc-list"):
        return os.path.isdir("/usr/share/fonts/opentype/noto")
    answer = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True)
    return bool(answer.stdout.strip())


def missing() -> list[str]:
    return [name for name, present in PACKAGES.items() if not present()]


def ensure() -> None:
    absent = missing()
    if not absent or os.environ.get("DEALER_SYSTEM_PACKAGES") == "no":
        return
    command = f"apt-get install --no-install-recommends {' '.join(absent)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        if not stamped("told-system-packages", command):
            say(
                f"without {', '.join(absent)} all but printing and browser stories works; to have them: sudo {command}"
            )
            stamp("told-system-packages", command)
        return
    say(f"system packages: {', '.join(absent)} (printing, Chinese fonts, browser)")
    env = clean_env(DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8")
    options = ["-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
    # a foreign source of the machine may be out of order; what counts is whether the install succeeds
    run(
        "reading the package lists",
        ["apt-get", *options, "update"],
        env=env,
        check=False,
        log="system.log",
    )
    for attempt in (1, 2, 3):
        try:
            run(
                f"installing {', '.join(absent)}",
                ["apt-get", *options, "install", "-y", "--no-install-recommends", *absent],
                env=env,
                log="system.log",
                show=_progress,
            )
            return
        except GroundError as error:
            if attempt == 3:
                say(f"{error} All but printing and browser stories works without; later: {command}")
            else:
                say("  once more")


def _progress(line: str) -> str | None:
    if line.startswith("Need to get"):
        return "  " + line
    if line.startswith("Setting up ") and any(name in line for name in PACKAGES):
        return "  " + line.split(" (")[0]
    return None
