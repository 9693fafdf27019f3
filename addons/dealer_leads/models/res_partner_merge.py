from odoo import models
from odoo.fields import Domain


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = "res.partner"

    def _dealer_merge_refusals(self, sources):
        refusals = super()._dealer_merge_refusals(sources)
        # A guest is in the showroom once; visits of other stores are counted, not shown.
        here = self.env["dealer.visit"].sudo()
        here = here.search(
            Domain("partner_id", "in", (self | sources).ids)
            & Domain("state", "in", ("waiting", "receiving"))
        )
        if any(len(visits.partner_id) > 1 for visits in here.grouped("unit_id").values()):
            refusals.append(
                self.env._(
                    "Both are registered as guests in the showroom right now. Register that one of"
                    " the visits has ended, then merge."
                )
            )
        return refusals

    def _dealer_merge_after(self, journal, sources):
        result = super()._dealer_merge_after(journal, sources)
        self._dealer_refresh_visits(self.env["dealer.visit"])
        return result

    def _dealer_undone(self, journal):
        result = super()._dealer_undone(journal)
        visits = self.env["dealer.visit"].browse(journal.rows().get("dealer.visit", ()))
        self._dealer_refresh_visits(visits.exists())
        return result

    def _dealer_refresh_visits(self, visits):
        """Work out anew which visits of these customers, and which of ``visits``, are the first."""
        visits |= visits.search([("partner_id", "in", self.ids)])
        visits.flush_recordset(["partner_id"])
        self.env.add_to_compute(visits._fields["occasion"], visits)

    def _dealer_find_by_house(self, numbers):
        """Return ``{(number, name): customer}`` of landlines and shared numbers.

        A house, a family or a company's driver: several people are reached there.

        A file that was merged into another one leads to that one. Call it in sudo, as
        ``_dealer_find_by_phone``.
        """
        partners = self.with_context(active_test=False).search_fetch(
            Domain("phone_normalized", "in", list(numbers))
            & Domain("is_dealer_customer", "=", True)
            & (Domain("phone_kind", "=", "landline") | Domain("phone_shared", "=", True))
            & (Domain("active", "=", True) | Domain("dealer_merged_into_id", "!=", False)),
            ["phone_normalized", "name", "active", "dealer_merged_into_id"],
            order="active, id desc",
        )
        found = {}
        for partner in partners:
            stays = partner if partner.active else partner.dealer_merged_into_id
            if stays.active:
                found[partner.phone_normalized, partner.name] = stays.with_env(self.env)
        return found
