from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

#: Who gives advice: senior sales, finance (in the sales department), after-sales.
EXPERT_POSTS = (
    "dealer_base.group_sales_consultant",
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_dcc_lead",
    "dealer_base.group_service_advisor",
    "dealer_base.group_service_manager",
    "dealer_base.group_general_manager",
)


class DealerConsultationExpert(models.Model):
    """Who answers questions on a topic in a store; the first one answers for the term."""

    _name = "dealer.consultation.expert"
    _description = "Consultation Expert"
    _inherit = ["dealer.store.mixin", "dealer.user.checks"]
    _order = "unit_id, topic_id, sequence, id"
    _rec_name = "user_id"

    topic_id = fields.Many2one(
        "dealer.consultation.topic", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")
    user_id = fields.Many2one(
        "res.users",
        string="Expert",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('id', 'in', candidate_ids)]",
    )

    _once = models.Constraint(
        "UNIQUE(unit_id, topic_id, user_id)", "This expert is named for the topic already."
    )

    @api.depends("unit_id")
    def _compute_candidate_ids(self):
        groups = [self.env.ref(group).id for group in EXPERT_POSTS]
        for row in self:
            # Which colleagues work in a store is no secret.
            people = self.env["res.users"].sudo()
            row.candidate_ids = people.search(
                Domain("group_ids", "in", groups)
                & Domain("company_ids", "in", row.unit_id.company_id.ids)
            ).ids

    @api.constrains("user_id", "unit_id")
    def _check_user(self):
        for row in self:
            if row.user_id not in row.candidate_ids:
                raise ValidationError(
                    self.env._(
                        "%(person)s does not advise in %(store)s. Choose somebody of this store from"
                        " sales or after-sales.",
                        person=row.user_id.name,
                        store=row.unit_id.name,
                    )
                )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            # Rules are asked before a write; nobody moves an expert to where the own reach ends.
            self.check_access("write")
        return result

    @api.model
    def _experts(self, unit, topic):
        """Return who is asked about ``topic`` in ``unit``, who answers for the term first."""
        # Who the experts are does not depend on who asks.
        rows = self.sudo().search(
            Domain("unit_id", "=", unit.id) & Domain("topic_id", "=", topic.id)
        )
        return rows.user_id.filtered("active")
