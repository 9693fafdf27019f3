from datetime import timedelta

from .common_visit import VisitCase


class TestVisitReport(VisitCase):
    """Figures of a small day, worked out by hand.

    Consultant 1: four first visits of new guests (three by themselves, one invited), three left a
    number; one invited customer on file; one repeated visit; one delivery; one incomplete record.
    Consultant 2: one first visit without number. One cancelled visit counts nowhere.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = []
        whole = {"series": "速腾", "source_id": cls.source.id, "visitor_name": "客人"}
        one, two = cls.sales_consultant.id, cls.teammate.id

        def add(close="continue", **values):
            phone = values.pop("phone", None)
            answer = cls.desk.reception_register(
                {**whole, "consultant_id": one, **values, "phone": phone}
            )
            visit = cls.desk.browse(answer["id"])
            if close:
                visit.action_receive()
                visit._close(close)
            cls.day.append(visit)
            return visit

        first = add(phone=cls.next_phone())
        add(phone=cls.next_phone())
        add(phone=cls.next_phone(), invited=True)
        add()
        add(relation_id=cls.own.relation.id, invited=True)
        first.sudo().arrived_at -= timedelta(days=2)
        add(relation_id=first.relation_id.id).sudo().drove = True
        add(purpose="delivery", close="done")
        add(series=False)
        add(consultant_id=two)
        add(close=None)._cancel("wrong")

    def rate(self, field, **only):
        domain = [("id", "in", [visit.id for visit in self.day])]
        domain += [(name, "=", value) for name, value in only.items()]
        [(rate,)] = self.env["dealer.visit.report"]._read_group(domain, [], [f"{field}:avg"])
        return round(rate, 4)

    def test_three_denominators(self):
        mine = {"consultant_id": self.sales_consultant.id}
        # 3 kept of 4 new guests; the customer on file and the incomplete record are out.
        self.assertEqual(self.rate("rate_new", **mine), 0.75)
        # Natural first visits: 2 kept, 1 not, 1 incomplete without number.
        self.assertEqual(self.rate("rate_natural", **mine), 0.5)
        # All first visits: 4 new, 1 on file, 1 incomplete; 4 of 6 with a number.
        self.assertEqual(self.rate("rate_first", **mine), 0.6667)
        self.assertEqual(self.rate("rate_new"), 0.6)
        self.assertEqual(self.rate("rate_new", consultant_id=self.teammate.id), 0.0)

    def test_kinds_of_traffic_add_up(self):
        rows = self.env["dealer.visit.report"]._read_group(
            [("id", "in", [visit.id for visit in self.day])], ["traffic"], ["visits:sum"]
        )
        self.assertEqual(
            dict(rows),
            {
                "first_kept": 3,
                "first_known": 1,
                "first_open": 2,
                "repeat": 1,
                "non_sales": 1,
                "incomplete": 1,
            },
        )

    def test_drives(self):
        # One drive among 3 kept + 1 on file + 1 repeated.
        self.assertEqual(self.rate("rate_drive"), 0.2)

    def test_figures_of_the_clerk(self):
        mine = {"clerk_id": self.reception.id}
        self.assertEqual(self.rate("rate_accurate", **mine), 1.0)
        # The first one was registered two days after the arrival that was entered later.
        self.assertEqual(self.rate("rate_timely", **mine), 0.8889)
        self.day[7]._return("车系")
        with self.later(minutes=20):
            self.day[3].write({"party_size": 3})
        self.assertEqual(self.rate("rate_accurate", **mine), 0.7778)

    def test_own_figures_only(self):
        report = self.env["dealer.visit.report"]
        ids = [("id", "in", [visit.id for visit in self.day])]
        for user, count in (
            (self.reception, 9),
            (self.sales_director, 9),
            (self.sales_consultant, 8),
            (self.teammate, 1),
            (self.stranger, 0),
        ):
            self.assertEqual(report.with_user(user).search_count(ids), count, user.login)
        self.assertFalse(report.with_user(self.consultant_b).search_count(ids))
