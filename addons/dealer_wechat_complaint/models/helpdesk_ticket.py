from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.dealer_complaint.models.helpdesk_ticket import CLOSED_STATES


class HelpdeskTicket(models.Model):
    """Complaints that came through WeChat: from which follower, and the way back to the chat."""

    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    # Hidden as in the chat: who could choose one here would read names of other people's customers.
    wechat_identity_id = fields.Many2one(
        "dealer.wechat.identity",
        string="WeChat Follower",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_system",
    )
    can_open_wechat = fields.Boolean(compute="_compute_can_open_wechat")

    @api.depends("wechat_identity_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_can_open_wechat(self):
        for ticket in self:
            identity = ticket._wechat_follower()
            ticket.can_open_wechat = identity.has_access("read") and (
                identity.can_chat or identity.can_look
            )

    def _wechat_follower(self):
        """Return the follower with the user's own rights, whatever these are."""
        self.ensure_one()
        # sudo: which one it is stands on the complaint; what is seen of it is asked as the user
        return self.sudo().wechat_identity_id.with_env(self.env)

    @api.model
    def _prepare_received(self, values):
        vals = super()._prepare_received(values)
        identity = values.get("wechat_identity")
        if identity:
            vals["source"] = "wechat"
            known = identity.sudo().partner_id  # visitors read no followers
            # Who stays anonymous leaves no trace; what is another customer's is no way to answer.
            if not vals["is_anonymous"] and (not known or known.id == vals["partner_id"]):
                vals["wechat_identity_id"] = identity.id
        return vals

    @api.model
    def _of_follower(self, identity):
        """Return the complaints of a follower, the newest first; call it in sudo."""
        return self.search(
            Domain("is_case", "=", True) & Domain("wechat_identity_id", "=", identity.id),
            order="id desc",
        )

    def _still_open(self):
        return self.filtered(lambda case: case.case_state not in CLOSED_STATES)

    def action_open_wechat(self):
        """Open the chat that the complaint came from; a manager who is not in it says why.

        :raise AccessError: colleagues serve the customer
        """
        self.ensure_one()
        self.check_access("read")
        identity = self._wechat_follower()
        return identity.action_look() if identity.can_look else identity.action_chat()
