from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_touch.models.dealer_touch_channel import Outcome

from ..tools.day import today
from .res_users_callback import CHIEFS

#: Still to be called; after three attempts and a message the customer may call back, too.
OPEN = ("due", "unreachable", "message")
#: What whoever calls writes; the course is changed by the buttons.
AGREED = {"answer_ids", "next_attempt_at", "satisfaction", "words"}
#: What the chatter writes.
CHATTER = {"message_follower_ids", "message_ids", "activity_ids"}
#: Of a car itself (first maintenance, a new car) nobody is called twice within so long: these days
#: are forecasts, and move.
SAME_CAR = timedelta(days=180)
#: The customer says that these are not good (scale of the trade's call-backs).
DISSATISFIED = ("rather_not", "not_at_all")


class DealerCallback(models.Model):
    """A call to a customer after a delivery: when, by whom, what was said (D9)."""

    _name = "dealer.callback"
    _description = "Call-Back"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "dealer.store.mixin",
        "dealer.clock.mixin",
        "dealer.user.checks",
    ]
    _order = "planned_on, next_attempt_at, id"
    _rec_names_search = ("plate", "partner_id.name")

    unit_id = fields.Many2one(index=False)  # _unit_planned_idx begins with it
    step_id = fields.Many2one(
        "dealer.callback.step",
        string="Call-Back",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    about = fields.Selection(
        [("service", "Workshop"), ("sale", "New Car"), ("car", "The Car Itself")],
        required=True,
        readonly=True,
        default="service",
    )
    res_model = fields.Char(string="Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", required=True, readonly=True
    )
    touch_id = fields.Many2one(
        "dealer.touch", string="Planned By", readonly=True, index="btree_not_null"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    phone = fields.Char(related="partner_id.phone", string="Telephone")
    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        compute="_compute_relation_id",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
    )
    vehicle_id = fields.Many2one(
        "dealer.vehicle", string="Car", readonly=True, index="btree_not_null"
    )
    plate = fields.Char(related="vehicle_id.plate", store=True, related_sudo=True)
    car = fields.Char(string="Make and Series", compute="_compute_car", compute_sudo=True)
    delivered_at = fields.Datetime(string="Handed Over On", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Caller", readonly=True, index=True, tracking=True
    )
    is_first = fields.Boolean(
        string="First after the Delivery", readonly=True, help="It is the one that is supervised."
    )
    due_on = fields.Date(
        string="To be Called On", required=True, readonly=True, help="The store's day."
    )
    next_attempt_at = fields.Datetime(string="Next Attempt")
    planned_on = fields.Date(
        string="Call On", compute="_compute_planned_on", store=True, compute_sudo=True
    )
    urgency = fields.Selection(
        [("overdue", "Overdue"), ("today", "Today"), ("later", "Later")],
        compute="_compute_urgency",
        search="_search_urgency",
    )
    state = fields.Selection(
        [
            ("due", "To be Called"),
            ("unreachable", "Not Reached"),
            ("message", "Message Sent"),
            ("done", "Done"),
            ("cancelled", "Not Called"),
        ],
        required=True,
        default="due",
        readonly=True,
        tracking=True,
    )
    attempt_ids = fields.One2many(
        "dealer.callback.attempt", "callback_id", string="Attempts", readonly=True
    )
    attempt_count = fields.Integer(
        string="In Vain", readonly=True, help="How often nobody took the call."
    )
    answer_ids = fields.One2many("dealer.callback.answer", "callback_id", string="Questions")
    script = fields.Text(related="step_id.script", string="Talk Track")
    satisfaction = fields.Selection(
        [
            ("fully", "Fully Satisfied"),
            ("very", "Very Satisfied"),
            ("rather", "Rather Satisfied"),
            ("rather_not", "Rather Dissatisfied"),
            ("not_at_all", "Very Dissatisfied"),
        ],
        string="Satisfied on the Whole",
        tracking=True,
    )
    is_dissatisfied = fields.Boolean(string="Dissatisfied", readonly=True)
    words = fields.Text(string="Customer's Words")
    done_at = fields.Datetime(string="Reached On", readonly=True)
    done_by_id = fields.Many2one("res.users", string="Reached By", readonly=True)
    handled_at = fields.Datetime(
        readonly=True, help="Reached, or tried often enough and written to."
    )
    message_touch_id = fields.Many2one(
        "dealer.touch", string="Message", readonly=True, index="btree_not_null"
    )
    message_reason = fields.Char(
        related="message_touch_id.reason", string="Why No Message", related_sudo=True
    )
    refused_at = fields.Datetime(
        string="Wants No Calls Since",
        readonly=True,
        help="It holds for all call-backs of the store, until the customer agrees again.",
    )
    cancel_reason = fields.Char(string="Why Not Called", readonly=True, tracking=True)
    is_chief = fields.Boolean(compute="_compute_is_chief")

    _once = models.UniqueIndex(
        "(step_id, res_model, res_id) WHERE res_model <> 'dealer.vehicle'",
        "This call-back is planned already.",
    )
    _unit_planned_idx = models.Index("(unit_id, planned_on)")
    _document_idx = models.Index("(res_model, res_id)")
    _to_call_idx = models.Index("(user_id, planned_on) WHERE state = 'due'")
    _refused_idx = models.Index("(partner_id, unit_id) WHERE refused_at IS NOT NULL")
    _reason_given = models.Constraint(
        "CHECK (state <> 'cancelled' OR cancel_reason IS NOT NULL)",
        "Whoever is not called, the row says why.",
    )

    # ------------------------------------------------------------
    # What is computed
    # ------------------------------------------------------------

    @api.depends("plate", "vehicle_id.vin", "step_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for callback in self:
            # The car's number stands on the call-back that one may read.
            car = callback.plate or callback.sudo().vehicle_id.vin
            callback.display_name = " · ".join(filter(None, (callback.step_id.name, car)))

    @api.depends(
        "partner_id",
        "unit_id",
        "partner_id.dealer_relation_ids.unit_id",
        "partner_id.dealer_relation_ids.active",
    )
    def _compute_relation_id(self):
        relations = self.env["dealer.relation"]._by_customer_and_store(
            self.partner_id, self.unit_id
        )
        for callback in self:
            key = callback.partner_id.id, callback.unit_id.id
            before = callback.relation_id
            if (before.partner_id.id, before.unit_id.id) != key:
                before = before.browse()
            # Where the store ended the relation, the call stays that of the customer it had.
            callback.relation_id = relations.get(key) or before

    @api.depends("vehicle_id.brand", "vehicle_id.series")
    def _compute_car(self):
        for callback in self:
            car = callback.vehicle_id
            callback.car = " ".join(filter(None, (car.brand, car.series)))

    @api.depends("due_on", "next_attempt_at", "unit_id")
    def _compute_planned_on(self):
        for callback in self:
            moment = callback.next_attempt_at
            local = moment and callback.unit_id._clock_local(moment).date()
            callback.planned_on = local or callback.due_on

    @api.depends("state", "planned_on")
    def _compute_urgency(self):
        now = today()
        for callback in self:
            if callback.state != "due":
                callback.urgency = False
            elif callback.planned_on < now:
                callback.urgency = "overdue"
            else:
                callback.urgency = "today" if callback.planned_on == now else "later"

    @api.model
    def _search_urgency(self, operator, value):
        if operator != "in":
            return NotImplemented
        parts = {
            "overdue": Domain("planned_on", "<", today()),
            "today": Domain("planned_on", "=", today()),
            "later": Domain("planned_on", ">", today()),
        }
        found = Domain("state", "=", "due") & Domain.OR(
            part for name, part in parts.items() if name in value
        )
        return found | Domain("state", "!=", "due") if False in value else found

    @api.depends_context("uid")
    def _compute_is_chief(self):
        self.is_chief = self.env.user._dealer_has_any(CHIEFS)

    @api.model
    def _setting(self, name):
        # Settings are read for everybody; nobody but administrators may read them all.
        return int(self.env["ir.config_parameter"].sudo().get_param(f"dealer_service.{name}"))

    @api.model
    def _mail_get_partner_fields(self, introspect_fields=False):
        """Remarks are for colleagues; the customer is called."""
        return []

    # ------------------------------------------------------------
    # Who writes what
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(
                self.env._("Call-backs are planned by the rules; change the rules under “Touches”.")
            )
        callbacks = super(DealerCallback, self.with_context(mail_create_nosubscribe=True)).create(
            vals_list
        )
        return callbacks.with_env(self.env)

    def write(self, vals):
        if not self.env.su:
            allowed = AGREED | CHATTER
            if self.env.user._dealer_has_any(CHIEFS):
                allowed |= {"user_id"}
            if vals.keys() - allowed:
                raise UserError(self.env._("The course of a call-back is changed by its buttons."))
            if vals.keys() - CHATTER:
                self._check_open()
            self._check_next_attempt(vals.get("next_attempt_at"))
        return super().write(vals)

    def _check_next_attempt(self, moment):
        moment = fields.Datetime.to_datetime(moment)
        if moment and moment < fields.Datetime.now() - timedelta(minutes=5):
            raise UserError(self.env._("The next attempt lies in the past. Choose a later time."))

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "user_id" in field_names:
            for callback in self:
                # Who works in which store is no secret among those who hand work on.
                if (
                    callback.user_id
                    and callback.company_id not in callback.sudo().user_id.company_ids
                ):
                    raise UserError(
                        self.env._(
                            "%(person)s does not work in %(store)s. Choose somebody of the store.",
                            person=callback.user_id.name,
                            store=callback.unit_id.name,
                        )
                    )
        return result

    def _check_open(self):
        """Refuse to change what is a record already."""
        for callback in self:
            if callback.state not in OPEN:
                raise UserError(
                    self.env._(
                        "“%s” is finished and kept as it was said. Load the page anew.",
                        callback.display_name,
                    )
                )

    def _take(self):
        """Check the right and take the row for one step; who comes second sees what was done."""
        self.ensure_one()
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["state", "attempt_count"])
        self._check_open()
        return self.sudo()  # the right was checked; the guard of write() lets only buttons through

    # ------------------------------------------------------------
    # Made by the rules
    # ------------------------------------------------------------

    @api.model
    def _make(self, touches):
        """Make the call-backs of these touches, each once; called by the channel, as the system.

        A customer who wants no calls gets a row that says so, and is not called.

        :return: ``{touch: Outcome}``
        """
        known = self._known(touches)
        refusals = self._refusals(touches)
        outcomes, values = {}, {}
        first = self._without_call(touches)
        for touch in touches:
            key = self._key(touch)
            if key in known:
                outcomes[touch] = Outcome("sent", made=known[key])
                continue
            if key in values:
                continue
            document = touch._document()
            about = document._callback_values()
            is_first = bool(about["delivered_at"]) and (document._name, document.id) in first
            first.discard((document._name, document.id))
            values[key] = {
                "step_id": key[0],
                "res_model": document._name,
                "res_id": document.id,
                "touch_id": touch.id,
                "unit_id": touch.unit_id.id,
                "partner_id": touch.partner_id.id,
                "user_id": touch.user_id.id,
                "is_first": is_first,
                "due_on": self._due_on(touch),
                **about,
                **self._prepare_refusal(refusals.get(touch)),
            }
        made = self.create(list(values.values()))
        made._ask()
        for callback in made.filtered(lambda row: row.is_first and row.state == "due"):
            callback._clock_start("call_back", at=callback.delivered_at)
        known |= dict(zip(values, made, strict=True))
        for touch in touches - self.env["dealer.touch"].union(*outcomes):
            outcomes[touch] = Outcome("sent", made=known[self._key(touch)])
        return outcomes

    @api.model
    def _key(self, touch):
        return touch.way_id.callback_step_id.id, touch.res_model, touch.res_id

    @api.model
    def _due_on(self, touch):
        """Return the store's day of a touch; what falls into the quiet evening is for the next morning."""
        return touch._local(touch.rule_id._awake(touch.planned_at, touch.unit_id)).date()

    @api.model
    def _known(self, touches):
        """Return ``{key: call-back}`` of what is there already, e.g. of an order that was opened again."""
        rows = self.search(
            Domain("step_id", "in", touches.way_id.callback_step_id.ids)
            & Domain("res_model", "in", touches.mapped("res_model"))
            & Domain("res_id", "in", touches.mapped("res_id"))
            & (
                Domain("res_model", "!=", "dealer.vehicle")
                | Domain("create_date", ">", fields.Datetime.now() - SAME_CAR)
            )
        )
        return {(row.step_id.id, row.res_model, row.res_id): row for row in rows}

    @api.model
    def _without_call(self, touches):
        """Return the documents ``(model, id)`` that no call-back is about yet."""
        documents = {(touch.res_model, touch.res_id) for touch in touches}
        rows = self._read_group(
            Domain("res_model", "in", [model for model, _id in documents])
            & Domain("res_id", "in", [res_id for _model, res_id in documents]),
            ["res_model", "res_id"],
        )
        return documents - set(rows)

    @api.model
    def _refusals(self, touches):
        """Return ``{touch: words}`` of those whose customer is not to be called, and why.

        After a delivery the shop calls about its own work, which is part of the contract (PIPL Art.
        13); who said no, or took the consent to it back, is left alone. Anything else needs consent.
        """
        result = {}
        for (unit, purpose), same in touches.grouped(
            lambda touch: (touch.unit_id, touch.purpose)
        ).items():
            partners = same.partner_id
            refused = self._partners_refusing(partners, unit)
            agreed = self.env["dealer.consent"]._partners_with(partners, purpose, unit)
            withdrawn = partners.browse()
            if purpose == "service":
                withdrawn = (
                    self.env["dealer.consent"]
                    .search(
                        Domain("partner_id", "in", partners.ids)
                        & Domain("unit_id", "=", unit.id)
                        & Domain("purpose", "=", purpose)
                        & Domain("withdrawn_at", "!=", False)
                    )
                    .partner_id
                )
            for touch in same:
                partner = touch.partner_id
                if partner in refused:
                    result[touch] = self.env._("The customer wants no calls.")
                elif partner in withdrawn and partner not in agreed:
                    result[touch] = self.env._("The customer took the consent back.")
                elif purpose not in ("service", "safety") and partner not in agreed:
                    result[touch] = self.env._("The customer did not agree to such calls.")
                elif not partner.phone:
                    result[touch] = self.env._("No number is on file.")
        return result

    @api.model
    def _partners_refusing(self, partners, unit):
        """Return those of ``partners`` who told this store not to call."""
        rows = self.search(
            Domain("partner_id", "in", partners.ids)
            & Domain("unit_id", "=", unit.id)
            & Domain("refused_at", "!=", False)
        )
        return rows.partner_id

    @api.model
    def _prepare_refusal(self, words):
        return {"state": "cancelled", "cancel_reason": words} if words else {}

    def _ask(self):
        """Write down what is asked in these calls."""
        callbacks = self.filtered(lambda callback: callback.state == "due")
        questions = self.env["dealer.callback.question"]._of_steps(
            callbacks.step_id, callbacks.unit_id
        )
        rows = []
        for callback in callbacks:
            # In the language of the store: who plans calls is the system, which has none.
            lang = callback.company_id.sudo().partner_id.lang  # no secret
            for question in questions[callback.step_id, callback.unit_id].with_context(lang=lang):
                rows.append(
                    {
                        "callback_id": callback.id,
                        "question_id": question.id,
                        "sequence": question.sequence,
                        "question": question.name,
                        "kind": question.kind,
                        "choices": question.choices,
                        "required": question.required,
                        "alarm": question.alarm,
                    }
                )
        self.env["dealer.callback.answer"].create(rows)
