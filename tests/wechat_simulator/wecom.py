"""The interfaces of WeCom that a dealership uses first (WECHAT §2.7)."""

from .errors import ApiError
from .registry import api

WELCOME_SECONDS = 20
OK = {"errcode": 0, "errmsg": "ok"}


def _contact(account, external):
    if external not in account.contacts:
        raise ApiError(40096)
    return account.contacts[external]


def _external(external, contact):
    return {
        "external_userid": external,
        "name": contact["name"],
        "type": 1,
        "gender": 0,
        "unionid": contact.get("unionid", ""),
    }


# ------------------------------------------------------------
# External contacts
# ------------------------------------------------------------


@api("POST", "qy", "/cgi-bin/externalcontact/add_contact_way")
def way_add(world, account, call):
    body = call.json()
    if body.get("type") not in (1, 2) or body.get("scene") not in (1, 2):
        raise ApiError(40058)
    if len(body.get("state", "")) > 30 or len(body.get("remark", "")) > 30:
        raise ApiError(40058)
    unknown = [user for user in body.get("user", []) if user not in account.staff]
    if unknown or not (body.get("user") or body.get("party")):
        raise ApiError(60111)
    number = world.secret("way")[:32]
    account.ways[number] = body | {"config_id": number}
    return OK | {"config_id": number, "qr_code": f"https://wework.qpic.cn/wwpic/{number}/0"}


@api("POST", "qy", "/cgi-bin/externalcontact/update_contact_way")
def way_update(_world, account, call):
    body = call.json()
    if body.get("config_id") not in account.ways:
        raise ApiError(40058)
    account.ways[body["config_id"]] |= body
    return OK


@api("POST", "qy", "/cgi-bin/externalcontact/get_contact_way")
def way_get(_world, account, call):
    number = call.json().get("config_id")
    if number not in account.ways:
        raise ApiError(40058)
    return OK | {"contact_way": account.ways[number]}


@api("POST", "qy", "/cgi-bin/externalcontact/del_contact_way")
def way_delete(_world, account, call):
    if account.ways.pop(call.json().get("config_id"), None) is None:
        raise ApiError(40058)
    return OK


@api("POST", "qy", "/cgi-bin/externalcontact/list_contact_way")
def way_list(_world, account, _call):
    return OK | {"contact_way": [{"config_id": number} for number in account.ways]}


@api("GET", "qy", "/cgi-bin/externalcontact/get")
def contact_get(_world, account, call):
    external = call.args.get("external_userid")
    contact = _contact(account, external)
    return OK | {
        "external_contact": _external(external, contact),
        "follow_user": list(contact["follow"].values()),
    }


@api("GET", "qy", "/cgi-bin/externalcontact/list")
def contact_list(_world, account, call):
    user = call.args.get("userid")
    found = [key for key, contact in account.contacts.items() if user in contact["follow"]]
    if not found:
        raise ApiError(84061)
    return OK | {"external_userid": found}


@api("POST", "qy", "/cgi-bin/externalcontact/batch/get_by_user")
def contact_batch(_world, account, call):
    body = call.json()
    users = body.get("userid_list") or []
    limit = min(int(body.get("limit") or 50), 100)
    if not 1 <= len(users) <= 100:
        raise ApiError(40058)
    rows = []
    for external, contact in account.contacts.items():
        for user, follow in contact["follow"].items():
            if user in users:
                info = {key: value for key, value in follow.items() if key != "tags"}
                info["tag_id"] = list(follow["tags"])
                rows.append({"external_contact": _external(external, contact), "follow_info": info})
    start = int(body.get("cursor") or 0)
    more = str(start + limit) if start + limit < len(rows) else ""
    return OK | {"external_contact_list": rows[start : start + limit], "next_cursor": more}


