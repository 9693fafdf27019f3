from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class DealerShowroomModel(models.Model):
    """A series in the online showroom: facts, colours, prices, offers (线上展厅, F4)."""

    _name = "dealer.showroom.model"
    _description = "Car in the Online Showroom"
    _inherit = ["dealer.showroom.mixin"]
    _order = "sequence, id"
    _rec_names_search = ("name", "brand", "series")

    name = fields.Char(string="Headline", help="e.g. 城市SUV，五座大空间")
    brand = fields.Char(required=True)
    series = fields.Char(required=True, index=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    price_from = fields.Monetary(string="Price from")
    price_to = fields.Monetary(string="Price to")
    fact_ids = fields.One2many("dealer.showroom.fact", "model_id", string="Facts", copy=True)
    colour_ids = fields.One2many("dealer.showroom.colour", "model_id", string="Colours", copy=True)
    offer_ids = fields.One2many("dealer.showroom.offer", "model_id", string="Offers")
    view_count = fields.Integer(
        string="Looked At", compute="_compute_view_count", help="By known customers who agreed."
    )

    _price_order = models.Constraint(
        "CHECK (COALESCE(price_from, 0) >= 0 AND"
        " (COALESCE(price_to, 0) = 0 OR price_to >= COALESCE(price_from, 0)))",
        "The price from is not above the price to, and none is below zero.",
    )

    @api.depends("brand", "series")
    def _compute_display_name(self):
        for car in self:
            car.display_name = " ".join(filter(None, (car.brand, car.series)))

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_view_count(self):
        views, counts = self.env["dealer.page.view"], {}
        if views.has_access("read"):
            counts = {
                car.id: total
                for car, total in views._read_group(
                    [("model_id", "in", self.ids)], ["model_id"], ["count:sum"]
                )
            }
        for car in self:
            car.view_count = counts.get(car._origin.id, 0)

    @api.constrains("brand", "series")
    def _check_names(self):
        for car in self:
            if not (car.brand or "").strip() or not (car.series or "").strip():
                raise ValidationError(self.env._("Enter brand and series of the car."))

    def _showroom_path(self):
        return f"/showroom/car/{self.id}"

    def _offers_today(self, unit):
        """Return the offers that hold today on the wall of a store."""
        self.ensure_one()
        today = unit._clock_local(fields.Datetime.now()).date()
        return self.offer_ids.filtered_domain(
            (Domain("valid_from", "=", False) | Domain("valid_from", "<=", today))
            & (Domain("valid_to", "=", False) | Domain("valid_to", ">=", today))
        )

    def _drive_url(self, unit):
        """Return the path of the page that books a test drive of this car, or None; a hook.

        :param unit: the store that the visitor looks at
        """
        self.ensure_one()
        if "dealer.test.drive" not in self.env:
            return None
        return "/test-drive?" + urlencode({"series": self.series, "store": unit.code or ""})

    def action_views(self):
        """Open who looked at this car."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_leads.dealer_page_view_action"
        )
        return {**action, "domain": [("model_id", "=", self.id)], "context": {}}
