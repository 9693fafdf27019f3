"""What a log of Odoo may not contain."""

import pytest

from ground import builder

MOMENT = "2026-11-30 11:55:26,000 1"
TRACEBACK = 'Traceback (most recent call last):\n  File "x"\nValueError: {}\n'
CHAIN = "\nDuring handling of the above exception, another exception occurred:\n\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{MOMENT} INFO db a.b: fine\n", []),
        (f"{MOMENT} WARNING db a.b: odd\n", ["odd"]),
        (f"{MOMENT} ERROR db a.b: bad\n" + TRACEBACK.format("c"), ["bad"]),
        # what PostgreSQL said of it stands behind the query
        (
            f"{MOMENT} ERROR db sql_db: bad query: b'UPDATE x'\nERROR: could not serialize access\n",
            ["b'UPDATE x' ERROR: could not serialize access"],
        ),
        # dealt with, and told at INFO
        (f"{MOMENT} INFO db a.b: again\n" + TRACEBACK.format("a"), []),
        (
            f"{MOMENT} INFO db a.b: again\n"
            + TRACEBACK.format("a")
            + CHAIN
            + TRACEBACK.format("b"),
            [],
        ),
        # past the logger: of a thread that died
        (
            f"{MOMENT} INFO db a.b: fine\nException in thread T-1:\n" + TRACEBACK.format("died"),
            ["ValueError: died"],
        ),
    ],
)
def test_bad_lines(tmp_path, text, words):
    log = tmp_path / "odoo.log"
    log.write_text(text)
    found = builder.bad_lines(log)
    assert len(found) == len(words)
    assert all(word in line for word, line in zip(words, found, strict=True))
