from odoo import models
from odoo.fields import Domain


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _clock_managers(self, unit):
        """Return the managers of these people's teams in store ``unit``, not themselves.

        Without a team manager the general managers of the store answer.
        """
        # Who leads which team is read for everybody who is to be told, whatever the rights.
        # Whose lead was left behind is found also by the team of who has gone.
        teams = self.env["dealer.team"].sudo().search([("unit_id", "=", unit.id)])
        teams = teams.with_context(active_test=False)
        mine = teams.filtered(lambda team: team.member_ids & self)
        managers = mine.manager_ids.filtered(
            lambda manager: manager.active and unit.company_id in manager.company_ids
        )
        managers -= self
        return (managers or unit._clock_staff("dealer_base.group_general_manager")).sudo(False)

    def _dealer_policy_domain(self, company_ids):
        """Return the domain on ``dealer.clock.policy`` of what this user may change.

        Leaders of a store change its own policies, those of all stores only who leads them all.
        """
        self.ensure_one()
        own = Domain("company_id", "in", company_ids)
        return own | Domain("unit_id", "=", False) if self._dealer_leads_all() else own

    def _dealer_makeup_domain(self, company_ids):
        """Return the domain on ``resource.calendar.makeup`` of what this user may change.

        Opening hours belong to the store; those that all stores share to who leads them all.
        """
        self.ensure_one()
        own = Domain("calendar_id.company_id", "in", company_ids)
        shared = Domain("calendar_id.company_id", "=", False)
        return own | shared if self._dealer_leads_all() else own

    def _dealer_leads_all(self):
        return self._dealer_has_any(("dealer_base.group_group_executive", "base.group_system"))
