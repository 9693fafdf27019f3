"""What the tests of the simulator share: a platform with an account, and somebody who listens."""

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from wechat_simulator import Simulator

ROOT = Path(__file__).parents[2]
VECTORS = json.loads(
    (ROOT / "addons/dealer_wechat/tests/data/vectors.json").read_text(encoding="utf-8")
)
APPID, SECRET, CORP = "wxtest", "right", "wwtest"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


class Listener:
    """A server that keeps what the platform posts, and answers what it is told to."""

    def __init__(self):
        self.received = []
        self.answers = []
        self.gate = threading.Event()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                query = parse_qs(urlsplit(self.path).query)
                self.answer(query["echostr"][0].encode(), b"")

            def do_POST(self):
                self.answer(b"success", self.rfile.read(int(self.headers["Content-Length"])))

            def answer(self, usual, body):
                listener.received.append((self.path, dict(self.headers), body))
                answer = listener.answers.pop(0) if listener.answers else usual
                if answer is None:  # says nothing until the other side has given up
                    listener.gate.wait(5)
                    return
                status = answer if isinstance(answer, int) else 200
                data = b"" if isinstance(answer, int) else answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/cb"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


class Client:
    """Calls the platform as any program would."""

    def __init__(self, platform):
        self.platform = platform

    def get(self, path, **args):
        query = "&".join(f"{key}={value}" for key, value in args.items())
        return self._ask(f"{self.platform.url}{path}?{query}", None)

    def post(self, path, body, **args):
        query = "&".join(f"{key}={value}" for key, value in args.items())
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask(f"{self.platform.url}{path}?{query}", data)

    def control(self, action, **values):
        return self.post(f"/control/{action}", values)

    @staticmethod
    def _ask(url, data):
        with urllib.request.urlopen(url, data, timeout=10) as answer:
            body = answer.read()
            if "json" in answer.headers["Content-Type"]:
                return json.loads(body)
            return body

    def token(self):
        return self.get(
            "/api/cgi-bin/token", grant_type="client_credential", appid=APPID, secret=SECRET
        )["access_token"]

    def stable(self, **values):
        body = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET, **values}
        return self.post("/api/cgi-bin/stable_token", body)


@pytest.fixture
def platform():
    with Simulator() as simulator:
        world = simulator.world
        world.clock.set(1_800_000_000)
        account = world.add_account(appid=APPID, secret=SECRET, token="tok", aes_key=AES_KEY)
        account.templates["TPL"] = {"title": "提醒", "content": "{{first.DATA}}"}
        account.notices["SUB"] = {"id": "SUB", "title": "通知"}
        world.add_person("chen", "陈先生", "13900630001")
        corp = world.add_account(
            appid=CORP, secret=SECRET, kind="wecom", token="tok", aes_key=AES_KEY
        )
        corp.staff = {"zhang": {"name": "张"}, "li": {"name": "李"}}
        yield simulator


@pytest.fixture
def client(platform):
    return Client(platform)


@pytest.fixture
def fan(platform):
    world = platform.world
    return world.fan(world.accounts[APPID], world.people["chen"])


@pytest.fixture
def listener(platform):
    found = Listener()
    platform.world.accounts[APPID].callback = found.url
    platform.world.accounts[CORP].callback = found.url
    yield found
    found.stop()


def family(*names):
    """Return the worked examples of these families, as parameters of a test."""
    return [
        pytest.param(each, id=each["name"]) for each in VECTORS if each["family"].startswith(names)
    ]
