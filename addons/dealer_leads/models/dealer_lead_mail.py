import logging

from odoo import api, fields, models
from odoo.tools import email_normalize, html2plaintext

_logger = logging.getLogger(__name__)

#: The source of mails that nobody can read by rule.
UNREAD = "mail"


class DealerLeadMail(models.Model):
    """A mail to the address for leads, as it came; what it says goes into the lead inbox (B1).

    A mail that no reader knows waits in the inbox for a person, under “attention”.
    """

    _name = "dealer.lead.mail"
    _inherit = ["mail.thread"]
    _description = "Lead Mail"
    _order = "id desc"
    _rec_name = "subject"

    subject = fields.Char(readonly=True)
    sender = fields.Char(readonly=True)
    body = fields.Text(readonly=True)
    message_ref = fields.Char(string="Message-Id", readonly=True)
    parser_id = fields.Many2one(
        "dealer.lead.mail.parser",
        string="Read By",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True, ondelete="set null")
    inbox_id = fields.Many2one(
        "dealer.lead.inbox",
        string="In the Inbox As",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Keep the mail and store what it says as a lead; addresses may name a store."""
        text = html2plaintext(msg_dict.get("body") or "", include_references=False)
        unit = self.env["dealer.unit"].browse((custom_values or {}).get("unit_id") or [])
        mail = super().message_new(
            msg_dict,
            {
                "subject": msg_dict.get("subject"),
                "sender": msg_dict.get("email_from"),
                "body": text,
                "message_ref": msg_dict.get("message_id"),
                "unit_id": unit.exists().id,
            },
        )
        # The gateway has no right on the inbox; an address for leads is a door to it.
        mail.sudo()._take_in()
        return mail

    def _take_in(self):
        """Read the mail by the first reader that knows it, and store the lead."""
        self.ensure_one()
        parser = self.env["dealer.lead.mail.parser"]._find(
            email_normalize(self.sender or "") or self.sender, self.subject
        )
        said = parser._read_mail(f"{self.subject or ''}\n{self.body or ''}") if parser else {}
        source = parser.source_id.dealer_code or UNREAD
        external_id = (said.pop("external_id", None) or self.message_ref or f"mail-{self.id}")[:128]
        lead = {**said, "external_id": external_id}
        if self.unit_id:
            lead["store"] = self.unit_id.code
        if not parser or not said.get("phone"):
            # Who reads it decides; the words are kept where they are looked at.
            lead["message"] = "\n".join(filter(None, (self.subject, self.body)))[:5000]
        inbox = self.env["dealer.lead.inbox"]
        if problems := inbox._check_lead(lead):
            # A date that is none is no reason to lose the lead.
            _logger.info("Lead mail %s: %s", self.id, "; ".join(problems))
            lead.pop("occurred_at", None)
        row_id, _is_new = inbox._receive(source, [lead])[external_id]
        self.write({"parser_id": parser.id, "inbox_id": row_id})

    def action_open_row(self):
        """Open the row of the lead inbox that came out of this mail."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "dealer.lead.inbox",
            "res_id": self.inbox_id.id,
            "views": [(self.env.ref("dealer_leads.dealer_lead_inbox_view_form").id, "form")],
        }
