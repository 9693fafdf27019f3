import time

from odoo import fields

from .common import WechatCase


class TestIdentity(WechatCase):
    """Who follows, since when, through whom, and which customer it is."""

    def follow(self, scene=None, sender="o1", at=None):
        values = {"source": "qr", "scene": scene} if scene else {"source": "none"}
        self.event("subscribe", sender=sender, at=at, **values)
        self.drain()
        return self.identity(sender)

    def test_follow_and_leave_keep_their_history(self):
        start = int(time.time()) - 1000
        identity = self.follow(at=start)
        self.assertTrue(identity.is_following)
        self.event("unsubscribe", at=start + 10)
        self.event("subscribe", at=start + 20, source="qr", scene=self.code.scene)
        self.drain()
        self.assertTrue(identity.is_following)
        identity.invalidate_recordset()
        self.assertEqual(identity.follow_ids.mapped("state"), ["active", "lost"])
        self.assertEqual(identity.follow_ids[0].code_id, self.code)
        self.assertEqual(self.code.scans, 1)
        self.assertEqual(self.code.follow_count, 1)

    def test_events_in_any_order(self):
        start = int(time.time()) - 1000
        self.follow(at=start)
        self.event("unsubscribe", at=start + 20)
        self.event("subscribe", at=start + 10, source="none")
        self.drain()
        identity = self.identity()
        self.assertFalse(identity.is_following, "what happened last counts, not what came last")
        self.event("unsubscribe", at=start + 5)
        self.event("subscribe", at=start + 30, source="none")
        self.drain()
        self.assertTrue(identity.is_following)

    def test_lost_event_of_who_writes(self):
        self.message()
        self.drain()
        self.assertTrue(self.identity().is_following)

    def test_unionid_of_another_account(self):
        other = self.make_account(appid="wxmini", kind="mp", original_id="gh_mini")
        partner = self.make_customer("Known").partner
        self.make_identity("m1", partner, other, unionid="uo1")
        self.follow()
        self.drain("identity")
        identity = self.identity()
        self.assertEqual(identity.unionid, "uo1")
        self.assertEqual((identity.partner_id, identity.bound_how), (partner, "unionid"))

    def test_unionid_of_two_customers_binds_nobody(self):
        other = self.make_account(appid="wxmini", kind="mp", original_id="gh_mini")
        for number in (1, 2):
            partner = self.make_customer(f"Twice{number}").partner
            self.make_identity(f"m{number}", partner, other, unionid="uo1")
        self.follow()
        self.drain("identity")
        self.assertFalse(self.identity().partner_id)

    def test_verified_phone(self):
        partner = self.make_customer("Phone").partner
        identity = self.follow()
        self.assertFalse(
            identity._bind_by_phone(partner.phone_normalized, is_snapshot=True),
            "a snapshot page shows a made-up user",
        )
        self.assertFalse(identity.partner_id)
        self.assertFalse(identity._bind_by_phone("+8613900000000"))
        self.assertEqual(identity._bind_by_phone(partner.phone_normalized), partner)
        self.assertEqual(identity.bound_how, "phone")
        other = self.make_customer("Phone2").partner
        self.assertFalse(identity._bind_by_phone(other.phone_normalized), "it is somebody's")

    def test_code_makes_the_customer_the_consultants(self):
        customer = self.make_customer("Pool", car=False)
        identity = self.follow(self.code.scene)
        self.assertEqual(identity.user_id, self.sales_consultant)
        identity._bind_by_phone(customer.partner.phone_normalized)
        self.assertEqual(customer.relation.consultant_id, self.sales_consultant)
        self.assertTrue(customer.relation.log_ids)

    def test_customer_cannot_leave_the_consultant(self):
        customer = self.make_customer("Mine", consultant_id=self.stranger.id)
        identity = self.follow()
        identity._bind_by_phone(customer.partner.phone_normalized)
        self.event("scan", scene=self.code.scene)
        self.drain()
        self.assertEqual(customer.relation.consultant_id, self.stranger)

    def test_code_of_who_left_binds_nobody(self):
        customer = self.make_customer("Left", car=False)
        self.code.user_id = self.consultant_b
        identity = self.follow(self.code.scene)
        identity._bind_by_phone(customer.partner.phone_normalized)
        self.assertFalse(customer.relation.consultant_id)

    def test_customer_new_in_this_store(self):
        partner = self.make_customer("New", self.store_b).partner
        identity = self.follow(self.code.scene)
        identity._bind_by_phone(partner.phone_normalized)
        self.assertEqual(identity._relation().consultant_id, self.sales_consultant)

    def test_by_hand(self):
        customer = self.make_customer("Hand", consultant_id=self.sales_consultant.id)
        identity = self.follow(self.code.scene)
        mine = identity.with_user(self.sales_consultant)
        bind = self.env["dealer.wechat.bind"].with_user(self.sales_consultant)
        bind.create({"identity_id": mine.id, "partner_id": customer.partner.id}).action_bind()
        self.assertEqual(identity.bound_how, "hand")
        self.assertEqual(identity.bound_by_id, self.sales_consultant)
        self.assertIn("by hand", customer.partner.message_ids[0].body)

    def test_by_hand_needs_rights_and_a_reason(self):
        theirs = self.make_customer("Theirs", consultant_id=self.stranger.id)
        mine = self.make_customer("MineToo", consultant_id=self.sales_consultant.id)
        identity = self.follow(self.code.scene)

        def bind(user, partner, reason=""):
            return self.attempt(
                lambda: identity.with_user(user)._bind_by_hand(partner.with_user(user), reason)
            )

        self.assertTrue(bind(self.sales_consultant, theirs.partner))
        self.assertTrue(bind(self.stranger, theirs.partner), "not the follower's consultant")
        identity.with_user(self.sales_consultant)._bind_by_hand(
            mine.partner.with_user(self.sales_consultant), ""
        )
        self.assertTrue(bind(self.sales_consultant, theirs.partner, "because"))
        self.assertTrue(bind(self.sales_director, theirs.partner), "no reason")
        identity.with_user(self.sales_director)._bind_by_hand(
            theirs.partner.with_user(self.sales_director), "same phone"
        )
        self.assertEqual(identity.partner_id, theirs.partner)

    def test_leaving_and_revoking_forget(self):
        partner = self.make_customer("Gone").partner
        identity = self.follow()
        identity.write({"name": "昵称", "unionid": "u", "partner_id": partner.id})
        at = int(time.time()) + 5
        self.event("unsubscribe", at=at)
        self.drain()
        self.assertFalse(identity.name)
        self.assertEqual(identity.partner_id, partner, "the business goes on")
        self.event("user_authorization_revoke", at=at)
        self.drain()
        self.assertFalse(identity.unionid or identity.partner_id)

    def test_profiles_in_hundreds(self):
        now = fields.Datetime.now()
        for number in range(150):
            self.make_identity(f"p{number:03}", profile_due_at=now)
        self.drain("identity")
        sizes = [
            len(body["user_list"])
            for _path, _params, body in self.platform.to("/cgi-bin/user/info/batchget")
        ]
        self.assertEqual(sizes, [100, 50])

    def test_profiles_are_asked_again_later(self):
        self.platform.answers["/cgi-bin/user/info/batchget"] = [{"errcode": -1, "errmsg": "busy"}]
        identity = self.make_identity(profile_due_at=fields.Datetime.now())
        self.drain("identity")
        self.assertGreater(identity.profile_due_at, fields.Datetime.now())
        self.platform.answers["/cgi-bin/user/info/batchget"] = [{"errcode": 40003}]
        identity.profile_due_at = fields.Datetime.now()
        self.drain("identity")
        self.assertFalse(identity.profile_due_at)

    def test_compared_with_the_platforms_list(self):
        gone = self.make_identity("gone")
        stays = self.make_identity("stays")
        self.env["dealer.wechat.follow"].create(
            {"identity_id": gone.id, "started_at": "2026-01-01"}
        )
        self.platform.answers["/cgi-bin/user/get"] = [
            {"total": 2, "data": {"openid": ["stays", "missed"]}, "next_openid": "missed"}
        ]
        found = self.env["dealer.wechat.identity"]._reconcile(self.account)
        self.assertEqual(found, (1, 1))
        self.assertTrue(self.identity("missed").is_following)
        self.assertTrue(stays.is_following)
        self.assertFalse(gone.is_following)
        self.assertEqual(gone.follow_ids.state, "lost")
