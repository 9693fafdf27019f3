from datetime import UTC, datetime, timedelta

from odoo import fields, http
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import hash_sign, verify_hash_signed

from odoo.addons.dealer_base.tools.errors import FormatError
from odoo.addons.dealer_base.tools.phone import mask_phone, parse_phone
from odoo.addons.dealer_base.tools.plate import parse_plate

from ..models.helpdesk_ticket_customer import CONSENT_VERSION
from ..tools.files import MAX_BYTES, MAX_PHOTOS, FileError, check_photo

SHEET_SCOPE = "dealer_complaint.sheet"
SHEET_HOURS = 12
#: What the page takes in; longer texts are cut where the page would not let them be typed.
LENGTHS = {"facts": 4000, "demands": 1000, "name": 60, "phone": 40, "plate": 20, "occurred": 16}
#: Five photos and the words around them.
MAX_REQUEST = (MAX_PHOTOS + 1) * MAX_BYTES
#: A field that people do not see. Who fills it in is a machine.
TRAP = "company_site"
OLDEST = timedelta(days=3650)


class CustomerFiles:
    """What the pages for customers share: photos and limits."""

    def _read_photos(self, field="photos"):
        """Return ``(photos, error)``: checked ``(name, raw)`` under names of our own."""
        photos = []
        for sent in request.httprequest.files.getlist(field):
            if not sent.filename:
                continue
            name = sent.filename[:80]
            if len(photos) == MAX_PHOTOS:
                return [], request.env._("Choose at most %s photos.", MAX_PHOTOS)
            # Odoo rewinds only the first file of a field when it tries a request again.
            sent.stream.seek(0)
            raw = sent.stream.read(MAX_BYTES + 1)
            try:
                mimetype = check_photo(raw)
            except FileError as error:
                return [], self._photo_words(error.code, name)
            # The name is ours: the customer's may end in anything.
            ending = {"image/jpeg": "jpg"}.get(mimetype, mimetype.partition("/")[2])
            photos.append((f"photo-{len(photos) + 1}.{ending}", raw))
        return photos, None

    def _photo_words(self, code, name):
        env = request.env
        return {
            "empty": env._("“%s” is empty. Please choose the photo again.", name),
            "too_large": env._("“%s” is too large: a photo may have 10 MB.", name),
            "wrong_type": env._("“%s” is no photo. We take JPG and PNG.", name),
        }[code]

    def _brand(self, company):
        """Return the name in the head of a page: of the store, else of the whole group."""
        # What dealers are called is no secret; visitors read no units.
        units = request.env["dealer.unit"].sudo()
        unit = units._of_company(company)[:1] if company else units
        return (unit or units.search([("kind", "=", "headquarters")], limit=1)).name or ""

    def _is_too_often(self):
        """Note one more sheet from this address; whether it is one too many."""
        attempts, address = request.env["dealer.page.attempt"], request.httprequest.remote_addr
        limit = "dealer_complaint.limit_address"
        over = attempts._is_over(limit, address, hours=1)
        attempts._note(limit, address)
        return over


