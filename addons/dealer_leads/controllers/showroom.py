import re
from urllib.parse import urlencode

from odoo import http
from odoo.fields import Domain
from odoo.http import request

#: Where the session keeps whose personal link was opened.
WHO = "dealer_showroom_relation"
#: What machines call themselves; their visits are not counted.
MACHINES = re.compile(
    r"bot|crawl|spider|slurp|archiver|preview|monitor|curl|wget|python|java/|headless|scrapy"
    r"|facebookexternalhit|okhttp|go-http",
    re.IGNORECASE,
)
CONSENT_VERSION = "showroom-2026-1"
#: The greatest number that PostgreSQL takes for an id.
GREATEST = 2**31 - 1
MAX_REQUEST = 16 * 1024
PICTURES = {"car": "dealer.showroom.model", "article": "dealer.showroom.article"}


class Showroom(http.Controller):
    """The online showroom: cars, offers, knowledge, at any hour, on a phone (F4).

    Visitors have no right on any model: rows are read as the system, and only those that are
    published, or that a colleague who looks at a preview may read.
    """

    # ------------------------------------------------------------
    # Pages
    # ------------------------------------------------------------

    @http.route("/showroom", type="http", auth="public", website=True, methods=["GET"])
    def showroom(self, store=None, me=None, **kw):
        """Show the cars and articles of a store, or of all; ``me`` is a personal link."""
        if me:
            relation = request.env["dealer.relation"]._of_showroom_token(me)
            if relation:
                request.session[WHO] = relation.id
            # The token stays in no address that is sent on.
            unit = relation.unit_id if relation else self._store(store)
            return request.redirect(self._path("/showroom", unit), code=303)
        unit = self._unit(store)
        cars = request.env["dealer.showroom.model"].sudo().search(self._domain(unit))
        articles = request.env["dealer.showroom.article"].sudo().search(self._domain(unit))
        return self._render(
            "dealer_leads.showroom_page",
            unit,
            {"cars": cars, "articles": articles, "stores": self._stores()},
        )

    @http.route(
        "/showroom/car/<int:car_id>", type="http", auth="public", website=True, methods=["GET"]
    )
    def showroom_car(self, car_id, store=None, **kw):
        """Show a car with its facts, colours and offers."""
        car = self._page("dealer.showroom.model", car_id)
        if not car:
            return self._missing()
        unit = car.unit_id or self._unit(store)
        offers_of = unit or self._stores()[:1]
        return self._render(
            "dealer_leads.showroom_car_page",
            unit,
            {
                "car": car,
                "offers": car._offers_today(offers_of) if offers_of else car.offer_ids,
                "ask_url": self._ask_url(unit, car, "price"),
                "call_url": self._ask_url(unit, car, "call"),
                "drive_url": car._drive_url(unit),
            },
        )

    @http.route(
        "/showroom/article/<int:article_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def showroom_article(self, article_id, store=None, **kw):
        """Show an article."""
        article = self._page("dealer.showroom.article", article_id)
        if not article:
            return self._missing()
        unit = article.unit_id or self._unit(store)
        return self._render("dealer_leads.showroom_article_page", unit, {"article": article})

    @http.route(
        "/showroom/picture/<string:kind>/<int:page_id>",
        type="http",
        auth="public",
        methods=["GET"],
        readonly=True,
    )
    def showroom_picture(self, kind, page_id, **kw):
        """Return the picture of a page that the visitor may see."""
        page = self._page(PICTURES[kind], page_id) if kind in PICTURES else None
        if not page or not page.image:
            raise request.not_found()
        return self._picture(page, "image", public=page.published)

    @http.route("/showroom/consultant", type="http", auth="public", methods=["GET"], readonly=True)
    def showroom_consultant(self, **kw):
        """Return the photo of the visitor's own consultant."""
        consultant = self._relation(None).consultant_id
        if not consultant:
            raise request.not_found()
        return self._picture(consultant, "avatar_256", public=False)

    def _picture(self, record, field, public):
        # Which picture this visitor may see was checked.
        stream = request.env["ir.binary"].sudo()._get_image_stream_from(record.sudo(), field)
        answer = stream.get_response(max_age=3600 if public else 0)
        answer.headers["Content-Security-Policy"] = "default-src 'none'"
        return answer

    # ------------------------------------------------------------
    # What visitors do
    # ------------------------------------------------------------

    @http.route(
        "/showroom/seen",
        type="jsonrpc",
        auth="public",
        methods=["POST"],
        max_content_length=MAX_REQUEST,
    )
    def showroom_seen(self, car_id=None, **kw):
        """Count that a known customer looks at a car; the page calls it when it is shown.

        :return: whether it was counted: not of machines, nor of who is unknown or did not agree
        """
        if self._is_machine() or type(car_id) is not int or not 0 < car_id <= GREATEST:
            return False
        # Only published pages are counted, whoever asks.
        car = request.env["dealer.showroom.model"].sudo().browse(car_id).exists()
        if not car.active or not car.published:
            return False
        relation = self._relation(car.unit_id)
        if not relation:
            return False
        # The visitor is the customer; rows are the system's.
        return request.env["dealer.page.view"].sudo()._count(relation, car)

    @http.route(
        "/showroom/consent",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        max_content_length=MAX_REQUEST,
    )
    def showroom_consent(self, agree=None, store=None, **kw):
        """Let a known customer agree that the own consultant sees what is looked at, or withdraw."""
        relation = self._relation(self._store(store))
        if not relation:
            return self._missing()
        # The visitor is the customer; consents are kept by the system.
        consents = request.env["dealer.consent"].sudo()
        standing = self._consent(relation)
        if agree == "1" and not standing:
            consents.create(
                {
                    "partner_id": relation.partner_id.id,
                    "unit_id": relation.unit_id.id,
                    "purpose": "profiling",
                    "text_version": CONSENT_VERSION,
                    "source": "form",
                    "user_id": False,
                }
            )
        elif agree == "0" and standing:
            standing.action_withdraw()
        return request.redirect(self._path("/showroom", relation.unit_id), code=303)

    # ------------------------------------------------------------
    # Who asks, for what
    # ------------------------------------------------------------

    def _is_machine(self):
        """Whether a machine asks: it says so, or keeps no cookie."""
        sent = request.httprequest
        return bool(
            not sent.cookies.get("session_id")
            or MACHINES.search(sent.headers.get("User-Agent") or "bot")
        )

    def _relation(self, unit):
        """Return the relation of a visitor whom we know with this store, or with any; or none.

        Known are customers who are signed in, and who opened their personal link.
        """
        # The visitor is the customer, who has no right on the own relation.
        relations = request.env["dealer.relation"].sudo()
        user = request.env.user
        if user._is_public():
            number = request.session.get(WHO)
            partner = relations.browse(number or []).exists().partner_id
        else:
            # Colleagues look at pages, too; they are no customers here.
            partner = user.sudo().partner_id if user.share else relations.partner_id
        partner = partner.dealer_merged_into_id or partner
        if not partner.is_dealer_customer:
            return relations
        domain = Domain("partner_id", "=", partner.id) & Domain("active", "=", True)
        if unit:
            domain &= Domain("unit_id", "=", unit.id)
        return relations.search(domain, order="id", limit=1)

    def _consent(self, relation):
        # As the customer, see :meth:`_relation`.
        return (
            request.env["dealer.consent"]
            .sudo()
            .search(
                Domain("partner_id", "=", relation.partner_id.id)
                & Domain("unit_id", "=", relation.unit_id.id)
                & Domain("purpose", "=", "profiling")
                & Domain("withdrawn_at", "=", False)
            )
        )

    def _page(self, model, page_id):
        """Return the page if it is published, or if a colleague may read it; as superuser."""
        if not 0 < page_id <= GREATEST:
            return None
        page = request.env[model].browse(page_id).exists()
        if not page:
            return None
        shown = page.sudo()  # only whether it is published, and nothing else of it yet
        if (shown.active and shown.published) or (
            request.env.user._is_internal() and page.has_access("read")
        ):
            return shown
        return None

    def _domain(self, unit):
        domain = Domain("published", "=", True)
        if unit:
            domain &= Domain("unit_id", "=", False) | Domain("unit_id", "=", unit.id)
        return domain

    def _stores(self):
        # Which stores there are is no secret; visitors read no units.
        units = request.env["dealer.unit"].sudo()
        return units.search(Domain("kind", "=", "store") & Domain("company_id", "!=", False))

    def _store(self, code):
        stores = self._stores()
        return stores.filtered(lambda unit: unit.code == code) if code else stores[:0]

    def _unit(self, code):
        """Return the store that the visitor chose, or that serves a known customer; or none."""
        unit = self._store(code)
        if not unit and code is None:
            unit = self._relation(None).unit_id
        return unit

    # ------------------------------------------------------------
    # Showing
    # ------------------------------------------------------------

    @staticmethod
    def _path(path, unit):
        return f"{path}?{urlencode({'store': unit.code})}" if unit else path

    def _ask_url(self, unit, car, about):
        query = {"car": f"{car.brand} {car.series}", "about": about}
        if unit:
            query["store"] = unit.code
        return f"/lead?{urlencode(query)}"

    def _wan(self, price):
        """Return a price as dealers say it, in 10,000 yuan."""
        return request.env._("¥%s0,000", f"{price / 10000:.2f}".rstrip("0").rstrip("."))

    def _brand(self, unit):
        """Return the name in the head of the page: of the store, else of the whole group."""
        # What dealers are called is no secret; visitors read no units.
        units = request.env["dealer.unit"].sudo()
        return (unit or units.search([("kind", "=", "headquarters")], limit=1)).name or ""

    def _missing(self):
        answer = self._render("dealer_leads.showroom_missing_page", None, {})
        answer.status_code = 404
        return answer

    def _render(self, template, unit, values):
        relation = self._relation(unit)
        # What companies are called is no secret.
        company = (unit or self._stores()[:1]).company_id or request.env.company.sudo()
        answer = request.render(
            template,
            {
                "unit": unit,
                "brand": self._brand(unit),
                "relation": relation,
                "consultant": relation.consultant_id.filtered("active"),
                "agreed": bool(relation and self._consent(relation)),
                "wan": self._wan,
                "path": self._path,
                "res_company": company,
                **values,
            },
        )
        # The page names the visitor's own consultant: no proxy keeps it.
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Referrer-Policy"] = "same-origin"
        return answer
