from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from .dealer_distribution_rule import POSTS


class DealerRelation(models.Model):
    _name = "dealer.relation"
    _inherit = "dealer.relation"

    @api.model_create_multi
    def create(self, vals_list):
        relations = super().create(vals_list)
        # The number of a customer is not readable for every post that registers one.
        numbers = relations.sudo().partner_id.mapped("phone_normalized")
        self.env["dealer.call"]._rematch(numbers)
        return relations

    def _dealer_open_leads(self):
        """Return the open leads of these customers, as the system sees them."""
        # The right on the customers is checked by whoever changes them; leads follow.
        leads = self.env["crm.lead"].sudo()
        return leads.search(
            Domain("dealer_relation_id", "in", self.ids) & Domain("won_status", "=", "pending"),
            order="id",
        )

    def _after_assign(self, values):
        """Hand the open leads on together with the customer.

        They go to the new consultant; who still serves the customer keeps them when only the DCC
        agent changes.
        """
        result = super()._after_assign(values)
        if not values.keys() & POSTS.keys():
            return result
        heirs = defaultdict(list)
        for lead in self._dealer_open_leads().with_context(mail_auto_subscribe_no_notify=True):
            relation = lead.dealer_relation_id
            bound = relation.consultant_id | relation.dcc_agent_id
            if values.get("consultant_id"):
                heir = relation.consultant_id
            elif lead.user_id and lead.user_id in bound:
                continue
            elif values.get("dcc_agent_id"):
                heir = relation.dcc_agent_id
            else:
                heir = bound[:1]
            if heir != lead.user_id:
                heirs[heir].append(lead.id)
        # Leads follow the binding, whose change was checked; the former owner may not see the heir.
        leads = self.env["crm.lead"].sudo().with_context(mail_auto_subscribe_no_notify=True)
        for heir, ids in heirs.items():
            leads.browse(ids).user_id = heir
        return result

    def _dealer_bound(self):
        """Return ``[(field, user)]`` of who serves the customer and is asked first for leads."""
        # Whether a colleague still works here is no secret.
        return [(role, self[role]) for role in POSTS if self[role] and self[role].sudo().active]

    def _dealer_follow(self, turns, reason=None):
        """Bind the customers to whom the turns name, and log why.

        :param dict turns: ``{relation: Turn}``, also of relations that are none of these
        :param str reason: why they are given to somebody else; the rule's words follow it
        :raise AccessError: when the user may not hand these customers over
        """
        groups, reasons = defaultdict(list), {}
        for relation in self:
            turn = turns.get(relation)
            if not turn or not turn.user or turn.bound:
                continue
            groups[tuple(relation._dealer_turn_values(turn).items())].append(relation.id)
            reasons[relation.id] = (
                self.env._("%(reason)s: %(rule)s", reason=reason, rule=turn.reason)
                if reason
                else turn.reason
            )
        for values, ids in groups.items():
            self.browse(ids)._assign(dict(values), reasons)

    def _dealer_turn_values(self, turn):
        """Return who is bound by a turn; from whom the lead is taken, or who left, goes."""
        values = {turn.role: turn.user.id}
        for role in POSTS:
            user = self[role]
            # As above.
            if role != turn.role and user and (user in turn.excluded or not user.sudo().active):
                values[role] = False
        return values

    def _dealer_distribute(self, reason, role, rostered=True):
        """Give these customers to others by the rules of their stores.

        :param str reason: why, in words
        :param str role: the field that is filled, ``consultant_id`` or ``dcc_agent_id``
        :param bool rostered: see ``_distribute`` of ``dealer.unit``
        :return: the relations that found somebody
        :raise AccessError: when the user may not hand these customers over
        """
        leads = {lead.dealer_relation_id: lead for lead in self._dealer_open_leads()}
        turns = {}
        for unit, relations in self.grouped("unit_id").items():
            wishes = [
                leads.get(relation, self.env["crm.lead"])._dealer_wish(relation[role])
                for relation in relations
            ]
            turns |= dict(
                zip(
                    relations,
                    unit._distribute(wishes, roles=(role,), rostered=rostered),
                    strict=True,
                )
            )
        self._dealer_follow(turns, reason)
        return self.filtered(lambda relation: turns[relation].user)
