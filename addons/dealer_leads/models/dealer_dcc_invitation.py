from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_datetime, plaintext2html

from .dealer_dcc_call import REASONS
from .dealer_dcc_rule import SEATS

OPEN = ("invited", "confirmed")
#: The first and the second reminder, see data/dealer_invitation_touch_data.xml.
DAY, HOURS = timedelta(days=1), timedelta(hours=2)
#: What is agreed with the customer; the course is written by the buttons and the visit.
AGREED = {"planned_at", "reason", "consultant_id", "plate", "note", "cancel_reason"}
#: Who changes the invitations of colleagues.
LEADERS = (
    "dealer_base.group_dcc_lead",
    "dealer_base.group_sales_director",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
)


class DealerDccInvitation(models.Model):
    """A customer is invited to the store at a time; the visit says whether he came (B8)."""

    _name = "dealer.dcc.invitation"
    _description = "Invitation"
    _inherit = ["mail.thread", "mail.activity.mixin", "dealer.store.mixin"]
    _order = "planned_at desc, id desc"
    _rec_name = "partner_name"

    state = fields.Selection(
        [
            ("invited", "Invitation Made"),
            ("confirmed", "Confirmed"),
            ("arrived", "Has Come"),
            ("no_show", "Did Not Come"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="invited",
        readonly=True,
        tracking=True,
        group_expand="_group_expand_state",
    )
    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    call_id = fields.Many2one(
        "dealer.dcc.call", readonly=True, index="btree_not_null", ondelete="set null"
    )
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        compute="_compute_relation_id",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
    )
    partner_id = fields.Many2one(
        related="lead_id.partner_id", string="Customer", store=True, index="btree_not_null"
    )
    # Copies for the clerk, who reads neither lead nor customer.
    partner_name = fields.Char(
        related="relation_id.partner_name", string="Name", store=True, related_sudo=True
    )
    car = fields.Char(related="lead_id.name", string="Interested In", related_sudo=True)
    user_id = fields.Many2one("res.users", string="Agent", required=True, readonly=True, index=True)
    seat = fields.Selection(SEATS, readonly=True)
    invited_at = fields.Datetime(
        string="Invited On", required=True, readonly=True, default=fields.Datetime.now
    )
    planned_at = fields.Datetime(string="Comes On", required=True, tracking=True)
    notice = fields.Selection(
        [("day", "A Day and More"), ("hours", "Some Hours"), ("none", "Short Notice")],
        readonly=True,
        help="How long before the time it was agreed; reminders that lie behind are not sent.",
    )
    reason = fields.Selection(REASONS, string="Reason to Come")
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")
    consultant_id = fields.Many2one(
        "res.users",
        string="Received By",
        index="btree_not_null",
        domain="[('id', 'in', candidate_ids)]",
        tracking=True,
    )
    plate = fields.Char()
    note = fields.Text()
    confirmed_at = fields.Datetime(string="Confirmed On", readonly=True)
    visit_id = fields.Many2one(
        "dealer.visit", readonly=True, index="btree_not_null", ondelete="set null"
    )
    arrived_at = fields.Datetime(string="Arrived", readonly=True)
    no_show_at = fields.Datetime(string="Noted as No-Show", readonly=True)
    cancel_reason = fields.Char(string="Why Cancelled", tracking=True)
    elsewhere_unit_id = fields.Many2one(
        "dealer.unit",
        string="Came to Another Store",
        readonly=True,
        help="The customer was registered there; it counts as no arrival here.",
    )
    elsewhere_at = fields.Datetime(string="Came There On", readonly=True)
    story = fields.Text(
        string="Story so Far",
        compute="_compute_story",
        groups="dealer_base.group_dcc_agent,dealer_base.group_dcc_lead,dealer_base.group_sales_consultant,dealer_base.group_sales_manager,dealer_base.group_sales_director,dealer_base.group_general_manager,dealer_base.group_group_executive",
    )
    may_change = fields.Boolean(compute="_compute_may_change")

    _open_once = models.UniqueIndex(
        "(lead_id) WHERE state IN ('invited', 'confirmed')",
        "This customer is invited already. Move that invitation.",
    )
    _expected_idx = models.Index("(planned_at) WHERE state IN ('invited', 'confirmed')")
    _unit_planned_idx = models.Index("(unit_id, planned_at)")

    @api.model
    def _group_expand_state(self, _states, _domain):
        """Show the columns of the board also where they are empty."""
        return ["invited", "confirmed", "arrived", "no_show"]

    @api.depends("lead_id")
    def _compute_relation_id(self):
        for row in self:
            row.relation_id = row.lead_id.dealer_relation_id

    @api.depends("unit_id")
    def _compute_candidate_ids(self):
        for row in self:
            row.candidate_ids = row.unit_id._consultants().ids if row.unit_id else False

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_may_change(self):
        leader = self.env.user._dealer_has_any(LEADERS)
        for row in self:
            row.may_change = leader or row.user_id == self.env.user

    @api.depends("lead_id")
    def _compute_story(self):
        """Tell the showroom what the call centre knows, whoever is to receive the guests."""
        for row in self:
            # The receiver reads the invitation before the customer is bound to him.
            calls = row.sudo().lead_id.dealer_dcc_call_ids.filtered(
                lambda call: call.state == "done"
            )
            parts = []
            for call in calls[:5]:
                moment = format_datetime(self.env, call.started_at, dt_format="MM-dd HH:mm")
                parts.append(f"{moment} · {call.user_id.name}\n{call._answers_text()}")
            row.story = "\n\n".join(parts)

    # ------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------

    def _check_serves(self):
        self.check_access("write")
        if self.env.su or self.env.user._dealer_has_any(LEADERS):
            return
        if self.filtered(lambda row: row.user_id != self.env.user):
            raise AccessError(self.env._("This is the invitation of a colleague."))

    def _expect(self, *states):
        for row in self:
            if row.state not in states:
                label = dict(self._fields["state"]._description_selection(self.env))[row.state]
                raise UserError(
                    self.env._(
                        "%(customer)s: the invitation is now “%(state)s”. Load the page anew.",
                        customer=row.partner_name,
                        state=label,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        rows = super(DealerDccInvitation, self.with_context(mail_create_nosubscribe=True)).create(
            vals_list
        )
        rows = rows.with_env(self.env)
        rows._plan_reminders()
        return rows

    def write(self, vals):
        agreed = AGREED & vals.keys()
        if not self.env.su:
            if vals.keys() - AGREED - {"message_follower_ids", "message_ids"}:
                raise UserError(
                    self.env._("The course of an invitation is changed by its buttons.")
                )
            if agreed:
                self._check_serves()
                self._expect(*OPEN)
        moved = self.browse()
        if "planned_at" in vals:
            planned = fields.Datetime.to_datetime(vals["planned_at"])
            moved = self.filtered(lambda row: row.planned_at != planned)
            if moved and planned and planned <= fields.Datetime.now() and not self.env.su:
                raise UserError(
                    self.env._("The invitation lies in the past. Choose a time to come.")
                )
        result = super().write(vals)
        moved._plan_reminders()
        if "consultant_id" in vals and not self.env.su:
            for row in self:
                if row.consultant_id - row.candidate_ids:
                    raise UserError(self.env._("Guests are received by a consultant of the store."))
        return result

    @api.model
    def _mail_get_partner_fields(self, introspect_fields=False):
        # Remarks are for colleagues; clerk and receiver may not even read the customer's address.
        return []

    # ------------------------------------------------------------
    # Reminders
    # ------------------------------------------------------------

    def _plan_reminders(self):
        """Have the reminders of the visit follow its time; see ``dealer_dcc_invitation_touch``.

        The rules of dealer_touch plan them, one a notice; who agreed on the time may not write it.
        """
        now = fields.Datetime.now()
        for row in self.sudo().filtered(lambda row: row.state in OPEN):
            left = row.planned_at - now
            row.notice = "day" if left > DAY else "hours" if left > HOURS else "none"

    def _drop_reminders(self, words):
        """Take back what would remind of a visit that is not expected any more; a hook.

        :param str words: why
        """

    def _local_day(self):
        self.ensure_one()
        return self.unit_id._clock_local(self.planned_at).date()

    # ------------------------------------------------------------
    # The course
    # ------------------------------------------------------------

    @api.model
    def _invite(self, call):
        """Make the invitation that a call agreed on; who is invited already comes at the new time."""
        values = {
            "planned_at": call.invite_at,
            "reason": call.reason,
            "consultant_id": call.consultant_id.id,
            "plate": call.plate,
            "note": call.summary,
            "call_id": call.id,
        }
        # The right on call and lead was checked; invitations are made by calls alone.
        rows = self.sudo()
        row = rows.search(
            Domain("lead_id", "=", call.lead_id.id) & Domain("state", "in", OPEN), limit=1
        )
        if row:
            row.write(values)
        else:
            row = rows.create(
                {
                    **values,
                    "lead_id": call.lead_id.id,
                    "unit_id": call.unit_id.id,
                    "user_id": call.user_id.id,
                    "seat": call.seat,
                }
            )
        row.lead_id.write({"dealer_invite_since": row.invited_at})
        self.env["dealer.dcc.entry"]._leave(row.lead_id)
        return row.with_env(self.env)

    def action_confirm(self):
        """Note that the customer was reminded and says that he comes."""
        self._check_serves()
        self._expect("invited")
        # The right was checked; the guard of write() lets only buttons change the course.
        self.sudo().write({"state": "confirmed", "confirmed_at": fields.Datetime.now()})
        return True

    def action_cancel(self):
        """Cancel: the customer does not come; why stands on the form."""
        self._check_serves()
        self._expect(*OPEN)
        for row in self:
            if not (row.cancel_reason or "").strip():
                raise UserError(
                    self.env._("Write in “Why Cancelled” why the customer does not come.")
                )
        # As in action_confirm.
        system = self.sudo()
        system._drop_reminders(self.env._("The invitation was cancelled."))
        system.write({"state": "cancelled"})
        return True

    def action_call(self):
        """Call the customer again."""
        self.ensure_one()
        return self.lead_id.action_dealer_dcc_call()

    def action_open_lead(self):
        """Open the lead."""
        self.ensure_one()
        return self.lead_id._clock_open_action()

    def _open_action(self):
        self.ensure_one()
        return {
            "name": self.env._("Invitation"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "current",
        }

    @api.model
    def _miss(self, limit=500):
        """Note who did not come, and give the agent the task to invite again.

        :return: how many
        """
        hours = self.env["crm.lead"]._dealer_setting("dcc_no_show_hours")
        late = Domain("state", "in", OPEN) & Domain(
            "planned_at", "<=", fields.Datetime.now() - timedelta(hours=hours)
        )
        rows = self.search(late, limit=limit, order="planned_at, id").try_lock_for_update()
        rows = rows.filtered_domain(late)
        rows._drop_reminders(self.env._("The customer did not come."))
        rows.write({"state": "no_show", "no_show_at": fields.Datetime.now()})
        for row in rows:
            lead = row.lead_id
            if lead.won_status == "pending":
                env = row.with_context(lang=row.user_id.lang).env
                # Called by the drain; the agent may have lost the customer, the task is his.
                lead.with_user(row.user_id).sudo()._dealer_dcc_task(
                    "dealer_leads.mail_activity_type_no_show",
                    fields.Date.context_today(row.with_user(row.user_id)),
                    env._("Did not come. Ask why, and invite again."),
                )
        return len(rows)

    # ------------------------------------------------------------
    # The visit
    # ------------------------------------------------------------

    @api.model
    def _of_visits(self, visits):
        """Return the invitations that visits of these customers may answer, as the system."""
        days = self.env["crm.lead"]._dealer_setting("dcc_late_days")
        late = fields.Datetime.now() - timedelta(days=days)
        # The clerk who registers the visit need not see who was invited by whom.
        return self.sudo().search(
            Domain("partner_id", "in", visits.partner_id.ids)
            & (
                Domain("state", "in", OPEN)
                | (Domain("state", "=", "no_show") & Domain("planned_at", ">=", late))
            ),
            order="planned_at, id",
        )

    def _arrive(self, visit):
        """The guests of ``visit`` are those invited: hand them to the showroom with their story."""
        self.ensure_one()
        self._drop_reminders(self.env._("The customer has come."))
        self.write({"state": "arrived", "visit_id": visit.id, "arrived_at": visit.arrived_at})
        lead = self.lead_id
        lead.activity_unlink(["dealer_leads.mail_activity_type_no_show"])
        lead.write({"dealer_invite_since": visit.arrived_at})
        values = {"invited": True}
        if not visit.consultant_id and visit.state == "waiting":
            receiver = self.consultant_id or self.relation_id.consultant_id
            if receiver.active and visit.company_id in receiver.company_ids:
                values["consultant_id"] = receiver.id
        visit.write(values)
        if self.story:
            lead.with_context(mail_post_autofollow=False).message_post(
                body=plaintext2html(self.story), subtype_xmlid="mail.mt_note"
            )
        self._tell_agent(
            lambda env: env._("Arrived"),
            lambda env: env._("%s is in the showroom.", self.partner_name),
        )

    def _arrive_not(self):
        """The registration was taken back, or was of somebody else: go on waiting."""
        for row in self:
            row.write(
                {
                    "state": "confirmed" if row.confirmed_at else "invited",
                    "visit_id": False,
                    "arrived_at": False,
                }
            )
        self._plan_reminders()

    def _seen_elsewhere(self, visit):
        """The customer came to another store: tell the agent, count nothing."""
        self.ensure_one()
        if self.elsewhere_unit_id:
            return
        store = visit.unit_id
        self.write({"elsewhere_unit_id": store.id, "elsewhere_at": visit.arrived_at})
        env = self.with_context(lang=self.user_id.lang).env
        words = env._(
            "%(customer)s came to %(store)s.", customer=self.partner_name, store=store.name
        )
        self.message_post(body=words, subtype_xmlid="mail.mt_note")
        self._tell_agent(lambda env: env._("Came to another store"), lambda _env: words)

    def _tell_agent(self, title, message):
        env = self.with_context(lang=self.user_id.lang).env
        self.user_id._bus_send(
            "simple_notification",
            {"type": "info", "title": title(env), "message": message(env)},
        )
