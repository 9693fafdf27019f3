from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools.day import local_day, today
from .dealer_relation_kind import RISKS

#: What people write; the rest follows from the customer and the buttons.
AGREED = {"note", "offer_id", "result", "user_id"}
#: What the chatter and its tasks write.
CHATTER = {"activity_ids", "message_follower_ids", "message_ids"}
#: Who works at it, besides those who answer for the store.
WORKERS = (
    "dealer_base.group_service_advisor",
    "dealer_base.group_service_manager",
    "dealer_base.group_care_agent",
    "dealer_base.group_care_manager",
)


class DealerWinback(models.Model):
    """Somebody tries to win a customer back who has not come for long: with what, and how it went (D10).

    It closes by itself when the customer's car comes again.
    """

    _name = "dealer.winback"
    _description = "Win-Back"
    _inherit = ["mail.thread", "mail.activity.mixin", "dealer.user.checks"]
    _order = "state, started_on desc, id desc"
    _rec_name = "partner_name"

    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    unit_id = fields.Many2one(related="relation_id.unit_id", store=True, index=True)
    company_id = fields.Many2one(related="relation_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="relation_id.partner_id", string="File")
    partner_name = fields.Char(
        related="relation_id.partner_name", string="Customer Name", store=True, related_sudo=True
    )
    phone_masked = fields.Char(related="relation_id.phone_masked", string="Phone (masked)")
    user_id = fields.Many2one(
        "res.users", string="Who Calls", index="btree_not_null", tracking=True
    )
    offer_id = fields.Many2one(
        "dealer.winback.offer", index="btree_not_null", ondelete="restrict", tracking=True
    )
    offer_until = fields.Date(related="offer_id.date_to")
    started_on = fields.Date(required=True, readonly=True, default=lambda self: today())
    risk = fields.Selection(RISKS, string="Risk at the Start", readonly=True)
    silent_days = fields.Integer(
        string="Days without a Visit", readonly=True, aggregator=False, help="At the start."
    )
    lapse_reason = fields.Char(string="Why", related="relation_id.lapse_reason", related_sudo=True)
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")], required=True, default="open", readonly=True
    )
    result = fields.Selection(
        [
            ("returned", "Came Back"),
            ("promised", "Will Come"),
            ("unreachable", "Not Reached"),
            ("elsewhere", "Goes Elsewhere"),
            ("dissatisfied", "Was Dissatisfied"),
            ("sold", "Car Sold or Scrapped"),
            ("moved", "Moved Away"),
        ],
        tracking=True,
    )
    note = fields.Text(string="What Was Said")
    closed_on = fields.Date(readonly=True)
    order_id = fields.Many2one(
        "dealer.service.order",
        string="Visit",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _one_open = models.UniqueIndex(
        "(relation_id) WHERE state = 'open'",
        "Somebody is trying to win this customer back already.",
    )
    _open_user_idx = models.Index("(user_id, started_on) WHERE state = 'open'")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                # Each of them is named, so that no default of the context takes its place.
                vals.update(state="open", closed_on=False, order_id=False, started_on=today())
        rows = super(DealerWinback, self.with_context(mail_create_nosubscribe=True)).create(
            vals_list
        )
        rows = rows.with_env(self.env)
        for row in rows.sudo():  # how the customer stands is the system's; the customer was asked
            row.risk = row.relation_id.lapse_risk
            row.silent_days = row.relation_id.silent_days
        return rows

    def write(self, vals):
        if not self.env.su and vals.keys() - AGREED - CHATTER:
            raise UserError(
                self.env._("A win-back is closed by its button; the rest stays as it was.")
            )
        return super().write(vals)

    def _check_as_user(self, field_names):
        """Only who works there calls; only customers whom one sees are won back."""
        result = super()._check_as_user(field_names)
        if "relation_id" in field_names:
            self.relation_id.check_access("read")
        if "offer_id" in field_names:
            self.offer_id.check_access("read")
        return result

    @api.constrains("user_id", "relation_id")
    def _check_user(self):
        for row in self:
            # Companies and posts of colleagues are not readable for every post.
            user = row.user_id.sudo()
            if user and (
                row.company_id not in user.company_ids or not user._dealer_has_any(WORKERS)
            ):
                raise ValidationError(
                    self.env._(
                        "%(person)s does not work in the service of %(store)s. Choose somebody who does.",
                        person=user.name,
                        store=row.unit_id.name,
                    )
                )

    @api.constrains("offer_id", "relation_id")
    def _check_offer(self):
        for row in self.filtered("offer_id"):
            offer = row.offer_id
            if offer.unit_id and offer.unit_id != row.unit_id:
                raise ValidationError(
                    self.env._("“%s” is an offer of another store. Choose another one.", offer.name)
                )
            if row.state == "open" and offer.date_to < today():
                raise ValidationError(
                    self.env._(
                        "“%(offer)s” ended on %(day)s. Choose another offer, or let it run longer.",
                        offer=offer.name,
                        day=offer.date_to,
                    )
                )

    @api.constrains("result", "state")
    def _check_result(self):
        if self.filtered(lambda row: row.state == "closed" and not row.result):
            raise ValidationError(self.env._("Say how it went before you close it."))
        if self.filtered(lambda row: row.state == "open" and row.result == "returned"):
            raise ValidationError(
                self.env._("“Came back” is found by itself when the car comes; choose “Will come”.")
            )

    @api.model
    def _mail_get_partner_fields(self, introspect_fields=False):
        # Remarks are for colleagues; customers are called.
        return []

    # ------------------------------------------------------------
    # Course
    # ------------------------------------------------------------

    def action_close(self):
        """Close it with its result."""
        self.check_access("write")
        for row in self:
            if row.state != "open":
                raise UserError(self.env._("%s is closed already.", row.display_name))
            if not row.result:
                raise UserError(self.env._("Say how it went before you close it."))
        # The right was checked; the state is written by buttons alone.
        self.sudo().write({"state": "closed", "closed_on": today()})
        self.activity_unlink(["mail.mail_activity_data_todo", "mail.mail_activity_data_call"])
        return True

    def action_reopen(self):
        """Try again."""
        self.check_access("write")
        if self.filtered("order_id"):
            raise UserError(self.env._("The customer came back: there is nothing to try again."))
        self.sudo().write({"state": "open", "closed_on": False, "result": False})  # as above
        return True

    def action_open_customer(self):
        """Open the customer's file."""
        self.ensure_one()
        return self.relation_id.action_open_customer()

    def _returned(self, order):
        """Note that the customers came back with ``order``; called as superuser."""
        day = local_day(order.opened_at)
        rows = self.filtered(lambda row: row.started_on <= day)
        # Who said he would come, and came, was won back: for three months after it was closed.
        recent = Domain("state", "=", "closed") & Domain(
            "result", "in", ("promised", "unreachable")
        )
        recent &= Domain("closed_on", ">=", fields.Date.subtract(day, months=3))
        rows = rows.filtered_domain(Domain("state", "=", "open") | recent)
        if rows:
            rows.write(
                {"state": "closed", "result": "returned", "closed_on": day, "order_id": order.id}
            )
            rows.activity_unlink(["mail.mail_activity_data_todo", "mail.mail_activity_data_call"])

    def _not_returned(self):
        """Open again what closed by a visit that did not take place; called as superuser."""
        for row in self:
            again = not row.relation_id.winback_ids.filtered(lambda each: each.state == "open")
            row.write(
                {
                    "order_id": False,
                    "state": "open" if again else "closed",
                    "result": False if again else "unreachable",
                    "closed_on": False if again else row.closed_on,
                }
            )
