"""A lead is answered in time, or somebody is told: what each post sees of the response clock."""

import re
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from helpers import ask, close_alarms, latin_words, query, wait_until

#: Minutes that an answer may take by the shop's usual policy.
MINUTES = 30
#: A contact is logged in so many taps and seconds (requirement B4).
TAPS, SECONDS = 4, 15
SURNAMES = "孔曹严华金魏陶姜戚谢邹喻柏"
SIZES = pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])

LEADS = """
user = env["res.users"].search([("login", "=", "consultant1.nb01")])
unit = env.ref("dealer_base.unit_nb01")
leads = env["crm.lead"].with_context(mail_create_nolog=True, tracking_disable=True)
for place, surname in enumerate("{surnames}"):
    partner = env["res.partner"].create({{
        "name": surname + "响应", "phone": str(19900810001 + place), "lang": "zh_CN",
        "is_dealer_customer": True,
    }})
    env["dealer.relation"].create(
        {{"partner_id": partner.id, "unit_id": unit.id, "consultant_id": user.id}}
    )
    lead = leads.create({{
        "name": "大众 速腾", "type": "opportunity", "partner_id": partner.id,
        "user_id": user.id, "team_id": False, "company_id": unit.company_id.id,
        "dealer_brand": "大众", "dealer_series": "速腾", "dealer_message": "有没有现车",
        "source_id": env.ref("dealer_leads.utm_source_dongchedi").id,
    }})
    print("LEAD", lead.id, partner.name, partner.phone)
env.cr.commit()
"""
KEY = """
from datetime import timedelta
from odoo import fields
user = env["res.users"].search([("login", "=", "api.calls")])
key = env["res.users.apikeys"].with_user(user).sudo()._generate(
    "rpc", "response", fields.Datetime.now() + timedelta(days=1)
)
env.cr.commit()
print(key)
"""


@pytest.fixture(scope="module")
def shop(served):
    """The shop of the demo at a quiet moment: nobody is with a guest, nothing of the demo is due."""
    query(
        served,
        "UPDATE dealer_duty SET start = start - interval '1 day',"
        " \"end\" = start - interval '1 day' + interval '1 minute' WHERE kind = 'busy'",
    )
    query(served, "UPDATE dealer_clock SET next_step_at = NULL WHERE res_model = 'crm.lead'")
    query(served, "UPDATE dealer_clock_policy SET quiet_from = 0, quiet_to = 0")
    # The leads of other stories are due tomorrow: those of these stories stand on the first page.
    query(
        served,
        """
        WITH later AS (
            UPDATE dealer_clock
               SET due_at = due_at + interval '1 day', next_step_at = next_step_at + interval '1 day'
             WHERE kind = 'first_response' AND stopped_at IS NULL
            RETURNING res_id, due_at
        )
        UPDATE crm_lead SET clock_due_at = later.due_at FROM later WHERE later.res_id = crm_lead.id
        """,
    )
    return served


@pytest.fixture(scope="module")
def customers(shop):
    """Customers of one consultant who asked just now; each story takes its own."""
    printed = shop.shell(LEADS.format(surnames=SURNAMES))
    rows = (line.split() for line in printed.splitlines() if line.startswith("LEAD "))
    return iter(
        [SimpleNamespace(id=int(id_), name=name, number=number) for _, id_, name, number in rows]
    )


@pytest.fixture(scope="module")
def key(served):
    return served.shell(KEY).split()[-1]


def waiting(shop, customers, minutes_left=25) -> SimpleNamespace:
    """Take a customer whose consultant has so many minutes left to answer."""
    lead = next(customers)
    set_clock(shop, lead, minutes_left, looked_at=False)
    return lead


def state(served, lead) -> SimpleNamespace:
    """Return what the database says of a lead: its answer, its person, its running clock."""
    row = query(
        served,
        "SELECT lead.dealer_response, person.login, lead.dealer_next_date, clock.turn,"
        " clock.state, lead.dealer_first_effective IS NOT NULL"
        " FROM crm_lead lead LEFT JOIN res_users person ON person.id = lead.user_id"
        " LEFT JOIN dealer_clock clock ON clock.res_model = 'crm.lead' AND clock.res_id = lead.id"
        " AND clock.kind = 'first_response' AND clock.stopped_at IS NULL WHERE lead.id = %s",
        lead.id,
    )[0]
    names = ("answer", "login", "next_date", "turn", "clock", "proved")
    return SimpleNamespace(**dict(zip(names, row, strict=True)))


