"""How the platform behaves over time (WECHAT §2.8): the worked examples, and what they leave out."""

import json
import urllib.error
import urllib.parse
import urllib.request
from xml.etree import ElementTree

import pytest
from wechat_simulator import crypto
from wechat_simulator.callbacks import flat
from wechat_simulator.world import OUT_OF_ORDER

from .conftest import AES_KEY, APPID, CORP, SECRET, family

START = 1_800_000_000


class Script:
    """Plays the steps of a worked example and says what came back."""

    def __init__(self, platform, client, fan):
        self.platform, self.client, self.fan = platform, client, fan
        self.names, self.codes = {}, {}
        self.api = None

    def play(self, step):
        self.platform.world.clock.set(START + step["t"])
        what = step.get("call") or step["event"]
        name = "".join(letter if letter.isalpha() else "_" for letter in what).lower()
        return getattr(self, f"do_{name}")(step)

    def _named(self, value, prefix):
        if value not in self.names.values():
            self.names[f"{prefix}{sum(key[0] == prefix for key in self.names) + 1}"] = value
        return next(key for key, known in self.names.items() if known == value)

    def do_token(self, _step):
        return {"token": self._named(self.client.token(), "C")}

    def do_stable_token(self, step):
        answer = self.client.stable(force_refresh=step.get("force_refresh", False))
        return {
            "token": self._named(answer["access_token"], "T"),
            "expires_in": answer["expires_in"],
        }

    def do_api(self, step):
        token = self.names[step["token"]]
        answer = self.client.get("/api/cgi-bin/tags/get", access_token=token)
        return {"errcode": answer.get("errcode", 0)}

    def do_oa_text_from_user(self, _step):
        self.fan.subscribed = True
        self.platform.phones.say(self.fan, Content="hi")
        return {}

    def do_custom_send(self, _step):
        self.api = self.api or self.client.token()
        self.platform.world.accounts[APPID].classic[-1].expires += 1e9
        body = {"touser": self.fan.openid, "msgtype": "text", "text": {"content": "x"}}
        return self.client.post("/api/cgi-bin/message/custom/send", body, access_token=self.api)

    def do_subscribe_msg_popup_event_accept(self, _step):
        self.platform.phones.consent(self.fan, "SUB")
        return {}

    def do_subscribe_bizsend(self, _step):
        self.api = self.api or self.client.token()
        body = {
            "touser": self.fan.openid,
            "template_id": "SUB",
            "data": {"thing1": {"value": "保养"}},
        }
        return self.client.post(
            "/api/cgi-bin/message/subscribe/bizsend", body, access_token=self.api
        )

    def do_add_external_contact(self, _step):
        corp = self.platform.world.accounts[CORP]
        self.codes["W"] = self.platform.phones.add_staff(corp, "zhang", "wo1", "客户")
        return {}

    def do_send_welcome_msg(self, _step):
        self.api = self.api or corp_token(self.client)
        body = {"welcome_code": self.codes["W"], "text": {"content": "欢迎"}}
        return self.client.post(
            "/qy/cgi-bin/externalcontact/send_welcome_msg", body, access_token=self.api
        )

    def do_authorize(self, _step):
        self.codes = {name: authorize(self.client) for name in ("K", "K2 issued at 0")}
        return {}

    def do_sns_oauth__access_token(self, step):
        answer = self.client.get(
            "/api/sns/oauth2/access_token",
            appid=APPID,
            secret=SECRET,
            code=self.codes[step["code"]],
            grant_type="authorization_code",
        )
        return {"errcode": 0} | answer


def corp_token(client):
    answer = client.get("/qy/cgi-bin/gettoken", corpid=CORP, corpsecret=SECRET)
    return answer["access_token"]


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args, **_values):
        return None


