from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .dealer_insight import STRONGEST
from .dealer_insight_topic import PICKED


class DealerInsightMixin(models.AbstractModel):
    """Documents on which people tap what the customer thinks (B12).

    Who inherits says which lead a document is about (:meth:`_insight_lead`) and where the
    observation is made (``_insight_source``), and shows ``insight_picks`` with the widget
    ``dealer_insight_picks``. Taps become observations of who tapped, when the document is saved.
    """

    _name = "dealer.insight.mixin"
    _description = "Document with Observations"

    #: Where observations of this kind of document are made, see ``dealer.insight.source``.
    _insight_source = "lead"

    insight_picks = fields.Json(
        string="What the Customer Thinks",
        compute="_compute_insight_picks",
        inverse="_inverse_insight_picks",
        help="What you noted on this document today: the strength of each topic.",
    )
    insight_known = fields.Json(
        string="Known So Far",
        compute="_compute_insight_picks",
        help="What all who served the customer noted: the strength of each topic.",
    )
    insight_topic_ids = fields.Many2many(
        "dealer.insight.topic",
        string="Picked Topics",
        compute="_compute_insight_picks",
        inverse="_inverse_insight_topic_ids",
        domain=[("kind", "in", PICKED)],
    )

    def _insight_lead(self):
        """Return the lead that this document is about, or none; a hook."""
        self.ensure_one()
        return self.lead_id

    def _insight_document(self):
        """Return what names the document of the observations; a hook, e.g. for wizards."""
        self.ensure_one()
        return self._name, self._origin.id

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends(lambda self: self._insight_depends())
    def _compute_insight_picks(self):
        rows = self.env["dealer.insight"]
        leads = {document: document._insight_lead() for document in self}
        latest = {}
        if rows.has_access("read"):
            latest = rows._latest(self.env["crm.lead"].union(*leads.values()))
        for document, lead in leads.items():
            topics = latest.get(lead._origin.id, {})
            mine = document._insight_mine() if topics else rows
            document.insight_known = {
                str(topic.id): found[:1].strength for topic, found in topics.items()
            }
            document.insight_picks = {str(row.topic_id.id): row.strength for row in mine}
            document.insight_topic_ids = mine.filtered("strength").topic_id

    @api.model
    def _insight_depends(self):
        """Return the fields that say which lead a document is about; a hook."""
        return ["lead_id"]

    def _insight_mine(self):
        """Return what the user noted on this document today."""
        model, document_id = self._insight_document()
        rows = self.env["dealer.insight"]
        unit = self._insight_lead().dealer_unit_id
        if not document_id or not unit:
            return rows
        return rows.search(
            Domain("res_model", "=", model)
            & Domain("res_id", "=", document_id)
            & Domain("user_id", "=", self.env.uid)
            & Domain("source", "=", self._insight_source)
            & Domain("day", "=", unit._clock_local(fields.Datetime.now()).date())
        )

    def _inverse_insight_picks(self):
        for document in self:
            document._insight_note(document.insight_picks)

    def _inverse_insight_topic_ids(self):
        for document in self:
            mine = {row.topic_id.id: row.strength for row in document._insight_mine()}
            document._insight_note(
                {topic.id: mine.get(topic.id) or 3 for topic in document.insight_topic_ids}
            )

    def _insight_note(self, picks):
        """Make the user's observations on this document those of ``picks``.

        :param dict picks: ``{topic id: strength from 0 to 5}``; what is left out was not observed
        :raise UserError: where picks cannot be read, or the document has no lead
        """
        self.ensure_one()
        picks = self._insight_read(picks)
        mine = self._insight_mine()
        lead = self._insight_lead()
        if not picks and not mine:
            return
        if not lead or not lead.dealer_unit_id:
            raise UserError(
                self.env._("There is no lead yet to note this on. Enter the customer first.")
            )
        mine.filtered(lambda row: row.topic_id.id not in picks).unlink()
        for row in mine.exists():
            strength = picks.pop(row.topic_id.id)
            if row.strength != strength:
                row.strength = strength
        model, document_id = self._insight_document()
        self.env["dealer.insight"].create(
            [
                {
                    "lead_id": lead.id,
                    "topic_id": topic_id,
                    "strength": strength,
                    "source": self._insight_source,
                    "res_model": model,
                    "res_id": document_id,
                }
                for topic_id, strength in picks.items()
            ]
        )

    @api.model
    def _insight_read(self, picks):
        """Return ``{topic id: strength}`` of what a client sent."""
        try:
            read = {int(topic): strength for topic, strength in (picks or {}).items()}
        except (AttributeError, TypeError, ValueError) as error:
            raise UserError(self.env._("The picked topics cannot be read.")) from error
        if any(
            isinstance(strength, bool)
            or not isinstance(strength, int)
            or not 0 <= strength <= STRONGEST
            for strength in read.values()
        ):
            raise UserError(self.env._("The strength is a number from 0 to 5."))
        topics = self.env["dealer.insight.topic"].browse(read).exists()
        if len(topics) != len(read):
            raise UserError(self.env._("One of the topics is gone. Load the page anew."))
        return read
