from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.lock import lock_politely

_CHECKED = object()


class DealerCaseCompensation(models.Model):
    """What the customer gets; approved within the limit of a post, never by who proposed it (E4)."""

    _name = "dealer.case.compensation"
    _description = "Compensation"
    _order = "id"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", string="Complaint", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [
            ("voucher", "Voucher"),
            ("service", "Free Service"),
            ("parts", "Parts"),
            ("cash", "Money"),
            ("other", "Other"),
        ],
        required=True,
        default="service",
    )
    amount = fields.Monetary(required=True)
    reason = fields.Char(required=True)
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("paid", "Given"),
        ],
        required=True,
        default="proposed",
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Proposed By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    approver_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    decided_at = fields.Datetime(string="Decided On", readonly=True)

    _amount_positive = models.Constraint("CHECK (amount > 0)", "An amount is above zero.")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            fixed = {
                "state": "proposed",
                "user_id": self.env.uid,
                "approver_id": False,
                "decided_at": False,
            }
            vals_list = [vals | fixed for vals in vals_list]
        rows = super().create(vals_list)
        rows.ticket_id._check_open()
        for row in rows:
            row._seal_state()
        return rows

    def write(self, vals):
        if self.env.context.get("case_checked") is not _CHECKED and not self.env.su:
            if vals.keys() & {"state", "user_id", "approver_id", "decided_at"}:
                raise UserError(
                    self.env._("Use the buttons: a compensation is approved or refused.")
                )
            if self.filtered(lambda row: row.state != "proposed"):
                raise UserError(self.env._("It is decided already; propose another one."))
            if "ticket_id" in vals:
                raise UserError(self.env._("A compensation stays with its complaint."))
            # Who changes it proposes it: nobody approves an amount of his own.
            super().write(vals | {"user_id": self.env.uid})
            for row in self:
                row._seal_state()
            return True
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _check_delete(self):
        if self.filtered(lambda row: row.state != "proposed"):
            raise UserError(self.env._("What was decided stays on the file."))

    def _seal_state(self):
        self.ensure_one()
        # The sealed file is the system's; who acts was checked.
        self.ticket_id.sudo()._seal(
            "changed",
            {"compensation": self.reason, "amount": str(self.amount), "state": self.state},
        )

    def _decide(self, state, sources):
        self.check_access("read")
        rows = self.sudo()  # the limit of the post is checked; the decision is not writable else
        lock_politely(rows)
        rows.invalidate_recordset(["state"])
        for row in rows:
            if row.state not in sources:
                raise UserError(self.env._("It is decided already."))
            if row.user_id == self.env.user and state == "approved":
                raise AccessError(self.env._("Nobody approves what he proposed."))
            limit = self.env["dealer.case.compensation.limit"]._limit_of(
                self.env.user, row.company_id
            )
            if row.amount > limit:
                raise AccessError(
                    self.env._(
                        "Your post approves up to %(limit)s; this is %(amount)s. Ask the next level.",
                        limit=limit,
                        amount=row.amount,
                    )
                )
        vals = {"state": state}
        if state != "paid":  # who decided stays on the row; who gave it is in the sealed file
            vals |= {"approver_id": self.env.uid, "decided_at": fields.Datetime.now()}
        rows.with_context(case_checked=_CHECKED).write(vals)
        for row in rows:
            row._seal_state()

    def action_approve(self):
        """Approve within the limit of one's post."""
        self._decide("approved", ("proposed",))

    def action_refuse(self):
        """Refuse."""
        self._decide("refused", ("proposed",))

    def action_paid(self):
        """The customer got it."""
        self._decide("paid", ("approved",))
