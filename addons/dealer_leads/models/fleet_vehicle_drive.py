from odoo import fields, models


class FleetVehicle(models.Model):
    """A car of the store's own fleet that customers drive on trial."""

    _name = "fleet.vehicle"
    _inherit = "fleet.vehicle"

    dealer_unit_id = fields.Many2one(
        "dealer.unit",
        string="Test Drive Car of Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        ondelete="restrict",
        help="The store whose managers look after the car, without the rights of the fleet.",
    )
