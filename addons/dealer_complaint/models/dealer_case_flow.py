from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.lock import lock_politely
from ..tools.reading import STAGE, read_actor, read_person
from .helpdesk_ticket import CLOSED_STATES, INSIDE

CARE = ("dealer_base.group_care_agent", "dealer_base.group_care_manager")
CARE_MANAGER = ("dealer_base.group_care_manager",)
GENERAL_MANAGER = ("dealer_base.group_general_manager",)
DISPATCHERS = (
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_service_manager",
)
#: Who sets tasks and measures; everybody else carries out the own ones.
LEADERS = (*CARE, *DISPATCHERS, *GENERAL_MANAGER, "dealer_base.group_group_executive")
#: Who may do the step of another post while nobody of that post is on duty.
DEPUTIES = {
    CARE_MANAGER: GENERAL_MANAGER,
    GENERAL_MANAGER: ("dealer_base.group_sales_director", "dealer_base.group_service_manager"),
    DISPATCHERS: GENERAL_MANAGER,
}
#: A filed complaint is taken up again within so many days; later it is a new one.
REOPEN_DAYS = 30


class Step(NamedTuple):
    """One step of the flow: from which states to which, by whom; who signs writes an opinion."""

    sources: tuple
    target: str
    posts: tuple
    opinion: bool = True
    handler: bool = False


OPEN = ("received", "registered", "care_opinion", "gm_opinion", "dispatched", "handling")
#: The flow of the customer's own form 投诉抱怨处理单 (E1).
STEPS = {
    "register": Step(("received",), "registered", CARE, opinion=False),
    "care_opinion": Step(("registered",), "care_opinion", CARE_MANAGER),
    "gm_opinion": Step(("care_opinion",), "gm_opinion", GENERAL_MANAGER),
    "dispatch": Step(("gm_opinion",), "dispatched", DISPATCHERS),
    "redispatch": Step(
        ("dispatched", "handling"), "dispatched", (*DISPATCHERS, *CARE_MANAGER, *GENERAL_MANAGER)
    ),
    "start": Step(("dispatched",), "handling", (), opinion=False, handler=True),
    "return": Step(("handling",), "returned", (), handler=True),
    "check": Step(("returned",), "checked", CARE_MANAGER),
    "send_back": Step(("returned",), "handling", CARE_MANAGER),
    "satisfied": Step(("checked",), "called_back", CARE),
    "unsatisfied": Step(("checked",), "handling", CARE),
    "sign": Step(("called_back",), "signed", GENERAL_MANAGER),
    "file": Step(("signed",), "filed", CARE, opinion=False),
    "withdraw": Step((*OPEN, "returned", "checked", "called_back"), "withdrawn", CARE),
    "reopen": Step(("filed", "withdrawn"), "handling", CARE),
}
#: Steps that name who handles it.
DISPATCHING = ("dispatch", "redispatch")
#: From where an urgent complaint is dispatched before the opinions.
URGENT_SOURCES = ("registered", "care_opinion")
#: Opinions that an urgent complaint collects after it was dispatched.
LATE_OPINIONS = {"care_opinion": CARE_MANAGER, "gm_opinion": GENERAL_MANAGER}

#: What is read anew once a complaint is locked.
READ_LOCKED = (
    "case_state",
    "level",
    "handler_id",
    "is_urgent",
    "is_supervised",
    "reopen_count",
    "chain_head",
    "chain_length",
)
#: What a step needs besides, read in the same look. All columns are a hundred, long texts among them.
READ_BESIDE = (
    "is_case",
    "company_id",
    "dealer_unit_id",
    "number",
    "partner_id",
    "team_id",
    "tell_boss",
    "closed_date",
    "stage_id",
    "user_id",
    "severity",
    "cause_id",
    "duplicate_id",
    "active",
)