def authorize(client, scope="snsapi_base", **values):
    """Walk to the page as the phone does and return the code that it sends back."""
    query = urllib.parse.urlencode(
        {
            "appid": APPID,
            "redirect_uri": "http://127.0.0.1/back?x=1",
            "response_type": "code",
            "scope": scope,
            "state": "st",
            "phone": "chen",
            **values,
        }
    )
    url = f"{client.platform.url}/open/connect/oauth2/authorize?{query}"
    try:
        with urllib.request.build_opener(Stay).open(url) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        back = urllib.parse.parse_qs(urllib.parse.urlsplit(error.headers["Location"]).query)
        assert back["state"] == ["st"]
        assert back["x"] == ["1"]
        return back["code"][0]


@pytest.mark.parametrize(
    "vector",
    [each for each in family("behaviour") if not each.id.startswith("callback_")],
)
def test_behaviour(vector, platform, client, fan):
    script = Script(platform, client, fan)
    for step, expected in zip(vector["input"]["steps"], vector["expected"]["results"], strict=True):
        found = script.play(step)
        for name, value in expected.items():
            if name == "note":
                continue
            if isinstance(value, str) and name == "expires_in":
                value = int(value.split()[0])
            assert found[name] == value, (step, found)


def test_three_attempts_then_the_user_is_told(platform, listener, fan):
    platform.world.callback_timeout = 0.2
    listener.answers = [None, None, None]
    platform.phones.follow(fan)
    platform.settle()
    assert len(listener.received) == 3
    assert fan.screen[-1]["text"] == OUT_OF_ORDER
    times = {path for path, _headers, _body in listener.received}
    assert len(times) == 3, "each attempt has a nonce of its own"


def test_refused_is_sent_again(platform, listener, fan):
    listener.answers = [500, b"success"]
    platform.phones.follow(fan)
    platform.settle()
    assert [len(platform.world.deliveries[-1]["attempts"]), len(listener.received)] == [2, 2]


def test_success_stops(platform, listener, fan):
    platform.phones.follow(fan)
    platform.settle()
    assert len(listener.received) == 1
    assert [entry["text"] for entry in fan.screen] == ["你已关注公众号"]


def test_malformed_reply_is_told(platform, listener, fan):
    listener.answers = [b"<html>"]
    platform.phones.follow(fan)
    platform.settle()
    assert fan.screen[-1]["text"] == OUT_OF_ORDER


def test_encrypted_callback_and_reply(platform, listener, fan):
    inner = "<xml><MsgType>text</MsgType><Content><![CDATA[您好]]></Content></xml>"
    encrypted = crypto.encrypt(inner, AES_KEY, APPID)
    listener.answers = [f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()]
    platform.phones.follow(fan)
    platform.settle()
    path, headers, body = listener.received[0]
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
    outer = flat(ElementTree.fromstring(body))
    assert headers["Content-Type"] == "text/xml"
    assert query["signature"] == crypto.sign("tok", query["timestamp"], query["nonce"])
    assert query["msg_signature"] == crypto.sign(
        "tok", query["timestamp"], query["nonce"], outer["Encrypt"]
    )
    text = crypto.decrypt(outer["Encrypt"], AES_KEY, APPID)
    assert "<Event><![CDATA[subscribe]]></Event>" in text
    assert fan.screen[-1]["text"] == "您好"


@pytest.mark.parametrize(("mode", "form"), [("plain", "xml"), ("compatible", "json")])
def test_modes(platform, listener, fan, mode, form):
    account = platform.world.accounts[APPID]
    account.mode, account.format = mode, form
    platform.phones.follow(fan)
    platform.settle()
    _path, _headers, body = listener.received[0]
    assert b"subscribe" in body
    assert (b"Encrypt" in body) == (mode == "compatible")
    if form == "json":
        assert json.loads(body)["Event"] == "subscribe"


def test_lost_doubled_late_and_out_of_order(platform, client, listener, fan):
    fan.subscribed = True
    for kind in ("drop", "duplicate", "delay", "reorder"):
        client.control("callback_fault", kind=kind)
    for text in ("lost", "twice", "late", "second", "first"):
        platform.world.accounts[APPID].mode = "plain"
        platform.phones.say(fan, Content=text)
        platform.settle()
    found = [flat_text(body) for _path, _headers, body in listener.received]
    assert found == ["twice", "twice", "first", "second"]
    assert client.control("release") == {"released": 1}
    platform.settle()
    assert flat_text(listener.received[-1][2]) == "late"


