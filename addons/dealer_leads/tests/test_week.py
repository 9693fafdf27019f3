from datetime import date
from statistics import median

from freezegun import freeze_time

from odoo.fields import Command

from odoo.addons.dealer_clock.tests.common import at

from .test_response import ResponseCase

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
#: Visits of each day, one an hour, 20 minutes each, received after 2. The digit is the consultant.
#: k new guest who leaves a number     i the same, invited          o new guest without a number
#: f invited, on file before           r comes again, drives        x no series: record incomplete
#: s other business (service)
VISITS = {
    MON: "k1 k2 o1 k1 o2 s0 k2 i1",
    TUE: "r1 k1 f1:11 o2 k2 s0 x1 k1",
    WED: "f1:9 f2:10 f2:12 k1 r2 o1 s0 k2",
    THU: "f1:5 k1 o2 r1 k2 i2 s0 r2",
    FRI: "k1 k2 r1 o2 s0 x2 i1 r1",
    SAT: "k1 k1 o1 o2 k2 r1 s0 r2 i1 s0",
    SUN: "k1 x1 o1 o2 k2 r1 s0 s0 i2 r2",
}
VALUES = ("general", "value", "high")
HOURS = (9, 10, 11, 13, 14, 15, 16, 17)
WEEKEND_HOURS = (8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
#: Leads: consultant, received, first talk by the call record of the telephone system.
LEADS = {
    1: (1, (MON, 9, 25), (MON, 9, 28)),
    2: (2, (MON, 10, 25), (MON, 10, 30)),
    3: (1, (MON, 11, 50), (MON, 13, 10)),  # over lunch: 20 minutes
    4: (2, (MON, 22, 0), (TUE, 8, 40)),  # at night: 10 minutes
    5: (1, (MON, 8, 35), (MON, 8, 40)),
    6: (2, (TUE, 9, 25), (TUE, 9, 33)),
    7: (1, (TUE, 10, 25), (TUE, 10, 35)),
    8: (2, (WED, 9, 25), (WED, 9, 37)),
    9: (1, (MON, 14, 25), (MON, 14, 40)),
    10: (2, (MON, 15, 25), (MON, 15, 40)),
    11: (1, (MON, 13, 25), (MON, 13, 43)),
    12: (2, (MON, 13, 30), (MON, 13, 52)),
    13: (1, (MON, 10, 30), (MON, 10, 55)),
    14: (2, (MON, 16, 25), (MON, 16, 55)),  # 30 minutes: in time
    15: (1, (MON, 14, 30), (MON, 15, 15)),
    16: (2, (TUE, 13, 25), (TUE, 14, 25)),
    17: (1, (TUE, 14, 25), (TUE, 15, 55)),
    18: (2, (SAT, 9, 25), (SAT, 11, 25)),
    19: (1, (SAT, 14, 25), None),
    20: (2, (SUN, 10, 25), None),
}
#: Calls that consultants log: lead, when, outcome, grade, day of March of the next contact.
LOGS = (
    (5, (MON, 9, 40), "talked", "B", 6),
    (11, (MON, 17, 40), "talked", "H", 4),
    (12, (MON, 17, 45), "talked", "H", 5),
    (13, (MON, 17, 50), "vain", None, 3),
    (1, (TUE, 9, 40), "talked", "H", 5),
    (3, (TUE, 9, 45), "talked", "A", 8),
    (2, (TUE, 9, 50), "talked", "H", 6),
    (9, (TUE, 9, 55), "talked", "A", 10),
    (10, (TUE, 10, 40), "talked", "H", 6),
    (14, (TUE, 10, 45), "talked", "B", 6),
    (15, (TUE, 10, 50), "talked", "C", 9),
    (6, (TUE, 17, 40), "talked", "B", 13),
    (13, (TUE, 17, 50), "vain", None, 4),
    (7, (WED, 9, 40), "talked", "B", 18),
    (16, (WED, 10, 40), "talked", "B", 6),
    (17, (WED, 10, 45), "talked", "C", 9),
    (13, (WED, 17, 50), "vain", None, 5),
    (1, (THU, 9, 40), "talked", "H", 7),
    (4, (THU, 9, 45), "talked", "A", 7),
    (8, (THU, 9, 50), "talked", "C", 31),
    (1, (SAT, 9, 40), "talked", "H", 9),
    (16, (SAT, 10, 40), "talked", "B", 9),
)


class TestWeek(ResponseCase):
    """A week of a showroom, played by its posts; the figures were worked out by hand beforehand.

    60 visits
        ==================  ====  ====  =====  ========================================
        kind                 1     2    none   total
        ==================  ====  ====  =====  ========================================
        k  kept, natural     10     8          first visits, contact kept: k + i = 23
        i  kept, invited      3     2
        f  on file before     3     2          first visits, on file before: 5
        o  no number          4     6          first visits, no contact: 10
        r  again              6     4          repeated visits: 10
        x  incomplete         2     1          incomplete: 3
        s  other business                 9    other business: 9
        sum                  28    23     9    60
        ==================  ====  ====  =====  ========================================
        contacts kept ÷ new guests           1: 13 ÷ (13 + 4)       2: 10 ÷ (10 + 6)
        ÷ first natural visits (k, o, x)     1: 10 ÷ 16             2: 8 ÷ 15
        ÷ all first visits (k, i, f, o, x)   1: 16 ÷ 22             2: 12 ÷ 19
        drives: 10 ÷ (23 + 5 + 10)
    40 calls: 18 of the telephone system, 22 logged
    20 leads of the week, answered after (opening minutes)
        3 5 5 8 10 10 12 15 15 | 18 20 22 25 30   45 60 90 120   two never
        in time 14, late 4, not at all 2; median (15 + 18) ÷ 2 = 16.5
    6 orders, 3 of each consultant
        lead 9 ordered, lead 10 planned, lead 11 delivered, lead 12 cancelled,
        a guest of 1 ordered and one of 2 delivered who never were leads
    5 defeats: 13 and 14 confirmed, 15 confirmed and taken up again, 16 sent back, 17 asked
        10 leads were open when the week began: rate 2 ÷ (2 + 10)
        decided rightly so far: 2 of the 4 decided; refused 1 of 5 asked
    30 leads by grade on Sunday evening
        H 1 2 | A 3 4 | B 5 6 7 16 + the 10 before | C 8 15 | O 9 10 | D 11 | T 12
        F0 17 | F 13 14 | N 18 19 20
    value: high (visited) 5 9 10 11 12; value (talked to) the other 13 answered; general 12
    plans overdue: 2 4 5 10 12 of the week, 4 of those before
    asleep: 2 (H since Tuesday), 12 (cancelled; seen on Wednesday); without grade after a day: 18
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.users.values():
            user.tz = "Asia/Shanghai"
        cls.people = {1: cls.sales_consultant, 2: cls.teammate}
        cls.sales_consultant.dealer_call_numbers = "8001"
        cls.teammate.dealer_call_numbers = "8002"
        cls.switchboard = cls.make_machine("t_switchboard", "calls")
        cls.source = cls.env.ref("dealer_leads.utm_source_hotline")
        cls.leads, cls.orders, cls.guests = {}, {}, {1: [], 2: []}
        cls.returning = {1: 0, 2: 0}
        cls.visits = cls.env["dealer.visit"]
        cls.customer = {
            number: cls.make_customer(
                f"L{number:02}", car=False, consultant_id=cls.people[person].id
            )
            for number, (person, _received, _answered) in LEADS.items()
        }
        cls.events = []
        cls.plan_before()
        cls.plan_visits()
        cls.plan_leads()
        cls.plan_orders()
        cls.plan_defeats()
        for moment, action, arguments in sorted(cls.events, key=lambda event: event[0]):
            with freeze_time(moment):
                action(*arguments)
                cls.env.flush_all()

    @classmethod
    def on(cls, when, action, *arguments):
        """Note what happens ``when``: (day, hour, minute)."""
        day, hour, minute = when
        cls.events.append((at(hour, minute, day=day), action, arguments))

    # ------------------------------------------------------------------ before the week

    @classmethod
    def plan_before(cls):
        cls.before = cls.env["crm.lead"]
        for number in range(10):
            cls.on((-2, 9, number), cls.do_before, number)

    @classmethod
    def do_before(cls, number):
        person = cls.people[1 + number % 2]
        customer = cls.make_customer(f"B{number}", car=False, consultant_id=person.id)
        lead = cls.env["crm.lead"].create(
            {
                "name": "探岳",
                "type": "opportunity",
                "partner_id": customer.partner.id,
                "company_id": cls.store_a.company_id.id,
                "user_id": person.id,
            }
        )
        cls.grade(lead, "B")
        lead._dealer_plan(date(2026, 3, 4 if number < 4 else 12))
        cls.before |= lead

    @classmethod
    def grade(cls, lead, code):
        cls.env["dealer.lead.grade"].with_user(lead.user_id).create(
            {
                "lead_ids": [Command.set(lead.ids)],
                "grade_id": cls.env.ref(f"dealer_leads.grade_{code.lower()}").id,
                "reason": "needs analysed",
            }
        ).action_grade()

    # ------------------------------------------------------------------ the showroom

    @classmethod
    def plan_visits(cls):
        for day, line in VISITS.items():
            codes = line.split()
            hours = WEEKEND_HOURS if day >= SAT else HOURS
            for hour, code in zip(hours, codes, strict=True):
                slot = {}
                cls.on((day, hour, 0), cls.do_arrive, code, slot)
                if code[0] != "s":
                    cls.on((day, hour, 2), cls.do_receive, slot)
                cls.on((day, hour, 20), cls.do_leave, code, slot)

    @classmethod
    def do_arrive(cls, code, slot):
        kind, person, _, lead = code[0], int(code[1]), code[2:3], code[3:]
        values = {"visitor_name": "客人", "series": "速腾", "source_id": cls.source.id}
        if kind == "s":
            values = {"visitor_name": "车主", "purpose": "service"}
        else:
            values["consultant_id"] = cls.people[person].id
        if kind in "ki":
            values["phone"] = cls.next_phone()
        if kind in "if":
            values["invited"] = True
        if kind == "f":
            values["relation_id"] = cls.customer[int(lead)].relation.id
        if kind == "x":
            values["series"] = False
        if kind == "r":
            values["relation_id"] = cls.guests[person][cls.returning[person]].id
            cls.returning[person] += 1
        desk = cls.visits.with_user(cls.reception)
        slot["visit"] = desk.browse(desk.reception_register(values)["id"])
        if kind in "ki":
            cls.guests[person].append(slot["visit"].sudo().relation_id)

    @classmethod
    def do_receive(cls, slot):
        slot["visit"].action_receive()

    @classmethod
    def do_leave(cls, code, slot):
        step = cls.env["dealer.visit.step"].with_user(cls.reception)
        step = step.with_context(default_visit_id=slot["visit"].id, default_step="close")
        result = "done" if code[0] == "s" else "continue"
        step.create({"result": result, "drove": code[0] == "r"}).action_do()

    # ------------------------------------------------------------------ leads and calls

    @classmethod
    def plan_leads(cls):
        for number, (person, received, answered) in LEADS.items():
            cls.on(received, cls.do_lead, number)
            if answered:
                cls.on(answered, cls.do_call, number, person)
        for log in LOGS:
            cls.on(log[1], cls.do_log, *log)

    @classmethod
    def do_lead(cls, number):
        partner = cls.customer[number].partner
        row = cls.take_in(cls.prepare_lead(number, phone=partner.phone, name=partner.name))
        assert row.state == "done", row.error
        cls.leads[number] = row.lead_id

    @classmethod
    def do_call(cls, number, person):
        """The telephone system reports the talk when it is over."""
        model = cls.env["dealer.call"].with_user(cls.switchboard).sudo()
        moment = LEADS[number][2]
        model._receive(
            [
                {
                    "call_id": f"W-{number}",
                    "from": f"800{person}",
                    "to": cls.customer[number].partner.phone,
                    "start": f"2026-03-{2 + moment[0]:02}T{moment[1]:02}:{moment[2]:02}:00+08:00",
                    "seconds": 95,
                    "answered": True,
                }
            ]
        )
        cls.env["dealer.call"]._drain(100)

    @classmethod
    def do_log(cls, number, _when, outcome, code, day):
        lead = cls.leads[number]
        wizard = cls.env["dealer.lead.log"].with_user(lead.user_id)
        log = wizard.create({"lead_id": lead.id, "outcome": outcome})
        if code:
            log.grade_id = cls.env.ref(f"dealer_leads.grade_{code.lower()}")
        log.next_date = date(2026, 3, day)
        log.action_save()

    # ------------------------------------------------------------------ orders

    @classmethod
    def plan_orders(cls):
        cls.on((TUE, 16, 30), cls.do_order, 11)
        cls.on((WED, 15, 30), cls.do_order, 10)
        cls.on((WED, 16, 30), cls.do_order, "guest 2")
        cls.on((THU, 15, 30), cls.do_order, 9)
        cls.on((THU, 16, 30), cls.do_order, 12)
        cls.on((FRI, 15, 30), cls.do_order, "guest 1")
        cls.on((THU, 15, 40), cls.do_step, 10, "plan", {"planned_on": "2026-03-09"})
        cls.on((FRI, 16, 30), cls.do_step, 11, "deliver", {"mileage": 15})
        cancelled = {"reason_id": cls.env.ref("dealer_leads.order_cancel_waiting").id}
        cls.on((SAT, 15, 30), cls.do_step, 12, "cancel", cancelled)
        cls.on((SUN, 15, 30), cls.do_step, "guest 2", "deliver", {"mileage": 12})

    @classmethod
    def do_order(cls, name):
        if name in cls.leads:
            lead = cls.leads[name]
            user, values = lead.user_id, {"lead_id": lead.id, "partner_id": lead.partner_id.id}
        else:
            relation = cls.guests[int(name[-1])][0]
            user, values = relation.consultant_id, {"partner_id": relation.partner_id.id}
        order = (
            cls.env["dealer.order"]
            .with_user(user)
            .create(
                {
                    **values,
                    "unit_id": cls.store_a.id,
                    "series": "速腾",
                    "price": 138000,
                    "deposit": 5000,
                    "vin": cls.next_vin(),
                }
            )
        )
        order.action_order()
        cls.orders[name] = order

    @classmethod
    def do_step(cls, name, step, values):
        order = cls.orders[name]
        wizard = cls.env["dealer.order.step"].with_user(order.consultant_id)
        wizard = wizard.with_context(default_order_id=order.id, default_step=step)
        wizard.create(values).action_do()

    # ------------------------------------------------------------------ defeats

    @classmethod
    def plan_defeats(cls):
        cls.on((WED, 16, 40), cls.do_ask, 14, "other_price_too_high")
        cls.on((THU, 10, 40), cls.do_ask, 13, "none_cannot_be_reached")
        cls.on((THU, 10, 45), cls.do_ask, 15, "none_postponed_the_purchase")
        cls.on((THU, 10, 50), cls.do_ask, 16, "none_no_intention_to_buy")
        cls.on((SUN, 16, 40), cls.do_ask, 17, "none_postponed_the_purchase")
        cls.on((THU, 16, 40), cls.do_confirm, 14)
        cls.on((FRI, 10, 40), cls.do_confirm, 13)
        cls.on((FRI, 10, 45), cls.do_confirm, 15)
        cls.on((FRI, 10, 50), cls.do_return, 16)
        cls.on((SAT, 11, 40), cls.do_take_up, 15)

    @classmethod
    def do_ask(cls, number, reason):
        lead = cls.leads[number]
        values = {
            "competitor_kind": "other",
            "competitor_brand": "丰田",
            "competitor_price": 125000,
        }
        cls.env["dealer.defeat"].with_user(lead.user_id).create(
            {
                "lead_id": lead.id,
                "reason_id": cls.env.ref(f"dealer_leads.defeat_reason_{reason}").id,
                **(values if reason.startswith("other") else {}),
            }
        )

    @classmethod
    def asked(cls, number):
        lead = cls.leads[number]
        return (
            cls.env["dealer.defeat"]
            .with_user(cls.sales_manager)
            .search([("lead_id", "=", lead.id), ("state", "=", "asked")])
        )

    @classmethod
    def do_confirm(cls, number):
        cls.asked(number).action_confirm()

    @classmethod
    def do_return(cls, number):
        wizard = cls.env["dealer.defeat.return"].with_user(cls.sales_manager)
        values = {"defeat_ids": [Command.set(cls.asked(number).ids)], "note": "invite once more"}
        wizard.create(values).action_return()

    @classmethod
    def do_take_up(cls, number):
        cls.leads[number].with_user(cls.sales_manager).action_dealer_reactivate()

    # ------------------------------------------------------------------ figures

    def of_week(self):
        leads = self.env["crm.lead"].with_context(active_test=False)
        return leads.browse([lead.id for lead in self.leads.values()])

    def all_leads(self):
        return self.of_week() | self.before

    def numbers(self, leads):
        """Return the numbers of these leads in the tables above."""
        return {number for number, lead in self.leads.items() if lead in leads}

    def rates(self, person=None):
        domain = [("unit_id", "=", self.store_a.id)]
        if person:
            domain.append(("consultant_id", "=", self.people[person].id))
        report = self.env["dealer.visit.report"].with_user(self.sales_director)
        fields = ("rate_new", "rate_natural", "rate_first", "rate_drive")
        [row] = report._read_group(domain, [], [f"{field}:avg" for field in fields])
        return dict(zip(fields, (round(rate, 4) for rate in row), strict=True))

    def test_visits(self):
        report = self.env["dealer.visit.report"].with_user(self.sales_director)
        here = [("unit_id", "=", self.store_a.id)]
        self.assertEqual(
            dict(report._read_group(here, ["traffic"], ["visits:sum"])),
            {
                "first_kept": 23,
                "first_known": 5,
                "first_open": 10,
                "repeat": 10,
                "non_sales": 9,
                "incomplete": 3,
            },
        )
        by_person = dict(report._read_group(here, ["consultant_id"], ["visits:sum"]))
        nobody = self.env["res.users"]
        self.assertEqual(by_person, {self.people[1]: 28, self.people[2]: 23, nobody: 9})
        by_day = dict(report._read_group(here, ["arrived_at:day"], ["visits:sum"]))
        self.assertEqual(sorted(by_day.values()), [8, 8, 8, 8, 8, 10, 10])

    def test_contacts_kept(self):
        one, two = self.rates(1), self.rates(2)
        self.assertEqual(one["rate_new"], round(13 / 17, 4))
        self.assertEqual(two["rate_new"], round(10 / 16, 4))
        self.assertEqual(one["rate_natural"], round(10 / 16, 4))
        self.assertEqual(two["rate_natural"], round(8 / 15, 4))
        self.assertEqual(one["rate_first"], round(16 / 22, 4))
        self.assertEqual(two["rate_first"], round(12 / 19, 4))
        self.assertEqual(self.rates()["rate_drive"], round(10 / 38, 4))

    def test_calls(self):
        calls = self.env["dealer.interaction"]._read_group(
            [
                ("unit_id", "=", self.store_a.id),
                ("kind", "=", "call"),
                ("user_id", "in", [user.id for user in self.people.values()]),
                ("start", ">=", at(0)),
                ("start", "<", at(0, day=7)),
            ],
            ["evidence"],
            ["__count"],
        )
        self.assertEqual(dict(calls), {"system": 18, "declared": 22})

    def test_response(self):
        leads = self.of_week()
        clocks = self.env["dealer.clock"].search(
            [
                ("res_model", "=", "crm.lead"),
                ("res_id", "in", leads.ids),
                ("kind", "=", "first_response"),
            ]
        )
        self.assertEqual(len(clocks), 20)
        late = clocks.filtered(lambda clock: clock.state == "missed")
        self.assertEqual(len(clocks.filtered(lambda clock: clock.state == "met")), 14)
        self.assertEqual(set(late.mapped("res_id")), set(self.ids_of(15, 16, 17, 18)))
        with freeze_time(at(20, day=SUN)):
            unanswered = leads.filtered(lambda lead: lead.dealer_response == "waiting")
            self.assertEqual(self.numbers(unanswered), {19, 20})
            self.assertEqual(set(unanswered.mapped("clock_state")), {"missed"})
        minutes = sorted(
            lead.dealer_response_minutes for lead in leads if lead.dealer_first_effective
        )
        self.assertEqual(
            minutes, [3, 5, 5, 8, 10, 10, 12, 15, 15, 18, 20, 22, 25, 30, 45, 60, 90, 120]
        )
        self.assertEqual(median(minutes), 16.5)

    def ids_of(self, *numbers):
        return [self.leads[number].id for number in numbers]

    def test_grades(self):
        by_grade = {}
        for lead in self.all_leads():
            by_grade[lead.dealer_grade_id.code] = by_grade.get(lead.dealer_grade_id.code, 0) + 1
        self.assertEqual(
            by_grade,
            {"H": 2, "A": 2, "B": 14, "C": 2, "O": 2, "D": 1, "T": 1, "F0": 1, "F": 2, "N": 3},
        )
        logs = self.env["dealer.grade.log"].search([("lead_id", "in", self.ids_of(15))])
        self.assertEqual([log.grade_id.code for log in logs.sorted("id")], ["C", "F0", "F", "C"])

    def test_value_classes(self):
        leads = self.all_leads()
        high = leads.filtered(lambda lead: lead.dealer_value == "high")
        self.assertEqual(self.numbers(high), {5, 9, 10, 11, 12})
        counts = [len(leads.filtered(lambda lead, v=v: lead.dealer_value == v)) for v in VALUES]
        self.assertEqual(counts, [12, 13, 5])

    def test_follow_ups(self):
        with freeze_time(at(20, day=SUN)):
            leads = self.env["crm.lead"].with_user(self.sales_director)
            here = [("id", "in", self.all_leads().ids), ("won_status", "=", "pending")]
            overdue = leads.search([*here, ("dealer_next_date", "<", "2026-03-08")])
            self.assertEqual(self.numbers(overdue), {2, 4, 5, 10, 12})
            self.assertEqual(len(overdue & self.before), 4)
            tasks = self.env["mail.activity"].search(
                [("res_model", "=", "crm.lead"), ("res_id", "in", self.all_leads().ids)]
            )
            late = tasks.filtered(lambda task: task.state == "overdue")
            self.assertEqual(set(late.mapped("res_id")), set(overdue.ids))
            asleep = leads.search([*here, ("dealer_asleep", "=", True)])
            self.assertEqual(self.numbers(asleep), {2, 12})
            self.assertEqual(len(asleep), 2)
            ungraded = self.of_week()._clock_open("grading")
            ungraded = ungraded.filtered(lambda clock: clock.due_at < at(20, day=SUN))
            self.assertEqual(ungraded.mapped("res_id"), self.ids_of(18))

    def test_orders(self):
        orders = self.env["dealer.order"].with_user(self.sales_director)
        here = [("unit_id", "=", self.store_a.id)]
        self.assertEqual(
            dict(orders._read_group(here, ["state"], ["__count"])),
            {"ordered": 2, "planned": 1, "delivered": 2, "cancelled": 1},
        )
        self.assertEqual(
            dict(orders._read_group(here, ["consultant_id"], ["__count"])),
            {self.people[1]: 3, self.people[2]: 3},
        )
        self.assertEqual(orders.search_count([*here, ("is_direct", "=", True)]), 2)
        delivered = orders.search([*here, ("state", "=", "delivered")])
        self.assertEqual(len(delivered.vehicle_id), 2)
        for order in delivered:
            self.assertEqual(order.vehicle_id.current_owner_id, order.partner_id)
        self.assertEqual(set(delivered.relation_id.mapped("stage")), {"owner"})
        self.assertEqual(self.leads[11].won_status, "won")
        self.assertEqual(self.leads[12].won_status, "pending")

    def test_defeats(self):
        defeats = self.env["dealer.defeat"].search([("lead_id", "in", self.of_week().ids)])
        states = dict(
            self.env["dealer.defeat"]._read_group(
                [("id", "in", defeats.ids)], ["state"], ["__count"]
            )
        )
        self.assertEqual(states, {"confirmed": 2, "reactivated": 1, "returned": 1, "asked": 1})
        decided = len(defeats.filtered("decided_at"))
        open_before = len(self.before)
        self.assertEqual(states["confirmed"] / (states["confirmed"] + open_before), 2 / 12)
        self.assertEqual(states["confirmed"] / decided, 0.5)
        self.assertEqual(states["returned"] / len(defeats), 0.2)
        lost = self.of_week().filtered(lambda lead: lead.won_status == "lost")
        self.assertEqual(self.numbers(lost), {13, 14})
        bought = defeats.filtered("competitor_brand")
        self.assertEqual((bought.lead_id, bought.competitor_price), (self.leads[14], 125000))