class HelpdeskTicket(models.Model):
    """The flow of a complaint: in order, by the right post, signed (E1, E2)."""

    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    is_urgent = fields.Boolean(
        string="Dispatched First",
        readonly=True,
        copy=False,
        help="Dispatched at once; the opinions are collected after.",
    )
    level = fields.Integer(
        string="Raised", readonly=True, copy=False, help="How often it came back unsatisfied."
    )
    handler_id = fields.Many2one("res.users", readonly=True, copy=False, index="btree_not_null")
    registered_at = fields.Datetime(string="Registered On", readonly=True, copy=False)
    returned_at = fields.Datetime(string="Returned On", readonly=True, copy=False)
    filed_at = fields.Datetime(string="Filed On", readonly=True, copy=False)
    satisfied = fields.Selection(
        [("yes", "Satisfied"), ("no", "Not Satisfied")], readonly=True, copy=False
    )
    reopen_count = fields.Integer(string="Reopened", readonly=True, copy=False)
    missing_opinions = fields.Char(compute="_compute_missing_opinions")
    next_steps = fields.Char(
        compute="_compute_next_steps", help="Steps that I may take now, each between two commas."
    )
    task_ids = fields.One2many("dealer.case.task", "ticket_id", string="Tasks")
    step_ids = fields.One2many(
        "dealer.case.event",
        "ticket_id",
        string="Signed Steps",
        domain=[("kind", "=", "step")],
        readonly=True,
    )

    def _compute_missing_opinions(self):
        for ticket in self:
            ticket.missing_opinions = ",".join(sorted(ticket._missing_opinions())) or False

    def _missing_opinions(self):
        """Return the opinions that an urgent complaint still lacks."""
        self.ensure_one()
        if not self.is_urgent:
            return set()
        # Who signed is on the file for everybody who reads the complaint.
        done = set(self.sudo().step_ids.mapped("step"))
        return set(LATE_OPINIONS) - done

    @api.depends("case_state", "is_supervised", "handler_id", "is_urgent")
    @api.depends_context("uid")
    def _compute_next_steps(self):
        for ticket in self:
            names = [name for name in (*STEPS, "supervise") if ticket._may_step(name)]
            ticket.next_steps = f",{','.join(names)}," if names else False

    def _may_step(self, name):
        """Whether the user may take a step now: by where the complaint is, and by post."""
        self.ensure_one()
        if not self.is_case or not self.has_access("write"):
            return False
        if name == "supervise":
            return self.is_supervised and self.env.user._dealer_has_any(GENERAL_MANAGER)
        follows = self._is_lacking(name) or self.case_state in self._sources(name, urgent=True)
        if not follows:
            return False
        try:
            self._check_post(STEPS[name])
        except AccessError:
            return False
        return True

    def _is_lacking(self, name):
        """Whether an opinion is still to be collected after an urgent dispatch."""
        self.ensure_one()
        open_still = self.case_state not in CLOSED_STATES
        return bool(self.is_urgent and open_still and name in self._missing_opinions())

    @api.model
    def _sources(self, name, urgent=False):
        """Return the states that a step may be taken from."""
        sources = STEPS[name].sources
        return (*sources, *URGENT_SOURCES) if name == "dispatch" and urgent else sources

    def _step_target(self, name):
        """Return the state that a step leads to."""
        self.ensure_one()
        if name == "reopen" and not self.handler_id:
            return "registered"  # withdrawn before anybody handled it
        return STEPS[name].target

    def _transition(self, name, opinion=None, **values):
        """Take a step of the flow: check state and post, write it, sign it.

        The only door to ``case_state``; a private object in the context proves to ``write`` that
        it was taken.

        :param str name: key of :data:`STEPS`
        :param str opinion: the words that are signed
        :param values: further flow fields that the step sets
        :raise UserError: out of order, without an opinion, or when a colleague was quicker
        :raise AccessError: for another post
        """
        step = STEPS[name]
        self.browse().check_access("write")
        cases = self.sudo()  # the post is checked below; flow fields are not writable otherwise
        # Locked before it is read, so that it is read once.
        lock_politely(cases)
        cases.invalidate_recordset(READ_LOCKED)
        read_actor(self.env)
        cases.fetch((*READ_LOCKED, *READ_BESIDE))
        self.check_access("write")
        for case in cases:
            case._check_step(name, step, opinion)
            deputy = case._check_post(step)
            case._check_step_values(name, values)
            late = name in LATE_OPINIONS and case._is_late_opinion(name)
            former = case.case_state
            vals = {**case._step_values(name), **values}
            if not late:
                vals["case_state"] = case._step_target(name)
                # Where it was and where it goes, in one look: who follows is told both.
                stages = case.stage_id | case._stage_of(vals["case_state"])
                stages.fetch(STAGE)
            case.with_context(case_inside=INSIDE).write(vals)
            case._seal(
                "step",
                {"opinion": (opinion or "").strip(), **self._words_of(values)},
                last=(case.chain_length, case.chain_head) if case.chain_length else None,
                step=name,
                from_state=former,
                to_state=case.case_state,
                deputy=deputy,
            )
            case._after_step(name)
        return True

    def _step_values(self, name):
        """Return what a step notes besides itself; a hook. It is no part of the signed words."""
        self.ensure_one()
        return {}

    def _words_of(self, values):
        words = {name: str(value) for name, value in values.items()}
        if "handler_id" in values:
            # The name stays readable when the person has gone.
            handler = self.env["res.users"].sudo().browse(values["handler_id"])
            words["handler_id"] = handler.name
        return words

    def _is_late_opinion(self, name):
        """Whether this opinion is collected after an urgent dispatch."""
        self.ensure_one()
        return self.is_urgent and self.case_state not in STEPS[name].sources

    def _check_step(self, name, step, opinion):
        self.ensure_one()
        if not self.is_case:
            raise UserError(self.env._("This ticket is no complaint of a store."))
        if step.opinion and not (opinion or "").strip():
            raise UserError(self.env._("Write your opinion; it is signed with your name."))
        if self._is_lacking(name):
            return
        urgent = bool(self.env.context.get("case_urgent"))
        if name == "dispatch" and not urgent and self.case_state in URGENT_SOURCES:
            raise UserError(
                self.env._(
                    "Opinions on %s still lack. Dispatch it at once if it cannot wait; they are"
                    " collected after.",
                    self.number,
                )
            )
        if self.case_state not in self._sources(name, urgent):
            states = dict(self._fields["case_state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(number)s is at “%(state)s” now; this step does not follow. Reload the page.",
                    number=self.number,
                    state=states.get(self.case_state, self.case_state),
                )
            )
        self._check_step_content(name)

    def _check_step_content(self, name):
        """Refuse a step whose content is not ready; a hook."""
        self.ensure_one()
        if name == "return":
            waiting = self.task_ids.filtered(lambda task: task.state == "open")
            if waiting:
                raise UserError(
                    self.env._("%s departments still work on it.", len(waiting.mapped("user_id")))
                )
        if name == "sign" and self._missing_opinions():
            raise UserError(
                self.env._(
                    "It was dispatched first: the care manager's and your own opinion still lack."
                )
            )
        if name == "reopen":
            limit = fields.Datetime.now() - timedelta(days=REOPEN_DAYS)
            if self.closed_date and self.closed_date < limit:
                raise UserError(
                    self.env._(
                        "It was closed more than %s days ago. Register a new complaint and name"
                        " this one.",
                        REOPEN_DAYS,
                    )
                )

    def _check_step_values(self, name, values):
        """Refuse what a step would set besides itself; a hook, as superuser and with the row locked."""
        self.ensure_one()
        if name not in DISPATCHING:
            return
        handler = self.env["res.users"].browse(values["handler_id"])
        read_person(handler)
        if self.company_id not in handler.company_ids or not handler.active:
            raise UserError(
                self.env._("%s does not work in the store of this complaint.", handler.name)
            )
        if name == "redispatch" and self.handler_id == handler:
            raise UserError(self.env._("%s handles it already.", handler.name))
        if not self._can_handle(handler):
            raise UserError(
                self.env._("The post of %s handles no complaints. Choose another.", handler.name)
            )

    def _check_post(self, step):
        """Check who takes the step; return whether it is a deputy.

        :raise AccessError: for another post, or while somebody of the post is on duty
        """
        self.ensure_one()
        user = self.env.user
        if step.handler:
            if user == self.handler_id or user._dealer_has_any(CARE_MANAGER):
                return user != self.handler_id
            if self.handler_id not in self.env["dealer.duty"]._on_duty(
                self.handler_id, self.dealer_unit_id
            ) and user._dealer_has_any(DISPATCHERS):
                return True
            raise AccessError(self.env._("This step is taken by the handler of the complaint."))
        if user._dealer_has_any(step.posts):
            return False
        deputies = DEPUTIES.get(step.posts, ())
        if deputies and user._dealer_has_any(deputies):
            staff = self.dealer_unit_id._clock_staff(*step.posts)
            if not self.env["dealer.duty"]._on_duty(staff, self.dealer_unit_id):
                return True
            raise AccessError(
                self.env._("Somebody of the post that signs this is on duty; you are its deputy.")
            )
        raise AccessError(self.env._("This step is signed by another post."))

    # ------------------------------------------------------------
    # Steps as methods: what buttons and programs call
    # ------------------------------------------------------------

    def action_register(self):
        """Take over what came in by page or mail; the 24 hours begin."""
        return self._transition("register", registered_at=fields.Datetime.now())

    def _dispatch(self, handler, opinion, urgent=False, again=False):
        """Give complaints to a handler.

        :param handler: one res.users of the store
        :param bool urgent: at once; the opinions are collected after and marked so
        :param bool again: to another handler, e.g. because the first one has gone; the time runs on
        """
        if not handler:
            raise UserError(self.env._("Choose who handles it."))
        values = {"handler_id": handler.id}
        if again:
            # Who handled it is told no more, also where the post can't read colleagues.
            former = {case: case.handler_id for case in self.sudo()}
            self._transition("redispatch", opinion, **values)
            for case, person in former.items():  # who handled it sees it no more
                case.message_unsubscribe(person.partner_id.ids)
            return True
        cases = self.with_context(case_urgent=urgent)
        if not urgent:
            return cases._transition("dispatch", opinion, **values)
        # Only what lacks an opinion is marked.
        early = cases.filtered(lambda case: case.case_state in URGENT_SOURCES)
        if early:
            early._transition("dispatch", opinion, is_urgent=True, **values)
        if cases - early:
            (cases - early)._transition("dispatch", opinion, **values)
        return True

    @api.model
    def _can_handle(self, user):
        """Whether the post of ``user`` works on complaints at all."""
        return user._dealer_is_staff() and self.browse().with_user(user).has_access("write")

    def action_start(self):
        """The handler begins."""
        return self._transition("start")

    def action_file(self):
        """Close the file."""
        return self._transition("file", filed_at=fields.Datetime.now())

    def _after_step(self, name):
        """Follow a step in clocks and sub-tasks; a hook."""
        self.ensure_one()

    def action_step(self):
        """Open the form that signs a step: its name comes in the context as ``case_step``."""
        self.ensure_one()
        name = self.env.context.get("case_step")
        if name not in STEPS and name != "supervise":
            raise UserError(self.env._("There is no such step."))
        return {
            "name": self.env._("Sign"),
            "type": "ir.actions.act_window",
            "res_model": "dealer.case.step",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ticket_ids": self.ids, "default_step": name},
        }
