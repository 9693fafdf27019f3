from odoo import fields
from odoo.fields import Command

from .common import API_POSTS, BINDINGS, DealerCase
from .matrix import RoleMatrix

#: What each post may do, model by model. The columns say whose customer (or row) it is:
#:
#: own       bound to the person itself          pool    of the store, bound to nobody (no car)
#: team      of a colleague in the person's team; has a car
#: house     of a colleague in another team; has a car
#: prospect  the same, but has no car            other   of another store
#:
#: The letters: r read, w write, c create, d delete, k comment on, . refused; - there is no such row.
MATRIX = {
    # The card: name, plates, masked number, who serves. Creating is registering a new customer.
    "dealer.relation": """
                        own   team  house prospect pool  other
        sales_consultant rwc. .... .... .... r.c. ....
        sales_manager    rwc. rwc. .... .... rwc. ....
        sales_director   rwc. rwc. rwc. rwc. rwc. ....
        dcc_agent        rwc. .... .... .... r.c. ....
        dcc_lead         rwc. rwc. .... .... rwc. ....
        reception        -    r.c. r.c. r.c. r.c. ....
        service_advisor  rwc. rw.. rw.. .... .... ....
        service_manager  rwc. rw.. rw.. .... .... ....
        technician       -    r... r... .... .... ....
        care_agent       -    rw.. rw.. .... .... ....
        care_manager     -    rw.. rw.. .... .... ....
        marketing_user   -    .... .... .... .... ....
        marketing_manager -   r... r... r... r... ....
        general_manager  -    rwc. rwc. rwc. rwc. ....
        group_executive  -    rwc. rwc. rwc. rwc. ....
        system           -    rwcd rwcd rwcd rwcd ....
        """,
    # The file: name, number, address, birthday, chatter.
    "res.partner": """
                        own   team  house prospect pool  other
        sales_consultant rwc. .... .... .... .... ....
        sales_manager    rwc. rwc. .... .... rwc. ....
        sales_director   rwc. rwc. rwc. rwc. rwc. ....
        dcc_agent        rwc. .... .... .... .... ....
        dcc_lead         rwc. rwc. .... .... rwc. ....
        reception        -    .... .... .... .... ....
        service_advisor  rwc. rw.. rw.. .... .... ....
        service_manager  rwc. rw.. rw.. .... .... ....
        technician       -    r... r... .... .... ....
        care_agent       -    rw.. rw.. .... .... ....
        care_manager     -    rw.. rw.. .... .... ....
        marketing_user   -    .... .... .... .... ....
        marketing_manager -   rw.. rw.. rw.. rw.. ....
        general_manager  -    rwc. rwc. rwc. rwc. ....
        group_executive  -    rwc. rwc. rwc. rwc. ....
        system           -    rwcd rwcd rwcd rwcd ....
        """,
    # All that happened with the customer. It is made of other tables, so nobody writes it.
    "dealer.timeline": """
                        own   team  house prospect pool  other
        sales_consultant r... .... .... .... .... ....
        sales_manager    r... r... .... .... r... ....
        sales_director   r... r... r... r... r... ....
        dcc_agent        r... .... .... .... .... ....
        dcc_lead         r... r... .... .... r... ....
        reception        -    .... .... .... .... ....
        service_advisor  r... r... r... .... .... ....
        service_manager  r... r... r... .... .... ....
        technician       -    r... r... .... .... ....
        care_agent       -    r... r... .... .... ....
        care_manager     -    r... r... .... .... ....
        marketing_user   -    .... .... .... .... ....
        marketing_manager -   r... r... r... r... ....
        general_manager  -    r... r... r... r... ....
        group_executive  -    r... r... r... r... ....
        system           -    r... r... r... r... ....
        """,
    # Who served the customer before. Nobody writes it.
    "dealer.relation.log": """
                        own   team  house prospect pool  other
        sales_consultant r... .... .... .... .... ....
        sales_manager    r... r... .... .... r... ....
        sales_director   r... r... r... r... r... ....
        dcc_agent        r... .... .... .... .... ....
        dcc_lead         r... r... .... .... r... ....
        reception        -    .... .... .... .... ....
        service_advisor  r... r... r... .... .... ....
        service_manager  r... r... r... .... .... ....
        technician       -    r... r... .... .... ....
        care_agent       -    r... r... .... .... ....
        care_manager     -    r... r... .... .... ....
        marketing_user   -    .... .... .... .... ....
        marketing_manager -   r... r... r... r... ....
        general_manager  -    r... r... r... r... ....
        group_executive  -    r... r... r... r... ....
        system           -    r... r... r... r... ....
        """,
    # Writing is withdrawing: a consent is evidence and never rewritten.
    "dealer.consent": """
                        own   team  house prospect pool  other
        sales_consultant rwc. .... .... .... .... ....
        sales_manager    rwc. rwc. .... .... rwc. ....
        sales_director   rwc. rwc. rwc. rwc. rwc. ....
        dcc_agent        rwc. .... .... .... .... ....
        dcc_lead         rwc. rwc. .... .... rwc. ....
        reception        -    .... .... .... .... ....
        service_advisor  rwc. rwc. rwc. .... .... ....
        service_manager  rwc. rwc. rwc. .... .... ....
        technician       -    r... r... .... .... ....
        care_agent       -    rwc. rwc. .... .... ....
        care_manager     -    rwc. rwc. .... .... ....
        marketing_user   -    .... .... .... .... ....
        marketing_manager -   rwc. rwc. rwc. rwc. ....
        general_manager  -    rwc. rwc. rwc. rwc. ....
        group_executive  -    rwc. rwc. rwc. rwc. ....
        system           -    rwcd rwcd rwcd rwcd ....
        """,
    # Who sees the customer sees all contacts with it, logs the own ones and rewrites nobody else's.
    # The clerk registers visits and sees the registered ones.
    "dealer.interaction": """
                        own    team   house  prospect pool  other
        sales_consultant rw.c. ..... ..... ..... ..... .....
        sales_manager    rwkc. r.kc. ..... ..... r.kc. .....
        sales_director   rwkc. r.kc. r.kc. r.kc. r.kc. .....
        dcc_agent        rw.c. ..... ..... ..... ..... .....
        dcc_lead         rwkc. r.kc. ..... ..... r.kc. .....
        reception        -     ...c. ...c. ...c. ...c. .....
        service_advisor  rw.c. r..c. r..c. ..... ..... .....
        service_manager  rwkc. r.kc. r.kc. ..... ..... .....
        technician       -     r..c. r..c. ..... ..... .....
        care_agent       -     r..c. r..c. ..... ..... .....
        care_manager     -     r.kc. r.kc. ..... ..... .....
        marketing_user   -     ..... ..... ..... ..... .....
        marketing_manager -    r..c. r..c. r..c. r..c. .....
        general_manager  -     r.kc. r.kc. r.kc. r.kc. .....
        group_executive  -     r.kc. r.kc. r.kc. r.kc. .....
        system           -     r..cd r..cd r..cd r..cd .....
        """,
    # In the column pool: a car that the store recorded and that has no owner.
    "dealer.vehicle": """
                        own   team  house prospect pool  other
        sales_consultant rwc. .... .... - rwc. ....
        sales_manager    rwc. rwc. .... - rwc. ....
        sales_director   rwc. rwc. rwc. - rwc. ....
        dcc_agent        r... .... .... - r... ....
        dcc_lead         r... r... .... - r... ....
        reception        -    .... .... - .... ....
        service_advisor  rwc. rwc. rwc. - rwc. ....
        service_manager  rwc. rwc. rwc. - rwc. ....
        technician       -    rw.. rw.. - rwc. ....
        care_agent       -    rwc. rwc. - rwc. ....
        care_manager     -    rwc. rwc. - rwc. ....
        marketing_user   -    .... .... - .... ....
        marketing_manager -   r... r... - r... ....
        general_manager  -    rwc. rwc. - rwc. ....
        group_executive  -    rwc. rwc. - rwc. ....
        system           -    rwcd rwcd - rwcd ....
        """,
    "dealer.vehicle.owner": """
                        own   team  house prospect pool  other
        sales_consultant rwc. .... .... - - ....
        sales_manager    rwc. rwc. .... - - ....
        sales_director   rwc. rwc. rwc. - - ....
        dcc_agent        r... .... .... - - ....
        dcc_lead         r... r... .... - - ....
        reception        -    .... .... - - ....
        service_advisor  rwc. rwc. rwc. - - ....
        service_manager  rwc. rwc. rwc. - - ....
        technician       -    r... r... - - ....
        care_agent       -    rwc. rwc. - - ....
        care_manager     -    rwc. rwc. - - ....
        marketing_user   -    .... .... - - ....
        marketing_manager -   r... r... - - ....
        general_manager  -    rwc. rwc. - - ....
        group_executive  -    rwc. rwc. - - ....
        system           -    rwcd rwcd - - ....
        """,
    # Writing is replacing a wrong reading by a corrected one.
    "dealer.vehicle.reading": """
                        own   team  house prospect pool  other
        sales_consultant r.c. .... .... - r.c. ....
        sales_manager    r.c. r.c. .... - r.c. ....
        sales_director   r.c. r.c. r.c. - r.c. ....
        dcc_agent        r... .... .... - r... ....
        dcc_lead         r... r... .... - r... ....
        reception        -    .... .... - .... ....
        service_advisor  rwc. rwc. rwc. - rwc. ....
        service_manager  rwc. rwc. rwc. - rwc. ....
        technician       -    r.c. r.c. - r.c. ....
        care_agent       -    r.c. r.c. - r.c. ....
        care_manager     -    r.c. r.c. - r.c. ....
        marketing_user   -    .... .... - .... ....
        marketing_manager -   r... r... - r... ....
        general_manager  -    rwc. rwc. - rwc. ....
        group_executive  -    rwc. rwc. - rwc. ....
        system           -    rwcd rwcd - rwcd ....
        """,
    # Handing customers over; create stands for doing it.
    "dealer.relation.assign": """
                        own   team  house prospect pool  other
        sales_consultant .... .... .... .... .... ....
        sales_manager    ..c. ..c. .... .... ..c. ....
        sales_director   ..c. ..c. ..c. ..c. ..c. ....
        dcc_agent        .... .... .... .... .... ....
        dcc_lead         ..c. ..c. .... .... ..c. ....
        reception        -    .... .... .... .... ....
        service_advisor  .... .... .... .... .... ....
        service_manager  ..c. ..c. ..c. .... .... ....
        technician       -    .... .... .... .... ....
        care_agent       -    .... .... .... .... ....
        care_manager     -    .... .... .... .... ....
        marketing_user   -    .... .... .... .... ....
        marketing_manager -   .... .... .... .... ....
        general_manager  -    ..c. ..c. ..c. ..c. ....
        group_executive  -    ..c. ..c. ..c. ..c. ....
        system           -    ..c. ..c. ..c. ..c. ....
        """,
    # Which files were merged; it is as secret as the file that stayed. Writing is undoing, creating
    # is merging: the work of managers with the customers that they may change.
    "dealer.merge": """
                        own   team  house prospect pool  other
        sales_consultant .... .... .... .... .... ....
        sales_manager    rwc. rwc. .... .... rwc. ....
        sales_director   rwc. rwc. rwc. rwc. rwc. ....
        dcc_agent        .... .... .... .... .... ....
        dcc_lead         rwc. rwc. .... .... rwc. ....
        reception        -    .... .... .... .... ....
        service_advisor  .... .... .... .... .... ....
        service_manager  rwc. rwc. rwc. .... .... ....
        technician       -    .... .... .... .... ....
        care_agent       -    .... .... .... .... ....
        care_manager     -    rwc. rwc. .... .... ....
        marketing_user   -    .... .... .... .... ....
        marketing_manager -   .... .... .... .... ....
        general_manager  -    rwc. rwc. rwc. rwc. ....
        group_executive  -    rwc. rwc. rwc. rwc. ....
        system           -    rwc. rwc. rwc. rwc. ....
        """,
    # Customers that may be one person; writing is saying that they are two.
    "dealer.duplicate": """
                        own   team  house prospect pool  other
        sales_consultant .... .... .... .... .... ....
        sales_manager    rw.. rw.. .... .... rw.. ....
        sales_director   rw.. rw.. rw.. rw.. rw.. ....
        dcc_agent        .... .... .... .... .... ....
        dcc_lead         rw.. rw.. .... .... rw.. ....
        reception        -    .... .... .... .... ....
        service_advisor  .... .... .... .... .... ....
        service_manager  rw.. rw.. rw.. .... .... ....
        technician       -    .... .... .... .... ....
        care_agent       -    .... .... .... .... ....
        care_manager     -    rw.. rw.. .... .... ....
        marketing_user   -    .... .... .... .... ....
        marketing_manager -   .... .... .... .... ....
        general_manager  -    rw.. rw.. rw.. rw.. ....
        group_executive  -    rw.. rw.. rw.. rw.. ....
        system           -    rw.. rw.. rw.. rw.. ....
        """,
    "dealer.merge.wizard": """
                        own   team  house prospect pool  other
        sales_consultant .... .... .... .... .... ....
        sales_manager    ..c. ..c. .... .... ..c. ....
        sales_director   ..c. ..c. ..c. ..c. ..c. ....
        dcc_agent        .... .... .... .... .... ....
        dcc_lead         ..c. ..c. .... .... ..c. ....
        reception        -    .... .... .... .... ....
        service_advisor  .... .... .... .... .... ....
        service_manager  ..c. ..c. ..c. .... .... ....
        technician       -    .... .... .... .... ....
        care_agent       -    .... .... .... .... ....
        care_manager     -    ..c. ..c. .... .... ....
        marketing_user   -    .... .... .... .... ....
        marketing_manager -   .... .... .... .... ....
        general_manager  -    ..c. ..c. ..c. ..c. ....
        group_executive  -    ..c. ..c. ..c. ..c. ....
        system           -    ..c. ..c. ..c. ..c. ....
        """,
    # Promoting fleet customers; create stands for doing it.
    "dealer.fleet.promotion": """
                        own   team  house prospect pool  other
        sales_consultant .... .... .... .... .... ....
        sales_manager    ..c. ..c. .... .... ..c. ....
        sales_director   ..c. ..c. ..c. ..c. ..c. ....
        dcc_agent        .... .... .... .... .... ....
        dcc_lead         .... .... .... .... .... ....
        reception        -    .... .... .... .... ....
        service_advisor  .... .... .... .... .... ....
        service_manager  .... .... .... .... .... ....
        technician       -    .... .... .... .... ....
        care_agent       -    .... .... .... .... ....
        care_manager     -    .... .... .... .... ....
        marketing_user   -    .... .... .... .... ....
        marketing_manager -   .... .... .... .... ....
        general_manager  -    ..c. ..c. ..c. ..c. ....
        group_executive  -    ..c. ..c. ..c. ..c. ....
        system           -    ..c. ..c. ..c. ..c. ....
        """,
    # own: the person's store (of the executive: in the subtree); other: another store.
    "dealer.unit": """
                        own   team  house prospect pool  other
        *                r... - - - - r...
        group_executive  rwc. - - - - r...
        system           rwcd - - - - rwcd
        """,
    "dealer.unit.history": """
                        own   team  house prospect pool  other
        *                r... - - - - r...
        """,
    "dealer.team": """
                        own   team  house prospect pool  other
        *                r... - - - - ....
        sales_director   rwc. - - - - ....
        service_manager  rwc. - - - - ....
        care_manager     rwc. - - - - ....
        general_manager  rwc. - - - - ....
        group_executive  rwc. - - - - ....
        system           rwcd - - - - ....
        """,
    "dealer.export.log": """
                        own   team  house prospect pool  other
        *                .... - - - - ....
        general_manager  r... - - - - ....
        group_executive  r... - - - - ....
        system           r... - - - - ....
        """,
    # own: a counter shown to the post; other: a counter of another post.
    "dealer.page.attempt": """
                          own team house prospect pool other
        *                 -   -    -     -        .... -
        """,
    "dealer.tile": """
                        own   team  house prospect pool  other
        *                r... - - - - ....
        system           rwcd - - - - rwcd
        """,
    # Making a key for a machine.
    "dealer.api.key": """
                        own   team  house prospect pool  other
        *                .... - - - - -
        system           ..c. - - - - -
        """,
}
#: Who has no post, and so sees nothing of customers; the columns are those of an employee.
EMPLOYEE_READS = {"dealer.unit", "dealer.unit.history", "dealer.team", "dealer.tile"}


