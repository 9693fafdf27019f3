from odoo.fields import Command

from odoo.addons.dealer_capacity.tests.common import CapacityCase, at


class AppointmentCase(CapacityCase):
    """Store A with two bays, technicians Ann and Bob, and its advisor; a menu of two services."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.appointments = cls.env["dealer.appointment"]
        cls.advisor_kind = cls.env.ref("dealer_capacity.kind_advisor")
        cls.desk = cls.make_resource(
            "Advisor", cls.advisor_kind, unit_minutes=15, user_id=cls.service_advisor.id
        )
        cls.env["dealer.service.offpeak"].search([]).active = False
        cls.minor = cls.make_item("Minor", 60, price_from=400, price_to=700)
        cls.aircon = cls.make_item("Air", 30, price_from=100, price_to=200)
        cls.owner = cls.make_customer("Owner")
        cls.second = cls.make_customer("Second")
        cls.third = cls.make_customer("Third")

    @classmethod
    def make_item(cls, name, minutes, skills=None, **values):
        job = cls.env["dealer.capacity.job"].create(
            {
                "name": name,
                "need_ids": [
                    Command.create({"kind_id": cls.bay_kind.id, "minutes": minutes}),
                    Command.create(
                        {
                            "kind_id": cls.person_kind.id,
                            "minutes": minutes,
                            "skill_ids": [Command.set(skills.ids if skills else [])],
                        }
                    ),
                    Command.create({"kind_id": cls.advisor_kind.id, "minutes": 15}),
                ],
            }
        )
        return cls.env["dealer.service.item"].create({"name": name, "job_id": job.id, **values})

    @classmethod
    def make(cls, customer=None, start=None, items=None, **more):
        """Book as the system does for a checked page or desk."""
        customer = customer or cls.owner
        return cls.appointments._make(
            customer.partner,
            customer.vehicle,
            cls.store_a,
            items or cls.minor,
            start or at(9),
            **more,
        )

    def book_wizard(self, user=None, **values):
        return (
            self.env["dealer.appointment.book"]
            .with_user(user or self.service_advisor)
            .create({"day": at(9).date(), "unit_id": self.store_a.id, **values})
        )

    def take(self, wizard, moment):
        """Press “Take” at a time and return the appointment as the system."""
        (slot,) = wizard.slot_ids.filtered(lambda slot: slot.start == moment)
        action = slot.action_take()
        return self.appointments.browse(action["res_id"])
