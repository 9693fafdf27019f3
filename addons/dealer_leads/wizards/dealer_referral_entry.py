from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.tools import PhoneError, parse_phone


class DealerReferralEntry(models.TransientModel):
    """Ask who recommended the customer: a customer by number, or a colleague."""

    _name = "dealer.referral.entry"
    _description = "Who Recommended the Customer"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    unit_id = fields.Many2one(related="lead_id.dealer_unit_id", related_sudo=True)
    current = fields.Char(
        string="Noted so Far", related="lead_id.dealer_referrer_name", related_sudo=True
    )
    who = fields.Selection(
        [("customer", "A Customer"), ("staff", "A Colleague")], required=True, default="customer"
    )
    phone = fields.Char(help="The whole mobile number of who recommends.")
    relation_id = fields.Many2one("dealer.relation", compute="_compute_relation_id")
    found = fields.Char(compute="_compute_relation_id")
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")
    user_id = fields.Many2one(
        "res.users", string="Colleague", domain="[('id', 'in', candidate_ids)]"
    )

    @api.depends("phone", "lead_id")
    def _compute_relation_id(self):
        for entry in self:
            entry.relation_id, entry.found = entry._find(), False
            if entry.relation_id:
                entry.found = entry.relation_id.partner_name
            elif entry.phone:
                entry.found = self.env._("Nobody whom you serve has this number.")

    @api.depends("lead_id")
    def _compute_candidate_ids(self):
        for entry in self:
            company = entry.unit_id.company_id
            # Which colleagues work in a store is no secret.
            people = self.env["res.users"].sudo().search([("company_ids", "in", company.ids)])
            people = people.filtered(lambda user: not user.share and user._dealer_is_staff())
            entry.candidate_ids = people.ids

    def _find(self):
        """Return the relation of the store with this number, if the user may see the customer."""
        self.ensure_one()
        relations = self.env["dealer.relation"]
        try:
            number = parse_phone(self.phone or "").e164
        except PhoneError:
            return relations
        # Searched as the user: whom one does not serve, one does not find.
        partners = self.env["res.partner"].search(
            Domain("phone_normalized", "=", number) & Domain("is_dealer_customer", "=", True)
        )
        return relations.search(
            Domain("partner_id", "in", partners.ids) & Domain("unit_id", "=", self.unit_id.id),
            limit=1,
        )

    def action_do(self):
        """Note who recommended."""
        self.ensure_one()
        links = self.env["dealer.referral"]
        if self.who == "staff":
            if not self.user_id:
                raise UserError(self.env._("Choose the colleague."))
            link = links._of_colleague(self.user_id, self.unit_id)
        else:
            if not self.relation_id:
                raise UserError(
                    self.env._(
                        "Nobody whom you serve has this number. Check it; if the customer is served"
                        " by a colleague, ask the manager to note it."
                    )
                )
            link = links._get_or_make(self.relation_id)
        self.lead_id._dealer_note_referrer(link.sudo())  # the right on lead and referrer is checked
        return {"type": "ir.actions.act_window_close"}