def flat_text(body):
    return flat(ElementTree.fromstring(body))["Content"]


def test_faults_of_interfaces(platform, client):
    token = client.token()
    path = "/cgi-bin/tags/get"
    client.control("fault", path=path, errcode=-1, times=2)
    client.control("fault", path=path, status=502)
    client.control("fault", path=path, cut="before")
    client.control("fault", path=path, slow=0.05)
    for endless in (3600, -1, "long"):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            client.control("fault", path=path, slow=endless)
    codes = [client.get(f"/api{path}", access_token=token).get("errcode") for _ in range(2)]
    assert codes == [-1, -1]
    with pytest.raises(urllib.error.HTTPError, match="502"):
        client.get(f"/api{path}", access_token=token)
    with pytest.raises(OSError):  # noqa: PT011 which one is the machine's affair
        client.get(f"/api{path}", access_token=token)
    assert client.get(f"/api{path}", access_token=token) == {"tags": []}


def test_cut_after_the_work_is_done(platform, client, fan):
    token = client.token()
    fan.subscribed = True
    path = "/cgi-bin/message/template/send"
    body = {"touser": fan.openid, "template_id": "TPL", "data": {}, "client_msg_id": "one"}
    client.control("fault", path=path, cut="after")
    with pytest.raises(OSError):  # noqa: PT011
        client.post(f"/api{path}", body, access_token=token)
    assert client.post(f"/api{path}", body, access_token=token)["errcode"] == 0
    cards = [entry for entry in fan.screen if entry["kind"] == "template"]
    assert len(cards) == 1, "the same number of ours is sent once"


def test_template_results(platform, client, listener, fan):
    token = client.token()
    path = "/api/cgi-bin/message/template/send"
    body = {"touser": fan.openid, "template_id": "TPL", "data": {"first": {"value": "好"}}}
    assert client.post(path, body | {"template_id": "x"}, access_token=token)["errcode"] == 40037
    assert client.post(path, body | {"touser": "x"}, access_token=token)["errcode"] == 40003
    assert client.post(path, body, access_token=token)["errcode"] == 43004
    assert client.post(path, b"{", access_token=token)["errcode"] == 47001
    assert client.post(path, body)["errcode"] == 41001
    assert client.get(path, access_token=token)["errcode"] == 43002
    fan.subscribed = True
    assert client.post(path, body, access_token=token)["errcode"] == 0
    assert fan.screen[-1]["text"] == "好"
    fan.blocks = True
    client.post(path, body, access_token=token)
    platform.settle()
    states = [each["values"]["Status"] for each in platform.world.deliveries]
    assert states == ["success", "failed:user block"]


def test_values_of_templates_by_category(platform, client, fan):
    """Fields named by kind take what fits the kind; the old ones take anything."""
    fan.subscribed = True
    platform.world.accounts[APPID].templates["CAT"] = {
        "title": "保养",
        "content": "{{thing1.DATA}} {{phone_number2.DATA}}",
    }
    path = "/api/cgi-bin/message/template/send"

    def send(**values):
        data = {name: {"value": value} for name, value in values.items()}
        body = {"touser": fan.openid, "template_id": "CAT", "data": data}
        return client.post(path, body, access_token=client.token())["errcode"]

    assert send(thing1="速腾", phone_number2="0574-1234567") == 0
    assert send(thing1="长" * 21, phone_number2="0574-1234567") == 47003
    assert send(thing1="速腾", phone_number2="请来电") == 47003
    assert send(thing1="速腾") == 47003


def test_address_is_asked_for(platform, client, listener):
    """What “Submit” says: the right answer, a wrong one, nobody there."""
    ask = {"appid": APPID}
    assert client.control("submit_callback", **ask) == {"said": "提交成功"}
    assert "echostr=" in listener.received[0][0]
    listener.answers.append(b"42")
    assert client.control("submit_callback", **ask) == {"said": "token验证失败"}
    listener.answers.append(403)
    assert client.control("submit_callback", **ask) == {"said": "token验证失败"}
    platform.world.accounts[APPID].callback = "http://127.0.0.1:1/cb"
    assert client.control("submit_callback", **ask) == {"said": "请求URL超时"}


