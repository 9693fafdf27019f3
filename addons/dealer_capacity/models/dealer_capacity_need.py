from odoo import api, fields, models


class DealerCapacityNeed(models.Model):
    """A line of what a job needs: so many units of a kind, with skills, for so long, from when on."""

    _name = "dealer.capacity.need"
    _description = "Need of a Job"
    _inherit = ["dealer.user.checks"]
    _order = "sequence, id"
    _rec_name = "kind_id"

    job_id = fields.Many2one("dealer.capacity.job", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    kind_id = fields.Many2one("dealer.capacity.kind", required=True, ondelete="restrict")
    skill_ids = fields.Many2many(
        "dealer.capacity.skill",
        "dealer_capacity_need_skill_rel",
        "need_id",
        "skill_id",
        string="With Skills",
    )
    units = fields.Integer(required=True, default=1)
    minutes = fields.Integer(string="For (min)", required=True, default=60)
    offset = fields.Integer(
        string="Begins After (min)",
        default=0,
        help="Minutes after the start of the job, in steps of 15: e.g. the car wash after the work.",
    )

    _sensible = models.Constraint(
        'CHECK (units BETWEEN 1 AND 50 AND minutes BETWEEN 1 AND 1440 AND "offset" BETWEEN 0 AND 1440'
        ' AND "offset" % 15 = 0)',
        "A job needs 1 to 50 units for up to 24 hours, from 0 to 24 hours after its start in steps of 15 minutes.",
    )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "job_id" in field_names:
            # Rules are asked before a write; nobody changes the jobs of other stores.
            self.check_access("write")
        return result

    @api.depends("kind_id", "skill_ids", "units", "minutes")
    def _compute_display_name(self):
        for line in self:
            skills = ", ".join(line.skill_ids.mapped("name"))
            name = f"{line.kind_id.name} ({skills})" if skills else line.kind_id.name
            line.display_name = self.env._(
                "%(units)s × %(kind)s, %(minutes)s min",
                units=line.units,
                kind=name,
                minutes=line.minutes,
            )
