import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Pictures of other hosts; they would tell those hosts who reads our pages.
OUTSIDE = re.compile(r"""\bsrc\s*=\s*["']?\s*(?:[a-z]+:)?//""", re.IGNORECASE)


class DealerShowroomMixin(models.AbstractModel):
    """A page of the online showroom: written by a store, or for all stores, and published (F4).

    Visitors have no right on these rows; the pages show what is published, and nothing else.
    """

    _name = "dealer.showroom.mixin"
    _inherit = ["dealer.user.checks"]
    _description = "Page of the Online Showroom"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    published = fields.Boolean(readonly=True, copy=False, index=True)
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        default=lambda self: self.env["dealer.unit"]._current(),
        ondelete="cascade",
        help="Empty: shown in all stores.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index="btree_not_null")
    body = fields.Html(string="Text", sanitize_style=True, translate=True)
    image = fields.Image(string="Picture", max_width=1200, max_height=900)

    @api.constrains("body")
    def _check_body(self):
        for page in self:
            if OUTSIDE.search(page.body or ""):
                raise ValidationError(
                    self.env._("Upload pictures here; those of other sites are not shown.")
                )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            # Nobody hands a page to a store, or to all, whose pages one may not write.
            self.check_access("write")
        return result

    def action_publish(self):
        """Show these pages to everybody."""
        self.check_access("write")
        self.published = True

    def action_unpublish(self):
        """Take these pages off the showroom; they can be published again."""
        self.check_access("write")
        self.published = False

    def _showroom_path(self):
        """Return the path of the page; a hook."""
        raise NotImplementedError

    def action_preview(self):
        """Open the page as customers see it, also before it is published."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self._showroom_path(), "target": "new"}
