from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import date_utils


class DealerTarget(models.Model):
    """What a store, or a person there, is to reach of one figure in one month."""

    _name = "dealer.target"
    _inherit = ["dealer.store.mixin", "dealer.user.checks"]
    _description = "Target"
    _order = "month desc, unit_id, user_id, figure, id"
    _rec_name = "figure"

    month = fields.Date(
        required=True,
        index=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
        help="Any day of the month; its first is kept.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        index="btree_not_null",
        ondelete="cascade",
        help="Left empty: the target of the whole store.",
    )
    figure = fields.Selection(
        selection=lambda self: self.env["dealer.figure"]._target_selection(), required=True
    )
    is_rate = fields.Boolean(compute="_compute_is_rate")
    unit_sign = fields.Char(string="Unit", compute="_compute_is_rate")
    value = fields.Float(
        string="Target",
        required=True,
        digits=(12, 1),
        aggregator=False,
        help="A number of cases; of a rate: percent.",
    )

    _once = models.UniqueIndex(
        "(unit_id, COALESCE(user_id, 0), month, figure)",
        "This figure has a target for this month already. Change that one.",
    )
    _value_positive = models.Constraint("CHECK (value > 0)", "A target is more than zero.")

    @api.depends("figure")
    def _compute_is_rate(self):
        figures = self.env["dealer.figure"]._figures()
        for target in self:
            target.is_rate = target.figure in figures and figures[target.figure].is_rate
            target.unit_sign = "%" if target.is_rate else False

    @api.constrains("figure", "value")
    def _check_rate(self):
        for target in self:
            if target.is_rate and target.value > 100:
                raise ValidationError(self.env._("A rate is at most 100 %."))

    @api.constrains("user_id", "unit_id")
    def _check_person(self):
        for target in self.filtered("user_id"):
            # Whose companies a person works in is no secret to who sets targets there.
            if target.company_id not in target.user_id.sudo().company_ids:
                raise ValidationError(
                    self.env._(
                        "%(person)s does not work in %(store)s.",
                        person=target.user_id.name,
                        store=target.unit_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._first_of_month(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._first_of_month(vals))

    @staticmethod
    def _first_of_month(vals):
        if not vals.get("month"):
            return vals
        return {**vals, "month": fields.Date.to_date(vals["month"]).replace(day=1)}

    def _check_as_user(self, field_names):
        """Targets are set for the stores one works for, by a manager for the own team."""
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            self.env["dealer.unit"]._check_works_for(self.unit_id)
        if not field_names.isdisjoint({"unit_id", "user_id"}):
            # Rules ask whose it was before the change; whose it is now is asked here.
            self.check_access("write")
        return result

    def action_copy_to_next_month(self):
        """Copy the targets to the month after; what stands there already is kept."""
        rows = {
            (target.unit_id.id, target.user_id.id, target._next_month(), target.figure): target
            for target in self
        }
        kept = self.search(
            [
                ("unit_id", "in", self.unit_id.ids),
                ("month", "in", [month for _unit, _user, month, _figure in rows]),
            ]
        )
        there = {(row.unit_id.id, row.user_id.id, row.month, row.figure) for row in kept}
        copies = self.create(
            [
                {
                    "unit_id": unit,
                    "user_id": user,
                    "month": month,
                    "figure": figure,
                    "value": target.value,
                }
                for (unit, user, month, figure), target in rows.items()
                if (unit, user, month, figure) not in there
            ]
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if copies else "warning",
                "message": self.env._("%s targets were copied to the next month.", len(copies))
                if copies
                else self.env._("The next month has these targets already."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _next_month(self):
        self.ensure_one()
        return date_utils.add(self.month, months=1)

    @api.model
    def _of(self, unit_ids, month, user_ids=None):
        """Return ``{figure: value}`` of a month; counts add up, of rates the average is taken.

        :param month: first day
        :param user_ids: whose targets; None for those of the stores as such. These are left out
            where a store has none: the sum of some is no target for all
        """
        figures = self.env["dealer.figure"]._figures()
        rows = self._read_group(
            [
                ("unit_id", "in", unit_ids),
                ("month", "=", month),
                ("user_id", "in", [False] if user_ids is None else user_ids),
            ],
            ["figure"],
            ["value:sum", "value:avg", "__count"],
        )
        return {
            key: average if figures[key].is_rate else total
            for key, total, average, number in rows
            if key in figures and (user_ids is not None or number == len(unit_ids))
        }
