"""Budget: 1,000 vendor leads received, deduplicated, given out by rules and put on the clock ÷ stock
`crm.lead.create` of the same 1,000, ≤ 0.6.
"""

import sys
from pathlib import Path

from odoo.fields import Command
from odoo.modules.module import get_module_path

env = env  # noqa: F821, PLW0127  Odoo's shell gives it
sys.path.insert(0, str(Path(get_module_path("dealer_base")).parents[1] / "benchmarks"))

from measure import Clock, make_group, need, refuse_real_databases, tell  # noqa: E402

LEADS = 1000
ROUNDS = 3
#: Every tenth lead repeats a number: by turns one of the same delivery and one of the delivery before.
REPEATED = 10
#: So many places back lies a lead of the same brand, hence of the same store, that repeats nothing itself.
BACK = 6
BRANDS = ("大众", "丰田", "长安")
SERIES = ("速腾", "凯美瑞", "逸动")


def delivery(number, size=LEADS):
    """Return the leads of the ``number``-th delivery."""
    leads = []
    for place in range(size):
        serial = number * LEADS + place
        if place % REPEATED == REPEATED - 1:
            serial -= BACK
            if place % (2 * REPEATED) == REPEATED - 1 and number > 1:
                serial = (number - 1) * LEADS + place - BACK
        digits = f"139{serial:08d}"
        leads.append(
            {
                "external_id": f"B-{number}-{place}",
                "name": f"客户{serial}",
                "phone": f"+86 {digits[:3]} {digits[3:7]} {digits[7:]}" if place % 3 else digits,
                "brand": BRANDS[place % 3],
                "series": SERIES[place % 3],
                "city": "宁波",
                "message": "最低多少钱",
                "occurred_at": "2026-01-07T22:35:00+08:00",
                "campaign": "秋季试驾",
            }
        )
    return leads


def take_in(leads):
    """What the API and the drain do, a commit per batch as the cron makes it."""
    inbox = env["dealer.lead.inbox"].sudo()
    inbox._receive("benchmark", leads)
    env.cr.commit()
    left = True
    while left:
        _done, left = inbox._drain()
        env.cr.commit()


def stock(leads, kept=False, quiet=False):
    """What Odoo's CRM does with them: no look for the customer, no store, the salesperson given.

    :param kept: the creator keeps all of them, so nobody gets a mail about a lead
    :param quiet: tracking, subscriptions and mails switched off
    """
    crm = seller["crm.lead"]
    if quiet:
        crm = crm.with_context(
            tracking_disable=True,
            mail_create_nosubscribe=True,
            mail_create_nolog=True,
            mail_notrack=True,
        )
    crm.create(
        [
            {
                "name": f"{lead['brand']} {lead['series']}",
                "type": "opportunity",
                "contact_name": lead["name"],
                "phone": lead["phone"],
                "city": lead["city"],
                "description": lead["message"],
                "user_id": salespeople[0 if kept else place % len(salespeople)].id,
            }
            for place, lead in enumerate(leads)
        ]
    )
    env.flush_all()
    env.cr.commit()


def check(number):
    """Look whether the delivery was really worked off before its time is believed."""
    rows = env["dealer.lead.inbox"].sudo().search([("external_id", "=like", f"B-{number}-%")])
    need(len(rows) == LEADS, f"{len(rows)} rows instead of {LEADS}")
    states = rows.grouped("state")
    need(states.keys() <= {"done", "duplicate"}, f"states {', '.join(states)}")
    need(all(rows.lead_id.mapped("user_id")), "leads without consultant")
    clocks = env["dealer.clock"].search(
        [("res_model", "=", "crm.lead"), ("res_id", "in", rows.lead_id.ids)]
    )
    for kind in ("first_response", "silence"):
        running = clocks.filtered(lambda clock, kind=kind: clock.kind == kind)
        need(
            set(running.mapped("res_id")) == set(rows.lead_id.ids),
            f"leads without a clock of the kind {kind}",
        )
    reasons = rows.lead_id.dealer_relation_id.log_ids.mapped("reason")
    need(any("大众" in (reason or "") for reason in reasons), "the rules gave out nothing")
    numbers = {lead["phone"].removeprefix("+86").replace(" ", "") for lead in delivery(number)}
    need(len(rows.lead_id.partner_id) == len(numbers), "not one customer per number")
    users = rows.lead_id.user_id
    need(len(users) == sum(map(len, people.values())), f"only {len(users)} consultants got leads")
    repeated = len(states.get("duplicate", ()))
    need(
        repeated == LEADS // REPEATED,
        f"{repeated} repeated enquiries, {LEADS // REPEATED} were sent",
    )
    return repeated


refuse_real_databases(env)
people = make_group(env)
env["dealer.lead.rule"].create(
    [{"brand": brand, "unit_id": store.id} for brand, store in zip(BRANDS, people, strict=True)]
)
# Open round the clock, no cap: the time of intake does not depend on the hour, nobody's hands are full.
for store, brand in zip(people, BRANDS, strict=True):
    store.calendar_id.attendance_ids = [Command.clear()] + [
        Command.create(
            {
                "name": "open",
                "dayofweek": str(day),
                "hour_from": 0,
                "hour_to": 24,
                "day_period": "full_day",
            }
        )
        for day in range(7)
    ]
    env["dealer.distribution.rule"].create(
        [
            {"name": "晚间", "unit_id": store.id, "sequence": 1, "role": "dcc_agent_id"},
            {"name": "别的品牌", "unit_id": store.id, "sequence": 2, "brand": "别的"},
            {"name": f"{brand}线索", "unit_id": store.id, "sequence": 3, "brand": brand},
            {"name": "其他", "unit_id": store.id, "sequence": 4},
        ]
    )
env["ir.config_parameter"].set_param("dealer_leads.lead_cap", "0")
salespeople = (
    env["res.users"]
    .with_context(no_reset_password=True)
    .create(
        [
            {
                "name": f"Seller {number}",
                "login": f"seller.{number}",
                "email": f"seller.{number}@example.com",
                "group_ids": [Command.set(env.ref("sales_team.group_sale_salesman_all_leads").ids)],
            }
            for number in range(12)
        ]
    )
)
seller = env(user=salespeople[0].id)
env.cr.commit()

sides = {
    "ours": take_in,
    "stock": stock,
    "kept": lambda leads: stock(leads, kept=True),
    "quiet": lambda leads: stock(leads, quiet=True),
}
for work in sides.values():
    work(delivery(0, 60))
clocks = {side: Clock() for side in sides}
for turn in range(1, ROUNDS + 1):
    for side in sides if turn % 2 else reversed(sides):
        clocks[side].run(env, sides[side], delivery(turn))
    repeated = check(turn)

ours, theirs = clocks["ours"], clocks["stock"]
tell("intake ÷ stock create", ours.median / theirs.median, 0.6)
tell("the same in processor time", ours.cpu_median / theirs.cpu_median)
tell("intake of 1,000", ours.median, unit="s")
tell("intake of 1,000, processor time", ours.cpu_median, unit="s")
tell("leads per second", LEADS / ours.median, unit="/s")
tell("queries per lead", ours.query_count / LEADS)
tell("repeated enquiries among 1,000", repeated)
tell("stock create of 1,000", theirs.median, unit="s")
tell("queries per lead, stock", theirs.query_count / LEADS)
for name, side in (
    ("that the creator keeps (no mails)", clocks["kept"]),
    ("without tracking, subscriptions, mails", clocks["quiet"]),
):
    tell(f"intake ÷ stock create {name}", ours.median / side.median)
    tell("the same in processor time", ours.cpu_median / side.cpu_median)
