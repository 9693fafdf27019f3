"""Words of Chinese texts without a dictionary.

Chinese is written without spaces, and PostgreSQL's full text search has no words for it. Pairs of
neighbouring characters find every word of two and more characters inside a sentence, need no
dictionary that ages, and a new car's name is found on the day it appears.
"""

import re

_RUNS = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")


def grams(text):
    """Return the set of what a text is found by: Latin words, and pairs of Chinese characters."""
    found = set()
    for run in _RUNS.findall((text or "").lower()):
        if run[0] < "\u3400" or len(run) == 1:
            found.add(run)
        else:
            found.update(run[place : place + 2] for place in range(len(run) - 1))
    return found
