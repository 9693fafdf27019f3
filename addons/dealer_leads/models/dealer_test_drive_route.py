from odoo import fields, models


class DealerTestDriveRoute(models.Model):
    """A way that is driven on trial; of one store, or of all."""

    _name = "dealer.test.drive.route"
    _description = "Test Drive Route"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        help="Empty: for all stores.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index=True)
    minutes = fields.Integer(string="Time (min)", required=True, default=30)
    km = fields.Integer(string="Distance (km)", required=True, default=10)
    motorway = fields.Boolean(
        help="Goes over a motorway: learners drive there only with a companion who has held a"
        " licence for three years."
    )
    description = fields.Text(string="Way", translate=True)

    _minutes = models.Constraint(
        "CHECK (minutes BETWEEN 5 AND 240)", "A drive takes 5 to 240 minutes."
    )
    _km = models.Constraint("CHECK (km BETWEEN 1 AND 500)", "A route is 1 to 500 km long.")
