from odoo import fields, models
from odoo.fields import Domain

#: Version of the notice on the enquiry page; it changes with the notice's words.
CONSENT_VERSION = "enquiry-2026-1"


class DealerLeadInbox(models.Model):
    """What the enquiry page knows besides: consent, and who recommended the store."""

    _name = "dealer.lead.inbox"
    _inherit = "dealer.lead.inbox"

    # Columns of their own: what a platform writes into its message is no consent.
    consent_version = fields.Char(readonly=True)
    consent_marketing = fields.Boolean(string="Agreed to Messages", readonly=True)
    referral_id = fields.Many2one(
        "dealer.referral", readonly=True, index="btree_not_null", ondelete="set null"
    )

    def _prepare_lead_vals(self, relation, source, campaign):
        vals = super()._prepare_lead_vals(relation, source, campaign)
        return {**vals, "dealer_referral_id": self.referral_id.id}

    def _process_store(self, unit):
        result = super()._process_store(unit)
        self.filtered("consent_version")._note_consents()
        return result

    def _note_consents(self):
        """Record what the customers agreed to on the page, once per purpose and store."""
        consents = self.env["dealer.consent"]
        partners = self.lead_id.partner_id
        known = consents.search(
            Domain("partner_id", "in", partners.ids)
            & Domain("unit_id", "in", self.unit_id.ids)
            & Domain("withdrawn_at", "=", False)
        )
        standing = {(row.partner_id, row.unit_id, row.purpose) for row in known}
        values = []
        for row in self:
            purposes = ["service", *(["marketing"] if row.consent_marketing else [])]
            for purpose in purposes:
                key = row.lead_id.partner_id, row.unit_id, purpose
                if key in standing:
                    continue
                standing.add(key)
                values.append(
                    {
                        "partner_id": row.lead_id.partner_id.id,
                        "unit_id": row.unit_id.id,
                        "purpose": purpose,
                        "text_version": row.consent_version,
                        "source": "form",
                        "given_at": row.received_at,
                        "user_id": False,
                    }
                )
        consents.create(values)
