from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .dealer_maintenance_plan import ALL_STORES

#: Departments that a request can go to: the posts that work with requests.
DEPARTMENTS = (
    "dealer_base.group_service_advisor",
    "dealer_base.group_service_manager",
    "dealer_base.group_care_agent",
    "dealer_base.group_care_manager",
)


class DealerServiceRequestKind(models.Model):
    """What customers ask for, which department answers it, and who there (D15)."""

    _name = "dealer.service.request.kind"
    _description = "Kind of Service Request"
    _inherit = ["dealer.user.checks"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    hint = fields.Char(translate=True, help="What the customer reads below it.")
    on_page = fields.Boolean(string="Customers Choose It", default=True)
    unit_id = fields.Many2one(
        "dealer.unit",
        string="Store",
        index="btree_not_null",
        domain="[('kind', '=', 'store')]",
        default=lambda self: self.env["dealer.unit"]._current(),
        ondelete="cascade",
        help="Empty: all stores.",
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index="btree_not_null")
    department = fields.Selection(
        [
            ("service_advisor", "Service Advisors"),
            ("service_manager", "Service Managers"),
            ("care_agent", "Customer Care"),
            ("care_manager", "Managers of Customer Care"),
        ],
        required=True,
        default="service_advisor",
    )
    person_ids = fields.Many2many(
        "res.users",
        "dealer_service_request_kind_user_rel",
        "kind_id",
        "user_id",
        string="Persons",
        help="Who answers it, each in the own store. Empty: who of the department is on duty.",
    )
    safety = fields.Boolean(string="Urgent", help="Stands first in the list.")

    @api.constrains("person_ids", "department")
    def _check_persons(self):
        for kind in self:
            # Posts of colleagues are not readable for every post.
            for person in kind.person_ids.sudo():
                if not person._dealer_has_any(DEPARTMENTS):
                    raise ValidationError(
                        self.env._(
                            "%s has no post that answers requests. Choose somebody of the service or of"
                            " customer care.",
                            person.name,
                        )
                    )

    def _check_as_user(self, field_names):
        """Kinds of all stores are the group's; a store has its own."""
        result = super()._check_as_user(field_names)
        if not self.env.user._dealer_has_any(ALL_STORES) and self.filtered(
            lambda kind: not kind.unit_id
        ):
            raise AccessError(
                self.env._("This kind holds for all stores. Make one for your store.")
            )
        return result

    @api.model
    def _for_page(self, unit):
        """Return the kinds that a customer of the store chooses from; call it in sudo."""
        return self.search([("on_page", "=", True), ("unit_id", "in", (unit.id, False))])

    def _person(self, unit, moment):
        """Return who answers a request of this kind: named or on duty, with the fewest open ones.

        :param unit: dealer.unit, the store
        :param moment: naive UTC, when it came in
        """
        self.ensure_one()
        # Who works where and has how much to do is the system's matter.
        people = self.sudo().person_ids.filtered(
            lambda user: user.active and unit.company_id in user.company_ids
        )
        if not people:
            staff = unit._clock_staff(f"dealer_base.group_{self.department}")
            people = self.env["dealer.duty"].sudo()._next_on_duty(staff, unit, moment)  # as above
        if not people:
            return people
        requests = self.env["dealer.service.request"].sudo()  # as above
        load = dict(
            requests._read_group(
                [("user_id", "in", people.ids), ("state", "in", ("new", "doing", "waiting"))],
                ["user_id"],
                ["__count"],
            )
        )
        return min(people.sudo(False), key=lambda user: (load.get(user, 0), user.id))