def set_clock(served, lead, minutes_left, looked_at=True):
    """Let a clock be as if it were due in so many minutes; with ``looked_at`` a step is due now."""
    query(
        served,
        """
        WITH moved AS (
            UPDATE dealer_clock
               SET due_at = now() AT TIME ZONE 'UTC' + make_interval(secs => %s * 60),
                   started_at = now() AT TIME ZONE 'UTC' + make_interval(secs => (%s - %s) * 60),
                   next_step_at = now() AT TIME ZONE 'UTC'
                       + make_interval(secs => CASE WHEN %s THEN -1 ELSE 3600 END)
             WHERE res_model = 'crm.lead' AND res_id = %s AND kind = 'first_response'
               AND stopped_at IS NULL
            RETURNING res_id, started_at, due_at
        )
        UPDATE crm_lead
           SET clock_due_at = moved.due_at,
               dealer_received_at = least(dealer_received_at, moved.started_at)
          FROM moved WHERE moved.res_id = crm_lead.id
        """,
        minutes_left,
        minutes_left,
        MINUTES,
        looked_at,
        lead.id,
    )


def pass_time(served, lead, minutes_left):
    """Let the time pass until so many minutes are left, and the cron look."""
    set_clock(served, lead, minutes_left)
    query(
        served,
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' - interval '1 minute' WHERE id ="
        " (SELECT res_id FROM ir_model_data"
        " WHERE module = 'dealer_clock' AND name = 'ir_cron_clock')",
    )
    served.cluster.psql("postgres", f"NOTIFY cron_trigger, '{served.db}'")
    wait_until(
        lambda: (
            not query(
                served,
                "SELECT 1 FROM dealer_clock WHERE res_model = 'crm.lead' AND res_id = %s"
                " AND next_step_at <= now() AT TIME ZONE 'UTC'",
                lead.id,
            )
        ),
        90,
        "the clock's step is taken",
    )


def told(served, lead, action) -> set[str]:
    """Return the log-ins of who was told by steps of a kind."""
    rows = query(
        served,
        "SELECT person.login FROM dealer_clock_event event"
        " JOIN dealer_clock clock ON clock.id = event.clock_id"
        " JOIN dealer_clock_event_user_rel rel ON rel.event_id = event.id"
        " JOIN res_users person ON person.id = rel.user_id"
        " WHERE clock.res_model = 'crm.lead' AND clock.res_id = %s AND event.action = %s",
        lead.id,
        action,
    )
    return {login for (login,) in rows}


def open_leads(page, phone):
    """Open the leads from the start page; return a locator of their rows or cards."""
    page.goto("/odoo/dealer-sales")
    page.click(".o_kanban_record:has-text('我的线索')")
    rows = page.locator(".o_kanban_record:has(.dealer_due)" if phone else ".o_data_row")
    rows.first.wait_for()
    return rows


def log_talk(page, lead, phone, outcome=None):
    """Log a contact with the customer as people do; return (taps, seconds, next date shown)."""
    begin = time.monotonic()
    if phone:
        taps = 1
        page.click(f".o_kanban_record:has-text('{lead.name}') button[name=action_dealer_log]")
    else:
        taps = 2
        page.click(f".o_data_row:has-text('{lead.name}') td[name=name]")
        page.click("button[name=action_dealer_log]")
    dialog = page.locator(".modal:has(.dealer_lead_log)")
    dialog.locator("button[name=action_save]").wait_for()
    next_date = dialog.locator("[name=next_date]").inner_text().strip()
    next_date = next_date or dialog.locator("[name=next_date] input").input_value()
    words = latin_words(page)
    if outcome:
        taps += 1
        dialog.locator(f"[name=outcome] .btn:has-text('{outcome}')").click()
    taps += 1
    dialog.locator("button[name=action_save]").click()
    dialog.wait_for(state="detached")
    assert not words
    return taps, time.monotonic() - begin, next_date


