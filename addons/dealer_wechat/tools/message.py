"""What the platform sends, read and named; what is answered on the spot. Knows nothing of Odoo."""

import hashlib
import json
import time

from lxml import etree

#: Elements that may come once or many times and are always read as a list.
LISTS = {"List", "Item", "item", "SpRecord", "Details", "SelectedItem", "OptionId"}
#: What changes with each delivery of the same event, or is a secret of one moment.
NOT_IDENTITY = {"WelcomeCode", "Token"}
#: Our name → the platform's, of what is taken over as text.
NAMES = {
    "content": "Content",
    "pic_url": "PicUrl",
    "media_id": "MediaId",
    "thumb_media_id": "ThumbMediaId",
    "title": "Title",
    "appid": "AppId",
    "page_path": "PagePath",
    "thumb_url": "ThumbUrl",
    "agent_id": "AgentID",
    "ticket": "Ticket",
    "lat": "Latitude",
    "lng": "Longitude",
    "precision": "Precision",
    "kf": "KfAccount",
    "status": "Status",
    "userid": "UserID",
    "external_userid": "ExternalUserID",
    "state": "State",
    "welcome_code": "WelcomeCode",
    "fail_reason": "FailReason",
    "chat_id": "ChatId",
    "update_detail": "UpdateDetail",
    "task_id": "TaskId",
    "card_type": "CardType",
    "response_code": "ResponseCode",
    "url": "Url",
    "description": "Description",
    "label": "Label",
    "recognition": "Recognition",
}
ITEM_NAMES = {
    "template_id": "TemplateId",
    "status": "SubscribeStatusString",
    "popup_scene": "PopupScene",
    "msgid": "MsgID",
    "errstatus": "ErrorStatus",
}
DEPTH = 12


class MessageError(ValueError):
    """What was received is no message of the platform; the message is a short reason."""


# ------------------------------------------------------------
# Reading
# ------------------------------------------------------------


def read_body(body):
    """Return the fields of a body, XML or JSON, as nested dicts, lists and texts.

    No document type and no entity is read, nothing is fetched.

    :param body: bytes or text
    :raise MessageError: empty, doctype, xml, json, depth
    """
    data = body.encode() if isinstance(body, str) else body
    data = data.strip()
    if not data:
        raise MessageError("empty")
    if data[:1] == b"{":
        return _read_json(data)
    if b"<!DOCTYPE" in data[:4096].upper():
        raise MessageError("doctype")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MessageError("xml") from error
    if root.getroottree().docinfo.doctype:
        raise MessageError("doctype")
    return _children(root, 0)


def _read_json(data):
    try:
        values = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise MessageError("json") from error
    _check_depth(values, 0)
    return values


def _check_depth(value, depth):
    if depth > DEPTH:
        raise MessageError("depth")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        _check_depth(each, depth + 1)


def _children(element, depth):
    if depth > DEPTH:
        raise MessageError("depth")
    values = {}
    for child in element:
        if not isinstance(child.tag, str):  # a comment or an instruction
            continue
        value = _children(child, depth + 1) if len(child) else (child.text or "")
        if child.tag in LISTS:
            values.setdefault(child.tag, []).append(value)
        elif child.tag in values:
            known = values[child.tag]
            values[child.tag] = [*(known if isinstance(known, list) else [known]), value]
        else:
            values[child.tag] = value
    return values


# ------------------------------------------------------------
# Naming
# ------------------------------------------------------------


def describe(values, channel):
    """Return what a message says, under names of our own.

    :param dict values: of :func:`read_body`
    :param str channel: oa, mp or wecom
    :return: dict with at least ``kind``, ``to``, ``from``, ``create_time``
    """
    kind = _text(values, "MsgType").lower()
    event = _text(values, "Event")
    told = {"to": _text(values, "ToUserName"), "from": _text(values, "FromUserName")}
    told["create_time"] = _number(values.get("CreateTime"))
    if kind == "event":
        change = _text(values, "ChangeType")
        told["kind"] = ".".join(filter(None, (channel, "event", event.lower(), change)))
    else:
        told["kind"] = f"{channel}.msg.{kind}"
    for ours, theirs in NAMES.items():
        if isinstance(values.get(theirs), str) and values[theirs]:
            told[ours] = values[theirs]
        elif isinstance(values.get(theirs), (int, float)):
            told[ours] = str(values[theirs])
    if values.get("MsgId"):
        told["msg_id"] = str(values["MsgId"])
    if values.get("bizmsgmenuid"):
        told["menu_id"] = str(values["bizmsgmenuid"])
    reader = READERS.get(event.lower())
    if kind == "event" and reader:
        reader(told, values)
    elif kind == "location":
        told["lat"], told["lng"] = _text(values, "Location_X"), _text(values, "Location_Y")
    elif kind == "event" and values.get("EventKey"):
        told["event_key"] = _text(values, "EventKey")
    return told


def _text(values, name):
    value = values.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _number(value):
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _inside(values, name):
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def _many(value):
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def _subscribe(told, values):
    key = _text(values, "EventKey")
    if key.startswith("qrscene_"):
        told |= {"source": "qr", "scene": key.removeprefix("qrscene_")}
    elif key:
        told |= {"source": "other", "event_key": key}
    else:
        told["source"] = "none"


