from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .dealer_case_flow import LEADERS

#: Whether a measure works is checked so many weeks after it was done.
CHECK_WEEKS = 4


class DealerCaseMeasure(models.Model):
    """What is changed so that a cause does not come again; its effect is checked later (E3)."""

    _name = "dealer.case.measure"
    _description = "Measure against a Cause"
    _order = "date, id"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", string="Complaint", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, index=True)
    cause_id = fields.Many2one(related="ticket_id.cause_id", store=True, index="btree_not_null")
    name = fields.Char(string="Measure", required=True)
    user_id = fields.Many2one(
        "res.users", string="Owner", required=True, index=True, ondelete="restrict"
    )
    date = fields.Date(string="Until", required=True)
    done_on = fields.Date(readonly=True)
    check_date = fields.Date(
        string="Check the Effect On", compute="_compute_check_date", store=True, readonly=False
    )
    effect = fields.Selection([("works", "Works"), ("not", "Does not Work")])
    effect_note = fields.Text(string="What was Found")
    state = fields.Selection(
        [("open", "Open"), ("done", "Done"), ("checked", "Effect Checked")],
        compute="_compute_state",
        store=True,
    )

    @api.depends("done_on")
    def _compute_check_date(self):
        for measure in self:
            measure.check_date = (
                measure.done_on + timedelta(weeks=CHECK_WEEKS) if measure.done_on else False
            )

    @api.depends("done_on", "effect")
    def _compute_state(self):
        for measure in self:
            if measure.done_on:
                measure.state = "checked" if measure.effect else "done"
            else:
                measure.state = "open"

    def write(self, vals):
        if not self.env.su:
            if "done_on" in vals:
                raise UserError(self.env._("Use the button “Done”."))
            if "ticket_id" in vals:
                raise UserError(self.env._("A measure stays with its complaint."))
            if not self.env.user._dealer_has_any(LEADERS):
                raise AccessError(self.env._("Managers set measures and judge their effect."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _check_delete(self):
        if self.filtered("done_on"):
            raise UserError(self.env._("What was done stays on the file."))

    def action_done(self):
        """The measure was carried out today."""
        self.check_access("read")
        leads = self.env.user._dealer_has_any(LEADERS)
        for measure in self:
            if measure.user_id != self.env.user and not leads:
                raise AccessError(self.env._("Your colleague finishes this measure."))
            if measure.done_on:
                raise UserError(self.env._("“%s” is done already.", measure.name))
        self.sudo().done_on = fields.Date.context_today(self)  # the right was checked
