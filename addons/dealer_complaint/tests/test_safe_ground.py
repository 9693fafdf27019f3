from odoo import Command
from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestSafeGround(HttpCase):
    """What helpdesk_mgmt leaves open; each fails without the repair."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "portal_one", groups="base.group_portal")
        cls.closed = cls.env["helpdesk.ticket.stage"].search(
            [("close_from_portal", "=", True)], limit=1
        ) or cls.env["helpdesk.ticket.stage"].create(
            {"name": "Closed", "closed": True, "close_from_portal": True}
        )
        cls.ticket = cls.env["helpdesk.ticket"].create(
            {"name": "of somebody else", "description": "x"}
        )
        cls.stage = cls.ticket.stage_id

    def test_nobody_closes_by_a_link(self):
        self.authenticate("portal_one", "portal_one")
        self.url_open(f"/ticket/close?ticket_id={self.ticket.id}&stage_id={self.closed.id}")
        self.assertEqual(self.ticket.stage_id, self.stage)

    def test_nobody_closes_a_strangers_ticket(self):
        self.authenticate("portal_one", "portal_one")
        self.url_open(
            "/ticket/close",
            data={
                "ticket_id": self.ticket.id,
                "stage_id": self.closed.id,
                "csrf_token": Request.csrf_token(self),
            },
        )
        self.assertEqual(self.ticket.stage_id, self.stage)

    def test_no_ticket_by_a_link(self):
        self.authenticate("portal_one", "portal_one")
        before = self.env["helpdesk.ticket"].search_count([("name", "=", "by link")])
        self.url_open("/submitted/ticket?subject=by link&description=x")
        self.assertEqual(
            self.env["helpdesk.ticket"].search_count([("name", "=", "by link")]), before
        )

    def test_public_does_not_write_stages(self):
        public = self.env.ref("base.public_user")
        with self.assertRaises(AccessError):
            self.stage.with_user(public).write({"name": "hacked"})

    def test_indexes(self):
        fields = self.env["helpdesk.ticket"]._fields
        for name in ("partner_id", "duplicate_id", "commercial_partner_id"):
            self.assertTrue(fields[name].index, name)

    def test_closed_date_is_cleared(self):
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "T", "user_ids": [Command.link(self.env.uid)]}
        )
        ticket = self.env["helpdesk.ticket"].create(
            {"name": "x", "description": "x", "team_id": team.id}
        )
        first = ticket.stage_id
        ticket.stage_id = self.closed
        self.assertTrue(ticket.closed_date)
        ticket.stage_id = first
        self.assertFalse(ticket.closed_date)
