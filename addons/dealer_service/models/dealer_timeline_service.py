from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_timeline import TimelineSource


class DealerTimeline(models.Model):
    """Visits to the workshop: when the car came and when it was handed over; never prices."""

    _name = "dealer.timeline"
    _inherit = "dealer.timeline"
    _depends = {
        "dealer.service.order": [
            "advisor_id",
            "customer_words",
            "kind",
            "name",
            "opened_at",
            "relation_id",
            "vehicle_id",
        ],
        "dealer.vehicle": ["plate"],
    }

    kind = fields.Selection(selection_add=[("service", "Workshop")])

    @api.model
    def _timeline_sources(self):
        return super()._timeline_sources() | {
            "service_order": TimelineSource(
                "dealer.service.order",
                SQL(
                    """
                    SELECT job.id, job.opened_at, 'service', job.kind, 'in',
                           CONCAT_WS(' · ', car.plate, job.name, NULLIF(job.customer_words, '')),
                           FALSE, job.advisor_id, job.relation_id, NULL, NULL, NULL,
                           'dealer.service.order', job.id
                      FROM dealer_service_order job
                      JOIN dealer_vehicle car ON car.id = job.vehicle_id
                     WHERE job.state <> 'cancelled'
                    """
                ),
                ("dealer.service.order", "kind"),
            )
        }

    @api.model
    def _timeline_icons(self):
        return super()._timeline_icons() | {"service": "fa-wrench"}
