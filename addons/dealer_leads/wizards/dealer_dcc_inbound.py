from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.phone import PhoneError, parse_phone

from ..models.dealer_dcc_entry import AGENTS


class DealerDccInbound(models.TransientModel):
    """Somebody calls the hotline: four answers, and the guided call begins (呼入登记)."""

    _name = "dealer.dcc.inbound"
    _description = "Incoming Call"

    phone = fields.Char(string="Caller's Number", required=True)
    name = fields.Char(string="Surname or Name")
    brand = fields.Char()
    series = fields.Char(string="Series of Interest")
    source_id = fields.Many2one(
        "utm.source",
        string="Heard of Us By",
        required=True,
        default=lambda self: self.env.ref("dealer_leads.utm_source_hotline", False),
        ondelete="cascade",
    )

    def action_begin(self):
        """Find the caller or make the file, bind whom nobody serves, and begin the call."""
        self.ensure_one()
        user = self.env.user
        if not user._dealer_has_any(AGENTS):
            raise AccessError(self.env._("Incoming calls are taken by DCC agents."))
        unit = self.env["dealer.unit"]._current()
        if not unit:
            raise UserError(
                self.env._(
                    "The company you work in is no store. Choose your store at the top right first."
                )
            )
        try:
            number = parse_phone(self.phone)
        except PhoneError as error:
            raise UserError(self.env._(error.message)) from error
        relation = self._find_card(unit, number)
        lead = self._find_lead(relation) or self._make_lead(relation)
        call = self.env["dealer.dcc.call"]._begin(lead, "in")
        return call._open_action()

    def _find_card(self, unit, number):
        """Return the caller's card in the store, bound to the agent; make what is missing."""
        user = self.env.user
        # A customer of a colleague or another store must be found, or one person had two files.
        # Whoever knows the whole number talks to its owner; nothing of the file is shown.
        partners = self.env["res.partner"].sudo()
        partner = partners._dealer_find_by_phone([number.e164]).get(number.e164)
        if not partner:
            if not (self.name or "").strip():
                raise UserError(self.env._("Ask for the surname: it makes the contact usable."))
            partner = partners.create(
                {
                    "name": self.name.strip(),
                    "phone": number.national,
                    "is_dealer_customer": True,
                }
            )
        # As above: the card is bound to the agent, or who serves the customer is named.
        relation = self.env["dealer.relation"].sudo()._register_customers(partner, unit).sudo()
        others = (relation.consultant_id | relation.dcc_agent_id) - user
        if relation.dcc_agent_id != user and others:
            raise UserError(
                self.env._(
                    "%(customer)s is served by %(people)s. Put the call through, or take down the"
                    " message for them.",
                    customer=relation.partner_name,
                    people=", ".join(others.mapped("name")),
                )
            )
        if relation.dcc_agent_id != user:
            relation._assign({"dcc_agent_id": user.id}, self.env._("Called the hotline"))
        return relation.sudo(False)

    def _find_lead(self, relation):
        leads = self.env["crm.lead"].search(
            Domain("dealer_relation_id", "=", relation.id) & Domain("won_status", "=", "pending"),
            order="id desc",
            limit=1,
        )
        # A caller whom the pool still holds is in good hands now.
        self.env["dealer.dcc.entry"]._leave(leads)
        return leads

    def _make_lead(self, relation):
        car = " ".join(filter(None, (self.brand, self.series)))
        return self.env["crm.lead"].create(
            {
                "name": car or self.env._("Enquiry"),
                "type": "opportunity",
                "partner_id": relation.partner_id.id,
                "user_id": self.env.uid,
                "team_id": False,
                "company_id": relation.company_id.id,
                "source_id": self.source_id.id,
                "dealer_brand": self.brand,
                "dealer_series": self.series,
            }
        )
