from odoo import api, models
from odoo.fields import Command

#: Version of the notice on the sign-in page; it changes with the notice's words.
CONSENT_VERSION = "sign-in-2026-1"


class ResPartner(models.Model):
    """The log-in of a customer, made when he signs in for the first time."""

    _name = "res.partner"
    _inherit = "res.partner"

    def _dealer_portal_user(self):
        """Return the customer's log-in, made if there is none; none where it may not be used.

        Call it in sudo for who has proved that the number is his.
        """
        self.ensure_one()
        users = self.with_context(active_test=False).user_ids
        if users:
            user = users.filtered("active")[:1]
            return user if user and user._dealer_signs_in_by_sms() else users.browse()
        companies = self.dealer_relation_ids.company_id
        company = (
            companies[:1]
            or self.env["dealer.unit"]
            .search([("kind", "=", "store"), ("company_id", "!=", False)], limit=1)
            .company_id
        )
        return users.with_context(no_reset_password=True, mail_create_nosubscribe=True).create(
            {
                "partner_id": self.id,
                "login": self.phone_normalized,
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
                "tz": self.env["dealer.unit"]._of_company(company)[:1]._clock_zone().key,
            }
        )

    @api.model
    def _dealer_register(self, number, name, unit, marketing=False):
        """Make a customer of who proved the number and agreed to the notice; call it in sudo.

        :param str number: E.164
        """
        partner = self.create(
            {
                "name": name,
                "phone": number,
                "is_dealer_customer": True,
                "dealer_relation_ids": [Command.create({"unit_id": unit.id})],
            }
        )
        purposes = ["service", *(["marketing"] if marketing else [])]
        self.env["dealer.consent"].create(
            [
                {
                    "partner_id": partner.id,
                    "unit_id": unit.id,
                    "purpose": purpose,
                    "text_version": CONSENT_VERSION,
                    "source": "form",
                    "user_id": False,
                }
                for purpose in purposes
            ]
        )
        return partner
