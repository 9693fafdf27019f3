from odoo import fields, models
from odoo.tools import SQL


class DealerAppointmentReport(models.Model):
    """Figures of appointments: who books how, who comes, who does not."""

    _name = "dealer.appointment.report"
    _description = "Figures of Appointments"
    _auto = False
    _order = "start desc"
    _depends = {
        "dealer.appointment": [
            "advisor_id",
            "company_id",
            "discount",
            "origin",
            "start",
            "state",
            "unit_id",
        ]
    }

    start = fields.Datetime(string="Comes On", readonly=True)
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    advisor_id = fields.Many2one("res.users", string="Service Advisor", readonly=True)
    state = fields.Selection(
        selection=lambda self: self.env["dealer.appointment"]._fields["state"].selection,
        readonly=True,
    )
    origin = fields.Selection(
        selection=lambda self: self.env["dealer.appointment"]._fields["origin"].selection,
        string="Booked By",
        readonly=True,
    )
    online_share = fields.Float(
        string="Booked by Customers (%)",
        aggregator="avg",
        readonly=True,
        help="Of all appointments that were made: those on the customer's page.",
    )
    no_show_share = fields.Float(
        string="No-Shows (%)",
        aggregator="avg",
        readonly=True,
        help="Of those whose time has come and that were not cancelled: who did not come.",
    )
    offpeak_share = fields.Float(
        string="Off-Peak (%)",
        aggregator="avg",
        readonly=True,
        help="Of all appointments that were made: those at the lower price of quiet hours.",
    )

    @property
    def _table_query(self):
        # A share is of those it can be said of: for the others it is no number, which averages leave out.
        return SQL(
            """
            SELECT id, start, unit_id, company_id, advisor_id, state, origin,
                   CASE WHEN origin = 'page' THEN 100.0 ELSE 0.0 END AS online_share,
                   CASE state WHEN 'no_show' THEN 100.0 WHEN 'arrived' THEN 0.0 WHEN 'done' THEN 0.0 END
                       AS no_show_share,
                   CASE WHEN discount > 0 THEN 100.0 ELSE 0.0 END AS offpeak_share
              FROM dealer_appointment WHERE state <> 'hold'
            """
        )
