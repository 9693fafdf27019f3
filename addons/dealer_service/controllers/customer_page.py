from odoo.fields import Domain
from odoo.http import request
from odoo.tools import format_datetime

#: Forms of these pages hold some words and no file; what is larger is refused before it is read.
MAX_REQUEST = 64 * 1024


class CustomerPage:
    """What the pages for owners share: stores, limits, times of the store, words from forms."""

    @staticmethod
    def _page_text(form, name, length):
        text = form.get(name)
        return text.replace("\x00", "").strip()[:length] if isinstance(text, str) else ""

    @staticmethod
    def _page_number(text):
        """Return the number that a form sent, or 0."""
        text = text if isinstance(text, str) else ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def _page_is_over(self, limit, value, hours):
        """Whether ``value`` was used too often already; else note one more use."""
        attempts = request.env["dealer.page.attempt"]
        if attempts._is_over(limit, value, hours):
            return True
        attempts._note(limit, value)
        return False

    def _page_stores(self):
        # Which stores there are is no secret; customers read no units.
        units = request.env["dealer.unit"].sudo()
        return units.search(Domain("kind", "=", "store") & Domain("company_id", "!=", False))

    def _page_brand(self):
        """Return the name in the head of a page: that of the group of dealers."""
        # What dealers are called is no secret; visitors read no units.
        units = request.env["dealer.unit"].sudo()
        return units.search([("kind", "=", "headquarters")], limit=1).name or ""

    def _page_time(self, unit, moment, form="EEE MM-dd HH:mm"):
        """Return a moment by the clock of the store, wherever the phone is."""
        return format_datetime(request.env, moment, tz=unit._clock_zone().key, dt_format=form)

    def _page_zone_words(self, unit, moment):
        """Return what zone the times are in, for phones that are in another one."""
        offset = unit._clock_local(moment).utcoffset().total_seconds() / 3600
        return request.env._(
            "Times by the clock of %(store)s (UTC%(offset)s)",
            store=unit.name,
            offset=f"{offset:+g}",
        )

    def _page_render(self, template, values, status=200):
        response = request.render(
            template,
            {
                "brand": self._page_brand(),
                "signed_in": not request.env.user._is_public(),
                # What companies are called is no secret.
                "res_company": self._page_stores()[:1].company_id,
                **values,
            },
        )
        # What stands here is one person's, and the address may be the key: no proxy, no other site.
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "same-origin"
        response.status_code = status
        return response
