from odoo import api, fields, models


class DealerServiceOrder(models.Model):
    _name = "dealer.service.order"
    _inherit = "dealer.service.order"

    complaint_count = fields.Integer(string="Complaints", compute="_compute_complaint_count")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_complaint_count(self):
        counts = {}
        tickets = self.env["helpdesk.ticket"]
        if self.ids and tickets.has_access("read"):
            about = [f"{self._name},{number}" for number in self.ids]
            counts = dict(
                tickets._read_group([("about_ref", "in", about)], ["about_ref"], ["__count"])
            )
        for order in self:
            order.complaint_count = counts.get(f"{self._name},{order.id}", 0)

    def action_open_complaints(self):
        """Open the complaints about this visit."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_complaint.helpdesk_ticket_action_case"
        )
        action["domain"] = [("about_ref", "=", f"{self._name},{self.id}")]
        action["context"] = {}
        return action
