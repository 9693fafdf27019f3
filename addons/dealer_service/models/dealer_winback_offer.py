from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.day import today
from .dealer_maintenance_plan import ALL_STORES


class DealerWinbackOffer(models.Model):
    """What a store offers to who has not come for long: words for the call, and until when (D10)."""

    _name = "dealer.winback.offer"
    _description = "Win-Back Offer"
    _inherit = ["dealer.user.checks"]
    _order = "date_to desc, id desc"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        default=lambda self: self.env["dealer.unit"]._current(),
        ondelete="cascade",
        help="Empty: all stores.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index="btree_not_null")
    terms = fields.Text(translate=True, help="What the customer gets, as it is told on the phone.")
    date_from = fields.Date(string="Valid From", required=True, default=fields.Date.context_today)
    date_to = fields.Date(string="Valid Until", required=True)
    valid = fields.Boolean(compute="_compute_valid", search="_search_valid")
    winback_ids = fields.One2many("dealer.winback", "offer_id", string="Offered To")
    offered_count = fields.Integer(compute="_compute_counts", string="Offered")
    returned_count = fields.Integer(compute="_compute_counts", string="Came Back")

    _dates = models.Constraint(
        "CHECK (date_to >= date_from)", "An offer cannot end before it begins."
    )

    @api.depends("date_from", "date_to", "active")
    def _compute_valid(self):
        now = today()
        for offer in self:
            offer.valid = bool(
                offer.active
                and offer.date_from
                and offer.date_to
                and offer.date_from <= now <= offer.date_to
            )

    def _search_valid(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = today()
        valid = fields.Domain("date_from", "<=", now) & fields.Domain("date_to", ">=", now)
        return valid if True in value else ~valid

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_counts(self):
        rows = self.env["dealer.winback"]._read_group(
            [("offer_id", "in", self.ids)], ["offer_id", "result"], ["__count"]
        )
        offered, returned = {}, {}
        for offer, result, count in rows:
            offered[offer] = offered.get(offer, 0) + count
            if result == "returned":
                returned[offer] = count
        for offer in self:
            offer.offered_count = offered.get(offer._origin, 0)
            offer.returned_count = returned.get(offer._origin, 0)

    def _check_as_user(self, field_names):
        """Offers of all stores are the group's; a store has its own."""
        result = super()._check_as_user(field_names)
        if not self.env.user._dealer_has_any(ALL_STORES) and self.filtered(
            lambda offer: not offer.unit_id
        ):
            raise AccessError(
                self.env._("This offer holds for all stores. Make one for your store.")
            )
        return result
