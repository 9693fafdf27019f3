"""Where things lie. One place, so that no other file builds a path by hand."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Each clone has a cluster, a socket and a state folder of its own: two clones never meet.
CLONE = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]

ADDONS = ROOT / "addons"
STATE = ROOT / ".state"
LOGS = STATE / "log"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
ODOO_CONF = STATE / "odoo.conf"
DATA_DIR = STATE / "data"
# What benchmarks compare with; it is on nobody's path but theirs.
BESIDE = STATE / "beside"
WITNESS = STATE / "stamps"

SERVED_DB = "dealer"


def cache() -> Path:
    """The download cache, outside of the clone so that a second clone downloads nothing."""
    chosen = os.environ.get("DEALER_CACHE")
    if chosen:
        return Path(chosen).expanduser().resolve()
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "dealer-suite"


def private_folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
