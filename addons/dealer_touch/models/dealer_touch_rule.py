import logging
import re
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from psycopg2 import Error as PsycopgError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.orm.table_objects import Index
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from odoo.addons.dealer_clock.tools.quiet import awake

from ..tools.slots import find_slots

_logger = logging.getLogger(__name__)

#: How far ahead is planned, in hours.
WINDOW = "dealer_touch.window_hours"
#: Rules that count in days are planned so often; those in minutes each time.
PLAN_EVERY = timedelta(minutes=15)
PURPOSES = [
    ("service", "Service of the Car"),
    ("safety", "Safety and Recalls"),
    ("care", "Care and Greetings"),
    ("marketing", "Marketing Messages"),
]
#: Anchors that move on by themselves when their day is over: nothing can be planned after them.
ROLLING = {("res.partner", "next_birthday")}


class DealerTouchRule(models.Model):
    """What comes next: which records, when by one of their dates, to whom, by which way."""

    _name = "dealer.touch.rule"
    _description = "Touch Rule"
    _inherit = ["dealer.user.checks"]
    _order = "priority desc, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    model_id = fields.Many2one(
        "ir.model",
        string="Applies To",
        required=True,
        ondelete="cascade",
        domain="[('transient', '=', False)]",
    )
    model = fields.Char(related="model_id.model", string="Model Name", store=True, index=True)
    domain = fields.Char(required=True, default="[]")
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        default=lambda self: self.env["dealer.unit"]._current(),
        ondelete="cascade",
        help="Empty: all stores.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index="btree_not_null")
    unit_path = fields.Char(
        string="Store by Field",
        required=True,
        default="unit_id",
        help="Path to the store of the record. A record without store is never touched.",
    )
    anchor = fields.Char(
        string="Counts From",
        help="Path to the date that the touch counts from, e.g. partner_id.next_birthday. Empty:"
        " nothing is planned by time, programs plan it.",
    )
    offset_number = fields.Integer(string="Offset", help="Negative: before that date.")
    offset_unit = fields.Selection(
        [("minutes", "Minutes"), ("days", "Days"), ("months", "Months")],
        required=True,
        default="days",
    )
    hour = fields.Float(
        string="Time of Day",
        default=9.0,
        help="Store time; for dates that have no time of their own.",
    )
    repeat = fields.Selection(
        [
            ("once", "Once"),
            ("yearly", "Each Year after It"),
            ("every", "Every Few Days while the Filter Fits"),
        ],
        required=True,
        default="once",
    )
    repeat_days = fields.Integer(string="Days Between", default=7)
    addressee = fields.Selection(
        [
            ("customer", "Customer"),
            ("staff", "Person Named on the Record"),
            ("duty", "Post, who is on Duty"),
        ],
        string="To Whom",
        required=True,
        default="customer",
    )
    partner_path = fields.Char(
        string="Customer by Field",
        default="partner_id",
        help="Path to the customer; empty for customers themselves, or where there is none.",
    )
    user_path = fields.Char(
        string="Person by Field", help="Path to a person, e.g. partner_id.user_id."
    )
    group_id = fields.Many2one("res.groups", string="Post", ondelete="restrict")
    way_ids = fields.One2many("dealer.touch.way", "rule_id", string="Ways", copy=True)
    purpose = fields.Selection(
        PURPOSES,
        required=True,
        default="service",
        help="What the customer must have agreed to. Safety needs no consent.",
    )
    priority = fields.Selection(
        [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Highest")],
        required=True,
        default="1",
        help="Where a customer would get too much in a week, the lower one yields.",
    )
    quiet_from = fields.Float(default=20.0, help="Store time. Nobody is touched in quiet hours.")
    quiet_to = fields.Float(default=8.5)
    valid_days = fields.Integer(
        default=2,
        required=True,
        help="What could not be sent for so many days is not sent any more.",
    )
    since = fields.Datetime(
        string="Plans From",
        required=True,
        default=fields.Datetime.now,
        help="What would have been due before that is not made up for.",
    )
    planned_at = fields.Datetime(string="Last Planned", readonly=True, copy=False)
    problem = fields.Char(readonly=True, copy=False)
    touch_count = fields.Integer(compute="_compute_touch_count", string="Planned Touches")
    is_dated = fields.Boolean(compute="_compute_is_dated")

    _valid_positive = models.Constraint(
        "CHECK (valid_days > 0)", "Give at least one day to send it."
    )
    _repeat_positive = models.Constraint(
        "CHECK (repeat != 'every' OR repeat_days > 0)", "Give at least one day between."
    )
    _hours = models.Constraint(
        "CHECK (hour >= 0 AND hour < 24 AND quiet_from >= 0 AND quiet_from < 24"
        " AND quiet_to >= 0 AND quiet_to < 24)",
        "Times of day lie between 0:00 and 24:00.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_touch_count(self):
        counts = dict(
            self.env["dealer.touch"]._read_group(
                [("rule_id", "in", self.ids), ("state", "in", ("planned", "queued"))],
                ["rule_id"],
                ["__count"],
            )
        )
        for rule in self:
            rule.touch_count = counts.get(rule, 0)

    @api.depends("anchor", "model_id")
    def _compute_is_dated(self):
        for rule in self:
            field = rule._path_field(rule.anchor) if rule.anchor else None
            rule.is_dated = bool(field) and field.type == "date"

    # ------------------------------------------------------------
    # What may be set
    # ------------------------------------------------------------

    def _model(self):
        """Return the model that the rule applies to, or None when its addon has gone."""
        self.ensure_one()
        # Whoever sets a rule need not have a right on the list of models.
        return self.env.get(self.sudo().model_id.model or "")

    def _path_field(self, path):
        """Return the last field of a dotted path of stored many2ones, or None."""
        model, field = self._model(), None
        for place, name in enumerate((path or "").split(".")):
            if model is None:
                return None
            if place and not (field.type == "many2one" and field.store):
                return None
            field = model._fields.get(name)
            if field is None:
                return None
            model = self.env[field.comodel_name] if field.comodel_name else None
        return field

    @api.constrains("domain", "model_id")
    def _check_domain(self):
        for rule in self:
            model = rule._model()
            # Touches are as secret as their documents: of touches themselves that has no end.
            if model is None or not model._auto or model._name == "dealer.touch":
                raise ValidationError(
                    self.env._(
                        "“%s” applies to nothing that can be planned by. Choose another kind of record.",
                        rule.name,
                    )
                )
            try:
                domain = rule._domain()
                domain.validate(model)
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The filter of %(rule)s cannot be read: %(error)s",
                        rule=rule.name,
                        error=error,
                    )
                ) from error
            unstored = self._unstored(model, domain)
            if unstored:
                raise ValidationError(
                    self.env._(
                        "The filter of %(rule)s uses “%(field)s”, which is worked out anew each"
                        " time it is read. Only what is stored can be planned by: choose a stored"
                        " field.",
                        rule=rule.name,
                        field=unstored,
                    )
                )

    @api.model
    def _unstored(self, model, domain):
        """Return the first field of ``domain`` that is not stored, as words, or None."""
        for condition in domain.iter_conditions():
            records, field = model, None
            for name in condition.field_expr.split("."):
                if field is not None and field.type in ("date", "datetime"):
                    break  # a part of a date
                field = records._fields[name]
                if not field.store:
                    return f"{field._description_string(self.env)} ({condition.field_expr})"
                if field.comodel_name:
                    records = self.env[field.comodel_name]
            if condition.operator in ("any", "not any"):
                found = self._unstored(records, Domain(condition.value))
                if found:
                    return found
        return None

    @api.constrains("anchor", "model_id", "offset_number", "repeat")
    def _check_anchor(self):
        for rule in self.filtered("anchor"):
            field = rule._path_field(rule.anchor)
            if field is None or field.type not in ("date", "datetime") or not field.store:
                raise ValidationError(
                    self.env._(
                        "“%s” leads to no stored date. Name fields with dots in between, each of"
                        " them a link to one record, the last one a date.",
                        rule.anchor,
                    )
                )
            if field.company_dependent or not self._is_indexed(field):
                raise ValidationError(
                    self.env._(
                        "“%s” has no index: planning by it would read the whole table again and"
                        " again. Ask for an index, or choose another date.",
                        rule.anchor,
                    )
                )
            if (field.model_name, field.name) in ROLLING and (
                rule.offset_number > 0 or rule.repeat != "once"
            ):
                raise ValidationError(
                    self.env._(
                        "“%s” moves on to the next year by itself: plan on that day or before it,"
                        " and once.",
                        rule.anchor,
                    )
                )
        for rule in self - self.filtered("anchor"):
            if rule.repeat != "once":
                raise ValidationError(
                    self.env._("“%s” repeats, but counts from no date.", rule.name)
                )

    @api.model
    def _is_indexed(self, field):
        """Whether an index begins with the field."""
        model = self.env[field.model_name]
        start = re.compile(rf'^\(\s*"?{field.name}"?\s*[,)]')
        return bool(field.index) or any(
            isinstance(each, Index)
            and start.match(each.get_definition(self.pool))
            and "where" not in each.get_definition(self.pool).lower()
            for each in model._table_objects.values()
        )

    @api.constrains("unit_path", "partner_path", "user_path", "addressee", "group_id", "model_id")
    def _check_paths(self):
        for rule in self:
            rule._check_path(rule.unit_path, "dealer.unit", self.env._("a store"))
            if rule.partner_path:
                rule._check_path(rule.partner_path, "res.partner", self.env._("a customer"))
            elif rule.addressee == "customer" and rule._model()._name != "res.partner":
                raise ValidationError(
                    self.env._("Name the field with the customer of “%s”.", rule.name)
                )
            if rule.addressee == "staff":
                rule._check_path(rule.user_path, "res.users", self.env._("a person"))
            if rule.addressee == "duty" and not rule.group_id:
                raise ValidationError(self.env._("Choose the post that “%s” addresses.", rule.name))

    def _check_path(self, path, comodel, what):
        field = self._path_field(path)
        if field is None or field.comodel_name != comodel or field.type != "many2one":
            raise ValidationError(
                self.env._(
                    "“%(path)s” does not lead to %(what)s. Name fields with dots in between.",
                    path=path or "",
                    what=what,
                )
            )
        if not field.store:
            raise ValidationError(
                self.env._("“%s” is not stored: nothing can be planned by it.", path)
            )

    @api.constrains("way_ids", "addressee", "active")
    def _check_ways(self):
        for rule in self:
            if rule.active and not rule.way_ids:
                raise ValidationError(
                    self.env._("“%s” has no way to reach anybody: add a channel.", rule.name)
                )
        self.way_ids._check_texts()

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            # Rules are asked before a write; nobody moves a rule to where the own reach ends.
            self.check_access("write")
        if not {"domain", "model_id", "anchor"}.isdisjoint(field_names):
            for rule in self:
                model = self.env[rule.sudo().model_id.model]
                model.check_access("read")
                # A filter asks questions: only of what one may read, field by field.
                model.search(rule._domain(), limit=1)
        return result

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        # Where no ways were given at all, the constraint on them was not called.
        rules._check_ways()
        return rules

    def write(self, vals):
        if vals.get("active"):
            # What was due while the rule was away is not made up for.
            vals = {"since": fields.Datetime.now(), **vals}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _check_unused(self):
        # Whose touches they are does not matter; nobody deletes what was sent.
        touches = self.env["dealer.touch"].sudo()
        used = touches.search([("rule_id", "in", self.ids)], limit=1).rule_id
        if used:
            raise UserError(
                self.env._("“%s” has planned already. Archive it; its touches stay.", used.name)
            )

    def action_touches(self):
        """Open the touches of this rule that are still to come."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dealer_touch.dealer_touch_action")
        action["domain"] = [("rule_id", "=", self.id)]
        action["context"] = {"search_default_open": 1}
        return action

    def action_preview(self):
        """Open who would be touched in the next days."""
        self.ensure_one()
        preview = self.env["dealer.touch.preview"].create({"rule_id": self.id})
        preview._fill()
        return {
            "name": self.env._("Who would be Touched"),
            "type": "ir.actions.act_window",
            "res_model": preview._name,
            "res_id": preview.id,
            "view_mode": "form",
            "target": "new",
        }

    # ------------------------------------------------------------
    # Time
    # ------------------------------------------------------------

    def _domain(self):
        self.ensure_one()
        return Domain(safe_eval(self.domain or "[]"))

    def _offset(self):
        self.ensure_one()
        return relativedelta(**{self.offset_unit: self.offset_number})

    def _awake(self, moment, unit):
        """Return ``moment``, or the end of the quiet hours it lies in (naive UTC)."""
        self.ensure_one()
        return awake(moment, unit._clock_zone(), self.quiet_from, self.quiet_to)

    # ------------------------------------------------------------
    # The query
    # ------------------------------------------------------------

    def _query(self, slot=None, extra=None):
        """Return the query of what the rule fits, and the SQL of the columns of a touch.

        The records, the joins and the filter are the ORM's own; nothing is read into Python.

        :param slot: a function ``(query, anchor) -> SQL of the turn`` that narrows the anchors
        :param extra: a further domain
        """
        self.ensure_one()
        model = self._model()
        domain = self._domain() & Domain(extra or [])
        if self.unit_id:
            domain &= Domain(self.unit_path, "=", self.unit_id.id)
        query = model._search(domain, order=None)
        unit = self._follow(query, self.unit_path)
        query.add_join(
            "JOIN",
            "touch_unit",
            "dealer_unit",
            SQL("touch_unit.id = %s AND touch_unit.company_id IS NOT NULL", unit),
        )
        query.add_join(
            "LEFT JOIN",
            "touch_calendar",
            "resource_calendar",
            SQL("touch_calendar.id = touch_unit.calendar_id"),
        )
        row_id = SQL.identifier(query.table, "id")
        nothing = SQL("NULL::int4")
        if self.partner_path:
            partner = self._follow(query, self.partner_path)
        else:
            partner = row_id if model._name == "res.partner" else nothing
        columns = {
            "id": row_id,
            "unit_id": SQL("touch_unit.id"),
            "company_id": SQL("touch_unit.company_id"),
            "partner_id": partner,
            "user_id": self._follow(query, self.user_path)
            if self.addressee == "staff"
            else nothing,
        }
        if self.anchor:
            anchor = self._follow(query, self.anchor)
            turn = slot(query, anchor) if slot else SQL("0")
            columns |= self._moments(anchor, turn)
        query.add_join(
            "LEFT JOIN",
            "touch_relation",
            "dealer_relation",
            SQL(
                "touch_relation.partner_id = %s AND touch_relation.unit_id = touch_unit.id"
                " AND touch_relation.active",
                partner,
            ),
        )
        columns["relation_id"] = SQL("touch_relation.id")
        return query, columns

    def _follow(self, query, path):
        """Return the SQL of the last field of ``path``, its joins added to the query."""
        model, alias = self._model(), query.table
        *names, last = path.split(".")
        for name in names:
            model, alias = model._fields[name].join(model, alias, query)
        return model._field_to_sql(alias, last, query)

    def _moments(self, anchor, turn):
        """Return the SQL of anchor, occurrence and planned moment (UTC) of the ``turn``.

        Days and months are counted on the wall of the store, from the anchor and not from the last
        repetition: the 29th of February and the 31st come back where the month has them.
        """
        zone = SQL("COALESCE(touch_calendar.tz, 'Asia/Shanghai')")
        anchor = SQL("date_trunc('second', %s::timestamp)", anchor)
        if self.repeat == "yearly":
            shift = SQL("make_interval(years => %s)", turn)
        elif self.repeat == "every":
            shift = SQL("make_interval(days => %s * %s)", turn, self.repeat_days)
        else:
            shift = SQL("interval '0'")
        number, dated = self.offset_number, self.is_dated
        local = anchor if dated else SQL("(%s AT TIME ZONE 'UTC') AT TIME ZONE %s", anchor, zone)
        local = SQL("(%s + %s)", local, shift)
        if self.offset_unit != "minutes":
            unit = SQL(self.offset_unit)
            local = SQL("(%s + make_interval(%s => %s))", local, unit, number)
        if dated:
            minutes = round(self.hour * 60)
            minutes += number if self.offset_unit == "minutes" else 0
            local = SQL("(%s + make_interval(mins => %s))", local, minutes)
        planned = SQL("(%s AT TIME ZONE %s) AT TIME ZONE 'UTC'", local, zone)
        if not dated and self.offset_unit == "minutes":
            planned = SQL("(%s + make_interval(mins => %s))", planned, number)
        return {
            "anchor_at": anchor,
            "turn": turn,
            "occurrence": SQL("(%s + %s)", anchor, shift),
            "planned_at": planned,
        }

    def _slots(self, low, high):
        """Return the slots of anchors that the window ``[low, high)`` needs to look at."""
        oldest = None
        if self.repeat != "once":
            field = self._path_field(self.anchor)
            table = SQL.identifier(self.env[field.model_name]._table)
            column = SQL.identifier(field.name)
            self.env[field.model_name].flush_model([field.name])
            oldest = self.env.execute_query(
                SQL("SELECT min(%s)::timestamp FROM %s", column, table)
            )[0][0]
        return find_slots(low, high, self._offset(), self.repeat, self.repeat_days, oldest)

    def _window(self, low, high):
        """Return the SELECT of all touches of this rule that are due in ``[low, high)``, or None.

        :return: ``(SELECT, names of its columns)``
        """
        slots = self._slots(low, high)
        if not slots:
            return None

        def narrow(query, anchor):
            if len(slots) == 1:
                query.add_where(
                    SQL("%s >= %s AND %s < %s", anchor, slots[0].low, anchor, slots[0].high)
                )
                return SQL("%s", slots[0].turn)
            turns, lows, highs = (list(column) for column in zip(*slots, strict=True))
            query.add_join(
                "JOIN",
                "touch_slot",
                SQL(
                    "(SELECT * FROM unnest(%s::int4[], %s::timestamp[], %s::timestamp[])"
                    " AS slot(turn, low, high))",
                    turns,
                    lows,
                    highs,
                ),
                SQL("%s >= touch_slot.low AND %s < touch_slot.high", anchor, anchor),
            )
            return SQL("touch_slot.turn")

        query, columns = self._query(narrow)
        if query.is_empty():
            return None
        query.add_where(
            SQL("%s >= %s AND %s < %s", columns["planned_at"], low, columns["planned_at"], high)
        )
        return query.select(
            *(SQL("%s AS %s", each, SQL.identifier(name)) for name, each in columns.items())
        ), list(columns)

    # ------------------------------------------------------------
    # Planning
    # ------------------------------------------------------------

    def _plan(self, low, high):
        """Plan what is due in ``[low, high)``; what is planned already stays as it is.

        One statement; twice, or in other pieces of time, it plans nothing twice. A touch that is
        planned for a date that has moved into the window moves with it; the others that moved or
        left are found when they are sent.

        :return: how many touches are new
        """
        self.ensure_one()
        if not self.anchor:
            return 0
        rule = self.sudo()  # whose records they are is the rule's matter, not that of who plans
        window = rule._window(max(low, rule.since), high)
        if window is None:
            return 0
        touches = self.env["dealer.touch"]
        touches.flush_model()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH due AS MATERIALIZED (%(window)s),
                moved AS (
                    UPDATE dealer_touch touch
                       SET anchor_at = due.anchor_at, occurrence = due.occurrence,
                           planned_at = due.planned_at, send_at = due.planned_at,
                           valid_until = due.planned_at + make_interval(days => %(valid)s),
                           write_date = %(now)s
                      FROM due
                     WHERE touch.rule_id = %(rule)s AND touch.res_id = due.id
                       AND touch.turn = due.turn AND touch.state = 'planned'
                       AND touch.anchor_at <> due.anchor_at
                       AND NOT EXISTS (
                               SELECT FROM dealer_touch known
                                WHERE known.rule_id = %(rule)s AND known.res_id = due.id
                                  AND (known.occurrence = due.occurrence
                                       OR (known.turn = due.turn AND known.state = 'planned'
                                           AND known.anchor_at IS NOT NULL
                                           AND known.id > touch.id))
                           )
                 RETURNING touch.res_id, due.occurrence
                )
                INSERT INTO dealer_touch (
                    rule_id, res_model, purpose, priority, addressee, state, step, attempts,
                    is_answer, res_id, unit_id, company_id, partner_id, user_id, relation_id,
                    anchor_at, turn, occurrence, planned_at, send_at, valid_until,
                    create_uid, create_date, write_uid, write_date)
                SELECT %(rule)s, %(model)s, %(purpose)s, %(priority)s, %(addressee)s, 'planned', 0,
                       0, FALSE, due.id, due.unit_id, due.company_id, due.partner_id, due.user_id,
                       due.relation_id, due.anchor_at, due.turn, due.occurrence, due.planned_at,
                       due.planned_at, due.planned_at + make_interval(days => %(valid)s),
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM due
                 WHERE NOT EXISTS (
                           SELECT FROM dealer_touch known
                            WHERE known.rule_id = %(rule)s AND known.res_id = due.id
                              AND known.occurrence = due.occurrence
                       )
                   AND NOT EXISTS (
                           SELECT FROM moved
                            WHERE moved.res_id = due.id AND moved.occurrence = due.occurrence
                       )
                 ORDER BY due.id, due.occurrence
                    ON CONFLICT (rule_id, res_id, occurrence) DO NOTHING
                """,
                rule=rule.id,
                model=rule.model,
                purpose=rule.purpose,
                priority=rule.priority,
                addressee=rule.addressee,
                valid=rule.valid_days,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                window=window[0],
            )
        )
        made = self.env.cr.rowcount
        touches.invalidate_model()
        return made

    @api.model
    def _window_end(self, now):
        # How far ahead is planned is a setting of the whole database.
        hours = self.env["ir.config_parameter"].sudo().get_param(WINDOW) or "48"
        return now + timedelta(hours=int(hours))

    def _plan_now(self, now=None):
        """Plan the rules' windows from now on, and what was missed for as long as it is valid.

        :return: how many touches are new
        """
        now = now or fields.Datetime.now()
        made = 0
        for rule in self:
            made += rule._plan(now - timedelta(days=rule.valid_days), self._window_end(now))
            rule.sudo().write({"planned_at": now, "problem": False})  # noted by the system
        return made

    @api.model
    def _to_plan(self, now):
        """Return the rules whose window is to be looked at again, in the order of their ids."""
        # Rules of all stores are planned by the system.
        return self.sudo().search(
            Domain("anchor", "!=", False)
            & (
                Domain("planned_at", "=", False)
                | Domain("planned_at", "<=", now - PLAN_EVERY)
                | Domain("offset_unit", "=", "minutes")
            ),
            order="id",
        )

    @api.model
    def _cron_plan(self):
        """Plan all rules, each committed; a rule that cannot be planned stops no other."""
        now = fields.Datetime.now()
        rules, cron = self._to_plan(now), self.env["ir.cron"]
        left = len(rules)
        for rule in rules:
            left -= 1
            try:
                with self.env.cr.savepoint():
                    rule._plan_now(now)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                # Another process plans the same at this moment; the next minute sees what it did.
                _logger.info("Touch rule %s: planned later, %s", rule.id, type(error).__name__)
                self.env.cr.rollback()
            except Exception as error:  # a rule may name a field whose addon has gone
                if isinstance(error, PsycopgError) and error.pgcode is None:
                    raise  # the connection is gone, and no rule is to blame
                _logger.info("Touch rule %s cannot be planned", rule.id, exc_info=True)
                rule.write({"planned_at": now, "problem": f"{type(error).__name__}: {error}"})
            if not cron._commit_progress(1, remaining=left):
                break
        self.env["dealer.touch"]._wake_if_due()

    def _plan_records(self, records, answer=False):
        """Plan a touch of this rule for ``records`` now: something happened that no date tells.

        :param bool answer: it answers what the customer just did, so that no budget holds it back
        :return: the touches
        """
        self.ensure_one()
        rule = self.sudo()  # callers checked what they do; only the system writes touches
        now = fields.Datetime.now()
        query, columns = rule.with_context(active_test=False)._query(
            extra=Domain("id", "in", records.ids)
        )
        names = ("id", "unit_id", "partner_id", "user_id", "relation_id")
        rows = self.env.execute_query(query.select(*(columns[name] for name in names)))
        values = [dict(zip(names, row, strict=True)) for row in rows]
        touches = self.env["dealer.touch"].sudo()
        known = touches.search(
            Domain("rule_id", "=", rule.id)
            & Domain("res_id", "in", records.ids)
            & Domain("occurrence", "=", now)
        )
        made = touches.create(
            [
                {
                    "rule_id": rule.id,
                    "res_model": rule.model,
                    "res_id": vals.pop("id"),
                    "occurrence": now,
                    "purpose": rule.purpose,
                    "priority": rule.priority,
                    "addressee": rule.addressee,
                    "planned_at": now,
                    "send_at": now,
                    "valid_until": now + timedelta(days=rule.valid_days),
                    "is_answer": answer,
                    **vals,
                }
                for vals in values
                if vals["id"] not in known.mapped("res_id")
            ]
        )
        touches._wake()
        return known | made

    def _present(self, touches):
        """Return what the records of ``touches`` say now: ``{touch: row}`` of those that still fit.

        A row is a dict of the columns of a touch; those planned by programs have no moments.
        """
        self.ensure_one()
        # The drain belongs to the system; what is found is compared, not shown.
        rule, turns = self.sudo(), {}
        for touch in touches:
            turns.setdefault(touch.turn, []).append(touch)
        result = {}
        for turn, same in turns.items():
            query, columns = rule._query(
                lambda _query, _anchor, turn=turn: SQL("%s", turn),
                Domain("id", "in", [touch.res_id for touch in same]),
            )
            if query.is_empty():
                continue
            names = list(columns)
            rows = self.env.execute_query(query.select(*columns.values()))
            by_id = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
            result |= {touch: by_id[touch.res_id] for touch in same if touch.res_id in by_id}
        return result
