from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_timeline import TimelineSource


class DealerTimeline(models.Model):
    """Orders: when a car was ordered, delivered, cancelled. Prices are read in the order."""

    _name = "dealer.timeline"
    _inherit = "dealer.timeline"
    _depends = {
        "dealer.order": [
            "brand",
            "cancel_note",
            "cancel_reason_id",
            "cancelled_at",
            "car_model",
            "configuration",
            "consultant_id",
            "delivered_at",
            "name",
            "ordered_on",
            "relation_id",
            "series",
            "state",
        ],
        "dealer.order.cancel.reason": ["name"],
    }

    kind = fields.Selection(selection_add=[("order", "Order")])

    @api.model
    def _timeline_sources(self):
        words = SQL(
            "CONCAT_WS(' ', sale.name, sale.brand, sale.series, sale.car_model, sale.configuration)"
        )
        reason = self.env["dealer.order.cancel.reason"]._field_to_sql("reason", "name")
        cancelled = SQL("CONCAT_WS(' · ', %s, %s, NULLIF(sale.cancel_note, ''))", words, reason)
        # The day of an order is kept, not the hour: that of the record where it is of the day,
        # else noon in China.
        ordered_at = SQL(
            "CASE WHEN (sale.create_date + INTERVAL '8 hours')::date = sale.ordered_on"
            " THEN sale.create_date ELSE sale.ordered_on + TIME '04:00' END"
        )
        return super()._timeline_sources() | {
            "order_ordered": self._order_source(
                "ordered", ordered_at, SQL("sale.ordered_on IS NOT NULL"), words
            ),
            "order_delivered": self._order_source(
                "delivered", SQL("sale.delivered_at"), SQL("sale.delivered_at IS NOT NULL"), words
            ),
            "order_cancelled": self._order_source(
                "cancelled",
                SQL("sale.cancelled_at"),
                SQL("sale.state = 'cancelled'"),
                cancelled,
            ),
        }

    @api.model
    def _order_source(self, state, moment, condition, words):
        return TimelineSource(
            "dealer.order",
            SQL(
                """
                SELECT sale.id, %(moment)s, 'order', %(state)s, NULL, %(words)s, FALSE,
                       sale.consultant_id, sale.relation_id, NULL, NULL, NULL,
                       'dealer.order', sale.id
                  FROM dealer_order sale
             LEFT JOIN dealer_order_cancel_reason reason ON reason.id = sale.cancel_reason_id
                 WHERE %(condition)s
                """,
                moment=moment,
                state=state,
                words=words,
                condition=condition,
            ),
            ("dealer.order", "state"),
        )

    @api.model
    def _timeline_icons(self):
        return super()._timeline_icons() | {"order": "fa-car"}
