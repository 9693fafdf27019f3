from odoo import fields, models


class DealerUnitHistory(models.Model):
    _name = "dealer.unit.history"
    _description = "Place of a Unit over Time"
    _order = "date_from desc, id desc"

    unit_id = fields.Many2one("dealer.unit", required=True, index=True, ondelete="cascade")
    parent_id = fields.Many2one("dealer.unit", string="Belonged To", ondelete="set null")
    date_from = fields.Date(required=True)
    date_to = fields.Date()
