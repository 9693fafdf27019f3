from freezegun import freeze_time

from odoo.tools import mute_logger

from .common import ReportCase, at

DAYS = tuple(f"d{number:02}" for number in range(1, 32))


class TestProgress(ReportCase):
    """A prospect over the end of March 2026, worked out by hand.

    ============  =========================  ================
    moment        what                       cell
    ============  =========================  ================
    03-30 09:00   enquiry received
    03-31 23:50   call; graded B at 23:55    March 31: B
    04-01 00:10   call; graded A at 00:20    April 1: A
    04-05         two calls; H in between    April 5: H
    04-10 10:00   call                       April 10: H
    04-11 10:00   the customer enquires      –
    04-15 10:00   graded C, no contact       –
    ============  =========================  ================
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.prospect("Course", received="2026-03-30 09:00", grade=None)
        cls.progress = cls.env["dealer.prospect.progress"]
        for moment in (
            "2026-03-31 23:50",
            "2026-04-01 00:10",
            "2026-04-05 09:00",
            "2026-04-05 21:00",
            "2026-04-10 10:00",
        ):
            cls.contact(cls.lead, moment)
        cls.contact(cls.lead, "2026-04-11 10:00", kind="enquiry", direction="in")
        for moment, code in (
            ("2026-03-31 23:55", "B"),
            ("2026-04-01 00:20", "A"),
            ("2026-04-05 12:00", "H"),
            ("2026-04-15 10:00", "C"),
        ):
            with freeze_time(at(moment)):
                cls.lead._dealer_set_grade(code, "聊过")

    @classmethod
    def contact(cls, lead, moment, **values):
        return cls.env["dealer.interaction"].create(
            {
                "kind": "call",
                "partner_id": lead.partner_id.id,
                "unit_id": lead.dealer_unit_id.id,
                "user_id": cls.sales_consultant.id,
                "start": at(moment),
                "res_model": "crm.lead",
                "res_id": lead.id,
                **values,
            }
        )

    def rows(self, leads=None, now="2026-04-30 23:30"):
        """Return the rows of the leads by month, as they are at the end of April."""
        with freeze_time(at(now)):
            rows = self.progress.search([("lead_id", "in", (leads or self.lead).ids)])
            rows.read()
        return {row.month.isoformat()[:7]: row for row in rows.sorted("month")}

    def cells(self, row):
        return {int(name[1:]): row[name] for name in DAYS if row[name]}

    def test_course(self):
        rows = self.rows()
        self.assertEqual(list(rows), ["2026-03", "2026-04"])
        march, april = rows.values()
        self.assertEqual(self.cells(march), {31: "B"})
        self.assertEqual((march.grade_before, march.grade_first, march.contacts), (False, "B", 1))
        self.assertEqual(self.cells(april), {1: "A", 5: "H", 10: "H"})
        self.assertEqual((april.grade_before, april.grade_first, april.contacts), ("B", "B", 4))
        self.assertEqual(april.grade_id.code, "C")

    def test_month_begins_at_the_store(self):
        """Half an hour into May there is a row of May; in Greenwich it is April still."""
        self.assertIn("2026-05", self.rows(now="2026-05-01 00:30"))
        self.assertNotIn("2026-05", self.rows(now="2026-04-30 23:30"))

    def test_contacts_open(self):
        for row in self.rows().values():
            action = row.action_open_contacts()
            count = self.env["dealer.interaction"].search_count(action["domain"])
            self.assertEqual(count, row.contacts)

    def test_closed_lead(self):
        self.give_up(self.lead, "2026-04-20 10:00", "2026-04-21 10:00")
        self.assertEqual(list(self.rows(now="2026-06-15 12:00")), ["2026-03", "2026-04"])

    def test_taken_up_again(self):
        self.give_up(self.lead, "2026-04-20 10:00", "2026-04-21 10:00")
        with freeze_time(at("2026-05-10 10:00")):
            self.lead.with_user(self.sales_director).action_dealer_reactivate()
        rows = self.rows(now="2026-05-15 12:00")
        self.assertEqual(list(rows), ["2026-03", "2026-04", "2026-05"])
        self.assertEqual(rows["2026-05"].grade_before, "F")

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_handed_over(self):
        """The row goes with the customer: whoever serves the prospect today."""
        self.lead.dealer_relation_id._assign({"consultant_id": self.teammate.id}, "调整")
        self.lead.user_id = self.teammate
        rows = self.rows()
        self.assertEqual(rows["2026-04"].consultant_id, self.teammate)
        mine = [("lead_id", "=", self.lead.id)]
        self.assertFalse(self.progress.with_user(self.sales_consultant).search(mine))
        self.assertTrue(self.progress.with_user(self.teammate).search(mine))

    def test_merged_lead_has_no_row(self):
        twin = self.make_lead(self.customers["Course"], dealer_received_at=at("2026-04-02 09:00"))
        self.contact(twin, "2026-04-06 10:00")
        self.assertEqual(list(self.rows(twin)), ["2026-04"])
        self.lead._dealer_merge(twin, "同一辆车")
        self.assertFalse(self.rows(twin))
        april = self.rows()["2026-04"]
        # What was said about the merged one counts for the one that stays.
        self.assertEqual(self.cells(april), {1: "A", 5: "H", 6: "H", 10: "H"})
        self.assertEqual(april.contacts, 5)

    def test_contact_of_two_leads_counts_once(self):
        """A contact that names no lead is one with the latest lead of that time."""
        later = self.make_lead(self.customers["Course"], dealer_received_at=at("2026-04-20 09:00"))
        self.contact(self.lead, "2026-04-19 10:00", res_model=False, res_id=False)
        self.contact(self.lead, "2026-04-21 10:00", res_model=False, res_id=False)
        self.assertEqual(self.rows()["2026-04"].contacts, 5)
        self.assertEqual(self.rows(later)["2026-04"].contacts, 1)

    def test_customers_by_grade(self):
        """客户分析 of April: who is new, who is from before, and how old the cards are."""
        hot = self.prospect("Hot", received="2026-04-10 23:30", grade="H")
        lost = self.prospect("Lost", received="2026-04-20 09:00")
        self.give_up(lost, "2026-04-24 10:00", "2026-04-25 10:00")
        leads = self.lead | hot | lost
        with freeze_time(at("2026-05-15 12:00")):
            rows = {
                (month.isoformat()[:7], grade.code): tuple(values)
                for month, grade, *values in self.progress._read_group(
                    [("lead_id", "in", leads.ids)],
                    ["month:month", "grade_end_id"],
                    [
                        "new_prospects:sum",
                        "age_new:avg",
                        "kept_prospects:sum",
                        "age_kept:avg",
                        "share_new:avg",
                    ],
                )
            }
        self.assertEqual(
            rows,
            {
                ("2026-03", "B"): (1, 1.0, 0, False, 1.0),  # March 30 to 31
                ("2026-04", "C"): (0, False, 1, 31.0, 0.0),  # March 30 to April 30
                ("2026-04", "H"): (1, 20.0, 0, False, 1.0),  # April 10 to 30
                ("2026-04", "F"): (1, 5.0, 0, False, 1.0),  # April 20 to 25
                ("2026-05", "C"): (0, False, 1, 46.0, 0.0),  # to May 15, today
                ("2026-05", "H"): (0, False, 1, 35.0, 0.0),
            },
        )
