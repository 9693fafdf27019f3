from odoo import fields, models


class MailActivity(models.Model):
    """A task that a touch made: done there, it is done here."""

    _name = "mail.activity"
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        touches = self.env["dealer.touch"]._made_of(self)
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        touches.filtered(lambda touch: touch.state == "sent").write(
            {"state": "done", "done_at": fields.Datetime.now()}
        )
        return result

    def unlink(self):
        touches = self.env["dealer.touch"]._made_of(self)
        result = super().unlink()
        for touch in touches.filtered(lambda touch: touch.state == "sent"):
            touch._skip("cancelled", self.env._("%s deleted the task.", self.env.user.name))
        return result
