from collections import Counter, defaultdict
from itertools import cycle

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.dealer_base.models.dealer_relation import BINDING_FIELDS, BINDING_POSTS

from ..models.dealer_distribution_rule import POSTS
from ..models.dealer_unit import Wish

ADVISORS = "dealer_base.group_service_advisor"


class DealerTakeover(models.TransientModel):
    """Who leaves hands everything over: customers, open leads, open activities (离职交接).

    All in one transaction: either everything has moved, or nothing.
    """

    _name = "dealer.takeover"
    _description = "Take-Over from Who Leaves"

    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        required=True,
        domain="[('kind', '=', 'store'), ('company_id', 'in', allowed_company_ids)]",
        default=lambda self: self.env["dealer.unit"]._current(),
    )
    leaver_ids = fields.Many2many(
        "res.users", compute="_compute_leaver_ids", context={"active_test": False}
    )
    user_id = fields.Many2one(
        "res.users",
        string="Who Leaves",
        required=True,
        domain="[('id', 'in', leaver_ids)]",
        context={"active_test": False},
    )
    consultant_count = fields.Integer(compute="_compute_counts", string="Customers as Consultant")
    dcc_agent_count = fields.Integer(compute="_compute_counts", string="Customers as DCC Agent")
    advisor_count = fields.Integer(compute="_compute_counts", string="Customers as Service Advisor")
    lead_count = fields.Integer(compute="_compute_counts", string="Open Leads")
    activity_count = fields.Integer(compute="_compute_counts", string="Open Activities")
    kept_count = fields.Integer(
        compute="_compute_counts",
        string="Customers of Other Posts",
        help="What somebody else has to hand over: customers of a post that is not yours to assign.",
    )
    how = fields.Selection(
        [
            ("people", "Evenly to These People"),
            ("rules", "By the Distribution Rules"),
            ("pool", "Back to the Pool"),
        ],
        string="To Whom",
        required=True,
        default="people",
    )
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")
    user_ids = fields.Many2many(
        "res.users", string="People", domain="[('id', 'in', candidate_ids)]"
    )
    reason = fields.Char(required=True)
    result = fields.Text(readonly=True)

    @api.depends("unit_id")
    def _compute_leaver_ids(self):
        for wizard in self:
            wizard.leaver_ids = wizard._leavers().ids if wizard.unit_id else False

    @api.depends("unit_id", "user_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            # Who works in the own store is shown to its leaders.
            people = self.env["res.users"].sudo()
            if wizard.unit_id:
                people = people.union(*(wizard._staff(role) for role in wizard._roles()))
            wizard.candidate_ids = (people - wizard.user_id).ids

    @api.depends("unit_id", "user_id")
    def _compute_counts(self):
        for wizard in self:
            # Counted as the system: only what lies in a store of the user.
            ready = wizard.user_id and wizard.unit_id.company_id in self.env.companies
            roles = wizard._roles()
            for role in BINDING_FIELDS:
                count = len(wizard._relations(role)) if ready and role in roles else 0
                wizard[f"{role.removesuffix('_id')}_count"] = count
            wizard.lead_count = len(wizard._leads()) if ready else 0
            wizard.activity_count = len(wizard._activities()) if ready else 0
            others = BINDING_FIELDS.keys() - set(roles)
            wizard.kept_count = sum(len(wizard._relations(role)) for role in others) if ready else 0

    # ------------------------------------------------------------
    # What is there to hand over
    # ------------------------------------------------------------

    def _check_right(self):
        """Refuse whoever may hand nothing over in this store."""
        self.check_access("write")
        if not self._roles() or self.unit_id.company_id not in self.env.companies:
            raise AccessError(
                self.env._(
                    "Taking over customers of this store is the work of its director or general"
                    " manager. Switch to the store at the top right, or ask one of them."
                )
            )

    def _roles(self):
        """Return the fields of the relation that the user may assign."""
        return tuple(
            role for role, posts in BINDING_POSTS.items() if self.env.user._dealer_has_any(posts)
        )

    def _leavers(self):
        """Return whom customers or open leads of the store are bound to, archived people too."""
        # Only who is bound is asked for, in a store of the user, and counted.
        relations = self.env["dealer.relation"].sudo()
        store = Domain("unit_id", "=", self.unit_id.id)
        if self.unit_id.company_id not in self.env.companies:
            return self.env["res.users"]
        people = self.env["res.users"].sudo()
        for role in self._roles():
            for (user,) in relations._read_group(store & Domain(role, "!=", False), [role]):
                people |= user
        return people

    def _staff(self, role):
        """Return the active people of the store who may serve customers in this role."""
        groups = self.env["res.groups"].browse(
            self.env.ref(group).id for group in BINDING_FIELDS[role]
        )
        # Posts and companies of colleagues are not readable for every post.
        return (
            self.env["res.users"]
            .sudo()
            .search(
                Domain("group_ids", "in", groups.ids)
                & Domain("company_ids", "in", self.unit_id.company_id.ids),
                order="id",
            )
        )

    def _relations(self, role):
        """Return the customers of who leaves in this role, as the system sees them."""
        # Of an archived person the team's manager no longer sees the customers; the right to hand
        # them over is checked by _check_right.
        return (
            self.env["dealer.relation"]
            .sudo()
            .search(
                Domain(role, "=", self.user_id.id) & Domain("unit_id", "=", self.unit_id.id),
                order="id",
            )
        )

    def _leads(self):
        """Return the open leads of who leaves."""
        roles = self._roles()
        mine = Domain.OR(
            [Domain("dealer_relation_id", "any", [(role, "=", self.user_id.id)]) for role in roles]
        )
        if "consultant_id" in roles:
            mine = Domain.TRUE
        # See _relations.
        return (
            self.env["crm.lead"]
            .sudo()
            .search(
                Domain("user_id", "=", self.user_id.id)
                & Domain("dealer_unit_id", "=", self.unit_id.id)
                & Domain("won_status", "=", "pending")
                & mine,
                order="id",
            )
        )

    def _activities(self):
        """Return the open activities of who leaves on leads and customers of the store."""
        # See _relations; an activity says who does it, the document who may.
        activities = (
            self.env["mail.activity"]
            .sudo()
            .search(
                Domain("user_id", "=", self.user_id.id)
                & Domain("res_model", "in", ("crm.lead", "res.partner"))
            )
        )
        relations = self._documents(activities)
        return activities.filtered(lambda row: (row.res_model, row.res_id) in relations)

    def _documents(self, activities):
        """Return ``{(model, id): relation}`` of the documents of this store that one may assign."""
        ids = {
            model: rows.mapped("res_id") for model, rows in activities.grouped("res_model").items()
        }
        roles = self._roles()
        # See _relations.
        leads = (
            self.env["crm.lead"]
            .sudo()
            .with_context(active_test=False)
            .search(
                Domain("id", "in", ids.get("crm.lead", []))
                & Domain("dealer_unit_id", "=", self.unit_id.id)
            )
        )
        relations = (
            self.env["dealer.relation"]
            .sudo()
            .search(
                Domain("partner_id", "in", ids.get("res.partner", []))
                & Domain("unit_id", "=", self.unit_id.id)
            )
        )
        documents = {("crm.lead", lead.id): lead.dealer_relation_id for lead in leads}
        documents |= {("res.partner", row.partner_id.id): row for row in relations}
        if "consultant_id" in roles:
            return documents
        return {
            key: relation
            for key, relation in documents.items()
            if any(relation[role] == self.user_id for role in roles)
        }

    # ------------------------------------------------------------
    # Handing over
    # ------------------------------------------------------------

    def action_take_over(self):
        """Move everything that one may assign, and say what has moved.

        :raise AccessError: for who may hand nothing over in this store
        :raise ValidationError: when nobody is chosen who may serve some of the customers
        """
        self.ensure_one()
        self._check_right()
        if self.user_id in self.user_ids:
            raise ValidationError(
                self.env._("%s leaves. Take the person out of “People”.", self.user_id.name)
            )
        # 50,000 customers: no tracking message and no notice for each.
        wizard = self.with_context(
            tracking_disable=True,
            mail_notrack=True,
            mail_activity_quick_update=True,
            mail_auto_subscribe_no_notify=True,
        )
        leads, activities = wizard._leads(), wizard._activities()
        documents = wizard._documents(activities)
        moved, lines = self.env["dealer.relation"].sudo(), []
        for role in self._roles():
            relations = wizard._relations(role)
            if relations:
                count = wizard._move_relations(role, relations)
                lines.append(self._line(self._label(role), count))
                moved |= relations
        if not moved and not leads and not activities:
            raise UserError(
                self.env._(
                    "%(person)s has nothing in %(store)s that you may hand over.",
                    person=self.user_id.name,
                    store=self.unit_id.name,
                )
            )
        if leads:
            lines.append(self._line(self.env._("Open leads"), wizard._move_leads(leads)))
        if activities:
            count = wizard._move_activities(activities, documents)
            lines.append(self._line(self.env._("Open activities"), count))
        self._unfollow(leads, moved.partner_id)
        self.result = "\n".join(lines)
        return {
            "name": self.env._("Take-Over Done"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _label(self, role):
        return self._fields[f"{role.removesuffix('_id')}_count"]._description_string(self.env)

    def _line(self, label, count):
        """Return in words how many went to whom."""
        pool = self.env._("back to the pool")
        people = ", ".join(f"{user.name or pool} {number}" for user, number in count.items())
        return self.env._(
            "%(what)s: %(number)s (%(people)s)",
            what=label,
            number=sum(count.values()),
            people=people,
        )

    def _move_relations(self, role, relations):
        """Bind the customers to the new people; open leads follow.

        :return: ``Counter`` of the new users
        """
        # Work is shared evenly: customers with open leads come first.
        busy = relations._dealer_open_leads().dealer_relation_id & relations
        relations = busy | (relations - busy)
        heirs = self._heirs(role, relations)
        by_user = defaultdict(list)
        for relation, user in zip(relations, heirs, strict=True):
            by_user[user].append(relation.id)
        for user, ids in by_user.items():
            relations.browse(ids)._assign({role: user.id}, self.reason)
        return Counter({user: len(ids) for user, ids in by_user.items()})

    def _heirs(self, role, relations):
        """Return the new person of each customer or lead, an empty user for the pool.

        :param relations: dealer.relation, or crm.lead without customer
        """
        # An empty set; the people beside it are read as the system.
        nobody = self.env["res.users"].sudo()
        if self.how == "pool":
            return [nobody] * len(relations)
        if self.how == "people":
            takers = (self._staff(role) & self.user_ids) - self.user_id
        elif role in POSTS:
            turns = self.unit_id._distribute(self._wishes(relations), roles=(role,), rostered=False)
            heirs = [turn.user for turn in turns]
            takers = nobody if not all(heirs) else nobody.union(*heirs)
            if takers:
                return heirs
        else:
            takers = self._staff(role).filtered(lambda user: user.has_group(ADVISORS))
            takers -= self.user_id
        if not takers:
            raise ValidationError(
                self.env._(
                    "Nobody is there for “%(what)s” (%(number)s). Choose a person with this post in"
                    " %(store)s, or give the customers back to the pool.",
                    what=self._label(role),
                    number=len(relations),
                    store=self.unit_id.name,
                )
            )
        return [user for user, _relation in zip(cycle(takers), relations, strict=False)]

    def _wishes(self, relations):
        """Return what customers, or leads without customer, ask for; the open lead says it."""
        plain = Wish(excluded=self.user_id)
        if relations._name != "dealer.relation":
            return [lead._dealer_wish(self.user_id) for lead in relations]
        wishes = {
            lead.dealer_relation_id: lead._dealer_wish(self.user_id)
            for lead in relations._dealer_open_leads()
        }
        return [wishes.get(relation, plain) for relation in relations]

    def _move_leads(self, leads):
        """Give leads away that did not follow their customers; count where all are now."""
        left = leads.filtered(lambda lead: lead.user_id == self.user_id)
        heirs, orphans = defaultdict(list), []
        for lead in left:
            relation = lead.dealer_relation_id
            bound = (relation.consultant_id | relation.dcc_agent_id).filtered("active")
            bound -= self.user_id
            if bound:
                heirs[bound[0]].append(lead.id)
            else:
                orphans.append(lead.id)
        role = next(iter(role for role in self._roles() if role in POSTS))
        if orphans:
            users = self._heirs(role, leads.browse(orphans))
            for lead_id, user in zip(orphans, users, strict=True):
                heirs[user].append(lead_id)
        for user, ids in heirs.items():
            leads.browse(ids).user_id = user
        return Counter(lead.user_id for lead in leads)

    def _move_activities(self, activities, documents):
        """Hand activities to who has the lead, or serves the customer, from now on."""
        heirs = defaultdict(list)
        for activity in activities:
            key = activity.res_model, activity.res_id
            relation = documents[key]
            lead = self.env["crm.lead"].sudo()  # the right was checked by _check_right
            if activity.res_model == "crm.lead":
                lead = lead.browse(activity.res_id)
            people = lead.user_id | relation.consultant_id
            people |= relation.dcc_agent_id | relation.advisor_id
            heirs[(people.filtered("active") - self.user_id)[:1]].append(activity.id)
        for user, ids in heirs.items():
            activities.browse(ids).user_id = user
        return Counter({user: len(ids) for user, ids in heirs.items()})

    def _unfollow(self, leads, partners):
        """Who leaves is told nothing of these customers any more."""
        # Nobody has a right on followers as such; the right was checked by _check_right.
        followers = self.env["mail.followers"].sudo()
        mine = Domain("partner_id", "=", self.user_id.sudo().partner_id.id)
        followers.search(
            mine
            & (
                Domain("res_model", "=", "crm.lead") & Domain("res_id", "in", leads.ids)
                | Domain("res_model", "=", "res.partner") & Domain("res_id", "in", partners.ids)
            )
        ).unlink()
