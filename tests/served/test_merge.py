"""Merging outside of a test's transaction: two at once, an enquiry meanwhile, any documents."""

import json

from helpers import Session, at_once, query

#: Three customers of one manager's team.
MAKE = """
store = env.ref("dealer_base.unit_nb01")
consultant = env.ref("dealer_base.user_consultant1_nb01")
ids = []
for number in range(3):
    partner = env["res.partner"].create(
        {"name": "合并客户", "phone": f"199006577{number:02d}", "is_dealer_customer": True}
    )
    env["dealer.relation"].create(
        {"partner_id": partner.id, "unit_id": store.id, "consultant_id": consultant.id}
    )
    ids.append(partner.id)
env.cr.commit()
print(*ids)
"""
#: Any documents on two files, merged and undone: all is as before.
ROUND_TRIP = """
import json
from datetime import timedelta
from hypothesis import HealthCheck, given, settings, strategies as st
from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

stores = env["dealer.unit"].search([("kind", "=", "store")])[:3]
tags = env["res.partner.category"].create([{"name": f"T{n}"} for n in range(3)])
TABLES = ("res.partner", "dealer.relation", "dealer.consent", "dealer.interaction",
          "dealer.vehicle.owner", "crm.lead", "dealer.clock", "mail.activity", "mail.followers")
STAMPS = {"write_date", "write_uid", "phone_sanitized"}
serial = iter(range(10**6))
colleagues = env["res.users"].search([("share", "=", False)], limit=5).partner_id

FILE = st.fixed_dictionaries({
    "phone": st.booleans(), "email": st.booleans(), "city": st.sampled_from(["", "宁波"]),
    "birth": st.booleans(), "shared": st.booleans(),
    "stores": st.sets(st.integers(0, 2), max_size=3), "tags": st.sets(st.integers(0, 2)),
    "consents": st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["marketing", "care"]),
                                   st.booleans()), max_size=4),
    "contacts": st.lists(st.integers(0, 2), max_size=3), "cars": st.integers(0, 2),
    "leads": st.sets(st.integers(0, 2), max_size=2), "activities": st.integers(0, 2),
    "followers": st.sets(st.integers(0, 2)),
})

def make(of):
    number = next(serial)
    partner = env["res.partner"].create({
        "name": f"客户{number}", "is_dealer_customer": True,
        "phone": f"1990066{number:04d}" if of["phone"] else False,
        "email": f"a{number}@x.example" if of["email"] else False, "city": of["city"],
        "birth_month": 8 if of["birth"] else 0, "birth_day": 15 if of["birth"] else 0,
        "phone_shared": of["shared"],
        "category_id": [Command.set([tags[n].id for n in of["tags"]])],
    })
    for n in of["stores"]:
        env["dealer.relation"].create({"partner_id": partner.id, "unit_id": stores[n].id})
    for n, purpose, withdrawn in of["consents"]:
        row = env["dealer.consent"].create({"partner_id": partner.id, "unit_id": stores[n].id,
            "purpose": purpose, "text_version": "1", "given_at": fields.Datetime.now() - timedelta(days=1)})
        if withdrawn:
            row.action_withdraw()
    for n in of["contacts"]:
        env["dealer.interaction"].create({"partner_id": partner.id, "unit_id": stores[n].id})
    for _car in range(of["cars"]):
        env["dealer.vehicle"].create({"plate": f"浙Y{next(serial):05d}", "unit_id": stores[0].id,
            "owner_ids": [Command.create({"partner_id": partner.id})]})
    for n in of["leads"]:
        env["crm.lead"].create({"name": "大众", "type": "opportunity", "partner_id": partner.id,
            "company_id": stores[n].company_id.id, "user_id": False})
    for _activity in range(of["activities"]):
        partner.activity_schedule("mail.mail_activity_data_todo", summary="call")
    partner.message_subscribe([colleagues[n].id for n in of["followers"] if n < len(colleagues)])
    return partner

def picture():
    env.flush_all()
    found = {}
    for name in TABLES:
        rows = env.execute_query(SQL("SELECT id, to_jsonb(t) FROM %s t", SQL.identifier(env[name]._table)))
        for row_id, row in rows:
            found[name, row_id] = {key: value for key, value in row.items() if key not in STAMPS}
    found["tags"] = env.execute_query(SQL("SELECT * FROM res_partner_res_partner_category_rel ORDER BY 1, 2"))
    return found

class Back(Exception):
    pass

examples = []

@settings(max_examples=25, deadline=None, database=None, derandomize=True,
          suppress_health_check=list(HealthCheck))
@given(FILE, FILE)
def check(one, other):
    try:
        with env.cr.savepoint():
            target, source = make(one), make(other)
            before = picture()
            merge = target._dealer_merge(source)
            env.invalidate_all()
            assert not source.active and target.active
            left = env["dealer.interaction"].search_count([("partner_id", "=", source.id)])
            assert not left, left
            merge.action_undo()
            after = picture()
            for key, value in before.items():
                assert after.get(key) == value, (key, value, after.get(key))
            examples.append(1)
            raise Back
    except Back:
        env.transaction.clear()

check()
print(json.dumps({"examples": len(examples)}))
env.cr.rollback()
"""
MERGED = (
    "SELECT count(*), count(DISTINCT source) FROM dealer_merge, "
    "jsonb_array_elements(source_ids) AS source WHERE state = 'merged' AND source = %s::text::jsonb"
)


def wizard_of(session, target, source):
    """Open the preview as a manager does and return the wizard's number."""
    answer = session.call(
        "dealer.merge.wizard",
        "create",
        {
            "res_model": "res.partner",
            "partner_ids": [[6, 0, [target, source]]],
            "partner_id": target,
        },
    )
    return answer["result"]


def test_two_merges_of_the_same_files_at_once(served):
    first, second, third = map(int, served.shell(MAKE).split()[-3:])
    served.expect_log("could not serialize access|请稍后再试|已被合并")
    people = [Session(served, login) for login in ("manager.nb01", "director.nb01")]
    # One wants the second file in the first, the other one in the third.
    wizards = [
        wizard_of(person, target, second)
        for person, target in zip(people, (first, third), strict=True)
    ]
    answers = at_once(
        *(
            lambda person=person, wizard=wizard: person.call(
                "dealer.merge.wizard", "action_merge", [wizard]
            )
            for person, wizard in zip(people, wizards, strict=True)
        )
    )
    good = [answer for answer in answers if "result" in answer]
    bad = [answer["error"]["data"]["message"] for answer in answers if "error" in answer]
    assert len(good) == 1, answers
    assert len(bad) == 1, answers
    assert "合并" in bad[0] or "请稍后" in bad[0]
    assert query(served, MERGED, second) == [(1, 1)]
    target = good[0]["result"]["res_id"]
    assert query(
        served, "SELECT active, dealer_merged_into_id FROM res_partner WHERE id = %s", second
    ) == [(False, target)]
    relations = query(
        served,
        "SELECT count(*) FROM dealer_relation WHERE active AND partner_id = ANY(%s)",
        [first, second, third],
    )
    assert relations == [(2,)]


def test_any_documents_merged_and_undone(served):
    told = json.loads(served.shell(ROUND_TRIP).strip().splitlines()[-1])
    assert told["examples"] >= 20
