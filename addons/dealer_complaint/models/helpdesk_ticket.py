from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.reading import CURRENCY, STAGE, read_actor

CASE_STATES = [
    ("received", "Received"),
    ("registered", "Registered"),
    ("care_opinion", "Care Manager's Opinion"),
    ("gm_opinion", "General Manager's Opinion"),
    ("dispatched", "Dispatched"),
    ("handling", "Handling"),
    ("returned", "Returned to Care"),
    ("checked", "Checked"),
    ("called_back", "Called Back"),
    ("signed", "Signed"),
    ("filed", "Filed"),
    ("withdrawn", "Withdrawn"),
]
CLOSED_STATES = ("filed", "withdrawn")
#: Proof that a checked method writes: a client can send any context, but no such object.
INSIDE = object()
#: What only steps of the flow and the doors for customers write.
FLOW_FIELDS = {
    "case_state",
    "is_case",
    "is_urgent",
    "level",
    "registered_at",
    "returned_at",
    "filed_at",
    "handler_id",
    "is_supervised",
    "supervised_until",
    "satisfied",
    "reopen_count",
    "chain_head",
    "chain_length",
    "tell_boss",
    "intake_key",
    "is_sender_proved",
    "consent_version",
    "customer_stars",
    "customer_remark",
    "rated_at",
}
#: Open complaints that may be the same: at most so many are shown.
SIMILAR_LIMIT = 20


