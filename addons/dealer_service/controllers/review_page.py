from datetime import timedelta

from odoo import http
from odoo.http import request

from odoo.addons.dealer_base.tools.plate import mask_plate

from ..tools.photo import MAX_BYTES, MAX_PHOTOS, PhotoError, clean_photo
from .customer_page import CustomerPage

#: All photos, and the words around them.
MAX_REQUEST = (MAX_PHOTOS + 1) * MAX_BYTES
WORDS_LENGTH = 1000
#: Kept by the browser on which a colleague opened a review, also after signing out.
STAFF_COOKIE = "dealer_staff"
STAFF_COOKIE_LASTS = timedelta(days=90)
STATUS = {"open": 200, "used": 200, "early": 409, "over": 410}
_PUBLIC = {"type": "http", "auth": "public", "website": True, "sitemap": False}


class ReviewPage(CustomerPage, http.Controller):
    """Where customers review a visit (D8): by the link of one order, without signing in.

    Who has the link sees the masked plate and the day, no name, no bill; afterwards the stars and
    the answer of the store.
    """

    @http.route("/review/<string:token>", methods=["GET"], **_PUBLIC)
    def review(self, token, **kw):
        """Show the sheet, or the thanks where it was sent already."""
        return self._mark_staff(self._review_show(self._review_order(token), token))

    @http.route(
        "/review/<string:token>", methods=["POST"], max_content_length=MAX_REQUEST, **_PUBLIC
    )
    def review_send(self, token, **form):
        """Take the review in, or show the sheet again with what is to be mended."""
        order = self._review_order(token)
        if not order or order._review_state() != "open":
            return self._mark_staff(self._review_show(order, token))
        sheet = {
            "stars": self._page_number(form.get("stars")),
            "words": self._page_text(form, "words", WORDS_LENGTH),
            "tags": [self._page_number(tag) for tag in request.httprequest.form.getlist("tag")],
        }
        errors = {}
        if not 1 <= sheet["stars"] <= 5:
            errors["stars"] = request.env._("Tap one to five stars.")
        photos = self._review_photos(errors)
        address = request.httprequest.remote_addr
        if not errors and self._page_is_over("dealer_service.review_address", address, hours=1):
            errors["form"] = request.env._("Too much came in from your network. Try later, please.")
        if errors:
            return self._mark_staff(self._review_show(order, token, sheet, errors))
        request.env["dealer.review"]._receive(
            order,
            sheet["stars"],
            sheet["words"],
            tags=self._review_tags(sheet["tags"]),
            photos=photos,
            user=request.env.user,
            address=address,
            staff_device=STAFF_COOKIE in request.httprequest.cookies,
        )
        return request.redirect(f"/review/{token}", code=303)

    @http.route("/review/<string:token>/recommend", methods=["POST"], **_PUBLIC)
    def review_recommend(self, token, nps=None, **kw):
        """Keep how likely the customer recommends the store; said once."""
        order = self._review_order(token)
        review = order.review_ids[:1]
        if review and not review.nps and nps in dict(review._fields["nps"].selection):
            # The key of the page is the right; nobody else writes it.
            review.sudo().nps = nps
        return request.redirect(f"/review/{token}", code=303) if order else self._gone(None)

    # ------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------

    def _review_order(self, token):
        return request.env["dealer.service.order"]._of_review_token(token)

    def _review_tags(self, ids=None):
        # Which words there are is no secret; visitors read no models.
        tags = request.env["dealer.review.tag"].sudo().search([])
        return tags if ids is None else tags.filtered(lambda tag: tag.id in ids)

    def _review_photos(self, errors):
        """Return the photos, made anew; what is none is said in ``errors``."""
        photos = []
        for sent in request.httprequest.files.getlist("photos"):
            if not sent.filename:
                continue
            name = sent.filename[:80]
            if len(photos) == MAX_PHOTOS:
                errors["photos"] = request.env._("Choose at most %s photos.", MAX_PHOTOS)
                return []
            # Odoo rewinds only the first file of a field when it tries a request again.
            sent.stream.seek(0)
            try:
                photos.append(clean_photo(sent.stream.read(MAX_BYTES + 1)))
            except PhotoError as error:
                errors["photos"] = self._review_photo_words(error.code, name)
                return []
        return photos

    def _review_photo_words(self, code, name):
        env = request.env
        return {
            "empty": env._("“%s” is empty. Please choose the photo again.", name),
            "too_large": env._("“%s” is too large: a photo may have 10 MB.", name),
            "wrong_type": env._("“%s” is no photo. We take JPG and PNG.", name),
        }[code]

    # ------------------------------------------------------------
    # Showing
    # ------------------------------------------------------------

    def _gone(self, order, state="unknown"):
        values = {"state": state, "phone": order.company_id.phone if order else ""}
        return self._page_render("dealer_service.review_gone", values, STATUS.get(state, 404))

    def _review_show(self, order, token, sheet=None, errors=None):
        if not order:
            return self._gone(None)
        state = order._review_state()
        if state in ("early", "over"):
            return self._gone(order, state)
        review = order.review_ids[:1]
        tags = self._review_tags()
        return self._page_render(
            "dealer_service.review_thanks" if review else "dealer_service.review",
            {
                "base": f"/review/{token}",
                "plate": mask_plate(order.vehicle_id.plate or ""),
                "day": self._page_time(order.unit_id, order.opened_at, "yyyy-MM-dd"),
                "store": order.unit_id.name,
                "phone": order.company_id.phone or "",
                "res_company": order.company_id,
                "review": review,
                "praise": tags.filtered(lambda tag: tag.kind == "good"),
                "blame": tags.filtered(lambda tag: tag.kind == "bad"),
                "sheet": sheet or {"stars": 0, "words": "", "tags": []},
                "errors": errors or {},
                "error": (errors or {}).get("form"),
                "max_photos": MAX_PHOTOS,
                "length": WORDS_LENGTH,
            },
            422 if errors else 200,
        )

    def _mark_staff(self, response):
        """Let the browser of a colleague remember that; what is sent from it later is doubtful."""
        if request.env.user._is_internal():
            response.set_cookie(
                STAFF_COOKIE,
                "1",
                max_age=STAFF_COOKIE_LASTS,
                httponly=True,
                samesite="Lax",
                path="/review",
            )
        return response
