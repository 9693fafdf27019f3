from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .dealer_case_flow import LEADERS

TASK = "case_task"
DONE = {"state", "done_at"}


class DealerCaseTask(models.Model):
    """What one department does about a complaint; several work at once, each with a clock (E2)."""

    _name = "dealer.case.task"
    _description = "Task of a Complaint"
    _inherit = ["dealer.clock.mixin"]
    _order = "ticket_id, id"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", string="Complaint", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, index=True)
    unit_id = fields.Many2one(related="ticket_id.dealer_unit_id", store=True, index=True)
    partner_id = fields.Many2one(related="ticket_id.partner_id")
    name = fields.Char(string="What to Do", required=True)
    department = fields.Selection(
        [
            ("sales", "Sales"),
            ("service", "Service"),
            ("parts", "Parts"),
            ("finance", "Finance"),
            ("care", "Customer Care"),
        ],
        required=True,
        default="service",
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", required=True, index=True, ondelete="restrict"
    )
    state = fields.Selection(
        [("open", "Open"), ("done", "Done"), ("dropped", "No Longer Needed")],
        required=True,
        default="open",
        readonly=True,
    )
    result = fields.Text()
    done_at = fields.Datetime(string="Done On", readonly=True)

    @api.constrains("ticket_id", "user_id")
    def _check_works_here(self):
        # Companies of colleagues are not readable for every post.
        for task in self.sudo():
            if task.company_id not in task.user_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%s does not work in the store of this complaint.", task.user_id.name
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.update({"state": "open", "done_at": False})
        tasks = super().create(vals_list)
        tasks.ticket_id._check_open()
        tasks._clock_start(TASK)
        for task in tasks:
            # The sealed file is the system's; who may add a task was checked by creating it.
            task.ticket_id.sudo()._seal(
                "changed", {"task": task.name, "responsible": task.user_id.name}
            )
        return tasks

    def write(self, vals):
        if not self.env.su:
            if DONE & vals.keys():
                raise UserError(self.env._("Use the button “Done”; it needs the result."))
            if vals.keys() - {"result"} and not self.env.user._dealer_has_any(LEADERS):
                raise AccessError(self.env._("You write the result; the task is set by managers."))
            if "ticket_id" in vals:
                raise UserError(self.env._("A task stays with its complaint."))
            if self.filtered(lambda task: task.state != "open"):
                raise UserError(self.env._("This task is closed; add another one."))
        result = super().write(vals)
        if "user_id" in vals:
            for task in self:
                task._clock_open(TASK).write({"user_id": task.user_id.id})
                # The sealed file is the system's; who may change the task was checked.
                task.ticket_id.sudo()._seal(
                    "changed", {"task": task.name, "responsible": task.user_id.name}
                )
        return result

    def _drop(self):
        """Close what is still open: the complaint is closed without it."""
        waiting = self.filtered(lambda task: task.state == "open")
        # Called by steps of the flow, which checked the post.
        waiting.sudo().write({"state": "dropped"})
        waiting._clock_void(self.env._("The complaint is closed."))

    def action_done(self):
        """Finish the task; its result is needed."""
        self.check_access("write")
        for task in self:
            if task.user_id != self.env.user and not self.env.user._dealer_has_any(LEADERS):
                raise AccessError(self.env._("Your colleague finishes this task."))
            if task.state != "open":
                raise UserError(self.env._("“%s” is closed already.", task.name))
            if not (task.result or "").strip():
                raise UserError(self.env._("Write the result of “%s” first.", task.name))
        now = fields.Datetime.now()
        self.sudo().write({"state": "done", "done_at": now})  # the right was checked
        self._clock_stop(TASK, at=now)
        for task in self:
            # The sealed file is the system's; who finishes the task was checked.
            task.ticket_id.sudo()._seal("changed", {"task": task.name, "result": task.result})

    @api.ondelete(at_uninstall=False)
    def _check_delete(self):
        if not self.env.su:
            raise UserError(self.env._("What a department was asked stays on the file."))
