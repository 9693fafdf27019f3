from odoo import fields, models


class MailMail(models.Model):
    """An e-mail that a touch made tells whether it went out."""

    _name = "mail.mail"
    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        touches = self.env["dealer.touch"]._made_of(self)
        waiting = touches.filtered(lambda touch: touch.state == "queued")
        now = fields.Datetime.now()
        if not failure_type:
            waiting.write({"state": "sent", "sent_at": now})
        else:
            for touch in waiting:
                # The next attempt makes a mail of its own.
                touch._retry(failure_reason or failure_type, now)
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
