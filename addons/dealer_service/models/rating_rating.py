from odoo import api, models
from odoo.exceptions import AccessError


class RatingRating(models.Model):
    """What customers gave: no person writes it, whatever the post (D8).

    Odoo lets every employee write and create ratings. Record rules shut those of our documents; they
    look at what a row was before, so what it becomes is checked here.
    """

    _name = "rating.rating"
    _inherit = ["rating.rating", "dealer.user.checks"]

    @api.model
    def _dealer_rated(self):
        """Return the names of the models that customers alone rate."""
        mixin = self.pool["dealer.rated.mixin"]
        return {
            name
            for name, model in self.pool.items()
            if issubclass(model, mixin) and not model._abstract
        }

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        # Only what it is about is asked.
        if self._dealer_rated() & set(self.sudo().mapped("res_model")):
            raise AccessError(
                self.env._("Only customers rate, by the link that they get after the visit.")
            )
        return result
