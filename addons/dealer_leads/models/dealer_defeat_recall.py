from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .dealer_dcc_entry import AGENTS

#: Who knows the consultant's reason anyway; callers are not among them.
INFORMED = (
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)
#: What the caller writes down.
ANSWERS = {"answer_reason_id", "answer_text", "bought_brand"}


class DealerDefeatRecall(models.Model):
    """The customer of a confirmed defeat is asked, by who does not know what the consultant said."""

    _name = "dealer.defeat.recall"
    _description = "Re-Call of a Defeat"
    _inherit = ["dealer.store.mixin"]
    _order = "state desc, drawn_at, id"
    _rec_name = "partner_name"

    state = fields.Selection(
        [("open", "To Ask"), ("answered", "Answer Written")],
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    # Its name says the reason.
    defeat_id = fields.Many2one(
        "dealer.defeat",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
        groups=",".join(INFORMED),
    )
    relation_id = fields.Many2one(
        "dealer.relation", readonly=True, index="btree_not_null", ondelete="set null"
    )
    partner_name = fields.Char(
        related="relation_id.partner_name", string="Customer", store=True, related_sudo=True
    )
    phone_masked = fields.Char(related="relation_id.phone_masked", related_sudo=True)
    phone = fields.Char(compute="_compute_phone", compute_sudo=True)
    car = fields.Char(related="defeat_id.lead_id.name", string="Interested In", related_sudo=True)
    consultant_id = fields.Many2one("res.users", required=True, readonly=True, index=True)
    drawn_at = fields.Datetime(
        string="Drawn On", required=True, readonly=True, default=fields.Datetime.now
    )
    caller_id = fields.Many2one(
        "res.users", string="Re-Called By", readonly=True, index="btree_not_null"
    )
    attempts = fields.Integer(readonly=True)
    tried_at = fields.Datetime(string="Last Attempt", readonly=True)
    answered_at = fields.Datetime(string="Answered On", readonly=True)
    result = fields.Selection(
        [
            ("true", "Really Lost"),
            ("false", "Not Lost"),
            ("unreachable", "Unreachable"),
        ],
        readonly=True,
    )
    answer_reason_id = fields.Many2one(
        "dealer.defeat.reason",
        string="Reason the Customer Names",
        ondelete="restrict",
        domain="[('parent_id', '!=', False)]",
    )
    answer_text = fields.Text(string="What the Customer Says")
    bought_brand = fields.Char(string="Brand Bought")
    consultant_reason = fields.Char(
        string="Reason the Consultant Named", compute="_compute_consultant", compute_sudo=True
    )
    consultant_analysis = fields.Text(
        string="What the Consultant Wrote", compute="_compute_consultant", compute_sudo=True
    )
    is_mine = fields.Boolean(compute="_compute_is_mine")

    _defeat_uniq = models.Constraint("UNIQUE(defeat_id)", "This defeat is asked about already.")
    _open_idx = models.Index("(unit_id, drawn_at) WHERE state = 'open'")

    @api.depends("relation_id", "caller_id", "state")
    @api.depends_context("uid")
    def _compute_phone(self):
        for recall in self:
            calling = recall.state == "open" and recall.caller_id.id == self.env.uid
            recall.phone = calling and recall.relation_id.partner_id.phone

    @api.depends("defeat_id", "state")
    @api.depends_context("lang")
    def _compute_consultant(self):
        """Show what the consultant said when the customer's answer is written, not before."""
        for recall in self:
            told = recall.state == "answered"
            recall.consultant_reason = told and recall.defeat_id.reason_id.display_name
            recall.consultant_analysis = told and recall.defeat_id.analysis

    @api.depends("caller_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for recall in self:
            recall.is_mine = recall.caller_id == self.env.user

    @api.model
    def _ask_about(self, defeats):
        """Put confirmed defeats on the list of the call centre."""
        # The list is the system's.
        return self.sudo().create(
            [
                {
                    "defeat_id": defeat.id,
                    "unit_id": defeat.unit_id.id,
                    "relation_id": defeat.relation_id.id,
                    "consultant_id": defeat.user_id.id,
                }
                for defeat in defeats
                if defeat.relation_id
            ]
        )

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - ANSWERS:
                raise UserError(self.env._("A re-call goes on by its buttons."))
            self._check_mine()
        return super().write(vals)

    def _check_mine(self):
        self.check_access("write")
        if self.filtered(lambda recall: recall.state != "open"):
            raise UserError(self.env._("This customer has answered already."))
        if not self.env.su and self.filtered(lambda recall: recall.caller_id != self.env.user):
            raise AccessError(
                self.env._("Press “Call” first: who asks the customer answers for it.")
            )

    def action_take(self):
        """Take this re-call: the number is shown to the one who calls."""
        self.ensure_one()
        user = self.env.user
        # A taken row is hidden from colleagues, who are told so below; of other stores nothing is told.
        if self.sudo().company_id not in self.env.companies:
            self.check_access("read")
        if not user._dealer_has_any(AGENTS):
            raise AccessError(self.env._("Customers are re-called by the call centre."))
        # Wait for who takes it at this moment: Odoo repeats the request, which finds it taken.
        self.env.execute_query(
            SQL("SELECT id FROM dealer_defeat_recall WHERE id = %s FOR UPDATE", self.id)
        )
        # The list may be a moment old: what a colleague asks cannot be read any more, but said.
        recall = self.sudo()
        recall.invalidate_recordset()
        if recall.state != "open" or recall.caller_id - user:
            raise UserError(
                self.env._(
                    "This customer is asked by %s already. Take another one.",
                    recall.caller_id.name,
                )
            )
        self.check_access("read")
        known = recall.relation_id.consultant_id | recall.relation_id.dcc_agent_id
        if user in known | recall.defeat_id.user_id | recall.defeat_id.manager_id:
            raise UserError(
                self.env._(
                    "You know this customer or decided about the defeat. A colleague asks, who does"
                    " not know what was said."
                )
            )
        recall.caller_id = user
        return {
            "name": self.env._("Re-Call"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def _answer(self, result):
        self.ensure_one()
        self._check_mine()
        # The right was checked; the guard of write() lets only buttons answer.
        self.sudo().write(
            {"state": "answered", "result": result, "answered_at": fields.Datetime.now()}
        )

    def action_true(self):
        """The customer is really lost."""
        self._check_mine()
        if not self.answer_reason_id:
            raise UserError(self.env._("Choose which reason the customer names."))
        self._answer("true")
        return True

    def action_false(self):
        """The customer still wants a car: the lead lives again, and counts for who found it."""
        self._check_mine()
        if not (self.answer_text or "").strip():
            raise UserError(self.env._("Write what the customer says: the consultant reads it."))
        self._answer("false")
        self._revive()
        return True

    def action_unreachable(self):
        """Nobody answers; after the setting's attempts the case is closed as unreachable."""
        self.ensure_one()
        self._check_mine()
        attempts = self.attempts + 1
        # As in _answer.
        self.sudo().write({"attempts": attempts, "tried_at": fields.Datetime.now()})
        if attempts >= self.env["crm.lead"]._dealer_setting("defeat_recall_attempts"):
            self._answer("unreachable")
        return True

    def _revive(self):
        """Take the defeated lead up again for the finder, beside who serves the customer."""
        # Agents reactivate no leads; the answer of the customer does.
        lead = self.sudo().defeat_id.lead_id
        if lead.won_status == "lost":
            lead.action_dealer_reactivate()
        finder = self.env.user
        if lead.dealer_relation_id:
            lead.dealer_relation_id._assign(
                {"dcc_agent_id": finder.id}, self.env._("Found by a re-call: not lost")
            )
        lead.write({"dealer_revived_by_id": finder.id, "dealer_revived_at": fields.Datetime.now()})
        lead.message_post(
            body=self.env._("Re-call of the defeat: %s", self.answer_text),
            subtype_xmlid="mail.mt_note",
        )
