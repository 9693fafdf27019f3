"""Two at once: a defeat is decided once, a customer is taken up again once."""

import json

import pytest
from helpers import Session, at_once, query

MAKE = """
import json
unit = env.ref("dealer_base.unit_nb01")
user = env.ref("dealer_base.user_consultant1_nb01")
env = env(context={"tracking_disable": True, "mail_create_nolog": True})
asked = []
for number in range(4):
    partner = env["res.partner"].create(
        {"name": f"同时{number}", "phone": f"1990084000{number}", "is_dealer_customer": True}
    )
    env["dealer.relation"].create(
        {"partner_id": partner.id, "unit_id": unit.id, "consultant_id": user.id}
    )
    lead = env["crm.lead"].create(
        {
            "name": "大众 速腾", "type": "opportunity", "partner_id": partner.id,
            "user_id": user.id, "team_id": False, "company_id": unit.company_id.id,
        }
    )
    lead._dealer_set_grade("B", "想买")
    defeat = env["dealer.defeat"].with_user(user).create(
        {
            "lead_id": lead.id,
            "reason_id": env.ref("dealer_leads.defeat_reason_none_cannot_be_reached").id,
        }
    )
    asked.append([lead.id, defeat.id])
env.cr.commit()
print(json.dumps(asked))
"""


@pytest.fixture(scope="module")
def asked(served):
    """Leads whose defeat is asked: ``[(lead, defeat)]``."""
    return json.loads(served.shell(MAKE).splitlines()[-1])


@pytest.fixture(scope="module")
def chiefs(served):
    """The manager and the director, both of whom may decide."""
    served.expect_log(r"could not serialize|bad query|deadlock detected")
    return [Session(served, login) for login in ("manager.nb01", "director.nb01")]


def outcome(answer) -> str:
    """Return “done”, or what the person was told."""
    return answer["error"]["data"]["message"] if "error" in answer else "done"


def history(served, lead):
    return [
        code
        for (code,) in query(
            served,
            "SELECT grade.code FROM dealer_grade_log log"
            " JOIN dealer_grade grade ON grade.id = log.grade_id WHERE log.lead_id = %s"
            " ORDER BY log.id",
            lead,
        )
    ]


def test_two_confirm_at_once(served, asked, chiefs):
    served.expect_log("的战败已经审核过了")
    lead, defeat = asked[0]
    answers = at_once(
        *(
            lambda chief=chief: chief.call("dealer.defeat", "action_confirm", [defeat])
            for chief in chiefs
        )
    )
    told = sorted(outcome(answer) for answer in answers)
    assert told[0] == "done"
    assert "已经审核过" in told[1]
    assert history(served, lead) == ["B", "F0", "F"]
    assert query(
        served, "SELECT count(*) FROM dealer_defeat WHERE id = %s AND state = 'confirmed'", defeat
    ) == [(1,)]


def test_one_confirms_while_the_other_sends_back(served, asked, chiefs):
    served.expect_log("的战败已经审核过了")
    lead, defeat = asked[1]
    manager, director = chiefs
    wizard = director.call(
        "dealer.defeat.return",
        "create",
        [{"defeat_ids": [[6, 0, [defeat]]], "note": "再打一次电话"}],
    )["result"]
    answers = at_once(
        lambda: manager.call("dealer.defeat", "action_confirm", [defeat]),
        lambda: director.call("dealer.defeat.return", "action_return", wizard),
    )
    told = [outcome(answer) for answer in answers]
    assert sorted(words == "done" for words in told) == [False, True]
    [(state, won)] = query(
        served,
        "SELECT d.state, l.won_status FROM dealer_defeat d JOIN crm_lead l ON l.id = d.lead_id"
        " WHERE d.id = %s",
        defeat,
    )
    confirmed = told[0] == "done"
    assert (state, won) == (("confirmed", "lost") if confirmed else ("returned", "pending"))
    assert history(served, lead) == ["B", "F0", "F" if confirmed else "B"]


def test_taken_up_again_twice_at_once(served, asked, chiefs):
    served.expect_log("已经在跟进中")
    lead, defeat = asked[2]
    assert outcome(chiefs[0].call("dealer.defeat", "action_confirm", [defeat])) == "done"
    answers = at_once(
        *(
            lambda chief=chief: chief.call("crm.lead", "action_dealer_reactivate", [lead])
            for chief in chiefs
        )
    )
    told = sorted(outcome(answer) for answer in answers)
    assert told[0] == "done"
    assert "已经在跟进中" in told[1]
    assert history(served, lead) == ["B", "F0", "F", "B"]
    follow_ups = (
        "SELECT count(*) FROM mail_activity task JOIN ir_model_data kind"
        " ON kind.res_id = task.activity_type_id AND kind.name = 'mail_activity_type_follow_up'"
        " WHERE task.res_model = 'crm.lead' AND task.res_id = %s"
    )
    assert query(served, follow_ups, lead) == [(1,)]
    clocks = (
        "SELECT count(*) FROM dealer_clock WHERE res_model = 'crm.lead' AND res_id = %s"
        " AND kind = 'silence' AND stopped_at IS NULL"
    )
    assert query(served, clocks, lead) == [(1,)]


def test_asked_twice_at_once(served, asked, chiefs):
    """The consultant clicks on the phone and at the desk."""
    lead, defeat = asked[3]
    wizard = chiefs[0].call(
        "dealer.defeat.return", "create", [{"defeat_ids": [[6, 0, [defeat]]], "note": "再约"}]
    )["result"]
    assert outcome(chiefs[0].call("dealer.defeat.return", "action_return", wizard)) == "done"
    served.expect_log(r"duplicate key value|dealer_defeat__asked_once|战败已经申请过")
    [(reason,)] = query(served, "SELECT reason_id FROM dealer_defeat WHERE id = %s", defeat)
    sessions = [Session(served, "consultant1.nb01") for _place in range(2)]
    answers = at_once(
        *(
            lambda session=session: session.call(
                "dealer.defeat", "create", [{"lead_id": lead, "reason_id": reason}]
            )
            for session in sessions
        )
    )
    told = sorted(outcome(answer) for answer in answers)
    assert told[0] == "done"
    assert "已经申请过" in told[1]
    assert query(
        served,
        "SELECT count(*) FROM dealer_defeat WHERE lead_id = %s AND state = 'asked'",
        lead,
    ) == [(1,)]
    assert history(served, lead) == ["B", "F0", "B", "F0"]
