"""Pages signed in by WeChat: the question to the person, the code, what the code gives."""

import html
import urllib.parse

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from .errors import ApiError
from .registry import api
from .tokens import check_login

CODE_LIFE = 300
TOKEN_LIFE = 7200


def _problem(text):
    page = f"<!doctype html><meta charset=utf-8><title>微信</title><h3>{html.escape(text)}</h3>"
    return Response(page, mimetype="text/html")


@api("GET", "open", "/connect/oauth2/authorize", open_to_all=True)
def authorize(world, _account, call):
    """Send the person back with a code; whose phone it is says the cookie of the phone page."""
    args = call.args
    account = world.accounts.get(args.get("appid") or "")
    target = urllib.parse.urlsplit(args.get("redirect_uri") or "")
    if account is None:
        return _problem("appid 参数错误 (10013)")
    if target.hostname != account.oauth_domain:
        return _problem("redirect_uri 域名与后台配置不一致 (10003)")
    if args.get("response_type") != "code" or len(args.get("state") or "") > 128:
        return _problem("参数错误")
    scope = args.get("scope")
    if scope not in ("snsapi_base", "snsapi_userinfo", "snsapi_privateinfo"):
        return _problem("Scope 参数错误或没有 Scope 权限 (10005)")
    person = world.people.get(call.request.cookies.get("phone") or args.get("phone") or "")
    if person is None:
        return _problem("请在微信客户端打开链接 (先打开 /phone)")
    code = world.secret("oauth")[:32]
    world.oauth[code] = {
        "account": account,
        "fan": None if account.kind == "wecom" else world.fan(account, person),
        "user": person.key,
        "scope": scope,
        "at": world.now(),
        "used": False,
    }
    query = urllib.parse.parse_qsl(target.query) + [
        ("code", code),
        ("state", args.get("state") or ""),
    ]
    return redirect(urllib.parse.urlunsplit(target._replace(query=urllib.parse.urlencode(query))))


@api("GET", "api", "/sns/oauth2/access_token", open_to_all=True)
def page_token(world, _account, call):
    account = check_login(world, call.args.get("appid"), call.args.get("secret"), "")
    found = world.oauth.get(call.args.get("code") or "")
    if found is None or found["account"] is not account:
        raise ApiError(40029)
    if found["used"]:
        raise ApiError(40163)
    if found["at"] + CODE_LIFE < world.now():
        raise ApiError(40029)
    found["used"] = True
    fan = found["fan"]
    answer = {
        "access_token": f"P_{world.secret('page')}",
        "expires_in": TOKEN_LIFE,
        "refresh_token": f"R_{world.secret('refresh')}",
        "openid": fan.openid,
        "scope": found["scope"],
    }
    if found["scope"] == "snsapi_userinfo":
        answer["unionid"] = fan.unionid
    if fan.person.snapshot:
        answer["is_snapshotuser"] = 1
    world.page_tokens[answer["access_token"]] = {
        "fan": fan,
        "scope": found["scope"],
        "until": world.now() + TOKEN_LIFE,
    }
    return answer


def _page_fan(world, call):
    found = world.page_tokens.get(call.args.get("access_token") or "")
    if found is None:
        raise ApiError(40001)
    if found["until"] < world.now():
        raise ApiError(42001)
    if found["fan"].openid != call.args.get("openid"):
        raise ApiError(40003)
    return found


@api("GET", "api", "/sns/userinfo", open_to_all=True)
def user_info(world, _account, call):
    found = _page_fan(world, call)
    if found["scope"] != "snsapi_userinfo":
        raise ApiError(48001)
    fan = found["fan"]
    return {
        "openid": fan.openid,
        "nickname": fan.person.nickname,
        "sex": 0,
        "province": "",
        "city": "",
        "country": "",
        "headimgurl": "",
        "privilege": [],
        "unionid": fan.unionid,
    }


@api("GET", "api", "/sns/auth", open_to_all=True)
def page_check(world, _account, call):
    _page_fan(world, call)
    return {"errcode": 0, "errmsg": "ok"}
