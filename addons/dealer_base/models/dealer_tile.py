from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

#: Beyond this a counter says "more", so that a start page costs the same whatever the shop's size.
COUNT_LIMIT = 10000


class DealerTile(models.Model):
    """A counter on the start page of a workbench that opens the list it counts (A1)."""

    _name = "dealer.tile"
    _description = "Start Page Counter"
    _order = "workbench, sequence, id"

    name = fields.Char(required=True, translate=True)
    hint = fields.Char(translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    workbench = fields.Selection(
        [
            ("sales", "Sales"),
            ("aftersales", "After-Sales"),
            ("marketing", "Marketing"),
            ("management", "Management"),
        ],
        required=True,
    )
    action_id = fields.Many2one("ir.actions.act_window", required=True, ondelete="cascade")
    domain = fields.Char(
        required=True,
        default="[]",
        help="What is counted; uid and relative dates such as 'today -7d' may be used.",
    )
    context = fields.Char(
        help="Defaults and filters for the list, e.g. {'search_default_mine': 1}."
    )
    group_ids = fields.Many2many("res.groups", string="Shown To")
    icon = fields.Char(default="fa-list", help="Name of a Font Awesome icon.")
    urgent = fields.Boolean(help="Shown in red while it counts anything.")
    mine = fields.Boolean(compute="_compute_mine", search="_search_mine")
    count = fields.Integer(compute="_compute_count")
    count_text = fields.Char(compute="_compute_count")

    @api.constrains("domain", "action_id")
    def _check_domain(self):
        for tile in self:
            try:
                Domain(tile._evaluate(tile.domain)).validate(
                    # Only which model is counted is read; posts have no right on actions.
                    self.env[tile.sudo().action_id.res_model]
                )
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The filter of %(tile)s cannot be read: %(error)s",
                        tile=tile.name,
                        error=error,
                    )
                ) from error

    def _evaluate(self, expression):
        return safe_eval(expression or "[]", {"uid": self.env.uid})

    @api.model
    def _mine_domain(self):
        """Return the domain of the counters that the start pages show to this user."""
        groups = self.env.user.all_group_ids.ids
        return Domain("group_ids", "=", False) | Domain("group_ids", "in", groups)

    @api.depends("group_ids")
    @api.depends_context("uid")
    def _compute_mine(self):
        mine = self.filtered_domain(self._mine_domain())
        for tile in self:
            tile.mine = tile in mine

    def _search_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._mine_domain()

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_count(self):
        for tile in self:
            # Posts need no right on actions as such; what is counted is asked as the user.
            model = self.env[tile.sudo().action_id.res_model]
            count = 0
            if model.has_access("read"):
                count = model.search_count(tile._evaluate(tile.domain), limit=COUNT_LIMIT)
            tile.count = count
            tile.count_text = f"{COUNT_LIMIT - 1}+" if count == COUNT_LIMIT else str(count)

    def action_open(self):
        """Open the list that the tile counts."""
        self.ensure_one()
        # Posts need no right on actions as such.
        action = self.sudo().action_id._get_action_dict()
        action["domain"] = self._evaluate(self.domain)
        action["context"] = safe_eval(self.context or "{}", {"uid": self.env.uid})
        action["display_name"] = action["name"] = self.name
        return action
