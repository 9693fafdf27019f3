from odoo import fields, models
from odoo.tools import SQL

#: A visit registered later than this after arrival is late.
TIMELY_MINUTES = 5


class DealerVisitReport(models.Model):
    """Figures of the showroom, one row a visit that was not cancelled.

    Rates are averages of 0 and 1; a visit outside of a rate's denominator is NULL there, so that
    every grouping divides by the right number.
    """

    _name = "dealer.visit.report"
    _description = "Figures of Showroom Visits"
    _auto = False
    _order = "arrived_at desc, id desc"
    _rec_name = "id"
    _depends = {
        "dealer.visit": [
            "arrived_at",
            "clerk_id",
            "company_id",
            "consultant_id",
            "contact_kept",
            "corrected",
            "drove",
            "invited",
            "is_complete",
            "is_intent",
            "occasion",
            "party_size",
            "purpose",
            "registered_at",
            "relation_id",
            "source_id",
            "state",
            "stay_band",
            "stay_minutes",
            "unit_id",
            "wait_minutes",
            "was_returned",
        ]
    }

    arrived_at = fields.Datetime(string="Arrived", readonly=True)
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    clerk_id = fields.Many2one("res.users", string="Registered By", readonly=True)
    consultant_id = fields.Many2one("res.users", readonly=True)
    relation_id = fields.Many2one("dealer.relation", string="Customer Card", readonly=True)
    source_id = fields.Many2one("utm.source", string="Heard of Us By", readonly=True)
    state = fields.Selection(selection=lambda self: self._visit_selection("state"), readonly=True)
    purpose = fields.Selection(
        selection=lambda self: self._visit_selection("purpose"), readonly=True
    )
    stay_band = fields.Selection(
        selection=lambda self: self._visit_selection("stay_band"),
        string="Length of Stay",
        readonly=True,
    )
    traffic = fields.Selection(
        [
            ("first_kept", "First Visit, Contact Kept"),
            ("first_known", "First Visit, on File Before"),
            ("first_open", "First Visit, No Contact"),
            ("repeat", "Repeated Visit"),
            ("non_sales", "Other Business"),
            ("incomplete", "Incomplete"),
        ],
        string="Kind of Traffic",
        readonly=True,
    )
    invited = fields.Boolean(readonly=True)
    visits = fields.Integer(string="Number of Visits", readonly=True)
    guests = fields.Integer(readonly=True)
    stay_minutes = fields.Float(string="Stayed (min)", aggregator="avg", readonly=True)
    wait_minutes = fields.Float(string="Waited (min)", aggregator="avg", readonly=True)
    rate_new = fields.Float(
        string="Contacts Kept ÷ New Guests",
        aggregator="avg",
        readonly=True,
        help="First visits with contact ÷ (those + first visits without contact). Who was on file"
        " before and incomplete records are left out.",
    )
    rate_natural = fields.Float(
        string="Contacts Kept ÷ First Natural Visits",
        aggregator="avg",
        readonly=True,
        help="First visits without invitation, with phone number ÷ all first visits without"
        " invitation.",
    )
    rate_first = fields.Float(
        string="Contacts Kept ÷ All First Visits",
        aggregator="avg",
        readonly=True,
        help="First visits with contact ÷ all first visits, invited ones and those on file before"
        " included.",
    )
    rate_drive = fields.Float(
        string="Test Drives",
        aggregator="avg",
        readonly=True,
        help="Visits with a drive ÷ (first visits with contact or on file before + repeated"
        " visits).",
    )
    rate_accurate = fields.Float(
        string="Accurate Records",
        aggregator="avg",
        readonly=True,
        help="Records that were neither sent back nor corrected ÷ all records.",
    )
    rate_timely = fields.Float(
        string="Registered in Time",
        aggregator="avg",
        readonly=True,
        help="Registered within 5 minutes of arrival ÷ all records.",
    )

    def _visit_selection(self, field):
        return self.env["dealer.visit"]._fields[field]._description_selection(self.env)

    @property
    def _table_query(self) -> SQL:
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    def _select(self) -> SQL:
        return SQL(
            """
            SELECT visit.id, visit.arrived_at, visit.unit_id, visit.company_id, visit.clerk_id,
                   visit.consultant_id, visit.relation_id, visit.source_id, visit.state,
                   visit.purpose, visit.stay_band, visit.invited, visit.traffic,
                   1 AS visits,
                   visit.party_size AS guests,
                   CASE WHEN visit.state = 'left' THEN visit.stay_minutes END AS stay_minutes,
                   CASE WHEN visit.received_at IS NOT NULL THEN visit.wait_minutes END
                       AS wait_minutes,
                   CASE visit.traffic WHEN 'first_kept' THEN 1.0 WHEN 'first_open' THEN 0.0 END
                       AS rate_new,
                   CASE WHEN visit.is_intent AND visit.occasion <> 'repeat'
                              AND visit.invited IS NOT TRUE
                        THEN visit.contact_kept::int::float END AS rate_natural,
                   CASE WHEN visit.is_intent AND visit.occasion <> 'repeat'
                        THEN visit.contact_kept::int::float END AS rate_first,
                   CASE WHEN visit.traffic IN ('first_kept', 'first_known', 'repeat')
                        THEN COALESCE(visit.drove, FALSE)::int::float END AS rate_drive,
                   (NOT (COALESCE(visit.was_returned, FALSE) OR COALESCE(visit.corrected, FALSE)))
                       ::int::float AS rate_accurate,
                   (visit.registered_at <= visit.arrived_at + make_interval(mins => %s))
                       ::int::float AS rate_timely
            """,
            TIMELY_MINUTES,
        )

    def _from(self) -> SQL:
        return SQL(
            """
            FROM (SELECT *,
                         CASE WHEN is_intent IS NOT TRUE THEN 'non_sales'
                              WHEN state = 'left' AND is_complete IS NOT TRUE THEN 'incomplete'
                              WHEN occasion = 'repeat' THEN 'repeat'
                              WHEN occasion = 'known' THEN 'first_known'
                              WHEN contact_kept THEN 'first_kept'
                              ELSE 'first_open'
                         END AS traffic
                    FROM dealer_visit) visit
            """
        )

    def _where(self) -> SQL:
        return SQL("WHERE visit.state <> 'cancelled'")
