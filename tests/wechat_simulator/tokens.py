"""Access tokens and tickets: how long each lives and which displaces which (WECHAT §2.3)."""

from .errors import ApiError
from .registry import api
from .world import Account, Token, World

LIFE = 7200
RENEW_WITHIN = 300
OVERLAP = 300
CLASSIC_A_DAY = 2000
FORCED_A_DAY = 20
FORCED_APART = 30


def check_login(world: World, appid: str, secret: str, address: str, kinds=("oa", "mp")) -> Account:
    """Return the account of these credentials.

    :raise ApiError: 41002, 41004, 40013, 40125, 40243, 40164
    """
    if not appid:
        raise ApiError(41002)
    if not secret:
        raise ApiError(41004)
    account = world.accounts.get(appid)
    if account is None or account.kind not in kinds:
        raise ApiError(40013)
    if account.frozen:
        raise ApiError(40243, "AppSecret is frozen")
    if secret != account.secret:
        raise ApiError(40125)
    if account.ip_list and address not in account.ip_list:
        raise ApiError(40164, f"invalid ip {address} ipv6 ::ffff:{address}, not in whitelist")
    return account


@api("GET", "api", "/cgi-bin/token", open_to_all=True)
def classic(world, _account, call):
    if call.args.get("grant_type") != "client_credential":
        raise ApiError(40002)
    account = check_login(world, call.args.get("appid"), call.args.get("secret"), call.address)
    now = world.now()
    if not _count(account, "token", now, CLASSIC_A_DAY):
        raise ApiError(45009)
    if account.classic:
        last = account.classic[-1]
        last.displaced = min(last.displaced or now + OVERLAP, now + OVERLAP)
    made = Token(f"C{len(account.classic) + 1}_{world.secret('classic')[:96]}", now, now + LIFE)
    account.classic.append(made)
    return {"access_token": made.value, "expires_in": LIFE}


@api("POST", "api", "/cgi-bin/stable_token", open_to_all=True)
def stable(world, _account, call):
    body = call.json()
    if body.get("grant_type") != "client_credential":
        raise ApiError(40002)
    account = check_login(world, body.get("appid"), body.get("secret"), call.address)
    now = world.now()
    last = account.stable[-1] if account.stable else None
    alive = last and last.expires > now
    if body.get("force_refresh") and alive:
        recent = [moment for moment in account.forced if moment > now - 86400]
        if not recent or now - recent[-1] >= FORCED_APART:
            if len(recent) >= FORCED_A_DAY:
                raise ApiError(45009)
            account.forced.append(now)
            last.displaced = now
            alive = False
    if not alive or last.expires - now <= RENEW_WITHIN:
        number = len(account.stable) + 1
        last = Token(f"T{number}_{world.secret('stable')[:96]}", now, now + LIFE)
        account.stable.append(last)
    return {"access_token": last.value, "expires_in": int(last.expires - now)}


@api("GET", "qy", "/cgi-bin/gettoken", open_to_all=True)
def wecom(world, _account, call):
    account = world.accounts.get(call.args.get("corpid") or "")
    secret = call.args.get("corpsecret")
    if account is None or account.kind != "wecom":
        raise ApiError(40013, "invalid corpid")
    if secret != account.secret and secret not in account.agents:
        raise ApiError(40001, "invalid credential")
    now = world.now()
    alive = [
        token
        for token in account.stable
        if token.expires > now and token.value.endswith(f"_{secret}")
    ]
    if not alive or not account.same_token_again:
        alive = [Token(f"W{world.secret('wecom')[:64]}_{secret}", now, now + LIFE)]
        account.stable += alive
    return {
        "errcode": 0,
        "errmsg": "ok",
        "access_token": alive[-1].value,
        "expires_in": int(alive[-1].expires - now),
    }


def account_of(world: World, token: str | None, host: str) -> Account:
    """Return whose token it is.

    :raise ApiError: 41001 missing, 40014 unknown, 42001 expired, 40001 displaced
    """
    if not token:
        raise ApiError(41001)
    now = world.now()
    for account in world.accounts.values():
        if (account.kind == "wecom") != (host == "qy"):
            continue
        for known in (*account.stable, *account.classic):
            if known.value != token:
                continue
            if known.displaced is not None and now >= known.displaced:
                raise ApiError(40001)
            if now >= known.expires:
                raise ApiError(42001)
            return account
    raise ApiError(40014)


def _count(account: Account, name: str, now: float, limit: int) -> bool:
    """Count a call of a Chinese day; return whether it is within the limit."""
    key = name, int((now + 8 * 3600) // 86400)
    account.quota[key] += 1
    return account.quota[key] <= limit


def count(world: World, account: Account, name: str, limit: int) -> None:
    """Count a call of a Chinese day.

    :raise ApiError: 45009 when that is too many
    """
    if not _count(account, name, world.now(), limit):
        raise ApiError(45009)


def ticket(world: World, account: Account, kind: str) -> dict:
    now = world.now()
    known = account.tickets.get(kind)
    if known is None or known.expires <= now:
        known = Token(f"ticket_{world.secret(kind)[:78]}", now, now + LIFE)
        account.tickets[kind] = known
    return {
        "errcode": 0,
        "errmsg": "ok",
        "ticket": known.value,
        "expires_in": int(known.expires - now),
    }


@api("GET", "api", "/cgi-bin/ticket/getticket")
def jsapi_ticket(world, account, call):
    return ticket(world, account, call.args.get("type") or "jsapi")


@api("GET", "qy", "/cgi-bin/get_jsapi_ticket")
def wecom_ticket(world, account, _call):
    count(world, account, "jsapi", 400 * 24)
    return ticket(world, account, "corp")


@api("GET", "qy", "/cgi-bin/ticket/get")
def agent_ticket(world, account, call):
    return ticket(world, account, f"agent/{call.args['access_token'].rpartition('_')[2]}")


@api("POST", "api", "/cgi-bin/clear_quota")
def clear_quota(world, account, _call):
    month = "clear", int(world.now() // (30 * 86400))
    if account.quota[month] >= 10:
        raise ApiError(48006)
    cleared = account.quota[month] + 1
    account.quota.clear()
    account.quota[month] = cleared
    return {}


@api("POST", "api", "/cgi-bin/openapi/quota/get")
def quota(world, account, call):
    day = int((world.now() + 8 * 3600) // 86400)
    used = account.quota[call.json().get("cgi_path", ""), day]
    return {"quota": {"daily_limit": 100000, "used": used, "remain": 100000 - used}}
