import logging
import re

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.dealer_base.models.dealer_relation import BINDING_FIELDS
from odoo.addons.dealer_base.tools import PhoneError, parse_phone
from odoo.addons.dealer_base.tools.plate import PROVINCES
from odoo.addons.dealer_base.tools.text import clean, signs

from .dealer_visit import DESK, OPEN

_logger = logging.getLogger(__name__)

#: Fewer digits would show half of the store's customers.
MIN_DIGITS = 4
MIN_PLATE = 3
#: How guests are named at the door; the surname stands before it.
HONORIFICS = {
    "先生": "male",
    "女士": "female",
    "小姐": "female",
    "太太": "female",
    "阿姨": "female",
    "师傅": False,
    "老师": False,
    "老板": False,
    "总": False,
}
_PLATE = re.compile(rf"[{PROVINCES}]?(?=[A-Z]*\d)[A-Z0-9]+|[{PROVINCES}][A-Z0-9]+")


class DealerVisit(models.Model):
    """The quick door of the reception: look up, register, and whose turn it is."""

    _name = "dealer.visit"
    _inherit = "dealer.visit"

    # ------------------------------------------------------------------ looking up

    @api.model
    def reception_lookup(self, text):
        """Return the cards of this store that fit what the guest says, for the search box.

        :param str text: end of a phone number or at least four digits of it, part of a plate, or
            the beginning of a name
        :return: ``{"cards": […], "guest": {…}, "sure": …}``; ``guest`` is what the text says of
            somebody new; not ``sure``: a Mr Wang, but which one, so the new guest comes first
        :raise AccessError: for whoever does not register visits
        """
        unit = self._reception_unit()
        cards, guest = self._lookup(text, unit), self._read_guest(text)
        by_title = any(guest["name"].endswith(honorific) for honorific in HONORIFICS)
        sure = bool(cards) and (not by_title or cards[0]["name"].startswith(guest["name"]))
        return {"cards": cards, "guest": guest, "sure": sure}

    @api.model
    def _reception_unit(self):
        """Return the store whose desk this is."""
        if not (self.env.su or self.env.user._dealer_has_any(DESK)):
            raise AccessError(self.env._("Visits are registered by the information clerk."))
        unit = self.env["dealer.unit"]._current()
        if not unit:
            raise UserError(
                self.env._(
                    "The company you work in is no store. Choose your store at the top right first."
                )
            )
        return unit

    @api.model
    def _lookup(self, text, unit, limit=8):
        """Return the cards of ``unit`` that fit ``text``: name, plates, masked number, consultant.

        Each question is answered by one index (benchmarks/bench_reception.py).

        :param str text: digits, plate or name
        :param unit: one dealer.unit of kind store
        :return: list of dicts, the best first
        """
        found = []
        for question in self._lookup_questions(text):
            if len(found) < limit:
                rows = self.env.execute_query(
                    SQL("%s LIMIT %s", question(unit), limit + len(found))
                )
                found += [row[0] for row in rows if row[0] not in found]
        relations = self.env["dealer.relation"].browse(found[:limit])
        return self._lookup_cards(relations._filtered_access("read"))

    @api.model
    def _lookup_questions(self, text):
        """Return functions that give SQL for a store, in the order of how well their answers fit."""
        text = clean(text)
        sign = signs(text)
        if not sign:
            return []
        if sign.isascii() and sign.isdigit():
            if len(sign) < MIN_DIGITS:
                return []
            if number := self._read_number(text):
                return [lambda unit: self._ask_phone(unit, number)]
            questions = [lambda unit: self._ask_phone(unit, f"%{sign}")]
            if len(sign) <= 6:
                questions.append(lambda unit: self._ask_plate(unit, sign))
            questions.append(lambda unit: self._ask_phone(unit, f"%{sign}%"))
            return questions
        questions = []
        if _PLATE.fullmatch(sign) and len(sign) >= MIN_PLATE:
            questions.append(lambda unit: self._ask_plate(unit, sign))
        names = [text]
        for honorific in HONORIFICS:
            if text.endswith(honorific) and len(text) > len(honorific):
                names.append(text.removesuffix(honorific))
                break
        return questions + [lambda unit, name=name: self._ask_name(unit, name) for name in names]

    @api.model
    def _read_number(self, text):
        """Return the number in its stored form where the whole of it was typed."""
        try:
            return parse_phone(text).e164
        except PhoneError:
            return False

    @api.model
    def _ask_phone(self, unit, pattern):
        self.env["res.partner"].flush_model(["phone_normalized", "is_dealer_customer", "active"])
        self.env["dealer.relation"].flush_model(["partner_id", "unit_id", "active"])
        # The CTE keeps the planner from walking over all relations of the store instead.
        return SQL(
            """
            WITH partner AS MATERIALIZED (
                SELECT id FROM res_partner
                 WHERE phone_normalized LIKE %s AND is_dealer_customer AND active LIMIT 200)
            SELECT relation.id
              FROM partner JOIN dealer_relation relation ON relation.partner_id = partner.id
             WHERE relation.unit_id = %s AND relation.active
             ORDER BY relation.id DESC
            """,
            pattern,
            unit.id,
        )

    @api.model
    def _ask_plate(self, unit, sign):
        self.env["dealer.vehicle"].flush_model(["plate", "current_owner_id", "active"])
        self.env["dealer.relation"].flush_model(["partner_id", "unit_id", "active"])
        return SQL(
            """
            WITH vehicle AS MATERIALIZED (
                SELECT current_owner_id FROM dealer_vehicle
                 WHERE plate LIKE %s AND active AND current_owner_id IS NOT NULL LIMIT 200)
            SELECT DISTINCT relation.id
              FROM vehicle JOIN dealer_relation relation
                ON relation.partner_id = vehicle.current_owner_id
             WHERE relation.unit_id = %s AND relation.active
            """,
            f"%{sign}%",
            unit.id,
        )

    @api.model
    def _ask_name(self, unit, name):
        self.env["dealer.relation"].flush_model(["partner_name", "unit_id", "active"])
        escaped = re.sub(r"([\\%_])", r"\\\1", name)
        # In the order of the index the exact name comes before longer ones.
        return SQL(
            """
            SELECT id FROM dealer_relation
             WHERE unit_id = %s AND active AND partner_name LIKE %s
             ORDER BY partner_name USING ~<~, id
            """,
            unit.id,
            f"{escaped}%",
        )

    @api.model
    def _lookup_cards(self, relations):
        # The card is what the desk may read; its fields come from a file that it may not.
        relations = relations.sudo()
        here = {
            visit.relation_id.id: visit
            for visit in self.sudo().search(
                Domain("relation_id", "in", relations.ids) & Domain("state", "in", OPEN)
            )
        }
        return [
            {
                "relation_id": relation.id,
                "name": relation.partner_name or "",
                "phone": relation.phone_masked or "",
                "plates": relation.plate_numbers or "",
                "code": relation.code or "",
                "consultant_id": relation.consultant_id.id,
                "consultant": relation.consultant_id.name or "",
                "visit_id": here[relation.id].id if relation.id in here else False,
            }
            for relation in relations
        ]

    @api.model
    def _read_guest(self, text):
        """Return what the text says of a guest who is not on file: name, phone or plate."""
        text = clean(text)
        guest = {"name": "", "phone": "", "plate": ""}
        if re.fullmatch(r"[\d\s+-]*", text):
            guest["phone"] = text
        elif _PLATE.fullmatch(signs(text)):
            guest["plate"] = signs(text)
        else:
            guest["name"] = text
        return guest

    # ------------------------------------------------------------------ registering

    @api.model
    def reception_choices(self):
        """Return what the registration offers: whose turn it is, purposes, sources."""
        unit = self._reception_unit()
        return {
            "consultants": [
                {"id": user.id, "name": user.name, "state": state}
                for user, state in self._turn(unit)
            ],
            "purposes": self._fields["purpose"]._description_selection(self.env),
            "sources": [
                {"id": source.id, "name": source.name}
                for source in self.env["utm.source"].search(
                    [("dealer_code", "!=", False)], order="id"
                )
            ],
        }

    @api.model
    def reception_register(self, values):
        """Register guests who stand at the desk.

        :param dict values: any of ``relation_id``, ``visitor_name``, ``phone``, ``plate``,
            ``party_size``, ``purpose``, ``invited``, ``consultant_id``, ``wished``, ``series``,
            ``source_id``
        :return: ``{"id": …, "name": …}`` of the visit
        :raise RedirectWarning: where the guests are registered already
        """
        unit = self._reception_unit()
        allowed = {
            "relation_id",
            "visitor_name",
            "plate",
            "party_size",
            "purpose",
            "invited",
            "consultant_id",
            "wished",
            "series",
            "source_id",
        }
        row = {field: value for field, value in values.items() if field in allowed}
        row["unit_id"] = unit.id
        made = False
        if not row.get("relation_id") and (values.get("phone") or "").strip():
            card = self._register_by_phone(unit, row.get("visitor_name"), values["phone"])
            row["relation_id"], made = card["relation_id"], card["made"]
        visit = self.create(row)
        if made:
            # Whether the card is new is known here; no client says so.
            visit.sudo().card_made = True
        return {"id": visit.id, "name": visit._guest_name()}

    @api.model
    def _register_by_phone(self, unit, name, phone):
        """Return the card of the customer with this mobile number in ``unit``; make what is missing.

        Whoever knows the whole number has the customer at the desk, so a customer of another store
        of the group gets a relation with this store. Only a whole valid mobile number opens the
        door, every use is logged, and nothing but the card comes back.

        :param unit: one dealer.unit of kind store
        :param str name: as the guest says it
        :param str phone: the whole mobile number
        :return: dict of the card, and ``made``: whether the customer is new in this store
        :raise UserError: where the number is no mobile number, or the name is missing
        """
        if not self.env.su and unit.company_id not in self.env.companies:
            raise AccessError(self.env._("You register customers of your own store."))
        try:
            number = parse_phone(phone)
        except PhoneError as error:
            raise UserError(self.env._(error.message)) from error
        if number.kind != "mobile":
            raise UserError(
                self.env._("Ask for the mobile number; by a landline nobody is found for sure.")
            )
        # A customer of another store must be found, or there would be two files of one person.
        partners = self.env["res.partner"].sudo()
        partner = partners._dealer_find_by_phone([number.e164]).get(number.e164)
        if not partner:
            name = clean(name)
            if not name:
                raise UserError(self.env._("Ask for the surname: it makes the contact usable."))
            gender = next((sex for end, sex in HONORIFICS.items() if name.endswith(end)), False)
            try:
                partner = partners.create(
                    {
                        "name": name,
                        "phone": number.national,
                        "gender": gender,
                        "is_dealer_customer": True,
                    }
                )
                partner.flush_recordset()
            except UniqueViolation as error:
                # Another desk or a lead was faster by a moment; the repeated request finds it.
                raise ConcurrencyError("customer made at the same time") from error
        relations = self.env["dealer.relation"].sudo()
        known = relations.search_count(
            Domain("partner_id", "=", partner.id) & Domain("unit_id", "=", unit.id), limit=1
        )
        # Nobody serves the customer before a consultant received the guests.
        relation = relations._register_customers(partner, unit)
        _logger.info(
            "visit desk: user %s named the number of customer %s in store %s (%s)",
            self.env.uid,
            partner.id,
            unit.code,
            "known" if known else "registered",
        )
        return {**self._lookup_cards(relation)[0], "made": not known}

    def _keep_contact(self, name, phone):
        """Put name and mobile number of the guest on file (留档).

        :raise UserError: where the guest is on file with a number already
        """
        self._check_serves()
        self._expect("waiting", "receiving", "left")
        # Whether the guest is on file is what the consultant of the visit works on.
        visit = self.sudo()
        if visit.contact_kept:
            raise UserError(self.env._("The phone number of this customer is on file already."))
        if visit.relation_id:
            visit._add_phone(phone)
            return
        card = visit._register_by_phone(visit.unit_id, name or visit.visitor_name, phone)
        visit.write(
            {
                "relation_id": card["relation_id"],
                "card_made": card["made"],
                "visitor_name": name or visit.visitor_name,
            }
        )
        if visit.received_at:
            visit._bind_customer()

    def _add_phone(self, phone):
        """Give a customer without number the number, unless it is somebody else's."""
        try:
            number = parse_phone(phone)
        except PhoneError as error:
            raise UserError(self.env._(error.message)) from error
        if self.env["res.partner"]._dealer_find_by_phone([number.e164]):
            raise UserError(
                self.env._(
                    "This number belongs to another customer on file. Ask the information clerk to"
                    " put the right card on this visit."
                )
            )
        self.relation_id.partner_id.phone = number.national

    # ------------------------------------------------------------------ whose turn

    @api.model
    def _turn(self, unit):
        """Return ``[(user, state)]``: who of the store receives guests, whose turn it is first.

        Who had no turn for the longest comes first; turns are used up by guests who neither are
        the consultant's own customers nor asked for them. Who is with guests (``busy``) stands
        behind who is ``free``, and who is not on duty (``off``) at the end.
        """
        # Posts, roster and visits of colleagues decide over the order, whoever asks.
        unit, visits, duty = unit.sudo(), self.sudo(), self.env["dealer.duty"].sudo()
        users = unit._consultants()
        mine = Domain("unit_id", "=", unit.id) & Domain("consultant_id", "in", users.ids)
        states = dict.fromkeys(users, "off")
        # Guests who come when the roster knows nobody are received by whoever is still there.
        working = duty._on_duty(users, unit) or users
        busy = duty._running(working, unit).filtered(lambda row: row.kind == "busy").user_id
        states |= dict.fromkeys(working, "free") | dict.fromkeys(busy, "busy")
        for (user,) in visits._read_group(mine & Domain("state", "in", OPEN), ["consultant_id"]):
            states[user] = "busy"
        # A turn of last month is forgotten.
        since = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        last = dict(
            visits._read_group(
                mine
                & Domain("in_turn", "=", True)
                & Domain("state", "!=", "cancelled")
                & Domain("arrived_at", ">=", since),
                ["consultant_id"],
                ["arrived_at:max"],
            )
        )
        rank = ("free", "busy", "off")
        order = sorted(
            users, key=lambda user: (rank.index(states[user]), last.get(user, since), user.id)
        )
        return [(user.sudo(False), states[user]) for user in order]

    def _receivers(self):
        """Return who may receive guests in the stores of these visits."""
        groups = [self.env.ref(group).id for group in BINDING_FIELDS["consultant_id"]]
        # Which posts colleagues have is not readable for every post; the names are.
        users = self.env["res.users"].sudo()
        return users.search(
            Domain("group_ids", "in", groups)
            & Domain("company_ids", "in", self.unit_id.company_id.ids)
        ).sudo(False)

    @api.onchange("relation_id", "unit_id")
    def _onchange_relation_id(self):
        """Propose the customer's own consultant, else the next free in turn."""
        if self._origin or self.wished or not self.unit_id:
            return
        # The card says who serves the customer.
        own = self.sudo().relation_id.consultant_id
        turn = self._turn(self.unit_id)
        self.consultant_id = own.sudo(False) or (turn[0][0] if turn else False)
