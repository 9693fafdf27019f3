"""A customer who is signed in, against every record of another customer: by RPC, page, file and thread.

Nothing here names the models, methods and pages one by one: they are taken from the registry and the
routes of the served database, so that what a later addon adds is asked, too. What customers may do is
in the short lists below, each with its reason.
"""

import json
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest
from helpers import Session, query

#: Models of our addons that a customer may touch by RPC, and why.
OPEN = {}
#: What a method may answer to everybody: the way to a screen. What is on it is asked for with the reader's rights.
WAYS = ("ir.actions.act_window", "ir.actions.act_url")
#: Words that stand in records of the other customer and nowhere else.
CANARIES = ("旁家客", "19911050002", "Y50002", "LZZPRTA", "密语", "canary.example")

MAKE = """
import json
from datetime import timedelta
from odoo import fields
from odoo.fields import Command

unit = env.ref("dealer_base.unit_nb02")
kind = env["dealer.capacity.kind"].create({"name": "门户工位", "code": "portal_matrix"})
env["dealer.capacity.resource"].create(
    {"name": "门户位", "kind_id": kind.id, "unit_id": unit.id, "unit_minutes": 60, "units": 4}
)
job = env["dealer.capacity.job"].create({
    "name": "门户", "unit_id": unit.id, "need_ids": [Command.create({"kind_id": kind.id, "minutes": 60})],
})
item = env["dealer.service.item"].create({"name": "门户", "job_id": job.id, "unit_id": unit.id})
start = (fields.Datetime.now() + timedelta(days=3)).replace(minute=0, second=0, microsecond=0)

def customer(name, number):
    partner = env["res.partner"].create({
        "name": name, "phone": f"1991105{number:04}", "is_dealer_customer": True,
        "email": f"portal{number}@canary.example" if number == 2 else f"portal{number}@own.example",
        "street": "密语街" if number == 2 else "自家街",
        "dealer_relation_ids": [Command.create({"unit_id": unit.id})],
    })
    words = "密语" if number == 2 else "自语"
    car = env["dealer.vehicle"].create({
        "plate": f"浙Y5000{number}", "vin": vin(number), "unit_id": unit.id,
        "purchase_date": fields.Date.today() - timedelta(days=200),
        "owner_ids": [Command.create({
            "partner_id": partner.id, "date_from": fields.Date.today() - timedelta(days=200)})],
    })
    fault = env["dealer.vehicle.fault"].create({"vehicle_id": car.id, "name": f"{words}异响"})
    order = env["dealer.service.order"].create({
        "vehicle_id": car.id, "unit_id": unit.id, "mileage": 8000, "customer_words": words,
        "work_done": words,
        "line_ids": [Command.create({"name": words, "price_unit": 100})],
        "repair_ids": [Command.create({"fault_id": fault.id, "note": words})],
    })
    # Times are taken in a transaction of their own, which sees what is written for good.
    env.cr.commit()
    appointment = env["dealer.appointment"]._make(partner, car, unit, item, start, note=words)
    contact = env["dealer.interaction"].create(
        {"partner_id": partner.id, "unit_id": unit.id, "summary": words})
    consent = env["dealer.consent"].create({
        "partner_id": partner.id, "unit_id": unit.id, "purpose": "service", "text_version": words})
    case = env["helpdesk.ticket"]._receive_complaint(
        {"unit": unit, "facts": words, "partner": partner})
    lead = env["crm.lead"].create({
        "name": words, "partner_id": partner.id, "dealer_unit_id": unit.id, "type": "opportunity"})
    user = partner._dealer_portal_user()
    user.password = "demo"
    for record in (car, order, appointment, case, contact):
        if "message_ids" in record._fields:
            record.message_post(body=words)
    return partner, {
        "login": user.login, "partner": partner.id, "car": car.id, "order": order.id,
        "appointment": appointment.id, "token": appointment.access_token, "case": case.id, "lead": lead.id,
    }

def vin(number):
    from odoo.addons.dealer_base.tools.vin import complete_vin
    return complete_vin(f"LZZPRTA00T0{number:06d}")

mine, own = customer("自家客", 1)
other, theirs = customer("旁家客", 2)

# What of the other's there is in each model of our addons, or else any row at all.
known = {"res.partner": other.id, "dealer.vehicle": theirs["car"],
         "dealer.service.order": theirs["order"], "dealer.appointment": theirs["appointment"],
         "helpdesk.ticket": theirs["case"], "crm.lead": theirs["lead"],
         "dealer.relation": other.dealer_relation_ids.id}
rows, threads, methods = {}, [], {}
for name, model in sorted(env.registry.items()):
    ours = model._original_module.startswith("dealer_")
    if model._abstract or not (ours or name in known):
        continue
    records = env[name].with_context(active_test=False)
    found = records.browse(known.get(name))
    for field in records._fields.values():
        if not found and field.type == "many2one" and field.store and field.comodel_name in known:
            found = records.search([(field.name, "=", known[field.comodel_name])], limit=1)
    found = found or records.search([], limit=1)
    rows[name] = found.id or 1
    if "message_ids" in records._fields and found:
        threads.append(name)
    if ours or name in known:
        methods[name] = sorted({
            key for cls in model.__mro__ if cls.__module__.startswith("odoo.addons.dealer_")
            for key, value in vars(cls).items()
            if not key.startswith("_") and callable(value) and key not in ("create", "write", "unlink")
            and not hasattr(value, "_api_private")
        })
files = []
for name, number in rows.items():
    if env.registry[name]._auto or name in known:
        files.append(env["ir.attachment"].create({
            "name": f"{name}.txt", "raw": b"SECRETFILE", "res_model": name, "res_id": number}).id)
binaries = [(name, rows[name], field.name) for name in rows for field in env[name]._fields.values()
            if field.type in ("binary", "image") or field.name in ("name", "customer_words", "note")]

routes = []
for rule in env["ir.http"].routing_map().iter_rules():
    endpoint = rule.endpoint
    function = getattr(endpoint, "func", endpoint)
    while hasattr(function, "func"):
        function = function.func
    if not getattr(function, "__module__", "").startswith("odoo.addons.dealer_"):
        continue
    routes.append({
        "rule": rule.rule, "methods": sorted(rule.methods or ()), "type": endpoint.routing["type"],
        "auth": endpoint.routing["auth"]})
env.cr.commit()
print(json.dumps({"own": own, "theirs": theirs, "rows": rows, "threads": threads, "files": files,
                  "methods": methods, "binaries": binaries, "routes": routes}))
"""

