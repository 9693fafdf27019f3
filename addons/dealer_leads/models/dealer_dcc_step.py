from odoo import api, fields, models


class DealerDccStep(models.Model):
    """A step of the invitation call with its talk track (邀约七步, FACTS §1.3)."""

    _name = "dealer.dcc.step"
    _description = "Step of the Invitation Call"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("prepare", "Prepare"),
            ("open", "Open"),
            ("needs", "Needs"),
            ("value", "Value"),
            ("invite", "Invite"),
            ("confirm", "Confirm"),
            ("record", "Record"),
        ],
        required=True,
        help="Which answers the form asks for in this step.",
    )
    aim = fields.Char(translate=True, help="What is reached when the step is done.")
    script = fields.Text(
        string="Talk Track, Outbound",
        translate=True,
        help="{customer}, {agent}, {store} and {car} are filled in.",
    )
    script_in = fields.Text(
        string="Talk Track, Inbound", translate=True, help="Empty: the same as outbound."
    )

    _kind_uniq = models.Constraint("UNIQUE(kind)", "There is a step of this kind already.")

    @api.model
    def _track(self):
        """Return the steps of a call in their order."""
        return self.search([], limit=len(self._fields["kind"].selection))
