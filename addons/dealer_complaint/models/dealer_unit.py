from odoo import fields, models


class DealerUnit(models.Model):
    _name = "dealer.unit"
    _inherit = "dealer.unit"

    complaint_team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Complaints by E-mail",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def _equip_store(self):
        """Give the store its address for complaints."""
        result = super()._equip_store()
        # Store set-up reaches beyond the rights of the executive who does it.
        # The team is called in the language of the store, whoever installs.
        unit = self.sudo().with_context(lang=self.company_id.sudo().partner_id.lang)
        if not unit.complaint_team_id:
            unit.complaint_team_id = unit.env["helpdesk.ticket.team"].create(
                {
                    "name": unit.env._("Complaints of %s", unit.name),
                    "company_id": unit.company_id.id,
                    "show_in_portal": False,
                    "alias_name": unit._complaint_alias(),
                }
            )
        return result

    def _complaint_alias(self):
        """Return a left part for the address that nobody has yet."""
        aliases = self.env["mail.alias"]
        name = aliases._sanitize_alias_name(f"complaint-{self.code}")
        if aliases.search_count([("alias_name", "=", name)], limit=1):
            name = f"{name}-{self.id}"
        return name