#: All that the customer can read at all, in every model of the registry.
READ_ALL = """
import json
from odoo.exceptions import AccessError
user = env["res.users"].search([("login", "=", {login!r})])
mine = env(user=user, su=False)
rights, leaks = {{}}, []
for name, model in sorted(env.registry.items()):
    if model._abstract:
        continue
    records = mine[name].with_context(active_test=False)
    may = [right for right in ("read", "write", "create", "unlink") if records.has_access(right)]
    if may and model._original_module.startswith("dealer_"):
        rights[name] = may
    if "read" not in may:
        continue
    fields = [key for key, value in records.fields_get(attributes=["type"]).items()
              if value["type"] in ("char", "text", "html", "json", "many2one", "reference")]
    found = records.search([])
    for key in fields:
        # A field that shows more than the record asks for a right of its own.
        try:
            with env.cr.savepoint():
                text = json.dumps(found.read([key]), default=str, ensure_ascii=False)
        except AccessError:
            continue
        leaks += [[name, key, word, text[:300]] for word in {words!r} if word in text]
print(json.dumps({{"rights": rights, "leaks": leaks}}))
"""


class Customer(Session):
    """A browser of a customer, or of nobody."""

    def __init__(self, served, login=None):
        if login:
            super().__init__(served, login)
        else:
            self.url = served.url
            self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def open(self, path, form=None):
        """Return ``(status, text)``; redirects are followed."""
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self.opener.open(f"{self.url}{path}", data, timeout=60) as answer:
                return answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")

    def csrf(self):
        """Return the token that the forms of the own pages carry."""
        _status, text = self.open("/my/appointments/new")
        return re.search(r'csrf_token: "([^"]*)"', text).group(1)


@pytest.fixture(scope="module")
def house(served):
    made = json.loads(served.shell(MAKE).splitlines()[-1])
    # What the server says of requests that are refused, which is all of them here.
    served.expect_log("Access|access|not allowed|Bad Request|does not exist|MissingError")
    served.expect_log(r"Invalid token|odoo\.http|werkzeug|ir_rule|ir_model|ir_access|bad query")
    return made


@pytest.fixture(scope="module")
def customer(served, house):
    return Customer(served, house["own"]["login"])


def assert_silent(text, what):
    """Nothing of the other customer stands in an answer."""
    for word in (*CANARIES, "SECRETFILE"):
        assert word not in text, f"{what} tells {word}"


def test_nothing_opened_to_customers_unnoticed(served, house):
    """Every model of our addons is closed to customers, but for those that are named with a reason."""
    script = READ_ALL.format(login=house["own"]["login"], words=CANARIES)
    found = json.loads(served.shell(script).splitlines()[-1])
    assert found["rights"] == OPEN
    # And of all that Odoo itself lets customers read, nothing is the other customer's.
    assert not found["leaks"], found["leaks"]


