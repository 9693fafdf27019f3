from odoo import api, fields, models

from .dealer_relation_kind import READERS


class DealerRelation(models.Model):
    """Who tries to win this customer back."""

    _name = "dealer.relation"
    _inherit = "dealer.relation"

    winback_ids = fields.One2many(
        "dealer.winback", "relation_id", string="Win-Backs", groups=READERS, readonly=True
    )
    winback_id = fields.Many2one(
        "dealer.winback",
        string="Being Won Back",
        compute="_compute_winback_id",
        search="_search_winback_id",
        groups=READERS,
    )
    winback_user_id = fields.Many2one(
        "res.users", string="Who Calls", related="winback_id.user_id", groups=READERS
    )

    @api.depends("winback_ids.state")
    def _compute_winback_id(self):
        for relation in self:
            relation.winback_id = relation.winback_ids.filtered(lambda row: row.state == "open")[:1]

    def _search_winback_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        rows = self.env["dealer.winback"]
        wanted = rows.browse(each for each in value if each)
        domain = fields.Domain(
            "winback_ids", "any", [("id", "in", wanted.ids), ("state", "=", "open")]
        )
        if False in value:
            domain |= ~fields.Domain("winback_ids", "any", [("state", "=", "open")])
        return domain

    def _merge_into(self, journal, rest):
        # One open attempt per customer: the other one is closed with the file that goes.
        if self.winback_ids.filtered(lambda row: row.state == "open"):
            for row in rest.winback_ids.filtered(lambda row: row.state == "open"):
                journal.put(row, state="closed", result=row.result or "unreachable")
        elif len(doubled := rest.winback_ids.filtered(lambda row: row.state == "open")) > 1:
            for row in doubled[1:]:
                journal.put(row, state="closed", result=row.result or "unreachable")
        return super()._merge_into(journal, rest)

    def action_winback(self):
        """Open the attempt that runs, or offer to begin one."""
        self.ensure_one()
        if self.winback_id:
            return self.winback_id.get_formview_action()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_service.dealer_winback_assign_action"
        )
        action["context"] = {"active_model": self._name, "active_ids": self.ids}
        return action