class TestRoleMatrix(RoleMatrix, DealerCase):
    """Post × model × whose × what (ARCHITECTURE §3, visibility), every cell tried out."""

    matrix = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = {
            post: cls.make_customer(f"Own{post}", **{field: cls.users[post].id})
            for post, field in BINDINGS.items()
        }
        cls.team = cls.make_customer("Team", consultant_id=cls.teammate.id)
        cls.house = cls.make_customer("House", consultant_id=cls.stranger.id)
        cls.prospect = cls.make_customer("Prospect", car=False, consultant_id=cls.stranger.id)
        cls.pool = cls.make_customer("Pool", car=False)
        cls.other = cls.make_customer("Other", cls.store_b, consultant_id=cls.consultant_b.id)
        cls.pool.vehicle = cls.env["dealer.vehicle"].create(
            {"plate": cls.next_plate(), "unit_id": cls.store_a.id}
        )
        cls.pool.reading = cls.env["dealer.vehicle.reading"].create(
            {"vehicle_id": cls.pool.vehicle.id, "mileage": 50000}
        )
        cls.log = cls.env["dealer.relation.log"]
        for customer in cls.customers.values():
            cls.log.create(
                {
                    "relation_id": customer.relation.id,
                    "user_id": cls.env.uid,
                    "role": "advisor_id",
                    "event": "registered",
                    "reason": "test",
                }
            )
        cls.exports = {
            store: cls.env["dealer.export.log"].create(
                {"user_id": cls.env.uid, "company_id": store.company_id.id, "model": "res.partner"}
            )
            for store in (cls.store_a, cls.store_b)
        }
        cls.team_b = cls.env["dealer.team"].create(
            {"name": "Team B", "unit_id": cls.store_b.id, "member_ids": cls.consultant_b.ids}
        )
        # Administrators have this right in every installation.
        cls.system.group_ids |= cls.env.ref("base.group_partner_manager")
        # Stores that nothing refers to, so that only rights decide.
        cls.store_free = cls.env["dealer.unit"].create(
            {"name": "Store D", "code": "T-D", "parent_id": cls.west.id}
        )

    def customer_of(self, post, column):
        if column == "own":
            return self.own.get(post)
        if column == "team" and post == "dcc_lead":
            return self.own["dcc_agent"]
        return getattr(self, column)

    def test_table_is_whole(self):
        self.assert_whole("dealer_base", besides=["res.partner"])

    # ------------------------------------------------------------------ trying a cell out

    def bind(self, post, column):
        """Return the binding that makes a new customer one of ``column``."""
        field = BINDINGS.get(post, "consultant_id")
        if column == "own":
            return {field: self.users[post].id}
        if column == "team" and post == "dcc_lead":
            return {field: self.dcc_agent.id}
        if column == "other":
            return {"unit_id": self.store_b.id}
        person = {"team": self.teammate, "house": self.stranger, "prospect": self.stranger}
        return {"consultant_id": person[column].id} if column in person else {}

    def _probe_dealer_relation(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        relation = customer.relation

        def create():
            # As the visit desk does it: the file is new and made in the name of the person.
            partner = (
                env["res.partner"]
                .sudo()
                .create({"name": "New", "phone": self.next_phone(), "is_dealer_customer": True})
            )
            env["dealer.relation"].create(
                {"partner_id": partner.id, "unit_id": self.store_a.id, **self.bind(post, column)}
            )

        return relation, {
            "w": lambda: relation.with_env(env).write({"stage": "ordered"}),
            "c": create,
        }

    def _probe_res_partner(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        partner = customer.partner

        def create():
            env["res.partner"].create(
                {
                    "name": "New",
                    "phone": self.next_phone(),
                    "is_dealer_customer": True,
                    "dealer_relation_ids": [
                        Command.create({"unit_id": self.store_a.id, **self.bind(post, column)})
                    ],
                }
            )

        if post == "system":
            # Only who owns no car can be deleted at all; the right is what is asked here.
            customer.vehicle.owner_ids.sudo().unlink()
        return partner, {
            "w": lambda: partner.with_env(env).write({"city": "Ningbo"}),
            "c": create,
        }

    def _probe_dealer_relation_log(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        line = self.log.search(
            [("relation_id", "=", customer.relation.id), ("reason", "=", "test")]
        )
        return line, {
            "w": lambda: line.with_env(env).write({"reason": "forged"}),
            "c": lambda: line.with_env(env).create(
                {
                    "relation_id": customer.relation.id,
                    "user_id": env.uid,
                    "role": "consultant_id",
                    "event": "registered",
                }
            ),
        }

    def _probe_dealer_timeline(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        row = self.env["dealer.timeline"].search(
            [
                ("res_model", "=", "dealer.interaction"),
                ("relation_id", "=", customer.relation.id),
            ],
            limit=1,
        )
        return row, {
            "w": lambda: row.with_env(env).write({"text": "forged"}),
            "c": lambda: env["dealer.timeline"].create({"relation_id": customer.relation.id}),
        }

    def _probe_dealer_consent(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        store = self.store_b if column == "other" else self.store_a
        return customer.consent, {
            "w": lambda: customer.consent.with_env(env).action_withdraw(),
            "c": lambda: env["dealer.consent"].create(
                {
                    "partner_id": customer.partner.id,
                    "unit_id": store.id,
                    "purpose": "care",
                    "text_version": "1",
                }
            ),
        }

    def _probe_dealer_interaction(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        witnessed = {"kind": "visit", "evidence": "witnessed"} if post == "reception" else {}
        interaction = customer.interaction
        return interaction, {
            "w": lambda: interaction.with_env(env).write({"summary": "written"}),
            "k": lambda: interaction.with_env(env).write({"manager_comment": "good"}),
            "c": lambda: env["dealer.interaction"].create(
                {
                    "partner_id": customer.partner.id,
                    "unit_id": self.store_b.id if column == "other" else self.store_a.id,
                    **witnessed,
                }
            ),
        }

    def _probe_dealer_vehicle(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer or column == "prospect":
            return None
        vehicle = customer.vehicle
        store = self.store_b if column == "other" else self.store_a
        owner = [] if column == "pool" else [Command.create({"partner_id": customer.partner.id})]
        return vehicle, {
            "w": lambda: vehicle.with_env(env).write({"color": "red"}),
            "c": lambda: env["dealer.vehicle"].create(
                {"plate": self.next_plate(), "unit_id": store.id, "owner_ids": owner}
            ),
        }

    def _probe_dealer_vehicle_owner(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer or column in ("prospect", "pool"):
            return None
        line = customer.owner

        def create():
            store = self.store_b if column == "other" else self.store_a
            car = self.env["dealer.vehicle"].create(
                {"plate": self.next_plate(), "unit_id": store.id}
            )
            env["dealer.vehicle.owner"].create(
                {"vehicle_id": car.id, "partner_id": customer.partner.id}
            )

        return line, {
            "w": lambda: line.with_env(env).write({"date_from": "2020-01-01"}),
            "c": create,
        }

    def _probe_dealer_vehicle_reading(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer or column == "prospect":
            return None
        reading = customer.reading
        return reading, {
            "w": lambda: reading.with_env(env).action_replace(60000),
            "c": lambda: env["dealer.vehicle.reading"].create(
                {"vehicle_id": customer.vehicle.id, "mileage": 60000}
            ),
        }

    def _probe_dealer_relation_assign(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        role, to = {
            "dcc_lead": ("dcc_agent_id", self.dcc_lead),
            "service_manager": ("advisor_id", self.service_advisor),
            "service_advisor": ("advisor_id", self.service_manager),
        }.get(post, ("consultant_id", self.sales_director))
        return None, {
            "w": lambda: self.fail_politely(),
            "c": lambda: (
                env["dealer.relation.assign"]
                .create(
                    {
                        "relation_ids": [Command.set(customer.relation.ids)],
                        "role": role,
                        "user_id": to.id,
                        "reason": "test",
                    }
                )
                .action_assign()
            ),
        }

    def _probe_dealer_fleet_promotion(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        return None, {
            "w": lambda: self.fail_politely(),
            "c": lambda: (
                env["dealer.fleet.promotion"]
                .create({"partner_ids": [Command.set(customer.partner.ids)], "reason": "test"})
                .action_apply()
            ),
        }

    def make_twin(self, customer):
        """Return a second file of the customer, which the same people see."""
        twin = self.env["res.partner"].create(
            {"name": "Twin", "phone": self.next_phone(), "is_dealer_customer": True}
        )
        for relation in customer.relation:
            relation.copy({"partner_id": twin.id})
        if customer.owner:
            car = self.env["dealer.vehicle"].create(
                {"plate": self.next_plate(), "unit_id": customer.relation[0].unit_id.id}
            )
            car._set_owner(twin)
        return twin

    def _probe_dealer_merge(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        merge = customer.partner._dealer_merge(self.make_twin(customer), "test")
        twin = self.make_twin(customer)
        return merge, {
            "w": lambda: merge.with_env(env).action_undo(),
            "c": lambda: customer.partner.with_env(env)._dealer_merge(twin.with_env(env), "test"),
        }

    def _probe_dealer_duplicate(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        values = {
            "first_id": customer.partner.id,
            "second_id": self.make_twin(customer).id,
            "why": "digit",
        }
        pair = self.env["dealer.duplicate"].create(values)
        return pair, {
            "w": lambda: pair.with_env(env).action_different(),
            "c": lambda: pair.with_env(env).create(values),
        }

    def _probe_dealer_merge_wizard(self, env, post, column):
        customer = self.customer_of(post, column)
        if not customer:
            return None
        files = customer.partner | self.make_twin(customer)
        wizard = env["dealer.merge.wizard"].with_context(
            active_model="res.partner", active_ids=files.ids
        )
        return None, {
            "w": lambda: self.fail_politely(),
            "c": lambda: wizard.create({}).action_merge(),
        }

    def _probe_dealer_unit(self, env, post, column):
        if column not in ("own", "other"):
            return None
        unit, division = {
            "own": (self.store_c, self.east),
            "other": (self.store_free, self.west),
        }[column]
        return unit, {
            "w": lambda: unit.with_env(env).write({"city": "Ningbo"}),
            "c": lambda: env["dealer.unit"].create(
                {"name": "New", "code": "T-NEW", "parent_id": division.id}
            ),
        }

    def _probe_dealer_unit_history(self, env, post, column):
        if column not in ("own", "other"):
            return None
        line = (self.store_a if column == "own" else self.store_b).history_ids
        return line, {
            "w": lambda: line.with_env(env).write({"date_from": "2020-01-01"}),
            "c": lambda: line.with_env(env).create(
                {"unit_id": line.unit_id.id, "date_from": "2020-01-01"}
            ),
        }

    def _probe_dealer_team(self, env, post, column):
        if column not in ("own", "other"):
            return None
        team = self.team_one if column == "own" else self.team_b
        return team, {
            "w": lambda: team.with_env(env).write({"name": "Renamed"}),
            "c": lambda: env["dealer.team"].create({"name": "New", "unit_id": team.unit_id.id}),
        }

    def _probe_dealer_page_attempt(self, env, post, column):
        if column != "pool":
            return None
        row = self.env["dealer.page.attempt"].create({"key": "k", "at": fields.Datetime.now()})
        return row, {
            "w": lambda: row.with_env(env).write({"key": "x"}),
            "c": lambda: row.with_env(env).create({"key": "x", "at": fields.Datetime.now()}),
        }

    def _probe_dealer_export_log(self, env, post, column):
        if column not in ("own", "other"):
            return None
        line = self.exports[self.store_a if column == "own" else self.store_b]
        return line, {
            "w": lambda: line.with_env(env).write({"row_count": 1}),
            "c": lambda: line.with_env(env).create({"model": "res.partner", "user_id": env.uid}),
        }

    def _probe_dealer_tile(self, env, post, column):
        if column not in ("own", "other"):
            return None
        action = self.env.ref("dealer_base.dealer_unit_action")
        group = {
            "own": self.env.ref("base.group_user"),
            "other": self.env.ref("base.group_portal"),
        }[column]
        values = {
            "name": "Tile",
            "workbench": "sales",
            "action_id": action.id,
            "group_ids": [Command.set(group.ids)],
        }
        tile = self.env["dealer.tile"].create(values)
        return tile, {
            "w": lambda: tile.with_env(env).write({"name": "Renamed"}),
            "c": lambda: tile.with_env(env).create(values),
        }

    def _probe_dealer_api_key(self, env, post, column):
        if column != "own":
            return None
        if not hasattr(self, "machine"):
            type(self).machine = self.make_machine("t_machine", "lead_intake")
        return None, {
            "w": lambda: self.fail_politely(),
            "c": lambda: (
                env["dealer.api.key"]
                .create({"user_id": self.machine.id, "name": "test"})
                .action_make_key()
            ),
        }

    def test_relation(self):
        self.check_model("dealer.relation")

    def test_partner(self):
        self.check_model("res.partner")

    def test_relation_log(self):
        self.check_model("dealer.relation.log")

    def test_timeline(self):
        self.check_model("dealer.timeline")

    def test_consent(self):
        self.check_model("dealer.consent")

    def test_interaction(self):
        self.check_model("dealer.interaction")

    def test_vehicle(self):
        self.check_model("dealer.vehicle")

    def test_vehicle_owner(self):
        self.check_model("dealer.vehicle.owner")

    def test_vehicle_reading(self):
        self.check_model("dealer.vehicle.reading")

    def test_relation_assign(self):
        self.check_model("dealer.relation.assign")

    def test_merge(self):
        self.check_model("dealer.merge")

    def test_duplicate(self):
        self.check_model("dealer.duplicate")

    def test_merge_wizard(self):
        self.check_model("dealer.merge.wizard")

    def test_fleet_promotion(self):
        self.check_model("dealer.fleet.promotion")

    def test_unit(self):
        self.check_model("dealer.unit")

    def test_unit_history(self):
        self.check_model("dealer.unit.history")

    def test_team(self):
        self.check_model("dealer.team")

    def test_export_log(self):
        self.check_model("dealer.export.log")

    def test_attempts(self):
        self.check_model("dealer.page.attempt")

    def test_tile(self):
        self.check_model("dealer.tile")

    def test_api_key(self):
        self.check_model("dealer.api.key")

    # ------------------------------------------------------------------ who has no post

    def test_employee_without_post(self):
        user = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        self.assert_nothing(user, set(MATRIX) - EMPLOYEE_READS)

    def test_portal_and_public(self):
        portal = self.env["res.users"].create(
            self.prepare_person("t_portal", ["base.group_portal"], self.store_a)
        )
        for user in portal | self.env.ref("base.public_user"):
            self.assert_nothing(user, MATRIX)

    def test_machines(self):
        for post in API_POSTS:
            for portal in (False, True):
                user = self.make_machine(f"t_{post}_{portal}", post, portal)
                self.assert_nothing(user, MATRIX)
