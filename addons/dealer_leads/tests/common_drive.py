from datetime import timedelta

from odoo import fields

from .common_order import OrderCase

#: A 1x1 picture, as the signature pad sends it.
SIGNATURE = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def number_of(body):
    """Return an ID number of 17 given places with the digit that fits."""
    from stdnum.cn import ric

    return body + ric.calc_check_digit(body + "0")


class DriveCase(OrderCase):
    """Store A has two cars (one manual), its consultants ride along; store B has a car."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.number = number_of("33020319850615441")
        cls.engine = cls.env["dealer.capacity"]
        cls.drives = cls.env["dealer.test.drive"]
        cls.brand = cls.env["fleet.vehicle.model.brand"].create({"name": "测试牌"})
        cls.car = cls.make_drive_car("速腾", cls.store_a)
        cls.manual = cls.make_drive_car("桑塔纳", cls.store_a, transmission="manual")
        cls.car_b = cls.make_drive_car("逸动", cls.store_b)
        kind = cls.env.ref("dealer_leads.kind_salesperson")
        cls.companions = {}
        for user, store in (
            (cls.sales_consultant, cls.store_a),
            (cls.teammate, cls.store_a),
            (cls.stranger, cls.store_a),
            (cls.consultant_b, cls.store_b),
        ):
            cls.companions[user] = cls.env["dealer.capacity.resource"].create(
                {
                    "name": user.name,
                    "kind_id": kind.id,
                    "unit_id": store.id,
                    "user_id": user.id,
                    "unit_minutes": 15,
                }
            )
        cls.city, cls.motorway = (
            cls.env.ref(f"dealer_leads.test_drive_route_{name}") for name in ("city", "motorway")
        )

    @classmethod
    def make_drive_car(cls, series, store, **values):
        model = cls.env["fleet.vehicle.model"].create({"name": series, "brand_id": cls.brand.id})
        car = cls.env["fleet.vehicle"].create(
            {
                "model_id": model.id,
                "license_plate": cls.next_plate(),
                "transmission": "automatic",
                "fuel_type": "gasoline",
                "company_id": store.company_id.id,
                "dealer_unit_id": store.id,
                **values,
            }
        )
        return cls.env["dealer.capacity.resource"].create(
            {
                "name": f"{series} {car.license_plate}",
                "kind_id": cls.env.ref("dealer_capacity.kind_demo_car").id,
                "unit_id": store.id,
                "unit_minutes": 15,
                "fleet_vehicle_id": car.id,
            }
        )

    @classmethod
    def soon(cls, hours=1, days=0):
        """Return a full quarter of an hour that is to come, of today if ``hours`` is small."""
        now = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        return now + timedelta(days=days, hours=hours)

    @classmethod
    def make_drive(cls, customer=None, user=None, **values):
        """Book a drive as ``user``, who is the consultant of the customer by default."""
        customer = customer or cls.buyer
        relation = customer.relation[:1]
        user = user or relation.consultant_id
        store = relation.unit_id
        return (
            cls.drives.with_user(user)
            .with_company(store.company_id)
            .create(
                {
                    "partner_id": customer.partner.id,
                    "unit_id": store.id,
                    "car_id": cls.car.id if store == cls.store_a else cls.car_b.id,
                    "user_id": relation.consultant_id.id,
                    "route_id": cls.city.id,
                    "start": cls.soon(),
                    **values,
                }
            )
        )

    def check(self, drive, **values):
        day = drive._today()
        known = {
            "number": self.number,
            "code": "C1",
            "until": day + timedelta(days=400),
            "first_on": day - timedelta(days=3000),
            **values,
        }
        drive._check_licence(**known)
        return drive

    def sign(self, drive):
        drive._sign(SIGNATURE, "王先生", agreed=True)
        return drive

    def make_signed(self, **values):
        return self.sign(self.check(self.make_drive(**values)))

    def make_driving(self, mileage=1000, **values):
        drive = self.make_signed(**values)
        drive._start_drive(mileage, 80)
        return drive

    def make_returned(self, mileage=1000, km=9, **values):
        drive = self.make_driving(mileage, **values)
        drive._return_car(mileage + km, 75)
        return drive
