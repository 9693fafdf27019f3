"""Two clicks at once: a recommendation is rewarded once, and decided once."""

import pytest
from helpers import Session, at_once, query

#: A lead with two drafts of one consultant, and a reward to decide.
MAKE = """
from odoo.addons.dealer_base.tools import complete_vin
store = env.ref("dealer_base.unit_nb01")
env = env(context={"tracking_disable": True, "lang": "zh_CN"})
consultant = env.ref("dealer_base.user_consultant1_nb01")
other = env.ref("dealer_base.user_consultant2_nb01")
def customer(name, number, user):
    partner = env["res.partner"].create(
        {"name": name, "phone": f"199008710{number:02}", "is_dealer_customer": True}
    )
    return env["dealer.relation"].create(
        {"partner_id": partner.id, "unit_id": store.id, "consultant_id": user.id}
    )
def lead_of(relation, link):
    return env["crm.lead"].create(
        {
            "name": "大众 速腾", "type": "opportunity", "partner_id": relation.partner_id.id,
            "company_id": store.company_id.id, "user_id": relation.consultant_id.id,
            "dealer_brand": "大众", "dealer_series": "速腾", "dealer_referral_id": link.id,
        }
    )
def order(lead, vin):
    return env["dealer.order"].create(
        {
            "partner_id": lead.partner_id.id, "unit_id": store.id, "lead_id": lead.id,
            "brand": "大众", "series": "速腾", "price": 130000, "vin": complete_vin(vin),
        }
    )
link = env["dealer.referral"]._get_or_make(customer("荐友一", 1, other))
first = lead_of(customer("新客一", 2, consultant), link)
drafts = [order(first, f"LFV2A21K_T399010{place}") for place in range(2)]
capped = [lead_of(customer(f"新客{place}", place, consultant), link) for place in (3, 4)]
rule = env["dealer.referral.rule"].create(
    {
        "name": "并发规则", "unit_id": store.id, "who": "customer", "event": "order",
        "amount": 100, "cap": 2, "cap_period": "year",
    }
)
more = [order(lead, f"LFV2A21K_T399020{place}") for place, lead in enumerate(capped)]
env.cr.commit()
print(*(row.id for row in drafts), *(row.id for row in more), first.id, rule.id)
"""


@pytest.fixture(scope="module")
def rows(served):
    # What the losing side's request says before Odoo repeats it is no fault.
    served.expect_log(r"""bad query: b'\s*(INSERT INTO|UPDATE) "(dealer_|res_partner|crm_lead)""")
    served.expect_log("的奖励现在是")
    return [int(number) for number in served.shell(MAKE).split()[-6:]]


def order_at_once(served, orders):
    sessions = [Session(served, "consultant1.nb01") for _order in orders]
    answers = at_once(
        *(
            lambda session=session, order=order: session.call(
                "dealer.order", "action_order", [order]
            )
            for session, order in zip(sessions, orders, strict=True)
        )
    )
    assert all("error" not in answer for answer in answers), answers


def test_two_orders_reward_once(served, rows):
    order_at_once(served, rows[:2])
    rewards = query(
        served,
        "SELECT state FROM dealer_referral_reward WHERE lead_id = %s AND rule_id = %s",
        rows[4],
        rows[5],
    )
    assert rewards == [("proposed",)]


def test_two_rewards_of_one_referrer_keep_the_limit(served, rows):
    """Of two others the rule has room for one, also when both are ordered at the same moment."""
    order_at_once(served, rows[2:4])
    states = query(
        served, "SELECT state FROM dealer_referral_reward WHERE rule_id = %s ORDER BY id", rows[5]
    )
    assert sorted(states) == [("proposed",), ("proposed",), ("refused",)]


def test_two_approve_at_once(served, rows):
    [(reward,)] = query(
        served,
        "SELECT id FROM dealer_referral_reward WHERE lead_id = %s AND rule_id = %s",
        rows[4],
        rows[5],
    )
    sessions = [Session(served, login) for login in ("director.nb01", "gm.nb01")]
    answers = at_once(
        *(
            lambda session=session: session.call(
                "dealer.referral.reward", "action_approve", [reward]
            )
            for session in sessions
        )
    )
    refused = [answer["error"]["data"] for answer in answers if "error" in answer]
    assert len(refused) == 1, answers
    assert refused[0]["name"] == "odoo.exceptions.UserError"
    assert "待发放" in refused[0]["message"]
    [(state, decided)] = query(
        served,
        "SELECT reward.state, person.login FROM dealer_referral_reward reward"
        " JOIN res_users person ON person.id = reward.decided_by_id WHERE reward.id = %s",
        reward,
    )
    winner = "gm.nb01" if "error" in answers[0] else "director.nb01"
    assert (state, decided) == ("approved", winner)
