"""WeChat on a served database with the platform's stand-in: races, deaths and whole ways.

What a transaction of a test cannot show: that eight workers ask for one token, that a process which
dies between asking and writing sends nothing twice, that a burst of callbacks is neither lost nor
doubled.
"""

import secrets
import threading
import urllib.error
import urllib.request

import pytest
from helpers import at_once, query, wait_until
from wechat_simulator import Simulator
from wechat_simulator.callbacks import Post
from wechat_simulator.demo import APPID, SCENE, fill

CALLBACK = "/dealer_wechat/cb/demo0000000000000000000000000001"


@pytest.fixture
def platform(served):
    """The stand-in, known to the demo's account of the served database."""
    with Simulator() as simulator:
        fill(simulator.world, f"{served.url}{CALLBACK}")
        query(
            served,
            "UPDATE dealer_wechat_account SET platform_url = %s, problem = NULL WHERE appid = %s",
            simulator.url,
            APPID,
        )
        query(served, "DELETE FROM dealer_wechat_token")
        yield simulator


def new_fan(platform, follow=True):
    """A person of one's own who follows, at most; return the fan."""
    key = secrets.token_hex(6)
    person = platform.world.add_person(key, "新客户", "13900639999")
    fan = platform.world.fan(platform.world.accounts[APPID], person)
    if follow:
        platform.phones.follow(fan)
        platform.settle()
    return fan


def inbox(served, fan, kind="%"):
    return query(
        served,
        "SELECT kind, state FROM dealer_wechat_inbox WHERE sender = %s AND kind LIKE %s ORDER BY id",
        fan.openid,
        kind,
    )


def identity(served, fan):
    rows = query(
        served,
        "SELECT id, is_following, unionid, user_id, partner_id FROM dealer_wechat_identity"
        " WHERE value = %s",
        fan.openid,
    )
    return rows[0] if rows else None


def test_follow_and_write(served, platform):
    code = next(
        each for each in platform.world.accounts[APPID].codes.values() if each.scene == SCENE
    )
    fan = new_fan(platform, follow=False)
    platform.phones.follow(fan, code)
    platform.settle()
    assert "沈佳怡" in fan.screen[-1]["text"], "the welcome is the answer to the event itself"
    platform.phones.say(fan, Content="最低多少钱？")
    platform.settle()
    wait_until(
        lambda: [state for _kind, state in inbox(served, fan)] == ["done", "done"],
        90,
        "both are worked off",
    )
    found = wait_until(
        lambda: (row := identity(served, fan)) and row[2] and row, 90, "the unionid is known"
    )
    assert found[1] is True
    assert found[2] == fan.unionid
    assert found[3], "came through the consultant"


def test_refused_by_a_stranger(served, platform):
    """Who knows the address alone gets nothing in."""
    before = query(served, "SELECT count(*) FROM dealer_wechat_inbox")
    account = platform.world.accounts[APPID]
    account.token = "guessed"
    fan = new_fan(platform)
    assert platform.world.deliveries[-1]["attempts"] == ["refused 403"] * 3
    assert query(served, "SELECT count(*) FROM dealer_wechat_inbox") == before
    assert fan.screen[-1]["kind"] == "system"


def test_burst_is_neither_lost_nor_doubled(served, platform):
    """300 messages by eight senders, each delivered twice at once."""
    fan = new_fan(platform)
    post: Post = platform.world.post
    account = platform.world.accounts[APPID]
    bodies = []
    for number in range(300):
        values = {
            "ToUserName": account.original_id,
            "FromUserName": fan.openid,
            "CreateTime": int(platform.world.now()),
            "MsgType": "text",
            "Content": f"第{number}条",
            "MsgId": int(secrets.token_hex(6), 16),
        }
        bodies += [post.prepare(account, values) for _copy in range(2)]
    todo, answers, lock = list(bodies), [], threading.Lock()

    def work():
        while True:
            with lock:
                if not todo:
                    return
                body, params, content = todo.pop()
            for _attempt in range(3):  # as the platform does where no answer came in time
                answer = post._post(f"{served.url}{CALLBACK}", params, body, content)
                if answer[0] == "ok":
                    break
            answers.append(answer)

    at_once(*[work] * 8)
    assert answers == [("ok", b"success")] * 600
    rows = inbox(served, fan, "oa.msg.text")
    assert len(rows) == 300
    wait_until(
        lambda: {state for _kind, state in inbox(served, fan)} == {"done"}, 120, "all drained"
    )


