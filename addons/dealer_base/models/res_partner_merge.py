from odoo import api, fields, models
from odoo.fields import Domain

STREET = ("street", "street2", "zip")
#: What the three-element check compared.
ELEMENTS = {"phone", "street", "street2", "city"}


class ResPartner(models.Model):
    """Several files of one person become one (B2, B10)."""

    _name = "res.partner"
    _inherit = ["res.partner", "dealer.merge.mixin"]

    dealer_merged_into_id = fields.Many2one(
        "res.partner",
        string="Merged Into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    dealer_former_phones = fields.Char(
        string="Other Numbers",
        compute="_compute_dealer_former_phones",
        help="Numbers of files that were merged into this one. Who calls from them is found, too.",
    )

    dealer_pairs_due = fields.Boolean(
        string="To be Compared",
        compute="_compute_dealer_pairs_due",
        store=True,
        help="New or changed since it was last compared with other customers.",
    )

    _dealer_pairs_due_idx = models.Index("(id) WHERE dealer_pairs_due IS TRUE")
    _dealer_name_city_idx = models.Index("(name, city) WHERE is_dealer_customer AND active")

    @api.depends("name", "city", "phone_normalized", "is_dealer_customer", "active")
    def _compute_dealer_pairs_due(self):
        for partner in self:
            partner.dealer_pairs_due = partner.is_dealer_customer

    def _check_as_user(self, field_names):
        result = super()._check_as_user(field_names)
        self._dealer_check_pointer(field_names)
        return result

    @api.depends_context("dealer_show_phone")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        if self.env.context.get("dealer_show_phone"):
            # Files that are merged often bear the same name.
            for partner in self.filtered("is_dealer_customer"):
                partner.display_name = partner._dealer_merge_title()
        return result

    def _compute_dealer_former_phones(self):
        # Whoever reads a customer reads what was put together in the file.
        merged = self.sudo().with_context(active_test=False)
        rows = merged.search_fetch(
            Domain("dealer_merged_into_id", "in", self.ids) & Domain("active", "=", False),
            ["dealer_merged_into_id", "phone"],
            order="id",
        )
        numbers = rows.grouped(lambda row: row.dealer_merged_into_id.id)
        for partner in self:
            found = numbers.get(partner.id, merged.browse()).mapped("phone")
            found = dict.fromkeys(number for number in found if number and number != partner.phone)
            partner.dealer_former_phones = "、".join(found) or False

    def _dealer_merge_title(self):
        self.ensure_one()
        number = self.phone or self.email
        return " ".join(filter(None, (self.name, number)))

    def _dealer_file_action(self):
        action = super()._dealer_file_action()
        view = self.env.ref("dealer_base.res_partner_view_form_customer")
        return {**action, "views": [(view.id, "form")]}

    def _dealer_merge_refusals(self, sources):
        refusals = super()._dealer_merge_refusals(sources)
        # Log-ins and companies are looked up by the system; what they say is no secret.
        files = (self | sources).sudo().with_context(active_test=False)
        if files.filtered(lambda partner: not partner.is_dealer_customer):
            refusals.append(self.env._("Only customers of the dealership are merged."))
        users = self.env["res.users"].sudo().with_context(active_test=False)
        with_login = users.search([("partner_id", "in", files.ids)]).partner_id
        staff = with_login | files.filtered("employee")
        companies = self.env["res.company"].sudo().search([("partner_id", "in", files.ids)])
        for partner in staff | companies.partner_id:
            refusals.append(
                self.env._(
                    "%s is a colleague, a company of the group or has a log-in. Such files are not"
                    " merged; an administrator takes the log-in away first.",
                    partner._dealer_merge_title(),
                )
            )
        if files.parent_id & files:
            refusals.append(
                self.env._("One of them is a contact person of the other. They stay two files.")
            )
        if len(set(files.mapped("is_company"))) > 1:
            refusals.append(self.env._("A company and a person are not merged."))
        return refusals

    @api.model
    def _dealer_merge_groups(self):
        return [
            *super()._dealer_merge_groups(),
            (("phone",), ()),
            (("email",), ()),
            (("gender",), ()),
            (("street", "street2"), ("zip",)),
            (("city",), ("state_id", "country_id")),
            (("birth_month", "birth_day"), ("birth_year", "birth_leap_month", "birth_calendar")),
            (("is_fleet_customer",), ("fleet_company", "fleet_since", "fleet_by_id")),
            (("function",), ()),
            (("website",), ()),
            (("vat",), ()),
            (("comment",), ()),
        ]

    def _dealer_merge_values(self, sources):
        values = super()._dealer_merge_values(sources)
        giver = sources.filtered(lambda each: each.street or each.street2)[:1]
        if self.city and giver.city and giver.city != self.city:
            # A street of another city is no address here.
            values = {name: value for name, value in values.items() if name not in STREET}
        if ELEMENTS & values.keys() and self.three_element_state != "unchecked":
            values |= {"three_element_state": "unchecked", "three_element_date": False}
        return values

    def _dealer_merge_before(self, journal, sources):
        result = super()._dealer_merge_before(journal, sources)
        self._dealer_withdraw_consents(journal, sources)
        self._dealer_join_relations(journal, sources)
        return result

    def _dealer_merge_after(self, journal, sources):
        result = super()._dealer_merge_after(journal, sources)
        pairs = self.env["dealer.duplicate"].search(
            (Domain("first_id", "=", self.id) & Domain("second_id", "in", sources.ids))
            | (Domain("second_id", "=", self.id) & Domain("first_id", "in", sources.ids))
        )
        journal.put(
            pairs,
            state="merged",
            decided_by_id=self.env.uid,
            decided_at=fields.Datetime.now(),
        )
        return result

    def _dealer_withdraw_consents(self, journal, sources):
        """Let the stricter word hold: withdrawn in one file is withdrawn, store by store."""
        consents = self.env["dealer.consent"].search([("partner_id", "in", (self | sources).ids)])
        for rows in consents.grouped(lambda row: (row.unit_id, row.purpose)).values():
            by_file = rows.grouped("partner_id").values()
            standing = rows.filtered(lambda row: not row.withdrawn_at)
            if standing and any(not (of_file & standing) for of_file in by_file):
                journal.put(
                    standing, withdrawn_at=fields.Datetime.now(), withdrawn_by_id=self.env.uid
                )

    def _dealer_join_relations(self, journal, sources):
        """Make one relation of several with the same store; the customer is served by one."""
        relations = self.env["dealer.relation"].search(
            [("partner_id", "in", (self | sources).ids), ("active", "=", True)], order="id"
        )
        for of_store in relations.grouped("unit_id").values():
            own = of_store.filtered(lambda relation: relation.partner_id == self)
            stays = own or of_store[0]
            rest = of_store - stays
            if rest:
                stays._merge_into(journal, rest)

    def _dealer_undone(self, journal):
        result = super()._dealer_undone(journal)
        self.env["dealer.relation"]._log_undone(journal)
        return result

    def _dealer_undo_refusals(self, sources):
        refusals = super()._dealer_undo_refusals(sources)
        for partner in sources.filtered(
            lambda each: each.phone_kind == "mobile" and not each.phone_shared
        ):
            holder = self.search(
                Domain("phone_normalized", "=", partner.phone_normalized)
                & Domain("active", "=", True)
                & Domain("is_dealer_customer", "=", True)
                & Domain("phone_shared", "!=", True)
                & Domain("id", "not in", (self | sources).ids),
                limit=1,
            )
            if holder:
                refusals.append(
                    self.env._("The number %s belongs to a new customer by now.", partner.phone)
                )
        return refusals
