"""The interfaces of an official account (WECHAT §2.4)."""

import io
import re
import urllib.parse

import qrcode
from werkzeug.wrappers import Response

from .errors import ApiError
from .registry import api
from .tokens import count
from .world import Account, Code, Fan, World

MONTH_SECONDS = 2592000
SIZES = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}
#: The kind of a value, by the beginning of its name, and how long it may be.
NOTICE_LIMITS = {
    "thing": r".{1,20}",
    "number": r"[\d.]{1,32}",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"\W{1,5}",
    "character_string": r"[ -~]{1,32}",
    "phone_number": r"[\d+\- ()]{1,17}",
    "car_number": r".{1,8}",
    "name": r"[\u4e00-\u9fff·]{1,10}|[A-Za-z .]{1,20}",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
    "time": r".{1,40}",
    "date": r".{1,40}",
    "amount": r".{1,20}",
    "const": r".{1,20}",
}


def fan_or_refuse(world: World, account: Account, openid: str | None) -> Fan:
    fan = world.fan_of(account, openid or "")
    if fan is None:
        raise ApiError(40003)
    return fan


# ------------------------------------------------------------
# Users and tags
# ------------------------------------------------------------


def _user(fan: Fan) -> dict:
    values = {"subscribe": int(fan.subscribed), "openid": fan.openid, "unionid": fan.unionid}
    if fan.subscribed:
        values |= {
            "language": "zh_CN",
            "subscribe_time": fan.subscribed_at,
            "remark": fan.remark,
            "groupid": 0,
            "tagid_list": sorted(fan.tags),
            "subscribe_scene": fan.subscribe_scene,
            "qr_scene": int(fan.scene) if fan.scene.isdigit() else 0,
            "qr_scene_str": "" if fan.scene.isdigit() else fan.scene,
        }
    return values


@api("GET", "api", "/cgi-bin/user/info")
def user_info(world, account, call):
    return _user(fan_or_refuse(world, account, call.args.get("openid")))


@api("POST", "api", "/cgi-bin/user/info/batchget")
def user_batch(world, account, call):
    wanted = [each.get("openid") for each in call.json().get("user_list", [])]
    if not 1 <= len(wanted) <= 100:
        raise ApiError(40032)
    return {"user_info_list": [_user(fan_or_refuse(world, account, each)) for each in wanted]}


@api("GET", "api", "/cgi-bin/user/get")
def user_list(world, account, call):
    fans = [
        fan.openid
        for (appid, _key), fan in world.fans.items()
        if appid == account.appid and fan.subscribed
    ]
    after = call.args.get("next_openid")
    if after and after not in fans:
        raise ApiError(40003)
    page = fans[fans.index(after) + 1 if after else 0 :][:10000]
    answer = {"total": len(fans), "count": len(page)}
    return answer | (
        {"data": {"openid": page}, "next_openid": page[-1]} if page else {"next_openid": ""}
    )


@api("POST", "api", "/cgi-bin/user/info/updateremark")
def remark(world, account, call):
    body = call.json()
    fan_or_refuse(world, account, body.get("openid")).remark = body.get("remark", "")
    return {"errcode": 0, "errmsg": "ok"}


def _tag_name(account: Account, body: dict) -> str:
    name = (body.get("tag") or {}).get("name", "")
    if not name or name in account.tags.values():
        raise ApiError(45157)
    if len(name.encode()) > 30:
        raise ApiError(45158)
    return name


@api("POST", "api", "/cgi-bin/tags/create")
def tag_create(_world, account, call):
    name = _tag_name(account, call.json())
    if len(account.tags) >= 100:
        raise ApiError(45056)
    number = max(account.tags, default=99) + 1
    account.tags[number] = name
    return {"tag": {"id": number, "name": name}}


@api("GET", "api", "/cgi-bin/tags/get")
def tag_list(world, account, _call):
    fans = [fan for (appid, _key), fan in world.fans.items() if appid == account.appid]
    return {
        "tags": [
            {"id": number, "name": name, "count": sum(number in fan.tags for fan in fans)}
            for number, name in account.tags.items()
        ]
    }


@api("POST", "api", "/cgi-bin/tags/update")
def tag_update(_world, account, call):
    body = call.json()
    number = (body.get("tag") or {}).get("id")
    if number in (0, 1, 2):
        raise ApiError(45058)
    if number not in account.tags:
        raise ApiError(45159)
    account.tags[number] = _tag_name(account, body)
    return {"errcode": 0, "errmsg": "ok"}


