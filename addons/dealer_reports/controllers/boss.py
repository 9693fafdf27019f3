import json
from datetime import date
from urllib.parse import urlencode

from odoo import http
from odoo.http import request

from ..models.dealer_boss import SPANS

PAGE = "/boss"
ICONS = "/dealer_reports/static/img/boss-%s.png"


class Boss(http.Controller):
    """The owner's phone (H3): the stores on one page, to be put on the home screen."""

    @http.route(PAGE, type="http", auth="user", methods=["GET"], readonly=True)
    def boss(self, unit=None, span="day", day=None, sort=None, **kw):
        """Show the figures of a unit and a period."""
        boss = request.env["dealer.boss"]._as_boss()
        units = boss._units() if boss._is_boss() else {}
        chosen = next((each for each in units if str(each.id) == unit), None)
        if not units or (unit and not chosen):
            return self._answer("dealer_reports.boss_refused", {}, 403)
        # The largest part of the tree is the first one.
        chosen = chosen or next(iter(units))
        span = span if span in SPANS else "day"
        page = boss._page(chosen, units[chosen], span, self._day(day), sort)

        def address(**changes):
            period = page["period"]
            query = {"unit": chosen.id, "span": span, "day": period.first, "sort": page["sort"]}
            if not period.forward:
                query["day"] = None  # stay with today
            return f"{PAGE}?{urlencode({k: v for k, v in (query | changes).items() if v})}"

        return self._answer(
            "dealer_reports.boss_page", {**page, "units": units, "address": address, "spans": SPANS}
        )

    @http.route(f"{PAGE}/manifest.webmanifest", type="http", auth="public", methods=["GET"])
    def boss_manifest(self, **kw):
        """Tell phones how the page stands on the home screen."""
        manifest = {
            "id": PAGE,
            "name": request.env._("My Stores"),
            "short_name": request.env._("My Stores"),
            "start_url": PAGE,
            "scope": PAGE,
            "display": "standalone",
            "background_color": "#f4f6f8",
            "theme_color": "#12344d",
            "icons": [
                {
                    "src": ICONS % size,
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": "any maskable",
                }
                for size in (192, 512)
            ],
        }
        return request.make_response(
            json.dumps(manifest), headers=[("Content-Type", "application/manifest+json")]
        )

    @staticmethod
    def _day(text):
        try:
            return date.fromisoformat(text)
        except (TypeError, ValueError):
            return None

    @staticmethod
    def _answer(template, values, status=200):
        answer = request.render(template, values, status=status)
        # Figures of the shop stay in no cache of a phone.
        answer.headers["Cache-Control"] = "no-store"
        return answer
