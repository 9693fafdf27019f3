"""Budget: eight cold workers that need a token at once → one fetch; with a secret that is wrong for ever → two calls
at most. The platform is the suite's stand-in.
"""

import statistics
import sys
import threading
import time
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.modules.module import get_module_path

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
ROOT = Path(get_module_path("dealer_base")).parents[1]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tests")]

from measure import make_group, need, refuse_real_databases, tell  # noqa: E402
from wechat_door import APPID, make_account  # noqa: E402
from wechat_simulator import Simulator  # noqa: E402

WORKERS, ROUNDS = 8, 15


def ask(workers):
    """Let so many workers need a token in the same moment, each in a transaction of its own.

    :return: ``(seconds until the last one had it, what they got)``
    """
    env["dealer.wechat.token"]._forget(account)
    platform.world.calls.clear()
    barrier, got = threading.Barrier(workers + 1), []

    def work():
        with env.registry.cursor() as cr:
            own = api.Environment(cr, SUPERUSER_ID, {})
            mine = own["dealer.wechat.account"].browse(account.id)
            mine.fetch(["secret", "appid", "kind", "platform_url", "problem"])
            barrier.wait()
            try:
                got.append(own["dealer.wechat.token"]._value(mine))
            except own["dealer.wechat.client"]._error_class() as error:
                got.append(f"{error.kind} {error.code}")

    threads = [threading.Thread(target=work) for _each in range(workers)]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started, got


def fetches():
    return sum(call["path"] == "/cgi-bin/stable_token" for call in platform.world.calls)


refuse_real_databases(env)
[store, *_others] = make_group(env)
account = make_account(env, store)
with Simulator() as platform:
    known = platform.world.add_account(appid=APPID, secret="bench-secret")
    account.platform_url = platform.url
    env.cr.commit()
    most, times = 0, {1: [], WORKERS: []}
    for _turn in range(ROUNDS):
        for workers, seconds in times.items():
            known.stable.clear()
            took, got = ask(workers)
            need(len(got) == workers and len(set(got)) == 1, f"not one token: {len(set(got))}")
            need(got[0].startswith("T1_"), got[0][:20])
            seconds.append(took)
            most = max(most, fetches())
    known.secret = "another"
    _took, got = ask(WORKERS)
    need(set(got) == {"config 40125"}, f"a wrong secret gave {set(got)}")
    wrong = fetches()

tell("fetches of one token by eight cold workers, the most of 15 rounds", most, 1)
tell("calls with a secret that is wrong for ever", wrong, 2)
tell("until all eight have it", 1000 * statistics.median(times[WORKERS]), unit="ms")
tell("until one alone has it", 1000 * statistics.median(times[1]), unit="ms")
