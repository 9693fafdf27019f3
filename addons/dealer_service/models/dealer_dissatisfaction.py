from odoo import api, models
from odoo.tools import plaintext2html

#: Who hears of a dissatisfied customer at once.
TOLD = "dealer_base.group_service_manager"


class DealerDissatisfaction(models.AbstractModel):
    """A customer is not satisfied (D8, D9): what follows, whoever found it out.

    Reviews and call-backs call ``_report``. Alone this addon tells the managers; an addon that knows
    complaints extends it and makes one.
    """

    _name = "dealer.dissatisfaction"
    _description = "Dissatisfaction of a Customer"

    @api.model
    def _report(self, record, partner, unit, words, source, vehicle=None):
        """Tell the service managers of a store at once that a customer is not satisfied.

        Whoever calls has checked the right; the managers are told as by the system.

        :param record: the document in which it was said; with activities, they get a task on it
        :param partner: the customer, or an empty record
        :param unit: the store (``dealer.unit``)
        :param str words: what the customer said, in the customer's own words; may be empty
        :param str source: ``review``, ``call_back`` or ``request``
        :param vehicle: the car, if it is about one
        """
        for user, told in self._managers_told(record, unit):
            title = told.env._("A customer is not satisfied: call today")
            self._give_task(told, user, title, words)
            # Who is at the screen sees it in the same second.
            user._bus_send(
                "simple_notification",
                {"type": "warning", "title": title, "message": told.display_name},
            )

    @api.model
    def _managers_told(self, record, unit):
        """Yield ``(manager, record in the manager's language)`` of the service managers of a store."""
        # A customer on a public page, or a caller without a right on other people's tasks: the
        # caller has checked the right, people are told by the system.
        for user in unit.sudo()._clock_staff(TOLD).sudo():
            yield (
                user,
                record.sudo().with_context(lang=user.lang, mail_activity_quick_update=True),
            )

    @api.model
    def _give_task(self, told, user, title, words):
        """Give ``user`` a task on the document, or a message where it takes no tasks."""
        if "activity_ids" in told._fields:
            told.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=title,
                note=plaintext2html(words or ""),
                user_id=user.id,
            )
        else:
            user.partner_id.with_context(mail_notify_force_send=False).message_notify(
                partner_ids=user.partner_id.ids,
                subject=title,
                body=f"{told.display_name}: {words or ''}",
            )
