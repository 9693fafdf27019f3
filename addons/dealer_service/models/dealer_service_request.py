from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

#: The clock that runs while a request waits for the store.
ANSWER = "service_request"
OPEN = ("new", "doing", "waiting")
#: What people write; the course follows from the buttons.
AGREED = {"kind_id", "name", "result", "user_id", "vehicle_id", "words"}
CHATTER = {"activity_ids", "message_follower_ids", "message_ids"}
#: What follows from the rest or from the customer.
SYSTEM = {
    "closed_at",
    "opened_at",
    "origin",
    "satisfied",
    "satisfied_at",
    "satisfied_words",
    "state",
}


class DealerServiceRequest(models.Model):
    """Something a customer asks of the service: which department, who, by when, with what result (D15)."""

    _name = "dealer.service.request"
    _description = "Service Request"
    _inherit = ["mail.thread", "mail.activity.mixin", "dealer.store.mixin", "dealer.clock.mixin"]
    _order = "closed_at desc, clock_due_at, id desc"
    _rec_names_search = ("number", "name", "partner_name")

    number = fields.Char(required=True, readonly=True, copy=False, index=True, default="/")
    name = fields.Char(string="Subject", required=True)
    words = fields.Text(string="Customer's Words")
    kind_id = fields.Many2one(
        "dealer.service.request.kind", required=True, index=True, ondelete="restrict", tracking=True
    )
    department = fields.Selection(related="kind_id.department", store=True)
    urgent = fields.Boolean(related="kind_id.safety")
    state = fields.Selection(
        [
            ("new", "New"),
            ("doing", "In Work"),
            ("waiting", "Waits for the Customer"),
            ("done", "Done"),
            ("cancelled", "Withdrawn"),
        ],
        required=True,
        default="new",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand="_group_expand_state",
    )
    partner_id = fields.Many2one("res.partner", string="Customer", required=True, index=True)
    vehicle_id = fields.Many2one("dealer.vehicle", string="Car", index="btree_not_null")
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        compute="_compute_relation_id",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
    )
    partner_name = fields.Char(
        related="relation_id.partner_name", string="Customer Name", store=True, related_sudo=True
    )
    phone_masked = fields.Char(
        related="relation_id.phone_masked", string="Phone (masked)", related_sudo=True
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", index="btree_not_null", tracking=True
    )
    origin = fields.Selection(
        [("page", "Customer's Page"), ("staff", "Written by Staff")],
        string="Came By",
        required=True,
        readonly=True,
        default="staff",
        copy=False,
    )
    result = fields.Text(tracking=True, help="What the customer reads when it is done.")
    opened_at = fields.Datetime(
        string="Opened On", required=True, readonly=True, copy=False, default=fields.Datetime.now
    )
    closed_at = fields.Datetime(string="Closed On", readonly=True, copy=False)
    satisfied = fields.Selection(
        [("yes", "Yes"), ("no", "No")], string="Customer Satisfied", readonly=True, copy=False
    )
    satisfied_words = fields.Text(string="Why Not", readonly=True, copy=False)
    satisfied_at = fields.Datetime(string="Said On", readonly=True, copy=False)

    _number_uniq = models.Constraint("UNIQUE(number)", "Another request has this number.")
    _open_idx = models.Index("(unit_id, opened_at) WHERE state IN ('new', 'doing', 'waiting')")
    _closing = models.Constraint(
        "CHECK (state NOT IN ('done', 'cancelled') OR closed_at IS NOT NULL)",
        "A request is closed at a time.",
    )

    @api.model
    def _group_expand_state(self, _states, _domain):
        """Show the columns of the board also where they are empty."""
        return ["new", "doing", "waiting", "done"]

    @api.depends("partner_id", "unit_id")
    def _compute_relation_id(self):
        known = self.env["dealer.relation"]._by_customer_and_store(self.partner_id, self.unit_id)
        for row in self:
            row.relation_id = known.get((row.partner_id.id, row.unit_id.id))

    @api.depends("number", "name")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.number} {row.name or ''}".strip()

    # ------------------------------------------------------------
    # Who writes what
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            if not self.env.su:
                # Each of them is named, so that no default of the context takes its place.
                vals.update(dict.fromkeys(SYSTEM, False), state="new", origin="staff")
                vals["opened_at"] = fields.Datetime.now()
            # Numbers are drawn for everybody.
            sequence = self.env["ir.sequence"].sudo()
            vals["number"] = sequence.next_by_code("dealer.service.request") or "/"
        rows = super(DealerServiceRequest, self.with_context(mail_create_nosubscribe=True)).create(
            vals_list
        )
        rows = rows.with_env(self.env)
        for (
            row
        ) in rows.sudo():  # who answers is found among colleagues, whose posts are the system's
            if not row.user_id:
                row.user_id = row.kind_id._person(row.unit_id, row.opened_at)
        rows._clock_start(ANSWER, at={row.id: row.opened_at for row in rows})
        return rows

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - AGREED - CHATTER:
                raise UserError(
                    self.env._(
                        "The course of a request is changed by its buttons; the customer stays."
                    )
                )
            if vals.keys() & AGREED and self.filtered(lambda row: row.state not in OPEN):
                raise UserError(self.env._("This request is closed. Open it again first."))
        handed = "user_id" in vals
        result = super().write(vals)
        if handed:
            for row in self:
                row._clock_open(ANSWER).write({"user_id": row.user_id.id})
        return result

    def _check_as_user(self, field_names):
        """Only customers and cars that one sees; numbers of others open nothing."""
        result = super()._check_as_user(field_names)
        if "partner_id" in field_names:
            self.partner_id.check_access("read")
        if "vehicle_id" in field_names:
            self.vehicle_id.check_access("read")
        return result

    @api.constrains("partner_id", "unit_id")
    def _check_partner(self):
        if self.filtered(lambda row: not row.relation_id):
            raise ValidationError(
                self.env._("Register the customer in the store first; then write the request.")
            )

    @api.constrains("user_id", "unit_id")
    def _check_user(self):
        for row in self:
            # Companies of colleagues are not readable for every post.
            user = row.user_id.sudo()
            if user and row.company_id not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(person)s does not work in %(store)s. Choose somebody who does.",
                        person=user.name,
                        store=row.unit_id.name,
                    )
                )

    @api.constrains("kind_id", "unit_id")
    def _check_kind(self):
        if self.filtered(
            lambda row: row.kind_id.unit_id not in (row.unit_id, row.unit_id.browse())
        ):
            raise ValidationError(self.env._("This kind of request is another store's."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            raise UserError(self.env._("What a customer asked stays on file; withdraw it instead."))

    @api.model
    def _mail_get_partner_fields(self, introspect_fields=False):
        # The customer reads and answers on the page of the request, not by mail.
        return []

    # ------------------------------------------------------------
    # Course
    # ------------------------------------------------------------

    def _expect(self, *states):
        """Refuse what does not follow from where a request is now."""
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        labels = dict(self._fields["state"]._description_selection(self.env))
        for row in self:
            if row.state not in states:
                raise UserError(
                    self.env._(
                        "%(name)s is “%(state)s” by now. Load the page anew.",
                        name=row.display_name,
                        state=labels[row.state],
                    )
                )

    def action_take(self):
        """Work at it; who has no responsible person gets the one who takes it."""
        self.check_access("write")
        self._expect("new")
        for row in self.sudo():  # the right was checked; the state is written by buttons alone
            row.write({"state": "doing", "user_id": row.user_id.id or self.env.uid})
        return True

    def action_wait(self):
        """Wait for the customer: the clock stands still."""
        self.check_access("write")
        self._expect("new", "doing")
        self.sudo().state = "waiting"  # as above
        self._clock_pause(ANSWER, self.env._("Waits for the customer"))
        return True

    def action_go_on(self):
        """The customer answered: the clock runs on."""
        self.check_access("write")
        self._expect("waiting")
        self.sudo()._go_on()  # as above
        return True

    def _go_on(self):
        self.state = "doing"
        self._clock_resume(ANSWER)

    def action_done(self):
        """Close it; the customer reads the result."""
        self.check_access("write")
        self._expect(*OPEN)
        for row in self:
            if not (row.result or "").strip():
                raise UserError(self.env._("Write the result first: the customer reads it."))
        now = fields.Datetime.now()
        self.sudo().write({"state": "done", "closed_at": now})  # as above
        self._clock_stop(ANSWER, at=now)
        return True

    def action_cancel(self):
        """The customer needs it no longer."""
        self.check_access("write")
        self.sudo()._withdraw()  # as above
        return True

    def _withdraw(self):
        self._expect(*OPEN)
        self.write({"state": "cancelled", "closed_at": fields.Datetime.now()})
        self._clock_void(self.env._("Withdrawn"), kind=ANSWER)

    def action_reopen(self):
        """Begin again: it was closed too early."""
        self.check_access("write")
        self._expect("done", "cancelled")
        if not self.env.su and not self.env.user._dealer_has_any(
            (
                "dealer_base.group_service_manager",
                "dealer_base.group_care_manager",
                "dealer_base.group_general_manager",
                "dealer_base.group_group_executive",
                "base.group_system",
            )
        ):
            raise AccessError(self.env._("A closed request is opened again by the manager."))
        # As above; what the customer said of the first answer stands in the chatter.
        self.sudo().write(
            {
                "state": "doing",
                "closed_at": False,
                "satisfied": False,
                "satisfied_at": False,
                "satisfied_words": False,
            }
        )
        self._clock_start(ANSWER)
        return True

    # ------------------------------------------------------------
    # What the customer does on the page; called in sudo for the own request
    # ------------------------------------------------------------

    @api.model
    def _own(self, partner):
        """Return the domain of the requests that are a customer's own."""
        return Domain("partner_id", "=", partner.id)

    def _page_write(self, words):
        """Note what the customer writes; who waited for it goes on."""
        self._expect(*OPEN)
        self._page_note(words)
        if self.state == "waiting":
            self._go_on()

    def _page_note(self, words):
        """Put words of the customer into the chatter, and tell the responsible person."""
        self.message_post(
            body=words,
            author_id=self.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.user_id.partner_id.ids,
        )

    def _page_satisfied(self, yes, words):
        """Note once whether the customer is satisfied; else the manager is told."""
        self._expect("done")
        if self.satisfied:
            raise UserError(self.env._("Thank you, you have told us already."))
        if not yes and not words:
            raise UserError(self.env._("Tell us in a few words what was not right."))
        self.write(
            {
                "satisfied": "yes" if yes else "no",
                "satisfied_words": words,
                "satisfied_at": fields.Datetime.now(),
            }
        )
        if not yes:
            self.env["dealer.dissatisfaction"]._report(
                self, self.partner_id, self.unit_id, words, "request", vehicle=self.vehicle_id
            )

    def _page_messages(self):
        """Return what customer and store wrote to each other; notes among colleagues are left out."""
        self.ensure_one()
        comment = self.env.ref("mail.mt_comment")
        return self.message_ids.filtered(
            lambda message: (
                message.subtype_id == comment
                and message.message_type == "comment"
                and not message.is_internal
            )
        ).sorted("id")
