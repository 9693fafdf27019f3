"""Running other programs: their output goes to a log, their failure becomes one sentence."""

import os
import re
import subprocess
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from .paths import LOGS
from .say import GroundError, say

# Variables of our own start that must not leak into pip, Odoo or npm.
PRIVATE = ("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__")

DISK = re.compile(r"No space left on device|ENOSPC|Errno 28|Disk quota exceeded", re.IGNORECASE)
NETWORK = re.compile(
    r"Temporary failure (in name resolution|resolving)|Could not resolve|Name or service not known"
    r"|NameResolutionError|Failed to establish a new connection|Network is unreachable"
    r"|No route to host|Could not connect|Unable to connect|Connection refused|Cannot connect to proxy"
    r"|ProxyError|Connection timed out|ReadTimeout|ConnectTimeout|ECONNREFUSED|ENOTFOUND|EAI_AGAIN"
    r"|ETIMEDOUT|Connection failed|Connection reset",
    re.IGNORECASE,
)
SENTENCE_DISK = "the disk is full ({what}): free about 3 GB and run the same command again, it goes on where it stopped."
SENTENCE_NETWORK = (
    "no network ({what}): the package sources cannot be reached; check the connection or the proxy and run the "
    "same command again, it goes on where it stopped."
)


def clean_env(**extra: str) -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if key not in PRIVATE}
    env.update(extra)
    return env


def sentence_for(what: str, output: str, log: Path) -> str:
    """Return the one sentence for a failed command, judged by what it printed."""
    if DISK.search(output):
        return SENTENCE_DISK.format(what=what)
    if NETWORK.search(output):
        return SENTENCE_NETWORK.format(what=what)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = next(
        (
            line
            for line in reversed(lines)
            if re.match(r"(ERROR|E:|error:|FATAL)", line, re.IGNORECASE)
        ),
        None,
    )
    return f"{what} failed: {last or (lines[-1] if lines else 'no output')} (all of it in {log})."


def run(
    what: str,
    command: Iterable[str | Path],
    *,
    log: str = "setup.log",
    show: Callable[[str], str | None] | None = None,
    check: bool = True,
    **options,
) -> tuple[int, str]:
    """Run a command, log its output and return (exit code, last lines).

    :param show: turns a line of output into a progress line, or None to keep it in the log only.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    logfile = LOGS / log
    command = [str(part) for part in command]
    options.setdefault("env", clean_env())
    tail: deque[str] = deque(maxlen=200)
    try:
        with logfile.open("a", encoding="utf-8") as handle:
            handle.write(f"$ {' '.join(command)}\n")
            handle.flush()
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                **options,
            )
            try:
                for line in process.stdout:
                    handle.write(line)
                    tail.append(line)
                    progress = show(line.rstrip()) if show else None
                    if progress:
                        say(progress)
                code = process.wait()
            except BaseException:
                process.kill()
                process.wait()
                raise
    except FileNotFoundError as error:
        raise GroundError(
            f"{what} needs the program {command[0]}, which is not installed."
        ) from error
    output = "".join(tail)
    if check and code:
        raise GroundError(sentence_for(what, output, logfile))
    return code, output
