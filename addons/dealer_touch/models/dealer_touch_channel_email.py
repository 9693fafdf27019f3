from odoo import api, models
from odoo.tools import config, email_normalize, formataddr, plaintext2html

from .dealer_touch_channel import Outcome


class DealerTouchChannelEmail(models.AbstractModel):
    """E-mail by Odoo's own queue, which says whether it went out."""

    _name = "dealer.touch.channel.email"
    _inherit = ["dealer.touch.channel"]
    _description = "E-Mails"
    _touch_sequence = 30
    _touch_reaches = ("customer", "staff")
    _touch_needs_subject = True

    @api.model
    def _touch_label(self):
        return self.env._("E-mail")

    @api.model
    def _touch_server(self):
        """Whether somebody set up a mail server; Odoo would try this machine's otherwise."""
        return bool(
            config["smtp_server"] not in (False, "", "localhost")
            or self.env["ir.mail_server"].search_count([], limit=1)
        )

    @api.model
    def _touch_problems(self, touches):
        if not self._touch_server():
            words = self.env._("No outgoing mail server is set up.")
            return dict.fromkeys(touches, ("no_provider", words))
        return {
            touch: ("no_address", self.env._("No e-mail address that can be used."))
            for touch in touches
            if not email_normalize(touch._addressee().email or "")
        }

    @api.model
    def _touch_finish(self, touch, way, subject, body):
        if touch._budgeted():
            body = "\n\n".join((body, self.env._("No more such messages: %s", touch._stop_url())))
        return subject, body

    @api.model
    def _touch_deliver(self, touches):
        values = []
        for touch in touches:
            company = touch.company_id
            headers = {}
            if touch._budgeted():
                headers = {
                    "List-Unsubscribe": f"<{touch._stop_url()}>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                }
            values.append(
                {
                    "subject": touch.subject,
                    "body_html": plaintext2html(touch.body or ""),
                    "email_from": formataddr((company.name, company.email or "")),
                    "email_to": formataddr((touch._addressee().name, touch._addressee().email)),
                    "headers": repr(headers),
                    "auto_delete": False,
                    "state": "outgoing",
                }
            )
        mails = self.env["mail.mail"].create(values)
        return {
            touch: Outcome("queued", made=mail) for touch, mail in zip(touches, mails, strict=True)
        }
