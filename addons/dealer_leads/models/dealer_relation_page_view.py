from odoo import api, models
from odoo.tools import hash_sign, verify_hash_signed

LINK_SCOPE = "dealer_leads.showroom"


class DealerRelation(models.Model):
    """A customer of a store and the pages: a personal link, and what was looked at."""

    _name = "dealer.relation"
    _inherit = "dealer.relation"

    def _merge_into(self, journal, rest):
        """Add up what both files looked at on the same day; the other rows are moved."""
        views = self.env["dealer.page.view"].search([("relation_id", "in", (self | rest).ids)])
        for rows in views.grouped(lambda row: (row.model_id, row.day)).values():
            if len(rows) > 1:
                stays = rows.filtered(lambda row: row.relation_id == self)[:1] or rows[:1]
                journal.put(
                    stays,
                    count=sum(rows.mapped("count")),
                    invited=any(rows.mapped("invited")),
                    checked=False,
                )
        return super()._merge_into(journal, rest)

    def _showroom_url(self):
        """Return the personal link of this customer to the online showroom.

        Who opens it is taken for the customer: the page shows the own consultant then and, where
        the customer agreed, counts which cars are looked at. Nothing of the file is shown.
        """
        self.ensure_one()
        parameter = self.env["ir.config_parameter"].sudo()  # a number, no secret
        days = int(parameter.get_param("dealer_leads.showroom_link_days", 60))
        # Signing needs the secret of the database.
        env = self.sudo().env
        token = hash_sign(
            env, LINK_SCOPE, {"relation": self.id}, expiration_hours=24 * max(days, 1)
        )
        return f"{self.get_base_url()}/showroom?me={token}"

    @api.model
    def _of_showroom_token(self, token):
        """Return the relation that a personal link names, or none; as superuser."""
        relations = self.sudo()  # the signature is the right
        try:
            content = verify_hash_signed(relations.env, LINK_SCOPE, token)
        except (ValueError, TypeError):
            content = None
        return relations.browse((content or {}).get("relation") or []).exists()
