from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.cells import CELL_MINUTES


class DealerCapacityKind(models.Model):
    _name = "dealer.capacity.kind"
    _description = "Kind of Resource"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, copy=False, help="How programs name the kind, e.g. service_bay."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    person = fields.Boolean(
        string="Persons",
        help="Each resource of this kind is one person or one thing, never a pool.",
    )
    break_minutes = fields.Integer(
        string="Break that is Bridged (min)",
        help="A booking may go on over a break of the opening hours that is not longer, e.g. a car stays"
        " in its bay over lunch. It never begins or ends in the break.",
    )
    resource_ids = fields.One2many("dealer.capacity.resource", "kind_id", string="Resources")

    _code_uniq = models.Constraint("UNIQUE(code)", "Another kind has this code already.")

    @api.constrains("break_minutes")
    def _check_break(self):
        for kind in self:
            if not 0 <= kind.break_minutes <= 240 or kind.break_minutes % CELL_MINUTES:
                raise ValidationError(
                    self.env._("A break that is bridged is a multiple of 15 minutes, 240 at most.")
                )

    @api.constrains("person")
    def _check_pools(self):
        self.resource_ids._check_units()
