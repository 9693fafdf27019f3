from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_timeline import TimelineSource


class DealerTimeline(models.Model):
    """Appointments: when one was made, kept, missed or cancelled."""

    _name = "dealer.timeline"
    _inherit = "dealer.timeline"
    _depends = {
        "dealer.appointment": [
            "advisor_id",
            "arrived_at",
            "booked_at",
            "cancel_reason",
            "cancelled_at",
            "car",
            "name",
            "no_show_at",
            "plate",
            "relation_id",
            "state",
        ],
    }

    kind = fields.Selection(selection_add=[("appointment", "Appointment")])

    @api.model
    def _timeline_sources(self):
        words = SQL("CONCAT_WS(' ', visit.name, visit.plate, visit.car)")
        cancelled = SQL("CONCAT_WS(' · ', %s, NULLIF(visit.cancel_reason, ''))", words)
        return super()._timeline_sources() | {
            "appointment_booked": self._appointment_source(
                "booked",
                SQL("visit.booked_at"),
                SQL("visit.booked_at IS NOT NULL AND visit.state <> 'hold'"),
                words,
            ),
            "appointment_arrived": self._appointment_source(
                "arrived", SQL("visit.arrived_at"), SQL("visit.arrived_at IS NOT NULL"), words
            ),
            "appointment_no_show": self._appointment_source(
                "no_show", SQL("visit.no_show_at"), SQL("visit.state = 'no_show'"), words
            ),
            "appointment_cancelled": self._appointment_source(
                "cancelled",
                SQL("visit.cancelled_at"),
                SQL("visit.state = 'cancelled' AND visit.cancelled_by <> 'system'"),
                cancelled,
            ),
        }

    @api.model
    def _appointment_source(self, state, moment, condition, words):
        return TimelineSource(
            "dealer.appointment",
            SQL(
                """
                SELECT visit.id, %(moment)s, 'appointment', %(state)s, NULL, %(words)s, FALSE,
                       visit.advisor_id, visit.relation_id, NULL, NULL, NULL,
                       'dealer.appointment', visit.id
                  FROM dealer_appointment visit
                 WHERE %(condition)s AND %(moment)s IS NOT NULL AND visit.relation_id IS NOT NULL
                """,
                moment=moment,
                state=state,
                words=words,
                condition=condition,
            ),
            ("dealer.appointment", "state"),
        )

    @api.model
    def _timeline_icons(self):
        return super()._timeline_icons() | {"appointment": "fa-calendar-check-o"}
