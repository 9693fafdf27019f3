from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

#: So many days in a row make a customer to be invited.
STREAK = 3
#: Who counts clicks beyond that learns nothing more.
MOST = 999
#: How long it is kept who looked at what.
KEPT = timedelta(days=180)
#: Grades of customers whom nobody invites to bargain.
SETTLED = ("ordered", "delivered", "asked", "defeated")


class DealerPageView(models.Model):
    """How often a known customer looked at a car of the online showroom on a day (B12).

    One row per customer of a store, car and day, whatever the number of clicks. Rows are written by
    one statement of the public page and worked off by the queue: what they say about the lead, and
    whether the customer is to be invited to bargain (到店议价提醒).
    """

    _name = "dealer.page.view"
    _description = "Car Looked At Online"
    _inherit = ["dealer.queue.mixin"]
    _order = "day desc, last_at desc, id desc"
    _rec_name = "model_id"
    _log_access = False
    _drain_limit = 200

    relation_id = fields.Many2one(
        "dealer.relation",
        string="Customer of the Store",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="relation_id.partner_id", string="Customer", store=True, index="btree_not_null"
    )
    unit_id = fields.Many2one(related="relation_id.unit_id", store=True, index=True)
    company_id = fields.Many2one(related="relation_id.company_id", store=True, index=True)
    model_id = fields.Many2one(
        "dealer.showroom.model",
        string="Car",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    day = fields.Date(required=True, readonly=True, help="On the wall of the store.")
    count = fields.Integer(string="Times", required=True, readonly=True)
    last_at = fields.Datetime(string="Last Time", required=True, readonly=True)
    checked = fields.Boolean(readonly=True)
    streak = fields.Integer(
        string="Days in a Row", readonly=True, aggregator="max", help="That end on this day."
    )
    invited = fields.Boolean(
        string="To Be Invited",
        readonly=True,
        help="Three days in a row: the consultant was asked to invite the customer to bargain.",
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _once = models.Constraint("UNIQUE(relation_id, model_id, day)", "This day is counted already.")
    _due_idx = models.Index("(id) WHERE checked IS NOT TRUE")
    _invited_idx = models.Index("(company_id, day) WHERE invited IS TRUE")

    @api.model
    def _count(self, relation, car):
        """Count that a known customer looks at a car now; nothing, where the customer did not agree.

        One statement (in a savepoint), whether counted or not. Consent holds for the store that it
        was given to.

        :return: whether it was counted
        """
        now = fields.Datetime.now()
        day = relation.unit_id._clock_local(now).date()
        query = SQL(
            """
            INSERT INTO dealer_page_view AS view (
                relation_id, partner_id, unit_id, company_id, model_id, day, count,
                last_at, checked, streak, invited
            )
            SELECT relation.id, relation.partner_id, relation.unit_id,
                   relation.company_id, %(car)s, %(day)s, 1, %(now)s, FALSE, 0, FALSE
              FROM dealer_relation relation
             WHERE relation.id = %(relation)s AND relation.active
               AND EXISTS (
                       SELECT FROM dealer_consent consent
                        WHERE consent.partner_id = relation.partner_id
                          AND consent.unit_id = relation.unit_id
                          AND consent.purpose = 'profiling'
                          AND consent.withdrawn_at IS NULL
                   )
            ON CONFLICT (relation_id, model_id, day) DO UPDATE
               SET count = LEAST(view.count + 1, %(most)s), last_at = EXCLUDED.last_at,
                   checked = FALSE
            RETURNING id
            """,
            car=car.id,
            day=day,
            now=now,
            relation=relation.id,
            most=MOST,
        )
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(query, log_exceptions=False)
                return bool(self.env.cr.fetchall())
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Another click of the same customer is counted in this very moment; both are one look.
            return True

    # ------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------

    @api.model
    def _drain(self, limit=500):
        self.flush_model()
        rows = self.search([("checked", "=", False)], order="id", limit=limit)
        # Whom somebody looks at this very moment is looked at in the next minute.
        rows = rows.try_lock_for_update().sorted(lambda row: (row.day, row.id))
        if rows:
            rows.invalidate_recordset()
            rows._follow()
            rows.checked = True
        left = bool(self.search_count([("checked", "=", False)], limit=1)) if rows else False
        return len(rows), left

    def _follow(self):
        """Work out streaks, note them on the leads, and ask for invitations."""
        leads = self._leads()
        earlier = self.search(
            Domain("relation_id", "in", self.relation_id.ids)
            & Domain("model_id", "in", self.model_id.ids)
            & Domain("day", ">=", min(self.mapped("day")) - timedelta(days=1))
        )
        by_day = {(row.relation_id, row.model_id, row.day): row for row in earlier}
        barred = self._barred(leads)
        for row in self:
            before = by_day.get((row.relation_id, row.model_id, row.day - timedelta(days=1)))
            row.lead_id = leads.get(row.relation_id)
            row.streak = before.streak + 1 if before else 1
            row.invited = row.invited or bool(before and before.invited)
            if row.streak >= STREAK and not row.invited and row.relation_id not in barred:
                row.invited = row._invite()
        self._note_on_leads()

    def _leads(self):
        """Return ``{relation: its open lead}``, the newest where there are several."""
        leads = self.env["crm.lead"].search(
            Domain("dealer_relation_id", "in", self.relation_id.ids)
            & Domain("won_status", "=", "pending"),
            order="id",
        )
        return {lead.dealer_relation_id: lead for lead in leads}

    def _barred(self, leads):
        """Return the relations of customers who ordered, or who are lost: nobody invites them."""
        relations = self.relation_id
        ordered = self.env["dealer.order"].search(
            Domain("relation_id", "in", relations.ids)
            & Domain("state", "in", ("ordered", "planned"))
        )
        barred = ordered.relation_id
        leads_ever = self.env["crm.lead"].with_context(active_test=False)
        known = leads_ever._read_group(
            Domain("dealer_relation_id", "in", (relations - barred).ids), ["dealer_relation_id"]
        )
        for (relation,) in known:
            lead = leads.get(relation)
            # Whose leads are all closed is another matter: defeated, or has the car already.
            if not lead or lead.dealer_grade_kind in SETTLED:
                barred |= relation
        return barred

    def _invite(self):
        """Ask who serves the customer to invite him to bargain; nobody bound: the manager.

        :return: whether there was anybody to ask
        """
        self.ensure_one()
        relation, unit = self.relation_id, self.unit_id
        user = relation.consultant_id.filtered("active") or relation.dcc_agent_id.filtered("active")
        if not user:
            user = (
                unit._clock_staff("dealer_base.group_sales_manager")
                or unit._clock_staff("dealer_base.group_sales_director")
            )[:1]
        if not user:
            return False
        env = self.with_context(lang=user.lang or self.env.lang).env
        document = self.lead_id or self.partner_id
        document.with_context(mail_activity_quick_update=True).activity_schedule(
            "dealer_leads.mail_activity_type_bargain",
            date_deadline=unit._clock_local(fields.Datetime.now()).date(),
            summary=env._("Invite to bargain: %s", self.model_id.display_name),
            note=env._(
                "Looked at %(car)s on %(days)s days in a row. Call today and invite to the store.",
                car=self.model_id.display_name,
                days=self.streak,
            ),
            user_id=user.id,
        )
        return True

    def _note_on_leads(self):
        """Keep on the lead that the customer looks at the car: stronger with each day in a row."""
        insights = self.env["dealer.insight"]
        topic = self.env.ref("dealer_leads.insight_topic_interest_page", False)
        with_lead = self.filtered(lambda row: row.lead_id.dealer_unit_id == row.unit_id)
        if not topic or not with_lead:
            return
        noted = insights.search(
            Domain("res_model", "=", self._name) & Domain("res_id", "in", with_lead.ids)
        )
        by_row = {each.res_id: each for each in noted}
        fresh = []
        for row in with_lead:
            values = {
                "strength": min(row.streak, 5),
                "note": self.env._(
                    "%(car)s: looked at %(count)s times",
                    car=row.model_id.display_name,
                    count=row.count,
                ),
            }
            if each := by_row.get(row.id):
                each.write(values)
                continue
            fresh.append(
                {
                    "lead_id": row.lead_id.id,
                    "unit_id": row.unit_id.id,
                    "topic_id": topic.id,
                    "source": "page",
                    "date": row.last_at,
                    "user_id": False,
                    "res_model": self._name,
                    "res_id": row.id,
                    **values,
                }
            )
        insights.create(fresh)

    @api.autovacuum
    def _gc_views(self):
        """Forget who looked at what long ago: it serves no purpose any more (PIPL Art. 19)."""
        day = fields.Date.today() - KEPT
        # The rows are the system's.
        self.sudo().search([("day", "<", day)], limit=10000).unlink()
