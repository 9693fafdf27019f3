import contextlib
import itertools
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ..tools.vin import complete_vin

#: A person of each post works in store A. The name of the post is the end of its group's xml id.
POSTS = (
    "sales_consultant",
    "sales_manager",
    "sales_director",
    "dcc_agent",
    "dcc_lead",
    "reception",
    "service_advisor",
    "service_manager",
    "technician",
    "care_agent",
    "care_manager",
    "marketing_user",
    "marketing_manager",
    "general_manager",
    "group_executive",
)
API_POSTS = ("lead_intake", "gate", "telemetry", "calls", "dms")
#: The field by which a customer is the own customer of a person in this post.
BINDINGS = {
    "sales_consultant": "consultant_id",
    "sales_manager": "consultant_id",
    "sales_director": "consultant_id",
    "dcc_agent": "dcc_agent_id",
    "dcc_lead": "dcc_agent_id",
    "service_advisor": "advisor_id",
    "service_manager": "advisor_id",
}


class Customer:
    """A customer with all that a dealership knows, and the strings that must not leak."""

    def __init__(self, tag, partner):
        self.tag = tag
        self.partner = partner
        env = partner.env
        self.relation = env["dealer.relation"]
        self.vehicle = env["dealer.vehicle"]
        self.owner = env["dealer.vehicle.owner"]
        self.reading = env["dealer.vehicle.reading"]
        self.interaction = env["dealer.interaction"]
        self.consent = env["dealer.consent"]

    @property
    def name_canary(self):
        return f"Canary{self.tag}"

    @property
    def canaries(self):
        """Strings that only those may see who see the customer in full; the name left out."""
        partner = self.partner
        found = [partner.phone, partner.phone_normalized[3:], partner.email, f"street{self.tag}"]
        found += [f"summary{self.tag}", f"version{self.tag}"]
        if self.vehicle:
            found += [self.vehicle.vin, self.vehicle.engine_no]
        return found