@api("POST", "api", "/cgi-bin/tags/delete")
def tag_delete(world, account, call):
    number = (call.json().get("tag") or {}).get("id")
    if number not in account.tags:
        raise ApiError(45159)
    del account.tags[number]
    for fan in world.fans.values():
        if fan.account is account:
            fan.tags.discard(number)
    return {"errcode": 0, "errmsg": "ok"}


def _tag_members(world, account, call, add: bool):
    body = call.json()
    openids, number = body.get("openid_list", []), body.get("tagid")
    if not 1 <= len(openids) <= 50:
        raise ApiError(40032)
    if number not in account.tags:
        raise ApiError(45159)
    fans = [world.fan_of(account, openid) for openid in openids]
    if not all(fans):
        raise ApiError(49003)
    if add and any(len(fan.tags | {number}) > 20 for fan in fans):
        raise ApiError(45059)
    for fan in fans:
        (fan.tags.add if add else fan.tags.discard)(number)
    return {"errcode": 0, "errmsg": "ok"}


@api("POST", "api", "/cgi-bin/tags/members/batchtagging")
def tag_members(world, account, call):
    return _tag_members(world, account, call, add=True)


@api("POST", "api", "/cgi-bin/tags/members/batchuntagging")
def untag_members(world, account, call):
    return _tag_members(world, account, call, add=False)


@api("POST", "api", "/cgi-bin/tags/getidlist")
def tags_of(world, account, call):
    fan = fan_or_refuse(world, account, call.json().get("openid"))
    return {"tagid_list": sorted(fan.tags)}


# ------------------------------------------------------------
# Codes and menu
# ------------------------------------------------------------


@api("POST", "api", "/cgi-bin/qrcode/create")
def code_create(world, account, call):
    body = call.json()
    action = body.get("action_name", "")
    scene = (body.get("action_info") or {}).get("scene") or {}
    permanent = "LIMIT" in action
    text = scene.get("scene_str") if "STR" in action else scene.get("scene_id")
    good = {
        "QR_SCENE": lambda: isinstance(text, int) and 0 < text < 1 << 32,
        "QR_LIMIT_SCENE": lambda: isinstance(text, int) and 1 <= text <= 100000,
        "QR_STR_SCENE": lambda: isinstance(text, str) and 1 <= len(text) <= 64,
        "QR_LIMIT_STR_SCENE": lambda: isinstance(text, str) and 1 <= len(text) <= 64,
    }
    if action not in good or not good[action]():
        raise ApiError(40053)
    seconds = min(int(body.get("expire_seconds") or 60), MONTH_SECONDS)
    if permanent and sum(code.permanent for code in account.codes.values()) >= 100000:
        raise ApiError(45029, "qrcode count out of limit")
    ticket = f"gQ{world.secret('code')}"
    code = Code(
        ticket=ticket,
        scene=str(text),
        permanent=permanent,
        expires=None if permanent else world.now() + seconds,
        url=f"https://weixin.qq.com/q/{world.secret('url')[:20]}",
    )
    account.codes[ticket] = code
    answer = {"ticket": ticket, "url": code.url}
    return answer if permanent else answer | {"expire_seconds": seconds}


@api("GET", "mp", "/cgi-bin/showqrcode", open_to_all=True)
def code_picture(world, _account, call):
    for account in world.accounts.values():
        code = account.codes.get(call.args.get("ticket", ""))
        if code:
            out = io.BytesIO()
            qrcode.make(code.url, box_size=6, border=2).convert("RGB").save(out, "JPEG")
            return Response(out.getvalue(), mimetype="image/jpeg")
    return Response(status=404)


def _check_button(button: dict, sub: bool) -> None:
    name = button.get("name", "")
    if not name or len(name.encode()) > (60 if sub else 16):
        raise ApiError(40025 if sub else 40018)
    children = button.get("sub_button") or []
    if len(children) > 5 or (sub and children):
        raise ApiError(40023)
    for child in children:
        _check_button(child, sub=True)
    if children:
        return
    if button.get("type") == "view":
        parts = urllib.parse.urlsplit(button.get("url", ""))
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ApiError(40055 if not sub else 40054, "invalid button url")
    elif not button.get("key") or len(button["key"].encode()) > 128:
        raise ApiError(40019)


@api("POST", "api", "/cgi-bin/menu/create")
def menu_create(_world, account, call):
    body = call.json()
    buttons = body.get("button") or []
    if not 1 <= len(buttons) <= 3:
        raise ApiError(40016)
    for button in buttons:
        _check_button(button, sub=False)
    account.menu = {"button": buttons}
    return {"errcode": 0, "errmsg": "ok"}


