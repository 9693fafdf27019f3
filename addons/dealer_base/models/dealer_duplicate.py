from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

#: A name that more customers of a city share says nothing.
COMMON = 20
#: So many customers are looked at in one turn.
BATCH = 200


class DealerDuplicate(models.Model):
    """Two customers that may be one person; people decide (B2).

    Who sees both files sees the pair: nobody learns from it that another store has such a customer.
    """

    _name = "dealer.duplicate"
    _description = "Doubtful Pair"
    _inherit = ["dealer.queue.mixin"]
    _order = "id desc"

    # The older file stands first, so that a pair is listed once.
    first_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    second_id = fields.Many2one(
        "res.partner", string="Maybe the Same", required=True, index=True, ondelete="cascade"
    )
    first_phone = fields.Char(related="first_id.phone", related_sudo=False, string="Phone")
    second_phone = fields.Char(
        related="second_id.phone", related_sudo=False, string="Phone of the Other"
    )
    city = fields.Char(related="second_id.city", related_sudo=False)
    why = fields.Selection(
        [
            ("name_city", "Same Name and City"),
            ("digit", "Numbers Differ in One Digit"),
            ("both", "Same Name, One Digit Differs"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [("open", "To Decide"), ("merged", "Merged"), ("different", "Not the Same")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)

    _pair_uniq = models.UniqueIndex("(first_id, second_id)", "This pair is listed already.")
    _ordered = models.Constraint("CHECK (first_id < second_id)", "The older file stands first.")

    @api.depends("first_id", "second_id")
    def _compute_display_name(self):
        for pair in self:
            pair.display_name = f"{pair.first_id.display_name} – {pair.second_id.display_name}"

    # ------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------

    @api.model
    def _drain(self, limit=500):
        """Compare customers that are new or changed with all others; cost follows what changed."""
        partners = self.env[
            "res.partner"
        ].sudo()  # pairs are found across stores, people see theirs
        limit = min(limit, BATCH)
        due = partners.search([("dealer_pairs_due", "=", True)], order="id", limit=limit + 1)
        left, due = len(due) > limit, due[:limit].try_lock_for_update(allow_referencing=True)
        if due:
            self.sudo()._renew(due)
            # The file did not change because somebody looked at it.
            self.env.cr.execute(
                SQL("UPDATE res_partner SET dealer_pairs_due = FALSE WHERE id IN %s", due._ids)
            )
            due.invalidate_recordset(["dealer_pairs_due"], flush=False)
        return len(due), left

    @api.model
    def _renew(self, partners):
        """List the pairs of these customers; what is no pair any more and undecided goes."""
        partners.flush_recordset()
        found = self._find(partners)
        known = self.search(
            Domain("first_id", "in", partners.ids) | Domain("second_id", "in", partners.ids)
        )
        by_pair = {(pair.first_id.id, pair.second_id.id): pair for pair in known}
        for key, pair in by_pair.items():
            if pair.state == "open" and key not in found:
                pair.unlink()
            elif pair.state == "open" and pair.why != found[key]:
                pair.why = found[key]
        self.create(
            [
                {"first_id": first, "second_id": second, "why": why}
                for (first, second), why in sorted(found.items())
                if (first, second) not in by_pair
            ]
        )

    @api.model
    def _find(self, partners):
        """Return ``{(older id, younger id): why}``; two statements, each answered by an index."""
        found = {}
        for sql, why in (
            (self._same_name(partners), "name_city"),
            (self._one_digit_off(partners), "digit"),
        ):
            for one, other in self.env.execute_query(sql):
                key = min(one, other), max(one, other)
                found[key] = "both" if found.get(key, why) != why else why
        return found

    def _same_name(self, partners):
        return SQL(
            """
            SELECT me.id, other.id FROM res_partner me
             CROSS JOIN LATERAL (
                SELECT array_agg(id) AS ids FROM (
                    SELECT id FROM res_partner
                     WHERE is_dealer_customer AND active AND id != me.id
                       AND name = me.name AND city = me.city
                     LIMIT %(too_many)s
                ) AS few
             ) AS same
             CROSS JOIN LATERAL unnest(same.ids) AS other(id)
             WHERE me.id IN %(ids)s AND me.is_dealer_customer AND me.active
               AND COALESCE(me.name, '') != '' AND COALESCE(me.city, '') != ''
               AND cardinality(same.ids) < %(too_many)s
            """,
            ids=partners._ids,
            too_many=COMMON,
        )

    def _one_digit_off(self, partners):
        """Numbers that somebody may have mistyped: one digit differs, the family name is the same."""
        return SQL(
            """
            SELECT me.id, other.id FROM res_partner me
             CROSS JOIN generate_series(6, 14) AS place
             CROSS JOIN generate_series(0, 9) AS digit
              JOIN res_partner other
                ON other.phone_normalized
                   = overlay(me.phone_normalized PLACING digit::text FROM place FOR 1)
               AND other.is_dealer_customer AND other.active
               AND left(other.name, 1) = left(me.name, 1) AND other.id != me.id
             WHERE me.id IN %s AND me.is_dealer_customer AND me.active
               AND me.phone_kind = 'mobile' AND me.phone_normalized LIKE '+86%%'
            """,
            partners._ids,
        )

    # ------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------

    def action_merge(self):
        """Open the preview of merging the two."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_base.dealer_merge_wizard_action_partner"
        )
        action["context"] = {
            "active_model": "res.partner",
            "active_ids": (self.first_id | self.second_id).ids,
        }
        return action

    def action_different(self):
        """Note that these are two people; the pair is not listed again."""
        self.check_access("read")
        self.env["res.partner"]._dealer_check_merger()
        decided = self.filtered(lambda pair: pair.state == "merged")
        if decided:
            raise UserError(self.env._("They are merged already. Undo the merge first."))
        # The right was checked; pairs are written by the system alone.
        self.sudo().write(
            {
                "state": "different",
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )

    def action_reopen(self):
        """List a pair again that was said to be two people."""
        self.check_access("read")
        self.env["res.partner"]._dealer_check_merger()
        # The right was checked; pairs are written by the system alone.
        self.sudo().filtered(lambda pair: pair.state == "different").write(
            {"state": "open", "decided_by_id": False, "decided_at": False}
        )
