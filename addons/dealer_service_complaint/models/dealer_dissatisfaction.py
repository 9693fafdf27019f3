import logging

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


class DealerDissatisfaction(models.AbstractModel):
    """A dissatisfied customer of the workshop is a complaint at once, with its 24 hours."""

    _name = "dealer.dissatisfaction"
    _inherit = "dealer.dissatisfaction"

    @api.model
    def _report(self, record, partner, unit, words, source, vehicle=None):
        """Make a complaint besides; once per record.

        When that fails, neither the review nor the call is lost: the managers get the task to
        write the complaint down by hand.
        """
        result = super()._report(record, partner, unit, words, source, vehicle)
        try:
            with self.env.cr.savepoint():
                self._complain(record, partner, unit, words, source, vehicle)
        except (ConcurrencyError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
            raise  # the whole request is tried again
        except Exception:
            _logger.exception("no complaint from %s", record)
            self._tell_no_complaint(record, unit, words)
        return result

    @api.model
    def _complain(self, record, partner, unit, words, source, vehicle):
        """Return the complaint about ``record``, made now or before."""
        # Who said it has no right on complaints; whoever calls has checked what was said.
        known = record.sudo()
        photos = known.photo_ids if "photo_ids" in known._fields else ()
        case = self.env["helpdesk.ticket"]._receive_complaint(
            {
                "unit": unit,
                "facts": words
                or self.env._("The customer is not satisfied; nothing more was said."),
                "partner": partner,
                "key": f"{record._name},{record.id}",
                "photos": [(photo.name, photo.raw) for photo in photos],
                "source": source,
                "vehicle": vehicle,
                "about": self._order_of(known),
            }
        )
        if "complaint_id" in known._fields:
            known.complaint_id = case
        return case

    @api.model
    def _order_of(self, record):
        """Return the workshop order that ``record`` is, or is about."""
        orders = self.env["dealer.service.order"]
        if record._name == orders._name:
            return record
        field = record._fields.get("order_id")
        return record.order_id if field and field.comodel_name == orders._name else orders

    @api.model
    def _tell_no_complaint(self, record, unit, words):
        for user, told in self._managers_told(record, unit):
            title = told.env._("No complaint could be made of this: write it down by hand")
            self._give_task(told, user, title, words)
