"""What the user reads: progress lines on standard output, one sentence when something fails."""

import sys
import time

START = time.monotonic()


class GroundError(Exception):
    """A failure that the user can understand and act on: the message is one sentence."""


def say(text: str) -> None:
    print(f"[{time.monotonic() - START:6.1f}s] {text}", flush=True)


def fail(sentence: str) -> None:
    print(f"dealer: {sentence}", file=sys.stderr, flush=True)