def test_codes_and_scans(platform, client, listener, fan):
    token = client.token()
    path = "/api/cgi-bin/qrcode/create"

    def make(action, scene, **values):
        body = {"action_name": action, "action_info": {"scene": scene}, **values}
        return client.post(path, body, access_token=token)

    assert make("QR_STR_SCENE", {"scene_str": "x" * 65})["errcode"] == 40053
    assert make("QR_LIMIT_SCENE", {"scene_id": 100001})["errcode"] == 40053
    assert make("QR_STR_SCENE", {"scene_str": "c2"})["expire_seconds"] == 60
    code = make("QR_LIMIT_STR_SCENE", {"scene_str": "c1"})
    assert "expire_seconds" not in code
    picture = client.get("/mp/cgi-bin/showqrcode", ticket=code["ticket"])
    assert picture[:2] == b"\xff\xd8"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        client.get("/mp/cgi-bin/showqrcode", ticket="x")
    client.control("follow", appid=APPID, person="chen", scene="c1")
    client.control("follow", appid=APPID, person="chen", scene="c1")
    client.control("clock", add=61)
    client.control("follow", appid=APPID, person="chen", scene="c2")
    events = [
        (each["values"]["Event"], each["values"]["EventKey"]) for each in platform.world.deliveries
    ]
    assert events == [("subscribe", "qrscene_c1"), ("SCAN", "c1")]
    assert "过期" in fan.screen[-1]["text"]


def test_window_after_a_tap_is_three_in_a_minute(platform, client, fan):
    token = client.token()
    body = {"touser": fan.openid, "msgtype": "text", "text": {"content": "x"}}

    def send():
        return client.post("/api/cgi-bin/message/custom/send", body, access_token=token)

    assert send()["errcode"] == 45015
    platform.phones.follow(fan)
    assert [send()["errcode"] for _ in range(4)] == [0, 0, 0, 45047]
    client.control("clock", add=61)
    assert send()["errcode"] == 45015


def test_oauth_of_a_snapshot_user(platform, client, fan):
    fan.person.snapshot = True
    code = authorize(client, "snsapi_userinfo")
    answer = client.get("/api/sns/oauth2/access_token", appid=APPID, secret=SECRET, code=code)
    assert answer["is_snapshotuser"] == 1
    user = client.get(
        "/api/sns/userinfo", access_token=answer["access_token"], openid=answer["openid"]
    )
    assert user["nickname"] == "陈先生"
    assert "10003" in authorize(client, redirect_uri="http://elsewhere.example/")
    assert "/phone" in authorize(client, phone="nobody")


def test_menu_tags_media_and_user(platform, client, fan):
    token = client.token()
    bad = {"button": [{"name": "x" * 17, "type": "click", "key": "k"}]}
    path = "/api/cgi-bin/menu/create"
    assert client.post(path, bad, access_token=token)["errcode"] == 40018
    assert client.post(path, {"button": []}, access_token=token)["errcode"] == 40016
    good = {
        "button": [{"name": "菜单", "sub_button": [{"name": "价", "type": "click", "key": "k"}]}]
    }
    assert client.post(path, good, access_token=token)["errcode"] == 0
    assert client.get("/api/cgi-bin/menu/get", access_token=token)["menu"] == good
    tag = client.post("/api/cgi-bin/tags/create", {"tag": {"name": "客户"}}, access_token=token)
    members = {"tagid": tag["tag"]["id"], "openid_list": [fan.openid]}
    client.post("/api/cgi-bin/tags/members/batchtagging", members, access_token=token)
    platform.phones.follow(fan)
    user = client.get("/api/cgi-bin/user/info", access_token=token, openid=fan.openid)
    assert (user["subscribe"], user["tagid_list"]) == (1, [100])
    assert "nickname" not in user
    fans = client.get("/api/cgi-bin/user/get", access_token=token)
    assert fans["data"]["openid"] == [fan.openid]
    assert (
        client.get("/api/cgi-bin/media/get", access_token=token, media_id="x")["errcode"] == 40007
    )


