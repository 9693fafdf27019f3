from urllib.parse import urlencode

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from .customer_page import CustomerPage

_PUBLIC = {"type": "http", "auth": "public", "website": True, "sitemap": False}


class PricePage(CustomerPage, http.Controller):
    """What a service costs for a car: shown to everybody, asked by who is signed in (养修询价, D14)."""

    @http.route("/service/prices", methods=["GET"], **_PUBLIC)
    def prices(self, **kw):
        """Show the prices of the services for the chosen series."""
        return self._price_show(kw)

    def _price_cars(self):
        if request.env.user._is_public():
            return request.env["dealer.vehicle"]
        # The own cars, which the domain names.
        vehicles = request.env["dealer.vehicle"].sudo()
        return vehicles.search(
            Domain("current_owner_id", "=", request.env.user.partner_id.id), order="id"
        )

    def _price_store(self, form):
        stores = self._page_stores()
        number = self._page_number(form.get("store"))
        return stores.filtered(lambda unit: unit.id == number) or stores[:1]

    def _price_show(self, form, error=None, sent=None):
        unit = self._price_store(form)
        # What the store shows to everybody; visitors read no prices and no services.
        prices = request.env["dealer.service.price"].sudo()
        items = request.env["dealer.service.item"].sudo()._of_store(unit, online=True)
        cars = self._price_cars()
        offered = prices._series(unit)
        own = [(car.brand or "", car.series) for car in cars if car.series]
        series = list(dict.fromkeys([*own, *offered]))
        chosen = self._page_text(form, "series", 200)
        brand, _slash, name = chosen.partition("/")
        if not chosen and own:
            brand, name = own[0]
        rows = []
        for item in items if name else items.browse():
            price = prices._of(unit, item, brand, name)
            book = f"/my/appointments/new?{urlencode({'store': unit.id, 'item': item.id})}"
            if request.env.user._is_public():
                book = f"/my/sign-in?{urlencode({'redirect': book})}"
            rows.append({"item": item, "price": price, "book": book})
        return self._page_render(
            "dealer_service.service_prices",
            {
                "page_name": "service_prices",
                "error": error,
                "sent": sent,
                "stores": self._page_stores(),
                "store": unit,
                "series": series,
                "brand": brand,
                "name": name,
                "rows": rows,
                "ask_url": "/my/service/price?"
                + urlencode({"store": unit.id, "series": f"{brand}/{name}" if name else ""}),
            },
            422 if error else 200,
        )

    @http.route("/my/service/price", methods=["GET"], **_PUBLIC)
    def price_ask(self, **kw):
        """Ask for a price that is not shown; who asks signs in, so that the answer finds him."""
        if request.env.user._is_public():
            way = f"{request.httprequest.path}?{urlencode(kw)}"
            return request.redirect_query("/my/sign-in", {"redirect": way})
        return self._price_form(kw)

    def _price_form(self, form, error=None):
        unit = self._price_store(form)
        brand, _slash, name = self._page_text(form, "series", 200).partition("/")
        # Visitors read no services.
        items = request.env["dealer.service.item"].sudo()._of_store(unit, online=True)
        number = self._page_number(form.get("item"))
        return self._page_render(
            "dealer_service.price_ask",
            {
                "page_name": "service_prices",
                "error": error,
                "store": unit,
                "stores": self._page_stores(),
                "items": items,
                "item": items.filtered(lambda item: item.id == number),
                "series": " ".join(filter(None, (brand, name))),
                "question": self._page_text(form, "question", 1000),
            },
            422 if error else 200,
        )

    @http.route("/my/service/price/send", methods=["POST"], **_PUBLIC)
    def price_send(self, **kw):
        """Take the question; an advisor answers within the term of the clock."""
        if request.env.user._is_public():
            return request.redirect("/my/sign-in")
        unit = self._price_store(kw)
        series = self._page_text(kw, "series", 100)
        service = self._page_text(kw, "service", 100)
        if not series or not service:
            return self._price_form(kw, request.env._("Say which car and which service you mean."))
        if self._page_is_over("dealer_service.prices_a_day", str(request.env.uid), 24):
            return self._price_form(
                kw, request.env._("That is a lot for one day. Please call us, we gladly tell you.")
            )
        # Who is signed in asks for himself; customers have no right on the model.
        request.env["dealer.price.enquiry"].sudo()._ask(
            request.env.user.partner_id.sudo(),
            unit,
            service,
            "",
            series,
            self._page_text(kw, "question", 1000),
        )
        return self._page_render(
            "dealer_service.price_sent", {"page_name": "service_prices", "store": unit}
        )
