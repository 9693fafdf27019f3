from datetime import timedelta

from odoo import http
from odoo.http import request
from odoo.tools import hash_sign, verify_hash_signed

from odoo.addons.dealer_base.tools.phone import PhoneError, mask_phone, parse_phone
from odoo.addons.dealer_touch.models.dealer_sms_provider import SmsMessage

from .customer_page import MAX_REQUEST, CustomerPage

SENT_SCOPE = "dealer_service.code_sent"
PROVED_SCOPE = "dealer_service.number_proved"
#: How long a page may stay open.
SHEET_LASTS = timedelta(minutes=30)
HOME = "/my/appointments"
_PUBLIC = {
    "type": "http",
    "auth": "public",
    "website": True,
    "sitemap": False,
    "max_content_length": MAX_REQUEST,
}


class SignInPage(CustomerPage, http.Controller):
    """Customers sign in with their number and a code; the answers are the same whoever is asked about."""

    @http.route("/my/sign-in", methods=["GET"], **_PUBLIC)
    def sign_in(self, redirect=None, **kw):
        """Ask for the number."""
        if not request.env.user._is_public():
            return request.redirect(self._target(redirect))
        return self._ask_number({"redirect": self._target(redirect)})

    @http.route("/my/sign-in", methods=["POST"], **_PUBLIC)
    def sign_in_send(self, phone=None, redirect=None, **kw):
        """Send a code to the number, known or not."""
        values = {
            "redirect": self._target(redirect),
            "phone": self._page_text({"t": phone}, "t", 40),
        }
        try:
            parsed = parse_phone(values["phone"])
        except PhoneError as error:
            return self._ask_number(values, request.env._(error.message))
        if parsed.kind != "mobile":
            return self._ask_number(values, request.env._("Enter a mobile number, please."))
        number = parsed.e164
        error = self._limit("sign_in_address", request.httprequest.remote_addr, 1)
        error = error or self._limit("sign_in_number", number, 1)
        error = error or self._send(number)
        if error:
            return self._ask_number(values, error)
        return self._ask_code(
            {**values, "sheet": self._sign(SENT_SCOPE, {"number": number})}, number
        )

    @http.route("/my/sign-in/code", methods=["POST"], **_PUBLIC)
    def sign_in_code(self, sheet=None, code=None, redirect=None, **kw):
        """Take the code; who is known is signed in, who is not is asked for name and consent."""
        values = {"redirect": self._target(redirect), "sheet": sheet}
        sent = self._open(SENT_SCOPE, sheet)
        if not sent:
            return self._ask_number(
                values, request.env._("The page was open for long. Ask for a new code.")
            )
        number = sent["number"]
        error = self._limit("sign_in_guess_address", request.httprequest.remote_addr, 1)
        error = error or self._limit("sign_in_guess_number", number, 24)
        if error:
            return self._ask_code(values, number, error)
        if not request.env["dealer.sign.in.code"]._check(
            number, self._page_text({"t": code}, "t", 10)
        ):
            words = request.env._("This code does not fit, or its five minutes are over.")
            return self._ask_code(values, number, words)
        # The number was proved; who it belongs to is looked up for its owner only.
        partners = request.env["res.partner"].sudo()
        partner = partners._dealer_find_by_phone([number]).get(number)
        if partner:
            return self._enter(partner, values)
        values["sheet"] = self._sign(PROVED_SCOPE, {"number": number})
        return self._ask_name(values)

    @http.route("/my/sign-in/register", methods=["POST"], **_PUBLIC)
    def sign_in_register(self, sheet=None, redirect=None, **kw):
        """Make a customer of who proved the number, only with consent."""
        values = {
            "redirect": self._target(redirect),
            "sheet": sheet,
            "name": self._page_text(kw, "name", 60),
            "store": self._page_number(kw.get("store")),
            "marketing": bool(kw.get("marketing")),
        }
        proved = self._open(PROVED_SCOPE, sheet)
        if not proved:
            return self._ask_number(
                values, request.env._("The page was open for long. Ask for a new code.")
            )
        stores = self._page_stores()
        unit = (
            stores if len(stores) == 1 else stores.filtered(lambda unit: unit.id == values["store"])
        )
        errors = {}
        if not values["name"]:
            errors["name"] = request.env._("How may we address you?")
        if not unit:
            errors["store"] = request.env._("Choose the store.")
        if not kw.get("consent"):
            errors["consent"] = request.env._(
                "Please tick that you agree; else we may keep nothing of you."
            )
        if errors:
            return self._ask_name(values, errors)
        # The number was proved by its code; visitors have no right on customers.
        partners = request.env["res.partner"].sudo()
        number = proved["number"]
        partner = partners._dealer_find_by_phone([number]).get(number)
        if not partner:
            partner = partners._dealer_register(number, values["name"], unit, values["marketing"])
        return self._enter(partner, values)

    # ------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------

    def _send(self, number):
        """Send a code; return what went wrong in words, or None."""
        # A page for visitors; which provider is chosen is a setting of the database.
        provider = request.env["dealer.sms.provider"].sudo()._chosen()
        if provider is None:
            return request.env._("Codes cannot be sent at this moment. Please call us.")
        codes = request.env["dealer.sign.in.code"].sudo()  # visitors have no right on the table
        code = codes._issue(number)
        words = request.env._(
            "Your code is %s, good for 5 minutes. If you did not ask for it, do nothing.", code
        )
        message = SmsMessage(
            # A word of its own for each: the gateway takes the same one only once.
            out_id=f"code-{codes._digest('sent', number, code)[:32]}",
            phone=number,
            sign_name=self._page_brand(),
            content=f"【{self._page_brand()}】{words}",
        )
        if not provider._sms_send([message])[message.out_id].accepted:
            return request.env._(
                "The code could not be sent. Check the number, or try again later."
            )
        return None

    def _limit(self, name, value, hours):
        """Return in words that something was tried too often, or None."""
        if self._page_is_over(f"dealer_service.{name}", value, hours):
            return request.env._("Too many attempts. Please try again later, or call us.")
        return None

    def _enter(self, partner, values):
        """Sign the customer in, if he may be by a code."""
        user = partner._dealer_portal_user()
        if not user:
            return self._ask_number(
                values, request.env._("With this number you sign in by name and password.")
            )
        credential = request.env["res.users"]._dealer_sms_credential(user)
        # What was made here is to be seen by who looks up the log-in.
        request.env.flush_all()
        request.session.authenticate(request.env, credential)
        return request.redirect(values["redirect"], code=303)

    # ------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------

    def _target(self, redirect):
        """Return where to go on: a page for customers, never another site."""
        good = isinstance(redirect, str) and redirect.startswith("/my/") and "\\" not in redirect
        return redirect if good and len(redirect) < 500 else HOME

    def _sign(self, scope, content):
        # Signing needs the secret of the database.
        return hash_sign(request.env(su=True), scope, content, expiration=SHEET_LASTS)

    def _open(self, scope, sheet):
        try:
            # The signature is made with the secret of the database.
            return verify_hash_signed(request.env(su=True), scope, sheet or "")
        except ValueError:
            return None

    def _ask_number(self, values, error=None):
        return self._page_render(
            "dealer_service.sign_in_number", {**values, "error": error}, 422 if error else 200
        )

    def _ask_code(self, values, number, error=None):
        values = {**values, "error": error, "masked": mask_phone(number)}
        return self._page_render("dealer_service.sign_in_code", values, 422 if error else 200)

    def _ask_name(self, values, errors=None):
        values = {
            "name": "",
            "store": 0,
            **values,
            "errors": errors or {},
            "stores": self._page_stores(),
        }
        return self._page_render("dealer_service.sign_in_name", values, 422 if errors else 200)
