from odoo import fields

from odoo.addons.dealer_base.tests.common import BINDINGS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common_service import ServiceCase

#: r read, w write the customer's words, n note an attempt in vain, h hand on to a colleague, d delete.
MATRIX = {
    "dealer.callback": """
                          own   team  house prospect pool other
        sales_consultant  rwn.. ..... ..... - - .....
        sales_manager     rwnh. rwnh. ..... - - .....
        sales_director    rwnh. rwnh. rwnh. - - .....
        dcc_agent         ..... ..... ..... - - .....
        dcc_lead          ..... ..... ..... - - .....
        reception         -     ..... ..... - - .....
        service_advisor   rwn.. rwn.. rwn.. - - .....
        service_manager   rwnh. rwnh. rwnh. - - .....
        technician        -     ..... ..... - - .....
        care_agent        -     rwn.. rwn.. - - .....
        care_manager      -     rwnh. rwnh. - - .....
        marketing_user    -     ..... ..... - - .....
        marketing_manager -     ..... ..... - - .....
        general_manager   -     rwnh. rwnh. - - .....
        group_executive   -     rwnh. rwnh. - - .....
        system            -     rwnh. rwnh. - - .....
        """,
}


class TestCallbackMatrix(RoleMatrix, ServiceCase):
    """Post × call-back × whose customer × what, every cell tried out."""

    matrix = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calls = {
            post: cls.make_call(cls.make_customer(f"Own{post}", **{field: cls.users[post].id}))
            for post, field in BINDINGS.items()
        }
        cls.calls["team"] = cls.make_call(cls.make_customer("Team", consultant_id=cls.teammate.id))
        cls.calls["house"] = cls.make_call(
            cls.make_customer("House", consultant_id=cls.stranger.id)
        )
        cls.calls["other"] = cls.make_call(
            cls.make_customer("Other", cls.store_b, consultant_id=cls.consultant_b.id)
        )

    @classmethod
    def make_call(cls, customer):
        unit = customer.relation.unit_id
        order = cls.make_order(customer.vehicle, unit_id=unit.id)
        return cls.env["dealer.callback"].create(
            {
                "step_id": cls.env.ref("dealer_service.callback_step_3").id,
                "res_model": order._name,
                "res_id": order.id,
                "unit_id": unit.id,
                "partner_id": customer.partner.id,
                "vehicle_id": customer.vehicle.id,
                "user_id": cls.care_agent.id,
                "due_on": fields.Date.today(),
            }
        )

    def _probe_dealer_callback(self, env, post, column):
        row = self.calls.get(post if column == "own" else column)
        if not row:
            return None
        mine = row.with_env(env)
        return row, {
            "w": lambda: mine.write({"words": "x"}),
            "n": mine.action_not_reached,
            "h": lambda: mine.write({"user_id": self.care_manager.id}),
        }

    def test_callbacks(self):
        self.check_model("dealer.callback")
