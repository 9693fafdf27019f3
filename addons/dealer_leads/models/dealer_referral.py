import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class DealerReferral(models.Model):
    """A link by which a customer or a colleague recommends the store (转介绍, B1)."""

    _name = "dealer.referral"
    _inherit = ["dealer.store.mixin"]
    _description = "Referral Link"
    _order = "id desc"
    _rec_name = "code"

    code = fields.Char(required=True, readonly=True, copy=False)
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer who Recommends",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Colleague who Recommends",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    referrer_name = fields.Char(string="Recommended By", compute="_compute_referrer_name")
    url = fields.Char(string="Link", compute="_compute_url")
    active = fields.Boolean(default=True)
    lead_ids = fields.One2many("crm.lead", "dealer_referral_id", string="Leads")
    lead_count = fields.Integer(compute="_compute_lead_count", string="Number of Leads")

    _code_uniq = models.Constraint("UNIQUE(code)", "This link exists already.")
    _one_referrer = models.Constraint(
        "CHECK ((relation_id IS NULL) != (user_id IS NULL))",
        "A customer or a colleague recommends.",
    )

    @api.depends("relation_id", "user_id")
    def _compute_referrer_name(self):
        for link in self:
            # Who recommended is told to whoever may read the link.
            link.referrer_name = link.sudo().relation_id.partner_name or link.user_id.name

    @api.depends("code")
    def _compute_url(self):
        for link in self:
            link.url = f"{link.get_base_url()}/lead/{link.code}"

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("lead_ids")
    def _compute_lead_count(self):
        counts = dict(
            self.env["crm.lead"]._read_group(
                [("dealer_referral_id", "in", self.ids)], ["dealer_referral_id"], ["__count"]
            )
        )
        for link in self:
            link.lead_count = counts.get(link, 0)

    @api.model
    def _of_code(self, code):
        """Return the link that is in use, or none; as the system, for the public page."""
        links = self.sudo()  # the code is the right
        if not isinstance(code, str) or not code:
            return links.browse()
        return links.search([("code", "=", code)], limit=1)

    @api.model
    def _get_or_make(self, relation=None):
        """Return the link of a customer's relation, or one's own in the store one works in.

        :raise AccessError: when the user may not read the customer
        :raise UserError: when the company one works in is no store
        """
        if relation:
            relation.check_access("read")
            if not relation.sudo(False).partner_id.has_access("read"):
                raise AccessError(self.env._("You make links for customers that you serve."))
            unit, mine = relation.unit_id, {"relation_id": relation.id}
        else:
            unit, mine = self.env["dealer.unit"]._current(), {"user_id": self.env.uid}
        if not unit:
            raise UserError(
                self.env._(
                    "The company you work in is no store. Choose your store at the top right first."
                )
            )
        # The right on the customer was checked; links are made by the system.
        links = self.sudo()
        domain = Domain([(name, "=", value) for name, value in mine.items()])
        found = links.search(domain & Domain("unit_id", "=", unit.id), limit=1)
        if not found:
            found = links.create({"code": self._new_code(), "unit_id": unit.id, **mine})
        return found.with_env(self.env)

    @api.model
    def _new_code(self):
        """Return a code that nobody can guess."""
        return secrets.token_urlsafe(9)

    def _open(self):
        return {
            "name": self.env._("Referral Link"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref("dealer_leads.dealer_referral_view_form").id, "form")],
            "target": "new",
        }

    @api.model
    def action_mine(self):
        """Open one's own link in the store one works in."""
        return self._get_or_make()._open()
