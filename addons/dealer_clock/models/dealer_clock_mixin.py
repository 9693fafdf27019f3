from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

#: The most urgent first.
CLOCK_STATES = ("missed", "due_soon", "running", "paused")


class DealerClockMixin(models.AbstractModel):
    """Records that something must be done with in time; see ``dealer.clock``."""

    _name = "dealer.clock.mixin"
    _inherit = ["dealer.user.checks"]
    _description = "Record with Clocks"

    clock_ids = fields.One2many(
        "dealer.clock",
        "res_id",
        string="Clocks",
        domain=lambda self: [("res_model", "=", self._name)],
        bypass_search_access=True,
        groups="base.group_user",
    )
    clock_due_at = fields.Datetime(
        string="Due",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When the next thing must be done with it at the latest.",
    )
    clock_state = fields.Selection(
        "_selection_clock_state",
        string="Term",
        compute="_compute_clock_state",
        search="_search_clock_state",
        help="The most urgent of the open clocks; they exclude each other.",
    )

    @api.model
    def _selection_clock_state(self):
        # By a method: labels of a list would have to be translated by each model with clocks.
        labels = {
            "missed": self.env._("Overdue"),
            "due_soon": self.env._("Due within the Hour"),
            "running": self.env._("Running"),
            "paused": self.env._("Paused"),
        }
        return list(labels.items())

    @api.depends("clock_ids.state", "clock_ids.due_at", "clock_ids.stopped_at")
    def _compute_clock_state(self):
        # How urgent a record is is shown to whoever may read the record.
        clocks = (
            self.env["dealer.clock"]
            .sudo()
            .search_fetch(
                Domain("res_model", "=", self._name)
                & Domain("res_id", "in", self.ids)
                & Domain("stopped_at", "=", False),
                ["res_id", "state", "due_at"],
            )
        )
        now = fields.Datetime.now()
        rank = CLOCK_STATES
        states = {}
        for clock in clocks:
            if clock.state == "paused":
                state = "paused"
            elif clock.due_at < now:
                state = "missed"
            else:
                state = "due_soon" if clock.due_at < now + timedelta(hours=1) else "running"
            states[clock.res_id] = min(states.get(clock.res_id, state), state, key=rank.index)
        for record in self:
            record.clock_state = states.get(record._origin.id, False)

    @api.model
    def _search_clock_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        rank = CLOCK_STATES
        parts = [
            self._clock_reached(rank.index(state)) & ~self._clock_reached(rank.index(state) - 1)
            for state in value
            if state in rank
        ]
        if False in value:
            parts.append(~self._clock_reached(len(rank) - 1))
        self.env["dealer.clock"].flush_model()
        return Domain.OR(parts)

    @api.model
    def _clock_reached(self, rank):
        """Return the domain of the records with an open clock at least as urgent as ``rank``.

        Judged from the time stamps: a clock that ran out a second ago is overdue, whether anybody
        looked or not.

        :param int rank: place in ``CLOCK_STATES``, -1: more urgent than the first
        """
        if rank < 0:
            return Domain.FALSE
        now = fields.Datetime.now()
        conditions = (
            SQL("state != 'paused' AND due_at < %s", now),
            SQL("state != 'paused' AND due_at < %s", now + timedelta(hours=1)),
            SQL("state != 'paused'"),
            SQL("TRUE"),
        )
        return Domain(
            "id",
            "in",
            SQL(
                "(SELECT res_id FROM dealer_clock"
                " WHERE res_model = %s AND stopped_at IS NULL AND %s)",
                self._name,
                conditions[rank],
            ),
        )

    @api.model
    def _clock_models(self):
        """Return the names of the models that have clocks."""
        return [
            name
            for name, model in self.env.registry.items()
            if hasattr(model, "_clock_start") and not model._abstract
        ]

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "clock_due_at" in field_names:
            raise AccessError(self.env._("When something is due follows from its clocks."))
        return result

    def unlink(self):
        clocks = self._clock_open()
        result = super().unlink()
        clocks._void(self.env._("The record is gone."))
        return result

    # ------------------------------------------------------------
    # What a model says of itself; hooks
    # ------------------------------------------------------------

    def _clock_unit(self):
        """Return the store whose hours count (dealer.unit); without one no clock starts."""
        self.ensure_one()
        return self["dealer_unit_id" if "dealer_unit_id" in self._fields else "unit_id"]

    def _clock_user(self):
        """Return who is responsible (res.users)."""
        self.ensure_one()
        return self["user_id"]

    def _clock_partner(self):
        """Return the customer that it is about (res.partner)."""
        self.ensure_one()
        return self["partner_id"]

    def _clock_title(self):
        """Return how alarms and clocks name this record; a hook."""
        self.ensure_one()
        return self.display_name

    def _clock_keep(self, kind):
        """Return the records that are not taken back although they are overdue; a hook."""
        return self.browse()

    def _clock_hand_on(self, clocks):
        """Give the records to somebody else because ``clocks`` ran out; a hook.

        Called as superuser. Whoever is excluded follows from the clocks' history.

        :return: the records that found somebody
        """
        return self.browse()

    def _clock_raised(self, clock, step):
        """Follow that ``clock`` was raised to a manager by ``step``; a hook, as superuser."""

    def _clock_open_action(self):
        """Return the action that opens this record; a hook for models with forms of their own."""
        self.ensure_one()
        return self.get_formview_action()

    # ------------------------------------------------------------
    # What programs call
    # ------------------------------------------------------------

    def _clock_open(self, kind=None, names=None):
        """Return the open clocks of the records, all kinds or one.

        :param names: the columns to read of them; all when empty
        """
        domain = Domain("res_model", "=", self._name) & Domain("res_id", "in", self.ids)
        domain &= Domain("stopped_at", "=", False)
        if kind:
            domain &= Domain("kind", "=", kind)
        # Callers are programs, not people.
        return self.env["dealer.clock"].sudo().search_fetch(domain, names)

    def _clock_start(self, kind, at=None, turn=1):
        """Start a clock of ``kind`` by the policy that fits; see ``dealer.clock._start``."""
        return self.env["dealer.clock"]._start(self, kind, at=at, turn=turn)

    def _clock_start_new(self, kind, at=None):
        """Start the first clock of records that were just made; see ``dealer.clock._start_new``."""
        return self.env["dealer.clock"]._start_new(self, kind, at=at)

    def _clock_start_until(self, kind, due):
        """Start a clock of ``kind`` that is due at ``due``; see ``dealer.clock._start_until``."""
        return self.env["dealer.clock"]._start_until(self, kind, due)

    def _clock_stop(self, kind, at=None, provisional=False, note=False):
        """Stop the open clocks of ``kind``: met or missed by the time stamp ``at`` (now)."""
        clocks = self._clock_open(kind)
        clocks._stop(at=at, provisional=provisional, note=note)
        return clocks

    def _clock_pass_on(self, kind=None, following=None, at=None):
        """Stop the clocks of ``kind``, start those of ``following``; see ``dealer.clock._pass_on``.

        For records that the caller has locked.
        """
        self.env["dealer.clock"]._pass_on(self, kind, following, at=at)

    def _clock_restart(self, kind, at=None):
        """Let the time of ``kind`` begin anew.

        A clock that is in time moves on; an overdue one is closed as missed and a new one starts.
        """
        at = at or fields.Datetime.now()
        clocks = self._clock_open(kind)
        fresh = clocks.filtered(lambda clock: clock.state == "running" and at <= clock.due_at)
        fresh = fresh.filtered(lambda clock: not clock.event_ids)
        fresh.filtered(lambda clock: clock.started_at < at)._move(at)
        (clocks - fresh)._stop(at=at)
        (self - self.browse(fresh.mapped("res_id")))._clock_start(kind, at=at)

    def _clock_pause(self, kind, note, at=None):
        """Pause the open clocks of ``kind``, where the policy allows it.

        :param str note: why, in words
        :raise UserError: when the policy lets nobody pause
        """
        self._clock_open(kind)._pause(note, at=at)

    def _clock_resume(self, kind, at=None):
        """Let paused clocks of ``kind`` run on with the time that was left."""
        self._clock_open(kind)._resume(at=at)

    def _clock_void(self, note, kind=None):
        """Close open clocks without a verdict: what they measured came to nothing."""
        self._clock_open(kind)._void(note)
