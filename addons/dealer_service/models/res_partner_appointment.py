from odoo import api, fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = "res.partner"

    dealer_no_show_count = fields.Integer(
        string="No-Shows", compute="_compute_dealer_no_show_count", compute_sudo=True
    )

    dealer_appointment_count = fields.Integer(
        string="Appointments", compute="_compute_dealer_appointment_count"
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_dealer_appointment_count(self):
        appointments = self.env["dealer.appointment"]
        counts = {}
        if appointments.has_access("read"):
            counts = dict(
                appointments._read_group(
                    [("partner_id", "in", self.ids), ("state", "!=", "hold")],
                    ["partner_id"],
                    ["__count"],
                )
            )
        for partner in self:
            partner.dealer_appointment_count = counts.get(partner._origin, 0)

    def action_dealer_appointments(self):
        """Open the appointments of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_service.dealer_appointment_action"
        )
        action["domain"] = [("partner_id", "=", self.id), ("state", "!=", "hold")]
        action["context"] = {}
        return action

    @api.depends_context("uid")
    def _compute_dealer_no_show_count(self):
        counts = dict(
            self.env["dealer.appointment"]._read_group(
                [("partner_id", "in", self.ids), ("state", "=", "no_show")],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.dealer_no_show_count = counts.get(partner._origin, 0)
