from odoo import models
from odoo.fields import Domain

from .dealer_lead_import import GROUP_POSTS, IMPORT_STORE_POSTS


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_import_domain(self, company_ids):
        """Return the domain on ``dealer.lead.import``: own files; who answers for a store, all of it.

        A file holds customers of all teams. Files for several stores are seen by the executives.
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if not self._dealer_has_any(IMPORT_STORE_POSTS):
            return store & Domain("user_id", "=", self.id)
        if self._dealer_has_any(GROUP_POSTS):
            store |= Domain("company_id", "=", False) & Domain("unit_id", "=", False)
        return store

    def _dealer_channel_domain(self, company_ids):
        """Return the domain on figures of channels: of the own stores, nobody's for executives."""
        self.ensure_one()
        domain = Domain("company_id", "in", company_ids)
        if self._dealer_has_any(GROUP_POSTS):
            domain |= Domain("company_id", "=", False)
        return domain
