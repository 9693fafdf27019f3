"""The interfaces of a mini program (WECHAT §2.5)."""

import base64
import re
import secrets

from werkzeug.wrappers import Response

from .errors import ApiError
from .official import notice
from .registry import api
from .tokens import check_login, count

CODE_LIFE = 300
SCENE = re.compile(r"[0-9a-zA-Z!#$&'()*+,/:;=?@\-._~]{1,32}")
#: The smallest picture there is.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def take_code(world, code, kind):
    """Use up a log-in or phone code and return what it stands for.

    :raise ApiError: 40029 unknown or too old, 40163 used
    """
    found = world.login_codes.get(code or "")
    if found is None or found["kind"] != kind or found["at"] + CODE_LIFE < world.now():
        raise ApiError(40029)
    if found["used"]:
        raise ApiError(40163)
    found["used"] = True
    return found


@api("GET", "api", "/sns/jscode2session", open_to_all=True)
def session(world, _account, call):
    account = check_login(world, call.args.get("appid"), call.args.get("secret"), "", kinds=("mp",))
    found = take_code(world, call.args.get("js_code"), "login")
    fan = found["fan"]
    if fan.account is not account:
        raise ApiError(40029)
    return {
        "openid": fan.openid,
        "session_key": base64.b64encode(secrets.token_bytes(16)).decode(),
        "unionid": fan.unionid,
    }


@api("POST", "api", "/wxa/business/getuserphonenumber")
def phone(world, account, call):
    found = take_code(world, call.json().get("code"), "phone")
    number = found["fan"].person.phone.removeprefix("+86")
    return {
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": number,
            "purePhoneNumber": number,
            "countryCode": "86",
            "watermark": {"timestamp": int(world.now()), "appid": account.appid},
        },
    }


@api("POST", "api", "/cgi-bin/message/subscribe/send")
def mini_notice(world, account, call):
    return notice(world, account, call.json())


@api("POST", "api", "/wxa/getwxacodeunlimit")
def mini_code(world, account, call):
    body = call.json()
    if not SCENE.fullmatch(body.get("scene") or ""):
        raise ApiError(40129)
    if (body.get("page") or "").startswith("/"):
        raise ApiError(41030)
    count(world, account, "/wxa/getwxacodeunlimit", 500000)
    return Response(PIXEL, mimetype="image/png")


def _days(body):
    if int(body.get("expire_interval") or 30) > 30:
        raise ApiError(85401, "expire time out of range")


@api("POST", "api", "/wxa/generate_urllink")
def url_link(world, account, call):
    _days(call.json())
    count(world, account, "link", 500000)
    return {"errcode": 0, "errmsg": "ok", "url_link": f"https://wxaurl.cn/{world.number()}"}


@api("POST", "api", "/wxa/generatescheme")
def scheme(world, account, call):
    _days(call.json().get("jump_wxa") or {})
    count(world, account, "link", 500000)
    return {"errcode": 0, "errmsg": "ok", "openlink": f"weixin://dl/business/?t={world.number()}"}
