from odoo import api, fields, models


class DealerVisitStep(models.TransientModel):
    """Ask what a step of a visit needs; the visit checks the right and does it."""

    _name = "dealer.visit.step"
    _description = "Step of a Showroom Visit"

    visit_id = fields.Many2one("dealer.visit", required=True, ondelete="cascade")
    step = fields.Selection(
        [
            ("hand", "Hand To"),
            ("contact", "Keep the Contact"),
            ("close", "Guests Leave"),
            ("cancel", "Cancel"),
            ("return", "Send Back"),
        ],
        required=True,
    )
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")
    consultant_id = fields.Many2one("res.users", domain="[('id', 'in', candidate_ids)]")
    wished = fields.Boolean(string="Wished by the Customer")
    result = fields.Selection(
        selection=lambda self: (
            self.env["dealer.visit"]._fields["result"]._description_selection(self.env)
        )
    )
    left_at = fields.Datetime(string="Left On", default=fields.Datetime.now)
    drove = fields.Boolean(string="Drove a Car")
    contact_kept = fields.Boolean(related="visit_id.contact_kept")
    visitor_name = fields.Char(string="Surname or Name")
    phone = fields.Char(string="Mobile Number")
    brand = fields.Char()
    series = fields.Char(string="Series of Interest")
    source_id = fields.Many2one("utm.source", string="Heard of Us By")
    note = fields.Text(string="What Happened")
    reason = fields.Char()

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        visit = self.env["dealer.visit"].browse(values.get("visit_id", []))
        visit.check_access("read")
        for field in ("visitor_name", "brand", "series", "drove", "note"):
            values[field] = visit[field]
        values["source_id"] = visit.source_id.id
        values["consultant_id"] = visit.consultant_id.id
        values["wished"] = visit.wished
        if values.get("step") == "hand" and visit and not visit.consultant_id:
            turn = visit._turn(visit.unit_id)
            values["consultant_id"] = turn[0][0].id if turn else False
        return values

    @api.depends("visit_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.candidate_ids = wizard.visit_id._receivers().ids

    def action_do(self):
        """Do the step with what was filled in."""
        self.ensure_one()
        visit = self.visit_id
        if self.step == "hand":
            visit._hand_to(self.consultant_id, self.wished)
        elif self.step == "contact":
            visit._keep_contact(self.visitor_name, self.phone)
        elif self.step == "close":
            if self.phone and not visit.contact_kept:
                visit._keep_contact(self.visitor_name, self.phone)
            visit._close(
                self.result,
                self.left_at,
                visitor_name=self.visitor_name,
                brand=self.brand,
                series=self.series,
                source_id=self.source_id.id,
                drove=self.drove,
                note=self.note,
            )
        elif self.step == "cancel":
            visit._cancel(self.reason)
        else:
            visit._return(self.reason)
        return {"type": "ir.actions.act_window_close"}
