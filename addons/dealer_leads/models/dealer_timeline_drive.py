from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_timeline import TimelineSource


class DealerTimeline(models.Model):
    """Test drives: when one was booked, cancelled, or nobody came. One that took place is a contact."""

    _name = "dealer.timeline"
    _inherit = "dealer.timeline"
    _depends = {
        "dealer.test.drive": [
            "cancel_reason",
            "cancelled_at",
            "car_series",
            "relation_id",
            "state",
            "user_id",
        ]
    }

    kind = fields.Selection(selection_add=[("drive", "Test Drive")])

    @api.model
    def _timeline_sources(self):
        return super()._timeline_sources() | {
            "drive_booked": self._drive_source(
                SQL("'booked'"),
                SQL("drive.create_date"),
                SQL("drive.booking_id IS NOT NULL"),
                SQL("drive.car_series"),
            ),
            "drive_ended": self._drive_source(
                SQL("drive.state"),
                SQL("drive.cancelled_at"),
                SQL("drive.state IN ('cancelled', 'no_show')"),
                SQL("CONCAT_WS(' · ', drive.car_series, drive.cancel_reason)"),
            ),
        }

    @api.model
    def _drive_source(self, state, moment, condition, words):
        return TimelineSource(
            "dealer.test.drive",
            SQL(
                """
                SELECT drive.id, %(moment)s, 'drive', %(state)s, NULL, %(words)s, FALSE,
                       drive.user_id, drive.relation_id, NULL, NULL, NULL,
                       'dealer.test.drive', drive.id
                  FROM dealer_test_drive drive
                 WHERE %(condition)s
                """,
                moment=moment,
                state=state,
                words=words,
                condition=condition,
            ),
            ("dealer.test.drive", "state"),
        )

    @api.model
    def _timeline_icons(self):
        return super()._timeline_icons() | {"drive": "fa-road"}