@api("GET", "api", "/cgi-bin/menu/get")
def menu_get(_world, account, _call):
    if not account.menu:
        raise ApiError(46003)
    return {"menu": account.menu}


@api("GET", "api", "/cgi-bin/get_current_selfmenu_info")
def menu_current(_world, account, _call):
    return {"is_menu_open": int(bool(account.menu)), "selfmenu_info": account.menu or {}}


@api("GET", "api", "/cgi-bin/menu/delete")
def menu_delete(_world, account, _call):
    account.menu = None
    return {"errcode": 0, "errmsg": "ok"}


# ------------------------------------------------------------
# Messages
# ------------------------------------------------------------


def _once(world: World, account: Account, name: str, openid: str, key: str | None, send):
    """Send once per number of ours, within ten minutes."""
    now = world.now()
    known = account.client_ids.get((name, openid, key)) if key else None
    if known and known[0] > now - 600:
        return known[1]
    answer = send()
    if key:
        account.client_ids[name, openid, key] = now, answer
    return answer


def _check_values(template: dict, data: dict) -> None:
    """Refuse values that templates by category do not take: their fields are named by kind, e.g. thing1.

    Templates of the old kind, with first, keyword1 and remark, take anything.
    """
    for name in re.findall(r"\{\{(\w+)\.DATA\}\}", template["content"]):
        rule = NOTICE_LIMITS.get(re.sub(r"\d+$", "", name))
        if rule is None or not name[-1].isdigit():
            continue
        text = str((data.get(name) or {}).get("value", ""))
        if not re.fullmatch(rule, text):
            raise ApiError(47003, f"argument invalid! data.{name}.value invalid")


@api("POST", "api", "/cgi-bin/message/template/send")
def template_send(world, account, call):
    body = call.json()
    template = account.templates.get(body.get("template_id"))
    if template is None:
        raise ApiError(40037)
    if not isinstance(body.get("data"), dict):
        raise ApiError(47001)
    _check_values(template, body["data"])
    fan = fan_or_refuse(world, account, body.get("touser"))
    if not fan.subscribed:
        raise ApiError(43004)
    count(world, account, "/cgi-bin/message/template/send", 100000)

    def send():
        number = world.message_id()
        if not fan.blocks:
            text = re.sub(
                r"\{\{(\w+)\.DATA\}\}",
                lambda found: str((body["data"].get(found[1]) or {}).get("value", "")),
                template["content"],
            )
            world.show(fan, "template", title=template["title"], text=text, url=body.get("url", ""))
        world.phones.event(
            fan,
            "TEMPLATESENDJOBFINISH",
            MsgID=number,
            Status="failed:user block" if fan.blocks else "success",
        )
        return {"errcode": 0, "errmsg": "ok", "msgid": number}

    return _once(world, account, "template", fan.openid, body.get("client_msg_id"), send)


@api("GET", "api", "/cgi-bin/template/get_all_private_template")
def template_list(_world, account, _call):
    return {
        "template_list": [
            {"template_id": number, "title": each["title"], "content": each["content"]}
            for number, each in account.templates.items()
        ]
    }


def notice(world: World, account: Account, body: dict) -> dict:
    """Send a subscription notice: one consent, one notice."""
    template = account.notices.get(body.get("template_id"))
    if template is None:
        raise ApiError(40037)
    fan = fan_or_refuse(world, account, body.get("touser"))
    data = body.get("data") or {}
    for name, value in data.items():
        rule = NOTICE_LIMITS.get(re.sub(r"\d+$", "", name))
        text = str((value or {}).get("value", ""))
        if rule is None or not re.fullmatch(rule, text):
            raise ApiError(47003, f"argument invalid! data.{name}.value invalid")
    if not fan.consents[template["id"]]:
        raise ApiError(43101)
    fan.consents[template["id"]] -= 1
    text = "\n".join(f"{name}: {value.get('value', '')}" for name, value in data.items())
    world.show(fan, "template", title=template["title"], text=text, url=body.get("page", ""))
    number = world.message_id()
    item = {
        "TemplateId": template["id"],
        "MsgID": str(number),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }
    values = (
        {"List": item} if account.format == "json" else {"SubscribeMsgSentEvent": {"List": [item]}}
    )
    world.phones.event(fan, "subscribe_msg_sent_event", **values)
    return {"errcode": 0, "errmsg": "ok", "msgid": number}


@api("POST", "api", "/cgi-bin/message/subscribe/bizsend")
def notice_send(world, account, call):
    return notice(world, account, call.json())


