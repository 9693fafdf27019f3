from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerGrade(models.Model):
    """How soon a prospect will buy (意向级别, B6). Grades are data; what a kind means is code.

    How long nobody may be in touch with a grade is said by the clock policies of kind ``silence``:
    per store, and for fleet customers apart.
    """

    _name = "dealer.grade"
    _description = "Prospect Grade"
    _order = "sequence, id"
    _rec_names_search = ("code", "name")

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("new", "Not Graded"),
            ("open", "Prospect"),
            ("ordered", "Ordered"),
            ("delivered", "Delivered"),
            ("cancelled", "Order Cancelled"),
            ("asked", "Defeat Asked"),
            ("defeated", "Defeated"),
        ],
        required=True,
        default="open",
        help="Only grades of prospects are chosen by people; the others follow from what happens.",
    )
    is_hot = fields.Boolean(string="Hot", help="Will buy soon: silence is told first.")
    criteria = fields.Char(translate=True, help="When a prospect has this grade.")
    color = fields.Integer()
    fold = fields.Boolean(string="Folded in Kanban")
    lead_count = fields.Integer(compute="_compute_lead_count", string="Open Leads")

    _code_uniq = models.Constraint("UNIQUE(code)", "There is a grade with this code already.")

    @api.depends("code", "name")
    def _compute_display_name(self):
        for grade in self:
            grade.display_name = f"{grade.code} {grade.name}" if grade.name else grade.code

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_lead_count(self):
        counts = dict(
            self.env["crm.lead"]._read_group(
                [("dealer_grade_id", "in", self.ids), ("won_status", "=", "pending")],
                ["dealer_grade_id"],
                ["__count"],
            )
        )
        for grade in self:
            grade.lead_count = counts.get(grade, 0)

    @api.model
    def _of_kind(self, kind):
        """Return the first grade of a kind.

        :raise UserError: when somebody archived them all
        """
        grade = self.search([("kind", "=", kind)], limit=1)
        if not grade:
            label = dict(self._fields["kind"]._description_selection(self.env))[kind]
            raise UserError(
                self.env._(
                    "There is no grade of the kind “%s”. Restore one in the settings.", label
                )
            )
        return grade

    def _or_new(self):
        """Return this grade, or “not graded” where there is none or it was archived since."""
        return self.filtered("active") or self._of_kind("new")

    @api.ondelete(at_uninstall=False)
    def _check_delete(self):
        # Whether a grade is in use does not depend on which leads one sees.
        used = (
            self.env["dealer.grade.log"]
            .sudo()
            .search_count([("grade_id", "in", self.ids)], limit=1)
        )
        if used:
            raise UserError(self.env._("This grade was given to customers. Archive it instead."))
