from odoo import api, fields, models
from odoo.exceptions import ValidationError


class DealerCapacityJob(models.Model):
    """What is booked often, and what it needs, so that nobody has to list it each time."""

    _name = "dealer.capacity.job"
    _description = "Kind of Job"
    _inherit = ["dealer.user.checks"]
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    code = fields.Char(copy=False, help="How programs name the job, e.g. maintenance.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        ondelete="cascade",
        help="Empty: of all stores.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index=True)
    offer_minutes = fields.Integer(
        string="Offers Hold (min)",
        default=30,
        help="So long a place is kept for somebody on the waiting list who was offered it.",
    )
    need_ids = fields.One2many("dealer.capacity.need", "job_id", string="Needs", copy=True)
    minutes = fields.Integer(string="Duration (min)", compute="_compute_minutes")

    _code_uniq = models.UniqueIndex(
        "(code, coalesce(unit_id, 0)) WHERE code IS NOT NULL",
        "Another kind of job has this code already.",
    )
    _offer_positive = models.Constraint(
        "CHECK (offer_minutes > 0)", "An offer holds for at least a minute."
    )

    @api.depends("need_ids.minutes", "need_ids.offset")
    def _compute_minutes(self):
        for job in self:
            job.minutes = max((line.offset + line.minutes for line in job.need_ids), default=0)

    @api.constrains("need_ids")
    def _check_needs(self):
        for job in self:
            if not job.need_ids:
                raise ValidationError(
                    self.env._("Say what %s needs: at least one kind of resource.", job.name)
                )

    @api.constrains("company_id")
    def _check_company_of_store(self):
        # Which company a store is is no secret; the row may belong to a store one does not see.
        for job in self.sudo():
            if job.company_id != job.unit_id.company_id:
                raise ValidationError(
                    self.env._("The company of a record is the company of its store.")
                )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            # Rules are asked before a write; nobody changes what other stores book.
            self.check_access("write")
        return result

    def _need(self):
        """Return the need as :meth:`dealer.capacity._need` reads it."""
        self.ensure_one()
        return [
            {
                "kind": line.kind_id.id,
                "skills": line.skill_ids.ids,
                "units": line.units,
                "minutes": line.minutes,
                "offset": line.offset,
            }
            for line in self.need_ids
        ]
