import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import format_datetime

from odoo.addons.dealer_capacity.tools.opening import moment_at

#: The link says for so long what became of the offer.
LINK_LASTS = timedelta(days=1)
NOON = 12
#: Who is shown to the customer on his page: what is over is not.
SHOWN = ("waiting", "offered", "lapsed")


class DealerCapacityWaiting(models.Model):
    """What the customer does himself: he waits, is written to when a time is free, takes it or passes it on."""

    _name = "dealer.capacity.waiting"
    _inherit = "dealer.capacity.waiting"

    day_part = fields.Selection(
        [("any", "Any Time"), ("morning", "Morning"), ("afternoon", "Afternoon")],
        string="Part of the Day",
        required=True,
        default="any",
    )
    by_customer = fields.Boolean(string="Asked by the Customer", readonly=True, copy=False)
    access_token = fields.Char(copy=False, readonly=True, groups="base.group_system")
    link_until = fields.Datetime(copy=False, readonly=True, groups="base.group_system")

    _token_uniq = models.UniqueIndex("(access_token) WHERE access_token IS NOT NULL")

    # ------------------------------------------------------------
    # The offer
    # ------------------------------------------------------------

    def _offer_rule(self):
        """Return the rule by which the customer is written to; none where he is only called."""
        self.ensure_one()
        rules = self.env["dealer.touch.rule"]
        if not (self.partner_id and self.vehicle_id and self.item_ids):
            return rules
        rule = self.env.ref("dealer_service.touch_rule_waiting_offer", raise_if_not_found=False)
        return rule if rule and rule.active else rules

    def _told_at(self):
        """Return when the customer can be written to: not in his quiet hours."""
        now = fields.Datetime.now()
        rule = self._offer_rule()
        return rule._awake(now, self.unit_id) if rule else now

    def _offer_minutes(self):
        # Nobody loses a place while he sleeps.
        asleep = self._told_at() - fields.Datetime.now()
        return super()._offer_minutes() + round(asleep.total_seconds() / 60)

    def _offer_from(self):
        begin = super()._offer_from()
        if not self._offer_rule():
            return begin
        # He has to have time to answer, and to come.
        answered = fields.Datetime.now() + timedelta(minutes=self._offer_minutes())
        return max(begin, answered, self.env["dealer.appointment"]._earliest())

    def _suits(self, start):
        if not super()._suits(start):
            return False
        morning = self.unit_id._clock_local(start).hour < NOON
        return self.day_part == "any" or morning == (self.day_part == "morning")

    def _tell(self):
        result = super()._tell()
        rule = self._offer_rule()
        if rule:
            # Each offer has a key of its own: the link of the former one opens nothing any more.
            self.access_token = secrets.token_urlsafe(24)
            self.link_until = self.offered_until + LINK_LASTS
            # The customer asked to be told: it is an answer. Refusals are looked at when it is sent.
            touches = rule._plan_records(self, answer=True)
            touches.filtered(lambda touch: touch.state == "planned").write(
                {"send_at": self._told_at(), "valid_until": self.offered_until}
            )
        return result

    def _offer_words(self):
        """Return what the message says; call it in sudo, for the customer whose offer it is."""
        self.ensure_one()
        zone = self.unit_id._clock_zone().key

        def words(moment):
            return format_datetime(self.env, moment, tz=zone, dt_format="MM-dd HH:mm")

        token = self.access_token
        return {
            "offer_time": words(self.offered_start) if self.offered_start else "",
            "offer_until": words(self.offered_until) if self.offered_until else "",
            "offer_link": f"{self.get_base_url()}/waiting/{token}" if token else "",
        }

    # ------------------------------------------------------------
    # The page
    # ------------------------------------------------------------

    @api.model
    def _of_token(self, token):
        """Return who waits that a link is for, in sudo; none when the link has run out."""
        # The link is the key, and it opens this one alone.
        rows = self.sudo()
        if not isinstance(token, str) or not 20 <= len(token) <= 64:
            return rows.browse()
        return rows.search(
            Domain("access_token", "=", token) & Domain("link_until", ">", fields.Datetime.now()),
            limit=1,
        )

    @api.model
    def _own(self, partner):
        """Return the domain of what a customer waits for."""
        return (
            Domain("partner_id", "=", partner.id)
            & Domain("vehicle_id", "!=", False)
            & Domain("state", "in", SHOWN)
            & Domain("date_to", ">", fields.Datetime.now())
        )

    @api.model
    def _page_wait(self, partner, vehicle, unit, items, first, last, day_part):
        """Put a customer on the list by his own wish; call it in sudo, his car and store were checked.

        Twice for the same car it is one wish: the first one stays.

        :param first: the first day that suits
        :param last: the last one
        """
        appointments = self.env["dealer.appointment"]
        # Pressed twice, the second waits here and finds the first.
        appointments._touch_vehicle(vehicle)
        known = self._waits(vehicle)
        if known:
            return known
        now = fields.Datetime.now()
        ahead = appointments._setting("book_days")
        today = unit._clock_local(now).date()
        if first < today or last < first:
            raise UserError(self.env._("Choose days to come, the first one first."))
        if last > today + timedelta(days=ahead):
            raise UserError(self.env._("Appointments are made up to %s days ahead.", ahead))
        zone = unit._clock_zone().key
        begin = max(moment_at(first, 0, zone), now)
        end = moment_at(last + timedelta(days=1), 0, zone)
        # Car and services; the days were looked at above.
        appointments._check_wish(partner, vehicle, unit, items, now + timedelta(hours=1))
        appointments._check_again(vehicle, begin, end)
        appointments._bind(partner, unit)
        relation = partner.dealer_relation_ids.filtered(lambda each: each.unit_id == unit)[:1]
        return self.create(
            {
                "unit_id": unit.id,
                "job_id": max(items, key=lambda item: item.minutes).job_id.id,
                "partner_id": partner.id,
                "user_id": relation.advisor_id.id,
                "vehicle_id": vehicle.id,
                "item_ids": [Command.set(items.ids)],
                "date_from": begin,
                "date_to": end,
                "day_part": day_part,
                "by_customer": True,
            }
        )

    def _page_standing(self):
        """Return how it stands at this moment, also where the system has not noted it yet."""
        self.ensure_one()
        if self.state != "offered":
            return self.state
        held = self.booking_id.state == "held"
        return (
            "offered" if held and self.booking_id.expires_at > fields.Datetime.now() else "lapsed"
        )

    def _page_appointment(self):
        """Return the appointment that was made of an accepted offer."""
        self.ensure_one()
        if self.state != "accepted" or not self.booking_id:
            return self.env["dealer.appointment"]
        return self.env["dealer.appointment"].search(
            Domain("booking_id", "=", self.booking_id.id)
            & Domain("partner_id", "=", self.partner_id.id),
            limit=1,
        )

    def _page_lock(self):
        """Let two answers to one offer collide here; the later one sees what the first did."""
        self.env["dealer.appointment"]._touch_vehicle(self.vehicle_id)
        self.lock_for_update()
        self.invalidate_recordset()

    def _page_accept(self):
        """The customer takes the time; accepted twice it is one appointment."""
        self.ensure_one()
        self._page_lock()
        if self.state == "accepted":
            return
        if self.vehicle_id.current_owner_id != self.partner_id:
            raise UserError(self.env._("The car has another owner in our files. Please call us."))
        if self._page_standing() != "offered":
            raise UserError(self._too_late_words())
        self.action_accept()

    def _page_decline(self):
        """The customer passes the time on; the next in line is asked."""
        self.ensure_one()
        self._page_lock()
        if self.state == "accepted":
            raise UserError(
                self.env._("You took this time already. Cancel the appointment to give it back.")
            )
        if self.state == "offered":
            self.action_decline()

    def _page_again(self):
        """The customer waits on after an offer that he did not take."""
        self.ensure_one()
        self._page_lock()
        if self.state == "offered" and self._page_standing() == "lapsed":
            self.booking_id._release(self.env._("Not confirmed in time"))
            self.state = "lapsed"
        if self.state == "lapsed" and self.date_to > fields.Datetime.now():
            other = self._waits(self.vehicle_id)
            if other:
                raise UserError(self.env._("You are on the waiting list with this car already."))
            self.action_wait_again()

    def _page_end(self):
        """The customer waits no longer."""
        self.ensure_one()
        self._page_lock()
        self.action_end()

    def _too_late_words(self):
        return self.env._(
            "This time is no longer kept for you: it was offered to the next in line. You can wait on."
        )
