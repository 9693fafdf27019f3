import re

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.text import clean

from .dealer_order import LIVE
from .dealer_referral_reward import mask_name

#: The clock of a question that no expert has answered.
WAITING = "consultation"
#: What the person who asks writes; the course is written by the buttons and the answers.
ASKED = {"lead_id", "topic_id", "question"}
USEFUL = [
    ("1", "Useless"),
    ("2", "Little Use"),
    ("3", "Some Use"),
    ("4", "Useful"),
    ("5", "Very Useful"),
]
#: A mobile number, however it is written: experts need none.
_NUMBER = re.compile(r"(?<!\d)(?:(?:00)?86[\s-]?)?1[3-9]\d[\s.-]?\d{4}[\s.-]?\d{4}(?!\d)", re.ASCII)


class DealerConsultation(models.Model):
    """A consultant asks senior sales, finance or after-sales about a customer (专家会诊, B14)."""

    _name = "dealer.consultation"
    _description = "Expert Consultation"
    _inherit = ["dealer.clock.mixin"]
    _order = "asked_at desc, id desc"

    state = fields.Selection(
        [
            ("open", "No Answer Yet"),
            ("answered", "Answer Given"),
            ("accepted", "Advice Taken"),
            ("closed", "Closed"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="open",
        readonly=True,
        group_expand="_group_expand_state",
    )
    lead_id = fields.Many2one("crm.lead", required=True, index=True, ondelete="cascade")
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        compute="_compute_of_lead",
        store=True,
        compute_sudo=True,
        index=False,  # _unit_asked_idx begins with it
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index=True)
    relation_id = fields.Many2one(
        "dealer.relation",
        compute="_compute_of_lead",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        # Its name is the customer's.
        groups="base.group_system",
    )
    topic_id = fields.Many2one(
        "dealer.consultation.topic", required=True, index=True, ondelete="restrict"
    )
    hint = fields.Char(related="topic_id.hint")
    question = fields.Text(required=True)
    asker_id = fields.Many2one(
        "res.users",
        string="Question By",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.user,
    )
    asked_at = fields.Datetime(
        string="Question On", required=True, readonly=True, default=fields.Datetime.now
    )
    user_id = fields.Many2one(
        "res.users", string="Answers for the Term", readonly=True, index="btree_not_null"
    )
    expert_ids = fields.Many2many(
        "res.users",
        "dealer_consultation_expert_rel",
        "consultation_id",
        "user_id",
        string="Experts",
        readonly=True,
    )
    # What an expert needs of a customer whom somebody else serves.
    customer = fields.Char(
        compute="_compute_customer",
        compute_sudo=True,
        help="In full for who serves the customer, else masked.",
    )
    car = fields.Char(string="Interested In", compute="_compute_facts", compute_sudo=True)
    grade = fields.Char(compute="_compute_facts", compute_sudo=True)
    lead_since = fields.Datetime(string="Enquired On", compute="_compute_facts", compute_sudo=True)
    answer_ids = fields.One2many("dealer.consultation.answer", "consultation_id", string="Answers")
    answer_count = fields.Integer(string="Number of Answers", readonly=True)
    answered_at = fields.Datetime(string="First Answer", readonly=True)
    accepted_at = fields.Datetime(string="Advice Taken On", readonly=True)
    outcome = fields.Selection(
        [("open", "Still Open"), ("won", "Ordered"), ("lost", "Lost")],
        string="What became of It",
        required=True,
        default="open",
        readonly=True,
        help="What became of the customer: it follows from orders and defeats.",
    )
    outcome_at = fields.Datetime(string="Outcome On", readonly=True)
    useful = fields.Selection(USEFUL, string="How Useful")
    is_asker = fields.Boolean(compute="_compute_rights")
    is_expert = fields.Boolean(compute="_compute_rights")

    _unit_asked_idx = models.Index("(unit_id, asked_at DESC)")
    _open_idx = models.Index("(unit_id) WHERE state = 'open'")

    @api.model
    def _group_expand_state(self, _states, _domain):
        """Show the columns of the board also where they are empty."""
        return ["open", "answered", "accepted", "closed"]

    @api.depends("lead_id")
    def _compute_of_lead(self):
        for row in self:
            row.unit_id = row.lead_id.dealer_unit_id
            row.relation_id = row.lead_id.dealer_relation_id

    @api.depends("topic_id", "lead_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_display_name(self):
        for row in self:
            row.display_name = " · ".join(filter(None, (row.topic_id.name, row.customer)))

    @api.depends("lead_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_customer(self):
        seen = self.lead_id.sudo(False)._filtered_access("read")
        for row in self:
            name = row.lead_id.partner_id.name or ""
            row.customer = name if row.lead_id.sudo(False) in seen else mask_name(name)

    @api.depends("lead_id")
    def _compute_facts(self):
        for row in self:
            lead = row.lead_id
            row.car = " ".join(filter(None, (lead.dealer_brand, lead.dealer_series)))
            row.grade = lead.dealer_grade_id.code
            row.lead_since = lead.dealer_received_at or lead.create_date

    @api.depends("asker_id", "expert_ids")
    @api.depends_context("uid")
    def _compute_rights(self):
        for row in self:
            row.is_asker = row.asker_id == self.env.user
            row.is_expert = self.env.user in row.expert_ids and not row.is_asker

    @api.constrains("question")
    def _check_question(self):
        for row in self:
            if not (row.question or "").strip():
                raise ValidationError(self.env._("Write what you want to know."))
            if has_number(row.question):
                raise ValidationError(
                    self.env._("Leave the customer's number out: whoever advises does not need it.")
                )

    @api.constrains("unit_id")
    def _check_unit(self):
        for row in self:
            if not row.unit_id:
                raise ValidationError(
                    self.env._("Experts are asked about leads of a store. Open such a lead.")
                )

    # ------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "lead_id" in field_names:
            # Nobody asks about a customer whom one does not serve.
            self.lead_id.check_access("read")
        return result

    def _check_asker(self):
        self.check_access("read")
        if not self.env.su and self.filtered(lambda row: row.asker_id != self.env.user):
            raise AccessError(self.env._("This question was asked by a colleague."))

    def _expect(self, *states):
        for row in self:
            if row.state not in states:
                label = dict(self._fields["state"]._description_selection(self.env))[row.state]
                raise UserError(
                    self.env._(
                        "The question on %(name)s is now “%(state)s”. Load the page anew.",
                        name=row.display_name,
                        state=label,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # The rest is named, so that no default of the context takes its place.
            fixed = {
                "state": "open",
                "asker_id": self.env.uid,
                "asked_at": fields.Datetime.now(),
                "useful": False,
                "outcome": "open",
            }
            unset = dict.fromkeys(
                ("accepted_at", "answer_count", "answered_at", "outcome_at", "user_id"), False
            )
            vals_list = [
                {name: value for name, value in vals.items() if name in ASKED}
                | fixed
                | unset
                | {"expert_ids": [], "answer_ids": []}
                for vals in vals_list
            ]
        rows = super().create(vals_list)
        # Whom a question goes to follows from the list of experts, which the asker cannot write.
        rows.sudo()._call_experts()
        return rows

    def _call_experts(self):
        """Put the question to the experts of its topic and tell them."""
        for row in self:
            if row.lead_id.won_status != "pending":
                raise UserError(self.env._("This lead is closed. Ask about open leads."))
            experts = self.env["dealer.consultation.expert"]._experts(row.unit_id, row.topic_id)
            experts -= row.asker_id
            if not experts:
                raise UserError(
                    self.env._(
                        "Nobody in %(store)s is named as expert for “%(topic)s”. Ask the sales"
                        " director to name somebody.",
                        store=row.unit_id.name,
                        topic=row.topic_id.name,
                    )
                )
            row.write({"expert_ids": [(6, 0, experts.ids)], "user_id": experts[:1].id})
            row._clock_start(WAITING, at=row.asked_at)
            row._tell(
                experts,
                lambda env, row=row: env._("Question for you: %s", row.with_env(env).topic_id.name),
                row.question,
            )

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - {"question", "useful"}:
                raise UserError(self.env._("A question goes on by its buttons."))
            self._check_asker()
            if "question" in vals:
                self._expect("open")
            if "useful" in vals:
                self._expect("answered", "accepted", "closed")
                if self.filtered(lambda row: not row.answer_count):
                    raise UserError(self.env._("Nobody answered: there is nothing to rate."))
        return super().write(vals)

    # ------------------------------------------------------------
    # Clocks
    # ------------------------------------------------------------

    def _clock_partner(self):
        # Whoever advises reads the clock, not the customer.
        return self.env["res.partner"]

    def _clock_title(self):
        self.ensure_one()
        # Whoever reads the consultation reads the masked name.
        name = mask_name(self.lead_id.sudo().partner_id.name)
        return " · ".join(filter(None, (self.topic_id.name, name, self.car)))

    # ------------------------------------------------------------
    # The course
    # ------------------------------------------------------------

    def action_answer(self):
        """Open the form of an answer."""
        self.ensure_one()
        self._expect("open", "answered")
        return {
            "name": self.env._("Give Advice"),
            "type": "ir.actions.act_window",
            "res_model": "dealer.consultation.answer",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_consultation_id": self.id},
        }

    def _note_answer(self, answer):
        """Follow that an expert answered; called as the system."""
        self.ensure_one()
        first = not self.answered_at
        self.write(
            {
                "state": "answered",
                "answer_count": len(self.answer_ids),
                **({"answered_at": answer.answered_at} if first else {}),
            }
        )
        self._clock_stop(WAITING, at=answer.answered_at)
        self._tell(
            self.asker_id,
            lambda env: env._("Answer of %s", answer.user_id.name),
            answer.proposal,
        )

    def action_undo_accept(self):
        """Take the choice of an advice back, as long as the customer has not decided."""
        self._check_asker()
        self._expect("accepted")
        for row in self:
            if row.outcome != "open":
                raise UserError(
                    self.env._("The customer has decided: which advice was taken stands now.")
                )
        # The right was checked; the guard of write() lets only steps through.
        rows = self.sudo()
        rows.answer_ids.filtered("is_accepted").write({"is_accepted": False})
        rows.write({"state": "answered", "accepted_at": False})
        return True

    def action_close(self):
        """Close the question; how useful the answers were is said before."""
        self._check_asker()
        self._expect("answered", "accepted")
        for row in self:
            if not row.useful:
                raise UserError(
                    self.env._("Say in “How Useful” what the advice was worth, then close.")
                )
        # As in action_undo_accept.
        self.sudo().write({"state": "closed"})
        return True

    def action_withdraw(self):
        """Withdraw a question that nobody has answered."""
        self._check_asker()
        self._expect("open")
        # As in action_undo_accept.
        rows = self.sudo()
        rows._clock_void(self.env._("The question was withdrawn."), WAITING)
        rows.write({"state": "withdrawn"})
        return True

    def action_open_lead(self):
        """Open the lead, for whoever may read it."""
        self.ensure_one()
        if not self.lead_id.has_access("read"):
            raise AccessError(self.env._("This customer is served by a colleague."))
        return self.lead_id._clock_open_action()

    # ------------------------------------------------------------
    # What became of it
    # ------------------------------------------------------------

    @api.model
    def _measure(self, leads):
        """Note what became of the customers of ``leads``; called as the system.

        A question that nobody answered is closed when the customer has decided.
        """
        rows = self.search(Domain("lead_id", "in", leads.ids) & Domain("state", "!=", "withdrawn"))
        now = fields.Datetime.now()
        for lead, same in rows.grouped("lead_id").items():
            sold = any(order.state in LIVE for order in lead.dealer_order_ids)
            outcome = "won" if sold or lead.won_status == "won" else "open"
            if outcome == "open" and lead.won_status == "lost":
                outcome = "lost"
            changed = same.filtered(lambda row, outcome=outcome: row.outcome != outcome)
            changed.write({"outcome": outcome, "outcome_at": now if outcome != "open" else False})
            if outcome != "open":
                late = changed.filtered(lambda row: row.state == "open")
                late._clock_void(self.env._("The customer has decided."), WAITING)
                late.write({"state": "closed"})

    # ------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------

    def _tell(self, users, title, words):
        """Tell people: a message in the inbox stays, a note on the screen is seen at once.

        :param title: function of an environment that returns the words in the person's language
        :param str words: what was asked or answered
        """
        self.ensure_one()
        for user in users:
            env = self.with_context(lang=user.lang).env
            heading = title(env)
            link = f"/odoo/dealer-consultations/{self.id}"
            user.partner_id.with_env(env).with_context(mail_notify_force_send=False).message_notify(
                partner_ids=user.partner_id.ids,
                subject=heading,
                body=Markup('<p>%s</p><p><a href="%s">%s</a></p>')
                % (words or "", link, env._("Open the question")),
            )
            user._bus_send(
                "simple_notification", {"type": "info", "title": heading, "message": words or ""}
            )


def has_number(text):
    """Return whether a text holds a mobile number, however it is written."""
    return bool(_NUMBER.search(clean(text)))