def _scan(told, values):
    told["scene"] = _text(values, "EventKey")


def _menu(told, values):
    told["event_key"] = _text(values, "EventKey")
    if values.get("MenuId"):
        told["menu_id"] = _text(values, "MenuId")


def _scan_code(told, values):
    info = _inside(values, "ScanCodeInfo")
    told["event_key"] = _text(values, "EventKey")
    told |= {"scan_type": _text(info, "ScanType"), "scan_result": _text(info, "ScanResult")}


def _template_sent(told, values):
    told["msgid"] = _text(values, "MsgID")
    told["ok"] = told.get("status") == "success"


def _notices(told, values):
    inner = [value for name, value in values.items() if name.startswith("SubscribeMsg")]
    rows = _many(inner[0].get("List")) if inner and isinstance(inner[0], dict) else []
    rows = rows or _many(values.get("List"))
    told["items"] = []
    for row in rows:
        if not isinstance(row, dict):
            continue
        item = {ours: _text(row, name) for ours, name in ITEM_NAMES.items() if row.get(name)}
        if "ErrorCode" in row:
            item["errcode"] = _number(row["ErrorCode"])
        told["items"].append(item)


def _contact(told, values):
    change = _text(values, "ChangeType")
    if change == "del_external_contact":
        told["by_transfer"] = _text(values, "Source") == "DELETE_BY_TRANSFER"
    told["lost"] = change == "del_follow_user" or (
        change == "del_external_contact" and not told["by_transfer"]
    )


def _chat(told, values):
    told["members"] = _many(_inside(values, "MemChangeList").get("Item"))
    for ours, theirs in (
        ("join_scene", "JoinScene"),
        ("quit_scene", "QuitScene"),
        ("count", "MemChangeCnt"),
    ):
        if theirs in values:
            told[ours] = _number(values[theirs])


def _tag(told, values):
    told |= {"id": _text(values, "Id"), "tag_type": _text(values, "TagType")}


def _approval(told, values):
    info = _inside(values, "ApprovalInfo")
    told |= {
        "sp_no": _text(info, "SpNoStr") or _text(info, "SpNo"),
        "sp_status": _number(info.get("SpStatus")),
        "template_id": _text(info, "TemplateId"),
        "applyer": _text(_inside(info, "Applyer"), "UserId"),
        "change": _number(info.get("StatuChangeEvent")),
        "nodes": [
            [
                _number(row.get("SpStatus")),
                [
                    _text(_inside(detail, "Approver"), "UserId")
                    for detail in _many(row.get("Details"))
                    if isinstance(detail, dict)
                ],
            ]
            for row in _many(info.get("SpRecord"))
            if isinstance(row, dict)
        ],
    }


def _open_approval(told, values):
    info = _inside(values, "ApprovalInfo")
    told |= {
        "third_no": _text(info, "ThirdNo"),
        "status": _number(info.get("OpenSpStatus")),
        "template_id": _text(info, "OpenTemplateId"),
        "applyer": _text(info, "ApplyUserId"),
        "step": _number(info.get("approverstep")),
    }


def _card(told, values):
    told["event_key"] = _text(values, "EventKey")
    told["selected"] = {
        _text(row, "QuestionKey"): _many(_inside(row, "OptionIds").get("OptionId"))
        for row in _many(_inside(values, "SelectedItems").get("SelectedItem"))
        if isinstance(row, dict)
    }


READERS = {
    "subscribe": _subscribe,
    "scan": _scan,
    "click": _menu,
    "view": _menu,
    "scancode_push": _scan_code,
    "scancode_waitmsg": _scan_code,
    "templatesendjobfinish": _template_sent,
    "subscribe_msg_popup_event": _notices,
    "subscribe_msg_change_event": _notices,
    "subscribe_msg_sent_event": _notices,
    "change_external_contact": _contact,
    "change_external_chat": _chat,
    "change_external_tag": _tag,
    "sys_approval_change": _approval,
    "open_approval_change": _open_approval,
    "template_card_event": _card,
}


def dedupe_key(values):
    """Return by what a delivery that comes again is known as the same.

    Messages have a number. Events have none, and those of WeCom all come from ``sys``, many in one
    second: so all their fields count.
    """
    number = str(values.get("MsgId") or "0")
    if number != "0":
        return f"msgid:{number}"
    flat = sorted(_flatten(values, ""))
    digest = hashlib.sha256(json.dumps(flat, ensure_ascii=False).encode()).hexdigest()
    return f"sha:{digest}"


def _flatten(value, path):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in NOT_IDENTITY:
                yield from _flatten(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _flatten(inner, f"{path}/{place}")
    else:
        yield path, str(value)


# ------------------------------------------------------------
# Answering
# ------------------------------------------------------------


def cdata(text):
    """Return ``text`` as CDATA; what would end it early is split."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def text_reply(values, content, now=None):
    """Return the XML that answers a message with a text."""
    return (
        "<xml>"
        f"<ToUserName>{cdata(_text(values, 'FromUserName'))}</ToUserName>"
        f"<FromUserName>{cdata(_text(values, 'ToUserName'))}</FromUserName>"
        f"<CreateTime>{int(now if now is not None else time.time())}</CreateTime>"
        "<MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{cdata(content)}</Content>"
        "</xml>"
    )
