from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_datetime

#: A note names at most so many records; the list shows the rest.
NAMED_RECORDS = 5


class DealerClockEvent(models.Model):
    """What a step of a ladder did, once and never twice; for whom it told also the to-do list."""

    _name = "dealer.clock.event"
    _description = "Clock Event"
    _inherit = ["dealer.document.rights"]
    _order = "at desc, id desc"

    clock_id = fields.Many2one("dealer.clock", required=True, index=True, ondelete="cascade")
    step_id = fields.Many2one("dealer.clock.step", required=True, index=True, ondelete="cascade")
    attempt = fields.Integer(required=True, default=1)
    at = fields.Datetime(string="Time", required=True, index=True)
    action = fields.Selection(
        [("tell", "Told"), ("hand_on", "Handed On"), ("raise", "Raised")], required=True
    )
    user_ids = fields.Many2many(
        "res.users", "dealer_clock_event_user_rel", "event_id", "user_id", string="Who was Told"
    )
    unit_id = fields.Many2one(related="clock_id.unit_id", store=True, index=True)
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index=True)
    res_model = fields.Char(related="clock_id.res_model", store=True, index="btree_not_null")
    res_id = fields.Many2oneReference(
        related="clock_id.res_id", store=True, model_field="res_model", index=False
    )
    document_name = fields.Char(related="clock_id.document_name")
    due_at = fields.Datetime(related="clock_id.due_at")
    clock_user_id = fields.Many2one(related="clock_id.user_id", string="Responsible")
    ack_due_at = fields.Datetime(string="Acknowledge Until")
    ack_at = fields.Datetime(string="Acknowledged")
    ack_user_id = fields.Many2one("res.users", string="Acknowledged By")
    unanswered = fields.Boolean(string="Nobody Answered")

    _once = models.UniqueIndex("(clock_id, step_id, attempt)", "This step was taken already.")
    _unacknowledged_idx = models.Index(
        "(ack_due_at) WHERE ack_at IS NULL AND ack_due_at IS NOT NULL"
    )

    @api.depends("step_id", "document_name")
    def _compute_display_name(self):
        for event in self:
            event.display_name = " · ".join(
                # What a step is called is shown to whoever may read the event.
                filter(None, (event.step_id.sudo().name, event.document_name))
            )

    def _last_by_itself(self):
        """Return when one step of one clock was last taken by the time, in these its events.

        That the next in line was told, because nobody acknowledged, does not move the rhythm.
        """
        unanswered = {event.attempt + 1: event.ack_due_at for event in self.filtered("unanswered")}
        own = self.filtered(
            lambda event: not unanswered.get(event.attempt) or event.at < unanswered[event.attempt]
        )
        return max((own or self).mapped("at"))

    @api.model
    def _document_rights_free_domain(self):
        # Who was told reads what of, also when the record was handed on since.
        return Domain("user_ids", "in", [self.env.uid])

    @api.model
    def _document_rights_models(self):
        return self.env["dealer.clock.mixin"]._clock_models()

    def _waits(self):
        """Whether the one who was told is still waited for."""
        self.ensure_one()
        return bool(self.ack_due_at and not self.ack_at and not self.unanswered)

    def action_acknowledge(self):
        """Say that I have seen it and take care; nobody else is told instead."""
        self.check_access("read")
        if self.filtered(lambda event: self.env.user not in event.user_ids):
            raise AccessError(self.env._("You acknowledge what you were told yourself."))
        # Only the system writes events; who acknowledges was checked.
        waiting = self.sudo().filtered(lambda event: event.ack_due_at and not event.ack_at)
        waiting.write({"ack_at": fields.Datetime.now(), "ack_user_id": self.env.uid})
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_document(self):
        """Open the record that this is about."""
        self.ensure_one()
        return self.clock_id.action_open_document()

    def _tell(self):
        """Tell each person once what concerns them, however many records it is.

        A message in the inbox stays, a note on the screen is seen at once.
        """
        by_user = {}
        for event in self:
            for user in event.user_ids:
                by_user.setdefault(user, self.browse())
                by_user[user] |= event
        for user, events in by_user.items():
            for step, same in events.grouped("step_id").items():
                same.with_context(lang=user.lang)._tell_user(user, step)

    def _zone(self):
        """Return the time zone of the store: terms are told as the clock on its wall shows them."""
        return self.unit_id._clock_zone().key

    def _tell_user(self, user, step):
        """Tell ``user`` of events of one step; channels add themselves here."""
        step = step.with_env(self.env)
        lines = [
            self.env._(
                "%(name)s, due %(time)s",
                name=event.document_name or "",
                time=format_datetime(self.env, event.due_at, tz=event._zone(), dt_format="short"),
            )
            for event in self[:NAMED_RECORDS]
        ]
        if len(self) > NAMED_RECORDS:
            lines.append(self.env._("and %s more", len(self) - NAMED_RECORDS))
        title = f"{step.name} ({len(self)})" if len(self) > 1 else step.name
        # Mail goes out by the queue: no server in a shop may hold up the tick.
        user.partner_id.with_context(mail_notify_force_send=False).message_notify(
            partner_ids=user.partner_id.ids,
            subject=title,
            body=Markup("<p>%s</p><ul>%s</ul>")
            % (title, Markup("").join(Markup("<li>%s</li>") % line for line in lines))
            + Markup('<p><a href="/odoo/dealer-alarms">%s</a></p>') % self.env._("Alarms"),
        )
        user._bus_send(
            "simple_notification",
            {
                "type": "danger" if step.action == "raise" else "warning",
                "title": title,
                "message": "\n".join(lines),
                "sticky": step.action != "tell" or step.need_ack,
            },
        )
