from freezegun import freeze_time

from .common import ReportCase, at

COUNTS = ("received", "asked", "waiting", "defeated", "refused", "reactivated")


class TestDefeats(ReportCase):
    """Receptions and defeats of April 2026, worked out by hand.

    Received: “one” two new customers in April (one came again) and one on the last evening of
    March; the mate one. Defeats of “one”: confirmed five minutes into April, taken up again, sent
    back, not decided. The mate: one, whose customer was handed over since.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        guest, phone = cls.guest, cls.next_phone
        visits = guest("2026-04-10 10:00", phone=phone())
        visits |= guest("2026-04-11 10:00")
        visits |= guest("2026-04-12 10:00", relation_id=visits[0].relation_id.id)
        visits |= guest("2026-04-12 11:00", consultant=cls.teammate, phone=phone())
        visits |= guest("2026-03-31 23:55", phone=phone())
        visits |= guest("2026-04-13 10:00", purpose="paperwork", close="done")
        cls.came = visits
        cls.midnight = cls.give_up(cls.prospect("Midnight"), "2026-03-31 20:00", "2026-04-01 00:05")
        cls.revived = cls.give_up(cls.prospect("Revived"), "2026-04-05 10:00", "2026-04-06 10:00")
        with freeze_time(at("2026-04-20 10:00")):
            cls.revived.lead_id.with_user(cls.sales_director).action_dealer_reactivate()
        cls.refused = cls.give_up(
            cls.prospect("Refused"), "2026-04-07 10:00", "2026-04-08 10:00", answer="return"
        )
        cls.open = cls.give_up(cls.prospect("Open"), "2026-04-09 10:00")
        cls.bought = cls.give_up(
            cls.prospect("Bought", cls.teammate, grade="A", dealer_series="探岳"),
            "2026-04-09 10:00",
            "2026-04-09 11:00",
            reason_id=cls.env.ref("dealer_leads.defeat_reason_other_price_too_high").id,
            competitor_kind="other",
            competitor_brand="丰田",
            competitor_series="荣放",
        )
        cls.bought.relation_id._assign({"consultant_id": cls.stranger.id}, "调整")
        cls.report = cls.env["dealer.defeat.report"]
        defeats = cls.midnight | cls.revived | cls.refused | cls.open | cls.bought
        cls.domain = ["|", ("visit_id", "in", visits.ids), ("defeat_id", "in", defeats.ids)]

    def counts(self, *only, names=(*COUNTS, "rate_defeat", "rate_refused")):
        rows = self.report.search([*self.domain]).ids
        specs = [f"{name}:{'avg' if name.startswith('rate') else 'sum'}" for name in names]
        [values] = self.report._read_group([("id", "in", rows), *only], [], specs)
        return tuple(round(value, 4) if isinstance(value, float) else value for value in values)

    APRIL = (("day", ">=", "2026-04-01"), ("day", "<=", "2026-04-30"))

    def test_april(self):
        self.assertEqual(self.counts(*self.APRIL), (3, 5, 1, 2, 1, 1, 0.6667, 0.2))

    def test_consultants(self):
        mine = ("consultant_id", "=", self.sales_consultant.id)
        self.assertEqual(self.counts(*self.APRIL, mine), (2, 4, 1, 1, 1, 1, 0.5, 0.25))
        # Who asked, whoever serves the customer since.
        mate = ("consultant_id", "=", self.teammate.id)
        self.assertEqual(self.counts(*self.APRIL, mate), (1, 1, 0, 1, 0, 0, 1.0, 0.0))
        stranger = ("consultant_id", "=", self.stranger.id)
        self.assertEqual(self.counts(stranger)[:2], (False, False))

    def test_march(self):
        march = ("day", "<", "2026-04-01")
        self.assertEqual(self.counts(march), (1, 0, 0, 0, 0, 0, 0.0, False))
        # A day with defeats and without guests has no rate.
        self.assertIs(self.counts(("day", "=", "2026-04-01"))[6], False)

    def test_lost_again(self):
        """A customer who was taken up again and is lost for good is one defeat."""
        again = self.give_up(self.revived.lead_id, "2026-04-25 10:00", "2026-04-26 10:00")
        rows = self.report.search([("defeat_id", "in", (self.revived | again).ids)])
        self.assertEqual(sum(rows.mapped("defeated")), 1)
        self.assertEqual(sum(rows.mapped("reactivated")), 1)
        self.assertEqual(rows.filtered("defeated").day.isoformat(), "2026-04-26")

    def test_reasons_and_competitors(self):
        lost = [*self.domain, ("defeated", "=", 1)]
        reason = self.bought.reason_id
        groups = dict(self.report._read_group(lost, ["reason_group_id"], ["defeated:sum"]))
        self.assertEqual(groups[reason.parent_id], 1)
        self.assertEqual(sum(groups.values()), 2)
        self.assertEqual(
            self.report._read_group(
                [*lost, ("competitor_kind", "=", "other")],
                ["series", "competitor_brand", "competitor_series"],
                ["defeated:sum"],
            ),
            [("探岳", "丰田", "荣放", 1)],
        )

    def test_grade_before(self):
        grades = {
            grade.code: lost
            for grade, lost in self.report._read_group(
                [*self.domain, ("defeated", "=", 1)], ["grade_id"], ["defeated:sum"]
            )
        }
        self.assertEqual(grades, {"A": 1, "B": 1})

    def test_received_is_the_figure_of_the_showroom(self):
        first = self.visit_report.search_count(
            [("id", "in", self.came.ids), ("traffic", "=like", "first%")]
        )
        self.assertEqual(self.counts()[0], first)
        self.assertEqual(first, 4)

    def test_row_opens_its_record(self):
        for row in self.report.search(self.domain):
            action = row.action_open_record()
            record = row.visit_id or row.defeat_id
            self.assertEqual((action["res_model"], action["res_id"]), (record._name, record.id))
