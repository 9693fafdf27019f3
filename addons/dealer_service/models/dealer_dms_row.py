from psycopg2 import errors
from psycopg2.extras import Json

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import dms

#: What people may correct on a row that waits for them.
CORRECTABLE = {"customer_name", "phone", "plate", "vin"}
#: The columns of a row that are taken out of what the DMS sent.
COLUMNS = {"name": "customer_name", "phone": "phone", "vin": "vin", "plate": "plate"}
#: Rows that collide with other work are tried again this often.
MAX_ATTEMPTS = 5
#: At most so many rows are worked off at once when somebody presses the button.
BUTTON_LIMIT = 200
#: 1,000 records with tracking, subscriptions and a log entry each take four times as long.
QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
}


class DealerDmsRow(models.Model):
    """What the maker's system said last of a customer, a car or an order, and which file it is here.

    One row per record of the DMS and store: it is the inbox, stored before anything is done with
    it, and the link between their number and our file. ``attention`` rows need a person,
    ``waiting`` ones another row, ``failed`` ones hit an error of ours.
    """

    _name = "dealer.dms.row"
    _description = "Record of the Maker's DMS"
    _inherit = ["dealer.queue.mixin", "dealer.store.mixin"]
    _order = "received_at desc, id desc"
    _rec_name = "external_id"
    _rec_names_search = ("external_id", "customer_name", "plate", "vin")
    _drain_limit = 250

    unit_id = fields.Many2one(readonly=True, index=False)  # the unique key begins with it
    kind = fields.Selection(
        [("customer", "Customer"), ("vehicle", "Car"), ("repair_order", "Workshop Order")],
        required=True,
        readonly=True,
    )
    step = fields.Integer(required=True, readonly=True, aggregator=False)
    external_id = fields.Char(string="Number in the DMS", required=True, readonly=True)
    version = fields.Integer(readonly=True, aggregator=False)
    updated_at = fields.Datetime(string="Changed in the DMS", readonly=True)
    payload = fields.Json(string="As Received", readonly=True)
    payload_text = fields.Text(compute="_compute_payload_text", string="As Received (Text)")
    received_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    deliveries = fields.Integer(readonly=True, default=1, aggregator=False)
    user_id = fields.Many2one("res.users", string="Delivered By", readonly=True, index=True)
    origin = fields.Selection(
        [("api", "Interface"), ("file", "File")], required=True, readonly=True, default="api"
    )
    customer_name = fields.Char()
    phone = fields.Char()
    vin = fields.Char(string="VIN")
    plate = fields.Char()
    state = fields.Selection(
        [
            ("new", "In the Queue"),
            ("done", "Taken Over"),
            ("waiting", "Waits for Another Row"),
            ("attention", "Attention"),
            ("failed", "Failed"),
        ],
        required=True,
        default="new",
        readonly=True,
    )
    error = fields.Text(string="What is Wrong", readonly=True)
    attempts = fields.Integer(readonly=True, aggregator=False)
    waits_for = fields.Char(readonly=True)
    applied = fields.Json(
        readonly=True, help="What the DMS said when it was taken over, by field of ours."
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null", ondelete="set null"
    )
    vehicle_id = fields.Many2one(
        "dealer.vehicle", string="Car", readonly=True, index="btree_not_null", ondelete="set null"
    )
    order_id = fields.Many2one(
        "dealer.service.order",
        string="Workshop Order",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    difference_ids = fields.One2many("dealer.dms.difference", "row_id", readonly=True)

    _external_uniq = models.Constraint(
        "UNIQUE(unit_id, kind, external_id)", "This record of the DMS is here already."
    )
    _queue_idx = models.Index("(step, id) WHERE state = 'new'")
    _todo_idx = models.Index("(unit_id, state) WHERE state IN ('waiting', 'attention', 'failed')")
    _waits_idx = models.Index("(unit_id, waits_for) WHERE state = 'waiting'")
    _received_idx = models.Index("(unit_id, received_at)")

    @api.depends("kind", "external_id", "customer_name", "plate", "vin")
    def _compute_display_name(self):
        for row in self:
            words = (row.customer_name, row.plate or row.vin)
            row.display_name = next(filter(None, words), row.external_id)

    @api.depends("payload")
    def _compute_payload_text(self):
        for row in self:
            lines = []
            for key, value in (row.payload or {}).items():
                if isinstance(value, list):
                    lines.append(f"{key}:")
                    lines += [
                        "  - " + ", ".join(f"{name} {each}" for name, each in one.items())
                        for one in value
                        if isinstance(one, dict)
                    ]
                else:
                    lines.append(f"{key}: {value}")
            row.payload_text = "\n".join(lines)

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - CORRECTABLE:
                raise UserError(
                    self.env._("What was received stays as it came; correct name, number or car.")
                )
            if self.filtered(lambda row: row.state not in ("attention", "failed", "waiting")):
                raise UserError(
                    self.env._("This row is worked off already. Correct it in the maker's system.")
                )
        return super().write(vals)

    # ------------------------------------------------------------
    # Receiving
    # ------------------------------------------------------------

    @api.model
    def _receive(self, unit, rows, origin="api"):
        """Store rows as they came, by one statement; an older one never takes a newer one's place.

        :param unit: the store that they belong to
        :param list rows: dicts that passed :func:`dms.check_row`
        :return: list of (row id, status) in the order of ``rows``: ``accepted``, ``unchanged`` (said
            before, word by word) or ``older`` (a newer version is here)
        """
        newest = {}
        for place, row in enumerate(rows):
            key = row["kind"], row["external_id"].strip()
            if key not in newest or self._age(row) >= self._age(rows[newest[key]]):
                newest[key] = place
        # Always in the same order: two deliveries at once wait for each other, never in a circle.
        wanted = {place: key for key, place in sorted(newest.items())}
        stored = self._insert(unit, [rows[place] for place in wanted], origin) if wanted else {}
        known = {}
        missing = [key for key in newest if key not in stored]
        if missing:
            # What is here already may have been delivered by somebody else.
            for row in self.sudo().search_fetch(
                Domain("unit_id", "=", unit.id)
                & Domain("external_id", "in", [external_id for _kind, external_id in missing]),
                ["kind", "external_id", "payload"],
            ):
                known[row.kind, row.external_id] = row
        answers = []
        for place, row in enumerate(rows):
            key = row["kind"], row["external_id"].strip()
            if key in stored:
                status = "accepted" if place in wanted else "older"
                if place not in wanted and row == rows[newest[key]]:
                    status = "unchanged"
                answers.append((stored[key], status))
            else:
                same = known[key].payload == row
                answers.append((known[key].id, "unchanged" if same else "older"))
        if stored:
            self._wake()
        return answers

    @api.model
    def _age(self, row):
        """Return what tells older from newer; a version goes before a time."""
        updated_at = row.get("updated_at")
        return (
            row.get("version") or 0,
            dms.parse_moment(updated_at).isoformat() if updated_at else "",
        )

    @api.model
    def _insert(self, unit, rows, origin):
        """Put rows into the table, or over the older ones there; return ``{key: row id}``."""
        now = fields.Datetime.now()
        columns = [
            *("unit_id", "company_id", "kind", "step", "external_id", "version", "updated_at"),
            *("payload", "received_at", "user_id", "origin", "state", "attempts", "deliveries"),
            *("create_uid", "create_date", "write_uid", "write_date"),
            *COLUMNS.values(),
        ]
        values = [
            SQL(
                "%s",
                (
                    unit.id,
                    unit.company_id.id,
                    row["kind"],
                    dms.KINDS.index(row["kind"]),
                    row["external_id"].strip(),
                    row.get("version") or 0,
                    dms.parse_moment(row["updated_at"]) if row.get("updated_at") else None,
                    Json(row),
                    now,
                    self.env.uid,
                    origin,
                    "new",
                    0,
                    1,
                    self.env.uid,
                    now,
                    self.env.uid,
                    now,
                    *((row.get(key) or "").strip() or None for key in COLUMNS),
                ),
            )
            for row in rows
        ]
        kept = {"unit_id", "company_id", "kind", "step", "external_id", "deliveries"}
        kept |= {"create_uid", "create_date"}
        changes = SQL(", ").join(
            SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
            for name in columns
            if name not in kept
        )
        # The same record delivered twice at this moment: Odoo runs the request again, and the row
        # is there then. That is no error for the log.
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO dealer_dms_row AS here (%s) VALUES %s
                ON CONFLICT (unit_id, kind, external_id) DO UPDATE
                   SET %s, error = NULL, waits_for = NULL, deliveries = here.deliveries + 1
                 WHERE (EXCLUDED.version, COALESCE(EXCLUDED.updated_at, '-infinity'))
                       >= (here.version, COALESCE(here.updated_at, '-infinity'))
                   AND EXCLUDED.payload <> here.payload
                RETURNING here.kind, here.external_id, here.id
                """,
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(values),
                changes,
            ),
            log_exceptions=False,
        )
        found = {(kind, external_id): row for kind, external_id, row in self.env.cr.fetchall()}
        self.browse(found.values()).invalidate_recordset()
        return found

    # ------------------------------------------------------------
    # Draining
    # ------------------------------------------------------------

    @api.model
    def _drain(self, limit=500):
        # What the DMS says is taken over by the system, for all stores. Whoever delivered made the
        # job that drains; that machine reads no colleagues, who are told of what follows.
        inbox = self.with_user(SUPERUSER_ID)
        rows = inbox.search([("state", "=", "new")], order="step, id", limit=limit)
        rows = rows.try_lock_for_update().filtered(lambda row: row.state == "new")
        rows._work_off()
        return len(rows), bool(inbox.search_count([("state", "=", "new")], limit=1))

    def _process(self):
        """Take over customers, then cars, then orders, store by store; a hook for further steps."""
        rows = self.with_context(**QUIET)
        for unit, of_unit in rows.grouped("unit_id").items():
            of_unit = of_unit.with_context(lang=unit.company_id.partner_id.lang)
            by_kind = of_unit.grouped("kind")
            for kind in dms.KINDS:
                if kind in by_kind:
                    done = getattr(by_kind[kind], f"_take_{kind}s")(unit)
                    done.write({"state": "done", "error": False, "waits_for": False})
                    done._release()

    def _work_off_failed(self, error):
        # Somebody made the same customer or car at this moment; the next look will find it.
        attempts = self.attempts + 1
        if isinstance(error, errors.UniqueViolation) and attempts < MAX_ATTEMPTS:
            self.write({"attempts": attempts, "state": "new", "error": False})
            return
        if isinstance(error, UserError):
            # A rule of the house refuses it, in words for people.
            self._leave(str(error))
        else:
            super()._work_off_failed(error)
        self.attempts = attempts

    def _said(self):
        """Return ``{name: value}`` of what the DMS says, corrected by people; nothing that is empty."""
        self.ensure_one()
        said = dict(self.payload or {})
        said.update({key: self[column] for key, column in COLUMNS.items()})
        said = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in said.items()
            if name in dms.FIELDS[self.kind]
        }
        return {name: value for name, value in said.items() if value}

    def _leave(self, reason):
        """Leave the row to a person and say why."""
        self.write({"state": "attention", "error": reason, "waits_for": False})

    def _wait_for(self, kind, external_id, reason):
        """Leave the row until the one it names has been taken over."""
        self.write({"state": "waiting", "error": reason, "waits_for": f"{kind}:{external_id}"})

    def _release(self):
        """Let rows that wait for these go on."""
        keys = [f"{row.kind}:{row.external_id}" for row in self if row.kind != "repair_order"]
        if not keys:
            return
        waiting = self.search(
            Domain("unit_id", "in", self.unit_id.ids)
            & Domain("state", "=", "waiting")
            & Domain("waits_for", "in", keys)
        )
        waiting.write({"state": "new", "error": False, "waits_for": False})

    def _of_external(self, unit, kind, external_ids):
        """Return ``{number in the DMS: row}`` of the rows of a kind that are linked to a file."""
        rows = self.search(
            Domain("unit_id", "=", unit.id)
            & Domain("kind", "=", kind)
            & Domain("external_id", "in", list(external_ids))
        )
        return {row.external_id: row for row in rows}

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_retry(self):
        """Run rows that failed or wait again, as they are corrected now."""
        rows = self.filtered(lambda row: row.state in ("failed", "attention", "waiting"))
        if not rows:
            raise UserError(self.env._("Choose rows that failed, wait or need attention."))
        rows.check_access("write")
        # The right on the rows was checked; the files are made by the system.
        rows = rows.sudo()
        rows.write({"state": "new", "error": False, "attempts": 0, "waits_for": False})
        if len(rows) <= BUTTON_LIMIT:
            # As the drain does it: what follows of a row may reach where its manager does not.
            rows.with_user(SUPERUSER_ID).try_lock_for_update()._work_off()
        else:
            self._wake()
        if self._filtered_access("read") < self:
            # Taken over, a row is as secret as its customer, who need not be one of this user's.
            return self.env["ir.actions.act_window"]._for_xml_id(
                "dealer_service.dealer_dms_row_action"
            )
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_file(self):
        """Open the file that this record of the DMS is here; its own rights hold there."""
        self.ensure_one()
        record = self.order_id or self.vehicle_id or self.partner_id
        if not record:
            raise UserError(self.env._("Nothing was taken over from this row yet."))
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
