from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.term import Rung


class DealerClockStep(models.Model):
    """A rung of the ladder: when, who, and what happens."""

    _name = "dealer.clock.step"
    _description = "Clock Step"
    _inherit = ["dealer.user.checks", "dealer.cache.mixin"]
    _order = "policy_id, minutes, sequence, id"

    policy_id = fields.Many2one(
        "dealer.clock.policy", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char(string="Words", required=True, translate=True)
    minutes = fields.Integer(
        string="Minutes after Due",
        required=True,
        default=0,
        help="Negative: before it is due. Counted as the policy counts.",
    )
    repeat_minutes = fields.Integer(
        string="Again Every",
        help="Minutes, round the clock; 0: once. Until it is done.",
    )
    action = fields.Selection(
        [
            ("tell", "Tell"),
            ("hand_on", "Take Back and Hand On"),
            ("raise", "Raise"),
        ],
        required=True,
        default="tell",
        help="Tell: people get a note. Take back and hand on: somebody else gets the record and a"
        " new clock. Raise: the manager is told that it is now the manager's matter.",
    )
    who = fields.Selection(
        [
            ("user", "Who is Responsible"),
            ("path", "Person Named on the Record"),
            ("manager", "Manager of the Team"),
            ("duty", "Post, who is on Duty"),
            ("post", "Post, Everybody"),
        ],
        required=True,
        default="user",
    )
    user_path = fields.Char(
        string="Field", help="Path to a person on the record, e.g. partner_id.user_id."
    )
    group_id = fields.Many2one("res.groups", string="Post", ondelete="restrict")
    from_turn = fields.Integer(
        default=1,
        help="1: also the first time; 2: only after it was handed on once.",
    )
    to_turn = fields.Integer(help="0: without end.")
    quiet = fields.Boolean(
        string="Keeps Quiet Hours", default=True, help="Waits until the quiet hours are over."
    )
    need_ack = fields.Boolean(string="Must be Acknowledged")
    ack_minutes = fields.Integer(
        string="Acknowledge Within", default=30, help="Minutes, round the clock."
    )
    ack_group_id = fields.Many2one(
        "res.groups",
        string="Else Tell",
        ondelete="restrict",
        help="Who is told when nobody acknowledged in time.",
    )

    _repeat_positive = models.Constraint(
        "CHECK (COALESCE(repeat_minutes, 0) >= 0)",
        "A step is taken again after minutes, or once.",
    )
    _turns = models.Constraint(
        "CHECK (from_turn >= 1 AND (COALESCE(to_turn, 0) = 0 OR to_turn >= from_turn))",
        "The last turn of a step cannot be before its first.",
    )
    _hand_on_when_due = models.Constraint(
        "CHECK (action != 'hand_on' OR minutes >= 0)",
        "A record is taken back when it is due or later, not before: its time is not over yet.",
    )
    _ack_positive = models.Constraint(
        "CHECK (NOT need_ack OR ack_minutes > 0)", "Give at least one minute to acknowledge."
    )

    @api.constrains("who", "group_id", "user_path", "policy_id")
    def _check_who(self):
        for step in self:
            if step.who in ("duty", "post") and not step.group_id:
                raise ValidationError(self.env._("Choose the post that “%s” tells.", step.name))
            if step.who == "path":
                step._check_path()

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "policy_id" in field_names:
            # Rules are asked before a write; nobody moves a step to a policy of others.
            self.check_access("write")
        return result

    def _check_path(self):
        # Whoever sets a ladder need not have a right on the list of models.
        model = self.env[self.sudo().policy_id.model_id.model]
        for name in (self.user_path or "").split("."):
            field = model._fields.get(name)
            if field is None or not field.comodel_name:
                raise ValidationError(
                    self.env._(
                        "“%(path)s” leads to no person. Name fields with dots in between.",
                        path=self.user_path or "",
                    )
                )
            model = self.env[field.comodel_name]
        if model._name != "res.users":
            raise ValidationError(
                self.env._(
                    "“%(path)s” leads to no person. Name fields with dots in between.",
                    path=self.user_path,
                )
            )

    def unlink(self):
        """Delete steps; what was told by a step is history, so a used one is archived instead."""
        self.check_access("unlink")
        # Whoever sets a ladder need not see what it did to whom.
        events = self.env["dealer.clock.event"].sudo()
        used = events._read_group([("step_id", "in", self.ids)], ["step_id"])
        used = self.browse(step.id for (step,) in used)
        used.active = False
        return super(DealerClockStep, self - used).unlink()

    def _rung(self):
        """Return when this step is taken, as plain data."""
        self.ensure_one()
        return Rung(
            minutes=self.minutes,
            waits=self.quiet and self.action != "hand_on",
            from_turn=self.from_turn,
            to_turn=self.to_turn,
        )

    def _moment(self, due, started, unit, time):
        """Return when the step is taken of a clock that is due at ``due`` (naive UTC).

        Before due never earlier than the start; telling waits for the end of the quiet hours.
        """
        rung = self._rung()
        moment = rung.moment(due, started, time)
        return self._awake(moment, unit) if rung.waits else moment

    def _awake(self, moment, unit):
        return self.policy_id._awake(moment, unit) if self.quiet else moment

    def _ack_due(self, moment, unit):
        """Return until when what is told at ``moment`` is to be acknowledged (naive UTC).

        The next in line is told then, so that quiet hours hold here, too.
        """
        self.ensure_one()
        return self._awake(fields.Datetime.add(moment, minutes=self.ack_minutes), unit)

    def _again(self, last, unit):
        """Return when a repeated step is taken again after ``last`` (naive UTC)."""
        self.ensure_one()
        moment = fields.Datetime.add(last, minutes=self.repeat_minutes)
        return self.policy_id._awake(moment, unit) if self.quiet else moment

    def _recipients(self, clocks):
        """Return ``{clock: who is told}``: active people who work in its store.

        Where nobody of them is left, e.g. because the person has gone, the manager is told.
        """
        self.ensure_one()
        chosen = getattr(self, f"_choose_{self.who}")(clocks)
        result, forsaken = {}, clocks.browse()
        for clock, users in chosen.items():
            result[clock] = users.filtered(
                lambda user, clock=clock: user.active and clock.company_id in user.company_ids
            )
            if not result[clock]:
                forsaken |= clock
        return result | forsaken._managers()

    def _choose_user(self, clocks):
        return {clock: clock.user_id for clock in clocks}

    def _choose_path(self, clocks):
        result = {}
        for model, same in clocks.grouped("res_model").items():
            documents = self.env[model].browse(same.mapped("res_id"))
            by_id = {document.id: document for document in documents}
            result |= {clock: by_id[clock.res_id].mapped(self.user_path) for clock in same}
        return result

    def _choose_manager(self, clocks):
        return clocks._managers()

    def _choose_post(self, clocks):
        staff = {unit: unit._clock_staff_of(self.group_id) for unit in clocks.unit_id}
        return {clock: staff[clock.unit_id] for clock in clocks}

    def _choose_duty(self, clocks):
        duty = self.env["dealer.duty"]
        staff = {
            unit: duty._next_on_duty(unit._clock_staff_of(self.group_id), unit)
            for unit in clocks.unit_id
        }
        return {clock: staff[clock.unit_id] for clock in clocks}

    def _next_in_line(self, unit, asked):
        """Return who is told when ``asked`` (res.users) did not acknowledge in time."""
        self.ensure_one()
        staff = unit._clock_staff_of(self.ack_group_id) - asked
        return self.env["dealer.duty"]._next_on_duty(staff, unit)