@tagged("post_install", "-at_install")
class DealerCase(TransactionCase):
    """A group of dealers with three stores, a person for every post, and customers of each kind.

    ::

        headquarters
        ├── division east    store A: all posts, consultants of two teams     store C: empty
        └── division west    store B: a consultant

    The sales manager and the DCC lead lead the first team of store A. Customers (``cls.customers``)
    are made by :meth:`make_customer`; every string of theirs carries their tag.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={
                **cls.env.context,
                "lang": "en_US",
                "mail_create_nolog": True,
                "mail_notrack": True,
                "no_reset_password": True,
                "tracking_disable": True,
            }
        )
        cls.serial = itertools.count(1)
        cls.make_group()
        cls.make_people()
        cls.customers = {}

    # ------------------------------------------------------------------ the house

    @classmethod
    def make_group(cls):
        unit = cls.env["dealer.unit"]
        cls.headquarters = unit.create(
            {"name": "Test Group", "code": "T-HQ", "kind": "headquarters"}
        )
        cls.east, cls.west = unit.create(
            [
                {
                    "name": f"Division {code}",
                    "code": f"T-{code}",
                    "kind": "division",
                    "parent_id": cls.headquarters.id,
                }
                for code in ("EAST", "WEST")
            ]
        )
        cls.store_a, cls.store_b, cls.store_c = unit.create(
            [
                {"name": f"Store {code}", "code": f"T-{code}", "parent_id": division.id}
                for code, division in (("A", cls.east), ("B", cls.west), ("C", cls.east))
            ]
        )

    @classmethod
    def prepare_person(cls, login, groups, store, **values):
        return {
            "name": login.replace("_", " ").title(),
            "login": login,
            "password": login,
            "email": f"{login}@example.com",
            "company_id": store.company_id.id,
            "company_ids": [Command.set(store.company_id.ids)],
            "group_ids": [Command.set([cls.env.ref(group).id for group in groups])],
            **values,
        }

    @classmethod
    def make_person(cls, login, group, store, **values):
        return cls.env["res.users"].create(
            cls.prepare_person(login, [f"dealer_base.group_{group}"], store, **values)
        )

    @classmethod
    def make_machine(cls, login, group, portal=False):
        """Make a user for a machine: a group “API: …” and no user type, or that of portal users."""
        groups = [f"dealer_base.group_{group}", *(["base.group_portal"] if portal else [])]
        return cls.env["res.users"].create(cls.prepare_person(login, groups, cls.store_a))

    @classmethod
    def make_people(cls):
        consultant = ["dealer_base.group_sales_consultant"]
        logins = [f"t_{post}" for post in POSTS]
        rows = [
            cls.prepare_person(login, [f"dealer_base.group_{post}"], cls.store_a)
            for login, post in zip(logins, POSTS, strict=True)
        ]
        rows += [
            cls.prepare_person("t_teammate", consultant, cls.store_a),
            cls.prepare_person("t_stranger", consultant, cls.store_a),
            cls.prepare_person("t_consultant_b", consultant, cls.store_b),
            cls.prepare_person("t_system", ["base.group_user", "base.group_system"], cls.store_a),
        ]
        users = cls.env["res.users"].create(rows)
        cls.users = dict(
            zip((*POSTS, "teammate", "stranger", "consultant_b", "system"), users, strict=True)
        )
        for name, user in cls.users.items():
            setattr(cls, name, user)
        cls.group_executive.dealer_unit_id = cls.east
        cls.team_one, cls.team_two, cls.team_dcc = cls.env["dealer.team"].create(
            [
                {
                    "name": "Team One",
                    "unit_id": cls.store_a.id,
                    "manager_ids": [Command.set(cls.sales_manager.ids)],
                    "member_ids": [Command.set((cls.sales_consultant | cls.teammate).ids)],
                },
                {
                    "name": "Team Two",
                    "unit_id": cls.store_a.id,
                    "manager_ids": [Command.set(cls.sales_director.ids)],
                    "member_ids": [Command.set(cls.stranger.ids)],
                },
                {
                    "name": "Call Centre",
                    "unit_id": cls.store_a.id,
                    "manager_ids": [Command.set(cls.dcc_lead.ids)],
                    "member_ids": [Command.set(cls.dcc_agent.ids)],
                },
            ]
        )

    # ------------------------------------------------------------------ customers

    @classmethod
    def next_phone(cls):
        """Return a mobile number that no demo customer has."""
        return f"1990077{next(cls.serial):04d}"

    @classmethod
    def next_plate(cls):
        return f"浙Z{next(cls.serial):05d}"

    @classmethod
    def next_vin(cls):
        return complete_vin(f"LZZTEST00T0{next(cls.serial):06d}")

    @classmethod
    def make_customer(cls, tag, stores=None, car=True, **binding):
        """Make a customer with relations, car, reading, interaction and consent in ``stores``.

        :param binding: ``consultant_id`` … of the relation with the first store
        """
        stores = stores or cls.store_a
        partner = cls.env["res.partner"].create(
            {
                "name": f"Canary{tag} 客户",
                "phone": cls.next_phone(),
                "email": f"mail{tag}@canary.example".lower(),
                "street": f"street{tag}",
                "is_dealer_customer": True,
            }
        )
        customer = Customer(tag, partner)
        customer.relation = cls.env["dealer.relation"].create(
            [
                {"partner_id": partner.id, "unit_id": store.id, **(binding if not rank else {})}
                for rank, store in enumerate(stores)
            ]
        )
        if car:
            cls.add_car(customer, stores[0])
        customer.interaction = cls.env["dealer.interaction"].create(
            [
                {
                    "partner_id": partner.id,
                    "unit_id": store.id,
                    "user_id": next(filter(None, binding.values()), False) if not rank else False,
                    "summary": f"summary{tag}",
                }
                for rank, store in enumerate(stores)
            ]
        )
        customer.consent = cls.env["dealer.consent"].create(
            [
                {
                    "partner_id": partner.id,
                    "unit_id": store.id,
                    "purpose": "marketing",
                    "text_version": f"version{tag}",
                }
                for store in stores
            ]
        )
        cls.customers[tag] = customer
        return customer

    @classmethod
    def add_car(cls, customer, store):
        customer.vehicle = cls.env["dealer.vehicle"].create(
            {
                "vin": cls.next_vin(),
                "plate": cls.next_plate(),
                "engine_no": f"engine{customer.tag}",
                "unit_id": store.id,
                "owner_ids": [Command.create({"partner_id": customer.partner.id})],
            }
        )
        customer.owner = customer.vehicle.owner_ids
        customer.reading = cls.env["dealer.vehicle.reading"].create(
            {
                "vehicle_id": customer.vehicle.id,
                "mileage": 51000 + next(cls.serial),
                "unit_id": store.id,
            }
        )

    # ------------------------------------------------------------------ asking

    @contextlib.contextmanager
    def request_of(self, env):
        """Let the ORM take ``env`` for that of the request, as it is when a client calls.

        In a test it is the superuser's, which lines below partners and users are written with
        (``_allow_sudo_commands``).
        """
        with patch.object(self.env.transaction, "default_env", env):
            yield

    def attempt(self, action):
        """Return the exception that ``action()`` ends with, or None; nothing of it stays."""
        self.env.flush_all()
        error = None
        with self.env.cr.savepoint(flush=False) as savepoint:
            try:
                action()
                self.env.flush_all()
            except Exception as problem:  # noqa: BLE001 the caller judges what it may be
                error = problem
            self.env.transaction.clear()
            savepoint.rollback()
        self.env.invalidate_all()
        return error
