from odoo import api, fields, models, tools

from .helpdesk_ticket import CASE_STATES


class HelpdeskTicketStage(models.Model):
    _name = "helpdesk.ticket.stage"
    _inherit = "helpdesk.ticket.stage"

    case_state = fields.Selection(
        CASE_STATES,
        string="Step of a Complaint",
        index="btree_not_null",
        help="Complaints of stores show the stage of their step; the stage follows, it never leads.",
    )

    _case_state_uniq = models.UniqueIndex(
        "(case_state) WHERE case_state IS NOT NULL", "Another stage shows this step already."
    )

    @api.model
    @tools.ormcache()
    def _ids_by_case_state(self):
        """Return ``{step: id of the stage that shows it}``; every step of a complaint asks for it."""
        stages = self.sudo().search([("case_state", "!=", False)])  # stages are no secret
        return {stage.case_state: stage.id for stage in stages}

    @api.model_create_multi
    def create(self, vals_list):
        stages = super().create(vals_list)
        self.env.registry.clear_cache()
        return stages

    def write(self, vals):
        result = super().write(vals)
        if {"case_state", "active"} & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
