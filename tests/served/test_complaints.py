"""Races: a complaint from a phone sent by two thumbs, a step signed by two managers at once."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from urllib.request import HTTPCookieProcessor, Request, build_opener

from helpers import Session, at_once, query
from PIL import Image

NO_WAIT = """
env["ir.config_parameter"].set_param("dealer_complaint.page_seconds", "0")
env.cr.commit()
"""
SENT = (
    "SELECT count(*), count(attachment.id) FROM helpdesk_ticket ticket"
    " LEFT JOIN ir_attachment attachment ON attachment.res_model = 'helpdesk.ticket'"
    " AND attachment.res_id = ticket.id WHERE ticket.facts = 'two thumbs'"
)
BOUNDARY = "----thumbs"


def photo():
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(buffer, "JPEG")
    return buffer.getvalue()


def prepare_body(values):
    parts = []
    for name, value in values.items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        parts.append(f"{head}{value}\r\n".encode())
    for number in range(3):
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photos";'
            f' filename="{number}.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        )
        parts.append(head.encode() + photo() + b"\r\n")
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def test_two_thumbs_make_one_complaint_with_all_photos(served):
    served.shell(NO_WAIT)
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    page = opener.open(f"{served.url}/complaint?store=NB01").read().decode()
    values = {
        name: re.search(rf'name="{name}" value="([^"]+)"', page)[1]
        for name in ("csrf_token", "sheet")
    }
    values |= {"store": "NB01", "facts": "two thumbs", "anonymous": "1", "consent": "1"}

    def send(_thumb):
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        request = Request(f"{served.url}/complaint", prepare_body(values), {"Content-Type": kind})
        return opener.open(request).url

    with ThreadPoolExecutor(3) as thumbs:
        answers = set(thumbs.map(send, range(3)))
    assert len(answers) == 1, answers
    assert "/complaint/thanks/" in answers.pop()
    assert query(served, SENT) == [(3, 3)]


DISPATCHED_BY_TWO = """
store = env.ref("dealer_base.unit_nb01")
person = lambda name: env.ref(f"dealer_base.user_{name}_nb01")
case = env["helpdesk.ticket"].with_user(person("care")).with_company(store.company_id).create({
    "name": "two managers", "facts": "two managers", "company_id": store.company_id.id,
    "kind_id": env.ref("dealer_complaint.kind_repair_not_fixed").id,
})
case.with_user(person("caremanager"))._transition("care_opinion", "seen")
case.with_user(person("gm"))._transition("gm_opinion", "seen")
env.cr.commit()
print(case.id, person("advisor").id, person("consultant1").id)
"""


def test_two_managers_sign_at_once(served):
    """One of them signs, the other is told in words; there is one signature and one handler."""
    served.expect_log("同事正在处理这条记录|这一步|could not serialize|bad query: b'SELECT")
    case, advisor, consultant = map(int, served.shell(DISPATCHED_BY_TWO).split()[-3:])
    managers = {}
    for login, handler in (("servicemanager.nb01", advisor), ("manager.nb01", consultant)):
        session = Session(served, login)
        values = {"ticket_ids": [[6, 0, [case]]], "step": "dispatch", "handler_id": handler}
        made = session.call("dealer.case.step", "create", [{**values, "opinion": login}])
        managers[login] = session, made["result"]
    answers = at_once(
        *(
            lambda session=session, wizard=wizard: session.call(
                "dealer.case.step", "action_sign", wizard
            )
            for session, wizard in managers.values()
        )
    )
    refused = [answer["error"] for answer in answers if "error" in answer]
    assert len(refused) == 1, answers
    assert refused[0]["data"]["name"] == "odoo.exceptions.UserError", refused
    assert query(
        served,
        "SELECT count(*), max(ticket.handler_id) IN (%s, %s), max(ticket.case_state)"
        " FROM helpdesk_ticket ticket"
        " JOIN dealer_case_event event ON event.ticket_id = ticket.id AND event.step = 'dispatch'"
        " WHERE ticket.id = %s",
        advisor,
        consultant,
        case,
    ) == [(1, True, "dispatched")]
    verified = managers["servicemanager.nb01"][0].call("helpdesk.ticket", "action_verify", [case])
    assert verified["result"]["params"]["type"] == "success"