def test_wrong_secret_address_and_account(platform, client):
    account = platform.world.accounts[APPID]
    assert client.stable(secret="wrong")["errcode"] == 40125
    assert client.stable(appid="x")["errcode"] == 40013
    assert client.stable(grant_type="x")["errcode"] == 40002
    account.ip_list = ["10.0.0.1"]
    answer = client.stable()
    assert answer["errcode"] == 40164
    assert "127.0.0.1" in answer["errmsg"]
    assert " rid: " in answer["errmsg"]


def test_mini_program(platform, client):
    world = platform.world
    world.add_account(appid="wxmini", secret=SECRET, kind="mp")
    values = {"appid": "wxmini", "person": "chen"}
    code = client.control("login_code", **values)["code"]
    ask = {"appid": "wxmini", "secret": SECRET, "js_code": code}
    assert client.get("/api/sns/jscode2session", **ask)["unionid"]
    assert client.get("/api/sns/jscode2session", **ask)["errcode"] == 40163
    body = {"grant_type": "client_credential", "appid": "wxmini", "secret": SECRET}
    token = client.post("/api/cgi-bin/stable_token", body)["access_token"]
    code = client.control("login_code", kind="phone", **values)["code"]
    path = "/api/wxa/business/getuserphonenumber"
    found = client.post(path, {"code": code}, access_token=token)
    assert found["phone_info"]["purePhoneNumber"] == "13900630001"
    assert client.post(path, {"code": code}, access_token=token)["errcode"] == 40163
    path = "/api/wxa/getwxacodeunlimit"
    assert client.post(path, {"scene": "中"}, access_token=token)["errcode"] == 40129
    assert client.post(path, {"scene": "c1"}, access_token=token)[:4] == b"\x89PNG"


def test_wecom_contacts_and_transfer(platform, client, listener):
    token = corp_token(client)
    assert corp_token(client) == token
    platform.world.accounts[CORP].same_token_again = False
    assert corp_token(client) != token
    client.control("add_staff", appid=CORP, user="zhang", external="wo1", name="客户", state="c1")
    found = client.get("/qy/cgi-bin/externalcontact/get", access_token=token, external_userid="wo1")
    assert found["follow_user"][0]["state"] == "c1"
    path = "/qy/cgi-bin/externalcontact/transfer_customer"
    body = {"handover_userid": "zhang", "takeover_userid": "li", "external_userid": ["wo1", "x"]}
    answer = client.post(path, body, access_token=token)
    assert [row["errcode"] for row in answer["customer"]] == [0, 40096]
    path = "/qy/cgi-bin/externalcontact/transfer_result"
    assert client.post(path, body, access_token=token)["customer"][0]["status"] == 2
    platform.world.clock.add(86400)
    token = corp_token(client)
    assert client.post(path, body, access_token=token)["customer"][0]["status"] == 1
    events = [each["values"]["ChangeType"] for each in platform.world.deliveries]
    assert events == ["add_external_contact"], "what an interface changes is told by no callback"


def test_wecom_messages_and_approval(platform, client, listener):
    token = corp_token(client)
    path = "/qy/cgi-bin/message/send"
    body = {"touser": "zhang|x", "msgtype": "text", "text": {"content": "有客户"}}
    assert client.post(path, body, access_token=token)["invaliduser"] == "x"
    assert client.post(path, body | {"touser": "x"}, access_token=token)["errcode"] == 81013
    body = {"creator_userid": "li", "template_id": "T1"}
    number = client.post("/qy/cgi-bin/oa/applyevent", body, access_token=token)["sp_no"]
    client.control("approve", appid=CORP, number=number)
    detail = client.post("/qy/cgi-bin/oa/getapprovaldetail", {"sp_no": number}, access_token=token)
    assert detail["info"]["sp_status"] == 2
