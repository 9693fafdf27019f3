from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.dealer_base.tests.common import API_POSTS, BINDINGS
from odoo.addons.dealer_base.tests.matrix import RoleMatrix

from .common import WechatCase

#: Whose DCC agents a DCC lead leads is known to the addon of leads alone.
#: pool: a follower whom nobody knows. r read, b bind by hand, a send again, d delete.
READING = """
                          own  team house prospect pool other
        sales_consultant  {0} {9} {9} - {9} {9}
        sales_manager     {0} {1} {9} - {1} {9}
        sales_director    {0} {1} {1} - {1} {9}
        dcc_agent         {0} {9} {9} - {9} {9}
        dcc_lead          {0} -   {9} - {1} {9}
        reception         -   {9} {9} - {9} {9}
        service_advisor   {0} {1} {1} - {9} {9}
        service_manager   {0} {1} {1} - {1} {9}
        technician        -   {9} {9} - {9} {9}
        care_agent        -   {1} {1} - {1} {9}
        care_manager      -   {1} {1} - {1} {9}
        marketing_user    -   {9} {9} - {9} {9}
        marketing_manager -   {1} {1} - {1} {9}
        general_manager   -   {1} {1} - {1} {9}
        group_executive   -   {1} {1} - {1} {9}
        system            -   {1} {1} - {1} {9}
        """
MATRIX = {
    "dealer.wechat.identity": READING.format("r.", "r.", *["?"] * 7, ".."),
    "dealer.wechat.follow": READING.format("r.", "r.", *["?"] * 7, ".."),
}
AGAIN = {
    "sales_director",
    "service_manager",
    "care_manager",
    "marketing_manager",
    "general_manager",
    "group_executive",
    "system",
}


class TestWechatRights(RoleMatrix, WechatCase):
    """Post × follower × whose; customers, visitors and machines read nothing."""

    matrix = MATRIX

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.there = cls.make_account(cls.store_b, appid="wxb", original_id="gh_b")
        rows = {
            "team": cls.make_customer("Team", consultant_id=cls.teammate.id),
            "house": cls.make_customer("House", consultant_id=cls.stranger.id),
        }
        cls.rows = {
            name: cls.make_identity(name, customer.partner) for name, customer in rows.items()
        }
        cls.rows["pool"] = cls.make_identity("pool")
        other = cls.make_customer("There", cls.store_b)
        cls.rows["other"] = cls.make_identity("other", other.partner, cls.there)
        for post, field in BINDINGS.items():
            own = cls.make_customer(f"Own{post}", **{field: cls.users[post].id})
            cls.rows[post] = cls.make_identity(post, own.partner)
        cls.follows = {
            name: cls.env["dealer.wechat.follow"].create(
                {"identity_id": identity.id, "started_at": fields.Datetime.now()}
            )
            for name, identity in cls.rows.items()
        }

    def key(self, post, column):
        if (post, column) == ("dcc_lead", "team"):
            return None
        if column == "own":
            return post if post in BINDINGS else None
        return column if column in self.rows else None

    def _probe(self, rows, env, post, column):
        key = self.key(post, column)
        if not key:
            return None
        return rows[key], {}

    def _probe_dealer_wechat_identity(self, env, post, column):
        return self._probe(self.rows, env, post, column)

    def _probe_dealer_wechat_follow(self, env, post, column):
        return self._probe(self.follows, env, post, column)

    def test_identities(self):
        self.check_model("dealer.wechat.identity")

    def test_follows(self):
        self.check_model("dealer.wechat.follow")

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_messages(self):
        outbox = self.env["dealer.wechat.outbox"]
        sent = {name: outbox._send_text(identity, "x") for name, identity in self.rows.items()}
        for name, row in sent.items():
            for post in self.read_table(MATRIX["dealer.wechat.identity"]):
                user = self.users[post]
                sees = self.rows[name].with_user(user).has_access("read")
                mine = row.with_user(user)
                self.assertEqual(mine.has_access("read"), sees, f"{post} {name}")
                for right in ("write", "create", "unlink"):
                    self.assertFalse(mine.has_access(right), post)
                row.write({"state": "failed", "due_at": False})
                self.assertEqual(
                    self.works(mine.action_retry), sees and post in AGAIN, f"{post} {name}"
                )
        for values in ({"state": "sent"}, {"summary": "y"}, {"account_id": self.there.id}):
            error = self.attempt(
                lambda values=values: sent["team"].with_user(self.sales_director).write(values)
            )
            self.assertTrue(error, values)
        self.assertTrue(
            self.attempt(lambda: sent["team"].with_user(self.sales_director).read(["payload"]))
        )

    def test_own_follower_whom_nobody_knows(self):
        mine = self.make_identity("mine", user_id=self.sales_consultant.id)
        self.assertTrue(mine.with_user(self.sales_consultant).has_access("read"))
        self.assertFalse(mine.with_user(self.stranger).has_access("read"))

    def test_openids_are_hidden(self):
        row = self.rows["team"].with_user(self.general_manager)
        for name in ("value", "unionid"):
            self.assertTrue(self.attempt(lambda name=name: row.read([name])))

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_codes(self):
        writers = {
            "sales_director",
            "service_manager",
            "marketing_manager",
            "general_manager",
            "group_executive",
            "system",
        }
        there = self.env["dealer.wechat.code"].create({"name": "x", "account_id": self.there.id})
        for post, user in self.users.items():
            mine = self.code.with_user(user)
            self.assertEqual(mine.has_access("write"), post in writers, post)
            self.assertFalse(there.with_user(user).has_access("write"))
        for values in ({"scene": "cguessed"}, {"scans": 99}, {"url": "http://evil"}):
            error = self.attempt(
                lambda values=values: self.code.with_user(self.marketing_manager).write(values)
            )
            self.assertTrue(error, values)
        error = self.attempt(
            lambda: self.code.with_user(self.marketing_manager).write({"account_id": self.there.id})
        )
        self.assertTrue(error)

    @mute_logger("odoo.addons.base.models.ir_access", "odoo.addons.base.models.ir_rule")
    def test_who_has_no_post(self):
        self.message()
        self.env["dealer.wechat.outbox"]._send_text(self.rows["team"], "x")
        self.env["dealer.wechat.token"]._value(self.account)
        nobody = self.env["res.users"].create(
            self.prepare_person("t_nobody", ["base.group_user"], self.store_a)
        )
        portal = self.env["res.users"].create(
            self.prepare_person("t_portal", ["base.group_portal"], self.store_a)
        )
        machines = [self.make_machine(f"t_{post}", post) for post in API_POSTS]
        models = [
            name
            for name, model in self.env.registry.items()
            if model._original_module == "dealer_wechat"
            and not model._abstract
            and not model._transient
        ]
        self.assertGreater(len(models), 6)
        for user in (nobody, portal, self.env.ref("base.public_user"), *machines):
            self.assert_nothing(user, models)
