from odoo import api, fields, models
from odoo.exceptions import UserError

#: So few stars are a dissatisfied customer.
BAD_STARS = 2
#: Who answers reviews and decides about doubtful ones.
CHIEFS = (
    "dealer_base.group_service_manager",
    "dealer_base.group_care_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)


class DealerReview(models.Model):
    """What a customer thinks of a visit to the workshop (D8): stars, words, photos; once per order.

    Nobody in the house writes, creates or deletes one: it comes by the customer's page
    (``_receive``), and what follows is done by buttons that check who presses them.
    Odoo's own ``rating.rating`` stands beside it, so that the order has its average.
    """

    _name = "dealer.review"
    _description = "Review"
    _inherit = ["dealer.rated.mixin", "mail.activity.mixin", "dealer.store.mixin"]
    _order = "date desc, id desc"
    _rec_names_search = ("order_id.name", "order_id.vehicle_id.plate")
    # Notes and done tasks of people who may read it; nothing of the review itself.
    _mail_post_access = "read"

    unit_id = fields.Many2one(index=False)  # _unit_date_idx begins with it
    order_id = fields.Many2one(
        "dealer.service.order",
        string="Workshop Order",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    vehicle_id = fields.Many2one(related="order_id.vehicle_id")
    customer_id = fields.Many2one(
        "res.partner",
        compute="_compute_customer_id",
        help="Empty for a customer whom you do not serve.",
    )
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
    )
    rating_id = fields.Many2one(
        "rating.rating",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        groups=fields.NO_ACCESS,
    )
    advisor_id = fields.Many2one(
        "res.users", string="Service Advisor", readonly=True, index="btree_not_null"
    )
    date = fields.Datetime(
        string="Reviewed On", required=True, readonly=True, default=fields.Datetime.now
    )
    stars = fields.Integer(required=True, readonly=True, aggregator="avg")
    stars_text = fields.Char(string="Stars Given", compute="_compute_stars_text")
    words = fields.Text(readonly=True)
    tag_ids = fields.Many2many("dealer.review.tag", string="Tapped", readonly=True)
    photo_ids = fields.Many2many("ir.attachment", string="Photos", readonly=True)
    nps = fields.Selection(
        [(str(number), str(number)) for number in range(11)],
        string="Would Recommend Us (0–10)",
        readonly=True,
    )
    is_suspect = fields.Boolean(string="Doubtful", readonly=True)
    suspect_codes = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    suspect_reason = fields.Char(
        string="Why Doubtful", compute="_compute_suspect_reason", compute_sudo=True
    )
    decision = fields.Selection(
        [("count", "Counts"), ("discard", "Does Not Count")], readonly=True, tracking=True
    )
    counts = fields.Boolean(
        string="In the Averages",
        compute="_compute_counts",
        store=True,
        help="A doubtful review counts when a manager has decided so.",
    )
    answer = fields.Text(
        string="Answer of the Store",
        readonly=True,
        tracking=True,
        help="The customer reads it on the page of the review.",
    )
    answered_by_id = fields.Many2one("res.users", readonly=True)
    answered_at = fields.Datetime(string="Answered On", readonly=True)

    _order_uniq = models.UniqueIndex("(order_id)", "This visit has a review already.")
    _stars_range = models.Constraint("CHECK (stars BETWEEN 1 AND 5)", "Give one to five stars.")
    _unit_date_idx = models.Index("(unit_id, date DESC)")
    _doubtful_idx = models.Index("(unit_id) WHERE is_suspect IS TRUE AND decision IS NULL")

    # ------------------------------------------------------------
    # What is computed
    # ------------------------------------------------------------

    @api.depends("stars", "order_id.display_name")
    def _compute_display_name(self):
        for review in self:
            review.display_name = f"{review.stars_text} {review.order_id.display_name or ''}"

    @api.depends("stars")
    def _compute_stars_text(self):
        for review in self:
            review.stars_text = "★" * review.stars + "☆" * (5 - review.stars)

    @api.depends("order_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_customer_id(self):
        # Which customers may be named is asked as the user, by the order.
        for review in self:
            review.customer_id = review.order_id.customer_id

    @api.depends("is_suspect", "decision")
    def _compute_counts(self):
        for review in self:
            review.counts = review.decision == "count" or not (review.is_suspect or review.decision)

    @api.depends("suspect_codes")
    @api.depends_context("lang")
    def _compute_suspect_reason(self):
        words = self._suspicions()
        for review in self:
            codes = (review.suspect_codes or "").split(",")
            review.suspect_reason = " · ".join(words[code] for code in codes if code in words)

    @api.model
    def _suspicions(self):
        """Return ``{code: words}`` of what makes a review doubtful."""
        return {
            "signed_in": self.env._("Sent while a colleague was signed in"),
            "device": self.env._("Sent from a device on which a colleague had opened the page"),
            "address": self.env._("Sent from an address from which a colleague works"),
            "number": self.env._("The customer's number is a colleague's"),
        }

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

    def _check_chief(self):
        """Refuse whoever may not answer and decide; what is not seen is not decided about."""
        self.check_access("read")
        if not self.env.su and not self.env.user._dealer_has_any(CHIEFS):
            raise UserError(
                self.env._("Reviews are answered and judged by the managers of the store.")
            )

    def _answer(self, text):
        """Write the answer of the store, which the customer reads; written anew it replaces the first."""
        self._check_chief()
        text = (text or "").strip()
        if not text:
            raise UserError(self.env._("Write what the customer is to read."))
        # The right was checked; reviews are written by their buttons alone.
        self.sudo().write(
            {"answer": text, "answered_by_id": self.env.uid, "answered_at": fields.Datetime.now()}
        )

    def _decide(self, decision, reason):
        """Say whether doubtful reviews count; the chatter keeps who said so and why."""
        self._check_chief()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why; it is kept with the review."))
        if self.filtered(lambda review: not review.is_suspect):
            raise UserError(
                self.env._("This review is not doubtful: it counts, and nobody takes it out.")
            )
        if self.filtered(lambda review: review.advisor_id == self.env.user):
            raise UserError(self.env._("It is about your own work: a colleague decides."))
        # As above: the right was checked.
        self.sudo().decision = decision
        for review in self:
            review.message_post(body=reason)
            # Odoo's own statistics leave out what is not consumed; no person writes a rating.
            review.sudo().rating_id.consumed = review.counts
        self.activity_ids.filtered(lambda task: task.user_id == self.env.user).action_done()

    def action_open_order(self):
        """Open the workshop order that was reviewed."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "dealer.service.order",
            "res_id": self.order_id.id,
            "views": [[False, "form"]],
        }
