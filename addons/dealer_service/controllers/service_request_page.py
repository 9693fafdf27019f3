from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..tools.day import local_day
from .customer_page import CustomerPage

_PUBLIC = {"type": "http", "auth": "public", "website": True, "sitemap": False}
SHOWN = 40
LIMIT = "dealer_service.requests_an_hour"


class ServiceRequestPage(CustomerPage, CustomerPortal):
    """“My Requests”: the customer asks, reads the answers, writes back, says whether it helped (D15).

    Customers have no right on the model; each page asks in sudo for the customer's own.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "request_count" in counters:
            values["request_count"] = self._request_all().search_count(self._request_own_domain())
        return values

    def _request_all(self):
        # Each search names the customer's own.
        return request.env["dealer.service.request"].sudo()

    def _request_partner(self):
        return request.env.user.partner_id.sudo()  # who is signed in knows himself

    def _request_own_domain(self):
        return self._request_all()._own(self._request_partner())

    def _request_one(self, number):
        """Return one of the own requests in sudo; nothing for anybody else's."""
        return self._request_all().search(
            self._request_own_domain() & Domain("id", "=", number), limit=1
        )

    def _request_sign_in(self):
        """Return the way to the sign-in where nobody is signed in, else None."""
        if not request.env.user._is_public():
            return None
        return request.redirect_query("/my/sign-in", {"redirect": request.httprequest.path})

    def _request_labels(self):
        field = self._request_all()._fields["state"]
        return dict(field._description_selection(request.env))

    @http.route("/my/requests", methods=["GET"], **_PUBLIC)
    def service_requests(self, **kw):
        """List what the customer asked."""
        if away := self._request_sign_in():
            return away
        rows = self._request_all().search(self._request_own_domain(), order="id desc", limit=SHOWN)
        labels = self._request_labels()
        return self._page_render(
            "dealer_service.service_requests",
            {
                "page_name": "service_requests",
                "cards": [
                    {
                        "url": f"/my/requests/{row.id}",
                        "name": row.name,
                        "number": row.number,
                        "day": str(local_day(row.opened_at)),
                        "state": row.state,
                        "label": labels[row.state],
                        "kind": row.kind_id.name,
                    }
                    for row in rows
                ],
            },
        )

    @http.route("/my/requests/new", methods=["GET"], **_PUBLIC)
    def service_request_new(self, **kw):
        """Show the form for a new request."""
        if away := self._request_sign_in():
            return away
        return self._request_form({})

    def _request_stores(self):
        """Return the stores that know the customer."""
        return self._request_partner().dealer_relation_ids.unit_id

    def _request_form(self, form, error=None):
        stores = self._request_stores()
        store = (
            stores.filtered(lambda unit: unit.id == self._page_number(form.get("store")))
            or stores[:1]
        )
        # The own cars, and what the store offers to ask: nothing of others.
        cars = request.env["dealer.vehicle"].sudo()
        kinds = request.env["dealer.service.request.kind"].sudo()
        return self._page_render(
            "dealer_service.service_request_new",
            {
                "page_name": "service_request_new",
                "error": error,
                "stores": stores,
                "store": store,
                "kinds": kinds._for_page(store),
                "kind": self._page_number(form.get("kind")),
                "cars": cars.search(
                    [("current_owner_id", "=", self._request_partner().id)], order="id"
                ),
                "car": self._page_number(form.get("car")),
                "name": self._page_text(form, "name", 80),
                "words": self._page_text(form, "words", 2000),
            },
            422 if error else 200,
        )

    @http.route("/my/requests/new", methods=["POST"], **_PUBLIC)
    def service_request_create(self, **kw):
        """Write the request down, once however often the button is pressed."""
        if away := self._request_sign_in():
            return away
        stores = self._request_stores()
        store = stores.filtered(lambda unit: unit.id == self._page_number(kw.get("store")))
        if not store:
            return self._request_form(kw, request.env._("Choose the store."))
        kinds = request.env["dealer.service.request.kind"].sudo()._for_page(store)  # as in the form
        kind = kinds.filtered(lambda each: each.id == self._page_number(kw.get("kind")))
        words = self._page_text(kw, "words", 2000)
        if not kind:
            return self._request_form(kw, request.env._("Choose what it is about."))
        if not words:
            return self._request_form(kw, request.env._("Tell us in a few words what you need."))
        # Customers have no right on cars: the own ones alone are looked for, a number of anybody
        # else's is no car at all.
        car = (
            request.env["dealer.vehicle"]
            .sudo()
            .search(
                [
                    ("current_owner_id", "=", self._request_partner().id),
                    ("id", "=", self._page_number(kw.get("car"))),
                ]
            )
        )
        again = self._request_all().search(
            self._request_own_domain()
            & Domain("words", "=", words)
            & Domain("kind_id", "=", kind.id)
            & Domain("state", "in", ("new", "doing", "waiting")),
            limit=1,
        )
        if again:
            return request.redirect(f"/my/requests/{again.id}", code=303)
        if self._page_is_over(LIMIT, str(request.env.uid), 1):
            return self._request_form(kw, request.env._("Too many at once. Please call us."))
        row = self._request_all().create(
            {
                "unit_id": store.id,
                "partner_id": self._request_partner().id,
                "vehicle_id": car.id,
                "kind_id": kind.id,
                "name": self._page_text(kw, "name", 80) or words.splitlines()[0][:40],
                "words": words,
                "origin": "page",
            }
        )
        return request.redirect(f"/my/requests/{row.id}", code=303)

    @http.route("/my/requests/<int:number>", methods=["GET"], **_PUBLIC)
    def service_request(self, number, **kw):
        """Show one of the own requests."""
        if away := self._request_sign_in():
            return away
        row = self._request_one(number)
        if not row:
            raise request.not_found()
        return self._request_show(row)

    def _request_show(self, row, error=None):
        partner = self._request_partner()
        return self._page_render(
            "dealer_service.service_request",
            {
                "page_name": "service_request",
                "error": error,
                "row": row,
                "label": self._request_labels()[row.state],
                "when": self._page_time(row.unit_id, row.opened_at, "MM-dd HH:mm"),
                "due": row.clock_due_at
                and self._page_time(row.unit_id, row.clock_due_at, "EEE MM-dd HH:mm"),
                "messages": [
                    {
                        "own": message.author_id == partner,
                        "who": message.author_id.name,
                        "when": self._page_time(row.unit_id, message.date, "MM-dd HH:mm"),
                        "body": message.body,
                    }
                    for message in row._page_messages()
                ],
                "res_company": row.company_id,
                "phone": row.company_id.phone or "",
            },
            422 if error else 200,
        )

    @http.route("/my/requests/<int:number>/<string:act>", methods=["POST"], **_PUBLIC)
    def service_request_act(self, number, act, words=None, yes=None, **kw):
        """Write a message, withdraw the request, or say whether it helped."""
        if away := self._request_sign_in():
            return away
        row = self._request_one(number)
        if not row or act not in ("message", "withdraw", "satisfied"):
            raise request.not_found()
        words = self._page_text({"t": words}, "t", 2000)
        if act == "message" and not words:
            return self._request_show(row, request.env._("Write a few words first."))
        if self._page_is_over(LIMIT, str(request.env.uid), 1):
            return self._request_show(row, request.env._("Too many at once. Please call us."))
        try:
            with request.env.cr.savepoint():
                if act == "message":
                    row._page_write(words)
                elif act == "withdraw":
                    row._withdraw()
                else:
                    row._page_satisfied(yes == "1", words)
        except UserError as problem:
            row.invalidate_recordset()
            return self._request_show(row, str(problem))
        return request.redirect(f"/my/requests/{row.id}", code=303)