class HelpdeskTicket(models.Model):
    """A complaint of a store (投诉抱怨处理单, E1): what was said, about what, by whom."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "dealer.clock.mixin"]

    # helpdesk_mgmt searches by these without an index (Odoo's own test_lint names them).
    partner_id = fields.Many2one(index="btree_not_null")
    duplicate_id = fields.Many2one(index="btree_not_null")
    commercial_partner_id = fields.Many2one(index="btree_not_null")

    is_case = fields.Boolean(string="Complaint of a Store", readonly=True, copy=False, index=True)
    dealer_unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        compute="_compute_dealer_unit_id",
        store=True,
        index="btree_not_null",
        compute_sudo=True,
    )
    case_state = fields.Selection(CASE_STATES, string="Step", readonly=True, copy=False, index=True)
    kind_id = fields.Many2one(
        "dealer.case.kind", string="Class", index="btree_not_null", ondelete="restrict"
    )
    source = fields.Selection(
        [
            ("phone", "Phone"),
            ("walk_in", "Walk-In"),
            ("call_back", "Call-Back"),
            ("wechat", "WeChat"),
            ("review", "Review"),
            ("page", "Customer's Page"),
            ("mail", "E-mail"),
            ("oem", "Manufacturer"),
            ("12315", "12315"),
            ("media", "Media"),
        ],
        default="phone",
    )
    source_number = fields.Char(
        string="Number at the Source", help="E.g. the number of the case at 12315."
    )
    vehicle_id = fields.Many2one("dealer.vehicle", string="Car", index="btree_not_null")
    about_ref = fields.Reference(
        selection="_selection_about", string="About", help="What the complaint is about."
    )
    occurred_at = fields.Datetime(string="Happened On")
    received_at = fields.Datetime(
        string="Received", default=fields.Datetime.now, readonly=True, copy=False
    )
    facts = fields.Text(help="What happened: who, what, when, where.")
    feelings = fields.Text(help="How the customer feels about it; apart from what happened.")
    demands = fields.Text(help="What the customer wants.")
    customer_kind_id = fields.Many2one(
        "dealer.case.customer.kind", string="Kind of Complainant", ondelete="restrict"
    )
    advice = fields.Html(related="customer_kind_id.advice")
    promise = fields.Text(string="Accepted Promise", help="What the customer accepted from us.")
    severity = fields.Selection(
        [("normal", "Normal"), ("raised", "Raised"), ("major", "Major")],
        compute="_compute_severity",
        store=True,
        tracking=True,
        compute_sudo=True,
    )
    severity_reason = fields.Char(
        string="Why So Severe", compute="_compute_severity_reason", compute_sudo=True
    )
    is_safety = fields.Boolean(string="Safety")
    is_legal = fields.Boolean(string="Legal")
    is_media = fields.Boolean(string="Media Risk")
    is_vip = fields.Boolean(string="VIP")
    is_anonymous = fields.Boolean(string="Anonymous")
    similar_count = fields.Integer(compute="_compute_similar_count", string="Similar Complaints")

    _open_of_store_idx = models.Index("(company_id, case_state) WHERE is_case IS TRUE")

    @api.model
    def _selection_about(self):
        """Return the kinds of documents a complaint may be about; addons add theirs."""
        models_ = ["dealer.interaction"]
        return [
            (model, self.env["ir.model"]._get(model).name) for model in models_ if model in self.env
        ]

    @api.depends("company_id")
    def _compute_dealer_unit_id(self):
        for ticket in self:
            units = self.env["dealer.unit"]._of_company(ticket.company_id)
            ticket.dealer_unit_id = units[:1]

    @api.depends("is_safety", "is_legal", "is_media", "is_vip", "source", "level", "kind_id")
    def _compute_severity(self):
        rules = self.env["dealer.case.severity.rule"]
        rank = ["normal", "raised", "major"]
        for ticket in self:
            ticket.severity = max(rules._severities(ticket), key=rank.index, default="normal")

    @api.depends(
        "severity", "is_safety", "is_legal", "is_media", "is_vip", "source", "level", "kind_id"
    )
    @api.depends_context("lang")
    def _compute_severity_reason(self):
        rules = self.env["dealer.case.severity.rule"].search_fetch(
            [("active", "=", True)], ["name", "severity", "domain", "company_id"]
        )
        for ticket in self:
            reasons = rules.filtered(
                lambda rule, ticket=ticket: rule.severity == ticket.severity and rule._fits(ticket)
            )
            ticket.severity_reason = ", ".join(reasons.mapped("name")) or False

    def _similar_domain(self):
        """Return the domain of open complaints of the same customer, car, or class and model."""
        self.ensure_one()
        same = Domain.FALSE
        if self.partner_id:
            same |= Domain("partner_id", "=", self.partner_id.id)
        if self.vehicle_id:
            same |= Domain("vehicle_id", "=", self.vehicle_id.id)
            if self.kind_id and self.vehicle_id.model_id:
                same |= Domain("kind_id", "=", self.kind_id.id) & Domain(
                    "vehicle_id.model_id", "=", self.vehicle_id.model_id.id
                )
        return (
            Domain("is_case", "=", True)
            & Domain("id", "!=", self._origin.id)
            & Domain("case_state", "not in", CLOSED_STATES)
            & same
        )

    @api.depends("partner_id", "vehicle_id", "kind_id")
    def _compute_similar_count(self):
        for ticket in self:
            ticket.similar_count = self.search_count(ticket._similar_domain(), limit=SIMILAR_LIMIT)

    @api.depends("case_state")
    def _compute_stage_id(self):
        """The stage of a complaint mirrors its step, whatever its team says."""
        cases = self.filtered("is_case")
        for case in cases:
            case.stage_id = self._stage_of(case.case_state) or case.stage_id
        return super(HelpdeskTicket, self - cases)._compute_stage_id()

    @api.model
    def _stage_of(self, state):
        """Return the stage that mirrors the step ``state``."""
        stages = self.env["helpdesk.ticket.stage"]
        return stages.browse(stages._ids_by_case_state().get(state))

    # ------------------------------------------------------------
    # Doors
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        inside = self.env.context.get("case_inside") is INSIDE
        cases = []
        for vals in vals_list:
            company = vals.get("company_id") or self.env.company.id
            if vals.get("team_id"):
                team = self.env["helpdesk.ticket.team"].browse(vals["team_id"])
                company = team.company_id.id or company
            is_case = bool(
                self.env["dealer.unit"]._of_company(self.env["res.company"].browse(company))
            )
            cases.append(is_case)
            if is_case and not inside:
                defaults = {name for name in FLOW_FIELDS if f"default_{name}" in self.env.context}
                if defaults or FLOW_FIELDS & vals.keys():
                    raise UserError(self._flow_words())
                received = fields.Datetime.to_datetime(vals.get("received_at"))
                if received and received > fields.Datetime.now():
                    raise UserError(self.env._("A complaint cannot come in later than now."))
                vals.update(self._prepare_case_vals(vals))
                # Given, or helpdesk_mgmt takes the first stage of the team.
                vals["stage_id"] = self._stage_of(vals["case_state"]).id
        begins = self.with_context(case_inside=INSIDE, case_begins=INSIDE)
        if any(cases):
            read_actor(self.env)
            self.env.company.sudo().currency_id.fetch(CURRENCY)  # as there
            stages = {vals["stage_id"] for vals in vals_list if vals.get("stage_id")}
            self.env["helpdesk.ticket.stage"].browse(stages).fetch(STAGE)
        tickets = super(HelpdeskTicket, begins).create(vals_list)
        former = self.env.context.get("case_inside")
        tickets = tickets.with_context(case_inside=former, case_begins=None)
        tickets.filtered("is_case")._case_begun()
        return tickets

    def _creation_subtype(self):
        """Return the subtype that helpdesk_mgmt names, without asking each time whether it is there."""
        data = self.env["ir.model.data"]
        return self.env["mail.message.subtype"].browse(
            data._xmlid_to_res_id("helpdesk_mgmt.hlp_tck_created", raise_if_not_found=True)
        )

    def _creation_message(self):
        """Call a complaint so; what Odoo calls its table is looked up for other tickets alone."""
        return self.env._("Complaint opened") if self.is_case else super()._creation_message()

    def _message_compute_parent_id(self, parent_id):
        """Look for no earlier message of what is being made."""
        if not parent_id and self.env.context.get("case_begins") is INSIDE:
            return False
        return super()._message_compute_parent_id(parent_id)

    @api.model
    def _prepare_case_vals(self, vals):
        """Return what a new complaint begins with: who writes it down decides how far it is."""
        now = fields.Datetime.now()
        staff = not self.env.su and self.env.user._dealer_has_any(
            ("dealer_base.group_care_agent", "dealer_base.group_care_manager")
        )
        received = vals.get("received_at") or now
        return {
            "is_case": True,
            "case_state": "registered" if staff else "received",
            "registered_at": now if staff else False,
            "received_at": received,
            "description": vals.get("description") or vals.get("facts") or "–",
        }

    def write(self, vals):
        inside = self.env.context.get("case_inside") is INSIDE
        cases = self.filtered("is_case")
        if not inside and cases:
            if (FLOW_FIELDS | {"stage_id"}) & vals.keys():
                raise UserError(self._flow_words())
            if "active" in vals and not vals["active"]:
                raise UserError(
                    self.env._("A complaint is not archived. File it, or note its withdrawal.")
                )
            if "company_id" in vals and any(
                case.company_id.id != vals["company_id"] for case in cases
            ):
                raise UserError(self.env._("A complaint stays with the store where it began."))
            if "received_at" in vals:
                raise UserError(self.env._("When a complaint came in is written by the system."))
            if vals.keys() - {"message_follower_ids", "message_ids", "activity_ids"}:
                cases._check_open()
        before = cases._sealed_values(vals) if cases else {}
        result = super().write(vals)
        if "stage_id" in vals:
            # helpdesk_mgmt keeps the date of closing of what was opened again.
            self.filtered(
                lambda ticket: not ticket.closed and ticket.closed_date
            ).closed_date = False
        if before:
            cases._seal_changes(before)
        return result

    @api.model
    def _flow_words(self):
        return self.env._(
            "A complaint moves by its steps alone: use the buttons. Each checks the post and signs."
        )

    @api.ondelete(at_uninstall=False)
    def _check_delete(self):
        if self.filtered("is_case"):
            raise UserError(
                self.env._("A complaint is never deleted. Note its withdrawal instead.")
            )

    def _check_open(self):
        """Refuse to add to a file that is closed.

        :raise UserError: when one of the complaints is closed
        """
        # Whether it is closed is no secret for who adds to it.
        closed = self.sudo().filtered(lambda case: case.case_state in CLOSED_STATES)
        if closed:
            raise UserError(
                self.env._("The file of %s is closed. Reopen it first.", closed[0].number)
            )

    def action_similar(self):
        """Open the open complaints that may be about the same."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_complaint.helpdesk_ticket_action_case"
        )
        action["domain"] = list(self._similar_domain())
        action["context"] = {}
        return action

    def _clock_unit(self):
        return self.dealer_unit_id

    def _clock_user(self):
        return self.handler_id or self.user_id

    def _clock_open_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref("dealer_complaint.helpdesk_ticket_view_form_case").id, "form")],
        }
