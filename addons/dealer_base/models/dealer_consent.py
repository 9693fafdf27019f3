from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class DealerConsent(models.Model):
    """What a customer agreed to, purpose by purpose (PIPL Art. 13, 14), and its withdrawal (15)."""

    _name = "dealer.consent"
    _inherit = ["dealer.store.mixin"]
    _description = "Consent of a Customer"
    _order = "given_at desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    purpose = fields.Selection(
        [
            ("service", "Service of the Car"),
            ("safety", "Safety and Recalls"),
            ("care", "Care and Greetings"),
            ("marketing", "Marketing Messages"),
            ("profiling", "Profiling"),
            ("sharing", "Handing On to Partners"),
        ],
        required=True,
    )
    text_version = fields.Char(
        required=True, help="Version of the notice that the customer was shown."
    )
    source = fields.Selection(
        [
            ("form", "Web Form"),
            ("paper", "Paper"),
            ("phone", "Phone"),
            ("wechat", "WeChat"),
            ("showroom", "Showroom"),
        ],
        required=True,
        default="showroom",
    )
    given_at = fields.Datetime(required=True, default=fields.Datetime.now)
    withdrawn_at = fields.Datetime(readonly=True, copy=False)
    withdrawn_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    user_id = fields.Many2one(
        "res.users", string="Recorded By", default=lambda self: self.env.user, readonly=True
    )
    state = fields.Selection(
        [("given", "Given"), ("withdrawn", "Withdrawn")],
        compute="_compute_state",
        search="_search_state",
    )

    _withdrawn_after = models.Constraint(
        "CHECK (withdrawn_at IS NULL OR withdrawn_at >= given_at)",
        "A consent cannot be withdrawn before it was given.",
    )
    _partner_purpose_idx = models.Index("(partner_id, purpose) WHERE withdrawn_at IS NULL")

    @api.depends("withdrawn_at")
    def _compute_state(self):
        for consent in self:
            consent.state = "withdrawn" if consent.withdrawn_at else "given"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        parts = []
        if "given" in value:
            parts.append(Domain("withdrawn_at", "=", False))
        if "withdrawn" in value:
            parts.append(Domain("withdrawn_at", "!=", False))
        return Domain.OR(parts)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            stamp = {"user_id": self.env.uid, "withdrawn_at": False, "withdrawn_by_id": False}
            vals_list = [{**vals, **stamp} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        # A consent is evidence (PIPL Art. 13, 55): it is withdrawn, never rewritten.
        if not self.env.su and vals:
            raise UserError(
                self.env._(
                    "A consent is evidence and cannot be changed. Withdraw it and record a new one."
                )
            )
        return super().write(vals)

    def action_withdraw(self):
        """Record that the customer withdrew, as easily as it was given (PIPL Art. 15)."""
        self.check_access("write")
        # The right was checked; write() is closed for everybody so that evidence stays.
        self.sudo().filtered(lambda consent: not consent.withdrawn_at).write(
            {"withdrawn_at": fields.Datetime.now(), "withdrawn_by_id": self.env.uid}
        )

    @api.model
    def _partners_with(self, partners, purpose, unit=None):
        """Return those of ``partners`` whose consent for ``purpose`` stands.

        :param unit: the store that wants to use it; consent holds for the legal entity it was
            given to (PIPL Art. 23)
        """
        domain = Domain("partner_id", "in", partners.ids) & Domain("purpose", "=", purpose)
        domain &= Domain("withdrawn_at", "=", False)
        if unit:
            domain &= Domain("unit_id", "=", unit.id)
        # Whether one may write to a customer is decided for jobs and posts alike.
        groups = self.sudo()._read_group(domain, ["partner_id"])
        return partners.browse(partner.id for (partner,) in groups)
