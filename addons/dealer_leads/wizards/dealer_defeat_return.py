from odoo import api, fields, models


class DealerDefeatReturn(models.TransientModel):
    """Send a defeat back to the consultant with an instruction (B9)."""

    _name = "dealer.defeat.return"
    _description = "Send a Defeat Back"

    defeat_ids = fields.Many2many("dealer.defeat", string="Defeats", required=True)
    note = fields.Text(string="What to Do", required=True)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "dealer.defeat" and not values.get("defeat_ids"):
            values["defeat_ids"] = [(6, 0, self.env.context.get("active_ids", []))]
        return values

    def action_return(self):
        """Send the defeats back."""
        self.defeat_ids._return(self.note)
        return {"type": "ir.actions.act_window_close"}