def no_wider_than_phone(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@SIZES
def test_consultant_answers_in_time(shop, customers, page_as, phone):
    later, soon = waiting(shop, customers, 28), waiting(shop, customers, 8)
    page = page_as("consultant1.nb01", phone=phone, start=True)
    page.wait_for_selector(".o_kanban_record:has-text('待响应线索')")
    assert not latin_words(page)
    rows = open_leads(page, phone)
    assert not latin_words(page)

    # what is due first stands first
    texts = rows.all_inner_texts()
    places = [
        next(place for place, text in enumerate(texts) if lead.name in text)
        for lead in (soon, later)
    ]
    assert places == sorted(places)
    mine = rows.filter(has_text=soon.name)
    badge = mine.locator(".dealer_due")
    before = badge.inner_text()
    assert re.fullmatch(r"剩余 ?[6-8] ?分钟", before)
    if phone:
        assert mine.locator("a.dealer_call").get_attribute("href") == f"tel:{soon.number}"
        no_wider_than_phone(page)

    taps, seconds, next_date = log_talk(page, soon, phone)
    assert taps <= TAPS
    assert seconds <= SECONDS
    assert re.search(r"\d", next_date), "the next contact is proposed"

    wait_until(lambda: state(shop, soon).answer == "declared", 10, "the talk is logged")
    now = state(shop, soon)
    assert now.clock is None
    assert now.next_date > datetime.now(UTC).date()
    assert not now.proved
    if not phone:
        # the phone stayed on the cards, which know it already
        mine = open_leads(page, phone).filter(has_text=soon.name)
    wait_until(
        lambda: mine.locator(".dealer_due").inner_text() != before, 10, "the due time is another"
    )
    assert not latin_words(page)
    # the other one still waits
    assert state(shop, later).answer == "waiting"


def test_attempt_in_vain_leaves_the_answer_open(shop, customers, page_as):
    lead = waiting(shop, customers)
    page = page_as("consultant1.nb01", phone=True)
    open_leads(page, True)
    taps, seconds, next_date = log_talk(page, lead, True, outcome="未接通")
    assert taps <= TAPS
    assert seconds <= SECONDS
    assert next_date
    wait_until(lambda: state(shop, lead).next_date, 10, "the attempt is logged")
    assert state(shop, lead).answer == "waiting"
    assert state(shop, lead).clock == "running"


@SIZES
def test_nobody_answers_and_the_manager_acknowledges(shop, customers, page_as, phone):
    lead = waiting(shop, customers)
    first = page_as("consultant1.nb01", phone=phone, alarms=True, start=True)
    first.wait_for_selector(".o_kanban_record:has-text('待响应线索')")

    pass_time(shop, lead, minutes_left=4)
    assert told(shop, lead, "tell") == {"consultant1.nb01"}
    first.wait_for_selector(f".o_notification:has-text('{lead.name}')")
    note = first.locator(f".o_notification:has-text('{lead.name}')").inner_text()
    assert not set(re.findall(r"[A-Za-z]{2,}", note))
    close_alarms(first)

    pass_time(shop, lead, minutes_left=0)
    second = state(shop, lead)
    assert (second.turn, second.clock) == (2, "running")
    assert second.login != "consultant1.nb01"
    assert told(shop, lead, "hand_on") == {second.login}
    rows = open_leads(first, phone)
    assert lead.name not in "".join(rows.all_inner_texts())
    page = page_as(second.login, phone=phone)
    card = open_leads(page, phone).filter(has_text=lead.name)
    assert re.fullmatch(r"剩余 ?(29|30) ?分钟", card.locator(".dealer_due").inner_text())

    pass_time(shop, lead, minutes_left=0)
    managers = told(shop, lead, "raise")
    assert managers
    manager = page_as(min(managers), phone=phone, start=True)
    manager.wait_for_selector(".o_kanban_record:has-text('超时线索')")
    assert not latin_words(manager)
    manager.click(".o_kanban_record:has-text('待确认')")
    alarm = manager.locator(".o_kanban_record" if phone else ".o_data_row", has_text=lead.name)
    alarm.first.wait_for()
    assert not latin_words(manager)
    if phone:
        no_wider_than_phone(manager)
    alarm.locator("button[name=action_acknowledge]").click()
    wait_until(
        lambda: query(
            shop,
            "SELECT 1 FROM dealer_clock_event event"
            " JOIN dealer_clock clock ON clock.id = event.clock_id"
            " WHERE clock.res_model = 'crm.lead' AND clock.res_id = %s"
            " AND event.action = 'raise' AND event.ack_at IS NOT NULL",
            lead.id,
        ),
        10,
        "the alarm is acknowledged",
    )
    # it stays the manager's until somebody answers
    assert state(shop, lead).clock == "missed"
    manager.goto("/odoo/dealer-sales")
    manager.click(".o_kanban_record:has-text('超时线索')")
    over = manager.locator(
        ".o_kanban_record:has(.dealer_due)" if phone else ".o_data_row", has_text=lead.name
    )
    over.wait_for()
    assert over.locator(".dealer_due").inner_text().startswith("超时")


@SIZES
def test_call_record_proves_or_lifts_the_word(shop, customers, page_as, key, phone):
    honest, dishonest = waiting(shop, customers), waiting(shop, customers)
    page = page_as("consultant1.nb01", phone=phone)
    for lead in (honest, dishonest):
        open_leads(page, phone)
        log_talk(page, lead, phone)
        wait_until(
            lambda lead=lead: state(shop, lead).answer == "declared", 10, "the talk is logged"
        )

    start = datetime.now(UTC).isoformat(timespec="seconds")
    calls = [
        {
            "call_id": f"response-{lead.number}",
            "from": "8001",
            "to": lead.number,
            "start": start,
            "seconds": seconds,
            "answered": True,
        }
        for lead, seconds in ((honest, 64), (dishonest, 8))
    ]
    status, answer = ask(f"{shop.url}/dealer/v1/calls", key, {"calls": calls})
    assert status == 202
    assert {result["status"] for result in answer["results"]} == {"accepted"}
    wait_until(lambda: state(shop, honest).proved, 30, "the call record proves the talk")
    wait_until(
        lambda: state(shop, dishonest).answer == "waiting", 30, "the short call lifts the word"
    )
    assert state(shop, honest).clock is None
    assert state(shop, dishonest).clock == "running"

    rows = open_leads(page, phone)
    assert "剩余" in rows.filter(has_text=dishonest.name).locator(".dealer_due").inner_text()
    if not phone:
        shown = {
            lead.name: rows.filter(has_text=lead.name).locator("td[name=dealer_response]")
            for lead in (honest, dishonest)
        }
        assert shown[honest.name].inner_text().strip() == "已响应"
        assert shown[dishonest.name].inner_text().strip() == "待响应"
    assert not latin_words(page)


@SIZES
def test_manager_checks_a_talk(shop, customers, page_as, phone):
    lead = waiting(shop, customers)
    page = page_as("consultant1.nb01", phone=True)
    open_leads(page, True)
    log_talk(page, lead, True)
    wait_until(lambda: state(shop, lead).answer == "declared", 10, "the talk is logged")
    query(
        shop,
        "UPDATE dealer_interaction SET recall = TRUE WHERE proof_state = 'open'"
        " AND partner_id = (SELECT partner_id FROM crm_lead WHERE id = %s)",
        lead.id,
    )
    manager = page_as("manager.nb01", phone=phone, start=True)
    manager.click(".o_kanban_record:has-text('待复核通话')")
    talk = manager.locator(".o_kanban_record" if phone else ".o_data_row", has_text=lead.name)
    talk.wait_for()
    assert lead.number in talk.inner_html()
    assert not latin_words(manager)
    if phone:
        no_wider_than_phone(manager)
    talk.locator("button[name=action_refute_talk]").click()
    manager.click(".modal .btn-primary")
    wait_until(lambda: state(shop, lead).answer == "waiting", 10, "the talk is refuted")
    assert state(shop, lead).clock == "running"
