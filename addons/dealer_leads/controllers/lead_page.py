import secrets
from datetime import timedelta

from odoo import fields, http
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import hash_sign, verify_hash_signed

from odoo.addons.dealer_base.tools.errors import FormatError
from odoo.addons.dealer_base.tools.phone import parse_phone

from ..models.dealer_lead_inbox_page import CONSENT_VERSION

SHEET_SCOPE = "dealer_leads.sheet"
SHEET_HOURS = 12
#: What the page takes in; longer texts are cut where the page would not let them be typed.
LENGTHS = {"name": 60, "phone": 40, "car": 60, "message": 500}
#: A field that people do not see. Who fills it in is a machine.
TRAP = "company_site"
#: What the pages of the showroom send people here for.
ABOUT = ("price", "call")
MAX_REQUEST = 64 * 1024


class LeadPage(http.Controller):
    """The phone page on which anybody asks for an offer, by itself or by a referral link (B1).

    It answers the same whether the number is known or not.
    """

    @http.route(
        ["/lead", "/lead/<string:code>"],
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def lead_form(self, code=None, store=None, **kw):
        """Show the sheet; ``store`` (a code) or a referral link presets the store."""
        return self._render({"store": store or "", **self._preset(kw)}, {}, code, self._new_sheet())

    @http.route("/lead/thanks", type="http", auth="public", website=True, sitemap=False)
    def lead_thanks(self, **kw):
        """Say that the enquiry arrived and that a person will call."""
        return request.render(
            "dealer_leads.lead_page_thanks",
            {"brand": self._brand(), "res_company": self._company(self._stores()[:1])},
        )

    @http.route(
        ["/lead", "/lead/<string:code>"],
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["POST"],
        max_content_length=MAX_REQUEST,
    )
    def lead_send(self, code=None, sheet=None, **kw):
        """Store the enquiry in the inbox, or show it again with what is to be mended."""
        values = {name: self._text(kw, name, length) for name, length in LENGTHS.items()}
        values["store"] = self._text(kw, "store", 64)
        values["marketing"] = bool(kw.get("marketing"))
        values["about"] = kw.get("about") if kw.get("about") in ABOUT else ""
        key, errors = self._check_sender(sheet, kw)
        if errors:
            return self._render(values, errors, code, sheet if key else self._new_sheet())
        link = request.env["dealer.referral"]._of_code(code)
        unit = link.unit_id or self._store(values["store"])
        number, errors = self._check_sheet(values, unit, kw)
        # How often a number is sent is counted before anything is looked up.
        if not errors and self._is_over("dealer_leads.limit_number", number, 24):
            errors["form"] = request.env._(
                "With this number several enquiries came in today. We will call."
            )
        if errors:
            return self._render(values, errors, code, sheet)
        self._store_enquiry(key, values, unit, link)
        return request.redirect("/lead/thanks", code=303)

    def _store_enquiry(self, key, values, unit, link):
        # Visitors have no right on any model; what they sent was checked.
        inbox = request.env["dealer.lead.inbox"].sudo()
        lead = {
            "external_id": key,
            "name": values["name"],
            "phone": values["phone"],
            "series": values["car"],
            "message": values["message"],
            "store": unit.code,
        }
        source = "referral" if link else "webform"
        row_id, is_new = inbox._receive(source, [lead])[key]
        if is_new:
            inbox.browse(row_id).write(
                {
                    "consent_version": CONSENT_VERSION,
                    "consent_marketing": values["marketing"],
                    "referral_id": link.id,
                    "asked_price": values["about"] == "price",
                }
            )

    # ------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------

    @staticmethod
    def _text(form, name, length):
        text = form.get(name)
        return text.replace("\x00", "").strip()[:length] if isinstance(text, str) else ""

    def _preset(self, query):
        """Return what a link of the showroom presets: the car, and what is asked."""
        about = query.get("about") if query.get("about") in ABOUT else ""
        words = {
            "price": request.env._("What is the lowest price?"),
            "call": request.env._("Please call me back."),
        }
        return {
            "car": self._text(query, "car", LENGTHS["car"]),
            "about": about,
            "message": words.get(about, ""),
        }

    def _new_sheet(self):
        content = {
            "key": secrets.token_urlsafe(18),
            "at": fields.Datetime.to_string(fields.Datetime.now()),
        }
        # Signing needs the secret of the database.
        return hash_sign(request.env(su=True), SHEET_SCOPE, content, expiration_hours=SHEET_HOURS)

    def _is_over(self, limit, value, hours):
        """Whether ``value`` was used too often already; else note one more use."""
        attempts = request.env["dealer.page.attempt"]
        if attempts._is_over(limit, value, hours):
            return True
        attempts._note(limit, value)
        return False

    def _check_sender(self, sheet, form):
        """Return ``(key, errors)``: the key of the sheet, and why it is not taken.

        Machines fill in what people do not see, send at once, and send often.
        """
        env = request.env
        try:
            # The signature is made with the secret of the database.
            content = verify_hash_signed(env(su=True), SHEET_SCOPE, sheet or "")
        except ValueError:
            content = None
        if not content:
            return None, {"form": env._("The page was open for long. Please send it once more.")}
        if form.get(TRAP):
            words = env._("Something went wrong. Please send it once more.")
            return content["key"], {"form": words}
        parameter = env["ir.config_parameter"].sudo()  # a number, no secret
        seconds = int(parameter.get_param("dealer_leads.page_seconds", 0))
        opened = fields.Datetime.to_datetime(content["at"])
        if fields.Datetime.now() < opened + timedelta(seconds=seconds):
            words = env._("That was very fast. Please read it through and send it once more.")
            return content["key"], {"form": words}
        if self._is_over("dealer_leads.limit_address", request.httprequest.remote_addr, 1):
            words = env._("Too much came in from your network. Please call us or try later.")
            return content["key"], {"form": words}
        return content["key"], {}

    def _check_sheet(self, values, unit, form):
        """Return ``(number, {field: what to mend})``."""
        env, errors, number = request.env, {}, ""
        if not unit:
            errors["store"] = env._("Choose the store.")
        if not values["name"]:
            errors["name"] = env._("How may we address you?")
        try:
            number = parse_phone(values["phone"]).e164
        except FormatError as error:
            errors["phone"] = env._(error.message)
        if not form.get("consent"):
            errors["consent"] = env._("Please tick that you agree; else we may not call you.")
        return number, errors

    # ------------------------------------------------------------
    # Showing
    # ------------------------------------------------------------

    def _brand(self):
        """Return the name in the head of the page: that of the group of dealers."""
        # What dealers are called is no secret; visitors read no units.
        units = request.env["dealer.unit"].sudo()
        return units.search([("kind", "=", "headquarters")], limit=1).name or ""

    def _company(self, unit):
        # What companies are called is no secret.
        return unit.company_id or request.env.company.sudo()

    def _stores(self):
        # Which stores there are is no secret; visitors read no units.
        units = request.env["dealer.unit"].sudo()
        return units.search(Domain("kind", "=", "store") & Domain("company_id", "!=", False))

    def _store(self, code):
        stores = self._stores()
        return stores.filtered(lambda unit: unit.code == code) if code else stores[:0]

    def _render(self, values, errors, code, sheet):
        link = request.env["dealer.referral"]._of_code(code)
        stores = link.unit_id or self._stores()
        chosen = link.unit_id or self._store(values.get("store"))
        if len(stores) == 1:
            chosen = stores
        response = request.render(
            "dealer_leads.lead_page_form",
            {
                "values": values,
                "errors": errors,
                "stores": stores,
                "chosen": chosen,
                "code": link.code,
                "sheet": sheet,
                "trap": TRAP,
                "lengths": LENGTHS,
                "brand": self._brand(),
                "res_company": self._company(chosen or stores[:1]),
            },
        )
        # The sheet carries a key of its own; no proxy keeps it.
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "same-origin"
        if errors:
            response.status_code = 422
        return response
