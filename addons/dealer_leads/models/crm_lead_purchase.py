from datetime import UTC
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.fields import Domain

#: The day of a lead is that of the shop's clock.
ZONE = ZoneInfo("Asia/Shanghai")


class CrmLead(models.Model):
    """Who buys again is known when the lead is made (续购, B10); all that is on file stands there."""

    _name = "crm.lead"
    _inherit = "crm.lead"

    dealer_purchase_kind = fields.Selection(
        [("first", "First Purchase"), ("repeat", "Buys Again")],
        string="Purchase",
        compute="_compute_dealer_purchase_kind",
        store=True,
        compute_sudo=True,
        help="Buys again: the customer had a car on file in the group before this lead, in whatever"
        " store. Which car and which store is told only to those who may see it.",
    )

    _dealer_repeat_idx = models.Index("(user_id) WHERE dealer_purchase_kind = 'repeat'")

    @api.depends(
        "dealer_received_at",
        "dealer_unit_id",
        "partner_id",
        "partner_id.vehicle_owner_ids.date_from",
        "partner_id.vehicle_owner_ids.partner_id",
    )
    def _compute_dealer_purchase_kind(self):
        # One query for all leads: the intake makes a thousand at once.
        first_car = dict(
            self.env["dealer.vehicle.owner"]._read_group(
                Domain("partner_id", "in", self.partner_id.ids), ["partner_id"], ["date_from:min"]
            )
        )
        for lead in self:
            if not lead.dealer_unit_id:
                lead.dealer_purchase_kind = False
                continue
            moment = lead.dealer_received_at or fields.Datetime.now()
            received = moment.replace(tzinfo=UTC).astimezone(ZONE).date()
            since = first_car.get(lead.partner_id)
            # The car that this lead ended with is not one that was there before.
            lead.dealer_purchase_kind = "repeat" if since and since < received else "first"

    def action_dealer_timeline(self):
        """Open all that happened with the customer of this lead, to search and to group."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dealer_base.dealer_timeline_action")
        action["domain"] = [("relation_id", "=", self.dealer_relation_id.id)]
        return action