TOKEN_SCRIPT = """
import threading
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
registry, answers = Registry(env.cr.dbname), []
barrier = threading.Barrier(8)
def work():
    with registry.cursor() as cr:
        own = api.Environment(cr, SUPERUSER_ID, {})
        account = own["dealer.wechat.account"].search([("appid", "=", "%s")])
        cr.execute("SELECT 1")
        barrier.wait()
        try:
            answers.append(own["dealer.wechat.token"]._value(account))
        except own["dealer.wechat.client"]._error_class() as error:
            answers.append(f"{error.kind} {error.code}")
threads = [threading.Thread(target=work) for _each in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("ANSWERS", len(answers), len(set(answers)), answers[0][:12])
"""


def token_calls(platform):
    return [call for call in platform.world.calls if call["path"] == "/cgi-bin/stable_token"]


def test_eight_cold_workers_fetch_one_token(served, platform):
    printed = served.shell(TOKEN_SCRIPT % APPID)
    assert "ANSWERS 8 1 T1_" in printed
    assert len(token_calls(platform)) == 1


def test_wrong_secret_for_ever_is_two_calls_at_most(served, platform):
    platform.world.accounts[APPID].secret = "another"
    printed = served.shell(TOKEN_SCRIPT % APPID)
    assert "ANSWERS 8 1 config 40125" in printed
    assert len(token_calls(platform)) <= 2
    problem = query(served, "SELECT problem FROM dealer_wechat_account WHERE appid = %s", APPID)
    assert problem[0][0], "an administrator is told"


SEND_SCRIPT = """
identity = env["dealer.wechat.identity"].search([("value", "=", "%s")])
from datetime import timedelta
from odoo import fields
if %s:
    identity.write({"window_until": fields.Datetime.now() + timedelta(hours=1), "window_left": 5})
else:
    identity.window_left = 0
row = env["dealer.wechat.outbox"]._send_text(identity, "%s")
env.cr.commit()
print("ROW", row.id)
"""


def send(served, fan, text, answer):
    printed = served.shell(SEND_SCRIPT % (fan.openid, answer, text))
    return int(printed.split("ROW")[1].split()[0])


def state(served, row):
    return query(served, "SELECT state FROM dealer_wechat_outbox WHERE id = %s", row)[0][0]


def test_template_is_delivered(served, platform):
    fan = new_fan(platform)
    wait_until(lambda: identity(served, fan), 90, "known")
    row = send(served, fan, "保养到期", answer=False)
    wait_until(lambda: state(served, row) == "delivered", 120, "delivered")
    cards = [entry for entry in fan.screen if entry["kind"] == "template"]
    assert len(cards) == 1
    assert "保养到期" in cards[0]["text"]


def test_answer_lost_on_the_way(served, platform):
    """The platform did it, the connection was cut: nobody knows, and it is not sent again."""
    fan = new_fan(platform)
    wait_until(lambda: identity(served, fan), 90, "known")
    platform.phones.say(fan, Content="在吗")
    platform.settle()
    path = "/cgi-bin/message/custom/send"
    platform.world.api_faults.append({"path": path, "cut": "after", "times": 1})
    row = send(served, fan, "在的", answer=True)
    wait_until(lambda: state(served, row) == "unknown", 120, "nobody knows")
    assert sum(entry["text"] == "在的" for entry in fan.screen if "text" in entry) == 1


def test_address_is_proved(served, platform):
    """The platform's question is answered as it wants; without proof it is refused."""
    account = platform.world.accounts[APPID]
    _body, params, _content = platform.world.post.prepare(account, {"FromUserName": "x"})
    keys = "&".join(f"{name}={params[name]}" for name in ("signature", "timestamp", "nonce"))
    with urllib.request.urlopen(f"{served.url}{CALLBACK}?{keys}&echostr=12345") as answer:
        assert answer.read() == b"12345"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{served.url}{CALLBACK}?{keys[:-1]}&echostr=12345")
