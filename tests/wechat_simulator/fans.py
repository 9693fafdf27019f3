"""What people do on their phones, and what the account is told of it."""

from .callbacks import Post
from .errors import ApiError
from .world import Account, Fan, World


class Phones:
    """Acts for people. Each method is one tap; the account hears of it as on the real platform."""

    def __init__(self, world: World, post: Post):
        self.world = world
        self.post = post

    def _tell(self, fan: Fan, **values) -> None:
        self.post.send(
            fan.account,
            {
                "ToUserName": fan.account.original_id,
                "FromUserName": fan.openid,
                "CreateTime": int(self.world.now()),
                **values,
            },
            fan,
        )

    def follow(self, fan: Fan, code=None) -> None:
        """Follow the account, found by its name or by scanning a code; a follower only scans."""
        now = self.world.now()
        if code and code.expires is not None and code.expires < now:
            self.world.show(fan, "system", text="该二维码已过期")
            return
        fan.acted(now)
        if fan.subscribed:
            if code:
                self._tell(
                    fan, MsgType="event", Event="SCAN", EventKey=code.scene, Ticket=code.ticket
                )
            return
        fan.subscribed, fan.subscribed_at = True, int(now)
        fan.scene = code.scene if code else ""
        fan.subscribe_scene = "ADD_SCENE_QR_CODE" if code else "ADD_SCENE_SEARCH"
        self.world.show(fan, "system", text=f"你已关注{fan.account.name}")
        values = {"EventKey": f"qrscene_{code.scene}", "Ticket": code.ticket} if code else {}
        self._tell(fan, MsgType="event", Event="subscribe", **(values or {"EventKey": ""}))

    def unfollow(self, fan: Fan) -> None:
        fan.subscribed = False
        fan.message_until = fan.action_until = 0
        fan.tags.clear()
        fan.screen.clear()
        self._tell(fan, MsgType="event", Event="unsubscribe", EventKey="")

    def say(self, fan: Fan, kind: str = "text", **values) -> int:
        """Write to the account; return the number of the message."""
        self._must_follow(fan)
        fan.spoke(self.world.now())
        shown = {"text": values.get("Content") or values.get("Label") or values.get("Title", "")}
        self.world.show(fan, kind, mine=True, **shown)
        number = self.world.message_id()
        self._tell(fan, MsgType=kind, **values, MsgId=number)
        return number

    def event(self, fan: Fan, name: str, **values) -> None:
        """Send any event, also one that nobody knows."""
        self._tell(fan, MsgType="event", Event=name, **values)

    def tap(self, fan: Fan, button: dict) -> None:
        """Tap an entry of the menu."""
        self._must_follow(fan)
        kind = button.get("type", "")
        if kind == "click":
            fan.acted(self.world.now())
            self._tell(fan, MsgType="event", Event="CLICK", EventKey=button["key"])
        elif kind == "view":
            self._tell(fan, MsgType="event", Event="VIEW", EventKey=button["url"])
        elif kind in ("scancode_push", "scancode_waitmsg"):
            fan.acted(self.world.now())
            self._tell(
                fan,
                MsgType="event",
                Event=kind,
                EventKey=button["key"],
                ScanCodeInfo={"ScanType": "qrcode", "ScanResult": button.get("scanned", "1")},
            )

    def consent(self, fan: Fan, template: str, accept: bool = True) -> None:
        """Answer the question whether a subscription notice may come, once."""
        if accept:
            fan.consents[template] += 1
        item = {
            "TemplateId": template,
            "SubscribeStatusString": "accept" if accept else "reject",
            "PopupScene": "2",
        }
        name = "subscribe_msg_popup_event"
        values = (
            {"List": item}
            if fan.account.format == "json"
            else {"SubscribeMsgPopupEvent": {"List": [item]}}
        )
        self._tell(fan, MsgType="event", Event=name, **values)

    @staticmethod
    def _must_follow(fan: Fan) -> None:
        if not fan.subscribed:
            raise ApiError(43004)

    # ------------------------------------------------------------
    # WeCom
    # ------------------------------------------------------------

    def corp(self, account: Account, event: str, change: str = "", agent: str = "", **values):
        """Tell a corporation of a change; everything comes from ``sys``."""
        changed = {"ChangeType": change} if change else {}
        self.post.send(
            account,
            {
                "ToUserName": account.appid,
                "FromUserName": "sys",
                "CreateTime": int(self.world.now()),
                "MsgType": "event",
                "Event": event,
                **changed,
                **values,
            },
            agent=agent,
        )

    def add_staff(self, account: Account, user: str, external: str, name: str, state: str = ""):
        """A customer adds an employee; returns the welcome code."""
        contact = account.contacts.setdefault(external, {"name": name, "unionid": "", "follow": {}})
        now = self.world.now()
        contact["follow"][user] = {
            "userid": user,
            "remark": name,
            "createtime": int(now),
            "tags": [],
            "remark_mobiles": [],
            "add_way": 1,
            "state": state,
            "oper_userid": external,
        }
        code = self.world.secret("welcome")[:32]
        account.welcomes[code] = {"at": now, "user": user, "external": external, "used": False}
        stated = {"State": state} if state else {}
        self.corp(
            account,
            "change_external_contact",
            "add_external_contact",
            UserID=user,
            ExternalUserID=external,
            **stated,
            WelcomeCode=code,
        )
        return code

    def drop_staff(self, account: Account, user: str, external: str, by: str = "customer"):
        """The customer removes the employee, the employee the customer, or the corporation moves it."""
        account.contacts.get(external, {"follow": {}})["follow"].pop(user, None)
        source = {"Source": "DELETE_BY_TRANSFER"} if by == "transfer" else {}
        change = "del_follow_user" if by == "customer" else "del_external_contact"
        self.corp(
            account,
            "change_external_contact",
            change,
            UserID=user,
            ExternalUserID=external,
            **source,
        )
