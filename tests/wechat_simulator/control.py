"""The hand of the test, and of the demo, on the world: /control/…"""

import json
import secrets

from .errors import ApiError
from .wecom import decide
from .world import Account, Fan, World

ACTIONS = {}
#: So many seconds an interface is slow at most.
LONGEST = 60


def control(name):
    def register(function):
        ACTIONS[name] = function
        return function

    return register


def _account(world: World, values: dict) -> Account:
    return world.accounts[values["appid"]]


def _fan(world: World, values: dict) -> Fan:
    return world.fan(_account(world, values), world.people[values["person"]])


@control("reset")
def reset(world, _values):
    world.clear()
    return {}


@control("clock")
def clock(world, values):
    """Set the time (``set``, stands still unless ``runs``), move it (``add``) or let it run."""
    if "set" in values:
        world.clock.set(float(values["set"]), frozen=not values.get("runs"))
    elif "add" in values:
        world.clock.add(float(values["add"]))
    elif values.get("reset"):
        world.clock.reset()
    return {"now": world.now()}


@control("account")
def account(world, values):
    """Make an account, or change one that is there."""
    values = dict(values)
    known = world.accounts.get(values["appid"])
    if known is None:
        world.add_account(**values)
    else:
        for name, value in values.items():
            setattr(known, name, value)
    return {}


@control("submit_callback")
def submit_callback(world, values):
    """Have the platform ask the callback address whether it is the owner's, as “Submit” on its page does."""
    return {"said": world.post.ask(_account(world, values), values.get("agent", ""))}


@control("person")
def person(world, values):
    world.add_person(**values)
    return {}


@control("fan")
def fan(world, values):
    """Return what the account knows of a person; ``blocks`` and ``snapshot`` can be set."""
    found = _fan(world, values)
    if "blocks" in values:
        found.blocks = values["blocks"]
    if "snapshot" in values:
        found.person.snapshot = values["snapshot"]
    return {
        "openid": found.openid,
        "unionid": found.unionid,
        "subscribed": found.subscribed,
        "screen": found.screen,
        "consents": dict(found.consents),
    }


@control("follow")
def follow(world, values):
    """Follow, or scan: ``scene`` or ``ticket`` names the code."""
    found = _fan(world, values)
    codes = found.account.codes
    code = codes.get(values.get("ticket") or "")
    if values.get("scene"):
        code = next((each for each in codes.values() if each.scene == values["scene"]), None)
    if code is None and (values.get("scene") or values.get("ticket")):
        raise ApiError(404, "no such code")
    world.phones.follow(found, code)
    return {"openid": found.openid}


@control("unfollow")
def unfollow(world, values):
    world.phones.unfollow(_fan(world, values))
    return {}


@control("say")
def say(world, values):
    """Write a text (``text``), or any message by its kind and fields."""
    fields = values.get("fields") or {"Content": values.get("text", "")}
    number = world.phones.say(_fan(world, values), values.get("kind", "text"), **fields)
    return {"msgid": str(number)}


@control("event")
def event(world, values):
    world.phones.event(_fan(world, values), values["event"], **values.get("fields", {}))
    return {}


@control("tap")
def tap(world, values):
    """Tap the entry of the menu at ``path``, e.g. [0, 2]."""
    found = _fan(world, values)
    entry = {"sub_button": (found.account.menu or {}).get("button", [])}
    for place in values["path"]:
        entry = entry["sub_button"][place]
    world.phones.tap(found, entry)
    return {"url": entry.get("url", "")}


@control("consent")
def consent(world, values):
    world.phones.consent(_fan(world, values), values["template"], values.get("accept", True))
    return {}


@control("login_code")
def login_code(world, values):
    """Return a code as ``wx.login`` (kind login) or the phone button (kind phone) gives."""
    code = secrets.token_hex(16)
    world.login_codes[code] = {
        "fan": _fan(world, values),
        "kind": values.get("kind", "login"),
        "at": world.now(),
        "used": False,
    }
    return {"code": code}


@control("staff")
def staff(world, values):
    _account(world, values).staff[values["user"]] = {"name": values["name"]}
    return {}


@control("add_staff")
def add_staff(world, values):
    code = world.phones.add_staff(
        _account(world, values),
        values["user"],
        values["external"],
        values.get("name", values["external"]),
        values.get("state", ""),
    )
    return {"welcome_code": code}


@control("drop_staff")
def drop_staff(world, values):
    world.phones.drop_staff(
        _account(world, values), values["user"], values["external"], values.get("by", "customer")
    )
    return {}


@control("approve")
def approve(world, values):
    decide(world, _account(world, values), values["number"], values.get("good", True))
    return {}


@control("fault")
def fault(world, values):
    """Have calls of an interface fail: errcode, status, slow (seconds, at most 60), cut (before, after)."""
    slow = values.get("slow", 0)
    if not isinstance(slow, (int, float)) or not 0 <= slow <= LONGEST:
        raise ApiError(400, f"slow: 0 to {LONGEST} seconds")
    world.api_faults.append({"times": 1, **values})
    return {}


@control("callback_fault")
def callback_fault(world, values):
    """Have callbacks get lost or come wrong: drop, duplicate, delay, reorder."""
    world.callback_faults.append({"times": 1, **values})
    return {}


@control("no_faults")
def no_faults(world, _values):
    world.api_faults.clear()
    world.callback_faults.clear()
    return {}


@control("release")
def release(world, _values):
    return {"released": world.post.release()}


@control("callback_timeout")
def callback_timeout(world, values):
    world.callback_timeout = float(values["seconds"])
    return {}


@control("calls")
def calls(world, values):
    """Return the calls that came in, of one path if it is named."""
    wanted = values.get("path")
    return {"calls": [call for call in world.calls if wanted in (None, call["path"])]}


@control("deliveries")
def deliveries(world, _values):
    return {"deliveries": world.deliveries}


@control("staff_messages")
def staff_messages(world, values):
    found = _account(world, values)
    return {
        "messages": [
            row for row in found.staff_messages if values.get("user") in (None, *row["users"])
        ],
        "approvals": list(found.approvals.values()),
        "staff": found.staff,
        "contacts": found.contacts,
    }


@control("overview")
def overview(world, _values):
    """Return what the pages show first."""
    return {
        "now": world.now(),
        "people": [{"key": each.key, "nickname": each.nickname} for each in world.people.values()],
        "accounts": [
            {
                "appid": each.appid,
                "kind": each.kind,
                "name": each.name,
                "menu": each.menu,
                "codes": [
                    {"ticket": code.ticket, "scene": code.scene} for code in each.codes.values()
                ],
                "staff": each.staff,
            }
            for each in world.accounts.values()
        ],
    }


def run(world: World, name: str, body: bytes) -> dict:
    """Do what a request to the control asks for.

    :raise ApiError: 404 where there is no such action
    """
    if name not in ACTIONS:
        raise ApiError(404, f"no action {name}")
    values = json.loads(body.decode() or "{}")
    try:
        return ACTIONS[name](world, values)
    except (KeyError, TypeError, IndexError) as error:
        raise ApiError(400, f"{type(error).__name__}: {error}") from error
