import re
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import consteq


class DealerServiceOrder(models.Model):
    """The link by which the customer reviews a visit, for some days after the car was handed over."""

    _name = "dealer.service.order"
    # The mixin first: it stands on mail.thread, which the order has already.
    _inherit = ["dealer.rated.mixin", "dealer.service.order"]

    # Messages are planned by it.
    closed_at = fields.Datetime(index="btree_not_null")
    review_ids = fields.One2many("dealer.review", "order_id", string="Reviews", readonly=True)
    review_token = fields.Char(copy=False, index="btree_not_null", groups=fields.NO_ACCESS)

    @api.model
    def _review_setting(self, name):
        # A number, no secret.
        return int(
            self.env["ir.config_parameter"].sudo().get_param(f"dealer_service.{name}", 0) or 0
        )

    def _review_url(self):
        """Return the address at which the customer reviews this visit; empty while it lasts.

        Called for the message to the customer alone: whoever has it can review.
        """
        self.ensure_one()
        order = self.sudo()  # the key is read by nobody else
        if order.state != "closed":
            return ""
        if not order.review_token:
            order.review_token = secrets.token_urlsafe(18)
        return f"{order.get_base_url()}/review/{order.review_token}"

    @api.model
    def _of_review_token(self, token):
        """Return the order that this key is for, in sudo, or an empty record."""
        orders = self.sudo()  # a public page; the key is the right
        if not re.fullmatch(r"[\w-]{16,64}", token or "", re.ASCII):
            return orders.browse()
        order = orders.search([("review_token", "=", token)], limit=1)
        return order if order and consteq(order.review_token, token) else orders.browse()

    def _review_state(self):
        """Return ``open``, ``used``, ``early`` (not handed over) or ``over`` (too long ago)."""
        self.ensure_one()
        if self.review_ids:
            return "used"
        if self.state != "closed":
            return "early"
        days = self._review_setting("review_days")
        late = fields.Datetime.now() > self.closed_at + timedelta(days=days)
        return "over" if late else "open"

    def action_open_reviews(self):
        """Open the review of this visit."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Review"),
            "res_model": "dealer.review",
            "res_id": self.review_ids[:1].id,
            "views": [[False, "form"]],
        }
