from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.res_users import STORE_POSTS, TEAM_POSTS


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    dealer_call_numbers = fields.Char(
        string="Call Numbers",
        copy=False,
        help="Extensions and telephone numbers that only this person uses, with commas between"
        " them. Call records of these numbers are credited to the person.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users.filtered("dealer_call_numbers")._dealer_sync_call_numbers()
        return users

    def write(self, vals):
        result = super().write(vals)
        if {"dealer_call_numbers", "active", "company_id"} & vals.keys():
            self._dealer_sync_call_numbers()
        return result

    def _dealer_sync_call_numbers(self):
        """Keep the look-up of call numbers: those of active users, each of one person.

        :raise ValidationError: when a number is none, or belongs to somebody else
        """
        # Who may write users may not write the look-up; nobody does but this method.
        model = self.env["dealer.call.number"].sudo()
        wanted = [
            (number, user.company_id, user)
            for user in self.filtered("active")
            for number in model._split(user.dealer_call_numbers)
        ]
        held = model.search([("user_id", "in", self.ids)])
        keys = {(row.number, row.company_id, row.user_id): row for row in held}
        (held - model.union(*(keys[key] for key in wanted if key in keys))).unlink()
        fresh = [key for key in wanted if key not in keys]
        owners = {}
        for row in model.search([("number", "in", [number for number, *_person in wanted])]):
            owners[model._scope(row.number, row.company_id)] = row.user_id
        for number, company, user in fresh:
            scope = model._scope(number, company)
            other = owners.setdefault(scope, user)
            if other != user:
                raise ValidationError(
                    self.env._(
                        "The number %(number)s of %(person)s already belongs to %(other)s.",
                        number=number,
                        person=user.name,
                        other=other.name,
                    )
                )
        model.create(
            [
                {"number": number, "user_id": user.id, "company_id": company.id}
                for number, company, user in fresh
            ]
        )
        self.env["dealer.call"]._rematch({number for number, *_person in fresh})

    def _dealer_lead_domain(self, company_ids):
        """Return the domain on ``crm.lead``: a lead is as secret as its customer.

        Leads outside of stores stay with those who have Odoo's own sales rights.
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        no_customer = Domain("dealer_relation_id", "=", False)
        domain = Domain("dealer_relation_id", "any", self._dealer_relation_domain(company_ids))
        domain |= store & no_customer & Domain("user_id", "=", self.id)
        if self._dealer_has_any((*STORE_POSTS, *TEAM_POSTS, "base.group_system")):
            domain |= store & no_customer & Domain("dealer_unit_id", "!=", False)
        if self._dealer_has_any(("sales_team.group_sale_salesman", "base.group_system")):
            domain |= Domain("dealer_unit_id", "=", False)
        return domain

    def _dealer_inbox_domain(self, company_ids):
        """Return the domain on ``dealer.lead.inbox``: rows without lead, and of visible leads.

        What no store could be found for is seen by those who look after all stores.
        """
        self.ensure_one()
        domain = Domain("unit_id.company_id", "in", company_ids) & (
            Domain("lead_id", "=", False)
            | Domain("lead_id", "any", self._dealer_lead_domain(company_ids))
        )
        if self._dealer_has_any(("dealer_base.group_group_executive", "base.group_system")):
            domain |= Domain("unit_id", "=", False)
        return domain

    def _dealer_call_domain(self, company_ids):
        """Return the domain on ``dealer.call``: with a customer it is as secret as the customer.

        Calls in which no customer was found belong to the store; what no store could be found for
        is seen by those who look after all stores.
        """
        self.ensure_one()
        domain = Domain("unit_id.company_id", "in", company_ids) & (
            Domain("partner_id", "=", False)
            | Domain("relation_id", "any", self._dealer_relation_domain(company_ids))
        )
        if self._dealer_has_any(("dealer_base.group_group_executive", "base.group_system")):
            domain |= Domain("unit_id", "=", False)
        return domain
