from odoo import models
from odoo.fields import Domain


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = "res.users"

    def _dealer_dms_domain(self, company_ids):
        """Return the domain on rows and differences of the DMS that this user may see.

        They copy names and numbers: with a file they are as secret as that customer or car. What is
        no file yet belongs to the store.

        :param list company_ids: ids of the companies the user has switched on
        """
        self.ensure_one()
        customer = Domain("partner_id", "=", False) | Domain(
            "partner_id.dealer_relation_ids", "any", self._dealer_relation_domain(company_ids)
        )
        car = Domain("vehicle_id", "=", False) | Domain(
            "vehicle_id", "any", self._dealer_vehicle_domain(company_ids)
        )
        return Domain("company_id", "in", company_ids) & customer & car
