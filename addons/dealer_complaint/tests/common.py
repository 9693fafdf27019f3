from freezegun import freeze_time

from odoo.addons.dealer_base.tests.common import DealerCase
from odoo.addons.dealer_clock.tests.common import at


class ComplaintCase(DealerCase):
    """A customer with a car complains in store A; each post of the flow is a person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("case", cls.store_a)
        cls.tickets = cls.env["helpdesk.ticket"]
        cls.kind = cls.env.ref("dealer_complaint.kind_repair_not_fixed")

    def prepare_case(self, **values):
        return {
            "name": "Noise after the repair",
            "facts": "Repaired on Friday, the noise is back.",
            "feelings": "Angry, third time here.",
            "demands": "Wants it fixed and the bill back.",
            "partner_id": self.customer.partner.id,
            "vehicle_id": self.customer.vehicle.id,
            "kind_id": self.kind.id,
            "company_id": self.store_a.company_id.id,
            **values,
        }

    def register(self, moment=None, user=None, **values):
        """Write a complaint down as care agent."""
        with freeze_time(moment or at(9)):
            return (
                self.tickets.with_user(user or self.care_agent)
                .with_company(self.store_a.company_id)
                .create(self.prepare_case(**values))
                .sudo()
            )

    def step(self, case, name, user, moment=None, opinion="Seen", **values):
        """Sign a step as ``user``, the way people do."""
        with freeze_time(moment or at(9, 5)):
            self.env["dealer.case.step"].with_user(user).create(
                {"ticket_ids": case.ids, "step": name, "opinion": opinion, **values}
            ).action_sign()

    def to_handling(self, case, handler=None, moment=None):
        handler = handler or self.service_advisor
        self.step(case, "care_opinion", self.care_manager, moment)
        self.step(case, "gm_opinion", self.general_manager, moment)
        self.step(case, "dispatch", self.service_manager, moment, handler_id=handler.id)
        with freeze_time(moment or at(9, 5)):
            case.with_user(handler).action_start()

    def tick(self, moment):
        with freeze_time(moment):
            self.env["dealer.clock"]._drain()

    def name_cause(self, case, cause="process_repair", **values):
        case.with_user(self.care_manager).write(
            {"cause_id": self.env.ref(f"dealer_complaint.cause_{cause}").id, **values}
        )