def test_no_record_by_rpc(served, house, customer):
    """Each model: found, read, written, made, deleted — each time refused."""
    answered = []
    for model, number in house["rows"].items():
        if model == "res.partner":
            continue  # customers read themselves; the other is asked for in a test of its own
        calls = (
            ("read", [[number], ["display_name"]]),
            ("web_search_read", [[], {"display_name": {}}]),
            ("write", [[number], {"active": True}]),
            ("create", [[{}]]),
            ("unlink", [[number]]),
        )
        for method, arguments in calls:
            answer = customer.call(model, method, *arguments)
            result = answer.get("result")
            if "error" not in answer and result not in ([], 0, {"length": 0, "records": []}):
                answered.append((model, method, str(result)[:80]))
    assert answered == []


def test_the_other_customer_by_rpc(house, customer):
    number = house["theirs"]["partner"]
    for method, arguments in (
        ("read", [[number], ["name", "phone"]]),
        ("web_read", [[number], {"phone": {}}]),
        ("export_data", [[number], ["name", "phone"]]),
        ("write", [[number], {"phone": "1"}]),
        ("unlink", [[number]]),
    ):
        assert "error" in customer.call("res.partner", method, *arguments), method
    for method, arguments in (
        ("search_read", [[["phone", "like", "19911050002"]], ["name"]]),
        ("search_read", [[["dealer_relation_ids.partner_id", "=", number]], ["name"]]),
        ("name_search", ["旁家客"]),
    ):
        answer = json.dumps(customer.call("res.partner", method, *arguments), ensure_ascii=False)
        assert_silent(answer, f"res.partner.{method}")


def test_no_method_by_rpc(house, customer):
    """Each public method that our addons define, on a record of the other customer and on the own one."""
    answered, own = [], house["own"]
    mine = {
        "dealer.vehicle": own["car"],
        "dealer.service.order": own["order"],
        "dealer.appointment": own["appointment"],
        "helpdesk.ticket": own["case"],
        "crm.lead": own["lead"],
    }
    for model, methods in house["methods"].items():
        for method in methods:
            for number in {house["rows"][model], mine.get(model, house["rows"][model])}:
                answer = customer.call(model, method, [number])
                result = answer.get("result")
                way = isinstance(result, dict) and result.get("type") in WAYS
                # fields_get names to a customer no fields at all
                if "error" not in answer and not way and result != {}:
                    answered.append((f"{model}.{method}", str(result)[:200]))
                assert_silent(json.dumps(answer, ensure_ascii=False), f"{model}.{method}")
    assert not answered, "\n".join(f"{name}: {result}" for name, result in answered)


def paths(house, rule):
    """Return the addresses of a route with the numbers of the other customer in it."""
    theirs = house["theirs"]
    numbers = {theirs[key] for key in ("car", "appointment", "case", "lead")}
    numbers.add(house["files"][0])
    if "<" not in rule:
        return [rule]
    return sorted(
        {
            re.sub(r"<string:\w+>", "x" * 40, re.sub(r"<(int:\w+|\w+)>", str(number), rule))
            for number in numbers
        }
    )


def state_of(served, house):
    """Return what a request of a stranger must not change."""
    theirs = house["theirs"]
    return query(
        served,
        "SELECT a.state, a.start, a.note, v.plate, v.current_owner_id, o.state, o.customer_words,"
        " t.stage_id, t.description, (SELECT count(*) FROM mail_message m WHERE"
        " (m.model, m.res_id) IN (('dealer.vehicle', v.id), ('dealer.appointment', a.id),"
        " ('dealer.service.order', o.id), ('helpdesk.ticket', t.id)))"
        " FROM dealer_appointment a, dealer_vehicle v, dealer_service_order o, helpdesk_ticket t"
        " WHERE a.id = %s AND v.id = %s AND o.id = %s AND t.id = %s",
        theirs["appointment"],
        theirs["car"],
        theirs["order"],
        theirs["case"],
    )


