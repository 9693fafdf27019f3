from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.dealer_base.tools.phone import PhoneError, parse_phone

from ..tools.dms import same_person

#: What belongs to the DMS in a customer's file: {name in the message: field of ours}.
CUSTOMER_FIELDS = {
    "name": "name",
    "phone": "phone",
    "email": "email",
    "street": "street",
    "city": "city",
    "zip": "zip",
}


class DealerDmsRow(models.Model):
    """Customers of the DMS: found by number and name, never mixed up with somebody else."""

    _name = "dealer.dms.row"
    _inherit = "dealer.dms.row"

    # Who has the number already. Another store's customer is not named to this one.
    holder_id = fields.Many2one(
        "res.partner",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
    )
    is_identity_doubt = fields.Boolean(
        string="Who Is It?", compute="_compute_is_identity_doubt", compute_sudo=True
    )
    identity = fields.Selection(
        [("same", "The Same Person"), ("other", "Another Person")],
        string="Decided",
        readonly=True,
    )

    @api.depends("state", "holder_id")
    def _compute_is_identity_doubt(self):
        for row in self:
            row.is_identity_doubt = row.state == "attention" and bool(row.holder_id)

    def _take_customers(self, unit):
        """Make customers of these rows, or bring their files up to date; return those that are done."""
        ready, numbers, said = self._readable_customers()
        partners = self.env["res.partner"]
        mobiles = {number.e164 for number in numbers.values() if number.kind == "mobile"}
        holders = partners._dealer_find_by_phone(mobiles)
        houses = self._customers_by_name(numbers, mobiles - holders.keys())
        decided, lines = ready._decided(), []
        first, fresh, done = {}, {}, self.browse()
        for row in ready:
            number = numbers.get(row)
            mobile = number and number.kind == "mobile" and number.e164
            holder = holders.get(mobile, partners) if mobile else partners
            if row.partner_id:
                lines += row._update_customer(said[row], number, holder, decided[row.id])
                done |= row
            elif holder and row.identity != "other":
                if row.identity == "same" or same_person(holder.name, said[row]["name"]):
                    row.write({"partner_id": holder.id, "holder_id": False})
                    lines += row._update_customer(said[row], number, holder, decided[row.id])
                    done |= row
                else:
                    row._doubt_identity(holder, unit)
            elif number and (number.e164, said[row].get("name")) in houses:
                row.partner_id = houses[number.e164, said[row]["name"]]
                lines += row._update_customer(said[row], number, partners, decided[row.id])
                done |= row
            elif mobile and mobile in first and row.identity != "other":
                # Two new records with one number; the first of them makes the customer.
                row.state = "new"
            else:
                fresh[row] = row._prepare_customer_vals(said[row], bool(holder))
                first[mobile or row] = row
        made = partners.create(list(fresh.values()))
        for row, partner in zip(fresh, made, strict=True):
            row.write({"partner_id": partner.id, "holder_id": False})
            row.applied = {
                field: self._text(partner[field])
                for name, field in CUSTOMER_FIELDS.items()
                if name in said[row]
            }
            done |= row
        self.env["dealer.dms.difference"].create(lines)
        self.env["dealer.relation"]._register_customers(done.partner_id, unit)
        return done

    def _readable_customers(self):
        """Return the rows whose number can be read, the numbers, and what the rows say."""
        ready, numbers, said = self.browse(), {}, {}
        for row in self:
            said[row] = row._said()
            if "phone" in said[row]:
                try:
                    numbers[row] = parse_phone(said[row]["phone"])
                except PhoneError as error:
                    row._leave(row.env._(error.message))
                    continue
            if not row.partner_id and "name" not in said[row]:
                row._leave(row.env._("The customer has no name. Enter it, or complete the DMS."))
                continue
            ready |= row
        return ready, numbers, said

    @api.model
    def _customers_by_name(self, numbers, unknown):
        """Return ``{(number, name): customer}`` where a number alone is no person.

        :param unknown: mobile numbers that nobody has for himself; several people may share one
        """
        wanted = {number.e164 for number in numbers.values() if number.kind == "landline"}
        partners = self.env["res.partner"].search_fetch(
            Domain("phone_normalized", "in", list(wanted | unknown))
            & Domain("is_dealer_customer", "=", True),
            ["phone_normalized", "name"],
            order="id desc",
        )
        return {(each.phone_normalized, each.name): each for each in partners}

    @api.model
    def _prepare_customer_vals(self, said, shared):
        """Return the values of a new customer; a hook."""
        return {
            **{field: said[name] for name, field in CUSTOMER_FIELDS.items() if name in said},
            "phone_shared": shared,
            "is_dealer_customer": True,
            "company_id": False,
            "lang": self.env.context.get("lang"),
        }

    def _update_customer(self, said, number, holder, decided):
        """Write what the DMS says over the customer's file; return the differences."""
        self.ensure_one()
        partner = self.partner_id
        values = {field: said[name] for name, field in CUSTOMER_FIELDS.items() if name in said}
        doubts = {}
        if number:
            values["phone"] = partner._tidy_phone(said["phone"])
        if holder and holder != partner and not partner.phone_shared:
            doubts["phone"] = self.env._("Another customer has this number.")
        changed = (
            "name" in values
            and not same_person(partner.name, values["name"])
            and partner.phone_normalized
            and number
            and number.e164 != partner.phone_normalized
        )
        if changed:
            why = self.env._("Name and number changed at once: this may be another person.")
            doubts |= {"name": why, "phone": doubts.get("phone", why)}
        elif "name" in values and self._more_of_a_name(partner.name, values["name"]):
            del values["name"]
        return [
            {**line, "partner_id": partner.id}
            for line in self._overwrite(partner, values, decided, doubts)
        ]

    @api.model
    def _more_of_a_name(self, ours, theirs):
        """Whether the DMS has only a title (王先生) where we know the whole name."""
        return (
            ours != theirs and same_person(ours, theirs) and theirs[-2:] in ("先生", "女士", "小姐")
        )

    def _doubt_identity(self, holder, unit):
        """Leave the row to a person: its number is that of a customer with another name."""
        known = holder.dealer_relation_ids.filtered(lambda line: line.unit_id == unit)
        if known:
            reason = self.env._(
                "%(name)s has this number. Is it the same person? Decide by the buttons.",
                name=holder.name,
            )
        else:
            reason = self.env._(
                "A customer of the group with another name has this number. Ask the customer, then"
                " decide by the buttons."
            )
        self._leave(reason)
        self.holder_id = holder

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_same_person(self):
        """The customer of the DMS is who has the number here; the DMS's name goes before ours."""
        return self._decide_identity("same")

    def action_other_person(self):
        """The customer of the DMS is somebody else; both use the number."""
        return self._decide_identity("other")

    def _decide_identity(self, identity):
        self.ensure_one()
        self.check_access("write")
        if not self.is_identity_doubt:
            raise UserError(self.env._("There is nothing to decide any more. Load the page anew."))
        # The right on the row was checked; what follows is the system's work.
        self.sudo().identity = identity
        return self.action_retry()
