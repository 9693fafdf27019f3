"""10,000 messages of 500 followers in one burst, every tenth delivered twice at once: taken by the door and drained,
nothing lost and nothing doubled. No budget in time; told are messages in a minute.
"""

import sys
import time
from pathlib import Path

from odoo.modules.module import get_module_path
from odoo.tools import html2plaintext

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import cpu_seconds, make_group, need, refuse_real_databases, tell  # noqa: E402
from wechat_door import Door, letter, make_account  # noqa: E402

MESSAGES, FANS, REPEATED = 10_000, 500, 10

refuse_real_databases(env)
people = make_group(env)
[store, *_others] = people
account = make_account(env, store, desk_user_ids=people[store].ids)

letters = []
for number in range(MESSAGES):
    body = letter(account, f"fan{number % FANS}", 20_000_000 + number, f"第{number}条")
    letters += [body] * (2 if number % REPEATED == 0 else 1)
with Door() as door:
    seconds, answers = door.knock(letters)
need(answers == {"200 success": len(letters)}, f"answers: {answers}")
env.cr.rollback()  # what others committed is seen from here on

inbox = env["dealer.wechat.inbox"].sudo()
started, cpu, queries = time.perf_counter(), cpu_seconds(env), env.cr.sql_log_count
left = True
while left:
    _done, left = inbox._drain(inbox._drain_limit)
    env.cr.commit()
    env.invalidate_all()
drained = time.perf_counter() - started
cpu, queries = cpu_seconds(env) - cpu, env.cr.sql_log_count - queries

rows = inbox._read_group([("account_id", "=", account.id)], ["state"], ["__count"])
need(rows == [("done", MESSAGES)], f"the inbox has {rows}")
fans = env["dealer.wechat.identity"].search([("account_id", "=", account.id)])
need(len(fans) == FANS, f"{len(fans)} followers")
need(len(fans.channel_ids) == FANS, f"{len(fans.channel_ids)} chats")
for fan in fans:
    said = fan.channel_ids.message_ids.filtered(lambda row: row.message_type == "comment")
    texts = [html2plaintext(row.body).strip() for row in said]
    serial = int(fan.value.removeprefix("fan"))
    wanted = {f"第{number}条" for number in range(serial, MESSAGES, FANS)}
    need(len(texts) == len(wanted) and set(texts) == wanted, f"{fan.value}: {len(texts)} messages")
    need(len(fan._clock_open("wechat_answer")) == 1, f"{fan.value}: no clock, or several")

tell("deliveries taken", len(letters) / seconds, unit="/s")
tell("lost or doubled of 10,000", 0, 0)
tell("drained in a minute", 60 * MESSAGES / drained, unit="messages")
tell("the same in processor time", 60 * MESSAGES / cpu, unit="messages")
tell("queries per message", queries / MESSAGES)
