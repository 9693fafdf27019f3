import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from .dealer_touch_rule import PURPOSES

#: Who steps in by hand: sends now, cancels, tries again.
MANAGERS = (
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_dcc_lead",
    "dealer_base.group_service_manager",
    "dealer_base.group_care_manager",
    "dealer_base.group_marketing_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)
#: Of these purposes nobody needs consent, and no budget holds them back.
FREE_PURPOSES = ("safety",)


class DealerTouch(models.Model):
    """One touch: whom a rule addresses about which record, when, by which way, and how it went.

    What was not sent says why. Only the system writes touches; people step in by checked methods.
    """

    _name = "dealer.touch"
    _description = "Touch"
    _inherit = ["dealer.document.rights", "dealer.store.mixin", "dealer.queue.mixin"]
    _order = "planned_at desc, id desc"

    # People cannot delete a rule with touches; when its kind of records is uninstalled, all go.
    rule_id = fields.Many2one("dealer.touch.rule", required=True, index=True, ondelete="cascade")
    res_model = fields.Char(string="Document Model", required=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", required=True, index=True
    )
    document_name = fields.Char(compute="_compute_document_name", string="Concerns")
    anchor_at = fields.Datetime(string="Counts From")
    turn = fields.Integer(default=0, help="Which repetition of that date it is.")
    occurrence = fields.Datetime(
        required=True, help="The date or its repetition: a rule touches a record once for each."
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="set null"
    )
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        index="btree_not_null",
        ondelete="set null",
    )
    user_id = fields.Many2one("res.users", string="Person", index="btree_not_null")
    purpose = fields.Selection(PURPOSES, required=True, default="service")
    priority = fields.Selection(
        [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Highest")],
        required=True,
        default="1",
    )
    addressee = fields.Selection(
        [("customer", "Customer"), ("staff", "Staff"), ("duty", "Who is on Duty")],
        string="To Whom",
        required=True,
        default="customer",
    )
    is_answer = fields.Boolean(
        string="Answers", help="It answers what the customer did, so that no budget holds it back."
    )
    planned_at = fields.Datetime(string="Planned For", required=True)
    send_at = fields.Datetime(
        string="Next Attempt", help="When it is looked at again; empty: nothing more happens."
    )
    valid_until = fields.Datetime(required=True)
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("queued", "On Its Way"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("skipped", "Not Sent"),
            ("done", "Done"),
            ("answered", "Answered"),
        ],
        required=True,
        default="planned",
    )
    step = fields.Integer(default=0, help="Which of the rule's ways is next.")
    attempts = fields.Integer(default=0)
    way_id = fields.Many2one("dealer.touch.way", ondelete="set null")
    channel = fields.Selection(selection="_selection_channel")
    claim_key = fields.Char(copy=False, help="Number under which another machine knows it.")
    subject = fields.Char()
    body = fields.Text(string="Words")
    reason_code = fields.Selection(
        [
            ("no_consent", "No Consent"),
            ("refused", "Refused by the Customer"),
            ("budget", "Enough for This Week"),
            ("no_address", "No Address"),
            ("no_provider", "Channel not Set Up"),
            ("no_person", "Nobody to Do It"),
            ("left", "No Longer Fits"),
            ("gone", "Record is Gone"),
            ("moved", "Date Moved"),
            ("late", "Too Late"),
            ("cancelled", "Cancelled"),
            ("error", "Error"),
            ("quiet", "Quiet Hours"),
        ],
        string="Kind of Reason",
    )
    reason = fields.Char()
    queued_at = fields.Datetime(string="Handed On")
    sent_at = fields.Datetime(string="Sent On")
    done_at = fields.Datetime(string="Done On")
    answered_at = fields.Datetime(string="Answered On")
    answer = fields.Text()
    made_model = fields.Char(string="What was Made")
    made_id = fields.Many2oneReference(model_field="made_model")
    access_token = fields.Char(copy=False, groups="base.group_system")
    can_manage = fields.Boolean(compute="_compute_can_manage")

    _once = models.UniqueIndex(
        "(rule_id, res_id, occurrence)", "This rule touches this record already on that date."
    )
    _due_idx = models.Index("(send_at, id) WHERE send_at IS NOT NULL")
    _token_uniq = models.UniqueIndex("(access_token) WHERE access_token IS NOT NULL")
    _made_idx = models.Index("(made_model, made_id) WHERE made_id IS NOT NULL")
    _partner_sent_idx = models.Index("(partner_id, queued_at) WHERE queued_at IS NOT NULL")
    _planned_idx = models.Index("(company_id, planned_at)")
    _reason_given = models.Constraint(
        "CHECK (state NOT IN ('failed', 'skipped') OR reason IS NOT NULL)",
        "Whatever was not sent says why.",
    )

    @api.model
    def _selection_channel(self):
        return self.env["dealer.touch.channel"]._selection_channel()

    @api.depends("res_model", "res_id")
    def _compute_document_name(self):
        for model, touches in self.grouped("res_model").items():
            names = {}
            if model in self.env:
                # The name is shown to whoever may read the touch, which asks the document.
                documents = self.env[model].sudo().browse(touches.mapped("res_id")).exists()
                names = {document.id: document.display_name for document in documents}
            for touch in touches:
                touch.document_name = names.get(touch.res_id, False)

    @api.depends("rule_id", "document_name")
    def _compute_display_name(self):
        for touch in self:
            touch.display_name = " · ".join(
                # Posts read touches, not all of them rules; the name is no secret.
                filter(None, (touch.rule_id.sudo().name, touch.document_name))
            )

    @api.depends_context("uid")
    def _compute_can_manage(self):
        self.can_manage = self.env.user._dealer_has_any(MANAGERS)

    @api.model
    def _document_rights_models(self):
        # Which kinds of records have rules is no secret; rules are few, touches are many.
        rules = self.env["dealer.touch.rule"].sudo().with_context(active_test=False)
        return [model for (model,) in rules._read_group([("model", "!=", False)], ["model"])]

    def _document(self):
        """Return the record that is touched about, or none when it is gone."""
        self.ensure_one()
        if self.res_model not in self.env:
            return self.env["res.partner"]
        return self.env[self.res_model].browse(self.res_id).exists()

    # ------------------------------------------------------------
    # Whom, and with which words
    # ------------------------------------------------------------

    def _addressee(self):
        """Return the partner who is written to."""
        self.ensure_one()
        return self.partner_id if self.addressee == "customer" else self.user_id.partner_id

    def _local(self, moment):
        """Return a naive UTC moment as the wall of the store shows it."""
        self.ensure_one()
        return self.unit_id._clock_local(moment)

    @api.model
    def _words_known(self):
        """Return the names of the places that texts may have; a hook, with :meth:`_words`."""
        return [
            "customer",
            "salutation",
            "store",
            "store_phone",
            "date",
            "consultant",
            "document",
            "stop_link",
        ]

    def _words(self, names):
        """Return ``{name: words}`` of the places ``names``; a hook, with :meth:`_words_known`."""
        self.ensure_one()
        partner = self.partner_id
        titles = {"male": self.env._("Mr %s"), "female": self.env._("Ms %s")}
        words = {
            "customer": partner.name,
            "salutation": titles.get(partner.gender, "%s") % (partner.name or ""),
            "store": self.unit_id.name,
            "store_phone": self.company_id.phone,
            "date": format_date(self.env, self._occurrence_date()),
            "consultant": self.relation_id.consultant_id.name,
            "document": self.document_name,
        }
        if "stop_link" in names:
            words["stop_link"] = self._stop_url()
        return words

    def _occurrence_date(self):
        """Return the day that the touch is about, e.g. the birthday itself."""
        self.ensure_one()
        if self.rule_id.is_dated:
            return self.occurrence.date()
        return self._local(self.occurrence).date()

    # ------------------------------------------------------------
    # No more
    # ------------------------------------------------------------

    def _stop_url(self):
        """Return the address where the customer says that it is enough."""
        self.ensure_one()
        if not self.access_token:
            self.access_token = secrets.token_urlsafe(24)
        return f"{self.get_base_url()}/dealer/stop/{self.access_token}"

    def _stop(self, everything=False):
        """Withdraw the customer's consent for this purpose, or for all of them, in this store.

        Called by the customer's page, whose token was checked.
        """
        self.ensure_one()
        touch = self.sudo()  # the token stands for the customer, who has no right on anything
        consents = Domain("partner_id", "=", touch.partner_id.id)
        consents &= Domain("unit_id", "=", touch.unit_id.id) & Domain("withdrawn_at", "=", False)
        if not everything:
            consents &= Domain("purpose", "=", touch.purpose)
        self.env["dealer.consent"].sudo().search(consents).action_withdraw()
        words = (
            self.env._("No more messages of any kind.")
            if everything
            else self.env._("No more messages of this kind.")
        )
        touch.write(
            {"state": "answered", "answered_at": fields.Datetime.now(), "answer": words}
            | ({"send_at": False} if touch.send_at else {})
        )

    def _budgeted(self):
        """Whether consent and the weekly budget of the customer count for it."""
        self.ensure_one()
        return self.addressee == "customer" and not self._passes()

    def _passes(self):
        """Whether nothing may hold it back: safety, and answers to the customer."""
        self.ensure_one()
        return self.is_answer or self.purpose in FREE_PURPOSES

    # ------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------

    def _check_manager(self):
        self.check_access("read")
        if not self.env.su and not self.env.user._dealer_has_any(MANAGERS):
            raise AccessError(self.env._("Stepping in is the work of the manager."))

    def action_send_now(self):
        """Send what is planned at once, as far as consent, budget and quiet hours allow it.

        :raise UserError: when nothing of it is planned
        """
        self._check_manager()
        # Only the system writes touches; who may step in was checked.
        planned = self.sudo().filtered(lambda touch: touch.state == "planned")
        if not planned:
            raise UserError(self.env._("Only what is planned can be sent now."))
        now = fields.Datetime.now()
        planned.write({"send_at": now, "valid_until": now + planned._validity()})
        self._wake()
        return self._told(self.env._("It is sent in a moment, or says why not."))

    def action_cancel(self):
        """Cancel what was not sent yet."""
        self._check_manager()
        # Only the system writes touches; who may step in was checked.
        waiting = self.sudo().filtered(lambda touch: touch.state == "planned")
        if not waiting:
            raise UserError(self.env._("Only what is planned can be cancelled."))
        waiting._skip("cancelled", self.env._("Cancelled by %s.", self.env.user.name))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_again(self):
        """Try what failed or was not sent once more, from the first way on."""
        self._check_manager()
        # Only the system writes touches; who may step in was checked.
        stopped = self.sudo().filtered(lambda touch: touch.state in ("failed", "skipped"))
        if not stopped:
            raise UserError(self.env._("Only what failed or was not sent can be tried again."))
        now = fields.Datetime.now()
        stopped.write(
            {
                "state": "planned",
                "step": 0,
                "attempts": 0,
                "claim_key": False,
                "send_at": now,
                "valid_until": now + stopped._validity(),
                "reason_code": False,
                "reason": False,
            }
        )
        self._wake()
        return self._told(self.env._("It is tried again in a moment."))

    def action_done(self):
        """Say that what was asked of me is done.

        :raise AccessError: for anybody but the person and managers
        """
        self.check_access("read")
        if not self.env.su and self.filtered(lambda touch: touch.user_id != self.env.user):
            self._check_manager()
        # Only the system writes touches; whose work it is was checked.
        sent = self.sudo().filtered(lambda touch: touch.state == "sent" and touch.user_id)
        sent.write({"state": "done", "done_at": fields.Datetime.now()})
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _validity(self):
        """Return for how long touches that are tried by hand are tried at most."""
        return timedelta(days=max(self.rule_id.mapped("valid_days")))

    def _told(self, words):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": words,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_document(self):
        """Open the record that this is about."""
        self.ensure_one()
        document = self._document()
        if not document:
            raise UserError(self.env._("The record is gone."))
        document.check_access("read")
        return self._open(document)

    def action_open_made(self):
        """Open what was made of it, e.g. the task."""
        self.ensure_one()
        made = (
            self.env[self.made_model].browse(self.made_id).exists()
            if self.made_model in self.env
            else None
        )
        if not made:
            raise UserError(self.env._("What was made is gone."))
        made.check_access("read")
        return self._open(made)

    def _open(self, record):
        form = self.env["dealer.timeline"]._timeline_forms().get(record._name)
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(self.env.ref(form).id if form else False, "form")],
        }
