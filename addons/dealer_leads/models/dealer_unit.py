from odoo import fields, models
from odoo.fields import Domain


class DealerUnit(models.Model):
    _name = "dealer.unit"
    _inherit = "dealer.unit"

    last_consultant_id = fields.Many2one(
        "res.users",
        string="Last in Turn",
        copy=False,
        ondelete="set null",
        help="Who got the last lead; the next one goes to the next consultant.",
    )

    def _consultants(self):
        """Return the consultants who work in this store, in the order of their turns."""
        self.ensure_one()
        group = self.env.ref("dealer_base.group_sales_consultant")
        return self.env["res.users"].search(
            Domain("group_ids", "in", group.ids) & Domain("company_ids", "in", self.company_id.ids),
            order="id",
        )

    def _next_consultants(self, number):
        """Take the next ``number`` turns of the store's consultants, round robin.

        :return: list of users (one each, possibly the same again); empty users where the store
            has no consultant
        """
        self.ensure_one()
        consultants = self._consultants()
        if not consultants:
            return [consultants] * number
        users = list(consultants)
        last = self.last_consultant_id.id or 0
        start = next((index for index, user in enumerate(users) if user.id > last), 0)
        turns = [users[(start + turn) % len(users)] for turn in range(number)]
        if turns:
            self.last_consultant_id = turns[-1]
        return turns
