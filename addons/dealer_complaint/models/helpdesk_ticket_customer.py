import secrets
import uuid

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.tools import SQL, consteq

from odoo.addons.dealer_base.tools.errors import FormatError
from odoo.addons.dealer_base.tools.phone import parse_phone
from odoo.addons.dealer_base.tools.plate import parse_plate

from .helpdesk_ticket import INSIDE

#: Version of the notice on the page that the customer agrees to; change both together.
CONSENT_VERSION = "complaint-page-1"
TITLE_LENGTH = 60


class HelpdeskTicket(models.Model):
    """What comes from the customer: the phone page, the e-mail, the status page (E7)."""

    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    # The status page needs one from the start: a closed file takes no late writes.
    access_token = fields.Char(default=lambda self: str(uuid.uuid4()))
    contact_phone = fields.Char(string="Phone as Given", copy=False)
    contact_plate = fields.Char(string="Plate as Given", copy=False)
    tell_boss = fields.Boolean(
        string="Told the Boss",
        readonly=True,
        copy=False,
        help="The customer wants the general manager to know.",
    )
    intake_key = fields.Char(readonly=True, copy=False)
    is_sender_proved = fields.Boolean(
        string="Sender Known for Sure",
        readonly=True,
        copy=False,
        help="Signed in or by a personal link. Else anybody could have typed the number.",
    )
    consent_version = fields.Char(string="Agreed To", readonly=True, copy=False)

    _intake_key_uniq = models.UniqueIndex(
        "(intake_key) WHERE intake_key IS NOT NULL", "This complaint was received already."
    )

    # ------------------------------------------------------------
    # Coming in
    # ------------------------------------------------------------

    @api.model
    def _receive_complaint(self, values):
        """Take in what a customer sent; what is sent twice is one complaint.

        Private, so that no client calls it: the page has checked form, files and limits before.

        :param dict values: ``unit`` (dealer.unit) and ``facts``; may have ``demands``, ``name``,
            ``phone``, ``plate``, ``occurred_at`` (naive UTC), ``anonymous``, ``tell_boss``,
            ``photos`` (list of ``(name, raw)``), ``key`` (of one sheet of the form),
            ``partner`` (res.partner, only of whom it is proved that he sends) and ``consent``
        :return: the complaint, in sudo
        :raise ConcurrencyError: when the same sheet is received at this moment; tried again
        """
        tickets = self.sudo()  # customers have no right on tickets; this is their door
        if values.get("key"):
            self._hold_key(values["key"])
            known = tickets.search([("intake_key", "=", values["key"])], limit=1)
            if known:
                return known
        vals = tickets._prepare_received(values)
        unit = values["unit"]
        inside = tickets.with_company(unit.sudo().company_id).with_context(
            case_inside=INSIDE, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        try:
            with self.env.cr.savepoint():
                case = inside.create([vals])
        except UniqueViolation as error:
            raise ConcurrencyError(self.env._("This complaint is being received.")) from error
        case = tickets.browse(case.id)
        if values.get("photos"):
            case._post_of_customer(None, values["photos"])
        if case.tell_boss:
            case._tell_boss()
        case._keep_consent()
        return case

    @api.model
    def _hold_key(self, key):
        """Let the other one of two thumbs wait: tried again, it finds the complaint."""
        query = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
        self.env.cr.execute(SQL(query, f"dealer_complaint.{key}"))
        if not self.env.cr.fetchone()[0]:
            raise ConcurrencyError(self.env._("This complaint is being received."))

    @api.model
    def _prepare_received(self, values):
        unit = values["unit"].sudo()  # customers read no store
        anonymous = bool(values.get("anonymous"))
        partner = self.env["res.partner"] if anonymous else values.get("partner")
        partner = partner or self.env["res.partner"]
        proved = bool(partner)
        phone = "" if anonymous else values.get("phone") or ""
        if not partner and phone:
            partner = self._partner_of_store(unit, phone)
        facts = values["facts"]
        vals = {
            "name": self._title_of(facts),
            "facts": facts,
            "demands": values.get("demands") or False,
            "source": "page",
            "company_id": unit.company_id.id,
            "team_id": unit.complaint_team_id.id,
            # Not who happens to send: helpdesk_mgmt assigns that by itself.
            "user_id": False,
            "partner_id": partner.id,
            "partner_name": False if anonymous else values.get("name") or partner.name,
            "contact_phone": phone or False,
            "contact_plate": values.get("plate") or False,
            "vehicle_id": self._vehicle_of(partner, values.get("plate")).id,
            "occurred_at": values.get("occurred_at"),
            "is_anonymous": anonymous,
            "tell_boss": bool(values.get("tell_boss")),
            "intake_key": values.get("key") or False,
            "is_sender_proved": proved,
            "consent_version": values.get("consent") or False,
        }
        vals.update(self._prepare_case_vals(vals))
        vals["stage_id"] = self._stage_of(vals["case_state"]).id
        return vals

    @api.model
    def _title_of(self, facts):
        """Return the first words as title, as they were written."""
        words = " ".join(facts.split())
        return words if len(words) <= TITLE_LENGTH else f"{words[: TITLE_LENGTH - 1]}…"

    @api.model
    def _partner_of_store(self, unit, phone):
        """Return the customer of ``unit`` with this mobile number; those of other stores stay theirs."""
        try:
            number = parse_phone(phone).e164
        except FormatError:
            return self.env["res.partner"]
        # Who sends is not signed in; nothing of what is found is shown to him.
        found = self.env["res.partner"].sudo()._dealer_find_by_phone([number])
        partner = found.get(number, self.env["res.partner"])
        return partner if unit in partner.dealer_relation_ids.unit_id else partner.browse()

    @api.model
    def _vehicle_of(self, partner, plate):
        """Return the car with this plate if it is the customer's."""
        vehicles = self.env["dealer.vehicle"].sudo()  # as above: nothing of it is shown
        try:
            value = parse_plate(plate).value if plate and partner else None
        except FormatError:
            value = None
        if not value:
            return vehicles.browse()
        domain = [("plate", "=", value), ("current_owner_id", "=", partner.id)]
        return vehicles.search(domain, limit=1)

    def _keep_consent(self):
        """Keep in the file of a customer who is sure what was agreed to (PIPL Art. 13, 14)."""
        for case in self.filtered(lambda c: c.is_sender_proved and c.consent_version):
            self.env["dealer.consent"].sudo().create(  # customers write no evidence themselves
                {
                    "partner_id": case.partner_id.id,
                    "unit_id": case.dealer_unit_id.id,
                    "purpose": "service",
                    "text_version": case.consent_version,
                    "source": "form",
                }
            )

    # ------------------------------------------------------------
    # Who may look
    # ------------------------------------------------------------

    @api.model
    def _own_domain(self, user):
        """Return the domain of the complaints that a signed-in customer sees as the own ones.

        Before care has called, a number typed into the page or the sender of a mail proves nothing.
        """
        if user._is_public() or not user.share:
            return Domain.FALSE
        return self._domain_of_customer(user.partner_id)

    @api.model
    def _domain_of_customer(self, partner):
        """Return the domain of the complaints that ``partner`` sees, of whom it is proved who it is."""
        return (
            Domain("is_case", "=", True)
            & Domain("partner_id", "child_of", partner.commercial_partner_id.ids)
            & (Domain("is_sender_proved", "=", True) | Domain("case_state", "!=", "received"))
        )

    def _is_token(self, token):
        """Whether ``token`` is the key in the link of this complaint."""
        self.ensure_one()
        key = self.sudo().access_token  # compared, never shown
        return bool(token and key and consteq(key, token))

    def action_customer_page(self):
        """Show the page as the customer sees it."""
        self.ensure_one()
        self.check_access("read")
        return {"type": "ir.actions.act_url", "url": self.access_url, "target": "new"}

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for case in self.filtered("is_case"):
            case.access_url = f"/my/complaints/{case.id}"
        return result

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        """Keep Odoo's portal chatter off complaints: it shows names, and asks nothing of files."""
        thread = super()._get_thread_with_access(thread_id, **kwargs)
        # Only whether it is a complaint is asked, and then nothing is shown.
        if thread and thread.sudo().is_case and not self.env.user._is_internal():
            return self.browse()
        return thread

    @api.model
    def _new_intake_key(self):
        return secrets.token_hex(16)

    @api.model
    def _source_url(self):
        """Return where the source is offered (AGPL-3, section 13)."""
        # An address for everybody.
        return self.env["ir.config_parameter"].sudo().get_param("dealer_complaint.source_url")
