from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields

from .common_dcc import DccCase

#: Monday 2026-03-02 09:00 in Ningbo.
MONDAY = datetime(2026, 3, 2, 1, 0)


class TestDccWeek(DccCase):
    """A fixed week of the call centre, its figures worked out by hand before the code ran.

    Agent 1 sits outbound, agent 2 inbound, the teammate is a consultant on the direct-sales seat.

    Agent 1 (outbound)                        what counts
    Mon  picks C1..C5                         5 picks
    Mon  C1 reached, invited Wed              call, reached, invitation
         C2 reached, invited Thu              call, reached, invitation
         C3 reached, call again               call, reached
         C4 nobody answers                    call
         C5 nobody answers often, given back  call
    Tue  C4 reached, invited Thu              call, reached, invitation
    Wed  C1 comes to the teammate, orders     arrival, order; received, closed
    Thu  C2 does not come (no-show)
         C4 comes to the teammate, no order   arrival; received
    Agent 2 (inbound)
    Mon  E1 rings, invited Tue                call, reached, invitation (no pick)
    Tue  E1 comes to the consultant, orders   arrival, order; not received by the direct seat
    Tue  picks C5 after the cool-off          pick
    Tue  C5 reached, invited for next Monday  call, reached, invitation, still open on Sunday

    seat / person       picks calls reached invited arrived orders received closed
    outbound / agent 1      5     6       4       3       2      1        –      –
    inbound  / agent 2      1     2       2       2       1      1        –      –
    direct   / teammate     –     –       –       –       –      –        2      1

    rates     reached÷calls  invited÷reached  arrived÷invited    orders÷arrived
    agent 1      4/6             3/4           2/3                  1/2
    agent 2      2/2             2/2           1/1 (one open)       1/1
    together     6/8             5/6           3/4                  2/3
    closed ÷ received of the teammate: 1/2
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dcc_agent.dealer_dcc_seat = "outbound"
        cls.second_agent.dealer_dcc_seat = "inbound"
        cls.teammate.dealer_dcc_seat = "direct"

    def at(self, days, hours=0):
        return freeze_time(MONDAY + timedelta(days=days, hours=hours))

    def order(self, relation, consultant):
        order = (
            self.env["dealer.order"]
            .with_user(consultant)
            .create(
                {
                    "partner_id": relation.partner_id.id,
                    "unit_id": relation.unit_id.id,
                    "series": "速腾",
                    "price": 130000,
                }
            )
        )
        order.action_order()
        return order

    def receive(self, relation, consultant):
        visit = self.visit(relation)
        visit.with_user(self.reception)._hand_to(consultant)
        visit.with_user(consultant).action_receive()
        return visit

    def work_the_week(self):
        with self.at(0):
            entries = [self.pooled(f"C{number}") for number in range(1, 6)]
            one, two, three, four, five = (self.take(entry) for entry in entries)
            relations = [entry.relation_id for entry in entries]
            leads = [entry.lead_id for entry in entries]
        with self.at(0, 1):
            self.finish(one, "invited", invite_at=MONDAY + timedelta(days=2, hours=1))
            self.finish(two, "invited", invite_at=MONDAY + timedelta(days=3, hours=1))
            day = fields.Date.context_today(three)
            self.finish(three, "interested", next_date=day + timedelta(days=1))
            self.finish(four, "no_answer", next_date=day + timedelta(days=1))
            self.finish(five, "often_no_answer")
        with self.at(0, 2):
            wizard = self.env["dealer.dcc.inbound"].with_user(self.second_agent)
            wizard = wizard.create({"phone": "19900785599", "name": "热线客", "series": "迈腾"})
            ring = self.call_of(wizard.action_begin(), self.second_agent)
            self.finish(ring, "invited", invite_at=MONDAY + timedelta(days=1, hours=3))
        with self.at(1, 2):
            action = leads[3].with_user(self.dcc_agent).action_dealer_dcc_call()
            self.finish(
                self.call_of(action), "invited", invite_at=MONDAY + timedelta(days=3, hours=2)
            )
            again = self.pool.search([("lead_id", "=", leads[4].id), ("state", "=", "waiting")])
            again.seat = "inbound"
        with self.at(1, 3):
            relation = ring.lead_id.dealer_relation_id
            self.receive(relation, self.sales_consultant)
            self.order(relation, self.sales_consultant)
            call = self.take(again, self.second_agent)
            self.finish(call, "invited", invite_at=MONDAY + timedelta(days=7))
        with self.at(2, 1):
            self.receive(relations[0], self.teammate)
            self.order(relations[0], self.teammate)
        with self.at(3, 2):
            self.receive(relations[3], self.teammate)
        with self.at(3, 6):
            self.pool._drain()

    def test_figures_by_hand(self):
        self.work_the_week()
        with self.at(6):
            report = self.env["dealer.dcc.report"].with_user(self.general_manager)
            counts = (
                "picks",
                "calls",
                "reached",
                "invited",
                "arrived",
                "orders",
                "received",
                "closed",
            )
            rates = ("rate_reached", "rate_invited", "rate_arrived", "rate_order", "rate_closed")
            week = [("company_id", "=", self.store_a.company_id.id)]
            week += [("date", ">=", MONDAY), ("date", "<", MONDAY + timedelta(days=7))]
            measures = [f"{name}:sum" for name in counts] + [f"{name}:avg" for name in rates]
            rows = {
                (seat, user): (numbers[:8], numbers[8:])
                for seat, user, *numbers in report._read_group(week, ["seat", "user_id"], measures)
            }
            self.assertEqual(
                {key: row[0] for key, row in rows.items()},
                {
                    ("outbound", self.dcc_agent): [5, 6, 4, 3, 2, 1, 0, 0],
                    ("inbound", self.second_agent): [1, 2, 2, 2, 1, 1, 0, 0],
                    ("direct", self.teammate): [0, 0, 0, 0, 0, 0, 2, 1],
                },
            )
            self.assertRates(
                rows["outbound", self.dcc_agent][1], [4 / 6, 3 / 4, 2 / 3, 1 / 2, None]
            )
            self.assertRates(rows["inbound", self.second_agent][1], [1, 1, 1, 1, None])
            self.assertRates(rows["direct", self.teammate][1], [None, None, None, None, 1 / 2])
            [total] = report._read_group(week, [], measures)
            self.assertEqual(list(total[:8]), [6, 8, 6, 5, 3, 2, 2, 1])
            self.assertRates(total[8:], [6 / 8, 5 / 6, 3 / 4, 2 / 3, 1 / 2])
            own = report.with_user(self.dcc_agent)._read_group(week, ["user_id"], ["calls:sum"])
            self.assertEqual(own, [(self.dcc_agent, 6)], "agents see their own figures")

    def assertRates(self, found, expected):
        for value, wanted in zip(found, expected, strict=True):
            if wanted is None:
                self.assertFalse(value)
            else:
                self.assertAlmostEqual(value, wanted)

    def test_cancelled_orders_count_no_more(self):
        self.work_the_week()
        sold = self.env["dealer.order"].search([("consultant_id", "=", self.teammate.id)])
        sold._cancel(self.reason, "x")
        report = self.env["dealer.dcc.report"].sudo()
        rows = report._read_group(
            [("user_id", "in", (self.dcc_agent | self.teammate).ids)],
            ["user_id"],
            ["orders:sum", "closed:sum"],
        )
        self.assertEqual(
            {user: numbers for user, *numbers in rows},
            {self.dcc_agent: [0, 0], self.teammate: [0, 0]},
        )
