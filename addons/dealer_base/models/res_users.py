from odoo import api, fields, models
from odoo.exceptions import AccessDenied
from odoo.fields import Command, Domain
from odoo.tools import SQL

STORE_POSTS = (
    "dealer_base.group_sales_director",
    "dealer_base.group_marketing_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
)
TEAM_POSTS = ("dealer_base.group_sales_manager", "dealer_base.group_dcc_lead")
OWN_POSTS = ("dealer_base.group_sales_consultant", "dealer_base.group_dcc_agent")
OWNER_POSTS = (
    "dealer_base.group_service_advisor",
    "dealer_base.group_service_manager",
    "dealer_base.group_technician",
    "dealer_base.group_care_agent",
    "dealer_base.group_care_manager",
)
#: Groups of machines. A user with one of them and no user type reads nothing by any RPC.
API_GROUPS = (
    "dealer_base.group_lead_intake",
    "dealer_base.group_gate",
    "dealer_base.group_telemetry",
    "dealer_base.group_calls",
    "dealer_base.group_dms",
)


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    dealer_unit_id = fields.Many2one(
        "dealer.unit",
        string="Responsible For",
        ondelete="set null",
        help="A group executive sees all stores at and below this unit, those that open"
        " tomorrow included.",
    )
    dealer_team_ids = fields.Many2many(
        "dealer.team",
        "dealer_team_member_rel",
        "user_id",
        "team_id",
        string="Teams",
    )

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        users.filtered("dealer_unit_id")._dealer_sync_companies()
        return users

    def write(self, vals):
        result = super().write(vals)
        if "dealer_unit_id" in vals or "group_ids" in vals:
            self.filtered("dealer_unit_id")._dealer_sync_companies()
        return result

    def _check_credentials(self, credential, env):
        """Refuse machines: they have a key for their own routes, and log in nowhere."""
        if self.env.user._dealer_is_machine():
            raise AccessDenied()
        return super()._check_credentials(credential, env)

    @api.model
    def _dealer_sync_executives(self):
        """Bring the companies of all executives up to date with the tree of units."""
        # The tree decides over the companies of executives, whoever changes the tree.
        self.sudo().search([("dealer_unit_id", "!=", False)])._dealer_sync_companies()

    def _dealer_sync_companies(self):
        """Give executives the companies of the stores below their unit, and the own one."""
        for user in self:
            if not user.has_group("dealer_base.group_group_executive"):
                continue
            # Companies follow from the unit, which only an administrator can set.
            stores = user.sudo().dealer_unit_id._stores()
            companies = stores.company_id | user.company_id
            if companies != user.company_ids:
                user.sudo().company_ids = [Command.set(companies.ids)]

    def _dealer_has_any(self, groups):
        self.ensure_one()
        return any(self.has_group(group) for group in groups)

    def _dealer_is_staff(self):
        """Whether the user has a post in a dealership."""
        return self._dealer_has_any(
            (*STORE_POSTS, *TEAM_POSTS, *OWN_POSTS, *OWNER_POSTS)
            + ("dealer_base.group_reception", "dealer_base.group_marketing_user")
        )

    def _dealer_is_machine(self):
        """Whether the user is a door for a machine and nothing else."""
        self.ensure_one()
        # Groups are kept; whether the user is one of us is a column to read, at every check of a right.
        return self._dealer_has_any(API_GROUPS) and self.share

    def _dealer_relation_domain(self, company_ids):
        """Return the domain on ``dealer.relation`` of the customers this user may see in full.

        The one place that says who sees whom (requirement A2): record rules of customers, cars,
        consents, interactions and leads are all built on it, posts are ORed. It names no ids
        that change in daily work, because rules are cached.

        :param list company_ids: ids of the companies the user has switched on
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids) & Domain("active", "=", True)
        if self._dealer_has_any((*STORE_POSTS, "base.group_system")):
            return store
        parts = []
        if self._dealer_has_any(TEAM_POSTS):
            managed = [("dealer_team_ids.manager_ids", "in", [self.id])]
            parts.append(
                Domain("consultant_id", "any", managed)
                | Domain("dcc_agent_id", "any", managed)
                | (Domain("consultant_id", "=", False) & Domain("dcc_agent_id", "=", False))
                | Domain("consultant_id", "=", self.id)
                | Domain("dcc_agent_id", "=", self.id)
            )
        if self._dealer_has_any(OWN_POSTS):
            parts.append(
                Domain("consultant_id", "=", self.id) | Domain("dcc_agent_id", "=", self.id)
            )
        if self._dealer_has_any(OWNER_POSTS):
            parts.append(
                Domain("partner_id.is_vehicle_owner", "=", True)
                | Domain("advisor_id", "=", self.id)
            )
        return store & Domain.OR(parts)

    def _dealer_partner_domain(self, company_ids):
        """Return the domain on ``res.partner`` of whom this user may see.

        It never touches partners without the flag (users, followers, suppliers). Contacts below a
        customer are seen by whoever sees the customer.
        """
        self.ensure_one()
        relation = self._dealer_relation_domain(company_ids)
        return (
            Domain("is_dealer_customer", "=", False)
            | Domain("id", "=", self.partner_id.id)
            | Domain("dealer_relation_ids", "any", relation)
            | Domain("parent_id.dealer_relation_ids", "any", relation)
        )

    def _dealer_served_domain(self, company_ids):
        """Return what :meth:`_dealer_partner_domain` says of customers, as one sub-select of ids."""
        self.ensure_one()
        # Which relations count is the domain's matter; the rule of relations would say it twice.
        relations = self.env["dealer.relation"].sudo()
        query = relations._search(self._dealer_relation_domain(company_ids), order="id")
        partners = query.subselect(relations._field_to_sql(query.table, "partner_id", query))
        return Domain(
            "id",
            "in",
            SQL(
                "(%s UNION SELECT id FROM res_partner WHERE parent_id IN %s UNION SELECT %s)",
                partners,
                partners,
                self.partner_id.id,
            ),
        )

    def _dealer_card_domain(self, company_ids):
        """Return the domain of the relations this user may read as a card with a masked number.

        That is more than :meth:`_dealer_relation_domain`: the clerk reads the cards of all the
        store, consultants and call centre those of the pool that nobody serves yet.
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids) & Domain("active", "=", True)
        if self.has_group("dealer_base.group_reception"):
            return store
        cards = self._dealer_relation_domain(company_ids)
        if self._dealer_has_any(OWN_POSTS):
            cards |= (
                store & Domain("consultant_id", "=", False) & Domain("dcc_agent_id", "=", False)
            )
        return cards

    def _dealer_vehicle_domain(self, company_ids):
        """Return the domain on ``dealer.vehicle``: cars of visible customers, and the store's new ones."""
        return Domain(
            "current_owner_id.dealer_relation_ids", "any", self._dealer_relation_domain(company_ids)
        ) | (
            Domain("current_owner_id", "=", False) & Domain("unit_id.company_id", "in", company_ids)
        )

    def _dealer_interaction_domain(self, company_ids):
        """Return the domain on ``dealer.interaction``: contacts follow the customer (B13).

        The clerk, who does not read customers' files, sees the visits registered by the clerk.
        """
        own = Domain("user_id", "=", self.id) & Domain("company_id", "in", company_ids)
        domain = Domain("relation_id", "any", self._dealer_relation_domain(company_ids))
        domain |= own & Domain("partner_id", "=", False)
        if self.has_group("dealer_base.group_reception"):
            domain |= own & Domain("evidence", "=", "witnessed")
        return domain