def _shown(body: dict, kind: str) -> dict:
    content = body.get(kind) or {}
    if kind == "text":
        return {"text": content.get("content", "")}
    if kind == "news":
        article = (content.get("articles") or [{}])[0]
        return {
            "title": article.get("title", ""),
            "text": article.get("description", ""),
            "url": article.get("url", ""),
        }
    if kind == "msgmenu":
        lines = [content.get("head_content", "")]
        lines += [each.get("content", "") for each in content.get("list", [])]
        return {"text": "\n".join((*lines, content.get("tail_content", "")))}
    if kind == "miniprogrampage":
        return {"title": content.get("title", ""), "url": content.get("pagepath", "")}
    return {"media_id": content.get("media_id", "")}


@api("POST", "api", "/cgi-bin/message/custom/send")
def custom_send(world, account, call):
    body = call.json()
    kind = body.get("msgtype", "")
    kinds = ("text", "image", "voice", "video", "news", "msgmenu", "miniprogrampage")
    if kind not in kinds or not isinstance(body.get(kind), dict):
        raise ApiError(40008, "invalid message type")
    fan = fan_or_refuse(world, account, body.get("touser"))
    media = body[kind].get("media_id")
    if kind in ("image", "voice", "video") and not _media(world, account, media):
        raise ApiError(40007)
    if not fan.subscribed:
        raise ApiError(45015)
    refusal = fan.take_answer(world.now())
    if refusal:
        raise ApiError(refusal)
    world.show(fan, kind, **_shown(body, kind))
    return {"errcode": 0, "errmsg": "ok"}


@api("POST", "api", "/cgi-bin/message/custom/typing")
def typing(world, account, call):
    fan_or_refuse(world, account, call.json().get("touser"))
    return {"errcode": 0, "errmsg": "ok"}


def _mass(world: World, account: Account, body: dict, fans: list[Fan]) -> dict:
    key = body.get("clientmsgid")
    if key and ("mass", key) in account.client_ids:
        raise ApiError(45065)
    month = int(world.now() // (30 * 86400))
    number, sent = world.message_id(), 0
    for fan in fans:
        if fan.subscribed and fan.masses[month] < 4:
            fan.masses[month] += 1
            sent += 1
            world.show(fan, body.get("msgtype", "text"), **_shown(body, body.get("msgtype", "")))
    if key:
        account.client_ids["mass", key] = world.now(), number
    world.phones.corp(
        account,
        "MASSSENDJOBFINISH",
        MsgID=number,
        Status="send success",
        TotalCount=len(fans),
        FilterCount=len(fans),
        SentCount=sent,
        ErrorCount=len(fans) - sent,
    )
    return {"errcode": 0, "errmsg": "ok", "msg_id": number, "msg_data_id": number}


@api("POST", "api", "/cgi-bin/message/mass/sendall")
def mass_all(world, account, call):
    body = call.json()
    chosen = body.get("filter") or {}
    fans = [
        fan
        for fan in world.fans.values()
        if fan.account is account
        and fan.subscribed
        and (chosen.get("is_to_all") or chosen.get("tag_id") in fan.tags)
    ]
    return _mass(world, account, body, fans)


@api("POST", "api", "/cgi-bin/message/mass/send")
def mass_some(world, account, call):
    body = call.json()
    openids = body.get("touser") or []
    if not 2 <= len(openids) <= 10000:
        raise ApiError(40032)
    fans = [fan_or_refuse(world, account, openid) for openid in openids]
    return _mass(world, account, body, fans)


# ------------------------------------------------------------
# Media
# ------------------------------------------------------------


def _media(world: World, account: Account, number: str | None):
    found = account.media.get(number or "")
    return found if found and found[3] > world.now() else None


@api("POST", "api", "/cgi-bin/media/upload")
def media_upload(world, account, call):
    kind, upload = call.args.get("type", ""), call.request.files.get("media")
    if kind not in SIZES:
        raise ApiError(40004, "invalid media type")
    if upload is None:
        raise ApiError(41005, "media data missing")
    data = upload.read(SIZES[kind] + 1)
    if len(data) > SIZES[kind]:
        raise ApiError(40006, "invalid media size")
    number = world.secret("media")[:64]
    account.media[number] = kind, upload.mimetype, data, world.now() + 3 * 86400
    return {"type": kind, "media_id": number, "created_at": int(world.now())}


@api("GET", "api", "/cgi-bin/media/get")
def media_get(world, account, call):
    found = _media(world, account, call.args.get("media_id"))
    if not found:
        raise ApiError(40007)
    return Response(
        found[2],
        mimetype=found[1] or "application/octet-stream",
        headers={"Content-Disposition": 'attachment; filename="media"'},
    )