def test_no_page(served, house, customer):
    """Each page of our addons, with the other customer's numbers in its address and in its form."""
    before = state_of(served, house)
    theirs, nobody = house["theirs"], Customer(served)
    keys = {customer: customer.csrf(), nobody: nobody.csrf()}
    form = {
        "car": theirs["car"],
        "vehicle": theirs["car"],
        "case": theirs["case"],
        "appointment": theirs["appointment"],
        "number": theirs["appointment"],
        "partner": theirs["partner"],
        "token": "x" * 40,
        "start": "2030-01-01 01:00:00",
        "reason": "x",
    }
    asked = 0
    for route in house["routes"]:
        if route["type"] != "http" or "sign-in" in route["rule"]:
            continue
        for path in paths(house, route["rule"]):
            for person in (customer, nobody):
                asked += 1
                status, text = person.open(f"{path}?{urllib.parse.urlencode(form)}")
                # Routes of Odoo's own that we stand before fail without their data as they always do.
                assert status != 500 or path.startswith("/web/"), path
                assert_silent(text, path)
                if "POST" in route["methods"] and route["auth"] in ("public", "user"):
                    sent = {**form, "plate": "浙Y50002", "csrf_token": keys[person]}
                    status, text = person.open(path, sent)
                    assert status != 500 or path.startswith("/web/"), path
                    # A page may give back what was typed into its own form.
                    assert_silent(text.replace("浙Y50002", ""), path)
    assert asked > 80
    assert state_of(served, house) == before


def test_no_file(served, house, customer):
    """Files on records of the other customer, and the records' own fields, with and without a made-up key."""
    for person in (customer, Customer(served)):
        for number in house["files"]:
            for path in (
                f"/web/content/{number}",
                f"/web/image/{number}",
                f"/web/content/{number}?access_token={'x' * 36}&download=1",
            ):
                _status, text = person.open(path)
                assert_silent(text, path)
        for model, number, field in house["binaries"]:
            for path in (
                f"/web/content/{model}/{number}/{field}",
                f"/web/image?model={model}&id={number}&field={field}",
            ):
                _status, text = person.open(path)
                assert_silent(text, path)
    for report in ("report_car_file", "report_maintenance"):
        for kind in ("html", "text"):
            path = f"/report/{kind}/dealer_service.{report}/{house['theirs']['car']}"
            status, text = customer.open(path)
            assert status != 200, path
            assert_silent(text, path)


def test_no_thread(served, house, customer):
    """Messages, followers and tasks of records of the other customer; nothing is written there either."""
    before = state_of(served, house)
    assert {"dealer.vehicle", "dealer.appointment", "dealer.service.order"} <= set(house["threads"])
    for model in house["threads"]:
        number = house["rows"][model]
        thread = {"thread_model": model, "thread_id": number}
        for path, params in (
            ("/mail/thread/messages", {**thread, "fetch_params": {"limit": 30}}),
            ("/mail/chatter_fetch", {**thread, "fetch_params": {"limit": 30}}),
            ("/mail/chatter_fetch", {**thread, "token": "x" * 36, "hash": "x", "pid": 1}),
            ("/portal/chatter_init", {**thread, "token": "x" * 36}),
            (
                "/mail/data",
                {
                    "fetch_params": [
                        [
                            "mail.thread",
                            {
                                **thread,
                                "request_list": [
                                    "activities",
                                    "attachments",
                                    "followers",
                                    "suggestedRecipients",
                                ],
                            },
                        ]
                    ]
                },
            ),
            ("/mail/thread/recipients", {**thread, "message_id": 1}),
            ("/mail/thread/recipients/get_suggested_recipients", thread),
            ("/mail/thread/subscribe", {"res_model": model, "res_id": number, "partner_ids": []}),
            (
                "/mail/message/post",
                {
                    **thread,
                    "post_data": {
                        "body": "x",
                        "message_type": "comment",
                        "subtype_xmlid": "mail.mt_comment",
                    },
                },
            ),
        ):
            answer = customer.ask(path, params)
            assert_silent(json.dumps(answer, ensure_ascii=False), f"{path} {model}")
        for path in (
            f"/mail/view?model={model}&res_id={number}",
            f"/mail/view?model={model}&res_id={number}&access_token={'x' * 36}",
            f"/mail/unfollow?model={model}&res_id={number}&pid=1&token=x",
        ):
            _status, text = customer.open(path)
            assert_silent(text, path)
    assert state_of(served, house) == before


def test_no_upload_to_a_record(served, house, customer):
    """A file is not laid on a record of the other customer, whatever it is."""
    token = customer.csrf()
    for model in house["threads"]:
        number = house["rows"][model]
        count = "SELECT count(*) FROM ir_attachment WHERE res_model = %s AND res_id = %s"
        before = query(served, count, model, number)
        boundary = "b0undary"
        parts = {
            "csrf_token": token,
            "thread_model": model,
            "thread_id": str(number),
            "is_pending": "false",
        }
        body = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in parts.items()
        )
        body += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="ufile"; filename="x.txt"\r\n'
            f"Content-Type: text/plain\r\n\r\nx\r\n--{boundary}--\r\n"
        )
        request = urllib.request.Request(
            f"{served.url}/mail/attachment/upload",
            body.encode(),
            {"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )
        with pytest.raises(urllib.error.HTTPError):
            customer.opener.open(request, timeout=60)
        assert query(served, count, model, number) == before, model
