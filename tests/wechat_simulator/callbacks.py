"""What the platform calls us for: three attempts of five seconds each, and what goes wrong on the way."""

import json
import queue
import secrets
import threading
import urllib.error
import urllib.parse
import urllib.request
from xml.etree import ElementTree

from . import crypto
from .world import OUT_OF_ORDER, Account, Fan, World

ATTEMPTS = 3


def to_xml(values: dict, root: str = "xml") -> str:
    """Write values as the platform does: texts in CDATA, lists as repeated elements."""
    return f"<{root}>{_inner(values)}</{root}>"


def _inner(values: dict) -> str:
    out = []
    for name, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                out.append(f"<{name}>{_inner(each)}</{name}>")
            elif isinstance(each, (int, float)):
                out.append(f"<{name}>{each}</{name}>")
            else:
                text = str(each).replace("]]>", "]]]]><![CDATA[>")
                out.append(f"<{name}><![CDATA[{text}]]></{name}>")
    return "".join(out)


def flat(element) -> dict:
    """Read a reply: element → text or dict."""
    return {child.tag: flat(child) if len(child) else (child.text or "") for child in element}


class Post:
    """The postman: one thread that delivers in order, so that a test knows what comes next."""

    def __init__(self, world: World):
        self.world = world
        self.queue: queue.Queue = queue.Queue()
        self.held: list = []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def send(self, account: Account, values: dict, fan: Fan | None = None, agent: str = "") -> None:
        """Have a message or an event delivered, as often and as late as the faults say."""
        url = account.callbacks.get(agent) or account.callback
        record = {
            "id": self.world.number(),
            "appid": account.appid,
            "agent": agent,
            "values": values,
            "attempts": [],
            "state": "waiting",
        }
        self.world.deliveries.append(record)
        fault = self._fault(values)
        if not url or fault == "drop":
            record["state"] = "dropped"
            return
        item = (account, url, record, fan)
        if fault in ("delay", "reorder"):
            record["state"] = "held"
            self.held.append((fault, item))
            return
        for _time in range(2 if fault == "duplicate" else 1):
            self.queue.put(item)
        for kind, later in list(self.held):
            if kind == "reorder":
                self.held.remove((kind, later))
                self.queue.put(later)

    def release(self) -> int:
        """Deliver what was held back; return how many."""
        held, self.held = self.held, []
        for _kind, item in held:
            self.queue.put(item)
        return len(held)

    def settle(self) -> None:
        """Wait until everything was delivered that is not held back."""
        self.queue.join()

    def _fault(self, values: dict) -> str | None:
        for fault in self.world.callback_faults:
            name = values.get("Event") or values.get("MsgType")
            if fault.get("event") in (None, name) and fault["times"] > 0:
                fault["times"] -= 1
                return fault["kind"]
        return None

    def _run(self) -> None:
        while True:
            item = self.queue.get()
            try:
                self._deliver(*item)
            finally:
                self.queue.task_done()

    def _deliver(self, account: Account, url: str, record: dict, fan: Fan | None) -> None:
        for attempt in range(ATTEMPTS):
            body, query, content = self.prepare(account, record["values"], record["agent"])
            outcome, answer = self._post(url, query, body, content)
            with self.world.lock:
                record["attempts"].append(outcome)
            if outcome == "ok":
                good = self._reply(account, answer, fan)
                record["state"] = "delivered" if good else "malformed"
                if not good:
                    self._complain(fan)
                return
            if outcome.startswith("refused") and attempt == ATTEMPTS - 1:
                break
        record["state"] = "failed"
        self._complain(fan)

    def ask(self, account: Account, agent: str = "") -> str:
        """Press “Submit” under the server's configuration: ask the address whether it is the owner's.

        :return: what the platform's page says
        """
        now, nonce = str(int(self.world.now())), secrets.token_hex(5)
        echo = str(secrets.randbelow(10**18))
        query = {"timestamp": now, "nonce": nonce, "echostr": echo}
        if account.kind == "wecom":
            query["echostr"] = crypto.encrypt(echo, account.aes_key, account.appid)
            query["msg_signature"] = crypto.sign(account.token, now, nonce, query["echostr"])
        else:
            query["signature"] = crypto.sign(account.token, now, nonce)
        url = account.callbacks.get(agent) or account.callback
        address = f"{url}{'&' if '?' in url else '?'}{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(address, timeout=self.world.callback_timeout) as answer:
                good = answer.read(1000).decode("utf-8", "replace") == echo
        except urllib.error.HTTPError as error:
            error.close()
            good = False
        except (OSError, ValueError):
            return "请求URL超时"
        return "提交成功" if good else "token验证失败"

    def _complain(self, fan: Fan | None) -> None:
        if fan:
            with self.world.lock:
                self.world.show(fan, "system", text=OUT_OF_ORDER)

    def prepare(self, account: Account, values: dict, agent: str = "") -> tuple[str, dict, str]:
        """Return body, query and content type of one attempt; each has its own time and nonce."""
        plain = (
            json.dumps(values, ensure_ascii=False) if account.format == "json" else to_xml(values)
        )
        now, nonce = str(int(self.world.now())), secrets.token_hex(5)
        query = {"timestamp": now, "nonce": nonce}
        if account.kind != "wecom":
            query["signature"] = crypto.sign(account.token, now, nonce)
            query["openid"] = values.get("FromUserName", "")
        content = "application/json" if account.format == "json" else "text/xml"
        if account.mode == "plain" and account.kind != "wecom":
            return plain, query, content
        encrypted = crypto.encrypt(plain, account.aes_key, account.appid)
        query["msg_signature"] = crypto.sign(account.token, now, nonce, encrypted)
        if account.kind != "wecom":
            query["encrypt_type"] = "aes"
        outer = {"ToUserName": values.get("ToUserName", "")}
        if account.mode == "compatible":
            outer = dict(values)
        if account.kind == "wecom":
            outer["AgentID"] = agent
        outer["Encrypt"] = encrypted
        body = json.dumps(outer, ensure_ascii=False) if account.format == "json" else to_xml(outer)
        return body, query, content

    def _post(self, url: str, query: dict, body: str, content: str) -> tuple[str, bytes]:
        address = f"{url}{'&' if '?' in url else '?'}{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(address, body.encode(), {"Content-Type": content})
        try:
            with urllib.request.urlopen(request, timeout=self.world.callback_timeout) as answer:
                return "ok", answer.read(1 << 20)
        except urllib.error.HTTPError as error:
            error.close()
            return f"refused {error.code}", b""
        except OSError as error:
            return f"no answer: {type(error).__name__}", b""

    def _reply(self, account: Account, answer: bytes, fan: Fan | None) -> bool:
        """Show what was answered on the spot; return whether the platform understands it."""
        text = answer.decode("utf-8", "replace")
        if text in ("", "success"):
            return True
        try:
            values = flat(ElementTree.fromstring(text))
            if "Encrypt" in values:
                values = flat(
                    ElementTree.fromstring(
                        crypto.decrypt(values["Encrypt"], account.aes_key, account.appid)
                    )
                )
        except (ElementTree.ParseError, crypto.CryptoError):
            return False
        kind = values.get("MsgType")
        if kind not in ("text", "image", "news", "voice", "video", "transfer_customer_service"):
            return False
        if fan and kind != "transfer_customer_service":
            with self.world.lock:
                self.world.show(fan, kind, **{k: v for k, v in _screen(values).items() if v})
        return True


def _screen(values: dict) -> dict:
    if values["MsgType"] == "news":
        item = values.get("Articles", {}).get("item", {})
        return {
            "title": item.get("Title"),
            "text": item.get("Description"),
            "url": item.get("Url"),
        }
    return {"text": values.get("Content"), "media_id": values.get("Image", {}).get("MediaId")}
