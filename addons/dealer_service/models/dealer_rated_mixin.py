from odoo import api, fields, models
from odoo.exceptions import AccessError


class DealerRatedMixin(models.AbstractModel):
    """Documents that only customers rate, on their page: Odoo's own ways to rate them are shut.

    In plain Odoo whoever may write in the chatter may send a rating along, and whoever has a key
    of ``rating.rating`` may give one by ``/rate/…``.
    """

    _name = "dealer.rated.mixin"
    _description = "Rated by Customers Alone"
    _inherit = ["mail.thread"]

    # What customers gave is read as review, by who may.
    rating_ids = fields.One2many(groups=fields.NO_ACCESS)

    @api.model
    def _refuse_rating(self):
        raise AccessError(
            self.env._("Only customers rate, by the link that they get after the visit.")
        )

    def message_post(self, **kwargs):
        if kwargs.get("rating_value") or kwargs.get("rating_id"):
            self._refuse_rating()
        return super().message_post(**kwargs)

    def rating_apply(
        self,
        rate,
        token=None,
        rating=None,
        feedback=None,
        subtype_xmlid=None,
        notify_delay_send=False,
    ):
        self._refuse_rating()

    def _rating_get_access_token(self, partner=None):
        self._refuse_rating()
