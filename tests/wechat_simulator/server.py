"""One process that answers as the four hosts do, by the name of the host or the first part of the path."""

import contextlib
import json
import secrets
import socket
import threading
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from . import control, mini, oauth, official, tokens, wecom
from .callbacks import Post
from .errors import ApiError
from .fans import Phones
from .registry import ENDPOINTS, Call
from .world import World

PAGES = Path(__file__).parent / "pages"
HOSTS = {
    "api.weixin.qq.com": "api",
    "mp.weixin.qq.com": "mp",
    "open.weixin.qq.com": "open",
    "open.work.weixin.qq.com": "open",
    "qyapi.weixin.qq.com": "qy",
}
#: Their functions register themselves.
MODULES = (mini, oauth, official, tokens, wecom)
HIDDEN = ("secret", "corpsecret")


class Cut(Exception):
    """The connection is cut instead of an answer."""


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type, message, *args):
        pass


class Simulator:
    """The platform: ``with Simulator() as platform: platform.url …``."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1"):
        self.world = World()
        self.world.post = Post(self.world)
        self.world.phones = Phones(self.world, self.world.post)
        self.server = make_server(host, port, self._answer, threaded=True, request_handler=Quiet)
        self.server.daemon_threads = True
        self.url = f"http://{host}:{self.server.server_port}"
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_error):
        self.stop()

    def stop(self) -> None:
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def phones(self) -> Phones:
        return self.world.phones

    def settle(self) -> None:
        """Wait until all callbacks are delivered."""
        self.world.post.settle()

    def _answer(self, environ, start_response):
        request = Request(environ)
        try:
            response = self._route(request)
        except Cut:
            with contextlib.suppress(OSError):
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            response = Response()
        return response(environ, start_response)

    def _route(self, request: Request) -> Response:
        path = request.path
        if path.startswith("/control/"):
            return self._control(request, path.removeprefix("/control/"))
        if path == "/favicon.ico":
            return Response(status=204)
        if path in ("/", "/phone", "/wecom"):
            name = "wecom" if path == "/wecom" else "phone"
            return Response(
                (PAGES / f"{name}.html").read_text(encoding="utf-8"), mimetype="text/html"
            )
        host = HOSTS.get(request.host.partition(":")[0])
        first, _slash, rest = path[1:].partition("/")
        if host is None and first in ("api", "mp", "open", "qy"):
            host, path = first, f"/{rest}"
        return self._platform(Call(request, host or "", path))

    def _control(self, request: Request, name: str) -> Response:
        if name == "settle":
            self.settle()
            return _json({})
        try:
            with self.world.lock:
                return _json(control.run(self.world, name, request.get_data()))
        except ApiError as error:
            status = error.code if error.code in (400, 404) else 409
            return _json({"error": error.message, "errcode": error.code}, status)

    def _platform(self, call: Call) -> Response:
        endpoint = ENDPOINTS.get((call.host, call.path))
        if endpoint is None:
            return Response("404 page not found", status=404)
        record = {
            "host": call.host,
            "path": call.path,
            "args": {key: "***" if key in HIDDEN else value for key, value in call.args.items()},
            "body": self._body(call.request),
        }
        with self.world.lock:
            self.world.calls.append(record)
            fault = self._fault(call)
        if fault:
            self._before(fault)
        try:
            if fault and "errcode" in fault:
                raise ApiError(fault["errcode"], fault.get("errmsg", ""))
            with self.world.lock:
                answer = self._do(endpoint, call)
        except ApiError as error:
            answer = {"errcode": error.code, "errmsg": error.message}
            if call.host == "api":
                answer["errmsg"] += f" rid: {secrets.token_hex(4)}-{secrets.token_hex(4)}"
        if fault and fault.get("cut") == "after":
            raise Cut
        if fault and "status" in fault:
            return Response("Bad Gateway", status=fault["status"])
        record["answer"] = answer if isinstance(answer, dict) else "(file)"
        return _json(answer) if isinstance(answer, dict) else answer

    @staticmethod
    def _body(request: Request) -> str:
        # Read whole before anything parses it: clients call JSON a form.
        if request.mimetype == "multipart/form-data":
            return ""
        return request.get_data().decode("utf-8", "replace")

    def _do(self, endpoint, call: Call):
        if call.request.method != endpoint.method:
            raise ApiError(43002 if endpoint.method == "POST" else 43001)
        account = None
        if not endpoint.open_to_all:
            account = tokens.account_of(self.world, call.args.get("access_token"), call.host)
        return endpoint.function(self.world, account, call)

    def _fault(self, call: Call) -> dict | None:
        for fault in self.world.api_faults:
            if fault["times"] and fault.get("path") in (None, call.path):
                fault["times"] -= 1
                return fault
        return None

    def _before(self, fault: dict) -> None:
        if fault.get("slow"):
            # A platform that is slow on demand; one that stops lets nobody wait.
            self.stopping.wait(fault["slow"])
        if fault.get("cut") == "before":
            raise Cut


def _json(values: dict, status: int = 200) -> Response:
    return Response(
        json.dumps(values, ensure_ascii=False, default=str),
        status=status,
        content_type="application/json; charset=utf-8",
    )
