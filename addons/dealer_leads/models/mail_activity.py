from odoo import api, fields, models
from odoo.exceptions import UserError


class MailActivity(models.Model):
    """A follow-up is the plan of the next contact: it ends with a result, and no other way (B6)."""

    _name = "mail.activity"
    _inherit = "mail.activity"

    def write(self, vals):
        if vals.get("date_deadline") and not self.env.su:
            date = fields.Date.to_date(vals["date_deadline"])
            # The lead keeps the day, and knows how late it may be.
            self._dealer_followed_up().filtered(
                lambda lead: lead.dealer_next_date != date
            ).dealer_next_date = date
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _check_follow_up(self):
        if not self.env.su and self._dealer_followed_up():
            raise UserError(
                self.env._(
                    "A follow-up is not cancelled: log the contact, or ask for the defeat of the"
                    " customer."
                )
            )

    def _action_done(self, feedback=False, attachment_ids=None):
        if self._dealer_followed_up():
            raise UserError(
                self.env._(
                    "A follow-up is done with its result and the next date: use “Log Contact” on"
                    " the lead."
                )
            )
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)

    def _dealer_followed_up(self):
        """Return the open leads of stores whose next contact these activities plan."""
        follow_up = self.env.ref("dealer_leads.mail_activity_type_follow_up", False)
        ids = self.filtered(
            lambda task: task.activity_type_id == follow_up and task.res_model == "crm.lead"
        ).mapped("res_id")
        leads = self.env["crm.lead"].browse(ids if follow_up else [])
        # Which leads are open is asked for whoever ticks the task off.
        is_open = (
            leads.sudo()
            .exists()
            .filtered(lambda lead: lead.dealer_unit_id and lead.won_status == "pending")
        )
        return leads.browse(is_open.ids)
