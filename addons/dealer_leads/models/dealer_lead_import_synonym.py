from odoo import api, fields, models, tools

from ..tools.columns import heading_key
from .dealer_lead_import_column import TARGETS


class DealerLeadImportSynonym(models.Model):
    """A heading by which platforms and colleagues call a column."""

    _name = "dealer.lead.import.synonym"
    _description = "Heading of Lead Files"
    _order = "target, name"

    name = fields.Char(string="Heading", required=True)
    target = fields.Selection(TARGETS, string="Is", required=True)
    key = fields.Char(compute="_compute_key", store=True)

    _key_uniq = models.UniqueIndex("(key)", "This heading is known already.")

    @api.depends("name")
    def _compute_key(self):
        for synonym in self:
            synonym.key = heading_key(synonym.name or "")

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @tools.ormcache()
    def _targets(self):
        """Return ``{heading as compared: what the column is}``."""
        # Headings are no secret, and the same for everybody.
        return {synonym.key: synonym.target for synonym in self.sudo().search([])}
