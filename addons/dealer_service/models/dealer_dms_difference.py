from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerDmsDifference(models.Model):
    """A value of ours that the DMS overwrote, or one of the DMS that nobody took over without asking.

    Made by the system alone; a manager files it, takes ours back or decides the doubt.
    """

    _name = "dealer.dms.difference"
    _description = "Difference to the Maker's DMS"
    _inherit = ["dealer.store.mixin"]
    _order = "id desc"
    _rec_name = "field_name"

    unit_id = fields.Many2one(readonly=True, index=False)  # _open_idx begins with it
    row_id = fields.Many2one(
        "dealer.dms.row",
        string="Record of the DMS",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    kind = fields.Selection(related="row_id.kind")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    vehicle_id = fields.Many2one(
        "dealer.vehicle", string="Car", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    subject = fields.Char(string="Whose", compute="_compute_subject")
    field_name = fields.Char(required=True, readonly=True)
    label = fields.Char(string="What", compute="_compute_label")
    ours = fields.Char(string="Our Value", readonly=True)
    theirs = fields.Char(string="Value of the DMS", readonly=True)
    ours_shown = fields.Char(string="Ours", compute="_compute_shown")
    theirs_shown = fields.Char(string="DMS", compute="_compute_shown")
    nature = fields.Selection(
        [("overwritten", "Overwritten"), ("doubt", "In Doubt")], required=True, readonly=True
    )
    why = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("open", "To Look At"),
            ("filed", "Seen"),
            ("taken_back", "Ours Taken Back"),
            ("accepted", "DMS Taken Over"),
            ("declined", "Ours Kept"),
        ],
        required=True,
        readonly=True,
        default="open",
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(string="Decided On", readonly=True)

    _open_idx = models.Index("(unit_id, id) WHERE state = 'open'")

    @api.depends("partner_id", "vehicle_id")
    def _compute_subject(self):
        for line in self:
            line.subject = line.vehicle_id.display_name or line.partner_id.display_name

    def _record(self):
        """Return the file that the value stands in."""
        self.ensure_one()
        return self.vehicle_id or self.partner_id

    @api.depends("field_name")
    @api.depends_context("lang")
    def _compute_label(self):
        for line in self:
            if line.field_name == "owner":
                line.label = self.env._("Owner")
            else:
                field = line._record()._fields.get(line.field_name)
                line.label = field and field._description_string(self.env) or line.field_name

    @api.depends("ours", "theirs", "field_name")
    def _compute_shown(self):
        owners = self.filtered(lambda line: line.field_name == "owner")
        ids = {int(value) for line in owners for value in (line.ours, line.theirs) if value}
        # Which customers may be named is asked as the user.
        partners = self.env["res.partner"].browse(ids).exists()._filtered_access("read")
        names = {str(partner.id): partner.name for partner in partners}
        for line in self:
            for shown, value in (("ours_shown", line.ours), ("theirs_shown", line.theirs)):
                if line in owners and value:
                    value = names.get(value) or self.env._("a customer whom you do not see")
                line[shown] = value

    def write(self, vals):
        if not self.env.su:
            raise UserError(self.env._("A difference is decided by its buttons."))
        return super().write(vals)

    # ------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------

    def action_file(self):
        """The overwritten values were seen, and the DMS's are right."""
        lines = self._of_nature("overwritten")
        lines._decide("filed")

    def action_take_back(self):
        """Put our value back; the DMS's stays away until it says something else."""
        lines = self._of_nature("overwritten", "filed")
        for line in lines:
            line._put(line.ours, line.theirs)
        lines._decide("taken_back")

    def action_accept(self):
        """Take over the value of the DMS that was in doubt."""
        lines = self._of_nature("doubt")
        for line in lines:
            line._put(line.theirs, line.ours)
        lines._decide("accepted")

    def action_decline(self):
        """Keep our value; the DMS's stays away until it says something else."""
        self._of_nature("doubt")._decide("declined")

    def action_open_file(self):
        """Open the file that the value stands in; its own rights hold there."""
        self.ensure_one()
        return self.row_id.action_open_file()

    def _of_nature(self, nature, *more):
        """Check the right and return the lines that can be decided so."""
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        lines = self.filtered(lambda line: line.nature == nature and line.state in ("open", *more))
        if not lines:
            raise UserError(
                self.env._("This does not fit the chosen differences, or they are decided by now.")
            )
        return lines

    def _decide(self, state):
        # The right was checked; the course of a difference is the system's, so that nobody forges it.
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )

    def _put(self, value, expected):
        """Write ``value`` into the file where ``expected`` still stands."""
        self.ensure_one()
        # The right on the difference was checked; whoever looks after the DMS of a store decides
        # over the fields that the DMS owns, also in cars of colleagues.
        record = self._record().sudo()
        if self.field_name == "owner":
            here = str(record.current_owner_id.id or "")
        else:
            here = self.row_id.sudo()._text(record[self.field_name])  # as above
        if here != (expected or ""):
            raise UserError(
                self.env._(
                    "“%(label)s” of %(file)s was changed since. Look into the file and correct it"
                    " there.",
                    label=self.label,
                    file=record.display_name,
                )
            )
        if self.field_name == "owner":
            # As above; the owner is one whom the DMS named.
            record._set_owner(self.env["res.partner"].sudo().browse(int(value)))
        else:
            record.write({self.field_name: value or False})
