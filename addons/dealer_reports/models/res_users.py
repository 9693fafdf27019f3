from odoo import fields, models
from odoo.fields import Domain

#: Who sees all daily reports of the store.
DAILY_STORE_POSTS = (
    "dealer_base.group_sales_director",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    dealer_daily_count = fields.Integer(
        string="Daily Reports", compute="_compute_dealer_daily_count"
    )

    dealer_digest = fields.Boolean(
        string="Morning Message",
        default=True,
        help="What to do today, in the inbox when the store opens.",
    )
    dealer_digest_on = fields.Date(
        string="Last Morning Message", readonly=True, copy=False, groups="base.group_system"
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "dealer_daily_count", "dealer_digest"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "dealer_digest"]

    def _compute_dealer_daily_count(self):
        model = self.env["dealer.daily.report"]
        counts = {}
        if model.has_access("read"):
            counts = dict(
                model._read_group([("user_id", "in", self.ids)], ["user_id"], ["__count"])
            )
        for user in self:
            user.dealer_daily_count = counts.get(user._origin, 0)

    def action_dealer_daily_reports(self):
        """Open the own daily reports."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_reports.dealer_daily_report_action"
        )
        action["domain"] = [("user_id", "=", self.env.uid)]
        action["context"] = {}
        return action

    def _dealer_daily_domain(self, company_ids):
        """Return the domain on ``dealer.daily.report`` and its lines of what this user may see.

        The own ones, of a manager those of the team's people; all of the store for who answers
        for it.
        """
        self.ensure_one()
        store = Domain("company_id", "in", company_ids)
        if self._dealer_has_any(DAILY_STORE_POSTS):
            return store
        domain = Domain("user_id", "=", self.id)
        if self.has_group("dealer_base.group_sales_manager"):
            managed = [("dealer_team_ids.manager_ids", "in", [self.id])]
            domain |= Domain("user_id", "any", managed)
        return store & domain

    def _dealer_defeat_report_domain(self, company_ids):
        """Return the domain on ``dealer.defeat.report``: of the visits and defeats one sees."""
        self.ensure_one()
        return Domain("company_id", "in", company_ids) & (
            Domain("visit_id", "any", self._dealer_visit_domain(company_ids))
            | Domain("defeat_id", "any", self._dealer_of_lead_domain(company_ids))
        )

    def _dealer_progress_domain(self, company_ids):
        """Return the domain on ``dealer.prospect.progress``: of the leads one sees."""
        self.ensure_one()
        return Domain("company_id", "in", company_ids) & Domain(
            "lead_id", "any", self._dealer_lead_domain(company_ids)
        )
