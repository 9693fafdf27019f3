from odoo import api, fields, models

#: What tells of a call whether the number exists.
HEARD = {"answered", "kind", "partner_id", "result", "two_way"}


class DealerInteraction(models.Model):
    _name = "dealer.interaction"
    _inherit = "dealer.interaction"

    result = fields.Selection(selection_add=[("empty_number", "Number Does Not Exist")])

    @api.model_create_multi
    def create(self, vals_list):
        interactions = super().create(vals_list)
        interactions._note_phone_state()
        return interactions

    def write(self, vals):
        result = super().write(vals)
        if HEARD & vals.keys():
            self._note_phone_state()
        return result

    def _note_phone_state(self):
        """Mark numbers that do not exist, and take the mark from those that somebody answered."""
        # Who may log the call was checked; what it says of the number is noted by the system.
        calls = self.sudo().filtered(lambda row: row.kind == "call" and row.partner_id)
        states = {}
        for call in calls.sorted("start"):
            if call.result == "empty_number":
                states[call.partner_id] = ("empty", call.start)
            elif call.two_way:
                states[call.partner_id] = ("reached", call.start)
        for partner, (state, moment) in states.items():
            last = partner.phone_state_date
            if partner.phone_state != state and (not last or moment >= last):
                partner.write({"phone_state": state, "phone_state_date": moment})
