from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..tools.phone import mask_phone

#: Proof that a write comes out of a checked method. It lives in the process: a client can send any
#: context, but not this object.
_CHECKED = object()

#: Who is bound to a customer, and the post that such a person has.
BINDING_FIELDS = {
    "consultant_id": (
        "dealer_base.group_sales_consultant",
        "dealer_base.group_sales_manager",
        "dealer_base.group_sales_director",
        "dealer_base.group_dcc_agent",
    ),
    "dcc_agent_id": ("dealer_base.group_dcc_agent", "dealer_base.group_dcc_lead"),
    "advisor_id": ("dealer_base.group_service_advisor", "dealer_base.group_service_manager"),
}
SALES_LEADERS = (
    "dealer_base.group_sales_manager",
    "dealer_base.group_sales_director",
    "dealer_base.group_general_manager",
    "dealer_base.group_group_executive",
    "base.group_system",
)
#: Who may change which binding (requirements B3, F2: the customer cannot, authorised staff can).
BINDING_POSTS = {
    "consultant_id": SALES_LEADERS,
    "dcc_agent_id": (*SALES_LEADERS, "dealer_base.group_dcc_lead"),
    "advisor_id": (
        "dealer_base.group_service_manager",
        "dealer_base.group_general_manager",
        "dealer_base.group_group_executive",
        "base.group_system",
    ),
}
#: What else no client writes: whom the relation binds to which store, and what is derived from it.
FIXED_FIELDS = {
    "active",
    "code",
    "company_id",
    "partner_id",
    "partner_name",
    "phone_masked",
    "unit_id",
}


