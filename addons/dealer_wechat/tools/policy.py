"""What to do with what the platform answers (WECHAT §2.9). Knows nothing of Odoo."""

import re

REFRESH = {40001, 40014, 42001}
BACKOFF = {-1, 45011, 45033, 41096, 43108}
PAUSE = {45009}
PERMANENT = {
    40003, 40007, 40008, 40029, 40032, 40037, 40096, 40097, 40098, 40099, 40100, 40128, 40163,
    41050, 41051, 43004, 43101, 43107, 45015, 45047, 45065, 45168, 47001, 47003, 81013, 84061,
}  # fmt: skip
CONFIGURATION = {
    40002, 40013, 40091, 40125, 40164, 40243, 41002, 41004, 48001, 48002, 50004, 50007, 60011,
    60020, 89503, 89506, 89507,
}  # fmt: skip
#: Why a message did not arrive, where something follows from it.
REASONS = {
    40003: "openid",
    40037: "template",
    43004: "not_subscribed",
    43101: "no_consent",
    45015: "window_closed",
    45047: "window_count",
}
IP = re.compile(r"\b(\d{1,3}(?:\.\d{1,3}){3})\b")


def classify(answer):
    """Return the class of an answer.

    :param dict answer: with ``errcode``, or without where all is well
    :return: ok, refresh_token_once, retry_backoff, pause_until_reset, permanent or config
    """
    try:
        code = int(answer.get("errcode") or 0)
    except (TypeError, ValueError):
        return "retry_backoff"
    if not code:
        return "ok"
    if code in REFRESH:
        return "refresh_token_once"
    if code in BACKOFF:
        return "retry_backoff"
    if code in PAUSE:
        return "pause_until_reset"
    if code in CONFIGURATION:
        return "config"
    # What nobody knows is not tried for ever.
    return "permanent"


def reason(code):
    """Return the reason of a permanent refusal, or an empty text."""
    return REASONS.get(code, "")


def address_in(message):
    """Return the address of ours that the platform names, e.g. because it is not on its list."""
    found = IP.search(message or "")
    return found.group(1) if found else ""
