from odoo import fields, models
from odoo.fields import Domain

#: States of rows that wait for somebody.
STATES = ("new", "waiting", "attention", "failed")


class DealerUnit(models.Model):
    """How the exchange of a store with the maker's DMS goes."""

    _name = "dealer.unit"
    _inherit = "dealer.unit"

    dms_last_call = fields.Datetime(string="Last Delivery", compute="_compute_dms_last")
    dms_last_sender_id = fields.Many2one(
        "res.users", string="Delivered By", compute="_compute_dms_last"
    )
    dms_row_count = fields.Integer(string="Records of the DMS", compute="_compute_dms_counts")
    dms_new_count = fields.Integer(string="In the Queue", compute="_compute_dms_counts")
    dms_waiting_count = fields.Integer(string="Wait for Another Row", compute="_compute_dms_counts")
    dms_attention_count = fields.Integer(string="Need Attention", compute="_compute_dms_counts")
    dms_difference_count = fields.Integer(
        string="Differences to Look At", compute="_compute_dms_counts"
    )
    dms_key_user_ids = fields.Many2many(
        "res.users", string="Interface Users", compute="_compute_dms_key_user_ids"
    )

    def _compute_dms_last(self):
        rows = self.env["dealer.dms.row"]
        for unit in self:
            last = rows.search([("unit_id", "=", unit.id)], order="received_at desc", limit=1)
            unit.dms_last_call = last.received_at
            # Who delivered is a machine; its name is no secret of the store.
            unit.dms_last_sender_id = last.sudo().user_id

    def _compute_dms_counts(self):
        rows, lines = self.env["dealer.dms.row"], self.env["dealer.dms.difference"]
        here = Domain("unit_id", "in", self.ids)
        totals = dict(rows._read_group(here, ["unit_id"], ["__count"]))
        states = {
            (unit, state): count
            for unit, state, count in rows._read_group(
                here & Domain("state", "in", STATES), ["unit_id", "state"], ["__count"]
            )
        }
        differences = dict(
            lines._read_group(here & Domain("state", "=", "open"), ["unit_id"], ["__count"])
        )
        for unit in self:
            unit.dms_row_count = totals.get(unit, 0)
            unit.dms_new_count = states.get((unit, "new"), 0)
            unit.dms_waiting_count = states.get((unit, "waiting"), 0)
            unit.dms_attention_count = states.get((unit, "attention"), 0) + states.get(
                (unit, "failed"), 0
            )
            unit.dms_difference_count = differences.get(unit, 0)

    def _compute_dms_key_user_ids(self):
        # Which machines speak for a store is told to who looks after the exchange; nothing else of
        # users is read.
        users = self.env.ref("dealer_base.group_dms").sudo().all_user_ids
        for unit in self:
            unit.dms_key_user_ids = users.filtered(
                lambda user, unit=unit: unit.company_id in user.company_ids
            )

    def _dms_action(self, xml_id, **context):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(f"dealer_service.{xml_id}")
        action["domain"] = [("unit_id", "=", self.id)]
        action["context"] = context
        return action

    def action_dms_rows(self):
        """Open all records of the DMS of this store."""
        return self._dms_action("dealer_dms_row_action")

    def action_dms_attention(self):
        """Open the records that wait for a person or for another row."""
        return self._dms_action("dealer_dms_row_action", search_default_todo=1)

    def action_dms_differences(self):
        """Open the differences that nobody has looked at."""
        return self._dms_action("dealer_dms_difference_action", search_default_open=1)
