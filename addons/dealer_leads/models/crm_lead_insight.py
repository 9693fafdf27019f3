from collections import OrderedDict, defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from .dealer_insight_topic import KINDS

#: More contacts than this are shown by week.
MOST_COLUMNS = 8
#: More topics of a kind than this do not stand in the summary.
MOST_IN_SUMMARY = 3


class CrmLead(models.Model):
    """What the customer of a lead thinks, and how it changed (购车决策热力图, B12)."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "dealer.insight.mixin"]

    _insight_source = "lead"

    dealer_insight_ids = fields.One2many("dealer.insight", "lead_id", string="Observations")
    dealer_insight_count = fields.Integer(
        compute="_compute_dealer_insight_count", string="Number of Observations"
    )
    dealer_insight_summary = fields.Char(
        string="In Short", compute="_compute_dealer_insight_summary"
    )
    dealer_competitor_ids = fields.Many2many(
        "dealer.insight.topic",
        "crm_lead_dealer_competitor_rel",
        "lead_id",
        "topic_id",
        string="Competitors Compared",
        compute="_compute_dealer_insight_state",
        store=True,
        compute_sudo=True,
    )
    dealer_objection_ids = fields.Many2many(
        "dealer.insight.topic",
        "crm_lead_dealer_objection_rel",
        "lead_id",
        "topic_id",
        string="Open Objections",
        compute="_compute_dealer_insight_state",
        store=True,
        compute_sudo=True,
    )
    dealer_price_sensitivity = fields.Integer(
        string="Price Sensitivity",
        compute="_compute_dealer_insight_state",
        store=True,
        compute_sudo=True,
        aggregator="avg",
        help="From 0 (not mentioned) to 5 (the price decides).",
    )

    dealer_showroom_url = fields.Char(
        string="Personal Showroom Link", compute="_compute_dealer_showroom_url"
    )

    def _insight_lead(self):
        return self

    @api.depends("dealer_relation_id")
    def _compute_dealer_showroom_url(self):
        for lead in self:
            relation = lead.dealer_relation_id
            lead.dealer_showroom_url = relation and relation._showroom_url()

    @api.model
    def _insight_depends(self):
        return ["dealer_insight_ids.strength"]

    def _dealer_documents(self):
        return super()._dealer_documents() | {"dealer.insight": ["relation_id"]}

    @api.depends(
        "dealer_insight_ids.strength", "dealer_insight_ids.topic_id", "dealer_insight_ids.date"
    )
    def _compute_dealer_insight_state(self):
        latest = self.env["dealer.insight"]._latest(self)
        same = defaultdict(self.browse)
        for lead in self:
            now = [rows[:1] for rows in latest.get(lead._origin.id, {}).values()]
            standing = {
                kind: [row for row in now if row.kind == kind and row.strength]
                for kind, _label in KINDS
            }
            competitors = tuple(sorted(row.topic_id.id for row in standing["competitor"]))
            objections = tuple(sorted(row.topic_id.id for row in standing["objection"]))
            price = max((row.strength for row in standing["price"]), default=0)
            same[competitors, objections, price] += lead
        # Each assignment of topics asks for the former ones: leads of one value are written at once.
        for (competitors, objections, price), leads in same.items():
            leads.dealer_competitor_ids = competitors
            leads.dealer_objection_ids = objections
            leads.dealer_price_sensitivity = price

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("dealer_insight_ids")
    def _compute_dealer_insight_count(self):
        rows, counts = self.env["dealer.insight"], {}
        if rows.has_access("read"):
            groups = rows._read_group([("lead_id", "in", self.ids)], ["lead_id"], ["__count"])
            counts = {lead.id: count for lead, count in groups}
        for lead in self:
            lead.dealer_insight_count = counts.get(lead._origin.id, 0)

    @api.depends_context("uid", "allowed_company_ids", "lang")
    @api.depends("dealer_insight_ids.strength")
    def _compute_dealer_insight_summary(self):
        rows, latest = self.env["dealer.insight"], {}
        if rows.has_access("read"):
            latest = rows._latest(self)
        labels = dict(rows._fields["kind"]._description_selection(self.env))
        for lead in self:
            parts = OrderedDict()
            now = [found[:1] for found in latest.get(lead._origin.id, {}).values()]
            for row in sorted(now, key=lambda row: -row.strength):
                if row.strength:
                    parts.setdefault(row.kind, []).append(f"{row.topic_id.name} {row.strength}")
            lead.dealer_insight_summary = " · ".join(
                f"{labels[kind]}: {'、'.join(parts[kind][:MOST_IN_SUMMARY])}"
                for kind, _label in KINDS
                if kind in parts
            )

    @api.model_create_multi
    def create(self, vals_list):
        # Nothing was noted about a fresh lead: what is told beforehand is not asked for.
        nothing = {
            "dealer_competitor_ids": [],
            "dealer_objection_ids": [],
            "dealer_price_sensitivity": 0,
        }
        return super().create([{**vals, **nothing} for vals in vals_list])

    def _merge_dependences(self, opportunities):
        result = super()._merge_dependences(opportunities)
        # What was noted about leads that Odoo's own merge deletes stays with the customer.
        of_stores = opportunities.sudo().filtered("dealer_unit_id")
        if of_stores:
            of_stores.dealer_insight_ids.lead_id = self
        return result

    # ------------------------------------------------------------
    # Heat map
    # ------------------------------------------------------------

    def dealer_heat_map(self):
        """Return need × strength over time of this lead, for the heat map.

        :return: ``columns`` ``[{key, label, about}]`` in the order of time, contacts or, where there
            are more than eight, weeks; ``rows`` ``[{id, name, kind, kind_label, cells, latest,
            trend}]`` with a strength or None a column, the newest of the cell; ``by_week``
        :raise AccessError: when the user may not read the lead
        """
        self.ensure_one()
        self.check_access("read")
        rows = self.env["dealer.insight"]
        found = rows._latest(self).get(self.id, {}) if rows.has_access("read") else {}
        kinds = dict(rows._fields["kind"]._description_selection(self.env))
        seen = sorted(rows.union(*found.values()), key=lambda row: (row.date, row.id))
        columns, by_week = self._dealer_heat_columns(seen)
        order = {kind: place for place, (kind, _label) in enumerate(KINDS)}
        table = []
        for topic, observed in found.items():
            cells = dict.fromkeys(columns)
            for row in reversed(observed):
                if (key := self._dealer_heat_key(row, by_week)) in cells:
                    cells[key] = row.strength
            last, before = observed[:1].strength, observed[1:2]
            trend = "new"
            if before:
                trend = (
                    "same"
                    if last == before.strength
                    else "up"
                    if last > before.strength
                    else "down"
                )
            table.append(
                {
                    "id": topic.id,
                    "name": topic.name,
                    "kind": topic.kind,
                    "kind_label": kinds[topic.kind],
                    "cells": list(cells.values()),
                    "latest": last,
                    "trend": trend,
                }
            )
        table.sort(key=lambda line: (order[line["kind"]], -line["latest"], line["id"]))
        return {
            "columns": [{"key": "|".join(key), **column} for key, column in columns.items()],
            "rows": table,
            "by_week": by_week,
            "summary": self.dealer_insight_summary,
        }

    @api.model
    def _dealer_heat_key(self, row, by_week):
        day = row.day
        if by_week:
            year, week, _weekday = day.isocalendar()
            return (f"{year}-{week:02}",)
        return day.isoformat(), row.source

    @api.model
    def _dealer_heat_columns(self, rows):
        sources = dict(rows[0]._fields["source"]._description_selection(self.env)) if rows else {}
        contacts = OrderedDict()
        for row in rows:
            contacts[self._dealer_heat_key(row, False)] = {
                "label": row.day.strftime("%m-%d"),
                "about": sources[row.source],
            }
        if len(contacts) <= MOST_COLUMNS:
            return contacts, False
        weeks = OrderedDict()
        for row in rows:
            week = row.day.isocalendar().week
            weeks[self._dealer_heat_key(row, True)] = {
                "label": self.env._("Week %s", week),
                "about": str(row.day.isocalendar().year),
            }
        return OrderedDict(list(weeks.items())[-MOST_COLUMNS:]), True

    def action_dealer_insights(self):
        """Open the observations of this lead."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dealer_leads.dealer_insight_action")
        return {
            **action,
            "domain": list(Domain("lead_id", "=", self.id)),
            "context": {"default_lead_id": self.id},
        }
