"""What there is on the platform: accounts, people, who follows whom, and what time it is."""

import hashlib
import itertools
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

MESSAGE_WINDOW, MESSAGE_COUNT = 48 * 3600, 5
ACTION_WINDOW, ACTION_COUNT = 60, 3
OUT_OF_ORDER = "该公众号提供的服务出现故障，请稍后再试"


class Clock:
    """Time that one can set: the machine's, moved by an offset, or standing still."""

    def __init__(self):
        self.offset = 0.0
        self.frozen: float | None = None

    def now(self) -> float:
        return self.frozen if self.frozen is not None else time.time() + self.offset

    def set(self, moment: float, frozen: bool = True) -> None:
        self.frozen = moment if frozen else None
        self.offset = moment - time.time()

    def add(self, seconds: float) -> None:
        if self.frozen is not None:
            self.frozen += seconds
        self.offset += seconds

    def reset(self) -> None:
        self.offset, self.frozen = 0.0, None


@dataclass
class Token:
    value: str
    made: float
    expires: float
    displaced: float | None = None  # from then on it is “not latest”


@dataclass
class Code:
    """A QR code of the account (渠道码)."""

    ticket: str
    scene: str
    permanent: bool
    expires: float | None
    url: str


@dataclass
class Account:
    """An official account, a mini program, or a WeCom corporation with its secrets."""

    appid: str
    secret: str
    kind: str = "oa"
    name: str = "公众号"
    original_id: str = "gh_simulator00"
    token: str = "simulator"
    aes_key: str = ""
    previous_aes_key: str = ""
    mode: str = "safe"  # plain, compatible, safe
    format: str = "xml"  # or json
    callback: str = ""
    oauth_domain: str = "127.0.0.1"
    ip_list: list[str] = field(default_factory=list)
    agents: dict[str, str] = field(default_factory=dict)  # WeCom: secret → agent id
    callbacks: dict[str, str] = field(default_factory=dict)  # WeCom: agent id → address
    same_token_again: bool = True  # WeCom: a repeated gettoken gives the same one
    frozen: bool = False
    menu: dict | None = None
    templates: dict[str, dict] = field(default_factory=dict)
    notices: dict[str, dict] = field(default_factory=dict)  # templates of subscription notices
    codes: dict[str, Code] = field(default_factory=dict)
    tags: dict[int, str] = field(default_factory=dict)
    media: dict[str, tuple] = field(default_factory=dict)
    stable: list[Token] = field(default_factory=list)
    classic: list[Token] = field(default_factory=list)
    forced: list[float] = field(default_factory=list)
    tickets: dict[str, Token] = field(default_factory=dict)
    quota: Counter = field(default_factory=Counter)
    client_ids: dict[tuple, tuple] = field(default_factory=dict)
    staff: dict[str, dict] = field(default_factory=dict)
    contacts: dict[str, dict] = field(default_factory=dict)
    ways: dict[str, dict] = field(default_factory=dict)
    corp_tags: dict[str, dict] = field(default_factory=dict)
    transfers: list[dict] = field(default_factory=list)
    welcomes: dict[str, dict] = field(default_factory=dict)
    approvals: dict[str, dict] = field(default_factory=dict)
    staff_messages: list[dict] = field(default_factory=list)


@dataclass
class Person:
    """Somebody with a phone."""

    key: str
    nickname: str
    phone: str = ""
    snapshot: bool = False  # the page is opened without the consent of a real user


@dataclass
class Fan:
    """What an account knows of a person: an openid of its own."""

    account: Account
    person: Person
    openid: str
    unionid: str = ""
    subscribed: bool = False
    subscribed_at: int = 0
    scene: str = ""
    subscribe_scene: str = ""
    remark: str = ""
    tags: set[int] = field(default_factory=set)
    blocks: bool = False
    message_until: float = 0
    message_left: int = 0
    action_until: float = 0
    action_left: int = 0
    consents: Counter = field(default_factory=Counter)
    masses: Counter = field(default_factory=Counter)
    screen: list[dict] = field(default_factory=list)

    def spoke(self, now: float) -> None:
        """The person wrote: five answers within 48 hours."""
        self.message_until, self.message_left = now + MESSAGE_WINDOW, MESSAGE_COUNT

    def acted(self, now: float) -> None:
        """The person followed, scanned or tapped: three answers within a minute."""
        self.action_until, self.action_left = now + ACTION_WINDOW, ACTION_COUNT

    def take_answer(self, now: float) -> int:
        """Use up one answer; return 0, 45015 (too late) or 45047 (used up)."""
        opened = [name for name in ("action", "message") if getattr(self, f"{name}_until") >= now]
        if not opened:
            return 45015
        for name in opened:
            left = getattr(self, f"{name}_left")
            if left:
                setattr(self, f"{name}_left", left - 1)
                return 0
        return 45047


class World:
    """All of it, behind one lock."""

    def __init__(self):
        self.lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        self.clock = Clock()
        self.accounts: dict[str, Account] = {}
        self.people: dict[str, Person] = {}
        self.fans: dict[tuple[str, str], Fan] = {}
        self.oauth: dict[str, dict] = {}
        self.page_tokens: dict[str, dict] = {}
        self.login_codes: dict[str, dict] = {}
        self.calls: list[dict] = []
        self.deliveries: list[dict] = []
        self.api_faults: list[dict] = []
        self.callback_faults: list[dict] = []
        self.callback_timeout = 5.0
        self._numbers = itertools.count(1)
        # Numbers of messages never come again, also not after the platform was started anew.
        self._message_ids = itertools.count(23456789012345678 + time.time_ns() // 1_000_000)

    def now(self) -> float:
        return self.clock.now()

    def number(self) -> int:
        return next(self._numbers)

    def message_id(self) -> int:
        return next(self._message_ids)

    def secret(self, *parts) -> str:
        """Return letters that look like the platform's, the same in each run of the same steps."""
        text = "/".join(str(part) for part in (*parts, self.number()))
        return hashlib.sha256(text.encode()).hexdigest()

    def add_account(self, **values) -> Account:
        account = Account(**values)
        self.accounts[account.appid] = account
        return account

    def add_person(self, key: str, nickname: str, phone: str = "", **values) -> Person:
        person = self.people[key] = Person(key, nickname, phone, **values)
        return person

    def fan(self, account: Account, person: Person) -> Fan:
        """Return the fan of a person, made at the first sight; the openid is the account's own."""
        key = account.appid, person.key
        if key not in self.fans:
            digest = hashlib.sha256("/".join(key).encode()).hexdigest()
            union = hashlib.sha256(f"union/{person.key}".encode()).hexdigest()
            self.fans[key] = Fan(account, person, f"o{digest[:27]}", f"u{union[:27]}")
        return self.fans[key]

    def fan_of(self, account: Account, openid: str) -> Fan | None:
        for (appid, _key), fan in self.fans.items():
            if appid == account.appid and fan.openid == openid:
                return fan
        return None

    def show(self, fan: Fan, kind: str, **values) -> None:
        """Put something on the person's screen."""
        fan.screen.append(
            {"id": self.number(), "at": int(self.now()), "kind": kind, "mine": False, **values}
        )