class DealerRelation(models.Model):
    _name = "dealer.relation"
    _inherit = ["dealer.store.mixin"]
    _description = "Customer of a Store"
    _order = "since desc, id desc"
    _rec_name = "partner_name"
    _rec_names_search = ("partner_name", "code")

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    code = fields.Char(string="Customer Number", copy=False, readonly=True, index=True)
    consultant_id = fields.Many2one("res.users", index="btree_not_null")
    dcc_agent_id = fields.Many2one("res.users", string="DCC Agent", index="btree_not_null")
    advisor_id = fields.Many2one("res.users", string="Service Advisor", index="btree_not_null")
    stage = fields.Selection(
        [
            ("prospect", "Prospect"),
            ("ordered", "Ordered"),
            ("owner", "Owner"),
            ("lapsed", "Lapsed"),
        ],
        required=True,
        default="prospect",
    )
    since = fields.Date(required=True, index=True, default=fields.Date.context_today)
    active = fields.Boolean(default=True, copy=False)
    # Stored copies, so that who may read the card but not the customer (the clerk) finds and
    # sees just this.
    partner_name = fields.Char(
        string="Customer Name", compute="_compute_partner_name", store=True, compute_sudo=True
    )
    phone_masked = fields.Char(
        string="Phone (masked)",
        compute="_compute_phone_masked",
        store=True,
        compute_sudo=True,
    )
    plate_numbers = fields.Char(
        string="Plates", compute="_compute_plate_numbers", compute_sudo=True
    )
    log_ids = fields.One2many("dealer.relation.log", "relation_id", string="Changes")

    _partner_unit_uniq = models.UniqueIndex(
        "(partner_id, unit_id) WHERE active",
        "This customer is already registered in this store.",
    )

    @api.depends("partner_id.name")
    def _compute_partner_name(self):
        for relation in self:
            relation.partner_name = relation.partner_id.name

    @api.depends("partner_id.phone_normalized")
    def _compute_phone_masked(self):
        for relation in self:
            relation.phone_masked = mask_phone(relation.partner_id.phone_normalized or "")

    @api.depends(
        "partner_id.vehicle_owner_ids.date_to", "partner_id.vehicle_owner_ids.vehicle_id.plate"
    )
    def _compute_plate_numbers(self):
        for relation in self:
            current = relation.partner_id.vehicle_owner_ids.filtered(lambda line: not line.date_to)
            relation.plate_numbers = " ".join(filter(None, current.vehicle_id.mapped("plate")))

    @api.constrains("unit_id")
    def _check_unit(self):
        if self.unit_id.filtered(lambda unit: unit.kind != "store"):
            raise ValidationError(self.env._("Customers belong to a store, not to a division."))

    @api.constrains("partner_id")
    def _check_partner(self):
        # Whoever may make a relation need not be able to read the customer yet.
        if self.sudo().partner_id.filtered(lambda partner: not partner.is_dealer_customer):
            raise ValidationError(
                self.env._("Only a customer of the dealership can be registered in a store.")
            )

    @api.constrains("consultant_id", "dcc_agent_id", "advisor_id", "company_id")
    def _check_binding(self):
        """A customer is bound to people who have the post for it, in this store."""
        good = set()
        for relation in self:
            for field, groups in BINDING_FIELDS.items():
                # Companies and groups of colleagues are not readable for every post.
                user = relation[field].sudo()
                # Whole customer bases are handed over: a person is looked at once.
                key = (field, user, relation.company_id)
                if not user or key in good:
                    continue
                good.add(key)
                if relation.company_id not in user.company_ids or not user._dealer_has_any(groups):
                    raise ValidationError(
                        self.env._(
                            "%(person)s cannot be %(role)s of a customer of %(store)s: the person"
                            " does not work there in this post.",
                            person=user.name,
                            role=self._fields[field]._description_string(self.env),
                            store=relation.unit_id.name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        # What is checked may come as a default in the context, too.
        defaults = {
            name: self.env.context[f"default_{name}"]
            for name in (*BINDING_FIELDS, "partner_id")
            if f"default_{name}" in self.env.context
        }
        vals_list = [{**defaults, **vals} for vals in vals_list]
        self._check_create_partners([vals.get("partner_id") for vals in vals_list])
        for vals in vals_list:
            self._check_create_binding(vals)
            if not vals.get("code"):
                unit = self.env["dealer.unit"].browse(
                    vals.get("unit_id") or self.default_get(["unit_id"]).get("unit_id")
                )
                # Numbers are drawn for the store, whoever registers the customer.
                sequence = unit.sudo().sequence_id
                vals["code"] = sequence.next_by_id() if sequence else False
        relations = super().create(vals_list)
        reasons = {}
        if self.env.context.get("dealer_checked") is _CHECKED:
            reasons = self.env.context.get("dealer_reasons", {})
        relations._log_binding(
            {},
            {relation.id: reasons.get(relation.partner_id.id, False) for relation in relations},
            "registered",
        )
        return relations

    def write(self, vals):
        guarded = {*BINDING_FIELDS, *FIXED_FIELDS} & vals.keys()
        if guarded and self.env.context.get("dealer_checked") is not _CHECKED:
            raise UserError(
                self.env._(
                    "Who serves a customer is changed by the button “Hand Over”, which checks the"
                    " right and keeps the history."
                )
            )
        return super().write(vals)

    def _check_create_partners(self, partner_ids):
        """Refuse to register somebody else's customer by number: a relation opens the whole file.

        A customer of another store is registered by :meth:`_register_customers`, after a check that
        the person stands in front of us, e.g. by the phone number.
        """
        if self.env.su or self.env.context.get("dealer_checked") is _CHECKED:
            return
        partners = self.env["res.partner"].browse(filter(None, partner_ids))
        # Whoever made a file just now cannot read it before the relation is there.
        hidden = (partners - partners._filtered_access("read")).sudo()
        if hidden.with_context(active_test=False).dealer_relation_ids or any(
            partner.create_uid != self.env.user for partner in hidden
        ):
            raise AccessError(
                self.env._("This customer is served by somebody else, or by another store.")
            )

    def _check_create_binding(self, vals):
        """Refuse a binding that the user may not make; consultants bind to themselves only."""
        if self.env.su:
            return
        for field in BINDING_FIELDS:
            user_id = vals.get(field)
            if not user_id or user_id == self.env.uid:
                continue
            if not self.env.user._dealer_has_any(
                (*BINDING_POSTS[field], "dealer_base.group_reception")
            ):
                raise AccessError(
                    self.env._("You may register customers for yourself only, not for a colleague.")
                )

    def _assign(self, values, reason):
        """Change who serves these customers, check the right, and log it.

        :param dict values: any of ``consultant_id``, ``dcc_agent_id``, ``advisor_id`` to the id of
            a user or False
        :param reason: why, in words; kept for ever. Or ``{relation id: why}``
        :raise AccessError: when the user may not see a customer or may not change this binding
        :raise ValidationError: when the person does not have the post in the store
        """
        unknown = values.keys() - BINDING_FIELDS.keys()
        if unknown:
            raise ValueError(f"not a binding: {', '.join(sorted(unknown))}")
        self.check_access("read")
        if not self.env.su:
            for field in values:
                if not self.env.user._dealer_has_any(BINDING_POSTS[field]):
                    raise AccessError(
                        self.env._("Handing customers over is the work of the manager.")
                    )
        before = {relation.id: {field: relation[field].id for field in values} for relation in self}
        # The right was checked above; the guard in write() lets only this method through.
        self.sudo().with_context(dealer_checked=_CHECKED).write(values)
        self._log_binding(before, reason, "handed_over")
        self._after_assign(values)

    def _after_assign(self, values):
        """Follow a changed binding in documents of other addons; a hook."""

    def _log_binding(self, before, reason, event):
        reasons = reason if isinstance(reason, dict) else dict.fromkeys(self.ids, reason)
        rows = []
        for relation in self:
            for field in BINDING_FIELDS:
                old = before.get(relation.id, {}).get(field, False)
                # Readable names of colleagues whatever the post of who assigns.
                new = relation.sudo()[field].id
                if new == old or (field not in before.get(relation.id, {field: False})):
                    continue
                rows.append(
                    {
                        "relation_id": relation.id,
                        "user_id": self.env.uid,
                        "role": field,
                        "old_user_id": old,
                        "new_user_id": new,
                        "event": event,
                        "reason": reasons.get(relation.id, False),
                    }
                )
        # The log is written by the system alone; nobody has a right to write it.
        self.env["dealer.relation.log"].sudo().create(rows)

    @api.model
    def _by_customer_and_store(self, partners, units):
        """Return ``{(customer id, store id): relation}`` of the active relations among them."""
        relations = self.search_fetch(
            Domain("partner_id", "in", partners.ids) & Domain("unit_id", "in", units.ids),
            ["partner_id", "unit_id"],
        )
        return {(relation.partner_id.id, relation.unit_id.id): relation for relation in relations}

    @api.model
    def _register_customers(self, partners, unit, values_by_partner=None, reasons_by_partner=None):
        """Return the active relations of ``partners`` with store ``unit``; make what is missing.

        :param partners: res.partner, each a customer
        :param unit: one dealer.unit of kind store
        :param dict values_by_partner: ``{partner id: values}`` for relations that are new
        :param dict reasons_by_partner: ``{partner id: why}`` they are bound to whom the values name
        """
        # Finding an existing relation must not depend on who asks, or it would be made twice.
        known = self.sudo().search(
            Domain("partner_id", "in", partners.ids) & Domain("unit_id", "=", unit.id)
        )
        missing = partners - known.partner_id
        values_by_partner = values_by_partner or {}
        made = self.with_context(
            dealer_checked=_CHECKED, dealer_reasons=reasons_by_partner or {}
        ).create(
            [
                {
                    "partner_id": partner.id,
                    "unit_id": unit.id,
                    **values_by_partner.get(partner.id, {}),
                }
                for partner in missing
            ]
        )
        return known.sudo(self.env.su) | made.with_env(self.env)

    def action_end(self):
        """End the relation: the store no longer sees the customer. The history stays."""
        self.check_access("write")
        if not self.env.su and not self.env.user._dealer_has_any(SALES_LEADERS):
            raise AccessError(self.env._("Ending a relation is the work of the manager."))
        # The right was checked; the guard in write() lets only checked methods through.
        self.sudo().with_context(dealer_checked=_CHECKED).active = False
        return self.env["ir.actions.act_window"]._for_xml_id("dealer_base.dealer_relation_action")

    def action_open_customer(self):
        """Open the customer's file."""
        self.ensure_one()
        self.partner_id.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(self.env.ref("dealer_base.res_partner_view_form_customer").id, "form")],
        }
