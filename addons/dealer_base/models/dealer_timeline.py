from typing import NamedTuple

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.orm.domains import DomainAnd, DomainCondition
from odoo.tools import SQL, html2plaintext

#: Rows of all sources share one number: ``number of the row × SPAN + number of the source``.
SPAN = 100
#: What every source selects, in this order.
COLUMNS = (
    "id",
    "moment",
    "kind",
    "state",
    "direction",
    "text",
    "is_html",
    "user_id",
    "relation_id",
    "evidence",
    "duration",
    "recording_url",
    "res_model",
    "res_id",
)
#: More of a text is read in the document.
TEXT_LENGTH = 500
PAGE, MOST = 20, 200


class _Asked(tuple):
    """Numbers of the rows that are read; no client can send an object of this class."""

    __slots__ = ()


class TimelineSource(NamedTuple):
    """Where rows of the timeline come from."""

    #: Who may not read this model (access rights, not rules) does not get the rows.
    model: str
    #: ``SELECT`` of :data:`COLUMNS`, none of them computed but ``moment`` and words; ``id`` and
    #: ``relation_id`` are plain columns, so that indexes answer.
    select: SQL
    #: Selection field ``(model, field)`` whose labels the values of ``state`` have.
    labels: tuple[str, str] | None = None


class DealerTimeline(models.Model):
    """All that happened with a customer in a store, of all channels and documents (B13, 全部往来).

    The rows are those of other tables. Addons add theirs by :meth:`_timeline_sources`, ``_depends``,
    new kinds by ``selection_add`` and :meth:`_timeline_icons`. Who sees the customer in a store sees
    all rows of this store whose documents the post may read, and none of another store.
    """

    _name = "dealer.timeline"
    _description = "Timeline of a Customer"
    _auto = False
    _order = "moment desc, id desc"
    _rec_name = "kind"
    _depends = {
        "dealer.interaction": [
            "answered",
            "direction",
            "duration",
            "evidence",
            "kind",
            "recording_url",
            "relation_id",
            "result",
            "start",
            "summary",
            "user_id",
        ],
        "dealer.relation": ["active", "company_id", "partner_id", "unit_id"],
        "dealer.relation.log": [
            "event",
            "new_user_id",
            "old_user_id",
            "reason",
            "relation_id",
            "role",
            "user_id",
        ],
        "mail.message": [
            "author_id",
            "body",
            "date",
            "message_type",
            "model",
            "record_company_id",
            "res_id",
        ],
        "res.partner": ["name"],
        "res.users": ["partner_id", "share"],
    }

    moment = fields.Datetime(readonly=True)
    kind = fields.Selection(
        [
            ("call", "Call"),
            ("visit", "Visit"),
            ("chat", "Chat"),
            ("wechat", "WeChat"),
            ("sms", "SMS"),
            ("email", "E-mail"),
            ("meeting", "Meeting"),
            ("enquiry", "Enquiry"),
            ("other", "Other"),
            ("note", "Note"),
            ("relation", "Served By"),
        ],
        string="What",
        readonly=True,
    )
    state = fields.Char(readonly=True)
    state_label = fields.Char(string="Result", compute="_compute_state_label")
    direction = fields.Selection([("in", "Incoming"), ("out", "Outgoing")], readonly=True)
    text = fields.Text(readonly=True)
    is_html = fields.Boolean(string="Formatted", readonly=True)
    summary = fields.Text(compute="_compute_summary", search="_search_summary")
    user_id = fields.Many2one("res.users", string="Staff", readonly=True)
    relation_id = fields.Many2one("dealer.relation", string="Customer of the Store", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    unit_id = fields.Many2one("dealer.unit", string="Store", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    evidence = fields.Selection(
        [
            ("system", "Recorded by the System"),
            ("witnessed", "Witnessed by the Clerk"),
            ("declared", "Declared by Staff"),
        ],
        readonly=True,
    )
    duration = fields.Integer(string="Duration (s)", readonly=True)
    recording_url = fields.Char(string="Recording", readonly=True)
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(string="Document", model_field="res_model", readonly=True)

    # ------------------------------------------------------------
    # Where the rows come from
    # ------------------------------------------------------------

    @api.model
    def _timeline_sources(self):
        """Return ``{key: TimelineSource}``; a hook for other addons.

        A row that no relation is known for is left out. The keys are names that never change.
        """
        return {
            "interaction": TimelineSource(
                "dealer.interaction",
                SQL(
                    """
                    SELECT id, start, kind,
                           COALESCE(result, CASE WHEN kind = 'call' AND answered IS NOT TRUE
                                                 THEN 'failed' END),
                           direction, summary, FALSE, user_id, relation_id, evidence, duration,
                           recording_url, 'dealer.interaction', id
                      FROM dealer_interaction
                    """
                ),
                ("dealer.interaction", "result"),
            ),
            "relation_log": TimelineSource(
                "dealer.relation.log",
                SQL(
                    """
                    SELECT log.id, log.create_date, 'relation', log.role, NULL,
                           CONCAT_WS(
                               ' · ',
                               NULLIF(CONCAT_WS(' → ', former.name, COALESCE(present.name, '–')),
                                      '–'),
                               NULLIF(log.reason, '')
                           ),
                           FALSE, log.user_id, log.relation_id, NULL, NULL, NULL,
                           'dealer.relation', log.relation_id
                      FROM dealer_relation_log log
                 LEFT JOIN res_users former_user ON former_user.id = log.old_user_id
                 LEFT JOIN res_partner former ON former.id = former_user.partner_id
                 LEFT JOIN res_users present_user ON present_user.id = log.new_user_id
                 LEFT JOIN res_partner present ON present.id = present_user.partner_id
                    """
                ),
                ("dealer.relation.log", "role"),
            ),
            "partner_message": TimelineSource(
                "res.partner",
                # The customer is one for all stores: a message belongs to the store that one
                # worked in when writing it, which Odoo keeps.
                SQL(
                    """
                    SELECT message.id, message.date, %s, NULL, %s, message.body, TRUE, %s,
                           relation.id, NULL, NULL, NULL, 'res.partner', relation.partner_id
                      FROM dealer_relation relation
                      JOIN mail_message message
                        ON message.model = 'res.partner'
                       AND message.res_id = relation.partner_id
                       AND message.record_company_id = relation.company_id
                     WHERE relation.active AND %s
                    """,
                    self._message_kind(),
                    self._message_direction(),
                    self._message_user(),
                    self._message_shown(),
                ),
            ),
        }

    @api.model
    def _timeline_icons(self):
        """Return ``{kind: class of the icon}``; a hook."""
        return {
            "call": "fa-phone",
            "visit": "fa-building-o",
            "chat": "fa-comments-o",
            "wechat": "fa-weixin",
            "sms": "fa-mobile",
            "email": "fa-envelope-o",
            "meeting": "fa-handshake-o",
            "enquiry": "fa-question-circle-o",
            "note": "fa-sticky-note-o",
            "relation": "fa-exchange",
        }

    @api.model
    def _timeline_forms(self):
        """Return ``{model: xml id of the form}`` of documents with a form of ours; a hook."""
        return {"res.partner": "dealer_base.res_partner_view_form_customer"}

    @api.model
    def _message_shown(self):
        """Return the condition on ``message``: what people wrote, not what the system noted."""
        return SQL("message.message_type IN ('email', 'email_outgoing', 'comment')")

    @api.model
    def _message_kind(self):
        return SQL("CASE WHEN message.message_type = 'comment' THEN 'note' ELSE 'email' END")

    @api.model
    def _message_user(self):
        """Return the user who wrote ``message``; nobody, when the customer did."""
        return SQL(
            "(SELECT MIN(id) FROM res_users WHERE partner_id = message.author_id"
            " AND share IS NOT TRUE)"
        )

    @api.model
    def _message_direction(self):
        return SQL(
            "CASE WHEN message.message_type = 'email' THEN 'in'"
            " WHEN message.message_type = 'email_outgoing' THEN 'out' END"
        )

    @api.model
    def _timeline_numbers(self):
        """Return ``{key: number of the source}``, the same whoever asks."""
        keys = sorted(self._timeline_sources())
        if len(keys) > SPAN:
            raise ValueError(f"more than {SPAN} sources of the timeline")
        return {key: number for number, key in enumerate(keys)}

    @api.model
    def _timeline_readable(self):
        """Return the keys of the sources whose documents the post may read at all."""
        sources = self._timeline_sources()
        if self.env.su:
            return set(sources)
        return {key for key, source in sources.items() if self.env[source.model].has_access("read")}

    @property
    def _table_query(self):
        numbers, readable = self._timeline_numbers(), self._timeline_readable()
        asked = self.env.context.get("dealer_timeline_ids")
        parts = []
        for key, source in self._timeline_sources().items():
            if key not in readable:
                continue
            condition = SQL("TRUE")
            if isinstance(asked, _Asked):
                # Where rows are read by number, each source is asked for its own numbers.
                ids = [row // SPAN for row in asked if row % SPAN == numbers[key]]
                if not ids:
                    continue
                condition = SQL("source.id IN %s", tuple(ids))
            parts.append(
                SQL(
                    """
                    SELECT source.id::bigint * %(span)s + %(number)s AS id,
                           date_trunc('second', source.moment) AS moment,
                           source.kind::varchar AS kind, source.state::varchar AS state,
                           source.direction::varchar AS direction, source.text::text AS text,
                           source.is_html AS is_html,
                           NULLIF(source.user_id::int4, %(nobody)s) AS user_id,
                           source.relation_id AS relation_id, owner.partner_id AS partner_id,
                           owner.unit_id AS unit_id, owner.company_id AS company_id,
                           source.evidence::varchar AS evidence, source.duration::int4 AS duration,
                           source.recording_url::varchar AS recording_url,
                           source.res_model::varchar AS res_model, source.res_id::int4 AS res_id
                      FROM (%(select)s) AS source (%(columns)s)
                      JOIN dealer_relation owner ON owner.id = source.relation_id
                     WHERE %(condition)s
                    """,
                    # What the system did by itself nobody of the staff did.
                    nobody=SUPERUSER_ID,
                    span=SPAN,
                    number=numbers[key],
                    select=source.select,
                    columns=SQL(", ").join(map(SQL.identifier, COLUMNS)),
                    condition=condition,
                )
            )
        if not parts:
            # One row of nothing gives the columns their types.
            nothing = self.sudo().with_context(dealer_timeline_ids=None)._table_query
            return SQL("SELECT * FROM (%s) AS nothing WHERE FALSE", nothing)
        return SQL(" UNION ALL ").join(parts)

    # ------------------------------------------------------------
    # What is computed
    # ------------------------------------------------------------

    @api.depends("kind", "state_label")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for row in self:
            row.display_name = " · ".join(filter(None, (kinds.get(row.kind), row.state_label)))

    @api.depends("state")
    def _compute_state_label(self):
        sources = self._timeline_sources()
        labels = {}
        for key, number in self._timeline_numbers().items():
            if sources[key].labels:
                model, field = sources[key].labels
                labels[number] = dict(
                    self.env[model]._fields[field]._description_selection(self.env)
                )
        for row in self:
            row.state_label = labels.get(row.id % SPAN, {}).get(row.state, row.state)

    @api.depends("text", "is_html")
    def _compute_summary(self):
        for row in self:
            row.summary = html2plaintext(row.text) if row.text and row.is_html else row.text

    @api.model
    def _search_summary(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        return Domain("text", operator, value)

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self:
            return result
        numbers, readable = self._timeline_numbers(), self._timeline_readable()
        hidden = {number for key, number in numbers.items() if key not in readable}
        forbidden = self.filtered(lambda row: row.id % SPAN in hidden)
        if forbidden:
            forbidden |= result[0] if result else self.browse()
            return forbidden, lambda: self.env["ir.rule"]._make_access_error(operation, forbidden)
        return result

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        domain = Domain(domain)
        for part in domain.children if isinstance(domain, DomainAnd) else (domain,):
            if (
                isinstance(part, DomainCondition)
                and part.field_expr == "id"
                and part.operator == "in"
                and not isinstance(part.value, SQL)
            ):
                ids = _Asked(row for row in part.value if row and isinstance(row, int))
                self = self.with_context(dealer_timeline_ids=ids)  # noqa: PLW0642
        return super()._search(domain, offset, limit, order, **kwargs)

    # ------------------------------------------------------------
    # The page of a customer
    # ------------------------------------------------------------

    @api.model
    def _timeline_relations(self, record):
        """Return the relations whose rows the timeline on this document shows.

        Documents name theirs by ``dealer_relation_id`` or ``relation_id``; a customer shows those
        with the stores that the user works in.
        """
        if record._name == "res.partner":
            return record.dealer_relation_ids
        for field in ("dealer_relation_id", "relation_id"):
            if field in record._fields:
                return record[field]
        raise UserError(self.env._("There is no timeline for this kind of document."))

    @api.model
    @api.readonly
    def timeline_page(self, res_model, res_id, kinds=None, before=None, limit=PAGE):
        """Return a page of the timeline of a customer, the newest first, as the client shows it.

        :param str res_model: ``res.partner``, ``crm.lead`` or another document with a relation
        :param int res_id: number of the document
        :param list kinds: of these kinds only
        :param list before: ``[moment, id]`` of the last row that is shown already
        :param int limit: rows, at most 200
        :return: ``rows``, ``more`` (whether there are), ``kinds`` with label, icon and number
        :raise AccessError: when the user may not read the document
        """
        if res_model not in self.env:
            raise UserError(self.env._("There is no timeline for this kind of document."))
        record = self.env[res_model].browse(res_id)
        record.check_access("read")
        self.browse().check_access("read")
        # Which relations count is the rule's matter; whether there is one is no secret here.
        relations = self._timeline_relations(record.sudo())
        base = Domain("relation_id", "in", relations.ids)
        domain = base & Domain("kind", "in", kinds) if kinds else base
        if before:
            moment, row_id = fields.Datetime.to_datetime(before[0]), int(before[1])
            domain &= Domain("moment", "<", moment) | (
                Domain("moment", "=", moment) & Domain("id", "<", row_id)
            )
        limit = min(max(int(limit), 1), MOST)
        rows = self.search_fetch(domain, self._page_fields(), limit=limit + 1)
        page = {"rows": rows[:limit]._page_rows(record), "more": len(rows) > limit}
        if not before:
            page["kinds"] = self._page_kinds(base)
        return page

    @api.model
    def _page_fields(self):
        return ["moment", "kind", "state", *COLUMNS[4:], "unit_id", "summary", "state_label"]

    @api.model
    def _page_kinds(self, domain):
        """Return the kinds of rows there are, in the order of the field."""
        found = dict(self._read_group(domain, ["kind"], ["__count"]))
        icons = self._timeline_icons()
        return [
            {"kind": kind, "label": label, "icon": icons.get(kind, "fa-circle-o"), "count": number}
            for kind, label in self._fields["kind"]._description_selection(self.env)
            if (number := found.get(kind))
        ]

    def _page_rows(self, record):
        """Return the rows as the client shows them on ``record``."""
        evidence = dict(self._fields["evidence"]._description_selection(self.env))
        direction = dict(self._fields["direction"]._description_selection(self.env))
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        icons = self._timeline_icons()
        several = len(self.unit_id) > 1
        rows = []
        for row in self:
            # Names of colleagues are no secret, those of other stores included.
            user = row.user_id.sudo()
            summary = (row.summary or "").strip()
            if len(summary) > TEXT_LENGTH:
                summary = f"{summary[:TEXT_LENGTH]}…"
            rows.append(
                {
                    "id": row.id,
                    "moment": fields.Datetime.to_string(row.moment),
                    "kind": row.kind,
                    "label": kinds.get(row.kind, row.kind),
                    "icon": icons.get(row.kind, "fa-circle-o"),
                    "state": row.state_label or "",
                    "direction": direction.get(row.direction, ""),
                    "incoming": row.direction == "in",
                    "summary": summary,
                    "user": [user.id, user.name] if user else False,
                    # What a store is called is no secret of those who see the customer there.
                    "store": row.unit_id.sudo().name if several else "",
                    "evidence": row.evidence or "",
                    "evidence_label": evidence.get(row.evidence, ""),
                    "duration": row.duration or 0,
                    "recording": row.recording_url or "",
                    "opens": (row.res_model, row.res_id) != (record._name, record.id),
                }
            )
        return rows

    def action_open(self):
        """Open the document that the row stands for.

        :raise AccessError: when the user may not read it
        :raise UserError: when it was taken back, or is not of a customer of the user
        """
        self.ensure_one()
        if not self.search([("id", "in", self.ids)]):
            raise UserError(
                self.env._("This entry is no longer there for you. Load the page again.")
            )
        document = self.env[self.res_model].browse(self.res_id)
        if not document.has_access("read"):
            raise AccessError(
                self.env._("Your post may not open this document. Ask who serves the customer.")
            )
        form = self._timeline_forms().get(document._name)
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "views": [(self.env.ref(form).id if form else False, "form")],
            "target": "current",
        }
