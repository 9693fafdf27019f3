from odoo import api, fields, models

#: Who reads what cars need; the clerk at the door does not.
NEED_READERS = (
    "dealer_base.group_service_advisor,dealer_base.group_service_manager,"
    "dealer_base.group_technician,dealer_base.group_care_agent,dealer_base.group_care_manager,"
    "dealer_base.group_general_manager,dealer_base.group_group_executive,base.group_system"
)


class DealerAppointment(models.Model):
    """Who arrives is greeted with what the car needs (D4)."""

    _name = "dealer.appointment"
    _inherit = "dealer.appointment"

    need_words = fields.Char(
        string="The Car Needs",
        compute="_compute_need_words",
        compute_sudo=True,
        groups=NEED_READERS,
        help="What is due or soon due by the maintenance list, safety first; refused safety work and faults"
        " that came again stand before it.",
    )

    @api.depends("vehicle_id")
    @api.depends_context("lang")
    def _compute_need_words(self):
        words = self.vehicle_id._need_words()
        for row in self:
            row.need_words = "、".join(words.get(row.vehicle_id.id, ()))

    def action_check_in(self):
        """Check in, and show the appointment with what the car needs."""
        self.ensure_one()
        self.action_arrive()
        return self._open_action()

    def action_needs(self):
        """Open what the car needs, to be decided with the customer; whether it may be read is asked there."""
        self.ensure_one()
        return self.vehicle_id.action_maintenance_list()
