from email.utils import parseaddr

from markupsafe import Markup

from odoo import api, models
from odoo.tools import email_normalize, html2plaintext, plaintext2html

from ..tools.files import FileError, check_mail_file

#: More than that of a mail is not kept.
MAIL_FILES = 10
MAIL_LENGTH = 20_000
#: HTML of a mail is far longer than its words.
MAIL_HTML_LENGTH = 200_000


class HelpdeskTicket(models.Model):
    """Complaints by e-mail: to the alias of the store; replies join the case."""

    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        """Let Odoo count what one sender has opened: it looks for a field that tickets lack."""
        return [("partner_email", "=ilike", email_from_normalized)]

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Make a received complaint of a mail to the address of a store."""
        team_id = (custom_values or {}).get("team_id")
        # The mail comes from outside; teams and stores are looked up by the system.
        team = self.env["helpdesk.ticket.team"].sudo().browse(team_id)
        unit = self.env["dealer.unit"]._of_company(team.company_id)
        if not unit:
            return super().message_new(msg_dict, custom_values)
        self._bound_mail(msg_dict)
        name, address = parseaddr(msg_dict.get("email_from") or msg_dict.get("from") or "")
        # Of a sender one knows the address only, and that can be forged.
        author = self.env["res.partner"].sudo().browse(msg_dict.get("author_id") or [])
        partner = author if unit in author.dealer_relation_ids.unit_id else author.browse()
        values = {
            **custom_values,
            "name": (msg_dict.get("subject") or "").strip()[:200] or self.env._("No Subject"),
            "source": "mail",
            "facts": html2plaintext(msg_dict.get("body") or "").strip(),
            "description": msg_dict.get("body") or "–",
            "partner_id": partner.id,
            "partner_name": name or address,
            "partner_email": email_normalize(address) or address,
            "user_id": False,
        }
        # Whom the sender also writes to does not become a follower of the complaint.
        return super().message_new({**msg_dict, "to": "", "cc": ""}, values)

    def message_update(self, msg_dict, update_vals=None):
        """Let a reply join the complaint, bounded as a new mail is."""
        if not self.is_case:
            return super().message_update(msg_dict, update_vals)
        self._bound_mail(msg_dict)
        result = super().message_update({**msg_dict, "to": "", "cc": ""}, update_vals)
        self._tell_of_mail()
        return result

    def _message_get_suggested_recipients_batch(self, *args, **kwargs):
        """Suggest no customer without e-mail: the web client would insist on an address.

        The answer reaches them all the same, on the page of their complaint.
        """
        suggested = super()._message_get_suggested_recipients_batch(*args, **kwargs)
        for ticket in self.filtered("is_case"):
            suggested[ticket.id] = [
                person for person in suggested[ticket.id] if person.get("email")
            ]
        return suggested

    def _tell_of_mail(self):
        """Tell who works on it that the customer wrote."""
        case = self.sudo()  # the system tells
        people = case._staff_of_case()
        if people:
            title = self.env._("The customer wrote about %s", case.number)
            case.with_context(mail_notify_force_send=False).message_notify(
                partner_ids=people.partner_id.ids, subject=title, body=Markup("<p>%s</p>") % title
            )

    def _bound_mail(self, msg):
        """Keep of ``msg`` what people send; what is huge or hostile goes, and the mail says so."""
        body = msg.get("body") or ""
        if len(body) > MAIL_HTML_LENGTH or len(html2plaintext(body)) > MAIL_LENGTH:
            words = html2plaintext(body[: MAIL_HTML_LENGTH * 5])[:MAIL_LENGTH]
            note = self.env._("(The mail was longer; the rest was not kept.)")
            body = plaintext2html(words) + Markup("<p>%s</p>") % note
        kept, refused = [], []
        for attachment in msg.get("attachments") or []:
            content = attachment[1]
            raw = content.encode() if isinstance(content, str) else content
            if not isinstance(raw, bytes):
                raw = b""  # a mail within the mail
            try:
                check_mail_file(raw)
            except FileError:
                refused.append(attachment[0])
            else:
                kept.append(attachment)
        refused += [attachment[0] for attachment in kept[MAIL_FILES:]]
        if refused:
            names = ", ".join((name or "?")[:80] for name in refused[:MAIL_FILES])
            note = self.env._("Files that were not kept: %s", names)
            body = Markup("%s<p>%s</p>") % (Markup(body), note)
        msg["body"] = body
        msg["attachments"] = kept[:MAIL_FILES]
