from odoo import fields, models


class DealerCallbackAttempt(models.Model):
    """One attempt to reach the customer; written by the buttons of the call-back."""

    _name = "dealer.callback.attempt"
    _description = "Attempt of a Call-Back"
    _order = "at desc, id desc"
    _rec_name = "at"

    callback_id = fields.Many2one("dealer.callback", required=True, index=True, ondelete="cascade")
    at = fields.Datetime(string="Called On", required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", string="By", required=True, index=True)
    result = fields.Selection(
        [("reached", "Reached"), ("no_answer", "Not Reached"), ("later", "Asked to Call Later")],
        required=True,
    )
