from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from .crm_lead_response import CLOSERS

#: What the consultant says; the manager's answer is written by buttons alone.
ASKED = {
    "reason_id",
    "competitor_kind",
    "competitor_brand",
    "competitor_series",
    "competitor_dealer",
    "competitor_price",
    "analysis",
    "attachment_ids",
}
_CHECKED = object()


class DealerDefeat(models.Model):
    """A consultant gives a customer up; the manager confirms or sends it back (战败审核, B9)."""

    _name = "dealer.defeat"
    _description = "Defeat"
    _inherit = [
        "mail.thread",
        "dealer.clock.mixin",
        "dealer.user.checks",
    ]
    _order = "asked_at desc, id desc"
    _rec_names_search = ("partner_id.name", "reason_id.name", "competitor_brand")

    lead_id = fields.Many2one("crm.lead", required=True, index=True, ondelete="cascade")
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        compute="_compute_of_lead",
        store=True,
        compute_sudo=True,
        index=True,
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index=True)
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        compute="_compute_of_lead",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
    )
    partner_id = fields.Many2one(
        related="lead_id.partner_id", store=True, index="btree_not_null", string="Customer"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Asked By",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.user,
    )
    asked_at = fields.Datetime(string="Asked On", readonly=True, default=fields.Datetime.now)
    grade_before_id = fields.Many2one("dealer.grade", readonly=True, ondelete="restrict")
    reason_id = fields.Many2one(
        "dealer.defeat.reason",
        required=True,
        ondelete="restrict",
        domain="[('parent_id', '!=', False)]",
        tracking=True,
    )
    need_competitor = fields.Boolean(related="reason_id.need_competitor")
    competitor_kind = fields.Selection(
        [("same", "Same Brand, other Dealer"), ("other", "Other Brand")], string="Bought"
    )
    competitor_brand = fields.Char(string="Brand Bought")
    competitor_series = fields.Char(string="Series Bought")
    competitor_dealer = fields.Char(string="Where Bought")
    competitor_price = fields.Monetary(string="Lost-to Price", currency_field="currency_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    analysis = fields.Text(string="Course of Events")
    attachment_ids = fields.Many2many("ir.attachment", string="Supporting Files")
    state = fields.Selection(
        [
            ("asked", "Asked"),
            ("confirmed", "Confirmed"),
            ("returned", "Sent Back"),
            ("reactivated", "Taken Up Again"),
        ],
        required=True,
        default="asked",
        readonly=True,
        index=True,
        tracking=True,
    )
    manager_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    decided_at = fields.Datetime(string="Decided On", readonly=True)
    manager_note = fields.Text(string="Manager's Words", readonly=True)

    _price_positive = models.Constraint(
        "CHECK (competitor_price IS NULL OR competitor_price >= 0)",
        "A price cannot be below zero.",
    )
    _asked_once = models.UniqueIndex(
        "(lead_id) WHERE state = 'asked'", "The defeat of this customer is asked already."
    )

    @api.depends("lead_id")
    def _compute_of_lead(self):
        for defeat in self:
            defeat.unit_id = defeat.lead_id.dealer_unit_id
            defeat.relation_id = defeat.lead_id.dealer_relation_id

    @api.depends("partner_id", "reason_id")
    def _compute_display_name(self):
        for defeat in self:
            defeat.display_name = " · ".join(
                filter(None, (defeat.partner_id.name, defeat.reason_id.name))
            )

    @api.constrains("reason_id", "competitor_brand", "competitor_kind")
    def _check_competitor(self):
        for defeat in self:
            if defeat.reason_id.need_competitor and not (
                defeat.competitor_kind and (defeat.competitor_brand or "").strip()
            ):
                raise ValidationError(
                    self.env._("Say what the customer bought instead: which brand, and where.")
                )
            if defeat.reason_id.child_ids:
                raise ValidationError(
                    self.env._("“%s” is a group. Choose a reason in it.", defeat.reason_id.name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        leads = self.env["crm.lead"].browse(
            [vals.get("lead_id") or self.env.context.get("default_lead_id") for vals in vals_list]
        )
        if len(leads.ids) != len(vals_list):
            raise UserError(self.env._("A defeat is asked on the customer's lead. Open the lead."))
        leads.check_access("write")
        leads._dealer_check_open()
        asked = leads.filtered(lambda lead: lead.dealer_grade_kind == "asked")
        if asked:
            raise UserError(
                self.env._("The defeat of “%s” is asked already.", asked[0].display_name)
            )
        if not self.env.su:
            vals_list = [
                {name: value for name, value in vals.items() if name in ASKED | {"lead_id"}}
                | {"state": "asked", "user_id": self.env.uid, "asked_at": fields.Datetime.now()}
                | {"manager_id": False, "manager_note": False, "decided_at": False}
                for vals in vals_list
            ]
        for vals, lead in zip(vals_list, leads, strict=True):
            vals["grade_before_id"] = lead.dealer_grade_id.id
        # Who asked, when and why are fields; a message that says “created” adds nothing.
        quiet = self.with_context(mail_create_nolog=True)
        defeats = super(DealerDefeat, quiet).create(vals_list).with_env(self.env)
        asked = self.env["dealer.grade"]._of_kind("asked")
        for defeat in defeats:
            defeat.lead_id._dealer_set_grade(asked.code, defeat.reason_id.display_name)
        defeats._clock_start("defeat_decision")
        defeats._adopt_proof()
        return defeats

    def write(self, vals):
        checked = self.env.context.get("dealer_checked") is _CHECKED
        if not self.env.su and not checked:
            if vals.keys() - ASKED - {"message_follower_ids", "message_ids"}:
                raise UserError(self.env._("The decision is made by the buttons of the manager."))
            if self.filtered(lambda defeat: defeat.state != "asked"):
                raise UserError(self.env._("The manager has decided already."))
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._adopt_proof()
        return result

    def _adopt_proof(self):
        """Let the manager read what the person uploaded as proof."""
        for defeat in self:
            # Only what the person uploaded just now, and what belongs to no other record.
            fresh = defeat.attachment_ids.sudo().filtered(
                lambda file: (
                    file.create_uid == self.env.user
                    and not file.res_id
                    and file.res_model in (False, self._name)
                )
            )
            fresh.write({"res_model": defeat._name, "res_id": defeat.id})

    @api.ondelete(at_uninstall=False)
    def _check_delete(self):
        if not self.env.su:
            raise UserError(self.env._("A defeat is kept. The manager can send it back."))

    # ------------------------------------------------------------
    # Clocks
    # ------------------------------------------------------------

    def _clock_unit(self):
        return self.unit_id

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def _decide(self, state, note=None):
        """Write the manager's decision, once; who is second is told so."""
        self.check_access("write")
        if not self.env.su and not self.env.user._dealer_has_any(CLOSERS):
            raise AccessError(self.env._("The manager decides about a defeat."))
        defeats = self.sudo()  # the right was checked; the decision is not writable otherwise
        # Wait for who decides at this moment: Odoo repeats the request, which finds it decided.
        self.env.execute_query(
            SQL("SELECT id FROM dealer_defeat WHERE id = ANY(%s) ORDER BY id FOR UPDATE", self.ids)
        )
        defeats.invalidate_recordset(["state"])
        for defeat in defeats:
            if defeat.state != "asked":
                raise UserError(
                    self.env._("The defeat of %s is decided already.", defeat.partner_id.name)
                )
            if defeat.user_id == self.env.user and not self.env.su:
                raise AccessError(self.env._("Nobody decides about the own request."))
        defeats.with_context(dealer_checked=_CHECKED).write(
            {
                "state": state,
                "manager_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
                "manager_note": note,
            }
        )
        defeats._clock_stop("defeat_decision")
        return defeats

    def action_confirm(self):
        """Confirm: the customer is lost, grade F; the lead is closed."""
        grade = self.env["dealer.grade"]._of_kind("defeated")
        for defeat in self._decide("confirmed"):
            # Meanwhile the customer may have ordered.
            defeat.lead_id._dealer_check_open()
            defeat.lead_id._dealer_set_grade(grade.code, defeat.reason_id.display_name)
            defeat.lead_id._dealer_close_as_defeated()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _return(self, note):
        """Send back: the customer is followed up again with the grade it had.

        :param str note: what the consultant shall do
        """
        if not (note or "").strip():
            raise UserError(self.env._("Write what the consultant shall do."))
        for defeat in self._decide("returned", note):
            lead = defeat.lead_id
            # Unless the customer ordered meanwhile: then the grade is that of the order.
            if lead.dealer_grade_kind == "asked":
                lead._dealer_set_grade(defeat.grade_before_id._or_new().code, note)
                lead._dealer_plan(fields.Date.context_today(self), note)

    def _mark_reactivated(self):
        self.with_context(dealer_checked=_CHECKED).write({"state": "reactivated"})

    def action_open_lead(self):
        """Open the lead."""
        self.ensure_one()
        return self.lead_id._clock_open_action()
