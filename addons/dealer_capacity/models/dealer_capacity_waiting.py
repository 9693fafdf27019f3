from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .dealer_capacity import CapacityTaken

#: Whoever waits is looked at again after so long even if nothing was given back.
LOOK_AGAIN = timedelta(hours=1)


class DealerCapacityWaiting(models.Model):
    """Somebody who wants a time that is not free; when it is, it is held and offered, one after the other."""

    _name = "dealer.capacity.waiting"
    _description = "Waiting List"
    _inherit = ["dealer.document.rights", "dealer.store.mixin"]
    _order = "sequence, id"

    sequence = fields.Integer(default=10, help="Who comes first; equal ones in order of entry.")
    job_id = fields.Many2one("dealer.capacity.job", required=True, index=True, ondelete="restrict")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index="btree_not_null",
        default=lambda self: self.env.user,
        ondelete="set null",
        help="Who is told of an offer and calls the customer.",
    )
    res_model = fields.Char(string="Document Model")
    res_id = fields.Many2oneReference(string="Document", model_field="res_model")
    date_from = fields.Datetime(string="From", required=True, default=fields.Datetime.now)
    date_to = fields.Datetime(string="To", required=True)
    note = fields.Char()
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("offered", "Offered"),
            ("accepted", "Accepted"),
            ("lapsed", "Offer Lapsed"),
            ("ended", "Ended"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    booking_id = fields.Many2one(
        "dealer.capacity.booking",
        string="Offer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    offered_start = fields.Datetime(related="booking_id.start", string="Offered Time")
    offered_until = fields.Datetime(
        string="Offer Holds Until",
        readonly=True,
        copy=False,
        help="Then the next in line is asked.",
    )
    looked_at = fields.Datetime(readonly=True, copy=False)

    _to_after_from = models.Constraint("CHECK (date_to > date_from)", "To comes after from.")
    _waiting_idx = models.Index("(unit_id, looked_at) WHERE state = 'waiting'")
    _document_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")

    @api.depends("job_id", "partner_id")
    def _compute_display_name(self):
        for row in self:
            known = row.sudo()  # whoever may read the row may read for whom it is
            words = (known.partner_id.name, known.job_id.name)
            row.display_name = " · ".join(filter(None, words))

    @api.model
    def _document_rights_free_domain(self):
        mine = Domain("user_id", "=", self.env.uid)
        seen = self.env.user._dealer_relation_domain(self.env.companies.ids)
        customer = Domain("partner_id", "=", False)
        customer |= Domain("partner_id.dealer_relation_ids", "any", seen)
        return mine | (Domain("res_model", "=", False) & customer)

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if {"unit_id", "job_id"} & field_names:
            # Rules are asked before a write; nobody queues in the store of others.
            self.check_access("write")
            self.job_id.check_access("read")
        if "partner_id" in field_names:
            self.partner_id.check_access("read")
        if {"booking_id", "offered_until", "looked_at"} & field_names and self.filtered(
            lambda row: row.booking_id or row.offered_until or row.looked_at
        ):
            raise AccessError(self.env._("Offers are made by the system."))
        if "state" in field_names and self.filtered(lambda row: row.state != "waiting"):
            raise AccessError(self.env._("Offers are made by the system."))
        return result

    @api.constrains("date_from", "date_to")
    def _check_window(self):
        for row in self:
            if row.date_to - row.date_from > timedelta(days=62):
                raise ValidationError(self.env._("Somebody waits for a time within 62 days."))

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        self.env["dealer.capacity.booking"]._wake()
        return rows

    # ------------------------------------------------------------
    # Offers
    # ------------------------------------------------------------

    @api.model
    def _look_again(self, units, start=None, stop=None):
        """Have those looked at soon who wait in ``units`` for a time between two moments."""
        domain = [
            ("state", "=", "waiting"),
            ("looked_at", "!=", False),
            ("unit_id", "in", units.ids),
        ]
        if start:
            domain += [("date_from", "<", stop), ("date_to", ">", start - timedelta(days=1))]
        # What became free is no secret; who waits for it is not told here.
        self.sudo().search(domain).looked_at = False

    @api.model
    def _make_offers(self, limit):
        """Offer what is free to who waits, the first first; return how many were looked at."""
        now = fields.Datetime.now()
        self.search([("state", "=", "waiting"), ("date_to", "<=", now)]).write({"state": "ended"})
        due = Domain("looked_at", "=", False) | Domain("looked_at", "<", now - LOOK_AGAIN)
        rows = self.search(
            Domain("state", "=", "waiting") & due, limit=limit, order="sequence, id"
        ).try_lock_for_update()
        looked = rows.filtered(lambda row: row._offer())
        looked.looked_at = now
        if rows - looked:
            self.env["dealer.capacity.booking"]._wake()
        return len(looked)

    def _need(self):
        """Return what is waited for, as :meth:`dealer.capacity._need` reads it; a hook."""
        self.ensure_one()
        return self.job_id._need()

    def _offer_minutes(self):
        """Return how long a place is kept for an answer; a hook."""
        self.ensure_one()
        return self.job_id.offer_minutes

    def _offer_from(self):
        """Return the first moment that can be offered (naive UTC); a hook."""
        self.ensure_one()
        return max(self.date_from, fields.Datetime.now())

    def _suits(self, start):
        """Whether a free time is one that is waited for; a hook."""
        self.ensure_one()
        return True

    def _offer(self):
        """Hold the first time that is free and tell who is responsible.

        :return: False where it is to be looked at again at once
        """
        self.ensure_one()
        engine = self.env["dealer.capacity"]
        begin = self._offer_from()
        if begin >= self.date_to:
            return True
        need = self._need()
        rows = engine._availability(need, begin, self.date_to, self.unit_id.id)
        free = (row["start"] for row in rows if row["free"] and self._suits(row["start"]))
        start = next(free, None)
        if not start:
            return True
        values = {
            "job_id": self.job_id.id,
            "partner_id": self.partner_id.id,
            "user_id": self.user_id.id,
            "res_model": self.res_model,
            "res_id": self.res_id,
        }
        try:
            booking = engine._book(need, start, self.unit_id, values, self._offer_minutes())
        except CapacityTaken:
            # Somebody was faster, or what this transaction gave back is not seen by holds before it ends.
            return False
        self.write(
            {"state": "offered", "booking_id": booking.id, "offered_until": booking.expires_at}
        )
        self._tell()
        return True

    def _tell(self):
        """Tell who is responsible that a time is held for the customer; a hook for other ways."""
        self.ensure_one()
        partner = self.user_id.partner_id
        if not partner:
            return
        row = self.with_context(lang=self.user_id.lang, tz=self.user_id.tz)
        zone = self.unit_id.calendar_id.tz or "UTC"
        when, until = (
            fields.Datetime.context_timestamp(row.with_context(tz=zone), moment).strftime(
                "%Y-%m-%d %H:%M"
            )
            for moment in (self.booking_id.start, self.offered_until)
        )
        row.env["mail.thread"].message_notify(
            partner_ids=partner.ids,
            subject=row.env._("A time is free: %s", row.display_name),
            body=Markup("<p>%s</p>")
            % row.env._(
                "%(who)s can come on %(when)s. The time is held until %(until)s; then the next in line is"
                " asked.",
                who=row.display_name,
                when=when,
                until=until,
            ),
        )

    @api.model
    def _lapse(self):
        """Note which offers were not taken in time; return how many."""
        rows = self.search([("state", "=", "offered"), ("booking_id.state", "=", "released")])
        rows.write({"state": "lapsed", "offered_until": False})
        return len(rows)

    def _check_answer(self):
        self.check_access("write")
        for row in self:
            if row.state != "offered":
                raise UserError(
                    self.env._("Nothing is offered to %s at this moment.", row.display_name)
                )

    def action_accept(self):
        """The customer takes the offer: the booking is confirmed."""
        self._check_answer()
        for row in self.sudo():  # asked above; only the system writes bookings
            row.booking_id._confirm()
            row.state = "accepted"

    def action_decline(self):
        """The customer does not take the offer: the next in line is asked, this one waits on."""
        self._check_answer()
        for row in self.sudo():  # asked above; only the system writes bookings
            booking = row.booking_id
            row.write({"state": "lapsed", "booking_id": False, "offered_until": False})
            booking._release(self.env._("Offer declined"))

    def action_wait_again(self):
        """Put those whose offer lapsed on the list again."""
        self.check_access("write")
        # Asked above; the course of a row is written by the system only.
        again = self.sudo().filtered(lambda row: row.state in ("lapsed", "ended"))
        again.write(
            {"state": "waiting", "booking_id": False, "offered_until": False, "looked_at": False}
        )
        self.env["dealer.capacity.booking"]._wake()

    def action_end(self):
        """Take people off the list; what was offered is given back."""
        self.check_access("write")
        for row in self.sudo():  # asked above; only the system writes bookings
            if row.state == "offered":
                row.booking_id._release(self.env._("Taken off the waiting list"))
            if row.state in ("waiting", "offered", "lapsed"):
                row.write({"state": "ended", "offered_until": False})
