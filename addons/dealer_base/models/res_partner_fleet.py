from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .dealer_relation import SALES_LEADERS

#: Proof that a write comes out of a checked method; see ``dealer_relation._CHECKED``.
_CHECKED = object()
#: What the promotion alone writes.
FLEET_FIELDS = {
    "is_fleet_customer",
    "fleet_company",
    "fleet_since",
    "fleet_by_id",
}


class ResPartner(models.Model):
    """Fleet customers (批售, B10): promoted by a manager, with a reason, for the whole group."""

    _name = "res.partner"
    _inherit = "res.partner"

    is_fleet_customer = fields.Boolean(
        string="Fleet Customer",
        readonly=True,
        copy=False,
        help="Buys several cars for a company; promoted by a manager. Fleet customers have"
        " follow-up terms of their own.",
    )
    fleet_company = fields.Char(
        string="Buys For",
        readonly=True,
        copy=False,
        help="The company that the cars are for.",
    )
    fleet_since = fields.Date(string="Fleet Customer Since", readonly=True, copy=False)
    fleet_by_id = fields.Many2one("res.users", string="Promoted By", readonly=True, copy=False)

    _fleet_customer_idx = models.Index("(id) WHERE is_fleet_customer IS TRUE")

    @api.model_create_multi
    def create(self, vals_list):
        defaults = {field: self.env.context.get(f"default_{field}") for field in FLEET_FIELDS}
        for vals in vals_list:
            self._check_fleet_write({field for field, value in (defaults | vals).items() if value})
        return super().create(vals_list)

    def write(self, vals):
        self._check_fleet_write(vals.keys())
        return super().write(vals)

    def _check_fleet_write(self, field_names):
        """Let nobody but the button promote a customer: it checks the right and asks the reason."""
        checked = self.env.su or self.env.context.get("dealer_fleet_checked") is _CHECKED
        if not checked and FLEET_FIELDS & set(field_names):
            raise UserError(
                self.env._(
                    "Who is a fleet customer is changed by the button “Promote to Fleet Customer”,"
                    " which asks for the reason."
                )
            )

    def _dealer_set_fleet(self, promote, reason, company=None):
        """Promote these customers to fleet customers, or take it back, and log it in the chatter.

        Who is one already (or is none any more) is left alone.

        :param bool promote: whether to promote; otherwise it is taken back
        :param str reason: why, in words; kept in the chatter
        :param str company: the company that the cars are for
        :raise AccessError: when the user is no manager or may not change the customer
        :raise UserError: without a reason, or for somebody who is no customer
        """
        if not self.env.su and not self.env.user._dealer_has_any(SALES_LEADERS):
            raise AccessError(self.env._("Promoting to fleet customer is the work of the manager."))
        self.check_access("write")
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why, so that colleagues understand it later."))
        partners = self.filtered(lambda partner: partner.is_fleet_customer != promote)
        if partners.filtered(lambda partner: not partner.is_dealer_customer):
            raise UserError(
                self.env._("Only a customer of the dealership can be a fleet customer.")
            )
        company = (company or "").strip() or False
        checked = partners.with_context(dealer_fleet_checked=_CHECKED)
        checked.write(
            {
                "is_fleet_customer": promote,
                "fleet_company": company if promote else False,
                "fleet_since": fields.Date.context_today(self) if promote else False,
                "fleet_by_id": self.env.uid if promote else False,
            }
        )
        for partner in partners:
            if promote and company:
                body = self.env._(
                    "Promoted to fleet customer, buys for %(company)s. Reason: %(reason)s",
                    company=company,
                    reason=reason,
                )
            elif promote:
                body = self.env._("Promoted to fleet customer. Reason: %s", reason)
            else:
                body = self.env._("No longer a fleet customer. Reason: %s", reason)
            # What a person says, hence it stands in the timeline, too.
            partner.message_post(body=body, message_type="comment")
        return partners
