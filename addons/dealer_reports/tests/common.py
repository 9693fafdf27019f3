from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from freezegun import freeze_time

from odoo.addons.dealer_leads.tests.common_dcc import DccCase

STORE = ZoneInfo("Asia/Shanghai")


def at(text):
    """Return the moment that the clock of the store shows as ``YYYY-MM-DD hh:mm``, naive UTC."""
    local = datetime.fromisoformat(text).replace(tzinfo=STORE)
    return local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


class ReportCase(DccCase):
    """Guests, orders and defeats at chosen moments; the store's time is UTC+8."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit_report = cls.env["dealer.visit.report"]
        cls.source = cls.env.ref("dealer_leads.utm_source_hotline")
        cls.walkin = cls.env.ref("dealer_leads.utm_source_walkin")

    @classmethod
    def guest(cls, moment, consultant=None, close="continue", stays=30, waits=1, **values):
        """Register guests, let them be received and leave; return the visit.

        :param str moment: of arrival, by the clock of the store
        :param close: how the visit ended, None while they are here
        """
        consultant = consultant or cls.sales_consultant
        arrived = at(moment)
        with freeze_time(arrived):
            answer = (
                cls.env["dealer.visit"]
                .with_user(cls.reception)
                .reception_register(
                    {
                        "visitor_name": "客人",
                        "series": "速腾",
                        "source_id": cls.source.id,
                        "consultant_id": consultant.id,
                        **values,
                    }
                )
            )
        visit = cls.env["dealer.visit"].browse(answer["id"])
        if waits is not None:
            with freeze_time(arrived + timedelta(minutes=waits)):
                visit.action_receive()
        if close:
            with freeze_time(arrived + timedelta(minutes=stays)):
                visit._close(close)
        return visit

    def figures(self, model, rows, measures, **only):
        """Return the sums of ``measures`` over the rows with these ids."""
        domain = [("id", "in", rows)] + [(name, "=", value) for name, value in only.items()]
        specs = [f"{name}:{self.env[model]._fields[name].aggregator or 'sum'}" for name in measures]
        [values] = self.env[model]._read_group(domain, [], specs)
        return {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in zip(measures, values, strict=True)
        }

    @classmethod
    def sell(cls, relation, day, deliver=False):
        """Return an order of the customer, made on ``day``."""
        order = cls.env["dealer.order"].create(
            {
                "partner_id": relation.partner_id.id,
                "unit_id": relation.unit_id.id,
                "brand": "大众",
                "series": "速腾",
                "price": 138000,
                "vin": cls.next_vin(),
                "ordered_on": day,
            }
        )
        order.action_order()
        if deliver:
            order._deliver()
        return order

    @classmethod
    def give_up(cls, lead, asked, decided=None, answer="confirm", consultant=None, **values):
        """Ask for the defeat of a lead, and decide about it where a moment is given."""
        with freeze_time(at(asked)):
            defeat = (
                cls.env["dealer.defeat"]
                .with_user(consultant or lead.user_id)
                .create(
                    {
                        "lead_id": lead.id,
                        "reason_id": cls.env.ref(
                            "dealer_leads.defeat_reason_none_cannot_be_reached"
                        ).id,
                        **values,
                    }
                )
            )
        if decided:
            with freeze_time(at(decided)):
                boss = defeat.with_user(cls.sales_director)
                if answer == "confirm":
                    boss.action_confirm()
                else:
                    boss._return("再打一次")
        return defeat.with_user(cls.env.user)

    @classmethod
    def prospect(cls, tag, consultant=None, received="2026-03-02 09:00", grade="B", **values):
        """Return a graded lead of a new customer of the consultant."""
        consultant = consultant or cls.sales_consultant
        customer = cls.make_customer(tag, car=False, consultant_id=consultant.id)
        with freeze_time(at(received)):
            lead = cls.make_lead(customer, dealer_received_at=at(received), **values)
            if grade:
                lead._dealer_set_grade(grade, "聊过")
        return lead
