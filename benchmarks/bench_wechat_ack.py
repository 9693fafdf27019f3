"""Budget: messages of WeChat acknowledged in a second ÷ what an empty Odoo route answers in a second, ≥ 0.8; told
the other way round, empty ÷ ours ≤ 1.25. Eight connections, encrypted messages, by turns. The empty route is a public
one, as visitors of the shop's pages meet it.
"""

import statistics
import sys
from pathlib import Path

from odoo.http import Controller, Response, route
from odoo.modules.module import get_module_path

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import make_group, need, refuse_real_databases, tell  # noqa: E402
from wechat_door import Door, letter, make_account  # noqa: E402

MESSAGES, ROUNDS = 400, 7


class Empty(Controller):
    """What any public route costs before it does anything."""

    __module__ = "odoo.addons.dealer_wechat.controllers.benchmark"

    @route(
        "/dealer_wechat/empty",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        sitemap=False,
    )
    def empty(self, **_query):
        """Answer as the door does, without looking at anything."""
        return Response("success", content_type="text/plain; charset=utf-8")


def messages(turn, repeated=False):
    first = 10_000_000 + (0 if repeated else turn) * MESSAGES
    return [
        letter(account, f"fan{number % 50}", first + number, f"在吗 {number}")
        for number in range(MESSAGES)
    ]


refuse_real_databases(env)
[store, *_others] = make_group(env)
account = make_account(env, store)
env.registry.clear_cache("routing")
rates = {"empty": [], "ours": [], "ours again": []}
with Door() as door:
    for turn in range(ROUNDS + 1):
        sides = {
            "empty": [["/dealer_wechat/empty", body] for _path, body in messages(turn)],
            "ours": messages(turn),
            "ours again": messages(turn, repeated=True),
        }
        for side in sides if turn % 2 else reversed(sides):
            seconds, answers = door.knock(sides[side])
            need(answers == {"200 success": MESSAGES}, f"{side}: {answers}")
            if turn:
                rates[side].append(MESSAGES / seconds)
env.cr.rollback()  # what others committed is seen from here on
stored = env["dealer.wechat.inbox"].search_count([("account_id", "=", account.id)])
need(stored == MESSAGES * (ROUNDS + 1), f"{stored} messages are stored")

rate = {side: statistics.median(values) for side, values in rates.items()}
tell(
    "empty Odoo route ÷ message acknowledged, requests per second",
    rate["empty"] / rate["ours"],
    1.25,
)
tell("the same, of messages delivered once more", rate["empty"] / rate["ours again"])
tell("acknowledged", rate["ours"], unit="/s")
tell("empty route", rate["empty"], unit="/s")
