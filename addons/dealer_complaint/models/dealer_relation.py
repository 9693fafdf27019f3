from odoo import api, models
from odoo.tools import hash_sign, verify_hash_signed

SCOPE = "dealer_complaint.link"
#: A personal link in a message works so long.
LINK_HOURS = 24 * 30


class DealerRelation(models.Model):
    _name = "dealer.relation"
    _inherit = "dealer.relation"

    def _complaint_url(self):
        """Return the page for complaints with this customer and store preset, for messages."""
        self.ensure_one()
        # Signing needs the secret of the database.
        token = hash_sign(self.sudo().env, SCOPE, self.id, expiration_hours=LINK_HOURS)
        return f"{self.get_base_url()}/complaint/{token}"

    @api.model
    def _of_complaint_link(self, token):
        """Return the relation that a personal link names, in sudo; none when it is not valid."""
        relations = self.sudo()  # the signature is the right
        try:
            relation_id = verify_hash_signed(relations.env, SCOPE, token)
        except ValueError:
            return relations.browse()
        relation = relations.browse(relation_id or []).exists()
        return relation.filtered(lambda relation: relation.active and relation.unit_id.active)
