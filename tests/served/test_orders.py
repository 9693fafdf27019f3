"""Two clicks at once: one car has one buyer, and is handed over once."""

import pytest
from helpers import Session, at_once, query

#: Two customers of two teams, each with a draft for the same car; and an order to deliver.
MAKE = """
from odoo.addons.dealer_base.tools import complete_vin
store = env.ref("dealer_base.unit_nb01")
taken, own = complete_vin("LFV2A21K_T3990001"), complete_vin("LFV2A21K_T3990002")
def order(number, login, vin):
    consultant = env.ref(f"dealer_base.{login}")
    partner = env["res.partner"].create(
        {"name": f"抢车客{number}", "phone": f"1990068740{number}", "is_dealer_customer": True}
    )
    env["dealer.relation"].create(
        {"partner_id": partner.id, "unit_id": store.id, "consultant_id": consultant.id}
    )
    return env["dealer.order"].create(
        {
            "partner_id": partner.id, "unit_id": store.id, "brand": "大众", "series": "速腾",
            "price": 130000, "vin": vin,
        }
    )
first = order(1, "user_consultant1_nb01", taken)
second = order(2, "user_consultant3_nb01", taken)
third = order(3, "user_consultant1_nb01", own)
third.action_order()
env.cr.commit()
print(first.id, second.id, third.id)
"""


@pytest.fixture(scope="module")
def orders(served):
    # What the losing side's request says before Odoo repeats it is no fault.
    served.expect_log(r"""bad query: b'(INSERT INTO|\s*UPDATE) "(dealer_|res_partner|crm_lead)""")
    served.expect_log("已被其他订单售出|已由订单|车辆已经交付")
    return [int(number) for number in served.shell(MAKE).split()[-3:]]


def outcomes(answers):
    """Return (how many succeeded, messages of the refusals)."""
    refused = [answer["error"]["data"] for answer in answers if "error" in answer]
    assert {data["name"] for data in refused} <= {"odoo.exceptions.UserError"}
    return len(answers) - len(refused), [data["message"] for data in refused]


def test_two_consultants_order_the_same_car(served, orders):
    sessions = [Session(served, f"consultant{number}.nb01") for number in (1, 3)]
    answers = at_once(
        *(
            lambda session=session, order=order: session.call(
                "dealer.order", "action_order", [order]
            )
            for session, order in zip(sessions, orders[:2], strict=True)
        )
    )
    done, refused = outcomes(answers)
    assert done == 1
    assert len(refused) == 1
    # The other team's order is not named.
    assert "已被其他订单售出" in refused[0]
    assert "NB01-O" not in refused[0]
    states = query(served, "SELECT state FROM dealer_order WHERE id = ANY(%s)", orders[:2])
    assert sorted(states) == [("draft",), ("ordered",)]
    [(stage,)] = query(
        served,
        "SELECT stage FROM dealer_relation relation JOIN dealer_order bought"
        " ON bought.relation_id = relation.id WHERE bought.id = ANY(%s) AND bought.state = 'draft'",
        orders[:2],
    )
    assert stage == "prospect", "nothing of the refused order stays"


def test_delivered_by_several_clicks(served, orders):
    order = orders[2]
    sessions = [Session(served, "consultant1.nb01") for _click in range(4)]
    wizards = [
        session.call("dealer.order.step", "create", {"order_id": order, "step": "deliver"})[
            "result"
        ]
        for session in sessions
    ]
    answers = at_once(
        *(
            lambda session=session, wizard=wizard: session.call(
                "dealer.order.step", "action_do", [wizard]
            )
            for session, wizard in zip(sessions, wizards, strict=True)
        )
    )
    done, refused = outcomes(answers)
    assert done == 1
    assert len(refused) == 3
    assert all("车辆已经交付" in message for message in refused)
    [(cars, owners)] = query(
        served,
        "SELECT count(DISTINCT car.id), count(line.id) FROM dealer_order bought"
        " JOIN dealer_vehicle car ON car.vin = bought.vin"
        " JOIN dealer_vehicle_owner line ON line.vehicle_id = car.id WHERE bought.id = %s",
        order,
    )
    assert (cars, owners) == (1, 1)


def test_print_out(served, orders):
    session = Session(served, "consultant1.nb01")
    with session.opener.open(
        f"{served.url}/report/pdf/dealer_leads.report_dealer_order/{orders[2]}", timeout=60
    ) as answer:
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.read().startswith(b"%PDF")
