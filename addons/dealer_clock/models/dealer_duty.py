from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ..tools.worktime import merge_spans

#: Who plans the time of colleagues.
PLANNERS = (
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_dcc_lead",
    "dealer_base.group_service_manager",
    "dealer_base.group_care_manager",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)
#: Nobody is with a customer longer; whoever forgot to end it gets work again.
LONGEST_TALK = timedelta(hours=8)
WITNESSES = (*PLANNERS, "dealer_base.group_reception")


class DealerDuty(models.Model):
    """Where a person's time differs from the opening hours: leave, an extra shift, busy.

    Together with the opening hours it is the roster: who of a role works now and is free.
    """

    _name = "dealer.duty"
    _description = "Duty"
    _inherit = ["dealer.user.checks", "dealer.store.mixin"]
    _order = "start desc, id desc"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users",
        string="Person",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        ondelete="cascade",
    )
    kind = fields.Selection(
        [("leave", "Leave"), ("shift", "Extra Shift"), ("busy", "With a Customer")],
        required=True,
        default="leave",
    )
    start = fields.Datetime(required=True, default=fields.Datetime.now)
    end = fields.Datetime(help="Empty: until further notice.")
    reason = fields.Char()
    evidence = fields.Selection(
        [
            ("system", "Recorded by the System"),
            ("witnessed", "Witnessed by a Colleague"),
            ("declared", "Declared by Oneself"),
        ],
        required=True,
        readonly=True,
        default="declared",
        help="Only what somebody else saw excuses a late answer.",
    )
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(string="Document", model_field="res_model", readonly=True)

    _end_after_start = models.Constraint(
        'CHECK ("end" IS NULL OR "end" > start)', "An end comes after the start."
    )
    _unit_time_idx = models.Index('(unit_id, start, "end")')
    _document_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")

    @api.constrains("user_id", "unit_id")
    def _check_works_here(self):
        # Companies of colleagues are not readable for every post.
        for duty in self.sudo():
            if duty.company_id not in duty.user_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(person)s does not work in %(store)s.",
                        person=duty.user_id.name,
                        store=duty.unit_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                # Seen by somebody else is what a person writes of a colleague.
                other = vals.get("user_id", self.env.uid) != self.env.uid
                vals["evidence"] = "witnessed" if other else "declared"
        return super().create(vals_list)

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            # Rules are asked before a write; nobody moves a line to another store.
            self.check_access("write")
        if not self.env.user._dealer_has_any(WITNESSES) and self.user_id - self.env.user:
            raise AccessError(self.env._("You plan your own time only, not that of colleagues."))
        planned = self.filtered(lambda duty: duty.kind != "busy")
        if planned and not self.env.user._dealer_has_any(PLANNERS):
            raise AccessError(self.env._("Leave and extra shifts are entered by the manager."))
        if "evidence" in field_names and self.filtered(
            lambda duty: (
                duty.evidence == "system"
                or (duty.evidence == "witnessed") == (duty.user_id == self.env.user)
            )
        ):
            raise AccessError(self.env._("Who saw it is written by the system."))
        return result

    def write(self, vals):
        if not self.env.su:
            self._check_rewrite(vals)
        return super().write(vals)

    def _check_rewrite(self, vals):
        """Keep what was seen as it was seen: nobody makes excuses for oneself out of it."""
        if "user_id" in vals and any(duty.user_id.id != vals["user_id"] for duty in self):
            raise AccessError(self.env._("Enter a line of its own for another person."))
        if {"start", "end", "kind", "unit_id"} & vals.keys() and self.filtered(
            lambda duty: duty.user_id == self.env.user and duty.evidence != "declared"
        ):
            raise AccessError(
                self.env._("A colleague entered this of you. Press “End Now” when you are free.")
            )

    @api.ondelete(at_uninstall=False)
    def _check_delete(self):
        if not self.env.su:
            self._check_as_user({"user_id"})

    def action_end(self):
        """End what goes on: the person is free again from now on."""
        self.check_access("write")
        self._check_as_user({"end"})
        now = fields.Datetime.now()
        for duty in self.filtered(lambda duty: not duty.end or duty.end > now):
            # Whoever is free may say so, also of what a colleague saw; the right was checked.
            # Started this very second: the end comes at least one later.
            duty.sudo().end = max(now, fields.Datetime.add(duty.start, seconds=1))

    @api.model
    def action_busy(self):
        """Say that I am with a customer now: new leads go to others until I end it."""
        unit = self.env["dealer.unit"]._current()
        if not unit:
            raise ValidationError(self.env._("Switch to the store that you work in first."))
        running = self._running(self.env.user, unit).filtered(lambda duty: duty.kind == "busy")
        if running:
            running.action_end()
        else:
            self.create({"unit_id": unit.id, "kind": "busy", "user_id": self.env.uid})
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # ------------------------------------------------------------
    # The roster
    # ------------------------------------------------------------

    @api.model
    def _running(self, users, unit, at=None):
        """Return the rows of ``users`` in store ``unit`` that hold at a moment (now)."""
        at = at or fields.Datetime.now()
        # Nobody is in two stores at once: busy is busy everywhere.
        here = Domain("unit_id", "=", unit.id) | Domain("kind", "=", "busy")
        # Who is free is asked for everybody, whatever the rights of who asks.
        rows = self.sudo().search(
            Domain("user_id", "in", users.ids)
            & here
            & Domain("start", "<=", at)
            & (Domain("end", "=", False) | Domain("end", ">", at))
        )
        return rows.filtered(lambda duty: not duty._until() or duty._until() > at)

    def _until(self):
        """Return when the row ends; who forgot to end a talk is free again some time."""
        self.ensure_one()
        if self.kind == "busy" and not self.end:
            return self.start + LONGEST_TALK
        return self.end

    @api.model
    def _on_duty(self, users, unit, at=None):
        """Return those of ``users`` (order kept) who work in store ``unit`` at a moment (now).

        Opening hours of the store, or the person's own calendar where there is one; leave is
        taken off, extra shifts are added.
        """
        at = at or fields.Datetime.now()
        rows = self._running(users, unit, at)
        away = rows.filtered(lambda duty: duty.kind == "leave").user_id
        extra = rows.filtered(lambda duty: duty.kind == "shift").user_id
        store_time = unit._clock_time()
        store_open = store_time.following(at) == at
        working = extra
        for user in users - away - extra:
            own = self._own_time(user, unit)
            if (own.following(at) == at) if own else store_open:
                working |= user
        return users.filtered(lambda user: user in working and user not in away)

    @api.model
    def _own_time(self, user, unit):
        """Return a counter of the person's own working time in the store, None without calendar."""
        resource = self._own_resource(user, unit)
        return resource.calendar_id._clock_time(resource) if resource else None

    @api.model
    def _own_resource(self, user, unit):
        """Return the resource with the person's own working time in the store, or none."""
        # Resources of colleagues are not readable for every post.
        return user.sudo().resource_ids.filtered(
            lambda resource: resource.company_id == unit.company_id and resource.calendar_id
        )[:1]

    @api.model
    def _free_users(self, users, unit, at=None):
        """Return those of ``users`` (order kept) who are on duty and with no customer."""
        at = at or fields.Datetime.now()
        busy = self._running(users, unit, at).filtered(lambda duty: duty.kind == "busy").user_id
        return self._on_duty(users - busy, unit, at)

    @api.model
    def _next_on_duty(self, users, unit, at=None):
        """Return who of ``users`` is on duty; where nobody is, those who come first.

        Leave that holds at that moment counts, leave in between is left to the next look.
        """
        at = at or fields.Datetime.now()
        working = self._on_duty(users, unit, at)
        if working or not users:
            return working
        store_next = unit._clock_next_opening(at)
        moments = {}
        for user in users:
            own = self._own_time(user, unit)
            moments.setdefault(own.following(at) if own else store_next, []).append(user.id)
        for moment in sorted(moments):
            coming = self._on_duty(users.browse(moments[moment]), unit, moment)
            if coming:
                return coming
        return users

    @api.model
    def _excused_clocks(self, times):
        """Return the clocks whose people a colleague saw with a customer when it was due.

        Busy at that moment, or for more than half of the time that they had.

        :param dict times: ``{clock: counter of its time}``
        """
        clocks = self.env["dealer.clock"].browse(clock.id for clock in times)
        if not clocks:
            return clocks
        first, last = min(clocks.mapped("started_at")), max(clocks.mapped("due_at"))
        # Who was busy is judged by the system, whoever asks.
        rows = self.sudo().search(
            Domain("user_id", "in", clocks.user_id.ids)
            & Domain("kind", "=", "busy")
            & Domain("evidence", "!=", "declared")
            & Domain("start", "<=", last)
            & (Domain("end", "=", False) | Domain("end", ">", first))
        )
        by_user = rows.grouped("user_id")
        excused = clocks.browse()
        for clock, time in times.items():
            start, due = clock.started_at, clock.due_at
            spans = [(row.start, row._until()) for row in by_user.get(clock.user_id, ())]
            at_due = any(begin <= due < end for begin, end in spans)
            # Two rows at the same time are one talk.
            talks = merge_spans((max(begin, start), min(end, due)) for begin, end in spans)
            busy = sum(time.between(begin, end) for begin, end in talks)
            if at_due or busy * 2 > time.between(start, due):
                excused |= clock
        return excused
