from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.day import today

#: What the service desk writes until the answer is sent.
ANSWER = {"answer", "labour", "parts", "user_id", "valid_until"}
#: What the chatter writes.
CHATTER = {"message_follower_ids", "message_ids", "activity_ids"}


class DealerPriceEnquiry(models.Model):
    """A customer asks what a service costs for which there is no price; an advisor answers in time (D14)."""

    _name = "dealer.price.enquiry"
    _description = "Price Enquiry"
    _inherit = ["mail.thread", "dealer.clock.mixin", "dealer.store.mixin", "dealer.user.checks"]
    _order = "id desc"
    _rec_name = "service"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        readonly=True,
        index="btree_not_null",
    )
    # Copies, as an appointment has them: the customer's file is asked by its own rule.
    partner_name = fields.Char(
        related="relation_id.partner_name", string="Customer Name", related_sudo=True
    )
    phone_masked = fields.Char(
        related="relation_id.phone_masked", string="Phone (masked)", related_sudo=True
    )
    brand = fields.Char(readonly=True)
    series = fields.Char(required=True, readonly=True)
    service = fields.Char(required=True, readonly=True)
    question = fields.Text(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Service Advisor", index="btree_not_null", tracking=True
    )
    state = fields.Selection(
        [("open", "To Answer"), ("answered", "Answered")],
        required=True,
        default="open",
        readonly=True,
        tracking=True,
    )
    labour = fields.Float(digits=(10, 2))
    parts = fields.Float(digits=(10, 2))
    total = fields.Float(compute="_compute_total", digits=(10, 2))
    valid_until = fields.Date()
    answer = fields.Text(string="What Else to Say")
    answered_at = fields.Datetime(string="Answered On", readonly=True)
    answered_by_id = fields.Many2one("res.users", readonly=True)

    _prices = models.Constraint("CHECK (labour >= 0 AND parts >= 0)", "No price is below zero.")
    _open_idx = models.Index("(partner_id, id) WHERE state = 'open'")

    @api.depends("labour", "parts")
    def _compute_total(self):
        for row in self:
            row.total = row.labour + row.parts

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(self.env._("Customers ask on the page of the prices."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - ANSWER - CHATTER:
                raise UserError(self.env._("What the customer asked stays as it is."))
            if vals.keys() & ANSWER and self.filtered(lambda row: row.state != "open"):
                raise UserError(self.env._("The answer was sent already."))
        return super().write(vals)

    @api.model
    def _mail_get_partner_fields(self, introspect_fields=False):
        # Remarks are for colleagues; the customer is written to by the rules of dealer_touch.
        return []

    @api.model
    def _ask(self, partner, unit, service, brand, series, question):
        """Take an enquiry of a signed-in customer; what he asked and waits for is not doubled.

        Called as the system; the page has checked who asks.
        """
        known = self.search(
            Domain("partner_id", "=", partner.id)
            & Domain("state", "=", "open")
            & Domain("unit_id", "=", unit.id)
            & Domain("service", "=", service)
            & Domain("series", "=", series),
            limit=1,
        )
        if known:
            return known
        relation = self.env["dealer.relation"]._register_customers(partner, unit)
        row = self.create(
            {
                "partner_id": partner.id,
                "relation_id": relation.id,
                "unit_id": unit.id,
                "service": service,
                "brand": brand,
                "series": series,
                "question": question,
                "user_id": relation.advisor_id.id,
            }
        )
        row._clock_start("price_enquiry")
        return row

    def action_send(self):
        """Send the answer to the customer, by the way that the rule of touches names."""
        self.ensure_one()
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        if self.state != "open":
            raise UserError(self.env._("The answer was sent already."))
        if not self.total or not self.valid_until:
            raise UserError(self.env._("Enter parts, labour and until when the price holds."))
        if self.valid_until < today():
            raise UserError(self.env._("The price must hold for today at least."))
        # The right was checked; state and clock are the system's.
        row = self.sudo()
        row.write(
            {
                "state": "answered",
                "answered_at": fields.Datetime.now(),
                "answered_by_id": self.env.uid,
                "user_id": row.user_id.id or self.env.uid,
            }
        )
        row._clock_stop("price_enquiry")
        rule = self.env.ref("dealer_service.touch_rule_price", raise_if_not_found=False)
        if rule:
            rule._plan_records(row, answer=True)

    def _words(self):
        """Return the answer as the customer reads it."""
        self.ensure_one()
        return self.env._(
            "%(series)s, %(service)s: %(total)s yuan (parts %(parts)s, labour %(labour)s), valid until"
            " %(day)s. %(more)s",
            series=self.series,
            service=self.service,
            total=f"{self.total:g}",
            parts=f"{self.parts:g}",
            labour=f"{self.labour:g}",
            day=self.valid_until,
            more=self.answer or "",
        ).strip()


class DealerTouch(models.Model):
    """What the answer to a price enquiry says."""

    _name = "dealer.touch"
    _inherit = "dealer.touch"

    @api.model
    def _words_known(self):
        return [*super()._words_known(), "price_answer"]

    def _words(self, names):
        words = super()._words(names)
        if "price_answer" in names:
            row = self._document() if self.res_model == "dealer.price.enquiry" else None
            # The customer who asked is answered, and nobody else.
            words["price_answer"] = row.sudo()._words() if row else ""
        return words
