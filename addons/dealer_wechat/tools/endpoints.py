"""The interfaces that are called, each with its host, its limits and what makes a repeat harmless."""

from typing import NamedTuple

#: The hosts of the platform; an account may have another address for all of them (a simulator).
HOSTS = {
    "api": "https://api.weixin.qq.com",
    "mp": "https://mp.weixin.qq.com",
    "open": "https://open.weixin.qq.com",
    "qy": "https://qyapi.weixin.qq.com",
}


class Endpoint(NamedTuple):
    method: str
    host: str
    path: str
    #: The platform's own limits; we keep to a part of them.
    per_minute: int = 0
    per_day: int = 0
    #: The field that takes a number of ours; the same number is sent once.
    once_key: str = ""
    #: It does something for people: whether it happened matters when no answer came.
    sends: bool = False
    with_token: bool = True
    #: A good answer is a file, not JSON.
    gives_file: bool = False


ENDPOINTS = {
    "stable_token": Endpoint("POST", "api", "/cgi-bin/stable_token", with_token=False),
    "corp_token": Endpoint("GET", "qy", "/cgi-bin/gettoken", with_token=False),
    "jsapi_ticket": Endpoint("GET", "api", "/cgi-bin/ticket/getticket"),
    "corp_ticket": Endpoint("GET", "qy", "/cgi-bin/get_jsapi_ticket"),
    "agent_ticket": Endpoint("GET", "qy", "/cgi-bin/ticket/get"),
    "user_info": Endpoint("GET", "api", "/cgi-bin/user/info", per_day=500000),
    "user_batch": Endpoint("POST", "api", "/cgi-bin/user/info/batchget", per_day=500000),
    "user_list": Endpoint("GET", "api", "/cgi-bin/user/get", per_day=500),
    "qrcode_create": Endpoint("POST", "api", "/cgi-bin/qrcode/create", per_day=100000),
    "menu_create": Endpoint("POST", "api", "/cgi-bin/menu/create", per_day=1000),
    "menu_get": Endpoint("GET", "api", "/cgi-bin/menu/get", per_day=1000),
    "template_list": Endpoint("GET", "api", "/cgi-bin/template/get_all_private_template"),
    "custom_send": Endpoint(
        "POST", "api", "/cgi-bin/message/custom/send", per_day=500000, sends=True
    ),
    "template_send": Endpoint(
        "POST",
        "api",
        "/cgi-bin/message/template/send",
        per_day=100000,
        once_key="client_msg_id",
        sends=True,
    ),
    "notice_send": Endpoint(
        "POST", "api", "/cgi-bin/message/subscribe/bizsend", per_day=100000, sends=True
    ),
    "media_get": Endpoint("GET", "api", "/cgi-bin/media/get", gives_file=True),
    "media_upload": Endpoint("POST", "api", "/cgi-bin/media/upload", per_day=100000),
    "oauth_token": Endpoint("GET", "api", "/sns/oauth2/access_token", with_token=False),
    "staff_send": Endpoint("POST", "qy", "/cgi-bin/message/send", per_minute=600, sends=True),
    "welcome_send": Endpoint(
        "POST", "qy", "/cgi-bin/externalcontact/send_welcome_msg", per_minute=600, sends=True
    ),
}
