from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .dealer_dcc_rule import SEATS

#: Who takes customers out of the pool.
AGENTS = ("dealer_base.group_dcc_agent", "dealer_base.group_dcc_lead")


class DealerDccEntry(models.Model):
    """A stay of a lead in the pool of the call centre: it waits until an agent picks it (B8).

    Agents see name, car and a masked number; the file opens with the pick, which binds the
    customer. Rows are written by the system alone.
    """

    _name = "dealer.dcc.entry"
    _description = "Lead in the Pool"
    _inherit = ["dealer.queue.mixin", "dealer.store.mixin"]
    _order = "priority, entered_at, id"
    _rec_name = "partner_name"

    state = fields.Selection(
        [("waiting", "Waiting"), ("picked", "Picked"), ("gone", "No Longer in the Pool")],
        required=True,
        default="waiting",
        readonly=True,
    )
    unit_id = fields.Many2one(index=False)  # _free_idx begins with it
    lead_id = fields.Many2one("crm.lead", required=True, index=True, ondelete="cascade")
    relation_id = fields.Many2one("dealer.relation", required=True, index=True, ondelete="cascade")
    rule_id = fields.Many2one("dealer.dcc.rule", index="btree_not_null", ondelete="set null")
    kind = fields.Selection(
        [
            ("source", "By Source"),
            ("overflow", "Nobody Took It"),
            ("uninvited", "Not Invited"),
            ("returned", "Given Back"),
        ],
        string="Why in the Pool",
        required=True,
        readonly=True,
    )
    seat = fields.Selection(SEATS, required=True, default="outbound", readonly=True)
    priority = fields.Integer(default=10, aggregator=False)
    # Copies: agents do not read customers and leads before the pick.
    partner_name = fields.Char(
        related="relation_id.partner_name", string="Customer", store=True, related_sudo=True
    )
    phone_masked = fields.Char(
        related="relation_id.phone_masked", string="Phone (masked)", store=True, related_sudo=True
    )
    brand = fields.Char(related="lead_id.dealer_brand", related_sudo=True)
    series = fields.Char(related="lead_id.dealer_series", store=True, related_sudo=True)
    source_id = fields.Many2one(
        related="lead_id.source_id", store=True, index="btree_not_null", related_sudo=True
    )
    grade_id = fields.Many2one(related="lead_id.dealer_grade_id", string="Grade", related_sudo=True)
    received_at = fields.Datetime(
        related="lead_id.dealer_received_at", string="Received", related_sudo=True
    )
    entered_at = fields.Datetime(
        string="In the Pool Since", required=True, default=fields.Datetime.now, readonly=True
    )
    available_at = fields.Datetime(
        string="Free From", readonly=True, help="After an attempt the customer is left in peace."
    )
    picked_at = fields.Datetime(string="Picked On", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Picked By", readonly=True, index="btree_not_null"
    )
    pick_seat = fields.Selection(SEATS, string="Seat of the Agent", readonly=True)

    _waiting_once = models.UniqueIndex(
        "(lead_id) WHERE state = 'waiting'", "This lead is in the pool already."
    )
    _free_idx = models.Index("(unit_id, priority, entered_at, id) WHERE state = 'waiting'")
    _picked_idx = models.Index("(user_id, picked_at) WHERE state = 'picked'")

    # ------------------------------------------------------------
    # In and out
    # ------------------------------------------------------------

    @api.model
    def _enter(self, leads, kind, rule=None, seat="outbound", available_at=False):
        """Put leads of stores into the pool.

        :param leads: crm.lead with customer, none of them in the pool
        :param str kind: why, see field ``kind``
        """
        # The pool is the system's, whoever's lead comes in.
        entries = self.sudo().create(
            [
                {
                    "lead_id": lead.id,
                    "relation_id": lead.dealer_relation_id.id,
                    "unit_id": lead.dealer_unit_id.id,
                    "kind": kind,
                    "rule_id": rule.id if rule else False,
                    "seat": rule.seat if rule else seat,
                    "priority": rule.sequence if rule else 10,
                    "available_at": available_at,
                }
                for lead in leads
            ]
        )
        # Who is in the pool follows from its rules; nobody writes it by hand.
        leads.sudo().write({"dealer_pooled": True, "dealer_waiting": False})
        return entries

    @api.model
    def _leave(self, leads, kinds=None):
        """Take leads that need nobody any more out of the pool.

        :param kinds: only those that came in like this
        """
        domain = Domain("lead_id", "in", leads.ids) & Domain("state", "=", "waiting")
        if kinds:
            domain &= Domain("kind", "in", kinds)
        entries = self.sudo().search(domain)  # the pool is the system's
        entries.state = "gone"
        entries.lead_id.dealer_pooled = False

    @api.model
    def _drain(self, limit=500):
        """Let in what became due, and note the invited customers who did not come."""
        # The drain is the system's, for all stores.
        done = self.env["dealer.dcc.invitation"].sudo()._miss(limit)
        rules = self.env["dealer.dcc.rule"].sudo()
        staffed = {}
        for kind in ("overflow", "uninvited"):
            for rule in rules._of_kind(kind):
                for unit in rule._units():
                    if unit not in staffed:
                        staffed[unit] = bool(unit._distribution_staff("dcc_agent_id"))
                    if staffed[unit] and done < limit:
                        leads = rule._due(unit, limit - done)
                        self._enter(leads._dealer_pool_sorted_out(), kind, rule)
                        done += len(leads)
        return done, done >= limit

    # ------------------------------------------------------------
    # The pick
    # ------------------------------------------------------------

    @api.model
    def _free_domain(self, user):
        """Return the domain of the entries that ``user`` may pick now."""
        leads = self.env["crm.lead"]
        now = fields.Datetime.now()
        before = now - timedelta(days=leads._dealer_setting("dcc_previous_days"))
        domain = (
            Domain("state", "=", "waiting")
            & Domain("company_id", "in", self.env.companies.ids)
            & (Domain("available_at", "=", False) | Domain("available_at", "<=", now))
            & Domain("relation_id.dcc_agent_id", "!=", user.id)
            & Domain("relation_id.consultant_id", "!=", user.id)
            & Domain("lead_id.user_id", "!=", user.id)
            & Domain(
                "relation_id.log_ids",
                "not any",
                [("old_user_id", "=", user.id), ("create_date", ">=", before)],
            )
        )
        if user.dealer_dcc_seat:
            domain &= Domain("seat", "=", user.dealer_dcc_seat)
        return domain

    @api.model
    def _check_agent(self):
        """Refuse whoever does not pick, or picked enough today; one pick of a person at a time."""
        user = self.env.user
        if not user._dealer_has_any(AGENTS):
            raise AccessError(self.env._("Customers are taken out of the pool by DCC agents."))
        [(alone,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s))", f"{self._name} {user.id}")
        )
        if not alone:
            # Two windows of one person: Odoo repeats the request, which counts the first pick.
            message = "the same agent is picking"
            raise ConcurrencyError(message)
        cap = user.dealer_dcc_cap or self.env["crm.lead"]._dealer_setting("dcc_daily_cap")
        unit = self.env["dealer.unit"]._current()
        # How much one picked is counted by the system.
        picked = self.sudo().search_count(
            Domain("user_id", "=", user.id)
            & Domain("state", "=", "picked")
            & Domain("picked_at", ">=", unit._dealer_midnight())
        )
        if picked >= cap:
            raise UserError(
                self.env._(
                    "You have taken %(count)s customers today, as many as a day allows. Work on"
                    " these, or ask your lead for more.",
                    count=picked,
                )
            )

    @api.model
    def action_take_next(self):
        """Take the next customer out of the pool and open the call."""
        self._check_agent()
        # What is free is asked by the system: rules of leads and customers begin with the pick.
        pool = self.sudo()
        free = pool._free_domain(self.env.user)
        for entry in pool.search(free, limit=20):
            # Who is locked is being picked by a colleague.
            if entry.try_lock_for_update() and entry.filtered_domain(free):
                return entry.sudo(False)._pick()
        raise UserError(
            self.env._("Nobody waits in the pool for you now. New customers flow in by themselves.")
        )

    def action_take(self):
        """Take this customer out of the pool and open the call."""
        self.ensure_one()
        # A picked row is hidden from colleagues, who are told so below; of other stores nothing is told.
        if self.sudo().company_id not in self.env.companies:
            self.check_access("read")
        self._check_agent()
        # Wait for who picks at this moment: Odoo repeats the request, which finds it picked.
        self.env.execute_query(
            SQL("SELECT id FROM dealer_dcc_entry WHERE id = %s FOR UPDATE", self.id)
        )
        # The list may be a moment old: what a colleague took cannot be read any more, but said.
        entry = self.sudo()
        entry.invalidate_recordset()
        if entry.state == "picked":
            raise UserError(
                self.env._(
                    "This customer was taken by %s a moment ago. Take another one.",
                    entry.user_id.name,
                )
            )
        if entry.state == "gone":
            raise UserError(
                self.env._("This customer is no longer in the pool: somebody serves him now.")
            )
        self.check_access("read")
        self._check_free()
        return self._pick()

    def _check_free(self):
        """Say why this customer is not for this agent now."""
        user = self.env.user
        entry = self.sudo()  # as in action_take
        if entry.available_at and entry.available_at > fields.Datetime.now():
            moment = entry.unit_id._clock_local(entry.available_at)
            raise UserError(
                self.env._(
                    "%(customer)s was called a short while ago and is left in peace until"
                    " %(time)s.",
                    customer=entry.partner_name,
                    time=f"{moment:%m-%d %H:%M}",
                )
            )
        if user.dealer_dcc_seat and entry.seat != user.dealer_dcc_seat:
            seats = dict(self._fields["seat"]._description_selection(self.env))
            raise UserError(self.env._("This customer waits for the seat “%s”.", seats[entry.seat]))
        if not entry.filtered_domain(entry._free_domain(user)):
            raise UserError(
                self.env._(
                    "You served %s until recently. For a while the customer is for a colleague.",
                    entry.partner_name,
                )
            )

    def _pick(self):
        """Bind the customer to the agent, open the file, begin the call."""
        user = self.env.user
        # The right was checked by _check_agent and the pool's rules; nobody writes pool rows.
        entry = self.sudo()
        entry.write(
            {
                "state": "picked",
                "picked_at": fields.Datetime.now(),
                "user_id": user.id,
                "pick_seat": user.dealer_dcc_seat or entry.seat,
            }
        )
        entry.relation_id._assign(
            {"dcc_agent_id": user.id}, self.env._("Taken out of the pool of the call centre")
        )
        entry.lead_id.write({"dealer_pooled": False, "dealer_invite_since": fields.Datetime.now()})
        return entry.lead_id.sudo(False).action_dealer_dcc_call()
