from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .dealer_insight_topic import KINDS, PICKED

#: Where an observation was made.
SOURCES = [
    ("lead", "On the Lead"),
    ("call", "Call"),
    ("dcc", "DCC Call"),
    ("visit", "Visit"),
    ("drive", "Test Drive"),
    ("page", "Page"),
]
STRONGEST = 5
#: What of an observation its writer may still change.
WORDS = {"strength", "note"}


class DealerInsight(models.Model):
    """One observation of what a customer thinks, at one moment (B12).

    An observation is never rewritten by somebody else: what changed is a new observation, so that
    the course of a decision can be read. Strength 0 says that the matter is settled.
    """

    _name = "dealer.insight"
    _description = "What a Customer Thinks"
    _inherit = ["dealer.store.mixin", "dealer.user.checks"]
    _order = "date desc, id desc"
    _rec_name = "topic_id"

    lead_id = fields.Many2one("crm.lead", required=True, index=True, ondelete="cascade")
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
    brand = fields.Char(related="lead_id.dealer_brand", store=True)
    series = fields.Char(related="lead_id.dealer_series", store=True)
    topic_id = fields.Many2one(
        "dealer.insight.topic", required=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(KINDS, compute="_compute_kind", store=True, index=True)
    strength = fields.Integer(
        required=True,
        default=3,
        aggregator="avg",
        help="From 1 (mentioned) to 5 (decides the purchase); 0: settled.",
    )
    date = fields.Datetime(
        string="Observed On", required=True, readonly=True, default=fields.Datetime.now, copy=False
    )
    day = fields.Date(compute="_compute_day", store=True, help="On the wall of the store.")
    source = fields.Selection(SOURCES, required=True, default="lead")
    user_id = fields.Many2one(
        "res.users",
        string="Observed By",
        readonly=True,
        index="btree_not_null",
        default=lambda self: self.env.user,
    )
    note = fields.Char()
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(string="Document", model_field="res_model", readonly=True)

    _strength = models.Constraint(
        f"CHECK (strength BETWEEN 0 AND {STRONGEST})", "The strength is a number from 0 to 5."
    )
    # A second tap in the same moment, a request that is repeated: one observation.
    _document_uniq = models.UniqueIndex(
        "(res_model, res_id, source, topic_id, user_id, day) WHERE user_id IS NOT NULL",
        "This was noted a moment ago. Load the page anew to see it.",
    )
    _lead_date_idx = models.Index("(lead_id, topic_id, date DESC)")

    @api.depends("lead_id")
    def _compute_relation_id(self):
        for row in self:
            row.relation_id = row.lead_id.dealer_relation_id

    @api.depends("topic_id")
    def _compute_kind(self):
        for row in self:
            row.kind = row.topic_id.kind

    @api.depends("date", "unit_id")
    def _compute_day(self):
        for row in self:
            row.day = row.date and row.unit_id._clock_local(row.date).date()

    @api.constrains("lead_id", "unit_id")
    def _check_store(self):
        # Whether lead and observation are of one store is no secret.
        for row in self.sudo():
            if row.lead_id.dealer_unit_id != row.unit_id:
                raise ValidationError(
                    self.env._("The lead and the observation belong to different stores.")
                )

    @api.constrains("date")
    def _check_date(self):
        latest = fields.Datetime.now() + timedelta(minutes=5)
        if self.filtered(lambda row: row.date > latest):
            raise ValidationError(self.env._("Nobody observes what is still to come."))

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "lead_id" in field_names:
            # The lead is asked as the user: nobody notes anything about customers of others.
            self.sudo().lead_id.sudo(False).check_access("write")
        for row in self:
            if row.user_id != self.env.user:
                raise AccessError(
                    self.env._("You note what you observed yourself, not what a colleague did.")
                )
            if {"source", "topic_id"} & field_names and (
                row.source == "page" or row.kind not in PICKED
            ):
                raise AccessError(
                    self.env._("What customers look at on the pages is noted by the system.")
                )
        return result

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            leads = self.env["crm.lead"]
            for vals in vals_list:
                lead = leads.browse(vals.get("lead_id") or [])
                lead.check_access("read")
                document = {"res_model": lead._name, "res_id": lead.id}
                if vals.get("res_model"):
                    self._check_document(vals, lead)
                    document = {}
                vals.update(
                    unit_id=lead.dealer_unit_id.id,
                    user_id=self.env.uid,
                    date=fields.Datetime.now(),
                    **document,
                )
        return super().create(vals_list)

    @api.model
    def _check_document(self, vals, lead):
        """Refuse a document that is none of this lead, or that the user may not read."""
        name = vals["res_model"]
        if name not in self.env or "insight_picks" not in self.env[name]._fields:
            raise ValidationError(self.env._("There are no documents of this kind."))
        document = self.env[name].browse(vals.get("res_id") or [])
        document.check_access("read")
        if document._insight_lead() != lead:
            raise ValidationError(self.env._("The document belongs to another lead."))

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - WORDS:
                raise UserError(
                    self.env._("An observation stays as it was made. Note a new one instead.")
                )
            self._check_own()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _check_unlink(self):
        if not self.env.su:
            self._check_own()

    def _check_own(self):
        if self.filtered(lambda row: row.user_id != self.env.user):
            raise AccessError(
                self.env._("This was observed by a colleague. Note what you see yourself.")
            )
        # Where it is no longer true, that is an observation of its own.
        if self.filtered(lambda row: row.day != row._today()):
            raise UserError(
                self.env._("An observation of another day stays. Note today how it is now.")
            )

    def _today(self):
        self.ensure_one()
        return self.unit_id._clock_local(fields.Datetime.now()).date()

    # ------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------

    @api.model
    def _latest(self, leads):
        """Return ``{lead id: {topic: [observations, the newest first]}}`` with one query."""
        found = defaultdict(lambda: defaultdict(self.browse))
        rows = self.search_fetch(
            Domain("lead_id", "in", leads.ids),
            ["lead_id", "topic_id", "kind", "strength", "date", "source", "note", "user_id"],
            order="date desc, id desc",
        )
        for row in rows:
            found[row.lead_id.id][row.topic_id] += row
        return found