@api("POST", "qy", "/cgi-bin/externalcontact/remark")
def contact_remark(_world, account, call):
    body = call.json()
    follow = _contact(account, body.get("external_userid"))["follow"].get(body.get("userid"))
    if follow is None:
        raise ApiError(84061)
    if len(body.get("remark", "")) > 20 or len(body.get("description", "")) > 150:
        raise ApiError(40058)
    for name in ("remark", "description"):
        if name in body:
            follow[name] = body[name]
    if "remark_mobiles" in body:
        mobiles = body["remark_mobiles"]
        follow["remark_mobiles"] = [] if mobiles == [""] else mobiles
    return OK


@api("POST", "qy", "/cgi-bin/externalcontact/get_corp_tag_list")
def tag_list(_world, account, _call):
    return OK | {"tag_group": list(account.corp_tags.values())}


@api("POST", "qy", "/cgi-bin/externalcontact/add_corp_tag")
def tag_add(world, account, call):
    body = call.json()
    group = {
        "group_id": body.get("group_id") or f"eg{world.number()}",
        "group_name": body.get("group_name", ""),
        "tag": [{"id": f"et{world.number()}", "name": tag["name"]} for tag in body.get("tag", [])],
    }
    account.corp_tags[group["group_id"]] = group
    return OK | {"tag_group": group}


@api("POST", "qy", "/cgi-bin/externalcontact/mark_tag")
def tag_mark(_world, account, call):
    body = call.json()
    follow = _contact(account, body.get("external_userid"))["follow"].get(body.get("userid"))
    if follow is None:
        raise ApiError(84061)
    kept = [tag for tag in follow["tags"] if tag not in body.get("remove_tag", [])]
    follow["tags"] = kept + [tag for tag in body.get("add_tag", []) if tag not in kept]
    return OK


@api("POST", "qy", "/cgi-bin/externalcontact/send_welcome_msg")
def welcome(world, account, call):
    body = call.json()
    found = account.welcomes.get(body.get("welcome_code"))
    if found is None or world.now() - found["at"] > WELCOME_SECONDS:
        raise ApiError(41050)
    if found["used"]:
        raise ApiError(41051)
    if len((body.get("text") or {}).get("content", "").encode()) > 4000:
        raise ApiError(40058)
    if len(body.get("attachments") or []) > 9:
        raise ApiError(40058)
    found["used"] = True
    found["text"] = (body.get("text") or {}).get("content", "")
    return OK


@api("POST", "qy", "/cgi-bin/externalcontact/transfer_customer")
def transfer(world, account, call):
    body = call.json()
    giver, taker = body.get("handover_userid"), body.get("takeover_userid")
    if not {giver, taker} <= set(account.staff):
        raise ApiError(60111)
    rows = []
    for external in body.get("external_userid", [])[:100]:
        code = 0
        if giver not in account.contacts.get(external, {"follow": {}})["follow"]:
            code = 40096
        elif any(row["external"] == external and row["status"] == 2 for row in account.transfers):
            code = 40100
        else:
            account.transfers.append(
                {
                    "giver": giver,
                    "taker": taker,
                    "external": external,
                    "at": int(world.now()),
                    "status": 2,
                }
            )
        rows.append({"external_userid": external, "errcode": code})
    return OK | {"customer": rows}


@api("POST", "qy", "/cgi-bin/externalcontact/transfer_result")
def transfer_result(world, account, call):
    body = call.json()
    rows = []
    for row in account.transfers:
        if (row["giver"], row["taker"]) != (
            body.get("handover_userid"),
            body.get("takeover_userid"),
        ):
            continue
        if row["status"] == 2 and world.now() >= row["at"] + 86400:
            row["status"] = 1
            follow = account.contacts[row["external"]]["follow"]
            old = follow.pop(row["giver"], {})
            follow.setdefault(row["taker"], old | {"userid": row["taker"], "add_way": 202})
        rows.append(
            {
                "external_userid": row["external"],
                "status": row["status"],
                "takeover_time": row["at"] + 86400 if row["status"] == 1 else 0,
            }
        )
    return OK | {"customer": rows, "next_cursor": ""}


# ------------------------------------------------------------
# Staff, messages, approvals
# ------------------------------------------------------------


