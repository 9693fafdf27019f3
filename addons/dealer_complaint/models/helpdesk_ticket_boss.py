from odoo import SUPERUSER_ID, api, fields, models

#: The general manager answers what a customer told the boss.
BOSS = "case_boss"


class HelpdeskTicket(models.Model):
    """I want your boss to know (我要告诉总经理, E7): leadership hears it in the same second."""

    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    @api.depends("tell_boss")
    def _compute_severity(self):
        return super()._compute_severity()

    def _tell_boss(self):
        """Tell the general managers and executives now, not with the next tick.

        The ladder of the clock says who; its step is taken in this transaction, and what fails is
        tried again by the tick.
        """
        self.ensure_one()
        clocks = self._clock_start(BOSS)
        lang = self.company_id.partner_id.lang
        # As the tick does: the system tells, in the language of the store.
        clocks.with_user(SUPERUSER_ID).with_context(lang=lang)._tick_safely(fields.Datetime.now())
        told = clocks.sudo().event_ids.user_ids  # for the sealed file, nobody reads it here
        self._seal("told", {"told": ", ".join(told.mapped("name"))})

    def _after_step(self, name):
        result = super()._after_step(name)
        if name == "gm_opinion" and self.tell_boss:
            self._clock_stop(BOSS)
        return result
