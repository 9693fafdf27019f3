import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: A link to one appointment is good until so long after it.
LINK_LASTS = timedelta(days=1)
#: Version of the notice beside “remind me”; it changes with the notice's words.
REMINDER_CONSENT = "appointment-2026-1"


class DealerAppointment(models.Model):
    """What the customer does himself, on his pages or by the link to one appointment."""

    _name = "dealer.appointment"
    _inherit = "dealer.appointment"

    access_token = fields.Char(copy=False, readonly=True, groups="base.group_system")
    customer_url = fields.Char(
        string="Link for the Customer",
        compute="_compute_customer_url",
        compute_sudo=True,
        groups="dealer_base.group_service_advisor,dealer_base.group_service_manager,dealer_base.group_care_agent,dealer_base.group_care_manager,dealer_base.group_general_manager,dealer_base.group_group_executive",
        help="Shows this appointment alone, without name and number, until a day after it. The customer"
        " confirms, moves or cancels there.",
    )

    _token_uniq = models.UniqueIndex("(access_token) WHERE access_token IS NOT NULL")

    @api.depends("access_token")
    def _compute_customer_url(self):
        base = self.get_base_url()
        for row in self:
            token = row.access_token
            row.customer_url = f"{base}/appointment/{token}" if token else False

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [{**vals, "access_token": secrets.token_urlsafe(24)} for vals in vals_list]
        )

    @api.model
    def _of_token(self, token):
        """Return the appointment that a link is for, in sudo; none when the link has run out."""
        # The link is the key, and it opens this one alone.
        rows = self.sudo()
        if not isinstance(token, str) or not 20 <= len(token) <= 64:
            return rows.browse()
        return rows.search(
            Domain("access_token", "=", token)
            & Domain("stop", ">", fields.Datetime.now() - LINK_LASTS),
            limit=1,
        )

    @api.model
    def _own(self, partner):
        """Return the domain of the appointments that are a customer's own.

        After a sale the car's appointments stay with whom they were made for.
        """
        return Domain("partner_id", "=", partner.id) & (
            Domain("state", "!=", "hold") | self._held_domain()
        )

    def _changeable(self):
        """Whether the customer may still change or cancel it by himself."""
        self.ensure_one()
        before = timedelta(hours=self._setting("change_hours"))
        return (
            self.state in ("booked", "confirmed")
            and not self.owner_changed
            and self.start - before > fields.Datetime.now()
        )

    def _check_changeable(self):
        if not self._changeable():
            raise UserError(
                self.env._(
                    "This can be changed here until %(hours)s hours before the time only. Please call us:"
                    " %(phone)s",
                    hours=self._setting("change_hours"),
                    phone=self.company_id.phone or self.unit_id.name,
                )
            )

    @api.model
    def _held_for(self, partner, vehicle):
        """Return the appointment whose time is held while the customer chooses for a car."""
        return self.search(
            self._held_domain()
            & Domain("partner_id", "=", partner.id)
            & Domain("vehicle_id", "=", vehicle.id),
            limit=1,
        )

    @api.model
    def _page_hold(self, partner, vehicle, unit, items, start, key):
        """Hold a time for who is choosing; who chooses another one gives the first back."""
        known = self.search([("intake_key", "=", key)], limit=1)
        if known:
            return known
        self._touch_vehicle(vehicle)
        former = self._held_for(partner, vehicle)
        minutes = self._setting("hold_minutes")
        if former and former.unit_id == unit:
            former._move_to(start, items, intake_key=key)
            former.booking_id.expires_at = fields.Datetime.now() + timedelta(minutes=minutes)
            return former
        row = former._make(
            partner,
            vehicle,
            unit,
            items,
            start,
            origin="page",
            intake_key=key,
            hold_minutes=minutes,
        )
        if former:
            former._cancel("system", self.env._("Another time was chosen"))
        return row

    def _page_confirm(self, note=None, remind=False):
        """The customer says yes, to what he chose or to what the store booked for him."""
        self.ensure_one()
        if self.state == "confirmed":
            return
        self._touch_vehicle(self.vehicle_id)
        self._expect("hold", "booked")
        now = fields.Datetime.now()
        if self.state == "hold":
            self.booking_id._confirm()
        values = {"state": "confirmed", "confirmed_at": now}
        if note:
            values["note"] = note
        self.write(values)
        self._sync_event()
        # Who found a time by himself waits no longer.
        self.env["dealer.capacity.waiting"]._waits(self.vehicle_id).action_end()
        if remind and not self._reminders_agreed():
            self.env["dealer.consent"].create(
                {
                    "partner_id": self.partner_id.id,
                    "unit_id": self.unit_id.id,
                    "purpose": "service",
                    "text_version": REMINDER_CONSENT,
                    "source": "form",
                    "user_id": False,
                }
            )

    def _reminders_agreed(self):
        """Whether the customer agreed that the store writes to him about his car."""
        self.ensure_one()
        consents = self.env["dealer.consent"]
        return bool(consents._partners_with(self.partner_id, "service", self.unit_id))

    def _page_move(self, start):
        """The customer takes another time."""
        self.ensure_one()
        self._touch_vehicle(self.vehicle_id)
        self._check_changeable()
        self._move_to(start, state="confirmed", confirmed_at=fields.Datetime.now())

    def _page_cancel(self, reason):
        """The customer does not come."""
        self.ensure_one()
        if self.state == "cancelled":
            return
        self._touch_vehicle(self.vehicle_id)
        self._check_changeable()
        self._cancel("customer", reason or self.env._("Cancelled on the page"))
