from odoo import api, fields, models
from odoo.tools import SQL


class DealerCallbackReport(models.Model):
    """Deliveries and their call-backs: were all called within three days (D9)?

    It begins with the deliveries, not with the call-backs: a delivery nobody planned a call for counts
    as not called.
    """

    _name = "dealer.callback.report"
    _description = "Call-Backs within Three Days"
    _auto = False
    _order = "delivered_at desc, id desc"
    _depends = {
        "dealer.callback": [
            "done_at",
            "handled_at",
            "is_dissatisfied",
            "is_first",
            "partner_id",
            "res_id",
            "res_model",
            "state",
            "user_id",
        ],
        "dealer.service.order": [
            "closed_at",
            "company_id",
            "kind",
            "name",
            "state",
            "unit_id",
            "vehicle_id",
        ],
        "dealer.vehicle": ["plate"],
    }

    name = fields.Char(string="Delivery", readonly=True)
    plate = fields.Char(readonly=True)
    about = fields.Selection(
        [("service", "Workshop"), ("sale", "New Car")], string="Handed Over From", readonly=True
    )
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    delivered_at = fields.Datetime(string="Handed Over On", readonly=True)
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", string="Caller", readonly=True)
    handled_at = fields.Datetime(string="Called On", readonly=True)
    verdict = fields.Selection(
        [
            ("in_time", "In Time"),
            ("late", "Too Late"),
            ("missing", "Not Called"),
            ("open", "Still in Time"),
            ("refused", "Wants No Calls"),
        ],
        readonly=True,
    )
    in_time_share = fields.Float(
        string="Called within 3 Days (%)",
        aggregator="avg",
        readonly=True,
        help="Of deliveries whose three days are over or that were called: reached, or tried three"
        " times and written to. Customers who want no calls are left out.",
    )
    reached_share = fields.Float(
        string="Reached (%)", aggregator="avg", readonly=True, help="Of those that were called."
    )
    dissatisfied_share = fields.Float(
        string="Dissatisfied (%)", aggregator="avg", readonly=True, help="Of those reached."
    )

    @api.model
    def _select_deliveries(self):
        """Return the SELECTs of deliveries; a hook.

        Columns: number (unique over all sources), name, vehicle_id, about, res_model, res_id,
        delivered_at, unit_id, company_id. Numbers of sources do not meet: two times the id here.
        """
        return [
            SQL(
                """
                SELECT job.id * 2, job.name, job.vehicle_id, 'service', 'dealer.service.order',
                       job.id, job.closed_at, job.unit_id, job.company_id
                  FROM dealer_service_order job
                 WHERE job.state = 'closed'
                """
            )
        ]

    @property
    def _table_query(self):
        # Deliveries from before the first rule was switched on were never to be called.
        days = self.env["dealer.callback"]._setting("callback_days")
        now = fields.Datetime.now()
        return SQL(
            """
            WITH begun AS (
                SELECT rule.model, min(rule.since) AS since
                  FROM dealer_touch_rule rule
                  JOIN dealer_touch_way way ON way.rule_id = rule.id
                 WHERE way.channel = 'call_back'
              GROUP BY rule.model
            ), delivery (id, name, vehicle_id, about, res_model, res_id, delivered_at, unit_id,
                         company_id) AS (%(deliveries)s),
            judged AS (
                SELECT delivery.*, car.plate, first.user_id, called.handled_at, called.done_at,
                       called.is_dissatisfied, first.state AS first_state,
                       delivery.delivered_at + make_interval(days => %(days)s) AS latest
                  FROM delivery
                  JOIN begun ON begun.model = delivery.res_model
                            AND delivery.delivered_at >= begun.since
             LEFT JOIN dealer_vehicle car ON car.id = delivery.vehicle_id
             LEFT JOIN LATERAL (
                       SELECT call.user_id, call.state FROM dealer_callback call
                        WHERE call.res_model = delivery.res_model AND call.res_id = delivery.res_id
                     ORDER BY call.is_first DESC, call.id LIMIT 1) first ON TRUE
             LEFT JOIN LATERAL (
                       SELECT min(call.handled_at) AS handled_at, min(call.done_at) AS done_at,
                              bool_or(call.is_dissatisfied) AS is_dissatisfied
                         FROM dealer_callback call
                        WHERE call.res_model = delivery.res_model AND call.res_id = delivery.res_id
                          AND call.handled_at IS NOT NULL) called ON TRUE
            ), verdicts AS (
                SELECT judged.*,
                       CASE WHEN handled_at <= latest THEN 'in_time'
                            WHEN handled_at IS NOT NULL THEN 'late'
                            WHEN first_state = 'cancelled' THEN 'refused'
                            WHEN latest < %(now)s THEN 'missing'
                            ELSE 'open' END AS verdict
                  FROM judged
            )
            SELECT id, name, plate, about, res_model, res_id, delivered_at, unit_id, company_id,
                   user_id, handled_at, verdict,
                   CASE verdict WHEN 'in_time' THEN 100.0 WHEN 'late' THEN 0.0
                                WHEN 'missing' THEN 0.0 END AS in_time_share,
                   CASE WHEN done_at IS NOT NULL THEN 100.0
                        WHEN handled_at IS NOT NULL THEN 0.0 END AS reached_share,
                   CASE WHEN done_at IS NULL THEN NULL WHEN is_dissatisfied THEN 100.0
                        ELSE 0.0 END AS dissatisfied_share
              FROM verdicts
            """,
            deliveries=SQL(" UNION ALL ").join(self._select_deliveries()),
            days=days,
            now=now,
        )

    def action_open_callbacks(self):
        """Open the call-backs of this delivery."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_service.dealer_callback_action"
        )
        action["domain"] = [("res_model", "=", self.res_model), ("res_id", "=", self.res_id)]
        action["context"] = {}
        return action
