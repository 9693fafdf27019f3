"""A file of 20,000 old customers: loaded, read, taken in and given out ÷ stock `crm.lead.create` of such rows, per row.

Stock sends a mail a lead and is asked for the first 2,000 rows only: 20,000 take it the better part of an hour. No budget is set; rows per minute are told besides. Every tenth row repeats a number of the file, every fiftieth has none.
"""

import base64
import csv
import io
import sys
from pathlib import Path

from odoo.fields import Command
from odoo.modules.module import get_module_path

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import Clock, make_group, need, refuse_real_databases, tell  # noqa: E402

ROWS = 20000
STOCK_ROWS = 2000
HEADING = ["序号", "客户姓名", "联系电话", "意向车型", "所在城市", "登记时间", "备注"]
CARS = ("大众速腾", "丰田凯美瑞", "长安逸动")
#: Stock creates as many at once as a file's batch holds.
BATCH = 200


def people(size):
    """Return the rows of a file as a shop keeps them."""
    rows = []
    for place in range(size):
        serial = place - 5 if place % 10 == 9 else place
        digits = f"138{serial:08d}"
        writing = digits if place % 3 else f"+86 {digits[:3]} {digits[3:7]} {digits[7:]}"
        rows.append(
            [
                place + 1,
                f"客户{serial}",
                "" if place % 50 == 25 else writing,
                CARS[place % 3],
                "宁波",
                f"2026年1月{place % 28 + 1}日 {place % 24}:{place % 60:02d}",
                "老客户",
            ]
        )
    return rows


def file_of(rows):
    text = io.StringIO()
    csv.writer(text).writerows([HEADING, *rows])
    return text.getvalue().encode("gb18030")


def load(content):
    """What the person waits for: the file is looked into, and queued."""
    global file
    file = env["dealer.lead.import"].create(
        {
            "file": base64.b64encode(content),
            "name": "老客户.csv",
            "source_id": source.id,
            "unit_id": store.id,
        }
    )
    file.action_start()
    env.cr.commit()


def take_in():
    """What job and cron do, a commit per batch."""
    left = True
    while left:
        _done, left = env["dealer.lead.import"]._drain()
        env.cr.commit()
        env.invalidate_all()


def stock(rows, quiet=False):
    """What Odoo's CRM does with the same rows: no look for the customer, the salesperson given."""
    crm = env["crm.lead"]
    if quiet:
        crm = crm.with_context(
            tracking_disable=True,
            mail_create_nosubscribe=True,
            mail_create_nolog=True,
            mail_notrack=True,
        )
    for start in range(0, len(rows), BATCH):
        crm.create(
            [
                {
                    "name": car,
                    "type": "opportunity",
                    "contact_name": name,
                    "phone": phone,
                    "city": city,
                    "description": remark,
                    "user_id": people_of_store[number % len(people_of_store)].id,
                }
                for number, name, phone, car, city, _time, remark in rows[start : start + BATCH]
            ]
        )
        env.flush_all()
        env.cr.commit()
        env.invalidate_all()


refuse_real_databases(env)
group = make_group(env, consultants=20)
store = next(iter(group))
people_of_store = group[store]
store.calendar_id.attendance_ids = [Command.clear()] + [
    Command.create({"name": "open", "dayofweek": str(day), "hour_from": 0, "hour_to": 24})
    for day in range(7)
]
env["ir.config_parameter"].set_param("dealer_leads.lead_cap", "0")
source = env["utm.source"]._dealer_of_codes(["old-customers"])["old-customers"]
file = env["dealer.lead.import"]
env.cr.commit()

rows = people(ROWS)
loading, reading, taking, theirs, quiet = Clock(), Clock(), Clock(), Clock(), Clock()
stock(rows[:60])
content = file_of(rows)
loading.run(env, load, content)
reading.run(env, lambda: (env["dealer.lead.import"]._drain(), env.cr.commit()))
taking.run(env, take_in)

counts = dict(
    env["dealer.lead.inbox"]._read_group([("import_id", "=", file.id)], ["state"], ["__count"])
)
need(file.state == "done", f"the file is {file.state}")
need(sum(counts.values()) == ROWS, f"{sum(counts.values())} rows in the inbox, {ROWS} in the file")
need(counts.get("attention") == ROWS // 50, f"{counts} and not {ROWS // 50} in attention")
numbers = {row[2].replace("+86", "").replace(" ", "") for row in rows} - {""}
need(file.customers == len(numbers), f"{file.customers} customers of {len(numbers)} numbers")
leads = (
    env["dealer.lead.inbox"].search([("import_id", "=", file.id), ("state", "=", "done")]).lead_id
)
need(len(leads.user_id) == len(people_of_store), "leads without consultant")

again = Clock()
load(content)
again.run(env, take_in)
need(file.known == ROWS, "the same file again is known")

theirs.run(env, stock, rows[:STOCK_ROWS])
quiet.run(env, stock, rows[:STOCK_ROWS], True)

ours = reading.median + taking.median
ours_cpu = reading.cpu_median + taking.cpu_median
share = STOCK_ROWS / ROWS
tell("a row of the import ÷ a row of stock create", ours * share / theirs.median)
tell("the same in processor time", ours_cpu * share / theirs.cpu_median)
tell(
    "a row of the import ÷ stock create without tracking, subscriptions, mails",
    ours * share / quiet.median,
)
tell("rows per minute", 60 * ROWS / ours, unit="/min")
tell("rows per minute, stock", 60 * STOCK_ROWS / theirs.median, unit="/min")
tell("import of 20,000 rows", ours, unit="s")
tell("of this reading the file", reading.median, unit="s")
tell("what the person waits for at the click", loading.median, unit="s")
tell("the same file again", again.median, unit="s")
tell("queries per row", taking.query_count / ROWS)
tell("queries per row, stock", theirs.query_count / STOCK_ROWS)
