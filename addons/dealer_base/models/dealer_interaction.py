from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

#: What happened, with whom and when. Of a witnessed or recorded contact nobody rewrites these.
FACTS = {
    "kind",
    "direction",
    "user_id",
    "partner_id",
    "unit_id",
    "company_id",
    "relation_id",
    "start",
    "duration",
    "answered",
    "two_way",
    "evidence",
    "recording_url",
    "transcript",
    "external_id",
    "res_model",
    "res_id",
}
COMMENT = {"manager_comment"}
#: Who commented and when is written by the system.
STAMP = {"manager_comment_user_id", "manager_comment_date"}


class DealerInteraction(models.Model):
    """The one log of contact with customers, whatever the channel (B13, 全渠道一致性)."""

    _name = "dealer.interaction"
    _description = "Interaction"
    _inherit = ["dealer.document.rights", "dealer.store.mixin"]
    _order = "start desc, id desc"
    _rec_name = "summary"

    kind = fields.Selection(
        [
            ("call", "Call"),
            ("visit", "Visit"),
            ("chat", "Chat"),
            ("wechat", "WeChat"),
            ("sms", "SMS"),
            ("email", "E-mail"),
            ("meeting", "Meeting"),
            ("enquiry", "Enquiry"),
            ("other", "Other"),
        ],
        string="Way of Contact",
        required=True,
        default="call",
    )
    direction = fields.Selection(
        [("in", "Incoming"), ("out", "Outgoing")], required=True, default="out"
    )
    user_id = fields.Many2one(
        "res.users", string="Staff", index=True, default=lambda self: self.env.user
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('is_dealer_customer', '=', True)]",
    )
    unit_id = fields.Many2one(index=False)  # _unit_start_idx begins with it
    relation_id = fields.Many2one(
        "dealer.relation",
        compute="_compute_relation_id",
        store=True,
        index="btree_not_null",
        compute_sudo=True,
    )
    start = fields.Datetime(required=True, default=fields.Datetime.now)
    duration = fields.Integer(
        string="Duration (s)", help="Seconds, as the telephone system counts."
    )
    answered = fields.Boolean(default=True)
    two_way = fields.Boolean(
        string="Two-Way", help="Both sides spoke or wrote; a call that nobody took is not two-way."
    )
    evidence = fields.Selection(
        [
            ("system", "Recorded by the System"),
            ("witnessed", "Witnessed by the Clerk"),
            ("declared", "Declared by Staff"),
        ],
        required=True,
        default="declared",
        readonly=True,
        help="Recorded: a call record, a customer's message, a form. Witnessed: a visit that the"
        " clerk registered. Declared: typed by the person who says to have done it.",
    )
    result = fields.Selection(
        [
            ("continue", "Follow Up"),
            ("closed_won", "Deal Closed"),
            ("no_interest", "No Interest"),
            ("postponed", "Visit Postponed"),
            ("given_up", "Visit Given Up"),
            ("wrong_info", "Wrong Information"),
            ("failed", "Not Reached"),
        ]
    )
    summary = fields.Text()
    recording_url = fields.Char(string="Recording")
    transcript = fields.Text()
    next_plan = fields.Text()
    next_date = fields.Date(string="Next Contact")
    manager_comment = fields.Text()
    manager_comment_user_id = fields.Many2one(
        "res.users", string="Commented By", readonly=True, copy=False
    )
    manager_comment_date = fields.Datetime(string="Commented On", readonly=True, copy=False)
    external_id = fields.Char(
        copy=False, help="Number of the record in the system that it came from."
    )
    res_model = fields.Char(string="Document Model", index="btree_not_null", readonly=True)
    res_id = fields.Many2oneReference(string="Document", model_field="res_model", readonly=True)

    _duration_positive = models.Constraint(
        "CHECK (duration IS NULL OR duration >= 0)", "A duration cannot be below zero."
    )
    _document_whole = models.Constraint(
        "CHECK ((res_model IS NULL) = (COALESCE(res_id, 0) = 0))",
        "A document is named by its model and its number together.",
    )
    _external_uniq = models.UniqueIndex(
        "(kind, external_id) WHERE external_id IS NOT NULL",
        "This record was taken over already.",
    )
    _unit_start_idx = models.Index("(unit_id, start DESC)")

    @api.depends("kind", "partner_id", "start")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for interaction in self:
            # The clerk reads visits, but not the file of the visitor; the name is on the card.
            name = interaction.sudo().partner_id.name
            interaction.display_name = " ".join(filter(None, (kinds.get(interaction.kind), name)))

    @api.depends(
        "partner_id",
        "unit_id",
        "partner_id.dealer_relation_ids.unit_id",
        "partner_id.dealer_relation_ids.active",
    )
    def _compute_relation_id(self):
        relations = self.env["dealer.relation"]._by_customer_and_store(
            self.partner_id, self.unit_id
        )
        for interaction in self:
            key = interaction.partner_id.id, interaction.unit_id.id
            interaction.relation_id = relations.get(key, False)

    @api.constrains("start")
    def _check_start(self):
        latest = fields.Datetime.now() + timedelta(minutes=5)
        if self.filtered(lambda interaction: interaction.start > latest):
            raise ValidationError(
                self.env._("A contact is logged when it has happened. Plan the next one instead.")
            )

    @api.constrains("partner_id", "unit_id", "relation_id")
    def _check_relation(self):
        for interaction in self:
            relation = interaction.relation_id
            if relation and (relation.partner_id, relation.unit_id) != (
                interaction.partner_id,
                interaction.unit_id,
            ):
                raise ValidationError(
                    self.env._("The relation of a contact is that of its customer and its store.")
                )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if field_names & {"partner_id", "unit_id", "relation_id"}:
            self._check_customer()
        if field_names & {"evidence", "kind", "user_id"}:
            self._check_evidence()
        # A comment may come as a default in the context, too.
        if field_names & {"manager_comment", *STAMP} and any(
            row.manager_comment or row.manager_comment_user_id or row.manager_comment_date
            for row in self
        ):
            self._check_comment()
            if self.manager_comment_user_id != self.env.user:
                raise UserError(self.env._("Who commented and when is written by the system."))
        return result

    def _check_customer(self):
        """Contacts are logged with customers whose card one may read."""
        # The rights of the row follow from the customer, who may be another one than before.
        self.check_access("read")
        with_customer = self.sudo().filtered("partner_id")
        relations = with_customer.relation_id.sudo(False)
        if not all(row.relation_id for row in with_customer) or not relations.has_access("read"):
            raise AccessError(
                self.env._("You log contacts with customers of your store that you may see.")
            )

    def _check_evidence(self):
        """Only the clerk witnesses, only interfaces record.

        Interfaces and the lead inbox write as superuser after their own checks.
        """
        clerk = self.env.user.has_group("dealer_base.group_reception")
        # The check compares what was written; the verdict is the same for every post.
        for interaction in self.sudo():
            if interaction.evidence == "system":
                raise AccessError(
                    self.env._("Records of the system are written by interfaces, not by hand.")
                )
            if interaction.evidence == "witnessed" and not (clerk and interaction.kind == "visit"):
                raise AccessError(self.env._("Only the information clerk witnesses a visit."))
            if interaction.evidence == "declared" and interaction.user_id != self.env.user:
                raise AccessError(
                    self.env._("You can log what you did yourself, not what a colleague did.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_stamp(vals)
            if vals.get("manager_comment"):
                self._check_comment()
                vals.update(self._prepare_comment_stamp())
        return super().create(vals_list)

    def write(self, vals):
        self._check_stamp(vals)
        if not self.env.su:
            facts = FACTS & vals.keys()
            if facts and self.filtered(lambda interaction: interaction.evidence != "declared"):
                raise UserError(
                    self.env._("What the system recorded or the clerk witnessed is not rewritten.")
                )
            own = self.filtered(lambda interaction: interaction.user_id == self.env.user)
            if own != self and vals.keys() - COMMENT:
                raise UserError(
                    self.env._(
                        "Only the person who had the contact writes its record. Managers comment."
                    )
                )
        if "manager_comment" in vals:
            self._check_comment()
            vals = {**vals, **self._prepare_comment_stamp()}
        return super().write(vals)

    def _check_stamp(self, vals):
        if not self.env.su and STAMP & vals.keys():
            raise UserError(self.env._("Who commented and when is written by the system."))

    def _check_comment(self):
        if not self.env.su and not self.env.user._dealer_has_any(
            (
                "dealer_base.group_sales_manager",
                "dealer_base.group_sales_director",
                "dealer_base.group_dcc_lead",
                "dealer_base.group_service_manager",
                "dealer_base.group_care_manager",
                "dealer_base.group_general_manager",
                "dealer_base.group_group_executive",
            )
        ):
            raise AccessError(self.env._("Only a manager comments on a contact."))

    def _prepare_comment_stamp(self):
        return {
            "manager_comment_user_id": self.env.uid,
            "manager_comment_date": fields.Datetime.now(),
        }

    @api.model
    def _document_rights_free_domain(self):
        # Who may see the customer sees all its interactions of this store (B13), a colleague's
        # lead or visit included; only contacts without a customer follow their document.
        return super()._document_rights_free_domain() | Domain("partner_id", "!=", False)

    def action_open_customer(self):
        """Open the file of the customer whom this contact was with."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(self.env.ref("dealer_base.res_partner_view_form_customer").id, "form")],
        }