@api("POST", "qy", "/cgi-bin/user/list_id")
def user_ids(_world, account, _call):
    return OK | {
        "next_cursor": "",
        "dept_user": [{"userid": user, "department": 1} for user in account.staff],
    }


@api("GET", "qy", "/cgi-bin/user/get")
def user_get(_world, account, call):
    user = call.args.get("userid")
    if user not in account.staff:
        raise ApiError(60111)
    return OK | {"userid": user, "name": account.staff[user]["name"], "status": 1}


@api("GET", "qy", "/cgi-bin/auth/getuserinfo", open_to_all=True)
def user_info(world, _account, call):
    found = world.oauth.get(call.args.get("code") or "")
    if found is None or found["used"]:
        raise ApiError(40029)
    found["used"] = True
    return OK | {"userid": found["user"]}


@api("POST", "qy", "/cgi-bin/message/send")
def message_send(world, account, call):
    body = call.json()
    wanted = [user for user in body.get("touser", "").split("|") if user]
    users = list(account.staff) if wanted == ["@all"] else wanted
    good = [user for user in users if user in account.staff]
    if not good:
        raise ApiError(81013)
    kind = body.get("msgtype")
    if kind == "text" and len(body["text"].get("content", "").encode()) > 2048:
        raise ApiError(40058)
    number = f"m{world.number()}"
    copies = body.get("enable_duplicate_check") and [
        row
        for row in account.staff_messages
        if row["body"] == body
        and row["at"] > world.now() - int(body.get("duplicate_check_interval") or 1800)
    ]
    if not copies:
        account.staff_messages.append(
            {"msgid": number, "users": good, "body": body, "at": world.now(), "recalled": False}
        )
    bad = "|".join(user for user in users if user not in account.staff)
    return OK | {"invaliduser": bad, "msgid": number, "response_code": f"r{number}"}


@api("POST", "qy", "/cgi-bin/message/recall")
def message_recall(_world, account, call):
    for row in account.staff_messages:
        if row["msgid"] == call.json().get("msgid"):
            row["recalled"] = True
            return OK
    raise ApiError(40058)


@api("POST", "qy", "/cgi-bin/oa/applyevent")
def approval_apply(world, account, call):
    body = call.json()
    if body.get("creator_userid") not in account.staff or not body.get("template_id"):
        raise ApiError(301025)
    number = f"{202600000000 + world.number()}"
    account.approvals[number] = {
        "sp_no": number,
        "sp_status": 1,
        "template_id": body["template_id"],
        "apply_time": int(world.now()),
        "applyer": {"userid": body["creator_userid"]},
        "apply_data": body.get("apply_data") or {},
    }
    _approval_event(world, account, number, 1)
    return OK | {"sp_no": number}


def _approval_event(world, account, number, change):
    row = account.approvals[number]
    world.phones.corp(
        account,
        "sys_approval_change",
        ApprovalInfo={
            "SpNoStr": number,
            "SpNo": number,
            "SpStatus": row["sp_status"],
            "TemplateId": row["template_id"],
            "ApplyTime": row["apply_time"],
            "Applyer": {"UserId": row["applyer"]["userid"]},
            "StatuChangeEvent": change,
        },
    )


def decide(world, account, number, good):
    """Somebody decides on an approval, on the phone."""
    account.approvals[number]["sp_status"] = 2 if good else 3
    _approval_event(world, account, number, 2 if good else 3)


@api("POST", "qy", "/cgi-bin/oa/getapprovalinfo")
def approval_list(_world, account, call):
    body = call.json()
    start, end = int(body.get("starttime") or 0), int(body.get("endtime") or 0)
    if end - start > 31 * 86400:
        raise ApiError(301025)
    found = [
        number for number, row in account.approvals.items() if start <= row["apply_time"] <= end
    ]
    return OK | {"sp_no_list": found, "new_next_cursor": ""}


@api("POST", "qy", "/cgi-bin/oa/getapprovaldetail")
def approval_get(_world, account, call):
    number = call.json().get("sp_no")
    if number not in account.approvals:
        raise ApiError(301025)
    return OK | {"info": account.approvals[number]}
