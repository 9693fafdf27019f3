from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.orm.domains import DomainAnd

from ..tools.lunar import BirthdayError, check_birthday, next_birthday
from ..tools.phone import PhoneError, parse_phone

#: What the three-element check compared: name, number and address.
THREE_ELEMENTS = {"name", "phone", "street", "street2", "city"}


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "dealer.user.checks"]

    is_dealer_customer = fields.Boolean(
        string="Customer of the Dealership",
        index=True,
        help="Who is flagged is seen only by the people who serve this customer.",
    )
    dealer_relation_ids = fields.One2many(
        "dealer.relation", "partner_id", string="Served By", copy=False
    )
    phone_normalized = fields.Char(
        string="Phone (normalised)",
        compute="_compute_phone_normalized",
        store=True,
        index="btree_not_null",
        help="International form (E.164). One mobile number is one customer.",
    )
    phone_kind = fields.Selection(
        [("mobile", "Mobile"), ("landline", "Landline")],
        compute="_compute_phone_normalized",
        store=True,
    )
    phone_shared = fields.Boolean(
        string="Number Shared",
        help="Several customers use this number, e.g. a family or a company's driver.",
    )
    gender = fields.Selection([("male", "Mr"), ("female", "Ms")])
    vehicle_owner_ids = fields.One2many(
        "dealer.vehicle.owner", "partner_id", string="Vehicles", copy=False
    )
    is_vehicle_owner = fields.Boolean(
        string="Owns a Car",
        compute="_compute_is_vehicle_owner",
        store=True,
        index=True,
        compute_sudo=True,
    )
    birth_calendar = fields.Selection(
        [("solar", "Solar Calendar"), ("lunar", "Lunar Calendar")],
        default="solar",
        string="Birthday By",
    )
    birth_year = fields.Integer(string="Year of Birth")
    birth_month = fields.Integer(string="Month of Birth")
    birth_day = fields.Integer(string="Day of Birth")
    birth_leap_month = fields.Boolean(string="Leap Month")
    next_birthday = fields.Date(
        compute="_compute_next_birthday", store=True, index="btree_not_null"
    )
    three_element_state = fields.Selection(
        [("unchecked", "Not Checked"), ("matched", "Matched"), ("mismatched", "Mismatched")],
        default="unchecked",
        string="Three-Element Check",
        help="Name, phone number and address belong to the same person.",
    )
    three_element_date = fields.Date(string="Checked On")
    dealer_consent_ids = fields.One2many("dealer.consent", "partner_id", string="Consents")
    dealer_interaction_ids = fields.One2many(
        "dealer.interaction", "partner_id", string="Interactions", copy=False
    )
    dealer_interaction_count = fields.Integer(
        compute="_compute_dealer_counts", string="Number of Interactions"
    )
    dealer_vehicle_count = fields.Integer(
        compute="_compute_dealer_counts", string="Number of Vehicles"
    )

    _dealer_mobile_uniq = models.UniqueIndex(
        "(phone_normalized) WHERE is_dealer_customer AND active AND phone_kind = 'mobile'"
        " AND phone_shared IS NOT TRUE",
        "This mobile number already belongs to a customer of the group. Ask your manager who serves"
        " the customer, or tick “Number Shared” if several people use it.",
    )

    @api.depends("phone", "is_dealer_customer")
    def _compute_phone_normalized(self):
        for partner in self:
            partner.phone_normalized = partner.phone_kind = False
            if partner.is_dealer_customer and partner.phone:
                try:
                    number = parse_phone(partner.phone)
                except PhoneError:
                    continue
                partner.phone_normalized = number.e164
                partner.phone_kind = number.kind

    @api.depends("vehicle_owner_ids.date_to")
    def _compute_is_vehicle_owner(self):
        for partner in self:
            partner.is_vehicle_owner = any(not line.date_to for line in partner.vehicle_owner_ids)

    @api.depends("birth_calendar", "birth_month", "birth_day", "birth_leap_month")
    def _compute_next_birthday(self):
        today = fields.Date.context_today(self)
        for partner in self:
            partner.next_birthday = False
            if not partner.birth_month or not partner.birth_day:
                continue
            try:
                partner.next_birthday = next_birthday(
                    partner.birth_calendar or "solar",
                    partner.birth_month,
                    partner.birth_day,
                    partner.birth_leap_month,
                    today,
                )
            except BirthdayError:
                continue  # the constraint says what is wrong

    def _compute_dealer_counts(self):
        counts = {
            "dealer_interaction_count": dict(
                self.env["dealer.interaction"]._read_group(
                    [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
                )
            ),
            "dealer_vehicle_count": dict(
                self.env["dealer.vehicle.owner"]._read_group(
                    [("partner_id", "in", self.ids), ("date_to", "=", False)],
                    ["partner_id"],
                    ["__count"],
                )
            ),
        }
        for field, count in counts.items():
            for partner in self:
                partner[field] = count.get(partner, 0)

    @api.constrains("phone", "is_dealer_customer")
    def _check_dealer_phone(self):
        for partner in self:
            if partner.is_dealer_customer and partner.phone:
                try:
                    parse_phone(partner.phone)
                except PhoneError as error:
                    raise ValidationError(self.env._(error.message)) from error

    @api.constrains("birth_calendar", "birth_month", "birth_day")
    def _check_birthday(self):
        for partner in self.filtered(lambda partner: partner.birth_month or partner.birth_day):
            try:
                check_birthday(
                    partner.birth_calendar or "solar", partner.birth_month, partner.birth_day
                )
            except BirthdayError as error:
                raise ValidationError(self.env._(error.message)) from error

    def _check_as_user(self, field_names):
        """Nobody hangs a contact below a customer whom one does not see: it would show the name."""
        result = super()._check_as_user(field_names)
        if "parent_id" in field_names:
            # The number is read as the system, the right to see that customer is asked as the user.
            self.sudo().parent_id.sudo(False).check_access("read")
        return result

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        default = self.env.context.get
        for vals in vals_list:
            vals.setdefault("is_dealer_customer", default("default_is_dealer_customer", False))
            parent_id = vals.get("parent_id", default("default_parent_id"))
            if parent_id and not vals["is_dealer_customer"]:
                # A contact of a customer is as private as the customer, for whoever adds it.
                parent = self.sudo().browse(parent_id)
                vals["is_dealer_customer"] = parent.is_dealer_customer
            self._prepare_dealer_customer(vals, parent_id)
        return super().create(vals_list)

    def write(self, vals):
        if (
            "is_dealer_customer" in vals
            and not vals["is_dealer_customer"]
            and not self.env.su
            and any(partner.is_dealer_customer for partner in self)
        ):
            raise UserError(
                self.env._(
                    "A customer stays a customer: without the flag everybody could read the file."
                    " End the relation with the store instead."
                )
            )
        if vals.get("phone") and (
            vals.get("is_dealer_customer") or any(partner.is_dealer_customer for partner in self)
        ):
            vals = {**vals, "phone": self._tidy_phone(vals["phone"])}
        unsure = self._dealer_three_elements_change(vals)
        result = super().write(vals)
        if unsure:
            unsure.write({"three_element_state": "unchecked", "three_element_date": False})
        if vals.get("is_dealer_customer") or vals.get("parent_id"):
            self._dealer_flag_contacts()
        return result

    def _dealer_three_elements_change(self, vals):
        """Return the customers whose checked name, number or address is about to change."""
        elements = THREE_ELEMENTS & vals.keys()
        if not elements or "three_element_state" in vals:
            return self.browse()
        return self.filtered(
            lambda partner: (
                partner.is_dealer_customer
                and partner.three_element_state in ("matched", "mismatched")
                and any((partner[field] or False) != (vals[field] or False) for field in elements)
            )
        )

    def _dealer_flag_contacts(self):
        """Make contacts below customers as private as the customers; colleagues stay visible."""
        # Whoever changes the contact may not see all that is below the customer.
        below = self.sudo().child_ids | self.sudo().filtered("parent_id.is_dealer_customer")
        below = below.filtered(
            lambda contact: (
                contact.partner_share
                and contact.parent_id.is_dealer_customer
                and not contact.is_dealer_customer
            )
        )
        if below:
            below.is_dealer_customer = True

    @api.model
    def _tidy_phone(self, phone):
        """Return the number as people in China write it, or the text itself where it is none."""
        try:
            number = parse_phone(phone)
        except PhoneError:
            return phone
        return number.national + (f"-{number.extension}" if number.extension else "")

    @api.model
    def _prepare_dealer_customer(self, vals, parent_id):
        """Tidy the number and register a new customer with the user's store and person."""
        if not vals["is_dealer_customer"]:
            return
        if vals.get("phone"):
            vals["phone"] = self._tidy_phone(vals["phone"])
        if self.env.su or vals.get("dealer_relation_ids"):
            return
        # A contact below a customer is seen through the customer.
        if parent_id and self.sudo().browse(parent_id).is_dealer_customer:
            return
        unit = self.env["dealer.unit"]._current()
        if not unit:
            raise UserError(
                self.env._(
                    "The company you work in is no store. Choose your store at the top right first."
                )
            )
        user = self.env.user
        binding = {}
        if user._dealer_has_any(
            ("dealer_base.group_sales_consultant", "dealer_base.group_sales_manager")
        ):
            binding["consultant_id"] = user.id
        elif user.has_group("dealer_base.group_dcc_agent"):
            binding["dcc_agent_id"] = user.id
        elif user._dealer_has_any(
            ("dealer_base.group_service_advisor", "dealer_base.group_service_manager")
        ):
            binding["advisor_id"] = user.id
        vals["dealer_relation_ids"] = [Command.create({"unit_id": unit.id, **binding})]

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        """Search customers from the few that a post serves, not from all of the group.

        The record rule is an OR, which PostgreSQL answers by walking over all customers (425 ms at
        a million). Where only customers are asked for, what the rule implies is said once more in a
        form that an index answers (18 ms). It changes no right: the rule still holds.
        """
        if not (self.env.su or kwargs.get("bypass_access")):
            domain = Domain(domain)
            parts = domain.children if isinstance(domain, DomainAnd) else (domain,)
            if Domain("is_dealer_customer", "=", True) in parts:
                domain &= self.env.user._dealer_served_domain(self.env.companies.ids)
        return super()._search(domain, offset, limit, order, **kwargs)

    @api.model
    def _dealer_find_by_phone(self, numbers):
        """Return ``{number: customer}`` for the normalised mobile numbers that are known.

        One indexed query, whatever the number of customers. Call it in sudo to find customers of
        other stores; show nothing of them then.

        :param numbers: iterable of E.164 mobile numbers
        """
        partners = self.with_context(active_test=False).search_fetch(
            Domain("phone_normalized", "in", list(numbers))
            & Domain("is_dealer_customer", "=", True)
            & Domain("phone_kind", "=", "mobile")
            & Domain("phone_shared", "!=", True)
            # The number of a file that was merged into another one leads to that one.
            & (Domain("active", "=", True) | Domain("dealer_merged_into_id", "!=", False)),
            ["phone_normalized", "active", "dealer_merged_into_id"],
            order="active, id desc",
        )
        found = {}
        for partner in partners:
            stays = partner if partner.active else partner.dealer_merged_into_id
            if stays.active:
                found[partner.phone_normalized] = stays.with_env(self.env)
        return found

    @api.model
    def _cron_next_birthday(self):
        """Move on the birthdays that lie behind us; only those rows are touched."""
        today = fields.Date.context_today(self)
        partners = self.with_context(active_test=False).search([("next_birthday", "<", today)])
        self.env.add_to_compute(self._fields["next_birthday"], partners)
        partners.flush_recordset(["next_birthday"])

    def action_dealer_interactions(self):
        """Open the timeline of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "dealer_base.dealer_interaction_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        action["context"] = {"default_partner_id": self.id}
        return action

    def action_dealer_vehicles(self):
        """Open the cars that this customer owns now."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dealer_base.dealer_vehicle_action")
        action["domain"] = [("current_owner_id", "=", self.id)]
        return action
