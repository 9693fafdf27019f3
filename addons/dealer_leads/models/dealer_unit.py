from collections import namedtuple
from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from ..tools.turns import Person, Turns
from .dealer_distribution_rule import POSTS

#: Leads of so many hours make who is equally loaded the next or the last in turn.
LATELY = timedelta(hours=24)

#: What a lead asks of the distribution.
#: ``source``: utm.source; ``brand``, ``series``: texts; ``bound``: ``[(field of the relation, user)]``
#: of who is asked first; ``excluded``: users who do not get it.
Wish = namedtuple("Wish", "source brand series bound excluded", defaults=(None, "", "", (), ()))
#: Who gets a lead: ``user`` (empty: nobody is free), ``role`` the field of the relation that names
#: the person, ``reason`` why in the store's language, ``bound`` whether the relation says so already.
Turn = namedtuple("Turn", "user role reason bound excluded")


class DealerUnit(models.Model):
    _name = "dealer.unit"
    _inherit = "dealer.unit"

    def _distribution_staff(self, role):
        """Return who may get leads of this store by turn, in the order of their ids; a hook.

        :param str role: ``consultant_id`` or ``dcc_agent_id``
        """
        self.ensure_one()
        group = self.env.ref(POSTS[role])
        # Posts and companies of colleagues are not readable for every post.
        return (
            self.env["res.users"]
            .sudo()
            .search(
                Domain("group_ids", "in", group.ids)
                & Domain("company_ids", "in", self.company_id.ids),
                order="id",
            )
        )

    def _consultants(self):
        """Return the consultants who work in this store."""
        return self._distribution_staff("consultant_id")

    def _distribute(self, wishes, at=None, roles=tuple(POSTS), rostered=True):
        """Say who gets each of ``wishes``, in their order. Nothing is written.

        The bound person first, else the first rule that fits and has somebody: on duty, with no
        customer, under the cap, least loaded (requirement B3). A few queries, whatever the number.

        :param list wishes: :data:`Wish` of each lead
        :param at: moment in naive UTC, now by default
        :param roles: fields of ``dealer.relation`` that may be filled
        :param bool rostered: False asks neither who is on duty nor how much waits for whom, for
            customers that are handed over for good
        :return: list of :data:`Turn`, one per wish
        """
        self.ensure_one()
        if not wishes:
            return []
        at = at or fields.Datetime.now()
        # Reasons are read by the store's people. Rules, roster and load are asked by the system:
        # what may be done with the answer is checked where somebody is bound.
        unit = self.sudo().with_context(lang=self.company_id.sudo().partner_id.lang)
        staff = {role: unit._distribution_staff(role) for role in roles}
        rules = [
            (rule, rule._staff(staff[rule.role]))
            for rule in unit._distribution_rules(at)
            if rule.role in roles
        ]
        bound = self.env["res.users"].sudo().union(*(user for w in wishes for _r, user in w.bound))
        bound = bound.filtered(lambda user: user.active and unit.company_id in user.company_ids)
        people = self.env["res.users"].sudo().union(*staff.values(), bound)
        free = coming = people
        if rostered:
            # Who is on duty is asked for whoever is given a lead; nothing of it is shown.
            duty = self.env["dealer.duty"].sudo()
            free = coming = duty._free_users(people, unit, at)
            opening = unit._clock_next_opening(at)
            if opening > at:
                coming = free | duty._free_users(bound - free, unit, opening)
        turns = Turns(unit._distribution_load(people, at, rostered))
        free_ids, bound_ids = set(free.ids), set((bound & coming).ids)
        result = []
        for wish in wishes:
            turn = unit._turn_of_bound(wish, bound_ids) or unit._turn_of_rules(
                wish, rules, staff, free_ids, turns
            )
            if turn.user:
                turns.give(turn.user.id)
            result.append(turn)
        return result

    def _distribution_open(self):
        """Whether the store is open or somebody who gets leads by turn is free now."""
        self.ensure_one()
        now = fields.Datetime.now()
        staff = self.env["res.users"].union(*map(self._distribution_staff, POSTS))
        return self._clock_next_opening(now) <= now or bool(
            # Who is free is asked by the system.
            self.env["dealer.duty"].sudo()._free_users(staff, self, now)
        )

    def _distribution_rules(self, at):
        """Return the rules of this store that hold at a moment (naive UTC), in their order."""
        local = self._clock_local(at)
        return (
            self.env["dealer.distribution.rule"]
            .search([("unit_id", "=", self.id)])
            .filtered(lambda rule: rule._holds_at(local))
        )

    def _distribution_load(self, users, at, rostered=True):
        """Return ``{user id: Person}``: what waits for whom, and what came in the last day."""
        people = {user.id: Person(share=user.dealer_lead_share) for user in users}
        if not rostered:
            return people
        limit = int(self.env["ir.config_parameter"].get_param("dealer_leads.lead_cap", "20"))
        for user in users:
            people[user.id].cap = max(user.dealer_lead_cap or limit, 0)
        leads = self.env["crm.lead"]
        mine = Domain("user_id", "in", users.ids) & Domain("dealer_unit_id", "!=", False)
        for user, count in leads._read_group(
            mine & leads._dealer_unanswered_domain(), ["user_id"], ["__count"]
        ):
            people[user.id].waiting = count
        for user, count, last in leads._read_group(
            mine & Domain("date_open", ">=", at - LATELY),
            ["user_id"],
            ["__count", "date_open:max"],
        ):
            people[user.id].lately, people[user.id].last = count, last
        return people

    def _turn_of_bound(self, wish, ready):
        """Return the turn of the first bound person who is ready, or None."""
        for role, user in wish.bound:
            if user.id in ready and user not in wish.excluded:
                return Turn(user, role, False, True, wish.excluded)
        return None

    def _turn_of_rules(self, wish, rules, staff, free, turns):
        """Return the turn that the first fitting rule with a candidate gives."""
        fitting = [(rule, people) for rule, people in rules if rule._fits(wish)]
        if not fitting:
            # Without any rule the first post takes all leads.
            fitting = [(None, next(iter(staff.values())))]
        excluded = {user.id for user in wish.excluded}
        for rule, people in fitting:
            chosen = turns.choose(id_ for id_ in people._ids if id_ in free and id_ not in excluded)
            if chosen:
                return Turn(
                    people.browse(chosen),
                    rule.role if rule else next(iter(staff)),
                    self._turn_reason(wish, rule, turns.waiting(chosen)),
                    False,
                    wish.excluded,
                )
        return Turn(self.env["res.users"], False, False, False, wish.excluded)

    def _turn_reason(self, wish, rule, waiting):
        """Return in words why somebody is next, for the log of the customer."""
        if rule:
            reason = self.env._(
                "rule “%(rule)s”, next in turn (%(count)s unanswered)",
                rule=rule.name,
                count=waiting,
            )
        else:
            reason = self.env._("next in turn (%(count)s unanswered)", count=waiting)
        away = [user.name for _role, user in wish.bound if user not in wish.excluded]
        if away:
            return self.env._(
                "%(people)s not free now; %(reason)s", people=", ".join(away), reason=reason
            )
        return reason
