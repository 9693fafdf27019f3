"""What the benchmarks of WeChat share: an account, what the platform sends, and the door it knocks at.

The door is Odoo's own WSGI application on a port of this process; who knocks is another process, so that the time of
asking is not the time of answering.
"""

import json
import secrets
import subprocess
import sys
import threading
import time
from urllib.parse import urlencode

from werkzeug.serving import WSGIRequestHandler, make_server

from odoo.http import root

from odoo.addons.dealer_wechat.tools.crypto import encrypt, sign

APPID, GH, TOKEN = "wxbench000000001", "gh_bench00000001", "benchtoken"
AES_KEY = "c2ltdWxhdG9yc2ltdWxhdG9yc2ltdWxhdG9yc2ltdWE"
#: Sends ``[[path, body]]`` by several connections at once, each again up to three times as the platform does.
KNOCK = """
import http.client, json, sys, threading, time
port, connections = int(sys.argv[1]), int(sys.argv[2])
todo, answers, lock = json.load(sys.stdin)[::-1], {}, threading.Lock()
def work():
    while True:
        with lock:
            if not todo:
                return
            path, body = todo.pop()
        for attempt in range(3):
            door = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            door.request("POST", path, body.encode(), {"Content-Type": "text/xml"})
            answer = door.getresponse()
            said = f"{answer.status} {answer.read().decode()[:40]}"
            door.close()
            if answer.status == 200:
                break
        with lock:
            answers[said] = answers.get(said, 0) + 1
threads = [threading.Thread(target=work) for each in range(connections)]
started = time.perf_counter()
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps([time.perf_counter() - started, answers]))
"""


class Quiet(WSGIRequestHandler):
    def log(self, type, message, *args):
        pass


class Door:
    """``with Door() as door: seconds, answers = door.knock(letters)``."""

    def __enter__(self):
        self.server = make_server("127.0.0.1", 0, root, threaded=True, request_handler=Quiet)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()

    def knock(self, letters, connections=8):
        """Send all letters, ``connections`` at once.

        :return: ``(seconds, {answer: how often})``
        """
        asked = subprocess.run(
            [sys.executable, "-c", KNOCK, str(self.server.server_port), str(connections)],
            input=json.dumps(letters),
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(asked.stdout)


def make_account(env, store, **values):
    """Make an official account of the store, complete but for what speaks to the platform."""
    account = env["dealer.wechat.account"].create(
        {
            "name": "基准公众号",
            "appid": APPID,
            "original_id": GH,
            "unit_id": store.id,
            "platform_url": "http://127.0.0.1:1",
            "secret": "bench-secret",
            "token": TOKEN,
            "aes_key": AES_KEY,
            **values,
        }
    )
    env.cr.commit()
    return account


def letter(account, sender, number, text):
    """Return path with query, and body, of a customer's message as the platform delivers it in the safe mode."""
    now = str(int(time.time()))
    plain = (
        f"<xml><ToUserName>{GH}</ToUserName><FromUserName>{sender}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType>text</MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{number}</MsgId></xml>"
    )
    encrypted, nonce = encrypt(plain, AES_KEY, APPID), secrets.token_hex(5)
    query = {
        "timestamp": now,
        "nonce": nonce,
        "signature": sign(TOKEN, now, nonce),
        "openid": sender,
        "encrypt_type": "aes",
        "msg_signature": sign(TOKEN, now, nonce, encrypted),
    }
    body = f"<xml><ToUserName>{GH}</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return [f"/dealer_wechat/cb/{account.callback_key}?{urlencode(query)}", body]
