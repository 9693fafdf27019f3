from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessDenied
from odoo.tools import hash_sign, verify_hash_signed

#: A proof that a code was answered is good for the same request only, or nearly so.
SCOPE = "dealer_service.signed_in"
PROOF_LASTS = timedelta(minutes=1)


class ResUsers(models.Model):
    """Customers sign in by a code on their phone; who works here, by password."""

    _name = "res.users"
    _inherit = "res.users"

    @api.model
    def _dealer_sms_credential(self, user):
        """Return the credential of a customer who answered the code."""
        # Signing needs the secret of the database.
        proof = hash_sign(self.sudo().env, SCOPE, {"uid": user.id}, expiration=PROOF_LASTS)
        return {"login": user.login, "type": "dealer_sms", "proof": proof}

    def _check_credentials(self, credential, env):
        if credential["type"] != "dealer_sms":
            return super()._check_credentials(credential, env)
        try:
            # The signature is made with the secret of the database.
            proof = verify_hash_signed(self.sudo().env, SCOPE, credential.get("proof") or "")
        except ValueError:
            proof = None
        user = self.env.user
        if not proof or proof.get("uid") != user.id or not user._dealer_signs_in_by_sms():
            raise AccessDenied()
        return {"uid": user.id, "auth_method": "sms", "mfa": "default"}

    def _dealer_signs_in_by_sms(self):
        """Whether this is a customer's log-in: a code opens nothing of the house."""
        self.ensure_one()
        return (
            self.active
            and self.share
            and self.has_group("base.group_portal")
            and self.partner_id.is_dealer_customer
            and not self._dealer_is_machine()
        )
