from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import ormcache

#: Store hours as most 4S shops keep them, seven days a week; a manager changes them on the calendar.
OPENING_HOURS = ((8.5, 12.0, "morning"), (13.0, 17.5, "afternoon"))


class DealerUnit(models.Model):
    _name = "dealer.unit"
    _description = "Dealership Unit"
    _parent_store = True
    _order = "parent_path, sequence, id"
    _rec_names_search = ("name", "code")

    name = fields.Char(required=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Short code that partners use to name the unit, e.g. in lead deliveries.",
    )
    kind = fields.Selection(
        [
            ("headquarters", "Headquarters"),
            ("division", "Division"),
            ("store", "Store"),
        ],
        required=True,
        default="store",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one("dealer.unit", string="Belongs To", index=True, ondelete="restrict")
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("dealer.unit", "parent_id", string="Units Below")
    company_id = fields.Many2one(
        "res.company",
        string="Legal Entity",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Each store is a company of its own; it is made with the store when left empty.",
    )
    city = fields.Char()
    brand_ids = fields.Many2many("fleet.vehicle.model.brand", string="Brands")
    calendar_id = fields.Many2one(
        "resource.calendar", string="Opening Hours", copy=False, ondelete="restrict"
    )
    sequence_id = fields.Many2one(
        "ir.sequence", string="Customer Numbers", copy=False, ondelete="restrict"
    )
    team_ids = fields.One2many("dealer.team", "unit_id", string="Teams")
    history_ids = fields.One2many(
        "dealer.unit.history", "unit_id", string="Place in the Tree over Time"
    )

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "A unit with this code exists already. Codes are unique."
    )
    _company_uniq = models.UniqueIndex(
        "(company_id) WHERE company_id IS NOT NULL",
        "This company already belongs to another store.",
    )

    @api.depends("name", "code")
    def _compute_display_name(self):
        for unit in self:
            unit.display_name = f"{unit.name} ({unit.code})" if unit.code else unit.name

    @api.constrains("kind", "company_id", "parent_id")
    def _check_place(self):
        """Keep the tree in its order: headquarters, divisions, stores (A3)."""
        rank = {"headquarters": 0, "division": 1, "store": 2}
        for unit in self:
            if unit.kind == "store" and unit.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "The company of store %(store)s has a parent company. Each store is a legal"
                        " entity of its own: take a company without parent.",
                        store=unit.name,
                    )
                )
            if unit.kind != "store" and unit.company_id:
                raise ValidationError(
                    self.env._("Only a store has a company. Empty the company of %s.", unit.name)
                )
            if unit.parent_id and rank[unit.parent_id.kind] >= rank[unit.kind]:
                raise ValidationError(
                    self.env._(
                        "%(unit)s cannot stand below %(parent)s: a store belongs to a division or"
                        " to the headquarters, a division to the headquarters.",
                        unit=unit.name,
                        parent=unit.parent_id.name,
                    )
                )
        if self._has_cycle():
            raise ValidationError(self.env._("A unit cannot stand below itself."))

    @api.model_create_multi
    def create(self, vals_list):
        # Before anything is made for the store as superuser.
        self.check_access("create")
        for vals in vals_list:
            self._check_company_choice(vals)
            if vals.get("kind", "store") == "store":
                self._prepare_store(vals)
        units = super().create(vals_list)
        self.env.registry.clear_cache()  # which store a company is
        for unit in units.filtered("company_id"):
            unit._equip_store()
        units._record_place()
        self.env["res.users"]._dealer_sync_executives()
        return units

    def write(self, vals):
        self._check_company_choice(vals)
        moved = (
            self.filtered(lambda unit: unit.parent_id.id != vals["parent_id"])
            if ("parent_id" in vals)
            else self.browse()
        )
        if "kind" in vals and any(unit.company_id and vals["kind"] != "store" for unit in self):
            raise UserError(
                self.env._("A store stays a store: it has a company, customers and figures.")
            )
        result = super().write(vals)
        # Nobody moves a unit to where the own reach ends.
        moved.check_access("write")
        moved._record_place()
        if {"parent_id", "active", "company_id"} & vals.keys():
            self.env.registry.clear_cache()
            self.env["res.users"]._dealer_sync_executives()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _check_company_choice(self, vals):
        """Refuse a company that the user does not have: the executive of its store would get it."""
        company_id = vals.get("company_id")
        if self.env.su or not company_id or self.env.user.has_group("base.group_system"):
            return
        if company_id not in self.env.user.company_ids.ids:
            raise AccessError(
                self.env._("You may set up a store with a company of your own only, or a new one.")
            )

    @api.model
    def _prepare_store(self, vals):
        """Give a new store its company, sequence and opening hours where ``vals`` names none."""
        # A store is set up by an executive who has no right on companies and sequences as such;
        # creating the store is the checked step.
        env = self.sudo().env
        if not vals.get("company_id"):
            china = env.ref("base.cn")
            currency = env.ref("base.CNY")
            currency.active = True
            vals["company_id"] = (
                env["res.company"]
                .create(
                    {
                        "name": vals.get("name"),
                        "country_id": china.id,
                        "currency_id": currency.id,
                        "city": vals.get("city"),
                    }
                )
                .id
            )
        company = env["res.company"].browse(vals["company_id"])
        if not vals.get("sequence_id"):
            vals["sequence_id"] = (
                env["ir.sequence"]
                .create(
                    {
                        "name": f"{vals.get('code')} customers",
                        "code": "dealer.relation",
                        "prefix": f"{vals.get('code')}-",
                        "padding": 6,
                        "company_id": company.id,
                    }
                )
                .id
            )
        if not vals.get("calendar_id"):
            vals["calendar_id"] = (
                env["resource.calendar"]
                .create(
                    {
                        "name": vals.get("name"),
                        "company_id": company.id,
                        "tz": "Asia/Shanghai",
                        "attendance_ids": [Command.clear()]
                        + [
                            Command.create(
                                {
                                    "name": self.env._("Opening hours"),
                                    "dayofweek": str(day),
                                    "hour_from": start,
                                    "hour_to": end,
                                    "day_period": period,
                                }
                            )
                            for day in range(7)
                            for start, end, period in OPENING_HOURS
                        ],
                    }
                )
                .id
            )

    def _equip_store(self):
        """Create what other applications need of a company that is a store; a hook.

        ``stock`` makes the warehouse of a new company only while tests run
        (``stock/models/res_company.py``), so a store would have none in real life. Called for a new
        store, and for all stores after an installation.
        """
        self.ensure_one()
        if "stock.warehouse" not in self.env:
            return
        # Store set-up reaches beyond the rights of the executive who does it.
        warehouses = self.env["stock.warehouse"].sudo()
        if not warehouses.search_count([("company_id", "=", self.company_id.id)], limit=1):
            warehouses.create(
                {
                    "name": self.company_id.name,
                    "code": self.code[:5],
                    "company_id": self.company_id.id,
                    "partner_id": self.company_id.partner_id.id,
                }
            )

    def _record_place(self):
        """Close the open line of the units' history and open one for the place they have now."""
        today = fields.Date.context_today(self)
        # The history is written by the system alone; nobody has a right to write it.
        history = self.env["dealer.unit.history"].sudo()
        history.search([("unit_id", "in", self.ids), ("date_to", "=", False)]).date_to = today
        history.create(
            [
                {
                    "unit_id": unit.id,
                    "parent_id": unit.parent_id.id,
                    "date_from": today,
                    "date_to": False,
                }
                for unit in self
            ]
        )

    @api.model
    def _of_company(self, companies):
        """Return the stores of ``companies`` (res.company), archived ones left out."""
        # Which store a company is is no secret, and rules are computed with it.
        units = self.sudo().browse(
            unit_id for company_id in companies.ids for unit_id in self._ids_of_company(company_id)
        )
        return units.sorted("parent_path") if len(units) > 1 else units

    @ormcache("company_id")
    def _ids_of_company(self, company_id):
        """Return the ids of the active stores of a company; asked for with each lead that is written."""
        return tuple(self.sudo().search([("company_id", "=", company_id)])._ids)  # as above

    @api.model
    def _current(self):
        """Return the store of the company that the user works in, or an empty recordset."""
        return self._of_company(self.env.company)

    def _stores(self):
        """Return all active stores at or below the units."""
        if not self:
            return self
        return self.search(Domain("id", "child_of", self.ids) & Domain("kind", "=", "store"))

    def action_open_stores(self):
        """Open the stores below this unit."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("dealer_base.dealer_unit_action")
        action["domain"] = [("id", "child_of", self.id), ("id", "!=", self.id)]
        return action
