"""Test drives that many want at once: a car is driven by one; what was only held is never signed for."""

import json

import pytest
from helpers import Session, at_once, query

MAKE = """
import json
from datetime import timedelta
from odoo import fields
unit = env.ref("dealer_base.unit_nb01")
consultants = [env.ref(f"dealer_base.user_consultant{n}_nb01") for n in (1, 2)]
car = env.ref("dealer_capacity.car1_nb01")
partners = []
for number, consultant in enumerate(consultants):
    partner = env["res.partner"].create(
        {"name": f"抢试驾{number}", "phone": f"1990069150{number}", "is_dealer_customer": True}
    )
    env["dealer.relation"].create(
        {"partner_id": partner.id, "unit_id": unit.id, "consultant_id": consultant.id}
    )
    partners.append(partner.id)
day = fields.Datetime.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=5)
env.cr.commit()
print(json.dumps({
    "unit": unit.id, "car": car.id, "partners": partners, "users": [user.id for user in consultants],
    "route": env.ref("dealer_leads.test_drive_route_city").id,
    "starts": [fields.Datetime.to_string(day + timedelta(hours=hour)) for hour in (2, 6)],
}))
"""
HELD = """
from datetime import timedelta
from odoo import fields
user = env["res.users"].browse({user})
drive = env["dealer.test.drive"].with_user(user).with_company(user.company_id).create({values})
day = fields.Date.today()
drive._check_licence("{number}", "C1", day + timedelta(days=500), False, day - timedelta(days=5000))
drive.sudo().booking_id.expires_at = fields.Datetime.now() - timedelta(seconds=1)
env.cr.commit()
print(drive.id)
"""
SIGNATURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
LOGINS = ("consultant1.nb01", "consultant2.nb01")


def check_digit(body):
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


@pytest.fixture(scope="module")
def known(served):
    # What the losing side's request says before Odoo repeats it is no fault.
    served.expect_log(r"""bad query: b'(INSERT INTO|\s*UPDATE|\s*WITH) """)
    served.expect_log("已被|不再保留|不能预订|无法预订|已占")
    return json.loads(served.shell(MAKE).splitlines()[-1])


def values_of(known, number, start):
    return {
        "unit_id": known["unit"],
        "partner_id": known["partners"][number],
        "car_id": known["car"],
        "user_id": known["users"][number],
        "route_id": known["route"],
        "start": start,
    }


def test_the_last_car(served, known):
    start = known["starts"][0]
    sessions = [Session(served, login) for login in LOGINS]
    answers = at_once(
        *(
            lambda session=session, number=number: session.call(
                "dealer.test.drive", "create", [values_of(known, number, start)]
            )
            for number, session in enumerate(sessions)
        )
    )
    won = [answer for answer in answers if "result" in answer]
    lost = [answer for answer in answers if "error" in answer]
    assert (len(won), len(lost)) == (1, 1), answers
    words = lost[0]["error"]["data"]["message"]
    assert "试驾车" in words, words
    rows = query(
        served,
        "SELECT drive.state, booking.state FROM dealer_test_drive drive"
        " JOIN dealer_capacity_booking booking ON booking.id = drive.booking_id"
        " WHERE drive.car_id = %s AND drive.start = %s",
        known["car"],
        start,
    )
    assert rows == [("booked", "confirmed")]
    [(used,)] = query(
        served,
        "SELECT max(used) FROM dealer_capacity_slot WHERE resource_id = %s AND start = %s",
        known["car"],
        start,
    )
    assert used == 1


def test_taken_while_signing(served, known):
    start = known["starts"][1]
    values = {**values_of(known, 0, start), "hold_minutes": 15}
    number = int(
        served.shell(
            HELD.format(
                user=known["users"][0],
                values=values,
                number=check_digit("33020319850615441"),
            )
        ).split()[-1]
    )
    rival, signer = Session(served, LOGINS[1]), Session(served, LOGINS[0])
    [step] = signer.call(
        "dealer.test.drive.step",
        "create",
        [
            {
                "drive_id": number,
                "step": "sign",
                "agreed": True,
                "signed_name": "王先生",
                "signature": SIGNATURE,
            }
        ],
    )["result"]
    booked, signed = at_once(
        lambda: rival.call("dealer.test.drive", "create", [values_of(known, 1, start)]),
        lambda: signer.call("dealer.test.drive.step", "action_do", [step]),
    )
    assert "result" in booked, booked
    assert "不再保留" in signed["error"]["data"]["message"], signed
    rows = query(
        served,
        "SELECT state, signed_at, agreement, attachment_id FROM dealer_test_drive WHERE id = %s",
        number,
    )
    assert rows == [("checked", None, None, None)], "nothing half-written"
    assert not query(
        served,
        "SELECT id FROM ir_attachment WHERE res_model = 'dealer.test.drive' AND res_id = %s",
        number,
    )
