import logging
import unicodedata

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

#: The field of ``dealer.relation`` that names who got the lead, and the post of these people.
POSTS = {
    "consultant_id": "dealer_base.group_sales_consultant",
    "dcc_agent_id": "dealer_base.group_dcc_agent",
}
#: Fields of the days, as ``datetime.weekday()`` counts them.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class DealerDistributionRule(models.Model):
    """Who of a store gets which leads; and the queue of the leads for whom nobody was free.

    The first rule that fits and has somebody free decides (requirement B3).
    """

    _name = "dealer.distribution.rule"
    _description = "Distribution Rule"
    _inherit = ["dealer.queue.mixin", "dealer.store.mixin"]
    _order = "unit_id, sequence, id"

    name = fields.Char(required=True, help="Stands in the customer's history as the reason.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    source_ids = fields.Many2many("utm.source", string="Sources", help="Empty: any source.")
    brand = fields.Char(help="Empty: any brand.")
    series = fields.Char(help="Empty: any series.")
    hour_from = fields.Float(
        string="From", help="Time of the store when the lead is given out. 0 to 0: at any hour."
    )
    hour_to = fields.Float(
        string="Until",
        help="Before “From”: until the next morning; the day is that on which it begins.",
    )
    hours = fields.Char(compute="_compute_hours")
    mon = fields.Boolean(string="Monday", default=True)
    tue = fields.Boolean(string="Tuesday", default=True)
    wed = fields.Boolean(string="Wednesday", default=True)
    thu = fields.Boolean(string="Thursday", default=True)
    fri = fields.Boolean(string="Friday", default=True)
    sat = fields.Boolean(string="Saturday", default=True)
    sun = fields.Boolean(string="Sunday", default=True)
    role = fields.Selection(
        [("consultant_id", "Sales Consultants"), ("dcc_agent_id", "DCC Agents")],
        string="Given To",
        required=True,
        default="consultant_id",
    )
    team_id = fields.Many2one(
        "dealer.team",
        index="btree_not_null",
        domain="[('unit_id', '=', unit_id)]",
        ondelete="restrict",
        help="Empty: all teams.",
    )
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")
    user_ids = fields.Many2many(
        "res.users",
        string="People",
        domain="[('id', 'in', candidate_ids)]",
        help="Empty: everybody of the post in the store.",
    )

    @api.depends("hour_from", "hour_to")
    def _compute_hours(self):
        for rule in self:
            minutes = [round(hour * 60) for hour in (rule.hour_from, rule.hour_to)]
            rule.hours = any(minutes) and "–".join(
                f"{minute // 60}:{minute % 60:02}" for minute in minutes
            )

    @api.depends("unit_id", "role")
    def _compute_candidate_ids(self):
        for rule in self:
            rule.candidate_ids = (
                rule.unit_id._distribution_staff(rule.role).ids
                if rule.unit_id and rule.role
                else False
            )

    @api.constrains("hour_from", "hour_to")
    def _check_hours(self):
        for rule in self:
            if not (0 <= rule.hour_from < 24 and 0 <= rule.hour_to <= 24):
                raise ValidationError(
                    self.env._("Hours lie between 0:00 and 24:00. Correct “From” and “Until”.")
                )
            if rule.hour_from == rule.hour_to and rule.hour_from:
                raise ValidationError(
                    self.env._(
                        "“From” and “Until” are the same. Enter 0:00 in both for a rule that holds"
                        " at any hour."
                    )
                )

    @api.constrains(*DAYS)
    def _check_days(self):
        for rule in self:
            if not any(rule[day] for day in DAYS):
                raise ValidationError(
                    self.env._("Tick at least one day, or archive the rule to switch it off.")
                )

    @api.constrains("unit_id", "team_id")
    def _check_team(self):
        for rule in self:
            if rule.team_id and rule.team_id.unit_id != rule.unit_id:
                raise ValidationError(
                    self.env._(
                        "%(team)s is no team of %(store)s. Choose a team of this store or leave it"
                        " empty.",
                        team=rule.team_id.name,
                        store=rule.unit_id.name,
                    )
                )

    @api.constrains("unit_id", "role", "user_ids")
    def _check_people(self):
        for rule in self:
            wrong = rule.user_ids.filtered("active") - rule.unit_id._distribution_staff(rule.role)
            if wrong:
                raise ValidationError(
                    self.env._(
                        "%(people)s cannot get leads by this rule: the rule gives them to people of"
                        " %(store)s in the post “%(post)s”. Take them out, or make a rule of its"
                        " own for them.",
                        people=", ".join(wrong.mapped("name")),
                        store=rule.unit_id.name,
                        post=dict(self._fields["role"]._description_selection(self.env))[rule.role],
                    )
                )

    # ------------------------------------------------------------
    # Which rule fits
    # ------------------------------------------------------------

    def _staff(self, people):
        """Return those of the post's ``people`` (res.users) to whom this rule gives leads."""
        self.ensure_one()
        if self.user_ids:
            people &= self.user_ids
        if self.team_id:
            people &= self.team_id.member_ids
        return people

    def _holds_at(self, local):
        """Whether the rule holds at a moment, given as the wall of the store shows it."""
        self.ensure_one()
        hour = local.hour + local.minute / 60 + local.second / 3600
        day = local.weekday()
        if self.hour_from == self.hour_to:
            return self[DAYS[day]]
        if self.hour_from < self.hour_to:
            return self.hour_from <= hour < self.hour_to and self[DAYS[day]]
        if hour < self.hour_to:
            # The night began the day before.
            return self[DAYS[day - 1]]
        return hour >= self.hour_from and self[DAYS[day]]

    def _fits(self, wish):
        """Whether source, brand and series of a lead are those of the rule."""
        self.ensure_one()
        if self.source_ids and (not wish.source or wish.source not in self.source_ids):
            return False
        return all(
            not self[field] or self._tidy(self[field]) == self._tidy(getattr(wish, field))
            for field in ("brand", "series")
        )

    @staticmethod
    def _tidy(text):
        # Platforms write GOLF, Golf, Ｇｏｌｆ and "高尔夫 GTI" as they like.
        return "".join(unicodedata.normalize("NFKC", text or "").split()).casefold()

    # ------------------------------------------------------------
    # The queue of leads that wait
    # ------------------------------------------------------------

    @api.model
    def _drain(self, limit=500):
        """Give waiting leads to whoever is free by now, the oldest first.

        What nobody is free for goes on waiting, and stops nothing behind it.
        """
        # Leads of all stores are given out by the system.
        leads = self.env["crm.lead"].sudo()
        waiting = leads._dealer_waiting_domain()
        done = 0
        for unit, ids in leads._read_group(waiting, ["dealer_unit_id"], ["id:array_agg"]):
            ids = sorted(ids)
            for start in range(0, len(ids), limit):
                if done >= limit or not unit._distribution_open():
                    break
                rows = leads.browse(ids[start : start + limit]).try_lock_for_update()
                done += self._give(rows.filtered_domain(waiting))
        return done, done >= limit

    @api.model
    def _give(self, leads):
        """Give the leads in one go; where that fails, one by one, so that one stops nobody.

        :return: how many found somebody
        """
        try:
            with self.env.cr.savepoint():
                return len(leads._dealer_distribute(bound_first=True))
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:  # noqa: BLE001 any lead may hit any error; each is tried below
            if len(leads) == 1:
                # It goes on waiting, where the managers see it.
                _logger.info("Lead %s cannot be given out: %s", leads.id, error)
                return 0
        return sum(self._give(lead) for lead in leads)

    @api.model
    def _wake_if_waiting(self):
        """Wake the queue where leads wait: somebody may be free by now."""
        # Whether leads wait is asked for whoever is free again, whatever the rights.
        leads = self.env["crm.lead"].sudo()
        if leads.search_count(leads._dealer_waiting_domain(), limit=1):
            self._wake()
