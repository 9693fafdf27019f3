from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..tools.cells import CELL_MINUTES

#: Somebody who books at this moment may not see a change yet; so long it is looked for conflicts.
LOOK_ON = timedelta(minutes=15)


class DealerCapacityResource(models.Model):
    """A bay, a person, a car or a pool of things alike, that can be booked."""

    _name = "dealer.capacity.resource"
    _description = "Resource"
    _inherit = ["dealer.user.checks", "dealer.store.mixin"]
    _order = "kind_id, sequence, name, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind_id = fields.Many2one(
        "dealer.capacity.kind", required=True, index=True, ondelete="restrict"
    )
    units = fields.Integer(
        required=True,
        default=1,
        help="1 for a person, a bay or a car; more for a pool of things that are all alike.",
    )
    unit_minutes = fields.Integer(
        string="Unit of Time (min)",
        required=True,
        default=30,
        help="Bookings begin on a multiple of it after midnight and last a multiple of it.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: the opening hours of the store.",
    )
    skill_ids = fields.Many2many(
        "dealer.capacity.skill",
        "dealer_capacity_resource_skill_rel",
        "resource_id",
        "skill_id",
        string="Skills",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        index="btree_not_null",
        ondelete="set null",
        help="Whose working hours' leave counts, and who sees the own bookings.",
    )
    exception_ids = fields.One2many(
        "dealer.capacity.exception", "resource_id", string="Closures and Extra Hours"
    )
    recheck_until = fields.Datetime(
        readonly=True,
        copy=False,
        help="Its hours or skills have changed; until then its bookings are looked through.",
    )

    _units_positive = models.Constraint("CHECK (units > 0)", "A resource has at least one unit.")
    _recheck_idx = models.Index("(recheck_until) WHERE recheck_until IS NOT NULL")

    @api.constrains("unit_minutes")
    def _check_unit_minutes(self):
        for resource in self:
            minutes = resource.unit_minutes
            if not CELL_MINUTES <= minutes <= 240 or minutes % CELL_MINUTES:
                raise ValidationError(
                    self.env._(
                        "The unit of time of %s is a multiple of 15 minutes, from 15 to 240.",
                        resource.name,
                    )
                )

    @api.constrains("units", "kind_id")
    def _check_units(self):
        for resource in self:
            if resource.kind_id.person and resource.units != 1:
                raise ValidationError(
                    self.env._(
                        "%(name)s is one unit: make a resource for each %(kind)s.",
                        name=resource.name,
                        kind=resource.kind_id.name,
                    )
                )

    @api.constrains("user_id", "unit_id")
    def _check_works_here(self):
        # Companies of colleagues are not readable for every post.
        for resource in self.sudo().filtered("user_id"):
            if resource.company_id not in resource.user_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(person)s does not work in %(store)s.",
                        person=resource.user_id.name,
                        store=resource.unit_id.name,
                    )
                )

    @api.constrains("calendar_id", "unit_id")
    def _check_calendar_of_store(self):
        # The hours of another store are unreadable, and refused all the same.
        for resource in self.sudo():
            company = resource.calendar_id.company_id
            if company and company != resource.company_id:
                raise ValidationError(
                    self.env._("The working hours of %s are those of another store.", resource.name)
                )

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        if "unit_id" in field_names:
            # Rules are asked before a write; nobody moves a resource to another store.
            self.check_access("write")
        if "recheck_until" in field_names and self.filtered("recheck_until"):
            raise AccessError(self.env._("When bookings are looked through is the system's."))
        return result

    def write(self, vals):
        if "unit_id" in vals or "kind_id" in vals:
            self._check_stays(vals)
        result = super().write(vals)
        if {"active", "units", "calendar_id", "skill_ids", "user_id"} & vals.keys():
            self._look_through()
        return result

    def _check_stays(self, vals):
        """Keep a resource that was booked in its store and of its kind: history names it."""
        changed = self.filtered(
            lambda resource: any(
                name in vals and resource[name].id != vals[name] for name in ("unit_id", "kind_id")
            )
        )
        # Whether it was booked at all is asked, not by whom.
        lines = self.env["dealer.capacity.booking.line"].sudo()
        if changed and lines.search_count([("resource_id", "in", changed.ids)], limit=1):
            raise UserError(
                self.env._(
                    "A resource with bookings keeps its store and kind. Archive it and make another."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        lines = self.env["dealer.capacity.booking.line"].sudo()  # asked, not shown
        if lines.search_count([("resource_id", "in", self.ids)], limit=1):
            raise UserError(self.env._("A resource that was booked is archived, not deleted."))

    @api.model
    def _of_calendars(self, calendars):
        """Return the resources that work by the hours of ``calendars`` (resource.calendar)."""
        # Whoever changes hours need not see the resources that keep them.
        resources = self.sudo().with_context(active_test=False)
        own = Domain("calendar_id", "in", calendars.ids)
        store = Domain("calendar_id", "=", False) & Domain(
            "unit_id.calendar_id", "in", calendars.ids
        )
        return resources.search(own | store)

    def _look_through(self):
        """Have the coming bookings looked through soon: bookings are never lost, conflicts are listed."""
        if not self:
            return
        # The system keeps the mark; who may change hours need not write resources.
        self.sudo().recheck_until = fields.Datetime.now() + LOOK_ON
        self.env["dealer.capacity.waiting"]._look_again(self.unit_id)
        self.env["dealer.capacity.booking"]._wake()

    def action_bookings(self):
        """Open the bookings of the resource."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_capacity.dealer_capacity_booking_action"
        )
        return {
            **action,
            "domain": [("line_ids.resource_id", "=", self.id)],
            "context": {"search_default_coming": 1},
        }
