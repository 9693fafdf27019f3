"""Stamps (what is already done) and locks (who is doing it).

A step writes its stamp after its last action, so an interrupted step has none and is done again.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from .paths import STATE, WITNESS
from .say import say


def digest(*parts: str | bytes | Path) -> str:
    """Hash strings and the content of files, in order."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            part = part.read_bytes() if part.exists() else b"-"
        elif isinstance(part, str):
            part = part.encode()
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:16]


def tree_digest(folders: Iterable[Path], skip: Iterable[str] = ()) -> str:
    """Hash every file below the folders, names and content; byte code and editors' files stay out."""
    skip = {"__pycache__", *skip}
    total = hashlib.sha256()
    for folder in sorted(folders):
        for path in sorted(folder.rglob("*")):
            if (
                skip & set(path.relative_to(folder).parts)
                or path.name.startswith(".")
                or not path.is_file()
            ):
                continue
            total.update(str(path.relative_to(folder.parent)).encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def stamped(name: str, value: str) -> bool:
    path = WITNESS / name
    return path.exists() and path.read_text() == value


def stamp(name: str, value: str) -> None:
    WITNESS.mkdir(parents=True, exist_ok=True)
    fresh = WITNESS / f".{name}.{os.getpid()}"
    fresh.write_text(value)
    fresh.replace(WITNESS / name)


def unstamp(name: str) -> None:
    (WITNESS / name).unlink(missing_ok=True)


@contextlib.contextmanager
def lock(path: Path, waiting: str) -> Iterator[None]:
    """Hold an exclusive lock; the kernel drops it when the process dies, so it is never stale."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(waiting)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def clone_lock(name: str) -> contextlib.AbstractContextManager[None]:
    return lock(
        STATE / f"{name}.lock",
        f"another command of this clone is busy with: {name}; waiting for it …",
    )
