"""Is there room? Asked before a big step, because a disk that fills up in its middle costs minutes."""

import shutil
from pathlib import Path

from .say import GroundError


def need(folder: Path, megabytes: int, what: str) -> None:
    """Fail with one sentence when the file system of the folder has too little room."""
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free >> 20
    if free < megabytes:
        raise GroundError(
            f"the disk is full: {what} needs {megabytes} MB at {place}, {free} MB are free; free some and run the same command again."
        )