class ComplaintPage(CustomerFiles, http.Controller):
    """The phone page on which anybody complains, with or without a name (E7)."""

    @http.route(
        ["/complaint", "/complaint/<string:link>"],
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def complaint_form(self, link=None, store=None, **kw):
        """Show the sheet; ``store`` (a code) or a personal ``link`` presets what it names."""
        sheet = {"store": store or "", "call_me": True}
        return self._render_sheet(sheet, {}, link, self._new_sheet_token())

    @http.route(
        ["/complaint", "/complaint/<string:link>"],
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
        max_content_length=MAX_REQUEST,
    )
    def complaint_send(self, link=None, sheet=None, **kw):
        """Take the sheet in, or show it again with what is to be mended."""
        values = {name: self._text(kw, name) for name in LENGTHS}
        values.update(
            store=self._text(kw, "store", 64),
            anonymous=bool(kw.get("anonymous")),
            tell_boss=bool(kw.get("tell_boss")),
            consent=bool(kw.get("consent")),
        )
        key, errors = self._check_sender(sheet, kw)
        if errors:
            return self._render_sheet(values, errors, link, sheet if key else None)
        relation, partner = self._who(link)
        known = request.env["helpdesk.ticket"].sudo()  # a public page; the key is the right
        case = known.search([("intake_key", "=", key)], limit=1)
        if not case:
            cleaned, errors = self._check_sheet(values, relation, partner)
            photos, photo_error = self._read_photos()
            if photo_error:
                errors["photos"] = photo_error
            if not errors and self._is_phone_too_often(cleaned["phone"]):
                errors["form"] = request.env._(
                    "With this number several complaints came in today. Please call us."
                )
            if errors:
                return self._render_sheet(values, errors, link, sheet)
            case = request.env["helpdesk.ticket"]._receive_complaint(
                {**cleaned, "photos": photos, "key": key}
            )
        return request.redirect(
            f"/complaint/thanks/{case.id}?access_token={case.access_token}", code=303
        )

    @http.route(
        "/complaint/thanks/<int:case_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def complaint_thanks(self, case_id, access_token=None, **kw):
        """Say the number and who calls when; the link to the status page is the customer's key."""
        # A public page; the token is the right.
        case = request.env["helpdesk.ticket"].sudo().browse(case_id).exists()
        if not case.is_case or not case._is_token(access_token):
            return request.redirect("/complaint")
        return request.render(
            "dealer_complaint.complaint_thanks",
            {
                "number": case.number,
                "words": case._words_of_receipt(),
                "told_boss": case.tell_boss,
                "status_url": case.get_portal_url(),
                "res_company": case.company_id,
                "complaint_brand": self._brand(case.company_id),
            },
        )

    # ------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------

    @staticmethod
    def _text(form, name, length=None):
        text = form.get(name)
        if not isinstance(text, str):
            return ""
        return text.replace("\x00", "").strip()[: length or LENGTHS[name]]

    def _new_sheet_token(self):
        env = request.env
        content = {
            "key": env["helpdesk.ticket"]._new_intake_key(),
            "at": fields.Datetime.to_string(fields.Datetime.now()),
        }
        # Signing needs the secret of the database.
        return hash_sign(env(su=True), SHEET_SCOPE, content, expiration_hours=SHEET_HOURS)

    def _check_sender(self, sheet, form):
        """Return ``(key, errors)``: the key of the sheet, and why it is not taken.

        Machines fill in what people do not see, send at once, and send often.
        """
        env = request.env
        try:
            content = verify_hash_signed(env(su=True), SHEET_SCOPE, sheet or "")
        except ValueError:
            content = None
        if not content:
            return None, {"form": env._("The page was open for long. Please send it once more.")}
        parameter = env["ir.config_parameter"].sudo()  # a number, no secret
        seconds = int(parameter.get_param("dealer_complaint.page_seconds", 0))
        opened = fields.Datetime.to_datetime(content["at"])
        if form.get(TRAP):
            return content["key"], {
                "form": env._("Something went wrong. Please send it once more.")
            }
        if fields.Datetime.now() < opened + timedelta(seconds=seconds):
            return content["key"], {
                "form": env._("That was very fast. Please read it through and send it once more.")
            }
        if self._is_too_often():
            return content["key"], {
                "form": env._("Too much came in from your network. Please call us or try later.")
            }
        return content["key"], {}

    def _is_phone_too_often(self, phone):
        if not phone:
            return False
        attempts = request.env["dealer.page.attempt"]
        if attempts._is_over("dealer_complaint.limit_phone", phone, hours=24):
            return True
        attempts._note("dealer_complaint.limit_phone", phone)
        return False

    def _check_sheet(self, values, relation, partner):
        """Return what ``_receive_complaint`` takes, and ``{field: what to mend}``."""
        env, errors = request.env, {}
        unit = relation.unit_id or self._store(values["store"])
        if not unit:
            errors["store"] = env._("Choose the store.")
        if not values["facts"]:
            errors["facts"] = env._("Tell us what happened.")
        if not values["consent"]:
            errors["consent"] = env._("Please tick that you agree; else we may not work with it.")
        phone = ""
        if not values["anonymous"] and values["phone"]:
            try:
                phone = parse_phone(values["phone"]).e164
            except FormatError as error:
                errors["phone"] = env._(error.message)
        elif not values["anonymous"] and not partner:
            errors["phone"] = env._("Give a number to be called, or choose to stay anonymous.")
        plate = values["plate"]
        try:
            plate = parse_plate(plate).value if plate else ""
        except FormatError:
            # A plate that cannot be is no reason to refuse a complaint; people read it.
            plate = values["plate"]
        occurred_at = self._moment(values["occurred"], unit, errors)
        return {
            "unit": unit,
            "facts": values["facts"],
            "demands": values["demands"],
            "name": values["name"],
            "phone": phone,
            "plate": plate,
            "occurred_at": occurred_at,
            "anonymous": values["anonymous"],
            "tell_boss": values["tell_boss"],
            "partner": partner,
            "consent": CONSENT_VERSION,
        }, errors

    def _moment(self, text, unit, errors):
        """Return the moment that a phone's field holds, as naive UTC."""
        if not text or not unit:
            return False
        try:
            local = datetime.fromisoformat(text).replace(tzinfo=unit._clock_zone())
            moment = local.astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            errors["occurred"] = request.env._("This is no date.")
            return False
        now = fields.Datetime.now()
        if not now - OLDEST < moment < now + timedelta(minutes=5):
            errors["occurred"] = request.env._("Choose when it happened, not a day to come.")
            return False
        return moment

    # ------------------------------------------------------------
    # Showing
    # ------------------------------------------------------------

    def _stores(self):
        # Which stores there are is no secret; visitors read no units.
        units = request.env["dealer.unit"].sudo()
        return units.search(Domain("kind", "=", "store") & Domain("company_id", "!=", False))

    def _store(self, code):
        return (
            self._stores().filtered(lambda unit: unit.code == code) if code else self._stores()[:0]
        )

    def _who(self, link):
        """Return ``(relation, customer)`` of whom we are sure: by a personal link or signed in."""
        relation = request.env["dealer.relation"]._of_complaint_link(link) if link else None
        if relation:
            return relation, relation.partner_id
        user = request.env.user
        # Customers do not read their own file; they are themselves.
        partner = user.sudo().partner_id
        signed_in = user.share and not user._is_public()
        relations = request.env["dealer.relation"].sudo()
        return relations, partner if signed_in else partner.browse()

    def _render_sheet(self, values, errors, link, token):
        relation, partner = self._who(link)
        stores = relation.unit_id or self._stores()
        chosen = relation.unit_id or self._store(values.get("store"))
        if len(stores) == 1:
            chosen = stores
        phone = partner.phone_normalized or partner.phone
        response = request.render(
            "dealer_complaint.complaint_form",
            {
                "values": values,
                "errors": errors,
                "stores": stores,
                "chosen": chosen,
                "link": link,
                "link_failed": bool(link) and not relation,
                "phone_hint": mask_phone(phone) if phone else "",
                "known": bool(partner),
                "sheet": token or self._new_sheet_token(),
                "trap": TRAP,
                "lengths": LENGTHS,
                "max_photos": MAX_PHOTOS,
                # What companies are called is no secret.
                "res_company": chosen.company_id or request.env.company.sudo(),
                "complaint_brand": self._brand(chosen.company_id),
            },
        )
        # The sheet carries a key of its own; no proxy keeps it.
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "same-origin"
        if errors:
            response.status_code = 422
        return response
